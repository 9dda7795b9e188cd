package icalendar

import (
	"cmp"
	"math"
	"slices"

	"convoke/internal/recur"
	"convoke/internal/timezone"
)

// Series is what is needed to compute the instances of an object, read once: its
// times, rules and overrides. It is immutable and safe for concurrent use.
type Series struct {
	kind      string
	master    *part
	overrides []*part // sorted by id
	ranged    []*part // those with RANGE=THISANDFUTURE, sorted by id
	zones     *Zones
}

// Series reads the recurrence of the object. Errors are *SyntaxError and
// *RScaleError. That of a frozen object is computed once.
func (o *Object) Series() (*Series, error) {
	if !o.frozen {
		return newSeries(o.Kind(), o.Calendar.Children, o.Zones())
	}
	o.once.Do(func() { o.series, o.err = newSeries(o.Kind(), o.Calendar.Children, o.Zones()) })
	return o.series, o.err
}

// part is one component: the master or an override.
type part struct {
	comp     *Component
	start    DateTime
	end      DateTime // DTEND or DUE; zero if there is none
	length   Duration // DURATION, or the days from a Date to a Date
	byLength bool     // the end is start plus length
	exact    int64    // seconds from start to end when both are times
	zero     bool     // the end is the start
	rules    []rule
	exrules  []rule // EXRULE of RFC 2445 §4.8.5.2
	rdates   []Period
	exdates  []recur.Local // sorted, on the clock of start
	exdays   []recur.Date  // sorted; DATE values against a DATE-TIME start
	id       DateTime      // RECURRENCE-ID
	key      recur.Local   // id on the clock of the master's start
	future   bool          // RANGE=THISANDFUTURE
	created  int64         // VTODO, if hasCreated
	done     int64         // VTODO, if hasDone

	hasCreated, hasDone bool
}

// rule is one RRULE with its UNTIL carried to the clock of the start.
type rule struct {
	*recur.Rule
	until    recur.Local
	hasUntil bool
}

func newSeries(kind string, list []*Component, zones *Zones) (*Series, error) {
	s := &Series{kind: kind, zones: zones}
	for _, c := range list {
		if c.Name != kind || kind == "" {
			continue
		}
		p, err := newPart(c, zones)
		if err != nil {
			return nil, err
		}
		switch {
		case !p.id.IsZero():
			s.overrides = append(s.overrides, p)
		case s.master == nil:
			s.master = p
		}
	}
	s.index()
	return s, nil
}

// index sorts the overrides by the instance they replace.
func (s *Series) index() {
	for _, p := range s.overrides {
		p.key = s.keyOf(p.id)
	}
	slices.SortStableFunc(s.overrides, func(a, b *part) int { return a.key.Compare(b.key) })
	for _, p := range s.overrides {
		if p.future && !p.start.IsZero() {
			s.ranged = append(s.ranged, p)
		}
	}
}

// keyOf puts a RECURRENCE-ID on the clock of the master's start, which is how
// instances are told apart whatever form the id has.
func (s *Series) keyOf(id DateTime) recur.Local {
	if s.master == nil || s.master.start.IsZero() {
		return id.Local
	}
	return onClock(id, s.master.start)
}

// onClock gives d as the clock of start shows it.
func onClock(d, start DateTime) recur.Local {
	switch {
	case start.Form == Date:
		return d.Local.Date.At(0, 0, 0)
	case d.Form == Date:
		return d.Local.Date.At(start.Hour, start.Minute, start.Second)
	case d.Form == start.Form && d.Zone == start.Zone:
		return d.Local
	case d.Form == Floating || start.Form == Floating:
		return d.Local
	}
	t := d.unix(nil)
	if z := start.zone(nil); z != nil {
		return z.LocalUnix(t)
	}
	return recur.LocalAt(t)
}

