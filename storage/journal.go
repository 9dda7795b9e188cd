package storage

import (
	"context"
	"time"
)

// JournalFor gives the journal of a UID, oldest first.
func (s *Store) JournalFor(ctx context.Context, uid string) ([]Entry, error) { return nil, errTODO }

// Journal writes a line; At, PrincipalID, Door and RequestID are taken from the transaction where unset.
func (t *Tx) Journal(e Entry) error { return errTODO }

// Enqueue stores a message to be mailed. False if the same message (UID, instance, method,
// sequence, dtstamp, recipient) is already there.
func (t *Tx) Enqueue(o *Outbound) (bool, error) { return false, errTODO }

// Outbounds lists the queue, oldest first; state "" is all.
func (s *Store) Outbounds(ctx context.Context, state string) ([]Outbound, error) { return nil, errTODO }

// LeaseOutbound takes at most limit due messages and makes them due again after the lease,
// so that a worker that dies leaves them to the next.
func (t *Tx) LeaseOutbound(limit int, lease time.Duration) ([]Outbound, error) { return nil, errTODO }

// SettleOutbound stores State, Attempts, Next and Status of a message, or gives ErrNotFound.
func (t *Tx) SettleOutbound(o Outbound) error { return errTODO }

// DropOutbound removes a message from the queue, or gives ErrNotFound.
func (t *Tx) DropOutbound(id int64) error { return errTODO }

// History gives the former versions of the object of that name in a collection, newest first.
func (s *Store) History(ctx context.Context, collID int64, name string) ([]Version, error) {
	return nil, errTODO
}

// HistoryOf gives the former versions of all objects of an owner's collections with a UID, newest first.
func (s *Store) HistoryOf(ctx context.Context, uid string) ([]Version, error) { return nil, errTODO }

// VersionData gives the bytes of a former version, or ErrNotFound.
func (s *Store) VersionData(ctx context.Context, id int64) ([]byte, error) { return nil, errTODO }
