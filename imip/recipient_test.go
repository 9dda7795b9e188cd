package imip

import (
	"context"
	"slices"
	"strings"
	"testing"
)

// Whom a copy in a shared mailbox is for.
func TestRecipientsOf(t *testing.T) {
	for _, c := range []struct{ name, header, want string }{
		{"what the mail server wrote down", "Delivered-To: copies@example.net\nX-Original-To: ben@example.org\nTo: anna@example.org\n", "ben@example.org"},
		{"the topmost delivery to somebody of ours", "Delivered-To: ben@example.org\nDelivered-To: anna@example.org\n", "ben@example.org"},
		{"with angle brackets", "Delivered-To: <Ben@example.org>\n", "Ben@example.org"},
		{"else all in To and Cc, once", "To: \"Berg, Anna\" <anna@example.org>, x@example.com\nCc: ben@example.org,\n ANNA@example.org\n", "anna@example.org ben@example.org"},
		{"a list that is no list", "To: Anna Berg anna <anna@example.org>; <ben@example.org>,\n", "anna@example.org ben@example.org"},
		{"the gateway where it is about nobody else", "Delivered-To: calendar@example.org\nTo: x@example.com\n", "calendar@example.org"},
		{"a person before the gateway", "Delivered-To: calendar@example.org\nTo: anna@example.org\n", "anna@example.org"},
		{"nobody", "To: undisclosed-recipients:;\n", ""},
		{"no header", "", ""},
		{"a broken line ends the header", "garbage\nTo: anna@example.org\n", ""},
		{"the line of an mbox", "From eve Thu Jan  1 00:00:00 2026\nTo: anna@example.org\n", "anna@example.org"},
	} {
		raw := strings.ReplaceAll(c.header+"\nTo: eve@example.org\n", "\n", "\r\n")
		got, err := recipientsOf(context.Background(), []byte(raw), household)
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
	if _, err := recipientsOf(context.Background(), []byte("To: broken@example.org\r\n\r\n"), household); err == nil {
		t.Error("a fault of ours was taken for nobody")
	}
}

func FuzzRecipientsOf(f *testing.F) {
	f.Add([]byte("To: \"Berg, Anna\" <anna@example.org>, x@example.com\r\nCc: ben@example.org\r\n\r\n"))
	f.Add([]byte("Delivered-To: <>\r\nTo: ;,<@>\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		list, err := recipientsOf(context.Background(), raw, func(context.Context, string) (Whose, error) { return Ours, nil })
		if err != nil || len(list) > maxRecipients {
			t.Fatalf("%d recipients, %v", len(list), err)
		}
		if slices.Contains(list, "\n") {
			t.Fatal("a line end in an address")
		}
	})
}
