package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"convoke/storage"
)

// clock is a time that tests set.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// fixture is a server over a store with alice (password "wonder land"), behind
// which /dav/ answers 207 with who asks.
type fixture struct {
	*Server
	store *storage.Store
	alice *storage.Principal
	clock *clock
	log   *bytes.Buffer
}

func newFixture(t testing.TB, change func(*Options)) *fixture {
	t.Helper()
	ctx := context.Background()
	store, err := storage.Open(ctx, t.TempDir(), storage.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	f := &fixture{store: store, clock: &clock{t: time.Now()}, log: new(bytes.Buffer)}
	f.alice = &storage.Principal{
		Kind: storage.KindUser, Name: "alice",
		Addresses: []string{"mailto:alice@example.org", "mailto:al@example.org"},
	}
	err = store.Update(ctx, storage.Actor{}, func(tx *storage.Tx) error { return tx.CreatePrincipal(f.alice) })
	if err != nil {
		t.Fatal(err)
	}
	f.setPassword(t, "wonder land")
	opt := Options{Store: store, Log: slog.New(slog.NewTextHandler(f.log, nil)), Now: f.clock.now}
	if change != nil {
		change(&opt)
	}
	if f.Server, err = New(opt); err != nil {
		t.Fatal(err)
	}
	f.MountDAV("/dav/*", http.HandlerFunc(whoAsks))
	f.MountDAV("/", http.HandlerFunc(whoAsks))
	f.Mount("/page", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "page") }))
	return f
}

func whoAsks(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("DAV", "1, 3, calendar-access")
	name := "nobody"
	if p := Principal(r.Context()); p != nil {
		name = p.Name
	}
	w.WriteHeader(http.StatusMultiStatus)
	_, _ = io.WriteString(w, name)
}

func (f *fixture) setPassword(t testing.TB, password string) {
	t.Helper()
	ctx := context.Background()
	hash, err := f.store.HashPassword(ctx, password)
	if err != nil {
		t.Fatal(err)
	}
	err = f.store.Update(ctx, storage.Actor{}, func(tx *storage.Tx) error { return tx.SetPassword(f.alice.ID, hash) })
	if err != nil {
		t.Fatal(err)
	}
}

func basicHeader(name, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+password))
}

// ask sends one request from an address.
func (f *fixture) ask(method, target, from, authorization string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	r.RemoteAddr = from
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	f.Handler().ServeHTTP(w, r)
	return w
}

const home = "127.0.0.1:5000"

func TestSignIn(t *testing.T) {
	f := newFixture(t, nil)
	for _, row := range []struct {
		what, name, password string
		status               int
	}{
		{"by name", "alice", "wonder land", 207},
		{"by primary address", "alice@example.org", "wonder land", 207},
		{"by another address in capitals", "AL@Example.ORG", "wonder land", 207},
		{"wrong password", "alice", "wonderland", 401},
		{"unknown name", "bob", "wonder land", 401},
		{"password over 1,024 bytes", "alice", strings.Repeat("x", 1025), 401},
		{"no name", "", "wonder land", 401},
		{"control character", "alice\x00", "wonder land", 401},
	} {
		t.Run(row.what, func(t *testing.T) {
			w := f.ask("PROPFIND", "/dav/", home, basicHeader(row.name, row.password))
			if w.Code != row.status {
				t.Fatalf("status %d, want %d", w.Code, row.status)
			}
			if row.status == 207 && w.Body.String() != "alice" {
				t.Errorf("asked as %q", w.Body)
			}
		})
	}
	for _, bad := range []string{"Bearer x", "Basic", "Basic !!!", "Basic " + base64.StdEncoding.EncodeToString([]byte("alice"))} {
		if w := f.ask("PROPFIND", "/dav/", home, bad); w.Code != 401 {
			t.Errorf("%q: status %d, want 401", bad, w.Code)
		}
	}
}

// Every DAV method without credentials is challenged, on / too; clients.md §9.1.
func TestChallenge(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Realm = `Our "place"` })
	const want = `Basic realm="Our \"place\"", charset="UTF-8"`
	for _, method := range append([]string{"GET", "HEAD", "PUT", "POST", "DELETE"}, davMethods...) {
		for _, path := range []string{"/", "/dav/", "/dav/calendars/alice/"} {
			w := f.ask(method, path, home, "")
			if w.Code != 401 || w.Header().Get("WWW-Authenticate") != want {
				t.Errorf("%s %s: %d %q", method, path, w.Code, w.Header().Get("WWW-Authenticate"))
			}
		}
	}
	for _, authorization := range []string{"", basicHeader("alice", "wonder land"), basicHeader("alice", "no")} {
		w := f.ask("OPTIONS", "/dav/", home, authorization)
		if w.Code != 207 || w.Header().Get("DAV") != "1, 3, calendar-access" {
			t.Errorf("OPTIONS with %q: %d, DAV %q", authorization, w.Code, w.Header().Get("DAV"))
		}
	}
	for _, method := range []string{"BREW", "PATCH", "TRACE"} {
		if w := f.ask(method, "/dav/", home, basicHeader("alice", "wonder land")); w.Code != 501 {
			t.Errorf("%s: %d, want 501", method, w.Code)
		}
	}
}

