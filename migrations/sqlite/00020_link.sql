-- +goose Up

-- Calendars that whoever knows a secret address may read. The token is kept as it is: it must be shown again to those who
-- manage the calendar, and whoever reads this table reads the events themselves beside it.
CREATE TABLE link (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    collection_id INTEGER NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
    principal_id  INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE, -- who made it: it works while they may
    token         TEXT NOT NULL UNIQUE,
    label         TEXT NOT NULL,
    detail        TEXT NOT NULL,
    created       INTEGER NOT NULL,
    used          INTEGER NOT NULL -- exact to an hour, 0 is never
);
CREATE INDEX link_collection ON link (collection_id);
