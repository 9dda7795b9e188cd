package scheduling

import (
	"context"
	"strings"
	"testing"
	"time"

	"convoke/storage"
)

// RFC 6638 §3.2.9: the status follows the mail, and the Schedule-Tag stays (§3.2.10).
func TestMailedShowsTheDelivery(t *testing.T) {
	const outside = "mailto:x@elsewhere.net"
	bg := context.Background()
	w := newTown(t, Options{MailOut: true, MailIn: true, MergePause: time.Minute})
	w.mustPut("alice", "a.ics", invitation("u1", "", outside))
	row := func() storage.Outbound {
		t.Helper()
		list, err := w.store.Outbounds(bg, "")
		if err != nil || len(list) == 0 {
			t.Fatal(list, err)
		}
		return list[len(list)-1]
	}
	if r := row(); !r.Next.Equal(w.now.Add(time.Minute)) || len(r.Token) != 32 {
		t.Errorf("next %v at %v, token %q", r.Next, w.now, r.Token)
	}
	tag := w.event("alice", "u1").ScheduleTag
	tell := func(state, code string) {
		t.Helper()
		r := row()
		r.State = state
		err := w.Mailed(bg, storage.Actor{Door: "mail"}, []Mailing{{Row: r, Code: code, What: "mailed", Detail: "x"}})
		if err != nil {
			t.Fatal(err)
		}
	}
	tell(storage.OutboundSent, StatusSent)
	w.says("alice", "u1", "SCHEDULE-STATUS=1.1")
	if known, err := w.store.Written(bg, w.people["alice"].ID, outside); err != nil || !known {
		t.Errorf("a correspondent is not remembered: %v", err)
	}
	tell(storage.OutboundSent, StatusDelivered)
	w.says("alice", "u1", "SCHEDULE-STATUS=1.2")
	tell(storage.OutboundSent, StatusSent) // late news
	w.says("alice", "u1", "SCHEDULE-STATUS=1.2")
	tell(storage.OutboundFailed, StatusNoWay)
	w.says("alice", "u1", "SCHEDULE-STATUS=5.2")
	if now := w.event("alice", "u1").ScheduleTag; now != tag {
		t.Errorf("Schedule-Tag %s became %s", tag, now)
	}
	journal, err := w.store.JournalFor(bg, "u1")
	if err != nil || !strings.Contains(journal[len(journal)-1].What, "mailed") {
		t.Errorf("journal: %v %v", journal, err)
	}

	// While a newer message waits, what is shown is of that one.
	old := row()
	w.mustPut("alice", "a.ics", invitation("u1", "DTSTART:20260310T110000Z\nDTEND:20260310T120000Z", outside))
	w.says("alice", "u1", "SCHEDULE-STATUS=1.0")
	old.State = storage.OutboundFailed
	if err := w.Mailed(bg, storage.Actor{}, []Mailing{{Row: old, Code: StatusExpired}}); err != nil {
		t.Fatal(err)
	}
	w.says("alice", "u1", "SCHEDULE-STATUS=1.0")
	// What came to an end after the event was deleted is nobody's.
	w.delete("alice", "a.ics")
	tell(storage.OutboundSent, StatusSent)
}

// RFC 5546 §2.1.5: SEQUENCE orders the answers to one instance. That of the series, which may have been changed more often,
// does not outrank a later answer to an instance alone.
func TestLaterAnswerToAnInstance(t *testing.T) {
	w := newTown(t, Options{MailOut: true, MailIn: true})
	rule := "DTSTART:20260310T120000Z\nDTEND:20260310T130000Z\nRRULE:FREQ=DAILY;COUNT=5\n"
	apart := "END:VEVENT\nBEGIN:VEVENT\nUID:u\nDTSTAMP:20260301T120000Z\nRECURRENCE-ID:20260311T120000Z\nDTSTART:20260311T120000Z\nDTEND:20260311T130000Z\n" +
		"SUMMARY:Special\nORGANIZER:mailto:alice@example.org\nATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.org\nATTENDEE;RSVP=TRUE:" + guestMail
	w.mustPut("alice", "a.ics", invitation("u", rule+apart, guestMail))
	w.mustPut("alice", "a.ics", invitation("u", rule+"EXDATE:20260313T120000Z\n"+apart, guestMail))
	w.says("alice", "u", "SEQUENCE:1")
	reply := func(lines, partstat string) {
		w.mailed(guestMail, "alice", "REPLY", "BEGIN:VEVENT\nUID:u\n"+lines+"ORGANIZER:mailto:alice@example.org\nATTENDEE;PARTSTAT="+partstat+":"+guestMail+"\nEND:VEVENT\n")
	}
	reply("SEQUENCE:1\nDTSTAMP:20260305T120000Z\n", "TENTATIVE")
	w.says("alice", "u", "!RSVP")
	reply("SEQUENCE:0\nDTSTAMP:20260305T130000Z\nRECURRENCE-ID:20260311T120000Z\n", "DECLINED")
	w.says("alice", "u", "PARTSTAT=TENTATIVE", "PARTSTAT=DECLINED")
	reply("SEQUENCE:1\nDTSTAMP:20260305T140000Z\n", "ACCEPTED")
	w.says("alice", "u", "!PARTSTAT=TENTATIVE", "PARTSTAT=DECLINED") // said of that day apart
}
