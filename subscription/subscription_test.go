package subscription

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"convoke/internal/outward"
	"convoke/scheduling"
	"convoke/storage"
)

// site is a feed on the web, and a server that may call it.
type site struct {
	t       *testing.T
	store   *storage.Store
	service *Service
	ines    *storage.Principal
	now     atomic.Pointer[time.Time]
	url     string

	status int
	header http.Header
	body   string
	asked  []http.Header
	before func() // an answer; nil: nothing
}

func newSite(t *testing.T) *site {
	t.Helper()
	f := &site{t: t, status: http.StatusOK, header: http.Header{}}
	start := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	f.now.Store(&start)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.asked = append(f.asked, r.Header)
		if f.before != nil {
			f.before()
		}
		for k, v := range f.header {
			w.Header()[k] = v
		}
		if tag := f.header.Get("ETag"); tag != "" && r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.WriteHeader(f.status)
		_, _ = io.WriteString(w, f.body)
	}))
	t.Cleanup(web.Close)
	f.url = web.URL + "/games.ics"
	clock := func() time.Time { return *f.now.Load() }
	store, err := storage.Open(t.Context(), t.TempDir(), storage.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	f.store = store
	f.ines = &storage.Principal{Kind: storage.KindUser, Name: "ines", Addresses: []string{"mailto:ines@example.org"}}
	err = store.Update(t.Context(), storage.Actor{}, func(tx *storage.Tx) error { return tx.CreatePrincipal(f.ines) })
	if err != nil {
		t.Fatal(err)
	}
	f.service = New(Options{
		Store: store, Scheduler: scheduling.New(store, scheduling.Options{Clock: clock}), PerUser: 3, Jitter: func() float64 { return 0 },
		Client: outward.New(outward.Options{HTTP: true, Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}),
	})
	return f
}

func calendarOf(head string, events ...string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nMETHOD:PUBLISH\r\n" + head + strings.Join(events, "") + "END:VCALENDAR\r\n"
}

func event(uid, title string) string {
	id := ""
	if uid != "" {
		id = "UID:" + uid + "\r\n"
	}
	return "BEGIN:VEVENT\r\n" + id + "DTSTAMP:20260101T000000Z\r\nDTSTART:20261105T180000Z\r\nDTEND:20261105T200000Z\r\nSUMMARY:" + title + "\r\nEND:VEVENT\r\n"
}

func (f *site) add(w Wish) (*View, error) {
	if w.URL == nil {
		w.URL = &f.url
	}
	return f.service.Add(f.t.Context(), f.ines, storage.Actor{PrincipalID: f.ines.ID, Door: "web"}, w)
}

func (f *site) added(w Wish) *View {
	f.t.Helper()
	v, err := f.add(w)
	if err != nil {
		f.t.Fatal(err)
	}
	return v
}

// refresh reads again, later.
func (f *site) refresh(id int64, later time.Duration) *View {
	f.t.Helper()
	now := f.now.Load().Add(later)
	f.now.Store(&now)
	v, err := f.service.Refresh(f.t.Context(), f.ines, id)
	if err != nil {
		f.t.Fatal(err)
	}
	return v
}

// events are the titles of what the calendar holds, with the ETag of each.
func (f *site) events(id int64) (titles []string, tags map[string]string, change uint64) {
	f.t.Helper()
	l, err := f.store.Listing(f.t.Context(), id)
	if err != nil {
		f.t.Fatal(err)
	}
	tags = map[string]string{}
	for m := range l.All() {
		o, err := f.store.Object(f.t.Context(), id, m.Name)
		if err != nil {
			f.t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(o.Data), "\r\nSUMMARY:")
		title, _, _ := strings.Cut(rest, "\r\n")
		titles = append(titles, title)
		tags[title] = m.ETag
	}
	slices.Sort(titles)
	return titles, tags, l.Change()
}

func str(s string) *string { return &s }

