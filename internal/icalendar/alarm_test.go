package icalendar

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"convoke/internal/timezone"
)

// When alarms go off: "instance start > moment" of each in the window, by RFC 5545 §3.8.6.3 and §3.8.6.2.
func TestAlarms(t *testing.T) {
	const hour = "DTSTART:20260310T100000Z\nDTEND:20260310T110000Z\n"
	const berlin = "DTSTART;TZID=Europe/Berlin:"
	tenth := [2]time.Time{day(2026, 3, 10), day(2026, 3, 11)}
	alarm := func(lines ...string) string {
		return "BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:x\n" + strings.Join(lines, "\n") + "\nEND:VALARM\n"
	}
	for _, c := range []struct {
		why, kind, lines string
		window           [2]time.Time
		want             string
	}{
		{"before the start", Event, hour + alarm("TRIGGER:-PT15M"), tenth, "0310T1000>0310T0945"},
		{"after the start", Event, hour + alarm("TRIGGER:PT5M"), tenth, "0310T1000>0310T1005"},
		{"RELATED=START is the default", Event, hour + alarm("TRIGGER;RELATED=START:-PT1H"), tenth, "0310T1000>0310T0900"},
		{"related to the end", Event, hour + alarm("TRIGGER;RELATED=END:-PT5M"), tenth, "0310T1000>0310T1055"},
		{"related to an end by DURATION", Event, "DTSTART:20260310T100000Z\nDURATION:PT3H\n" + alarm("TRIGGER;RELATED=END:PT0S"), tenth, "0310T1000>0310T1300"},
		{"absolute", Event, hour + alarm("TRIGGER;VALUE=DATE-TIME:20260310T080000Z"), tenth, "0310T1000>0310T0800"},
		{"absolute, and VALUE forgotten", Event, hour + alarm("TRIGGER:20260310T080000Z"), tenth, "0310T1000>0310T0800"},
		{"repeated: REPEAT more, each DURATION later", Event, hour + alarm("TRIGGER:-PT15M", "REPEAT:2", "DURATION:PT5M"), tenth,
			"0310T1000>0310T0945 0310T1000>0310T0950 0310T1000>0310T0955"},
		{"REPEAT without DURATION goes off once", Event, hour + alarm("TRIGGER:-PT15M", "REPEAT:2"), tenth, "0310T1000>0310T0945"},
		{"a trigger that nobody can read", Event, hour + alarm("TRIGGER:soon"), tenth, ""},
		{"no trigger", Event, hour + alarm("SUMMARY:x"), tenth, ""},
		{"before the window", Event, hour + alarm("TRIGGER:-PT11H"), tenth, ""},
		{"the beginning of the window is in it", Event, hour + alarm("TRIGGER:-PT10H"), tenth, "0310T1000>0310T0000"},
		{"the end of the window is not", Event, hour + alarm("TRIGGER:PT14H"), tenth, ""},
		{"far ahead", Event, "DTSTART:20260601T100000Z\n" + alarm("TRIGGER:-P83D"), tenth, "0601T1000>0310T1000"},
		{"a day is a day of the clock where it gets shorter", Event, berlin + "20260329T120000\n" + alarm("TRIGGER:-P1D"), [2]time.Time{day(2026, 3, 28), day(2026, 3, 29)},
			"0329T1000>0328T1100"},
		{"24 hours are 24 hours", Event, berlin + "20260329T120000\n" + alarm("TRIGGER:-PT24H"), [2]time.Time{day(2026, 3, 28), day(2026, 3, 29)}, "0329T1000>0328T1000"},
		{"all day: from midnight of whoever looks", Event, "DTSTART;VALUE=DATE:20260311\n" + alarm("TRIGGER:-PT15H"), tenth, "0310T2300>0310T0800"},
		{"floating, too", Event, "DTSTART:20260310T090000\n" + alarm("TRIGGER:-PT1H"), tenth, "0310T0800>0310T0700"},
		{"each occurrence", Event, hour + "RRULE:FREQ=DAILY;COUNT=3\n" + alarm("TRIGGER:-PT15M"), [2]time.Time{day(2026, 3, 11), day(2026, 4, 1)},
			"0311T1000>0311T0945 0312T1000>0312T0945"},
		{"an exception has its own", Event, hour + "RRULE:FREQ=DAILY;COUNT=2\n" + alarm("TRIGGER:-PT15M") +
			"END:VEVENT\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20260311T100000Z\nDTSTART:20260311T120000Z\n" + alarm("TRIGGER:-PT30M"),
			[2]time.Time{day(2026, 3, 11), day(2026, 4, 1)}, "0311T1200>0311T1130"},
		{"absolute in a series: once, for what is next", Event, hour + "RRULE:FREQ=DAILY\n" + alarm("TRIGGER;VALUE=DATE-TIME:20260320T080000Z"),
			[2]time.Time{day(2026, 3, 20), day(2026, 3, 21)}, "0320T1000>0320T0800"},
		{"absolute in a series that is over: for the last", Event, hour + "RRULE:FREQ=DAILY;COUNT=3\n" + alarm("TRIGGER;VALUE=DATE-TIME:20260320T080000Z"),
			[2]time.Time{day(2026, 3, 20), day(2026, 3, 21)}, "0312T1000>0320T0800"},
		{"a task that is due", Todo, "DUE:20260310T170000Z\n" + alarm("TRIGGER;RELATED=END:-PT2H"), tenth, "0310T1700>0310T1500"},
		{"a task without a start: by when it is due", Todo, "DUE:20260310T170000Z\n" + alarm("TRIGGER:-PT2H"), tenth, "0310T1700>0310T1500"},
		{"a task without any time", Todo, alarm("TRIGGER;VALUE=DATE-TIME:20260310T080000Z"), tenth, "never>0310T0800"},
	} {
		o := mustParse(t, "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:"+c.kind+"\nUID:1\nDTSTAMP:20260101T000000Z\n"+c.lines+"END:"+c.kind+"\nEND:VCALENDAR\n")
		s, err := o.Series()
		if err != nil {
			t.Fatal(c.why, err)
		}
		var got []string
		complete := s.Alarms(c.window[0], c.window[1], timezone.Lookup("Europe/Berlin"), func(i *Instance, _ *Component, at time.Time) {
			start := "never"
			if !i.Start.IsZero() {
				start = i.Start.Format("0102T1504")
			}
			got = append(got, start+">"+at.Format("0102T1504"))
		})
		if joined := strings.Join(got, " "); joined != c.want || !complete {
			t.Errorf("%s: got %q, want %q; complete %v", c.why, joined, c.want, complete)
		}
	}
}

