package caldav

import (
	"context"
	"testing"

	"convoke/server/dav/davtest"
	"convoke/storage"
)

// cast are the people of the transcripts of scheduling, beside those of every house: the calendar users of RFC 5546
// §4 and of RFC 6638 Appendix B.
var cast = []storage.Principal{
	{Kind: storage.KindUser, Name: "a", DisplayName: "A", Addresses: []string{"mailto:a@example.com", "mailto:boss@example.com"}},
	{Kind: storage.KindUser, Name: "b", DisplayName: "B", Addresses: []string{"mailto:b@example.com"}},
	{Kind: storage.KindUser, Name: "c", DisplayName: "C", Addresses: []string{"mailto:c@example.com"}},
	{Kind: storage.KindUser, Name: "d", DisplayName: "D", Addresses: []string{"mailto:d@example.com"}},
	{Kind: storage.KindUser, Name: "e", DisplayName: "E", Addresses: []string{"mailto:e@example.com"}},
	{Kind: storage.KindUser, Name: "wilfredo", DisplayName: "Wilfredo Sanchez Vega", Addresses: []string{"mailto:wilfredo@example.com"}},
	{Kind: storage.KindRoom, Name: "conf", DisplayName: "Conference Room", Addresses: []string{"mailto:conf@example.com"}, Booking: &storage.Booking{AutoAccept: "automatic", Capacity: 8}},
	{Kind: storage.KindRoom, Name: "lab", DisplayName: "Laboratory", Addresses: []string{"mailto:lab@example.com"}},
	{Kind: storage.KindGroup, Name: "team", DisplayName: "Team", Addresses: []string{"mailto:team@example.com"}},
}

// TestScheduling runs the stories of scheduling: the lines of the user's half of docs/scheduling.md, the examples of
// the RFCs, and clients that answer invitations. The team is b and c; e is the assistant of a, and decides for the lab.
func TestScheduling(t *testing.T) {
	davtest.Dir(t, "testdata/scheduling/*.dav", func(t *testing.T) davtest.Server {
		h := newHouse(t, Limits{})
		err := h.store.Update(context.Background(), storage.Actor{Door: "cli"}, func(tx *storage.Tx) error {
			ids := map[string]int64{}
			for i := range cast {
				p := cast[i]
				if p.Name == "lab" {
					p.Booking = &storage.Booking{AutoAccept: "none", Delegates: []int64{ids["e"]}}
				}
				if err := tx.CreatePrincipal(&p); err != nil {
					return err
				}
				ids[p.Name] = p.ID
			}
			if err := tx.SetMembers(ids["team"], []int64{ids["b"], ids["c"]}); err != nil {
				return err
			}
			return tx.SetProxies(ids["a"], storage.Proxies{Write: []int64{ids["e"]}})
		})
		if err != nil {
			t.Fatal(err)
		}
		return h.transcriptServer()
	})
}
