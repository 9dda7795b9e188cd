// Package storage keeps principals, collections, objects and their changes in one SQLite database.
// It keeps bytes and facts and parses nothing; nothing above it knows the engine.
//
// Invariants:
//   - An acknowledged write is on disk: Update returns nil only after a commit with a completed sync.
//   - The writer goroutine alone writes. Requests that wait are run each in its own savepoint and share one commit; the first
//     to write has the transaction for its savepoint. Bytes, history and journal are written at the commit, or when read.
//   - Caches change after the commit and before Update returns, from what the transaction did. A reader never sees
//     what is not committed, and always sees its own earlier write.
//   - Each write in a collection takes its next change number; a deletion leaves a tombstone with one.
//     From any number the delta leads to exactly the present listing (RFC 6578 §3.1).
//   - Bytes never change in place: each overwrite makes a new row, history points to the old one.
//   - A UID stands in at most one object of a calendar or address book, by a unique index (RFC 4791 §5.3.2.1).
//   - Only sqlite.go and the migrations know which engine runs.
package storage

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// Options of Open. The zero value is right for most.
type Options struct {
	Clock      func() time.Time // time.Now
	Log        *slog.Logger     // slog.Default
	CacheBytes int64            // bound of the caches of objects and listings, 32 MiB
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

const (
	databaseName = "convoke.db"
	lockName     = "convoke.lock"

	writerCacheKiB = 4096 // page cache of the writer
	readerCacheKiB = 1024 // page cache of each reader
)

func (o *Options) fill() {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = 32 << 20
	}
	if o.HistoryFor == 0 {
		o.HistoryFor = 30 * 24 * time.Hour
	}
	l := &o.Limits
	for _, d := range []struct {
		limit *int64
		value int64
	}{
		{&l.CollectionsPerHome, 200}, {&l.ObjectsPerCollection, 100_000}, {&l.BytesPerUser, 5 << 30},
		{&l.PropertyBytes, 64 << 10}, {&l.PropertiesPerRef, 100}, {&l.PropertyBytesPerRef, 1 << 20},
		{&l.LocksPerUser, 100},
	} {
		if *d.limit == 0 {
			*d.limit = d.value
		}
	}
}

// passes tells whether n is more than a limit allows.
func passes(n, limit int64) bool { return limit >= 0 && n > limit }

// Store is an open data directory. It is safe for concurrent use.
type Store struct {
	o      Options
	dir    string
	lock   *os.File
	epoch  string
	secret string // key of Blind; stays through backup and restore

	writerDB *sql.DB
	writer   *writer
	readers  *readers

	directory   *directory
	catalog     *catalog
	listings    *listings
	objects     *objectCache
	properties  *propertyCache
	feeds       feeds
	locks       atomic.Pointer[[]Lock]
	hashing     chan struct{} // one slot for each slow hash at once
	tidy        *time.Timer   // gives the memory of hashes back
	lastBlob    int64         // the writer's, newest row of blob
	lastHistory time.Time     // the writer's, when history was last pruned
	readdress   atomic.Pointer[Readdress]
}

// Open opens or makes the store in dir, brings its schema up to date and takes its lock.
// ErrLocked if another process has it, ErrNewer if a newer version wrote it. The caller closes.
func Open(ctx context.Context, dir string, o Options) (_ *Store, err error) {
	o.fill()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make data directory: %w", err)
	}
	s := &Store{o: o, dir: dir, hashing: make(chan struct{}, runtime.NumCPU())}
	s.tidy = time.AfterFunc(tidyAfter, debug.FreeOSMemory)
	if s.lock, err = lockDirectory(dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.shut()
		}
	}()
	syncDataOnly()
	file := filepath.Join(dir, databaseName)
	if err := touchPrivate(file); err != nil {
		return nil, err
	}
	if s.writerDB, err = openDB(file, writerCacheKiB, 1, false); err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	if err := migrate(ctx, s.writerDB, o.Log); err != nil {
		return nil, err
	}
	c, err := newSession(ctx, s.writerDB)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	if err := errors.Join(assertEngine(c), s.load(c)); err != nil {
		c.close()
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	if s.readers, err = openReaders(ctx, file, max(4, 2*runtime.NumCPU()), readerCacheKiB); err != nil {
		c.close()
		return nil, err
	}
	startWriter(s, c)
	return s, nil
}

// Exists tells whether dir holds a store.
func Exists(dir string) (bool, error) {
	_, err := os.Stat(filepath.Join(dir, databaseName))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// load fills what is always in memory: who there is and which collections.
func (s *Store) load(c *session) (err error) {
	s.objects = newObjectCache(s.o.CacheBytes * 5 / 8)
	s.properties = newPropertyCache()
	s.listings = newListings(s.o.CacheBytes * 3 / 8)
	if s.directory, err = loadDirectory(c); err != nil {
		return fmt.Errorf("load principals: %w", err)
	}
	if s.catalog, err = loadCatalog(c); err != nil {
		return fmt.Errorf("load collections: %w", err)
	}
	locks, err := loadLocks(c)
	if err != nil {
		return fmt.Errorf("load locks: %w", err)
	}
	s.locks.Store(&locks)
	if err := c.row("SELECT coalesce(max(id), 0) FROM blob", nil, &s.lastBlob); err != nil {
		return err
	}
	if s.epoch, err = keep(c, "epoch", newEpoch); err != nil {
		return err
	}
	s.secret, err = keep(c, "secret", newSecret)
	return err
}

// keep gives a value of the database's own, made when it is first asked for.
func keep(c *session, key string, made func() string) (string, error) {
	var value string
	err := c.row("SELECT value FROM meta WHERE key = ?", []any{key}, &value)
	if !errors.Is(err, ErrNotFound) {
		return value, err
	}
	value = made()
	_, err = c.exec("INSERT INTO meta (key, value) VALUES (?, ?)", key, value)
	return value, err
}

// newSecret makes the key of Blind.
func newSecret() string {
	var b [32]byte
	rand.Read(b[:]) //nolint:errcheck // never fails
	return hex.EncodeToString(b[:])
}

// newEpoch makes the part of sync tokens that a restore changes.
func newEpoch() string {
	var b [8]byte
	rand.Read(b[:]) //nolint:errcheck // never fails
	return hex.EncodeToString(b[:])
}

// touchPrivate makes an empty file that only its owner may read, if there is none.
func touchPrivate(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	return f.Close()
}

// Close ends all work, truncates the log and releases the lock. Reads and writes that
// come later fail or give ErrClosed.
func (s *Store) Close() error {
	if !s.writer.stop() {
		return nil
	}
	return s.shut()
}

func (s *Store) shut() error {
	var errs []error
	s.tidy.Stop()
	if s.readers != nil {
		errs = append(errs, s.readers.close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.c.close())
	}
	if s.writerDB != nil {
		errs = append(errs, s.writerDB.Close())
	}
	errs = append(errs, s.lock.Close())
	return errors.Join(errs...)
}

// Now is the store's clock.
func (s *Store) Now() time.Time { return s.o.Clock() }

// Dir is the data directory.
func (s *Store) Dir() string { return s.dir }

// Limits are those in force.
func (s *Store) Limits() Limits { return s.o.Limits }

// Ready tells why the store cannot take writes now, or nil.
func (s *Store) Ready() error { return s.writer.ready() }
