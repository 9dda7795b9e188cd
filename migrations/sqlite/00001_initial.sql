-- +goose Up

-- epoch: part of every sync token; a restore makes a new one.
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- Ids of principals and collections are never used twice: sync tokens and history name them.
CREATE TABLE principal (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid         TEXT NOT NULL UNIQUE,
    kind         TEXT NOT NULL,
    name         TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    admin        INTEGER NOT NULL,
    booking      TEXT NOT NULL, -- JSON, '' if it cannot be booked
    created      INTEGER NOT NULL
);

CREATE TABLE principal_address (
    address      TEXT PRIMARY KEY,
    principal_id INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
    position     INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX principal_address_principal ON principal_address (principal_id);

CREATE TABLE membership (
    group_id  INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
    member_id INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, member_id)
) WITHOUT ROWID;
CREATE INDEX membership_member ON membership (member_id);

CREATE TABLE proxy (
    principal_id INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
    proxy_id     INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
    writes       INTEGER NOT NULL,
    PRIMARY KEY (principal_id, proxy_id, writes)
) WITHOUT ROWID;
CREATE INDEX proxy_proxy ON proxy (proxy_id);

CREATE TABLE password (
    principal_id INTEGER PRIMARY KEY REFERENCES principal (id) ON DELETE CASCADE,
    hash         TEXT NOT NULL
);

CREATE TABLE app_password (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    principal_id INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
    label        TEXT NOT NULL,
    prefix       TEXT NOT NULL,
    hash         BLOB NOT NULL,
    created      INTEGER NOT NULL,
    used         INTEGER NOT NULL
);
CREATE INDEX app_password_principal ON app_password (principal_id, prefix);

-- change, members and bytes are counters of the members, written once for each commit.
CREATE TABLE collection (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id      INTEGER NOT NULL REFERENCES principal (id),
    parent_id     INTEGER NOT NULL, -- 0 is directly in the home
    home          TEXT NOT NULL,
    kind          TEXT NOT NULL,
    name          TEXT NOT NULL,
    display_name  TEXT NOT NULL,
    description   TEXT NOT NULL,
    color         TEXT NOT NULL,
    sort_order    TEXT NOT NULL,
    timezone      TEXT NOT NULL,
    timezone_id   TEXT NOT NULL,
    components    TEXT NOT NULL, -- separated by blanks, '' is any
    transparent   INTEGER NOT NULL,
    default_alarm TEXT NOT NULL,
    change        INTEGER NOT NULL,
    members       INTEGER NOT NULL,
    bytes         INTEGER NOT NULL,
    created       INTEGER NOT NULL,
    modified      INTEGER NOT NULL,
    UNIQUE (owner_id, home, parent_id, name)
);

CREATE TABLE home (
    owner_id INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
    home     TEXT NOT NULL,
    change   INTEGER NOT NULL,
    PRIMARY KEY (owner_id, home)
) WITHOUT ROWID;

-- Bytes never change; an overwrite makes a new row. Each is named by one object or one line of history.
CREATE TABLE blob (
    id   INTEGER PRIMARY KEY,
    data BLOB NOT NULL
);

CREATE TABLE object (
    collection_id INTEGER NOT NULL REFERENCES collection (id),
    name          TEXT NOT NULL,
    id            INTEGER NOT NULL, -- that of its first blob; stays through overwrites and moves
    blob_id       INTEGER NOT NULL,
    change        INTEGER NOT NULL,
    etag          BLOB NOT NULL,    -- the hash that the ETag spells
    size          INTEGER NOT NULL,
    uid           TEXT NOT NULL,
    solo          INTEGER NOT NULL, -- 1 where the UID must be unique in the collection
    component     TEXT NOT NULL,
    role          TEXT NOT NULL,
    first         INTEGER NOT NULL,
    last          INTEGER NOT NULL,
    recurring     INTEGER NOT NULL,
    floating      INTEGER NOT NULL,
    content_type  TEXT NOT NULL,
    schedule_tag  TEXT NOT NULL,
    created       INTEGER NOT NULL,
    modified      INTEGER NOT NULL,
    PRIMARY KEY (collection_id, name)
) WITHOUT ROWID;

