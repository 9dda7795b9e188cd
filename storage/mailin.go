package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// receivedFor is how long it is remembered that a mail was decided.
const receivedFor = 400 * 24 * time.Hour

// Held is a message that waits for a person to decide.
type Held struct {
	ID          int64
	PrincipalID int64  // whose calendars it is about
	Recipient   string // address that the mail was sent to
	Sender      string // address in From
	Kind        string // what accepting it does; the caller's word
	UID         string
	Method      string
	MessageID   string
	Summary     string
	Reason      string // in plain words
	Decision    []byte // JSON
	Data        []byte // the calendar as it came
	At          time.Time
}

// Received is one mail that was decided for one principal.
type Received struct {
	PrincipalID int64
	Sender      string // address in From
	Domain      string // of Sender
	MessageID   string
	Digest      []byte // of what makes it the same mail
	Step        string // of what makes it the same step of a meeting
	Action      string // the caller's word; ReceivedApply is special
	Method, UID string // of the scheduling message
	Reason      string // of the decision, in plain words
	Believed    string // what proved the sender

	ID int64     // on the way out only
	At time.Time // on the way out only
}

// ReceivedApply is the Action of what was applied: only that guards against other mails.
const ReceivedApply = "apply"

// Seen tells what is known of a mail.
type Seen struct {
	Applied bool   // the same mail, the same step or the same Message-ID of that sender was applied
	Action  string // of the same mail, the last time; "" if it is new
}

// Rates are how many mails were decided for a principal. What somebody forged in the name of a sender does not count
// against that sender.
type Rates struct {
	SenderHour, DomainHour int // applied in the last hour, of the sender and of his domain
	HeldHour               int // held in the last hour, of the sender
	Day, Ignored           int // in the last day: applied or held, and neither
	Held                   int // waiting now
}

const heldColumns = "id, principal_id, recipient, sender, kind, uid, method, message_id, summary, reason, decision, data, at"

func readHeld(c *session, query string, args ...any) ([]Held, error) {
	var list []Held
	err := c.each("SELECT "+heldColumns+" FROM held "+query, args, func(r *sql.Rows) error {
		var h Held
		var at int64
		err := r.Scan(&h.ID, &h.PrincipalID, &h.Recipient, &h.Sender, &h.Kind, &h.UID, &h.Method, &h.MessageID, &h.Summary,
			&h.Reason, &h.Decision, &h.Data, &at)
		h.At = time.UnixMilli(at).UTC()
		list = append(list, h)
		return err
	})
	return list, err
}

// HeldMessages lists what waits for a principal, or for all with 0, oldest first.
func (s *Store) HeldMessages(ctx context.Context, principalID int64) (list []Held, err error) {
	err = s.read(ctx, false, func(c *session) error {
		list, err = readHeld(c, "WHERE ? IN (0, principal_id) ORDER BY id", principalID)
		return err
	})
	return list, err
}

// HeldMessage gives one that waits, or ErrNotFound.
func (s *Store) HeldMessage(ctx context.Context, id int64) (h Held, err error) {
	err = s.read(ctx, false, func(c *session) error {
		h, err = oneHeld(c, id)
		return err
	})
	return h, err
}

// HeldMessage is Store.HeldMessage inside the transaction.
func (t *Tx) HeldMessage(id int64) (Held, error) { return oneHeld(t.c, id) }

func oneHeld(c *session, id int64) (Held, error) {
	list, err := readHeld(c, "WHERE id = ?", id)
	if err != nil {
		return Held{}, fmt.Errorf("read a held message: %w", err)
	}
	if len(list) == 0 {
		return Held{}, ErrNotFound
	}
	return list[0], nil
}