func newPart(c *Component, zones *Zones) (*part, error) {
	p := &part{comp: c}
	var endProp, duration *Property
	var err error
	read := func(q *Property, to *DateTime) {
		if err == nil && to.IsZero() {
			*to, err = q.Time(zones)
		}
	}
	recurs := false
	for _, q := range c.Props {
		if q.Value == "" { // "RRULE:" and the like, from forms left empty
			continue
		}
		switch q.Name {
		case "DTSTART":
			read(q, &p.start)
		case "DTEND":
			if c.Name != Todo {
				endProp = q
			}
		case "DUE":
			if c.Name == Todo {
				endProp = q
			}
		case "DURATION":
			duration = q
		case "RECURRENCE-ID":
			read(q, &p.id)
			p.future = q.ParamIs("RANGE", "THISANDFUTURE")
		case "RRULE", "RDATE", "EXDATE", "EXRULE":
			recurs = true
		case "CREATED":
			p.created, p.hasCreated = stamp(q)
		case "COMPLETED":
			p.done, p.hasDone = stamp(q)
		}
		if err != nil {
			return nil, err
		}
	}
	if recurs && p.start.IsZero() && c.Name == Todo && endProp != nil {
		// RFC 5545 §3.8.5.3 wants DTSTART beside RRULE. Apps for tasks leave it out, and mean that DUE recurs.
		read(endProp, &p.start)
	}
	if err != nil {
		return nil, err
	}
	if err := p.setEnd(endProp, duration, zones); err != nil {
		return nil, err
	}
	if recurs && !p.start.IsZero() {
		return p, p.setRecurrence(zones)
	}
	return p, nil
}

// stamp reads a UTC time; what is none counts as absent.
func stamp(q *Property) (int64, bool) {
	d, err := ParseDateTime(q.Value)
	return d.unix(nil), err == nil
}

// setEnd decides how the end follows from the start, for every instance alike.
func (p *part) setEnd(end, duration *Property, zones *Zones) error {
	var err error
	if end != nil {
		if p.end, err = end.Time(zones); err != nil {
			return err
		}
	}
	switch {
	case p.start.IsZero():
	case end != nil && p.start.Form == Date && p.end.Form == Date:
		p.byLength = true
		p.length.Days = max(p.end.Days()-p.start.Days(), 0)
	case end != nil:
		// The length in exact time is kept by all instances (RFC 5545 §3.8.5.3).
		p.exact = p.end.mixed(p.start) - p.start.unix(nil)
		p.exact = max(p.exact, 0)
	case duration != nil && p.comp.Name != FreeBusy:
		if p.length, err = duration.Duration(); err != nil {
			return err
		}
		p.byLength = !p.length.Negative()
		if !p.byLength {
			p.length = Duration{}
		}
	case p.start.Form == Date && p.comp.Name != Todo:
		p.byLength, p.length.Days = true, 1 // RFC 5545 §3.6.1
	}
	p.zero = p.exact == 0 && p.length.IsZero()
	return nil
}

// mixed gives the instant of an end whose form may differ from that of the
// start: a floating or unknown clock is then read as the start's.
func (d DateTime) mixed(start DateTime) int64 {
	if d.zone(nil) == nil && d.Form != UTC {
		return d.unix(start.zone(nil))
	}
	return d.unix(nil)
}

func (p *part) setRecurrence(zones *Zones) error {
	for _, q := range p.comp.Props {
		var err error
		if q.Value == "" {
			continue
		}
		switch q.Name {
		case "RRULE":
			p.rules, err = p.addRule(p.rules, q)
		case "EXRULE":
			p.exrules, err = p.addRule(p.exrules, q)
		case "RDATE":
			var list []Period
			list, err = q.Periods(zones)
			p.rdates = append(p.rdates, list...)
		case "EXDATE":
			err = p.addExdate(q, zones)
		}
		if err != nil {
			return err
		}
	}
	slices.SortFunc(p.exdates, recur.Local.Compare)
	slices.SortFunc(p.exdays, recur.Date.Compare)
	return nil
}

func (p *part) addExdate(q *Property, zones *Zones) error {
	list, err := q.Periods(zones)
	for _, e := range list {
		if e.Start.Form == Date && p.start.Form != Date {
			p.exdays = append(p.exdays, e.Start.Local.Date)
		} else {
			p.exdates = append(p.exdates, onClock(e.Start, p.start))
		}
	}
	return err
}

