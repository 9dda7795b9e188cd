package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"convoke/storage"
)

// withSetup mounts the first run, which refuses the name "bad".
func (e *entrance) withSetup(t *testing.T) (o *Setup, key string) {
	t.Helper()
	o = NewSetup(&Setup{Store: e.store, Door: e.door, Create: func(ctx context.Context, a Administrator) error {
		if a.Name == "bad" {
			return Refusal(`"bad" cannot be a name`)
		}
		if strings.HasPrefix(a.Name, "ann") && a.Language != "de" {
			t.Errorf("a page in German makes somebody of %q", a.Language)
		}
		p := &storage.Principal{Kind: storage.KindUser, Name: a.Name, DisplayName: a.DisplayName, Addresses: []string{a.Address}, Admin: true}
		hash, err := e.store.HashPassword(ctx, a.Password)
		if err != nil {
			return err
		}
		return e.store.Update(ctx, storage.Actor{}, func(tx *storage.Tx) error {
			if err := tx.CreatePrincipal(p); err != nil {
				return err
			}
			return tx.SetPassword(p.ID, hash)
		})
	}})
	e.Mount("/setup", e.site.Setup(o))
	link, err := o.Link(t.Context())
	if err != nil || !strings.HasPrefix(link, "/setup?key=") {
		t.Fatalf("link %q: %v", link, err)
	}
	return o, strings.TrimPrefix(link, "/setup?key=")
}

func TestSetup(t *testing.T) {
	e := newEntrance(t)
	o, key := e.withSetup(t)
	if len(key) < 32 {
		t.Errorf("the key is too short: %q", key)
	}
	if w := e.ask("/signin", nil); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/setup" {
		t.Errorf("signing in while there is nobody: %d %v", w.Code, w.Header())
	}
	form := url.Values{"name": {"ann"}, "display": {"Ann Example"}, "address": {"ann@example.org"}, "password": {"wonder land"}}
	with := func(change ...string) url.Values {
		f := url.Values{"key": {key}}
		for name, v := range form {
			f[name] = v
		}
		for i := 0; i < len(change); i += 2 {
			f.Set(change[i], change[i+1])
		}
		return f
	}
	// Whoever has not the link gets nowhere, though on this machine.
	for _, wrong := range []string{"/setup", "/setup?key=", "/setup?key=x", "/setup?key=" + key[:len(key)-1]} {
		if w := e.ask(wrong, nil); w.Code != 403 || strings.Contains(w.Body.String(), "<form") || strings.Contains(w.Body.String(), key) {
			t.Errorf("%s: %d %s", wrong, w.Code, w.Body)
		}
	}
	if w := e.ask("/setup?key="+key, with("key", "x")); w.Code != 403 {
		t.Errorf("POST with a wrong key: %d", w.Code)
	}
	if w := e.ask("/setup?key="+key, nil); w.Code != 200 || !strings.Contains(w.Body.String(), `action="/setup"`) {
		t.Errorf("the form: %d %s", w.Code, w.Body)
	}
	for sentence, f := range map[string]url.Values{
		"at least 8 characters":                 with("password", "seven77"),
		"This password is too long":             with("password", strings.Repeat("x", 1025)),
		"&#34;bad&#34; cannot be a name":        with("name", "bad"),
		"Signing in is not possible right now.": with("name", ""),
	} {
		w := e.ask("/setup", f)
		if !strings.Contains(w.Body.String(), sentence) || w.Header().Get("Set-Cookie") != "" || strings.Contains(w.Body.String(), "wonder land") {
			t.Errorf("%s: %d %s", sentence, w.Code, w.Body)
		}
	}
	if w := e.ask("/setup", with(), "Origin", "https://evil.example"); w.Code != 403 {
		t.Errorf("from another site: %d", w.Code)
	}
	r := httptest.NewRequest("POST", "/setup", strings.NewReader(with().Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.RemoteAddr = "203.0.113.9:1"
	plain := httptest.NewRecorder()
	if e.Handler().ServeHTTP(plain, r); plain.Code != 403 || !strings.Contains(plain.Body.String(), "encrypted") {
		t.Errorf("over plain HTTP from elsewhere: %d %s", plain.Code, plain.Body)
	}

	// Two at once make one administrator.
	var all sync.WaitGroup
	answers := make([]*httptest.ResponseRecorder, 4)
	for i := range answers {
		all.Go(func() {
			answers[i] = e.ask("/setup", with("name", "ann"+string(rune('a'+i))), "Accept-Language", "de-AT,en;q=0.5")
		})
	}
	all.Wait()
	var made []*httptest.ResponseRecorder
	for _, w := range answers {
		switch w.Code {
		case http.StatusSeeOther:
			made = append(made, w)
		case http.StatusConflict:
		default:
			t.Errorf("one of many: %d %s", w.Code, w.Body)
		}
	}
	people, _ := e.store.Principals(t.Context())
	if len(made) != 1 || len(people) != 1 || !people[0].Admin || people[0].Addresses[0] != "mailto:ann@example.org" {
		t.Fatalf("%d administrators, people %v", len(made), people)
	}

	// It is over: the key opens nothing more.
	if w := e.ask("/setup", with("name", "eve")); w.Code != http.StatusConflict {
		t.Errorf("a second time: %d", w.Code)
	}
	if w := e.ask("/setup?key="+key, nil); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/signin" {
		t.Errorf("the link afterwards: %d %v", w.Code, w.Header())
	}
	if link, err := o.Link(t.Context()); link != "" || err != nil {
		t.Errorf("a link is still told: %q %v", link, err)
	}
	w := e.ask("/setup", nil, "Cookie", made[0].Result().Cookies()[0].String())
	if w.Code != 200 || !strings.Contains(w.Body.String(), "Convoke is ready") || !strings.Contains(w.Body.String(), "No mail goes out yet") {
		t.Errorf("what comes next: %d %s", w.Code, w.Body)
	}
}

// Programs that are told a mail address find the server by these (RFC 6764 §3, §4).
func TestRecords(t *testing.T) {
	who := &storage.Principal{Addresses: []string{"mailto:ann@example.org"}}
	got := recordsFor("https://cal.example.org", who)
	want := []Record{
		{"_caldavs._tcp.example.org.", "SRV", "0 1 443 cal.example.org."}, {"_caldavs._tcp.example.org.", "TXT", `"path=/dav/"`},
		{"_carddavs._tcp.example.org.", "SRV", "0 1 443 cal.example.org."}, {"_carddavs._tcp.example.org.", "TXT", `"path=/dav/"`},
	}
	if len(got) != len(want) {
		t.Fatalf("records: %v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("record %d: %v, want %v", i, got[i], want[i])
		}
	}
	if got := recordsFor("https://cal.example.org:8443", who); got[0].Value != "0 1 8443 cal.example.org." {
		t.Errorf("another port: %v", got[0])
	}
	for _, address := range []string{"http://cal.example.org", "https://192.0.2.1", "https://[2001:db8::1]", ""} {
		if got := recordsFor(address, who); got != nil {
			t.Errorf("%s: %v", address, got)
		}
	}
}
