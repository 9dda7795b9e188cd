package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// How much is imported and exported at once.
const (
	bulkEvents = 10_000
	bulkCards  = 5_000
)

// bulk makes believable events and cards, the same for each run.
type bulk struct{ rnd *rand.Rand }

func (b *bulk) of(list ...string) string { return list[b.rnd.IntN(len(list))] }

// one is true once in n times.
func (b *bulk) one(n int) bool { return b.rnd.IntN(n) == 0 }

const bulkZone = "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n" +
	"TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:19700329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n" +
	"TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"

// folded is one content line, folded at 75 bytes between characters (RFC 5545 §3.1).
func folded(line string) string {
	var b strings.Builder
	n := 0
	for _, r := range line {
		if n+len(string(r)) > 74 {
			b.WriteString("\r\n ")
			n = 1
		}
		b.WriteRune(r)
		n += len(string(r))
	}
	return b.String() + "\r\n"
}

func (b *bulk) person() string {
	return b.of("Ann", "Björn", "Céline", "Dmitri", "Élodie", "Fatma", "Giovanni", "Hana", "Ikaika", "Jürgen", "Łucja", "Zoë", "光") + " " +
		b.of("Archer", "Beyer", "Çelik", "Dvořák", "Example", "Fiala", "García", "Huang", "Ívarsson", "Müller-Lüdenscheidt", "O'Neill")
}

// event gives the components of one event, the master first.
func (b *bulk) event(i int) []string {
	start := time.Date(2024, 1, 1, 8, 0, 0, 0, time.UTC).AddDate(0, 0, b.rnd.IntN(1000)).Add(time.Duration(b.rnd.IntN(40)) * 15 * time.Minute)
	var s strings.Builder
	line := func(format string, args ...any) { s.WriteString(folded(fmt.Sprintf(format, args...))) }
	uid := fmt.Sprintf("bulk-%06d-%08x@example.org", i, b.rnd.Uint32())
	title := b.of("Dentist", "Weekly planning", "Lunch with ", "Flight to ", "Birthday of ", "Réunion d’équipe", "Elternabend", "Rückruf ", "Review: ", "Kick-off ") + b.of("", b.person(), "Zürich", "TXL → CDG", "Q3")
	when := func(t time.Time) string { return ";TZID=Europe/Berlin:" + t.Format("20060102T150405") }
	allDay := b.one(6)
	if allDay {
		when = func(t time.Time) string { return ";VALUE=DATE:" + t.Format("20060102") }
	}
	length := time.Duration(1+b.rnd.IntN(8)) * 30 * time.Minute
	if allDay {
		length = time.Duration(1+b.rnd.IntN(3)) * 24 * time.Hour
	}
	part := func(t time.Time, more string) string {
		s.Reset()
		line("BEGIN:VEVENT")
		line("UID:%s", uid)
		line("DTSTAMP:%s", start.AddDate(0, -1, 0).Format("20060102T150405Z"))
		line("CREATED:20231224T180000Z")
		line("SEQUENCE:%d", b.rnd.IntN(4))
		line("DTSTART%s", when(t))
		line("DTEND%s", when(t.Add(length)))
		line("SUMMARY:%s", title)
		s.WriteString(more)
		if b.one(2) {
			line("LOCATION:%s", b.of("Room 4.12", `Hauptstraße 5\, 10827 Berlin`, "https://meet.example.org/abc", "Café Größenwahn"))
		}
		if b.one(2) {
			line("DESCRIPTION:%s", strings.Repeat(b.of(`Bring the slides\nand the numbers. `, "Wie besprochen – bitte pünktlich. ", "Agenda: 1) état des lieux 2) suite; ", "🎉 "), 1+b.rnd.IntN(8)))
		}
		if b.one(5) {
			line("CATEGORIES:%s", b.of("WORK", "Familie,Privat", "TRAVEL"))
		}
		if b.one(8) {
			line("CLASS:%s", b.of("PRIVATE", "CONFIDENTIAL", "PUBLIC"))
		}
		line("TRANSP:%s", b.of("OPAQUE", "OPAQUE", "TRANSPARENT"))
		line("X-BULK;X-PARAM=\"a, b\":%d", i)
		if b.one(3) {
			s.WriteString("BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:Reminder\r\nEND:VALARM\r\n")
		}
		line("END:VEVENT")
		return s.String()
	}
	if !b.one(8) {
		return []string{part(start, "")}
	}
	rule := b.of("FREQ=WEEKLY;COUNT=20", "FREQ=DAILY;INTERVAL=2;COUNT=30", "FREQ=MONTHLY;BYMONTHDAY=13", "FREQ=YEARLY", "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=40")
	parts := []string{part(start, "RRULE:"+rule+"\r\n")}
	if strings.HasPrefix(rule, "FREQ=WEEKLY;C") && b.one(2) {
		second := start.AddDate(0, 0, 7)
		parts = append(parts, part(second.Add(time.Hour), "RECURRENCE-ID"+when(second)+"\r\n"))
	}
	return parts
}

