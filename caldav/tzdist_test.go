package caldav

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"convoke/internal/icalendar"
	"convoke/internal/timezone"
)

// zonesAnswer asks the time zone service.
func zonesAnswer(t *testing.T, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, TimeZonesPath+path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	TimeZones().ServeHTTP(w, r)
	return w
}

// RFC 7808 §5.3: a zone by each of its names, under the name asked for, and 304 for who has it.
func TestTimeZoneGet(t *testing.T) {
	w := zonesAnswer(t, "/zones/US%2FEastern")
	o, err := icalendar.Parse(w.Body.Bytes())
	if err != nil || w.Code != 200 || o.Calendar.Child("VTIMEZONE").Text("TZID") != "US/Eastern" {
		t.Fatalf("%d %v %s", w.Code, err, w.Body)
	}
	if again := zonesAnswer(t, "/zones/US%2FEastern", "If-None-Match", w.Header().Get("ETag")); again.Code != 304 {
		t.Errorf("%d", again.Code)
	}
	if none := zonesAnswer(t, "/zones/US%2FEastern", "Accept", "application/calendar+xml"); none.Code != 406 {
		t.Errorf("%d", none.Code)
	}
}

// RFC 7808 §5.3, RFC 5545 §3.6.5: what is given is the clock of the zone at all times, not of its first years alone.
func TestTimeZoneGetIsWhole(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Africa/Casablanca", "Australia/Lord_Howe", "Asia/Tokyo", "America/Sao_Paulo"} {
		text := strings.ReplaceAll(zonesAnswer(t, "/zones/"+url.PathEscape(name)).Body.String(), name, "Given") // a name that says nothing
		_, given, err := readZone(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for at := time.Date(1970, 1, 15, 12, 0, 0, 0, time.UTC); at.Year() < 2039; at = at.AddDate(0, 1, 0) {
			if got, want := given.Offset(at), timezone.Lookup(name).Offset(at); got != want {
				t.Fatalf("%s is %d seconds from UTC on %s, not %d:\n%s", name, got, at, want, text)
			}
		}
	}
}

// RFC 7808 §5.4.1 and §4.1.7: the example, and what is refused.
func TestTimeZoneActions(t *testing.T) {
	for path, want := range map[string]string{
		"/zones/America%2FNew_York/observances?start=2008-01-01T00:00:00Z&end=2009-01-01T00:00:00Z": `{"observances":[` +
			`{"name":"Standard","onset":"2008-01-01T00:00:00Z","utc-offset-from":-18000,"utc-offset-to":-18000},` +
			`{"name":"Daylight","onset":"2008-03-09T07:00:00Z","utc-offset-from":-18000,"utc-offset-to":-14400},` +
			`{"name":"Standard","onset":"2008-11-02T06:00:00Z","utc-offset-from":-14400,"utc-offset-to":-18000}],"tzid":"America/New_York"}`,
		"/zones/America%2FPittsburgh":      "tzid-not-found",
		"/zones?pattern=*":                 "invalid-pattern",
		"/zones?pattern=a*b":               "invalid-pattern",
		"/zones?pattern=%5Ca":              "invalid-pattern",
		"/zones?pattern=*new%20york":       `"aliases":["US/Eastern"]`,
		"/zones/GB/observances":            "invalid-start",
		"/zones/GB/observances?start=2008": "invalid-start",
		"/zones/GB/observances?start=2008-01-01T00:00:00Z&end=2008-01-01T00:00:00Z": "invalid-end",
		"":              "invalid-action",
		"/leapseconds":  "invalid-action",
		"/capabilities": `"version":1`,
	} {
		w := zonesAnswer(t, path)
		if !json.Valid(w.Body.Bytes()) || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func FuzzTimeZonePattern(f *testing.F) {
	for _, s := range []string{"*New York*", "a*b", `\*a\\`, "*", ""} {
		f.Add(s, "America/New_York")
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if match := tzPattern(pattern); match != nil {
			match(name)
		}
	})
}
