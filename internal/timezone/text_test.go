package timezone

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"convoke/internal/recur"
)

func year(y int) time.Time { return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC) }

// A VTIMEZONE written for a range and read back shows the same clocks in it, in every zone.
func TestRoundTrip(t *testing.T) {
	for _, span := range [][2]int{{1990, 2040}, {2026, 2026}, {1970, 1990}} {
		for _, name := range Names() {
			z := Lookup(name)
			text := z.write(textKey{name, span[0], span[1]})
			back, err := parse(t, string(text))
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, text)
			}
			begin, end := year(span[0]).Unix(), year(span[1]+1).Unix()
			var points []int64
			for u := begin; u < end; u += 86400 * 9 {
				points = append(points, u)
			}
			for _, at := range z.at {
				if at > begin && at < end {
					points = append(points, at-1, at)
				}
			}
			for _, u := range points {
				if got, want := back.LocalUnix(u), z.LocalUnix(u); got != want {
					t.Fatalf("%s %v at %d: %s, want %s\n%s", name, span, u, got, want, text)
				}
				l := z.LocalUnix(u)
				if got, want := back.Unix(l), z.Unix(l); got != want && u > begin+2*86400 && u < end-2*86400 {
					t.Fatalf("%s %v: %s is %d, want %d\n%s", name, span, l, got, want, text)
				}
			}
		}
	}
}