// RFC 6764 §5; clients.md §9.2.
func TestWellKnown(t *testing.T) {
	f := newFixture(t, nil)
	for _, path := range []string{"/.well-known/caldav", "/.well-known/carddav", "/.well-known/caldav/"} {
		for _, method := range []string{"GET", "PROPFIND", "OPTIONS", "REPORT", "POST"} {
			w := f.ask(method, path, "203.0.113.9:1", "")
			if w.Code != 301 || w.Header().Get("Location") != "/dav/" {
				t.Errorf("%s %s: %d %q", method, path, w.Code, w.Header().Get("Location"))
			}
		}
	}
}

// A password change drops what was remembered, at once.
func TestPasswordChange(t *testing.T) {
	f := newFixture(t, nil)
	old := basicHeader("alice", "wonder land")
	for range 2 {
		if w := f.ask("PROPFIND", "/dav/", home, old); w.Code != 207 {
			t.Fatalf("status %d before the change", w.Code)
		}
	}
	f.setPassword(t, "looking glass")
	if w := f.ask("PROPFIND", "/dav/", home, old); w.Code != 401 {
		t.Errorf("the old password answers %d", w.Code)
	}
	if w := f.ask("PROPFIND", "/dav/", home, basicHeader("alice", "looking glass")); w.Code != 207 {
		t.Errorf("the new password answers %d", w.Code)
	}
	err := f.store.Update(context.Background(), storage.Actor{}, func(tx *storage.Tx) error {
		return tx.RemovePrincipal(f.alice.ID)
	})
	if err != nil {
		t.Fatal(err)
	}
	if w := f.ask("PROPFIND", "/dav/", home, basicHeader("alice", "looking glass")); w.Code != 401 {
		t.Errorf("a removed person is answered %d", w.Code)
	}
}

// Plain HTTP takes credentials from loopback, from a trusted proxy that had TLS,
// or by setting; reliability.md §7.
func TestPlainLogin(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")} })
	ok := basicHeader("alice", "wonder land")
	for _, row := range []struct {
		what, from string
		header     []string
		status     int
	}{
		{"loopback", home, nil, 207},
		{"loopback by IPv6", "[::1]:1", nil, 207},
		{"a proxy on this machine that is not configured", home, []string{"X-Forwarded-For", "203.0.113.9"}, 403},
		{"that says it had TLS", home, []string{"X-Forwarded-Proto", "https"}, 403},
		{"by RFC 7239", home, []string{"Forwarded", "for=203.0.113.9"}, 403},
		{"elsewhere", "203.0.113.9:1", nil, 403},
		{"elsewhere, claiming to be a proxy", "203.0.113.9:1", []string{"X-Forwarded-Proto", "https"}, 403},
		{"trusted proxy with TLS", "10.1.2.3:1", []string{"X-Forwarded-Proto", "https", "X-Forwarded-For", "203.0.113.9"}, 207},
		{"trusted proxy without TLS", "10.1.2.3:1", []string{"X-Forwarded-Proto", "http"}, 403},
		{"trusted proxy that says nothing", "10.1.2.3:1", nil, 403},
		{"trusted proxies of which one had no TLS", "10.1.2.3:1", []string{"X-Forwarded-Proto", "http, https"}, 403},
		{"a unix socket", "@", nil, 207},
		{"a proxy on a unix socket with TLS", "@", []string{"X-Forwarded-Proto", "https", "X-Forwarded-For", "203.0.113.9"}, 207},
		{"a proxy on a unix socket without TLS", "@", []string{"X-Forwarded-Proto", "http"}, 403},
	} {
		if w := f.ask("PROPFIND", "/dav/", row.from, ok, row.header...); w.Code != row.status {
			t.Errorf("%s: status %d, want %d", row.what, w.Code, row.status)
		}
	}
	if n := strings.Count(f.log.String(), "trusted_proxies"); n != 1 {
		t.Errorf("warned %d times of the proxy", n)
	}
	f = newFixture(t, func(o *Options) { o.PlainLogin = true })
	if w := f.ask("PROPFIND", "/dav/", "203.0.113.9:1", ok); w.Code != 207 {
		t.Errorf("by setting: status %d", w.Code)
	}
}

