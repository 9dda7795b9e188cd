package itip

import (
	"time"

	"convoke/internal/icalendar"
	"convoke/internal/recur"
)

// derive makes the complete override that stands for instance k of the master: what the
// instance is without any override. Nil if the master cannot have such an instance (no
// master, or a date against a time of day). RFC 5546 §3.2.2: an instance update carries
// all properties, so stubs are never made.
func (s *set) derive(k instance) *icalendar.Component {
	if s.master == nil || k.isMaster() {
		return nil
	}
	p := s.master.Prop("DTSTART")
	if p == nil {
		return nil
	}
	start, err := p.Time(s.zones)
	if err != nil {
		return nil
	}
	at, ok := timeAt(k, start)
	if !ok {
		return nil
	}
	if r := s.rangeOver(k); r != nil {
		return s.deriveFromRange(r, at)
	}
	c := s.master.Clone()
	c.RemoveFunc(func(p *icalendar.Property) bool {
		return p.Name == "RRULE" || p.Name == "RDATE" || p.Name == "EXDATE" || p.Name == "EXRULE"
	})
	c.SetTime("DTSTART", at)
	for _, name := range []string{"DTEND", "DUE"} {
		if p := c.Prop(name); p != nil {
			if end, err := p.Time(s.zones); err == nil {
				p.SetTime(shifted(end, start, at))
			}
		}
	}
	c.SetTime("RECURRENCE-ID", at)
	return c
}

// timeAt is the time of an instance in the form and zone of the series' start.
func timeAt(k instance, start icalendar.DateTime) (icalendar.DateTime, bool) {
	at := start
	switch {
	case k.form == 'D' && start.Form == icalendar.Date:
		at.Local = recur.LocalAt(k.at)
	case k.form == 'F' && instanceAt(start).form == 'F':
		at.Local = recur.LocalAt(k.at)
	case k.form == 'T' && start.Form == icalendar.UTC:
		at.Local = recur.LocalAt(k.at)
	case k.form == 'T' && start.Form == icalendar.Zoned && start.Zone != nil:
		at.Local = start.Zone.Local(time.Unix(k.at, 0))
	default:
		return at, false
	}
	return at, true
}

// shifted moves an end with its start: on the clock if both use one clock, else in exact time.
func shifted(end, from, to icalendar.DateTime) icalendar.DateTime {
	if end.Form == from.Form && end.TZID == from.TZID {
		end.Local = end.Local.AddSeconds(to.Local.Seconds() - from.Local.Seconds())
		return end
	}
	return end.Add(icalendar.Duration{Time: to.Instant(nil).Sub(from.Instant(nil))}, nil)
}

// isInstance tells whether the master's recurrence set has instance k, EXDATE left out of
// account if excluded is true.
func (s *set) isInstance(k instance, excluded bool) bool {
	if s.master == nil {
		return false
	}
	if !excluded && s.exdates(s.master)[k] {
		return false
	}
	p := s.master.Prop("DTSTART")
	if p == nil {
		return false
	}
	start, err := p.Time(s.zones)
	if err != nil {
		return false
	}
	at, ok := timeAt(k, start)
	if !ok {
		return false
	}
	if instanceAt(start) == k || s.rdates(s.master)[k] {
		return true
	}
	for p := range s.master.All("RRULE") {
		r, err := recur.Parse(p.Value)
		if err != nil {
			continue
		}
		it := walk(r, start)
		it.SkipTo(at.Local)
		if l, ok := it.Next(); ok && l == at.Local {
			return true
		}
	}
	return false
}

// next gives the first instance of the master's recurrence set after k, false if there is none.
func (s *set) next(k instance) (instance, bool) {
	if s.master == nil || s.master.Prop("DTSTART") == nil {
		return k, false
	}
	start, err := s.master.Prop("DTSTART").Time(s.zones)
	if err != nil {
		return k, false
	}
	at, ok := timeAt(k, start)
	if !ok {
		return k, false
	}
	excluded := s.exdates(s.master)
	var found instance
	take := func(i instance) {
		if i.form == k.form && i.at > k.at && !excluded[i] && (found.isMaster() || i.at < found.at) {
			found = i
		}
	}
	for i := range s.rdates(s.master) {
		take(i)
	}
	for p := range s.master.All("RRULE") {
		r, err := recur.Parse(p.Value)
		if err != nil {
			continue
		}
		it := walk(r, start)
		it.SkipTo(at.Local.AddSeconds(1))
		for range len(excluded) + 1 {
			l, ok := it.Next()
			if !ok {
				break
			}
			this := start
			this.Local = l
			if i := instanceAt(this); !excluded[i] {
				take(i)
				break
			}
		}
	}
	return found, !found.isMaster()
}

// component gives the override of k, or what the master says of it; derived tells which.
func (s *set) component(k instance) (c *icalendar.Component, derived bool) {
	if c := s.by[k]; c != nil {
		return c, false
	}
	return s.derive(k), true
}

// exclude adds an EXDATE for k to a master, in the form of its DTSTART.
func (s *set) exclude(master *icalendar.Component, k instance) {
	p := master.Prop("DTSTART")
	if p == nil {
		return
	}
	start, err := p.Time(s.zones)
	if err != nil {
		return
	}
	at, ok := timeAt(k, start)
	if !ok {
		return
	}
	x := icalendar.NewProperty("EXDATE", "")
	x.SetTime(at)
	master.Add(x)
}

// include takes instances out of the EXDATE properties of a master.
func (s *set) include(master *icalendar.Component, back map[instance]bool) {
	var gone []*icalendar.Property
	for p := range master.All("EXDATE") {
		times, err := p.Times(s.zones)
		if err != nil {
			continue
		}
		kept := ""
		for _, t := range times {
			if back[instanceAt(t)] {
				continue
			}
			if kept != "" {
				kept += ","
			}
			kept += t.String()
		}
		switch {
		case kept == "":
			gone = append(gone, p)
		case len(kept) < len(p.Value):
			p.Value = kept
		}
	}
	for _, p := range gone {
		master.RemoveProp(p)
	}
}

// add puts a component behind the last scheduling component of the set's object, which is edited.
func (s *set) add(c *icalendar.Component) {
	s.object.Calendar.AddChild(c)
	s.comps = append(s.comps, c)
	k := s.key(c)
	s.by[k] = c
	if k.isMaster() {
		s.master = c
	}
}

// drop takes a component out of the set's object, which is edited.
func (s *set) drop(c *icalendar.Component) {
	s.object.Calendar.RemoveChild(c)
	fresh := setOf(s.object)
	s.comps, s.by, s.master = fresh.comps, fresh.by, fresh.master
}

// replace puts now in the place of old.
func (s *set) replace(old, now *icalendar.Component) {
	for i, c := range s.object.Calendar.Children {
		if c == old {
			s.object.Calendar.Children[i] = now
		}
	}
	fresh := setOf(s.object)
	s.comps, s.by, s.master = fresh.comps, fresh.by, fresh.master
}