func TestVTimezone(t *testing.T) {
	for _, c := range []struct {
		why, zone, tzid string
		from, to        int
		want            string
	}{
		{"rules that go on", "America/New_York", "America/New_York", 2010, 2030, `BEGIN:VTIMEZONE
TZID:America/New_York
BEGIN:STANDARD
DTSTART:20091101T020000
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
TZNAME:EST
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20100314T020000
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
TZNAME:EDT
RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
`},
		{"negative saving, told as clients know it", "Europe/Dublin", "Europe/Dublin", 2026, 2026, `BEGIN:VTIMEZONE
TZID:Europe/Dublin
BEGIN:STANDARD
DTSTART:20251026T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0000
TZNAME:GMT
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20260329T010000
TZOFFSETFROM:+0000
TZOFFSETTO:+0100
TZNAME:IST
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
`},
		{"no change at all, and a name that is TEXT", "UTC", "a,b;c", 2026, 2030, `BEGIN:VTIMEZONE
TZID:a\,b\;c
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:+0000
TZOFFSETTO:+0000
TZNAME:UTC
END:STANDARD
END:VTIMEZONE
`},
		{"Ramadan is a list", "Africa/Casablanca", "Africa/Casablanca", 2026, 2027, `BEGIN:VTIMEZONE
TZID:Africa/Casablanca
BEGIN:DAYLIGHT
DTSTART:20250406T020000
TZOFFSETFROM:+0000
TZOFFSETTO:+0100
TZNAME:+01
RDATE:20260322T020000,20270314T020000
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:20260215T030000
TZOFFSETFROM:+0100
TZOFFSETTO:+0000
TZNAME:+00
RDATE:20270207T030000
END:STANDARD
END:VTIMEZONE
`},
	} {
		t.Run(c.why, func(t *testing.T) {
			got := string(VTimezone(Lookup(c.zone), c.tzid, year(c.from), year(c.to)))
			if want := strings.ReplaceAll(c.want, "\n", "\r\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// What is written stays small, also where rules changed often.
func TestVTimezoneSize(t *testing.T) {
	most, worst := 0, ""
	for _, name := range Names() {
		text := VTimezone(Lookup(name), name, year(2020), year(2030))
		if len(text) > most {
			most, worst = len(text), name
		}
		if n := bytes.Count(text, []byte("\r\nBEGIN:")); n > 8 {
			t.Errorf("%s has %d observances", name, n)
		}
	}
	if most > 2000 {
		t.Errorf("%s has %d bytes", worst, most)
	}
}

func TestVTimezoneIsKept(t *testing.T) {
	z := Lookup("Europe/Berlin")
	a := VTimezone(z, "x", time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Time{})
	b := VTimezone(z, "x", time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), time.Time{})
	if &a[0] != &b[0] {
		t.Error("written twice for one range of years")
	}
	for y := range 100 {
		VTimezone(z, "x", year(1950+y), year(1950+y))
	}
	if n := len(z.texts.kept); n > maxTexts {
		t.Errorf("%d texts kept", n)
	}
}

// RFC 5545 §3.6.5, the last examples.
func TestFromComponent(t *testing.T) {
	newYork := `BEGIN:VTIMEZONE
TZID:America/New_York
BEGIN:DAYLIGHT
DTSTART:19870405T020000
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4;UNTIL=20060402T070000Z
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
TZNAME:EDT
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19671029T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10;UNTIL=20061029T060000Z
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
TZNAME:EST
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20070311T020000
RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
TZNAME:EDT
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:20071104T020000
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
TZNAME:EST
END:STANDARD
END:VTIMEZONE
`
	fictitious := `BEGIN:VTIMEZONE
TZID:Fictitious
BEGIN:STANDARD
DTSTART:19871101T020000
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZNAME:EST
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19870405T020000
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4;UNTIL=19980404T070000Z
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
TZNAME:EDT
END:DAYLIGHT
BEGIN:DAYLIGHT
DTSTART:19990424T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=4
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
TZNAME:EDT
END:DAYLIGHT
END:VTIMEZONE
`
	outlook := `BEGIN:VTIMEZONE
TZID:Custom
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:00010101T020000
TZOFFSETFROM:+010000
TZOFFSETTO:+020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
`
	dates := `BEGIN:VTIMEZONE
TZID:Dates
BEGIN:STANDARD
DTSTART:19670101T000000
TZOFFSETFROM:-001005
TZOFFSETTO:-0500
RDATE:19671029T020000,19681027T020000
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19670430T020000
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
RDATE:19680428T020000
RDATE:nonsense
END:DAYLIGHT
END:VTIMEZONE
`
	for _, c := range []struct{ why, text, local, utc string }{
		{"winter", newYork, "20260101T120000", "20260101T170000"},
		{"summer", newYork, "20260701T120000", "20260701T160000"},
		{"summer by the old rule", newYork, "20060405T120000", "20060405T160000"},
		{"UNTIL is UTC: the onset of 2006 is the last", newYork, "20060402T120000", "20060402T160000"},
		{"before the old rule's spring of 2007", newYork, "20070310T120000", "20070310T170000"},
		{"gap", newYork, "20260308T023000", "20260308T073000"},
		{"overlap", newYork, "20261101T013000", "20261101T053000"},
		{"before all onsets", newYork, "19500701T120000", "19500701T160000"},
		{"a rule replaced, 1998-04-05 is beyond UNTIL", fictitious, "19980701T120000", "19980701T170000"},
		{"a rule replaced, from 1999", fictitious, "19990701T120000", "19990701T160000"},
		{"onset in 1601", outlook, "20260101T120000", "20260101T110000"},
		{"onset in year 1, +010000", outlook, "20260701T120000", "20260701T100000"},
		{"a far year", outlook, "21990701T120000", "21990701T100000"},
		{"offset with seconds", dates, "19660101T000000", "19660101T001005"},
		{"RDATE", dates, "19680501T120000", "19680501T160000"},
		{"RDATE of the other", dates, "19681101T120000", "19681101T170000"},
	} {
		t.Run(c.why, func(t *testing.T) {
			z, err := parse(t, c.text)
			if err != nil {
				t.Fatal(err)
			}
			if z.Known() {
				t.Error("known")
			}
			if got := recur.LocalOf(z.Instant(local(t, c.local))); got.String() != c.utc {
				t.Errorf("%s is %sZ, want %sZ", c.local, got, c.utc)
			}
		})
	}
}

func TestFromComponentBounds(t *testing.T) {
	standard := func(lines ...Line) Observance {
		return Observance{Lines: append([]Line{{"DTSTART", "19700101T000000"}, {"TZOFFSETFROM", "+0100"}, {"TZOFFSETTO", "+0200"}}, lines...)}
	}
	for _, c := range []struct {
		why  string
		list []Observance
		ok   bool
	}{
		{"nothing", nil, false},
		{"no offset", []Observance{{Lines: []Line{{"DTSTART", "19700101T000000"}}}}, false},
		{"a day's offset", []Observance{{Lines: []Line{{"DTSTART", "19700101T000000"}, {"TZOFFSETFROM", "+2400"}, {"TZOFFSETTO", "+0000"}}}}, false},
		{"one that is whole", []Observance{{}, standard()}, true},
		{"a rule that is none", []Observance{standard(Line{"RRULE", "FREQ=YEARLY;INTERVAL=0"})}, true},
		{"each second", []Observance{standard(Line{"RRULE", "FREQ=SECONDLY"})}, false},
		{"each second, in few", []Observance{standard(Line{"RRULE", "FREQ=SECONDLY;COUNT=10"})}, true},
		{"never", []Observance{standard(Line{"RRULE", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"})}, true},
		{"many observances", make([]Observance, MaxObservances+1), false},
		{"many dates", []Observance{standard(Line{"RDATE", strings.Repeat("19800101T000000,", 5000)})}, false},
	} {
		t.Run(c.why, func(t *testing.T) {
			if _, err := FromComponent("x", c.list); (err == nil) != c.ok {
				t.Errorf("error %v", err)
			}
		})
	}
	idle := make([]Observance, 10)
	for i := range idle {
		idle[i] = standard(Line{"RRULE", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"})
	}
	if _, err := FromComponent("x", idle); err == nil {
		t.Error("a million days looked at in vain")
	}
	many := make([]Observance, MaxObservances)
	for i := range many {
		many[i] = standard(Line{"RRULE", "FREQ=WEEKLY;COUNT=2000"})
	}
	if _, err := FromComponent("x", many); err == nil {
		t.Error("two million onsets accepted")
	}
}

func TestFromComponentIsShared(t *testing.T) {
	list := func(to string) []Observance {
		return []Observance{{Lines: []Line{{"DTSTART", "19700101T000000"}, {"TZOFFSETFROM", "+0100"}, {"TZOFFSETTO", to}}}}
	}
	zone := func(tzid string, list []Observance) *Zone {
		z, err := FromComponent(tzid, list)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	a := zone("x", list("+0200"))
	if zone("x", list("+0200")) != a {
		t.Error("one text, two zones")
	}
	if zone("y", list("+0200")) == a || zone("x", list("+0300")) == a {
		t.Error("two texts, one zone")
	}
	for i := range 2 * maxSent {
		zone(strings.Repeat("z", i), list("+0200"))
	}
	if n := len(sent.kept); n > maxSent {
		t.Errorf("%d zones kept", n)
	}
}

func TestReadOffset(t *testing.T) {
	for in, want := range map[string]int{"+0100": 3600, "-0330": -12600, "+010000": 3600, "-001005": -605, "0100": 3600, "+01:00": 3600,
		"": noOffset, "+1": noOffset, "+2400": noOffset, "+0160": noOffset, "+01000": noOffset, "abcd": noOffset} {
		if got := readOffset(in); got != want {
			t.Errorf("%q: %d, want %d", in, got, want)
		}
	}
}

func FuzzFromComponent(f *testing.F) {
	f.Add("19700101T000000", "+0100", "+0200", "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "19800101T000000")
	f.Add("00010101T000000", "-001005", "+235959", "FREQ=HOURLY;UNTIL=19000101T000000Z", "")
	f.Add("99991231T235959", "0000", "0001", "FREQ=SECONDLY;COUNT=3", "16010101")
	f.Fuzz(func(t *testing.T, start, from, to, rule, date string) {
		z, err := FromComponent("x", []Observance{{Lines: []Line{{"DTSTART", start}, {"TZOFFSETFROM", from}, {"TZOFFSETTO", to},
			{"RRULE", rule}, {"RDATE", date}}}})
		if err != nil {
			return
		}
		for i := 1; i < len(z.at); i++ {
			if z.at[i] <= z.at[i-1] || z.wall[i] <= z.wall[i-1] {
				t.Fatal("the table is not in order")
			}
		}
		l := z.Local(time.Unix(1e9, 0))
		z.Instant(l)
		VTimezone(z, "x", year(1990), year(2040))
	})
}

func FuzzLookup(f *testing.F) {
	for _, s := range []string{"Europe/Berlin", "/mozilla.org/20050126_1/Europe/Berlin", "(UTC+01:00) Amsterdam, Berlin", "../x", "tzone://Microsoft/Utc"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if z := Lookup(s); z != nil && byName(z.Name()) != z {
			t.Fatalf("%q leads to a zone outside the table", s)
		}
	})
}

func BenchmarkVTimezone(b *testing.B) {
	z := Lookup("Europe/Berlin")
	for b.Loop() {
		z.write(textKey{"Europe/Berlin", 2020, 2030})
	}
}

func BenchmarkFromComponent(b *testing.B) {
	text := string(VTimezone(Lookup("Europe/Berlin"), "Europe/Berlin", year(2020), year(2030)))
	for b.Loop() {
		sent.kept = nil
		if _, err := parse(b, text); err != nil {
			b.Fatal(err)
		}
	}
}
