package tree

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"convoke/server"
	"convoke/server/dav"
)

// ask sends one request of ann's and gives the hrefs of the answer, in order, below the multistatus or a property.
func (p *place) ask(t *testing.T, method, path, body string) []string {
	t.Helper()
	h := dav.NewHandler(dav.Options{Tree: p.Tree})
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Depth", "0")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r.WithContext(server.WithPrincipal(r.Context(), p.who["ann"])))
	if w.Code != http.StatusMultiStatus {
		t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	var hrefs []string
	for _, part := range strings.Split(w.Body.String(), "<D:href>")[1:] {
		href, _, _ := strings.Cut(part, "</D:href>")
		hrefs = append(hrefs, strings.TrimPrefix(href, "/dav/principals/"))
	}
	return hrefs
}

func TestMembership(t *testing.T) {
	p := newPlace(t)
	for _, row := range []struct{ why, principal, property, want string }{
		{"RFC 3744 §4.3: direct members", "groups/all/", `<D:group-member-set/>`, "groups/staff/"},
		{"RFC 3744 §4.4: directly a member", "users/cleo/", `<D:group-membership/>`, "groups/staff/"},
		{"a group may be a member, too", "groups/staff/", `<D:group-membership/>`, "groups/all/"},
		{"Apple: with the members of groups in it", "groups/all/", `<CS:expanded-group-member-set/>`, "groups/staff/ users/cleo/"},
		{"Apple: with the groups of groups", "users/cleo/", `<CS:expanded-group-membership/>`, "groups/staff/ groups/all/"},
	} {
		hrefs := p.ask(t, "PROPFIND", "/dav/principals/"+row.principal,
			`<D:propfind xmlns:D="DAV:" xmlns:CS="http://calendarserver.org/ns/"><D:prop>`+row.property+`</D:prop></D:propfind>`)
		if got := strings.Join(hrefs[1:], " "); got != row.want {
			t.Errorf("%s: %s, want %s", row.why, got, row.want)
		}
	}
}

// calendarserver-principal-property-search: the attribute type asks for one kind of calendar user.
func TestSearchByType(t *testing.T) {
	p := newPlace(t)
	for kind, want := range map[string]string{"": "users/ann/ groups/all/", ` type="INDIVIDUAL"`: "users/ann/", ` type="GROUP"`: "groups/all/", ` type="ROOM"`: ""} {
		hrefs := p.ask(t, "REPORT", "/dav/principals/", `<D:principal-property-search xmlns:D="DAV:"`+kind+`><D:property-search>`+
			`<D:prop><D:displayname/></D:prop><D:match match-type="starts-with">a</D:match></D:property-search><D:prop/></D:principal-property-search>`)
		if got := strings.Join(hrefs, " "); got != want {
			t.Errorf("type %q: %s, want %s", kind, got, want)
		}
	}
}

// RFC 3744 §5.5: the list tells all who have access, administrators too.
func TestListNamesAdministrators(t *testing.T) {
	p := newPlace(t)
	hrefs := p.ask(t, "REPORT", "/dav/addressbooks/ann/default/", `<D:acl-principal-prop-set xmlns:D="DAV:"><D:prop><D:displayname/></D:prop></D:acl-principal-prop-set>`)
	if got := strings.Join(hrefs, " "); got != "users/ann/ users/root/" {
		t.Errorf("got %s", got)
	}
}
