package scheduling

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"convoke/storage"
)

const guestMail = "mailto:gus@example.net"

func (w *town) invitationOf(g Guest) *Invitation {
	w.t.Helper()
	v, err := w.Invitation(context.Background(), g)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *town) guestSays(g Guest, partstat, comment string) *Outcome {
	w.t.Helper()
	w.now = w.now.Add(time.Minute)
	got, err := w.Answer(context.Background(), w.invitationOf(g), storage.Actor{Door: "guest"}, partstat, comment)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

// A token says who was invited to what, is the same each time, and none but ours opens.
func TestGuestToken(t *testing.T) {
	w := newTown(t, Options{})
	g := Guest{w.people["alice"].ID, "some uid@host", guestMail}
	token := w.GuestToken(g)
	if token != w.GuestToken(g) || token == w.GuestToken(Guest{g.Organizer, g.UID, "mailto:other@example.net"}) {
		t.Error("tokens differ where they must not, or the other way round")
	}
	if got, ok := w.ReadGuest(token); !ok || got != g {
		t.Errorf("read %+v, %v", got, ok)
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || strings.Contains(string(raw), "uid") || strings.Contains(string(raw), "gus") {
		t.Errorf("the token tells what it says: %q", raw)
	}
	for i := range raw {
		bad := []byte(string(raw))
		bad[i] ^= 1
		if _, ok := w.ReadGuest(base64.RawURLEncoding.EncodeToString(bad)); ok {
			t.Errorf("byte %d changed, and it is read", i)
		}
	}
	for _, bad := range []string{"", "x", "!", token + "A", token[1:], newTown(t, Options{}).GuestToken(g), strings.Repeat("A", 5000)} {
		if _, ok := w.ReadGuest(bad); ok {
			t.Errorf("%.40q is read", bad)
		}
	}
	if token := w.GuestToken(Guest{1, strings.Repeat("u", maxGuestBytes), guestMail}); token != "" {
		t.Error("a link longer than programs take")
	}
}

// RFC 5546 §3.2.3: what a guest says at the address in their mail is their REPLY: their PARTSTAT and nothing else.
func TestGuestAnswers(t *testing.T) {
	w := newTown(t, Options{MailOut: true, MailIn: true})
	w.mustPut("alice", "a.ics", invitation("u", "", guestMail, "mailto:other@example.net", bobMail))
	g := Guest{w.people["alice"].ID, "u", guestMail}
	if v := w.invitationOf(g); v.PartStat != "NEEDS-ACTION" || v.Object.UID() != "u" {
		t.Errorf("invited: %+v", v)
	}
	w.inbox("alice")
	if got := w.guestSays(g, "ACCEPTED", "With cake"); !got.Applied {
		t.Errorf("not taken: %s", got.Reason)
	}
	w.says("alice", "u", "PARTSTAT=ACCEPTED", guestMail, "!With cake", "SUMMARY:Lunch")
	if got := w.inbox("alice"); got != "REPLY" {
		t.Errorf("alice is told %q", got)
	}
	if v := w.invitationOf(g); v.PartStat != "ACCEPTED" {
		t.Errorf("now %s", v.PartStat)
	}
	if v := w.invitationOf(Guest{g.Organizer, "u", "mailto:other@example.net"}); v.PartStat != "NEEDS-ACTION" {
		t.Errorf("the other: %s", v.PartStat)
	}
	w.says("bob", "u", "PARTSTAT=ACCEPTED") // the others here learn it, RFC 6638 §4.2
	if got := w.guestSays(g, "DECLINED", ""); !got.Applied {
		t.Errorf("another answer: %s", got.Reason)
	}
	if v := w.invitationOf(g); v.PartStat != "DECLINED" {
		t.Errorf("now %s", v.PartStat)
	}
	if _, err := w.Answer(t.Context(), w.invitationOf(g), storage.Actor{}, "DELEGATED", ""); !errors.Is(err, errAnswer) {
		t.Errorf("another word: %v", err)
	}
}

// A series is answered as a whole, with the dates that stand apart.
func TestGuestSeries(t *testing.T) {
	w := newTown(t, Options{MailOut: true, MailIn: true})
	series := strings.Replace(invitation("u", "RRULE:FREQ=DAILY;COUNT=5", guestMail), "END:VCALENDAR", "BEGIN:VEVENT\r\nUID:u\r\nDTSTAMP:20260301T120000Z\r\n"+
		"RECURRENCE-ID:20260311T120000Z\r\nDTSTART:20260311T150000Z\r\nORGANIZER:mailto:alice@example.org\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.org\r\n"+
		"ATTENDEE;PARTSTAT=NEEDS-ACTION:"+guestMail+"\r\nEND:VEVENT\r\nEND:VCALENDAR", 1)
	w.mustPut("alice", "a.ics", series)
	w.guestSays(Guest{w.people["alice"].ID, "u", guestMail}, "TENTATIVE", "")
	if n := strings.Count(string(w.event("alice", "u").Data), "PARTSTAT=TENTATIVE"); n != 2 {
		t.Errorf("%d components have it:\n%s", n, w.event("alice", "u").Data)
	}
}

// Where nobody is invited any more there is nothing to answer.
func TestGuestGone(t *testing.T) {
	w := newTown(t, Options{MailOut: true, MailIn: true})
	w.mustPut("alice", "a.ics", invitation("u", "", guestMail, bobMail))
	g := Guest{w.people["alice"].ID, "u", guestMail}
	for name, gone := range map[string]Guest{
		"another meeting": {g.Organizer, "v", guestMail}, "somebody else": {g.Organizer, "u", "mailto:x@example.net"}, "an attendee's copy": {w.people["bob"].ID, "u", guestMail},
		"nobody's": {999, "u", guestMail},
	} {
		if _, err := w.Invitation(t.Context(), gone); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.mustPut("alice", "a.ics", invitation("u", "SEQUENCE:1", bobMail))
	if _, err := w.Invitation(t.Context(), g); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("no longer invited: %v", err)
	}
}

func FuzzReadGuest(f *testing.F) {
	store, err := storage.Open(context.Background(), f.TempDir(), storage.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = store.Close() })
	s := New(store, Options{})
	f.Add(s.GuestToken(Guest{1, "u", guestMail}))
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, token string) {
		if g, ok := s.ReadGuest(token); ok && s.GuestToken(g) != token {
			t.Errorf("%q is read as %+v", token, g)
		}
	})
}
