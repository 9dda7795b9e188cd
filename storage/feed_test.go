package storage

import (
	"errors"
	"testing"
)

// A feed tells of what was committed, newest first of each collection, and of nothing that was rolled back.
func TestFeed(t *testing.T) {
	s := open(t, Options{})
	owner, coll := person(t, s, "alice")
	fill(t, s, coll, 2)
	f := s.Feed()
	defer f.Close()
	if n := f.Take(); n.All || len(n.Collections)+len(n.Homes) != 0 {
		t.Errorf("before it began: %+v", n)
	}
	wrong := errors.New("no")
	if err := s.Update(bg, Actor{}, func(tx *Tx) error {
		_, err := tx.PutObject(event(coll, 7))
		return errors.Join(err, wrong)
	}); !errors.Is(err, wrong) {
		t.Fatal(err)
	}
	fill(t, s, coll, 3)
	<-f.Ready()
	n := f.Take()
	if got := n.Collections[coll].Change; got != 5 || len(n.Collections) != 1 || n.Access {
		t.Errorf("after five changes: %+v", n)
	}
	update(t, s, func(tx *Tx) error { return tx.SetGrants(coll, []Grant{{PrincipalID: GranteeAll, Privileges: 1}}) })
	update(t, s, func(tx *Tx) error { return tx.Hold(&Held{PrincipalID: owner}) })
	update(t, s, func(tx *Tx) error { return tx.RemoveWebSessions(owner, 0) })
	update(t, s, func(tx *Tx) error { return tx.SetSettings(owner, "{}") })
	if n = f.Take(); !n.Access || !n.Homes[HomeRef{Calendars, owner}] || !n.Held[owner] || !n.SignedOut[owner] || !n.Settings[owner] {
		t.Errorf("grants, a held message, the end of sessions and settings: %+v", n)
	}
}

// Who takes nothing holds a bounded amount, and is told that everything may have changed.
func TestFeedIsBounded(t *testing.T) {
	s := open(t, Options{})
	f := s.Feed()
	defer f.Close()
	for id := range int64(2 * maxNews) {
		f.add(&changes{log: []*Member{{CollectionID: id + 1, Change: 1}}})
	}
	n := f.Take()
	if !n.All || len(n.Collections) > maxNews {
		t.Errorf("all %v, %d collections", n.All, len(n.Collections))
	}
	f.Close()
	if s.feeds.list.Load() != nil {
		t.Error("a closed feed costs still")
	}
}

// What a commit of one object costs with nobody, and with one, who listens.
func BenchmarkFeed(b *testing.B) {
	c := &changes{log: []*Member{{CollectionID: 1, Change: 1}}, homes: map[homeKey]uint64{{Calendars, 1}: 1}}
	for name, listeners := range map[string]int{"none": 0, "one": 1} {
		b.Run(name, func(b *testing.B) {
			var fs feeds
			for range listeners {
				f := &Feed{from: &fs, ready: make(chan struct{}, 1)}
				fs.change(func(l []*Feed) []*Feed { return append(l, f) })
			}
			for b.Loop() {
				fs.publish(c)
			}
		})
	}
}
