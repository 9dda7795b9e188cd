package caldav

import "time"

// timeRange is the span [Start, End) of CALDAV:time-range, expand, limit-recurrence-set and
// limit-freebusy-set (RFC 4791 §9.9, §9.6.5–§9.6.7). An open side is the far past or the far
// future, so that comparisons need no special case.
type timeRange struct{ Start, End time.Time }

// The open ends of a time range: "assume -infinity and +infinity" (RFC 4791 §9.9). Both are far
// outside of every date that iCalendar can write, and far inside of what time.Time can hold.
var (
	farPast   = time.Date(-9999, 1, 1, 0, 0, 0, 0, time.UTC)
	farFuture = time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)
)

// openStart and openEnd tell whether a side was left out.
func (t timeRange) openStart() bool { return t.Start.Equal(farPast) }
func (t timeRange) openEnd() bool   { return t.End.Equal(farFuture) }

// holdsInstant is the test of RFC 4791 §9.9 for properties and alarms: start <= t AND end > t.
func (t timeRange) holdsInstant(at time.Time) bool {
	return !t.Start.After(at) && t.End.After(at)
}

// parseTimeRange reads the start and end attributes. Both are "date with UTC time"
// (20060104T140000Z). With bounded set both must be there, as in CALDAV:expand; else one is
// enough. It returns false for anything else, an empty or reversed range included.
func parseTimeRange(start, end string, bounded bool) (timeRange, bool) {
	t := timeRange{farPast, farFuture}
	if start == "" && end == "" || bounded && (start == "" || end == "") {
		return t, false
	}
	var ok bool
	if start != "" {
		if t.Start, ok = parseUTC(start); !ok {
			return t, false
		}
	}
	if end != "" {
		if t.End, ok = parseUTC(end); !ok {
			return t, false
		}
	}
	return t, t.End.After(t.Start)
}

// utcForm is RFC 5545 §3.3.5, form 2.
const utcForm = "20060102T150405Z"

func parseUTC(s string) (time.Time, bool) {
	if len(s) != len(utcForm) {
		return time.Time{}, false
	}
	t, err := time.Parse(utcForm, s)
	return t, err == nil
}
