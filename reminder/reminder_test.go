package reminder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"convoke/imip/compose"
	"convoke/internal/icalendar"
	"convoke/scheduling"
	"convoke/storage"
)

var bg = context.Background()

// desk is a store with one person, a clock that moves by hand, and a Service.
type desk struct {
	t     testing.TB
	dir   string
	now   time.Time
	store *storage.Store
	sched *scheduling.Service
	anna  *storage.Principal
	s     *Service
	mail  *Mail
	tells []Teller
	seen  int64 // the last row that was looked at
}

// noon is when a desk opens: Tuesday, 10 March 2026, 12:00 in UTC, 13:00 in Berlin.
var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

func newDesk(t testing.TB, settings string) *desk {
	t.Helper()
	d := &desk{t: t, dir: t.TempDir(), now: noon, mail: &Mail{Gateway: "calendar@example.org", Language: "en"}}
	d.open()
	t.Cleanup(func() { d.store.Close() })
	d.anna = &storage.Principal{Kind: storage.KindUser, Name: "anna", DisplayName: "Anna Berg", Addresses: []string{"mailto:anna@example.org", "mailto:a.berg@example.org"}}
	d.update(func(tx *storage.Tx) error { return tx.CreatePrincipal(d.anna) })
	d.choose(settings)
	d.begin()
	return d
}

func (d *desk) open() {
	d.t.Helper()
	clock := func() time.Time { return d.now }
	var err error
	if d.store, err = storage.Open(bg, d.dir, storage.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}); err != nil {
		d.t.Fatal(err)
	}
	d.sched = scheduling.New(d.store, scheduling.Options{Clock: clock})
}

// begin starts the service, which learns what there is.
func (d *desk) begin() {
	d.t.Helper()
	d.s = New(Options{Store: d.store, Mail: d.mail, Tellers: d.tells, Href: func(p *storage.Principal, names []string) string {
		return "/dav/calendars/" + p.Name + "/" + strings.Join(names, "/")
	}})
	d.at(d.now.Sub(noon))
}

func (d *desk) update(f func(*storage.Tx) error) {
	d.t.Helper()
	if err := d.store.Update(bg, storage.Actor{}, f); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) choose(settings string) {
	d.t.Helper()
	d.update(func(tx *storage.Tx) error { return tx.SetSettings(d.anna.ID, settings) })
}

func (d *desk) calendar() *storage.Collection { return d.collection("default") }

