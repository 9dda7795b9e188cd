package message

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
)

const ics = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Käse & Brot\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

// written makes a message of headers and a body, with CRLF.
func written(headers, body string) []byte {
	return []byte(strings.ReplaceAll(strings.ReplaceAll(headers+"\n\n"+body, "\r\n", "\n"), "\n", "\r\n"))
}

func encoded(s []byte) string { return base64.StdEncoding.EncodeToString(s) }

// Calendars are found wherever mailers put them, in whatever encoding (RFC 6047 §2.4, §2.5).
func TestCalendarFound(t *testing.T) {
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(ics))
	if err != nil {
		t.Fatal(err)
	}
	bare, err := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().Bytes([]byte(ics))
	if err != nil {
		t.Fatal(err)
	}
	latin := strings.ReplaceAll(ics, "ä", "\xe4")
	quoted := strings.NewReplacer("=", "=3D", "ä", "=C3=A4", "Brot", "Br=\r\not").Replace(ics)
	part := func(headers, body string) string { return "--b\n" + headers + "\n\n" + body + "\n--b--\n" }
	multi := func(kind string) string {
		return "From: a@example.net\nContent-Type: multipart/" + kind + "; boundary=b"
	}
	for _, tt := range []struct {
		name          string
		headers, body string
		method        string
	}{
		{"alone", "From: a@example.net\nContent-Type: text/calendar; method=REQUEST; charset=UTF-8\nContent-Transfer-Encoding: 8bit", ics, "REQUEST"},
		{"alternative", multi("alternative"), "--b\nContent-Type: text/plain\n\nHello\n" + part("Content-Type: text/calendar; charset=\"utf-8\"; method=request", ics), "REQUEST"},
		{"attached by name alone", multi("mixed"), part("Content-Type: application/octet-stream; name=Invite.ICS\nContent-Transfer-Encoding: base64", encoded([]byte(ics))), ""},
		{"attached by an encoded name", multi("mixed"), part("Content-Type: application/octet-stream\nContent-Disposition: attachment; filename*=utf-8''Einladung%20f%C3%BCr%20dich.ics\nContent-Transfer-Encoding: base64", encoded([]byte(ics))), ""},
		{"application/ics", multi("mixed"), part("Content-Type: application/ics; name=\"invite.ics\"\nContent-Transfer-Encoding: base64", encoded([]byte(ics))), ""},
		{"quoted-printable", multi("mixed"), part("Content-Type: text/calendar; method=REQUEST\nContent-Transfer-Encoding: Quoted-Printable", quoted), "REQUEST"},
		{"latin-1 that is said", multi("mixed"), part("Content-Type: text/calendar; charset=iso-8859-1", latin), ""},
		{"latin-1 that is not said", multi("mixed"), part("Content-Type: text/calendar", latin), ""},
		{"utf-8 called us-ascii", multi("mixed"), part("Content-Type: text/calendar; charset=us-ascii", ics), ""},
		{"utf-16 with a mark", multi("mixed"), part("Content-Type: text/calendar; charset=utf-16\nContent-Transfer-Encoding: base64", encoded(utf16)), ""},
		{"utf-16 that is not said", multi("mixed"), part("Content-Type: text/calendar\nContent-Transfer-Encoding: base64", encoded(bare)), ""},
		{"a mark before UTF-8", multi("mixed"), part("Content-Type: text/calendar\nContent-Transfer-Encoding: base64", encoded([]byte("\xef\xbb\xbf"+ics))), ""},
		{"deep", multi("mixed"), "--b\nContent-Type: multipart/related; boundary=c\n\n--c\nContent-Type: multipart/alternative; boundary=d\n\n--d\nContent-Type: text/calendar; method=REQUEST\n\n" + ics + "\n--d--\n--c--\n--b--\n", "REQUEST"},
		{"cut off before the end", multi("mixed"), "--b\nContent-Type: text/calendar\nContent-Transfer-Encoding: base64\n\n" + encoded([]byte(ics)), ""},
		{"parameters that break the grammar", multi("mixed"), part("Content-Type: text/calendar; name=my meeting.ics; method=REQUEST; method=REPLY", ics), "REQUEST"},
		{"base64 with lines of noise", multi("mixed"), part("Content-Type: text/calendar\nContent-Transfer-Encoding: base64", encoded([]byte(ics))[:40]+"\n  \n!"+encoded([]byte(ics))[40:]), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := Parse(written(tt.headers, tt.body), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			c, agree := m.Calendar()
			if c == nil || !agree {
				t.Fatalf("no calendar, or several: %v", m.Calendars)
			}
			if string(plain(c.Data)) != string(plain([]byte(ics))) || c.Method != tt.method {
				t.Errorf("method %q, data %q", c.Method, c.Data)
			}
		})
	}
}

