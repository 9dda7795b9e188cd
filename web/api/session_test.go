package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"convoke/birthday"
	"convoke/server"
	"convoke/storage"
	"convoke/web/session"
)

// signing is a server with sessions over a store with alice (password "wonder land"), behind which /dav/ says who asks.
type signing struct {
	*server.Server
	store *storage.Store
	alice *storage.Principal
	log   *bytes.Buffer
	feed  string // address of a calendar that may be subscribed to
	api   *API

	pushAt     string // address of a push service
	pushStatus *int   // that it answers

	mu        sync.Mutex
	at        time.Time
	birthdays *birthday.Service
}

func (s *signing) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

func (s *signing) advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = s.at.Add(d)
}

func newSigning(t *testing.T) *signing {
	t.Helper()
	s := &signing{at: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC), log: new(bytes.Buffer)}
	store, err := storage.Open(t.Context(), t.TempDir(), storage.Options{Log: slog.New(slog.DiscardHandler), Clock: s.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	s.store = store
	s.alice = &storage.Principal{Kind: storage.KindUser, Name: "alice", DisplayName: "Alice Example", Addresses: []string{"mailto:alice@example.org"}}
	s.update(t, func(tx *storage.Tx) error { return tx.CreatePrincipal(s.alice) })
	s.setPassword(t, "wonder land")
	log := slog.New(slog.NewTextHandler(s.log, nil))
	keeper := session.New(session.Options{Store: store, Log: log, Now: s.now})
	s.Server, err = server.New(server.Options{
		Store: store, Log: log, Now: s.now, Bearer: keeper.Bearer, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.MountDAV("/dav/*", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := server.Principal(r.Context()); p != nil {
			_, _ = io.WriteString(w, p.Name)
		}
	}))
	subscriptions, feed := reading(t, store)
	s.feed, s.birthdays = feed, remembering(store)
	pusher, at, status := pushing(t, store)
	s.pushAt, s.pushStatus = at, status
	s.api = New(Options{
		Push: pusher, Subscriptions: subscriptions, Birthdays: s.birthdays,
		Store: store, Log: log, Identify: keeper.Identify, Sessions: &session.Door{Keeper: keeper, Guard: s.Server}, Version: "v1",
	})
	s.Mount("/api/*", s.api)
	return s
}

func (s *signing) update(t *testing.T, fn func(*storage.Tx) error) {
	t.Helper()
	if err := s.store.Update(t.Context(), storage.Actor{}, fn); err != nil {
		t.Fatal(err)
	}
}

func (s *signing) setPassword(t *testing.T, password string) {
	t.Helper()
	hash, err := s.store.HashPassword(context.Background(), password)
	if err != nil {
		t.Fatal(err)
	}
	s.update(t, func(tx *storage.Tx) error { return tx.SetPassword(s.alice.ID, hash) })
}

// addBob adds bob, with the same password.
func (s *signing) addBob(t *testing.T) {
	t.Helper()
	hash, err := s.store.HashPassword(t.Context(), "wonder land")
	if err != nil {
		t.Fatal(err)
	}
	bob := &storage.Principal{Kind: storage.KindUser, Name: "bob"}
	s.update(t, func(tx *storage.Tx) error {
		if err := tx.CreatePrincipal(bob); err != nil {
			return err
		}
		return tx.SetPassword(bob.ID, hash)
	})
}

// browser is a client with a cookie, at an address.
type browser struct {
	*signing
	t      *testing.T
	from   string
	cookie *http.Cookie
	head   http.Header
}

func (s *signing) browser(t *testing.T) *browser {
	return &browser{signing: s, t: t, from: "127.0.0.1:5000", head: http.Header{"User-Agent": {"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}}}
}

// proxied is a browser that speaks TLS to a trusted proxy.
func (s *signing) proxied(t *testing.T) *browser {
	b := s.browser(t)
	b.from = "10.0.0.1:5000"
	b.head.Set("X-Forwarded-Proto", "https")
	b.head.Set("X-Forwarded-For", "203.0.113.9")
	return b
}

// ask sends a request with the cookie and keeps one that comes back. head are names and values.
func (b *browser) ask(method, path, body string, head ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.RemoteAddr = b.from
	r.Header = b.head.Clone()
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	for i := 0; i < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		b.cookie = c
		if c.MaxAge < 0 {
			b.cookie = nil
		}
	}
	return w
}

// want asks for a status and gives the answer's members.
func (b *browser) want(status int, method, path, body string, head ...string) map[string]any {
	b.t.Helper()
	w := b.ask(method, path, body, head...)
	if w.Code != status {
		b.t.Fatalf("%s %s: status %d, want %d: %s", method, path, w.Code, status, w.Body)
	}
	answer := map[string]any{}
	if w.Body.Len() > 0 && w.Header().Get("Content-Type") == "application/json" {
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			b.t.Fatalf("%s %s: %v in %s", method, path, err, w.Body)
		}
	}
	return answer
}

// code wants a refusal.
func (b *browser) code(status int, code, method, path, body string, head ...string) {
	b.t.Helper()
	if a := b.want(status, method, path, body, head...); a["code"] != code || a["message"] == "" {
		b.t.Errorf("%s %s: code %v, want %s", method, path, a["code"], code)
	}
}

const rightPassword = `{"name":"alice","password":"wonder land"}`

// signIn signs alice in.
func (b *browser) signIn() *browser {
	b.t.Helper()
	b.want(200, "POST", "/api/session", rightPassword)
	if b.cookie == nil {
		b.t.Fatal("no cookie")
	}
	return b
}

func (b *browser) token() string {
	b.t.Helper()
	return b.want(200, "POST", "/api/token", "")["token"].(string)
}

// dav asks a DAV path with an Authorization header.
func (b *browser) dav(authorization string) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.ask("PROPFIND", "/dav/", "", "Authorization", authorization)
}

func TestSession(t *testing.T) {
	s := newSigning(t)
	b := s.browser(t)
	b.code(401, "signed-out", "GET", "/api/session", "")
	for _, row := range []struct{ what, body string }{
		{"wrong password", `{"name":"alice","password":"wonderland"}`},
		{"unknown name", `{"name":"bob","password":"wonder land"}`},
		{"no password", `{"name":"alice","password":""}`},
		{"no name", `{"name":"","password":"wonder land"}`},
		{"password over the limit", `{"name":"alice","password":"` + strings.Repeat("x", 1025) + `"}`},
	} {
		w := b.ask("POST", "/api/session", row.body)
		if w.Code != 401 || !strings.Contains(w.Body.String(), `"wrong-credentials"`) || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %s", row.what, w.Code, w.Body)
		}
		// RFC 9110 §15.5.2 wants a challenge; for one that it knows the browser would open its own window.
		if h := w.Header().Values("WWW-Authenticate"); len(h) != 1 || h[0] != `Cookie realm="Convoke"` {
			t.Errorf("%s: challenge %q", row.what, h)
		}
	}
	a := b.want(200, "POST", "/api/session", `{"name":"ALICE@example.org","password":"wonder land"}`, "Accept-Language", "de-AT,en;q=0.5")
	got, _ := json.Marshal([]any{a["principal"], a["homes"], a["version"]})
	if want := `[{"addresses":["mailto:alice@example.org"],"admin":false,"displayName":"Alice Example","href":"/dav/principals/users/alice/","name":"alice"},` +
		`{"addressBooks":"/dav/addressbooks/alice/","calendars":"/dav/calendars/alice/","inbox":"/dav/calendars/alice/inbox/","outbox":"/dav/calendars/alice/outbox/"},"v1"]`; string(got) != want {
		t.Errorf("session: %s\nwant %s", got, want)
	}
	if set := a["settings"].(map[string]any); set["language"] != "de" || set["hours24"] != true || set["weekStart"] != 1.0 {
		t.Errorf("settings for de-AT: %v", set)
	}
	b.want(200, "GET", "/api/session", "")
	if !strings.Contains(s.log.String(), "principal=alice method=GET href=/api/session") {
		t.Error("the log does not name who asked")
	}
	old := b.cookie
	b.want(204, "DELETE", "/api/session", "")
	if b.cookie != nil {
		t.Error("the cookie stays")
	}
	b.cookie = old
	b.code(401, "signed-out", "GET", "/api/session", "")
	b.want(204, "DELETE", "/api/session", "") // twice does no harm
}