// Only a trusted proxy says whose request it brings (reliability.md §1.11).
func TestPeer(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	for _, row := range []struct{ from, forwarded, want string }{
		{"203.0.113.9:1", "", "203.0.113.9"},
		{"203.0.113.9:1", "192.0.2.1", "203.0.113.9"},
		{"10.0.0.1:1", "192.0.2.1", "192.0.2.1"},
		{"10.0.0.1:1", "192.0.2.66, 192.0.2.1, 10.0.0.2", "192.0.2.1"},
		{"10.0.0.1:1", "nonsense", "10.0.0.1"},
		{"[::ffff:10.0.0.1]:1", "192.0.2.1", "192.0.2.1"},
		{"@", "192.0.2.1", "192.0.2.1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = row.from
		if row.forwarded != "" {
			r.Header.Set("X-Forwarded-For", row.forwarded)
		}
		if got, _, _ := f.clientOf(r); got.String() != row.want {
			t.Errorf("%s with %q: %s, want %s", row.from, row.forwarded, got, row.want)
		}
	}
}

// Ten wrong logins a minute are free, then each costs 1, 2, 4 … 60 s.
func TestFailureLimits(t *testing.T) {
	at, peer := time.Unix(1e9, 0), netip.MustParseAddr("203.0.113.9")
	f := newFailureLimits(10)
	for range 9 {
		f.miss("alice", peer, at)
	}
	if w := f.wait("alice", peer, at); w != 0 {
		t.Fatalf("nine misses cost %s", w)
	}
	for _, want := range []int{1, 2, 4, 8, 16, 32, 60, 60} {
		f.miss("alice", peer, at)
		w := f.wait("Alice", netip.MustParseAddr("203.0.113.200"), at)
		if w != time.Duration(want)*time.Second {
			t.Fatalf("waits %s, want %ds", w, want)
		}
		at = at.Add(w)
	}
	if w := f.wait("alice", netip.MustParseAddr("198.51.100.1"), at.Add(-time.Second)); w != 0 {
		t.Errorf("the owner in another network waits %s", w)
	}
	f.miss("zoe", netip.MustParseAddr("198.51.100.1"), at)
	f.miss("alice", peer, at)
	if w := f.wait("alice", netip.MustParseAddr("198.51.100.1"), at); w != 0 {
		t.Errorf("beside somebody who guesses, the owner waits %s", w)
	}
	f.miss("alice", netip.MustParseAddr("198.51.100.1"), at)
	if w := f.wait("alice", netip.MustParseAddr("198.51.100.1"), at); w != time.Minute {
		t.Errorf("who guesses from a second network waits %s", w)
	}
	at = at.Add(2*time.Minute + failureWindow)
	f.miss("alice", peer, at)
	if w := f.wait("alice", peer, at); w != 0 {
		t.Errorf("after a quiet while one miss costs %s", w)
	}
	six := netip.MustParseAddr("2001:db8:1::1")
	for range 10 {
		f.miss("bob", six, at)
	}
	for name, want := range map[string]time.Duration{"bob": time.Second, "carol": 0} {
		if w := f.wait(name, netip.MustParseAddr("2001:db8:1:ffff::2"), at); w != want {
			t.Errorf("in the same /48 %s waits %s", name, w)
		}
	}
	f.miss("carol", six, at)
	if w := f.wait("carol", six, at); w != 2*time.Second {
		t.Errorf("a miss in a network under penalty costs %s", w)
	}
}

// The failures of others in one's own network lock nobody out: at once with a name that has not
// failed from there, else within 60 s, whatever they do meanwhile (reliability.md §2).
func TestFailuresOfOthers(t *testing.T) {
	f := newFixture(t, nil)
	ok, wrong := basicHeader("alice", "wonder land"), basicHeader("alice", "typing error")
	others := func(when string) {
		t.Helper()
		for i := range 30 {
			f.ask("PROPFIND", "/dav/", "192.0.2.1:1", basicHeader(fmt.Sprint("guess", i), when), "X-Forwarded-Proto", "https")
		}
	}
	f.opt.PlainLogin = true
	others("first")
	if w := f.ask("PROPFIND", "/dav/", "192.0.2.77:1", ok); w.Code != 207 {
		t.Errorf("at once: status %d", w.Code)
	}
	f.setPassword(t, "looking glass")
	if w := f.ask("PROPFIND", "/dav/", "192.0.2.77:1", wrong); w.Code != 401 {
		t.Errorf("mistyped: status %d", w.Code)
	}
	if w := f.ask("PROPFIND", "/dav/", "192.0.2.77:1", basicHeader("alice", "looking glass")); w.Code != 429 {
		t.Errorf("right after a wrong one: status %d", w.Code)
	}
	for range 6 {
		f.clock.advance(10 * time.Second)
		others(f.clock.now().String())
	}
	if w := f.ask("PROPFIND", "/dav/", "192.0.2.77:1", basicHeader("AL@example.org", "looking glass")); w.Code != 207 {
		t.Errorf("within a minute: status %d", w.Code)
	}
}

// A client that is left with an old password costs nobody anything: it repeats one guess.
func TestOldPasswordRepeated(t *testing.T) {
	f := newFixture(t, nil)
	for i := range 100 {
		if w := f.ask("PROPFIND", "/dav/", home, basicHeader("alice", "last year's")); w.Code != 401 {
			t.Fatalf("try %d: status %d", i, w.Code)
		}
	}
	if w := f.ask("PROPFIND", "/dav/", home, basicHeader("alice", "wonder land")); w.Code != 207 {
		t.Errorf("the right one beside it: status %d", w.Code)
	}
	f.setPassword(t, "last year's")
	if w := f.ask("PROPFIND", "/dav/", home, basicHeader("alice", "last year's")); w.Code != 207 {
		t.Errorf("when it is the password again: status %d", w.Code)
	}
	f.clock.advance(DefaultCredentialTTL + time.Second)
	for i := range 12 {
		f.ask("PROPFIND", "/dav/", home, basicHeader("alice", fmt.Sprint(i)))
	}
	if w := f.ask("PROPFIND", "/dav/", home, basicHeader("alice", "last year's")); w.Code != 207 {
		t.Errorf("what was right earlier is answered %d", w.Code)
	}
}

// The log has name, address and reason of each wrong sign-in, quoted, and no password.
func TestWrongSignInIsLogged(t *testing.T) {
	f := newFixture(t, nil)
	f.ask("PROPFIND", "/dav/", home, basicHeader("alice", "sesame"))
	f.ask("PROPFIND", "/dav/", home, basicHeader(`no body" address=1.2.3.4`, "sesame"))
	log := f.log.String()
	for _, want := range []string{`level=WARN msg="sign-in refused"`, `name=alice address=127.0.0.1 reason="wrong password"`,
		`name="no body\" address=1.2.3.4" address=127.0.0.1 reason="nobody has this name"`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s: %s", want, log)
		}
	}
	if strings.Contains(log, "sesame") {
		t.Errorf("the log has a password: %s", log)
	}
}

