package scheduling

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"convoke/internal/icalendar"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// mailed brings a message from outside to somebody, as the mail path will.
func (w *town) mailed(from, to, method, body string) *Outcome {
	w.t.Helper()
	o, err := icalendar.Parse([]byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Far//EN\r\nMETHOD:" + method + "\r\n" + strings.ReplaceAll(body, "\n", "\r\n") + "END:VCALENDAR\r\n"))
	if err != nil {
		w.t.Fatal(err)
	}
	m, err := itip.Read(o, itip.Normalize(from), itip.Normalize(w.people[to].Addresses[0]))
	if err != nil {
		w.t.Fatal(err)
	}
	var out *Outcome
	err = w.store.Update(context.Background(), storage.Actor{Door: "mail"}, func(tx *storage.Tx) (err error) {
		out, err = w.Receive(context.Background(), tx, storage.Actor{Door: "mail"}, &Arrival{Recipient: w.people[to], Message: m}, Decision{Apply: true})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

const far = "mailto:far@example.net"

// farEvent is an event of somebody elsewhere with bob.
func farEvent(sequence, second int, more string) string {
	return fmt.Sprintf("BEGIN:VEVENT\nUID:f\nSEQUENCE:%d\nDTSTAMP:20260301T1200%02dZ\nDTSTART:20260310T120000Z\nDTEND:20260310T130000Z\nORGANIZER:%s\nATTENDEE:%s\n%sEND:VEVENT\n",
		sequence, second, far, bobMail, more)
}

// A CANCEL that overtakes its REQUEST, architecture.md §8: both orders end in the same state.
func TestOvertaken(t *testing.T) {
	state := func(methods ...string) string {
		w := newTown(t, Options{})
		for _, m := range methods {
			switch m {
			case "REQUEST":
				w.mailed(far, "bob", m, farEvent(0, 0, "SUMMARY:Far\n"))
			case "CANCEL":
				w.mailed(far, "bob", m, farEvent(1, 5, "SUMMARY:Far\nSTATUS:CANCELLED\n"))
			case "AGAIN":
				w.mailed(far, "bob", "REQUEST", farEvent(2, 9, "SUMMARY:Far\n"))
			}
		}
		o := w.event("bob", "f")
		if o == nil {
			return "none"
		}
		parsed, err := icalendar.Parse(o.Data)
		if err != nil {
			t.Fatal(err)
		}
		return parsed.Master().Text("STATUS") + " " + parsed.Master().Text("SEQUENCE")
	}
	for _, tt := range []struct {
		want    string
		methods []string
	}{
		{"CANCELLED 1", []string{"REQUEST", "CANCEL"}},
		{"CANCELLED 1", []string{"CANCEL", "REQUEST"}},
		{"CANCELLED 1", []string{"CANCEL", "CANCEL", "REQUEST", "REQUEST", "CANCEL"}},
		{"none", []string{"CANCEL"}},
		{" 2", []string{"CANCEL", "AGAIN"}},
		{" 2", []string{"AGAIN", "CANCEL", "REQUEST"}},
		{" 2", []string{"CANCEL", "REQUEST", "AGAIN"}},
	} {
		if got := state(tt.methods...); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.methods, got, tt.want)
		}
	}
}

// REFRESH is answered to the one who asked, in the version that stands (RFC 5546 §3.2.6).
func TestRefresh(t *testing.T) {
	w := newTown(t, Options{MailOut: true})
	w.mustPut("alice", "a.ics", invitation("u", "", far, bobMail))
	queue := func() (list []storage.Outbound) {
		list, err := w.store.Outbounds(context.Background(), "")
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if n := len(queue()); n != 1 {
		t.Fatalf("%d messages", n)
	}
	ask := func(second int, who string) *Outcome {
		return w.mailed(who, "alice", "REFRESH", fmt.Sprintf("BEGIN:VEVENT\nUID:u\nDTSTAMP:20260302T0900%02dZ\nORGANIZER:mailto:alice@example.org\nATTENDEE:%s\nEND:VEVENT\n", second, who))
	}
	ask(1, far)
	ask(1, far)
	list := queue()
	if len(list) != 2 || list[1].Recipient != far || list[1].Method != "REQUEST" || list[1].Sequence != list[0].Sequence {
		t.Fatalf("%d messages after a repeated REFRESH", len(list))
	}
	if string(list[0].Data) != string(list[1].Data) {
		t.Errorf("not the present state:\n%s\n%s", list[0].Data, list[1].Data)
	}
	ask(2, far)
	if n := len(queue()); n != 3 {
		t.Errorf("%d messages after another REFRESH", n)
	}
	if out := ask(3, "mailto:stranger@example.net"); out.Applied || len(queue()) != 3 {
		t.Error("a stranger is told of the event")
	}
	if got := w.inbox("alice"); got != "" {
		t.Errorf("alice's inbox: %s", got)
	}
	// Bob lost his copy, and asks by his outbox.
	w.inbox("bob")
	w.delete("bob", w.event("bob", "u").Name)
	w.inbox("alice")
	w.post("bob", "REFRESH", "BEGIN:VEVENT\nUID:u\nDTSTAMP:20260302T100000Z\nORGANIZER:mailto:alice@example.org\nATTENDEE:"+bobMail+"\nEND:VEVENT\n", "2.0;Success")
	if got := w.inbox("bob"); got != "REQUEST" || w.event("bob", "u") == nil {
		t.Errorf("bob got %q", got)
	}
}

// post sends a message by somebody's outbox and expects statuses.
func (w *town) post(who, method, body string, want ...string) {
	w.t.Helper()
	data := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nMETHOD:" + method + "\r\n" + strings.ReplaceAll(body, "\n", "\r\n") + "END:VCALENDAR\r\n"
	answers, err := w.Post(context.Background(), storage.Actor{PrincipalID: w.people[who].ID}, &BusyRequest{Owner: w.people[who], Data: []byte(data)}, nil)
	got := []string{}
	for _, a := range answers {
		got = append(got, a.Status)
	}
	if err != nil {
		got = []string{err.Error()}
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("%s by %s: %q, want %q", method, who, got, want)
	}
}

// A counter-proposal reaches the organizer's inbox, once, and changes nothing; its refusal reaches the attendee
// (RFC 5546 §3.2.7, §3.2.8).
func TestCounter(t *testing.T) {
	w := newTown(t, Options{})
	w.mustPut("alice", "a.ics", invitation("u", "", bobMail))
	w.inbox("bob")
	before := string(w.event("alice", "u").Data)
	counter := "BEGIN:VEVENT\nUID:u\nSEQUENCE:0\nDTSTAMP:20260302T100000Z\nDTSTART:20260310T150000Z\nDTEND:20260310T160000Z\nORGANIZER:mailto:alice@example.org\nATTENDEE;PARTSTAT=TENTATIVE:" + bobMail + "\nCOMMENT:Later?\nEND:VEVENT\n"
	w.post("bob", "COUNTER", counter, "2.0;Success")
	w.post("bob", "COUNTER", counter, "2.0;Success")
	if got := w.inbox("alice"); got != "COUNTER" {
		t.Errorf("alice's inbox: %q", got)
	}
	if string(w.event("alice", "u").Data) != before {
		t.Error("a counter-proposal changed the event")
	}
	w.post("alice", "DECLINECOUNTER", "BEGIN:VEVENT\nUID:u\nSEQUENCE:0\nDTSTAMP:20260302T110000Z\nDTSTART:20260310T120000Z\nORGANIZER:mailto:alice@example.org\nATTENDEE:"+bobMail+"\nEND:VEVENT\n", "2.0;Success")
	if got := w.inbox("bob"); got != "DECLINECOUNTER" {
		t.Errorf("bob's inbox: %q", got)
	}
	w.post("carol", "COUNTER", strings.Replace(counter, bobMail, "mailto:carol@example.org", 1), "2.0;Success")
	if got := w.inbox("alice"); got != "COUNTER" {
		t.Errorf("a stranger's counter-proposal is held in the inbox: %q", got)
	}
	w.post("carol", "DECLINECOUNTER", "BEGIN:VEVENT\nUID:u\nDTSTAMP:20260302T110000Z\nDTSTART:20260310T120000Z\nORGANIZER:mailto:alice@example.org\nATTENDEE:"+bobMail+"\nEND:VEVENT\n",
		"precondition valid-organizer failed: ORGANIZER is not the owner of the outbox")
}

// An invitation that overlaps says so, and decides nothing.
func TestConflict(t *testing.T) {
	w := newTown(t, Options{})
	w.mustPut("bob", "busy.ics", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:b\r\nDTSTAMP:20260301T120000Z\r\nDTSTART:20260317T123000Z\r\nDTEND:20260317T140000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
	w.mustPut("alice", "a.ics", invitation("u", "RRULE:FREQ=WEEKLY;COUNT=3", bobMail, carolMail))
	for who, want := range map[string]string{"bob": `<conflict xmlns="urn:convoke">20260317T123000Z/20260317T140000Z</conflict>`, "carol": ""} {
		l, err := w.store.Listing(context.Background(), w.collection(who, "inbox").ID)
		if err != nil || l.Len() != 1 {
			t.Fatal(err, l.Len())
		}
		for m := range l.All() {
			props, err := w.store.Properties(context.Background(), storage.Ref{Kind: storage.RefObject, ID: m.ID}, 0)
			got := ""
			for _, p := range props {
				got += string(p.XML)
			}
			if err != nil || got != want {
				t.Errorf("%s: %q, %v", who, got, err)
			}
		}
	}
	w.says("bob", "u", "PARTSTAT=NEEDS-ACTION;RSVP=TRUE:"+bobMail)
	journal, err := w.store.JournalFor(context.Background(), "u")
	if err != nil || !slices.ContainsFunc(journal, func(e storage.Entry) bool { return e.What == "conflict" }) {
		t.Errorf("no line of the journal: %v", err)
	}
}

// Two unanswered invitations from outside: the person has to choose, though to others the time is free.
func TestConflictOfInvitationsFromOutside(t *testing.T) {
	w := newTown(t, Options{})
	for _, uid := range []string{"first", "second"} {
		w.mailed("mailto:eve@example.net", "bob", "REQUEST", "BEGIN:VEVENT\nUID:"+uid+"\nSEQUENCE:0\nDTSTAMP:20260302T100000Z\nDTSTART:20260317T120000Z\nDTEND:20260317T130000Z\n"+
			"ORGANIZER:mailto:eve@example.net\nATTENDEE;PARTSTAT=NEEDS-ACTION:"+bobMail+"\nEND:VEVENT\n")
	}
	journal, err := w.store.JournalFor(context.Background(), "second")
	if err != nil || !slices.ContainsFunc(journal, func(e storage.Entry) bool { return e.What == "conflict" }) {
		t.Errorf("no line of the journal: %v %v", journal, err)
	}
	busy, err := w.FreeBusy(context.Background(), &BusyQuery{Of: w.people["bob"], Asker: w.people["alice"], From: w.now, To: w.now.AddDate(0, 1, 0)})
	if err != nil || len(busy) != 0 {
		t.Errorf("others see %v, %v", busy, err)
	}
}

// An assistant organizes and answers on behalf: SENT-BY (RFC 5545 §3.2.18), which is no news by itself.
func TestOnBehalf(t *testing.T) {
	w := newTown(t, Options{})
	byCarol := func(p *Put) { p.Who = w.people["carol"] }
	w.mustPut("alice", "a.ics", invitation("u", "", bobMail), byCarol)
	const signed = "ORGANIZER;SENT-BY=\"mailto:carol@example.org\""
	w.says("alice", "u", signed)
	w.says("bob", "u", signed)
	w.inbox("bob")
	w.mustPut("alice", "a.ics", invitation("u", "BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:x\nTRIGGER:-PT5M\nEND:VALARM", bobMail))
	if got := w.inbox("bob"); got != "" {
		t.Errorf("an alarm, and another hand, told bob %s", got)
	}
	w.mustPut("alice", "a.ics", strings.Replace(string(w.event("alice", "u").Data), "SUMMARY:Lunch", "SUMMARY:Dinner", 1))
	w.says("bob", "u", "SUMMARY:Dinner", "!SENT-BY")
	w.answer("bob", "u", "ACCEPTED", byCarol)
	w.says("alice", "u", "PARTSTAT=ACCEPTED", `SENT-BY="mailto:carol@example.org"`)
	w.answer("bob", "u", "DECLINED")
	w.says("alice", "u", "PARTSTAT=DECLINED", "!SENT-BY")
}

// Nobody is mailed about what is long over; copies here agree (scheduling.md §4.24).
func TestLongOver(t *testing.T) {
	w := newTown(t, Options{MailOut: true, PastDays: 7})
	count := func() int {
		list, err := w.store.Outbounds(context.Background(), "")
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	w.mustPut("alice", "a.ics", invitation("u", "", far, bobMail))
	w.now = w.now.Add(10 * 24 * time.Hour)
	w.mustPut("alice", "a.ics", strings.Replace(string(w.event("alice", "u").Data), "SUMMARY:Lunch", "SUMMARY:Minutes", 1))
	if n := count(); n != 2 {
		t.Errorf("two days after: %d messages", n)
	}
	w.now = w.now.Add(10 * 24 * time.Hour)
	w.mustPut("alice", "a.ics", strings.Replace(string(w.event("alice", "u").Data), "SUMMARY:Minutes", "SUMMARY:Archive", 1))
	if n := count(); n != 2 {
		t.Errorf("twelve days after: %d messages", n)
	}
	w.says("bob", "u", "SUMMARY:Archive")
	w.mustPut("alice", "a.ics", strings.NewReplacer("20260310T12", "20260810T12", "20260310T13", "20260810T13").Replace(string(w.event("alice", "u").Data)))
	if n := count(); n != 3 {
		t.Errorf("moved to the future: %d messages", n)
	}
}
