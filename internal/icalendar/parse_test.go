package icalendar

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// event wraps lines, separated by LF, as a VEVENT in a VCALENDAR with CRLF.
func event(lines string) string { return calendar("BEGIN:VEVENT\nUID:1\n" + lines + "\nEND:VEVENT") }

// calendar wraps lines in a VCALENDAR.
func calendar(lines string) string {
	s := "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//EN\n" + strings.TrimSpace(lines) + "\nEND:VCALENDAR\n"
	return strings.ReplaceAll(s, "\n", "\r\n")
}

func mustParse(t testing.TB, text string) *Object {
	t.Helper()
	o, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("parse: %v\n%s", err, text)
	}
	return o
}

const oddities = "BEGIN:VCALENDAR\r\nVERSION:2.0\nprodid:x\r\n\r\nBEGIN:vevent\r\nUID:1\r\nX-A;X-B=\"c:d\";Y=^n:v\r\n" +
	"DESCRIPTION:lo\r\n ng\r\n\t er\r\nBEGIN:X-THING\r\nFOO:bar\r\nEND:X-THING\r\nSUMMARY:after a child\r\n" +
	"BEGIN:VALARM\r\nACTION:DISPLAY\r\nEND:VALARM\r\nLOCATION:here\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n\r\n"

func TestBytesAreExact(t *testing.T) {
	for name, text := range map[string]string{
		"oddities":        oddities,
		"LF":              strings.ReplaceAll(oddities, "\r\n", "\n"),
		"CR":              strings.ReplaceAll(strings.ReplaceAll(oddities, "\r\n", "\n"), "\n", "\r"),
		"no end of line":  strings.TrimSpace(oddities),
		"byte order mark": "\ufeff" + oddities,
		"fold in UTF-8":   "BEGIN:VCALENDAR\r\nX:\xc3\r\n \xa4\r\nEND:VCALENDAR\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			o := mustParse(t, text)
			if got := string(o.Bytes()); got != text {
				t.Error(cmp.Diff(text, got))
			}
			if got := string(o.Clone().Bytes()); got != text {
				t.Error("clone:", cmp.Diff(text, got))
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct {
		why, in string
		line    int
	}{
		{"empty", "", 0},
		{"vCard", "BEGIN:VCARD\nEND:VCARD\n", 1},
		{"XML", "<?xml version=\"1.0\"?>\n", 1},
		{"no END", "BEGIN:VCALENDAR\nBEGIN:VEVENT\n", 2},
		{"END of another", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VTODO\n", 3},
		{"END without BEGIN", "BEGIN:VCALENDAR\nEND:VCALENDAR\nEND:VCALENDAR\n", 3},
		{"two calendars", "BEGIN:VCALENDAR\nEND:VCALENDAR\nBEGIN:VCALENDAR\nEND:VCALENDAR\n", 3},
		{"property outside", "BEGIN:VCALENDAR\nEND:VCALENDAR\nA:1\n", 3},
		{"calendar in calendar", "BEGIN:VCALENDAR\nBEGIN:VCALENDAR\n", 2},
		{"control character", "BEGIN:VCALENDAR\nA:\x01\nEND:VCALENDAR\n", 2},
		{"not UTF-8", "BEGIN:VCALENDAR\nA:\xe9t\xe9\nEND:VCALENDAR\n", 2},
		{"no colon", "BEGIN:VCALENDAR\nA\nEND:VCALENDAR\n", 2},
	} {
		t.Run(c.why, func(t *testing.T) {
			_, err := Parse([]byte(c.in))
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Line != c.line {
				t.Errorf("got %v, want a syntax error in line %d", err, c.line)
			}
			if BrokenBy(err) != ValidData {
				t.Errorf("breaks %q", BrokenBy(err))
			}
		})
	}
}

func TestParseLimits(t *testing.T) {
	nest := func(n int) string {
		return strings.Repeat("BEGIN:X\n", n) + strings.Repeat("END:X\n", n)
	}
	for _, c := range []struct {
		why, in string
		ok      bool
	}{
		{"8 levels", calendar(nest(MaxDepth - 1)), true},
		{"9 levels", calendar(nest(MaxDepth)), false},
		{"5,000 components", calendar(strings.Repeat(nest(1), MaxComponents-1)), true},
		{"5,001 components", calendar(strings.Repeat(nest(1), MaxComponents)), false},
		{"10,000 properties", calendar(strings.Repeat("A:1\n", MaxProperties-2)), true},
		{"10,001 properties", calendar(strings.Repeat("A:1\n", MaxProperties-1)), false},
		{"101 parameters", calendar("A" + strings.Repeat(";B=1", 101) + ":1"), false},
	} {
		t.Run(c.why, func(t *testing.T) {
			o, err := Parse([]byte(c.in))
			var limit *LimitError
			if c.ok && (err != nil || string(o.Bytes()) != c.in) || !c.ok && !errors.As(err, &limit) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestEditsTouchOnlyWhatTheyChange(t *testing.T) {
	for _, c := range []struct {
		why      string
		edit     func(e *Component)
		old, new string // what is replaced in oddities
	}{
		{"value of a folded line", func(e *Component) { e.SetText("DESCRIPTION", "a;b\nc") },
			"DESCRIPTION:lo\r\n ng\r\n\t er\r\n", "DESCRIPTION:a\\;b\\nc\r\n"},
		{"assigned value", func(e *Component) { e.Prop("SUMMARY").Value = "new" }, "SUMMARY:after a child", "SUMMARY:new"},
		{"parameter", func(e *Component) { e.Prop("X-A").SetParam("Y", "z") }, ";Y=^n:v", ";Y=z:v"},
		{"parameter that is so already", func(e *Component) { e.Prop("X-A").SetParam("Y", "\n") }, "", ""},
		{"value that is so already", func(e *Component) { e.SetText("LOCATION", "here") }, "", ""},
		{"new property stands before subcomponents", func(e *Component) { e.SetText("STATUS", "TENTATIVE") },
			"\t er\r\n", "\t er\r\nSTATUS:TENTATIVE\r\n"},
		{"removal", func(e *Component) { e.Remove("LOCATION") }, "LOCATION:here\r\n", ""},
		{"removal of a child", func(e *Component) { e.RemoveChild(e.Child("VALARM")) },
			"BEGIN:VALARM\r\nACTION:DISPLAY\r\nEND:VALARM\r\n", ""},
		{"new child", func(e *Component) { e.AddChild(NewComponent("VALARM")) },
			"LOCATION:here\r\n", "LOCATION:here\r\nBEGIN:VALARM\r\nEND:VALARM\r\n"},
		{"date", func(e *Component) { e.SetTime("DTSTART", must(ParseDateTime("20260101"))) },
			"\t er\r\n", "\t er\r\nDTSTART;VALUE=DATE:20260101\r\n"},
		{"unknown component", func(e *Component) { e.Child("X-THING").Prop("FOO").SetText("baz") }, "FOO:bar", "FOO:baz"},
	} {
		t.Run(c.why, func(t *testing.T) {
			o := mustParse(t, oddities)
			d := o.Clone()
			c.edit(d.Master())
			want := oddities
			if c.old != "" {
				want = strings.Replace(oddities, c.old, c.new, 1)
			}
			if diff := cmp.Diff(want, string(d.Bytes())); diff != "" {
				t.Error(diff)
			}
			if string(o.Bytes()) != oddities {
				t.Error("the edit of a clone changed the original")
			}
			if _, err := Parse(d.Bytes()); err != nil {
				t.Error(err)
			}
		})
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestText(t *testing.T) {
	for _, c := range []struct{ raw, text string }{
		// RFC 5545 §3.3.11 example.
		{`Project XYZ Final Review\nConference Room - 3B\nCome Prepared.`, "Project XYZ Final Review\nConference Room - 3B\nCome Prepared."},
		{`a\;b\,c\\d`, `a;b,c\d`},
		{`plain`, `plain`},
	} {
		if got := UnescapeText(c.raw); got != c.text {
			t.Errorf("UnescapeText(%q) = %q, want %q", c.raw, got, c.text)
		}
		if got := EscapeText(c.text); got != c.raw {
			t.Errorf("EscapeText(%q) = %q, want %q", c.text, got, c.raw)
		}
	}
	for raw, want := range map[string]string{`C:\temp`: `C:\temp`, `a\N`: "a\n", `end\`: `end\`, `\"q\"`: `"q"`} {
		if got := UnescapeText(raw); got != want {
			t.Errorf("UnescapeText(%q) = %q, want %q", raw, got, want)
		}
	}
	p := NewProperty("CATEGORIES", `a,b\,c,,d`)
	if diff := cmp.Diff([]string{"a", "b,c", "", "d"}, p.TextList()); diff != "" {
		t.Error(diff)
	}
	if got := EscapeText("a\r\nb\rc\x00d"); got != `a\nb\ncd` {
		t.Errorf("line ends and controls: %q", got)
	}
}

func TestDuration(t *testing.T) {
	for _, c := range []struct{ in, out string }{
		{"P15DT5H0M20S", "P15DT5H0M20S"}, // RFC 5545 §3.3.6
		{"P7W", "P7W"},
		{"-PT15M", "-PT15M"},
		{"+P1D", "P1D"},
		{"PT0S", "PT0S"},
		{"PT90M", "PT1H30M"},
		{"P1DT", "P1D"},
		{"PT", "PT0S"},
		{"PT1W", "P1W"},
		{"pt1h", "PT1H"},
	} {
		d, err := ParseDuration(c.in)
		if err != nil || d.String() != c.out {
			t.Errorf("%s: got %s, %v, want %s", c.in, d, err, c.out)
		}
	}
	for _, bad := range []string{"", "P1", "PT1Y", "P1H", "1D", "P-1D", "PT1H1", "P99999999999999999999D", "PD"} {
		if d, err := ParseDuration(bad); err == nil {
			t.Errorf("%q is taken as %s", bad, d)
		}
	}
}

func TestPartsOfAnObject(t *testing.T) {
	o := mustParse(t, calendar(`
BEGIN:VTIMEZONE
TZID:X
END:VTIMEZONE
BEGIN:VEVENT
UID:a@b
RECURRENCE-ID:20260102T000000Z
END:VEVENT
BEGIN:VEVENT
UID:a@b
RRULE:FREQ=DAILY
END:VEVENT`))
	if o.UID() != "a@b" || o.Kind() != Event {
		t.Errorf("UID %q, kind %q", o.UID(), o.Kind())
	}
	if m := o.Master(); m == nil || !m.Has("RRULE") {
		t.Error("wrong master")
	}
	n := 0
	for range o.Overrides() {
		n++
	}
	if n != 1 {
		t.Errorf("%d overrides", n)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(oddities)
	f.Add(event("DTSTART:20260101T100000Z\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE:20260102T100000Z"))
	f.Add(calendar("BEGIN:VTODO\nUID:2\nDUE;VALUE=DATE:20260101\nBEGIN:VALARM\nTRIGGER;RELATED=END:-P1D\nREPEAT:2\nDURATION:PT5M\nEND:VALARM\nEND:VTODO"))
	f.Fuzz(func(t *testing.T, text string) {
		o, err := Parse([]byte(text))
		if err != nil {
			if BrokenBy(err) == "" {
				t.Fatalf("an error without precondition: %v", err)
			}
			return
		}
		if got := string(o.Bytes()); got != text {
			t.Fatalf("got %q, want %q", got, text)
		}
		_ = o.Validate()
		span := o.Span()
		list, _, err := o.Instances(day(2026, 1, 1), day(2026, 3, 1), Options{Max: 50})
		if err == nil {
			for _, i := range list {
				if span.First >= day(2026, 3, 1).Unix() || span.Last < day(2026, 1, 1).Unix() {
					t.Fatalf("instance %v outside of span %+v", i.Start, span)
				}
			}
			s, _ := o.Series()
			s.Alarms(day(2026, 1, 1), day(2026, 1, 2), nil, func(_ *Instance, _ *Component, at time.Time) {
				if at.Before(day(2026, 1, 1)) || !at.Before(day(2026, 1, 2)) {
					t.Fatalf("an alarm at %v", at)
				}
			})
		}
	})
}

func FuzzEdit(f *testing.F) {
	f.Add(oddities, "SUMMARY", "text; with, \\ all\n", "va\"l^ue:")
	f.Fuzz(func(t *testing.T, text, name, value, param string) {
		o, err := Parse([]byte(text))
		if err != nil || !isName(upper(name)) || name == "BEGIN" || name == "END" {
			return
		}
		if upper(name) != name || strings.ContainsAny(value+param, "\r\x00\x7f") || !clean(value) || !clean(param) {
			return
		}
		p := o.Calendar.SetText(name, value)
		p.SetParam("X-P", param)
		again, err := Parse(o.Bytes())
		if err != nil {
			t.Fatalf("%v: %q", err, o.Bytes())
		}
		q := again.Calendar.Prop(name)
		if q == nil || q.Text() != value || q.Param("X-P") != param {
			t.Fatalf("got %+v from %q", q, o.Bytes())
		}
		if len(again.Calendar.Props) != len(o.Calendar.Props) {
			t.Fatalf("%d properties became %d", len(o.Calendar.Props), len(again.Calendar.Props))
		}
	})
}

// clean tells whether a content line can carry s.
func clean(s string) bool {
	_, err := Parse([]byte("BEGIN:VCALENDAR\r\nX:" + strings.ReplaceAll(s, "\n", "") + "\r\nEND:VCALENDAR\r\n"))
	return err == nil
}