// RFC 7986 §5: the calendar is called and coloured as the feed says, and read as often.
func TestAdd(t *testing.T) {
	f := newSite(t)
	f.body = calendarOf("X-WR-CALNAME:Home games\r\nCOLOR:tomato\r\nREFRESH-INTERVAL;VALUE=DURATION:PT2H\r\n", event("a", "One"), event("b", "Two"))
	v := f.added(Wish{})
	c := v.Calendar
	if c.DisplayName != "Home games" || c.Color != "#ff6347" || c.Source != storage.SourceFeed || !c.Transparent || v.Interval() != 2*time.Hour {
		t.Errorf("made %+v, read every %v", c, v.Interval())
	}
	if v.Result != Fresh || v.Succeeded.IsZero() || !v.Due.Equal(f.now.Load().Add(2*time.Hour)) {
		t.Errorf("noted %+v", v.Subscription)
	}
	if titles, _, _ := f.events(c.ID); strings.Join(titles, " ") != "One Two" {
		t.Errorf("holds %v", titles)
	}
	own := f.added(Wish{Name: str("Mine"), Color: str("#112233")})
	if own.Calendar.DisplayName != "Mine" || own.Calendar.Color != "#112233" {
		t.Errorf("my name and colour became %q, %q", own.Calendar.DisplayName, own.Calendar.Color)
	}
}

// A wrong address is told at once, and nothing is made.
func TestAddRefuses(t *testing.T) {
	f := newSite(t)
	for _, c := range []struct {
		url, body string
		status    int
		want      string
	}{
		{"ftp://x/", "", 200, outward.BadURL},
		{"", "", 200, outward.BadURL},
		{"https://10.0.0.1/x.ics", "", 200, outward.Forbidden},
		{f.url, "<!DOCTYPE html><html></html>", 200, NoCalendar},
		{f.url, "", 200, NoCalendar},
		{f.url, "no", 404, NotThere},
		{f.url, "no", 410, NotThere},
		{f.url, "no", 401, SignIn},
		{f.url, "no", 500, Answered},
		{f.url, calendarOf("") + strings.Repeat(" ", 6<<20), 200, outward.TooLarge},
	} {
		f.body, f.status = c.body, c.status
		_, err := f.add(Wish{URL: &c.url})
		var p *Problem
		if !errors.As(err, &p) || p.Word != c.want || p.Sentence == "" {
			t.Errorf("%s answering %d: %v, want %s", c.url, c.status, err, c.want)
		}
	}
	if all, _ := f.store.Collections(t.Context(), storage.Calendars, f.ines.ID, 0); slices.ContainsFunc(all, func(c *storage.Collection) bool { return c.Source != "" }) {
		t.Error("a calendar was made")
	}
	f.body, f.status = calendarOf("", event("a", "One")), 200
	for range 3 {
		f.added(Wish{})
	}
	var p *Problem
	if _, err := f.add(Wish{}); !errors.As(err, &p) || p.Word != Many {
		t.Errorf("a fourth one: %v", err)
	}
	short := time.Minute
	if _, err := f.add(Wish{Interval: &short}); !errors.As(err, &p) || p.Word != BadInterval {
		t.Errorf("each minute: %v", err)
	}
}

// Who adds many at once has one of them read at a time: this server is nobody's means of calling others without end.
func TestAddOneAtATime(t *testing.T) {
	f := newSite(t)
	f.body = calendarOf("", event("a", "Game"))
	var during error
	f.before = func() {
		f.before = nil
		_, during = f.add(Wish{})
	}
	f.added(Wish{})
	var p *Problem
	if !errors.As(during, &p) || p.Word != Busy || len(f.asked) != 1 {
		t.Errorf("while one is added: %v, %d calls", during, len(f.asked))
	}
	f.added(Wish{})
}

// Reading by hand has its bound for each owner, by whichever way it is asked for, and nothing else is done then.
func TestReadByHandIsBounded(t *testing.T) {
	f := newSite(t)
	f.body = calendarOf("", event("a", "Game"))
	v := f.added(Wish{})
	for range wishesAtOnce - 1 {
		f.refresh(v.CollectionID, 0)
	}
	other := f.url + "?other"
	var p *Problem
	for what, err := range map[string]error{
		"refresh": second(f.service.Refresh(t.Context(), f.ines, v.CollectionID)),
		"change":  second(f.service.Change(t.Context(), f.ines, storage.Actor{}, v.CollectionID, Wish{URL: &other})),
		"add":     second(f.add(Wish{})),
	} {
		if !errors.As(err, &p) || p.Word != Often {
			t.Errorf("%s: %v", what, err)
		}
	}
	if len(f.asked) != wishesAtOnce {
		t.Errorf("the feed was asked %d times", len(f.asked))
	}
	if now, err := f.service.Get(t.Context(), f.ines, v.CollectionID); err != nil || now.URL != v.URL {
		t.Errorf("changed to %+v, %v", now, err)
	}
	name := "Games"
	if _, err := f.service.Change(t.Context(), f.ines, storage.Actor{}, v.CollectionID, Wish{Name: &name}); err != nil {
		t.Errorf("a change that reads nothing: %v", err)
	}
	f.refresh(v.CollectionID, wishEvery)
}