// What must not be taken for the calendar of the mail.
func TestCalendarNotFound(t *testing.T) {
	for name, body := range map[string]string{
		"a mail within":  "--b\nContent-Type: message/rfc822\n\nFrom: x@example.net\nContent-Type: text/calendar\n\n" + ics + "\n--b--\n",
		"text":           "--b\nContent-Type: text/plain\n\n" + ics + "\n--b--\n",
		"a file of html": "--b\nContent-Type: text/html; name=invite.ics\n\n" + ics + "\n--b--\n",
	} {
		m, err := Parse(written("From: a@example.net\nContent-Type: multipart/mixed; boundary=b", body), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Calendars) > 0 {
			t.Errorf("%s: a calendar", name)
		}
	}
	m, err := Parse(written("From: a@example.net\nContent-Type: multipart/report; report-type=delivery-status; boundary=b", "--b\nContent-Type: text/calendar; method=REQUEST\n\n"+ics+"\n--b--\n"), Limits{})
	if err != nil || len(m.Calendars) > 0 || m.Report == nil {
		t.Errorf("a report: %v %v", m, err)
	}
	m, err = Parse(written("From: a@example.net\nContent-Type: application/ms-tnef; name=winmail.dat", "x"), Limits{})
	if err != nil || len(m.Strange) != 1 || m.Strange[0] != "winmail.dat" {
		t.Errorf("winmail.dat: %v %v", m, err)
	}
}

