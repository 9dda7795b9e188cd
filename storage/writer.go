package storage

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

const (
	batchRequests = 256                   // at most in one commit
	batchTime     = 20 * time.Millisecond // after this a batch takes no more
	idleTime      = 2 * time.Second       // after this the log is truncated and history pruned
)

// Request states: whoever moves it from waiting decides.
const (
	waiting = iota
	running
	withdrawn
)

type request struct {
	actor Actor
	fn    func(*Tx) error
	state atomic.Int32
	err   error
	done  chan struct{}
}

// writer runs requests on one goroutine and commits them in groups.
type writer struct {
	s    *Store
	c    *session
	in   chan *request
	quit chan struct{}
	gone chan struct{} // closed when the goroutine has ended

	stopping sync.Once
	failed   atomic.Pointer[error] // set for good after a failed sync
	full     atomic.Pointer[error] // set from a full disk until the next commit

	// Of the batch under way:
	batch   []*request
	begun   bool
	unsaved int // writes since the length of the log was last looked at
	started time.Time
	changes changes // of the requests of this batch that succeeded
	rows    rows    // of theirs that wait

	inserts map[[2]int]string // statements, by table and number of lines
}

// startWriter gives the store its writer before the goroutine, which looks at it there, begins.
func startWriter(s *Store, c *session) {
	w := &writer{s: s, c: c, in: make(chan *request, batchRequests), quit: make(chan struct{}), gone: make(chan struct{})}
	s.writer = w
	go w.loop()
}

// stop ends the goroutine after what is queued; false if it was stopped before.
func (w *writer) stop() bool {
	first := false
	w.stopping.Do(func() { first = true; close(w.quit) })
	<-w.gone
	return first
}

func (w *writer) ready() error {
	if e := w.failed.Load(); e != nil {
		return *e
	}
	if e := w.full.Load(); e != nil {
		return *e
	}
	select {
	case <-w.quit:
		return ErrClosed
	default:
		return nil
	}
}

// Update runs fn in a write transaction and returns after its commit is on disk, or fn's
// error with nothing changed. fn runs on the writer's goroutine: it must be short, must not
// wait for a network, and must not call Update. If ctx ends while waiting, fn does not run.
func (s *Store) Update(ctx context.Context, actor Actor, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w := s.writer
	r := &request{actor: actor, fn: fn, done: make(chan struct{})}
	select {
	case <-w.quit:
		return ErrClosed
	default:
	}
	select {
	case w.in <- r:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.quit:
		return ErrClosed
	}
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		if r.state.CompareAndSwap(waiting, withdrawn) {
			return ctx.Err()
		}
		<-r.done // it runs: its fate must be told
		return r.err
	case <-w.gone:
		select {
		case <-r.done:
			return r.err
		default:
			return ErrClosed
		}
	}
}

// loop serves until stopped. A function that ends its goroutine (runtime.Goexit, as
// testing's FailNow does) is survived by a new goroutine that finishes the batch.
func (w *writer) loop() {
	ended := false
	defer func() {
		if !ended {
			go w.loop()
		}
	}()
	if len(w.batch) > 0 {
		w.finish()
	}
	idle := time.NewTimer(idleTime)
	defer idle.Stop()
	for {
		select {
		case r := <-w.in:
			w.group(r)
			idle.Reset(idleTime)
		case <-idle.C:
			idle.Reset(w.rest())
		case <-w.quit:
			w.drain()
			ended = true
			close(w.gone)
			return
		}
	}
}

// drain serves what was queued before the end.
func (w *writer) drain() {
	for {
		select {
		case r := <-w.in:
			w.group(r)
		default:
			if w.failed.Load() == nil {
				w.checkpoint(true)
			}
			return
		}
	}
}

// rest does the work of idle times and tells when there will be more.
func (w *writer) rest() time.Duration {
	if w.failed.Load() != nil {
		return pruneEvery
	}
	more := w.s.prune()
	w.checkpoint(true)
	w.c.fatal = nil
	if more {
		return idleTime
	}
	return pruneEvery
}

// checkpoint keeps the write-ahead log short. It runs after those that wait were answered.
func (w *writer) checkpoint(truncate bool) {
	w.unsaved = 0
	pages, err := checkpoint(w.c, truncate)
	if err == nil && pages >= warnPages {
		w.s.o.Log.Warn("the write-ahead log grows: a reader is stuck", "pages", pages)
	}
	if err == nil {
		return
	}
	if errors.Is(err, ErrFailed) {
		w.failed.CompareAndSwap(nil, &err) // a later sync may claim what was lost (reliability.md §4)
		w.s.o.Log.Error("sync to disk failed: no more writes until a restart", "err", err)
		return
	}
	w.s.o.Log.Warn("the write-ahead log stays", "err", err)
	w.c.fatal = nil
}

// group runs r and all that wait, and commits them.
func (w *writer) group(r *request) {
	w.started = time.Now()
	w.run(r)
	for len(w.batch) < batchRequests && w.c.fatal == nil {
		select {
		case r := <-w.in:
			w.run(r)
			if time.Since(w.started) < batchTime {
				continue
			}
		default:
		}
		break
	}
	w.finish()
}

// run calls one function in its own savepoint.
func (w *writer) run(r *request) {
	if !r.state.CompareAndSwap(waiting, running) {
		return
	}
	w.batch = append(w.batch, r)
	if e := w.failed.Load(); e != nil {
		r.err = *e
		return
	}
	t := &Tx{s: w.s, w: w, c: w.c, actor: r.actor, now: w.s.o.Clock()}
	ended := false
	defer func() {
		if !ended { // Goexit
			r.err = ErrClosed
			t.end(r.err)
		}
	}()
	r.err = call(t, r.fn)
	r.err = t.end(r.err)
	ended = true
}

func call(t *Tx, fn func(*Tx) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return fn(t)
}

// begin opens the transaction of the batch at its first write.
func (w *writer) begin() error {
	if w.begun {
		return nil
	}
	if _, err := w.c.exec(beginWrite); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	w.begun = true
	return nil
}

// finish commits the batch, brings the caches up to date and answers everyone.
func (w *writer) finish() {
	err := w.commit()
	if err == nil {
		w.s.publish(&w.changes)
	} else {
		w.abort(err)
	}
	batch := w.batch
	w.batch, w.begun, w.c.fatal = w.batch[:0], false, nil
	w.changes, w.rows = changes{}, rows{}
	for i, r := range batch {
		batch[i] = nil
		if err != nil {
			r.err = err
		}
		close(r.done)
	}
	if w.unsaved >= checkpointPages/4 {
		w.checkpoint(false)
	}
}

func (w *writer) commit() error {
	if w.c.fatal != nil {
		return w.c.fatal
	}
	if !w.begun {
		return nil
	}
	if err := w.writeRows(); err != nil {
		return err
	}
	if err := w.changes.flush(w.c); err != nil {
		return err
	}
	if _, err := w.c.exec("COMMIT"); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	w.full.Store(nil)
	return nil
}
