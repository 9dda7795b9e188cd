package storage

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

const outboundColumns = `id, uid, instance, method, sequence, dtstamp, principal_id, sender, recipient, message_id, token, data,
	state, attempts, next, status, created, since, settled, leased`

func readOutbounds(c *session, query string, args ...any) ([]Outbound, error) {
	return scanOutbounds(c, outboundColumns, query, args...)
}

func scanOutbounds(c *session, columns, query string, args ...any) ([]Outbound, error) {
	var list []Outbound
	err := c.each("SELECT "+columns+" FROM outbound "+query, args, func(r *sql.Rows) error {
		var o Outbound
		var next, created, since, settled, leased int64
		err := r.Scan(&o.ID, &o.UID, &o.Instance, &o.Method, &o.Sequence, &o.DTStamp, &o.PrincipalID, &o.Sender, &o.Recipient,
			&o.MessageID, &o.Token, &o.Data, &o.State, &o.Attempts, &next, &o.Status, &created, &since, &settled, &leased)
		o.Leased = leased > 0
		o.Next, o.Created, o.Since = time.UnixMilli(next).UTC(), time.UnixMilli(created).UTC(), time.UnixMilli(since).UTC()
		if settled != 0 {
			o.Settled = time.UnixMilli(settled).UTC()
		}
		list = append(list, o)
		return err
	})
	return list, err
}

// newToken makes the secret name of a row. It is of lower case letters and digits, because
// mail servers do not keep the case of an address.
func newToken() string {
	var b [16]byte
	rand.Read(b[:]) //nolint:errcheck // never fails, crypto/rand
	return hex.EncodeToString(b[:])
}

