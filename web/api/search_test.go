package api

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"convoke/scheduling"
	"convoke/storage"
)

type foundIn struct{ Items []found }

func (f *fixture) search(who, q, more string) []found {
	f.t.Helper()
	var out foundIn
	f.ask(who, "GET", "/api/search?q="+url.QueryEscape(q)+more, nil).into(http.StatusOK, &out)
	return out.Items
}

func titles(list []found) string {
	var all []string
	for _, i := range list {
		all = append(all, i.Title)
	}
	return strings.Join(all, ", ")
}

func TestSearch(t *testing.T) {
	f := newFixture(t, nil)
	f.put("alice", "default", "past.ics", vevent("past", "DTSTART:20260901T090000Z", "DTEND:20260901T100000Z", "SUMMARY:Café in autumn"))
	f.put("alice", "default", "older.ics", vevent("older", "DTSTART:20260801T090000Z", "DTEND:20260801T100000Z", "SUMMARY:CAFE in summer"))
	f.put("alice", "default", "later.ics", vevent("later", "DTSTART:20270301T090000Z", "DTEND:20270301T100000Z", "SUMMARY:Later", "LOCATION:Caf\n e Central"))
	f.put("alice", "default", "soon.ics", vevent("soon", "DTSTART;VALUE=DATE:20261205", "SUMMARY:Soon", "DESCRIPTION:at the café", "RRULE:FREQ=YEARLY"))
	f.put("alice", "default", "guest.ics", vevent("guest", monday, "SUMMARY:Meeting", "ORGANIZER:mailto:alice@example.org", "ATTENDEE;CN=Joe Cafeman:mailto:joe@example.net"))
	f.put("alice", "tasks", "t.ics", "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VTODO\nUID:t\nDTSTAMP:20261101T080000Z\nSUMMARY:Cafe bill\nEND:VTODO\nEND:VCALENDAR\n")
	f.card("alice", "default", "c.vcf", "BEGIN:VCARD\nVERSION:4.0\nUID:c\nFN:Zoë Café\nEMAIL:zoe@example.net\nTEL:+49 30 123-45\nEND:VCARD\n")
	f.put("bob", "default", "b.ics", vevent("b", monday, "SUMMARY:Bob's cafe"))

	if got, want := titles(f.search("alice", "cafe", "")), "Meeting, Soon, Later, Cafe bill, Café in autumn, CAFE in summer, Zoë Café"; got != want {
		t.Errorf("found %s\nwant %s", got, want)
	}
	for q, want := range map[string]string{
		"CAFÉ central": "Later", "zoe": "Zoë Café", "4930123": "Zoë Café", "cafe nothing": "", "joe@example.net": "Meeting", "bob's": "",
	} {
		if got := titles(f.search("alice", q, "")); got != want {
			t.Errorf("%q finds %s, want %s", q, got, want)
		}
	}
	if got := titles(f.search("alice", "cafe", "&kinds=task,contact")); got != "Cafe bill, Zoë Café" {
		t.Errorf("by kinds: %s", got)
	}
	if got := titles(f.search("alice", "cafe", "&kinds=event&limit=2")); got != "Meeting, Soon" {
		t.Errorf("two: %s", got)
	}
	soon := f.search("alice", "soon", "")[0]
	if soon.Start != "2026-12-05" || soon.End != "2026-12-06" || !soon.AllDay || !soon.Recurring || soon.Href != "/dav/calendars/alice/default/soon.ics" {
		t.Errorf("%+v", soon)
	}
	f.ask("alice", "GET", "/api/search?q=%20", nil).refused(http.StatusBadRequest, "no-words")
	// What changes is found as it is now.
	f.put("alice", "default", "soon.ics", vevent("soon", "DTSTART;VALUE=DATE:20261205", "SUMMARY:Teahouse"))
	if got := titles(f.search("alice", "soon", "")) + titles(f.search("alice", "teahouse", "")); got != "Teahouse" {
		t.Errorf("after a change: %s", got)
	}
}