// card gives one vCard.
func (b *bulk) card(i int) string {
	var s strings.Builder
	line := func(format string, args ...any) { s.WriteString(folded(fmt.Sprintf(format, args...))) }
	name := b.person()
	given, family, _ := strings.Cut(name, " ")
	v4 := b.one(3)
	line("BEGIN:VCARD")
	if v4 {
		line("VERSION:4.0")
	} else {
		line("VERSION:3.0")
		line("PRODID:-//Apple Inc.//iOS 17.4//EN")
	}
	line("UID:card-%06d-%08x", i, b.rnd.Uint32())
	line("FN:%s", name)
	line("N:%s;%s;;;", family, given)
	for n := range 1 + b.rnd.IntN(3) {
		line("EMAIL;TYPE=%s:%d.%d@example.net", b.of("HOME", "WORK", "INTERNET,pref"), i, n)
	}
	if b.one(2) {
		line("TEL;TYPE=CELL:+49 170 %07d", b.rnd.IntN(9_999_999))
	}
	if b.one(3) {
		line(`item1.ADR;TYPE=HOME:;;%s;Berlin;;10827;Germany`, b.of(`Hauptstraße 5`, `Große Allee 12\, Hinterhaus`))
		line("item1.X-ABLabel:_$!<HomePage>!$_")
	}
	if b.one(4) {
		line("ORG:%s;%s", b.of("Example GmbH & Co. KG", "ACME"), b.of("R&D", "Vertrieb"))
	}
	if b.one(5) {
		line("NOTE:%s", strings.Repeat(`Met in Zürich\; call again.\n`, 1+b.rnd.IntN(6)))
	}
	if b.one(20) {
		photo := strings.Repeat("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ", 20+b.rnd.IntN(60))
		if v4 {
			line("PHOTO:data:image/png;base64,%s", photo)
		} else {
			line("PHOTO;ENCODING=b;TYPE=PNG:%s", photo)
		}
	}
	line("END:VCARD")
	return s.String()
}

// convokeHere runs a command in this process.
func convokeHere(t *testing.T, args ...string) (status int, out, errout string) {
	t.Helper()
	var o, e bytes.Buffer
	status = run(t.Context(), args, strings.NewReader(""), &o, &e, nil)
	return status, o.String(), e.String()
}

