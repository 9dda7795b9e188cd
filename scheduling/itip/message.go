package itip

import (
	"fmt"

	"convoke/internal/icalendar"
)

// Read takes an object with a METHOD as a message from originator to recipient. The
// addresses are canonical. An error tells what makes it no scheduling message (RFC 5546 §3).
func Read(o *icalendar.Object, originator, recipient Address) (*Message, error) {
	m := &Message{Method: Method(o.Method()), Object: o, Originator: originator, Recipient: recipient, UID: o.UID()}
	switch m.Method {
	case Publish, Request, Reply, Add, Cancel, Refresh, Counter, DeclineCounter:
	default:
		return nil, fmt.Errorf("METHOD %q is none of RFC 5546", m.Method)
	}
	s := setOf(o)
	if len(s.comps) == 0 || m.UID == "" {
		return nil, fmt.Errorf("a %s without a component or UID", m.Method)
	}
	for _, c := range s.comps {
		if c.Name != s.comps[0].Name || c.Text("UID") != m.UID {
			return nil, fmt.Errorf("a %s of several events", m.Method)
		}
		if m.Method != Publish && !c.Has("ORGANIZER") {
			return nil, fmt.Errorf("a %s without ORGANIZER", m.Method)
		}
		if t := stamp(c); t.After(m.Stamp) {
			m.Stamp = t
		}
		m.Sequence = max(m.Sequence, sequence(c))
		m.Instances++
		m.Whole = m.Whole || !c.Has("RECURRENCE-ID")
	}
	return m, nil
}

// Refreshes makes the messages that pass one attendee's answer on to the other attendees,
// each of the instances he attends (RFC 6638 §4.2). The object is the organizer's; w is his.
func Refreshes(o *icalendar.Object, w *World, except Address) []Message {
	t := &telling{w: w, old: setOf(nil), now: setOf(o), changes: map[instance]change{}}
	t.writer = newWriter(w, w.Now)
	for _, a := range t.audience() {
		v := t.view(t.now, a)
		if a == except || len(v) == 0 {
			continue
		}
		t.request(a, v, true)
	}
	for i := range t.out {
		t.out[i].Refreshing = true
	}
	return t.out
}

// Instance is the RECURRENCE-ID of a message that concerns one instance alone, as written
// there; "" for anything else. It is part of the identity of a queued message.
func (m *Message) Instance() string {
	if m.Instances != 1 || m.Whole {
		return ""
	}
	return setOf(m.Object).comps[0].Prop("RECURRENCE-ID").Value
}

// DTStamp is Stamp as iCalendar writes it.
func (m *Message) DTStamp() string { return m.Stamp.UTC().Format(utcForm) }

// HighestSequence is the largest SEQUENCE of an object.
func HighestSequence(o *icalendar.Object) int {
	n := 0
	for _, c := range setOf(o).comps {
		n = max(n, sequence(c))
	}
	return n
}

// Same tells whether two objects are the same event in the same state: all that people
// see, times, rules, attendees and their answers, instance by instance.
func Same(a, b *icalendar.Object) bool {
	x, y := setOf(a), setOf(b)
	if a.UID() != b.UID() || len(x.comps) != len(y.comps) {
		return false
	}
	for k, c := range x.by {
		d := y.by[k]
		if d == nil || c.Name != d.Name || compareComponents(x, c, y, d).any() {
			return false
		}
		for p := range c.All("ATTENDEE") {
			var q *icalendar.Property
			for r := range d.All("ATTENDEE") {
				if Normalize(r.Value) == Normalize(p.Value) {
					q = r
				}
			}
			if q == nil || PartStat(p) != PartStat(q) || agent(p) != agent(q) || q.HasParam(paramForce) {
				return false
			}
		}
		if p := d.Prop("ORGANIZER"); p != nil && p.HasParam(paramForce) {
			return false
		}
	}
	return true
}

// Pass writes into the object of a message that waits what a calendar user has answered meanwhile in the organizer's
// object o, instance by instance: an instance that he answered apart becomes an override in a message about the
// whole. It gives the number of overrides made.
func Pass(waiting, o *icalendar.Object, w *World, a Address) (overrides int) {
	to := setOf(waiting)
	for _, c := range setOf(o).comps {
		p, k := w.attendee(c, a), to.key(c)
		if p == nil {
			continue
		}
		target := to.by[k]
		made := target == nil
		if made {
			if target = to.derive(k); target == nil || !to.isInstance(k, false) {
				continue
			}
			setRange(target, c)
		}
		q := w.attendee(target, a)
		if q == nil || made && PartStat(q) == PartStat(p) {
			continue
		}
		copyParams(q, p, "PARTSTAT", "RSVP")
		if made {
			to.add(target)
			overrides++
		}
	}
	return overrides
}

// Decide gives a clone of the owner's object with the owner's answer: all for everything,
// apart for single instances, by their RECURRENCE-ID. What is cancelled stays unanswered.
func Decide(o *icalendar.Object, w *World, all string, apart map[icalendar.DateTime]string) *icalendar.Object {
	s := setOf(o.Clone())
	for _, c := range s.comps {
		if p := w.own(c); p != nil && !cancelled(c) {
			setPartStat(p, all)
			p.RemoveParam("RSVP")
		}
	}
	at := map[instance]string{}
	for t, answer := range apart {
		at[instanceAt(t)] = answer
	}
	keys := make(map[instance]*icalendar.Component, len(at))
	for k := range at {
		keys[k] = nil
	}
	for _, k := range sorted(keys) {
		c := s.by[k]
		if c == nil {
			if c = s.derive(k); c == nil {
				continue
			}
			s.add(c)
		}
		if p := w.own(c); p != nil && !cancelled(c) {
			setPartStat(p, at[k])
			p.RemoveParam("RSVP")
		}
	}
	return s.object
}

// OwnAnswered tells whether the owner of an attendee's object has answered any of it.
func OwnAnswered(o *icalendar.Object, w *World) bool {
	for _, c := range setOf(o).comps {
		if p := w.own(c); p != nil && PartStat(p) != NeedsAction {
			return true
		}
	}
	return false
}
