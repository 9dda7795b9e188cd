package storage

import (
	"errors"
	"log/slog"
	"testing"
	"time"
)

// The tray, the list of decided mails and its rates, correspondents, and positions in mailboxes.
func TestMailIn(t *testing.T) {
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	s, err := Open(t.Context(), t.TempDir(), Options{Log: slog.New(slog.DiscardHandler), Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	update := func(fn func(*Tx) error) {
		t.Helper()
		if err := s.Update(t.Context(), Actor{Door: "mail"}, fn); err != nil {
			t.Fatal(err)
		}
	}
	p := &Principal{Kind: KindUser, Name: "bob", Addresses: []string{"mailto:bob@example.org"}}
	update(func(tx *Tx) error { return tx.CreatePrincipal(p) })

	mail := func(n, action string) Received {
		return Received{PrincipalID: p.ID, Sender: "far@example.net", Domain: "example.net", MessageID: "<" + n + ">", Digest: []byte(n), Step: "step " + n, Action: action}
	}
	seen := func(r Received) (found Seen) {
		t.Helper()
		update(func(tx *Tx) (err error) { found, err = tx.Seen(r); return err })
		return found
	}
	rates := func() (n Rates) {
		t.Helper()
		update(func(tx *Tx) (err error) { n, err = tx.Rates(mail("x", "")); return err })
		return n
	}
	update(func(tx *Tx) error {
		for _, r := range []Received{mail("a", ReceivedApply), mail("b", "hold"), mail("c", "ignore")} {
			if err := tx.Receive(r); err != nil {
				return err
			}
		}
		return tx.Hold(&Held{PrincipalID: p.ID, Sender: "far@example.net", UID: "u", Method: "REQUEST", Data: []byte("x")})
	})
	if got := seen(mail("a", "")); !got.Applied {
		t.Error("an applied mail is not known")
	}
	if got := seen(mail("b", "")); got.Applied || got.Action != "hold" {
		t.Errorf("a held mail: %+v", got)
	}
	// The step of an applied mail counts whatever carries it; that of a held one does not: it may have been forged.
	other := mail("d", "")
	if other.Step = "step a"; !seen(other).Applied {
		t.Error("the same step is not known")
	}
	if other.Step = "step b"; seen(other).Applied || seen(other).Action != "" {
		t.Error("a held step counts")
	}
	if other = mail("a", ""); other.Digest != nil {
		other.Digest, other.Step, other.Sender = []byte("other"), "other", "mallory@example.com"
	}
	if seen(other).Applied {
		t.Error("the Message-ID of somebody else counts")
	}
	if n := rates(); n != (Rates{SenderHour: 1, DomainHour: 1, HeldHour: 1, Day: 2, Ignored: 1, Held: 1}) {
		t.Errorf("%+v", n)
	}
	now = now.Add(2 * time.Hour)
	if n := rates(); n != (Rates{Day: 2, Ignored: 1, Held: 1}) {
		t.Errorf("later: %+v", n)
	}
	now = now.Add(receivedFor)
	update(func(tx *Tx) error { return tx.Receive(mail("late", "hold")) })
	if seen(mail("a", "")).Applied {
		t.Error("never forgotten")
	}

	list, err := s.HeldMessages(t.Context(), 0)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	update(func(tx *Tx) error { return tx.UnholdAll(p.ID, "u", "mallory@example.com") })
	if h, err := s.HeldMessage(t.Context(), list[0].ID); err != nil || h.UID != "u" {
		t.Error(h, err)
	}
	update(func(tx *Tx) error { return tx.UnholdAll(p.ID, "u", "far@example.net") })
	if _, err := s.HeldMessage(t.Context(), list[0].ID); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}

	knows := func(address string) bool {
		yes, err := s.Knows(t.Context(), p.ID, address)
		if err != nil {
			t.Fatal(err)
		}
		return yes
	}
	if knows("mailto:far@example.net") {
		t.Error("known too early")
	}
	update(func(tx *Tx) error { return tx.Trust(p.ID, "mailto:Far@Example.net") })
	if !knows("MAILTO:far@example.net") || knows("mailto:other@example.net") {
		t.Error("trust is not remembered, or too much of it")
	}

	update(func(tx *Tx) error { return tx.SetMailbox(Mailbox{"bob@mail", 7, 12}) })
	update(func(tx *Tx) error { return tx.SetMailbox(Mailbox{"bob@mail", 8, 1}) })
	if m, err := s.Mailbox(t.Context(), "bob@mail"); err != nil || m != (Mailbox{"bob@mail", 8, 1}) {
		t.Error(m, err)
	}
	if m, err := s.Mailbox(t.Context(), "new"); err != nil || m.UIDValidity != 0 {
		t.Error(m, err)
	}
	// Nothing stays of who is gone.
	update(func(tx *Tx) error { return tx.RemovePrincipal(p.ID) })
}