// Names are the same in whatever case people type them.
func TestNameInAnyCase(t *testing.T) {
	f := newFixture(t, nil)
	for _, name := range []string{"alice", "Alice", "ALICE", "AL@Example.org"} {
		if w := f.ask("PROPFIND", "/dav/", home, basicHeader(name, "wonder land")); w.Code != 207 || w.Body.String() != "alice" {
			t.Errorf("%s: status %d, %s", name, w.Code, w.Body)
		}
	}
}

func TestFailureLimitsAreBounded(t *testing.T) {
	f := newFailureLimits(10)
	now := time.Unix(1e9, 0)
	for i := range failureEntries * 2 {
		f.miss(fmt.Sprint("name", i), netip.AddrFrom4([4]byte{byte(i >> 16), byte(i >> 8), byte(i), 1}), now)
	}
	if len(f.m) > failureEntries+1 {
		t.Errorf("%d entries are remembered", len(f.m))
	}
}

// After the limit, 429 with Retry-After; who is known already is not held up.
func TestGuessing(t *testing.T) {
	f := newFixture(t, nil)
	ok := basicHeader("alice", "wonder land")
	if w := f.ask("PROPFIND", "/dav/", home, ok); w.Code != 207 {
		t.Fatal(w.Code)
	}
	for i := range 10 {
		if w := f.ask("PROPFIND", "/dav/", home, basicHeader("alice", fmt.Sprint(i))); w.Code != 401 {
			t.Fatalf("guess %d: %d", i, w.Code)
		}
	}
	w := f.ask("PROPFIND", "/dav/", home, basicHeader("alice", "eleven"))
	if w.Code != 429 || w.Header().Get("Retry-After") != "1" {
		t.Errorf("status %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	if w := f.ask("PROPFIND", "/dav/", home, ok); w.Code != 207 {
		t.Errorf("the right password is answered %d", w.Code)
	}
	f.clock.advance(time.Second)
	if w := f.ask("PROPFIND", "/dav/", home, basicHeader("alice", "eleven")); w.Code != 401 {
		t.Errorf("after a second: %d", w.Code)
	}
}

func TestHeaders(t *testing.T) {
	f := newFixture(t, nil)
	page := f.ask("GET", "/page", home, "").Header()
	for name, want := range map[string]string{
		"Content-Security-Policy": contentPolicy, "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
		"Cross-Origin-Resource-Policy": "same-origin", "Strict-Transport-Security": "",
	} {
		if page.Get(name) != want {
			t.Errorf("%s of a page: %q", name, page.Get(name))
		}
	}
	w := f.ask("PROPFIND", "/dav/", home, basicHeader("alice", "wonder land"),
		"Origin", "https://elsewhere.example", "Accept", "text/html", "Sec-Fetch-Mode", "navigate", "User-Agent", "Mozilla/5.0")
	dav := w.Header()
	if w.Code != 207 || dav.Get("Cache-Control") != "private, no-cache" || dav.Get("X-Content-Type-Options") != "nosniff" ||
		dav.Get("Set-Cookie") != "" || dav.Get("Access-Control-Allow-Origin") != "" || len(dav.Get("X-Request-Id")) != 16 {
		t.Errorf("%d %v", w.Code, dav)
	}
}

func TestTargetAndBodyLimits(t *testing.T) {
	f := newFixture(t, nil)
	ok := basicHeader("alice", "wonder land")
	if w := f.ask("PROPFIND", "/dav/"+strings.Repeat("x", 8192), home, ok); w.Code != 414 {
		t.Errorf("long address: %d", w.Code)
	}
	r := httptest.NewRequest("PUT", "/dav/x", strings.NewReader("x"))
	r.RemoteAddr, r.ContentLength = home, 64<<20+1
	w := httptest.NewRecorder()
	f.Handler().ServeHTTP(w, r)
	if w.Code != 413 {
		t.Errorf("large body: %d", w.Code)
	}
}

func TestPanicIsCaught(t *testing.T) {
	f := newFixture(t, nil)
	f.MountDAV("/bad", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret detail") }))
	w := f.ask("GET", "/bad", home, basicHeader("alice", "wonder land"))
	id := w.Header().Get("X-Request-Id")
	if w.Code != 500 || !strings.Contains(w.Body.String(), id) || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if !strings.Contains(f.log.String(), "secret detail") || !strings.Contains(f.log.String(), id) {
		t.Error("the log does not tell of the panic")
	}
	if m := f.ask("GET", "/metrics", home, ""); !strings.Contains(m.Body.String(), "convoke_panics_total 1") {
		t.Error("the panic is not counted")
	}
}

func TestAccessLog(t *testing.T) {
	f := newFixture(t, nil)
	f.MountDAV("/noted", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Note(r.Context(), "valid-sync-token", errors.New("token of another collection"))
		w.WriteHeader(403)
	}))
	f.ask("REPORT", "/noted?secret=1", home, basicHeader("alice", "wonder land"))
	log := f.log.String()
	for _, want := range []string{"principal=alice", "method=REPORT", "href=/noted", "status=403", "condition=valid-sync-token", "duration=", "request="} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s: %s", want, log)
		}
	}
	for _, not := range []string{"secret", "wonder", "Basic", "127.0.0.1"} {
		if strings.Contains(log, not) {
			t.Errorf("the log has %s: %s", not, log)
		}
	}
}

