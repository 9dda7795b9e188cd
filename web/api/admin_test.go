package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"convoke/storage"
	"convoke/web/session"
)

// tasksOf is Tasks of a test.
type tasksOf func(task string, args any) (any, error)

func (t tasksOf) Do(_ context.Context, task string, args any) (any, error) { return t(task, args) }

// no is a Refused.
type no struct {
	text    string
	missing bool
}

func (n no) Error() string { return n.text }
func (n no) Missing() bool { return n.missing }

// deskOf is an API of administration with anna, who administers, and ben. Both have just signed in.
type deskOf struct {
	*API
	cookies map[string]*http.Cookie
	now     time.Time
}

func testAPI(t *testing.T, do tasksOf) *deskOf {
	t.Helper()
	d := &deskOf{cookies: map[string]*http.Cookie{}, now: sunday}
	log := slog.New(slog.DiscardHandler)
	store, err := storage.Open(bg, t.TempDir(), storage.Options{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	keeper := session.New(session.Options{Store: store, Log: log, Now: func() time.Time { return d.now }})
	for _, p := range []*storage.Principal{{Name: "anna", Kind: storage.KindUser, Admin: true}, {Name: "ben", Kind: storage.KindUser}} {
		if err := store.Update(bg, storage.Actor{}, func(tx *storage.Tx) error { return tx.CreatePrincipal(p) }); err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		if _, err := keeper.Begin(w, httptest.NewRequest("POST", "/api/session", nil), p, true); err != nil {
			t.Fatal(err)
		}
		d.cookies[p.Name] = w.Result().Cookies()[0]
	}
	d.API = New(Options{Store: store, Tasks: do, Identify: keeper.Identify, Sessions: &session.Door{Keeper: keeper}})
	return d
}

// ask sends a request as somebody and gives status and body.
func ask(d *deskOf, who, method, path, body string, head ...string) (int, string) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if c := d.cookies[who]; c != nil {
		r.AddCookie(c)
	}
	for i := 0; i+1 < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Code, strings.TrimSpace(w.Body.String())
}

// Administration is for administrators: nobody else reaches a task, and no other site makes one do it.
func TestAdminAccess(t *testing.T) {
	a := testAPI(t, func(task string, _ any) (any, error) {
		t.Errorf("%s was reached", task)
		return nil, nil
	})
	for _, r := range a.adminRoutes() {
		method, path, _ := strings.Cut(r.pattern, " ")
		path = strings.NewReplacer("{name}", "ben", "{id}", "1").Replace(path)
		if code, _ := ask(a, "", method, path, "{}"); code != http.StatusUnauthorized {
			t.Errorf("%s signed out: %d", r.pattern, code)
		}
		if code, _ := ask(a, "ben", method, path, "{}"); code != http.StatusForbidden {
			t.Errorf("%s of ben: %d", r.pattern, code)
		}
		if method == "GET" {
			continue
		}
		code, text := ask(a, "anna", method, path, "{}", "Sec-Fetch-Site", "cross-site")
		if code != http.StatusForbidden || !strings.Contains(text, "cross-origin") {
			t.Errorf("%s from another site: %d %s", r.pattern, code, text)
		}
	}
}

// Who finds an administrator's browser open cannot make themselves a way in with it: what sets a password, makes an
// administrator or removes somebody wants the password, and says so before it does anything.
func TestAdminConfirms(t *testing.T) {
	done := 0
	a := testAPI(t, func(string, any) (any, error) { done++; return nil, nil })
	a.now = a.now.Add(session.FreshFor)
	for _, row := range []struct{ method, path, body string }{
		{"POST", "/api/admin/people", `{"name":"kim","admin":true,"password":"let me in"}`},
		{"PATCH", "/api/admin/people/ben", `{"admin":true}`},
		{"PUT", "/api/admin/people/ben/password", `{"password":"let me in"}`},
		{"DELETE", "/api/admin/people/ben", ""},
	} {
		if code, text := ask(a, "anna", row.method, row.path, row.body); code != http.StatusForbidden || !strings.Contains(text, `"code":"confirm"`) {
			t.Errorf("%s %s: %d %s", row.method, row.path, code, text)
		}
		if code, text := ask(a, "ben", row.method, row.path, row.body); code != http.StatusForbidden || !strings.Contains(text, `"code":"not-admin"`) {
			t.Errorf("%s %s of ben: %d %s", row.method, row.path, code, text)
		}
	}
	if done != 0 {
		t.Errorf("%d tasks were done", done)
	}
	if code, text := ask(a, "anna", "GET", "/api/admin/people", ""); code != http.StatusNoContent && code != http.StatusOK || done != 1 {
		t.Errorf("reading wants no password: %d %s", code, text)
	}
}

// A route gives its task what the page may say, and nothing else.
func TestAdminArguments(t *testing.T) {
	var task string
	var args any
	a := testAPI(t, func(name string, given any) (any, error) {
		task, args = name, given
		return struct{}{}, nil
	})
	for _, row := range []struct {
		method, path, body string
		task               string // "": none is reached, and the answer is 400
		args               map[string]any
	}{
		{"GET", "/api/admin/people?q=an&limit=5", "", "people", map[string]any{"kind": "user", "q": "an", "limit": int64(5)}},
		{"GET", "/api/admin/people?limit=many", "", "", nil},
		{"POST", "/api/admin/people", `{"name":"kim","displayName":"Kim","admin":true}`, "create",
			map[string]any{"kind": "user", "name": "kim", "display_name": "Kim", "admin": true, "language": "en"}},
		{"POST", "/api/admin/people", `{"name":"kim","uuid":"x"}`, "", nil},
		{"PATCH", "/api/admin/people/kim", `{"hash":"x"}`, "", nil},
		{"PATCH", "/api/admin/people/kim", `{"name":"anna"}`, "", nil},
		{"PATCH", "/api/admin/people/kim", `[]`, "", nil},
		{"PATCH", "/api/admin/rooms/oak", `{"booking":{"autoAccept":"none","windowDays":3}}`, "change",
			map[string]any{"kind": "bookable", "name": "oak", "auto_accept": "none", "window_days": 3.0}},
		{"PATCH", "/api/admin/rooms/oak", `{"booking":{"admin":true}}`, "", nil},
		{"PATCH", "/api/admin/rooms/oak", `{"booking":"none"}`, "", nil},
		{"POST", "/api/admin/rooms", `{"name":"oak"}`, "create", map[string]any{"kind": "room", "name": "oak", "language": "en"}},
		{"POST", "/api/admin/rooms", `{"name":"oak","kind":"user"}`, "", nil},
		{"POST", "/api/admin/queue/7/retry", "", "queue-retry", map[string]any{"ids": []any{int64(7)}}},
		{"POST", "/api/admin/review/7/accept", `{"trustSender":true}`, "accept", map[string]any{"id": int64(7), "trust_sender": true}},
		{"DELETE", "/api/admin/people/kim/app-passwords/3", "", "revoke", map[string]any{"name": "kim", "kind": "user", "id": int64(3)}},
	} {
		task, args = "", nil
		code, text := ask(a, "anna", row.method, row.path, row.body)
		want := http.StatusNoContent
		if row.task == "" {
			want = http.StatusBadRequest
		}
		if code != want || task != row.task || row.task != "" && !reflect.DeepEqual(args, row.args) {
			t.Errorf("%s %s %s: %d %s, task %s %v", row.method, row.path, row.body, code, text, task, args)
		}
	}
}

// Answers have the form of this API; what cannot be done is told in a sentence, and what went wrong is not.
func TestAdminAnswers(t *testing.T) {
	var answer any
	var err error
	a := testAPI(t, func(string, any) (any, error) { return answer, err })
	for _, row := range []struct {
		answer any
		err    error
		code   int
		body   string
	}{
		{answer: []map[string]any{{"display_name": "A", "URLs": []int{1}}}, code: 200, body: `{"items":[{"displayName":"A","uRLs":[1]}]}`},
		{answer: map[string]any{"store_bytes": int64(1) << 60}, code: 200, body: `{"storeBytes":1152921504606846976}`},
		{answer: struct{}{}, code: 204},
		{err: no{"it is there already", false}, code: 409, body: `{"code":"refused","message":"It is there already."}`},
		{err: fmt.Errorf("x: %w", no{"there is no such person", true}), code: 404, body: `{"code":"not-found","message":"There is no such person."}`},
		{err: errors.New("disk /var/secret"), code: 500},
	} {
		answer, err = row.answer, row.err
		code, body := ask(a, "anna", "GET", "/api/admin/overview", "")
		if code != row.code || row.code != 500 && body != row.body || strings.Contains(body, "secret") {
			t.Errorf("%v, %v: %d %s", row.answer, row.err, code, body)
		}
	}
}
