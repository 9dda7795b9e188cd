package storage

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var seed = flag.Uint64("seed", 0, "seed of the model test, 0 for a new one")

// model is what the store should hold: a map for each collection, and a follower that only
// reads what changed since its last number.
type model struct {
	t      *testing.T
	r      *rand.Rand
	dir    string
	o      Options
	s      *Store
	owner  int64
	colls  []int64
	books  map[int64]map[string]*Object
	follow map[int64]map[string]string // name to ETag
	since  map[int64]uint64
	now    time.Time
}

// TestModel runs random operations on the store and on a map, with restarts in between.
func TestModel(t *testing.T) {
	n := *seed
	if n == 0 {
		n = rand.Uint64()
	}
	t.Logf("seed %d", n)
	for _, cacheBytes := range []int64{0, 20_000} {
		t.Run(fmt.Sprintf("cache=%d", cacheBytes), func(t *testing.T) {
			m := &model{
				t: t, r: rand.New(rand.NewPCG(n, uint64(cacheBytes))), dir: t.TempDir(), now: time.Unix(1_800_000_000, 0),
				books: map[int64]map[string]*Object{}, follow: map[int64]map[string]string{}, since: map[int64]uint64{},
			}
			m.o = Options{Log: slog.New(slog.DiscardHandler), CacheBytes: cacheBytes, Clock: func() time.Time { return m.now }}
			m.reopen()
			var coll int64
			m.owner, coll = person(t, m.s, "alice")
			m.colls = []int64{coll}
			for i := range 2 {
				c := &Collection{OwnerID: m.owner, Home: Calendars, Kind: KindCalendar, Name: fmt.Sprint("more", i)}
				m.update(nil, func(tx *Tx) error { return tx.CreateCollection(c) })
				m.colls = append(m.colls, c.ID)
			}
			for _, id := range m.colls {
				m.books[id], m.follow[id] = map[string]*Object{}, map[string]string{}
			}
			for range 1500 {
				m.step()
			}
			m.compare()
			m.s.Close()
		})
	}
}

func (m *model) reopen() {
	if m.s != nil {
		if err := m.s.Close(); err != nil {
			m.t.Fatal(err)
		}
	}
	s, err := Open(context.Background(), m.dir, m.o)
	if err != nil {
		m.t.Fatal(err)
	}
	m.s = s
}

func (m *model) update(want error, fn func(*Tx) error) {
	m.t.Helper()
	err := m.s.Update(context.Background(), Actor{Door: "caldav"}, fn)
	if !errors.Is(err, want) {
		m.t.Fatalf("update: %v, want %v", err, want)
	}
}

func (m *model) coll() int64  { return m.colls[m.r.IntN(len(m.colls))] }
func (m *model) name() string { return fmt.Sprintf("event-%02d.ics", m.r.IntN(40)) }

func (m *model) object(coll int64, name string) *Object {
	uid := fmt.Sprintf("uid-%02d", m.r.IntN(60))
	return &Object{
		Member: Member{CollectionID: coll, Name: name, ContentType: "text/calendar",
			Facts: Facts{UID: uid, Component: "VEVENT", First: m.r.Int64N(1000), Last: 1000 + m.r.Int64N(1000)}},
		Data: fmt.Appendf(nil, "%s %s %d", name, uid, m.r.Uint64()),
	}
}

// holder gives the name of the object with a UID in a collection, but for except.
func (m *model) holder(coll int64, uid, except string) string {
	for name, o := range m.books[coll] {
		if o.UID == uid && name != except {
			return name
		}
	}
	return ""
}

func (m *model) step() {
	m.now = m.now.Add(time.Duration(m.r.IntN(2000)-100) * time.Millisecond)
	switch n := m.r.IntN(100); {
	case n < 45:
		m.put(m.coll(), m.name())
	case n < 60:
		m.remove(m.coll(), m.name())
	case n < 75:
		m.transfer(m.coll(), m.name(), m.coll(), m.name(), m.r.IntN(2) == 0)
	case n < 80: // a failed request leaves nothing
		boom := errors.New("boom")
		m.update(boom, func(tx *Tx) error {
			tx.PutObject(m.object(m.coll(), m.name()))
			tx.DeleteObject(m.coll(), m.name())
			return boom
		})
	case n < 90:
		m.followOne(m.coll())
	case n < 97:
		m.readOne(m.coll(), m.name())
	case n < 99:
		m.compare()
	default:
		m.reopen()
	}
}

func (m *model) put(coll int64, name string) {
	o := m.object(coll, name)
	holder := m.holder(coll, o.UID, name)
	old := m.books[coll][name]
	err := m.s.Update(context.Background(), Actor{}, func(tx *Tx) error {
		created, err := tx.PutObject(o)
		if err == nil && created != (old == nil) {
			m.t.Errorf("put %s: created %v", name, created)
		}
		if err == nil {
			if got, err := tx.Object(context.Background(), coll, name); err != nil || !bytes.Equal(got.Data, o.Data) {
				m.t.Errorf("own write inside the transaction: %v", err)
			}
		}
		return err
	})
	var taken *UIDTakenError
	switch {
	case holder != "" && (!errors.As(err, &taken) || taken.Name != holder):
		m.t.Fatalf("put %s: %v, want uid taken by %s", name, err, holder)
	case holder == "" && err != nil:
		m.t.Fatalf("put %s: %v", name, err)
	case holder == "":
		if old != nil && old.ID != 0 && old.ID != o.ID {
			m.t.Fatalf("id of %s changed by an overwrite", name)
		}
		m.books[coll][name] = o
	}
	m.readOne(coll, name)
}

