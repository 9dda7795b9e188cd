package storage

import (
	"context"
	"iter"
)

// Listing is an immutable snapshot of the members of a collection at one change.
type Listing struct{}

// Listing gives the members of a collection as last committed, or ErrNotFound.
func (s *Store) Listing(ctx context.Context, collID int64) (*Listing, error) { return nil, errTODO }

// Listing is Store.Listing inside the transaction.
func (t *Tx) Listing(ctx context.Context, collID int64) (*Listing, error) { return nil, errTODO }

// CollectionID names the collection.
func (l *Listing) CollectionID() int64 { return 0 }

// Change is the number of the newest change in it.
func (l *Listing) Change() uint64 { return 0 }

// Len is the number of members.
func (l *Listing) Len() int { return 0 }

// All gives the members in the order of their last change.
func (l *Listing) All() iter.Seq[*Member] { return func(func(*Member) bool) {} }

// Since gives what changed after change n, in order, each name once; deleted tells that the
// name is gone (only Name and Change of the member then count).
func (l *Listing) Since(n uint64) iter.Seq2[*Member, bool] { return func(func(*Member, bool) bool) {} }

// Overlapping gives the members whose span touches [from, to] (unix seconds): candidates, to
// be decided exactly. Past and Future leave an end open.
func (l *Listing) Overlapping(from, to int64) iter.Seq[*Member] { return func(func(*Member) bool) {} }

// Member gives a member by name.
func (l *Listing) Member(name string) (*Member, bool) { return nil, false }
