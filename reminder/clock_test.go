package reminder

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"convoke/storage"
)

// A clock that was far ahead, as at the start of a machine without one, and is set right costs no reminder.
func TestClockIsSetBack(t *testing.T) {
	d := newDesk(t, "")
	d.put("a", lunch, alarm("EMAIL", "TRIGGER:-PT1H"))
	d.at(400 * 24 * time.Hour)
	d.at(time.Minute)
	d.expect("before")
	d.at(time.Hour)
	d.expect("at its time", "a")
}

// What was told stays told when the clock is set back and its time comes again.
func TestClockComesAgain(t *testing.T) {
	d := newDesk(t, "")
	b := &book{wants: true}
	d.tells = []Teller{b}
	d.begin()
	d.put("shown", lunch, alarm("DISPLAY", "TRIGGER:-PT1H"))
	d.at(time.Hour)
	d.at(30 * time.Minute)
	d.choose(`{"language":"de"}`) // the plan is read anew
	d.at(31 * time.Minute)
	d.at(time.Hour + time.Second)
	if want := []string{"anna DISPLAY shown"}; !slices.Equal(b.told, want) {
		t.Errorf("told %q, want %q", b.told, want)
	}
}

// After a downtime in which more became due than a plan holds, nothing is lost of what comes behind its end.
func TestBacklog(t *testing.T) {
	d := newDesk(t, "")
	for n := range maxPlanned/100 + 2 {
		d.put(fmt.Sprint("early", n), "DTSTART:20260310T140000Z\nDTEND:20260310T200000Z", alarm("EMAIL", "TRIGGER:-PT1H", "REPEAT:100", "DURATION:PT1S"))
	}
	d.put("late", "DTSTART:20260310T150000Z\nDTEND:20260310T200000Z", alarm("EMAIL", "TRIGGER:-PT1H"))
	d.now = noon.Add(3 * time.Hour)
	d.begin()
	d.mails()
	d.at(3*time.Hour + time.Second)
	d.at(3*time.Hour + 2*time.Second)
	if list := d.mails(); !slices.Contains(list, "late") {
		t.Errorf("mailed %q, and not what the plan had no place for", list)
	}
}

// The plan is bounded while it is read, not only then.
func TestPlanIsBoundedThroughout(t *testing.T) {
	d := newDesk(t, "")
	for n := range 5 {
		d.put(fmt.Sprint("many", n), "DTSTART:20260310T000000Z\nRRULE:FREQ=HOURLY", alarm("EMAIL", "TRIGGER:PT0S", "REPEAT:100", fmt.Sprintf("DURATION:PT%dS", 20+n)))
	}
	p := d.s.people[d.anna.ID]
	p.until = d.now.Add(window)
	id := d.calendar().ID
	c := p.calendars[id]
	l, err := d.store.Listing(bg, id)
	if err != nil {
		t.Fatal(err)
	}
	for m := range l.All() {
		if err := d.s.plan(bg, p, c, m, d.s.begin(p)); err != nil {
			t.Fatal(err)
		}
		if n := p.count(); n > 2*maxPlanned {
			t.Fatalf("%d alarms are planned", n)
		}
	}
}

// broken is a teller that panics for one person.
type broken struct {
	book
	of int64
}

func (b *broken) Wants(_ context.Context, who *storage.Principal) (bool, error) {
	if who.ID == b.of {
		panic("something nobody thought of")
	}
	return true, nil
}

// What nobody thought of keeps others from nothing, and does not end the server.
func TestPanic(t *testing.T) {
	d := newDesk(t, "")
	bob := &storage.Principal{Kind: storage.KindUser, Name: "bob", Addresses: []string{"mailto:bob@example.org"}}
	d.update(func(tx *storage.Tx) error { return tx.CreatePrincipal(bob) })
	d.tells = []Teller{&broken{of: bob.ID}}
	d.begin()
	d.put("a", lunch, alarm("EMAIL", "TRIGGER:-PT1H"))
	d.at(time.Hour)
	d.expect("beside somebody of whom something is wrong", "a")
}
