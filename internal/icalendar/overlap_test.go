package icalendar

import (
	"testing"
	"time"
)

func day(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }

// clock gives HHMM of 2026-03-10 in UTC; -1 is an open end.
func clock(hhmm int) time.Time {
	if hhmm < 0 {
		return time.Time{}
	}
	return time.Date(2026, 3, 10, hhmm/100, hhmm%100, 0, 0, time.UTC)
}

// TestOverlapTables walks the tables of RFC 4791 §9.9. Times are of 2026-03-10.
func TestOverlapTables(t *testing.T) {
	type probe struct {
		from, to int
		want     bool
	}
	for _, c := range []struct {
		why, kind, props string
		probes           []probe
	}{
		{"VEVENT with DTEND: start < DTEND AND end > DTSTART", Event,
			"DTSTART:20260310T100000Z\nDTEND:20260310T110000Z",
			[]probe{{1000, 1100, true}, {1100, 1200, false}, {900, 1000, false}, {1059, 1101, true}, {900, 1001, true}, {-1, 1001, true}, {1059, -1, true}, {1100, -1, false}, {-1, 1000, false}}},
		{"VEVENT with DURATION: start < DTSTART+DURATION AND end > DTSTART", Event,
			"DTSTART:20260310T100000Z\nDURATION:PT1H", []probe{{1059, 1200, true}, {1100, 1200, false}, {900, 1000, false}}},
		{"VEVENT with DURATION of 0: start <= DTSTART AND end > DTSTART", Event,
			"DTSTART:20260310T100000Z\nDURATION:PT0S", []probe{{1000, 1100, true}, {1001, 1100, false}, {900, 1000, false}, {900, 1001, true}}},
		{"VEVENT with DATE-TIME alone: start <= DTSTART AND end > DTSTART", Event,
			"DTSTART:20260310T100000Z", []probe{{1000, 1100, true}, {1001, 1100, false}, {900, 1000, false}}},
		{"VEVENT with DATE alone: start < DTSTART+P1D AND end > DTSTART", Event,
			"DTSTART;VALUE=DATE:20260310", []probe{{0, 1, true}, {2359, -1, true}, {-1, 0, false}}},
		{"VTODO with DTSTART and DURATION", Todo, "DTSTART:20260310T100000Z\nDURATION:PT1H",
			[]probe{{1100, 1200, true}, {1101, 1200, false}, {900, 1000, false}, {900, 1001, true}}},
		{"VTODO with DTSTART and DUE", Todo, "DTSTART:20260310T100000Z\nDUE:20260310T110000Z",
			[]probe{{1059, 1200, true}, {1100, 1200, false}, {900, 1000, false}, {900, 1001, true}}},
		{"VTODO with DTSTART equal to DUE", Todo, "DTSTART:20260310T100000Z\nDUE:20260310T100000Z",
			[]probe{{1000, 1100, true}, {1001, 1100, false}, {900, 1000, true}}},
		{"VTODO with DTSTART alone", Todo, "DTSTART:20260310T100000Z",
			[]probe{{1000, 1100, true}, {1001, 1100, false}, {900, 1000, false}}},
		{"VTODO with DUE alone: start < DUE AND end >= DUE", Todo, "DUE:20260310T100000Z",
			[]probe{{900, 1000, true}, {1000, 1100, false}, {900, 959, false}}},
		{"VTODO with COMPLETED and CREATED", Todo, "CREATED:20260310T100000Z\nCOMPLETED:20260310T120000Z",
			[]probe{{1100, 1130, true}, {1200, 1300, true}, {1201, 1300, false}, {900, 1000, true}, {800, 959, false}}},
		{"VTODO with COMPLETED alone", Todo, "COMPLETED:20260310T120000Z",
			[]probe{{1200, 1300, true}, {1100, 1200, true}, {1201, 1300, false}}},
		{"VTODO with CREATED alone: end > CREATED", Todo, "CREATED:20260310T100000Z",
			[]probe{{1100, 1200, true}, {900, 1000, false}, {900, 1001, true}}},
		{"VTODO with nothing: TRUE", Todo, "SUMMARY:x", []probe{{0, 1, true}, {-1, 1, true}, {1, -1, true}}},
		{"VJOURNAL with DATE-TIME", Journal, "DTSTART:20260310T100000Z", []probe{{1000, 1100, true}, {1001, 1100, false}}},
		{"VJOURNAL with DATE", Journal, "DTSTART;VALUE=DATE:20260310", []probe{{1000, 1100, true}}},
		{"VJOURNAL with nothing: FALSE", Journal, "SUMMARY:x", []probe{{0, 2359, false}}},
		{"VFREEBUSY with DTSTART and DTEND: start <= DTEND AND end > DTSTART", FreeBusy,
			"DTSTART:20260310T100000Z\nDTEND:20260310T110000Z", []probe{{1100, 1200, true}, {1101, 1200, false}, {900, 1000, false}}},
		{"VFREEBUSY with FREEBUSY alone, of whatever type", FreeBusy,
			"FREEBUSY;FBTYPE=FREE:20260310T100000Z/PT1H,20260310T130000Z/20260310T140000Z",
			[]probe{{1000, 1100, true}, {1100, 1300, false}, {1330, 1400, true}, {900, 1000, false}}},
		{"VFREEBUSY with nothing: FALSE", FreeBusy, "SUMMARY:x", []probe{{0, 2359, false}}},
		{"VEVENT whose DTEND lies before DTSTART takes no time", Event,
			"DTSTART:20260310T100000Z\nDTEND:20260310T090000Z", []probe{{1000, 1100, true}, {900, 930, false}}},
	} {
		o := mustParse(t, calendar("BEGIN:"+c.kind+"\nUID:1\n"+c.props+"\nEND:"+c.kind))
		span := o.Span()
		for _, p := range c.probes {
			from, to := clock(p.from), clock(p.to)
			if got := o.Overlaps(from, to, nil); got != p.want {
				t.Errorf("%s: [%d, %d) gives %v", c.why, p.from, p.to, got)
			}
			b := bounds(from, to)
			if p.want && !(span.First < b.to && span.Last >= b.from) {
				t.Errorf("%s: [%d, %d) lies outside of span %+v", c.why, p.from, p.to, span)
			}
		}
	}
}

