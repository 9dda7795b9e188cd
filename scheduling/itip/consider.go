package itip

import "convoke/internal/icalendar"

// Consider gives an organizer's object as an attendee's COUNTER would have it (RFC 5546 §3.2.7): with its times and
// place, and nothing else of it. Nil if that is what stands there already, or cannot be. The arguments are not
// edited.
func Consider(copy *icalendar.Object, m *Message, w *World) *icalendar.Object {
	if copy == nil || m.Object == nil {
		return nil
	}
	s, msg := setOf(copy.Clone()), setOf(m.Object)
	changed := false
	for _, c := range msg.comps {
		k := msg.key(c)
		target, made := s.component(k)
		if target == nil || made && !s.isInstance(k, false) || cancelled(target) || target.Name != c.Name {
			return nil
		}
		if !propose(s, target, msg, c) {
			continue
		}
		if changed = true; made {
			s.add(target)
		}
	}
	if !changed {
		return nil
	}
	return s.object
}

// propose writes what c proposes on target, in the form and zone that target has, and tells whether it differs.
func propose(s *set, target *icalendar.Component, msg *set, c *icalendar.Component) bool {
	changed := false
	if p := c.Prop("LOCATION"); p != nil && p.Text() != target.Text("LOCATION") {
		target.SetText("LOCATION", p.Text())
		changed = true
	}
	p := target.Prop("DTSTART")
	if p == nil {
		return changed
	}
	start, err := p.Time(s.zones)
	if err != nil {
		return changed
	}
	for _, name := range []string{"DTSTART", "DTEND", "DUE"} {
		q := c.Prop(name)
		if q == nil {
			continue
		}
		t, err := q.Time(msg.zones)
		if err != nil {
			continue
		}
		at, ok := timeAt(instanceAt(t), start)
		if !ok {
			continue
		}
		if have := target.Prop(name); have != nil {
			if is, err := have.Time(s.zones); err == nil && instanceAt(is) == instanceAt(at) {
				continue
			}
		}
		target.SetTime(name, at)
		if name != "DTSTART" {
			target.Remove("DURATION")
		}
		changed = true
	}
	if q := c.Prop("DURATION"); q != nil && !c.Has("DTEND") && !c.Has("DUE") && q.Value != valueOf(target, "DURATION") {
		target.Remove("DTEND")
		target.Remove("DUE")
		target.Set("DURATION", q.Value)
		changed = true
	}
	return changed
}

func valueOf(c *icalendar.Component, name string) string {
	if p := c.Prop(name); p != nil {
		return p.Value
	}
	return ""
}

// Admit gives an organizer's object with the sender of a REPLY on the list of attendees, unanswered, wherever the
// message names an instance (RFC 5546 §3.2.3: who was not invited). Nil if he is on it, or nothing there fits.
func Admit(copy *icalendar.Object, m *Message, w *World) *icalendar.Object {
	if copy == nil || m.Object == nil {
		return nil
	}
	s, msg := setOf(copy.Clone()), setOf(m.Object)
	changed := false
	for _, c := range msg.comps {
		answered := w.attendee(c, m.Originator)
		k := msg.key(c)
		target, made := s.component(k)
		if answered == nil || target == nil || made && !s.isInstance(k, false) || w.attendee(target, m.Originator) != nil {
			continue
		}
		p := icalendar.NewProperty("ATTENDEE", answered.Value)
		copyParams(p, answered, "CN", "CUTYPE")
		p.SetParam("PARTSTAT", NeedsAction)
		p.SetParam("RSVP", "TRUE")
		target.Add(p)
		if changed = true; made {
			s.add(target)
		}
	}
	if !changed {
		return nil
	}
	return s.object
}
