package itip

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"convoke/internal/icalendar"
)

// showExamples prints what the examples end in, to be held against the RFC before it is written into their files.
var showExamples = flag.Bool("show-examples", false, "print the states of the examples of RFC 5546")

// TestExamplesOfRFC5546 runs testdata/rfc5546: a file for each section of RFC 5546 §4, every example of it in order,
// as printed there but for what the file says was mended. Its sections are
//
//	-- a holds --            what somebody has before
//	-- a saves --            what somebody's client writes
//	-- a to b, c: §4.2.1 --  a message
//	-- b: … --               what somebody then has, a line an instance or series; the text behind the colon is prose
//	-- sent --               what was sent after "saves", a line a message
func TestExamplesOfRFC5546(t *testing.T) {
	files, err := filepath.Glob("testdata/rfc5546/*.txt")
	if err != nil || len(files) != 7 {
		t.Fatalf("%d files %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			x := &example{t: t, copies: map[string]*icalendar.Object{}, now: time.Date(1997, 6, 1, 0, 0, 0, 0, time.UTC)}
			for _, f := range txtar.Parse(data).Files {
				x.step(f.Name, f.Data)
			}
		})
	}
}

// example is one run of a file.
type example struct {
	t      *testing.T
	copies map[string]*icalendar.Object
	sent   []Message
	why    map[string]string // why the last message changed nothing
	now    time.Time
}

func addressOf(who string) Address { return Address("mailto:" + who + "@example.com") }

// step runs one section.
func (x *example) step(name string, data []byte) {
	x.t.Helper()
	head, _, _ := strings.Cut(name, ":")
	switch who, verb, _ := strings.Cut(head, " "); {
	case head == "sent":
		x.compare(name, data, x.tellSent())
	case verb == "":
		x.compare(name, data, x.tell(who))
	case verb == "holds":
		x.copies[who] = x.parse(name, data)
	case verb == "forgets":
		delete(x.copies, who)
	case verb == "saves":
		x.save(who, name, data)
	case strings.HasPrefix(verb, "to "):
		for to := range strings.SplitSeq(strings.TrimPrefix(verb, "to "), ", ") {
			x.deliver(who, to, name, data)
		}
	default:
		x.t.Fatalf("section %q", name)
	}
}

func (x *example) parse(name string, data []byte) *icalendar.Object {
	x.t.Helper()
	o, err := icalendar.Parse(bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n")))
	if err != nil {
		x.t.Fatalf("%s: %v", name, err)
	}
	return o
}

// save is a write of somebody's client.
func (x *example) save(who, name string, data []byte) {
	x.t.Helper()
	x.now = x.now.Add(time.Hour)
	plan, err := Change(x.copies[who], x.parse(name, data), worldOf(addressOf(who), x.now), Mode{Floor: -1})
	if err != nil {
		x.t.Fatalf("%s: %v", name, err)
	}
	x.copies[who], x.sent = plan.Object, plan.Messages
}

// deliver applies a message to the copy of one recipient.
func (x *example) deliver(from, to, name string, data []byte) {
	x.t.Helper()
	x.why = map[string]string{}
	m, err := Read(x.parse(name, data), addressOf(from), addressOf(to))
	if err != nil {
		x.why[to] = "refused, " + err.Error()
		return
	}
	if m.Stamp.After(x.now) {
		x.now = m.Stamp
	}
	e, err := Apply(x.copies[to], m, worldOf(addressOf(to), x.now))
	if err != nil {
		x.t.Fatalf("%s: %v", name, err)
	}
	if !e.Changed {
		x.why[to] = "unchanged, " + e.Reason
	}
	if e.Object != nil {
		x.copies[to] = e.Object
	}
}

// compare holds lines against what was expected.
func (x *example) compare(name string, want []byte, got string) {
	x.t.Helper()
	if *showExamples {
		fmt.Printf("-- %s --\n%s", name, got)
		return
	}
	if strings.TrimSpace(string(want)) != strings.TrimSpace(got) {
		x.t.Errorf("%s: want\n%sgot\n%s", name, want, got)
	}
}

// tell gives what somebody has, after why the last message changed nothing.
func (x *example) tell(who string) string {
	var b strings.Builder
	if why := x.why[who]; why != "" {
		fmt.Fprintf(&b, "%s\n", why)
	}
	if x.copies[who] == nil {
		return b.String() + "nothing\n"
	}
	for c := range x.copies[who].Parts() {
		tellPart(&b, c)
	}
	return b.String()
}

// tellSent gives what the last write sent.
func (x *example) tellSent() string {
	var b strings.Builder
	for _, m := range x.sent {
		for c := range m.Object.Parts() {
			fmt.Fprintf(&b, "%s to %s: ", m.Method, short(string(m.Recipient)))
			tellPart(&b, c)
		}
	}
	if b.Len() == 0 {
		return "nothing\n"
	}
	return b.String()
}

// tellPart writes one component: instance, times, rules, SEQUENCE, STATUS, who answered what, and texts.
func tellPart(b *strings.Builder, c *icalendar.Component) {
	var words []string
	for _, name := range []string{"RECURRENCE-ID", "DTSTART", "DTEND", "DUE", "RRULE", "RDATE", "EXDATE", "FREEBUSY", "SEQUENCE", "STATUS", "PERCENT-COMPLETE", "SUMMARY", "LOCATION", "COMMENT"} {
		for p := range c.All(name) {
			if name == "RECURRENCE-ID" && p.HasParam("RANGE") {
				name += ";RANGE=" + p.Param("RANGE")
			}
			words = append(words, name+"="+p.Value)
		}
	}
	for p := range c.All("ATTENDEE") {
		word := short(p.Value) + ":" + PartStat(p)
		for _, name := range []string{"DELEGATED-TO", "DELEGATED-FROM"} {
			if p.HasParam(name) {
				word += "(" + name + " " + short(p.Param(name)) + ")"
			}
		}
		words = append(words, word)
	}
	fmt.Fprintln(b, strings.Join(words, " "))
}

// short is an address without what all have.
func short(address string) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(address), "mailto:"), "@example.com")
}
