package scheduling

import (
	"strings"
	"testing"
)

// plainEvent is an event that takes no part in scheduling.
func plainEvent(uid, more string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:" + uid + "\r\nDTSTAMP:20260301T120000Z\r\n" +
		"DTSTART:20260310T120000Z\r\nDTEND:20260310T130000Z\r\nSUMMARY:Dentist\r\n" + more + "END:VEVENT\r\nEND:VCALENDAR\r\n"
}

// by makes an invitation that of another organizer.
func by(who, data string) string { return strings.ReplaceAll(data, "alice@", who+"@") }

func TestNobodyTakesOverAnEventByItsUID(t *testing.T) {
	for _, row := range []struct {
		name string
		has  func(w *town)
	}{
		{"an event of his own", func(w *town) { w.mustPut("bob", "own.ics", plainEvent("u1", "")) }},
		{"an invitation of somebody else", func(w *town) { w.mustPut("carol", "a.ics", by("carol", invitation("u1", "", bobMail))) }},
		{"a meeting that he organizes", func(w *town) { w.mustPut("bob", "a.ics", by("bob", invitation("u1", "", carolMail))) }},
		{"an event of somebody he is not invited by", func(w *town) {
			w.mustPut("bob", "own.ics", plainEvent("u1", "ORGANIZER:mailto:alice@example.org\r\n"))
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newTown(t, Options{})
			row.has(w)
			w.inbox("bob")
			before := string(w.event("bob", "u1").Data)
			w.mustPut("alice", "h.ics", invitation("u1", "SEQUENCE:5", bobMail))
			w.says("alice", "u1", "SCHEDULE-STATUS=5.3")
			if got := w.inbox("bob"); got != "REQUEST" {
				t.Errorf("inbox: %q", got)
			}
			w.mustPut("alice", "h.ics", invitation("u1", "SEQUENCE:6\nLOCATION:Roof", bobMail))
			w.delete("alice", "h.ics")
			if got := w.inbox("bob"); got != "REQUEST" {
				t.Errorf("inbox: %q", got)
			}
			if now := string(w.event("bob", "u1").Data); now != before {
				t.Errorf("became\n%s", now)
			}
		})
	}
}

// A REQUEST to a delegate is written by an attendee, who could write anything into it.
func TestDelegatorChangesNobodysCopy(t *testing.T) {
	w := newTown(t, Options{})
	w.mustPut("alice", "a.ics", invitation("u1", "", bobMail))
	before := string(w.event("bob", "u1").Data)
	forged := strings.Replace(invitation("u1", "SEQUENCE:9\nLOCATION:Nowhere", bobMail), "END:VEVENT",
		"ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:bob@example.org\":mailto:carol@example.org\r\nEND:VEVENT", 1)
	w.mustPut("carol", "f.ics", forged)
	if now := string(w.event("bob", "u1").Data); now != before {
		t.Errorf("became\n%s", now)
	}
}
