package caldav

import (
	"strings"
	"testing"

	"convoke/internal/icalendar"
)

// textFilter is a filter for events whose SUMMARY matches.
func textFilter(collation, needle string, negate bool) *compFilter {
	c, _ := collationNamed(collation)
	text := &textMatch{needle: c.prepare(needle), collation: c, negate: negate}
	return &compFilter{name: "VCALENDAR", comps: []compFilter{{name: "VEVENT", props: []propFilter{{name: "SUMMARY", text: text}}}}}
}

func summary(raw string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T000000Z\r\n" +
		"SUMMARY:" + raw + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
}

// TestWordsLetThrough has texts that match only behind folds, escapes and case mappings.
func TestWordsLetThrough(t *testing.T) {
	for _, c := range []struct{ collation, needle, raw string }{
		{"i;ascii-casemap", "team meeting", "Weekly Team Meeting"},
		{"i;ascii-casemap", "meeting", "Weekly mee\r\n ting"},
		{"i;ascii-casemap", "meeting", "Weekly mee\n\tting"},
		{"i;ascii-casemap", "team  meeting", "team \r\n  meeting"},
		{"i;ascii-casemap", "a, b; c", `a\, b\; c`},
		{"i;ascii-casemap", `c:\temp`, `see C:\\temp`},
		{"i;ascii-casemap", "one\ntwo", `one\ntwo`},
		{"i;ascii-casemap", "grün", "Alles grün"},
		{"i;octet", "Straße", "Straße"},
		{"i;unicode-casemap", "STRASSE", "strasse"},
		{"i;unicode-casemap", "fin", "\uff46in"}, // a wide f becomes F
		{"i;unicode-casemap", "cafe\u0301", "caf\u00e9"},
		{"i;unicode-casemap", "caf", "caf\u00e9"},
	} {
		f, text := textFilter(c.collation, c.needle, false), summary(c.raw)
		o, err := icalendar.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if m := (&matcher{filter: f}); !m.matches(o) {
			t.Errorf("%s: %q does not match %q at all", c.collation, c.needle, c.raw)
		}
		if w := newWords(f); w != nil && !w.in([]byte(text)) {
			t.Errorf("%s: %q in %q is held back", c.collation, c.needle, c.raw)
		}
	}
}

func TestWordsHoldBack(t *testing.T) {
	text := []byte(summary("Weekly team meeting"))
	for _, needle := range []string{"zebra", "team-meeting", "meetings"} {
		if newWords(textFilter("", needle, false)).in(text) {
			t.Errorf("%q is not there, yet let through", needle)
		}
	}
	if newWords(textFilter("", "zebra", true)) != nil {
		t.Error("what must not be there is searched for")
	}
	if newWords(textFilter("", "ü\n", false)) != nil {
		t.Error("nothing certain is searched for")
	}
}

// FuzzWords: what matches is never held back.
func FuzzWords(f *testing.F) {
	f.Add("team", "Weekly t\r\n eam", uint8(0))
	f.Add("a, b", `a\, b`, uint8(1))
	f.Add("fin", "\uff46in", uint8(2))
	f.Fuzz(func(t *testing.T, needle, raw string, n uint8) {
		text := summary(raw)
		o, err := icalendar.Parse([]byte(text))
		if err != nil || strings.TrimSpace(needle) == "" {
			return
		}
		filter := textFilter(collations[int(n)%len(collations)].name, needle, false)
		if w := newWords(filter); w != nil && (&matcher{filter: filter}).matches(o) && !w.in([]byte(text)) {
			t.Errorf("%q matches %q, yet is held back", raw, needle)
		}
	})
}
