package icalendar

import "time"

// Range is a time range as the elements expand, limit-recurrence-set and
// limit-freebusy-set give it: start inclusive, end not.
type Range struct{ From, To time.Time }

// Retrieval says which parts of an object are wanted: what a CALDAV:calendar-data
// element asks for (RFC 4791 §9.6). The zero value wants all of it.
type Retrieval struct {
	Select          *Selection // CALDAV:comp; nil is everything
	Expand          *Range     // CALDAV:expand
	LimitRecurrence *Range     // CALDAV:limit-recurrence-set
	LimitFreeBusy   *Range     // CALDAV:limit-freebusy-set
}

// Whole tells whether r wants the object as it is stored.
func (r *Retrieval) Whole() bool { return r == nil || *r == Retrieval{} }

// Retrieve writes what r wants of the object, behind dst. Instances says how many
// an expansion gave, truncated that its limit cut it. What is not altered is
// written as it is stored.
func (o *Object) Retrieve(dst []byte, r *Retrieval, opt Options) (out []byte, instances int, truncated bool, err error) {
	if r.Whole() {
		return o.Calendar.AppendTo(dst), 0, false, nil
	}
	c := o.Calendar
	switch {
	case r.Expand != nil:
		if c, instances, truncated, err = o.expanded(*r.Expand, opt); err != nil {
			return dst, 0, false, err
		}
	case r.LimitRecurrence != nil:
		if c, err = o.limited(*r.LimitRecurrence, opt); err != nil {
			return dst, 0, false, err
		}
	}
	if r.LimitFreeBusy != nil {
		c = limitFreeBusy(c, *r.LimitFreeBusy, opt)
	}
	if r.Select == nil {
		return c.AppendTo(dst), instances, truncated, nil
	}
	return r.Select.appendTo(dst, c), instances, truncated, nil
}

// shallow copies a component but shares its properties and subcomponents, which
// must only be read.
func shallow(c *Component) *Component {
	d := *c
	return &d
}

// expanded gives the object with every instance in range as a component of its
// own, in UTC, without recurrence properties and time zones (RFC 4791 §9.6.5).
func (o *Object) expanded(r Range, opt Options) (*Component, int, bool, error) {
	list, truncated, err := o.Instances(r.From, r.To, opt)
	if err != nil {
		return nil, 0, false, err
	}
	out := shallow(o.Calendar)
	out.Children = make([]*Component, 0, len(list))
	zones := o.Zones()
	for i := range list {
		out.Children = append(out.Children, list[i].expand(zones))
	}
	return out, len(list), truncated, nil
}

// expand gives the instance as a component that needs no other.
func (i *Instance) expand(zones *Zones) *Component {
	c := shallow(i.Component)
	c.Props = make([]*Property, 0, len(i.Component.Props)+1)
	p := i.part
	hasID := false
	for _, q := range i.Component.Props {
		switch q.Name {
		case "RRULE", "RDATE", "EXDATE", "EXRULE":
			continue
		case "DTSTART":
			if !p.start.IsZero() {
				q = timeProperty(q, i.From)
			}
		case "DTEND", "DUE":
			if !p.start.IsZero() && !p.end.IsZero() {
				q = timeProperty(q, i.endForm())
			} else {
				q = inUTC(q, zones)
			}
		case "DURATION":
			if p.byLength && i.End.Sub(i.Start) != p.length.Nominal() && p.length.Days == 0 {
				q = timeProperty(NewProperty("DTEND", ""), i.endForm()) // an RDATE with a period of its own
			}
		case "RECURRENCE-ID":
			if i.RecurrenceID.IsZero() {
				continue
			}
			q, hasID = timeProperty(NewProperty(q.Name, ""), i.RecurrenceID), true
		default:
			q = inUTC(q, zones)
		}
		c.Props = append(c.Props, q)
	}
	if !hasID && !i.RecurrenceID.IsZero() && !i.First {
		c.Props = append(c.Props, timeProperty(NewProperty("RECURRENCE-ID", ""), i.RecurrenceID))
	}
	if k := c.Props; len(k) > 0 {
		for n := len(k) - 1; n > 0 && k[n].before == 0 && k[n-1].before > 0; n-- {
			k[n], k[n-1] = k[n-1], k[n]
		}
	}
	return c
}

// endForm gives the end of the instance as its start is written, but in UTC.
func (i *Instance) endForm() DateTime {
	p := i.part
	switch {
	case p.byLength && i.From.Form == Date:
		return i.From.Add(p.length, nil)
	case i.From.Form == UTC, i.From.Form == Zoned && i.From.Zone != nil, p.end.Form == UTC:
		return FromInstant(i.End)
	}
	return DateTime{Local: i.From.Local.AddSeconds(i.end - i.begin), Form: Floating}
}

