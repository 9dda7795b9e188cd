-- +goose Up

-- Calendars that the server makes of the dates in the address books that their owner sees.
CREATE TABLE birthdays (
    collection_id INTEGER PRIMARY KEY REFERENCES collection (id) ON DELETE CASCADE,
    language      TEXT NOT NULL, -- in which its events are written
    state         TEXT NOT NULL  -- of the address books when it was last brought up to date, '' is never
);