// The cookie is bound as tightly as the browser allows, and is no other one.
func TestCookie(t *testing.T) {
	s := newSigning(t)
	const ask = `{"name":"alice","password":"wonder land","keep":true}`
	secure, plain := s.proxied(t), s.browser(t)
	if got := secure.ask("POST", "/api/session", rightPassword).Header().Get("Set-Cookie"); !strings.HasPrefix(got, "__Host-convoke=") ||
		!strings.HasSuffix(got, "; Path=/; HttpOnly; Secure; SameSite=Lax") {
		t.Errorf("over TLS: %s", got)
	}
	if got := secure.ask("POST", "/api/session", ask).Header().Get("Set-Cookie"); !strings.Contains(got, "; Max-Age=2592000; HttpOnly; Secure") {
		t.Errorf("kept: %s", got)
	}
	if got := plain.ask("POST", "/api/session", ask).Header().Get("Set-Cookie"); !strings.HasPrefix(got, "convoke=") || strings.Contains(got, "Secure") ||
		!strings.Contains(got, "HttpOnly; SameSite=Lax") {
		t.Errorf("on loopback: %s", got)
	}
	// Over TLS the name without __Host-, which another host may have set, means nothing.
	secure.cookie = plain.cookie
	secure.code(401, "signed-out", "GET", "/api/session", "")
	remote := s.browser(t)
	remote.from = "203.0.113.9:1"
	remote.code(403, "plain-login", "POST", "/api/session", rightPassword)
}

