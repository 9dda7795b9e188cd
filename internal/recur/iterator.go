package recur

import (
	"math"
	"slices"
	"sort"
)

// MaxSteps is the work one iterator may do: periods looked at and instances given.
const MaxSteps = 100_000

// maxYear is the last year a date-time can be written in (RFC 5545 §3.3.4).
const maxYear = 9999

// An Iterator walks the instances of a rule in order, each once.
//
// It goes by periods: one year, month, week, day, hour, minute or second of the rule's frequency
// each. The instances of a period are never listed: its days are, and the times of day are
// counted through.
type Iterator struct {
	rule  *Rule
	start int64 // DTSTART
	from  int64 // the rule's own instances begin here
	lower int64 // Next gives nothing before
	last  int64 // UNTIL
	left  int   // what COUNT leaves; negative without COUNT
	steps int

	filter filter
	limits limits
	origin int64 // number of the period that holds DTSTART: see number
	period int64 // the loaded period is this many intervals after it

	days []int // days of the loaded period, since 1970
	clock
	picks []int // places in the period that BYSETPOS takes
	i, n  int   // next instance of the period, and how many it has

	loaded, done, exhausted, pendingStart bool

	dayRoom  [8]int
	timeRoom [3]int
}

// Iterator walks the instances of r from start on: those the rule matches, which a start that
// it does not match is not (but see IncludeStart). UNTIL is compared with the clock of start as
// it is written; where it is UTC and start is not, use IteratorUntil.
func (r *Rule) Iterator(start Local) *Iterator {
	last := int64(math.MaxInt64)
	if r.UntilKind != NoUntil {
		last = r.Until.Seconds()
	}
	return newIterator(r, start, last)
}

// IteratorUntil is Iterator with the last moment given by the caller, who has carried an UNTIL
// in UTC to the clock of DTSTART. It replaces the UNTIL of r; the zero Local is none.
func (r *Rule) IteratorUntil(start, until Local) *Iterator {
	if until.IsZero() {
		return newIterator(r, start, math.MaxInt64)
	}
	return newIterator(r, start, until.Seconds())
}

func newIterator(r *Rule, start Local, last int64) *Iterator {
	it := &Iterator{rule: r, start: start.Seconds(), last: last, left: -1}
	it.from, it.lower = it.start, it.start
	if r.Count > 0 {
		it.left = r.Count
	}
	it.filter = newFilter(r, start.Date)
	it.days = it.dayRoom[:0]
	it.timeRoom = [3]int{start.Hour, start.Minute, start.Second}
	it.clock = clock{
		hours:   values(r.ByHour, 23, it.timeRoom[0:1]),
		minutes: values(r.ByMinute, 59, it.timeRoom[1:2]),
		seconds: values(r.BySecond, 59, it.timeRoom[2:3]),
	}
	switch r.Freq { // RFC 5545 §3.3.10: what does not expand limits
	case Secondly:
		it.limits.seconds = mask(r.BySecond, 59)
		it.seconds = it.timeRoom[2:3]
		fallthrough
	case Minutely:
		it.limits.minutes = mask(r.ByMinute, 59)
		it.minutes = it.timeRoom[1:2]
		fallthrough
	case Hourly:
		it.limits.hours = mask(r.ByHour, 23)
		it.hours = it.timeRoom[0:1]
	}
	it.origin = it.number(it.start)
	return it
}

// IncludeStart makes DTSTART the first instance even if the rule does not match it, and whatever
// UNTIL says. COUNT counts it (RFC 5545 §3.3.10). Call it before Next and SkipTo.
func (it *Iterator) IncludeStart() *Iterator {
	if !it.loaded {
		it.pendingStart, it.from = true, it.start+1
	}
	return it
}

// Next gives the next instance; false when there is none, or the work limit is reached.
func (it *Iterator) Next() (Local, bool) {
	if it.pendingStart {
		it.pendingStart = false
		it.count(1)
		return LocalAt(it.start), true
	}
	for !it.done && it.left != 0 {
		if !it.loaded {
			it.load()
			continue
		}
		if it.i >= it.n {
			it.advance(it.period + 1)
			continue
		}
		sec := it.at(it.i)
		it.i++
		if sec > it.last {
			break
		}
		if it.i > 1 && !it.step() { // the period was a step already
			break
		}
		it.count(1)
		return LocalAt(sec), true
	}
	it.done = true
	return Local{}, false
}

