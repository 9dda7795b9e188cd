package push

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"convoke/internal/timezone"
	"convoke/reminder"
	"convoke/storage"
)

// told sends a notice to a browser and gives what that reads, and how long its push service keeps it.
func (w *world) told(b *browser, n reminder.Notice) (m Message, ttl string) {
	w.t.Helper()
	n.Principal = w.anna
	w.Tell(context.Background(), []reminder.Notice{n})
	d := <-w.got
	w.attempts(1)
	plain, err := open(b.private, b.auth, d.body)
	if err == nil {
		err = json.Unmarshal(plain, &m)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return m, d.header.Get("TTL")
}

// What is due becomes a message in the person's language, with its time on their clock and a way to it, and is kept by the
// push service until it begins, or for some minutes.
func TestTell(t *testing.T) {
	w := newWorld(t)
	w.options.Path = func(n *reminder.Notice) string { return "/at?" + n.Href }
	w.Service = New(w.options)
	w.tried = func() { w.tries <- struct{}{} }
	b, _ := w.registered("phone")
	w.begin()
	now, berlin := w.clock(), timezone.Lookup("Europe/Berlin")
	start := now.Add(2 * time.Hour)
	n := reminder.Notice{At: now, Href: "/dav/calendars/anna/default/x.ics", Title: "Review", Place: "Harbour", Start: start, End: start.Add(time.Hour), Zone: berlin}

	m, ttl := w.told(b, n)
	if m.Title != "Review" || m.Body != "Harbour" || m.Path != "/at?"+n.Href || m.Language != "en" || ttl != "7200" {
		t.Errorf("%+v, TTL %s", m, ttl)
	}
	if want := (Time{Start: start.UnixMilli(), End: start.Add(time.Hour).UnixMilli(), Zone: "Europe/Berlin"}); m.Time == nil || *m.Time != want {
		t.Errorf("time %+v, want %+v", m.Time, want)
	}

	w.update(func(tx *storage.Tx) error { return tx.SetSettings(w.anna.ID, `{"hours24":true}`) })
	soon := n
	soon.Start, soon.End, soon.Language, soon.Title, soon.Task = now.Add(time.Minute), now.Add(time.Minute), "de", " ", true
	m, ttl = w.told(b, soon)
	if m.Title != "Fällig: Ohne Titel" || m.Language != "de" || ttl != "600" || m.Time.Hours24 == nil || !*m.Time.Hours24 {
		t.Errorf("%+v, TTL %s", m, ttl)
	}

	days := n
	days.AllDay = true
	days.Start, days.End = time.Date(2026, 3, 9, 23, 0, 0, 0, time.UTC), time.Date(2026, 3, 10, 23, 0, 0, 0, time.UTC) // 10 March in Berlin
	m, _ = w.told(b, days)
	if want := (Time{Start: time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC).UnixMilli(), End: time.Date(2026, 3, 11, 0, 0, 0, 0, time.UTC).UnixMilli(), AllDay: true}); m.Time.Start != want.Start || m.Time.End != want.End || !m.Time.AllDay || m.Time.Zone != "" {
		t.Errorf("the days are %+v, want %+v", m.Time, want)
	}

	never := n
	never.Start, never.End = time.Time{}, time.Time{}
	if m, ttl = w.told(b, never); m.Time != nil || ttl != "600" {
		t.Errorf("at no time: %+v, TTL %s", m.Time, ttl)
	}
	far := n
	far.Start = now.Add(365 * 24 * time.Hour)
	if _, ttl = w.told(b, far); ttl != "1209600" {
		t.Errorf("what is far away is kept for %s s", ttl)
	}
}

// Alarms have a tag each, the same whoever tells of them.
func TestTags(t *testing.T) {
	w := newWorld(t)
	w.options.Path = func(*reminder.Notice) string { return "/" }
	w.Service = New(w.options)
	at := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	n := reminder.Notice{Href: "/dav/x.ics", Start: at.Add(time.Hour), At: at, Zone: timezone.UTC()}
	later, next, other := n, n, n
	later.At = at.Add(time.Minute)
	next.Start = n.Start.Add(24 * time.Hour)
	other.Href = "/dav/y.ics"
	seen := map[string]bool{}
	for _, n := range []reminder.Notice{n, later, next, other} {
		m := w.messageOf(&n, at)
		seen[m.Tag], seen[m.topic()] = true, true
	}
	if len(seen) != 8 {
		t.Errorf("tags and topics: %v", seen)
	}
	// As web/static/lib/reminders.js makes it of href, start and alarm in milliseconds.
	if got := w.messageOf(&n, at).Tag; got != "/dav/x.ics#1773147600000#1773144000000" {
		t.Errorf("tag %s", got)
	}
}

// Whoever has a browser registered wants to be told, and whoever hears of that is told when it changes.
func TestWants(t *testing.T) {
	w := newWorld(t)
	wants := func() bool {
		t.Helper()
		yes, err := w.Wants(context.Background(), w.anna)
		if err != nil {
			t.Fatal(err)
		}
		return yes
	}
	changed := 0
	w.OnChange(func(id int64) {
		if id == w.anna.ID {
			changed++
		}
	})
	if wants() {
		t.Error("without any browser")
	}
	b, s := w.registered("phone")
	w.register(s, b.Registration) // says nothing new
	if !wants() || changed != 1 {
		t.Errorf("wants %v, changed %d times", wants(), changed)
	}
	for range 2 {
		if err := w.Forget(context.Background(), storage.Actor{}, s); err != nil {
			t.Fatal(err)
		}
	}
	if wants() || changed != 2 {
		t.Errorf("wants %v, changed %d times", wants(), changed)
	}
}
