package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"convoke/imip"
)

// A null sender and one that nobody names are not the same (RFC 5321 §4.5.5): mail without a sender invites nobody.
func TestDeliverSender(t *testing.T) {
	text := func(s string) *string { return &s }
	for _, row := range []struct {
		name    string
		flag    *string
		environ []string
		want    string
	}{
		{"the flag", text("eve@example.com"), []string{"SENDER=other@example.com"}, "eve@example.com"},
		{"the flag is empty, as Sieve's variable of a null sender is", text(""), []string{"SENDER=other@example.com"}, "<>"},
		{"the environment", nil, []string{"HOME=/", "SENDER=eve@example.com"}, "eve@example.com"},
		{"the environment has an empty one", nil, []string{"SENDER="}, "<>"},
		{"nobody says", nil, []string{"HOME=/"}, ""},
	} {
		c := &deliverCommand{From: row.flag}
		if got := c.sender(&globals{environ: row.environ}); got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
}

// What died before it became a mail goes after a while; what is being written and what waits stays.
func TestSpoolSweep(t *testing.T) {
	s := spoolOf(t.TempDir())
	if err := s.put(imip.Envelope{Recipient: "anna@example.org"}, []byte("mail")); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for name, age := range map[string]time.Duration{"new-old": 2 * leftoverFor, "new-young": 0} {
		file := filepath.Join(s.dir, name)
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, now, now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	s.sweep(now)
	if _, err := os.Stat(filepath.Join(s.dir, "new-old")); !os.IsNotExist(err) {
		t.Errorf("a leftover stays: %v", err)
	}
	if _, err := os.Stat(filepath.Join(s.dir, "new-young")); err != nil || s.waiting() != 1 {
		t.Errorf("too much is swept away: %v, %d mails wait", err, s.waiting())
	}
}
