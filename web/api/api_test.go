package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"convoke/caldav"
	"convoke/carddav"
	"convoke/scheduling"
	"convoke/server"
	"convoke/server/tree"
	"convoke/storage"
)

var bg = context.Background()

// fixture is the API over a store with alice, bob and carol of example.org, who sign in by a cookie that is their
// name. Mail goes out to others; nobody sends it.
type fixture struct {
	*API
	t       testing.TB
	store   *storage.Store
	sched   *scheduling.Service
	tree    *tree.Tree
	server  *server.Server
	people  map[string]*storage.Principal
	mu      sync.Mutex
	out     map[string]bool // who is signed out
	now     time.Time
	options Options
}

// sunday is the present of most tests.
var sunday = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

func newFixture(t testing.TB, change func(*fixture)) *fixture {
	t.Helper()
	f := &fixture{t: t, people: map[string]*storage.Principal{}, out: map[string]bool{}, now: sunday}
	log := slog.New(slog.DiscardHandler)
	var err error
	f.store, err = storage.Open(bg, t.TempDir(), storage.Options{Log: log, Clock: f.clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.store.Close() })
	for _, name := range []string{"alice", "bob", "carol"} {
		f.person(name)
	}
	f.sched = scheduling.New(f.store, scheduling.Options{
		Clock: f.clock, Exclusive: []string{"example.org"}, MailOut: true, MailIn: true, MayDeliver: tree.MayDeliver(f.store),
	})
	f.tree = tree.New(f.store, tree.Options{}, caldav.New(f.sched, caldav.Limits{}).Tree(), carddav.New(carddav.Options{}))
	f.options = Options{Store: f.store, Tree: f.tree, Scheduler: f.sched, Log: log, Identify: f.identify}
	if change != nil {
		change(f)
	}
	f.API = New(f.options)
	if f.server, err = server.New(server.Options{Store: f.store, Log: log}); err != nil {
		t.Fatal(err)
	}
	f.server.Mount("/api/*", f.API)
	return f
}

func (f *fixture) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *fixture) advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

// person makes somebody with the collections that everybody has.
func (f *fixture) person(name string) *storage.Principal {
	f.t.Helper()
	p := &storage.Principal{Kind: storage.KindUser, Name: name, DisplayName: strings.ToUpper(name[:1]) + name[1:],
		Addresses: []string{"mailto:" + name + "@example.org"}}
	f.update(func(tx *storage.Tx) error { return tx.CreatePrincipal(p) })
	f.people[name] = p
	return p
}

func (f *fixture) update(do func(*storage.Tx) error) {
	f.t.Helper()
	if err := f.store.Update(bg, storage.Actor{Door: "cli"}, do); err != nil {
		f.t.Fatal(err)
	}
}

// identify knows who asks by a cookie of their name.
func (f *fixture) identify(r *http.Request) (*storage.Principal, error) {
	cookie, err := r.Cookie("who")
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil || f.out[cookie.Value] {
		return nil, nil
	}
	return f.people[cookie.Value], nil
}

// collection finds one by its names below a home.
func (f *fixture) collection(home, owner string, names ...string) *storage.Collection {
	f.t.Helper()
	c, err := f.store.CollectionAt(bg, home, owner, names)
	if err != nil {
		f.t.Fatalf("%s of %s: %v", names, owner, err)
	}
	return c
}

func (f *fixture) calendar(owner, name string) *storage.Collection {
	f.t.Helper()
	return f.collection(storage.Calendars, owner, name)
}

// put stores a calendar object as its owner's client would.
func (f *fixture) put(owner, calendar, name, data string) *scheduling.Result {
	f.t.Helper()
	r, err := f.sched.Put(bg, &scheduling.Put{Actor: storage.Actor{PrincipalID: f.people[owner].ID, Door: "caldav", Agent: "Client/1"},
		Collection: f.calendar(owner, calendar), Name: name, Data: crlf(data)})
	if err != nil {
		f.t.Fatalf("put %s: %v", name, err)
	}
	return r
}

