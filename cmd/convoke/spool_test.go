package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"convoke/imip"
)

// taking is a Receiver that keeps bodies and fails for those that say so.
type taking struct{ got []string }

func (r *taking) Receive(_ context.Context, e imip.Envelope, raw []byte) (imip.Outcome, error) {
	r.got = append(r.got, e.Recipient+" "+string(raw))
	if strings.Contains(string(raw), "poison") {
		return imip.Outcome{}, errors.New("cannot be received")
	}
	return imip.Outcome{Action: imip.Added}, nil
}

func spoolWay(r imip.Receiver) imip.Way {
	return imip.Way{Receiver: r, Log: slog.New(slog.DiscardHandler)}
}

// Mails leave the spool in the order in which they came, whole, with their envelope.
func TestSpoolInOrder(t *testing.T) {
	s := spoolOf(t.TempDir())
	for _, body := range []string{"one\r\n", "two\n{\"a\":1}\n", "three"} {
		e := imip.Envelope{Recipient: "anna@example.org", Choices: imip.Choices{UpdatesOnly: true}}
		if err := s.put(e, []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	r := &taking{}
	if s.round(context.Background(), spoolWay(r), map[string]*spoolFail{}) {
		t.Error("a fault is told of")
	}
	if got, want := strings.Join(r.got, "|"), "anna@example.org one\r\n|anna@example.org two\n{\"a\":1}\n|anna@example.org three"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if n := s.waiting(); n != 0 {
		t.Errorf("%d mails are left", n)
	}
}

// A mail that fails while others do not, and a file that is none, are put aside and kept.
func TestSpoolPutsPoisonAside(t *testing.T) {
	s := spoolOf(t.TempDir())
	if err := s.put(imip.Envelope{Recipient: "anna@example.org"}, []byte("poison")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "0-garbage.mail"), []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	fails, r := map[string]*spoolFail{}, &taking{}
	for range 20 {
		s.round(context.Background(), spoolWay(r), fails)
	}
	if n := s.waiting(); n != 1 {
		t.Fatalf("%d mails wait: while nothing else is received it may be us who fail", n)
	}
	if err := s.put(imip.Envelope{Recipient: "ben@example.org"}, []byte("two")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s.round(context.Background(), spoolWay(r), fails)
	}
	aside, err := os.ReadDir(filepath.Join(s.dir, "aside"))
	if err != nil || len(aside) != 2 || s.waiting() != 0 {
		t.Errorf("%d files are aside, %d wait, %v", len(aside), s.waiting(), err)
	}
}

// Mails that cannot be received do not keep those behind them from their turn, however many they are.
func TestSpoolPassesPoison(t *testing.T) {
	s := spoolOf(t.TempDir())
	for range 3 {
		if err := s.put(imip.Envelope{}, []byte("poison")); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.put(imip.Envelope{Recipient: "ben@example.org"}, []byte("good")); err != nil {
		t.Fatal(err)
	}
	fails, r := map[string]*spoolFail{}, &taking{}
	for range 20 {
		s.round(context.Background(), spoolWay(r), fails)
	}
	if !slices.Contains(r.got, "ben@example.org good") || s.waiting() != 0 {
		t.Errorf("%d mails wait; the good one was taken: %v", s.waiting(), slices.Contains(r.got, "ben@example.org good"))
	}
}

// When it is us who fail, no mail is lost and not all are tried.
func TestSpoolKeepsWhatMetAFault(t *testing.T) {
	s := spoolOf(t.TempDir())
	for range 10 {
		if err := s.put(imip.Envelope{}, []byte("poison")); err != nil {
			t.Fatal(err)
		}
	}
	r := &taking{}
	if !s.round(context.Background(), spoolWay(r), map[string]*spoolFail{}) || s.waiting() != 10 || len(r.got) != 3 {
		t.Errorf("%d wait, %d were tried", s.waiting(), len(r.got))
	}
}

// The choices of [incoming]; lists of organizers are looked up when a mail comes.
func TestIncomingChoices(t *testing.T) {
	c, err := loadConfig("", []string{"CONVOKE_INCOMING_UPDATES_ONLY=true", "CONVOKE_INCOMING_ORGANIZERS=@example.com,addressbook,group:board"})
	if err != nil {
		t.Fatal(err)
	}
	got := c.choices()
	if want := "@example.com list:addressbook list:group:board"; !got.UpdatesOnly || got.AllowPublic || strings.Join(got.Organizers, " ") != want {
		t.Errorf("%+v", got)
	}
	if c, err = loadConfig("", nil); err != nil || c.choices().Organizers != nil {
		t.Errorf("by default %+v, %v", c.choices(), err)
	}
}

// App passwords of mailboxes come from a file that nobody else may read.
func TestReadAccounts(t *testing.T) {
	file := filepath.Join(t.TempDir(), "accounts")
	if err := os.WriteFile(file, []byte("# mailboxes\nanna@example.org open sesame\r\n\nben@example.org x\nnobody\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := readAccounts(file)
	if err != nil || len(got) != 2 || got["anna@example.org"] != "open sesame" || got["ben@example.org"] != "x" {
		t.Errorf("%v, %v", got, err)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readAccounts(file); err == nil {
		t.Error("a file that all may read was taken")
	}
}