// Hold stores a message that waits and fills in ID and At.
func (t *Tx) Hold(h *Held) error {
	h.At = t.now
	r, err := t.exec(`INSERT INTO held (principal_id, recipient, sender, kind, uid, method, message_id, summary, reason, decision, data, at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, h.PrincipalID, h.Recipient, h.Sender, h.Kind, h.UID, h.Method, h.MessageID, h.Summary,
		h.Reason, nonNil(h.Decision), nonNil(h.Data), h.At.UnixMilli())
	if err != nil {
		return t.spoil(fmt.Errorf("hold a message: %w", err))
	}
	put(&t.changes.held, h.PrincipalID, true)
	h.ID, err = r.LastInsertId()
	return t.spoil(err)
}

func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Unhold removes a message that waited, or gives ErrNotFound.
func (t *Tx) Unhold(id int64) error {
	var principal int64
	if err := t.c.row("SELECT principal_id FROM held WHERE id = ?", []any{id}, &principal); err != nil {
		return fmt.Errorf("remove a held message: %w", err)
	}
	put(&t.changes.held, principal, true)
	r, err := t.exec("DELETE FROM held WHERE id = ?", id)
	return touched(r, err, "remove a held message")
}

// UnholdAll removes what waits for a principal about a UID from one sender: an applied message took its place.
func (t *Tx) UnholdAll(principalID int64, uid, sender string) error {
	var n int
	err := t.c.row("SELECT count(*) FROM held WHERE principal_id = ? AND uid = ? AND sender = ?", []any{principalID, uid, sender}, &n)
	if err != nil || n == 0 {
		return err
	}
	put(&t.changes.held, principalID, true)
	_, err = t.exec("DELETE FROM held WHERE principal_id = ? AND uid = ? AND sender = ?", principalID, uid, sender)
	return t.spoil(err)
}

// Seen tells whether a mail was decided before.
func (t *Tx) Seen(r Received) (Seen, error) {
	var s Seen
	var n int
	err := t.c.row(`SELECT count(*) FROM received WHERE principal_id = ? AND action = 'apply'
		AND (step = ? OR message_id = ? AND ? <> '' AND sender = ?)`, []any{r.PrincipalID, r.Step, r.MessageID, r.MessageID, r.Sender}, &n)
	if err != nil {
		return s, fmt.Errorf("look for a repeated message: %w", err)
	}
	s.Applied = n > 0
	err = t.c.row("SELECT action FROM received WHERE principal_id = ? AND digest = ? ORDER BY id DESC LIMIT 1", []any{r.PrincipalID, r.Digest}, &s.Action)
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	s.Applied = s.Applied || s.Action == ReceivedApply
	return s, err
}

// Rates counts what was decided lately for the recipient of a mail.
func (t *Tx) Rates(r Received) (Rates, error) {
	var n Rates
	hour, day := t.now.Add(-time.Hour).UnixMilli(), t.now.Add(-24*time.Hour).UnixMilli()
	err := t.c.row(`SELECT coalesce(sum(action = 'apply' AND at > ? AND sender = ?), 0), coalesce(sum(action = 'apply' AND at > ? AND domain = ?), 0),
		coalesce(sum(action = 'hold' AND at > ? AND sender = ?), 0), coalesce(sum(action <> 'ignore'), 0), coalesce(sum(action = 'ignore'), 0)
		FROM received WHERE principal_id = ? AND at > ?`, []any{hour, r.Sender, hour, r.Domain, hour, r.Sender, r.PrincipalID, day},
		&n.SenderHour, &n.DomainHour, &n.HeldHour, &n.Day, &n.Ignored)
	if err == nil {
		err = t.c.row("SELECT count(*) FROM held WHERE principal_id = ?", []any{r.PrincipalID}, &n.Held)
	}
	if err != nil {
		return n, fmt.Errorf("count messages: %w", err)
	}
	return n, nil
}

// Receive remembers what was decided of a mail, and forgets what is long ago.
func (t *Tx) Receive(r Received) error {
	if _, err := t.exec("DELETE FROM received WHERE at < ?", t.now.Add(-receivedFor).UnixMilli()); err != nil {
		return t.spoil(fmt.Errorf("clean the list of mails: %w", err))
	}
	_, err := t.exec(`INSERT INTO received (principal_id, at, sender, domain, message_id, digest, step, action, method, uid, reason, believed)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, r.PrincipalID, t.now.UnixMilli(), r.Sender, r.Domain, r.MessageID, nonNil(r.Digest), r.Step, r.Action,
		r.Method, r.UID, r.Reason, r.Believed)
	if err != nil {
		return t.spoil(fmt.Errorf("remember a mail: %w", err))
	}
	return nil
}

