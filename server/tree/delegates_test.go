package tree

import (
	"net/http/httptest"
	"strings"
	"testing"

	"convoke/server"
	"convoke/server/dav"
	"convoke/storage"
)

// request sends one request of somebody's and gives the answer.
func (p *place) request(who, method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	dav.NewHandler(dav.Options{Tree: p.Tree, Locks: Locks{p.Tree}}).ServeHTTP(w, r.WithContext(server.WithPrincipal(r.Context(), p.who[who])))
	return w
}

// Ann delegates to Bob: she, he and administrators know, Cleo doesn't.
func TestWhoKnowsDelegates(t *testing.T) {
	p := newPlace(t)
	p.update(t, func(tx *storage.Tx) error {
		return tx.SetProxies(p.who["ann"].ID, storage.Proxies{Write: []int64{p.who["bob"].ID}})
	})
	const props = `<D:propfind xmlns:D="DAV:" xmlns:CS="http://calendarserver.org/ns/"><D:prop>` +
		`<D:group-member-set/><D:group-membership/><CS:expanded-group-membership/><CS:calendar-proxy-write-for/></D:prop></D:propfind>`
	for _, row := range []struct{ path, names string }{
		{"/dav/principals/users/ann/calendar-proxy-write/", "/users/bob/"},
		{"/dav/principals/users/bob/", "/users/ann/"},
	} {
		for who, knows := range map[string]bool{"ann": true, "bob": true, "root": true, "cleo": false} {
			answer := p.request(who, "PROPFIND", row.path, props, "Depth", "0").Body.String()
			_, answer, _ = strings.Cut(answer, "</D:href>") // its own
			if got := strings.Contains(answer, row.names); got != knows {
				t.Errorf("%s at %s: knows %v\n%s", who, row.path, got, answer)
			}
		}
	}
}

// caldav-proxy §3.1: of address books, delegates know no more than others.
func TestDelegatesKnowNoAddressBooks(t *testing.T) {
	p := newPlace(t)
	p.update(t, func(tx *storage.Tx) error {
		return tx.SetProxies(p.who["ann"].ID, storage.Proxies{Write: []int64{p.who["bob"].ID}})
	})
	there := p.request("bob", "PROPFIND", "/dav/addressbooks/ann/default/", "", "Depth", "0")
	missing := p.request("bob", "PROPFIND", "/dav/addressbooks/ann/missing/", "", "Depth", "0")
	if there.Code != missing.Code {
		t.Errorf("%d what is there, %d what is not", there.Code, missing.Code)
	}
}

// Who decides for a room opens its calendars as a member of calendar-proxy-write does (docs/scheduling.md, "Rooms and
// equipment"), by name or by group, and no longer than that: what a client makes of the list changes nothing about it.
func TestDelegatesOfRooms(t *testing.T) {
	p := newPlace(t)
	room := &storage.Principal{Kind: storage.KindRoom, Name: "den", Booking: &storage.Booking{Delegates: []int64{p.who["bob"].ID, p.who["staff"].ID}}}
	p.update(t, func(tx *storage.Tx) error { return tx.CreatePrincipal(room) })
	expect := func(may map[string]bool) {
		t.Helper()
		for who, may := range may {
			privileges, err := p.privileges(t.Context(), p.who[who], room, p.collection(t, storage.Calendars, "den", "default"))
			if got := privileges.Has(dav.Read | dav.Write | Send); err != nil || got != may {
				t.Errorf("%s: %v, %v", who, got, err)
			}
			const props = `<D:propfind xmlns:D="DAV:" xmlns:CS="http://calendarserver.org/ns/"><D:prop><CS:calendar-proxy-write-for/></D:prop></D:propfind>`
			answer := p.request(who, "PROPFIND", "/dav/principals/users/"+who+"/", props, "Depth", "0").Body.String()
			if strings.Contains(answer, "/resources/den/") != may {
				t.Errorf("%s finds it: %v\n%s", who, !may, answer)
			}
		}
	}
	expect(map[string]bool{"ann": false, "bob": true, "cleo": true}) // cleo is of the staff

	group := PrincipalHref(room) + proxyWrite + "/"
	const members = `<D:propfind xmlns:D="DAV:"><D:prop><D:group-member-set/></D:prop></D:propfind>`
	answer := p.request("bob", "PROPFIND", group, members, "Depth", "0").Body.String()
	if !strings.Contains(answer, "/users/bob/") || !strings.Contains(answer, "/groups/staff/") {
		t.Errorf("the members: %s", answer)
	}
	p.who["den"] = room
	all := `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:group-member-set><D:href>/dav/principals/users/bob/</D:href>` +
		`<D:href>/dav/principals/users/ann/</D:href></D:group-member-set></D:prop></D:set></D:propertyupdate>`
	if w := p.request("den", "PROPPATCH", group, all); w.Code != 207 || strings.Contains(w.Body.String(), "HTTP/1.1 4") {
		t.Fatalf("PROPPATCH: %d %s", w.Code, w.Body)
	}
	expect(map[string]bool{"ann": true, "bob": true, "cleo": true})

	now := *room
	now.Booking = &storage.Booking{Delegates: []int64{p.who["staff"].ID}}
	p.update(t, func(tx *storage.Tx) error { return tx.UpdatePrincipal(&now) })
	expect(map[string]bool{"ann": true, "bob": false, "cleo": true})
}
