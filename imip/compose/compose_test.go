package compose

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"convoke/internal/icalendar"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset"
	"github.com/emersion/go-message/mail"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata anew")

// object wraps components in a message.
func object(t testing.TB, method, components string) *icalendar.Object {
	t.Helper()
	o, err := icalendar.Parse([]byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Convoke//Convoke//EN\r\nMETHOD:" + method + "\r\n" +
		strings.ReplaceAll(components, "\n", "\r\n") + "END:VCALENDAR\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// people are the lines about whom a meeting is with.
const people = "ORGANIZER;CN=Anna Müller:mailto:anna@example.org\n" +
	"ATTENDEE;CN=Anna Müller;PARTSTAT=ACCEPTED:mailto:anna@example.org\n" +
	"ATTENDEE;CN=\"Brontë, Zoë\";PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:zoe@example.net\n"

func event(lines string) string {
	return "BEGIN:VEVENT\nUID:lunch-1\nDTSTAMP:20260301T120000Z\n" + people + lines + "END:VEVENT\n"
}

func input(o *icalendar.Object, former ...*icalendar.Object) *Input {
	return &Input{
		Object: o, Former: former, Recipient: "mailto:zoe@example.net", To: "zoe@example.net",
		From: Mailbox{"Anna Müller", "anna@example.org"}, MessageID: "<1@example.org>", Domain: "example.org",
		Gateway: "calendar@example.org", Language: "en", Date: time.Date(2026, 3, 1, 12, 0, 5, 0, time.UTC),
	}
}

const lunch = "DTSTART;TZID=Europe/Berlin:20260310T120000\nDTEND;TZID=Europe/Berlin:20260310T133000\nSUMMARY:Lunch\\, at last\nLOCATION:Kantine\nSEQUENCE:0\n"

// goldens are mails whose every line was read by a person.
func goldens(t testing.TB) map[string]*Input {
	first := object(t, "REQUEST", event(lunch+"DESCRIPTION:Bring <b>soup</b> & a spoon.\\nNot more.\n"))
	moved := event(strings.NewReplacer("20260310T12", "20260311T12", "20260310T13", "20260311T13", "Kantine", "Dachgarten", "SEQUENCE:0", "SEQUENCE:1").Replace(lunch))
	cancel := event(lunch + "STATUS:CANCELLED\nSEQUENCE:2\n")
	series := event(lunch + "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;UNTIL=20260630T100000Z\n")
	one := strings.Replace(event(strings.Replace(lunch, "20260310T133000", "20260310T143000", 1)), "UID", "RECURRENCE-ID;TZID=Europe/Berlin:20260310T120000\nUID", 1)
	reply := "BEGIN:VEVENT\nUID:lunch-1\nDTSTAMP:20260302T120000Z\nORGANIZER;CN=Zoë:mailto:zoe@example.net\n" +
		"ATTENDEE;CN=Anna Müller;PARTSTAT=ACCEPTED:mailto:anna@example.org\nCOMMENT:See you\n" + lunch + "END:VEVENT\n"
	german := strings.Replace(event("DTSTART;VALUE=DATE:20260310\nDTEND;VALUE=DATE:20260313\nSUMMARY:Klausur\nRRULE:FREQ=YEARLY;COUNT=3\n"), "RSVP=TRUE", "RSVP=TRUE;LANGUAGE=de-AT", 1)
	return map[string]*Input{
		"invitation":    input(first),
		"updated":       input(object(t, "REQUEST", moved), first),
		"cancelled":     input(object(t, "CANCEL", cancel), first),
		"series":        input(object(t, "REQUEST", series)),
		"one-date":      input(object(t, "REQUEST", one), object(t, "REQUEST", series)),
		"reply":         input(object(t, "REPLY", reply)),
		"german-days":   input(object(t, "REQUEST", german)),
		"other-gateway": {Object: first, Recipient: "mailto:zoe@example.net", To: "zoe@example.net", From: Mailbox{"Anna Müller (Convoke)", "calendar@example.org"}, ReplyTo: Mailbox{"Anna Müller", "anna@example.org"}, Sender: Mailbox{"", "ben@example.org"}, MessageID: "<2@example.org>", Before: "<1@example.org>", Domain: "example.org", Gateway: "calendar@example.org", Language: "de", Date: time.Date(2026, 3, 1, 12, 0, 5, 0, time.UTC)},
	}
}

// readable is a mail with its parts decoded, as people read it.
func readable(t testing.TB, data []byte) string {
	t.Helper()
	e, err := message.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	var b strings.Builder
	fields := e.Header.Fields()
	for fields.Next() {
		v, err := fields.Text()
		if err != nil {
			t.Errorf("%s: %v", fields.Key(), err)
		}
		b.WriteString(fields.Key() + ": " + v + "\n")
	}
	var walk func(e *message.Entity)
	walk = func(e *message.Entity) {
		if mr := e.MultipartReader(); mr != nil {
			for {
				p, err := mr.NextPart()
				if err == io.EOF {
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				b.WriteString("--- " + p.Header.Get("Content-Type") + "; " + p.Header.Get("Content-Disposition") + "\n")
				walk(p)
			}
		}
		body, err := io.ReadAll(e.Body)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n")))
	}
	walk(e)
	return b.String()
}

func TestGolden(t *testing.T) {
	for name, in := range goldens(t) {
		data, err := Render(in)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		checkWire(t, name, data)
		got, file := readable(t, data), filepath.Join("testdata", name+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
	}
}

// checkWire judges a mail as the wire has it: ASCII, lines that end in CRLF and are no longer than RFC 5322 §2.1.1 allows.
func checkWire(t testing.TB, name string, data []byte) {
	t.Helper()
	for l := range strings.SplitAfterSeq(string(data), "\n") {
		if l == "" {
			continue
		}
		body, ok := strings.CutSuffix(l, "\r\n")
		if !ok || strings.ContainsAny(body, "\r\x00") {
			t.Errorf("%s: a line ends or breaks wrongly: %q", name, l)
		}
		if len(body) > 998 {
			t.Errorf("%s: a line of %d bytes", name, len(body))
		}
	}
}

// parts are what another reader finds in a mail.
type parts struct {
	Subject, To, From string
	Plain, HTML       string
	Method, Calendar  string
	Attached          string
}

// The mail means the same to another library.
func TestReadByPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 here")
	}
	const script = `
import sys, json, email, email.policy
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
assert not m.defects, m.defects
out = {"Subject": m["Subject"], "To": str(m["To"]), "From": str(m["From"])}
for p in m.walk():
    assert not p.defects, p.defects
    t = p.get_content_type()
    if t == "text/plain": out["Plain"] = p.get_content()
    if t == "text/html": out["HTML"] = p.get_content()
    if t == "text/calendar":
        out["Calendar"] = p.get_content()
        out["Method"] = p.get_param("method") + "/" + p.get_param("component")
    if t == "application/ics": out["Attached"] = p.get_payload(decode=True).decode()
json.dump(out, sys.stdout)`
	data, err := Render(goldens(t)["updated"])
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(python, "-c", script)
	c.Stdin = bytes.NewReader(data)
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	var p parts
	if err := json.Unmarshal(out, &p); err != nil {
		t.Fatal(err)
	}
	if p.Subject != "Updated: Lunch, at last" || p.Method != "REQUEST/VEVENT" || !strings.Contains(p.To, `"Brontë, Zoë" <zoe@example.net>`) ||
		!strings.Contains(p.From, "Anna Müller <anna@example.org>") {
		t.Errorf("%+v", p)
	}
	if !strings.Contains(p.Plain, "Kantine") || !strings.Contains(p.HTML, "<s>Kantine</s>") || !strings.Contains(p.Calendar, "METHOD:REQUEST") ||
		!strings.Contains(p.Attached, "LOCATION:Dachgarten") {
		t.Errorf("%+v", p)
	}
}

// No calendar text becomes a header, a second recipient or markup.
func TestInjection(t *testing.T) {
	for _, evil := range []string{
		`x\nBcc: victim@example.com`, `x^nBcc: victim@example.com`, "x\u2028Bcc: victim@example.com", `x\n\nbody`, `<script>alert(1)</script>`,
		`=?utf-8?q?x=0ABcc:_victim@example.com?=`, `x\r\nBcc: v@example.com`, strings.Repeat("long ", 1000), strings.Repeat("ü", 3000), "x\u202eBcc",
	} {
		lines := "SUMMARY:" + evil + "\nLOCATION:" + evil + "\nDESCRIPTION:" + evil + "\nDTSTART:20260310T120000Z\n"
		o := object(t, "REQUEST", strings.ReplaceAll(event(lines), "Anna Müller", strings.ReplaceAll(evil, `"`, "")))
		for p := range principal(o).All("ATTENDEE") {
			p.SetParam("CN", "n\r\nBcc: victim@example.com "+icalendar.UnescapeText(evil))
		}
		in := input(o, o)
		in.From.Name = icalendar.UnescapeText(evil)
		in.ReplyTo = Mailbox{icalendar.UnescapeText(evil), "anna@example.org"}
		data, err := Render(in)
		if err != nil {
			t.Errorf("%q: %v", evil, err)
			continue
		}
		checkWire(t, evil, data)
		m, err := mail.CreateReader(bytes.NewReader(data))
		if err != nil {
			t.Errorf("%q: %v", evil, err)
			continue
		}
		if m.Header.Has("Bcc") || m.Header.Has("Cc") {
			t.Errorf("%q made a header", evil)
		}
		for _, key := range []string{"To", "From", "Reply-To"} {
			list, err := m.Header.AddressList(key)
			if err != nil || len(list) != 1 || strings.Contains(list[0].Address, "victim") {
				t.Errorf("%.60q: %s is %v %v", evil, key, list, err)
			}
		}
		if text := readable(t, data); strings.Contains(text, "<script>alert") && strings.Contains(text[strings.Index(text, "text/html"):strings.Index(text, "text/calendar")], "<script>") {
			t.Errorf("%q is markup", evil)
		}
	}
}

func TestAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"mailto:a.b+c@example.org": "a.b+c@example.org", "MAILTO:x@b.example": "x@b.example", "jürgen@exämple.de": "jürgen@exämple.de",
		"a@b@c.example": "", "mailto:a@b.example?bcc=v@example.com": "", "a b@c.example": "", "a@b.example\r\nRCPT TO:<v@x>": "", "<a@b.example>": "",
		"@a.example:b@c.example": "", "a..b@c.example": "", "a@": "", "@b": "", "a@b.example>": "", "a@[127.0.0.1]": "", "urn:uuid:1": "", "": "",
		"a,b@c.example": "", "a@b.example,c@d.example": "", "\"a b\"@c.example": "", "a@b .example": "", "a@\x00b": "", strings.Repeat("a", 65) + "@b.example": "",
	} {
		got, err := ParseAddress(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}

// What leaves has a VTIMEZONE for each TZID, and nothing of the server or of its people's own.
func TestCalendarOutside(t *testing.T) {
	o := object(t, "REQUEST", strings.Replace(event(lunch+
		"EXDATE;TZID=America/New_York:20260311T120000\nX-MOZ-LASTACK:20260101T000000Z\nBEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nDESCRIPTION:x\nEND:VALARM\n"),
		"ATTENDEE;CN=\"Bront", "ATTENDEE;SCHEDULE-STATUS=1.0;SCHEDULE-AGENT=SERVER;X-SECRET=1;MEMBER=\"/dav/principals/groups/staff/\";SENT-BY=\"urn:uuid:7\":mailto:q@example.net\nATTENDEE;CN=\"Bront", 1))
	for p := range principal(o).All("ATTENDEE") {
		if p.Param("CN") == "Anna Müller" {
			p.Value = "/dav/principals/users/anna/"
		}
	}
	in := input(o)
	in.Mail = func(a string) string {
		if a == "/dav/principals/users/anna/" {
			return "mailto:anna@example.org"
		}
		return ""
	}
	text := string(publish(in))
	for _, gone := range []string{"VALARM", "SCHEDULE-", "X-", "MEMBER", "SENT-BY", "/dav/"} {
		if strings.Contains(text, gone) {
			t.Errorf("%s goes outside:\n%s", gone, text)
		}
	}
	if strings.Count(text, "BEGIN:VTIMEZONE") != 2 || strings.Count(text, "mailto:anna@example.org") != 2 {
		t.Errorf("zones or addresses:\n%s", text)
	}
	if _, err := icalendar.Parse([]byte(text)); err != nil {
		t.Error(err)
	}
}

func TestRecurrenceInWords(t *testing.T) {
	for rule, want := range map[string][2]string{
		"FREQ=DAILY":                       {"every day", "täglich"},
		"FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10": {"every week on Monday and Wednesday 10 times", "wöchentlich am Montag und Mittwoch 10 Mal"},
		"FREQ=MONTHLY;BYDAY=2TU":           {"every month on the second Tuesday", "monatlich am zweiten Dienstag"},
		"FREQ=MONTHLY;BYDAY=-1FR":          {"every month on the last Friday", "monatlich am letzten Freitag"},
		"FREQ=MONTHLY;BYMONTHDAY=10,-1":    {"every month on the last day and day 10", "monatlich am letzten Tag und 10."},
		"FREQ=YEARLY;INTERVAL=2;BYMONTH=3": {"every 2 years in March", "alle 2 Jahre im März"},
		"FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1": {"every month (by a rule of its own)", "monatlich (nach eigener Regel)"},
		"FREQ=DAILY;UNTIL=20260505":        {"every day until Tuesday, 5 May 2026", "täglich bis Dienstag, 5. Mai 2026"},
		"nonsense":                         {"by a rule of its own", "nach eigener Regel"},
	} {
		c := icalendar.NewComponent(icalendar.Event)
		c.Set("RRULE", rule)
		for i, w := range []*words{&english, &german} {
			if got := w.recurrence(c); got != want[i] {
				t.Errorf("%s: %q, want %q", rule, got, want[i])
			}
		}
	}
}

// Both languages have all words.
// An invitation leads to where it can be answered, in text and in HTML; what invites nobody leads nowhere, and a link is text.
func TestAnswerPage(t *testing.T) {
	const at = "https://cal.example.org/guest/AbC_-"
	in := input(object(t, "REQUEST", event(lunch)))
	in.Answer = at
	data, err := Render(in)
	if err != nil {
		t.Fatal(err)
	}
	checkWire(t, "answer", data)
	text := readable(t, data)
	if strings.Count(text, at) != 2 || !strings.Contains(text, "Answer in the browser:\n"+at+"\n") || !strings.Contains(text, `<a href="`+at+`"`) {
		t.Errorf("the mail says\n%s", text)
	}
	for _, method := range []string{"CANCEL", "REPLY"} {
		in := input(object(t, method, event(lunch)))
		in.Answer = at
		if data, err = Render(in); err != nil || strings.Contains(readable(t, data), at) {
			t.Errorf("%s leads there, too: %v", method, err)
		}
	}
	in.Answer = `https://x/"><script>` + "\r\nBcc: a@b"
	if data, err = Render(in); err != nil || strings.Contains(readable(t, data), "<script>\"") || strings.Contains(readable(t, data), "href=\"https://x/\"") {
		t.Errorf("a link became HTML: %v\n%s", err, readable(t, data))
	}
}

func TestLanguagesAreWhole(t *testing.T) {
	for _, m := range []func(*words) map[string]string{
		func(w *words) map[string]string { return w.answers }, func(w *words) map[string]string { return w.leads },
		func(w *words) map[string]string { return w.says }, func(w *words) map[string]string { return w.partstat },
	} {
		for key := range m(&english) {
			if m(&german)[key] == "" {
				t.Errorf("%q is missing", key)
			}
		}
	}
}

// The same input gives the same bytes.
func TestSameBytes(t *testing.T) {
	in := goldens(t)["series"]
	a, _ := Render(in)
	b, _ := Render(in)
	if !bytes.Equal(a, b) {
		t.Error("a mail differs from itself")
	}
}

// FuzzRender: whatever the calendar says, a mail parses back, has one recipient and the calendar whole.
func FuzzRender(f *testing.F) {
	for _, in := range goldens(f) {
		f.Add(string(in.Object.Bytes()), "Zoë", "zoe@example.net")
	}
	f.Fuzz(func(t *testing.T, data, name, to string) {
		o, err := icalendar.Parse([]byte(data))
		if err != nil {
			return
		}
		in := input(o.Freeze(), o)
		in.From.Name, in.To = name, to
		mailed, err := Render(in)
		if err != nil {
			return
		}
		checkWire(t, "fuzz", mailed)
		m, err := mail.CreateReader(bytes.NewReader(mailed))
		if err != nil {
			t.Fatal(err)
		}
		if list, err := m.Header.AddressList("To"); err != nil || len(list) != 1 {
			t.Fatalf("To is %v, %v", list, err)
		}
		if !strings.Contains(readable(t, mailed), "--- text/calendar") {
			t.Fatal("no calendar")
		}
	})
}

func BenchmarkRender(b *testing.B) {
	in := goldens(b)["updated"]
	for b.Loop() {
		if _, err := Render(in); err != nil {
			b.Fatal(err)
		}
	}
}
