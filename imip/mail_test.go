package imip

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"convoke/imip/trust"
	"convoke/internal/icalendar"
	"convoke/storage"
)

// effect is what a mail of testdata/mail does. The mails are written after what the products send.
type effect struct {
	file   string
	to     string   // alice, who organizes event u with those who answer, or bob
	after  []string // mails that came before
	action string
	held   string   // why it waits, in part; "" if it does not
	uid    string   // of the event, and what it holds and lacks afterwards
	has    []string // as town.has
}

var effects = []effect{
	{"google-invitation", "bob", nil, Added, "", "5f2k9v1qq3@google.com", []string{"SUMMARY:Quartalsgespräch", "LOCATION:Café am Markt", "PARTSTAT=NEEDS-ACTION", "!X-", "DTSTART;TZID=Europe/Berlin:20260310T100000"}},
	{"google-cancellation", "bob", []string{"google-invitation"}, Updated, "", "5f2k9v1qq3@google.com", []string{"STATUS:CANCELLED"}},
	{"google-answer", "alice", nil, Updated, "", "u", []string{"PARTSTAT=ACCEPTED;SCHEDULE-STATUS=2.0", "dana.weber@gmail.com", "DTSTART:20260310T120000Z"}},
	{"m365-series", "bob", nil, Added, "", "040000008200E00074C5B7101A82E00800000000D0", []string{"RRULE:FREQ=WEEKLY;COUNT=5", "!VALARM", "!X-MICROSOFT", "W. Europe Standard Time"}},
	{"m365-instance", "bob", []string{"m365-series"}, Updated, "", "040000008200E00074C5B7101A82E00800000000D0", []string{"RRULE:FREQ=WEEKLY;COUNT=5", "RECURRENCE-ID;TZID=W. Europe Standard Time:20260317T140000", "20260317T160000"}},
	{"m365-forwarded", "bob", nil, NoAction, "erik@contoso.example that came from nora@fabrikam.example", "040000008200E00074C5B7101A82E00800000000D0", nil},
	{"exchange-answer", "alice", nil, Updated, "", "u", []string{"PARTSTAT=TENTATIVE", "SUMMARY:Lunch", "!X-MICROSOFT"}},
	{"outlook-counter", "alice", nil, NoAction, "erik@contoso.example proposes a change", "u", []string{"DTSTART:20260310T120000Z"}},
	{"outlook-winmail", "bob", nil, NoAction, "", "none", nil},
	{"apple-invitation", "bob", nil, Added, "", "7B1E2A50-9C31", []string{"SUMMARY:Kaffee", "!VALARM", "!X-APPLE"}},
	{"zimbra-series", "bob", nil, Added, "", "d31f2a7e-zimbra", []string{"RRULE:FREQ=DAILY;COUNT=4", "!X-ALT-DESC"}},
	{"zimbra-cancelled-instance", "bob", []string{"zimbra-series"}, Updated, "", "d31f2a7e-zimbra", []string{"RRULE:FREQ=DAILY;COUNT=4", "20260313T090000Z", "STATUS:CANCELLED"}},
	{"thunderbird-answer", "alice", nil, Updated, "", "u", []string{"PARTSTAT=DECLINED", "!X-MOZ"}},
	{"nextcloud-invitation", "bob", nil, NoAction, "lena@cloud.example that came from no-reply@cloud.example", "b1c7-nextcloud", nil},
	{"fastmail-invitation", "bob", nil, Added, "", "6fd2-fastmail", []string{"SUMMARY:Walk"}},
	{"notes-utf16-invitation", "bob", nil, Added, "", "92F1-notes", []string{"SUMMARY:Größenprüfung"}},
}

// mailOf reads one, with the line ends of the wire.
func mailOf(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "mail", name+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n", "\r\n")
}

// correspondents are those who write in testdata/mail; they know each other.
func (w *town) correspondents() {
	w.trusts("dana.weber@gmail.com", "erik@contoso.example", "rosa@icloud.example", "omar@zimbra.example", "tove@mozilla.example", "lena@cloud.example", "june@fastmail.example", "piet@notes.example", "nora@fabrikam.example", "no-reply@cloud.example")
	w.organize("u", "", "dana.weber@gmail.com", "erik@contoso.example", "tove@mozilla.example")
}

// Mails as the products write them have the effect that they should have.
func TestMails(t *testing.T) {
	files, err := filepath.Glob("testdata/mail/*.eml")
	if err != nil || len(files) != len(effects) {
		t.Errorf("%d mails, %d effects, %v", len(files), len(effects), err)
	}
	for _, e := range effects {
		t.Run(e.file, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			w.correspondents()
			for _, before := range e.after {
				if out := w.take(Envelope{Recipient: e.to + "@example.org"}, mailOf(t, before)); out.Action != Added {
					t.Fatalf("%s: %+v", before, out)
				}
			}
			out := w.take(Envelope{Recipient: e.to + "@example.org"}, mailOf(t, e.file))
			if out.Action != e.action {
				t.Errorf("%+v", out)
			}
			if held := w.trays(); (len(held) > 0) != (e.held != "") || len(held) > 0 && !strings.Contains(held[0].Reason, e.held) {
				t.Errorf("held %v, %+v", held, out)
			}
			w.has(e.to, e.uid, e.has...)
			if e.file == "outlook-winmail" && out.Reason != "winmail.dat is not understood" {
				t.Errorf("%+v", out)
			}
			// Again by another way: nothing happens (M36).
			before := w.digest()
			if out := w.take(Envelope{Recipient: e.to + "@example.org", Source: SourceIMAP}, mailOf(t, e.file)); out.Action != NoAction || w.digest() != before || len(w.trays()) > 1 {
				t.Errorf("again: %+v", out)
			}
		})
	}
}