// Ten thousand events and five thousand cards come in with one bad one each, which costs
// only itself, and go out again object for object.
func TestBulkImportAndExport(t *testing.T) {
	t.Parallel()
	bulkEvents, bulkCards := bulkEvents, bulkCards
	if racing {
		bulkEvents, bulkCards = bulkEvents/20, bulkCards/20
	}
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	if s, _, e := convokeHere(t, "user", "add", "alice", "--email", "alice@example.org", "--password", "alice", "--data", data); s != 0 {
		t.Fatal(e)
	}
	b := &bulk{rnd: rand.New(rand.NewPCG(1, 2))}
	events := map[string]string{} // by UID, components as they stand in the file
	badLine := map[string]int{}
	var ics strings.Builder
	ics.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Bulk//EN\r\nMETHOD:PUBLISH\r\nX-WR-CALNAME:Bulk\r\n" + bulkZone)
	var later []string // overrides stand at the end, as some products write them
	for i := range bulkEvents {
		if i == bulkEvents/2 {
			badLine["events.ics"] = strings.Count(ics.String(), "\n") + 1
			ics.WriteString("BEGIN:VEVENT\r\nUID:bad\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20261399T250000\r\nSUMMARY:Bad\r\nEND:VEVENT\r\n")
		}
		parts := b.event(i)
		ics.WriteString(parts[0])
		later = append(later, parts[1:]...)
		events[uidOf(parts[0])] = strings.Join(parts, "")
	}
	ics.WriteString(strings.Join(later, "") + "END:VCALENDAR\r\n")
	cards := map[string]string{}
	var vcf strings.Builder
	for i := range bulkCards {
		if i == bulkCards/2 {
			badLine["cards.vcf"] = strings.Count(vcf.String(), "\n") + 1
			vcf.WriteString("BEGIN:VCARD\r\nVERSION:9.0\r\nUID:bad\r\nFN:Bad\r\nEND:VCARD\r\n")
		}
		card := b.card(i)
		vcf.WriteString(card)
		cards[uidOf(card)] = card
	}
	for name, text := range map[string]string{"events.ics": ics.String(), "cards.vcf": vcf.String()} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		total := len(events)
		if name == "cards.vcf" {
			total = len(cards)
		}
		s, out, errout := convokeHere(t, "import", "--into", "alice", file, "--data", data)
		if want := fmt.Sprintf("%d imported, 0 updated, 0 unchanged, 1 failed.\n", total); s != 1 || out != want {
			t.Fatalf("%s: %d %q, want %q\n%.500s", name, s, out, want, errout)
		}
		refused := regexp.MustCompile(regexp.QuoteMeta(name)+` line (\d+): not imported: (.+)`).FindAllStringSubmatch(errout, -1)
		if len(refused) != 1 || refused[0][1] != strconv.Itoa(badLine[name]) || len(refused[0][2]) < 10 {
			t.Errorf("%s: the bad one begins in line %d: %q", name, badLine[name], refused)
		}
	}

	out := filepath.Join(dir, "alice.zip")
	if s, said, e := convokeHere(t, "export", "alice", "--out", out, "--data", data); s != 0 || !strings.Contains(said, fmt.Sprintf("%d objects", bulkEvents+bulkCards)) {
		t.Fatalf("%d %s %s", s, said, e)
	}
	z, err := zip.OpenReader(out)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, ".json") {
			continue
		}
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		uid := uidOf(string(text))
		if card, ok := cards[uid]; ok {
			if string(text) != card {
				t.Errorf("%s: %q, want %q", f.Name, text, card)
			}
			delete(cards, uid)
			continue
		}
		want, ok := events[uid]
		frame, parts, _ := strings.Cut(string(text), "BEGIN:VEVENT\r\n")
		got, end := strings.CutSuffix("BEGIN:VEVENT\r\n"+parts, "END:VCALENDAR\r\n")
		zoned := strings.Contains(want, "TZID=")
		if !ok || got != want || !end || strings.Contains(frame, bulkZone) != zoned || strings.Contains(frame, "METHOD") {
			t.Errorf("%s: %q, want %q", f.Name, text, want)
		}
		delete(events, uid)
	}
	if len(events) > 0 || len(cards) > 0 {
		t.Errorf("%d events and %d cards did not come out", len(events), len(cards))
	}
	if s, said, e := convokeHere(t, "import", "--into", "alice", out, "--data", data); s != 0 || !strings.HasPrefix(said, "0 imported, 0 updated, "+strconv.Itoa(bulkEvents+bulkCards)+" unchanged, 0 failed") {
		t.Errorf("%d %s %.500s", s, said, e)
	}
	if s, said, e := convokeHere(t, "check", "--data", data); s != 0 || !strings.Contains(said, " 0 problems") {
		t.Errorf("%d %s %s", s, said, e)
	}
}

// uidOf reads the UID of an object.
func uidOf(text string) string {
	_, rest, _ := strings.Cut(text, "\nUID:")
	uid, _, _ := strings.Cut(rest, "\r\n")
	return uid
}
