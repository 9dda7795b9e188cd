package storage

import (
	"errors"
	"fmt"
)

// What callers test for.
var (
	ErrNotFound = errors.New("not found")
	ErrExists   = errors.New("already exists")
	ErrFull     = errors.New("no space left for the store")                                // 507
	ErrBusy     = errors.New("the store is busy")                                          // 503
	ErrFailed   = errors.New("the store takes no more writes after a failed sync to disk") // 503, restart
	ErrClosed   = errors.New("the store is closed")
	ErrBadToken = errors.New("sync token is not of this collection") // RFC 6578 §3.2
	ErrPassword = errors.New("wrong name or password")
	ErrLocked   = errors.New("another process holds the data directory")
	ErrDamaged  = errors.New("the database is damaged")
	ErrNoBackup = errors.New("no whole backup")
	ErrNewer    = errors.New("the database was written by a newer version of convoke")
)

// UIDTakenError says that another object of the collection has the UID (RFC 4791 §5.3.2.1).
type UIDTakenError struct {
	CollectionID int64
	Name         string // of the object that has it
	UID          string
}

func (e *UIDTakenError) Error() string {
	return fmt.Sprintf("uid %q is taken by %q in collection %d", e.UID, e.Name, e.CollectionID)
}

// AddressTakenError says that a calendar user address belongs to another principal.
type AddressTakenError struct {
	Address     string
	PrincipalID int64
}

func (e *AddressTakenError) Error() string {
	return fmt.Sprintf("address %s belongs to principal %d", e.Address, e.PrincipalID)
}

// LimitError says which limit a write would pass. Quota tells a limit in bytes
// (DAV:quota-not-exceeded, 507) from one in numbers (403).
type LimitError struct {
	What  string // "collections per home", "objects per collection", "bytes per user", "dead property" …
	Limit int64
	Quota bool
}

func (e *LimitError) Error() string { return fmt.Sprintf("limit of %s: %d", e.What, e.Limit) }

// PanicError is what Update returns when its function panicked; only its own changes are rolled back.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic in a write: %v", e.Value) }