func TestHealth(t *testing.T) {
	broken := errors.New("disk")
	var now error
	f := newFixture(t, func(o *Options) { o.Ready = func(context.Context) error { return now } })
	if w := f.ask("GET", "/healthz", "203.0.113.9:1", ""); w.Code != 200 {
		t.Errorf("healthz %d", w.Code)
	}
	if w := f.ask("GET", "/readyz", "203.0.113.9:1", ""); w.Code != 200 {
		t.Errorf("readyz %d", w.Code)
	}
	now = broken
	if w := f.ask("GET", "/readyz", "203.0.113.9:1", ""); w.Code != 503 || strings.Contains(w.Body.String(), "disk") {
		t.Errorf("readyz %d %q", w.Code, w.Body)
	}
	for _, row := range []struct {
		from, forwarded string
		status          int
	}{{home, "", 200}, {"203.0.113.9:1", "", 404}, {home, "203.0.113.9", 404}} {
		var header []string
		if row.forwarded != "" {
			header = []string{"X-Forwarded-For", row.forwarded}
		}
		if w := f.ask("GET", "/metrics", row.from, "", header...); w.Code != row.status {
			t.Errorf("metrics from %s via %q: %d", row.from, row.forwarded, w.Code)
		}
	}
}

// waiting is a handler that holds its requests until they are let go.
type waiting struct{ entered, leave chan struct{} }

func newWaiting() *waiting { return &waiting{make(chan struct{}, 1000), make(chan struct{})} }

func (h *waiting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.entered <- struct{}{}
	<-h.leave
}