func second(_ *View, err error) error { return err }

// What did not change keeps its ETag and its number, also where DTSTAMP is written anew each time; what is gone goes.
func TestDiff(t *testing.T) {
	f := newSite(t)
	f.body = calendarOf("", event("a", "One"), event("b", "Two"), event("c", "Three"))
	v := f.added(Wish{})
	_, before, change := f.events(v.CollectionID)
	f.body = strings.ReplaceAll(f.body, "DTSTAMP:20260101", "DTSTAMP:20260202")
	if v = f.refresh(v.CollectionID, time.Hour); v.Result != Fresh {
		t.Errorf("result %s", v.Result)
	}
	if _, after, now := f.events(v.CollectionID); now != change || fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("a new DTSTAMP alone changed %v to %v", before, after)
	}
	f.body = calendarOf("", event("a", "One"), event("b", "Deux"), event("d", "Four"))
	f.refresh(v.CollectionID, time.Hour)
	titles, after, now := f.events(v.CollectionID)
	if strings.Join(titles, " ") != "Deux Four One" || after["One"] != before["One"] || now != change+3 {
		t.Errorf("holds %v, change %d after %d", titles, now, change)
	}
	if v = f.refresh(v.CollectionID, time.Hour); v.Result != Unchanged {
		t.Errorf("the same bytes: %s", v.Result)
	}
}

// RFC 9110 §13.1: a feed with validators is asked whether it changed.
func TestConditional(t *testing.T) {
	f := newSite(t)
	f.body = calendarOf("", event("a", "One"))
	f.header.Set("ETag", `"1"`)
	f.header.Set("Last-Modified", "Mon, 02 Nov 2026 08:00:00 GMT")
	v := f.added(Wish{})
	f.body = "this must not be read"
	if v = f.refresh(v.CollectionID, time.Hour); v.Result != Unchanged {
		t.Errorf("result %s, %s", v.Result, v.Problem)
	}
	last := f.asked[len(f.asked)-1]
	if last.Get("If-None-Match") != `"1"` || last.Get("If-Modified-Since") != "Mon, 02 Nov 2026 08:00:00 GMT" {
		t.Errorf("asked %v", last)
	}
	// Another address has other validators.
	f.body = calendarOf("", event("a", "Uno"))
	other := f.url + "?2"
	if _, err := f.service.Change(t.Context(), f.ines, storage.Actor{}, v.CollectionID, Wish{URL: &other}); err != nil {
		t.Fatal(err)
	}
	if titles, _, _ := f.events(v.CollectionID); strings.Join(titles, "") != "Uno" {
		t.Errorf("holds %v", titles)
	}
}

// A failure changes no event, is told, and makes the next try later each time.
func TestFailures(t *testing.T) {
	f := newSite(t)
	f.body = calendarOf("", event("a", "One"))
	hour := time.Hour
	v := f.added(Wish{Interval: &hour})
	f.status = 503
	for i, want := range []time.Duration{15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 16 * time.Hour, 24 * time.Hour, 24 * time.Hour} {
		v = f.refresh(v.CollectionID, time.Minute)
		if v.Result != Answered || !strings.Contains(v.Problem, "503") || v.Failures != i+1 || v.Due.Sub(v.Tried) != want {
			t.Errorf("failure %d: %s, again after %v, want %v", i+1, v.Result, v.Due.Sub(v.Tried), want)
		}
	}
	if titles, _, _ := f.events(v.CollectionID); strings.Join(titles, "") != "One" {
		t.Errorf("holds %v", titles)
	}
	f.status = 200
	if v = f.refresh(v.CollectionID, time.Minute); v.Failures != 0 || v.Problem != "" || v.Due.Sub(v.Tried) != time.Hour {
		t.Errorf("well again: %+v", v.Subscription)
	}
}

