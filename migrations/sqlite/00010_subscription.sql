-- +goose Up

-- Who fills the collection: '' its owner and whom they let; else the server, and nobody may write its members.
ALTER TABLE collection ADD COLUMN source TEXT NOT NULL DEFAULT '';

-- Calendars that are read from an address (RFC 5545 feeds). wanted is the interval that the owner set, advised what
-- the feed says of itself, in seconds; 0 is none. Times are in milliseconds, 0 is never.
CREATE TABLE subscription (
    collection_id INTEGER PRIMARY KEY REFERENCES collection (id) ON DELETE CASCADE,
    url           TEXT NOT NULL,
    wanted        INTEGER NOT NULL,
    advised       INTEGER NOT NULL,
    alarms        INTEGER NOT NULL, -- 1 keeps them
    etag          TEXT NOT NULL,
    modified      TEXT NOT NULL,    -- Last-Modified
    digest        BLOB NOT NULL,    -- of the bytes that were read last
    due           INTEGER NOT NULL,
    tried         INTEGER NOT NULL,
    succeeded     INTEGER NOT NULL,
    failures      INTEGER NOT NULL, -- since it last succeeded
    result        TEXT NOT NULL,    -- a word
    problem       TEXT NOT NULL,    -- a sentence, '' if there is none
    skipped       TEXT NOT NULL     -- JSON: what could not be taken
);
CREATE INDEX subscription_due ON subscription (due);