// Enqueue stores a message to be mailed, due at Next or at once, and fills in ID, State, Token
// and Created. False if the same message (UID, instance, method, sequence, dtstamp, recipient)
// is already there.
func (t *Tx) Enqueue(o *Outbound) (bool, error) {
	o.State, o.Created, o.Since = cmp.Or(o.State, OutboundWaiting), t.now, t.now
	if o.Next.IsZero() {
		o.Next = t.now
	}
	if o.Data == nil {
		o.Data = []byte{}
	}
	o.Token = cmp.Or(o.Token, newToken())
	r, err := t.exec(`INSERT INTO outbound (uid, instance, method, sequence, dtstamp, principal_id, sender, recipient, message_id,
		token, data, state, attempts, next, status, created, since) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		o.UID, o.Instance, o.Method, o.Sequence, o.DTStamp, o.PrincipalID, o.Sender, o.Recipient, o.MessageID,
		o.Token, o.Data, o.State, o.Attempts, o.Next.UnixMilli(), o.Status, o.Created.UnixMilli(), o.Since.UnixMilli())
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

// OutboundPage gives messages of some states, of all with none, newest first and without their Data, and the Before of
// the page that follows, 0 if none does.
func (s *Store) OutboundPage(ctx context.Context, p Page, states ...string) (list []Outbound, next int64, err error) {
	wanted := " " + strings.Join(states, " ") + " "
	columns := strings.Replace(outboundColumns, " data,", " x'',", 1)
	err = s.read(ctx, true, func(c *session) error {
		top, floor, err := p.window(c, "outbound")
		if err != nil {
			return err
		}
		list, err = scanOutbounds(c, columns, `WHERE id < ? AND id >= ? AND ? IN (0, principal_id) AND ? IN ('', uid)
			AND (? OR instr(?, ' ' || state || ' ') > 0) ORDER BY id DESC LIMIT ?`, top, floor, p.PrincipalID, p.UID, len(states) == 0, wanted, p.Limit)
		if n := len(list); err == nil && n > 0 {
			top = list[n-1].ID
		}
		next = p.next(len(list), top, floor)
		return err
	})
	return list, next, err
}

// OutboundByID gives one message of the queue, or ErrNotFound.
func (s *Store) OutboundByID(ctx context.Context, id int64) (Outbound, error) {
	return s.oneOutbound(ctx, "WHERE id = ?", id)
}

// OutboundByToken gives the message that a bounce is about: by its Token or its Message-ID,
// with or without angle brackets. ErrNotFound if there is none.
func (s *Store) OutboundByToken(ctx context.Context, name string) (Outbound, error) {
	name = strings.Trim(strings.TrimSpace(name), "<>")
	if name == "" {
		return Outbound{}, ErrNotFound
	}
	o, err := s.oneOutbound(ctx, "WHERE token = ?", strings.ToLower(name))
	if errors.Is(err, ErrNotFound) {
		o, err = s.oneOutbound(ctx, "WHERE message_id = ?", "<"+name+">")
	}
	return o, err
}

func (s *Store) oneOutbound(ctx context.Context, where string, arg any) (o Outbound, err error) {
	err = s.read(ctx, false, func(c *session) error {
		list, err := readOutbounds(c, where+" LIMIT 1", arg)
		if err == nil && len(list) == 0 {
			err = ErrNotFound
		}
		if err == nil {
			o = list[0]
		}
		return err
	})
	return o, err
}

// OutboundBefore lists what one person was sent of one UID before a row, newest first and at
// most limit: the versions that he knows.
func (s *Store) OutboundBefore(ctx context.Context, o *Outbound, limit int) (list []Outbound, err error) {
	err = s.read(ctx, false, func(c *session) error {
		list, err = readOutbounds(c, "WHERE recipient = ? AND uid = ? AND id < ? AND state = ? AND principal_id = ? ORDER BY id DESC LIMIT ?",
			o.Recipient, o.UID, o.ID, OutboundSent, o.PrincipalID, limit)
		return err
	})
	return list, err
}

// Written tells whether a principal has ever written to a calendar user address.
func (s *Store) Written(ctx context.Context, principalID int64, address string) (yes bool, err error) {
	err = s.read(ctx, false, func(c *session) error {
		var n int
		err := c.row("SELECT count(*) FROM written WHERE principal_id = ? AND address = ?", []any{principalID, address}, &n)
		yes = n > 0
		return err
	})
	return yes, err
}

// Backlog is what waits in the queue.
type Backlog struct {
	Waiting, Held int
	Due           time.Time // when the next message is due; zero if none waits
}

// OutboundBacklog counts the queue.
func (s *Store) OutboundBacklog(ctx context.Context) (b Backlog, err error) {
	err = s.read(ctx, false, func(c *session) error {
		var due int64
		if err := c.row("SELECT count(*), coalesce(min(next), 0) FROM outbound WHERE state = ?", []any{OutboundWaiting}, &b.Waiting, &due); err != nil {
			return err
		}
		if b.Waiting > 0 {
			b.Due = time.UnixMilli(due).UTC()
		}
		return c.row("SELECT count(*) FROM outbound WHERE state = ?", []any{OutboundHeld}, &b.Held)
	})
	return b, err
}

// OutboundDue tells when the next message is due; the zero time if none waits.
func (s *Store) OutboundDue(ctx context.Context) (at time.Time, err error) {
	err = s.read(ctx, false, func(c *session) error {
		var next int64
		err := c.row("SELECT coalesce(min(next), 0) FROM outbound WHERE state = ?", []any{OutboundWaiting}, &next)
		if next != 0 {
			at = time.UnixMilli(next).UTC()
		}
		return err
	})
	return at, err
}

// LeaseOutbound takes due lines of the queue: a line is what waits for one recipient of one UID,
// oldest first, and is due when its oldest message is. At most limit lines are taken, each whole, and for
// the time of the lease no other worker gets them; a worker that dies leaves them to the next.
func (t *Tx) LeaseOutbound(limit int, lease time.Duration) ([][]Outbound, error) {
	now := t.now.UnixMilli()
	// The oldest of a line stands for it, so that nothing overtakes what failed and is tried again later.
	heads, err := readOutbounds(t.c, `AS head WHERE state = ? AND next <= ? AND leased <= ? AND NOT EXISTS (SELECT 1 FROM outbound AS older
		WHERE older.recipient = head.recipient AND older.uid = head.uid AND older.id < head.id AND older.state = head.state)
		ORDER BY next, id LIMIT ?`, OutboundWaiting, now, now, limit)
	if err != nil {
		return nil, fmt.Errorf("lease messages: %w", err)
	}
	lines := make([][]Outbound, 0, len(heads))
	for i := range heads {
		h := &heads[i]
		line, err := readOutbounds(t.c, "WHERE recipient = ? AND uid = ? AND id >= ? AND state = ? ORDER BY id", h.Recipient, h.UID, h.ID, OutboundWaiting)
		if err != nil {
			return nil, t.spoil(fmt.Errorf("lease messages: %w", err))
		}
		_, err = t.exec("UPDATE outbound SET leased = ? WHERE recipient = ? AND uid = ? AND id >= ? AND state = ?",
			t.now.Add(lease).UnixMilli(), h.Recipient, h.UID, h.ID, OutboundWaiting)
		if err != nil {
			return nil, t.spoil(fmt.Errorf("lease messages: %w", err))
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// FreeOutbound ends all leases: what a worker that is gone had is due again. That it had it is kept.
func (t *Tx) FreeOutbound() error {
	if _, err := t.exec("UPDATE outbound SET leased = 1 WHERE leased > 1 AND state = ?", OutboundWaiting); err != nil {
		return fmt.Errorf("free messages: %w", err)
	}
	return nil
}

// SettleOutbound stores State, Attempts, Next, Status and Since of a message and ends its lease, or
// gives ErrNotFound; also where it was said to be sent after a report that it failed. When it was sent, its
// recipient is known from then on.
func (t *Tx) SettleOutbound(o Outbound) error {
	settled := int64(0)
	if o.State != OutboundWaiting && o.State != OutboundHeld {
		settled = t.now.UnixMilli()
	}
	r, err := t.exec(`UPDATE outbound SET state = ?, attempts = ?, next = ?, status = ?, since = ?, leased = 0,
		settled = CASE WHEN ? > 0 AND settled > 0 THEN settled ELSE ? END WHERE id = ? AND NOT (state = ? AND ? = ?)`,
		o.State, o.Attempts, o.Next.UnixMilli(), o.Status, o.Since.UnixMilli(), settled, settled, o.ID, OutboundFailed, o.State, OutboundSent)
	if err := touched(r, err, "settle message"); err != nil || o.State != OutboundSent || o.Method == MethodReminder {
		return err
	}
	// Selected from the principals: its sender may be gone by now.
	_, err = t.exec(`INSERT INTO written (principal_id, address, since) SELECT id, ?, ? FROM principal WHERE id = ? ON CONFLICT DO NOTHING`,
		o.Recipient, t.now.UnixMilli(), o.PrincipalID)
	if err != nil {
		return t.spoil(fmt.Errorf("remember a correspondent: %w", err))
	}
	return nil
}

// NewerOutbound tells whether a message waits behind another in its line.
func (t *Tx) NewerOutbound(o *Outbound) (bool, error) {
	var n int
	err := t.c.row("SELECT count(*) FROM outbound WHERE recipient = ? AND uid = ? AND id > ? AND state = ?",
		[]any{o.Recipient, o.UID, o.ID, OutboundWaiting}, &n)
	return n > 0, err
}

// Sendings is what a principal has sent: messages in the last hour and day, and addresses that were new in that day.
type Sendings struct{ Hour, Day, NewDay int }

// Sendings counts what a principal sent before a time.
func (s *Store) Sendings(ctx context.Context, principalID int64, now time.Time) (n Sendings, err error) {
	hour, day := now.Add(-time.Hour).UnixMilli(), now.Add(-24*time.Hour).UnixMilli()
	err = s.read(ctx, false, func(c *session) error {
		err := c.row("SELECT count(*), coalesce(sum(settled > ?), 0) FROM outbound WHERE principal_id = ? AND settled > ? AND state = ? AND method <> ?",
			[]any{hour, principalID, day, OutboundSent, MethodReminder}, &n.Day, &n.Hour)
		if err != nil {
			return err
		}
		return c.row("SELECT count(*) FROM written WHERE principal_id = ? AND since > ?", []any{principalID, day}, &n.NewDay)
	})
	return n, err
}

// OutboundSet counts the recipients of one change: the rows that tell of the same version.
func (s *Store) OutboundSet(ctx context.Context, o *Outbound) (n int, err error) {
	err = s.read(ctx, false, func(c *session) error {
		return c.row("SELECT count(DISTINCT recipient) FROM outbound WHERE uid = ? AND method = ? AND sequence = ? AND dtstamp = ? AND principal_id = ?",
			[]any{o.UID, o.Method, o.Sequence, o.DTStamp, o.PrincipalID}, &n)
	})
	return n, err
}

// ForgetOutbound removes messages that were settled before a time, but leaves what each person was told last,
// until that is older than last: the next change is shown beside it.
func (t *Tx) ForgetOutbound(before, last time.Time, limit int) (int64, error) {
	r, err := t.exec(`DELETE FROM outbound WHERE id IN (SELECT id FROM outbound AS old WHERE settled > 0 AND settled < ? AND (settled < ? OR state <> ? OR method = ?
		OR EXISTS (SELECT 1 FROM outbound AS newer WHERE newer.recipient = old.recipient AND newer.uid = old.uid AND newer.id > old.id AND newer.state = ?)) LIMIT ?)`,
		before.UnixMilli(), last.UnixMilli(), OutboundSent, MethodReminder, OutboundSent, limit)
	if err != nil {
		return 0, fmt.Errorf("forget messages: %w", err)
	}
	return r.RowsAffected()
}

// DropOutbound removes a message from the queue, or gives ErrNotFound.
func (t *Tx) DropOutbound(id int64) error {
	r, err := t.exec("DELETE FROM outbound WHERE id = ?", id)
	return touched(r, err, "drop message")
}
