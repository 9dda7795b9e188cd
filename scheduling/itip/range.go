package itip

import (
	"time"

	"convoke/internal/icalendar"
	"convoke/internal/recur"
)

// rangeOver gives the override for this and all future instances that k falls under, or nil: the latest at or
// before it (RECURRENCE-ID;RANGE=THISANDFUTURE, RFC 5545 §3.2.13).
func (s *set) rangeOver(k instance) *icalendar.Component {
	if len(s.comps) < 2 {
		return nil
	}
	var found *icalendar.Component
	var at int64
	for i, c := range s.by {
		if i.form == k.form && i.at < k.at && (found == nil || i.at > at) && isRange(c) {
			found, at = c, i.at
		}
	}
	return found
}

// isRange tells an override for this and all future instances.
func isRange(c *icalendar.Component) bool {
	p := c.Prop("RECURRENCE-ID")
	return p != nil && equalFold(p.Param("RANGE"), "THISANDFUTURE")
}

// setRange makes an override one for this and all future instances, as from is.
func setRange(c, from *icalendar.Component) {
	if p := c.Prop("RECURRENCE-ID"); p != nil && isRange(from) {
		p.SetParam("RANGE", "THISANDFUTURE")
	}
}

// deriveFromRange makes the override for one later instance: moved, and as long, as the range's own is.
func (s *set) deriveFromRange(r *icalendar.Component, at icalendar.DateTime) *icalendar.Component {
	c := r.Clone()
	c.SetTime("RECURRENCE-ID", at)
	c.Prop("RECURRENCE-ID").RemoveParam("RANGE")
	p, q := r.Prop("DTSTART"), r.Prop("RECURRENCE-ID")
	if p == nil {
		return c
	}
	start, err1 := p.Time(s.zones)
	named, err2 := q.Time(s.zones)
	if err1 != nil || err2 != nil {
		return nil
	}
	moved := at
	switch {
	case start.Form == named.Form && start.TZID == named.TZID:
		moved.Local = at.Local.AddSeconds(start.Local.Seconds() - named.Local.Seconds())
	case start.Form == at.Form && start.Form != icalendar.Date:
		moved = at.Add(icalendar.Duration{Time: start.Instant(nil).Sub(named.Instant(nil))}, nil)
	default:
		return nil
	}
	c.SetTime("DTSTART", moved)
	for _, name := range []string{"DTEND", "DUE"} {
		if p := c.Prop(name); p != nil {
			if end, err := p.Time(s.zones); err == nil {
				p.SetTime(shifted(end, start, moved))
			}
		}
	}
	return c
}

// truncate ends a master before instance k: its rules by UNTIL, its RDATEs by leaving the later ones out.
func (s *set) truncate(master *icalendar.Component, k instance) {
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
	until := at
	until.Local = at.Local.AddSeconds(-1)
	switch {
	case at.Form == icalendar.Date:
		until.Local = at.Local.AddSeconds(-86400)
	case at.Form == icalendar.Zoned:
		until = icalendar.FromInstant(at.Instant(nil).Add(-time.Second))
	}
	for p := range master.All("RRULE") {
		r, err := recur.Parse(p.Value)
		if err != nil {
			continue
		}
		if it := walk(r, start); ended(it, at.Local) {
			continue
		}
		r.Count, r.Until = 0, until.Local
		switch until.Form {
		case icalendar.Date:
			r.UntilKind = recur.UntilDate
		case icalendar.UTC:
			r.UntilKind = recur.UntilUTC
		default:
			r.UntilKind = recur.UntilLocal
		}
		p.Value = r.String()
	}
	for later := range s.rdates(master) {
		if later.form == k.form && later.at >= k.at {
			s.exclude(master, later)
		}
	}
}

// ended tells whether a rule has no instance at or after a time.
func ended(it *recur.Iterator, at recur.Local) bool {
	it.SkipTo(at)
	_, more := it.Next()
	return !more
}
