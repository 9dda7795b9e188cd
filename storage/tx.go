package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Tx is a write transaction, valid inside the function given to Update, on its goroutine only.
// Its reads see its own writes. Objects and other values that it gives are shared.
type Tx struct {
	s       *Store
	w       *writer
	c       *session
	actor   Actor
	now     time.Time
	saved   bool      // its writes can be taken back
	first   bool      // of its batch to write
	broken  error     // a write failed half-way: nothing of this transaction may stay
	changes changes   // so far
	rows    rows      // that wait
	early   rows      // of earlier requests, written within this one's savepoint
	hashed  [2]hashed // bytes stored last: many may get the same
}

// Now is the time of this transaction.
func (t *Tx) Now() time.Time { return t.now }

// Actor is who writes.
func (t *Tx) Actor() Actor { return t.actor }

// Limits are those in force.
func (t *Tx) Limits() Limits { return t.s.o.Limits }

// SyncToken is Store.SyncToken.
func (t *Tx) SyncToken(collID int64, change uint64) string { return t.s.SyncToken(collID, change) }

// save opens the savepoint at the first write: many functions refuse before they write. The first request of a batch that
// writes needs none: it is rolled back with the transaction, which holds nothing else.
func (t *Tx) save() error {
	if t.saved {
		return nil
	}
	t.first = !t.w.begun
	if err := t.w.begin(); err != nil {
		return err
	}
	if t.first {
		t.saved = true
		return nil
	}
	if _, err := t.c.exec("SAVEPOINT request"); err != nil {
		return err
	}
	t.saved = true
	return nil
}

// exec runs a statement that writes.
func (t *Tx) exec(query string, args ...any) (sql.Result, error) {
	if err := t.save(); err != nil {
		return nil, err
	}
	t.w.unsaved++
	return t.c.exec(query, args...)
}

// spoil marks the transaction as half-done where err is set.
func (t *Tx) spoil(err error) error {
	if err != nil && t.broken == nil {
		t.broken = err
	}
	return err
}

// end releases or rolls back the savepoint and hands the changes to the batch.
func (t *Tx) end(err error) error {
	if err == nil {
		err = t.broken
	}
	if t.c.fatal != nil { // the batch is lost
		return t.c.fatal
	}
	if !t.saved {
		return err // what was settled meanwhile stands outside of any savepoint
	}
	back, done := "ROLLBACK TO request", "RELEASE request"
	if t.first {
		back, done = "ROLLBACK", ""
	}
	if err != nil {
		if _, e := t.c.exec(back); e != nil {
			t.c.note(e)
			t.lose(e)
			return e
		}
		t.w.begun = !t.first
		t.withdraw()
	}
	if done != "" {
		if _, e := t.c.exec(done); e != nil {
			t.lose(e)
			return e
		}
	}
	if err != nil {
		return err
	}
	if e := t.leave(); e != nil {
		t.lose(e)
		return e
	}
	t.w.changes.merge(&t.changes)
	return nil
}

func (t *Tx) lose(err error) {
	if t.c.fatal == nil {
		t.c.fatal = fmt.Errorf("savepoint: %w", err)
	}
}

// layers are the changes not yet committed, newest first.
func (t *Tx) layers() [2]*changes { return [2]*changes{&t.changes, &t.w.changes} }

// abort rolls the batch back after err.
func (w *writer) abort(err error) {
	if w.begun {
		if _, e := w.c.exec("ROLLBACK"); e != nil {
			// After some errors the engine has rolled back by itself.
			w.s.o.Log.Debug("rollback", "err", e)
		}
	}
	// Numbers of blobs that were not committed are free again, but harmless to skip.
	switch {
	case errors.Is(err, ErrFailed):
		// A later sync may claim what was lost (reliability.md §4).
		w.failed.CompareAndSwap(nil, &err)
		w.s.o.Log.Error("sync to disk failed: no more writes until a restart", "err", err)
	case errors.Is(err, ErrFull):
		w.full.Store(&err)
		w.s.o.Log.Error("write failed", "err", err)
	default:
		w.s.o.Log.Error("write failed", "err", err)
	}
}