// An object made to keep us busy is left.
func TestAlarmsAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:1\nDTSTAMP:20260101T000000Z\nDTSTART:20260101T000000Z\nRRULE:FREQ=SECONDLY\n")
	for n := range 50 {
		fmt.Fprintf(&b, "BEGIN:VALARM\nACTION:EMAIL\nTRIGGER:-PT%dS\nREPEAT:100\nDURATION:PT1S\nEND:VALARM\n", n)
	}
	s, err := mustParse(t, b.String()+"END:VEVENT\nEND:VCALENDAR\n").Series()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	if s.Alarms(day(2026, 3, 1), day(2026, 3, 2), nil, func(*Instance, *Component, time.Time) { n++ }) || n > maxAlarmSteps {
		t.Errorf("%d alarms, and nothing said of more", n)
	}
	b.Reset()
	b.WriteString("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:1\nDTSTAMP:20260101T000000Z\nDTSTART:20260101T000000Z\n")
	for n := range maxFixedAlarms + 1 {
		fmt.Fprintf(&b, "BEGIN:VALARM\nACTION:EMAIL\nTRIGGER:20260301T0000%02dZ\nEND:VALARM\n", n)
	}
	if s, err = mustParse(t, b.String()+"END:VEVENT\nEND:VCALENDAR\n").Series(); err != nil {
		t.Fatal(err)
	}
	n = 0
	if s.Alarms(day(2026, 3, 1), day(2026, 3, 2), nil, func(*Instance, *Component, time.Time) { n++ }) || n != maxFixedAlarms {
		t.Errorf("%d alarms at fixed times, and nothing said of more", n)
	}
}