// One calendar a message: the same one twice is one, two that differ are none (mission.md).
func TestSeveralCalendars(t *testing.T) {
	two := func(a, b string) bool {
		m, err := Parse(written("From: a@example.net\nContent-Type: multipart/mixed; boundary=b",
			"--b\nContent-Type: application/ics; name=invite.ics\nContent-Transfer-Encoding: base64\n\n"+encoded([]byte(a))+"\n--b\nContent-Type: text/calendar; method=REQUEST\n\n"+b+"\n--b--\n"), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		c, agree := m.Calendar()
		if c.Type != "text/calendar" {
			t.Errorf("took %s", c.Type)
		}
		return agree
	}
	if !two(strings.ReplaceAll(ics, "\r\n", "\n"), strings.Replace(ics, "Käse", "Kä\r\n se", 1)) {
		t.Error("line ends and folds make two of one")
	}
	if two(ics, strings.Replace(ics, "UID:1", "UID:2", 1)) {
		t.Error("two different ones agree")
	}
	if two(ics+ics, ics+ics) {
		t.Error("two in one part agree")
	}
}

func TestHeaders(t *testing.T) {
	m, err := Parse(written("Return-Path: <>\nReceived: from a by b\nX-Spam-Flag: YES\nReceived: from c by d\nFrom: =?utf-8?q?J=C3=BCrgen?= <J@Example.NET>\nSender: s@example.net\nReply-To: r@example.net\n"+
		"Message-ID:\n <x@example.net>\nDate: Mon, 02 Mar 2026 09:00:00 +0100\nAuto-Submitted: Auto-Replied (vacation); x=y\nSubject: x\x0by", ""), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.From) != 1 || m.From[0] != (Address{"Jürgen", "j@example.net"}) || m.Sender[0].Address != "s@example.net" || m.ReplyTo[0].Domain() != "example.net" {
		t.Errorf("addresses: %v %v %v", m.From, m.Sender, m.ReplyTo)
	}
	if m.MessageID != "<x@example.net>" || m.AutoSubmitted != "auto-replied" || m.Received != 2 || m.ReturnPath != "<>" || m.Flagged != "X-Spam-Flag" || m.Date.Hour() != 8 {
		t.Errorf("%+v", m)
	}
	if s := m.Values("Subject"); len(s) != 1 || s[0] != "x y" {
		t.Errorf("a control character stays: %q", s)
	}
	for from, want := range map[string]int{
		"From: a@example.net\nFrom: b@example.net":        2,
		"From: a@example.net, b@example.net":              2,
		"From: <a@example.net> <b@example.net>":           0,
		"From: b@example.org <a@example.net>":             0,
		"From: \"b@example.org\" <a@example.net>":         1,
		"From: undisclosed:;":                             0,
		"From: Bad \"quote <a@example.net>":               0,
		"From: =?iso-8859-1?q?Andr=E9?= Bar. <a@e.net>":   1,
		"From: a@example.net (a comment <b@example.net>)": 1,
	} {
		m, err := Parse(written(from, ""), Limits{})
		if err != nil || len(m.From) != want {
			t.Errorf("%s: %v %v", from, m.From, err)
		}
	}
}

// Spam and virus filters, in their own words (M32).
func TestFlagged(t *testing.T) {
	for line, want := range map[string]bool{
		"X-Spam-Flag: YES":                      true,
		"X-Spam-Flag: NO":                       false,
		"X-Spam-Status: Yes, score=9.1":         true,
		"X-Spam-Status: No, score=-1":           false,
		"X-Spam: Yes":                           true,
		"X-Virus-Status: Infected (x)":          true,
		"X-Virus-Status: Clean":                 false,
		"X-Spam-Status: yesterday":              false,
		"Subject: X-Spam-Flag: YES":             false,
		"X-Rspamd-Action: add header":           true,
		"X-Rspamd-Action: no action":            false,
		"X-DSPAM-Result: Innocent":              false,
		"X-Spam-Score: -4.221\nX-Spam-Level: *": false,
	} {
		m, err := Parse(written("From: a@example.net\n"+line, ""), Limits{})
		if err != nil || (m.Flagged != "") != want {
			t.Errorf("%s: %q %v", line, m.Flagged, err)
		}
	}
}

// A delivery status notification (RFC 3464 §2).
func TestReport(t *testing.T) {
	m, err := Parse(written("From: mailer-daemon@example.net\nContent-Type: multipart/report; report-type=delivery-status; boundary=b",
		"--b\nContent-Type: text/plain\n\nSorry\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns;mx.example.net\nOriginal-Envelope-Id: token-7\n\n"+
			"Original-Recipient: rfc822;Bob@Example.com\nFinal-Recipient: rfc822;b@inner.example.com\nAction: Failed\nStatus: 5.1.1 (no such)\nDiagnostic-Code: smtp; 550 5.1.1 unknown\n\n"+
			"Final-Recipient: rfc822;carol@example.com\nAction: delayed\nStatus: 4.4.7\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <m@example.org>\nSubject: x\n\nbody\n--b--\n"), Limits{})
	if err != nil || m.Report == nil {
		t.Fatal(err)
	}
	want := Report{EnvelopeID: "token-7", MessageID: "<m@example.org>", Recipients: []Fate{
		{"bob@example.com", "failed", "5.1.1", "550 5.1.1 unknown"}, {"carol@example.com", "delayed", "4.4.7", ""}}}
	if fmt.Sprint(*m.Report) != fmt.Sprint(want) {
		t.Errorf("%+v", *m.Report)
	}
}

// Beyond the limits of reliability.md §2 there is an error, never a crash.
func TestLimits(t *testing.T) {
	deep, end := "", ""
	for i := range 30 {
		deep += fmt.Sprintf("--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n", i, i+1)
	}
	for name, raw := range map[string][]byte{
		"depth":     written("From: a@example.net\nContent-Type: multipart/mixed; boundary=b0", deep+end),
		"parts":     written("From: a@example.net\nContent-Type: multipart/mixed; boundary=b", strings.Repeat("--b\n\nx\n", 600)),
		"headers":   written(strings.Repeat("X: y\n", 1001)+"From: a@example.net", ""),
		"addresses": written("From: "+strings.Repeat("a@example.net, ", 1001)+"a@example.net", ""),
		"calendar":  written("From: a@example.net\nContent-Type: text/calendar", strings.Repeat("x", 1<<20+1)),
		"encoded":   written("From: a@example.net\nContent-Type: text/calendar\nContent-Transfer-Encoding: base64", strings.Repeat("eHh4\n", 5<<20/5)),
		"bytes":     written("From: a@example.net", strings.Repeat("x", 26<<20)),
	} {
		if _, err := Parse(raw, Limits{}); !errors.Is(err, ErrLimit) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Parsing never panics; calendars are within their limit, headers hold no line ends.
func FuzzParse(f *testing.F) {
	f.Add(written("From: a@example.net\nContent-Type: multipart/mixed; boundary=b", "--b\nContent-Type: text/calendar; method=REQUEST; charset=utf-16\nContent-Transfer-Encoding: quoted-printable\n\n"+ics+"\n--b--\n"))
	f.Add(written("From: m@example.net\nContent-Type: multipart/report; boundary=b", "--b\nContent-Type: message/delivery-status\n\nA: b\n\nFinal-Recipient: rfc822;a@b\nAction: failed\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <a@b>\n\n--b--\n"))
	f.Add([]byte("From x\nContent-Type: text/calendar; charset=\"iso-2022-jp\"\n\n\x1b$B"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Parse(raw, Limits{Calendar: 4096})
		if err != nil {
			return
		}
		for _, h := range m.Header {
			if strings.ContainsAny(h.Value, "\r\n\x00") {
				t.Errorf("%q", h.Value)
			}
		}
		if c, _ := m.Calendar(); c != nil && len(c.Data) > 4*4096+4 {
			t.Errorf("%d bytes", len(c.Data))
		}
		for _, a := range m.From {
			if !utf8.ValidString(a.Address) && utf8.Valid(raw) {
				t.Errorf("%q", a.Address)
			}
		}
	})
}