func (m *model) remove(coll int64, name string) {
	var want error
	if m.books[coll][name] == nil {
		want = ErrNotFound
	}
	m.update(want, func(tx *Tx) error { return tx.DeleteObject(coll, name) })
	delete(m.books[coll], name)
	m.readOne(coll, name)
}

func (m *model) transfer(coll int64, name string, dest int64, destName string, move bool) {
	o := m.books[coll][name]
	err := m.s.Update(context.Background(), Actor{}, func(tx *Tx) (err error) {
		if move {
			_, err = tx.MoveObject(coll, name, dest, destName)
		} else {
			_, err = tx.CopyObject(coll, name, dest, destName)
		}
		return err
	})
	if o == nil {
		if !errors.Is(err, ErrNotFound) {
			m.t.Fatalf("transfer of nothing: %v", err)
		}
		return
	}
	same := coll == dest && name == destName
	holder := m.holder(dest, o.UID, destName)
	if move && dest == coll && holder == name {
		holder = ""
	}
	if same {
		holder = ""
	}
	var taken *UIDTakenError
	if holder != "" {
		if !errors.As(err, &taken) {
			m.t.Fatalf("transfer: %v, want uid taken by %s", err, holder)
		}
		m.readOne(coll, name)
		m.readOne(dest, destName)
		return
	}
	if err != nil {
		m.t.Fatalf("transfer: %v", err)
	}
	if same {
		return
	}
	if move {
		delete(m.books[coll], name)
	}
	there := &Object{Member: o.Member, Data: o.Data}
	if !move {
		there.ID = 0 // a copy has its own
	}
	m.books[dest][destName] = there
	m.readOne(coll, name)
	m.readOne(dest, destName)
}

func (m *model) readOne(coll int64, name string) {
	m.t.Helper()
	got, err := m.s.Object(context.Background(), coll, name)
	want := m.books[coll][name]
	switch {
	case want == nil && !errors.Is(err, ErrNotFound):
		m.t.Fatalf("read %s: %v, want nothing", name, err)
	case want != nil && err != nil:
		m.t.Fatalf("read %s: %v", name, err)
	case want != nil && (!bytes.Equal(got.Data, want.Data) || got.ETag != ETag(want.Data) || got.Name != name || got.CollectionID != coll):
		m.t.Fatalf("read %s: other bytes or facts", name)
	}
}

// followOne applies what changed and compares with the listing (RFC 6578 §3.1).
func (m *model) followOne(coll int64) {
	ctx := context.Background()
	l, err := m.s.Listing(ctx, coll)
	if err != nil {
		m.t.Fatal(err)
	}
	change, err := m.s.ParseSyncToken(coll, m.s.SyncToken(coll, m.since[coll]))
	if err != nil {
		m.t.Fatalf("token: %v", err)
	}
	if _, err := m.s.ParseSyncToken(coll, m.s.SyncToken(coll, l.Change()+1)); !errors.Is(err, ErrBadToken) {
		m.t.Fatalf("token of the future: %v", err)
	}
	f := m.follow[coll]
	for member, deleted := range l.Since(change) {
		if deleted {
			delete(f, member.Name)
		} else {
			f[member.Name] = member.ETag
		}
	}
	m.since[coll] = l.Change()
	n := 0
	for member := range l.All() {
		n++
		if f[member.Name] != member.ETag {
			m.t.Fatalf("follower has %q for %s, listing %q", f[member.Name], member.Name, member.ETag)
		}
	}
	if n != len(f) || n != l.Len() || n != len(m.books[coll]) {
		m.t.Fatalf("follower has %d, listing %d (%d), model %d", len(f), n, l.Len(), len(m.books[coll]))
	}
}

// compare compares everything, and lets Check prove the rest.
func (m *model) compare() {
	ctx := context.Background()
	var sum int64
	for _, coll := range m.colls {
		m.followOne(coll)
		l, _ := m.s.Listing(ctx, coll)
		var got, want []string
		for x := range l.Overlapping(500, 500) {
			got = append(got, x.Name)
		}
		for name, o := range m.books[coll] {
			m.readOne(coll, name)
			sum += int64(len(o.Data))
			if o.First <= 500 && o.Last >= 500 {
				want = append(want, name)
			}
			if x, ok := l.Member(name); !ok || x.UID != o.UID {
				m.t.Fatalf("listing lacks %s", name)
			}
			found, err := m.s.ObjectByUID(ctx, coll, o.UID)
			if err != nil || found.Name != name {
				m.t.Fatalf("uid of %s: %v", name, err)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			m.t.Fatalf("overlapping: got %v, want %v", got, want)
		}
		c, _ := m.s.CollectionByID(ctx, coll)
		if c.Change != l.Change() || c.Len() != l.Len() {
			m.t.Fatalf("collection %d/%d, listing %d/%d", c.Change, c.Len(), l.Change(), l.Len())
		}
	}
	if used, _ := m.s.Usage(ctx, m.owner); used != sum {
		m.t.Fatalf("usage %d, want %d", used, sum)
	}
	report, err := m.s.Check(ctx, false, nil)
	if err != nil || len(report.Problems) > 0 {
		m.t.Fatalf("check: %v %v", err, report.Problems)
	}
}