// Invalid entries cost themselves alone; what has no UID gets one that stays; alarms and METHOD are left out.
func TestEntries(t *testing.T) {
	f := newSite(t)
	alarm := strings.Replace(event("c", "Loud"), "END:VEVENT", "BEGIN:VALARM\r\nACTION:AUDIO\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT", 1)
	f.body = calendarOf("",
		event("", "Nameless"), event("a", "One"), event("a2", "Bad\x01"), alarm,
		"BEGIN:VEVENT\r\nUID:b\r\nDTSTART:nonsense\r\nSUMMARY:Broken\r\nEND:VEVENT\r\n",
		"BEGIN:VTODO\r\nUID:t\r\nSUMMARY:Task\r\nEND:VTODO\r\n",
		"BEGIN:VEVENT\r\nUID:m\r\nDTSTART:20261105T180000Z\r\nORGANIZER:mailto:ines@example.org\r\nATTENDEE:mailto:bob@example.net\r\nSUMMARY:Meeting\r\nEND:VEVENT\r\n")
	v := f.added(Wish{})
	titles, before, _ := f.events(v.CollectionID)
	if strings.Join(titles, " ") != "Loud Meeting Nameless One" {
		t.Errorf("holds %q", titles)
	}
	if v.Result != Partly || v.Skips.Count != 3 || len(v.Skips.Items) != 3 {
		t.Errorf("skipped %+v", v.Skips)
	}
	for _, s := range v.Skips.Items {
		if s.Line == 0 || s.Reason == "" {
			t.Errorf("skipped %+v", s)
		}
	}
	l, _ := f.store.Listing(t.Context(), v.CollectionID)
	for m := range l.All() {
		o, _ := f.store.Object(t.Context(), v.CollectionID, m.Name)
		if m.UID == "" || m.Role != "" || strings.Contains(string(o.Data), "VALARM") || strings.Contains(string(o.Data), "METHOD") {
			t.Errorf("stored as %q:\n%s", m.Role, o.Data)
		}
	}
	f.body = strings.Replace(f.body, "SUMMARY:One", "SUMMARY:Two", 1)
	f.refresh(v.CollectionID, time.Hour)
	if _, after, _ := f.events(v.CollectionID); after["Nameless"] != before["Nameless"] {
		t.Error("an event without a UID became another")
	}
	yes := true
	if _, err := f.service.Change(t.Context(), f.ines, storage.Actor{}, v.CollectionID, Wish{Alarms: &yes}); err != nil {
		t.Fatal(err)
	}
	found := false
	l, _ = f.store.Listing(t.Context(), v.CollectionID)
	for m := range l.All() {
		o, _ := f.store.Object(t.Context(), v.CollectionID, m.Name)
		found = found || strings.Contains(string(o.Data), "VALARM")
	}
	if !found {
		t.Error("alarms that are wanted were left out")
	}
}

// An event of a feed takes no part in scheduling: an invitation of the same UID comes into the calendar of its own.
func TestNoScheduling(t *testing.T) {
	f := newSite(t)
	f.body = calendarOf("", "BEGIN:VEVENT\r\nUID:m\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20261105T180000Z\r\nORGANIZER:mailto:bob@example.org\r\n"+
		"ATTENDEE:mailto:ines@example.org\r\nATTENDEE:mailto:bob@example.org\r\nSUMMARY:Meeting\r\nEND:VEVENT\r\n")
	v := f.added(Wish{})
	_, before, _ := f.events(v.CollectionID)
	bob := &storage.Principal{Kind: storage.KindUser, Name: "bob", Addresses: []string{"mailto:bob@example.org"}}
	err := f.store.Update(t.Context(), storage.Actor{}, func(tx *storage.Tx) error { return tx.CreatePrincipal(bob) })
	if err != nil {
		t.Fatal(err)
	}
	c, err := f.store.CollectionAt(t.Context(), storage.Calendars, "bob", []string{"default"})
	if err != nil {
		t.Fatal(err)
	}
	data := strings.Replace(f.body, "METHOD:PUBLISH\r\n", "", 1)
	data = strings.Replace(data, "SUMMARY:Meeting", "SUMMARY:Real", 1)
	if _, err := f.service.o.Scheduler.Put(t.Context(), &scheduling.Put{Collection: c, Name: "m.ics", Data: []byte(data)}); err != nil {
		t.Fatal(err)
	}
	if titles, after, _ := f.events(v.CollectionID); titles[0] != "Meeting" || after["Meeting"] != before["Meeting"] {
		t.Errorf("the feed holds %v", titles)
	}
	own, err := f.store.CollectionAt(t.Context(), storage.Calendars, "ines", []string{"default"})
	if err != nil {
		t.Fatal(err)
	}
	if titles, _, _ := f.events(own.ID); strings.Join(titles, "") != "Real" {
		t.Errorf("the own calendar holds %v", titles)
	}
}

