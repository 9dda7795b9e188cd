package storage

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// PushSubscription is a browser that takes messages while no page is open. It belongs to a session and ends with it.
type PushSubscription struct {
	ID          int64
	PrincipalID int64
	SessionID   int64
	Endpoint    string // of the browser's push service; whoever knows it may send there, so it is in no log
	P256DH      []byte // the browser's public key
	Auth        []byte // the secret that it shares with us
	Created     time.Time
	Succeeded   time.Time // when the push service last took a message, exact to an hour; zero is never
}

const pushColumns = "p.id, p.principal_id, p.session_id, p.endpoint, p.p256dh, p.auth, p.created, p.succeeded"

func readPushSubscriptions(c *session, rest string, args ...any) ([]PushSubscription, error) {
	var list []PushSubscription
	err := c.each("SELECT "+pushColumns+" FROM push_subscription p "+rest, args, func(r *sql.Rows) error {
		var p PushSubscription
		var created, succeeded int64
		err := r.Scan(&p.ID, &p.PrincipalID, &p.SessionID, &p.Endpoint, &p.P256DH, &p.Auth, &created, &succeeded)
		p.Created, p.Succeeded = fromMilli(created), fromMilli(succeeded)
		list = append(list, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read push subscriptions: %w", err)
	}
	return list, nil
}

// PushSubscriptions gives those of a principal whose sessions last, the ones that worked last first.
func (s *Store) PushSubscriptions(ctx context.Context, principalID int64) (list []PushSubscription, err error) {
	err = s.read(ctx, false, func(c *session) error {
		list, err = readPushSubscriptions(c, "JOIN web_session w ON w.id = p.session_id WHERE p.principal_id = ? AND w.expires > ? ORDER BY p.succeeded DESC, p.id DESC",
			principalID, s.Now().Unix())
		return err
	})
	return list, err
}

// PushSubscription gives the one of a session, or ErrNotFound.
func (s *Store) PushSubscription(ctx context.Context, sessionID int64) (*PushSubscription, error) {
	var list []PushSubscription
	err := s.read(ctx, false, func(c *session) (err error) {
		list, err = readPushSubscriptions(c, "WHERE p.session_id = ?", sessionID)
		return err
	})
	if err != nil || len(list) == 0 {
		return nil, cmp.Or(err, fmt.Errorf("push subscription: %w", ErrNotFound))
	}
	return &list[0], nil
}

// SetPushSubscription stores a subscription and fills in its ID. It takes the place of the one of its session, and of any
// with its endpoint, whose browser is the same. Of its principal's, the oldest beyond so many go. ErrNotFound if the
// session is over.
func (t *Tx) SetPushSubscription(p *PushSubscription, most int) error {
	var there int
	if err := t.c.row("SELECT count(*) FROM web_session WHERE id = ? AND principal_id = ?", []any{p.SessionID, p.PrincipalID}, &there); err != nil {
		return err
	}
	if there == 0 {
		return fmt.Errorf("session: %w", ErrNotFound)
	}
	if _, err := t.exec("DELETE FROM push_subscription WHERE session_id = ? OR endpoint = ?", p.SessionID, p.Endpoint); err != nil {
		return fmt.Errorf("store push subscription: %w", err)
	}
	r, err := t.exec("INSERT INTO push_subscription (principal_id, session_id, endpoint, p256dh, auth, created, succeeded) VALUES (?, ?, ?, ?, ?, ?, ?)",
		p.PrincipalID, p.SessionID, p.Endpoint, p.P256DH, p.Auth, toMilli(p.Created), toMilli(p.Succeeded))
	if err != nil {
		return t.spoil(fmt.Errorf("store push subscription: %w", err))
	}
	if p.ID, err = r.LastInsertId(); err != nil {
		return t.spoil(err)
	}
	_, err = t.exec(`DELETE FROM push_subscription WHERE principal_id = ? AND id NOT IN
		(SELECT id FROM push_subscription WHERE principal_id = ? ORDER BY id DESC LIMIT ?)`, p.PrincipalID, p.PrincipalID, most)
	if err != nil {
		return t.spoil(fmt.Errorf("clean up push subscriptions: %w", err))
	}
	return nil
}

// RemovePushSubscription removes one by its ID, if it is there.
func (t *Tx) RemovePushSubscription(id int64) error {
	if _, err := t.exec("DELETE FROM push_subscription WHERE id = ?", id); err != nil {
		return fmt.Errorf("remove push subscription: %w", err)
	}
	return nil
}

// NotePush notes that a push service took a message for a subscription.
func (t *Tx) NotePush(id int64, at time.Time) error {
	if _, err := t.exec("UPDATE push_subscription SET succeeded = ? WHERE id = ?", toMilli(at), id); err != nil {
		return fmt.Errorf("note a push: %w", err)
	}
	return nil
}

// PushKey gives the private key by which push services know this server, nil before there is one.
func (s *Store) PushKey(ctx context.Context) (key []byte, err error) {
	err = s.read(ctx, false, func(c *session) error { return pushKey(c, &key) })
	return key, err
}

// KeepPushKey stores the private key where there is none yet, and gives the one that is kept.
func (t *Tx) KeepPushKey(key []byte) (kept []byte, err error) {
	if _, err := t.exec("INSERT INTO push_key (id, private) VALUES (1, ?) ON CONFLICT (id) DO NOTHING", key); err != nil {
		return nil, fmt.Errorf("store the push key: %w", err)
	}
	err = pushKey(t.c, &kept)
	return kept, err
}

func pushKey(c *session, into *[]byte) error {
	err := c.row("SELECT private FROM push_key WHERE id = 1", nil, into)
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return err
}