// SkipTo jumps so that Next gives the first instance not before l. It never goes back. Without
// COUNT it does not step through what lies between; with COUNT it counts whole periods, by
// arithmetic where all have the same number of instances.
func (it *Iterator) SkipTo(l Local) {
	target := l.Seconds()
	if target <= it.lower || it.done {
		return
	}
	if it.pendingStart {
		it.pendingStart = false
		it.count(1)
	}
	it.lower = target
	if target > it.last {
		it.done = true
		return
	}
	if !it.loaded {
		it.load()
	}
	if it.dropTo(target); it.i < it.n || it.done {
		return
	}
	goal := floorDiv64(it.number(target)-it.origin, it.rule.interval())
	if goal <= it.period+1 {
		return
	}
	if it.left > 0 {
		if !it.uniform() {
			return // Next counts period by period
		}
		between := goal - it.period - 1
		if n := int64(it.n); n > 0 && between >= (int64(it.left)+n-1)/n {
			it.left, it.done = 0, true
			return
		}
		it.left -= int(between) * it.n
	}
	it.advance(goal)
}

// Exhausted tells whether the walk ended by the work limit rather than by the rule.
func (it *Iterator) Exhausted() bool { return it.exhausted }

// count takes n instances off COUNT.
func (it *Iterator) count(n int) {
	if it.left > 0 {
		it.left = max(it.left-n, 0)
	}
}

// step counts one piece of work.
func (it *Iterator) step() bool {
	if it.steps++; it.steps > MaxSteps {
		it.done, it.exhausted = true, true
		return false
	}
	return true
}

// uniform tells whether all periods have as many instances as this one.
func (it *Iterator) uniform() bool {
	switch f := &it.filter; {
	case it.rule.Freq <= Daily:
		return f.open() && it.limits == limits{}
	case it.rule.Freq == Weekly:
		return f.months == 0
	}
	return false
}

// at gives the kth instance of the loaded period.
func (it *Iterator) at(k int) int64 {
	if len(it.rule.BySetPos) > 0 {
		k = it.picks[k]
	}
	size := it.clock.size()
	return int64(it.days[k/size])*86400 + int64(it.clock.at(k%size))
}

// dropTo passes the instances before target, counting them.
func (it *Iterator) dropTo(target int64) {
	if it.i >= it.n || it.at(it.i) >= target {
		return
	}
	i := it.i + sort.Search(it.n-it.i, func(k int) bool { return it.at(it.i+k) >= target })
	if it.count(i - it.i); it.left == 0 {
		it.done = true
	}
	it.i = i
}

// advance goes to a later period.
func (it *Iterator) advance(period int64) {
	it.period = period
	it.load()
}

// load lists the period's days and finds its first instance that is not before from and lower.
func (it *Iterator) load() {
	it.loaded = true
	it.i, it.n = 0, 0
	if !it.step() {
		return
	}
	it.days = it.days[:0]
	if !it.fillPeriod() {
		return
	}
	it.n = len(it.days) * it.clock.size()
	if len(it.rule.BySetPos) > 0 {
		it.pick()
	}
	if it.n == 0 {
		return
	}
	if first := it.at(0); first < it.from {
		it.i = sort.Search(it.n, func(k int) bool { return it.at(k) >= it.from })
	}
	it.dropTo(it.lower)
}

// pick applies BYSETPOS to the whole period, also to what lies before DTSTART.
func (it *Iterator) pick() {
	it.picks = it.picks[:0]
	for _, p := range it.rule.BySetPos {
		if p < 0 {
			p += it.n + 1
		}
		if p >= 1 && p <= it.n {
			it.picks = append(it.picks, p-1)
		}
	}
	slices.Sort(it.picks)
	it.picks = slices.Compact(it.picks)
	it.n = len(it.picks)
}
