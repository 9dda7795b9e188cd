// Package recur reads recurrence rules and walks their instances (RFC 5545 §3.3.10, §3.8.5.3;
// RFC 7529 only as far as it equals RFC 5545). It also owns civil time: Date and Local.
//
// Invariants:
//   - Everything is civil time. Zones, and with them gaps and overlaps, are the caller's.
//   - Instances come in order, each once. Dates that don't exist are skipped and not counted (RFC 5545 §3.3.10).
//   - SkipTo jumps without stepping through what lies between, unless COUNT has to be counted.
//   - An iterator does at most MaxSteps of work and then says so.
package recur

import "slices"

// MaxSteps is the work one iterator may do: periods and instances looked at.
const MaxSteps = 100_000

// maxYear ends every walk.
const maxYear = 9999

// An Iterator walks the instances of a rule in order, each once.
type Iterator struct {
	rule  *Rule
	start Local
	until Local // zero: none
	x     expansion

	period    int64   // index of the period that is looked at next
	set       []Local // what is left of the present period
	buf       []Local
	from      Local // nothing before it is given; set by SkipTo
	begin     bool  // DTSTART is still to be given, whether the rule matches it or not
	given     bool  // DTSTART was given for begin
	count     int   // instances of the rule so far, given or skipped
	steps     int
	done      bool
	exhausted bool
}

// Iterator walks the instances of r from DTSTART on; UNTIL is compared as written.
func (r *Rule) Iterator(start Local) *Iterator {
	var until Local
	if r.UntilKind != NoUntil {
		until = r.Until
	}
	return r.IteratorUntil(start, until)
}

// IteratorUntil is Iterator with the last moment given by the caller, who has carried an UNTIL
// in UTC into the zone of DTSTART. The zero Local is none.
func (r *Rule) IteratorUntil(start, until Local) *Iterator {
	it := &Iterator{rule: r, start: start, until: until, from: start}
	it.x = expand(r, start)
	it.period = it.x.index(start)
	return it
}

// IncludeStart makes DTSTART the first instance even if the rule does not match it. COUNT counts
// it (RFC 5545 §3.3.10). Call it before Next and SkipTo.
func (it *Iterator) IncludeStart() *Iterator {
	it.begin = true
	return it
}

// Exhausted tells whether the walk ended by the work limit rather than by the rule.
func (it *Iterator) Exhausted() bool { return it.exhausted }

// Next gives the next instance; false when there is none, or the work limit is reached.
func (it *Iterator) Next() (Local, bool) {
	for {
		l, ok := it.step()
		if !ok {
			return Local{}, false
		}
		if !l.Before(it.from) {
			return l, true
		}
	}
}

// SkipTo jumps so that Next gives the first instance not before l. It never goes back.
func (it *Iterator) SkipTo(l Local) {
	if !it.from.Before(l) {
		return
	}
	it.from = l
	if it.rule.Count > 0 && !it.skipCounted(l) {
		return // Next counts what lies between
	}
	if target := it.x.index(l); target > it.period {
		interval := int64(it.x.interval)
		it.period += (target - it.period) / interval * interval
		it.set = nil
	}
	if it.begin && it.start.Before(l) {
		it.begin, it.given = false, true
	}
}

// skipCounted jumps where each period has exactly one instance, so that they can be counted without a look.
func (it *Iterator) skipCounted(l Local) bool {
	if !it.x.single || len(it.set) > 0 {
		return false
	}
	target := it.x.index(l)
	if target <= it.period {
		return false
	}
	if it.given && it.period == it.x.index(it.start) {
		it.count-- // DTSTART was counted when it was given; its period is counted below
	}
	it.begin, it.given = false, it.begin || it.given
	it.count += int((target - it.period) / int64(it.x.interval))
	return true
}

// step gives the next instance of the rule from DTSTART on, within COUNT and UNTIL.
func (it *Iterator) step() (Local, bool) {
	if it.done || it.rule.Count > 0 && it.count >= it.rule.Count {
		return Local{}, false
	}
	if it.begin {
		it.begin, it.given = false, true
		return it.accept(it.start)
	}
	for {
		for len(it.set) > 0 {
			l := it.set[0]
			it.set = it.set[1:]
			if l.Before(it.start) || it.given && l == it.start {
				continue
			}
			return it.accept(l)
		}
		if !it.fill() {
			it.done = true
			return Local{}, false
		}
	}
}

func (it *Iterator) accept(l Local) (Local, bool) {
	if !it.until.IsZero() && l.After(it.until) || !it.work() {
		it.done = true
		return Local{}, false
	}
	it.count++
	return l, true
}

// work takes one step off the limit.
func (it *Iterator) work() bool {
	if it.steps++; it.steps > MaxSteps {
		it.exhausted = true
		return false
	}
	return true
}

// fill expands periods until one has instances.
func (it *Iterator) fill() bool {
	for it.work() {
		begin := it.x.begin(it.period)
		if begin.Year > maxYear || !it.until.IsZero() && begin.After(it.until) {
			return false
		}
		next := it.period + int64(it.x.interval)
		if skip := it.x.skip(it.period); skip > it.period {
			interval := int64(it.x.interval)
			next = it.period + (skip-it.period+interval-1)/interval*interval
		} else {
			it.buf = it.x.instances(it.buf[:0], it.period)
		}
		it.period = next
		if it.set = it.buf; len(it.set) > 0 {
			it.buf = it.buf[:0:cap(it.buf)]
			if len(it.rule.BySetPos) > 0 {
				it.set = positions(it.set, it.rule.BySetPos)
			}
			if len(it.set) > 0 {
				return true
			}
		}
	}
	return false
}

// positions picks the instances of one period that BYSETPOS names.
func positions(set []Local, pos []int) []Local {
	picked := make([]Local, 0, len(pos))
	for _, p := range pos {
		if p < 0 {
			p += len(set) + 1
		}
		if p >= 1 && p <= len(set) {
			picked = append(picked, set[p-1])
		}
	}
	slices.SortFunc(picked, Local.Compare)
	return slices.Compact(picked)
}
