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
