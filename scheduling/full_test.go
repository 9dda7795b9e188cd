package scheduling

import (
	"fmt"
	"testing"

	"convoke/storage"
)

// A recipient whose calendar is full gets a status of his own, and the write goes through: a refused recipient never
// fails it, and what he has is not for others to know. scheduling.md §1.6.
func TestFullRecipient(t *testing.T) {
	w := newTownWithin(t, Options{}, storage.Limits{ObjectsPerCollection: 2})
	for i := range 2 {
		uid := fmt.Sprintf("own-%d", i)
		w.mustPut("bob", uid+".ics", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nBEGIN:VEVENT\r\nUID:"+uid+
			"\r\nDTSTAMP:20260301T120000Z\r\nDTSTART:20260311T120000Z\r\nSUMMARY:Own\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
	}
	w.mustPut("alice", "lunch.ics", invitation("lunch", "", bobMail, carolMail))
	w.says("alice", "lunch", "SCHEDULE-STATUS=5.1:"+bobMail, "SCHEDULE-STATUS=1.2:"+carolMail)
	if w.event("bob", "lunch") != nil {
		t.Error("bob has an event beyond his limit")
	}
}

// The SEQUENCE of what somebody else had under a UID is not told by a new event of that UID.
func TestFloorIsOnesOwn(t *testing.T) {
	w := newTown(t, Options{})
	w.mustPut("alice", "x.ics", invitation("x", "SEQUENCE:41", carolMail))
	w.delete("alice", "x.ics")
	own := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nBEGIN:VEVENT\r\nUID:x\r\nDTSTAMP:20260301T120000Z\r\n" +
		"DTSTART:20260312T120000Z\r\nORGANIZER:mailto:bob@example.org\r\nATTENDEE:mailto:bob@example.org\r\nATTENDEE:mailto:hall@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	w.mustPut("bob", "x.ics", own)
	w.says("bob", "x", "!SEQUENCE:4")
}