var (
	results = regexp.MustCompile(`(?s)Authentication-Results: mx\.example\.org;.*?\r\n(Received|ARC|DKIM)`)
	from    = regexp.MustCompile(`(?mi)^From: .*\r\n`)
)

// forgeries are ways to send what somebody else would have sent, past a mail server that does its work.
var forgeries = map[string]func(string) string{
	"unsigned": func(raw string) string {
		return results.ReplaceAllString(raw, "Authentication-Results: mx.example.org; dkim=none; spf=softfail smtp.mailfrom=mallory@evil.example; dmarc=none\r\n$1")
	},
	"rejected by DMARC": func(raw string) string {
		return results.ReplaceAllString(raw, "Authentication-Results: mx.example.org; dkim=pass header.d=evil.example; dmarc=fail (p=reject) header.from=x.example\r\n$1")
	},
	"with a verdict of its own below": func(raw string) string {
		verdict := results.FindString(raw)
		verdict = verdict[:strings.LastIndex(verdict, "\r\n")+2]
		at := strings.Index(raw, "From:")
		at = max(at, strings.LastIndex(raw[:strings.Index(raw, "\r\n\r\n")], "\r\nSubject:")+2)
		forged := raw[:at] + verdict + raw[at:]
		return results.ReplaceAllStringFunc(forged[:at], func(string) string { return "Received" }) + forged[at:]
	},
	"from a domain of the forger": func(raw string) string {
		raw = results.ReplaceAllString(raw, "Authentication-Results: mx.example.org; dmarc=pass header.from=evil.example\r\n$1")
		return from.ReplaceAllString(raw, "From: Mallory <mallory@evil.example>\r\n")
	},
	"with two authors": func(raw string) string {
		return from.ReplaceAllString(raw, "$0From: Mallory <mallory@evil.example>\r\n")
	},
	"with the verdict of another server": func(raw string) string {
		return strings.Replace(raw, "Authentication-Results: mx.example.org;", "Authentication-Results: mx.evil.example;", 1)
	},
}

// The forged twins of all mails change no calendar, no inbox and no queue (M31).
func TestForgedTwins(t *testing.T) {
	for _, e := range effects {
		if e.file == "outlook-winmail" {
			continue // holds nothing to forge
		}
		t.Run(e.file, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			w.correspondents()
			w.trusts("mallory@evil.example")
			for _, before := range e.after {
				w.take(Envelope{Recipient: e.to + "@example.org"}, mailOf(t, before))
			}
			genuine := mailOf(t, e.file)
			before := w.digest()
			for name, forge := range forgeries {
				forged := forge(genuine)
				if forged == genuine {
					t.Errorf("%s: not forged", name)
				}
				out := w.take(Envelope{Recipient: e.to + "@example.org"}, forged)
				if w.digest() != before || out.Action != NoAction {
					t.Fatalf("%s: %+v\n%s", name, out, forged)
				}
			}
			// The genuine one is taken all the same.
			if out := w.take(Envelope{Recipient: e.to + "@example.org"}, genuine); out.Action != e.action {
				t.Errorf("after forgeries: %+v", out)
			}
		})
	}
}