// The worker reads what is due, and nothing else.
func TestRound(t *testing.T) {
	f := newSite(t)
	f.body = calendarOf("", event("a", "One"))
	v := f.added(Wish{})
	asked := len(f.asked)
	if n, err := f.service.Round(t.Context()); n != 0 || err != nil || len(f.asked) != asked {
		t.Errorf("read %d before they were due, %v", n, err)
	}
	later := f.now.Load().Add(DefaultInterval)
	f.now.Store(&later)
	f.body = calendarOf("", event("a", "Uno"))
	if n, err := f.service.Round(t.Context()); n != 1 || err != nil {
		t.Errorf("read %d, %v", n, err)
	}
	if titles, _, _ := f.events(v.CollectionID); strings.Join(titles, "") != "Uno" {
		t.Errorf("holds %v", titles)
	}
}

// A subscription and its calendar live and die together.
func TestRemove(t *testing.T) {
	f := newSite(t)
	f.body = calendarOf("", event("a", "One"))
	one, two := f.added(Wish{}), f.added(Wish{})
	bob := &storage.Principal{ID: f.ines.ID + 1000}
	if err := f.service.Remove(t.Context(), bob, storage.Actor{}, one.CollectionID); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("somebody else: %v", err)
	}
	if err := f.service.Remove(t.Context(), f.ines, storage.Actor{}, one.CollectionID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.store.CollectionByID(t.Context(), one.CollectionID); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("the calendar: %v", err)
	}
	err := f.store.Update(t.Context(), storage.Actor{}, func(tx *storage.Tx) error { return tx.DeleteCollection(two.CollectionID) })
	if err != nil {
		t.Fatal(err)
	}
	if list, err := f.service.List(t.Context(), f.ines); len(list) != 0 || err != nil {
		t.Errorf("left %v, %v", list, err)
	}
}

// A subscription that rests in the trash, in a folder that was deleted, is neither read nor counted.
func TestTrashed(t *testing.T) {
	f := newSite(t)
	f.body = calendarOf("", event("a", "One"))
	v := f.added(Wish{})
	err := f.store.Update(t.Context(), storage.Actor{}, func(tx *storage.Tx) error {
		folder := &storage.Collection{OwnerID: f.ines.ID, Home: storage.Calendars, Kind: storage.KindPlain, Name: "folder"}
		if err := tx.CreateCollection(folder); err != nil {
			return err
		}
		if err := tx.MoveCollection(v.CollectionID, folder.ID, "feed"); err != nil {
			return err
		}
		return tx.TrashCollection(folder.ID)
	})
	if err != nil {
		t.Fatal(err)
	}
	later := f.now.Load().Add(DefaultInterval)
	f.now.Store(&later)
	asked := len(f.asked)
	if n, err := f.service.Round(t.Context()); n != 0 || err != nil || len(f.asked) != asked {
		t.Errorf("read %d, %v", n, err)
	}
	for range 3 {
		f.added(Wish{})
	}
	if list, err := f.service.List(t.Context(), f.ines); len(list) != 3 || err != nil {
		t.Errorf("listed %d, %v", len(list), err)
	}
}

// Whoever makes a feed cannot fill the disk with its former versions.
func TestNoHistory(t *testing.T) {
	f := newSite(t)
	f.body = calendarOf("", event("a", "One"))
	v := f.added(Wish{})
	f.body = calendarOf("", event("a", "Two"))
	f.refresh(v.CollectionID, time.Hour)
	err := f.store.Update(t.Context(), storage.Actor{}, func(tx *storage.Tx) error {
		list, err := tx.HistoryOf(context.Background(), "a")
		if len(list) > 0 {
			t.Errorf("kept %d versions", len(list))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
