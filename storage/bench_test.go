package storage

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
)

// open gives a store in a temporary directory.
func open(t testing.TB, o Options) *Store {
	t.Helper()
	if o.Log == nil {
		o.Log = quiet()
	}
	s, err := Open(context.Background(), t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// quiet is a log for nobody.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func fileMode(t *testing.T, name string) os.FileMode {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

// person makes a principal and gives the id of its default calendar.
func person(t testing.TB, s *Store, name string) (owner, calendar int64) {
	t.Helper()
	p := &Principal{Kind: KindUser, Name: name, Addresses: []string{"mailto:" + name + "@example.org"}}
	if err := s.Update(context.Background(), Actor{}, func(tx *Tx) error { return tx.CreatePrincipal(p) }); err != nil {
		t.Fatal(err)
	}
	c, err := s.CollectionAt(context.Background(), Calendars, name, []string{"default"})
	if err != nil {
		t.Fatal(err)
	}
	return p.ID, c.ID
}

func body(n int) []byte {
	r := rand.New(rand.NewPCG(uint64(n), 7))
	b := make([]byte, 1301)
	for i := range b {
		b[i] = byte(' ' + r.IntN(90))
	}
	return b
}

func event(coll int64, n int) *Object {
	name := fmt.Sprintf("%08x-5d1c-4c8e-9f0b-%012x.ics", uint32(n)*2654435761, n)
	return &Object{
		Member: Member{CollectionID: coll, Name: name, ContentType: "text/calendar; charset=utf-8",
			Facts: Facts{UID: name[:36], Component: "VEVENT", First: int64(n) * 3600, Last: int64(n)*3600 + 1800}},
		Data: body(n),
	}
}

func fill(t testing.TB, s *Store, coll int64, n int) {
	t.Helper()
	for at := 0; at < n; at += 100 {
		err := s.Update(context.Background(), Actor{}, func(tx *Tx) error {
			for i := at; i < min(at+100, n); i++ {
				if _, err := tx.PutObject(event(coll, i)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkPut(b *testing.B) {
	for _, clients := range []int{1, 32} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			s := open(b, Options{Limits: Limits{ObjectsPerCollection: -1}})
			_, coll := person(b, s, "alice")
			data := body(1)
			var n atomic.Int64
			b.SetParallelism((clients + 1) / 2)
			put := func() {
				o := event(coll, 0)
				i := n.Add(1)
				o.Name = fmt.Sprintf("%08x-5d1c-4c8e-9f0b-%012x.ics", uint32(i)*2654435761, i)
				o.UID, o.Data = o.Name[:36], data
				err := s.Update(context.Background(), Actor{}, func(tx *Tx) error {
					_, err := tx.PutObject(o)
					return err
				})
				if err != nil {
					b.Error(err)
				}
			}
			b.ResetTimer()
			if clients == 1 {
				for range b.N {
					put()
				}
			} else {
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						put()
					}
				})
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "put/s")
		})
	}
}

func BenchmarkOverwrite(b *testing.B) {
	s := open(b, Options{})
	_, coll := person(b, s, "alice")
	fill(b, s, coll, 1000)
	var n atomic.Int64
	b.SetParallelism(16)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			o := event(coll, int(n.Add(1)%1000))
			err := s.Update(context.Background(), Actor{Door: "caldav", Agent: "bench"}, func(tx *Tx) error {
				_, err := tx.PutObject(o)
				return err
			})
			if err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "put/s")
}

func BenchmarkRead(b *testing.B) {
	ctx := context.Background()
	s := open(b, Options{})
	_, coll := person(b, s, "alice")
	fill(b, s, coll, 10_000)
	name := event(coll, 77).Name
	l, err := s.Listing(ctx, coll)
	if err != nil {
		b.Fatal(err)
	}
	for what, f := range map[string]func(){
		"CollectionAt": func() { s.CollectionAt(ctx, Calendars, "alice", []string{"default"}) },
		"Listing":      func() { s.Listing(ctx, coll) },
		"Object":       func() { s.Object(ctx, coll, name) },
		"FindUID":      func() { s.FindUID(ctx, 1, name[:36]) },
		"All 10,000": func() {
			for range l.All() {
			}
		},
		"Overlapping a month of 10,000": func() {
			for range l.Overlapping(3_600_000, 3_600_000+30*86400) {
			}
		},
		"Load 10,000": func() {
			s.listings.forget(coll, nil)
			s.Listing(ctx, coll)
		},
	} {
		b.Run(what, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				f()
			}
		})
	}
}

// BenchmarkDisk reports what 10,000 events take on disk, each.
func BenchmarkDisk(b *testing.B) {
	for range b.N {
		s := open(b, Options{})
		_, coll := person(b, s, "alice")
		for i := range 10_000 {
			if err := s.Update(context.Background(), Actor{}, func(tx *Tx) error {
				_, err := tx.PutObject(event(coll, i))
				return err
			}); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := checkpoint(s.writer.c, true); err != nil {
			b.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(s.dir, databaseName))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/10_000, "B/event")
	}
}

func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	for range b.N {
		s, err := Open(context.Background(), dir, Options{})
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}