// Requests at once: 429 per user and per address, 503 for reports beyond the
// queue, each with Retry-After.
func TestRequestsAtOnce(t *testing.T) {
	for _, row := range []struct {
		what, method string
		change       func(*Limits)
		held, status int
	}{
		{"per user", "PROPFIND", func(l *Limits) { l.PerUser = 2 }, 2, 429},
		{"per address", "PROPFIND", func(l *Limits) { l.PerAddress = 3 }, 3, 429},
	} {
		t.Run(row.what, func(t *testing.T) {
			f := newFixture(t, func(o *Options) { row.change(&o.Limits) })
			h := newWaiting()
			f.MountDAV("/hold", h)
			ok := basicHeader("alice", "wonder land")
			var done sync.WaitGroup
			for range row.held {
				done.Go(func() { f.ask(row.method, "/hold", home, ok) })
			}
			for range row.held {
				<-h.entered
			}
			w := f.ask(row.method, "/hold", home, ok)
			if w.Code != row.status || w.Header().Get("Retry-After") == "" {
				t.Errorf("%d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
			}
			close(h.leave)
			done.Wait()
			if w := f.ask(row.method, "/dav/", home, ok); w.Code != 207 {
				t.Errorf("afterwards %d", w.Code)
			}
		})
	}
}

func TestGate(t *testing.T) {
	g := newGate(1, 1)
	first, err := g.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second := make(chan *slot)
	go func() {
		s, _ := g.enter(context.Background())
		second <- s
	}()
	for len(g.waiting) == 0 { // until the second has joined the queue
		select {
		case <-second:
			t.Fatal("two are at work at once")
		default:
		}
	}
	if _, err := g.enter(t.Context()); !errors.Is(err, errOverload) {
		t.Errorf("a third in the queue: %v", err)
	}
	first.pause() // waits for its wire
	s := <-second
	if s == nil || !s.held {
		t.Fatal("the second does not work while the first waits for the wire")
	}
	s.pause()
	first.resume()
	first.pause()
	if len(g.running) != 0 || len(g.waiting) != 0 {
		t.Error("places are not given back")
	}
	ctx, cancel := context.WithCancel(t.Context())
	held, _ := g.enter(ctx)
	cancel()
	if _, err := g.enter(ctx); err == nil {
		t.Error("a cancelled request still waits for a place")
	}
	held.pause()
}

// A request that costs as much as a report, such as a busy time request, takes a place among them for as long as it
// works (reliability.md §2).
func TestDearRequests(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Limits.DearAtOnce = 1 })
	gate := f.Server.dear
	f.MountDAV("/hold", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := errors.Join(Dear(r.Context()), Dear(r.Context())); err != nil || len(gate.running) != 1 {
			t.Errorf("%d places taken, %v", len(gate.running), err)
		}
		for range cap(gate.waiting) {
			gate.waiting <- struct{}{}
		}
		other := &request{Context: r.Context(), gate: gate}
		if err := Dear(other); !errors.Is(err, errOverload) {
			t.Errorf("beyond the queue: %v", err)
		}
		for range cap(gate.waiting) {
			<-gate.waiting
		}
	}))
	f.ask("POST", "/hold", home, basicHeader("alice", "wonder land"))
	if len(gate.running) != 0 {
		t.Error("the place is not given back")
	}
	if err := Dear(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestCredentialCache(t *testing.T) {
	c, err := newCredentialCache(5 * time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1e9, 0)
	a, b := c.name("Basic a"), c.name("Basic b")
	c.put(a, 7, 3, now)
	if got, ok := c.get(a, now.Add(4*time.Minute)); !ok || got.principal != 7 || got.generation != 3 {
		t.Errorf("%v %t", got, ok)
	}
	if _, ok := c.get(a, now.Add(5*time.Minute)); ok {
		t.Error("it is remembered too long")
	}
	if _, ok := c.get(b, now); ok {
		t.Error("one credential answers for another")
	}
	other, _ := newCredentialCache(time.Minute)
	if other.name("Basic a") == a {
		t.Error("names are the same after a restart")
	}
	for i := range credentialShards * credentialsInShard * 2 {
		c.put(c.name(fmt.Sprint(i)), 1, 1, now)
	}
	for i := range c.shards {
		if n := len(c.shards[i].m); n > credentialsInShard {
			t.Fatalf("a shard holds %d", n)
		}
	}
}

// listen serves the fixture on loopback until the test ends.
func (f *fixture) listen(t *testing.T) string {
	t.Helper()
	bound, err := f.Listen([]string{"127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.ServeOn(ctx, bound) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return bound[0].Addr().String()
}

// raw sends bytes and gives the first line of the answer, "" for a connection that
// was closed without one.
func raw(t *testing.T, addr, request string) (status string, closed bool) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return talk(t, c, request)
}

// talk is raw on a connection that is open.
func talk(t *testing.T, c net.Conn, request string) (status string, closed bool) {
	t.Helper()
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Minute))
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(c)
	line, _ := r.ReadString('\n')
	rest, _ := io.ReadAll(r)
	return strings.TrimSpace(line), !bytes.Contains(rest, []byte("HTTP/1.1"))
}