// Signing in never takes over an id that the browser came with.
func TestFixation(t *testing.T) {
	s := newSigning(t)
	b := s.browser(t)
	planted := strings.Repeat("A", 43)
	b.cookie = &http.Cookie{Name: "convoke", Value: planted}
	if b.signIn(); b.cookie.Value == planted {
		t.Fatal("the planted id is good now")
	}
	first := b.cookie
	if b.signIn(); b.cookie.Value == first.Value {
		t.Error("the id stays over a sign-in")
	}
	b.cookie = first
	b.code(401, "signed-out", "GET", "/api/session", "")
	if list, err := s.store.WebSessions(t.Context(), s.alice.ID); err != nil || len(list) != 1 {
		t.Errorf("sessions: %v %v", list, err)
	}
}

func TestSessionLasts(t *testing.T) {
	s := newSigning(t)
	once, kept := s.browser(t).signIn(), s.browser(t)
	kept.want(200, "POST", "/api/session", `{"name":"alice","password":"wonder land","keep":true}`)
	s.advance(11*time.Hour + 59*time.Minute)
	once.want(200, "GET", "/api/session", "")
	s.advance(time.Minute) // use does not prolong it
	once.code(401, "signed-out", "GET", "/api/session", "")
	for range 3 {
		s.advance(29 * 24 * time.Hour)
		if got := kept.ask("GET", "/api/session", "").Header().Get("Set-Cookie"); !strings.Contains(got, "Max-Age=2592000") {
			t.Fatalf("the browser would forget it: %q", got)
		}
	}
	s.advance(30 * 24 * time.Hour)
	kept.code(401, "signed-out", "GET", "/api/session", "")
}

// A token opens DAV paths for its person, and dies with whatever it was made of.
func TestBearer(t *testing.T) {
	s := newSigning(t)
	refused := func(what string, b *browser, authorization string) {
		t.Helper()
		w := b.dav(authorization)
		if h := w.Header().Values("WWW-Authenticate"); w.Code != 401 || len(h) != 1 || h[0] != `Bearer realm="Convoke", error="invalid_token"` {
			t.Errorf("%s: %d %q", what, w.Code, h)
		}
	}
	b := s.browser(t).signIn()
	token := "Bearer " + b.token()
	if w := b.dav(token); w.Code != 200 || w.Body.String() != "alice" {
		t.Fatalf("a good one: %d %s", w.Code, w.Body)
	}
	refused("garbage", b, "Bearer x")
	refused("none", b, "Bearer")
	refused("one letter changed", b, token[:20]+string(token[20]^1)+token[21:])
	refused("too long", b, "Bearer "+strings.Repeat("A", 8000))
	if w := b.dav(""); w.Code != 401 || !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Basic ") {
		t.Errorf("the cookie alone: %d %q", w.Code, w.Header())
	}
	if w := b.ask("PROPFIND", "/dav/?access_token="+token[7:], ""); w.Code != 401 {
		t.Errorf("in the query: %d", w.Code)
	}
	if w := b.ask("GET", "/api/session", "", "Cookie", "", "Authorization", token); w.Code != 401 {
		t.Errorf("on /api/: %d", w.Code)
	}

	s.advance(session.TokenFor)
	refused("too old", b, token)
	token = "Bearer " + b.token()
	b.want(204, "DELETE", "/api/session", "")
	refused("signed out", b, token)

	token = "Bearer " + b.signIn().token()
	s.setPassword(t, "wonder land")
	refused("password changed", b, token)
	b.code(401, "signed-out", "GET", "/api/session", "")
	token = "Bearer " + b.signIn().token()
	s.update(t, func(tx *storage.Tx) error { return tx.RemovePrincipal(s.alice.ID) })
	refused("person removed", b, token)
	b.code(401, "signed-out", "GET", "/api/session", "")
}