func (d *desk) collection(name string) *storage.Collection {
	d.t.Helper()
	c, err := d.store.CollectionAt(bg, storage.Calendars, "anna", []string{name})
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

// put stores an event or, with a kind before the name and a colon, something else.
func (d *desk) put(name string, lines ...string) {
	d.t.Helper()
	kind, uid, found := strings.Cut(name, ":")
	where := "tasks"
	if !found {
		kind, uid, where = "VEVENT", name, "default"
	}
	data := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:" + kind + "\r\nUID:" + uid + "\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:" + uid + "\r\n" +
		strings.ReplaceAll(strings.Join(lines, "\n"), "\n", "\r\n") + "\r\nEND:" + kind + "\r\nEND:VCALENDAR\r\n"
	_, err := d.sched.Put(bg, &scheduling.Put{Actor: storage.Actor{PrincipalID: d.anna.ID, Door: "caldav"}, Who: d.anna,
		Collection: d.collection(where), Name: uid + ".ics", Data: []byte(data)})
	if err != nil {
		d.t.Fatal(name, err)
	}
}

func (d *desk) delete(name string) {
	d.t.Helper()
	err := d.sched.Delete(bg, &scheduling.Removal{Actor: storage.Actor{PrincipalID: d.anna.ID, Door: "caldav"}, Who: d.anna, Collection: d.calendar(), Name: name + ".ics"})
	if err != nil {
		d.t.Fatal(err)
	}
}

func alarm(action string, lines ...string) string {
	return "BEGIN:VALARM\nACTION:" + action + "\nDESCRIPTION:x\nSUMMARY:x\n" + strings.Join(lines, "\n") + "\nEND:VALARM"
}

// at moves the clock to so long after noon and works.
func (d *desk) at(after time.Duration) {
	d.t.Helper()
	d.now = noon.Add(after)
	if _, err := d.s.Round(bg); err != nil {
		d.t.Fatal(err)
	}
}

// mails are those put into the queue since the last time: title, whom to, and what else was asked for.
func (d *desk) mails(what ...func(*storage.Outbound, *compose.Reminder) string) (list []string) {
	d.t.Helper()
	rows, err := d.store.Outbounds(bg, "")
	if err != nil {
		d.t.Fatal(err)
	}
	for i := range rows {
		r := &rows[i]
		if r.ID <= d.seen {
			continue
		}
		d.seen = r.ID
		var says compose.Reminder
		if err := json.Unmarshal(r.Data, &says); err != nil || r.Method != storage.MethodReminder || r.PrincipalID != d.anna.ID || r.Recipient != "mailto:anna@example.org" {
			d.t.Errorf("row %+v, %v", r, err)
		}
		s := says.Title
		for _, f := range what {
			s += " " + f(r, &says)
		}
		list = append(list, s)
	}
	slices.Sort(list)
	return list
}

func (d *desk) expect(why string, want ...string) {
	d.t.Helper()
	if got := d.mails(); !slices.Equal(got, want) {
		d.t.Errorf("%s: mails %q, want %q", why, got, want)
	}
}

const lunch = "DTSTART:20260310T140000Z\nDTEND:20260310T150000Z"

func TestWhatIsTold(t *testing.T) {
	mail := func(lines ...string) string {
		return alarm("EMAIL", append(lines, "ATTENDEE:mailto:anna@example.org")...)
	}
	for _, c := range []struct {
		why, name, settings string
		lines               []string
		told                bool
	}{
		{"an alarm by mail, by default", "a", "", []string{lunch, mail("TRIGGER:-PT1H")}, true},
		{"a notification, by default", "a", "", []string{lunch, alarm("DISPLAY", "TRIGGER:-PT1H")}, false},
		{"mail only where it was asked for", "a", `{"mailReminders":"asked"}`, []string{lunch, alarm("DISPLAY", "TRIGGER:-PT1H")}, false},
		{"all by mail", "a", `{"mailReminders":"all"}`, []string{lunch, alarm("DISPLAY", "TRIGGER:-PT1H")}, true},
		{"all by mail, and sounds", "a", `{"mailReminders":"all"}`, []string{lunch, alarm("audio", "TRIGGER:-PT1H")}, true},
		{"none by mail", "a", `{"mailReminders":"off"}`, []string{lunch, mail("TRIGGER:-PT1H")}, false},
		{"a calendar that is quiet", "a", `{"quietCalendars":["/dav/calendars/anna/default/"]}`, []string{lunch, mail("TRIGGER:-PT1H")}, false},
		{"another that is quiet", "a", `{"quietCalendars":["/dav/calendars/anna/other/"]}`, []string{lunch, mail("TRIGGER:-PT1H")}, true},
		{"settings that nobody wrote who could", "a", `{"mailReminders":7,"language":[],"timeZone":{}}`, []string{lunch, mail("TRIGGER:-PT1H")}, true},
		{"an action that is none of ours", "a", `{"mailReminders":"all"}`, []string{lunch, alarm("PROCEDURE", "TRIGGER:-PT1H")}, false},
		{"cancelled", "a", "", []string{lunch, "STATUS:CANCELLED", mail("TRIGGER:-PT1H")}, false},
		{"declined", "a", "", []string{lunch, "ORGANIZER:mailto:zoe@example.net", "ATTENDEE;PARTSTAT=DECLINED:mailto:A.Berg@example.org", mail("TRIGGER:-PT1H")}, false},
		{"declined by another", "a", "", []string{lunch, "ORGANIZER:mailto:zoe@example.net", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@example.org",
			"ATTENDEE;PARTSTAT=DECLINED:mailto:bob@example.net", mail("TRIGGER:-PT1H")}, true},
		{"acknowledged at its time (RFC 9074 §6.1)", "a", "", []string{lunch, mail("TRIGGER:-PT1H", "ACKNOWLEDGED:20260310T130000Z")}, false},
		{"acknowledged before", "a", "", []string{lunch, mail("TRIGGER:-PT1H", "ACKNOWLEDGED:20260310T125959Z")}, true},
		{"for a place, not a time (RFC 9074 §8)", "a", "", []string{lunch, mail("TRIGGER;VALUE=DATE-TIME:20260310T130000Z", "PROXIMITY:ARRIVE")}, false},
		{"a snooze: an absolute alarm of its own (RFC 9074 §7)", "a", "", []string{lunch, mail("UID:1", "TRIGGER:-PT3H", "ACKNOWLEDGED:20260310T113000Z"),
			mail("TRIGGER;VALUE=DATE-TIME:20260310T130000Z", "RELATED-TO;RELTYPE=SNOOZE:1")}, true},
		{"an alarm after the end", "a", "", []string{"DTSTART:20260310T100000Z\nDTEND:20260310T110000Z", mail("TRIGGER;RELATED=END:PT2H")}, true},
		{"a task", "VTODO:a", "", []string{"DUE:20260310T140000Z", mail("TRIGGER:-PT1H")}, true},
		{"a task that is done", "VTODO:a", "", []string{"DUE:20260310T140000Z", "STATUS:COMPLETED", mail("TRIGGER:-PT1H")}, false},
		{"a task that is done, and says only when", "VTODO:a", "", []string{"DUE:20260310T140000Z", "COMPLETED:20260310T110000Z", mail("TRIGGER:-PT1H")}, false},
		{"a task that is given up", "VTODO:a", "", []string{"DUE:20260310T140000Z", "STATUS:CANCELLED", mail("TRIGGER:-PT1H")}, false},
		{"an occurrence of a series", "a", "", []string{"DTSTART:20250107T140000Z\nRRULE:FREQ=WEEKLY", mail("TRIGGER:-PT1H")}, true},
		{"9:00 on the day before in Auckland, where the person is: 20:00 here", "a", `{"timeZone":"Pacific/Auckland"}`,
			[]string{"DTSTART;VALUE=DATE:20260312", mail("TRIGGER:-PT22H")}, true}, // midnight there is 11:00 on the 11th
	} {
		t.Run(c.why, func(t *testing.T) {
			d := newDesk(t, c.settings)
			d.put(c.name, c.lines...)
			d.at(time.Hour - time.Second)
			d.expect("a second too early")
			d.at(time.Hour)
			if c.told {
				d.expect("at its time", "a")
			} else {
				d.expect("at its time")
			}
			d.at(time.Hour + time.Minute)
			d.expect("a minute later")
		})
	}
}

// Whoever writes an alarm names whom to mail (RFC 5545 §3.6.6). Mail goes to the account all the same, and nowhere else.
func TestNobodyElseIsMailed(t *testing.T) {
	d := newDesk(t, "")
	d.put("a", lunch, alarm("EMAIL", "TRIGGER:-PT1H", "ATTENDEE:mailto:victim@example.net", "ATTENDEE:mailto:other@example.net"))
	d.at(time.Hour)
	d.expect("with others as attendees", "a") // which looks at the recipient
}

// What moves, goes, or is new while the service runs is heard of.
func TestChanges(t *testing.T) {
	d := newDesk(t, "")
	mail := alarm("EMAIL", "TRIGGER:-PT1H")
	d.put("a", lunch, mail)
	d.at(time.Minute)
	d.put("b", lunch, mail)
	d.put("c", lunch, mail)
	d.at(2 * time.Minute)
	d.put("a", "DTSTART:20260310T170000Z", mail)
	d.delete("b")
	d.at(time.Hour)
	d.expect("one moved, one deleted", "c")
	d.at(4 * time.Hour)
	d.expect("the one that moved", "a")
	d.put("past", "DTSTART:20260310T161000Z", mail)
	d.at(4*time.Hour + time.Second)
	d.expect("an alarm that had passed when it was written")
	d.choose(`{"mailReminders":"off"}`)
	d.put("d", "DTSTART:20260310T180000Z", mail)
	d.at(5 * time.Hour)
	d.expect("switched off")
	d.choose("")
	d.at(5*time.Hour + time.Minute)
	d.expect("what was due while it was off")
	d.put("e", "DTSTART:20260312T090000Z", mail)
	d.at(40 * time.Hour)
	d.expect("before the window has moved on")
	d.at(44 * time.Hour)
	d.expect("the day after tomorrow", "e")
	d.update(func(tx *storage.Tx) error { return tx.DeleteCollection(d.calendar().ID) })
	d.at(45 * time.Hour)
}

// Whatever ends the server, nothing is told twice, and what is late is told while it is of use.
func TestDowntime(t *testing.T) {
	d := newDesk(t, "")
	mail := alarm("EMAIL", "TRIGGER:-PT1H")
	d.put("told", "DTSTART:20260310T133000Z\nDTEND:20260310T200000Z", mail)
	d.put("over", lunch, mail)
	d.put("goes on", "DTSTART:20260310T150000Z\nDTEND:20260310T200000Z", mail)
	d.put("VTODO:task", "DUE:20260310T150000Z", mail)
	d.put("hours ago", "DTSTART:20260310T140000Z\nDTEND:20260311T200000Z", mail)
	d.put("again and again", "DTSTART:20260310T160000Z\nDTEND:20260310T200000Z", alarm("EMAIL", "TRIGGER:-PT1H", "REPEAT:3", "DURATION:PT10M"))
	d.at(30 * time.Minute)
	d.expect("in time", "told")
	// Killed: nothing is said any more, and what was not committed is lost.
	d.store.Close()
	d.now = noon.Add(7*time.Hour + time.Minute)
	d.open()
	d.begin()
	d.expect("after some hours", "again and again", "goes on", "task")
	d.at(8 * time.Hour)
	d.expect("an hour later")
}

// The mails and the note of them are one: where the transaction fails, both are missing, and both come with the next try.
func TestToldInOneTransaction(t *testing.T) {
	d := newDesk(t, "")
	d.put("a", lunch, alarm("EMAIL", "TRIGGER:-PT1H"))
	d.at(time.Minute)
	p := d.s.people[d.anna.ID]
	d.now = noon.Add(time.Hour)
	list, seen, err := d.s.noticesOf(bg, p, p.due(d.now), d.now, d.now)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	wrong := errors.New("the server ends here")
	err = d.store.Update(bg, actor, func(tx *storage.Tx) error {
		return errors.Join(d.s.commit(bg, tx, p, list, seen, d.now), wrong)
	})
	if !errors.Is(err, wrong) {
		t.Fatal(err)
	}
	d.expect("of a transaction that failed")
	if told, err := d.store.Told(bg); err != nil || !told[d.anna.ID].Before(d.now) {
		t.Errorf("told until %v, %v", told, err)
	}
	d.at(time.Hour)
	d.expect("at the next try", "a")
	if told, err := d.store.Told(bg); err != nil || !told[d.anna.ID].Equal(d.now) {
		t.Errorf("told until %v, %v", told, err)
	}
}

// What is changed or deleted at the last moment is told as it is then, or not at all.
func TestChangedMeanwhile(t *testing.T) {
	d := newDesk(t, "")
	d.put("moved", lunch, alarm("EMAIL", "TRIGGER:-PT1H"))
	d.put("gone", lunch, alarm("EMAIL", "TRIGGER:-PT1H"))
	d.at(time.Minute)
	p := d.s.people[d.anna.ID]
	d.now = noon.Add(time.Hour)
	list, seen, err := d.s.noticesOf(bg, p, p.due(d.now), d.now, d.now)
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	for why, change := range map[string]func(){
		"a change":   func() { d.put("moved", "DTSTART:20260310T180000Z", alarm("EMAIL", "TRIGGER:-PT1H")) },
		"a deletion": func() { d.delete("gone") },
	} {
		change()
		err := d.store.Update(bg, actor, func(tx *storage.Tx) error { return d.s.commit(bg, tx, p, list, seen, d.now) })
		if !errors.Is(err, errMoved) {
			t.Errorf("after %s: %v", why, err)
		}
	}
	// The service has not heard of it: its plan tells where to look, and no more.
	if err := d.s.tell(bg, p, d.now); err != nil {
		t.Fatal(err)
	}
	d.expect("of what moved and what is gone")
	d.at(5 * time.Hour)
	d.expect("later", "moved")
}

// Who would keep the service busy is left after a while, and others are told.
func TestWorkIsBounded(t *testing.T) {
	d := newDesk(t, "")
	d.put("a", lunch, alarm("EMAIL", "TRIGGER:-PT1H"))
	stored, err := d.store.Object(bg, d.calendar().ID, "a.ics")
	if err != nil {
		t.Fatal(err)
	}
	n, warned := 0, 0
	w := work{over: func() { warned++ }}
	count := func(*icalendar.Instance, *icalendar.Component, time.Time) { n++ }
	for _, spent := range []time.Duration{0, workFor, workFor + 1} {
		w.spent = max(w.spent, spent)
		w.alarms(parsed(stored), d.anna, nil, noon, noon.Add(window), count)
	}
	if n != 2 || warned != 1 {
		t.Errorf("looked %d times, warned %d times", n, warned)
	}
}

// An event may ask for as much as it likes: a person gets so many mails a day, and the plan stays small.
func TestBounds(t *testing.T) {
	d := newDesk(t, "")
	d.mail.PerDay = 5
	for n := range 8 {
		d.put(fmt.Sprint("n", n), lunch, alarm("EMAIL", fmt.Sprintf("TRIGGER:-PT%dM", 60-n)))
	}
	d.at(59 * time.Minute)
	for n := range 8 {
		d.at(time.Hour + time.Duration(n)*time.Minute)
	}
	d.expect("of eight", "n0", "n1", "n2", "n3", "n4")
	d.put("tomorrow", "DTSTART:20260311T143000Z", alarm("EMAIL", "TRIGGER:-PT1H"))
	d.at(25*time.Hour + 30*time.Minute)
	d.expect("a day later", "tomorrow")

	for n := range 3 {
		d.put(fmt.Sprint("many", n), "DTSTART:20260311T000000Z\nRRULE:FREQ=HOURLY", alarm("DISPLAY", "TRIGGER:PT0S", "REPEAT:100", "DURATION:PT1S"))
	}
	d.choose(`{"mailReminders":"all"}`)
	d.at(26 * time.Hour)
	n, p := 0, d.s.people[d.anna.ID]
	for _, c := range p.calendars {
		for _, times := range c.alarms {
			n += len(times)
		}
	}
	if n > maxPlanned || !p.until.After(d.now) {
		t.Errorf("%d alarms are planned until %v", n, p.until)
	}
}

// A calendar that others share, or a feed fills, reminds others.
func TestOthersCalendars(t *testing.T) {
	d := newDesk(t, "")
	feed := &storage.Collection{OwnerID: d.anna.ID, Home: storage.Calendars, Kind: storage.KindCalendar, Source: storage.SourceFeed, Name: "feed", Components: []string{"VEVENT"}}
	d.update(func(tx *storage.Tx) error {
		if err := tx.CreateCollection(feed); err != nil {
			return err
		}
		data := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:f\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260310T140000Z\r\n" +
			strings.ReplaceAll(alarm("EMAIL", "TRIGGER:-PT1H"), "\n", "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
		facts, err := d.sched.Facts(bg, feed, []byte(data))
		if err == nil {
			_, err = tx.PutObject(&storage.Object{Member: storage.Member{CollectionID: feed.ID, Name: "f.ics", ContentType: "text/calendar", Facts: facts}, Data: []byte(data)})
		}
		return err
	})
	d.at(time.Hour)
	d.expect("of a feed")
}

// What a mail says: in the language and the zone of the person, else of the event.
func TestWords(t *testing.T) {
	all := func(_ *storage.Outbound, r *compose.Reminder) string {
		return strings.Join([]string{r.Language, r.Day, r.When, r.Place, r.Link}, "|")
	}
	d := newDesk(t, "")
	d.mail.Link = func(n *Notice) string { return n.Href + "@" + n.RecurrenceID }
	mail := alarm("EMAIL", "TRIGGER:-PT1H")
	d.put("utc", lunch, "LOCATION:Harbour", mail)
	d.put("zoned", "DTSTART;TZID=Europe/Berlin:20250107T150000\nDTEND;TZID=Europe/Berlin:20250107T153000\nRRULE:FREQ=WEEKLY", mail)
	d.put("day", "DTSTART;VALUE=DATE:20260310\nDTEND;VALUE=DATE:20260312", alarm("EMAIL", "TRIGGER:PT13H"))
	d.put("VTODO:task", "DUE;VALUE=DATE:20260310", alarm("EMAIL", "TRIGGER:PT13H"))
	d.at(time.Hour)
	want := []string{
		"day en|Tuesday, 10 March 2026|Tuesday, 10 March 2026 – Wednesday, 11 March 2026 (all day)||/dav/calendars/anna/default/day.ics@",
		"task en|Tuesday, 10 March 2026|Tuesday, 10 March 2026 (all day)||/dav/calendars/anna/tasks/task.ics@",
		"utc en|Tuesday, 10 March 2026, 14:00|Tuesday, 10 March 2026, 14:00–15:00 (UTC, UTC+00:00)|Harbour|/dav/calendars/anna/default/utc.ics@",
		"zoned en|Tuesday, 10 March 2026, 15:00|Tuesday, 10 March 2026, 15:00–15:30 (Europe/Berlin, UTC+01:00)||/dav/calendars/anna/default/zoned.ics@20260310T140000Z",
	}
	if got := d.mails(all); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	d.choose(`{"language":"de","timeZone":"","deviceZone":"Europe/Berlin"}`)
	d.put("deutsch", "DTSTART:20260310T160000Z\nDTEND:20260310T170000Z", mail)
	d.at(3 * time.Hour)
	want = []string{"deutsch de|Dienstag, 10. März 2026, 17:00 Uhr|Dienstag, 10. März 2026, 17:00–18:00 Uhr (Europe/Berlin, UTC+01:00)||/dav/calendars/anna/default/deutsch.ics@"}
	if got := d.mails(all); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// book is a Teller that writes down.
type book struct {
	wants bool
	told  []string
}

func (b *book) Wants(context.Context, *storage.Principal) (bool, error) { return b.wants, nil }
func (b *book) Tell(_ context.Context, list []Notice) {
	for _, n := range list {
		b.told = append(b.told, n.Principal.Name+" "+n.Action+" "+n.Title)
	}
}

// A teller hears of what is to be shown, beside the mails, and without any.
func TestTeller(t *testing.T) {
	d := newDesk(t, "")
	b := &book{wants: true}
	d.tells = []Teller{b}
	d.begin()
	d.put("shown", lunch, alarm("DISPLAY", "TRIGGER:-PT1H", "REPEAT:1", "DURATION:PT1M"), alarm("AUDIO", "TRIGGER:-PT1H"))
	d.put("mailed", lunch, alarm("EMAIL", "TRIGGER:-PT1H"))
	d.at(time.Hour)
	d.expect("beside what is shown", "mailed")
	if want := []string{"anna DISPLAY shown"}; !slices.Equal(b.told, want) {
		t.Errorf("told %q, want %q", b.told, want)
	}
	d.begin() // as after a kill
	d.at(time.Hour + time.Second)
	if len(b.told) != 1 {
		t.Errorf("after another start: told %q", b.told)
	}
	b.told, b.wants = nil, false
	d.s.Changed(d.anna.ID)
	d.at(61 * time.Minute)
	b.wants = true
	d.choose(`{"mailReminders":"off"}`)
	d.put("alone", "DTSTART:20260310T150000Z", alarm("DISPLAY", "TRIGGER:-PT1H"))
	d.at(2 * time.Hour)
	d.expect("switched off")
	if want := []string{"anna DISPLAY alone"}; !slices.Equal(b.told, want) {
		t.Errorf("told %q, want %q", b.told, want)
	}
}

// Run ends when it is told to, and notes how far everybody was told.
func TestRun(t *testing.T) {
	d := newDesk(t, "")
	d.at(30 * time.Minute)
	ctx, cancel := context.WithCancel(bg)
	cancel()
	if err := d.s.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if told, err := d.store.Told(bg); err != nil || !told[d.anna.ID].Equal(d.now) {
		t.Errorf("told until %v, %v", told, err)
	}
	if err := New(Options{Store: d.store}).Run(bg); err != nil {
		t.Error("with nobody to tell:", err)
	}
}
