package storage

import (
	"context"
	"time"
)

// Locks gives the locks in force on path: its own, those of ancestors with infinite depth,
// and with below also those of everything under it (RFC 4918 §7).
func (s *Store) Locks(ctx context.Context, path string, below bool) ([]Lock, error) {
	return nil, errTODO
}

// Locks is Store.Locks inside the transaction.
func (t *Tx) Locks(ctx context.Context, path string, below bool) ([]Lock, error) {
	return nil, errTODO
}

// AddLock stores a lock; whether it conflicts is the caller's to decide. *LimitError if the
// principal holds too many.
func (t *Tx) AddLock(l Lock) error { return errTODO }

// RefreshLock sets when a lock ends, or gives ErrNotFound.
func (t *Tx) RefreshLock(token string, expires time.Time) error { return errTODO }

// RemoveLock ends a lock, or gives ErrNotFound.
func (t *Tx) RemoveLock(token string) error { return errTODO }

// RemoveLocksUnder ends the locks of path and of all under it (RFC 4918 §9.6, §9.9).
func (t *Tx) RemoveLocksUnder(path string) error { return errTODO }
