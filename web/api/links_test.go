package api

import (
	"net/http"
	"strings"
	"testing"

	"convoke/server/dav"
	"convoke/storage"
)

func TestLinks(t *testing.T) {
	f := newFixture(t, func(f *fixture) { f.options.PublicURL = "https://cal.example.org/" })
	const own = "/dav/calendars/alice/default/"
	var made linkView
	f.ask("alice", "POST", "/api/links", `{"href":"`+own+`","detail":"busy","label":" Club "}`).into(200, &made)
	token := strings.TrimPrefix(made.Page, "https://cal.example.org/public/")
	if len(token) != 43 || made.URL != made.Page+".ics" || made.Webcal != "webcal://cal.example.org/public/"+token+".ics" || made.Embed != made.Page+"/embed" ||
		made.Label != "Club" || made.Detail != "busy" || !made.Works || made.CreatedBy != "Alice" || made.UsedAt != nil {
		t.Errorf("made %+v", made)
	}
	var list struct{ Items []linkView }
	for _, query := range []string{"", "?href=" + own} {
		f.ask("alice", "GET", "/api/links"+query, nil).into(200, &list)
		if len(list.Items) != 1 || list.Items[0] != made {
			t.Errorf("listed %+v", list.Items)
		}
	}
	f.ask("alice", "POST", "/api/links", `{"href":"`+own+`","detail":"everything"}`).refused(400, "bad-request")
	f.ask("alice", "POST", "/api/links", `{"href":"/dav/calendars/bob/default/","detail":"full"}`).refused(404, "not-found")
	f.ask("alice", "POST", "/api/links", `{"href":"/dav/addressbooks/alice/default/","detail":"full"}`).refused(404, "not-found")
	for range storage.MaxLinks - 1 {
		f.ask("alice", "POST", "/api/links", `{"href":"`+own+`","detail":"full"}`).into(200, nil)
	}
	f.ask("alice", "POST", "/api/links", `{"href":"`+own+`","detail":"full"}`).refused(422, "too-many")
	f.ask("bob", "DELETE", "/api/links/"+made.ID, nil).refused(404, "not-found")
	f.ask("alice", "DELETE", "/api/links/"+made.ID, nil).into(http.StatusNoContent, nil)
	f.ask("alice", "DELETE", "/api/links/"+made.ID, nil).refused(404, "not-found")
}

// Whoever manages a calendar publishes it, in their own home's address; whoever reads or writes does not.
func TestLinksOfShared(t *testing.T) {
	f := newFixture(t, nil)
	c := f.calendar("alice", "default")
	const shared = "/dav/calendars/bob/alice~default/"
	f.share(c, "bob", uint32(dav.Read|dav.Write))
	f.ask("bob", "POST", "/api/links", `{"href":"`+shared+`","detail":"full"}`).refused(403, "may-not-publish")
	f.share(c, "bob", uint32(dav.Read|dav.ReadACL|dav.WriteACL))
	var made linkView
	f.ask("bob", "POST", "/api/links", `{"href":"`+shared+`","detail":"full"}`).into(200, &made)
	if made.Href != shared || made.CreatedBy != "Bob" || !made.Works {
		t.Errorf("made %+v", made)
	}
	f.share(c, "bob", uint32(dav.Read))
	var list struct{ Items []linkView }
	f.ask("alice", "GET", "/api/links", nil).into(200, &list)
	if len(list.Items) != 1 || list.Items[0].Works || list.Items[0].Href != "/dav/calendars/alice/default/" {
		t.Errorf("its owner sees %+v", list.Items)
	}
	f.ask("bob", "GET", "/api/links", nil).into(200, &list)
	if len(list.Items) != 0 {
		t.Errorf("bob sees %+v", list.Items)
	}
	f.ask("alice", "DELETE", "/api/links/"+made.ID, nil).into(http.StatusNoContent, nil)
}
