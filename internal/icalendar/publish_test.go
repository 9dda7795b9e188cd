package icalendar

import (
	"strings"
	"testing"
	"time"
)

func published(t *testing.T, full bool, parts string) string {
	t.Helper()
	o, err := Parse([]byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:secret\r\nMETHOD:PUBLISH\r\n" + parts + "END:VCALENDAR\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	before := string(o.Bytes())
	p := o.Published(Publication{Full: full, Busy: "Busy", Alias: func(uid string) string { return "alias-" + uid[:1] }})
	if string(o.Bytes()) != before {
		t.Error("the object itself was changed")
	}
	if p == nil {
		return ""
	}
	return string(p.Bytes())
}

const openEvent = "BEGIN:VEVENT\r\nUID:u1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Europe/Berlin;X-P=secret:20261105T180000\r\nSUMMARY;ALTREP=\"http://secret\":Lunch\r\n" +
	"LOCATION:Here\r\nORGANIZER;CN=secret:mailto:secret@example.org\r\nATTENDEE:mailto:secret@example.org\r\nCOMMENT:secret\r\nCONTACT:secret\r\nATTACH:http://secret\r\n" +
	"X-ROOM:secret\r\nCONFERENCE:http://secret\r\nRELATED-TO:secret\r\nBEGIN:VALARM\r\nACTION:EMAIL\r\nDESCRIPTION:secret\r\nATTENDEE:mailto:secret@x\r\nEND:VALARM\r\nEND:VEVENT\r\n"

// Whom nobody knows sees what and where, and neither people nor alarms nor what programs keep.
func TestPublishedFull(t *testing.T) {
	got := published(t, true, openEvent)
	if strings.Contains(got, "secret") || !strings.Contains(got, "SUMMARY:Lunch\r\n") || !strings.Contains(got, "LOCATION:Here") || !strings.Contains(got, "DTSTART;TZID=Europe/Berlin:20261105T180000") {
		t.Errorf("shown:\n%s", got)
	}
}

// Where only times are shown there is nothing else, the UID included.
func TestPublishedBusy(t *testing.T) {
	got := published(t, false, openEvent)
	for _, no := range []string{"secret", "Lunch", "Here", "u1"} {
		if strings.Contains(got, no) {
			t.Errorf("%s is shown:\n%s", no, got)
		}
	}
	if !strings.Contains(got, "SUMMARY:Busy") || !strings.Contains(got, "UID:alias-u") || !strings.Contains(got, "20261105T180000") {
		t.Errorf("shown:\n%s", got)
	}
	for _, free := range []string{"TRANSP:TRANSPARENT", "STATUS:CANCELLED"} {
		if got := published(t, false, strings.Replace(openEvent, "LOCATION", free+"\r\nLOCATION", 1)); got != "" {
			t.Errorf("%s takes no time, and is shown:\n%s", free, got)
		}
	}
}

// RFC 5545 §3.8.1.3: of what is private nothing is told but the time, also where it is a word that is not known; a series
// hides its instances, whatever they say.
func TestPublishedPrivate(t *testing.T) {
	for _, class := range []string{"PRIVATE", "confidential", "X-MINE"} {
		got := published(t, true, strings.Replace(openEvent, "LOCATION", "CLASS:"+class+"\r\nLOCATION", 1))
		if strings.Contains(got, "Lunch") || strings.Contains(got, "secret") || strings.Contains(got, "Here") || !strings.Contains(got, "SUMMARY:Busy") {
			t.Errorf("%s:\n%s", class, got)
		}
	}
	series := "BEGIN:VEVENT\r\nUID:u1\r\nCLASS:PRIVATE\r\nDTSTART:20261105T180000Z\r\nRRULE:FREQ=DAILY\r\nSUMMARY:Secret\r\nEND:VEVENT\r\n" +
		"BEGIN:VEVENT\r\nUID:u1\r\nRECURRENCE-ID:20261106T180000Z\r\nDTSTART:20261106T190000Z\r\nSUMMARY:Secret too\r\nEND:VEVENT\r\n"
	if got := published(t, true, series); strings.Contains(got, "Secret") || strings.Count(got, "SUMMARY:Busy") != 2 {
		t.Errorf("shown:\n%s", got)
	}
	one := strings.Replace(series, "CLASS:PRIVATE\r\n", "", 1)
	one = strings.Replace(one, "RECURRENCE-ID", "CLASS:PRIVATE\r\nRECURRENCE-ID", 1)
	if got := published(t, true, one); strings.Contains(got, "Secret too") || !strings.Contains(got, "SUMMARY:Secret\r\n") || strings.Count(got, "UID:u1") != 2 {
		t.Errorf("shown:\n%s", got)
	}
}

// An instance that takes no time leaves a gap in the busy time of its series.
func TestPublishedGap(t *testing.T) {
	got := published(t, false, "BEGIN:VEVENT\r\nUID:u1\r\nDTSTART:20261105T180000Z\r\nDTEND:20261105T190000Z\r\nRRULE:FREQ=DAILY;COUNT=3\r\nEND:VEVENT\r\n"+
		"BEGIN:VEVENT\r\nUID:u1\r\nRECURRENCE-ID:20261106T180000Z\r\nDTSTART:20261106T190000Z\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\n")
	o, err := Parse([]byte(got))
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := o.Instances(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), Options{})
	if err != nil || len(list) != 2 {
		t.Errorf("%d instances, %v:\n%s", len(list), err, got)
	}
}

func FuzzPublished(f *testing.F) {
	f.Add("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"+openEvent+"END:VCALENDAR\r\n", true)
	f.Fuzz(func(t *testing.T, text string, full bool) {
		o, err := ParseString(text)
		if err != nil {
			return
		}
		p := o.Published(Publication{Full: full, Busy: "Busy", Alias: func(string) string { return "x" }})
		if p == nil {
			return
		}
		for c := range p.Parts() {
			for _, q := range c.Props {
				if q.Name == "ATTENDEE" || q.Name == "ORGANIZER" || len(q.Name) > 1 && q.Name[:2] == "X-" {
					t.Errorf("%s is shown", q.Name)
				}
			}
			if len(c.Children) > 0 {
				t.Error("something stands inside")
			}
		}
	})
}
