package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"convoke/internal/icalendar"
	"convoke/server"
	"convoke/storage"
)

// until looks again and again whether something is so, as mail takes its time.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(5 * time.Minute); !so(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("it never came: %s", what)
		}
	}
}

// The demo's outside is a real one: what Anna organizes reaches the mailbox by SMTP, and what is done there changes her
// calendar by LMTP and the rules of trust alone.
func TestDemoWorld(t *testing.T) {
	conf, err := loadConfig("", nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	conf.Server.Listen, conf.Domains.Exclusive = []string{"127.0.0.1:0"}, []string{demoDomain}
	w, err := newDemoWorld(conf, dir)
	if err != nil {
		t.Fatal(err)
	}
	h, err := openHouse(t.Context(), dir, conf, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	w.beside(h)
	if err := h.furnish(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	started, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- h.serve(ctx, func(b []*server.Bound) { started <- b[0].URL }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	base := <-started

	anna, err := h.store.PrincipalByName(ctx, "anna")
	if err != nil {
		t.Fatal(err)
	}
	// status is the answer of an attendee in Anna's copy of an event, "" where there is none.
	status := func(uid, attendee string) string {
		found, err := h.store.FindUID(ctx, anna.ID, uid)
		if err != nil || len(found) == 0 {
			return ""
		}
		o, err := icalendar.Parse(found[0].Data)
		if err != nil {
			t.Fatal(err)
		}
		for a := range o.Master().All("ATTENDEE") {
			if strings.EqualFold(a.Value, "mailto:"+attendee) {
				return a.Param("PARTSTAT")
			}
		}
		return ""
	}
	until(t, "an invitation of somebody known", func() bool { return status("outside-exhibition@example.net", "anna@example.org") == "NEEDS-ACTION" })
	until(t, "one of nobody known, for review", func() bool {
		held, err := h.store.HeldMessages(ctx, anna.ID)
		return err == nil && len(held) == 1 && held[0].UID == "outside-prize@example.com"
	})
	until(t, "the answer of somebody outside", func() bool { return status(demoMeeting.uid(), outsider) == yes })

	press := func(path string, form url.Values, head ...string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(ctx, "POST", base+mailboxPath+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := 0; i+1 < len(head); i += 2 {
			r.Header.Set(head[i], head[i+1])
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := readAll(resp.Body, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(text)
	}
	if resp, err := http.Get(base + mailboxPath); err != nil {
		t.Error(err)
	} else {
		text, err := readAll(resp.Body, 1<<20)
		resp.Body.Close()
		if err != nil || !strings.Contains(string(text), "/css/page.css") || !strings.Contains(string(text), "<h1>Mailbox of Clara Novak</h1>") {
			t.Errorf("the mailbox has no frame: %v %s", err, text)
		}
	}
	id := url.Values{"id": {"0"}, "hours": {"2"}}
	for _, m := range w.list() {
		if m.calendar != nil && m.calendar.UID() == demoMeeting.uid() {
			id.Set("id", strconv.Itoa(m.ID))
		}
	}
	id.Set("answer", no)
	if code, _ := press("/answer", id, "Sec-Fetch-Site", "cross-site"); code != http.StatusForbidden {
		t.Errorf("another site presses a button: %d", code)
	}
	if code, text := press("/answer", id); code != 200 || !strings.Contains(text, "declined") || !strings.Contains(text, "Contract with Clara Novak") {
		t.Errorf("declining: %d %s", code, text)
	}
	until(t, "the refusal", func() bool { return status(demoMeeting.uid(), outsider) == no })
	id.Set("answer", "COUNTER")
	press("/answer", id)
	until(t, "the proposal", func() bool {
		held, err := h.store.HeldMessages(ctx, anna.ID)
		return err == nil && len(held) == 2 && held[1].Method == "COUNTER"
	})
	if code, _ := press("/invite", url.Values{"title": {"Coffee"}, "at": {"2031-05-06T10:00"}}); code != 200 {
		t.Errorf("inviting Anna: %d", code)
	}
	until(t, "the invitation that was made on the page", func() bool {
		seen, _, err := h.store.ReceivedPage(ctx, storage.Page{Limit: 10})
		return err == nil && len(seen) > 0 && strings.HasPrefix(seen[0].UID, "outside-") && seen[0].Action == "apply"
	})
	for _, bad := range []url.Values{{"answer": {yes}, "id": {"99999"}}, {"answer": {"COUNTER"}, "id": {"1"}, "hours": {"0"}}, {"answer": {"x"}, "id": {id.Get("id")}}} {
		if code, text := press("/answer", bad); code != http.StatusBadRequest || !strings.Contains(text, "alert") {
			t.Errorf("%v: %d", bad, code)
		}
	}
}

// What is proposed is moved with its zone, its date or in UTC, as it stood.
func TestShifted(t *testing.T) {
	for value, want := range map[string]string{"20260101T230000Z": "20260102T010000Z", "20260101T230000": "20260102T010000", "20260101": "20260101", "x": "x"} {
		if got := shifted(value, 2*time.Hour); got != want {
			t.Errorf("%s became %s", value, got)
		}
	}
}

// The outside ends with the demo, also where that is told to stop at once.
func TestDemoWorldStopsAtOnce(t *testing.T) {
	conf, err := loadConfig("", nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := newDemoWorld(conf, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.run(ctx); err != nil {
		t.Error(err)
	}
}