// Newer wins: any order and repetition of a meeting's mails ends in the same state (M11, architecture.md §8).
func TestAnyOrder(t *testing.T) {
	steps := []note{
		{from: "far@example.net", proof: "example.net", method: "REQUEST", event: farEvent(0, 0, "RRULE:FREQ=DAILY;COUNT=4\n")},
		{from: "far@example.net", proof: "example.net", method: "REQUEST", event: strings.Replace(farEvent(1, 10, "RRULE:FREQ=DAILY;COUNT=4\nLOCATION:Hall\n"), "SUMMARY:Far", "SUMMARY:Near", 1)},
		{from: "far@example.net", proof: "example.net", method: "REQUEST", event: farEvent(2, 20, "RECURRENCE-ID:20260311T120000Z\nLOCATION:Garden\n")},
		{from: "far@example.net", proof: "example.net", method: "CANCEL", event: farEvent(3, 30, "RECURRENCE-ID:20260312T120000Z\nSTATUS:CANCELLED\n")},
	}
	state := func(order []int) string {
		w := newTown(t)
		w.trusts("far@example.net")
		for _, i := range order {
			w.take(toBob, steps[i].String())
		}
		o, err := icalendar.Parse([]byte(w.event("bob", "f")))
		if err != nil {
			t.Fatal(err)
		}
		var parts []string
		for c := range o.Parts() {
			var lines []string
			for _, p := range c.Props {
				// Of what is cancelled only that it is so counts: its text is of the version that was there then.
				if c.Text("STATUS") != "CANCELLED" || p.Name == "RECURRENCE-ID" || p.Name == "STATUS" || p.Name == "SEQUENCE" {
					lines = append(lines, p.Name+":"+p.Value)
				}
			}
			slices.Sort(lines)
			parts = append(parts, strings.Join(lines, "\n"))
		}
		slices.Sort(parts)
		return strings.Join(parts, "\n\n")
	}
	want := state([]int{0, 1, 2, 3})
	if !strings.Contains(want, "Garden") || !strings.Contains(want, "CANCELLED") || !strings.Contains(want, "Near") {
		t.Fatalf("%s", want)
	}
	for _, order := range [][]int{{0, 1, 3, 2}, {1, 0, 2, 3}, {1, 3, 2, 0}, {3, 1, 2, 0}, {3, 0, 1, 2}, {0, 0, 3, 1, 1, 2, 3, 0, 2}, {1, 2, 3, 3, 2, 1, 0}, {2, 0, 1, 3}, {3, 2, 1, 0}} {
		if got := state(order); got != want {
			t.Errorf("%v:\n%s\nwant\n%s", order, got, want)
		}
	}
}

// A flood of one sender: the first are applied, the next wait, the rest stays mail (M29). Forged mail in his name
// takes nothing of his share.
func TestFlood(t *testing.T) {
	w := newTown(t, func(o *IntakeOptions) {
		o.Limits = IntakeLimits{SenderPerHour: 5, Waiting: 3, PerDay: 100}
	})
	w.trusts("far@example.net")
	for i := range 10 {
		uid := string(rune('a' + i))
		w.take(toBob, (note{from: "far@example.net", method: "REQUEST", event: strings.ReplaceAll(farEvent(0, 0, ""), "UID:f", "UID:forged-"+uid)}).String())
	}
	for _, h := range w.trays() {
		w.update(func(tx *storage.Tx) error { return tx.Unhold(h.ID) })
	}
	count := map[string]int{}
	for i := range 12 {
		uid := "many-" + string(rune('a'+i))
		out := w.take(toBob, (note{from: "far@example.net", proof: "example.net", method: "REQUEST", event: strings.ReplaceAll(farEvent(0, 0, ""), "UID:f", "UID:"+uid)}).String())
		switch {
		case out.Action == Added:
			count["added"]++
		case out.Held != 0:
			count["held"]++
		default:
			count["left"]++
		}
	}
	if count["added"] != 5 || count["held"] == 0 || count["held"] > 3 || count["left"] < 4 {
		t.Errorf("%v", count)
	}
	for _, h := range w.trays() {
		if !strings.Contains(string(h.Decision), `"why":"`+trust.TooMany+`"`) {
			t.Errorf("%s waits by %s", h.UID, h.Decision)
		}
	}
}

// A delivery report goes to who knows what was sent, and is never taken for an invitation.
func TestReportHandedOn(t *testing.T) {
	var got []Bounce
	w := newTown(t, func(o *IntakeOptions) {
		o.Bounce = func(_ context.Context, b *Bounce) (bool, error) {
			got = append(got, *b)
			return b.MessageID == "<m@example.org>", nil
		}
	})
	raw := strings.ReplaceAll("From: mailer-daemon@example.net\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns;mx\n\nFinal-Recipient: rfc822;far@example.net\nAction: failed\nStatus: 5.1.1\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <m@example.org>\nContent-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nEND:VCALENDAR\n--b--\n", "\n", "\r\n")
	out := w.take(Envelope{Recipient: "Calendar+token@example.org", Sender: "<>"}, raw)
	if len(got) != 1 || got[0].Envelope != "calendar+token@example.org" || got[0].Recipient != "far@example.net" || got[0].Status != "5.1.1" || out.Action != NoAction || !strings.Contains(out.Reason, "of ours") {
		t.Errorf("%+v %+v", got, out)
	}
}

// What comes in never panics, and changes nothing that is not proven.
func FuzzReceive(f *testing.F) {
	for _, e := range effects {
		f.Add([]byte(mailOf(f, e.file)))
	}
	w := newTown(f)
	w.correspondents()
	strip := regexp.MustCompile(`(?i)authentication-results`)
	f.Fuzz(func(t *testing.T, raw []byte) {
		w.t = t
		raw = strip.ReplaceAll(raw, []byte("x-results"))
		before := w.digest()
		for _, to := range []string{"alice@example.org", "bob@example.org"} {
			if _, err := w.Receive(context.Background(), Envelope{Recipient: to, Source: SourceLMTP, Choices: Choices{AllowPublic: true}}, raw); err != nil {
				t.Fatal(err)
			}
		}
		if w.digest() != before {
			t.Errorf("an unproven mail changed something")
		}
	})
}
