package web

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"convoke/caldav"
	"convoke/scheduling"
	"convoke/server"
	"convoke/server/dav"
	"convoke/server/tree"
	"convoke/storage"
)

// square is a server with a calendar of Ann's that may be published.
type square struct {
	t     *testing.T
	store *storage.Store
	sched *scheduling.Service
	tree  *tree.Tree
	srv   *server.Server
	site  *Site
	ann   *storage.Principal
	bob   *storage.Principal
	c     *storage.Collection
	log   bytes.Buffer
	now   time.Time
}

func newSquare(t *testing.T) *square {
	t.Helper()
	q := &square{t: t, now: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)}
	var err error
	if q.store, err = storage.Open(t.Context(), t.TempDir(), storage.Options{Clock: func() time.Time { return q.now }}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = q.store.Close() })
	q.ann = &storage.Principal{Kind: storage.KindUser, Name: "ann", DisplayName: "Ann Example", Addresses: []string{"mailto:ann@example.org"}}
	q.bob = &storage.Principal{Kind: storage.KindUser, Name: "bob", Addresses: []string{"mailto:bob@example.org"}}
	q.update(func(tx *storage.Tx) error {
		if err := tx.CreatePrincipal(q.ann); err != nil {
			return err
		}
		return tx.CreatePrincipal(q.bob)
	})
	q.sched = scheduling.New(q.store, scheduling.Options{Clock: func() time.Time { return q.now }, Exclusive: []string{"example.org"}, MailOut: true, MailIn: true})
	q.tree = tree.New(q.store, tree.Options{}, caldav.New(q.sched, caldav.Limits{}).Tree())
	if q.c, err = q.store.CollectionAt(t.Context(), storage.Calendars, "ann", []string{"default"}); err != nil {
		t.Fatal(err)
	}
	named := *q.c
	named.DisplayName, named.TimezoneID, named.Color = "Club <b>calendar</b>", "Europe/Berlin", "#FF6347"
	q.update(func(tx *storage.Tx) error { return tx.UpdateCollection(&named) })
	if q.site, err = New(); err != nil {
		t.Fatal(err)
	}
	q.srv, err = server.New(server.Options{Store: q.store, Log: slog.New(slog.NewTextHandler(&q.log, nil)), Now: func() time.Time { return q.now }})
	if err != nil {
		t.Fatal(err)
	}
	q.srv.Mount("/public/*", q.site.Public(q.tree))
	q.srv.Mount("/guest/*", q.site.Guest(q.sched, q.store))
	return q
}

func (q *square) update(fn func(*storage.Tx) error) {
	q.t.Helper()
	if err := q.store.Update(q.t.Context(), storage.Actor{}, fn); err != nil {
		q.t.Fatal(err)
	}
}

// put stores an event of Ann's with these lines.
func (q *square) put(uid string, lines ...string) {
	q.t.Helper()
	data := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:" + uid + "\r\nDTSTAMP:20261101T000000Z\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	if _, err := q.sched.Put(q.t.Context(), &scheduling.Put{Collection: q.c, Name: uid + ".ics", Data: []byte(data), Import: !strings.Contains(data, "ORGANIZER")}); err != nil {
		q.t.Fatal(err)
	}
}

func (q *square) link(maker *storage.Principal, detail string) string {
	q.t.Helper()
	l := &storage.Link{CollectionID: q.c.ID, PrincipalID: maker.ID, Detail: detail}
	q.update(func(tx *storage.Tx) error { return tx.CreateLink(l) })
	return "/public/" + l.Token
}

// ask asks as a browser; head are names and values.
func (q *square) ask(method, target string, head ...string) *httptest.ResponseRecorder {
	q.t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	q.srv.Handler().ServeHTTP(w, r)
	return w
}

// has wants a status, and texts in the answer; those that begin with "!" are not there.
func (q *square) has(w *httptest.ResponseRecorder, status int, texts ...string) {
	q.t.Helper()
	body := w.Body.String()
	if w.Code != status {
		q.t.Fatalf("status %d, want %d: %s", w.Code, status, body)
	}
	for _, text := range texts {
		if no, ok := strings.CutPrefix(text, "!"); ok == strings.Contains(body, strings.TrimPrefix(no, "!")) {
			q.t.Errorf("%s in\n%s", text, body)
		}
	}
}

func (q *square) fill() {
	q.put("game", "DTSTART;TZID=Europe/Berlin:20261105T180000", "DTEND;TZID=Europe/Berlin:20261105T200000", "SUMMARY:Home <i>game</i>", "LOCATION:Hall",
		"DESCRIPTION:Bring <script>cake</script>", "URL:javascript:alert(1)")
	q.put("doctor", "DTSTART;TZID=Europe/Berlin:20261127T150000", "DTEND;TZID=Europe/Berlin:20261127T160000", "CLASS:PRIVATE", "SUMMARY:Doctor")
	q.put("camp", "DTSTART;VALUE=DATE:20261030", "DTEND;VALUE=DATE:20261103", "SUMMARY:Camp", "URL:https://example.com/camp")
	q.put("weekly", "DTSTART;TZID=Europe/Berlin:20261020T090000", "DTEND;TZID=Europe/Berlin:20261020T093000", "RRULE:FREQ=WEEKLY", "SUMMARY:Weekly")
}

