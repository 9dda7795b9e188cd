// Package storage keeps principals, collections, objects and their changes in one SQLite database.
// It keeps bytes and facts and parses nothing; nothing above it knows the engine.
//
// Invariants:
//   - An acknowledged write is on disk: Update returns nil only after a commit with a completed sync.
//   - The writer goroutine alone writes. Requests that wait are run each in its own savepoint and share one commit.
//   - Caches change after the commit and before Update returns, from what the transaction did. A reader never sees
//     what is not committed, and always sees its own earlier write.
//   - Each write in a collection takes its next change number; a deletion leaves a tombstone with one.
//     From any number the delta leads to exactly the present listing (RFC 6578 §3.1).
//   - Bytes never change in place: each overwrite makes a new row, history points to the old one.
//   - A UID stands in at most one object of a calendar or address book, by a unique index.
//   - Only sqlite.go and the migrations know which engine runs.
package storage

import (
	"context"
	"log/slog"
	"time"
)

// Options of Open. The zero value is right for most.
type Options struct {
	Clock      func() time.Time // time.Now
	Log        *slog.Logger     // slog.Default
	CacheBytes int64            // bound of all caches, 32 MiB
	HistoryFor time.Duration    // how long former versions are kept, 30 days; negative keeps none
	Limits     Limits
}

// Limits of reliability.md §2; zero takes the default, a negative number is no limit.
type Limits struct {
	CollectionsPerHome   int64 // 200
	ObjectsPerCollection int64 // 100,000
	BytesPerUser         int64 // 5 GiB
	PropertyBytes        int64 // of one dead property: 64 KiB
	PropertiesPerRef     int64 // 100
	PropertyBytesPerRef  int64 // 1 MiB
	LocksPerUser         int64 // 100
}

// Store is an open data directory. It is safe for concurrent use.
type Store struct{ o Options }

// Tx is a write transaction, valid inside the function given to Update, on its goroutine only.
// Its reads see its own writes.
type Tx struct{ s *Store }

// Open opens or makes the store in dir, brings its schema up to date and takes its lock.
// ErrLocked if another process has it, ErrNewer if a newer version wrote it. The caller closes.
func Open(ctx context.Context, dir string, o Options) (*Store, error) { return nil, errTODO }

// Close ends all work, truncates the log and releases the lock.
func (s *Store) Close() error { return nil }

// Update runs fn in a write transaction and returns after its commit is on disk, or fn's
// error with nothing changed. fn runs on the writer's goroutine: it must be short, must not
// wait for a network, and must not call Update. If ctx ends while waiting, fn does not run.
func (s *Store) Update(ctx context.Context, actor Actor, fn func(*Tx) error) error { return errTODO }

// Now is the store's clock.
func (s *Store) Now() time.Time { return time.Now() }

// Now is the time of this transaction.
func (t *Tx) Now() time.Time { return time.Now() }

// Actor is who writes.
func (t *Tx) Actor() Actor { return Actor{} }

// Ready tells why the store cannot take writes now, or nil.
func (s *Store) Ready() error { return nil }
