package dav

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// Between the DELETE and the end of the lock, somebody may make something new of the same name and lock it.
func TestDeleteEndsOnlyLocksBefore(t *testing.T) {
	m := newMemory()
	handler := m.handler()
	do := func(method, path, body, condition string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.SetBasicAuth("alice", "")
		r.Header.Set("Destination", "/files/moved.txt")
		if condition != "" {
			r.Header.Set("If", condition)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	const info = `<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>`
	for _, method := range []string{http.MethodDelete, "MOVE"} {
		path := "/files/" + method
		token := do("LOCK", path, info, "").Header().Get("Lock-Token")
		m.gone = func() {
			m.locks = append(m.locks, Lock{Token: "urn:new:" + path, Root: path, Exclusive: true, Principal: "bob", Expires: m.now.Add(time.Hour)})
		}
		if w := do(method, path, "", "("+token+")"); w.Code >= 300 {
			t.Fatalf("%s: %d %s", method, w.Code, w.Body)
		}
		has := func(token string) bool {
			return slices.ContainsFunc(m.locks, func(l Lock) bool { return l.Token == token })
		}
		if has(strings.Trim(token, "<>")) {
			t.Errorf("%s: the lock of what is gone stays", method)
		}
		if !has("urn:new:" + path) {
			t.Errorf("%s: the new lock is gone", method)
		}
	}
}
