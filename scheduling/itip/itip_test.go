package itip

import (
	"strings"
	"testing"
	"time"

	"convoke/internal/icalendar"
)

// The people of RFC 5546 §4.
const (
	alice Address = "mailto:a@example.com" // organizer
	bob   Address = "mailto:b@example.com"
	carol Address = "mailto:c@example.com"
	dave  Address = "mailto:d@example.com"
)

var day = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

func worldOf(self Address, at time.Time) *World { return &World{Self: []Address{self}, Now: at} }

// ics writes an object from lines, each VEVENT opened by "#" and its lines following.
func ics(t testing.TB, text string) *icalendar.Object {
	t.Helper()
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\n")
	open := ""
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "#"); ok {
			if open != "" {
				b.WriteString("END:" + open + "\r\n")
			}
			open = name
			b.WriteString("BEGIN:" + open + "\r\nUID:calsrv.example.com-873970198738777@example.com\r\n")
			continue
		}
		b.WriteString(line + "\r\n")
	}
	b.WriteString("END:" + open + "\r\nEND:VCALENDAR\r\n")
	o, err := icalendar.Parse([]byte(b.String()))
	if err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	return o
}

// RFC 5546 §4.2.1: a group event request.
const meeting = `
#VEVENT
DTSTAMP:19970611T190000Z
ORGANIZER:mailto:a@example.com
ATTENDEE;ROLE=CHAIR;PARTSTAT=ACCEPTED;CN=A:mailto:a@example.com
ATTENDEE;RSVP=TRUE;CUTYPE=INDIVIDUAL;CN=B:mailto:b@example.com
ATTENDEE;RSVP=TRUE;CUTYPE=INDIVIDUAL;CN=C:mailto:c@example.com
DTSTART:20260701T200000Z
DTEND:20260701T203000Z
SUMMARY:Conference
SEQUENCE:0
STATUS:CONFIRMED`

const series = `
#VEVENT
DTSTAMP:19970611T190000Z
ORGANIZER:mailto:a@example.com
ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@example.com
ATTENDEE;RSVP=TRUE:mailto:b@example.com
ATTENDEE;RSVP=TRUE:mailto:c@example.com
DTSTART:20260701T200000Z
DTEND:20260701T203000Z
SUMMARY:Review
RRULE:FREQ=DAILY;COUNT=5
SEQUENCE:0`

// override is an instance of series on the day, with more lines.
func override(day, more string) string {
	return `
#VEVENT
DTSTAMP:19970611T190000Z
ORGANIZER:mailto:a@example.com
ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@example.com
RECURRENCE-ID:202607` + day + `T200000Z
SEQUENCE:0
` + strings.TrimSpace(more)
}

const usual = "ATTENDEE;RSVP=TRUE:mailto:b@example.com\nATTENDEE;RSVP=TRUE:mailto:c@example.com\nSUMMARY:Review"

func at(day string) string {
	return "\nDTSTART:202607" + day + "T200000Z\nDTEND:202607" + day + "T203000Z"
}

