-- +goose Up

-- Sharing by invitation (caldav-sharing): how it stands with each to whom a collection was offered, and what one's own
-- home shows of what one may read. What somebody may do stands in access_grant alone.
CREATE TABLE share (
    collection_id INTEGER NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
    principal_id  INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
    state         TEXT NOT NULL, -- invited, accepted, declined
    summary       TEXT NOT NULL,
    changed       INTEGER NOT NULL,
    PRIMARY KEY (collection_id, principal_id)
) WITHOUT ROWID;
CREATE INDEX share_principal ON share (principal_id);

-- Everybody with calendars gets a collection of notifications (caldav-notifications §4).
INSERT INTO home (owner_id, home, change)
    SELECT id, 'calendars', 1 FROM principal WHERE kind <> 'group'
    ON CONFLICT (owner_id, home) DO UPDATE SET change = change + 1;
INSERT INTO collection (owner_id, parent_id, home, kind, name, display_name, description, color, sort_order, timezone,
        timezone_id, components, transparent, default_alarm, change, members, bytes, created, modified, revision)
    SELECT p.id, 0, 'calendars', 'notifications',
        CASE WHEN EXISTS (SELECT 1 FROM collection c WHERE c.owner_id = p.id AND c.home = 'calendars' AND c.parent_id = 0 AND c.name = 'notification')
            THEN 'notification-' || lower(hex(randomblob(8))) ELSE 'notification' END,
        '', '', '', '', '', '', '', 0, '', 0, 0, 0, p.created, p.created, h.change
    FROM principal p JOIN home h ON h.owner_id = p.id AND h.home = 'calendars' WHERE p.kind <> 'group';
