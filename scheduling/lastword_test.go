package scheduling

import (
	"context"
	"testing"
	"time"

	"convoke/storage"
)

// setBack is how far the clock of the server goes back between two answers; within one second is not at all.
var setBack = map[string]time.Duration{"within a second": 0, "after the clock was set back": time.Hour}

// Who declines by deleting a meeting, is invited again and accepts, comes (RFC 6638 §3.2.2.3): what was on the way is
// ordered by DTSTAMP (RFC 5546 §2.1.5), and here nothing is.
func TestLastWordCounts(t *testing.T) {
	for name, back := range setBack {
		t.Run(name, func(t *testing.T) {
			w := newTown(t, Options{})
			w.mustPut("alice", "a.ics", invitation("u", "", bobMail, carolMail))
			w.answer("bob", "u", "TENTATIVE")
			at := w.now
			w.delete("bob", w.event("bob", "u").Name)
			w.says("alice", "u", "PARTSTAT=DECLINED")
			w.now = at
			w.mustPut("alice", "a.ics", invitation("u", "ATTENDEE;PARTSTAT=DECLINED;SCHEDULE-FORCE-SEND=REQUEST:"+bobMail, carolMail)) // RFC 6638 §7.2
			w.says("bob", "u", "PARTSTAT=DECLINED")
			w.now = at.Add(-back)
			w.answer("bob", "u", "ACCEPTED")
			w.says("alice", "u", "!PARTSTAT=DECLINED")
			w.says("carol", "u", "!PARTSTAT=DECLINED")
		})
	}
}

// A guest who thinks better of it in the same second is heard as well.
func TestLastWordOfGuest(t *testing.T) {
	for name, back := range setBack {
		t.Run(name, func(t *testing.T) {
			w := newTown(t, Options{MailOut: true, MailIn: true})
			w.mustPut("alice", "a.ics", invitation("u", "", guestMail))
			g := Guest{w.people["alice"].ID, "u", guestMail}
			w.guestSays(g, "ACCEPTED", "")
			w.now = w.now.Add(-back)
			got, err := w.Answer(context.Background(), w.invitationOf(g), storage.Actor{Door: "guest"}, "DECLINED", "")
			if err != nil || !got.Applied {
				t.Errorf("%+v, %v", got, err)
			}
			w.says("alice", "u", "PARTSTAT=DECLINED")
		})
	}
}

// A room whose keeper deleted a booking answers when it is asked again.
func TestLastWordOfRoom(t *testing.T) {
	w := newTown(t, Options{})
	w.mustPut("alice", "a.ics", invitation("u", "", hallMail, bobMail))
	w.says("alice", "u", "PARTSTAT=ACCEPTED;SCHEDULE-STATUS=2.0")
	at := w.now
	w.delete("hall", w.event("hall", "u").Name)
	w.says("alice", "u", "PARTSTAT=DECLINED")
	w.now = at.Add(-time.Hour)
	w.mustPut("alice", "a.ics", invitation("u", "ATTENDEE;PARTSTAT=NEEDS-ACTION;SCHEDULE-FORCE-SEND=REQUEST:"+hallMail, bobMail))
	w.says("alice", "u", "!PARTSTAT=DECLINED")
	w.says("bob", "u", "!PARTSTAT=DECLINED")
}
