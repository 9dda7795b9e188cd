package caldav

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"convoke/server/dav"
	"convoke/server/tree"
)

// RFC 4918 §7.3 has LOCK make an empty resource of a name that isn't there. A calendar can't hold one, and the answer
// speaks of no body, since none was sent.
func TestLockOfNothing(t *testing.T) {
	h := newHouse(t, Limits{})
	locking := h.identified(dav.NewHandler(dav.Options{Tree: h.tree, Locks: tree.Locks{Tree: h.tree}, Clock: h.clock}))
	do := func(method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.SetBasicAuth("bernard", "secret")
		w := httptest.NewRecorder()
		locking.ServeHTTP(w, r)
		return w
	}
	if w := do("MKCOL", "/dav/calendars/bernard/files/", ""); w.Code != http.StatusCreated {
		t.Fatal(w.Code, w.Body)
	}
	const info = `<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>`
	for path, want := range map[string]int{
		"/dav/calendars/bernard/files/new.txt": http.StatusCreated, "/dav/calendars/bernard/default/new.ics": http.StatusForbidden,
	} {
		w := do("LOCK", path, info)
		if w.Code != want || want == http.StatusForbidden && strings.Contains(w.Body.String(), "error") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
