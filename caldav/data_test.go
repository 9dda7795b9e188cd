package caldav

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"convoke/internal/icalendar"
	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/storage"
)

func dataNode(t testing.TB, attrs, inner string) *davxml.Node {
	t.Helper()
	n, err := davxml.Parse([]byte(`<C:calendar-data xmlns:C="urn:ietf:params:xml:ns:caldav" ` + attrs + `>` + inner + `</C:calendar-data>`))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestParseData is RFC 4791 §9.6.
func TestParseData(t *testing.T) {
	const span = `start="20060101T000000Z" end="20060201T000000Z"`
	tests := []struct {
		name, attrs, inner string
		status             int // of the condition; 0: taken
	}{
		{"nothing asks for all", "", "", 0},
		{"the type we have", `content-type="text/calendar" version="2.0"`, "", 0},
		{"the type with a parameter", `content-type="text/calendar; charset=utf-8"`, "", 0},
		{"another type", `content-type="application/calendar+xml"`, "", 403},
		{"another version", `version="3.0"`, "", 403},
		{"expand", "", `<C:expand ` + span + `/>`, 0},
		{"expand without end", "", `<C:expand start="20060101T000000Z"/>`, 400},
		{"expand backwards", "", `<C:expand end="20060101T000000Z" start="20060201T000000Z"/>`, 400},
		{"expand beside limit-recurrence-set", "", `<C:expand ` + span + `/><C:limit-recurrence-set ` + span + `/>`, 400},
		{"limit-freebusy-set beside expand", "", `<C:expand ` + span + `/><C:limit-freebusy-set ` + span + `/>`, 0},
		{"comp without a name", "", `<C:comp/>`, 400},
		{"prop without a name", "", `<C:comp name="VCALENDAR"><C:prop/></C:comp>`, 400},
		{"comps too deep", "", strings.Repeat(`<C:comp name="A">`, maxSelectDepth+1) + strings.Repeat(`</C:comp>`, maxSelectDepth+1), 400},
		{"two comps", "", `<C:comp name="VCALENDAR"/><C:comp name="VCALENDAR"/>`, 400},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := parseData(dataNode(t, test.attrs, test.inner))
			var c *dav.Condition
			switch {
			case test.status == 0 && err != nil, test.status != 0 && !errors.As(err, &c):
				t.Errorf("got %v", err)
			case c != nil && c.Status != test.status:
				t.Errorf("got %d", c.Status)
			}
		})
	}
}

// TestPlanAgrees: where the facts of the index decide, they decide as the object itself does (reliability.md §1.6),
// and what they rule out never matches.
func TestPlanAgrees(t *testing.T) {
	objects := []string{
		event("DTSTART:20260601T101500Z|DTEND:20260601T103000Z"), event("DTSTART:20260601T100000Z"), event("DTSTART:20260601T110000Z"),
		event("DTSTART:20260601T090000Z|DTEND:20260601T100000Z"), event("DTSTART:20260601T090000Z|DURATION:PT0S"),
		event("DTSTART;VALUE=DATE:20260601"), event("DTSTART:20260601T103000"), event("DTSTART;TZID=Europe/Berlin:20260601T123000"),
		event("DTSTART;TZID=Nowhere:20260601T123000"), event("DTSTART:20200601T100000Z|RRULE:FREQ=YEARLY"), event("DTSTART:20200601T100000Z|RRULE:FREQ=DAILY;UNTIL=20210101T000000Z"),
		todo("DUE:20260601T110000Z"), todo("DUE:20260601T100000Z"), todo("COMPLETED:20260601T110000Z"), todo("CREATED:20260601T110000Z"), todo("SUMMARY:x"),
		todo("DTSTART:20260601T090000Z|DURATION:PT1H"), todo("DTSTART:20260601T110000Z|DURATION:PT0S"),
		comp("VJOURNAL", "DTSTART:20260601T100000Z"), comp("VJOURNAL", "SUMMARY:x"), comp("VFREEBUSY", "DTSTART:20260601T080000Z|DTEND:20260601T100000Z"),
		comp("VAVAILABILITY", "SUMMARY:x"), comp("VAVAILABILITY", "DTEND:20260601T100000Z"),
	}
	var filters []string
	for _, kind := range kept {
		filters = append(filters, `<C:comp-filter name="`+kind+`"/>`)
		for _, span := range []string{`start="20260601T100000Z" end="20260601T110000Z"`, `start="20260601T100000Z"`, `end="20260601T110000Z"`} {
			filters = append(filters, `<C:comp-filter name="`+kind+`"><C:time-range `+span+`/></C:comp-filter>`)
		}
	}
	for _, text := range objects {
		o := calendarObject(t, text)
		span := o.Span()
		m := &storage.Member{Facts: storage.Facts{UID: o.UID(), Component: o.Kind(), First: span.First, Last: span.Last, Recurring: span.Recurring, Floating: span.Floating}}
		for _, filter := range filters {
			f, err := parseFilter(filterNode(t, inCalendar(filter)))
			if err != nil {
				t.Fatal(err)
			}
			p := newPlan(f, true)
			matches := (&matcher{filter: f}).matches(o)
			touched := m.First <= p.to && m.Last >= p.from
			if matches && !touched {
				t.Errorf("%s: the index leaves out %s", filter, text)
			}
			if v := p.judge(m); v != maybe && touched && (v == yes) != matches {
				t.Errorf("%s: facts say %v, %s says %v", filter, v == yes, text, matches)
			}
		}
	}
}

