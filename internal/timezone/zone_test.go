package timezone

import (
	"strings"
	"testing"
	"time"

	"convoke/internal/contentline"
	"convoke/internal/recur"
)

func local(t testing.TB, s string) recur.Local {
	t.Helper()
	l, err := recur.ParseLocal(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return l
}

// parse reads a VTIMEZONE as its owner, package icalendar, does.
func parse(t testing.TB, text string) (*Zone, error) {
	t.Helper()
	var list []Observance
	tzid := ""
	s := contentline.NewScanner(text, contentline.Limits{})
	var l contentline.Line
	open := false
	for s.Scan(&l) {
		switch {
		case l.Name == "BEGIN" && l.Value != "VTIMEZONE":
			open = true
			list = append(list, Observance{Daylight: l.Value == "DAYLIGHT"})
		case l.Name == "END":
			open = false
		case open:
			o := &list[len(list)-1]
			o.Lines = append(o.Lines, Line{l.Name, l.Value})
		case l.Name == "TZID":
			tzid = l.Value
		}
	}
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
	return FromComponent(tzid, list)
}

func TestInstant(t *testing.T) {
	for _, c := range []struct{ why, zone, local, utc string }{
		{"RFC 5545 §3.3.5: winter in New York", "America/New_York", "19980119T020000", "19980119T070000"},
		{"RFC 5545 §3.3.5: in the gap of 2007-03-11 the offset before it", "America/New_York", "20070311T023000", "20070311T073000"},
		{"end of the gap", "America/New_York", "20070311T030000", "20070311T070000"},
		{"before the gap", "America/New_York", "20070311T015959", "20070311T065959"},
		{"RFC 5545 §3.3.5: 2007-11-04 01:30 occurs twice, the first is meant", "America/New_York", "20071104T013000", "20071104T053000"},
		{"after the overlap", "America/New_York", "20071104T020000", "20071104T070000"},
		{"summer", "Europe/Berlin", "20260701T120000", "20260701T100000"},
		{"gap in Berlin", "Europe/Berlin", "20260329T023000", "20260329T013000"},
		{"overlap in Berlin", "Europe/Berlin", "20261025T023000", "20261025T003000"},
		{"Dublin's summer is standard time in the tz database", "Europe/Dublin", "20260701T120000", "20260701T110000"},
		{"Dublin's winter", "Europe/Dublin", "20260101T120000", "20260101T120000"},
		{"Casablanca, Ramadan 2026", "Africa/Casablanca", "20260301T120000", "20260301T120000"},
		{"Casablanca, the rest", "Africa/Casablanca", "20260701T120000", "20260701T110000"},
		{"Lord Howe saves half an hour", "Australia/Lord_Howe", "20260101T120000", "20260101T010000"},
		{"Lord Howe in winter", "Australia/Lord_Howe", "20260701T120000", "20260701T013000"},
		{"Lord Howe, gap of half an hour", "Australia/Lord_Howe", "20261004T021500", "20261003T154500"},
		{"Kolkata", "Asia/Kolkata", "20260701T120000", "20260701T063000"},
		{"Kathmandu", "Asia/Kathmandu", "20260701T120000", "20260701T061500"},
		{"Apia had no 2011-12-30", "Pacific/Apia", "20111230T120000", "20111230T220000"},
		{"Apia, the day after", "Pacific/Apia", "20111231T120000", "20111230T220000"},
		{"UTC", "UTC", "20260701T120000", "20260701T120000"},
		{"after the table", "Europe/Berlin", "22500701T120000", "22500701T100000"},
		{"a gap after the table", "America/New_York", "22500310T023000", "22500310T073000"},
		{"an overlap after the table", "America/New_York", "22501103T013000", "22501103T053000"},
		{"before the table", "Europe/London", "18500101T120000", "18500101T120000"},
	} {
		t.Run(c.why, func(t *testing.T) {
			z := Lookup(c.zone)
			if z == nil {
				t.Fatal("no zone ", c.zone)
			}
			if got := recur.LocalOf(z.Instant(local(t, c.local))); got.String() != c.utc {
				t.Errorf("%s %s is %sZ, want %sZ", c.zone, c.local, got, c.utc)
			}
		})
	}
}

// The table and package time agree on what clocks show.
func TestLocalAgrees(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Africa/Casablanca", "Australia/Lord_Howe", "Asia/Gaza",
		"America/Nuuk", "Pacific/Apia", "Antarctica/Troll", "Africa/Monrovia", "Asia/Kolkata", "Europe/Dublin", "America/Caracas"} {
		z := Lookup(name)
		loc, err := time.LoadLocation(name)
		if err != nil || z == nil {
			t.Fatal(name, err)
		}
		for u := int64(-2208988800); u < 7400000000; u += 12345 * 60 {
			at := time.Unix(u, 0)
			if got, want := z.Local(at), recur.LocalOf(at.In(loc)); got != want {
				t.Fatalf("%s at %d: %s, want %s", name, u, got, want)
			}
			l := z.Local(at)
			if back := z.Local(z.Instant(l)); back != l {
				t.Fatalf("%s: %s becomes %s", name, l, back)
			}
		}
	}
}

func TestNames(t *testing.T) {
	for _, name := range Names() {
		if z := Lookup(name); z == nil || z.Name() != name || z.Location() == nil {
			t.Errorf("%s: %v", name, z)
		}
	}
	once := Lookup("Europe/Berlin")
	if again := Lookup("Europe/Berlin"); once != again {
		t.Error("two zones for one name")
	}
}

