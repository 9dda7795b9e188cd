package scheduling

import (
	"context"
	"errors"
	"strings"
	"testing"

	"convoke/storage"
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
		{"an event of an organizer whom he names without being invited", func(w *town) {
			w.mustPut("bob", "own.ics", plainEvent("u1", "ORGANIZER:mailto:carol@example.org\r\n"))
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

func TestMaskHidesOnlyWhatTheAskerKnows(t *testing.T) {
	w := newTown(t, Options{})
	w.mustPut("bob", "own.ics", plainEvent("own", ""))
	w.mustPut("bob", "b.ics", by("bob", invitation("others", "DTSTART:20260311T120000Z\nDTEND:20260311T130000Z", carolMail)))
	w.mustPut("bob", "c.ics", by("bob", invitation("known", "DTSTART:20260312T120000Z\nDTEND:20260312T130000Z", "mailto:chef@example.org")))
	ask := func(who, mask string) int {
		periods, err := w.FreeBusy(context.Background(), &BusyQuery{
			Of: w.people["bob"], Asker: w.people[who], From: w.now, To: w.now.AddDate(0, 1, 0), MaskUID: mask,
		})
		if err != nil {
			t.Fatal(err)
		}
		return len(periods)
	}
	for _, row := range []struct {
		who, mask string
		want      int
	}{
		{"alice", "", 3}, {"alice", "own", 3}, {"alice", "others", 3}, {"alice", "known", 2}, {"carol", "others", 2}, {"bob", "own", 2},
	} {
		if got := ask(row.who, row.mask); got != row.want {
			t.Errorf("%s masks %q: %d periods, want %d", row.who, row.mask, got, row.want)
		}
	}
}

// A PUT of somebody else's into one calendar takes nothing out of another that he cannot take from.
func TestPutTakesOnlyWhatTheWriterMayTake(t *testing.T) {
	w := newTown(t, Options{})
	shared := &storage.Collection{OwnerID: w.people["alice"].ID, Home: storage.Calendars, Kind: storage.KindCalendar, Name: "shared"}
	if err := w.store.Update(context.Background(), storage.Actor{}, func(tx *storage.Tx) error { return tx.CreateCollection(shared) }); err != nil {
		t.Fatal(err)
	}
	w.mustPut("alice", "a.ics", invitation("u1", "", bobMail))
	same := string(w.event("alice", "u1").Data)
	asked := ""
	_, err := w.put("alice", "taken.ics", same, func(p *Put) {
		p.Who, p.Collection = w.people["bob"], w.collection("alice", "shared")
		p.MayTake = func(c *storage.Collection) bool { asked = c.Name; return false }
	})
	var v *Violation
	if !errors.As(err, &v) || v.Precondition != "unique-scheduling-object-resource" || asked != "default" {
		t.Errorf("asked for %q, got %v", asked, err)
	}
	if w.event("alice", "u1").Name != "a.ics" {
		t.Error("taken")
	}
}
