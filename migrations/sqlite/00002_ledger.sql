-- +goose Up

-- What came by mail and must be known later: a CANCEL that overtook its REQUEST, with its bytes, and
-- proposals that were shown once. One row is one message, by its identity and version (RFC 5546 §2.1.5).
CREATE TABLE ledger (
    principal_id INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
    uid          TEXT NOT NULL,
    method       TEXT NOT NULL,
    sender       TEXT NOT NULL,
    instance     TEXT NOT NULL, -- RECURRENCE-ID, '' for the whole
    sequence     INTEGER NOT NULL,
    dtstamp      TEXT NOT NULL,
    data         BLOB NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (principal_id, uid, method, sender, instance, sequence, dtstamp)
) WITHOUT ROWID;
CREATE INDEX ledger_at ON ledger (at);
