package storage

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// Of N writers with one ETag exactly one succeeds. reliability.md §1.7.
func TestOneOfManyWritersWins(t *testing.T) {
	ctx := context.Background()
	s := open(t, Options{})
	_, coll := person(t, s, "alice")
	fill(t, s, coll, 1)
	name := event(coll, 0).Name
	errMismatch := errors.New("etag differs")
	for round := range 20 {
		before, err := s.Object(ctx, coll, name)
		if err != nil {
			t.Fatal(err)
		}
		var won atomic.Int32
		var wg sync.WaitGroup
		for w := range 16 {
			wg.Go(func() {
				o := event(coll, 0)
				o.Data = fmt.Appendf(nil, "round %d writer %d", round, w)
				err := s.Update(ctx, Actor{}, func(tx *Tx) error {
					now, err := tx.Object(ctx, coll, name)
					if err != nil {
						return err
					}
					if now.ETag != before.ETag {
						return errMismatch
					}
					_, err = tx.PutObject(o)
					return err
				})
				switch {
				case err == nil:
					won.Add(1)
					if got, err := s.Object(ctx, coll, name); err != nil || string(got.Data) != string(o.Data) {
						t.Errorf("own write is not seen: %v", err)
					}
				case !errors.Is(err, errMismatch):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Fatalf("%d writers won", won.Load())
		}
	}
}

// Followers see each change once, own writes at once, and nothing that was rolled back.
func TestFollowersUnderLoad(t *testing.T) {
	ctx := context.Background()
	s := open(t, Options{CacheBytes: 200_000})
	_, coll := person(t, s, "alice")
	fill(t, s, coll, 50)
	stop := make(chan struct{})
	var readers, writers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			seen, since := map[string]string{}, uint64(0)
			for stopped := false; !stopped; runtime.Gosched() {
				select {
				case <-stop:
					stopped = true // once more
				default:
				}
				l, err := s.Listing(ctx, coll)
				if err != nil {
					t.Error(err)
					return
				}
				if l.Change() < since {
					t.Errorf("listing went back from %d to %d", since, l.Change())
				}
				for m, deleted := range l.Since(since) {
					if m.Change > l.Change() || m.Change <= since {
						t.Errorf("change %d outside of (%d, %d]", m.Change, since, l.Change())
					}
					if deleted {
						delete(seen, m.Name)
					} else {
						seen[m.Name] = m.ETag
					}
				}
				since = l.Change()
				n := 0
				for m := range l.All() {
					n++
					if seen[m.Name] != m.ETag {
						t.Errorf("follower differs at %s", m.Name)
					}
				}
				if n != len(seen) || n != l.Len() {
					t.Errorf("follower has %d, listing %d", len(seen), n)
				}
			}
		})
	}
	for w := range 4 {
		writers.Go(func() {
			for i := range 150 {
				n := (w*37 + i) % 60
				o := event(coll, n)
				o.Data = fmt.Appendf(nil, "%d %d", w, i)
				err := s.Update(ctx, Actor{}, func(tx *Tx) error {
					if i%10 == 9 {
						tx.PutObject(o)
						panic("roll back")
					}
					if i%3 == 0 {
						err := tx.DeleteObject(coll, o.Name)
						if errors.Is(err, ErrNotFound) {
							return nil
						}
						return err
					}
					_, err := tx.PutObject(o)
					return err
				})
				var p *PanicError
				if err != nil && !errors.As(err, &p) {
					t.Error(err)
				}
				if i%50 == 0 {
					s.listings.forget(coll, nil) // load under load
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
}

// A function that panics or fails rolls back its own writes alone, in one commit with others.
func TestFailuresStayAlone(t *testing.T) {
	ctx := context.Background()
	s := open(t, Options{})
	_, coll := person(t, s, "alice")
	hold, held := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { // keeps the writer busy until the others wait
		s.Update(ctx, Actor{}, func(*Tx) error { close(held); <-hold; return nil })
	})
	<-held
	boom := errors.New("boom")
	errs := make([]error, 9)
	for i := range errs {
		wg.Go(func() {
			errs[i] = s.Update(ctx, Actor{}, func(tx *Tx) error {
				if _, err := tx.PutObject(event(coll, i)); err != nil {
					return err
				}
				switch i % 3 {
				case 1:
					panic(boom)
				case 2:
					return boom
				}
				return nil
			})
		})
	}
	for len(s.writer.in) < len(errs) {
		runtime.Gosched()
	}
	close(hold)
	wg.Wait()
	for i, err := range errs {
		var p *PanicError
		_, readErr := s.Object(ctx, coll, event(coll, i).Name)
		switch i % 3 {
		case 0:
			if err != nil || readErr != nil {
				t.Errorf("%d: %v, %v", i, err, readErr)
			}
		case 1:
			if !errors.As(err, &p) || !errors.Is(readErr, ErrNotFound) {
				t.Errorf("%d: %v, %v", i, err, readErr)
			}
		case 2:
			if !errors.Is(err, boom) || !errors.Is(readErr, ErrNotFound) {
				t.Errorf("%d: %v, %v", i, err, readErr)
			}
		}
	}
}

// A request whose context ends while it waits does not run.
func TestWithdrawnRequestDoesNotRun(t *testing.T) {
	s := open(t, Options{})
	hold, held := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		s.Update(context.Background(), Actor{}, func(*Tx) error { close(held); <-hold; return nil })
	})
	<-held
	ctx, cancel := context.WithCancel(context.Background())
	ran := false
	wg.Go(func() {
		if err := s.Update(ctx, Actor{}, func(*Tx) error { ran = true; return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("withdrawn: %v", err)
		}
	})
	for len(s.writer.in) == 0 {
		runtime.Gosched()
	}
	cancel()
	// The withdrawal must be decided before the writer goes on.
	for withdrawnYet := false; !withdrawnYet; runtime.Gosched() {
		select {
		case r := <-s.writer.in:
			withdrawnYet = r.state.Load() == withdrawn
			s.writer.in <- r
		default:
		}
	}
	close(hold)
	wg.Wait()
	if ran {
		t.Error("it ran")
	}
}

// A function that ends its goroutine, as FailNow does, leaves a store that works.
func TestGoexitIsSurvived(t *testing.T) {
	s := open(t, Options{})
	_, coll := person(t, s, "alice")
	err := s.Update(context.Background(), Actor{}, func(tx *Tx) error {
		tx.PutObject(event(coll, 1))
		runtime.Goexit()
		return nil
	})
	if err == nil {
		t.Error("no error")
	}
	fill(t, s, coll, 3)
	if l, err := s.Listing(context.Background(), coll); err != nil || l.Len() != 3 {
		t.Errorf("listing after: %v", err)
	}
}

// After a failed sync the store takes no more writes, and reads go on. reliability.md §4.
func TestFailedSyncStopsWrites(t *testing.T) {
	s := open(t, Options{})
	_, coll := person(t, s, "alice")
	fill(t, s, coll, 1)
	err := s.Update(context.Background(), Actor{}, func(tx *Tx) error {
		if _, err := tx.PutObject(event(coll, 5)); err != nil {
			return err
		}
		tx.c.fatal = fmt.Errorf("%w: injected", ErrFailed)
		return nil
	})
	if !errors.Is(err, ErrFailed) || !errors.Is(s.Ready(), ErrFailed) {
		t.Fatalf("got %v, ready %v", err, s.Ready())
	}
	if err := s.Update(context.Background(), Actor{}, func(*Tx) error { return nil }); !errors.Is(err, ErrFailed) {
		t.Errorf("later: %v", err)
	}
	if _, err := s.Object(context.Background(), coll, event(coll, 0).Name); err != nil {
		t.Error(err)
	}
	if _, err := s.Object(context.Background(), coll, event(coll, 5).Name); !errors.Is(err, ErrNotFound) {
		t.Errorf("read of what was rolled back: %v", err)
	}
}
