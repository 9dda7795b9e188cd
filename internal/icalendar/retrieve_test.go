package icalendar

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func retrieve(t *testing.T, text string, r *Retrieval) string {
	t.Helper()
	out, _, truncated, err := mustParse(t, text).Retrieve(nil, r, Options{})
	if err != nil || truncated {
		t.Fatal(truncated, err)
	}
	if _, err := Parse(out); err != nil {
		t.Errorf("%v in %s", err, out)
	}
	return string(out)
}

// series is the event of RFC 4791 §7.8.3 and appendix B: daily, the third moved.
var series = calendar(`
BEGIN:VTIMEZONE
TZID:US/Eastern
BEGIN:STANDARD
DTSTART:20001026T020000
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
DTSTAMP:20060206T001121Z
DTSTART;TZID=US/Eastern:20060102T120000
DURATION:PT1H
RRULE:FREQ=DAILY;COUNT=5
SUMMARY:Event #2
UID:2
X-WHEN;TZID=US/Eastern:20060102T120000
END:VEVENT
BEGIN:VEVENT
DTSTAMP:20060206T001121Z
DTSTART;TZID=US/Eastern:20060104T140000
DURATION:PT1H
RECURRENCE-ID;TZID=US/Eastern:20060104T120000
SUMMARY:Event #2 bis
UID:2
END:VEVENT`)

