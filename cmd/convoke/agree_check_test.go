//go:build linux

package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"convoke/internal/icalendar"
)

// held is what somebody holds of one meeting.
type held struct {
	owner     string
	text      string
	sequence  int
	instances map[int64]icalendar.Instance // by the instant of RECURRENCE-ID; 0 for what does not recur
}

// agreeRead reads all that everybody holds: by UID, then by owner.
func agreeRead(t *testing.T, s *served) map[string]map[string]*held {
	t.Helper()
	all := map[string]map[string]*held{}
	for _, owner := range append(slices.Clone(agreePeople), agreeRooms...) {
		copies, alive, err := s.copies("admin", owner)
		if err != nil || !alive {
			t.Fatalf("%s: %v %v", owner, alive, err)
		}
		for _, c := range copies {
			uid := c.object.UID()
			if all[uid] == nil {
				all[uid] = map[string]*held{}
			}
			if twice := all[uid][owner]; twice != nil {
				t.Errorf("%s has %s twice:\n%s\n%s", owner, uid, twice.text, c.object.Bytes())
			}
			h := &held{owner: owner, text: string(c.object.Bytes()), instances: map[int64]icalendar.Instance{}}
			if m := c.object.Master(); m != nil {
				h.sequence, _ = sequenceOf(m)
			}
			list, truncated, err := c.object.Instances(time.Time{}, time.Time{}, icalendar.Options{})
			if err != nil || truncated {
				t.Errorf("%s of %s: %v %v", uid, owner, truncated, err)
			}
			for _, i := range list {
				key := int64(0)
				if !i.RecurrenceID.IsZero() {
					key = i.RecurrenceID.Instant(nil).Unix()
				}
				h.instances[key] = i
			}
			all[uid][owner] = h
		}
	}
	return all
}

// agreeCheck compares all copies of all meetings.
func agreeCheck(t *testing.T, s *served, workers []*attender) map[string]map[string]*held {
	t.Helper()
	all := agreeRead(t, s)
	for _, w := range workers {
		for uid, m := range w.meetings {
			agreeKnown(t, uid, m, all[uid][w.name])
			if m.title == "" {
				delete(w.meetings, uid)
			}
		}
		for uid, copies := range all {
			if !strings.HasPrefix(uid, w.name+"-") {
				continue
			}
			if w.meetings[uid] == nil && copies[w.name] != nil {
				t.Errorf("%s was deleted and is there:\n%s", uid, copies[w.name].text)
			}
			for _, owner := range slices.Sorted(maps.Keys(copies)) {
				if owner != w.name {
					agreeAttendee(t, uid, copies[w.name], copies[owner])
				}
			}
			agreeAbsent(t, uid, copies)
		}
	}
	agreeRoom(t, all)
	return all
}

// agreeKnown compares a meeting with what its organizer was told, and learns what became of the change that was not
// answered (reliability.md §1.2).
func agreeKnown(t *testing.T, uid string, m *meeting, h *held) {
	t.Helper()
	title := ""
	if h != nil {
		for line := range strings.Lines(h.text) { // titles are short, and the master comes first
			if text, ok := strings.CutPrefix(line, "SUMMARY:"); ok {
				title = strings.TrimRight(text, "\r\n")
				break
			}
		}
	}
	if title != m.title && (m.pending == nil || title != *m.pending) {
		t.Errorf("%s: acknowledged as %q, is %q", uid, m.title, title)
	}
	m.title, m.pending = title, nil
}

// cancelled tells whether an instance is off.
func cancelled(i icalendar.Instance) bool { return i.Component.Text("STATUS") == "CANCELLED" }

// partstat is what somebody says in an instance; "" is not invited.
func partstat(i icalendar.Instance, who string) string {
	p := attendeeIn(i.Component, who)
	switch {
	case p == nil:
		return ""
	case p.Param("PARTSTAT") == "":
		return "NEEDS-ACTION"
	}
	return p.Param("PARTSTAT")
}

// answersOf is what everybody says in an instance, as a copy knows it.
func answersOf(i icalendar.Instance) map[string]string {
	out := map[string]string{}
	for p := range i.Component.All("ATTENDEE") {
		out[agreeOwner(p.Value)] = partstat(i, agreeOwner(p.Value))
	}
	return out
}

