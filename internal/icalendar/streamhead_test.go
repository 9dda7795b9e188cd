package icalendar

import (
	"strings"
	"testing"
)

// RFC 7986 §5: what a calendar says of itself, and nothing of its components.
func TestStreamHead(t *testing.T) {
	h := StreamHead([]byte("BEGIN:VCALENDAR\r\nNAME:Games\\, all\r\nREFRESH-INTERVAL;VALUE=DURATION:PT12H\r\nBEGIN:VEVENT\r\nNAME:no\r\nBEGIN:VALARM\r\n" +
		"COLOR:red\r\nEND:VALARM\r\nEND:VEVENT\r\n:broken\r\nCOLOR:tomato\r\nEND:VCALENDAR\r\nBEGIN:VCALENDAR\r\nNAME:other\r\nX-A:1\r\nEND:VCALENDAR\r\n"))
	if got := h.Text("NAME") + "|" + h.Text("COLOR") + "|" + h.Text("X-A"); got != "Games, all|tomato|" {
		t.Errorf("read %s", got)
	}
	if d, err := h.Prop("REFRESH-INTERVAL").Duration(); err != nil || d.Nominal().Hours() != 12 {
		t.Errorf("an interval of %v, %v", d, err)
	}
	for _, s := range []string{"", "<html>", "BEGIN:VCALENDAR", "NAME:x\r\n", "END:VCALENDAR\r\nNAME:x"} {
		if h := StreamHead([]byte(s)); len(h.Props) > 0 {
			t.Errorf("%q has %d properties", s, len(h.Props))
		}
	}
	if h := StreamHead([]byte("BEGIN:VCALENDAR\n" + strings.Repeat("X-A:1\n", 1000))); len(h.Props) != maxHead {
		t.Errorf("%d properties", len(h.Props))
	}
}

func FuzzStreamHead(f *testing.F) {
	f.Add([]byte("BEGIN:VCALENDAR\r\nNAME:x\r\nEND:VCALENDAR\r\n"))
	f.Add([]byte("BEGIN:X\nEND:Y\nEND:Z\nA"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, p := range StreamHead(data).Props {
			if p.Name == "" {
				t.Error("a property without a name")
			}
		}
	})
}
