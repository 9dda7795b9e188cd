package compose

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"convoke/internal/timezone"

	"github.com/emersion/go-message/mail"
)

// remind renders a reminder and reads it as a mail program does: whatever it says, it is one text with these fields.
func remind(t testing.TB, r *Reminder) (header mail.Header, text string) {
	t.Helper()
	data, err := RenderReminder(r, &Input{
		From: Mailbox{"Convoke", "calendar@example.org"}, To: "anna@example.org", MessageID: "<1@example.org>", Gateway: "calendar@example.org",
		Language: "en", Date: time.Date(2026, 3, 1, 12, 0, 5, 0, time.UTC),
	})
	if err != nil {
		t.Fatal(err)
	}
	in, err := mail.CreateReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	part, err := in.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(part.Body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.NextPart(); err != io.EOF {
		t.Error("there is another part", err)
	}
	n := 0
	for f := in.Header.Fields(); f.Next(); n++ {
	}
	if n != 11 || strings.Count(string(data), "\n") != strings.Count(string(data), "\r\n") {
		t.Errorf("%d header fields:\n%s", n, data)
	}
	for name, want := range map[string]string{
		"From": "\"Convoke\" <calendar@example.org>", "To": "<anna@example.org>", "Message-Id": "<1@example.org>", "Auto-Submitted": "auto-generated",
		"Date": "Sun, 01 Mar 2026 12:00:05 +0000", LoopHeader: "calendar@example.org",
	} {
		if got := in.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if kind, _, err := in.Header.ContentType(); kind != "text/plain" {
		t.Error(kind, err)
	}
	return in.Header, strings.ReplaceAll(string(body), "\r\n", "\n")
}

func TestReminder(t *testing.T) {
	berlin := timezone.Lookup("Europe/Berlin")
	at := time.Date(2026, 3, 10, 11, 0, 0, 0, time.UTC)
	r := NewReminder(Occasion{Start: at, End: at.Add(time.Hour), Zone: berlin}, "", "en")
	r.Title, r.Place, r.Link = "Lunch, at last", "Kantine", "https://cal.example.org/calendar/day/2026-03-10?open=x"
	h, text := remind(t, r)
	if s, err := h.Subject(); s != "Reminder: Lunch, at last, Tuesday, 10 March 2026, 12:00" {
		t.Error(s, err)
	}
	if want := `A reminder from your calendar:

What: Lunch, at last
When: Tuesday, 10 March 2026, 12:00–13:00 (Europe/Berlin, UTC+01:00)
Where: Kantine

Open in the calendar:
https://cal.example.org/calendar/day/2026-03-10?open=x

You get this mail because you are reminded by mail. The settings of your calendar change that.
`; text != want {
		t.Errorf("got %q\nwant %q", text, want)
	}

	r = NewReminder(Occasion{Start: at, End: at, AllDay: true, Zone: berlin}, "de-AT")
	r.Task = true
	h, text = remind(t, r)
	if s, err := h.Subject(); s != "Erinnerung: (ohne Titel), Dienstag, 10. März 2026" {
		t.Error(s, err)
	}
	if want := "Fällig: Dienstag, 10. März 2026 (ganztägig)\n"; !strings.Contains(text, want) || strings.Contains(text, "Wo:") {
		t.Errorf("%q does not say %q", text, want)
	}

	if h, text = remind(t, NewReminder(Occasion{}, "en")); strings.Contains(text, "When") || h.Get("Subject") != "Reminder: (no title)" {
		t.Errorf("at no time: %q %q", h.Get("Subject"), text)
	}
}

// Nothing that an event says becomes a header or ends the text.
func FuzzReminder(f *testing.F) {
	f.Add("a\r\nBcc: victim@example.net\r\n\r\nspam", "b\nBcc: x", "https://cal.example.org/\r\n\r\n.")
	f.Add("\x00\u2028\u202e=?utf-8?q?x?=", "\r", "\xff")
	f.Add(strings.Repeat("ü", 5000), strings.Repeat("\n", 5000), "")
	f.Fuzz(func(t *testing.T, title, place, link string) {
		h, text := remind(t, &Reminder{Language: "en", Title: title, Place: place, Link: link, Day: place, When: title})
		if h.Get("Bcc") != "" || strings.ContainsAny(h.Get("Subject"), "\r\n") || strings.Count(text, "\n") > 12 {
			t.Errorf("%q\n%q", h.Get("Subject"), text)
		}
	})
}

// An address that cannot stand in a mail is refused.
func TestReminderTo(t *testing.T) {
	for _, to := range []string{"", "anna", "anna@example.org\r\nBcc: x@example.net", "a@b, c@d"} {
		if _, err := RenderReminder(&Reminder{}, &Input{From: Mailbox{"", "calendar@example.org"}, To: to}); err == nil {
			t.Errorf("%q is taken", to)
		}
	}
}