// changes is what uncommitted writes did to what is cached. In its maps a nil value is
// something removed.
type changes struct {
	principals  map[int64]*Principal
	members     map[int64][]int64
	proxies     map[int64]Proxies
	credentials map[int64]bool // whose generation grows
	collections map[int64]*Collection
	created     map[int64]bool // collections that are new
	placed      map[int64]bool // collections that are new, moved or gone: the others stand where the catalog has them
	grants      map[int64][]Grant
	shares      map[int64][]Share
	homes       map[homeKey]uint64
	names       map[memberKey]*Member // newest state of each changed name
	log         []*Member             // changes of members in order, tombstones among them
	objects     []*Object             // new bytes
	locks       []Lock
	locksSet    bool
	properties  map[Ref]bool   // collections whose dead properties changed
	held        map[int64]bool // principals for whom more or fewer messages wait
	signedOut   map[int64]bool // principals of whom sessions ended
	settings    map[int64]bool // principals who chose other settings
	// allProperties: those of many collections may have changed.
	allProperties bool
}

type memberKey struct {
	collection int64
	name       string
}

func put[K comparable, V any](m *map[K]V, k K, v V) {
	if *m == nil {
		*m = make(map[K]V)
	}
	(*m)[k] = v
}

func mergeMap[K comparable, V any](into *map[K]V, from map[K]V) {
	if *into == nil {
		*into = from
		return
	}
	for k, v := range from {
		(*into)[k] = v
	}
}

// merge adds the changes of a request to those of its batch.
func (c *changes) merge(from *changes) {
	mergeMap(&c.principals, from.principals)
	mergeMap(&c.members, from.members)
	mergeMap(&c.proxies, from.proxies)
	mergeMap(&c.credentials, from.credentials)
	mergeMap(&c.collections, from.collections)
	mergeMap(&c.created, from.created)
	mergeMap(&c.placed, from.placed)
	mergeMap(&c.grants, from.grants)
	mergeMap(&c.shares, from.shares)
	mergeMap(&c.homes, from.homes)
	mergeMap(&c.names, from.names)
	mergeMap(&c.properties, from.properties)
	mergeMap(&c.held, from.held)
	mergeMap(&c.signedOut, from.signedOut)
	mergeMap(&c.settings, from.settings)
	c.allProperties = c.allProperties || from.allProperties
	c.log = append(c.log, from.log...)
	c.objects = append(c.objects, from.objects...)
	if from.locksSet {
		c.locks, c.locksSet = from.locks, true
	}
}

// flush writes the counters of collections, once for all requests of the batch.
func (c *changes) flush(to *session) error {
	for id, n := range c.collections {
		if n == nil {
			continue
		}
		_, err := to.exec("UPDATE collection SET change = ?, members = ?, bytes = ?, modified = ? WHERE id = ?",
			int64(n.Change), n.members, n.bytes, n.Modified.Unix(), id)
		if err != nil {
			return fmt.Errorf("count changes of collection %d: %w", id, err)
		}
	}
	return nil
}

// publish brings the caches up to date with what was committed. Listings come first: a
// reader may see a listing newer than the collection's number, never an older one, so that
// a client that polls the number misses nothing.
func (s *Store) publish(c *changes) {
	s.directory.publish(c)
	s.objects.publish(c.objects)
	s.properties.publish(c)
	s.listings.publish(c)
	s.catalog.publish(c)
	if c.locksSet {
		locks := c.locks // c is used again
		s.locks.Store(&locks)
	}
	s.feeds.publish(c)
}

// read runs f with a reading session and tells a closed store from others.
func (s *Store) read(ctx context.Context, snapshot bool, f func(*session) error) error {
	select {
	case <-s.writer.gone:
		return ErrClosed
	default:
	}
	return s.readers.do(ctx, snapshot, f)
}
