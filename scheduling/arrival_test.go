package scheduling

import (
	"context"
	"errors"
	"testing"

	"convoke/internal/icalendar"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// One resolver for mail and calendars: case, subaddress, alias (M40).
func TestSubaddress(t *testing.T) {
	w := newTown(t, Options{})
	for address, want := range map[string]string{
		"mailto:alice+work@example.org": "alice", "MAILTO:Chef+X@Example.org": "alice", "mailto:nobody+alice@example.org": "",
		"mailto:+alice@example.org": "", "mailto:alice+work@example.com": "",
	} {
		p, _ := w.Resolve(context.Background(), address)
		if got := ""; p != nil {
			if got = p.Name; got != want {
				t.Errorf("%s: %s", address, got)
			}
		} else if want != "" {
			t.Errorf("%s: nobody", address)
		}
	}
	w.mustPut("alice", "a.ics", invitation("u", "", "mailto:bob+lunch@example.org"))
	w.answer("bob", "u", "ACCEPTED")
	w.says("alice", "u", "PARTSTAT=ACCEPTED", "mailto:bob+lunch@example.org")
}

// Nothing that came by mail is written without a decision (M24).
func TestUndecided(t *testing.T) {
	w := newTown(t, Options{})
	o, err := icalendar.Parse([]byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REQUEST\r\n" + farEvent(0, 0, "") + "END:VCALENDAR\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := itip.Read(o, far, bobMail)
	if err != nil {
		t.Fatal(err)
	}
	err = w.store.Update(context.Background(), storage.Actor{Door: "mail"}, func(tx *storage.Tx) error {
		_, err := w.Receive(context.Background(), tx, storage.Actor{Door: "mail"}, &Arrival{Recipient: w.people["bob"], Message: m}, Decision{})
		return err
	})
	if !errors.Is(err, errUndecided) || w.event("bob", "f") != nil {
		t.Errorf("%v", err)
	}
}