func TestExpand(t *testing.T) {
	got := retrieve(t, series, &Retrieval{Expand: &Range{day(2006, 1, 2), day(2006, 1, 5)}})
	// RFC 4791 §7.8.3, with the first instance and the property X-WHEN added.
	want := calendar(`
BEGIN:VEVENT
DTSTAMP:20060206T001121Z
DTSTART:20060102T170000Z
DURATION:PT1H
SUMMARY:Event #2
UID:2
X-WHEN:20060102T170000Z
END:VEVENT
BEGIN:VEVENT
DTSTAMP:20060206T001121Z
DTSTART:20060103T170000Z
DURATION:PT1H
SUMMARY:Event #2
UID:2
X-WHEN:20060102T170000Z
RECURRENCE-ID:20060103T170000Z
END:VEVENT
BEGIN:VEVENT
DTSTAMP:20060206T001121Z
DTSTART:20060104T190000Z
DURATION:PT1H
RECURRENCE-ID:20060104T170000Z
SUMMARY:Event #2 bis
UID:2
END:VEVENT`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestExpandForms(t *testing.T) {
	for _, c := range []struct{ why, lines, want string }{
		{"all-day", "DTSTART;VALUE=DATE:20260301\nDTEND;VALUE=DATE:20260303\nRRULE:FREQ=WEEKLY;COUNT=2",
			"DTSTART;VALUE=DATE:20260301 DTEND;VALUE=DATE:20260303 | DTSTART;VALUE=DATE:20260308 DTEND;VALUE=DATE:20260310 RECURRENCE-ID;VALUE=DATE:20260308"},
		{"floating stays floating", "DTSTART:20260301T100000\nDTEND:20260301T110000\nRRULE:FREQ=DAILY;COUNT=2",
			"DTSTART:20260301T100000 DTEND:20260301T110000 | DTSTART:20260302T100000 DTEND:20260302T110000 RECURRENCE-ID:20260302T100000"},
		{"one event loses its zone", "DTSTART;TZID=Europe/Berlin:20260301T100000\nDTEND;TZID=Europe/Berlin:20260301T110000",
			"DTSTART:20260301T090000Z DTEND:20260301T100000Z"},
		{"RDATE with PERIOD", "DTSTART:20260301T100000Z\nDURATION:PT1H\nRDATE;VALUE=PERIOD:20260302T100000Z/PT3H",
			"DTSTART:20260301T100000Z DURATION:PT1H | DTSTART:20260302T100000Z DTEND:20260302T130000Z RECURRENCE-ID:20260302T100000Z"},
		{"THISANDFUTURE", "DTSTART:20260301T100000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260302T100000Z\nDTSTART:20260302T120000Z\nDURATION:PT1H",
			"DTSTART:20260301T100000Z DURATION:PT1H | RECURRENCE-ID:20260302T100000Z DTSTART:20260302T120000Z DURATION:PT1H | RECURRENCE-ID:20260303T100000Z DTSTART:20260303T120000Z DURATION:PT1H"},
	} {
		got := retrieve(t, event(c.lines), &Retrieval{Expand: &Range{day(2026, 1, 1), day(2027, 1, 1)}})
		var parts []string
		for e := range mustParse(t, got).Parts() {
			e.Remove("UID")
			var lines []string
			for _, p := range e.Props {
				lines = append(lines, p.Name+p.ParamText()+":"+p.Value)
			}
			parts = append(parts, strings.Join(lines, " "))
		}
		if diff := cmp.Diff(c.want, strings.Join(parts, " | ")); diff != "" {
			t.Errorf("%s: %s", c.why, diff)
		}
	}
}

func TestLimitRecurrenceSet(t *testing.T) {
	for _, c := range []struct {
		why      string
		from, to time.Time
		override bool
	}{
		{"current time in range", time.Date(2006, 1, 4, 19, 30, 0, 0, time.UTC), day(2006, 1, 5), true},
		{"original time in range", time.Date(2006, 1, 4, 17, 0, 0, 0, time.UTC), time.Date(2006, 1, 4, 18, 0, 0, 0, time.UTC), true},
		{"neither", day(2006, 1, 2), day(2006, 1, 3), false},
	} {
		got := retrieve(t, series, &Retrieval{LimitRecurrence: &Range{c.from, c.to}})
		want := series
		if !c.override {
			i, j := strings.LastIndex(series, "BEGIN:VEVENT"), strings.LastIndex(series, "END:VCALENDAR")
			want = series[:i] + series[j:]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", c.why, diff)
		}
	}
	ranged := strings.Replace(series, "RECURRENCE-ID;", "RECURRENCE-ID;RANGE=THISANDFUTURE;", 1)
	for _, c := range []struct {
		from time.Time
		want bool
	}{{day(2006, 1, 6), true}, {day(2006, 1, 2), false}, {day(2006, 1, 20), false}} {
		got := retrieve(t, ranged, &Retrieval{LimitRecurrence: &Range{c.from, c.from.Add(24 * time.Hour)}})
		if strings.Contains(got, "bis") != c.want {
			t.Errorf("THISANDFUTURE on %v: %v", c.from, !c.want)
		}
	}
}

func TestLimitFreeBusySet(t *testing.T) {
	text := calendar("BEGIN:VFREEBUSY\nUID:1\nFREEBUSY:20260301T100000Z/PT1H,20260302T100000Z/PT1H\nFREEBUSY;FBTYPE=FREE:20260303T100000Z/PT1H\nEND:VFREEBUSY")
	got := retrieve(t, text, &Retrieval{LimitFreeBusy: &Range{day(2026, 3, 2), day(2026, 3, 3)}})
	want := calendar("BEGIN:VFREEBUSY\nUID:1\nFREEBUSY:20260302T100000Z/PT1H\nEND:VFREEBUSY")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSelection(t *testing.T) {
	text := calendar("BEGIN:VTIMEZONE\nTZID:X\nEND:VTIMEZONE\nBEGIN:VEVENT\nUID:1\nSUMMARY;LANGUAGE=de:secret\nDTSTART:20260101T100000Z\nBEGIN:VALARM\nACTION:DISPLAY\nEND:VALARM\nEND:VEVENT")
	for _, c := range []struct {
		why  string
		s    *Selection
		want string
	}{
		{"the shape of RFC 4791 §7.8.1", &Selection{Name: "VCALENDAR", Props: []PropSelection{{Name: "VERSION"}}, Comps: []*Selection{
			{Name: "VEVENT", Props: []PropSelection{{Name: "UID"}, {Name: "SUMMARY", NoValue: true}}}, {Name: "VTIMEZONE"}}},
			"BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VTIMEZONE\nTZID:X\nEND:VTIMEZONE\nBEGIN:VEVENT\nUID:1\nSUMMARY;LANGUAGE=de:\nEND:VEVENT\nEND:VCALENDAR\n"},
		{"allprop, no components", &Selection{Name: "VCALENDAR", AllProps: true, Comps: []*Selection{{Name: "VEVENT", AllProps: true}}},
			"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//EN\nBEGIN:VEVENT\nUID:1\nSUMMARY;LANGUAGE=de:secret\nDTSTART:20260101T100000Z\nEND:VEVENT\nEND:VCALENDAR\n"},
		{"allcomp", &Selection{Name: "VCALENDAR", Comps: []*Selection{{Name: "VEVENT", AllComps: true}}},
			"BEGIN:VCALENDAR\nBEGIN:VEVENT\nBEGIN:VALARM\nACTION:DISPLAY\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR\n"},
		{"allprop and allcomp", &Selection{Name: "VCALENDAR", AllProps: true, AllComps: true}, strings.ReplaceAll(text, "\r\n", "\n")},
	} {
		got := strings.ReplaceAll(retrieve(t, text, &Retrieval{Select: c.s}), "\r\n", "\n")
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.why, diff)
		}
	}
}

func TestWholeRetrieval(t *testing.T) {
	if got := retrieve(t, oddities, &Retrieval{}); got != oddities {
		t.Error(cmp.Diff(oddities, got))
	}
}