// Shapes by which a proxy and a server may disagree about where a request ends
// (reliability.md §3): 400, and nothing after it is read.
func TestSmuggling(t *testing.T) {
	f := newFixture(t, nil)
	smuggle(t, f.listen(t), raw)
}

// smuggle tries the shapes; raw sends one and gives the first line of the answer.
func smuggle(t *testing.T, addr string, raw func(t *testing.T, addr, request string) (string, bool)) {
	t.Helper()
	const auth = "Authorization: Basic YWxpY2U6d29uZGVyIGxhbmQ=\r\n"
	const next = "GET /dav/ HTTP/1.1\r\nHost: x\r\n\r\n"
	for _, row := range []struct{ what, head, body string }{
		{"two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n", "hello"},
		{"a length that is a list", "Content-Length: 5, 5\r\n", "hello"},
		{"a signed length", "Content-Length: +5\r\n", "hello"},
		{"a bad chunk size", "Transfer-Encoding: chunked\r\n", "zz\r\nhello\r\n0\r\n\r\n"},
		{"an unknown coding", "Transfer-Encoding: xchunked\r\n", "hello"},
		{"CR in a header", "X-A: a\rb\r\n", ""},
		{"NUL in a header", "X-A: a\x00b\r\n", ""},
		{"a blank before the colon", "Content-Length : 5\r\n", "hello"},
		{"a length and a coding", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"},
		{"a coding and a length", "transfer-encoding: chunked\r\ncontent-length: 5\r\n", "0\r\n\r\n"},
		{"a folded line", "X-A: a\r\n b\r\n", ""},
		{"a folded line with a TAB", "X-A: a\r\n\tb\r\n", ""},
		{"LF alone", "X-A: a\nX-B: b\r\n", ""},
		{"LF alone at the end", "X-A: a\r\n\nhello", ""},
		{"LF alone in a long line", "X-A: " + strings.Repeat("a", 5000) + "\n", ""},
		{"no host", "", ""},
	} {
		host := "Host: x\r\n"
		if row.what == "no host" {
			host = ""
		}
		status, closed := raw(t, addr, "PUT /dav/x HTTP/1.1\r\n"+host+auth+row.head+"\r\n"+row.body+next)
		refused := strings.HasPrefix(status, "HTTP/1.1 400") || strings.HasPrefix(status, "HTTP/1.1 501")
		if row.what == "a bad chunk size" {
			refused = true // the handler of this test does not read the body; what counts is the close
		}
		if !refused || !closed {
			t.Errorf("%s: %q, closed %t", row.what, status, closed)
		}
	}
}

// What is good passes, in whatever pieces it comes, and requests behind one another
// on a connection do.
func TestFraming(t *testing.T) {
	const good = "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\na\n b\n\r\n" +
		"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\n\n \n \n\r\nA\r\n0123456789\r\n0\r\nX-T: t\r\n\r\n" +
		"PROPFIND / HTTP/1.1\r\nContent-Length: 0\r\n\r\nGET / HTTP/1.1\r\nTE: trailers\r\nCookie: c\r\n\r\n"
	for _, row := range []struct {
		what, in, want string
	}{
		{"good", good + good, good + good},
		{"a fold behind good ones", good + "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", good + "GET / HTTP/1.1\r\nA: b\r\n" + spoiled},
		{"LF in a request line", "GET / HTTP/1.1\nHost: x\r\n", "GET / HTTP/1.1" + spoiled},
		{"LF in a trailer", "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\n\r\n",
			"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b" + spoiled},
		{"a coding in HTTP/1.0", "PUT /" + strings.Repeat("a", 100) + " HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
			"PUT /" + strings.Repeat("a", 100) + " HTTP/1.0\r\nTransfer-Encoding: chunked\r" + spoiled},
		{"both", "PUT / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
			"PUT / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r" + spoiled},
	} {
		for _, r := range []io.Reader{strings.NewReader(row.in), iotest.OneByteReader(strings.NewReader(row.in)), iotest.HalfReader(strings.NewReader(row.in))} {
			got, err := io.ReadAll(&framed{in: r})
			if err != nil || string(got) != row.want {
				t.Errorf("%s: %q, %v", row.what, got, err)
			}
		}
	}
}

func FuzzFraming(f *testing.F) {
	f.Add([]byte("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1\r\nA: b\r\n c\r\n"))
	f.Add([]byte("GET / HTTP/1.1\r\nContent-Length: 2\r\n\r\nabGET"))
	f.Fuzz(func(t *testing.T, data []byte) {
		whole, err := io.ReadAll(&framed{in: bytes.NewReader(data)})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(whole, data) {
			kept, ok := bytes.CutSuffix(whole, []byte(spoiled))
			if !ok || !bytes.HasPrefix(data, kept) {
				t.Fatalf("%q became %q", data, whole)
			}
		}
		pieces, _ := io.ReadAll(&framed{in: iotest.OneByteReader(bytes.NewReader(data))})
		if !bytes.Equal(whole, pieces) {
			t.Fatalf("in pieces %q, at once %q", pieces, whole)
		}
	})
}

func TestHeaderBlockLimit(t *testing.T) {
	f := newFixture(t, nil)
	addr := f.listen(t)
	status, _ := raw(t, addr, "GET / HTTP/1.1\r\nHost: x\r\nX-A: "+strings.Repeat("a", 66<<10)+"\r\n\r\n")
	if !strings.HasPrefix(status, "HTTP/1.1 431") {
		t.Errorf("%q", status)
	}
}

// A body that comes too slowly ends; one that moves may take long.
func TestSlowBody(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Limits.BodyWindow, o.Limits.BodyBytesPerSec = time.Second, 1024
	})
	got := make(chan error, 1)
	f.MountDAV("/slow", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		got <- err
	}))
	addr := f.listen(t)
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _ = io.WriteString(c, "PUT /slow HTTP/1.1\r\nHost: x\r\nAuthorization: "+basicHeader("alice", "wonder land")+
		"\r\nContent-Length: 100\r\n\r\nhello")
	if err := <-got; !errors.Is(err, errSlowBody) {
		t.Errorf("%v", err)
	}
}

