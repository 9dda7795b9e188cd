package storage

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"
)

func loadLocks(c *session) ([]Lock, error) {
	var list []Lock
	err := c.each("SELECT token, path, infinite, exclusive, owner_xml, principal_id, expires FROM lock", nil, func(r *sql.Rows) error {
		var l Lock
		var expires int64
		err := r.Scan(&l.Token, &l.Path, &l.Infinite, &l.Exclusive, &l.OwnerXML, &l.PrincipalID, &expires)
		l.Expires = time.Unix(expires, 0).UTC()
		list = append(list, l)
		return err
	})
	return list, err
}

// covers tells whether the lock is in force on path: it is its own, or that of an ancestor
// with infinite depth (RFC 4918 §7.4). A collection is the same with and without its slash (§5.2).
func (l *Lock) covers(path string) bool {
	return strings.TrimSuffix(l.Path, "/") == strings.TrimSuffix(path, "/") || l.Infinite && under(path, l.Path)
}

// under tells whether path lies below root, whether or not root ends in "/".
func under(path, root string) bool {
	rest, ok := strings.CutPrefix(path, strings.TrimSuffix(root, "/"))
	return ok && len(rest) > 1 && rest[0] == '/'
}

func pick(all []Lock, now time.Time, path string, below bool) []Lock {
	var list []Lock
	for _, l := range all {
		if l.Expires.After(now) && (l.covers(path) || below && under(l.Path, path)) {
			list = append(list, l)
		}
	}
	return list
}

// Locks gives the locks in force on path: its own, those of ancestors with infinite depth,
// and with below also those of everything under it (RFC 4918 §7).
func (s *Store) Locks(ctx context.Context, path string, below bool) ([]Lock, error) {
	all := *s.locks.Load()
	if len(all) == 0 {
		return nil, nil
	}
	return pick(all, s.o.Clock(), path, below), nil
}

// Locks is Store.Locks inside the transaction.
func (t *Tx) Locks(ctx context.Context, path string, below bool) ([]Lock, error) {
	return pick(t.allLocks(), t.now, path, below), nil
}

func (t *Tx) allLocks() []Lock {
	for _, l := range t.layers() {
		if l.locksSet {
			return l.locks
		}
	}
	return *t.s.locks.Load()
}

func (t *Tx) setLocks(list []Lock) { t.changes.locks, t.changes.locksSet = list, true }

// AddLock stores a lock; whether it conflicts is the caller's to decide. ErrExists if the
// token is taken, *LimitError if the principal holds too many. Expired locks go by the way.
func (t *Tx) AddLock(l Lock) error {
	if err := t.dropLocks(func(o *Lock) bool { return !o.Expires.After(t.now) }); err != nil {
		return err
	}
	var n int64
	for _, o := range t.allLocks() {
		if o.PrincipalID == l.PrincipalID {
			n++
		}
	}
	if limit := t.s.o.Limits.LocksPerUser; passes(n+1, limit) {
		return &LimitError{What: "locks per user", Limit: limit, Quota: true}
	}
	l.Expires = seconds(l.Expires)
	_, err := t.exec("INSERT INTO lock (token, path, infinite, exclusive, owner_xml, principal_id, expires) VALUES (?, ?, ?, ?, ?, ?, ?)",
		l.Token, l.Path, l.Infinite, l.Exclusive, l.OwnerXML, l.PrincipalID, l.Expires.Unix())
	if uniqueViolation(err) {
		return fmt.Errorf("lock token: %w", ErrExists)
	}
	if err != nil {
		return fmt.Errorf("store lock: %w", err)
	}
	t.setLocks(append(slices.Clone(t.allLocks()), l))
	return nil
}

// RefreshLock sets when a lock ends, or gives ErrNotFound (RFC 4918 §9.10.2).
func (t *Tx) RefreshLock(token string, expires time.Time) error {
	list := slices.Clone(t.allLocks())
	i := slices.IndexFunc(list, func(l Lock) bool { return l.Token == token && l.Expires.After(t.now) })
	if i < 0 {
		return fmt.Errorf("lock: %w", ErrNotFound)
	}
	list[i].Expires = seconds(expires)
	if _, err := t.exec("UPDATE lock SET expires = ? WHERE token = ?", expires.Unix(), token); err != nil {
		return fmt.Errorf("refresh lock: %w", err)
	}
	t.setLocks(list)
	return nil
}

// RemoveLock ends a lock, or gives ErrNotFound.
func (t *Tx) RemoveLock(token string) error {
	before := len(t.allLocks())
	if err := t.dropLocks(func(l *Lock) bool { return l.Token == token }); err != nil {
		return err
	}
	if len(t.allLocks()) == before {
		return fmt.Errorf("lock: %w", ErrNotFound)
	}
	return nil
}

// RemoveLocksUnder ends the locks of path and of all under it (RFC 4918 §9.6, §9.9).
func (t *Tx) RemoveLocksUnder(path string) error {
	return t.dropLocks(func(l *Lock) bool { return l.Path == path || under(l.Path, path) })
}

func (t *Tx) dropLocks(drop func(*Lock) bool) error {
	var kept []Lock
	all := t.allLocks()
	for i := range all {
		if !drop(&all[i]) {
			kept = append(kept, all[i])
			continue
		}
		if _, err := t.exec("DELETE FROM lock WHERE token = ?", all[i].Token); err != nil {
			return t.spoil(fmt.Errorf("remove lock: %w", err))
		}
	}
	if len(kept) != len(all) {
		t.setLocks(kept)
	}
	return nil
}
