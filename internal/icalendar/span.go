package icalendar

// Span is the facts about an object's time that an index keeps. Any instance that
// Instances or Overlaps finds in [from, to) satisfies First < to and Last >= from.
type Span struct {
	First, Last int64 // seconds since 1970; Ever and Never if open. Floating and all-day times are widened by a day
	Recurring   bool
	Endless     bool // Last is Never because the series does not end
	Floating    bool // a floating time or a date is among them
}

// widen is by how much a clock without a zone may be off UTC.
const widen = 86_400

// Span computes the facts. What cannot be read spans everything.
func (o *Object) Span() Span {
	s, err := o.Series()
	if err != nil {
		return Span{First: Ever, Last: Never}
	}
	return s.Span()
}

// Span computes the facts of a series.
func (s *Series) Span() Span {
	a := Span{First: Never, Last: Ever}
	if s.master != nil {
		a.add(s.master, s.master.start)
		if s.master.recurs() && !s.master.start.IsZero() {
			a.Recurring = true
			s.recurrenceSpan(&a)
		}
	}
	for _, p := range s.overrides {
		a.Recurring = true
		a.add(p, p.start)
	}
	if a.First > a.Last {
		return Span{First: Ever, Last: Ever, Recurring: a.Recurring}
	}
	return a
}

// add takes in one instance of p.
func (a *Span) add(p *part, start DateTime) {
	w := int64(0)
	if loose(start) || loose(p.end) {
		a.Floating, w = true, widen
	}
	switch {
	case p.start.IsZero():
		a.addUndated(p, w)
	case p.comp.Name == Availability && p.end.IsZero() && !p.byLength:
		a.reach(start.unix(nil)-w, Never)
	default:
		begin := start.unix(nil)
		end := p.endOf(start, begin, nil)
		if p.comp.Name == FreeBusy && !p.end.IsZero() {
			end = max(end, p.end.unix(nil))
		}
		if p.comp.Name == Todo {
			begin-- // its conditions take in both ends
		}
		a.reach(begin-w, max(end, begin+1)+w)
	}
}

// loose tells whether a time is read on the clock of whoever looks.
func loose(d DateTime) bool { return d.Form != NoTime && d.zone(nil) == nil && d.Form != UTC }

// addUndated takes in a part without DTSTART.
func (a *Span) addUndated(p *part, w int64) {
	switch {
	case p.comp.Name == Journal || p.comp.Name == Event || p.comp.Name == Available:
	case p.comp.Name == Availability && !p.end.IsZero():
		a.reach(Ever, p.end.unix(nil)+w)
	case p.comp.Name == FreeBusy:
		for q := range p.comp.All("FREEBUSY") {
			list, err := q.Periods(nil)
			if err != nil {
				continue
			}
			for i := range list {
				a.reach(list[i].Start.unix(nil)-widen, list[i].End.unix(nil)+widen)
			}
		}
	case p.comp.Name != Todo:
		a.reach(Ever, Never)
	case !p.end.IsZero():
		due := p.end.unix(nil)
		a.reach(due-1-w, due+w)
	case p.hasDone && p.hasCreated:
		a.reach(min(p.done, p.created)-1, max(p.done, p.created))
	case p.hasDone:
		a.reach(p.done-1, p.done)
	case p.hasCreated:
		a.reach(p.created, Never)
	default:
		a.reach(Ever, Never)
	}
}

func (a *Span) reach(first, last int64) {
	a.First, a.Last = min(a.First, first), max(a.Last, last)
}

// recurrenceSpan takes in what the rules and dates of the master make.
func (s *Series) recurrenceSpan(a *Span) {
	m := s.master
	shift := s.shift()
	// Clocks of a zone are off UTC by less than a day.
	slack := shift + s.longest() + widen
	if loose(m.start) {
		slack += widen
	}
	for i := range m.rdates {
		t := onClock(m.rdates[i].Start, m.start).Seconds()
		a.reach(t-shift-2*widen, t+slack)
	}
	if shift > 0 {
		a.First = min(a.First, m.start.Local.Seconds()-shift-2*widen)
	}
	for i := range m.rules {
		r := &m.rules[i]
		switch {
		case r.Endless():
			a.Last, a.Endless = Never, true
		case r.hasUntil:
			a.Last = max(a.Last, r.until.Seconds()+slack)
		default:
			last, ok := lastOf(m, r)
			if !ok {
				a.Last, a.Endless = Never, true
				continue
			}
			a.Last = max(a.Last, last+slack)
		}
	}
}

// lastOf walks a rule with COUNT to its end; false if that is too far.
func lastOf(m *part, r *rule) (int64, bool) {
	it := m.iterator(r).IncludeStart()
	last := m.start.Local
	for {
		l, ok := it.Next()
		if !ok {
			return last.Seconds(), !it.Exhausted()
		}
		last = l
	}
}
