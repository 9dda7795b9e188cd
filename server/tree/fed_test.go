package tree

import (
	"testing"

	"convoke/server/dav"
	"convoke/storage"
)

// Nobody writes the members of a calendar that the server fills, by whatever right; all else stays as it is.
func TestFed(t *testing.T) {
	p := newPlace(t)
	feed := &storage.Collection{OwnerID: p.who["ann"].ID, Home: storage.Calendars, Kind: storage.KindCalendar, Name: "feed", Source: storage.SourceFeed}
	p.update(t, func(tx *storage.Tx) error {
		if err := tx.CreateCollection(feed); err != nil {
			return err
		}
		if err := tx.SetProxies(p.who["ann"].ID, storage.Proxies{Write: []int64{p.who["cleo"].ID}}); err != nil {
			return err
		}
		return tx.SetGrants(feed.ID, []storage.Grant{{PrincipalID: p.who["bob"].ID, Privileges: uint32(dav.Read | dav.Write)}})
	})
	const members = dav.WriteContent | dav.Bind | dav.Unbind
	for who, want := range map[string]dav.PrivilegeSet{
		"ann": dav.All &^ members, "root": dav.All &^ members, "bob": dav.Read | dav.WriteProperties | ReadFreeBusy,
		"cleo": (reading | dav.Write | Send | Deliver) &^ members,
	} {
		held, err := p.privileges(t.Context(), p.who[who], p.who["ann"], feed)
		if err != nil || held != want {
			t.Errorf("%s holds %b, want %b, %v", who, held, want, err)
		}
	}
	if r := p.reached(t, "ann")["/dav/calendars/ann/feed/"]; r.Privileges.Has(dav.WriteContent) || !r.Private {
		t.Errorf("its owner sees all of it and writes nothing: %+v", r)
	}
}