// card stores an address object.
func (f *fixture) card(owner, book, name, data string) {
	f.t.Helper()
	o := &storage.Object{Data: crlf(data)}
	o.CollectionID, o.Name, o.ContentType = f.collection(storage.AddressBooks, owner, book).ID, name, "text/vcard; charset=utf-8"
	o.UID, o.Component = strings.TrimSuffix(name, ".vcf"), "VCARD"
	f.update(func(tx *storage.Tx) error { _, err := tx.PutObject(o); return err })
}

// share lets somebody into a collection.
func (f *fixture) share(c *storage.Collection, with string, privileges uint32) {
	f.t.Helper()
	f.update(func(tx *storage.Tx) error {
		return tx.SetGrants(c.ID, []storage.Grant{{PrincipalID: f.people[with].ID, Privileges: privileges}})
	})
}

func crlf(s string) []byte {
	return []byte(strings.ReplaceAll(strings.TrimLeft(s, "\n"), "\n", "\r\n"))
}

// vevent is an object of one event with these lines.
func vevent(uid string, lines ...string) string {
	return "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Test//EN\nBEGIN:VEVENT\nUID:" + uid + "\nDTSTAMP:20261101T080000Z\n" +
		strings.Join(lines, "\n") + "\nEND:VEVENT\nEND:VCALENDAR\n"
}

// answer is what the API said.
type answer struct {
	t      testing.TB
	Code   int
	Header http.Header
	Body   []byte
}

// ask sends a request as somebody; body may be nil, text, or what becomes JSON.
func (f *fixture) ask(who, method, target string, body any) *answer {
	f.t.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			f.t.Fatal(err)
		}
		in = bytes.NewReader(text)
	}
	r := httptest.NewRequest(method, target, in)
	if who != "" {
		r.AddCookie(&http.Cookie{Name: "who", Value: who})
	}
	w := httptest.NewRecorder()
	f.server.Handler().ServeHTTP(w, r)
	return &answer{f.t, w.Code, w.Header(), w.Body.Bytes()}
}

// into reads the answer, which must have this status.
func (a *answer) into(status int, v any) {
	a.t.Helper()
	if a.Code != status {
		a.t.Fatalf("status %d, want %d: %s", a.Code, status, a.Body)
	}
	if v == nil {
		return
	}
	if err := json.Unmarshal(a.Body, v); err != nil {
		a.t.Fatalf("%v: %s", err, a.Body)
	}
}

// refused asks for a refusal with this status and code.
func (a *answer) refused(status int, code string) {
	a.t.Helper()
	var p struct{ Code, Message string }
	a.into(status, &p)
	if p.Code != code || p.Message == "" {
		a.t.Errorf("refused with %q (%s), want %q", p.Code, p.Message, code)
	}
}

// What changes something is refused to other sites and to nobody (reliability.md §7).
func TestStateChangingRoutes(t *testing.T) {
	f := newFixture(t, nil)
	for _, r := range f.routes() {
		method, path, _ := strings.Cut(r.pattern, " ")
		path = strings.NewReplacer("{id}", "1").Replace(path)
		if r.access != anybody {
			a := f.ask("", method, path, nil)
			a.refused(http.StatusUnauthorized, "signed-out")
			if got := a.Header.Get("WWW-Authenticate"); got != challenge {
				t.Errorf("%s: challenge %q", r.pattern, got)
			}
		}
		if method == http.MethodGet {
			continue
		}
		req := httptest.NewRequest(method, path, nil)
		req.AddCookie(&http.Cookie{Name: "who", Value: "alice"})
		req.Header.Set("Sec-Fetch-Site", "cross-site")
		w := httptest.NewRecorder()
		f.server.Handler().ServeHTTP(w, req)
		(&answer{t, w.Code, w.Header(), w.Body.Bytes()}).refused(http.StatusForbidden, "cross-origin")
	}
}

// busy is Review of a test: it decides by doing something.
type busy func()

func (b busy) Accept(context.Context, storage.Actor, int64, bool) error { b(); return nil }
func (b busy) Reject(context.Context, storage.Actor, int64) error       { return nil }

