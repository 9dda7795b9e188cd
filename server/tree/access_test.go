package tree

import (
	"context"
	"log/slog"
	"testing"

	"convoke/server/dav"
	"convoke/storage"
)

// place is a store with people and a tree without doors but for the bare homes.
type place struct {
	*Tree
	who map[string]*storage.Principal
}

func newPlace(t *testing.T) *place {
	t.Helper()
	ctx := context.Background()
	store, err := storage.Open(ctx, t.TempDir(), storage.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	p := &place{
		Tree: New(store, Options{}, &Door{Home: storage.Calendars, Actor: "caldav"}, &Door{Home: storage.AddressBooks, Actor: "carddav"}),
		who:  map[string]*storage.Principal{},
	}
	p.update(t, func(tx *storage.Tx) error {
		for _, made := range []*storage.Principal{
			{Kind: storage.KindUser, Name: "ann"}, {Kind: storage.KindUser, Name: "bob"}, {Kind: storage.KindUser, Name: "cleo"},
			{Kind: storage.KindUser, Name: "root", Admin: true}, {Kind: storage.KindGroup, Name: "staff"}, {Kind: storage.KindGroup, Name: "all"},
		} {
			if err := tx.CreatePrincipal(made); err != nil {
				return err
			}
			p.who[made.Name] = made
		}
		if err := tx.SetMembers(p.who["staff"].ID, []int64{p.who["cleo"].ID}); err != nil {
			return err
		}
		return tx.SetMembers(p.who["all"].ID, []int64{p.who["staff"].ID})
	})
	return p
}

func (p *place) update(t *testing.T, fn func(*storage.Tx) error) {
	t.Helper()
	if err := p.Store.Update(context.Background(), storage.Actor{Door: "cli"}, fn); err != nil {
		t.Fatal(err)
	}
}

func (p *place) collection(t *testing.T, home, owner, name string) *storage.Collection {
	t.Helper()
	c, err := p.Store.CollectionAt(context.Background(), home, owner, []string{name})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// RFC 3744 §6: entries are judged in order, and for each privilege the first that speaks of it decides.
func TestGrantsInOrder(t *testing.T) {
	p := newPlace(t)
	c := p.collection(t, storage.Calendars, "ann", "default")
	id := func(name string) int64 { return p.who[name].ID }
	rw := uint32(dav.Read | dav.Write)
	for _, row := range []struct {
		name   string
		grants []storage.Grant
		who    string
		want   dav.PrivilegeSet
	}{
		{"nothing is granted", nil, "bob", 0},
		{"to the person", []storage.Grant{{PrincipalID: id("bob"), Privileges: uint32(dav.Read)}}, "bob", dav.Read | ReadFreeBusy},
		{"to somebody else", []storage.Grant{{PrincipalID: id("bob"), Privileges: rw}}, "cleo", 0},
		{"to a group", []storage.Grant{{PrincipalID: id("staff"), Privileges: rw}}, "cleo", dav.Read | dav.Write | ReadFreeBusy},
		{"to a group of groups", []storage.Grant{{PrincipalID: id("all"), Privileges: rw}}, "cleo", dav.Read | dav.Write | ReadFreeBusy},
		{"to all who sign in", []storage.Grant{{PrincipalID: storage.GranteeAuthenticated, Privileges: uint32(dav.Read)}}, "bob", dav.Read | ReadFreeBusy},
		{"denied before", []storage.Grant{
			{PrincipalID: id("cleo"), Privileges: uint32(dav.Write), Deny: true}, {PrincipalID: id("staff"), Privileges: rw},
		}, "cleo", dav.Read | ReadFreeBusy},
		{"denied behind", []storage.Grant{
			{PrincipalID: id("staff"), Privileges: rw}, {PrincipalID: id("cleo"), Privileges: uint32(dav.Write), Deny: true},
		}, "cleo", dav.Read | dav.Write | ReadFreeBusy},
		{"the owner, whatever is denied", []storage.Grant{{PrincipalID: storage.GranteeAll, Privileges: rw, Deny: true}}, "ann", dav.All},
		{"an administrator", nil, "root", dav.All},
	} {
		p.update(t, func(tx *storage.Tx) error { return tx.SetGrants(c.ID, row.grants) })
		got, err := p.privileges(context.Background(), p.who[row.who], p.who["ann"], c)
		if err != nil || got != row.want {
			t.Errorf("%s: %b, %v; want %b", row.name, got, err, row.want)
		}
	}
}

// caldav-proxy §3.1: the two groups reach calendars, and nothing of address books.
func TestProxiesReachCalendars(t *testing.T) {
	p := newPlace(t)
	p.update(t, func(tx *storage.Tx) error {
		return tx.SetProxies(p.who["ann"].ID, storage.Proxies{Read: []int64{p.who["bob"].ID}, Write: []int64{p.who["cleo"].ID}})
	})
	for _, row := range []struct {
		who, home   string
		can, cannot dav.Privilege
	}{
		{"bob", storage.Calendars, dav.Read, dav.WriteContent},
		{"cleo", storage.Calendars, dav.Read | dav.Write, dav.WriteACL},
		{"bob", storage.AddressBooks, 0, dav.Read},
		{"cleo", storage.AddressBooks, 0, dav.Read},
	} {
		got, err := p.privileges(context.Background(), p.who[row.who], p.who["ann"], p.collection(t, row.home, "ann", "default"))
		if err != nil || !got.Has(row.can) || got&row.cannot != 0 {
			t.Errorf("%s in %s: %b, %v", row.who, row.home, got, err)
		}
	}
}

// Nobody, signed in as nobody, may do anything.
func TestNobodyMayNothing(t *testing.T) {
	p := newPlace(t)
	c := p.collection(t, storage.Calendars, "ann", "default")
	p.update(t, func(tx *storage.Tx) error {
		return tx.SetGrants(c.ID, []storage.Grant{{PrincipalID: storage.GranteeAll, Privileges: uint32(dav.Read)}})
	})
	if got, err := p.privileges(context.Background(), nil, p.who["ann"], c); got != 0 || err != nil {
		t.Errorf("nobody may %b, %v", got, err)
	}
}

// RFC 6638 §6.1: everybody here may deliver to an inbox, but those whom its list keeps out.
func TestInboxKeepsPeopleOut(t *testing.T) {
	p := newPlace(t)
	ctx := context.Background()
	may := MayDeliver(p.Store)
	inbox := p.collection(t, storage.Calendars, "ann", "inbox")
	if !may(ctx, p.who["bob"], p.who["ann"], false) || !may(ctx, p.who["bob"], p.who["ann"], true) {
		t.Error("bob may not deliver")
	}
	p.update(t, func(tx *storage.Tx) error {
		return tx.SetGrants(inbox.ID, []storage.Grant{
			{PrincipalID: p.who["bob"].ID, Privileges: uint32(DeliverInvite), Deny: true},
			{PrincipalID: p.who["staff"].ID, Privileges: uint32(DeliverInvite)},
			{PrincipalID: storage.GranteeAuthenticated, Privileges: uint32(DeliverReply), Deny: true},
		})
	})
	for _, row := range []struct {
		who           string
		invite, reply bool
	}{{"bob", false, false}, {"cleo", true, false}, {"ann", true, true}, {"root", true, true}} {
		who := p.who[row.who]
		if invite, reply := may(ctx, who, p.who["ann"], false), may(ctx, who, p.who["ann"], true); invite != row.invite || reply != row.reply {
			t.Errorf("%s: %v %v", row.who, invite, reply)
		}
	}
}
