-- +goose Up

-- Collections that were deleted and may come back. Their rows and those of all that is in them stay as they are, but for
-- the place of the collection itself: home 'trash'. at is 0 where it is to be gone for good, in steps.
CREATE TABLE trash (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    collection_id INTEGER NOT NULL UNIQUE REFERENCES collection (id) ON DELETE CASCADE,
    home          TEXT NOT NULL, -- where it was
    parent_id     INTEGER NOT NULL,
    name          TEXT NOT NULL,
    at            INTEGER NOT NULL,
    principal_id  INTEGER NOT NULL,
    on_behalf     INTEGER NOT NULL,
    door          TEXT NOT NULL,
    agent         TEXT NOT NULL,
    request_id    TEXT NOT NULL
);

-- All collections that are out of sight with one of them, itself among them.
CREATE TABLE trashed (
    collection_id INTEGER PRIMARY KEY REFERENCES collection (id) ON DELETE CASCADE,
    trash_id      INTEGER NOT NULL REFERENCES trash (id) ON DELETE CASCADE
);
CREATE INDEX trashed_trash ON trashed (trash_id);

-- What was deleted from a collection, newest first.
CREATE INDEX history_deleted ON history (collection_id, id) WHERE what = 'deleted';
