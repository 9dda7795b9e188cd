-- +goose Up

-- Synchronizing a whole home (RFC 6578): which change of its home made or last changed a collection, and the names in
-- a home that collections had and lost.
ALTER TABLE collection ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;

CREATE TABLE departed (
    owner_id INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
    home     TEXT NOT NULL,
    name     TEXT NOT NULL,
    change   INTEGER NOT NULL, -- of the home
    PRIMARY KEY (owner_id, home, name)
) WITHOUT ROWID;
