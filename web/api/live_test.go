package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"convoke/server"
	"convoke/server/dav"
	"convoke/storage"
	"convoke/web/session"
)

const read = uint32(dav.Read)

func TestEvents(t *testing.T) {
	f := newFixture(t, nil)
	work := f.calendar("alice", "default")
	p := f.open("alice")

	f.put("alice", "default", "a.ics", vevent("a", "DTSTART:20261201T090000Z", "SUMMARY:secret words"))
	p.wants(f.changed("/dav/calendars/alice/default/", work))

	f.card("alice", "default", "ada.vcf", "BEGIN:VCARD\nVERSION:4.0\nUID:ada\nFN:Ada\nEND:VCARD\n")
	p.wants(f.changed("/dav/addressbooks/alice/default/", f.collection(storage.AddressBooks, "alice", "default")))

	changed := *work
	changed.DisplayName = "Work"
	f.update(func(tx *storage.Tx) error { return tx.UpdateCollection(&changed) })
	p.wants(`event: home data: {"home":"calendars"}`, `event: invitations data: {}`)
}

// Who is invited hears of it, and who isn't hears nothing of others.
func TestEventsOfInvitations(t *testing.T) {
	f := newFixture(t, nil)
	bob, carol := f.open("bob"), f.open("carol")
	f.put("alice", "default", "m.ics", vevent("m", "DTSTART:20261201T090000Z", "DTEND:20261201T100000Z", "SUMMARY:Plans",
		"ORGANIZER:mailto:alice@example.org", "ATTENDEE:mailto:alice@example.org", "ATTENDEE:mailto:bob@example.org"))
	// The order is that of the collections' ids: default, …, inbox.
	got := map[string]bool{}
	for range 3 {
		got[bob.next()] = true
	}
	for _, want := range []string{
		f.changed("/dav/calendars/bob/default/", f.calendar("bob", "default")),
		f.changed("/dav/calendars/bob/inbox/", f.calendar("bob", "inbox")), `event: invitations data: {}`,
	} {
		if !got[want] {
			t.Errorf("no %s in %v", want, got)
		}
	}
	f.update(func(tx *storage.Tx) error {
		return tx.Hold(&storage.Held{PrincipalID: f.people["carol"].ID, Sender: "x@example.net", UID: "x", Method: "REQUEST"})
	})
	carol.wants(`event: invitations data: {}`)
}

// A shared collection is told of under its name in the reader's home, from when it is shared until it no longer is.
func TestEventsFollowAccess(t *testing.T) {
	f := newFixture(t, nil)
	work := f.calendar("alice", "default")
	p := f.open("bob")
	home := []string{`event: home data: {"home":"calendars"}`, `event: invitations data: {}`}
	f.share(work, "bob", read)
	p.wants(home...)
	f.put("alice", "default", "a.ics", vevent("a", "DTSTART:20261201T090000Z"))
	p.wants(strings.Replace(f.changed("/dav/calendars/bob/alice~default/", work), `"}`, `-read"}`, 1)) // of what a reader sees
	f.share(work, "carol", read)
	p.wants(home...)
	f.put("alice", "default", "b.ics", vevent("b", "DTSTART:20261201T090000Z"))
	f.put("bob", "tasks", "t.ics", "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VTODO\nUID:t\nDTSTAMP:20261101T080000Z\nEND:VTODO\nEND:VCALENDAR\n")
	p.wants(f.changed("/dav/calendars/bob/tasks/", f.calendar("bob", "tasks")))

	group := &storage.Principal{Kind: storage.KindGroup, Name: "team"}
	f.update(func(tx *storage.Tx) error {
		if err := tx.CreatePrincipal(group); err != nil {
			return err
		}
		return tx.SetGrants(work.ID, []storage.Grant{{PrincipalID: group.ID, Privileges: read}})
	})
	f.update(func(tx *storage.Tx) error { return tx.SetMembers(group.ID, []int64{f.people["bob"].ID}) })
	p.wants(home...)
}

// A page that took nothing for long is told that everything may have changed.
func TestEventsCoalesce(t *testing.T) {
	f := newFixture(t, nil)
	s := &stream{who: f.people["alice"], asker: f.people["alice"], ready: make(chan struct{}, 1)}
	f.hub.join(s)
	defer f.hub.part(s)
	for n := range 2 * maxPending {
		s.tell(func(p *pending) { p.turn(int64(n), storage.Turn{Change: 1}) })
	}
	if p := s.take(); !p.all || len(p.turns) > maxPending {
		t.Errorf("%d turns, all %v", len(p.turns), p.all)
	}
}

