package itip

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"convoke/internal/icalendar"
)

// meetings plays an organizer and attendees by messages alone.
type meetings struct {
	t      testing.TB
	now    time.Time
	copies map[Address]*icalendar.Object
	sent   []Message
}

func newMeetings(t testing.TB) *meetings {
	return &meetings{t: t, now: day, copies: map[Address]*icalendar.Object{}}
}

// edit changes somebody's object and collects the messages.
func (g *meetings) edit(who Address, text string) []Message {
	g.t.Helper()
	g.now = g.now.Add(time.Minute)
	plan, err := Change(g.copies[who], object(g.t, text), worldOf(who, g.now), Mode{Floor: -1})
	if err != nil {
		g.t.Fatalf("%s: %v", who, err)
	}
	g.copies[who] = plan.Object
	for i := range plan.Messages {
		if m := &plan.Messages[i]; m.Method == Reply {
			Answered(plan.Object, worldOf(who, g.now), m)
		}
	}
	g.sent = append(g.sent, plan.Messages...)
	return plan.Messages
}

// deliver applies messages to the copies.
func (g *meetings) deliver(list []Message) {
	g.t.Helper()
	for i := range list {
		m := &list[i]
		e, err := Apply(g.copies[m.Recipient], m, worldOf(m.Recipient, g.now))
		if err != nil {
			g.t.Fatal(err)
		}
		g.copies[m.Recipient] = e.Object
	}
}

