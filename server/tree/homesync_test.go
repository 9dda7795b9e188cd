package tree

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"convoke/server"
	"convoke/server/dav"
	"convoke/storage"
)

// follower is a client that knows of a home only what the answers to its reports said.
type follower struct {
	deep   bool
	token  string
	seen   map[string]string // hrefs, with the ETag of objects
	anew   int               // how often its token was refused
	reader string
}

// follow asks until an answer is whole.
func (f *follower) follow(t *testing.T, ctx context.Context, h *Home, limit int) {
	t.Helper()
	for range 1000 {
		read := h.Changes
		if f.deep {
			read = h.DeepChanges
		}
		changes, err := read(ctx, f.token, limit)
		if err != nil {
			if c := dav.AsCondition(err); c.Name.Local != "valid-sync-token" || f.token == "" {
				t.Fatal(err)
			}
			f.token, f.seen = "", map[string]string{}
			f.anew++
			continue
		}
		told := map[string]bool{}
		for c, err := range changes.Items {
			if err != nil {
				t.Fatal(err)
			}
			f.take(t, c, told)
		}
		if limit > 0 && len(told) > limit {
			t.Fatalf("%d responses, limit %d", len(told), limit)
		}
		f.token = changes.Token
		if !changes.Truncated {
			return
		}
	}
	t.Fatal("the answers come to no end")
}

func (f *follower) take(t *testing.T, c dav.Change, told map[string]bool) {
	t.Helper()
	href := c.Href
	if c.Resource != nil {
		href = c.Resource.Href()
	}
	if told[href] {
		t.Fatalf("%s is told twice in one answer", href)
	}
	told[href] = true
	switch r := c.Resource.(type) {
	case nil:
		for known := range f.seen {
			if strings.HasPrefix(known, href) { // with all below it, RFC 6578 §3.5.2
				delete(f.seen, known)
			}
		}
	case HasObject:
		f.seen[href] = r.Base().M.ETag
	default:
		f.seen[href] = ""
	}
}

// truth is what the follower should have seen.
func (f *follower) truth(t *testing.T, ctx context.Context, h *Home) map[string]string {
	t.Helper()
	all := map[string]string{h.Href(): ""}
	for c, err := range h.Members(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if c.Allow(ctx, dav.Read) != nil {
			continue
		}
		all[c.Href()] = ""
		if !f.deep {
			continue
		}
		for o, err := range c.(dav.Lister).Members(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			all[o.Href()] = o.(HasObject).Base().M.ETag
		}
	}
	return all
}

// RFC 6578 §3.5, reliability.md §1: from any token, the changes lead to exactly what is there, with any limit; for the
// owner, and for somebody who sees only what is shared.
func TestHomeSyncLeadsToTheListing(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	p := newPlace(t)
	ctx := context.Background()
	var followers []*follower
	for _, deep := range []bool{false, true} {
		for range 2 {
			followers = append(followers, &follower{deep: deep, seen: map[string]string{}, reader: "ann"})
		}
		followers = append(followers, &follower{deep: deep, seen: map[string]string{}, reader: "bob"})
	}
	for step := range 1500 {
		p.stir(t, r, step)
		if r.IntN(3) > 0 {
			continue
		}
		f := followers[r.IntN(len(followers))]
		ctx := server.WithPrincipal(ctx, p.who[f.reader])
		found, err := p.home(ctx, p.who[f.reader], p.who[f.reader], storage.Calendars)
		if err != nil {
			t.Fatal(err)
		}
		h := found.(*Home)
		f.follow(t, ctx, h, r.IntN(5))
		if want := f.truth(t, ctx, h); !maps.Equal(f.seen, want) {
			t.Fatalf("step %d, deep %v, %s: the client sees\n%s\nand there is\n%s", step, f.deep, f.reader,
				strings.Join(slices.Sorted(maps.Keys(f.seen)), "\n"), strings.Join(slices.Sorted(maps.Keys(want)), "\n"))
		}
	}
	for _, f := range followers {
		t.Logf("deep %v of %s began anew %d times", f.deep, f.reader, f.anew)
	}
}