// As many requests of one person are under way as may be, by whichever door: another one is refused, those of others are
// not, and open pages do not count.
func TestRequestsAtOnce(t *testing.T) {
	var during func()
	f := newFixture(t, func(f *fixture) { f.options.Review = busy(func() { during() }) })
	var err error
	f.server, err = server.New(server.Options{Store: f.store, Log: f.o.Log, Limits: server.Limits{PerUser: 1}})
	if err != nil {
		t.Fatal(err)
	}
	f.server.Mount("/api/*", f.API)
	f.update(func(tx *storage.Tx) error {
		return tx.Hold(&storage.Held{PrincipalID: f.people["alice"].ID, Sender: "x@example.net", UID: "x", Method: "REQUEST"})
	})
	held, err := f.store.HeldMessages(bg, f.people["alice"].ID)
	if err != nil || len(held) != 1 {
		t.Fatalf("held: %v %v", held, err)
	}
	f.open("alice")
	during = func() {
		a := f.ask("alice", "GET", "/api/trash", nil)
		a.refused(http.StatusTooManyRequests, "too-many-at-once")
		if a.Header.Get("Retry-After") != "1" {
			t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
		}
		f.ask("bob", "GET", "/api/trash", nil).into(http.StatusOK, nil)
	}
	f.ask("alice", "POST", "/api/review/"+formatID(held[0].ID), `{"action":"accept"}`).into(http.StatusNoContent, nil)
	f.ask("alice", "GET", "/api/trash", nil).into(http.StatusOK, nil)
}

// page is an open event stream.
type page struct {
	t    testing.TB
	in   *bufio.Scanner
	stop func()
}

// open opens the event stream of somebody over HTTP.
func (f *fixture) open(who string) *page {
	f.t.Helper()
	return f.openBy(&http.Cookie{Name: "who", Value: who})
}

// openBy is open for whose cookie this is.
func (f *fixture) openBy(cookie *http.Cookie) *page {
	f.t.Helper()
	site := httptest.NewServer(f.server.Handler())
	ctx, cancel := context.WithCancel(bg)
	f.t.Cleanup(func() { cancel(); site.Close() })
	return f.openAt(ctx, cancel, site.URL, cookie)
}

func (f *fixture) openAt(ctx context.Context, cancel func(), base string, cookie *http.Cookie) *page {
	f.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/api/events", nil)
	if err != nil {
		f.t.Fatal(err)
	}
	r.AddCookie(cookie)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		f.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		f.t.Fatalf("status %d", resp.StatusCode)
	}
	if got := resp.Header.Get("X-Accel-Buffering"); got != "no" {
		f.t.Errorf("X-Accel-Buffering: %q", got)
	}
	p := &page{t: f.t, in: bufio.NewScanner(resp.Body), stop: cancel}
	if got := p.next(); got != ": ready" {
		f.t.Fatalf("the stream begins with %q", got)
	}
	return p
}

// next gives the next event, or comment, in one line; "" at the end.
func (p *page) next() string {
	var lines []string
	for p.in.Scan() {
		if p.in.Text() == "" {
			return strings.Join(lines, " ")
		}
		lines = append(lines, p.in.Text())
	}
	return ""
}

// wants reads events as they come and asks for these.
func (p *page) wants(events ...string) {
	p.t.Helper()
	for _, want := range events {
		if got := p.next(); got != want {
			p.t.Fatalf("event %q, want %q", got, want)
		}
	}
}

func (f *fixture) changed(href string, c *storage.Collection) string {
	f.t.Helper()
	now, err := f.store.CollectionByID(bg, c.ID)
	if err != nil {
		f.t.Fatal(err)
	}
	return fmt.Sprintf(`event: change data: {"href":%q,"token":%q}`, href, f.store.SyncToken(c.ID, now.Change))
}

// as gives a context in which somebody asks.
func (f *fixture) as(who string) context.Context { return server.WithPrincipal(bg, f.people[who]) }
