package tree

import (
	"context"
	"maps"
	"testing"

	"convoke/server/dav"
	"convoke/storage"
)

// reached are what somebody reaches, by href.
func (p *place) reached(t *testing.T, who string) map[string]Reached {
	t.Helper()
	all, err := p.Reach(context.Background(), p.who[who])
	if err != nil {
		t.Fatal(err)
	}
	byHref := map[string]Reached{}
	for _, r := range all {
		byHref[r.Href] = r
	}
	return byHref
}

// What somebody reaches is what stands in their homes, by the privileges they have.
func TestReach(t *testing.T) {
	p := newPlace(t)
	lent := p.collection(t, storage.Calendars, "ann", "default")
	book := p.collection(t, storage.AddressBooks, "ann", "default")
	p.update(t, func(tx *storage.Tx) error {
		plain := &storage.Collection{OwnerID: p.who["ann"].ID, Home: storage.Calendars, Kind: storage.KindPlain, Name: "files"}
		if err := tx.CreateCollection(plain); err != nil {
			return err
		}
		nested := &storage.Collection{OwnerID: p.who["ann"].ID, ParentID: plain.ID, Home: storage.Calendars, Kind: storage.KindCalendar, Name: "deep"}
		if err := tx.CreateCollection(nested); err != nil {
			return err
		}
		if err := tx.SetGrants(book.ID, []storage.Grant{{PrincipalID: p.who["bob"].ID, Privileges: uint32(dav.Read | dav.Write)}}); err != nil {
			return err
		}
		return tx.SetGrants(lent.ID, []storage.Grant{{PrincipalID: p.who["staff"].ID, Privileges: uint32(dav.Read)}})
	})
	ann := p.reached(t, "ann")
	for _, href := range []string{
		"/dav/calendars/ann/default/", "/dav/calendars/ann/files/deep/", "/dav/addressbooks/ann/default/",
	} {
		if r, there := ann[href]; !there || r.Shared(p.who["ann"]) || r.Privileges != dav.All || !r.Details || !r.Private {
			t.Errorf("Ann's own %s: %+v", href, r)
		}
	}
	for href := range maps.Keys(ann) {
		if ann[href].Owner.ID != p.who["ann"].ID {
			t.Errorf("Ann reaches %s, which nobody shares with her", href)
		}
	}
	if r := p.reached(t, "cleo")["/dav/calendars/cleo/ann~default/"]; r.Collection == nil || !r.Shared(p.who["cleo"]) || !r.Details || r.Private {
		t.Errorf("by a group that may read: %+v", r)
	}
	if r := p.reached(t, "bob")["/dav/addressbooks/bob/ann~default/"]; r.Collection == nil || !r.Details || !r.Private {
		t.Errorf("by a grant to write: %+v", r)
	}
	if r, there := p.reached(t, "bob")["/dav/calendars/bob/ann~default/"]; there {
		t.Errorf("not granted to Bob: %+v", r)
	}
	for _, who := range []*storage.Principal{nil, p.who["staff"]} {
		if all, err := p.Reach(context.Background(), who); err != nil || len(all) > 0 {
			t.Errorf("nobody and groups reach nothing: %v %v", all, err)
		}
	}
}
