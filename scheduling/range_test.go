package scheduling

import (
	"strings"
	"testing"
)

// fromSecond is a weekly lunch that from its second instance on is as more says (RFC 5545 §3.2.13).
func fromSecond(uid, more string, attendees ...string) string {
	s := invitation(uid, "DTSTART:20260310T120000Z\nDTEND:20260310T130000Z\nRRULE:FREQ=WEEKLY;COUNT=5", bobMail, carolMail)
	if more == "" {
		return s
	}
	over := "BEGIN:VEVENT\nUID:" + uid + "\nDTSTAMP:20260301T120000Z\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260317T120000Z\n" +
		"ORGANIZER:mailto:alice@example.org\nATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.org\n"
	for _, a := range attendees {
		over += "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:" + a + "\n"
	}
	over += more + "\nEND:VEVENT\n"
	return strings.Replace(s, "END:VCALENDAR", strings.ReplaceAll(over, "\n", "\r\n")+"END:VCALENDAR", 1)
}

const moved = "SUMMARY:Lunch\nDTSTART:20260317T140000Z\nDTEND:20260317T150000Z"

// A change of this and all future instances reaches the attendees as one, and answers to later instances
// are of the moved ones.
func TestThisAndFuture(t *testing.T) {
	w := newTown(t, Options{})
	w.mustPut("alice", "a.ics", fromSecond("u", ""))
	w.answer("bob", "u", "ACCEPTED")
	w.inbox("bob")
	w.mustPut("alice", "a.ics", fromSecond("u", moved, bobMail, carolMail))
	w.says("bob", "u", "RECURRENCE-ID;RANGE=THISANDFUTURE:20260317T120000Z", "DTSTART:20260317T140000Z", "PARTSTAT=ACCEPTED;RSVP=TRUE")
	w.says("alice", "u", "RSVP=TRUE;X-CALENDARSERVER-RESET-PARTSTAT=1")
	if got := w.inbox("bob"); got != "REQUEST" {
		t.Errorf("bob's inbox: %q", got)
	}
	// The same again tells nobody anything.
	w.mustPut("alice", "a.ics", string(w.event("alice", "u").Data))
	if got := w.inbox("bob"); got != "" {
		t.Errorf("bob's inbox: %q", got)
	}
	// Bob declines the fourth: it is at 14:00.
	own := strings.ReplaceAll(string(w.event("bob", "u").Data), "\r\n ", "")
	fourth := own[strings.LastIndex(own, "BEGIN:VEVENT"):strings.Index(own, "END:VCALENDAR")]
	fourth = strings.NewReplacer("RECURRENCE-ID;RANGE=THISANDFUTURE:20260317", "RECURRENCE-ID:20260331", "DTSTART:20260317", "DTSTART:20260331",
		"DTEND:20260317", "DTEND:20260331", "PARTSTAT=NEEDS-ACTION;RSVP=TRUE:"+bobMail, "PARTSTAT=DECLINED:"+bobMail,
		"PARTSTAT=NEEDS-ACTION;RSVP=TRUE;", "PARTSTAT=DECLINED;").Replace(fourth)
	w.mustPut("bob", w.event("bob", "u").Name, strings.Replace(own, "END:VCALENDAR", fourth+"END:VCALENDAR", 1))
	w.says("alice", "u", "RECURRENCE-ID:20260331T120000Z", "DTSTART:20260331T140000Z", "PARTSTAT=DECLINED")
}

// Whoever is out from some instance on keeps what was before: his series is cancelled from there.
func TestThisAndFutureWithoutSomebody(t *testing.T) {
	w := newTown(t, Options{})
	w.mustPut("alice", "a.ics", fromSecond("u", ""))
	w.inbox("carol")
	w.mustPut("alice", "a.ics", fromSecond("u", "SUMMARY:Lunch\nDTSTART:20260317T120000Z\nDTEND:20260317T130000Z", bobMail))
	if got := w.inbox("carol"); got != "CANCEL" {
		t.Errorf("carol's inbox: %q", got)
	}
	w.says("carol", "u", "RECURRENCE-ID;RANGE=THISANDFUTURE:20260317T120000Z", "STATUS:CANCELLED")
	w.says("bob", "u", "!STATUS:CANCELLED")
	// Invited anew she gets the part that is hers.
	w.mustPut("alice", "b.ics", fromSecond("v", "SUMMARY:Lunch\nDTSTART:20260317T120000Z\nDTEND:20260317T130000Z", bobMail))
	w.says("carol", "v", "RRULE:FREQ=WEEKLY;UNTIL=20260317T115959Z", "!RANGE")
}