// state tells what a copy means: per instance that happens its version, time, texts and answers.
func state(o *icalendar.Object) string {
	if o == nil {
		return ""
	}
	s := setOf(o)
	var out []string
	for _, k := range sorted(s.by) {
		c := s.by[k]
		if cancelled(c) {
			if !k.isMaster() {
				continue // the same as an excluded one
			}
			out = append(out, fmt.Sprintf("%v cancelled", k))
			continue
		}
		from, to := s.span(c)
		line := fmt.Sprintf("%v %d %s %v %v %v", k, sequence(c), stamp(c).Format(utcForm), from, to, contentOf(c))
		for p := range c.All("ATTENDEE") {
			line += " " + p.Value + "=" + PartStat(p)
		}
		out = append(out, line)
	}
	if s.master != nil && !cancelled(s.master) {
		gone := s.exdates(s.master)
		for k, c := range s.by {
			if cancelled(c) {
				gone[k] = true
			}
		}
		for k := range gone {
			out = append(out, fmt.Sprintf("%v not", k))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

func TestApply(t *testing.T) {
	moved := override("03", usual+"\nDTSTART:20260703T210000Z\nDTEND:20260703T213000Z")
	for _, row := range []struct {
		name  string
		steps []string // successive objects of the organizer; "" deletes
		want  []string // in bob's copy; "!" for what must be absent
	}{
		{"RFC 5546 §4.2.1: a new meeting", []string{meeting}, []string{"SUMMARY:Conference", "!METHOD"}},
		{"RFC 5546 §4.2.4: a new time", []string{meeting, strings.Replace(meeting, "T203000Z", "T210000Z", 1)}, []string{"DTEND:20260701T210000Z", "SEQUENCE:1"}},
		{"RFC 5546 §4.2.9: cancelled", []string{meeting, ""}, []string{"STATUS:CANCELLED", "SEQUENCE:1"}},
		{"RFC 5546 §4.2.10: removed", []string{meeting, cut(meeting, "mailto:b@")}, []string{"STATUS:CANCELLED"}},
		{"removed and invited again", []string{meeting, cut(meeting, "mailto:b@"), meeting}, []string{"!STATUS:CANCELLED", "SEQUENCE:1"}},
		{"RFC 5546 §4.4.2: an instance moves", []string{series, series + moved}, []string{"RECURRENCE-ID:20260703T200000Z", "DTSTART:20260703T210000Z", "RRULE"}},
		{"RFC 5546 §4.4.3: an instance is cancelled", []string{series, series + "\nEXDATE:20260703T200000Z"}, []string{"RECURRENCE-ID:20260703T200000Z", "STATUS:CANCELLED", "!EXDATE"}},
		{"an instance moves and moves back", []string{series, series + moved, series}, []string{"!RECURRENCE-ID", "SEQUENCE:2"}},
		{"only an instance", []string{cut(series, "mailto:b@") + override("03", usual+at("03"))}, []string{"RECURRENCE-ID:20260703T200000Z", "!RRULE"}},
		{"an instance, then all", []string{cut(series, "mailto:b@") + override("03", usual+at("03")), series + override("03", usual+at("03"))}, []string{"RECURRENCE-ID:20260703T200000Z", "RRULE"}},
		{"all, then only an instance", []string{series, cut(series, "mailto:b@") + override("03", usual+at("03"))}, []string{"STATUS:CANCELLED", "RECURRENCE-ID:20260703T200000Z"}},
		{"STATUS:CANCELLED", []string{meeting, strings.Replace(meeting, "CONFIRMED", "CANCELLED", 1)}, []string{"STATUS:CANCELLED"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := newMeetings(t)
			for _, text := range row.steps {
				g.deliver(g.edit(alice, text))
			}
			text := string(g.copies[bob].Bytes())
			for _, line := range row.want {
				if strings.Contains(text, strings.TrimPrefix(line, "!")) == strings.HasPrefix(line, "!") {
					t.Errorf("%q in\n%s", line, text)
				}
			}
			for i := range g.sent { // law: applying the same message twice changes nothing
				m := &g.sent[i]
				if m.Recipient != bob {
					continue
				}
				if e, err := Apply(g.copies[bob], m, worldOf(bob, g.now)); err != nil || state(e.Object) != state(g.copies[bob]) {
					t.Errorf("%s again: %v\n%s\nwas\n%s", m.Method, err, state(e.Object), state(g.copies[bob]))
				}
			}
		})
	}
}

func TestPersonalSurvivesUpdates(t *testing.T) {
	g := newMeetings(t)
	g.deliver(g.edit(alice, meeting))
	mine := answered(meeting, bob, Accepted) + "\nTRANSP:TRANSPARENT\nCATEGORIES:Food\nX-MINE:1\nBEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nEND:VALARM"
	g.deliver(g.edit(bob, mine))
	if got := PartStat(worldOf(alice, day).attendee(g.copies[alice].Master(), bob)); got != Accepted {
		t.Fatalf("alice knows %s", got)
	}
	g.deliver(g.edit(alice, strings.Replace(meeting, "Conference", "Talk", 1)+"\nBEGIN:VALARM\nACTION:AUDIO\nTRIGGER:-PT1M\nEND:VALARM"))
	text := string(g.copies[bob].Bytes())
	for _, line := range []string{"SUMMARY:Talk", "TRANSP:TRANSPARENT", "CATEGORIES:Food", "X-MINE:1", "TRIGGER:-PT5M", "PARTSTAT=ACCEPTED"} {
		if !strings.Contains(text, line) {
			t.Errorf("%s is lost in\n%s", line, text)
		}
	}
	if strings.Contains(text, "AUDIO") {
		t.Error("alice's alarm came along")
	}
	g.deliver(g.edit(alice, strings.Replace(meeting, "T203000Z", "T220000Z", 1)))
	if c := g.copies[bob].Master(); PartStat(worldOf(bob, day).own(c)) != NeedsAction || c.Child("VALARM") == nil {
		t.Errorf("after a reschedule\n%s", g.copies[bob].Bytes())
	}
}

func TestReplies(t *testing.T) {
	w := worldOf(alice, day)
	status := func(g *meetings, k instance) string {
		c, _ := setOf(g.copies[alice]).component(k)
		return PartStat(w.attendee(c, bob))
	}
	third := instance{'T', time.Date(2026, 7, 3, 20, 0, 0, 0, time.UTC).Unix()}

	t.Run("RFC 6638 B.7: an instance declined makes a complete override", func(t *testing.T) {
		g := newMeetings(t)
		g.deliver(g.edit(alice, series))
		g.deliver(g.edit(bob, series+override("03", answered(usual, bob, Declined)+at("03"))))
		c := setOf(g.copies[alice]).by[third]
		if c == nil || c.Text("SUMMARY") != "Review" || !c.Has("DTEND") || status(g, third) != Declined || status(g, instance{}) != NeedsAction {
			t.Errorf("alice has\n%s", g.copies[alice].Bytes())
		}
		// Her stale copy does not lose it.
		g.deliver(g.edit(alice, series+"\nLOCATION:Roof"))
		if status(g, third) != Declined || setOf(g.copies[alice]).by[third] == nil {
			t.Errorf("the answer is lost in\n%s", g.copies[alice].Bytes())
		}
	})
	t.Run("RECURRENCE-ID in another zone, as Google sends it", func(t *testing.T) {
		g := newMeetings(t)
		zoned := strings.ReplaceAll(strings.ReplaceAll(series, ":20260701T200000Z", ";TZID=Europe/Berlin:20260701T220000"), "DTEND:20260701T203000Z", "DTEND;TZID=Europe/Berlin:20260701T223000")
		g.deliver(g.edit(alice, zoned))
		m, err := Read(ics(t, "METHOD:REPLY"+override("03", "ATTENDEE;PARTSTAT=DECLINED:mailto:b@example.com\nDTSTART:20260703T200000Z")), bob, alice)
		if err != nil {
			t.Fatal(err)
		}
		g.deliver([]Message{*m})
		if status(g, third) != Declined {
			t.Errorf("alice has\n%s", g.copies[alice].Bytes())
		}
	})
	t.Run("RFC 5546 §2.1.5: an older answer is dropped", func(t *testing.T) {
		g := newMeetings(t)
		g.deliver(g.edit(alice, meeting))
		first := g.edit(bob, answered(meeting, bob, Accepted))
		second := g.edit(bob, answered(meeting, bob, Declined))
		g.deliver(second)
		g.deliver(first)
		if status(g, instance{}) != Declined {
			t.Errorf("alice knows %s", status(g, instance{}))
		}
	})
	t.Run("an answer to an earlier time is dropped", func(t *testing.T) {
		g := newMeetings(t)
		g.deliver(g.edit(alice, meeting))
		late := g.edit(bob, answered(meeting, bob, Accepted))
		g.edit(alice, strings.Replace(meeting, "T203000Z", "T220000Z", 1))
		g.deliver(late)
		if status(g, instance{}) != NeedsAction {
			t.Errorf("alice knows %s", status(g, instance{}))
		}
	})
	t.Run("an answer to the series reaches the instance that another one answered apart", func(t *testing.T) {
		g := newMeetings(t)
		g.deliver(g.edit(alice, series))
		g.deliver(g.edit(carol, series+override("03", answered(usual, carol, Declined)+at("03"))))
		g.deliver(g.edit(bob, answered(series, bob, Accepted)))
		if status(g, third) != Accepted {
			t.Errorf("alice has\n%s", g.copies[alice].Bytes())
		}
		// What he answers apart himself stays.
		apart := override("03", answered(answered(usual, carol, Declined), bob, Tentative)+at("03"))
		g.deliver(g.edit(bob, answered(series, bob, Accepted)+apart))
		m, err := Read(ics(t, "METHOD:REPLY\n"+strings.TrimSpace(strings.Replace(cut(cut(series, "mailto:b@"), "mailto:c@"), "DTSTAMP:1997", "DTSTAMP:2027", 1))+"\nATTENDEE;PARTSTAT=DECLINED:mailto:b@example.com"), bob, alice)
		if err != nil {
			t.Fatal(err)
		}
		g.deliver([]Message{*m})
		if status(g, third) != Tentative || status(g, instance{}) != Declined {
			t.Errorf("alice has\n%s", g.copies[alice].Bytes())
		}
	})
	t.Run("RFC 6638 §3.2.8: a moved series asks anew for instances that were answered apart", func(t *testing.T) {
		g := newMeetings(t)
		g.deliver(g.edit(alice, series))
		g.deliver(g.edit(bob, answered(series, bob, Accepted)+override("03", answered(usual, bob, Declined)+at("03"))))
		later := strings.NewReplacer("DTSTART:20260701", "DTSTART:20260702", "DTEND:20260701", "DTEND:20260702").Replace(series)
		g.deliver(g.edit(alice, later))
		his, _ := setOf(g.copies[bob]).component(third)
		if got := PartStat(worldOf(bob, day).own(his)); status(g, third) != NeedsAction || got != NeedsAction {
			t.Errorf("alice knows %s, bob says %s", status(g, third), got)
		}
	})
	t.Run("a stranger is not added", func(t *testing.T) {
		g := newMeetings(t)
		g.deliver(g.edit(alice, meeting))
		m, _ := Read(ics(t, "METHOD:REPLY\n"+strings.TrimSpace(cut(cut(meeting, "mailto:b@"), "mailto:c@")+"\nATTENDEE;PARTSTAT=ACCEPTED:mailto:d@example.com")), dave, alice)
		e, err := Apply(g.copies[alice], m, w)
		if err != nil || e.Changed || !e.Stranger {
			t.Errorf("%v %+v", err, e)
		}
	})
	t.Run("RFC 5546 §4.2.5: the delegate joins the list", func(t *testing.T) {
		g := newMeetings(t)
		g.deliver(g.edit(alice, meeting))
		g.deliver(g.edit(bob, strings.Replace(meeting, "ATTENDEE;RSVP=TRUE;CUTYPE=INDIVIDUAL;CN=B:", "ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:d@example.com\":", 1)+
			"\nATTENDEE;DELEGATED-FROM=\"mailto:b@example.com\":mailto:d@example.com"))
		if w.attendee(g.copies[alice].Master(), dave) == nil || status(g, instance{}) != Delegated || g.copies[dave] == nil {
			t.Errorf("alice has\n%s", g.copies[alice].Bytes())
		}
	})
	t.Run("refreshes carry answers to others alone", func(t *testing.T) {
		g := newMeetings(t)
		g.deliver(g.edit(alice, meeting))
		before := versionOf(g.copies[carol].Master())
		g.deliver(g.edit(bob, answered(meeting, bob, Tentative)))
		list := Refreshes(g.copies[alice], w, bob)
		if len(list) != 1 || list[0].Recipient != carol {
			t.Fatalf("%s", brief(list))
		}
		e, err := Apply(g.copies[carol], &list[0], worldOf(carol, day))
		if err != nil || !e.Changed || e.Consequential || versionOf(e.Object.Master()) != before {
			t.Errorf("%v %+v", err, e)
		}
		if PartStat(worldOf(carol, day).attendee(e.Object.Master(), bob)) != Tentative {
			t.Errorf("carol has\n%s", e.Object.Bytes())
		}
	})
}

func TestForeignersDoNotTouch(t *testing.T) {
	g := newMeetings(t)
	g.deliver(g.edit(alice, meeting))
	stolen := strings.Replace(strings.Replace(meeting, "ORGANIZER:mailto:a@", "ORGANIZER:mailto:d@", 1), "SEQUENCE:0", "SEQUENCE:9", 1)
	m, _ := Read(ics(t, "METHOD:CANCEL\n"+strings.TrimSpace(stolen)), dave, bob)
	if e, err := Apply(g.copies[bob], m, worldOf(bob, day)); err != nil || e.Changed {
		t.Errorf("%v %+v", err, e)
	}
}

// history makes an organizer's life of a meeting from a seed: what he sends bob.
func history(t testing.TB, seed uint64) []Message {
	r := rand.New(rand.NewPCG(seed, 1))
	g := newMeetings(t)
	var mine []Message
	overrides := map[string]string{}
	for step := range 2 + r.IntN(5) {
		base := series
		if r.IntN(6) == 0 {
			base = strings.Replace(base, "T203000Z", fmt.Sprintf("T21%02d00Z", r.IntN(60)), 1)
		}
		if r.IntN(4) == 0 {
			base += fmt.Sprintf("\nLOCATION:Room %d", step)
		}
		d := fmt.Sprintf("%02d", 1+r.IntN(5))
		switch r.IntN(5) {
		case 0:
			overrides[d] = override(d, usual+at(d)+fmt.Sprintf("\nLOCATION:Nook %d", step))
		case 1:
			overrides[d] = override(d, usual+fmt.Sprintf("\nDTSTART:202607%sT22%02d00Z\nDTEND:202607%sT233000Z", d, r.IntN(60), d))
		case 2:
			overrides[d] = override(d, cut(usual, "mailto:b@")+at(d))
		case 3:
			delete(overrides, d)
		case 4:
			overrides[d] = "x"
		}
		excluded := ""
		rest := ""
		for _, k := range slices.Sorted(mapsKeys(overrides)) {
			if overrides[k] == "x" {
				excluded += "\nEXDATE:202607" + k + "T200000Z"
			} else {
				rest += overrides[k]
			}
		}
		for _, m := range g.edit(alice, base+excluded+rest) {
			if m.Recipient == bob {
				mine = append(mine, m)
			}
		}
	}
	if r.IntN(4) == 0 {
		for _, m := range g.edit(alice, "") {
			if m.Recipient == bob {
				mine = append(mine, m)
			}
		}
	}
	return mine
}

func mapsKeys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// checkOrders holds the law: any order and repetition of the same messages ends in the same state.
func checkOrders(t *testing.T, seed, order uint64) {
	list := history(t, seed)
	w := worldOf(bob, day)
	run := func(list []Message) string {
		var o *icalendar.Object
		for i := range list {
			e, err := Apply(o, &list[i], w)
			if err != nil {
				t.Fatal(err)
			}
			o = e.Object
		}
		return state(o)
	}
	want := run(list)
	r := rand.New(rand.NewPCG(order, 2))
	shuffled := append(slices.Clone(list), list[r.IntN(len(list))])
	r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	if got := run(shuffled); got != want {
		for _, m := range shuffled {
			t.Logf("%s\n%s", m.Method, m.Object.Bytes())
		}
		t.Errorf("seed %d, order %d:\n%s\nin order\n%s", seed, order, got, want)
	}
}

func TestAnyOrderEndsTheSame(t *testing.T) {
	for seed := range uint64(150) {
		for order := range uint64(8) {
			checkOrders(t, seed, order)
			if t.Failed() {
				return
			}
		}
	}
}

func FuzzApplyOrder(f *testing.F) {
	f.Add(uint64(1), uint64(1))
	f.Fuzz(func(t *testing.T, seed, order uint64) { checkOrders(t, seed, order) })
}

// FuzzApply: a message of anybody, with anything in it, never panics and never invents attendees.
func FuzzApply(f *testing.F) {
	f.Add("REQUEST", meeting, series)
	f.Add("CANCEL", series, series+override("03", usual+at("03")))
	f.Add("REPLY", series, override("03", usual+at("03")))
	f.Fuzz(func(t *testing.T, method, text, other string) {
		parse := func(s string) *icalendar.Object {
			s = strings.ReplaceAll(strings.TrimSpace(strings.ReplaceAll(s, "#VEVENT", "END:VEVENT\nBEGIN:VEVENT\nUID:u")), "\n", "\r\n")
			s = strings.TrimPrefix(s, "END:VEVENT\r\n")
			o, err := icalendar.Parse([]byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:" + method + "\r\n" + s + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"))
			if err != nil {
				t.Skip()
			}
			return o
		}
		a, b := parse(text), parse(other)
		for _, self := range []Address{alice, bob} {
			w := worldOf(self, day)
			if plan, err := Change(a, b, w, Mode{Floor: -1}); err == nil {
				for i := range plan.Messages {
					m := &plan.Messages[i]
					if _, err := Apply(a, m, worldOf(m.Recipient, day)); err != nil {
						t.Log(err)
					}
				}
			}
			m, err := Read(b, bob, self)
			if err != nil {
				continue
			}
			e, err := Apply(a, m, w)
			if err != nil || e.Object == nil {
				continue
			}
			again, err := Apply(e.Object, m, w)
			if err != nil {
				t.Fatal(err)
			}
			if again.Changed && string(again.Object.Bytes()) != string(e.Object.Bytes()) && m.Stamp.IsZero() == false {
				t.Logf("changed again: %s", again.Reason)
			}
		}
	})
}
