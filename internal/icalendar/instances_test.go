package icalendar

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// starts gives the starts of the instances in UTC, each with "@" and its
// RECURRENCE-ID if that is another time, and "+" with its length.
func starts(t *testing.T, text string, from, to time.Time) []string {
	t.Helper()
	o := mustParse(t, text)
	list, truncated, err := o.Instances(from, to, Options{})
	if err != nil || truncated {
		t.Fatalf("truncated %v, %v", truncated, err)
	}
	span := o.Span()
	var got []string
	for _, i := range list {
		s := i.Start.Format("0102T1504")
		if id := i.RecurrenceID; !id.IsZero() && id.Instant(nil) != i.Start {
			s += "@" + id.Instant(nil).Format("0102T1504")
		}
		if d := i.End.Sub(i.Start); d != time.Hour {
			s += "+" + d.String()
		}
		got = append(got, s)
		b := bounds(from, to)
		if span.First >= b.to || span.Last < b.from || i.Start.Unix() < span.First || i.Start.Unix() > span.Last {
			t.Errorf("%s lies outside of span %+v", s, span)
		}
	}
	return got
}

func TestInstances(t *testing.T) {
	year := [2]time.Time{day(2026, 1, 1), day(2027, 1, 1)}
	march := [2]time.Time{day(2026, 3, 1), day(2026, 4, 1)}
	override := func(id, start string) string {
		return "\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID" + id + "\nDTSTART" + start + "\nDURATION:PT2H"
	}
	const daily = "DTSTART:20260301T100000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=4"
	for _, c := range []struct {
		why, lines string
		window     [2]time.Time
		want       string
	}{
		{"one event", "DTSTART:20260301T100000Z\nDTEND:20260301T110000Z", year, "0301T1000"},
		{"outside", "DTSTART:20250301T100000Z\nDTEND:20250301T110000Z", year, ""},
		{"COUNT counts DTSTART (RFC 5545 §3.3.10)", daily, year, "0301T1000 0302T1000 0303T1000 0304T1000"},
		{"an instance under way at the start of the range", "DTSTART:20260228T233000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2", march,
			"0228T2330 0301T2330"},
		{"EXDATE (RFC 5545 §3.8.5.1)", daily + "\nEXDATE:20260302T100000Z,20260303T100000Z", year, "0301T1000 0304T1000"},
		{"EXDATE of DTSTART", daily + "\nEXDATE:20260301T100000Z", year, "0302T1000 0303T1000 0304T1000"},
		{"EXDATE as DATE against a DATE-TIME", daily + "\nEXDATE;VALUE=DATE:20260302", year, "0301T1000 0303T1000 0304T1000"},
		{"RDATE (RFC 5545 §3.8.5.2), duplicates once", "DTSTART:20260301T100000Z\nDURATION:PT1H\nRDATE:20260305T120000Z,20260301T100000Z", year,
			"0301T1000 0305T1200"},
		{"RDATE before DTSTART", "DTSTART:20260301T100000Z\nDURATION:PT1H\nRDATE:20260205T120000Z", year, "0205T1200 0301T1000"},
		{"RDATE with PERIOD has its own length", "DTSTART:20260301T100000Z\nDURATION:PT1H\nRDATE;VALUE=PERIOD:20260302T100000Z/20260302T130000Z,20260303T100000Z/PT30M", year,
			"0301T1000 0302T1000+3h0m0s 0303T1000+30m0s"},
		{"RDATE and RRULE together", daily + "\nRDATE:20260302T100000Z,20260302T150000Z", year,
			"0301T1000 0302T1000 0302T1500 0303T1000 0304T1000"},
		{"EXRULE (RFC 2445 §4.8.5.2)", daily + "\nEXRULE:FREQ=DAILY;INTERVAL=2;COUNT=2", year, "0302T1000 0304T1000"},
		{"two rules", "DTSTART:20260301T100000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\nRRULE:FREQ=WEEKLY;COUNT=2", year,
			"0301T1000 0302T1000 0308T1000"},
		{"wall time across the change to summer time", "DTSTART;TZID=Europe/Berlin:20260328T120000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3", year,
			"0328T1100 0329T1000 0330T1000"},
		{"02:30 in the gap, read with the offset before it (RFC 5545 §3.3.5)", "DTSTART;TZID=Europe/Berlin:20260328T023000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3", year,
			"0328T0130 0329T0130 0330T0030"},
		{"UNTIL in UTC against a local start (RFC 5545 §3.3.10)", "DTSTART;TZID=America/New_York:20260301T220000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260304T030000Z", year,
			"0302T0300 0303T0300 0304T0300"},
		{"UNTIL as DATE against a DATE-TIME takes in its day", "DTSTART:20260301T100000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260302", year, "0301T1000 0302T1000"},
		{"nominal days keep the clock (RFC 5545 §3.3.6)", "DTSTART;TZID=Europe/Berlin:20260328T120000\nDURATION:P1D", year, "0328T1100+23h0m0s"},
		{"DTEND keeps exact time", "DTSTART;TZID=Europe/Berlin:20260328T120000\nDTEND;TZID=Europe/Berlin:20260329T120000\nRRULE:FREQ=DAILY;COUNT=2", year,
			"0328T1100+23h0m0s 0329T1000+23h0m0s"},
		{"all-day events last a day", "DTSTART;VALUE=DATE:20260301\nRRULE:FREQ=WEEKLY;COUNT=2", year, "0301T0000+24h0m0s 0308T0000+24h0m0s"},
		{"override moves an instance", daily + override(":20260302T100000Z", ":20260310T150000Z"), year,
			"0301T1000 0303T1000 0304T1000 0310T1500@0302T1000+2h0m0s"},
		{"override moved out of the range", daily + override(":20260302T100000Z", ":20270310T150000Z"), year, "0301T1000 0303T1000 0304T1000"},
		{"override moved into the range", daily + override(":20260302T100000Z", ":20260401T000000Z"), [2]time.Time{day(2026, 4, 1), day(2026, 5, 1)},
			"0401T0000@0302T1000+2h0m0s"},
		{"RECURRENCE-ID in UTC for a zoned start", "DTSTART;TZID=Europe/Berlin:20260301T100000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2" +
			override(":20260302T090000Z", ";TZID=Europe/Berlin:20260302T200000"), year, "0301T0900 0302T1900@0302T0900+2h0m0s"},
		{"RECURRENCE-ID in another zone", "DTSTART;TZID=Europe/Berlin:20260301T100000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2" +
			override(";TZID=Europe/London:20260302T090000", ";TZID=Europe/Berlin:20260302T200000"), year, "0301T0900 0302T1900@0302T0900+2h0m0s"},
		{"RECURRENCE-ID as DATE for a DATE-TIME start", daily + override(";VALUE=DATE:20260302", ":20260302T200000Z"), year,
			"0301T1000 0302T2000@0302T1000+2h0m0s 0303T1000 0304T1000"},
		{"RECURRENCE-ID as DATE-TIME for a DATE start", "DTSTART;VALUE=DATE:20260301\nRRULE:FREQ=DAILY;COUNT=2" +
			override(":20260302T000000", ";VALUE=DATE:20260305"), year, "0301T0000+24h0m0s 0305T0000@0302T0000+2h0m0s"},
		{"THISANDFUTURE moves all that follow (RFC 5545 §3.8.4.4)", daily + override(";RANGE=THISANDFUTURE:20260302T100000Z", ":20260302T120000Z"), year,
			"0301T1000 0302T1200@0302T1000+2h0m0s 0303T1200@0303T1000+2h0m0s 0304T1200@0304T1000+2h0m0s"},
		{"an override after THISANDFUTURE wins", daily + override(";RANGE=THISANDFUTURE:20260302T100000Z", ":20260302T120000Z") +
			override(":20260303T100000Z", ":20260303T090000Z"), year,
			"0301T1000 0302T1200@0302T1000+2h0m0s 0303T0900@0303T1000+2h0m0s 0304T1200@0304T1000+2h0m0s"},
		{"THISANDFUTURE by days, seen from afar", "DTSTART:20260301T100000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY" +
			override(";RANGE=THISANDFUTURE:20260308T100000Z", ":20260310T120000Z"), [2]time.Time{day(2026, 6, 16), day(2026, 6, 17)},
			"0616T1200@0614T1000+2h0m0s"},
		{"a far window of an endless rule", "DTSTART:20060301T100000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY", [2]time.Time{day(2126, 3, 1), day(2126, 3, 2)}, "0301T1000"},
	} {
		t.Run(c.why, func(t *testing.T) {
			got := strings.Join(starts(t, event(c.lines), c.window[0], c.window[1]), " ")
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestOrphanOverrides(t *testing.T) {
	text := calendar("BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20260302T100000Z\nDTSTART:20260303T100000Z\nDURATION:PT1H\nEND:VEVENT")
	if diff := cmp.Diff([]string{"0303T1000@0302T1000"}, starts(t, text, day(2026, 1, 1), day(2027, 1, 1))); diff != "" {
		t.Error(diff)
	}
}

func TestInstancesAreCut(t *testing.T) {
	o := mustParse(t, event("DTSTART:20260101T000000Z\nDURATION:PT1M\nRRULE:FREQ=HOURLY"))
	list, truncated, err := o.Instances(day(2040, 1, 1), day(2060, 1, 1), Options{})
	if err != nil || len(list) != DefaultInstances || !truncated || list[0].Start != day(2040, 1, 1) {
		t.Errorf("%d instances, truncated %v, %v", len(list), truncated, err)
	}
	o = mustParse(t, event("DTSTART:20260101T000000Z\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"))
	if list, _, err := o.Instances(day(2030, 1, 1), day(2031, 1, 1), Options{}); err != nil || len(list) != 0 {
		t.Errorf("30 February: %d instances, %v", len(list), err)
	}
}

func TestFloating(t *testing.T) {
	o := mustParse(t, event("DTSTART:20260701T100000\nDTEND:20260701T110000"))
	berlin := o.Zones().Lookup("Europe/Berlin")
	list, _, _ := o.Instances(day(2026, 1, 1), day(2027, 1, 1), Options{Floating: berlin})
	if len(list) != 1 || list[0].Start.Hour() != 8 || list[0].End.Hour() != 9 {
		t.Errorf("got %v", list)
	}
	s := o.Span()
	if !s.Floating || s.First != time.Date(2026, 6, 30, 10, 0, 0, 0, time.UTC).Unix() || s.Last != time.Date(2026, 7, 2, 11, 0, 0, 0, time.UTC).Unix() {
		t.Errorf("span %+v is not a day wider", s)
	}
}

func TestSpan(t *testing.T) {
	at := func(y, m, d, h int) int64 { return time.Date(y, time.Month(m), d, h, 0, 0, 0, time.UTC).Unix() }
	for _, c := range []struct {
		why, lines  string
		first, last int64 // exact bounds on one side, slack on the other
		endless     bool
	}{
		{"one event", "DTSTART:20260301T100000Z\nDURATION:PT1H", at(2026, 3, 1, 10), at(2026, 3, 1, 11), false},
		{"endless", "DTSTART:20260301T100000Z\nRRULE:FREQ=DAILY", at(2026, 3, 1, 10), Never, true},
		{"UNTIL", "DTSTART:20260301T100000Z\nRRULE:FREQ=DAILY;UNTIL=20260401T000000Z", at(2026, 3, 1, 10), at(2026, 4, 1, 0), false},
		{"COUNT", "DTSTART:20260301T100000Z\nRRULE:FREQ=DAILY;COUNT=10", at(2026, 3, 1, 10), at(2026, 3, 10, 10), false},
	} {
		s := mustParse(t, event(c.lines)).Span()
		if s.First > c.first || s.First < c.first-2*widen || s.Last < c.last || s.Endless != c.endless || (!c.endless && s.Last > c.last+4*widen) {
			t.Errorf("%s: span %+v", c.why, s)
		}
	}
}

func TestFrozenSeriesIsKept(t *testing.T) {
	o := mustParse(t, event("DTSTART:20260301T100000Z")).Freeze()
	a, _ := o.Series()
	b, _ := o.Series()
	if a != b {
		t.Error("the series of a frozen object is read twice")
	}
	d := o.Clone()
	d.Master().SetTime("DTSTART", must(ParseDateTime("20270301T100000Z")))
	if c, _ := d.Series(); c == a || c.Span().First != day(2027, 3, 1).Add(10*time.Hour).Unix() {
		t.Error("a clone keeps the series of its original")
	}
}
