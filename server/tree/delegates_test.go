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
