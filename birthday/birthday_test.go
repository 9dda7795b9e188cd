package birthday

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"convoke/internal/icalendar"
	"convoke/scheduling"
	"convoke/storage"
)

var start = time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)

// place is a server with Ines, who has address books.
type place struct {
	*testing.T
	dir     string
	store   *storage.Store
	sched   *scheduling.Service
	service *Service
	ines    *storage.Principal
	shared  []*storage.Collection // books of others that she took in
	looked  int                   // how often somebody asked for the books
}

func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{T: t, dir: t.TempDir()}
	p.open(storage.Limits{})
	p.ines = p.person("ines")
	return p
}

func (p *place) open(limits storage.Limits) {
	p.Helper()
	store, err := storage.Open(p.Context(), p.dir, storage.Options{Clock: func() time.Time { return start }, Limits: limits})
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() { _ = store.Close() })
	p.store, p.sched = store, scheduling.New(store, scheduling.Options{Clock: store.Now})
	p.service = New(Options{Store: store, Scheduler: p.sched, Books: func(ctx context.Context, who *storage.Principal) ([]*storage.Collection, error) {
		p.looked++
		all, err := p.store.CollectionsOf(ctx, who.ID)
		return append(slices.DeleteFunc(all, func(c *storage.Collection) bool { return c.Kind != storage.KindAddressBook }), p.shared...), err
	}})
}

func (p *place) update(fn func(*storage.Tx) error) {
	p.Helper()
	if err := p.store.Update(p.Context(), storage.Actor{}, fn); err != nil {
		p.Fatal(err)
	}
}

func (p *place) person(name string) *storage.Principal {
	p.Helper()
	who := &storage.Principal{Kind: storage.KindUser, Name: name, Addresses: []string{"mailto:" + name + "@example.org"}}
	p.update(func(tx *storage.Tx) error { return tx.CreatePrincipal(who) })
	return who
}

// book is somebody's first address book.
func (p *place) book(who *storage.Principal) *storage.Collection {
	p.Helper()
	c, err := p.store.CollectionAt(p.Context(), storage.AddressBooks, who.Name, []string{"default"})
	if err != nil {
		p.Fatal(err)
	}
	return c
}

// put stores a card under its UID.
func (p *place) put(who *storage.Principal, uid, lines string) {
	p.Helper()
	data := "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:" + uid + "\r\n" + lines + "END:VCARD\r\n"
	p.update(func(tx *storage.Tx) error {
		_, err := tx.PutObject(&storage.Object{
			Member: storage.Member{CollectionID: p.book(who).ID, Name: uid + ".vcf", ContentType: "text/vcard", Facts: storage.Facts{UID: uid, Component: "VCARD"}},
			Data:   []byte(data),
		})
		return err
	})
}

func person(name, born string) string { return "FN:" + name + "\r\nBDAY:" + born + "\r\n" }

func (p *place) on() *View {
	p.Helper()
	v, err := p.service.On(p.Context(), p.ines, storage.Actor{PrincipalID: p.ines.ID, Door: "web"}, "")
	if err != nil {
		p.Fatal(err)
	}
	return v
}

// events are those of the calendar of Ines by their titles, and how far it got.
func (p *place) events() (map[string]*storage.Object, uint64) {
	p.Helper()
	v, err := p.service.Get(p.Context(), p.ines)
	if err != nil {
		p.Fatal(err)
	}
	l, err := p.store.Listing(p.Context(), v.Calendar.ID)
	if err != nil {
		p.Fatal(err)
	}
	all := map[string]*storage.Object{}
	for m := range l.All() {
		o, err := p.store.ObjectOf(p.Context(), m)
		if err != nil {
			p.Fatal(err)
		}
		read, err := icalendar.Parse(o.Data)
		if err != nil {
			p.Fatal(err)
		}
		all[read.Calendar.Child(icalendar.Event).Text("SUMMARY")] = o
	}
	return all, l.Change()
}

func (p *place) titles() string {
	p.Helper()
	all, _ := p.events()
	var titles []string
	for title := range all {
		titles = append(titles, title)
	}
	slices.Sort(titles)
	return strings.Join(titles, ", ")
}

// follow runs what is done until now by the news of a feed.
func (p *place) follow(feed *storage.Feed) {
	p.service.hear(p.Context(), feed.Take())
	p.service.Round(p.Context())
}

