-- +goose Up

-- Who is signed in by a browser. hash is SHA-256 of the id in the cookie; times are seconds.
CREATE TABLE web_session (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    hash         BLOB NOT NULL UNIQUE,
    principal_id INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
    kept         INTEGER NOT NULL, -- 1: ends when it was not used for long; 0: ends at expires
    agent        TEXT NOT NULL,
    created      INTEGER NOT NULL,
    seen         INTEGER NOT NULL,
    expires      INTEGER NOT NULL
);
CREATE INDEX web_session_principal ON web_session (principal_id);
CREATE INDEX web_session_expires ON web_session (expires);

-- What a person has chosen: settings is JSON of the pages; app_only: the account's password opens no DAV path.
CREATE TABLE choice (
    principal_id INTEGER PRIMARY KEY REFERENCES principal (id) ON DELETE CASCADE,
    settings     TEXT NOT NULL,
    app_only     INTEGER NOT NULL
);

-- One-time passwords (RFC 6238). step is the last time step that was used: none at or before it is taken.
CREATE TABLE totp (
    principal_id INTEGER PRIMARY KEY REFERENCES principal (id) ON DELETE CASCADE,
    secret       BLOB NOT NULL,
    confirmed    INTEGER NOT NULL,
    step         INTEGER NOT NULL,
    created      INTEGER NOT NULL
);

-- Each opens the door once, in place of a one-time password. hash is SHA-256: they are random.
CREATE TABLE recovery_code (
    principal_id INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
    hash         BLOB NOT NULL,
    PRIMARY KEY (principal_id, hash)
) WITHOUT ROWID;

CREATE TABLE passkey (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    principal_id  INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
    credential_id BLOB NOT NULL UNIQUE,
    public_key    BLOB NOT NULL,
    aaguid        BLOB NOT NULL,
    counter       INTEGER NOT NULL,
    flags         INTEGER NOT NULL,
    transports    TEXT NOT NULL,
    label         TEXT NOT NULL,
    created       INTEGER NOT NULL,
    used          INTEGER NOT NULL
);
CREATE INDEX passkey_principal ON passkey (principal_id);