func TestEventsEnd(t *testing.T) {
	t.Run("with the session", func(t *testing.T) {
		f := newFixture(t, nil)
		f.beat = time.Millisecond
		p := f.open("alice")
		p.wants(": here", ": here")
		f.mu.Lock()
		f.out["alice"] = true
		f.mu.Unlock()
		for p.next() != "" {
		}
	})
	t.Run("with the server", func(t *testing.T) {
		f := newFixture(t, nil)
		bound, err := f.server.Listen([]string{"127.0.0.1:0"})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(bg)
		ended := make(chan error, 1)
		go func() { ended <- f.server.ServeOn(ctx, bound) }()
		p := f.openAt(bg, func() {}, bound[0].URL, &http.Cookie{Name: "who", Value: "alice"})
		stop()
		if got := p.next(); got != "" {
			t.Errorf("after the end: %q", got)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Run("and is forgotten", func(t *testing.T) {
		f := newFixture(t, nil)
		p := f.open("alice")
		p.stop()
		for p.next() != "" {
		}
		for {
			f.hub.mu.Lock()
			left, watching, feed := len(f.hub.streams), len(f.hub.watching), f.hub.feed
			f.hub.mu.Unlock()
			if left == 0 {
				if watching != 0 || feed != nil {
					t.Errorf("%d watched, feed %v", watching, feed)
				}
				return
			}
		}
	})
}

// withSessions is a fixture with real sessions; the cookie is that of a kept one of alice.
func withSessions(t *testing.T) (*fixture, *http.Cookie) {
	t.Helper()
	var keeper *session.Keeper
	f := newFixture(t, func(f *fixture) {
		keeper = session.New(session.Options{Store: f.store, Log: f.options.Log, Now: f.clock})
		f.options.Identify, f.options.Watch = keeper.Identify, keeper.Watch
	})
	w := httptest.NewRecorder()
	if _, err := keeper.Begin(w, httptest.NewRequest("POST", "/api/session", nil), f.people["alice"], true); err != nil {
		t.Fatal(err)
	}
	return f, w.Result().Cookies()[0]
}

// Who signs out elsewhere, or is signed out, is told nothing more from that moment on: the next beat is not waited for.
func TestEventsEndAtOnce(t *testing.T) {
	f, cookie := withSessions(t)
	f.beat = time.Hour
	p := f.openBy(cookie)
	f.update(func(tx *storage.Tx) error { return tx.RemoveWebSessions(f.people["bob"].ID, 0) })
	f.update(func(tx *storage.Tx) error {
		return tx.Hold(&storage.Held{PrincipalID: f.people["alice"].ID, Sender: "x@example.net", UID: "x", Method: "REQUEST"})
	})
	p.wants(`event: invitations data: {}`) // what others do is no matter
	list, err := f.store.WebSessions(bg, f.people["alice"].ID)
	if err != nil || len(list) != 1 {
		t.Fatalf("sessions: %v %v", list, err)
	}
	f.update(func(tx *storage.Tx) error { return tx.RemoveWebSession(f.people["alice"].ID, list[0].ID) })
	if got := p.next(); got != "" {
		t.Errorf("after the end: %q", got)
	}
}

// A page that is left open does not stay signed in for ever: a stream is no use of the session.
func TestEventsAreNoUse(t *testing.T) {
	f, cookie := withSessions(t)
	f.beat = time.Millisecond
	p := f.openBy(cookie)
	f.advance(29 * 24 * time.Hour)
	changed := *f.calendar("alice", "default")
	changed.DisplayName = "Work"
	f.update(func(tx *storage.Tx) error { return tx.UpdateCollection(&changed) })
	for p.next() != `event: home data: {"home":"calendars"}` { // for which it looked whether the session lasts
	}
	p = f.openBy(cookie)
	list, err := f.store.WebSessions(bg, f.people["alice"].ID)
	if err != nil || len(list) != 1 || !list[0].Seen.Equal(sunday) || !list[0].Expires.Equal(sunday.Add(30*24*time.Hour)) {
		t.Errorf("sessions: %+v %v", list, err)
	}
	f.advance(24 * time.Hour)
	for p.next() != "" {
	}
}

// Sixteen pages of one person are open at once, whoever else is there.
func TestEventsLimit(t *testing.T) {
	f := newFixture(t, nil)
	for range server.DefaultStreamsPerUser {
		f.open("alice")
	}
	f.ask("alice", "GET", "/api/events", nil).refused(http.StatusTooManyRequests, "too-many-streams")
	f.open("bob")
}

// A stream outlasts the time of work and holds no place of its address.
func TestEventsAreNoWork(t *testing.T) {
	f := newFixture(t, nil)
	var err error
	f.server, err = server.New(server.Options{Store: f.store, Log: f.o.Log, Limits: server.Limits{Work: time.Millisecond, PerAddress: 1}})
	if err != nil {
		t.Fatal(err)
	}
	f.server.Mount("/api/*", f.API)
	f.beat = time.Millisecond
	p := f.open("alice")
	for range 20 {
		p.wants(": here")
	}
	f.open("alice")
}

func TestReachOfStreamIsOfNow(t *testing.T) {
	f := newFixture(t, nil)
	s := &stream{who: f.people["bob"], asker: f.people["bob"], ready: make(chan struct{}, 1)}
	f.hub.join(s)
	defer f.hub.part(s)
	if homes, err := f.look(bg, s); err != nil || len(homes) != 2 {
		t.Fatalf("%v %v", homes, err)
	}
	if homes, err := f.look(bg, s); err != nil || len(homes) != 0 {
		t.Errorf("the same again: %v %v", homes, err)
	}
}
