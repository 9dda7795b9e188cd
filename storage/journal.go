package storage

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"time"
)

// JournalFor gives the journal of a UID, oldest first.
func (s *Store) JournalFor(ctx context.Context, uid string) (list []Entry, err error) {
	err = s.read(ctx, false, func(c *session) error {
		list, err = readJournal(c, "WHERE uid = ? ORDER BY id", uid)
		return err
	})
	return list, err
}

func readJournal(c *session, query string, args ...any) (list []Entry, err error) {
	err = c.each("SELECT id, at, uid, principal_id, subject_id, door, agent, request_id, what, detail FROM journal "+query, args, func(r *sql.Rows) error {
		var e Entry
		var at int64
		err := r.Scan(&e.ID, &at, &e.UID, &e.PrincipalID, &e.SubjectID, &e.Door, &e.Agent, &e.RequestID, &e.What, &e.Detail)
		e.At = time.UnixMilli(at).UTC()
		list = append(list, e)
		return err
	})
	return list, err
}

// Page asks for a part of what only grows, newest first.
type Page struct {
	PrincipalID int64  // by or about this principal alone; 0 is anybody
	UID         string // of this event alone; "" is any
	Before      int64  // lines with a smaller id; 0 is from the newest on
	Limit       int
}

// pageReach is how many lines one Page looks through at most, so that a rare wish costs no more than a common one.
const pageReach = 50_000

// window is the ids that a page looks through: below top, down to floor. A floor of 1 is the end.
func (p *Page) window(c *session, table string) (top, floor int64, err error) {
	if top = p.Before; top <= 0 {
		if err := c.row("SELECT coalesce(max(id), 0) + 1 FROM "+table, nil, &top); err != nil {
			return 0, 0, err
		}
	}
	return top, max(top-pageReach, 1), nil
}

// next is from where on the following page goes; 0 is that there is none.
func (p *Page) next(n int, last, floor int64) int64 {
	switch {
	case n == p.Limit:
		return last
	case floor > 1:
		return floor
	}
	return 0
}

// JournalPage gives lines of the journal, newest first, and the Before of the page that follows, 0 if none does.
func (s *Store) JournalPage(ctx context.Context, p Page) (list []Entry, next int64, err error) {
	err = s.read(ctx, true, func(c *session) error {
		top, floor, err := p.window(c, "journal")
		if err != nil {
			return err
		}
		list, err = readJournal(c, `WHERE id < ? AND id >= ? AND ? IN (0, principal_id, subject_id) AND ? IN ('', uid)
			ORDER BY id DESC LIMIT ?`, top, floor, p.PrincipalID, p.UID, p.Limit)
		if n := len(list); err == nil && n > 0 {
			top = list[n-1].ID
		}
		next = p.next(len(list), top, floor)
		return err
	})
	return list, next, err
}

// LastBackup is the line of the newest backup, or ErrNotFound.
func (s *Store) LastBackup(ctx context.Context) (e Entry, err error) {
	err = s.read(ctx, false, func(c *session) error {
		list, err := readJournal(c, "WHERE what = 'backup' ORDER BY id DESC LIMIT 1")
		if err == nil && len(list) == 0 {
			err = ErrNotFound
		}
		if err == nil {
			e = list[0]
		}
		return err
	})
	return e, err
}

// Journal writes a line; At, PrincipalID, Door, Agent and RequestID are taken from the transaction where unset.
func (t *Tx) Journal(e Entry) error {
	if e.At.IsZero() {
		e.At = t.now
	}
	err := t.later(journalRows, e.At.UnixMilli(), e.UID, cmp.Or(e.PrincipalID, t.actor.PrincipalID), cmp.Or(e.Door, t.actor.Door),
		cmp.Or(e.Agent, t.actor.Agent), cmp.Or(e.RequestID, t.actor.RequestID), e.What, e.Detail, e.SubjectID)
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
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