// TestShroud is reliability.md §1.13.
func TestShroud(t *testing.T) {
	tests := []struct {
		name, object string
		hidden       bool
	}{
		{"public", event("DTSTART:20260601T100000Z|SUMMARY:secret"), false},
		{"CLASS:PUBLIC", event("DTSTART:20260601T100000Z|SUMMARY:secret|CLASS:public"), false},
		{"CLASS:PRIVATE", event("DTSTART:20260601T100000Z|SUMMARY:secret|CLASS:PRIVATE"), true},
		{"CLASS:confidential", event("DTSTART:20260601T100000Z|SUMMARY:secret|CLASS:confidential"), true},
		{"RFC 5545 §3.8.1.3: an unknown class is private", event("DTSTART:20260601T100000Z|SUMMARY:secret|CLASS:X-FAMILY"), true},
		{"an override of a private series", event("DTSTART:20260601T100000Z|RRULE:FREQ=DAILY|CLASS:PRIVATE") + "\n" + event("RECURRENCE-ID:20260602T100000Z|DTSTART:20260602T110000Z|SUMMARY:secret"), true},
		{"a private override of a public series", event("DTSTART:20260601T100000Z|RRULE:FREQ=DAILY|SUMMARY:open") + "\n" + event("RECURRENCE-ID:20260602T100000Z|DTSTART:20260602T110000Z|SUMMARY:secret|CLASS:PRIVATE"), true},
		{"a parameter that tells", event("DTSTART;X-WHERE=secret:20260601T100000Z|CLASS:PRIVATE"), true},
		{"an alarm that tells", event("DTSTART:20260601T100000Z|CLASS:PRIVATE|BEGIN:VALARM|ACTION:DISPLAY|DESCRIPTION:secret|TRIGGER:PT0S|END:VALARM"), true},
		{"a property of the calendar that tells", "X-WR-CALDESC:secret\n" + event("DTSTART:20260601T100000Z|CLASS:PRIVATE"), true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := calendarObject(t, test.object)
			before := string(o.Bytes())
			got := string(shroud(o).Bytes())
			if strings.Contains(got, "secret") == test.hidden {
				t.Errorf("got %s", got)
			}
			if string(o.Bytes()) != before {
				t.Error("the object itself was changed")
			}
			if _, err := icalendar.Parse([]byte(got)); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestLimits are the bounds of reports, reliability.md §2.
func TestLimits(t *testing.T) {
	h := newHouse(t, Limits{ExpandInstances: 20, Hrefs: 3, ExpandDays: 100})
	put := func(name, object string) {
		r := "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n" + strings.Replace(object, "UID:1", "UID:"+name, 1) + "\nEND:VCALENDAR\n"
		h.put(t, "bernard", benchCalendar+name, r)
	}
	put("a", event("DTSTART:20260101T100000Z|RRULE:FREQ=DAILY"))
	put("b", event("DTSTART:20260101T100000Z|RRULE:FREQ=DAILY"))
	expand := func(days int) string {
		return benchQuery(fmt.Sprintf(`<C:calendar-data><C:expand start="20260201T000000Z" end="202602%02dT000000Z"/></C:calendar-data>`, days+1), `<C:comp-filter name="VEVENT"/>`)
	}
	body := h.ask(t, "bernard", "REPORT", benchCalendar, expand(10), http.StatusMultiStatus)
	if n := strings.Count(body, "BEGIN:VEVENT"); n != 20 {
		t.Errorf("%d instances, want 20", n)
	}
	body = h.ask(t, "bernard", "REPORT", benchCalendar, expand(11), http.StatusForbidden)
	if !strings.Contains(body, "number-of-matches-within-limits") {
		t.Errorf("got %s", body)
	}
	hrefs := strings.Repeat(`<D:href>`+benchCalendar+`a</D:href>`, 4)
	body = h.ask(t, "bernard", "REPORT", benchCalendar, `<C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/></D:prop>`+hrefs+`</C:calendar-multiget>`, http.StatusForbidden)
	if !strings.Contains(body, "number-of-matches-within-limits") {
		t.Errorf("got %s", body)
	}
}