// timeProperty gives a copy of q with another time, in UTC if it has a zone.
func timeProperty(q *Property, d DateTime) *Property {
	if d.Form == Zoned {
		if d.Zone == nil {
			d.Form = Floating
		} else {
			d = FromInstant(d.Instant(nil))
		}
	}
	r := *q
	r.SetTime(d)
	return &r
}

// inUTC gives q itself, or a copy without TZID.
func inUTC(q *Property, zones *Zones) *Property {
	if q.params == "" || !q.HasParam("TZID") {
		return q
	}
	r := *q
	list, err := q.Times(zones)
	if err == nil && len(list) == 1 {
		return timeProperty(&r, list[0])
	}
	r.RemoveParam("TZID")
	return &r
}

// limited gives the object with those overrides only that have an impact on the
// range, by their own times or by those they replace (RFC 4791 §9.6.6).
func (o *Object) limited(r Range, opt Options) (*Component, error) {
	s, err := o.Series()
	if err != nil {
		return nil, err
	}
	if len(s.overrides) == 0 {
		return o.Calendar, nil
	}
	keep := s.impact(bounds(r.From, r.To), opt)
	out := shallow(o.Calendar)
	out.Children = make([]*Component, 0, len(o.Calendar.Children))
	for i, c := range o.Calendar.Children {
		if c.Name == s.kind && c.Has("RECURRENCE-ID") && !keep[c] {
			if n := len(out.Props); n > 0 && out.Props[n-1].before > int32(i) {
				return limitedClone(o.Calendar, s.kind, keep), nil
			}
			continue
		}
		out.Children = append(out.Children, c)
	}
	return out, nil
}

// limitedClone is the slow way, for calendars whose properties stand among components.
func limitedClone(c *Component, kind string, keep map[*Component]bool) *Component {
	d := c.Clone()
	drop := make(map[*Component]bool)
	for i, k := range c.Children {
		if k.Name == kind && k.Has("RECURRENCE-ID") && !keep[k] {
			drop[d.Children[i]] = true
		}
	}
	d.RemoveChildren(func(k *Component) bool { return drop[k] })
	return d
}

// impact collects the overrides that have an impact on the range.
func (s *Series) impact(b span, opt Options) map[*Component]bool {
	keep := make(map[*Component]bool)
	seen := 0
	s.each(b, opt.Floating, func(i *Instance) bool {
		seen++
		keep[i.Component] = keep[i.Component] || i.Override
		return seen < DefaultInstances
	})
	for _, p := range s.overrides {
		if keep[p.comp] || p.id.IsZero() {
			continue
		}
		was := p // without a master its own length is the best guess
		id := p.id
		if s.master != nil && !s.master.start.IsZero() {
			was, id = s.master, s.master.start.with(p.key)
		}
		begin := id.unix(opt.Floating)
		end := was.endOf(id, begin, opt.Floating)
		if end == begin {
			end++
		}
		keep[p.comp] = b.from < end && b.to > begin
	}
	if s.master == nil || len(s.ranged) == 0 {
		return keep
	}
	// What the instances under a THISANDFUTURE override originally were.
	seen = 0
	plain := &Series{kind: s.kind, master: s.master, zones: s.zones}
	plain.each(b, opt.Floating, func(i *Instance) bool {
		seen++
		if p := s.following(onClock(i.From, s.master.start)); p != nil {
			keep[p.comp] = true
		}
		return seen < DefaultInstances
	})
	return keep
}

// limitFreeBusy leaves out FREEBUSY values outside of the range (RFC 4791 §9.6.7).
func limitFreeBusy(c *Component, r Range, opt Options) *Component {
	b := bounds(r.From, r.To)
	out := shallow(c)
	out.Children = make([]*Component, len(c.Children))
	copy(out.Children, c.Children)
	for i, k := range out.Children {
		if k.Name != FreeBusy {
			continue
		}
		f := shallow(k)
		f.Props = make([]*Property, 0, len(k.Props))
		for _, q := range k.Props {
			if q.Name == "FREEBUSY" {
				if q = limitPeriods(q, b, opt); q == nil {
					continue
				}
			}
			f.Props = append(f.Props, q)
		}
		out.Children[i] = f
	}
	return out
}

// limitPeriods gives q with the periods in range: itself if that is all, nil if none.
func limitPeriods(q *Property, b span, opt Options) *Property {
	list, err := q.Periods(nil)
	if err != nil {
		return q
	}
	value, n, all := "", 0, 0
	for v := range splitList(q.Value) {
		if all < len(list) {
			if p := &list[all]; b.from < p.End.unix(opt.Floating) && b.to > p.Start.unix(opt.Floating) {
				if n > 0 {
					value += ","
				}
				value += v
				n++
			}
			all++
		}
	}
	switch n {
	case 0:
		return nil
	case len(list):
		return q
	}
	r := *q
	r.Value = value
	return &r
}