// brief writes messages as "METHOD to: instances" for comparison.
func brief(list []Message) string {
	var out []string
	for _, m := range list {
		s := string(m.Method) + " " + strings.TrimSuffix(strings.TrimPrefix(string(m.Recipient), "mailto:"), "@example.com") + ":"
		for _, c := range setOf(m.Object).comps {
			s += " "
			if p := c.Prop("RECURRENCE-ID"); p != nil {
				s += p.Value[6:8]
			} else {
				s += "all"
			}
			for p := range c.All("EXDATE") {
				s += "-" + p.Value[6:8]
			}
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

func TestOrganizerTellsWhoNeedsIt(t *testing.T) {
	for _, row := range []struct{ name, old, now, want string }{
		{"RFC 5546 §4.2.1: a request to everybody but the organizer", "", meeting, "REQUEST b: all; REQUEST c: all"},
		{"RFC 5546 §4.2.4: an update of the time", meeting, strings.Replace(meeting, "T203000Z", "T210000Z", 1), "REQUEST b: all; REQUEST c: all"},
		{"RFC 5546 §4.2.9: the whole is cancelled by deletion", meeting, "", "CANCEL b: all; CANCEL c: all"},
		{"the whole is cancelled by STATUS", meeting, strings.Replace(meeting, "CONFIRMED", "CANCELLED", 1), "CANCEL b: all; CANCEL c: all"},
		{"RFC 5546 §4.2.10: an attendee is removed", meeting, cut(meeting, "mailto:c@"), "REQUEST b: all; CANCEL c: all"},
		{"an attendee is added", meeting, meeting + "\nATTENDEE:mailto:d@example.com", "REQUEST b: all; REQUEST c: all; REQUEST d: all"},
		{"nothing: DTSTAMP, SEQUENCE, alarms, X-, RSVP", meeting, strings.Replace(strings.Replace(meeting, "19970611", "19990101", 1), ";RSVP=TRUE", "", 1) + "\nX-A:1\nBEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nEND:VALARM", ""},
		{"nothing: DTEND as DURATION", meeting, strings.Replace(meeting, "DTEND:20260701T203000Z", "DURATION:PT30M", 1), ""},
		{"SCHEDULE-AGENT=CLIENT is not told", "", strings.Replace(meeting, "RSVP=TRUE;CUTYPE=INDIVIDUAL;CN=B", "SCHEDULE-AGENT=CLIENT", 1), "REQUEST c: all"},
		{"SERVER to NONE cancels, RFC 6638 §3.2.1.2", meeting, strings.Replace(meeting, "RSVP=TRUE;CUTYPE=INDIVIDUAL;CN=B", "SCHEDULE-AGENT=NONE", 1), "CANCEL b: all"},
		{"SCHEDULE-FORCE-SEND reaches one alone", meeting, strings.Replace(meeting, ";CN=B", ";SCHEDULE-FORCE-SEND=REQUEST", 1), "REQUEST b: all"},
		{"RFC 5546 §4.4.1: a series", "", series, "REQUEST b: all; REQUEST c: all"},
		{"RFC 5546 §4.4.2: one instance is moved", series, series + override("03", usual+"\nDTSTART:20260703T210000Z\nDTEND:20260703T213000Z"), "REQUEST b: 03; REQUEST c: 03"},
		{"RFC 5546 §4.4.3: one instance is cancelled", series, series + "\nEXDATE:20260703T200000Z", "CANCEL b: 03; REQUEST b: all-03; CANCEL c: 03; REQUEST c: all-03"},
		{"an attendee loses one instance, RFC 6638 §3.2.6", series, series + override("03", cut(usual, "mailto:c@")+at("03")), "REQUEST b: 03; CANCEL c: 03"},
		{"a guest of one instance", series, series + override("03", usual+"\nATTENDEE:mailto:d@example.com"+at("03")), "REQUEST b: 03; REQUEST c: 03; REQUEST d: 03"},
		{"a guest of one instance hears nothing of another", series + override("03", usual+"\nATTENDEE:mailto:d@example.com"+at("03")),
			series + override("03", usual+"\nATTENDEE:mailto:d@example.com"+at("03")) + override("04", usual+"\nLOCATION:Roof"+at("04")), "REQUEST b: 04; REQUEST c: 04"},
		{"a series whose instance lacks somebody says EXDATE", "", series + override("03", cut(usual, "mailto:c@")+at("03")), "REQUEST b: all 03; REQUEST c: all-03"},
		{"an override goes back to the series", series + override("03", usual+"\nLOCATION:Roof"+at("03")), series, "REQUEST b: all; REQUEST c: all"},
		{"another order of EXDATE is nothing", series + "\nEXDATE:20260702T200000Z,20260703T200000Z", series + "\nEXDATE:20260703T200000Z\nEXDATE:20260702T200000Z", ""},
		{"the organizer tells whether he comes himself", meeting, strings.Replace(meeting, "PARTSTAT=ACCEPTED", "PARTSTAT=TENTATIVE", 1), "REQUEST b: all; REQUEST c: all"},
		{"turned into a plain event", meeting, "\n#VEVENT\nDTSTAMP:19970611T190000Z\nDTSTART:20260701T200000Z", "CANCEL b: all; CANCEL c: all"},
		{"out of the series, still in one instance", series, cut(series, "mailto:c@") + override("03", usual+at("03")), "REQUEST b: all 03; CANCEL c: all; REQUEST c: 03"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := worldOf(alice, day)
			plan, err := Change(object(t, row.old), object(t, row.now), w, Mode{Floor: -1})
			if err != nil {
				t.Fatal(err)
			}
			if got := brief(plan.Messages); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
			for _, m := range plan.Messages {
				for _, bad := range []string{"SCHEDULE-", "VALARM", "X-"} {
					if strings.Contains(string(m.Object.Bytes()), bad) {
						t.Errorf("%s in a message:\n%s", bad, m.Object.Bytes())
					}
				}
			}
		})
	}
}

// object is nil for an empty text.
func object(t testing.TB, text string) *icalendar.Object {
	if text == "" {
		return nil
	}
	return ics(t, text)
}

// cut leaves out the lines that contain a text.
func cut(text, part string) string {
	var out []string
	for _, line := range strings.Split(text, "\n") {
		if !strings.Contains(line, part) {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

// accept gives an object in which an attendee has that status.
func answered(text string, a Address, status string) string {
	var out []string
	for _, line := range strings.Split(text, "\n") {
		if strings.HasSuffix(line, string(a)) && strings.HasPrefix(line, "ATTENDEE") {
			line = "ATTENDEE;PARTSTAT=" + status + ":" + string(a)
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func TestOrganizerKeepsAnswersAndSequence(t *testing.T) {
	yes := answered(meeting, bob, Accepted)
	for _, row := range []struct {
		name, old, now string
		mode           Mode
		status         string
		sequence       int
	}{
		{"on creation nobody has answered", "", yes, Mode{}, NeedsAction, 0},
		{"stale data does not undo an answer", yes, meeting, Mode{}, Accepted, 0},
		{"an answer cannot be forged", meeting, yes, Mode{}, NeedsAction, 0},
		{"nor by one who has seen", meeting, yes, Mode{Seen: true}, NeedsAction, 0},
		{"who has seen may ask again, RFC 6638 §3.2.8", yes, meeting, Mode{Seen: true}, NeedsAction, 0},
		{"a reschedule resets", yes, strings.Replace(yes, "T203000Z", "T210000Z", 1), Mode{}, NeedsAction, 1},
		{"another title does not", yes, strings.Replace(yes, "Conference", "Talk", 1), Mode{}, Accepted, 0},
		{"nor with a higher SEQUENCE alone", yes, strings.Replace(meeting, "SEQUENCE:0", "SEQUENCE:1", 1), Mode{}, Accepted, 1},
		{"stale data with another title does not undo an answer", yes, strings.Replace(meeting, "Conference", "Talk", 1), Mode{}, Accepted, 0},
		{"a change that jeopardizes answers asks again, RFC 5546 §2.1.4", yes, strings.NewReplacer("Conference", "Talk", "SEQUENCE:0", "SEQUENCE:1").Replace(meeting), Mode{}, NeedsAction, 1},
		{"but not by who may have missed answers, RFC 6638 §3.2.10.1", yes, strings.NewReplacer("Conference", "Talk", "SEQUENCE:0", "SEQUENCE:1").Replace(meeting), Mode{Tagged: true}, Accepted, 1},
		{"a series that ends being one is another appointment", answered(series, bob, Accepted), cut(answered(series, bob, Accepted), "RRULE"), Mode{}, NeedsAction, 1},
		{"SEQUENCE never falls", strings.Replace(yes, "SEQUENCE:0", "SEQUENCE:4", 1), yes, Mode{}, Accepted, 4},
		{"SEQUENCE of the client counts", yes, strings.Replace(strings.Replace(yes, "SEQUENCE:0", "SEQUENCE:7", 1), "T203000Z", "T210000Z", 1), Mode{}, NeedsAction, 7},
		{"STATUS raises SEQUENCE, RFC 5546 §2.1.4", yes, strings.Replace(yes, "CONFIRMED", "TENTATIVE", 1), Mode{}, Accepted, 1},
		{"a cancelled UID starts above", "", meeting, Mode{Floor: 6}, NeedsAction, 7},
		{"import judges nothing", "", yes, Mode{Import: true}, Accepted, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.mode.Floor == 0 {
				row.mode.Floor = -1
			}
			w := worldOf(alice, day)
			plan, err := Change(object(t, row.old), object(t, row.now), w, row.mode)
			if err != nil {
				t.Fatal(err)
			}
			c := plan.Object.Master()
			if got := PartStat(w.attendee(c, bob)); got != row.status {
				t.Errorf("PARTSTAT %s, want %s", got, row.status)
			}
			if got := sequence(c); got != row.sequence {
				t.Errorf("SEQUENCE %d, want %d", got, row.sequence)
			}
		})
	}
}

// What the settled object says of an instance, and of an attendee's parameters.
func TestOrganizerSettles(t *testing.T) {
	moved := answered(series, bob, Accepted) + override("03", answered(usual, bob, Declined)+"\nDTSTART:20260703T210000Z\nDTEND:20260703T213000Z")
	apart := answered(series, bob, Accepted) + override("03", answered(usual, bob, Declined)+at("03"))
	status := strings.Replace(meeting, "RSVP=TRUE;CUTYPE=INDIVIDUAL;CN=B", "RSVP=TRUE;SCHEDULE-STATUS=1.2", 1)
	for _, row := range []struct {
		name, old, now string
		mode           Mode
		day, want      string // ATTENDEE of bob in the instance of the day, "": the master
	}{
		{"who agreed to the series did not agree to an instance that moves back, RFC 6638 §3.2.8", moved, answered(series, bob, Accepted), Mode{}, "03", "RSVP=TRUE"},
		{"which is one of the series if nobody agreed", strings.Replace(moved, "ACCEPTED:mailto:b@", "NEEDS-ACTION:mailto:b@", 1), series, Mode{}, "03", "none"},
		{"who knows the answer to the series asks anew for one", apart, strings.Replace(answered(series, bob, Accepted)+override("03", usual+at("03")), "SUMMARY:Review\nDTSTART:20260703", "SUMMARY:Talk\nDTSTART:20260703", 1), Mode{}, "03", "RSVP=TRUE"},
		{"who does not, does not", apart, strings.Replace(series+override("03", usual+at("03")), "SUMMARY:Review\nDTSTART:20260703", "SUMMARY:Talk\nDTSTART:20260703", 1), Mode{}, "03", "PARTSTAT=DECLINED"},
		{"of whom nobody is told, nothing is added, RFC 6638 §7.3", status, cut(status, "b@") + "\nATTENDEE:mailto:b@example.com", Mode{}, "", ""},
		{"a merge keeps what the server wrote", status, cut(status, "b@") + "\nATTENDEE:mailto:b@example.com", Mode{Tagged: true}, "", "RSVP=TRUE SCHEDULE-STATUS=1.2"},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.mode.Floor = -1
			w := worldOf(alice, day)
			plan, err := Change(ics(t, row.old), ics(t, row.now), w, row.mode)
			if err != nil {
				t.Fatal(err)
			}
			got := "none"
			for c := range plan.Object.Parts() {
				if p := c.Prop("RECURRENCE-ID"); (p == nil) == (row.day == "") && (p == nil || p.Value[6:8] == row.day) {
					got = ""
					for _, name := range []string{"PARTSTAT", "RSVP", "SCHEDULE-STATUS"} {
						if v := w.attendee(c, bob).Param(name); v != "" && v != NeedsAction {
							got = strings.TrimSpace(got + " " + name + "=" + v)
						}
					}
				}
			}
			if got != row.want {
				t.Errorf("got %q, want %q in\n%s", got, row.want, plan.Object.Bytes())
			}
		})
	}
}

// Clients that know no people drop them when a task is done.
func TestCompletedTaskKeepsItsPeople(t *testing.T) {
	task := "\n#VTODO\nDTSTAMP:19970611T190000Z\nORGANIZER:mailto:a@example.com\nATTENDEE;PARTSTAT=ACCEPTED:mailto:a@example.com\nATTENDEE;RSVP=TRUE:mailto:b@example.com\nSUMMARY:Sweep"
	lost := "\n#VTODO\nDTSTAMP:19970611T190000Z\nSUMMARY:Sweep"
	for _, row := range []struct {
		name, now string
		who       Address
		want      string
	}{
		{"the organizer's", lost + "\nCOMPLETED:20260701T200000Z", alice, "REQUEST b: all"},
		{"the attendee's", lost + "\nSTATUS:COMPLETED", bob, "REPLY a: all"},
		{"not done, it is cancelled", lost, alice, "CANCEL b: all"},
		{"what has people is theirs", lost + "\nCOMPLETED:20260701T200000Z\nATTENDEE:mailto:a@example.com", alice, "error"},
	} {
		plan, err := Change(ics(t, task), ics(t, row.now), worldOf(row.who, day), Mode{Floor: -1})
		got := "error"
		if err == nil {
			got = brief(plan.Messages)
		}
		if got != row.want {
			t.Errorf("%s: %s", row.name, got)
		}
	}
}

func TestAttendeeAnswers(t *testing.T) {
	yes := answered(meeting, bob, Accepted)
	for _, row := range []struct{ name, old, now, want string }{
		{"RFC 5546 §4.2.2: accepts", meeting, yes, "REPLY a: all"},
		{"no answer, no message", meeting, meeting + "\nTRANSP:TRANSPARENT\nCATEGORIES:Work", ""},
		{"deletion declines, RFC 6638 §8.1", meeting, "", "REPLY a: all"},
		{"deletion after declining says nothing", answered(meeting, bob, Declined), "", ""},
		{"deletion of what was cancelled says nothing", strings.Replace(meeting, "CONFIRMED", "CANCELLED", 1), "", ""},
		{"deletion declines what was answered apart too", answered(series, bob, Accepted) + override("03", answered(usual, bob, Tentative)+at("03")), "", "REPLY a: all 03"},
		{"deletion of a declined series declines the one instance accepted", answered(series, bob, Declined) + override("03", answered(usual, bob, Accepted)+at("03")), "", "REPLY a: 03"},
		{"SCHEDULE-FORCE-SEND=REPLY", yes, strings.Replace(yes, "ORGANIZER:", "ORGANIZER;SCHEDULE-FORCE-SEND=REPLY:", 1), "REPLY a: all"},
		{"RFC 6638 B.7: declines one instance", series, series + override("03", answered(usual, bob, Declined)+at("03")), "REPLY a: 03"},
		{"RFC 6638 B.8: removes one instance", series, series + "\nEXDATE:20260703T200000Z", "REPLY a: 03"},
		{"accepts all but one", series, answered(series, bob, Accepted) + override("03", answered(usual, bob, Declined)+at("03")), "REPLY a: all 03"},
		{"an alarm for one instance", series, series + override("03", usual+at("03")+"\nTRANSP:TRANSPARENT"), ""},
		{"SCHEDULE-AGENT=CLIENT on ORGANIZER", strings.Replace(meeting, "ORGANIZER:", "ORGANIZER;SCHEDULE-AGENT=CLIENT:", 1),
			strings.Replace(yes, "ORGANIZER:", "ORGANIZER;SCHEDULE-AGENT=CLIENT:", 1), ""},
		{"RFC 5546 §4.2.5: delegates", meeting, strings.Replace(meeting, "ATTENDEE;RSVP=TRUE;CUTYPE=INDIVIDUAL;CN=B:", "ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:d@example.com\":", 1) +
			"\nATTENDEE;DELEGATED-FROM=\"mailto:b@example.com\":mailto:d@example.com", "REPLY a: all; REQUEST d: all"},
	} {
		t.Run(row.name, func(t *testing.T) {
			plan, err := Change(object(t, row.old), object(t, row.now), worldOf(bob, day), Mode{Floor: -1})
			if err != nil {
				t.Fatal(err)
			}
			if got := brief(plan.Messages); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

func TestAttendeeMayNot(t *testing.T) {
	for _, row := range []struct{ name, old, now string }{
		{"move it", meeting, strings.Replace(meeting, "T203000Z", "T210000Z", 1)},
		{"rename it", meeting, strings.Replace(meeting, "Conference", "Party", 1)},
		{"add a guest", meeting, meeting + "\nATTENDEE:mailto:d@example.com"},
		{"leave the list", meeting, cut(meeting, "mailto:b@")},
		{"take it over", meeting, strings.Replace(meeting, "ORGANIZER:mailto:a@", "ORGANIZER:mailto:b@", 1)},
		{"drop the organizer", meeting, cut(meeting, "ORGANIZER")},
		{"make it recur", meeting, meeting + "\nRRULE:FREQ=DAILY"},
		{"invent an instance", series, series + override("09", usual+at("09"))},
		{"drop the series", series, override("03", usual+at("03"))},
	} {
		t.Run(row.name, func(t *testing.T) {
			if plan, err := Change(ics(t, row.old), ics(t, row.now), worldOf(bob, day), Mode{Floor: -1}); err == nil {
				t.Errorf("was allowed: %s", brief(plan.Messages))
			}
		})
	}
}

func TestAttendeeCannotChangeOthers(t *testing.T) {
	now := strings.Replace(answered(answered(meeting, carol, Accepted), bob, Tentative), "SEQUENCE:0", "SEQUENCE:9", 1)
	w := worldOf(bob, day)
	plan, err := Change(ics(t, meeting), ics(t, now), w, Mode{Floor: -1})
	if err != nil {
		t.Fatal(err)
	}
	c := plan.Object.Master()
	if PartStat(w.attendee(c, carol)) != NeedsAction || PartStat(w.attendee(c, bob)) != Tentative || sequence(c) != 0 {
		t.Errorf("stored\n%s", plan.Object.Bytes())
	}
}

func TestAttendeeKeepsTheZone(t *testing.T) {
	zone := func(id string) string {
		return "BEGIN:VTIMEZONE\nTZID:" + id + "\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0500\nEND:STANDARD\nEND:VTIMEZONE\n"
	}
	in := func(id string) string {
		s := strings.NewReplacer("DTSTART:20260701T200000Z", "DTSTART;TZID="+id+":20260701T150000", "DTEND:20260701T203000Z", "DTEND;TZID="+id+":20260701T153000").Replace(meeting)
		return zone(id) + strings.TrimSpace(s)
	}
	plan, err := Change(ics(t, in("Here")), ics(t, in("There")), worldOf(bob, day), Mode{Floor: -1})
	if err != nil {
		t.Fatal(err)
	}
	text := string(plan.Object.Bytes())
	for _, want := range []string{"DTSTART;TZID=Here:20260701T150000", "DTEND;TZID=Here:20260701T153000", "TZID:Here"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

func TestOrganizersMustAgree(t *testing.T) {
	now := series + strings.Replace(override("03", usual+at("03")), "ORGANIZER:mailto:a@", "ORGANIZER:mailto:d@", 1)
	if _, err := Change(nil, ics(t, now), worldOf(alice, day), Mode{}); err != ErrOrganizersDiffer {
		t.Errorf("got %v", err)
	}
}

func TestNormalize(t *testing.T) {
	for in, want := range map[string]Address{
		"MAILTO:Bob%2Bx@Example.COM": "mailto:bob+x@example.com",
		" mailto:b@example.com ":     "mailto:b@example.com",
		"b@example.com":              "mailto:b@example.com",
		"URN:UUID:ABC":               "urn:uuid:abc",
		"/dav/principals/users/b/":   "/dav/principals/users/b",
		"https://h/dav/p/":           "/dav/p",
	} {
		if got := Normalize(in); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}