// What stands in an event: a day of each year that takes no time, begins in the year of birth where that is known, and on
// 29 February comes on the last day of that month, which FREQ=YEARLY alone would leave out in common years (RFC 5545 §3.3.10).
func TestEvents(t *testing.T) {
	p := newPlace(t)
	p.put(p.ines, "clara", "FN:Clara Novak\r\nBDAY:1984-03-09\r\nitem1.X-ABDATE:2009-08-08\r\nitem1.X-ABLabel:_$!<Anniversary>!$_\r\nCLASS:PRIVATE\r\n")
	p.put(p.ines, "leo", "FN:Leo\\, the cook\r\nBDAY;X-APPLE-OMIT-YEAR=1604:1604-05-17\r\nCLASS:PUBLIC\r\n")
	p.put(p.ines, "lea", person("Lea", "1996-02-29"))
	p.put(p.ines, "lux", person("Lux", "--0229"))
	p.put(p.ines, "ada", person("Ada", "1815-12-10"))
	p.put(p.ines, "zed", person("Zed", "2299-12-10"))
	p.put(p.ines, "choir", "FN:Choir\r\nX-ADDRESSBOOKSERVER-KIND:group\r\nBDAY:1984-03-09\r\n")
	p.put(p.ines, "none", "FN:Nobody\r\n")
	p.on()
	all, _ := p.events()
	const days = "VALUE=DATE:"
	for title, want := range map[string][]string{
		"Clara Novak's birthday": {"DTSTART;" + days + "19840309", "RRULE:FREQ=YEARLY", "DESCRIPTION:Born in 1984", "X-CONVOKE-YEAR:1984", "CLASS:PRIVATE", "TRANSP:TRANSPARENT",
			"UID:" + eventUID(kindBirthday, "clara"), "DTSTAMP:20261102T080000Z"},
		"Clara Novak's anniversary": {"DTSTART;" + days + "20090808", "DESCRIPTION:Since 2009", "RRULE:FREQ=YEARLY"},
		"Leo, the cook's birthday":  {"DTSTART;" + days + "19720517", "SUMMARY:Leo\\, the cook's birthday", "!DESCRIPTION", "!X-CONVOKE-YEAR", "!CLASS"},
		"Lea's birthday":            {"DTSTART;" + days + "19960229", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1"},
		"Ada's birthday":            {"DTSTART;" + days + "19721210", "DESCRIPTION:Born in 1815", "X-CONVOKE-YEAR:1815"}, // no object begins before 1900
		"Lux's birthday":            {"DTSTART;" + days + "19720229", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1", "!X-CONVOKE-YEAR"},
	} {
		o := all[title]
		if o == nil {
			t.Errorf("%s is missing", title)
			continue
		}
		for _, line := range append(want, "!VALARM", "!ORGANIZER", "!ATTENDEE", "!METHOD", "!VTIMEZONE") {
			without := strings.HasPrefix(line, "!")
			if strings.Contains(string(o.Data), "\r\n"+strings.TrimPrefix(line, "!")) == without {
				t.Errorf("%s: %s in\n%s", title, line, o.Data)
			}
		}
		if o.Component != icalendar.Event || o.Role != "" || !o.Recurring {
			t.Errorf("%s is stored as %+v", title, o.Facts)
		}
		delete(all, title)
	}
	if len(all) > 0 {
		t.Errorf("besides there are %v", all)
	}
}

// In common years 29 February is the 28th; each year has it once.
func TestLeapDay(t *testing.T) {
	d := datesOf([]byte("BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Lea\r\nBDAY:19960229\r\nEND:VCARD\r\n"), "lea", start)
	if len(d) != 1 {
		t.Fatalf("dates %v", d)
	}
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	all, _, err := d[0].object(languages["en"]).Instances(from, from.AddDate(3, 0, 0), icalendar.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, i := range all {
		got = append(got, i.Start.Format("20060102"))
	}
	if want := "20260228 20270228 20280229"; strings.Join(got, " ") != want {
		t.Errorf("it comes on %v, want %s", got, want)
	}
}

// Another card, another date, a card that goes: the calendar follows, and what did not change keeps its ETag and number.
func TestFollows(t *testing.T) {
	p := newPlace(t)
	p.put(p.ines, "clara", person("Clara", "1984-03-09"))
	p.put(p.ines, "ben", person("Ben", "1980-01-02"))
	feed := p.store.Feed()
	defer feed.Close()
	p.on()
	p.follow(feed)
	before, from := p.events()
	p.put(p.ines, "dora", person("Dora", "--0717"))
	p.put(p.ines, "ben", person("Ben", "1980-01-03"))
	p.put(p.ines, "zoe", "FN:Zoe\r\n")
	p.follow(feed)
	after, now := p.events()
	if p.titles() != "Ben's birthday, Clara's birthday, Dora's birthday" || now != from+2 {
		t.Errorf("holds %s, at %d after %d", p.titles(), now, from)
	}
	if a, b := before["Clara's birthday"], after["Clara's birthday"]; a.ETag != b.ETag || a.Change != b.Change {
		t.Errorf("what did not change got %s %d after %s %d", b.ETag, b.Change, a.ETag, a.Change)
	}
	if a, b := before["Ben's birthday"], after["Ben's birthday"]; a.Name != b.Name || a.ETag == b.ETag {
		t.Errorf("what changed is %s %s after %s %s", b.Name, b.ETag, a.Name, a.ETag)
	}
	p.update(func(tx *storage.Tx) error { return tx.DeleteObject(p.book(p.ines).ID, "clara.vcf") })
	p.put(p.ines, "dora", "FN:Dora\r\n")
	p.follow(feed)
	if got := p.titles(); got != "Ben's birthday" {
		t.Errorf("holds %s", got)
	}
	// A card that concerns no date moves nothing.
	_, from = p.events()
	p.put(p.ines, "zoe", "FN:Zoe\r\nNOTE:x\r\n")
	p.follow(feed)
	if _, now := p.events(); now != from {
		t.Errorf("it is at %d after %d", now, from)
	}
}

// A card that moves to another book of the same owner keeps its event; a copy of it makes no second one.
func TestBooks(t *testing.T) {
	p := newPlace(t)
	feed := p.store.Feed()
	defer feed.Close()
	p.put(p.ines, "clara", person("Clara", "1984-03-09"))
	p.on()
	before, from := p.events()
	second := &storage.Collection{OwnerID: p.ines.ID, Home: storage.AddressBooks, Kind: storage.KindAddressBook, Name: "second"}
	p.update(func(tx *storage.Tx) error {
		if err := tx.CreateCollection(second); err != nil {
			return err
		}
		_, err := tx.MoveObject(p.book(p.ines).ID, "clara.vcf", second.ID, "c.vcf")
		return err
	})
	p.follow(feed)
	after, now := p.events()
	if a, b := before["Clara's birthday"], after["Clara's birthday"]; b == nil || a.ETag != b.ETag || now != from {
		t.Errorf("moved: %v after %v, at %d after %d", b, a, now, from)
	}
	p.put(p.ines, "clara", person("Clara", "1984-03-09"))
	p.follow(feed)
	if got := p.titles(); got != "Clara's birthday" {
		t.Errorf("copied: %s", got)
	}
	// A book that goes takes its dates with it; one that comes brings them.
	p.update(func(tx *storage.Tx) error { return tx.DeleteObject(p.book(p.ines).ID, "clara.vcf") })
	p.update(func(tx *storage.Tx) error { return tx.TrashCollection(second.ID) })
	p.follow(feed)
	if got := p.titles(); got != "" {
		t.Errorf("a book was deleted: %s", got)
	}
	bob := p.person("bob")
	p.put(bob, "mia", person("Mia", "2017-12-11"))
	p.shared = []*storage.Collection{p.book(bob)}
	p.update(func(tx *storage.Tx) error {
		return tx.SetGrants(p.book(bob).ID, []storage.Grant{{PrincipalID: p.ines.ID, Privileges: 1}})
	})
	p.follow(feed)
	if got := p.titles(); got != "Mia's birthday" {
		t.Errorf("a book was taken in: %s", got)
	}
	p.put(bob, "noa", person("Noa", "2019-12-11"))
	p.shared = []*storage.Collection{p.book(bob)} // as it is now
	p.follow(feed)
	if got := p.titles(); got != "Mia's birthday, Noa's birthday" {
		t.Errorf("somebody else wrote: %s", got)
	}
	p.shared = nil
	p.update(func(tx *storage.Tx) error { return tx.SetGrants(p.book(bob).ID, nil) })
	p.follow(feed)
	if got := p.titles(); got != "" {
		t.Errorf("it was taken away: %s", got)
	}
}

// What was stored while nobody followed, or just before the end, is made up for at the next start; what is the same is
// not even read.
func TestRestart(t *testing.T) {
	p := newPlace(t)
	p.put(p.ines, "clara", person("Clara", "1984-03-09"))
	p.on()
	p.put(p.ines, "ben", person("Ben", "1980-01-02"))
	if got := p.titles(); got != "Clara's birthday" {
		t.Fatalf("nobody follows, and it holds %s", got)
	}
	for range 2 {
		if err := p.store.Close(); err != nil {
			t.Fatal(err)
		}
		p.open(storage.Limits{})
		p.service.all(t.Context())
		p.service.Round(t.Context())
		if got := p.titles(); got != "Ben's birthday, Clara's birthday" {
			t.Errorf("after a start it holds %s", got)
		}
	}
	if len(p.service.shelf) != 0 {
		t.Error("cards were read again although nothing had changed")
	}
	// Whoever died between the events and the note of their state finds the old state, and events of the new one.
	list, err := p.store.Birthdays(t.Context(), p.ines.ID)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	_, from := p.events()
	list[0].State = "1 en 1:1"
	p.update(func(tx *storage.Tx) error { return tx.SetBirthdays(list[0]) })
	if err := p.service.bring(t.Context(), p.ines.ID); err != nil {
		t.Fatal(err)
	}
	if _, now := p.events(); now != from {
		t.Errorf("the same events were written again: %d after %d", now, from)
	}
}

// Run does all of that by itself: what it does not hear of, it would never do.
func TestRun(t *testing.T) {
	p := newPlace(t)
	p.put(p.ines, "clara", person("Clara", "1984-03-09"))
	p.on()
	p.put(p.ines, "ben", person("Ben", "1980-01-02")) // before it runs
	feed := p.store.Feed()
	defer feed.Close()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- p.service.Run(ctx) }()
	wait := func(name, want string) {
		t.Helper()
		limit := time.After(5 * time.Minute)
		for {
			now, err := p.service.Get(t.Context(), p.ines)
			if err != nil {
				t.Fatal(err)
			}
			if now.Calendar.DisplayName == name && p.titles() == want {
				return
			}
			select {
			case <-feed.Ready():
				feed.Take()
			case <-limit:
				t.Fatalf("%s holds %s, want %s, %s", now.Calendar.DisplayName, p.titles(), name, want)
			}
		}
	}
	wait("Birthdays", "Ben's birthday, Clara's birthday")
	p.put(p.ines, "dora", person("Dora", "--0717"))
	wait("Birthdays", "Ben's birthday, Clara's birthday, Dora's birthday")
	p.update(func(tx *storage.Tx) error { return tx.SetSettings(p.ines.ID, `{"language":"de-AT"}`) })
	p.service.Nudge(p.ines.ID)
	wait("Geburtstage", "Geburtstag von Ben, Geburtstag von Clara, Geburtstag von Dora")
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A name that somebody gave stays in another language.
func TestOwnName(t *testing.T) {
	p := newPlace(t)
	v := p.on()
	renamed := *v.Calendar
	renamed.DisplayName = "Cake"
	p.update(func(tx *storage.Tx) error { return tx.UpdateCollection(&renamed) })
	p.update(func(tx *storage.Tx) error { return tx.SetSettings(p.ines.ID, `{"language":"de"}`) })
	if err := p.service.bring(t.Context(), p.ines.ID); err != nil {
		t.Fatal(err)
	}
	if v, err := p.service.Get(t.Context(), p.ines); err != nil || v.Calendar.DisplayName != "Cake" || v.Language != "de" {
		t.Errorf("%+v, %v", v, err)
	}
}

// It is turned on once, also where a calendar of that name is there already, and turned off with all that is in it.
func TestOnAndOff(t *testing.T) {
	p := newPlace(t)
	p.update(func(tx *storage.Tx) error {
		return tx.CreateCollection(&storage.Collection{OwnerID: p.ines.ID, Home: storage.Calendars, Kind: storage.KindCalendar, Name: "birthdays"})
	})
	p.put(p.ines, "clara", person("Clara", "1984-03-09"))
	if _, err := p.service.Get(t.Context(), p.ines); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("before: %v", err)
	}
	v := p.on()
	c := v.Calendar
	if c.Source != storage.SourceBirthdays || c.Name == "birthdays" || c.DisplayName != "Birthdays" || !c.Transparent || !slices.Equal(c.Components, []string{"VEVENT"}) || c.Len() != 1 {
		t.Errorf("made %+v", c)
	}
	if again := p.on(); again.Calendar.ID != c.ID {
		t.Errorf("there are two: %d and %d", c.ID, again.Calendar.ID)
	}
	for range 2 {
		if err := p.service.Off(t.Context(), p.ines, storage.Actor{}); err != nil {
			t.Error(err)
		}
	}
	if _, err := p.store.CollectionByID(t.Context(), c.ID); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("the calendar: %v", err)
	}
	if all, err := p.store.AllBirthdays(t.Context()); len(all) != 0 || err != nil {
		t.Errorf("left %v, %v", all, err)
	}
	// And whoever deletes it by another door has turned it off; nothing goes on then.
	c = p.on().Calendar
	feed := p.store.Feed()
	defer feed.Close()
	p.update(func(tx *storage.Tx) error { return tx.DeleteCollection(c.ID) })
	p.follow(feed)
	if len(p.service.books)+len(p.service.watching) != 0 {
		t.Errorf("it is still looked after: %v, %v", p.service.books, p.service.watching)
	}
}

// The dates take no time: neither as they are, nor where the owner has the calendar count (RFC 5545 §3.8.2.7, RFC 6638 §9.1).
func TestFreeBusy(t *testing.T) {
	p := newPlace(t)
	p.put(p.ines, "clara", person("Clara", "1984-11-09"))
	v := p.on()
	from := time.Date(2026, 11, 8, 0, 0, 0, 0, time.UTC)
	for range 2 {
		busy, err := p.sched.FreeBusy(t.Context(), &scheduling.BusyQuery{Of: p.ines, From: from, To: from.AddDate(0, 0, 3)})
		if err != nil || len(busy) != 0 {
			t.Errorf("busy %v, %v", busy, err)
		}
		counts := *v.Calendar
		counts.Transparent = false
		p.update(func(tx *storage.Tx) error { return tx.UpdateCollection(&counts) })
	}
}

// Who has no room for it keeps the cards, and is told.
func TestNoRoom(t *testing.T) {
	p := newPlace(t)
	_ = p.store.Close()
	p.open(storage.Limits{ObjectsPerCollection: 2})
	p.put(p.ines, "a", "FN:A\r\nBDAY:1984-03-09\r\nX-ANNIVERSARY:2009-08-08\r\n")
	p.put(p.ines, "b", person("B", "1984-03-09"))
	if v := p.on(); !strings.Contains(v.Problem, "no room") {
		t.Errorf("told %q", v.Problem)
	}
	p.update(func(tx *storage.Tx) error { return tx.DeleteObject(p.book(p.ines).ID, "b.vcf") })
	p.service.retry(t.Context())
	p.service.Round(t.Context())
	if v, err := p.service.Get(t.Context(), p.ines); err != nil || v.Problem != "" || v.Calendar.Len() != 2 {
		t.Errorf("then %+v, %v", v, err)
	}
}

// Cards of people without the calendar cost nobody a look.
func TestOthers(t *testing.T) {
	p := newPlace(t)
	bob := p.person("bob")
	feed := p.store.Feed()
	defer feed.Close()
	p.on()
	p.follow(feed)
	looked := p.looked
	for i := range 10 {
		p.put(bob, fmt.Sprint(i), person("Mia", "2017-12-11"))
	}
	p.follow(feed)
	if p.looked != looked {
		t.Errorf("address books were looked for %d times", p.looked-looked)
	}
}

// There is an end to the number of events, and it is always the same ones that are left out.
func TestBound(t *testing.T) {
	p := newPlace(t)
	dates := map[string]date{}
	for i := range maxDates + 10 {
		for _, d := range datesOf([]byte("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\nBDAY:1984-03-09\r\nEND:VCARD\r\n"), fmt.Sprint(i), start) {
			dates[d.uid] = d
		}
	}
	one, two := p.service.objects(dates, languages["en"]), p.service.objects(dates, languages["en"])
	if len(one) != maxDates || one[0].UID() != two[0].UID() || one[maxDates-1].UID() != two[maxDates-1].UID() {
		t.Errorf("%d events", len(one))
	}
}

// Whatever a card holds, its events may stand in a calendar.
func FuzzDatesOf(f *testing.F) {
	f.Add([]byte("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\\nB\r\nBDAY:1984-03-09\r\nCLASS:private\r\nEND:VCARD\r\n"))
	f.Add([]byte("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\nBDAY:1700-01-01\r\nEND:VCARD\r\n"))
	f.Add([]byte("BEGIN:VCARD\r\nVERSION:4.0\r\nFN:%s %d \r\nBDAY:99991231\r\nANNIVERSARY:--0229\r\nEND:VCARD\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, d := range datesOf(data, "x", start) {
			for _, w := range languages {
				o, err := icalendar.Parse(d.object(w).Bytes())
				if err == nil {
					err = o.Validate()
				}
				if err != nil {
					t.Errorf("%v\n%s", err, d.object(w).Bytes())
				}
			}
		}
	})
}
