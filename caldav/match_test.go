package caldav

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"convoke/internal/icalendar"
	"convoke/internal/timezone"
	"convoke/server/davxml"
)

// appendixB are the objects of RFC 4791 appendix B, by name.
func appendixB(t testing.TB) map[string]*icalendar.Object {
	t.Helper()
	files, err := filepath.Glob("testdata/rfc4791/*.ics")
	if err != nil || len(files) != 8 {
		t.Fatalf("%d objects, %v", len(files), err)
	}
	all := map[string]*icalendar.Object{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		o, err := icalendar.Parse(data)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".ics")] = o.Freeze()
	}
	return all
}

// TestRFC4791Examples are the queries of RFC 4791 §7.8 over appendix B.
func TestRFC4791Examples(t *testing.T) {
	objects := appendixB(t)
	tests := []struct{ section, filter, want string }{
		{"§7.8.1", inCalendar(`<C:comp-filter name="VEVENT"><C:time-range start="20060104T000000Z" end="20060105T000000Z"/></C:comp-filter>`), "abcd2 abcd3"},
		{"§7.8.2", inCalendar(`<C:comp-filter name="VEVENT"><C:time-range start="20060103T000000Z" end="20060105T000000Z"/></C:comp-filter>`), "abcd2 abcd3"},
		{"§7.8.4", inCalendar(`<C:comp-filter name="VFREEBUSY"><C:time-range start="20060102T000000Z" end="20060103T000000Z"/></C:comp-filter>`), "abcd8"},
		{"§7.8.5", inCalendar(`<C:comp-filter name="VTODO"><C:comp-filter name="VALARM"><C:time-range start="20060105T100000Z" end="20060107T100000Z"/></C:comp-filter></C:comp-filter>`), "abcd5"},
		{"§7.8.6", inCalendar(`<C:comp-filter name="VEVENT"><C:prop-filter name="UID"><C:text-match collation="i;octet">DC6C50A017428C5216A2F1CD@example.com</C:text-match></C:prop-filter></C:comp-filter>`), "abcd3"},
		{"§7.8.7", inCalendar(`<C:comp-filter name="VEVENT"><C:prop-filter name="ATTENDEE"><C:text-match collation="i;ascii-casemap">mailto:lisa@example.com</C:text-match><C:param-filter name="PARTSTAT"><C:text-match collation="i;ascii-casemap">NEEDS-ACTION</C:text-match></C:param-filter></C:prop-filter></C:comp-filter>`), "abcd3"},
		{"§7.8.8", inCalendar(`<C:comp-filter name="VEVENT"/>`), "abcd1 abcd2 abcd3"},
		{"§7.8.9", inCalendar(`<C:comp-filter name="VTODO"><C:prop-filter name="COMPLETED"><C:is-not-defined/></C:prop-filter><C:prop-filter name="STATUS"><C:text-match negate-condition="yes">CANCELLED</C:text-match></C:prop-filter></C:comp-filter>`), "abcd4 abcd5"},
		{"§7.8.10, which we support", inCalendar(`<C:comp-filter name="VEVENT"><C:prop-filter name="X-ABC-GUID"><C:text-match>e1cx5dr</C:text-match></C:prop-filter></C:comp-filter>`), "abcd3"},
		{"appendix B", inCalendar(""), "abcd1 abcd2 abcd3 abcd4 abcd5 abcd6 abcd7 abcd8"},
	}
	for _, test := range tests {
		t.Run(test.section, func(t *testing.T) {
			f, err := parseFilter(filterNode(t, test.filter))
			if err != nil {
				t.Fatal(err)
			}
			m := &matcher{filter: f}
			var got []string
			for _, name := range strings.Fields("abcd1 abcd2 abcd3 abcd4 abcd5 abcd6 abcd7 abcd8") {
				if m.matches(objects[name]) {
					got = append(got, name)
				}
			}
			if s := strings.Join(got, " "); s != test.want {
				t.Errorf("got %s, want %s", s, test.want)
			}
		})
	}
}

