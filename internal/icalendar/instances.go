package icalendar

import (
	"slices"
	"time"

	"convoke/internal/recur"
	"convoke/internal/timezone"
)

// DefaultInstances is how many instances of one object one range gives at most.
const DefaultInstances = 3_000

// Instance is one occurrence of a component.
type Instance struct {
	Component    *Component // the master or the override it is made of
	Start, End   time.Time  // UTC; End is exclusive, equal to Start if it takes no time; zero if undated
	From         DateTime   // Start in the form in which it is written
	RecurrenceID DateTime   // zero if the object does not recur
	Override     bool       // Component replaces the instance
	First        bool       // it is the instance at the DTSTART of the master

	begin, end int64
	part       *part
}

// AllDay tells whether it lasts whole days on the clock of whoever looks.
func (i *Instance) AllDay() bool { return i.From.Form == Date }

// Options say how instances are looked for. The zero value is good.
type Options struct {
	Floating *timezone.Zone // where floating times and dates are read; nil is UTC
	Max      int            // at most so many instances; 0 is DefaultInstances
}

// Instances gives the instances that overlap [from, to) as RFC 4791 §9.9 has it,
// sorted by start. A zero time is an open end. Truncated says that there may be
// more: the number or the work reached its limit.
func (o *Object) Instances(from, to time.Time, opt Options) (list []Instance, truncated bool, err error) {
	s, err := o.Series()
	if err != nil {
		return nil, false, err
	}
	list, truncated = s.Instances(from, to, opt)
	return list, truncated, nil
}

// Instances is Object.Instances of a series that was read before.
func (s *Series) Instances(from, to time.Time, opt Options) (list []Instance, truncated bool) {
	limit := opt.Max
	if limit <= 0 {
		limit = DefaultInstances
	}
	complete := s.each(bounds(from, to), opt.Floating, func(i *Instance) bool {
		if len(list) == limit {
			truncated = true
			return false
		}
		list = append(list, *i)
		return true
	})
	slices.SortStableFunc(list, func(a, b Instance) int { return a.Start.Compare(b.Start) })
	return list, truncated || !complete
}

// Any tells whether an instance overlaps [from, to).
func (s *Series) Any(from, to time.Time, floating *timezone.Zone) bool {
	b := bounds(from, to)
	if m := s.master; m != nil && len(s.overrides) == 0 && !m.recurs() && len(m.exdates)+len(m.exdays) == 0 {
		begin := m.start.unix(floating) // the usual case, without allocation
		return m.overlaps(b, begin, m.endOf(m.start, begin, floating), m.zero, floating)
	}
	found := false
	s.each(b, floating, func(*Instance) bool {
		found = true
		return false
	})
	return found
}

// span is a range in seconds, half open.
type span struct{ from, to int64 }

func bounds(from, to time.Time) span {
	b := span{Ever, Never}
	if !from.IsZero() {
		b.from = from.Unix()
	}
	if !to.IsZero() {
		b.to = to.Unix()
	}
	return b
}

// each calls yield for the instances that overlap b: the generated ones in order,
// then the overrides. It reports false if the work limit cut it short.
func (s *Series) each(b span, floating *timezone.Zone, yield func(*Instance) bool) bool {
	w := walk{s: s, b: b, floating: floating, yield: yield}
	if s.master != nil {
		w.generated()
	}
	for _, p := range s.overrides {
		if w.stop {
			break
		}
		w.replaced(p)
	}
	return !w.cut
}

// walk is one pass over the instances.
type walk struct {
	s        *Series
	b        span
	floating *timezone.Zone
	yield    func(*Instance) bool
	stop     bool // yield wants no more
	cut      bool // a limit of work was reached
	inst     Instance
}

// generated gives the instances of the master that no override replaces.
func (w *walk) generated() {
	m := w.s.master
	switch {
	case m.start.IsZero():
		w.offer(m, m.start, recur.Local{}, nil)
		return
	case !m.recurs():
		if w.s.override(m.start.Local) == nil && !m.excluded(m.start.Local) {
			w.offer(m, m.start, m.start.Local, nil)
		}
		return
	}
	low, high := w.window()
	if len(m.rules) == 1 && len(m.rdates) == 0 && len(m.exrules) == 0 {
		w.single(&m.rules[0], low, high)
		return
	}
	w.merged(low, high)
}

// window gives the local times between which keys may make an instance in range.
// The clock may be off UTC by a day at most.
func (w *walk) window() (low, high recur.Local) {
	shift := w.s.shift() + 86400
	low, high = recur.LocalAt(minLocal), recur.LocalAt(maxLocal)
	if w.b.from > minLocal {
		low = recur.LocalAt(max(w.b.from-shift-w.s.longest(), minLocal))
	}
	if w.b.to < maxLocal {
		high = recur.LocalAt(min(w.b.to+shift, maxLocal))
	}
	return low, high
}

// Years 1 and 9999: all that a DATE can say.
const (
	minLocal int64 = -62135596800
	maxLocal int64 = 253402300799
)

// single walks one rule, the usual case, without keeping a list.
func (w *walk) single(r *rule, low, high recur.Local) {
	it := w.s.master.iterator(r).IncludeStart()
	if low.After(w.s.master.start.Local) {
		it.SkipTo(low)
	}
	for !w.stop {
		l, ok := it.Next()
		if !ok {
			w.cut = w.cut || it.Exhausted()
			return
		}
		if l.After(high) {
			return
		}
		w.key(l, nil)
	}
}