func (p *part) addRule(list []rule, q *Property) ([]rule, error) {
	r, err := recur.Parse(q.Value)
	if err != nil {
		if scale, ok := err.(*recur.RScaleError); ok {
			return list, &RScaleError{Line: q.Line(), Err: scale}
		}
		return list, &SyntaxError{Line: q.Line(), Reason: q.Name + ": " + err.Error()}
	}
	if p.start.Form == Date {
		r = r.DateOnly() // RFC 5545 §3.3.10: BYHOUR and the like must be ignored
	}
	out := rule{Rule: r}
	if r.UntilKind != recur.NoUntil {
		out.hasUntil, out.until = true, r.Until
		if r.UntilKind == recur.UntilUTC && p.start.Form != Date {
			out.until = onClock(DateTime{Local: r.Until, Form: UTC}, p.start)
		}
		if p.start.Form == Date {
			out.until = r.Until.Date.At(23, 59, 59)
		}
	}
	return append(list, out), nil
}

// iterator walks one rule from the start of p.
func (p *part) iterator(r *rule) *recur.Iterator {
	if r.hasUntil {
		return r.IteratorUntil(p.start.Local, r.until)
	}
	return r.Iterator(p.start.Local)
}

// recurs tells whether p has more than the instance at its start.
func (p *part) recurs() bool { return len(p.rules) > 0 || len(p.rdates) > 0 }

// excluded tells whether EXDATE takes the instance away.
func (p *part) excluded(l recur.Local) bool {
	if len(p.exdates) > 0 {
		if _, found := slices.BinarySearchFunc(p.exdates, l, recur.Local.Compare); found {
			return true
		}
	}
	if len(p.exdays) > 0 {
		_, found := slices.BinarySearchFunc(p.exdays, l.Date, recur.Date.Compare)
		return found
	}
	return false
}

// endOf gives the end of the instance of p that starts at start.
func (p *part) endOf(start DateTime, begin int64, floating *timezone.Zone) int64 {
	switch {
	case p.zero:
		return begin
	case p.byLength && p.length.Days == 0:
		return begin + int64(p.length.Time.Seconds())
	case p.byLength:
		return start.Add(p.length, floating).unix(floating)
	}
	return begin + p.exact
}

// longest is at least as long as any instance of p.
func (p *part) longest() int64 {
	// A day on the clock may have 25 hours, and days in zones that moved the date line 48.
	n := max(p.exact, int64(p.length.Nominal().Seconds()))
	if p.length.Days > 0 {
		n += 86400
	}
	for i := range p.rdates {
		if r := &p.rdates[i]; !r.End.IsZero() {
			n = max(n, r.End.unix(nil)-r.Start.unix(nil)+86400)
		}
	}
	return n
}

// override gives the part that replaces exactly the instance with that key.
func (s *Series) override(key recur.Local) *part {
	i, found := slices.BinarySearchFunc(s.overrides, key, func(p *part, k recur.Local) int { return p.key.Compare(k) })
	if !found {
		return nil
	}
	return s.overrides[i]
}

// following gives the last THISANDFUTURE override that governs the key.
func (s *Series) following(key recur.Local) *part {
	for i := len(s.ranged) - 1; i >= 0; i-- {
		if s.ranged[i].key.Compare(key) <= 0 {
			return s.ranged[i]
		}
	}
	return nil
}

// shift is the most seconds by which a THISANDFUTURE override moves instances.
func (s *Series) shift() int64 {
	n := int64(0)
	for _, p := range s.ranged {
		d := p.start.Local.Seconds() - p.key.Seconds()
		n = max(n, cmp.Or(max(d, -d), 0)+86400)
	}
	return n
}

// longest is at least as long as any generated instance.
func (s *Series) longest() int64 {
	n := s.master.longest()
	for _, p := range s.ranged {
		n = max(n, p.longest())
	}
	return n
}

// The ends of an unbounded range, in seconds since 1970.
const (
	Ever  int64 = math.MinInt64
	Never int64 = math.MaxInt64
)
