// Package timezone reads civil time in time zones: those of the tz database by name, by the
// names that Windows and other clients use for them, and those a calendar object brings itself
// as VTIMEZONE (RFC 5545 §3.6.5). It also writes VTIMEZONE (for expansion and RFC 7809).
//
// Invariants:
//   - A name is looked up in a fixed table; no text of a client reaches time.LoadLocation.
//   - Lookup gives the same *Zone for the same zone every time; a Zone is immutable and safe
//     for concurrent use.
//   - A civil time in a spring gap is read with the offset before the gap, one that occurs twice
//     is the first (RFC 5545 §3.3.5).
//   - Offsets are kept as a table of changes from 1900 to 2200. Before it the first offset
//     holds; after it the tz database is asked, and a VTIMEZONE keeps its last offset.
//   - A VTIMEZONE is read with bounded work, whatever its rules say, and once: equal ones share
//     their Zone.
package timezone

import (
	"sort"
	"time"

	"convoke/internal/recur"
)

// A Zone tells what clocks show in one time zone.
type Zone struct {
	name string
	loc  *time.Location // nil if made from a VTIMEZONE
	changes
	texts texts
}

// changes is a table of offset changes.
type changes struct {
	kinds []kind
	first uint8   // kind before the first change
	at    []int64 // instants of the changes, ascending
	wall  []int64 // from this civil time on, in seconds, the change is seen on the clock; ascending
	kind  []uint8 // what begins at the change
	end   int64   // the table is complete up to this instant
}

// kind is one offset with its name.
type kind struct {
	offset   int32 // seconds east of UTC
	daylight bool
	name     string
}

const maxKinds = 255

// The years the table of changes covers.
const (
	firstYear = 1900
	lastYear  = 2200
)

// Name gives the name in the tz database, or the TZID of the VTIMEZONE.
func (z *Zone) Name() string { return z.name }

// Known tells whether the zone is of the tz database, rather than made from a VTIMEZONE.
func (z *Zone) Known() bool { return z.loc != nil }

// Location gives the zone of package time; nil if the zone was made from a VTIMEZONE.
func (z *Zone) Location() *time.Location { return z.loc }

// Instant gives the moment, in UTC, at which the clock shows l. RFC 5545 §3.3.5.
func (z *Zone) Instant(l recur.Local) time.Time { return time.Unix(z.Unix(l), 0).UTC() }

// Unix is Instant in seconds since 1970.
func (z *Zone) Unix(l recur.Local) int64 {
	s := l.Seconds()
	if s >= z.end && z.loc != nil {
		return z.late(l)
	}
	return s - int64(z.kinds[z.kindFor(z.wall, s)].offset)
}

// Local gives what the clock shows at t.
func (z *Zone) Local(t time.Time) recur.Local { return z.LocalUnix(t.Unix()) }

// LocalUnix gives what the clock shows so many seconds after 1970 began in UTC.
func (z *Zone) LocalUnix(t int64) recur.Local { return recur.LocalAt(t + int64(z.offset(t))) }

// Offset gives the seconds that the clock is ahead of UTC at t.
func (z *Zone) Offset(t time.Time) int { return z.offset(t.Unix()) }

func (z *Zone) offset(t int64) int {
	if t >= z.end && z.loc != nil {
		_, off := time.Unix(t, 0).In(z.loc).Zone()
		return off
	}
	return int(z.kinds[z.kindFor(z.at, t)].offset)
}

// kindFor finds the kind in force at x, where list is at or wall.
func (c *changes) kindFor(list []int64, x int64) uint8 {
	low, high := 0, len(list)
	for low < high {
		if mid := int(uint(low+high) >> 1); list[mid] <= x {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low == 0 {
		return c.first
	}
	return c.kind[low-1]
}

// late is Unix behind the end of the table. time.Date is free in its choice in gaps and
// overlaps, so both offsets around are tried.
func (z *Zone) late(l recur.Local) int64 {
	s := l.Seconds()
	before, after := z.offset(s-86400), z.offset(s+86400)
	if early := s - int64(before); before == after || z.offset(early) == before {
		return early
	}
	if late := s - int64(after); z.offset(late) == after {
		return late
	}
	return s - int64(before) // in the gap
}

// add appends a change; they must come in ascending order. A change to what is in force
// already is kept out.
func (c *changes) add(at int64, k kind) bool {
	i := c.intern(k)
	if i < 0 {
		return false
	}
	last := c.first
	if n := len(c.kind); n > 0 {
		last = c.kind[n-1]
	}
	if int(last) == i {
		return true
	}
	before, after := int64(c.kinds[last].offset), int64(k.offset)
	// In a gap the old offset goes on to the gap's end on the clock, in an overlap to the end of
	// the first pass: both are the instant read with the greater offset.
	wall := at + max(before, after)
	if n := len(c.wall); n > 0 && wall <= c.wall[n-1] {
		wall = c.wall[n-1] + 1 // two changes within hours of each other: keep the order
	}
	c.at, c.wall, c.kind = append(c.at, at), append(c.wall, wall), append(c.kind, uint8(i))
	return true
}

func (c *changes) intern(k kind) int {
	for i := range c.kinds {
		if c.kinds[i] == k {
			return i
		}
	}
	if len(c.kinds) >= maxKinds {
		return -1
	}
	c.kinds = append(c.kinds, k)
	return len(c.kinds) - 1
}

// fromLocation reads the table out of the tz database.
func fromLocation(name string, loc *time.Location) *Zone {
	z := &Zone{name: name, loc: loc}
	t := time.Date(firstYear, 1, 1, 0, 0, 0, 0, time.UTC).In(loc)
	end := time.Date(lastYear, 1, 1, 0, 0, 0, 0, time.UTC)
	z.end = end.Unix()
	z.first = uint8(max(z.intern(kindAt(t)), 0))
	for {
		_, next := t.ZoneBounds()
		if next.IsZero() || !next.Before(end) {
			return z
		}
		if !next.After(t) {
			// time reports the last day of a leap year as a change that leads to itself
			t = t.AddDate(0, 0, 1)
			continue
		}
		t = next
		z.add(t.Unix(), kindAt(t))
	}
}

func kindAt(t time.Time) kind {
	name, off := t.Zone()
	return kind{int32(off), t.IsDST(), name}
}

// changesFrom gives the index of the first change at or after t.
func (c *changes) changesFrom(t int64) int {
	return sort.Search(len(c.at), func(i int) bool { return c.at[i] >= t })
}
