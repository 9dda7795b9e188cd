package storage

import (
	"bytes"
	"errors"
	"testing"
)

// Lines of an earlier request that were written within a later one's savepoint, since that one read them, are not lost
// when it is rolled back; its own are.
func TestRowsOfABatch(t *testing.T) {
	s := open(t, Options{})
	_, coll := person(t, s, "alice")
	refused := errors.New("refused")
	// A batch by hand, on the writer's goroutine: three requests, the second of which fails.
	var first, third error
	done := make(chan struct{})
	batch := func(steps ...func(*Tx) error) {
		entered := make(chan struct{})
		results := make(chan error, len(steps))
		go func() {
			results <- s.Update(bg, Actor{}, func(tx *Tx) error {
				close(entered)
				<-done // until the others wait
				return steps[0](tx)
			})
		}()
		<-entered
		for i, step := range steps[1:] {
			go func() { results <- s.Update(bg, Actor{}, step) }()
			for len(s.writer.in) <= i { // until it waits
			}
		}
		close(done)
		failed := 0
		for range steps {
			if err := <-results; errors.Is(err, refused) {
				failed++
			} else if err != nil {
				t.Error(err)
			}
		}
		if failed != 1 {
			t.Errorf("%d requests refused", failed)
		}
	}
	now := event(coll, 1)
	now.Data = []byte("second")
	batch(func(tx *Tx) error {
		_, err := tx.PutObject(event(coll, 1))
		if err == nil {
			_, err = tx.PutObject(now)
		}
		first = err
		return err
	}, func(tx *Tx) error {
		lost := event(coll, 2)
		if _, err := tx.PutObject(lost); err != nil {
			return err
		}
		v, err := tx.HistoryOf(bg, now.UID)
		if err != nil || len(v) != 1 {
			t.Errorf("the history that an earlier request made: %v %v", v, err)
		} else if data, err := tx.VersionData(bg, v[0].ID); err != nil || !bytes.Equal(data, event(coll, 1).Data) {
			t.Errorf("its bytes: %v", err)
		}
		return refused
	}, func(tx *Tx) error {
		_, third = tx.PutObject(event(coll, 3))
		return errors.Join(third, tx.Journal(Entry{UID: "u", What: "put"}))
	})
	if first != nil || third != nil {
		t.Fatal(first, third)
	}
	v, err := s.HistoryOf(bg, now.UID)
	if err != nil || len(v) != 1 {
		t.Fatalf("history %v, %v", v, err)
	}
	if data, err := s.VersionData(bg, v[0].ID); err != nil || !bytes.Equal(data, event(coll, 1).Data) {
		t.Errorf("former bytes: %v", err)
	}
	if l, _ := s.Listing(bg, coll); l.Len() != 2 {
		t.Errorf("%d members", l.Len())
	}
	if j, err := s.JournalFor(bg, "u"); err != nil || len(j) != 1 {
		t.Errorf("journal %v, %v", j, err)
	}
	if r, err := s.Check(bg, false, nil); err != nil || len(r.Problems) > 0 {
		t.Errorf("check: %v %v", err, r.Problems)
	}
}
