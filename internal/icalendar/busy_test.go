package icalendar

import (
	"strings"
	"testing"
	"time"
)

func periods(list []BusyPeriod) string {
	var out []string
	for _, p := range list {
		s := p.Start.Format("0102T1504") + "-" + p.End.Format("0102T1504")
		if p.Type != Busy {
			s += " " + p.Type
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func TestBusyPeriods(t *testing.T) {
	const hour = "DTSTART:20260310T100000Z\nDURATION:PT1H"
	for _, c := range []struct{ why, text, want string }{
		{"confirmed by default (RFC 4791 §7.10)", event(hour), "0310T1000-0310T1100"},
		{"TENTATIVE", event(hour + "\nSTATUS:TENTATIVE"), "0310T1000-0310T1100 BUSY-TENTATIVE"},
		{"CANCELLED", event(hour + "\nSTATUS:CANCELLED"), ""},
		{"TRANSPARENT", event(hour + "\nTRANSP:TRANSPARENT"), ""},
		{"another status is BUSY", event(hour + "\nSTATUS:X-MAYBE"), "0310T1000-0310T1100"},
		{"no time", event("DTSTART:20260310T100000Z"), ""},
		{"cut at the range", event("DTSTART:20260309T230000Z\nDURATION:PT2H"), "0310T0000-0310T0100"},
		{"a cancelled instance", event(hour + "\nRRULE:FREQ=HOURLY;INTERVAL=2;COUNT=3\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20260310T120000Z\nDTSTART:20260310T120000Z\nDURATION:PT1H\nSTATUS:CANCELLED"),
			"0310T1000-0310T1100, 0310T1400-0310T1500"},
		{"adjacent instances are one period", event(hour + "\nRRULE:FREQ=HOURLY;COUNT=3"), "0310T1000-0310T1300"},
		{"VFREEBUSY", calendar("BEGIN:VFREEBUSY\nUID:1\nFREEBUSY:20260310T100000Z/PT1H\nFREEBUSY;FBTYPE=FREE:20260310T120000Z/PT1H\nFREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20260310T140000Z/PT1H\nEND:VFREEBUSY"),
			"0310T1000-0310T1100, 0310T1400-0310T1500 BUSY-UNAVAILABLE"},
		{"to-dos take no time", calendar("BEGIN:VTODO\nUID:1\n" + hour + "\nEND:VTODO"), ""},
	} {
		list, truncated, err := mustParse(t, c.text).BusyPeriods(day(2026, 3, 10), day(2026, 3, 11), Options{}, nil)
		if err != nil || truncated {
			t.Errorf("%s: %v %v", c.why, truncated, err)
		}
		if got := periods(MergeBusy(list)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.why, got, c.want)
		}
	}
}

func TestMergeBusy(t *testing.T) {
	at := func(h int) time.Time { return day(2026, 3, 10).Add(time.Duration(h) * time.Hour) }
	list := MergeBusy([]BusyPeriod{{at(9), at(10), Busy}, {at(12), at(13), BusyTentative}, {at(8), at(9), Busy}, {at(8), at(12), Busy}, {at(12), at(12), Busy}, {at(11), at(14), BusyTentative}})
	if got, want := periods(list), "0310T0800-0310T1200, 0310T1100-0310T1400 BUSY-TENTATIVE"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	c := NewFreeBusy(at(0), at(24), list)
	got := string(c.AppendTo(nil))
	want := "BEGIN:VFREEBUSY\r\nDTSTART:20260310T000000Z\r\nDTEND:20260311T000000Z\r\nFREEBUSY;FBTYPE=BUSY:20260310T080000Z/20260310T120000Z\r\n" +
		"FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260310T110000Z/20260310T140000Z\r\nEND:VFREEBUSY\r\n"
	if got != want {
		t.Errorf("got %s", got)
	}
}

func TestAvailability(t *testing.T) {
	// RFC 7953 §3.1, first example: available 9:00 to 17:00 in Montreal, UTC-4.
	office := "BEGIN:VAVAILABILITY\nUID:a\nBEGIN:AVAILABLE\nUID:b\nDTSTART;TZID=America/Montreal:20111002T090000\n" +
		"DTEND;TZID=America/Montreal:20111002T170000\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR\nEND:AVAILABLE\nEND:VAVAILABILITY\n"
	// A higher priority: away on one morning, but for one hour.
	away := "BEGIN:VAVAILABILITY\nUID:c\nPRIORITY:1\nBUSYTYPE:BUSY\nDTSTART:20111004T140000Z\nDTEND:20111004T180000Z\n" +
		"BEGIN:AVAILABLE\nUID:d\nDTSTART:20111004T150000Z\nDURATION:PT1H\nEND:AVAILABLE\nEND:VAVAILABILITY\n"
	a, b := mustParse(t, calendar(office)), mustParse(t, calendar(away))
	for _, c := range []struct {
		why     string
		objects []*Object
		want    string
	}{
		{"weekday", []*Object{a}, "1004T0000-1004T1300 BUSY-UNAVAILABLE, 1004T2100-1005T0000 BUSY-UNAVAILABLE"},
		{"the higher priority rules its range (RFC 7953 §4)", []*Object{b, a},
			"1004T0000-1004T1300 BUSY-UNAVAILABLE, 1004T1400-1004T1500, 1004T1600-1004T1800, 1004T2100-1005T0000 BUSY-UNAVAILABLE"},
		{"nothing known", nil, ""},
	} {
		got := periods(AvailabilityPeriods(c.objects, day(2011, 10, 4), day(2011, 10, 5), Options{}))
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.why, got, c.want)
		}
	}
}
