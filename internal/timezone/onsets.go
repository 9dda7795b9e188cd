package timezone

import (
	"slices"
	"sort"
	"strings"
)

// Canonical gives the name of the zone that a name of the tz database is another one of, or the name itself; ok is
// false for a name that it does not have.
func Canonical(name string) (zone string, ok bool) {
	i, found := slices.BinarySearchFunc(links[:], name, func(l [2]string, name string) int { return strings.Compare(l[0], name) })
	if found {
		return links[i][1], true
	}
	_, ok = slices.BinarySearch(names[:], name)
	return name, ok
}

// Onset is a change of the clock, as RFC 7808 §5.4 tells it.
type Onset struct {
	At       int64 // unix seconds
	From, To int   // seconds east of UTC, before and after
	Daylight bool  // what begins
}

// Onsets gives the changes in [from, to), unix seconds, and what was in effect at from, within the years that a Zone
// knows.
func (z *Zone) Onsets(from, to int64) []Onset {
	c := &z.changes
	i := sort.Search(len(c.at), func(i int) bool { return c.at[i] > from })
	now := c.kinds[c.first]
	if i > 0 {
		now = c.kinds[c.kind[i-1]]
	}
	list := []Onset{{At: from, From: int(now.offset), To: int(now.offset), Daylight: now.daylight}}
	if i > 0 && c.at[i-1] == from && i > 1 {
		list[0].From = int(c.kinds[c.kind[i-2]].offset)
	}
	for ; i < len(c.at) && c.at[i] < to; i++ {
		next := c.kinds[c.kind[i]]
		if next.offset != now.offset || next.daylight != now.daylight {
			list = append(list, Onset{At: c.at[i], From: int(now.offset), To: int(next.offset), Daylight: next.daylight})
		}
		now = next
	}
	return list
}