// merged walks several rules and dates: all keys of the window, sorted, each once.
func (w *walk) merged(low, high recur.Local) {
	m := w.s.master
	type key struct {
		l recur.Local
		p *Period
	}
	keys := []key{}
	if len(m.rules) == 0 && !m.start.Local.Before(low) {
		keys = append(keys, key{l: m.start.Local})
	}
	for i := range m.rules {
		for _, l := range w.collect(&m.rules[i], low, high, true) {
			keys = append(keys, key{l: l})
		}
	}
	for i := range m.rdates {
		r := &m.rdates[i]
		if l := onClock(r.Start, m.start); !l.Before(low) && !l.After(high) {
			k := key{l: l}
			if !r.End.IsZero() {
				k.p = r
			}
			keys = append(keys, k)
		}
	}
	slices.SortStableFunc(keys, func(a, b key) int { return a.l.Compare(b.l) })
	var gone []recur.Local
	for i := range m.exrules {
		gone = append(gone, w.collect(&m.exrules[i], low, high, false)...)
	}
	slices.SortFunc(gone, recur.Local.Compare)
	for i, k := range keys {
		if w.stop || k.l.After(high) {
			return
		}
		if i+1 < len(keys) && keys[i+1].l == k.l && k.p == nil {
			continue // the same instance again: a period says more
		}
		if i > 0 && keys[i-1].l == k.l && keys[i-1].p != nil {
			continue
		}
		if _, found := slices.BinarySearchFunc(gone, k.l, recur.Local.Compare); !found {
			w.key(k.l, k.p)
		}
	}
}

// maxCollected bounds the keys one rule puts into the list of merged.
const maxCollected = 2 * DefaultInstances

func (w *walk) collect(r *rule, low, high recur.Local, includeStart bool) []recur.Local {
	it := w.s.master.iterator(r)
	if includeStart {
		it = it.IncludeStart()
	}
	if low.After(w.s.master.start.Local) {
		it.SkipTo(low)
	}
	var list []recur.Local
	for len(list) < maxCollected {
		l, ok := it.Next()
		if !ok || l.After(high) {
			w.cut = w.cut || it.Exhausted()
			return list
		}
		list = append(list, l)
	}
	w.cut = true
	return list
}

// key offers the instance of the master with that key, unless it is excluded or replaced.
func (w *walk) key(l recur.Local, period *Period) {
	m := w.s.master
	if m.excluded(l) {
		return
	}
	if len(w.s.overrides) > 0 {
		if w.s.override(l) != nil {
			return
		}
		if p := w.s.following(l); p != nil {
			w.offer(p, w.s.moved(p, l), l, nil)
			return
		}
	}
	w.offer(m, m.start.with(l), l, period)
}

// moved gives the start of the instance l under a THISANDFUTURE override: it is
// moved by as much as the override moved its own (RFC 5545 §3.8.4.4).
func (s *Series) moved(p *part, l recur.Local) DateTime {
	m := s.master.start
	if p.start.Form == Date || m.Form == Date {
		return p.start.with(p.start.Local.AddDays(l.Days() - p.key.Days()))
	}
	// Both on the clock of the override, so that it keeps its time of day.
	at, id := onClock(m.with(l), p.start), onClock(m.with(p.key), p.start)
	return p.start.with(p.start.Local.AddSeconds(at.Seconds() - id.Seconds()))
}

// replaced offers an override at its own time.
func (w *walk) replaced(p *part) {
	w.offer(p, p.start, p.key, nil)
}

// offer yields the instance of p at start if it overlaps the range.
func (w *walk) offer(p *part, start DateTime, key recur.Local, period *Period) {
	i := &w.inst
	i.begin = start.unix(w.floating)
	i.end = p.endOf(start, i.begin, w.floating)
	zero := p.zero
	if period != nil {
		i.end = max(period.End.mixed(period.Start), i.begin)
		if period.Start.zone(nil) == nil && period.Start.Form != UTC {
			i.end = max(period.End.unix(w.floating), i.begin)
		}
		zero = i.end == i.begin
	}
	if !p.overlaps(w.b, i.begin, i.end, zero, w.floating) {
		return
	}
	i.part, i.Component, i.From = p, p.comp, start
	if start.IsZero() { // a to-do has its DUE alone, or no time at all
		i.begin = p.end.unix(w.floating)
		i.end = i.begin
	}
	i.Start, i.End = time.Unix(i.begin, 0).UTC(), time.Unix(i.end, 0).UTC()
	if start.IsZero() && p.end.IsZero() {
		i.Start, i.End = time.Time{}, time.Time{}
	}
	m := w.s.master
	i.Override = !p.id.IsZero()
	i.RecurrenceID = DateTime{}
	switch {
	case p.id.IsZero() && !m.recurs():
	case m != nil && !m.start.IsZero():
		i.RecurrenceID = m.start.with(key)
	default:
		i.RecurrenceID = p.id
	}
	i.First = m != nil && !m.start.IsZero() && key == m.start.Local
	if !w.yield(i) {
		w.stop = true
	}
}
