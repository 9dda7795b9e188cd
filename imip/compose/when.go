package compose

import (
	"fmt"
	"strings"

	"convoke/internal/icalendar"
	"convoke/internal/recur"
)

// span is when a component takes place.
type span struct{ from, to icalendar.DateTime } // to is zero if it is the same

// spanOf reads the time of a component; ok is false if it has none that can be read.
func spanOf(c *icalendar.Component, z *icalendar.Zones) (s span, ok bool) {
	p := c.Prop("DTSTART")
	if p == nil {
		return s, false
	}
	from, err := p.Time(z)
	if err != nil || !from.Valid() {
		return s, false
	}
	s.from = from
	for _, name := range []string{"DTEND", "DUE"} {
		if p := c.Prop(name); p != nil {
			if to, err := p.Time(z); err == nil && to.Valid() {
				s.to = to
			}
			return s, true
		}
	}
	if p := c.Prop("DURATION"); p != nil {
		if d, err := p.Duration(); err == nil && !d.IsZero() && d.Days < 1<<20 && d.Days > -1<<20 {
			s.to = from.Add(d, nil)
		}
	}
	return s, true
}

// at gives the same span with another start.
func (s span) at(from icalendar.DateTime) span {
	if s.to.IsZero() {
		return span{from: from}
	}
	length := s.to.Local.Seconds() - s.from.Local.Seconds()
	to := from
	to.Local = from.Local.AddSeconds(length)
	return span{from, to}
}

// when writes a span: days, clock and zone.
func (w *words) when(s span) string {
	if s.from.Form == icalendar.Date {
		return w.allDayOf(s)
	}
	if s.to.IsZero() || s.to.Local == s.from.Local && s.to.TZID == s.from.TZID {
		return w.day(s.from.Date) + ", " + w.clockOf(s.from.Local) + w.zone(s.from)
	}
	if s.to.Form != s.from.Form || s.to.TZID != s.from.TZID {
		return w.day(s.from.Date) + ", " + w.clockOf(s.from.Local) + w.zone(s.from) + " – " +
			w.day(s.to.Date) + ", " + w.clockOf(s.to.Local) + w.zone(s.to)
	}
	if s.to.Date == s.from.Date {
		begin := fmt.Sprintf("%02d:%02d", s.from.Hour, s.from.Minute)
		return w.day(s.from.Date) + ", " + begin + "–" + w.clockOf(s.to.Local) + w.zone(s.from)
	}
	return w.day(s.from.Date) + ", " + w.clockOf(s.from.Local) + " – " + w.day(s.to.Date) + ", " + w.clockOf(s.to.Local) + w.zone(s.from)
}

// allDayOf writes whole days; the end of a DATE span is the day after its last (RFC 5545 §3.6.1).
func (w *words) allDayOf(s span) string {
	last := s.from.Date
	if s.to.Form == icalendar.Date && s.to.Date.After(s.from.Date) {
		last = s.to.AddDays(-1).Date
	}
	if last == s.from.Date {
		return w.day(s.from.Date) + " (" + w.allDay + ")"
	}
	return w.day(s.from.Date) + " – " + w.day(last) + " (" + w.allDay + ")"
}

func (w *words) clockOf(l recur.Local) string { return fmt.Sprintf(w.clock, l.Hour, l.Minute) }

// zone names the zone of a time, with its distance from UTC on that day; nothing for the time of whoever looks.
func (w *words) zone(d icalendar.DateTime) string {
	switch {
	case d.Form == icalendar.UTC:
		return " (UTC)"
	case d.Form != icalendar.Zoned:
		return ""
	case d.Zone == nil:
		return " (" + line(d.TZID, maxName) + ")"
	}
	offset := d.Zone.Offset(d.Instant(nil)) / 60
	sign := '+'
	if offset < 0 {
		sign, offset = '−', -offset
	}
	return fmt.Sprintf(" (%s, UTC%c%02d:%02d)", line(d.Zone.Name(), maxName), sign, offset/60, offset%60)
}

// recurrence writes the recurrence of a component in words; "" if it has none.
func (w *words) recurrence(c *icalendar.Component) string {
	p := c.Prop("RRULE")
	if p == nil {
		return ""
	}
	r, err := recur.Parse(p.Value)
	if err != nil {
		return w.orRule
	}
	parts := []string{w.every[r.Freq]}
	if r.Interval > 1 {
		parts[0] = fmt.Sprintf(w.everyN[r.Freq], r.Interval)
	}
	if len(r.BySetPos)+len(r.ByYearDay)+len(r.ByWeekNo)+len(r.ByHour)+len(r.ByMinute)+len(r.BySecond) > 0 {
		parts = append(parts, "("+w.orRule+")")
	} else {
		if days := w.ruleDays(r); len(days) > 0 {
			parts = append(parts, fmt.Sprintf(w.on, w.list(days)))
		}
		if len(r.ByMonth) > 0 {
			var months []string
			for _, m := range r.ByMonth {
				if m >= 1 && m <= 12 {
					months = append(months, w.months[m-1])
				}
			}
			parts = append(parts, fmt.Sprintf(w.in, w.list(months)))
		}
	}
	if r.Count > 0 {
		parts = append(parts, fmt.Sprintf(w.times, r.Count))
	}
	if r.UntilKind != recur.NoUntil {
		parts = append(parts, fmt.Sprintf(w.until, w.day(r.Until.Date)))
	}
	return strings.Join(parts, " ")
}

// ruleDays names the days of a rule.
func (w *words) ruleDays(r *recur.Rule) []string {
	var days []string
	for _, d := range r.ByDay {
		name := w.days[d.Day]
		switch {
		case d.N == 0:
		case d.N == -1:
			name = fmt.Sprintf(w.ordinals[0], name)
		case d.N >= 1 && d.N <= 5:
			name = fmt.Sprintf(w.ordinals[d.N], name)
		default:
			return []string{w.orRule}
		}
		days = append(days, name)
	}
	for _, n := range r.ByMonthDay {
		switch {
		case n == -1:
			days = append(days, w.lastDay)
		case n > 0:
			days = append(days, fmt.Sprintf(w.monthDay, n))
		default:
			return []string{w.orRule}
		}
	}
	return days
}
