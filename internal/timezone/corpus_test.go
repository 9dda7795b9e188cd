package timezone

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"convoke/internal/contentline"
	"convoke/internal/recur"
)

func corpusRoot(t *testing.T) string {
	t.Helper()
	root := os.Getenv("CONVOKE_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	if _, err := os.Stat(root); err != nil {
		t.Skip("the corpus is not here")
	}
	return root
}

// sentZone is a VTIMEZONE as it stands in a file.
type sentZone struct {
	tzid string
	list []Observance
}

// zonesOf gives the VTIMEZONEs of a file, damaged ones too.
func zonesOf(data string) (out []sentZone) {
	s := contentline.NewScanner(data, contentline.Limits{})
	var l contentline.Line
	for s.Scan(&l) {
		if l.Name == "BEGIN" && strings.EqualFold(l.Value, "VTIMEZONE") {
			out = append(out, sentZone{})
			continue
		}
		if len(out) == 0 {
			continue
		}
		z := &out[len(out)-1]
		switch {
		case l.Name == "BEGIN":
			z.list = append(z.list, Observance{Daylight: strings.EqualFold(l.Value, "DAYLIGHT")})
		case len(z.list) > 0:
			o := &z.list[len(z.list)-1]
			o.Lines = append(o.Lines, Line{l.Name, l.Value})
		case l.Name == "TZID":
			z.tzid = strings.ReplaceAll(l.Value, `\`, "")
		}
	}
	return out
}

// Every VTIMEZONE of the corpus is read or refused, and what is read can be asked and written.
func TestCorpus(t *testing.T) {
	read, refused := 0, 0
	err := filepath.WalkDir(corpusRoot(t), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(path, "/icalendar/") && !strings.Contains(path, "/recurrence/") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, s := range zonesOf(string(data)) {
			Lookup(s.tzid)
			z, err := FromComponent(s.tzid, s.list)
			if err != nil {
				refused++
				continue
			}
			read++
			for _, at := range []int64{-1 << 40, 0, 1 << 30, 1 << 40} {
				z.Unix(z.LocalUnix(at))
			}
			if text := VTimezone(z, s.tzid, year(2020), year(2030)); !strings.HasSuffix(string(text), "END:VTIMEZONE\r\n") {
				t.Errorf("%s: %q", path, text)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if t.Logf("%d read, %d refused", read, refused); read < 300 {
		t.Errorf("only %d read", read)
	}
}

// The VTIMEZONEs themselves, whether or not their name is known.
func TestCorpusClocks(t *testing.T) {
	const (
		berlin  = "node-ical/test/fixtures/vtimezone-year-0001-dtstart.ics"
		bangkok = "node-ical/test/fixtures/exchange-custom-tz.ics"
		brazil  = "collective-icalendar/tests/calendars/issue_237_fail_to_parse_timezone_with_non_ascii_tzid.ics"
		forward = "collective-icalendar/tests/calendars/america_new_york_forward_reference.ics"
	)
	for _, c := range []struct{ why, file, tzid, known, local, utc string }{
		{"year 1, summer", berlin, "W. Europe Standard Time", "Europe/Berlin", "20240601T100000", "20240601T080000"},
		{"year 1, winter", berlin, "W. Europe Standard Time", "Europe/Berlin", "20241201T100000", "20241201T090000"},
		{"year 1, gap", berlin, "W. Europe Standard Time", "Europe/Berlin", "20240331T023000", "20240331T013000"},
		{"escaped in one place only; two onsets at once", bangkok, "(UTC+07:00) Bangkok, Hanoi, Jakarta", "Asia/Bangkok", "20190430T090000", "20190430T020000"},
		{"not ASCII, onset at 23:59:59 in 1601", brazil, "(UTC-03:00) Brasília", "America/Sao_Paulo", "20170511T133000", "20170511T163000"},
		{"not ASCII, summer by the rule sent", brazil, "(UTC-03:00) Brasília", "America/Sao_Paulo", "20170111T133000", "20170111T153000"},
		{"not known", forward, "custom_America/New_York_Forward_reference", "", "20160701T120000", "20160701T160000"},
	} {
		t.Run(c.why, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(corpusRoot(t), "icalendar", filepath.FromSlash(c.file)))
			if err != nil {
				t.Fatal(err)
			}
			name := ""
			if z := Lookup(c.tzid); z != nil {
				name = z.Name()
			}
			if name != c.known {
				t.Errorf("%q is %q, want %q", c.tzid, name, c.known)
			}
			for _, s := range zonesOf(string(data)) {
				if s.tzid != c.tzid {
					continue
				}
				z, err := FromComponent(s.tzid, s.list)
				if err != nil {
					t.Fatal(err)
				}
				if got := recur.LocalOf(z.Instant(local(t, c.local))); got.String() != c.utc {
					t.Errorf("%s is %sZ, want %sZ", c.local, got, c.utc)
				}
				return
			}
			t.Errorf("no VTIMEZONE %q", c.tzid)
		})
	}
}

// Zones of the tz database agree with package time in every hour of some hard years.
func TestYearsAgree(t *testing.T) {
	for name, y := range map[string]int{"Pacific/Apia": 2011, "Europe/Dublin": 1971, "Australia/Lord_Howe": 2026,
		"Africa/Casablanca": 2026, "Asia/Pyongyang": 2015, "America/Caracas": 2016, "Antarctica/Troll": 2040, "Europe/Berlin": 2199} {
		z := Lookup(name)
		for at := year(y); at.Year() == y; at = at.Add(time.Hour) {
			if got, want := z.Local(at), recur.LocalOf(at.In(z.Location())); got != want {
				t.Fatalf("%s at %s: %s, want %s", name, at, got, want)
			}
		}
	}
}
