-- +goose Up

-- Browsers that are told of reminders while no page is open (RFC 8030). One belongs to a session and ends with it. p256dh and
-- auth are the keys for which messages are encrypted (RFC 8291); times are in milliseconds, 0 is never.
CREATE TABLE push_subscription (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    principal_id INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
    session_id   INTEGER NOT NULL UNIQUE REFERENCES web_session (id) ON DELETE CASCADE,
    endpoint     TEXT NOT NULL UNIQUE,
    p256dh       BLOB NOT NULL,
    auth         BLOB NOT NULL,
    created      INTEGER NOT NULL,
    succeeded    INTEGER NOT NULL -- exact to an hour
);
CREATE INDEX push_subscription_principal ON push_subscription (principal_id);

-- The private key by which push services know this server (RFC 8292): one row, made when it is first needed.
CREATE TABLE push_key (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    private BLOB NOT NULL
);
