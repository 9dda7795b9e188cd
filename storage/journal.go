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
		return c.each("SELECT id, at, uid, principal_id, door, agent, request_id, what, detail FROM journal WHERE uid = ? ORDER BY id", []any{uid}, func(r *sql.Rows) error {
			var e Entry
			var at int64
			err := r.Scan(&e.ID, &at, &e.UID, &e.PrincipalID, &e.Door, &e.Agent, &e.RequestID, &e.What, &e.Detail)
			e.At = time.UnixMilli(at).UTC()
			list = append(list, e)
			return err
		})
	})
	return list, err
}

// Journal writes a line; At, PrincipalID, Door, Agent and RequestID are taken from the transaction where unset.
func (t *Tx) Journal(e Entry) error {
	if e.At.IsZero() {
		e.At = t.now
	}
	err := t.later(journalRows, e.At.UnixMilli(), e.UID, cmp.Or(e.PrincipalID, t.actor.PrincipalID), cmp.Or(e.Door, t.actor.Door),
		cmp.Or(e.Agent, t.actor.Agent), cmp.Or(e.RequestID, t.actor.RequestID), e.What, e.Detail)
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
