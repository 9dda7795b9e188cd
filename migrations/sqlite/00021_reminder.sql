-- +goose Up

-- Until when each person was told of their alarms, in seconds: what was due then or before is never told again.
CREATE TABLE reminder (
    principal_id INTEGER PRIMARY KEY REFERENCES principal (id) ON DELETE CASCADE,
    told         INTEGER NOT NULL
);

-- How many mails remind somebody is counted for each of them.
CREATE INDEX outbound_reminder ON outbound (principal_id, created) WHERE method = 'REMINDER';