func TestAlarmOverlap(t *testing.T) {
	for _, c := range []struct {
		why, event, alarm string
		from, to          int
		want              bool
	}{
		{"before the start", "DTSTART:20260310T100000Z\nDTEND:20260310T110000Z", "TRIGGER:-PT15M", 945, 946, true},
		{"start <= trigger-time AND end > trigger-time", "DTSTART:20260310T100000Z\nDTEND:20260310T110000Z", "TRIGGER:-PT15M", 900, 945, false},
		{"RELATED=END", "DTSTART:20260310T100000Z\nDTEND:20260310T110000Z", "TRIGGER;RELATED=END:PT5M", 1105, 1106, true},
		{"absolute", "DTSTART:20260110T100000Z", "TRIGGER;VALUE=DATE-TIME:20260310T120000Z", 1200, 1201, true},
		{"absolute without VALUE", "DTSTART:20260110T100000Z", "TRIGGER:20260310T120000Z", 1200, 1201, true},
		{"REPEAT", "DTSTART:20260310T100000Z", "TRIGGER:PT0S\nREPEAT:2\nDURATION:PT30M", 1100, 1101, true},
		{"no more than REPEAT", "DTSTART:20260310T100000Z", "TRIGGER:PT0S\nREPEAT:2\nDURATION:PT30M", 1101, 1400, false},
		{"a week ahead", "DTSTART:20260317T100000Z", "TRIGGER:-P1W", 1000, 1001, true},
		{"no trigger", "DTSTART:20260310T100000Z", "ACTION:AUDIO", 0, 2359, false},
	} {
		o := mustParse(t, event(c.event+"\nBEGIN:VALARM\n"+c.alarm+"\nEND:VALARM"))
		s := must(o.Series())
		if got := s.AlarmOverlaps(o.Master().Child(Alarm), clock(c.from), clock(c.to), nil); got != c.want {
			t.Errorf("%s: got %v", c.why, got)
		}
	}
}

func TestPropertyOverlap(t *testing.T) {
	o := mustParse(t, event("DTSTART:20260310T100000Z\nDURATION:PT1H\nDTSTAMP:20260310T080000Z"))
	list, _, err := o.Instances(time.Time{}, time.Time{}, Options{})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	for _, c := range []struct {
		name     string
		from, to int
		want     bool
	}{
		{"DTSTART", 1000, 1001, true}, {"DTSTART", 900, 1000, false},
		{"DTEND", 1100, 1101, true}, // the effective one, RFC 4791 §9.9
		{"DTSTAMP", 800, 801, true}, {"CREATED", 0, 2359, false}, {"DUE", 0, 2359, false}, {"SUMMARY", 0, 2359, false},
	} {
		if got := list[0].PropertyOverlaps(c.name, clock(c.from), clock(c.to)); got != c.want {
			t.Errorf("%s in [%d, %d): %v", c.name, c.from, c.to, got)
		}
	}
}