func TestLookup(t *testing.T) {
	for _, c := range []struct{ tzid, want string }{
		{"W. Europe Standard Time", "Europe/Berlin"},
		{"Eastern Standard Time", "America/New_York"},
		{"eastern standard time", "America/New_York"},
		{"Romance Standard Time", "Europe/Paris"},
		{"GMT Standard Time", "Europe/London"},
		{"India Standard Time", "Asia/Calcutta"},
		{"UTC", "UTC"},
		{"UTC-11", "Etc/GMT+11"},
		{"/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin"},
		{"/freeassociation.sourceforge.net/Tzfile/Europe/Berlin", "Europe/Berlin"},
		{"/softwarestudio.org/Tzfile/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"},
		{"/citadel.org/20210210_1/America/New_York", "America/New_York"},
		{"/mozilla.org/20050126_1/Europe/Berlin", "Europe/Berlin"},
		{"/Europe/Berlin", "Europe/Berlin"},
		{"http://tzurl.org/zoneinfo/Europe/Zurich", "Europe/Zurich"},
		{"tzone://Microsoft/Utc", "UTC"},
		{"tzone://Microsoft/Custom", ""},
		{"Customized Time Zone", ""},
		{"Europe/Berlin ", "Europe/Berlin"},
		{`"Europe/Berlin"`, "Europe/Berlin"},
		{"europe/berlin", "Europe/Berlin"},
		{"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Berlin"},
		{`(UTC+01:00) Amsterdam\, Berlin\, Bern\, Rome\, Stockholm\, Vienna`, "Europe/Berlin"},
		{"(GMT+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Berlin"},
		{"(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"},
		{"(GMT-08.00) Pacific Time (US & Canada); Tijuana", "America/Los_Angeles"},
		{"(UTC) Dublin, Edinburgh, Lisbon, London", "Europe/London"},
		{"(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi", "Asia/Calcutta"},
		{"W. Europe Standard Time 1", "Europe/Berlin"},
		{"(GMT-08.00) Pacific Time (US & Canada) / Tijuana", "America/Los_Angeles"},
		{"(UTC-05:00) Eastern Time (US and Canada)", "America/New_York"},
		{"Eastern Time (US & Canada)", "America/New_York"},
		{"(UTC-11:00) Coordinated Universal Time-11", "Etc/GMT+11"},
		{"(UTC+13:00) Coordinated Universal Time+13", "Etc/GMT-13"},
		{"(UTC+13:00) Nuku'alofa", "Pacific/Tongatapu"},
		{"Kuala Lumpur, Singapore", "Asia/Singapore"},
		{"Amsterdam, Belgrade, Berlin, Brussels, Budapest, Madrid, Paris, Prague, Stockholm", "Europe/Berlin"},
		{"W. Europe Daylight Time", "Europe/Berlin"},
		{"US-Eastern", "America/New_York"},
		{"Eastern", ""},
		{"CST", ""},
		{"(GMT +01:00)", ""},
		{"(UTC)", "UTC"},
		{"utc", "UTC"},
		{"GMT", "GMT"},
		{"gmt", "GMT"},
		{"Etc/UTC", "Etc/UTC"},
		{"Coordinated Universal Time", "UTC"},
		{"UTC+00:00", "UTC"},
		{"UTC+01", "Etc/GMT-1"},
		{"GMT-0500", "Etc/GMT+5"},
		{"GMT +2:00", "Etc/GMT-2"},
		{"UTC-10", "Etc/GMT+10"},
		{"UTC+05:30", ""},
		{"UTC+15", ""},
		{"GMT+", ""},
		{"posix/Europe/Vaduz", "Europe/Vaduz"},
		{"Offices/Cuba", ""},
		{"/offices.example/Cuba", "Cuba"},
		{"Europe_Berlin", "Europe/Berlin"},
		{"America_New_York", "America/New_York"},
		{"America-Chicago", "America/Chicago"},
		{"custom_America/New_York", ""},
		{"Europe/Berlin\r\n", "Europe/Berlin"},
		{"Mitteleurop\u00e4ische Zeit", ""},
		{"Z", "UTC"},
		{"", ""},
		{"/", ""},
		{"../../etc/passwd", ""},
		{"/../../../etc/localtime", ""},
		{"Local", ""},
		{"Factory", ""},
		{strings.Repeat("/", 300), ""},
	} {
		name := ""
		if z := Lookup(c.tzid); z != nil {
			name = z.Name()
		}
		if name != c.want {
			t.Errorf("%q is %q, want %q", c.tzid, name, c.want)
		}
	}
}

func TestTables(t *testing.T) {
	for _, table := range [][][2]string{windows[:], aliases[:]} {
		for i, row := range table {
			if byName(row[1]) == nil {
				t.Errorf("%q leads to %q, which is no zone", row[0], row[1])
			}
			if i > 0 && table[i-1][0] >= row[0] {
				t.Errorf("%q stands after %q", row[0], table[i-1][0])
			}
			if row[0] != strings.ToLower(row[0]) {
				t.Errorf("%q is not in lower case", row[0])
			}
			if &table[0] == &aliases[0] && row[0] != plain(row[0]) {
				t.Errorf("%q can never be found", row[0])
			}
		}
	}
	if len(windows) < 139 {
		t.Errorf("%d Windows names", len(windows))
	}
}

func BenchmarkInstant(b *testing.B) {
	z := Lookup("Europe/Berlin")
	l := local(b, "20260701T120000")
	for b.Loop() {
		z.Unix(l)
	}
}

func BenchmarkLocal(b *testing.B) {
	z := Lookup("Europe/Berlin")
	for b.Loop() {
		z.LocalUnix(1782900000)
	}
}

func BenchmarkLookup(b *testing.B) {
	for b.Loop() {
		Lookup("America/New_York")
	}
}

func BenchmarkLoad(b *testing.B) {
	loc := Lookup("Europe/Berlin").Location()
	for b.Loop() {
		fromLocation("Europe/Berlin", loc)
	}
}