// ReceivedPage gives mails that were decided, newest first, and the Before of the page that follows, 0 if none does.
func (s *Store) ReceivedPage(ctx context.Context, p Page) (list []Received, next int64, err error) {
	err = s.read(ctx, true, func(c *session) error {
		top, floor, err := p.window(c, "received")
		if err != nil {
			return err
		}
		err = c.each(`SELECT id, at, principal_id, sender, domain, message_id, action, method, uid, reason, believed FROM received
			WHERE id < ? AND id >= ? AND ? IN (0, principal_id) AND ? IN ('', uid) ORDER BY id DESC LIMIT ?`,
			[]any{top, floor, p.PrincipalID, p.UID, p.Limit}, func(rows *sql.Rows) error {
				var r Received
				var at int64
				err := rows.Scan(&r.ID, &at, &r.PrincipalID, &r.Sender, &r.Domain, &r.MessageID, &r.Action, &r.Method, &r.UID, &r.Reason, &r.Believed)
				r.At = time.UnixMilli(at).UTC()
				list = append(list, r)
				return err
			})
		if n := len(list); err == nil && n > 0 {
			top = list[n-1].ID
		}
		next = p.next(len(list), top, floor)
		return err
	})
	if err != nil {
		err = fmt.Errorf("list mails: %w", err)
	}
	return list, next, err
}

// Trust remembers that a principal knows an address.
func (t *Tx) Trust(principalID int64, address string) error {
	_, err := t.exec("INSERT INTO correspondent (principal_id, address, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
		principalID, NormalizeAddress(address), t.now.UnixMilli())
	if err != nil {
		return t.spoil(fmt.Errorf("remember a correspondent: %w", err))
	}
	return nil
}

// Knows tells whether a principal accepted an address, or has written to it.
func (s *Store) Knows(ctx context.Context, principalID int64, address string) (bool, error) {
	address = NormalizeAddress(address)
	var n int
	err := s.read(ctx, false, func(c *session) error {
		return c.row(`SELECT (SELECT count(*) FROM correspondent WHERE principal_id = ? AND address = ?)
			+ (SELECT count(*) FROM written WHERE principal_id = ? AND address = ?)`, []any{principalID, address, principalID, address}, &n)
	})
	if err != nil {
		return false, fmt.Errorf("look for a correspondent: %w", err)
	}
	return n > 0, nil
}

// Mailbox is how far a mailbox was read.
type Mailbox struct {
	Account     string
	UIDValidity uint32
	LastUID     uint32 // 0: nothing yet
}

// Mailbox gives how far an account was read; its zero position if it is new.
func (s *Store) Mailbox(ctx context.Context, account string) (Mailbox, error) {
	m := Mailbox{Account: account}
	err := s.read(ctx, false, func(c *session) error {
		return c.row("SELECT uidvalidity, last_uid FROM mailbox WHERE account = ?", []any{account}, &m.UIDValidity, &m.LastUID)
	})
	if errors.Is(err, ErrNotFound) {
		return m, nil
	}
	if err != nil {
		return m, fmt.Errorf("read the position in a mailbox: %w", err)
	}
	return m, nil
}

// SetMailbox stores how far an account was read.
func (t *Tx) SetMailbox(m Mailbox) error {
	_, err := t.exec(`INSERT INTO mailbox (account, uidvalidity, last_uid, at) VALUES (?, ?, ?, ?)
		ON CONFLICT (account) DO UPDATE SET uidvalidity = excluded.uidvalidity, last_uid = excluded.last_uid, at = excluded.at`,
		m.Account, m.UIDValidity, m.LastUID, t.now.UnixMilli())
	if err != nil {
		return t.spoil(fmt.Errorf("store the position in a mailbox: %w", err))
	}
	return nil
}

// Correspondents gives the addresses outside that a principal has written to or accepted invitations of, the latest first,
// at most limit.
func (s *Store) Correspondents(ctx context.Context, principalID int64, limit int) (list []string, err error) {
	err = s.read(ctx, false, func(c *session) error {
		return c.each(`SELECT address FROM (SELECT address, since AS at FROM written WHERE principal_id = ?
			UNION ALL SELECT address, at FROM correspondent WHERE principal_id = ?) AS known GROUP BY address ORDER BY max(at) DESC LIMIT ?`,
			[]any{principalID, principalID, limit}, func(r *sql.Rows) error {
				var address string
				err := r.Scan(&address)
				list = append(list, address)
				return err
			})
	})
	return list, err
}