// A header that does not end closes the connection; others are served meanwhile.
func TestSlowHeaderAndIdle(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Limits.ReadHeader, o.Limits.Idle = 200*time.Millisecond, 200*time.Millisecond
	})
	addr := f.listen(t)
	var conns []net.Conn
	for range 50 {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost:")
		conns = append(conns, c)
	}
	resp, err := http.Get("http://" + addr + "/healthz")
	for err != nil { // this machine was too slow as well, and so the connection was closed
		resp, err = http.Get("http://" + addr + "/healthz")
	}
	if resp.StatusCode != 200 {
		t.Fatal(resp.Status)
	}
	_ = resp.Body.Close()
	for _, c := range conns {
		_ = c.SetReadDeadline(time.Now().Add(5 * time.Minute))
		if _, err := io.ReadAll(c); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal("a half header keeps its connection")
		}
	}
}

func TestConnectionLimit(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Limits.Connections = 1 })
	addr := f.listen(t)
	first, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	_, _ = io.WriteString(first, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
	if line, _ := bufio.NewReader(first).ReadString('\n'); !strings.Contains(line, "200") {
		t.Fatal(line)
	}
	second, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	_ = second.SetDeadline(time.Now().Add(5 * time.Minute))
	if n, err := second.Read(make([]byte, 1)); n != 0 || err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("a connection beyond the limit stays open")
	}
}

// BenchmarkIdentify is a request with credentials that are remembered, with all
// that the server adds to a handler but net/http's own work.
func BenchmarkIdentify(b *testing.B) {
	f := newFixture(b, func(o *Options) { o.Log = slog.New(slog.DiscardHandler) })
	f.MountDAV("/nothing", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	h := f.Handler()
	r := httptest.NewRequest("PROPFIND", "/nothing", nil)
	r.RemoteAddr = home
	r.Header.Set("Authorization", basicHeader("alice", "wonder land"))
	h.ServeHTTP(httptest.NewRecorder(), r)
	w := discard{h: make(http.Header)}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.h)
		h.ServeHTTP(w, r)
	}
}

type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

// The history knows the client's User-Agent, cut where it is too long, and valid.
func TestActorKnowsTheAgent(t *testing.T) {
	f := newFixture(t, nil)
	var got storage.Actor
	f.MountDAV("/actor", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		ctx := WithPrincipal(r.Context(), f.alice) // work on behalf of somebody keeps the request's facts
		got = ActorOf(ctx, "caldav")
	}))
	for agent, want := range map[string]string{
		"DAVx5/4.5": "DAVx5/4.5", "": "", "a\xffb": "ab", strings.Repeat("ä", 200): strings.Repeat("ä", 100),
	} {
		r := httptest.NewRequest("PUT", "/actor", nil)
		r.RemoteAddr = "127.0.0.1:1"
		r.Header.Set("User-Agent", agent)
		r.SetBasicAuth("alice", "wonder land")
		f.Handler().ServeHTTP(httptest.NewRecorder(), r)
		if got.Agent != want || got.PrincipalID != f.alice.ID || got.RequestID == "" {
			t.Errorf("%q: %+v", agent, got)
		}
	}
}