func TestPublicPage(t *testing.T) {
	q := newSquare(t)
	q.fill()
	at := q.link(q.ann, storage.LinkFull)
	w := q.ask("GET", at)
	// Text is text, private matter is not told, times are those of the calendar's zone.
	q.has(w, 200, "Club &lt;b&gt;calendar", "Home &lt;i&gt;game", "18:00", "!javascript:", "!<script", "!Doctor", "Busy", "Hall", "Europe/Berlin", "https://example.com/camp",
		"November 2026", `href="?month=2026-10"`, `href="?month=2026-12"`, `href="`+at+`.ics"`, "hue-")
	if n := strings.Count(w.Body.String(), "09:00–09:30"); n != 4 {
		t.Errorf("%d weekly events in the list of November, want 4", n)
	}
	h := w.Header()
	if !strings.Contains(h.Get("X-Robots-Tag"), "noindex") || h.Get("Set-Cookie") != "" || h.Get("X-Frame-Options") != "DENY" || !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Errorf("header %v", h)
	}
	q.has(q.ask("GET", at+"?view=agenda"), 200, "!<table", "18:00–20:00")
	q.has(q.ask("GET", at+"?month=2026-10"), 200, "October 2026", "Camp", "!Home")
	q.has(q.ask("GET", at+"?month=1850-01"), 200, "November 2026")
	q.has(q.ask("GET", at+"?month=x"), 200, "November 2026")
	q.has(q.ask("GET", at+"?month=2199-12"), 200, "Dec")
	q.has(q.ask("GET", at, "Accept-Language", "de"), 200, `lang="de"`, "Abonnieren", "Donnerstag, 5. November")
	q.has(q.ask("HEAD", at), 200)
	if w := q.ask("POST", at); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

// The embedded page alone may stand in the pages of others.
// What lasts for weeks is on the page for each of its days: so many that no page grows without end.
func TestPublicPageIsBounded(t *testing.T) {
	q := newSquare(t)
	for i := range 60 {
		q.put(fmt.Sprint("long", i), "SUMMARY:Long", "DTSTART;VALUE=DATE:20261101", "DTEND;VALUE=DATE:20261201")
	}
	w := q.ask("GET", q.link(q.ann, storage.LinkFull)+"?month=2026-11")
	if n := strings.Count(w.Body.String(), `<p class="title"`); w.Code != http.StatusOK || n < 1000 || n > maxShown+31 {
		t.Errorf("%d: %d entries", w.Code, n)
	}
	q.has(w, http.StatusOK, q.site.pages.words["en"]["public.cut"])
}

func TestPublicEmbed(t *testing.T) {
	q := newSquare(t)
	q.fill()
	w := q.ask("GET", q.link(q.ann, storage.LinkFull)+"/embed")
	q.has(w, 200, "Home", "!class=\"brand\"")
	if h := w.Header(); h.Get("X-Frame-Options") != "" || !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors *") {
		t.Errorf("header %v", h)
	}
}

func TestPublicFeed(t *testing.T) {
	q := newSquare(t)
	q.fill()
	q.put("meeting", "DTSTART:20261128T100000Z", "ORGANIZER:mailto:ann@example.org", "ATTENDEE:mailto:secret@example.net", "SUMMARY:Meeting", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT5M", "DESCRIPTION:x", "END:VALARM")
	at := q.link(q.ann, storage.LinkFull) + ".ics"
	w := q.ask("GET", at)
	q.has(w, 200, "SUMMARY:Home <i>game</i>", "!Doctor", "SUMMARY:Busy", "!secret@", "!VALARM", "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin", "X-WR-TIMEZONE:Europe/Berlin")
	if n := strings.Count(w.Body.String(), "BEGIN:VTIMEZONE"); n != 1 {
		t.Errorf("%d time zones", n)
	}
	tag := w.Header().Get("ETag")
	if w := q.ask("GET", at, "If-None-Match", "W/"+tag); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("the same: %d", w.Code)
	}
	q.put("new", "DTSTART:20261128T100000Z", "SUMMARY:New")
	q.has(q.ask("GET", at, "If-None-Match", tag), 200, "SUMMARY:New")
}

// With busy times alone nothing else is told, not even how the events are named inside.
func TestPublicBusy(t *testing.T) {
	q := newSquare(t)
	q.fill()
	q.put("free", "DTSTART:20261106T100000Z", "TRANSP:TRANSPARENT", "SUMMARY:Free")
	at := q.link(q.ann, storage.LinkBusy)
	for _, target := range []string{at, at + "?view=agenda", at + ".ics"} {
		q.has(q.ask("GET", target), 200, "!game", "!Hall", "!cake", "!Weekly", "!Camp", "!Free", "!weekly", "Busy")
	}
}

