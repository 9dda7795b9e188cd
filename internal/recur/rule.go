// Package recur reads recurrence rules and walks their instances (RFC 5545 §3.3.10, §3.8.5.3;
// RFC 7529 only as far as it equals RFC 5545). It also owns civil time: Date and Local.
//
// Invariants:
//   - Time here is civil: no zone, no leap second, days of 24 hours. Zones are package timezone.
//   - Instances come in ascending order, each once, and none before DTSTART.
//   - Dates that do not exist are skipped and not counted.
//   - An iterator does at most MaxSteps steps of bounded work, whatever the rule; then it ends and
//     says so. Nothing lies after the year 9999.
//   - A jump gives what stepping would have given, COUNT included.
//   - A Rule is never changed by its iterators and may be shared; an Iterator may not.
package recur

import (
	"fmt"
	"time"
)

// A Freq is the unit a rule steps by.
type Freq uint8

// The frequencies of RFC 5545 §3.3.10, finest first so that they compare.
const (
	Secondly Freq = iota + 1
	Minutely
	Hourly
	Daily
	Weekly
	Monthly
	Yearly
)

var freqNames = [...]string{Secondly: "SECONDLY", Minutely: "MINUTELY", Hourly: "HOURLY", Daily: "DAILY",
	Weekly: "WEEKLY", Monthly: "MONTHLY", Yearly: "YEARLY"}

func (f Freq) String() string {
	if int(f) < len(freqNames) {
		return freqNames[f]
	}
	return ""
}

// An UntilKind tells in which form UNTIL was given.
type UntilKind uint8

// The forms of UNTIL, RFC 5545 §3.3.10.
const (
	NoUntil    UntilKind = iota
	UntilDate            // a DATE: the last instance may lie anywhere in that day
	UntilLocal           // a DATE-TIME without zone
	UntilUTC             // a DATE-TIME with Z; the caller carries it into the zone of DTSTART
)

// A WeekdayNum is one value of BYDAY: every such weekday if N is 0, else the Nth, from the end if negative.
type WeekdayNum struct {
	N   int
	Day time.Weekday
}

// A Rule is a recurrence rule, RFC 5545 §3.3.10. Parse makes only legal ones; the iterator
// takes a hand-made one as it finds it. A Rule is not changed by its iterators.
type Rule struct {
	Freq      Freq
	Interval  int   // 1 or more
	Count     int   // 0 means no COUNT
	Until     Local // set if UntilKind is not NoUntil; 23:59:59 of the day for UntilDate
	UntilKind UntilKind

	BySecond, ByMinute, ByHour               []int
	ByDay                                    []WeekdayNum
	ByMonthDay, ByYearDay, ByWeekNo, ByMonth []int
	BySetPos                                 []int

	WeekStart    time.Weekday // Monday if the rule has no WKST
	RScale, Skip string       // upper case; only GREGORIAN and OMIT get through Parse
}

// A SyntaxError tells why a value is no rule of RFC 5545 §3.3.10.
type SyntaxError struct {
	Part   string // the part at fault, such as INTERVAL; may be empty
	Reason string
}

func (e *SyntaxError) Error() string {
	if e.Part == "" {
		return "recurrence rule: " + e.Reason
	}
	return fmt.Sprintf("recurrence rule: %s: %s", e.Part, e.Reason)
}

// An RScaleError tells that a rule is legal by RFC 7529 but asks for a calendar scale, or a
// treatment of dates that don't exist, which is not offered (RFC 7529 §10).
type RScaleError struct{ RScale, Skip string }

func (e *RScaleError) Error() string {
	return fmt.Sprintf("recurrence rule: RSCALE=%s SKIP=%s is not supported", e.RScale, e.Skip)
}

// Endless tells whether neither COUNT nor UNTIL ends the rule.
func (r *Rule) Endless() bool { return r.Count == 0 && r.UntilKind == NoUntil }

// DateOnly gives the rule for a DTSTART that is a DATE: BYHOUR, BYMINUTE and BYSECOND must then be
// ignored (RFC 5545 §3.3.10). It is r itself if there is nothing to ignore.
func (r *Rule) DateOnly() *Rule {
	if len(r.ByHour)+len(r.ByMinute)+len(r.BySecond) == 0 {
		return r
	}
	c := *r
	c.ByHour, c.ByMinute, c.BySecond = nil, nil, nil
	return &c
}
