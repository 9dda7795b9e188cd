package storage

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"time"
)

// JournalFor gives the journal of a UID, oldest first.
func (s *Store) JournalFor(ctx context.Context, uid string) ([]Entry, error) {
	var list []Entry
	err := s.read(ctx, false, func(c *session) error {
		return c.each("SELECT id, at, uid, principal_id, door, request_id, what, detail FROM journal WHERE uid = ? ORDER BY id", []any{uid}, func(r *sql.Rows) error {
			var e Entry
			var at int64
			err := r.Scan(&e.ID, &at, &e.UID, &e.PrincipalID, &e.Door, &e.RequestID, &e.What, &e.Detail)
			e.At = time.UnixMilli(at).UTC()
			list = append(list, e)
			return err
		})
	})
	return list, err
}

// Journal writes a line; At, PrincipalID, Door and RequestID are taken from the transaction where unset.
func (t *Tx) Journal(e Entry) error {
	if e.At.IsZero() {
		e.At = t.now
	}
	_, err := t.exec("INSERT INTO journal (at, uid, principal_id, door, request_id, what, detail) VALUES (?, ?, ?, ?, ?, ?, ?)",
		e.At.UnixMilli(), e.UID, cmp.Or(e.PrincipalID, t.actor.PrincipalID), cmp.Or(e.Door, t.actor.Door),
		cmp.Or(e.RequestID, t.actor.RequestID), e.What, e.Detail)
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

const outboundColumns = `id, uid, instance, method, sequence, dtstamp, principal_id, sender, recipient, message_id, data,
	state, attempts, next, status, created`

func readOutbounds(c *session, query string, args ...any) ([]Outbound, error) {
	var list []Outbound
	err := c.each("SELECT "+outboundColumns+" FROM outbound "+query, args, func(r *sql.Rows) error {
		var o Outbound
		var next, created int64
		err := r.Scan(&o.ID, &o.UID, &o.Instance, &o.Method, &o.Sequence, &o.DTStamp, &o.PrincipalID, &o.Sender, &o.Recipient,
			&o.MessageID, &o.Data, &o.State, &o.Attempts, &next, &o.Status, &created)
		o.Next, o.Created = time.UnixMilli(next).UTC(), time.UnixMilli(created).UTC()
		list = append(list, o)
		return err
	})
	return list, err
}

// Enqueue stores a message to be mailed, due at Next or at once, and fills in ID, State and
// Created. False if the same message (UID, instance, method, sequence, dtstamp, recipient) is
// already there.
func (t *Tx) Enqueue(o *Outbound) (bool, error) {
	o.State, o.Created = cmp.Or(o.State, OutboundWaiting), t.now
	if o.Next.IsZero() {
		o.Next = t.now
	}
	if o.Data == nil {
		o.Data = []byte{}
	}
	r, err := t.exec(`INSERT INTO outbound (uid, instance, method, sequence, dtstamp, principal_id, sender, recipient, message_id,
		data, state, attempts, next, status, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		o.UID, o.Instance, o.Method, o.Sequence, o.DTStamp, o.PrincipalID, o.Sender, o.Recipient, o.MessageID,
		o.Data, o.State, o.Attempts, o.Next.UnixMilli(), o.Status, o.Created.UnixMilli())
	if err != nil {
		return false, fmt.Errorf("enqueue message: %w", err)
	}
	n, err := r.RowsAffected()
	if err != nil || n == 0 {
		return false, t.spoil(err)
	}
	o.ID, err = r.LastInsertId()
	return true, t.spoil(err)
}

// Outbounds lists the queue, oldest first; state "" is all.
func (s *Store) Outbounds(ctx context.Context, state string) (list []Outbound, err error) {
	err = s.read(ctx, false, func(c *session) error {
		list, err = readOutbounds(c, "WHERE ? IN ('', state) ORDER BY id", state)
		return err
	})
	return list, err
}

// LeaseOutbound takes at most limit due messages and makes them due again after the lease,
// so that a worker that dies leaves them to the next.
func (t *Tx) LeaseOutbound(limit int, lease time.Duration) ([]Outbound, error) {
	list, err := readOutbounds(t.c, "WHERE state = ? AND next <= ? ORDER BY next, id LIMIT ?", OutboundWaiting, t.now.UnixMilli(), limit)
	if err != nil {
		return nil, fmt.Errorf("lease messages: %w", err)
	}
	for i := range list {
		o := &list[i]
		o.Next = t.now.Add(lease)
		if _, err := t.exec("UPDATE outbound SET next = ? WHERE id = ?", o.Next.UnixMilli(), o.ID); err != nil {
			return nil, t.spoil(fmt.Errorf("lease message: %w", err))
		}
	}
	return list, nil
}

// SettleOutbound stores State, Attempts, Next and Status of a message, or gives ErrNotFound.
func (t *Tx) SettleOutbound(o Outbound) error {
	r, err := t.exec("UPDATE outbound SET state = ?, attempts = ?, next = ?, status = ? WHERE id = ?",
		o.State, o.Attempts, o.Next.UnixMilli(), o.Status, o.ID)
	return touched(r, err, "settle message")
}

// DropOutbound removes a message from the queue, or gives ErrNotFound.
func (t *Tx) DropOutbound(id int64) error {
	r, err := t.exec("DELETE FROM outbound WHERE id = ?", id)
	return touched(r, err, "drop message")
}

// touched turns a statement that met no row into ErrNotFound.
func touched(r sql.Result, err error, doing string) error {
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	n, err := r.RowsAffected()
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