// What is unknown, revoked, malformed, or made by somebody who may not any more, is told alike.
func TestPublicNothing(t *testing.T) {
	q := newSquare(t)
	q.fill()
	owners, bobs := q.link(q.ann, storage.LinkFull), q.link(q.bob, storage.LinkFull)
	manage := uint32(dav.Read | dav.ReadACL | dav.WriteACL)
	q.update(func(tx *storage.Tx) error {
		return tx.SetGrants(q.c.ID, []storage.Grant{{PrincipalID: q.bob.ID, Privileges: manage}})
	})
	q.has(q.ask("GET", bobs), 200, "Home")
	q.update(func(tx *storage.Tx) error {
		return tx.SetGrants(q.c.ID, []storage.Grant{{PrincipalID: q.bob.ID, Privileges: uint32(dav.Read | dav.Write)}})
	})
	links, err := q.store.Links(t.Context(), q.c.ID)
	if err != nil {
		t.Fatal(err)
	}
	q.update(func(tx *storage.Tx) error { return tx.DeleteLink(links[0].ID) })
	unknown := "/public/" + strings.Repeat("A", 43)
	want := q.ask("GET", unknown)
	for _, path := range []string{owners, bobs, "/public/x", "/public/" + strings.Repeat("A", 44), owners + "/other", owners + ".txt", "/public/"} {
		w := q.ask("GET", path)
		if w.Code != http.StatusNotFound || w.Body.String() != want.Body.String() {
			t.Errorf("%s: %d\n%s", path, w.Code, w.Body)
		}
	}
	for _, path := range []string{owners, bobs, unknown} {
		if w := q.ask("GET", path+".ics"); w.Code != http.StatusNotFound || w.Body.String() != "There is no calendar here, or no longer.\n" {
			t.Errorf("%s.ics: %d %s", path, w.Code, w.Body)
		}
	}
	// What opens a calendar stands in no log.
	if token := strings.TrimPrefix(bobs, "/public/"); strings.Contains(q.log.String(), token) || !strings.Contains(q.log.String(), token[:6]) {
		t.Errorf("the log:\n%s", &q.log)
	}
}

// Guessing is slowed down before it gets anywhere, and only for whoever guesses.
func TestPublicRate(t *testing.T) {
	q := newSquare(t)
	n := 0
	for q.ask("GET", fmt.Sprintf("/public/%043d", n)).Code == http.StatusNotFound && n < 1000 {
		n++
	}
	if n > askedPerMinute/guessCosts+1 {
		t.Errorf("%d guesses in a moment", n)
	}
	r := httptest.NewRequest("GET", q.link(q.ann, storage.LinkFull), nil)
	r.RemoteAddr = "198.51.100.7:1234"
	w := httptest.NewRecorder()
	q.srv.Handler().ServeHTTP(w, r)
	q.has(w, 200)
	q.now = q.now.Add(time.Minute)
	q.has(q.ask("GET", q.link(q.ann, storage.LinkFull)), 200)
}

func TestBuckets(t *testing.T) {
	now := time.Unix(0, 0)
	b := newBuckets(2, func() time.Time { return now })
	one, neighbour, far := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2"), netip.MustParseAddr("2001:db8:1::1")
	for i, row := range []struct {
		from netip.Addr
		want bool
	}{{one, true}, {neighbour, true}, {one, false}, {far, true}, {netip.Addr{}, true}} {
		if got := b.take(row.from, 1); got != row.want {
			t.Errorf("%d: %v", i, got)
		}
	}
	now = now.Add(30 * time.Second)
	if !b.take(one, 1) || b.take(one, 1) {
		t.Error("half a minute gives half of it back")
	}
	for i := range 3 * maxBuckets {
		b.take(netip.AddrFrom4([4]byte{byte(i >> 16), byte(i >> 8), byte(i), 1}), 1)
	}
	if len(b.all) > maxBuckets {
		t.Errorf("%d networks are remembered", len(b.all))
	}
}

func TestHueOf(t *testing.T) {
	for color, want := range map[string]string{"#FF0000": "0", "#00FF00FF": "4", "#0000ff": "8", "#808080": "gray", "": "accent", "red": "accent", "#12": "accent"} {
		if got := hueOf(color); got != want {
			t.Errorf("%q: %s, want %s", color, got, want)
		}
	}
}

// A calendar without a zone of its own is told in that of its owner: the chosen one, or else that of the device used last.
func TestPublicZone(t *testing.T) {
	q := newSquare(t)
	bare := *q.c
	bare.TimezoneID = ""
	for settings, want := range map[string]string{
		`{}`: "UTC", `{"deviceZone":"America/Denver"}`: "America/Denver",
		`{"timeZone":"Asia/Tokyo","deviceZone":"America/Denver"}`: "Asia/Tokyo", `{"deviceZone":"Nowhere/At all"}`: "UTC",
	} {
		q.update(func(tx *storage.Tx) error { return tx.SetSettings(q.ann.ID, settings) })
		if got := zoneOf(t.Context(), q.store, &bare).Name(); got != want {
			t.Errorf("with %s: %s, want %s", settings, got, want)
		}
	}
}