// stir changes something in the calendars of ann, some of which bob may read.
func (p *place) stir(t *testing.T, r *rand.Rand, step int) {
	t.Helper()
	ctx := context.Background()
	ann := p.who["ann"].ID
	all, err := p.Store.Collections(ctx, storage.Calendars, ann, 0)
	if err != nil {
		t.Fatal(err)
	}
	all = slices.DeleteFunc(all, func(c *storage.Collection) bool { return len(c.Name) > 1 })
	free := slices.DeleteFunc([]string{"a", "b", "c", "d"}, func(name string) bool {
		return slices.ContainsFunc(all, func(c *storage.Collection) bool { return c.Name == name })
	})
	if len(all) == 0 || len(free) > 0 && r.IntN(8) == 0 {
		p.update(t, func(tx *storage.Tx) error {
			return tx.CreateCollection(&storage.Collection{OwnerID: ann, Home: storage.Calendars, Kind: storage.KindCalendar, Name: free[0]})
		})
		return
	}
	c := all[r.IntN(len(all))]
	p.update(t, func(tx *storage.Tx) error {
		switch r.IntN(12) {
		case 0:
			return tx.DeleteCollection(c.ID)
		case 1:
			if len(free) > 0 {
				return tx.MoveCollection(c.ID, 0, free[r.IntN(len(free))])
			}
		case 2:
			changed := *c
			changed.DisplayName = fmt.Sprint("step ", step)
			return tx.UpdateCollection(&changed)
		case 3:
			return tx.SetGrants(c.ID, []storage.Grant{{PrincipalID: p.who["bob"].ID, Privileges: uint32(dav.Read)}})
		case 4:
			return tx.SetGrants(c.ID, nil)
		case 5, 6:
			listing, err := p.Store.Listing(ctx, c.ID)
			if err != nil {
				return err
			}
			for m := range listing.All() {
				return tx.DeleteObject(c.ID, m.Name)
			}
		default:
			o := &storage.Object{Data: fmt.Append(nil, "step ", step)}
			o.CollectionID, o.Name, o.ContentType = c.ID, string(rune('p'+r.IntN(6))), "text/calendar"
			_, err := tx.PutObject(o)
			return err
		}
		return nil
	})
}

// Who sees more or less of a calendar without a change of the calendar itself, by a group, is told of all that is in it.
func TestHomeSyncFollowsGroups(t *testing.T) {
	p := newPlace(t)
	p.Tree = New(p.Store, Options{}, &Door{Home: storage.Calendars, Actor: "caldav", Secret: func(*storage.Object) bool { return false }},
		&Door{Home: storage.AddressBooks, Actor: "carddav"})
	c := p.collection(t, storage.Calendars, "ann", "default")
	members := func(group string, of ...string) {
		var ids []int64
		for _, name := range of {
			ids = append(ids, p.who[name].ID)
		}
		p.update(t, func(tx *storage.Tx) error { return tx.SetMembers(p.who[group].ID, ids) })
	}
	members("all")
	members("staff", "bob")
	p.update(t, func(tx *storage.Tx) error {
		o := &storage.Object{Data: []byte("x")}
		o.CollectionID, o.Name, o.ContentType = c.ID, "x", "text/calendar"
		if _, err := tx.PutObject(o); err != nil {
			return err
		}
		return tx.SetGrants(c.ID, []storage.Grant{
			{PrincipalID: p.who["staff"].ID, Privileges: uint32(ReadFreeBusy)}, {PrincipalID: p.who["all"].ID, Privileges: uint32(reading | dav.Write)}})
	})
	ctx := server.WithPrincipal(context.Background(), p.who["bob"])
	ask := func(f *follower) map[string]bool {
		t.Helper()
		found, err := p.home(ctx, p.who["bob"], p.who["bob"], storage.Calendars)
		if err != nil {
			t.Fatal(err)
		}
		read := found.(*Home).Changes
		if f.deep {
			read = found.(*Home).DeepChanges
		}
		changes, err := read(ctx, f.token, 0)
		if err != nil {
			t.Fatal(err)
		}
		told := map[string]bool{}
		for c, err := range changes.Items {
			if err != nil {
				t.Fatal(err)
			}
			f.take(t, c, told)
		}
		f.token = changes.Token
		return told
	}
	const mounted = "/dav/calendars/bob/ann~default/"
	flat, deep := &follower{seen: map[string]string{}}, &follower{deep: true, seen: map[string]string{}}
	ask(flat)
	ask(deep)
	for _, in := range [][]string{{"bob"}, nil} { // more, then less
		if told := ask(deep); len(told) != 0 {
			t.Errorf("nothing is new: %v", told)
		}
		members("all", in...)
		if told := ask(flat); !told[mounted] {
			t.Errorf("in %v: told %v", in, told)
		}
		if told := ask(deep); !told[mounted+"x"] {
			t.Errorf("in %v, deep: told %v", in, told)
		}
	}
}