// agreeAttendee compares an attendee's copy with the organizer's; organizer is nil when the meeting was deleted.
func agreeAttendee(t *testing.T, uid string, organizer, attendee *held) {
	t.Helper()
	wrong := func(format string, args ...any) {
		t.Helper()
		text := "deleted"
		if organizer != nil {
			text = organizer.text
		}
		t.Errorf("%s of %s: %s\norganizer:\n%s\nattendee:\n%s", uid, attendee.owner, fmt.Sprintf(format, args...), text, attendee.text)
	}
	for key, a := range attendee.instances {
		at := time.Unix(key, 0).UTC()
		if cancelled(a) {
			continue
		}
		if organizer == nil {
			wrong("%s is not cancelled, though the meeting is", at)
			continue
		}
		o, ok := organizer.instances[key]
		switch {
		case !ok || cancelled(o):
			wrong("%s is not in the meeting", at)
		case partstat(o, attendee.owner) == "":
			wrong("%s: not invited any more", at)
		case !o.Start.Equal(a.Start) || !o.End.Equal(a.End):
			wrong("%s: at %s, not %s", at, a.Start, o.Start)
		case o.Component.Text("SUMMARY") != a.Component.Text("SUMMARY"), o.Component.Text("LOCATION") != a.Component.Text("LOCATION"):
			wrong("%s: other texts", at)
		case !maps.Equal(answersOf(o), answersOf(a)):
			wrong("%s: answers %v, not %v", at, answersOf(a), answersOf(o))
		case partstat(o, attendee.owner) != partstat(a, attendee.owner):
			wrong("%s: says %s, the organizer knows %s", at, partstat(a, attendee.owner), partstat(o, attendee.owner))
		}
	}
	if organizer == nil {
		return
	}
	// A SEQUENCE that was raised alone is no news, so an attendee may have a lower one (RFC 5546 §2.1.4: what an answer
	// has "may not always match the Organizer's revision").
	if attendee.sequence > organizer.sequence {
		wrong("SEQUENCE %d is above %d", attendee.sequence, organizer.sequence)
	}
	for key, o := range organizer.instances {
		says := partstat(o, attendee.owner)
		if says == "" || cancelled(o) {
			continue
		}
		if a, ok := attendee.instances[key]; (!ok || cancelled(a)) && says != "DECLINED" {
			wrong("%s: invited (%s), and it is not there", time.Unix(key, 0).UTC(), says)
		}
	}
}

// agreeAbsent looks at the attendees without a copy: they deleted it, which declines (RFC 6638 §3.2.2).
func agreeAbsent(t *testing.T, uid string, copies map[string]*held) {
	t.Helper()
	var organizer *held
	for _, h := range copies {
		if strings.HasPrefix(uid, h.owner+"-") {
			organizer = h
		}
	}
	if organizer == nil {
		return
	}
	for _, who := range append(slices.Clone(agreePeople), agreeRooms...) {
		if copies[who] != nil {
			continue
		}
		for key, o := range organizer.instances {
			if says := partstat(o, who); says != "" && says != "DECLINED" && !cancelled(o) {
				t.Errorf("%s: %s has no copy, and the organizer knows %s at %s\n%s", uid, who, says, time.Unix(key, 0).UTC(), organizer.text)
			}
		}
	}
}

// agreeRoom finds what a room has accepted twice at a time.
func agreeRoom(t *testing.T, all map[string]map[string]*held) {
	t.Helper()
	for _, room := range agreeRooms {
		type booking struct {
			uid string
			icalendar.Instance
		}
		var list []booking
		for uid, copies := range all {
			if h := copies[room]; h != nil {
				for _, i := range h.instances {
					if !cancelled(i) && partstat(i, room) == "ACCEPTED" {
						list = append(list, booking{uid, i})
					}
				}
			}
		}
		slices.SortFunc(list, func(a, b booking) int { return a.Start.Compare(b.Start) })
		for i := 1; i < len(list); i++ {
			if a, b := list[i-1], list[i]; b.Start.Before(a.End) && a.uid != b.uid {
				t.Errorf("%s is booked twice: %s from %s to %s, %s from %s to %s", room, a.uid, a.Start, a.End, b.uid, b.Start, b.End)
			}
		}
	}
}

// agreeInboxes looks at what messages say of those who have them: each component names its recipient, for people get
// only what concerns them (RFC 6638 §3.2.6), and an answer goes to the organizer alone. Rooms read no messages.
func agreeInboxes(t *testing.T, s *served) {
	t.Helper()
	for _, owner := range append(slices.Clone(agreePeople), agreeRooms...) {
		messages, alive, err := s.objects("admin", "/dav/calendars/"+owner+"/inbox/")
		if err != nil || !alive {
			t.Fatalf("%s: %v %v", owner, alive, err)
		}
		if len(messages) > 0 && slices.Contains(agreeRooms, owner) {
			t.Errorf("%s has %d messages", owner, len(messages))
		}
		for _, m := range messages {
			organizes := strings.HasPrefix(m.object.UID(), owner+"-")
			for c := range m.object.Parts() {
				ok := m.object.Method() == "REPLY" && organizes
				if m.object.Method() != "REPLY" {
					ok = !organizes && attendeeIn(c, owner) != nil
				}
				if !ok {
					t.Errorf("%s of %s is none of the business of %s:\n%s", m.object.Method(), m.object.UID(), owner, m.object.Bytes())
				}
			}
		}
	}
}
