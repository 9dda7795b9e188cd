package icalendar

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestParseStream(t *testing.T) {
	data := must(os.ReadFile("testdata/import.ics"))
	want := []struct {
		uid, kind string
		line      int
		broken    string
	}{
		{"plain", Event, 17, ""},
		{"series", Event, 21, ""},
		{"no end", Event, 26, "line 26: no END:VEVENT"},
		{"task", Todo, 29, ""},
		{"broken line", Event, 33, "line 35: no name or no colon"},
		{"diary", Journal, 46, ""},
	}
	var got []Item
	for item := range ParseStream(data) {
		got = append(got, item)
	}
	if len(got) != len(want) {
		t.Fatalf("%d items, want %d", len(got), len(want))
	}
	for i, w := range want {
		g := got[i]
		if g.UID != w.uid || g.Kind != w.kind || g.Line != w.line {
			t.Errorf("item %d is %s %s in line %d", i, g.Kind, g.UID, g.Line)
		}
		if (g.Err == nil) != (w.broken == "") || g.Err != nil && g.Err.Error() != w.broken {
			t.Errorf("%s: error %v, want %q", w.uid, g.Err, w.broken)
		}
		if g.Err == nil {
			if err := g.Object.Validate(); err != nil {
				t.Errorf("%s: %v", w.uid, err)
			}
		}
	}
	text := string(got[1].Object.Bytes())
	if !strings.Contains(text, "TZID:Example/Nowhere\n") || strings.Contains(text, "Unused") || strings.Contains(text, "X-WR") || strings.Contains(text, "METHOD") {
		t.Errorf("the series is\n%s", text)
	}
	list, _, _ := got[1].Object.Instances(day(2026, 1, 1), day(2027, 1, 1), Options{})
	if len(list) != 3 || list[0].Start.Hour() != 7 || list[1].Start.Hour() != 9 {
		t.Errorf("instances of a zone that only the file knows: %v", list)
	}
	if strings.Contains(string(got[0].Object.Bytes()), "VTIMEZONE") {
		t.Error("a time zone goes where it is not needed")
	}
}

func TestParseStreamOfNoCalendar(t *testing.T) {
	for _, text := range []string{"", "hello\n", "BEGIN:VCARD\nEND:VCARD\n", "\x00"} {
		n := 0
		for item := range ParseStream([]byte(text)) {
			n++
			if item.Err == nil {
				t.Errorf("%q gives an object", text)
			}
		}
		if n != 1 {
			t.Errorf("%q: %d items", text, n)
		}
	}
	for item := range ParseStream([]byte(calendar("X:1"))) {
		t.Errorf("an empty calendar gives %+v", item)
	}
}

func TestParseStreamControlCharacterCostsOneItem(t *testing.T) {
	text := calendar("BEGIN:VEVENT\nUID:1\nSUMMARY:\x01\nEND:VEVENT\nBEGIN:VEVENT\nUID:2\nEND:VEVENT")
	var errs []bool
	for item := range ParseStream([]byte(text)) {
		errs = append(errs, item.Err != nil)
	}
	if len(errs) != 2 || !errs[0] || errs[1] {
		t.Errorf("got %v", errs)
	}
}

func FuzzParseStream(f *testing.F) {
	f.Add(string(must(os.ReadFile("testdata/import.ics"))))
	f.Fuzz(func(t *testing.T, text string) {
		for item := range ParseStream([]byte(text)) {
			if item.Err == nil && item.Object.Kind() != item.Kind {
				t.Fatalf("item says %s, object says %s", item.Kind, item.Object.Kind())
			}
		}
	})
}

// A time zone goes into each object that uses it: what comes of a small file is bounded, and the rest is not read.
func TestParseStreamThatGrows(t *testing.T) {
	zone := "BEGIN:VTIMEZONE\r\nTZID:Home\r\n" + strings.Repeat("X-A:"+strings.Repeat("a", 4000)+"\r\n", 256) + "END:VTIMEZONE\r\n"
	event := "BEGIN:VEVENT\r\nUID:%d\r\nDTSTART;TZID=Home:20260105T090000\r\nEND:VEVENT\r\n"
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + zone)
	for i := range 10_000 {
		fmt.Fprintf(&b, event, i)
	}
	b.WriteString("END:VCALENDAR\r\n")
	made, n, last := 0, 0, error(nil)
	for item := range ParseStream([]byte(b.String())) {
		if n++; item.Object != nil {
			made += len(item.Object.Bytes())
		}
		last = item.Err
	}
	var limit *LimitError
	if !errors.As(last, &limit) || made > grownBytes+grownTimes*b.Len() || n < 50 || n > 200 {
		t.Errorf("%d objects of %d bytes, ending with %v", n, made, last)
	}
}