// Sign-in is slowed down by the limits that Basic has, and shares them.
func TestSignInThrottled(t *testing.T) {
	s := newSigning(t)
	b := s.browser(t)
	for i := range 10 {
		b.code(401, "wrong-credentials", "POST", "/api/session", `{"name":"alice","password":"guess `+string(rune('a'+i))+`"}`)
	}
	w := b.ask("POST", "/api/session", rightPassword)
	if w.Code != 429 || w.Header().Get("Retry-After") != "1" {
		t.Errorf("after ten: %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	if w := b.dav("Basic YWxpY2U6d29uZGVyIGxhbmQ="); w.Code != 429 {
		t.Errorf("Basic is not slowed down by it: %d", w.Code)
	}
	s.advance(time.Second)
	b.signIn()
}

// Another site changes nothing, and nobody without a session does.
func TestStateChangesAreGuarded(t *testing.T) {
	s := newSigning(t)
	in := s.browser(t).signIn()
	a := New(Options{})
	for _, r := range a.routes() {
		method, path, _ := strings.Cut(r.pattern, " ")
		if method == "GET" {
			continue
		}
		path = strings.NewReplacer("{id}", "1").Replace(path)
		for _, head := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}} {
			in.code(403, "cross-origin", method, path, rightPassword, head...)
		}
		if r.access != anybody {
			s.browser(t).code(401, "signed-out", method, path, "{}")
		}
	}
	in.want(200, "GET", "/api/session", "", "Sec-Fetch-Site", "cross-site") // SameSite keeps the cookie from real ones
}

func TestSettings(t *testing.T) {
	s := newSigning(t)
	b := s.browser(t).signIn()
	set := b.want(200, "GET", "/api/settings", "", "Accept-Language", "en-US")["settings"].(map[string]any)
	if set["weekStart"] != 0.0 || set["hours24"] != false || set["language"] != "en" || set["theme"] != "system" {
		t.Errorf("defaults for en-US: %v", set)
	}
	b.want(200, "PUT", "/api/settings", `{"settings":{"theme":"dark","own":{"deep":[1]}}}`)
	set = b.want(200, "GET", "/api/session", "")["settings"].(map[string]any)
	if set["theme"] != "dark" || set["shortcuts"] != true || set["own"] == nil {
		t.Errorf("stored over the defaults: %v", set)
	}
	// Two pages change what they change, and nothing else: neither knows what the other has chosen.
	b.want(200, "PATCH", "/api/settings", `{"settings":{"mailReminders":"all"}}`)
	set = b.want(200, "PATCH", "/api/settings", `{"settings":{"theme":"light"}}`)["settings"].(map[string]any)
	if set["mailReminders"] != "all" || set["theme"] != "light" || set["own"] == nil {
		t.Errorf("changed: %v", set)
	}
	b.code(413, "too-large", "PATCH", "/api/settings", `{"settings":{"x":"`+strings.Repeat("x", 16<<10-40)+`"}}`)
	set = b.want(200, "PUT", "/api/settings", `{"settings":{}}`)["settings"].(map[string]any)
	if set["theme"] != "system" || set["own"] != nil {
		t.Errorf("replaced: %v", set)
	}
	b.code(413, "too-large", "PUT", "/api/settings", `{"settings":{"x":"`+strings.Repeat("x", 16<<10)+`"}}`)
	for _, body := range []string{`{"settings":[1]}`, `{"settings":null}`, `{}`, `{"settings":{}} x`, `[]`, ``} {
		b.code(400, "bad-request", "PUT", "/api/settings", body)
	}
}
