package web

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"convoke/server"
	"convoke/storage"
	"convoke/web/session"

	"github.com/pquerna/otp/totp"
)

// entrance is a server with the pages of signing in, and alice (password "wonder land").
type entrance struct {
	*server.Server
	store  *storage.Store
	keeper *session.Keeper
	site   *Site
	door   *session.Door
	alice  *storage.Principal
}

func newEntrance(t *testing.T) *entrance {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	store, err := storage.Open(t.Context(), t.TempDir(), storage.Options{Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	e := &entrance{store: store, keeper: session.New(session.Options{Store: store, Log: quiet})}
	if e.Server, err = server.New(server.Options{Store: store, Log: quiet, Bearer: e.keeper.Bearer}); err != nil {
		t.Fatal(err)
	}
	if e.site, err = New(); err != nil {
		t.Fatal(err)
	}
	e.door = &session.Door{Keeper: e.keeper, Guard: e.Server}
	e.Mount("/signin", e.site.SignIn(e.door))
	return e
}

func (e *entrance) addAlice(t *testing.T) {
	t.Helper()
	e.alice = &storage.Principal{Kind: storage.KindUser, Name: "alice", Addresses: []string{"mailto:alice@example.org"}}
	hash, err := e.store.HashPassword(t.Context(), "wonder land")
	if err != nil {
		t.Fatal(err)
	}
	err = e.store.Update(t.Context(), storage.Actor{}, func(tx *storage.Tx) error {
		if err := tx.CreatePrincipal(e.alice); err != nil {
			return err
		}
		return tx.SetPassword(e.alice.ID, hash)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ask sends a request; form is nil for GET. head are names and values.
func (e *entrance) ask(target string, form url.Values, head ...string) *httptest.ResponseRecorder {
	method, body := "GET", io.Reader(nil)
	if form != nil {
		method, body = "POST", strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, target, body)
	r.RemoteAddr = "127.0.0.1:5000"
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	e.Handler().ServeHTTP(w, r)
	return w
}

func TestSignInPage(t *testing.T) {
	e := newEntrance(t)
	e.addAlice(t)
	w := e.ask("/signin?to=/contacts", nil, "Accept-Language", "de")
	if body := w.Body.String(); w.Code != 200 || !strings.Contains(body, `<html lang="de">`) || !strings.Contains(body, `name="to" value="/contacts"`) ||
		!strings.Contains(body, "<h1>Anmelden</h1>") || w.Header().Get("Cache-Control") != "private, no-store" {
		t.Errorf("the page: %d %v %s", w.Code, w.Header(), body)
	}
	w = e.ask(`/signin?to=//evil.example/"><script>`, nil)
	if strings.Contains(w.Body.String(), "evil") || strings.Contains(w.Body.String(), "<script>") {
		t.Errorf("the link gets into the page: %s", w.Body)
	}
	right := url.Values{"name": {"alice"}, "password": {"wonder land"}, "to": {"/contacts"}}
	for _, wrong := range []url.Values{
		{"name": {`al"<ice`}, "password": {"wonder land"}}, {"name": {"alice"}, "password": {"wonderland"}}, {"name": {"alice"}}, {},
	} {
		w := e.ask("/signin", wrong)
		if w.Code != 403 || !strings.Contains(w.Body.String(), "This name and password do not fit.") || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%v: %d %s", wrong, w.Code, w.Body)
		}
		if strings.Contains(w.Body.String(), "wonder") || strings.Contains(w.Body.String(), `al"<`) {
			t.Errorf("%v: what was typed comes back: %s", wrong, w.Body)
		}
	}
	w = e.ask("/signin", right)
	cookie := w.Result().Cookies()
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/contacts" || len(cookie) != 1 || cookie[0].MaxAge != 0 {
		t.Fatalf("signing in: %d %v", w.Code, w.Header())
	}
	if w := e.ask("/signin?to=/tasks", nil, "Cookie", cookie[0].String()); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/tasks" {
		t.Errorf("signed in already: %d %v", w.Code, w.Header())
	}
	right.Set("to", "https://evil.example/calendar")
	right.Set("keep", "1")
	w = e.ask("/signin", right)
	if w.Header().Get("Location") != "/" || w.Result().Cookies()[0].MaxAge <= 0 {
		t.Errorf("a foreign target: %v", w.Header())
	}
	for _, head := range [][]string{{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Origin", "null"}} {
		if w := e.ask("/signin", right, head...); w.Code != 403 || w.Header().Get("Set-Cookie") != "" || !strings.Contains(w.Body.String(), "Nothing was changed") {
			t.Errorf("%v: %d %v", head, w.Code, w.Header())
		}
	}
	r := httptest.NewRequest("DELETE", "/signin", nil)
	r.RemoteAddr = "127.0.0.1:1"
	rec := httptest.NewRecorder()
	e.Handler().ServeHTTP(rec, r)
	if rec.Code != 405 || rec.Header().Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("DELETE: %d", rec.Code)
	}
}

// The code is asked for on a page of its own, which knows that the password was right and from whom.
func TestCodePage(t *testing.T) {
	e := newEntrance(t)
	e.addAlice(t)
	secret, _, err := e.keeper.NewTOTP(t.Context(), e.alice)
	if err != nil {
		t.Fatal(err)
	}
	// Confirmed as by the first code, a while ago.
	if err := e.store.Update(t.Context(), storage.Actor{}, func(tx *storage.Tx) error { _, err := tx.UseTOTP(e.alice.ID, 1); return err }); err != nil {
		t.Fatal(err)
	}
	w := e.ask("/signin", url.Values{"name": {"alice"}, "password": {"wonder land"}, "to": {"/tasks"}, "keep": {"1"}})
	ticket := regexp.MustCompile(`name="ticket" value="([^"]+)"`).FindStringSubmatch(w.Body.String())
	if w.Code != 200 || ticket == nil || w.Header().Get("Set-Cookie") != "" {
		t.Fatalf("after the password: %d %v %s", w.Code, w.Header(), w.Body)
	}
	now, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"ticket": {ticket[1]}, "code": {"000000"}, "to": {"/tasks"}, "keep": {"1"}}
	if w := e.ask("/signin", form); w.Code != 403 || !strings.Contains(w.Body.String(), "This code is not right") || !strings.Contains(w.Body.String(), `name="ticket"`) {
		t.Errorf("a wrong code: %d %s", w.Code, w.Body)
	}
	form.Set("code", now)
	other := "A"
	if ticket[1][10] == 'A' {
		other = "B"
	}
	form.Set("ticket", ticket[1][:10]+other+ticket[1][11:])
	if w := e.ask("/signin", form); w.Code != 403 || w.Header().Get("Set-Cookie") != "" {
		t.Errorf("a changed ticket: %d", w.Code)
	}
	form.Set("ticket", ticket[1])
	w = e.ask("/signin", form)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/tasks" || w.Result().Cookies()[0].MaxAge <= 0 {
		t.Errorf("the right one: %d %v %s", w.Code, w.Header(), w.Body)
	}
	// A change of password makes the ticket void.
	hash, err := e.store.HashPassword(t.Context(), "looking glass")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.store.Update(t.Context(), storage.Actor{}, func(tx *storage.Tx) error { return tx.SetPassword(e.alice.ID, hash) }); err != nil {
		t.Fatal(err)
	}
	if form.Set("code", "000000"); !strings.Contains(e.ask("/signin", form).Body.String(), "This name and password do not fit") {
		t.Error("the ticket outlives the password")
	}
}

// Whatever a link asks for, nobody is led to another host.
func FuzzTarget(f *testing.F) {
	for _, seed := range []string{"/calendar", "//evil.example", `/\evil.example`, "/calendar/../..//evil.example", "/calendar/\x00", "/calendar?//x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, asked string) {
		got := target(asked)
		if !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") || strings.HasPrefix(got, `/\`) || strings.ContainsAny(got, "\r\n\t") {
			t.Errorf("%q leads to %q", asked, got)
		}
	})
}
