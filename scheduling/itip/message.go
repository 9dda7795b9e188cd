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
