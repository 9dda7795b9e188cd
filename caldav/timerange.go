package caldav

import "time"

// timeRange is the span [start, end) of CALDAV:time-range, expand, limit-recurrence-set and
// limit-freebusy-set (RFC 4791 §9.9, §9.6.5–§9.6.7). A zero time is an open end.
type timeRange struct{ start, end time.Time }

// holdsInstant is the test of RFC 4791 §9.9 for properties and alarms: start <= t AND end > t.
func (t timeRange) holdsInstant(at time.Time) bool {
	return (t.start.IsZero() || !t.start.After(at)) && (t.end.IsZero() || t.end.After(at))
}

// widened is the range with room on both sides.
func (t timeRange) widened(before, after time.Duration) timeRange {
	if !t.start.IsZero() {
		t.start = t.start.Add(-before)
	}
	if !t.end.IsZero() {
		t.end = t.end.Add(after)
	}
	return t
}

// parseTimeRange reads the start and end attributes. Both are "date with UTC time"
// (20060104T140000Z). With bounded set both must be there, as in CALDAV:expand; else one is
// enough. It returns false for anything else, an empty or reversed range included.
func parseTimeRange(start, end string, bounded bool) (timeRange, bool) {
	var t timeRange
	if start == "" && end == "" || bounded && (start == "" || end == "") {
		return t, false
	}
	var ok bool
	if start != "" {
		if t.start, ok = parseUTC(start); !ok {
			return t, false
		}
	}
	if end != "" {
		if t.end, ok = parseUTC(end); !ok {
			return t, false
		}
	}
	return t, start == "" || end == "" || t.end.After(t.start)
}

// utcForm is RFC 5545 §3.3.5, form 2.
const utcForm = "20060102T150405Z"

// parseUTC reads a time of that form. The first second of year 1 is the zero time, which says "open": nothing
// lies before it, so that is the same.
func parseUTC(s string) (time.Time, bool) {
	if len(s) != len(utcForm) {
		return time.Time{}, false
	}
	t, err := time.Parse(utcForm, s)
	return t, err == nil
}
