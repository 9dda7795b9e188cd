-- +goose Up

-- What waits for a person: messages that policy did not apply by itself, with the calendar as it came
-- (reliability.md §5). The decision is JSON: what was believed, and why it was held.
CREATE TABLE held (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    principal_id INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
    recipient    TEXT NOT NULL, -- address that the mail was sent to
    sender       TEXT NOT NULL, -- From
    kind         TEXT NOT NULL, -- what accepting it does
    uid          TEXT NOT NULL,
    method       TEXT NOT NULL,
    message_id   TEXT NOT NULL,
    summary      TEXT NOT NULL,
    reason       TEXT NOT NULL,
    decision     TEXT NOT NULL,
    data         BLOB NOT NULL,
    at           INTEGER NOT NULL
);
CREATE INDEX held_principal ON held (principal_id, uid);

-- Each mail that was decided, once: the guard against repetition, and what rates are counted from.
CREATE TABLE received (
    id           INTEGER PRIMARY KEY,
    principal_id INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
    at           INTEGER NOT NULL,
    sender       TEXT NOT NULL,
    domain       TEXT NOT NULL, -- of the sender
    message_id   TEXT NOT NULL,
    digest       BLOB NOT NULL, -- of sender and calendar
    step         TEXT NOT NULL, -- UID, RECURRENCE-ID, METHOD, SEQUENCE, DTSTAMP, sender
    action       TEXT NOT NULL
);
CREATE INDEX received_time ON received (principal_id, at);
CREATE INDEX received_at ON received (at);
CREATE INDEX received_digest ON received (principal_id, digest);
CREATE INDEX received_step ON received (principal_id, step) WHERE action = 'apply';
CREATE INDEX received_message ON received (principal_id, message_id) WHERE action = 'apply';

-- Whose invitations somebody has accepted, or said to trust.
CREATE TABLE correspondent (
    principal_id INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
    address      TEXT NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (principal_id, address)
) WITHOUT ROWID;
CREATE INDEX outbound_message ON outbound (message_id);

-- How far each mailbox was read.
CREATE TABLE mailbox (
    account     TEXT PRIMARY KEY,
    uidvalidity INTEGER NOT NULL,
    last_uid    INTEGER NOT NULL,
    at          INTEGER NOT NULL
) WITHOUT ROWID;
