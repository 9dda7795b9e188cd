package caldav

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"convoke/server/dav"
	"convoke/server/tree"
	"convoke/storage"
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

// lateLocks is a store of locks that tells of none, as if they all came right after it was asked.
type lateLocks struct{ dav.LockStore }

func (lateLocks) Locks(context.Context, string, bool) ([]dav.Lock, error) { return nil, nil }

// A lock that somebody takes just before a write is found inside the write's transaction (RFC 4918 §7, §9.10).
func TestLocksAreJudgedWhereTheWriteIs(t *testing.T) {
	h := newHouse(t, Limits{})
	const at = "/dav/calendars/bernard/"
	h.put(t, "bernard", at+"default/a.ics", simpleEvent("a"))
	late := h.identified(dav.NewHandler(dav.Options{Tree: h.tree, Locks: lateLocks{tree.Locks{Tree: h.tree}}, Clock: h.clock}))
	err := h.store.Update(context.Background(), storage.Actor{}, func(tx *storage.Tx) error {
		return tx.AddLock(storage.Lock{Token: "urn:uuid:1", Path: at + "default/", Infinite: true, Exclusive: true,
			PrincipalID: h.principal(t, "lisa").ID, Expires: h.clock().Add(3600e9)})
	})
	if err != nil {
		t.Fatal(err)
	}
	const patch = `<propertyupdate xmlns="DAV:"><set><prop><displayname>x</displayname></prop></set></propertyupdate>`
	for _, row := range []struct {
		method, path, body, dest string
		free                     bool
	}{
		{"PUT", "default/b.ics", simpleEvent("b"), "", false},
		{"PUT", "default/a.ics", simpleEvent("a"), "", false},
		{"PROPPATCH", "default/", patch, "", false},
		{"ACL", "default/", `<acl xmlns="DAV:"/>`, "", false},
		{"MOVE", "default/a.ics", "", "tasks/a.ics", false},
		{"MOVE", "default/", "", "other/", false},
		{"DELETE", "default/a.ics", "", "", false},
		{"MKCALENDAR", "more/", "", "", true},
		{"DELETE", "more/", "", "", true},
	} {
		r := httptest.NewRequest(row.method, at+row.path, strings.NewReader(row.body))
		r.SetBasicAuth("bernard", "secret")
		if row.method == "PUT" {
			r.Header.Set("Content-Type", "text/calendar")
		} else if row.body != "" {
			r.Header.Set("Content-Type", "application/xml")
		}
		if row.dest != "" {
			r.Header.Set("Destination", at+row.dest)
		}
		w := httptest.NewRecorder()
		late.ServeHTTP(w, r)
		if got := w.Code == http.StatusLocked; got == row.free {
			t.Errorf("%s %s: %d %s", row.method, row.path, w.Code, w.Body)
		}
	}
}

func simpleEvent(uid string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:" + uid +
		"\r\nDTSTAMP:20060101T000000Z\r\nDTSTART:20060102T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
}

// The token of a lock on a collection, tagged with the collection, is good for what is made in it (RFC 4918 §10.4.8):
// within the transaction as before it.
func TestTaggedTokenOfACollection(t *testing.T) {
	h := newHouse(t, Limits{})
	locking := h.identified(dav.NewHandler(dav.Options{Tree: h.tree, Locks: tree.Locks{Tree: h.tree}, Clock: h.clock}))
	do := func(method, path, body, condition string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.SetBasicAuth("bernard", "secret")
		if condition != "" {
			r.Header.Set("If", condition)
		}
		w := httptest.NewRecorder()
		locking.ServeHTTP(w, r)
		return w
	}
	const at = "/dav/calendars/bernard/files/"
	if w := do("MKCOL", at, "", ""); w.Code != http.StatusCreated {
		t.Fatal(w.Code, w.Body)
	}
	w := do("LOCK", at, `<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>`, "")
	token := w.Header().Get("Lock-Token")
	if w.Code != http.StatusOK || token == "" {
		t.Fatal(w.Code, w.Body)
	}
	for _, root := range []string{at, strings.TrimSuffix(at, "/")} {
		if w := do("PUT", at+"a.txt", "text", "<"+root+"> ("+token+")"); w.Code/100 != 2 {
			t.Errorf("tagged with %s: %d %s", root, w.Code, w.Body)
		}
	}
	if w := do("PUT", at+"a.txt", "text", ""); w.Code != http.StatusLocked {
		t.Errorf("without the token: %d", w.Code)
	}
}