-- RFC 4791 §5.3.2.1 no-uid-conflict. The UID leads, so that all copies of an event are found at once.
CREATE UNIQUE INDEX object_uid ON object (uid, collection_id) WHERE solo = 1;

-- Names that are gone, for RFC 6578; one row a name, for as long as the collection stays.
CREATE TABLE tombstone (
    collection_id INTEGER NOT NULL REFERENCES collection (id),
    name          TEXT NOT NULL,
    change        INTEGER NOT NULL,
    PRIMARY KEY (collection_id, name)
) WITHOUT ROWID;

CREATE TABLE history (
    id            INTEGER PRIMARY KEY,
    at            INTEGER NOT NULL,
    collection_id INTEGER NOT NULL,
    name          TEXT NOT NULL,
    uid           TEXT NOT NULL,
    blob_id       INTEGER NOT NULL,
    etag          BLOB NOT NULL,
    size          INTEGER NOT NULL,
    what          TEXT NOT NULL,
    principal_id  INTEGER NOT NULL,
    on_behalf     INTEGER NOT NULL,
    door          TEXT NOT NULL,
    agent         TEXT NOT NULL,
    request_id    TEXT NOT NULL
);
CREATE INDEX history_name ON history (collection_id, name);
CREATE INDEX history_uid ON history (uid);

CREATE TABLE access_grant (
    collection_id INTEGER NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
    position      INTEGER NOT NULL,
    principal_id  INTEGER NOT NULL, -- below 0: DAV:all, DAV:authenticated
    privileges    INTEGER NOT NULL,
    deny          INTEGER NOT NULL,
    PRIMARY KEY (collection_id, position)
) WITHOUT ROWID;
CREATE INDEX access_grant_principal ON access_grant (principal_id);

CREATE TABLE property (
    ref_kind     TEXT NOT NULL,
    ref_id       INTEGER NOT NULL,
    ref_home     TEXT NOT NULL,
    principal_id INTEGER NOT NULL, -- 0 is for all
    space        TEXT NOT NULL,
    local        TEXT NOT NULL,
    xml          BLOB NOT NULL,
    PRIMARY KEY (ref_kind, ref_id, ref_home, principal_id, space, local)
) WITHOUT ROWID;

CREATE TABLE lock (
    token        TEXT PRIMARY KEY,
    path         TEXT NOT NULL,
    infinite     INTEGER NOT NULL,
    exclusive    INTEGER NOT NULL,
    owner_xml    TEXT NOT NULL,
    principal_id INTEGER NOT NULL,
    expires      INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE journal (
    id           INTEGER PRIMARY KEY,
    at           INTEGER NOT NULL,
    uid          TEXT NOT NULL,
    principal_id INTEGER NOT NULL,
    door         TEXT NOT NULL,
    request_id   TEXT NOT NULL,
    what         TEXT NOT NULL,
    detail       TEXT NOT NULL
);
CREATE INDEX journal_uid ON journal (uid);

CREATE TABLE outbound (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    uid          TEXT NOT NULL,
    instance     TEXT NOT NULL,
    method       TEXT NOT NULL,
    sequence     INTEGER NOT NULL,
    dtstamp      TEXT NOT NULL,
    principal_id INTEGER NOT NULL,
    sender       TEXT NOT NULL,
    recipient    TEXT NOT NULL,
    message_id   TEXT NOT NULL,
    data         BLOB NOT NULL,
    state        TEXT NOT NULL,
    attempts     INTEGER NOT NULL,
    next         INTEGER NOT NULL,
    status       TEXT NOT NULL,
    created      INTEGER NOT NULL,
    UNIQUE (uid, instance, method, sequence, dtstamp, recipient)
);
CREATE INDEX outbound_due ON outbound (state, next);
