-- +goose Up

-- token names a row in the envelope of its mail, so that a bounce finds it; it is a secret. leased is until when
-- a worker has the row, since from when on it is tried, settled when it was sent or given up.
ALTER TABLE outbound ADD COLUMN token TEXT NOT NULL DEFAULT '';
ALTER TABLE outbound ADD COLUMN leased INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbound ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbound ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;
UPDATE outbound SET since = created, token = lower(hex(randomblob(16)));

CREATE INDEX outbound_line ON outbound (recipient, uid, id);
CREATE INDEX outbound_token ON outbound (token);
CREATE INDEX outbound_sender ON outbound (principal_id, settled);
CREATE INDEX outbound_settled ON outbound (settled);

-- Whom a principal has written to: new addresses are few a day, and mail from known ones is trusted more.
CREATE TABLE written (
    principal_id INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
    address      TEXT NOT NULL,
    since        INTEGER NOT NULL,
    PRIMARY KEY (principal_id, address)
) WITHOUT ROWID;