// rangeReply is bob's answer to an instance and all after it, as it comes by mail.
func rangeReply(uid, instance, partstat, stamp string) string {
	return "BEGIN:VEVENT\nUID:" + uid + "\nDTSTAMP:" + stamp + "\nRECURRENCE-ID;RANGE=THISANDFUTURE:" + instance +
		"\nORGANIZER:mailto:alice@example.org\nATTENDEE;PARTSTAT=" + partstat + ":" + bobMail + "\nEND:VEVENT\n"
}

// of gives the lines of the override of an instance in somebody's copy, unfolded.
func (w *town) of(who, uid, instance string) string {
	text := strings.ReplaceAll(string(w.event(who, uid).Data), "\r\n ", "")
	for _, part := range strings.Split(text, "BEGIN:VEVENT") {
		if _, rest, ok := strings.Cut(part, "RECURRENCE-ID"); ok {
			if line, _, _ := strings.Cut(rest, "\r\n"); strings.HasSuffix(line, ":"+instance) {
				return part
			}
		}
	}
	return ""
}

// An answer to this and all future instances is one to the later overrides too, but not to those before, nor to one
// that was answered later (RFC 5546 §3.2.3, §2.1.5, RFC 5545 §3.2.13).
func TestRangeReplyReachesLaterOverrides(t *testing.T) {
	w := newTown(t, Options{})
	series := invitation("u", "DTSTART:20260310T120000Z\nDTEND:20260310T130000Z\nRRULE:FREQ=WEEKLY;COUNT=8", bobMail, carolMail)
	for _, day := range []string{"20260310", "20260324", "20260407", "20260421"} {
		over := invitation("u", "DTSTART:"+day+"T150000Z\nDTEND:"+day+"T160000Z\nRECURRENCE-ID:"+day+"T120000Z", bobMail, carolMail)
		over = over[strings.Index(over, "BEGIN:VEVENT"):strings.Index(over, "END:VCALENDAR")]
		series = strings.Replace(series, "END:VCALENDAR", over+"END:VCALENDAR", 1)
	}
	w.mustPut("alice", "a.ics", series)
	reply := func(object string) *Outcome {
		t.Helper()
		return w.mailed(bobMail, "alice", "REPLY", object)
	}
	single := strings.Replace(rangeReply("u", "20260407T120000Z", "TENTATIVE", "20260305T120000Z"), ";RANGE=THISANDFUTURE", "", 1)
	if out := reply(single); !out.Applied {
		t.Fatalf("%+v", out)
	}
	if out := reply(rangeReply("u", "20260317T120000Z", "ACCEPTED", "20260304T120000Z")); !out.Applied {
		t.Fatalf("%+v", out)
	}
	for _, who := range []string{"alice", "carol"} {
		for instance, want := range map[string]string{
			"20260310T120000Z": "NEEDS-ACTION", "20260324T120000Z": "ACCEPTED", "20260407T120000Z": "TENTATIVE", "20260421T120000Z": "ACCEPTED",
		} {
			if got := w.of(who, "u", instance); !strings.Contains(got, "PARTSTAT="+want+";") && !strings.Contains(got, "PARTSTAT="+want+":"+bobMail) {
				t.Errorf("%s: %s is not %s in\n%s", who, instance, want, got)
			}
		}
		if got := w.of(who, "u", "20260317T120000Z"); !strings.Contains(got, "RANGE=THISANDFUTURE") {
			t.Errorf("%s: no override for this and all future instances:\n%s", who, got)
		}
	}
	// From an instance on that has an override of its own: the one after it begins the range.
	if out := reply(rangeReply("u", "20260407T120000Z", "DECLINED", "20260306T120000Z")); !out.Applied {
		t.Fatalf("%+v", out)
	}
	for instance, want := range map[string]string{"20260324T120000Z": "ACCEPTED", "20260407T120000Z": "DECLINED", "20260414T120000Z": "DECLINED", "20260421T120000Z": "DECLINED"} {
		if got := w.of("alice", "u", instance); !strings.Contains(got, "PARTSTAT="+want) {
			t.Errorf("%s is not %s in\n%s", instance, want, got)
		}
	}
	if got := w.of("alice", "u", "20260414T120000Z"); !strings.Contains(got, "RANGE=THISANDFUTURE") {
		t.Errorf("the range was not opened:\n%s", got)
	}
}
