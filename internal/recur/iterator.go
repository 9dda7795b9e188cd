// Package recur reads recurrence rules and walks their instances (RFC 5545 §3.3.10, §3.8.5.3;
// RFC 7529 only as far as it equals RFC 5545). It also owns civil time: Date and Local.
package recur

// MaxSteps is the work one iterator may do: periods and instances looked at.
const MaxSteps = 100_000

// An Iterator walks the instances of a rule in order, each once.
type Iterator struct {
	rule      *Rule
	start     Local
	exhausted bool
}

// Iterator walks the instances of r from DTSTART on; UNTIL is compared as written.
func (r *Rule) Iterator(start Local) *Iterator { return &Iterator{rule: r, start: start} }

// IteratorUntil is Iterator with the last moment given by the caller, who has carried an UNTIL
// in UTC into the zone of DTSTART.
func (r *Rule) IteratorUntil(start, until Local) *Iterator { return r.Iterator(start) }

// IncludeStart makes DTSTART the first instance even if the rule does not match it. COUNT counts
// it (RFC 5545 §3.3.10). Call it before Next and SkipTo.
func (it *Iterator) IncludeStart() *Iterator { return it }

// Next gives the next instance; false when there is none, or the work limit is reached.
func (it *Iterator) Next() (Local, bool) { return Local{}, false }

// SkipTo jumps so that Next gives the first instance not before l. It never goes back.
func (it *Iterator) SkipTo(l Local) {}

// Exhausted tells whether the walk ended by the work limit rather than by the rule.
func (it *Iterator) Exhausted() bool { return it.exhausted }