// Of a shared calendar one finds what one may read; of private events there nothing.
func TestSearchSeesWhatOneMay(t *testing.T) {
	f := newFixture(t, nil)
	f.put("alice", "default", "open.ics", vevent("open", monday, "SUMMARY:Clinic tour"))
	f.put("alice", "default", "secret.ics", vevent("secret", monday, "SUMMARY:Clinic stay", "CLASS:PRIVATE"))
	if got := f.search("bob", "clinic", ""); len(got) != 0 {
		t.Errorf("bob finds %v", got)
	}
	f.share(f.calendar("alice", "default"), "bob", read)
	if got := f.search("bob", "clinic", ""); titles(got) != "Clinic tour" || got[0].Href != "/dav/calendars/bob/alice~default/open.ics" {
		t.Errorf("bob finds %v", got)
	}
	f.share(f.calendar("alice", "default"), "bob", readWrite)
	if got := titles(f.search("bob", "clinic", "")); got != "Clinic stay, Clinic tour" {
		t.Errorf("who may write finds %s", got)
	}
}

func TestPeople(t *testing.T) {
	f := newFixture(t, nil)
	room := &storage.Principal{Kind: storage.KindRoom, Name: "ballroom", DisplayName: "Ballroom", Addresses: []string{"mailto:ballroom@example.org"},
		Booking: &storage.Booking{Capacity: 80}}
	f.update(func(tx *storage.Tx) error { return tx.CreatePrincipal(room) })
	f.card("alice", "default", "bo.vcf", "BEGIN:VCARD\nVERSION:4.0\nUID:bo\nFN:Bo Álvarez\nEMAIL:bo@example.net\nEMAIL:bob@example.org\nEND:VCARD\n")
	f.card("alice", "default", "jim.vcf", "BEGIN:VCARD\nVERSION:4.0\nUID:jim\nFN:Jim Bobson\nEMAIL:jim@example.net\nEND:VCARD\n")
	f.put("alice", "default", "m.ics", meeting(monday))
	f.update(func(tx *storage.Tx) error { return tx.Trust(f.people["alice"].ID, "mailto:boss@example.com") })
	people := func(who, q string) string {
		var out struct{ Items []person }
		f.ask(who, "GET", "/api/people?q="+url.QueryEscape(q), nil).into(http.StatusOK, &out)
		var all []string
		for _, p := range out.Items {
			all = append(all, fmt.Sprintf("%s <%s> %s", p.Name, p.Address, p.Kind))
		}
		return strings.Join(all, "; ")
	}
	for _, c := range []struct{ who, q, want string }{
		{"alice", "bo", " <boss@example.com> recent; Bo Álvarez <bo@example.net> contact; Bob <bob@example.org> user; Jim Bobson <jim@example.net> contact"},
		{"alice", "alvarez", "Bo Álvarez <bo@example.net> contact; Bo Álvarez <bob@example.org> contact"},
		{"alice", "dan out", "Dan Outside <dan@example.net> recent"},
		{"carol", "bo", "Bob <bob@example.org> user"},
		{"carol", "ball", "Ballroom <ballroom@example.org> room"},
		{"carol", "llroo", "Ballroom <ballroom@example.org> room"},
	} {
		if got := people(c.who, c.q); got != c.want {
			t.Errorf("%s asks for %q: %s\nwant %s", c.who, c.q, got, c.want)
		}
	}
	f.ask("alice", "GET", "/api/people?q=", nil).refused(http.StatusBadRequest, "no-words")
	for _, q := range []string{"&rooms=true", "ball&rooms=true"} {
		var out struct{ Items []person }
		f.ask("carol", "GET", "/api/people?q="+q, nil).into(http.StatusOK, &out)
		if len(out.Items) != 1 || out.Items[0].Name != "Ballroom" || out.Items[0].Capacity != 80 {
			t.Errorf("rooms for %q: %v", q, out.Items)
		}
	}
}

// Searching ten thousand events, when they were searched before and when not.
func BenchmarkSearch(b *testing.B) {
	f := newFixture(b, nil)
	c := f.calendar("alice", "default")
	for n := range 10_000 {
		data := vevent(fmt.Sprint("e", n), fmt.Sprintf("DTSTART:2026%02d%02dT090000Z", n%12+1, n%28+1), "DURATION:PT1H",
			fmt.Sprintf("SUMMARY:Bücher und Menschen %d", n), "DESCRIPTION:"+strings.Repeat("some words to read ", 10))
		if _, err := f.sched.Put(bg, &scheduling.Put{Collection: c, Name: fmt.Sprint(n, ".ics"), Data: crlf(data), Import: true}); err != nil {
			b.Fatal(err)
		}
	}
	for name, fresh := range map[string]bool{"first": true, "again": false} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if fresh {
					f.texts = newTexts()
				}
				if got := f.search("alice", "bucher 777", ""); len(got) == 0 {
					b.Fatal("nothing found")
				}
			}
		})
	}
}