// object wraps a component given by its lines.
func calendarObject(t testing.TB, component string) *icalendar.Object {
	t.Helper()
	text := "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//T//T//EN\n" + strings.TrimSpace(component) + "\nEND:VCALENDAR\n"
	o, err := icalendar.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", component, err)
	}
	return o.Freeze()
}

func event(lines string) string { return comp("VEVENT", lines) }
func todo(lines string) string  { return comp("VTODO", lines) }

func comp(name, lines string) string {
	return "BEGIN:" + name + "\nUID:1\nDTSTAMP:20260101T000000Z\n" + strings.ReplaceAll(lines, "|", "\n") + "\nEND:" + name
}

// TestTimeRange are the tables of RFC 4791 §9.9, and of RFC 7953 §7.2.2. The range is one hour, 10:00 to 11:00.
func TestTimeRange(t *testing.T) {
	const day = "20260601"
	alarm := "|BEGIN:VALARM|ACTION:DISPLAY|DESCRIPTION:x|TRIGGER:"
	tests := []struct {
		name, kind, object string
		want               bool
	}{
		{"VEVENT with DTEND inside", "VEVENT", event("DTSTART:20260601T101500Z|DTEND:20260601T103000Z"), true},
		{"VEVENT around", "VEVENT", event("DTSTART:20260601T090000Z|DTEND:20260601T120000Z"), true},
		{"VEVENT that ends at the start", "VEVENT", event("DTSTART:20260601T090000Z|DTEND:20260601T100000Z"), false},
		{"VEVENT that starts at the end", "VEVENT", event("DTSTART:20260601T110000Z|DTEND:20260601T120000Z"), false},
		{"VEVENT with DURATION", "VEVENT", event("DTSTART:20260601T093000Z|DURATION:PT31M"), true},
		{"VEVENT whose DURATION ends at the start", "VEVENT", event("DTSTART:20260601T093000Z|DURATION:PT30M"), false},
		{"VEVENT of no DURATION at the start", "VEVENT", event("DTSTART:20260601T100000Z|DURATION:PT0S"), true},
		{"VEVENT of no length at the start", "VEVENT", event("DTSTART:20260601T100000Z"), true},
		{"VEVENT of no length at the end", "VEVENT", event("DTSTART:20260601T110000Z"), false},
		{"VEVENT of a day", "VEVENT", event("DTSTART;VALUE=DATE:" + day), true},
		{"VEVENT of the day before", "VEVENT", event("DTSTART;VALUE=DATE:20260531"), false},
		{"VEVENT of days up to this one", "VEVENT", event("DTSTART;VALUE=DATE:20260530|DTEND;VALUE=DATE:20260601"), false},
		{"VEVENT that recurs into the range", "VEVENT", event("DTSTART:20200601T100000Z|DURATION:PT1H|RRULE:FREQ=YEARLY"), true},
		{"VEVENT that recurs past it", "VEVENT", event("DTSTART:20200602T100000Z|DURATION:PT1H|RRULE:FREQ=YEARLY"), false},
		{"VEVENT with that instance excluded", "VEVENT", event("DTSTART:20200601T100000Z|DURATION:PT1H|RRULE:FREQ=YEARLY|EXDATE:20260601T100000Z"), false},
		{"VEVENT whose override moves away", "VEVENT", event("DTSTART:20200601T100000Z|DURATION:PT1H|RRULE:FREQ=YEARLY") + "\n" + event("RECURRENCE-ID:20260601T100000Z|DTSTART:20260605T100000Z|DURATION:PT1H"), false},
		{"VEVENT whose override moves in", "VEVENT", event("DTSTART:20200602T100000Z|DURATION:PT1H|RRULE:FREQ=YEARLY") + "\n" + event("RECURRENCE-ID:20260602T100000Z|DTSTART:20260601T101000Z|DURATION:PT1H"), true},

		{"VTODO with DTSTART and DURATION to the start", "VTODO", todo("DTSTART:20260601T090000Z|DURATION:PT1H"), true},
		{"VTODO with DTSTART and DURATION before", "VTODO", todo("DTSTART:20260601T090000Z|DURATION:PT59M"), false},
		{"VTODO with DTSTART and DURATION at the end", "VTODO", todo("DTSTART:20260601T110000Z|DURATION:PT0S"), true},
		{"VTODO with DTSTART and DUE around", "VTODO", todo("DTSTART:20260601T090000Z|DUE:20260601T120000Z"), true},
		{"VTODO with DUE at the start", "VTODO", todo("DTSTART:20260601T090000Z|DUE:20260601T100000Z"), false},
		{"VTODO with DTSTART and DUE at the start", "VTODO", todo("DTSTART:20260601T100000Z|DUE:20260601T100000Z"), true},
		{"VTODO with DTSTART alone", "VTODO", todo("DTSTART:20260601T100000Z"), true},
		{"VTODO with DTSTART alone at the end", "VTODO", todo("DTSTART:20260601T110000Z"), false},
		{"VTODO with DUE alone at the end", "VTODO", todo("DUE:20260601T110000Z"), true},
		{"VTODO with DUE alone at the start", "VTODO", todo("DUE:20260601T100000Z"), false},
		{"VTODO created and completed around", "VTODO", todo("CREATED:20260601T090000Z|COMPLETED:20260601T120000Z"), true},
		{"VTODO created and completed before", "VTODO", todo("CREATED:20260601T080000Z|COMPLETED:20260601T090000Z"), false},
		{"VTODO completed at the end", "VTODO", todo("COMPLETED:20260601T110000Z"), true},
		{"VTODO completed later", "VTODO", todo("COMPLETED:20260601T110001Z"), false},
		{"VTODO created before the end", "VTODO", todo("CREATED:20200601T110000Z"), true},
		{"VTODO created at the end", "VTODO", todo("CREATED:20260601T110000Z"), false},
		{"VTODO without any time", "VTODO", todo("SUMMARY:some day"), true},

		{"VJOURNAL at the start", "VJOURNAL", comp("VJOURNAL", "DTSTART:20260601T100000Z"), true},
		{"VJOURNAL at the end", "VJOURNAL", comp("VJOURNAL", "DTSTART:20260601T110000Z"), false},
		{"VJOURNAL of the day", "VJOURNAL", comp("VJOURNAL", "DTSTART;VALUE=DATE:20260601"), true},
		{"VJOURNAL without DTSTART", "VJOURNAL", comp("VJOURNAL", "SUMMARY:x"), false},

		{"VFREEBUSY that ends at the start", "VFREEBUSY", comp("VFREEBUSY", "DTSTART:20260601T080000Z|DTEND:20260601T100000Z"), true},
		{"VFREEBUSY that starts at the end", "VFREEBUSY", comp("VFREEBUSY", "DTSTART:20260601T110000Z|DTEND:20260601T120000Z"), false},
		{"VFREEBUSY of periods", "VFREEBUSY", comp("VFREEBUSY", "FREEBUSY:20260601T050000Z/PT1H,20260601T103000Z/PT1H"), true},
		{"VFREEBUSY of other periods", "VFREEBUSY", comp("VFREEBUSY", "FREEBUSY:20260601T090000Z/PT1H,20260601T110000Z/PT1H"), false},
		{"VFREEBUSY of nothing", "VFREEBUSY", comp("VFREEBUSY", "SUMMARY:x"), false},

		{"VALARM before its event", "VALARM", event("DTSTART:20260601T120000Z" + alarm + "-PT90M|END:VALARM"), true},
		{"VALARM at the end of the range", "VALARM", event("DTSTART:20260601T120000Z" + alarm + "-PT60M|END:VALARM"), false},
		{"VALARM at the start of the range", "VALARM", event("DTSTART:20260601T120000Z" + alarm + "-PT2H|END:VALARM"), true},
		{"VALARM that repeats into the range", "VALARM", event("DTSTART:20260601T120000Z" + alarm + "-PT3H|REPEAT:2|DURATION:PT30M|END:VALARM"), true},
		{"VALARM related to the end", "VALARM", event("DTSTART:20260601T080000Z|DTEND:20260601T103000Z" + alarm[:len(alarm)-1] + ";RELATED=END:PT0S|END:VALARM"), true},
		{"VALARM at a fixed time", "VALARM", event("DTSTART:20271001T080000Z" + alarm[:len(alarm)-1] + ";VALUE=DATE-TIME:20260601T103000Z|END:VALARM"), true},
		{"VALARM of an instance", "VALARM", event("DTSTART:20200601T120000Z|RRULE:FREQ=YEARLY" + alarm + "-PT90M|END:VALARM"), true},
		{"VALARM of no instance", "VALARM", event("DTSTART:20200602T120000Z|RRULE:FREQ=YEARLY" + alarm + "-PT90M|END:VALARM"), false},

		{"VAVAILABILITY with both ends", "VAVAILABILITY", comp("VAVAILABILITY", "DTSTART:20260601T090000Z|DTEND:20260601T100000Z"), false},
		{"VAVAILABILITY with DURATION", "VAVAILABILITY", comp("VAVAILABILITY", "DTSTART:20260601T090000Z|DURATION:PT2H"), true},
		{"VAVAILABILITY from a start on", "VAVAILABILITY", comp("VAVAILABILITY", "DTSTART:20200601T090000Z"), true},
		{"VAVAILABILITY up to an end", "VAVAILABILITY", comp("VAVAILABILITY", "DTEND:20260601T100000Z"), false},
		{"VAVAILABILITY at any time", "VAVAILABILITY", comp("VAVAILABILITY", "SUMMARY:x"), true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			filter := `<C:comp-filter name="` + test.kind + `"><C:time-range start="20260601T100000Z" end="20260601T110000Z"/></C:comp-filter>`
			if test.kind == "VALARM" {
				filter = `<C:comp-filter name="VEVENT">` + filter + `</C:comp-filter>`
			}
			f, err := parseFilter(filterNode(t, inCalendar(filter)))
			if err != nil {
				t.Fatal(err)
			}
			m := &matcher{filter: f}
			if got := m.matches(calendarObject(t, test.object)); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// TestFilters are rules beside the tables.
func TestFilters(t *testing.T) {
	series := event("DTSTART:20260601T100000Z|DTEND:20260601T110000Z|RRULE:FREQ=DAILY;COUNT=5|SUMMARY:stand-up") + "\n" +
		event("RECURRENCE-ID:20260603T100000Z|DTSTART:20260603T140000Z|DTEND:20260603T150000Z|SUMMARY:workshop")
	tests := []struct {
		name, object, filter string
		want                 bool
	}{
		{"RFC 4791 §9.7.1: one component passes all tests", series, `<C:comp-filter name="VEVENT"><C:time-range start="20260603T000000Z" end="20260604T000000Z"/><C:prop-filter name="SUMMARY"><C:text-match>workshop</C:text-match></C:prop-filter></C:comp-filter>`, true},
		{"RFC 4791 §9.7.1: not two of them each one", series, `<C:comp-filter name="VEVENT"><C:time-range start="20260602T000000Z" end="20260603T000000Z"/><C:prop-filter name="SUMMARY"><C:text-match>workshop</C:text-match></C:prop-filter></C:comp-filter>`, false},
		{"RFC 4791 §9.9: DTSTART of an instance", series, `<C:comp-filter name="VEVENT"><C:prop-filter name="DTSTART"><C:time-range start="20260605T100000Z" end="20260605T100001Z"/></C:prop-filter></C:comp-filter>`, true},
		{"RFC 4791 §9.9: DTEND at the start of the range", series, `<C:comp-filter name="VEVENT"><C:prop-filter name="DTEND"><C:time-range start="20260602T110000Z" end="20260602T120000Z"/></C:prop-filter></C:comp-filter>`, true},
		{"RFC 4791 §9.9: DTEND after the range", series, `<C:comp-filter name="VEVENT"><C:prop-filter name="DTEND"><C:time-range start="20260602T100000Z" end="20260602T110000Z"/></C:prop-filter></C:comp-filter>`, false},
		{"RFC 4791 §9.9: the effective DTEND of a DURATION", event("DTSTART:20260601T100000Z|DURATION:PT1H"), `<C:comp-filter name="VEVENT"><C:prop-filter name="DTEND"><C:time-range start="20260601T110000Z" end="20260601T120000Z"/></C:prop-filter></C:comp-filter>`, true},
		{"RFC 4791 §9.9: DTSTAMP", event("DTSTART:20260601T100000Z"), `<C:comp-filter name="VEVENT"><C:prop-filter name="DTSTAMP"><C:time-range start="20260101T000000Z" end="20260101T000001Z"/></C:prop-filter></C:comp-filter>`, true},
		{"RFC 4791 §9.9: an open start", event("DTSTART:20260601T100000Z"), `<C:comp-filter name="VEVENT"><C:time-range end="20260601T100001Z"/></C:comp-filter>`, true},
		{"RFC 4791 §9.9: an open end", event("DTSTART:20260601T100000Z"), `<C:comp-filter name="VEVENT"><C:time-range start="20260601T100000Z"/></C:comp-filter>`, true},
		{"RFC 4791 §9.9: an open end and an endless series", event("DTSTART:19700101T100000Z|RRULE:FREQ=DAILY"), `<C:comp-filter name="VEVENT"><C:time-range start="20990601T100000Z"/></C:comp-filter>`, true},
		{"RFC 4791 §9.7.1: no component of the name", event("DTSTART:20260601T100000Z"), `<C:comp-filter name="VTODO"><C:is-not-defined/></C:comp-filter>`, true},
		{"RFC 4791 §9.7.1: one of the name", event("DTSTART:20260601T100000Z"), `<C:comp-filter name="VEVENT"><C:is-not-defined/></C:comp-filter>`, false},
		{"RFC 4791 §9.7.1: events without alarm", event("DTSTART:20260601T100000Z"), `<C:comp-filter name="VEVENT"><C:comp-filter name="VALARM"><C:is-not-defined/></C:comp-filter></C:comp-filter>`, true},
		{"RFC 4791 §9.7.2: text of an escaped value", event(`DTSTART:20260601T100000Z|SUMMARY:soup\, salad`), `<C:comp-filter name="VEVENT"><C:prop-filter name="SUMMARY"><C:text-match>soup, SALAD</C:text-match></C:prop-filter></C:comp-filter>`, true},
		{"RFC 4791 §9.7.2: a property that is not there has no value to negate", event("DTSTART:20260601T100000Z"), `<C:comp-filter name="VEVENT"><C:prop-filter name="SUMMARY"><C:text-match negate-condition="yes">x</C:text-match></C:prop-filter></C:comp-filter>`, false},
		{"RFC 4791 §9.7.2: any property of the name", event("DTSTART:20260601T100000Z|CATEGORIES:a|CATEGORIES:b"), `<C:comp-filter name="VEVENT"><C:prop-filter name="CATEGORIES"><C:text-match>B</C:text-match></C:prop-filter></C:comp-filter>`, true},
		{"RFC 4791 §9.7.3: a parameter that is not there", event("DTSTART:20260601T100000Z|ATTENDEE:mailto:a@b"), `<C:comp-filter name="VEVENT"><C:prop-filter name="ATTENDEE"><C:param-filter name="CN"><C:is-not-defined/></C:param-filter></C:prop-filter></C:comp-filter>`, true},
		{"RFC 4791 §9.7.3: any value of a parameter", event(`DTSTART:20260601T100000Z|ATTENDEE;MEMBER="mailto:x@y","mailto:z@y":mailto:a@b`), `<C:comp-filter name="VEVENT"><C:prop-filter name="ATTENDEE"><C:param-filter name="member"><C:text-match>z@y</C:text-match></C:param-filter></C:prop-filter></C:comp-filter>`, true},
		{"RFC 4791 §9.7.1: properties of the calendar object", event("DTSTART:20260601T100000Z"), `<C:prop-filter name="VERSION"><C:text-match>2.0</C:text-match></C:prop-filter>`, true},
		{"an instance and its alarm in their own ranges", event("DTSTART:20260601T100000Z|DURATION:PT1H|BEGIN:VALARM|ACTION:AUDIO|TRIGGER:-P1D|END:VALARM"), `<C:comp-filter name="VEVENT"><C:time-range start="20260601T000000Z" end="20260602T000000Z"/><C:comp-filter name="VALARM"><C:time-range start="20260531T000000Z" end="20260601T000000Z"/></C:comp-filter></C:comp-filter>`, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, err := parseFilter(filterNode(t, inCalendar(test.filter)))
			if err != nil {
				t.Fatal(err)
			}
			m := &matcher{filter: f}
			if got := m.matches(calendarObject(t, test.object)); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// TestFloatingZone reads all-day events in the zone of the query, RFC 4791 §7.3.
func TestFloatingZone(t *testing.T) {
	f, err := parseFilter(filterNode(t, inCalendar(`<C:comp-filter name="VEVENT"><C:time-range start="20260531T230000Z" end="20260601T000000Z"/></C:comp-filter>`)))
	if err != nil {
		t.Fatal(err)
	}
	o := calendarObject(t, event("DTSTART;VALUE=DATE:20260601"))
	if m := (&matcher{filter: f}); m.matches(o) {
		t.Error("1 June is not in May, in UTC")
	}
	if m := (&matcher{filter: f, floating: timezone.Lookup("Europe/Berlin")}); !m.matches(o) {
		t.Error("1 June begins at 22:00 UTC in Berlin")
	}
}

// TestInboxTimeRange is RFC 6638 §2.3.
func TestInboxTimeRange(t *testing.T) {
	f, err := parseFilter(filterNode(t, inCalendar(`<C:comp-filter name="VEVENT"><C:time-range start="20260531T230000Z" end="20260601T000000Z"/></C:comp-filter>`)))
	if err != nil {
		t.Fatal(err)
	}
	o := calendarObject(t, event("RECURRENCE-ID:20260101T000000Z"))
	if m := (&matcher{filter: f, inbox: true}); !m.matches(o) {
		t.Error("in an inbox an event without DTSTART matches")
	}
	if m := (&matcher{filter: f}); m.matches(o) {
		t.Error("in a calendar it doesn't")
	}
}

// FuzzFilter checks that no filter and no object make the matcher panic or work without end.
func FuzzFilter(f *testing.F) {
	f.Add(inCalendar(`<C:comp-filter name="VEVENT"><C:time-range start="20260531T230000Z"/></C:comp-filter>`), event("DTSTART:20260601T100000Z|RRULE:FREQ=DAILY"))
	f.Add(inCalendar(`<C:comp-filter name="VTODO"><C:prop-filter name="DUE"><C:time-range end="20260531T230000Z"/></C:prop-filter></C:comp-filter>`), todo("DUE;VALUE=DATE:20260601"))
	f.Add(inCalendar(`<C:comp-filter name="VEVENT"><C:comp-filter name="VALARM"><C:time-range end="20260531T230000Z"/></C:comp-filter></C:comp-filter>`), event("DTSTART:20260601T100000Z|BEGIN:VALARM|TRIGGER:-P999999D|REPEAT:99999|DURATION:PT1S|END:VALARM"))
	f.Fuzz(func(t *testing.T, filter, object string) {
		n, err := davxml.Parse([]byte(`<C:filter xmlns:C="urn:ietf:params:xml:ns:caldav">` + filter + `</C:filter>`))
		if err != nil {
			return
		}
		parsed, err := parseFilter(n)
		if err != nil {
			return
		}
		o, err := icalendar.Parse([]byte("BEGIN:VCALENDAR\n" + object + "\nEND:VCALENDAR\n"))
		if err != nil {
			return
		}
		o.Freeze()
		began := time.Now()
		m := &matcher{filter: parsed}
		found := m.matches(o)
		if spent := time.Since(began); spent > time.Minute {
			t.Errorf("%v for one object", spent)
		}
		if shroud(o) == o && found != m.matches(o) {
			t.Error("not the same twice")
		}
	})
}
