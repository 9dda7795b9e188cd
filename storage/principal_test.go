package storage

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var bg = context.Background()

func update(t testing.TB, s *Store, fn func(*Tx) error) {
	t.Helper()
	if err := s.Update(bg, Actor{PrincipalID: 1, Door: "cli"}, fn); err != nil {
		t.Fatal(err)
	}
}

// refused runs fn, which must fail with what is looks for.
func refused(t testing.TB, s *Store, what string, is func(error) bool, fn func(*Tx) error) {
	t.Helper()
	if err := s.Update(bg, Actor{}, fn); err == nil || !is(err) {
		t.Errorf("%s: %v", what, err)
	}
}

func isErr(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func asErr[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

func TestNormalizeAddress(t *testing.T) {
	for in, want := range map[string]string{
		"mailto:Alice@Example.ORG":            "mailto:alice@example.org",
		" MAILTO:alice%2Bwork@example.org ":   "mailto:alice+work@example.org",
		"alice@example.org":                   "mailto:alice@example.org",
		"mailto:alice@example.org?subject=hi": "mailto:alice@example.org",
		"mailto:JÖRG@example.org":             "mailto:jörg@example.org",
		"mailto:50%@example.org":              "mailto:50%@example.org",
		"URN:UUID:0A1B":                       "urn:uuid:0a1b",
		"/dav/principals/users/Alice/":        "/dav/principals/users/Alice/",
		"https://example.org/Alice":           "https://example.org/Alice",
		"":                                    "",
	} {
		if got := NormalizeAddress(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestPrincipals(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(bg, dir, Options{Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	alice := &Principal{Kind: KindUser, Name: "alice", DisplayName: "Alice", Addresses: []string{"Mailto:Alice@Example.org", "alice@example.org", "al@example.org"}}
	room := &Principal{Kind: KindRoom, Name: "room", Booking: &Booking{AutoAccept: "automatic", Capacity: 8}}
	inner := &Principal{Kind: KindGroup, Name: "inner"}
	outer := &Principal{Kind: KindGroup, Name: "outer"}
	update(t, s, func(tx *Tx) error {
		for _, p := range []*Principal{alice, room, inner, outer} {
			if err := tx.CreatePrincipal(p); err != nil {
				return err
			}
		}
		if p, err := tx.PrincipalByAddress(bg, "mailto:al@example.org"); err != nil || p.Name != "alice" {
			t.Errorf("own write: %v", err)
		}
		if _, err := tx.CollectionAt(bg, Calendars, "alice", []string{"tasks"}); err != nil {
			t.Errorf("own home: %v", err)
		}
		err := errors.Join(tx.SetMembers(inner.ID, []int64{alice.ID, alice.ID}), tx.SetMembers(outer.ID, []int64{inner.ID}))
		return errors.Join(err, tx.SetProxies(room.ID, Proxies{Write: []int64{outer.ID}}))
	})
	refused(t, s, "name taken", isErr(ErrExists), func(tx *Tx) error {
		return tx.CreatePrincipal(&Principal{Kind: KindGroup, Name: "alice"})
	})
	refused(t, s, "address taken", asErr[*AddressTakenError], func(tx *Tx) error {
		return tx.CreatePrincipal(&Principal{Kind: KindUser, Name: "bob", Addresses: []string{"AL@example.org"}})
	})
	refused(t, s, "circle or no group", func(error) bool { return true }, func(tx *Tx) error {
		return tx.SetMembers(alice.ID, []int64{outer.ID})
	})
	check := func(s *Store) {
		t.Helper()
		p, err := s.PrincipalByAddress(bg, "mailto:ALICE@example.org")
		if err != nil || p.ID != alice.ID || !slices.Equal(p.Addresses, []string{"mailto:alice@example.org", "mailto:al@example.org"}) {
			t.Errorf("by address: %v %v", p, err)
		}
		if p, err := s.PrincipalByAddress(bg, "urn:uuid:"+strings.ToUpper(alice.UUID)); err != nil || p.ID != alice.ID {
			t.Errorf("by uuid: %v", err)
		}
		if m, _ := s.Memberships(bg, alice.ID); !slices.Equal(m, []int64{inner.ID, outer.ID}) {
			t.Errorf("memberships %v", m)
		}
		if p, _ := s.ProxyFor(bg, alice.ID); !slices.Equal(p.Write, []int64{room.ID}) || p.Read != nil {
			t.Errorf("proxy for %v", p)
		}
		if r, err := s.Principal(bg, room.ID); err != nil || r.Booking.Capacity != 8 {
			t.Errorf("room: %v", err)
		}
		if list, _ := s.Principals(bg); len(list) != 4 || list[0].Name != "alice" {
			t.Errorf("all: %v", list)
		}
		list, err := s.Collections(bg, Calendars, alice.ID, 0)
		if err != nil || len(list) != 5 || list[0].Name != "default" || list[0].Components[0] != "VEVENT" {
			t.Errorf("home: %v", err)
		}
		if list, _ := s.Collections(bg, Calendars, inner.ID, 0); len(list) != 0 {
			t.Errorf("a group has a home: %v", list)
		}
	}
	check(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(bg, dir, Options{Log: quiet()}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	check(s)
	renamed := *alice
	renamed.Name, renamed.Addresses = "alicia", []string{"alicia@example.org"}
	update(t, s, func(tx *Tx) error { return tx.UpdatePrincipal(&renamed) })
	if _, err := s.PrincipalByName(bg, "alice"); !errors.Is(err, ErrNotFound) {
		t.Errorf("old name: %v", err)
	}
	home, _ := s.CollectionAt(bg, Calendars, "alicia", []string{"default"})
	roomCalendar, _ := s.CollectionAt(bg, Calendars, "room", []string{"default"})
	fill(t, s, home.ID, 3)
	update(t, s, func(tx *Tx) error {
		return tx.SetGrants(roomCalendar.ID, []Grant{{PrincipalID: alice.ID}, {PrincipalID: GranteeAll}})
	})
	update(t, s, func(tx *Tx) error { return tx.RemovePrincipal(alice.ID) })
	if _, err := s.Listing(bg, home.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("listing of a removed one: %v", err)
	}
	if m, _ := s.GroupMembers(bg, inner.ID); len(m) != 0 {
		t.Errorf("members after removal: %v", m)
	}
	if g, _ := s.Grants(bg, roomCalendar.ID); len(g) != 1 {
		t.Errorf("grants after removal: %v", g)
	}
	if s.Generation(alice.ID) != 0 {
		t.Error("generation of a removed one")
	}
	if _, err := s.PrincipalByAddress(bg, "alicia@example.org"); !errors.Is(err, ErrNotFound) {
		t.Errorf("address of a removed one: %v", err)
	}
	person(t, s, "alice") // name and address are free again
	if r, err := s.Check(bg, false, nil); err != nil || len(r.Problems) > 0 {
		t.Errorf("check: %v %v", err, r.Problems)
	}
}

func TestCredentials(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s := open(t, Options{Clock: func() time.Time { return now }})
	id, _ := person(t, s, "alice")
	good := func(password string, want bool) {
		t.Helper()
		p, err := s.CheckPassword(bg, "alice", password)
		if want && (err != nil || p.ID != id) || !want && !errors.Is(err, ErrPassword) {
			t.Errorf("check %.20q: %v", password, err)
		}
	}
	good("secret", false)
	hash, err := s.HashPassword(bg, "secret")
	if err != nil {
		t.Fatal(err)
	}
	generation := s.Generation(id)
	update(t, s, func(tx *Tx) error { return tx.SetPassword(id, hash) })
	if s.Generation(id) <= generation {
		t.Error("the generation did not grow")
	}
	good("secret", true)
	good("Secret", false)
	good("", false)
	good(strings.Repeat("x", MaxPasswordBytes+1), false)
	if _, err := s.CheckPassword(bg, "nobody", "secret"); !errors.Is(err, ErrPassword) {
		t.Errorf("unknown name: %v", err)
	}
	var app AppPassword
	var secret string
	update(t, s, func(tx *Tx) (err error) { app, secret, err = tx.AddAppPassword(id, "phone"); return err })
	good(secret, true)
	good(strings.ReplaceAll(secret, "-", " "), true)
	list, err := s.AppPasswords(bg, id)
	if err != nil || len(list) != 1 || list[0].Label != "phone" || !list[0].Used.Equal(now) {
		t.Errorf("list: %v %v", list, err)
	}
	generation = s.Generation(id)
	update(t, s, func(tx *Tx) error { return tx.RemoveAppPassword(id, app.ID) })
	if s.Generation(id) <= generation {
		t.Error("the generation did not grow")
	}
	good(secret, false)
	refused(t, s, "removed twice", isErr(ErrNotFound), func(tx *Tx) error { return tx.RemoveAppPassword(id, app.ID) })
	update(t, s, func(tx *Tx) error { return tx.SetPassword(id, "") })
	good("secret", false)
	var wg sync.WaitGroup
	for range 8 { // bounded, not refused
		wg.Go(func() { s.CheckPassword(bg, "alice", "guess") })
	}
	wg.Wait()
}

// Names that differ only in case are one for people, who sign in with any; the one given stays,
// and paths tell them apart.
func TestNamesInAnyCase(t *testing.T) {
	s := open(t, Options{Log: quiet()})
	first := &Principal{Kind: KindUser, Name: "Jörg.M"}
	update(t, s, func(tx *Tx) error { return tx.CreatePrincipal(first) })
	for _, name := range []string{"jörg.m", "JÖRG.M", "Jörg.M"} {
		refused(t, s, name, isErr(ErrExists), func(tx *Tx) error { return tx.CreatePrincipal(&Principal{Kind: KindRoom, Name: name}) })
		if p, err := s.PrincipalByTypedName(bg, name); err != nil || p.Name != "Jörg.M" {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
	if _, err := s.PrincipalByName(bg, "jörg.m"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a path in another case: %v", err)
	}
	refused(t, s, "two in one transaction", isErr(ErrExists), func(tx *Tx) error {
		if err := tx.CreatePrincipal(&Principal{Kind: KindUser, Name: "Ann"}); err != nil {
			return err
		}
		return tx.CreatePrincipal(&Principal{Kind: KindUser, Name: "ANN"})
	})
	second := &Principal{Kind: KindUser, Name: "kim"}
	update(t, s, func(tx *Tx) error { return tx.CreatePrincipal(second) })
	renamed := *second
	renamed.Name = "JÖRG.m"
	refused(t, s, "a new name", isErr(ErrExists), func(tx *Tx) error { return tx.UpdatePrincipal(&renamed) })
	renamed.Name = "Kim"
	update(t, s, func(tx *Tx) error { return tx.UpdatePrincipal(&renamed) })
	update(t, s, func(tx *Tx) error { return tx.RemovePrincipal(first.ID) })
	update(t, s, func(tx *Tx) error { return tx.CreatePrincipal(&Principal{Kind: KindUser, Name: "JÖRG.M"}) })
}

// Memberships inside a transaction follow what it did, through groups in groups.
func TestMembershipsInATransaction(t *testing.T) {
	s := open(t, Options{})
	alice, _ := person(t, s, "alice")
	inner, outer := &Principal{Kind: KindGroup, Name: "inner"}, &Principal{Kind: KindGroup, Name: "outer"}
	update(t, s, func(tx *Tx) error {
		return errors.Join(tx.CreatePrincipal(inner), tx.CreatePrincipal(outer), tx.SetMembers(inner.ID, []int64{alice}))
	})
	update(t, s, func(tx *Tx) error {
		is := func(want ...int64) {
			t.Helper()
			if got, err := tx.Memberships(bg, alice); err != nil || !slices.Equal(got, want) {
				t.Errorf("%v, not %v: %v", got, want, err)
			}
		}
		is(inner.ID)
		if err := tx.SetMembers(outer.ID, []int64{inner.ID}); err != nil {
			return err
		}
		is(inner.ID, outer.ID)
		if err := tx.SetMembers(inner.ID, nil); err != nil {
			return err
		}
		is()
		return nil
	})
}

// A change of addresses reaches what the same commit stored before it.
func TestAddressesReachTheSameTransaction(t *testing.T) {
	s := open(t, Options{})
	owner, coll := person(t, s, "alice")
	s.OnAddresses(func(*Tx, *Principal, *Principal, *Member, []byte) (role, tag string) { return "attendee", "" })
	o := event(coll, 1)
	update(t, s, func(tx *Tx) error {
		if _, err := tx.PutObject(o); err != nil {
			return err
		}
		p, err := tx.Principal(bg, owner)
		if err != nil {
			return err
		}
		now := *p
		now.Addresses = append(slices.Clone(p.Addresses), "mailto:ann@example.org")
		return tx.UpdatePrincipal(&now)
	})
	if got, err := s.Object(bg, coll, o.Name); err != nil || got.Role != "attendee" {
		t.Errorf("%v %v", got, err)
	}
}
