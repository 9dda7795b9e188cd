package timezone

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"convoke/internal/contentline"
	"convoke/internal/recur"
)

// texts keeps VTIMEZONEs that have been written.
type texts struct {
	mu   sync.Mutex
	kept map[textKey][]byte
}

type textKey struct {
	tzid     string
	from, to int // years
}

// maxTexts bounds what one zone keeps; clients ask for few ranges.
const maxTexts = 16

// VTimezone writes a VTIMEZONE named tzid that is right from the year of from to the year of to,
// and after it for ever where the zone has a rule for ever by then (RFC 5545 §3.6.5, RFC 7809). A
// zero to is ten years after from; a zero from is 1970, and then a zero to is 2040. Lines are folded and end in CRLF. The bytes are
// shared and must not be changed.
func VTimezone(z *Zone, tzid string, from, to time.Time) []byte {
	key := textKey{tzid, 1970, 2040}
	if !from.IsZero() {
		key.from = min(max(from.UTC().Year(), firstYear), lastYear-1)
		key.to = key.from + 10
	}
	if !to.IsZero() {
		key.to = min(max(to.UTC().Year(), key.from), lastYear-1)
	}
	z.texts.mu.Lock()
	defer z.texts.mu.Unlock()
	if text, found := z.texts.kept[key]; found {
		return text
	}
	if z.texts.kept == nil || len(z.texts.kept) >= maxTexts {
		z.texts.kept = map[textKey][]byte{}
	}
	text := z.write(key)
	if len(tzid) <= maxTZID { // a client's TZID may be of any length
		z.texts.kept[key] = text
	}
	return text
}

func (z *Zone) write(key textKey) []byte {
	w := &writer{
		from: time.Date(key.from, 1, 1, 0, 0, 0, 0, time.UTC).Unix() - 86400, // a day for the offset
		to:   time.Date(key.to+1, 1, 1, 0, 0, 0, 0, time.UTC).Unix() + 86400,
	}
	w.collect(&z.changes)
	b := make([]byte, 0, 512)
	b = append(b, "BEGIN:VTIMEZONE\r\n"...)
	b = contentline.AppendFolded(b, "TZID:"+escape(key.tzid))
	for i := range w.list {
		b = w.list[i].append(b)
	}
	return append(b, "END:VTIMEZONE\r\n"...)
}

// escape writes TEXT, RFC 5545 §3.3.11.
func escape(s string) string {
	if !strings.ContainsAny(s, "\\,;\r\n") {
		return s
	}
	return strings.NewReplacer(`\`, `\\`, ",", `\,`, ";", `\;`, "\r", "", "\n", `\n`).Replace(s)
}

// writer makes the observances of a range.
type writer struct {
	from, to int64
	moments  []moment
	list     []*output
}

// moment is one change: what it goes from and to, and when, on the clock before it.
type moment struct {
	at     int64
	local  recur.Local
	change change
	used   bool
}

// change tells observances apart.
type change struct {
	from, to int32
	daylight bool
	name     string
}

// output is one STANDARD or DAYLIGHT component.
type output struct {
	change
	start recur.Local
	dates []recur.Local
	rule  string
}

func (w *writer) collect(c *changes) {
	w.moments = c.moments(w.from)
	if len(w.moments) == 0 || w.moments[0].at > w.from {
		k := c.kinds[c.kindFor(c.at, w.from)]
		w.list = append(w.list, &output{change: change{k.offset, k.offset, k.daylight, k.name},
			start: recur.Date{Year: 1601, Month: 1, Day: 1}.At(0, 0, 0)})
	}
	for i := range w.moments {
		if m := &w.moments[i]; !m.used && m.at <= w.to {
			w.place(i)
		}
	}
}

// moments gives the last change not after from, and all that follow it.
func (c *changes) moments(from int64) []moment {
	i := max(c.changesFrom(from+1)-1, 0)
	list := make([]moment, 0, len(c.at)-i)
	for ; i < len(c.at); i++ {
		before := c.kinds[c.first]
		if i > 0 {
			before = c.kinds[c.kind[i-1]]
		}
		now := c.kinds[c.kind[i]]
		ch := change{before.offset, now.offset, now.daylight, now.name}
		if before.daylight != now.daylight {
			// The tz database has summer as Dublin's standard time, and Casablanca's: winter then
			// has negative saving. Clients take DAYLIGHT for the clock that is ahead.
			ch.daylight = now.offset > before.offset
		}
		list = append(list, moment{at: c.at[i], local: recur.LocalAt(c.at[i] + int64(before.offset)), change: ch})
	}
	return list
}

// minRun is how many years in a row are worth a rule.
const minRun = 3

// place puts the ith moment into a rule with those of the following years, or into a list of dates.
func (w *writer) place(i int) {
	m := &w.moments[i]
	run := w.run(i)
	if len(run) < minRun {
		m.used = true
		w.addDate(m)
		return
	}
	out := &output{change: m.change, start: m.local}
	for _, k := range run {
		w.moments[k].used = true
	}
	out.rule = w.rule(run)
	w.list = append(w.list, out)
}

// addDate adds the moment to the observance that lists the dates of its change.
func (w *writer) addDate(m *moment) {
	for _, o := range w.list {
		if o.rule == "" && o.change == m.change && o.start.Year > 1601 {
			o.dates = append(o.dates, m.local)
			return
		}
	}
	w.list = append(w.list, &output{change: m.change, start: m.local})
}

// run finds the moments that, from the ith on, come once a year in the same month, on the same
// weekday, at the same time of day, within the same seven days of the month.
func (w *writer) run(i int) []int {
	first := &w.moments[i]
	day := first.local.Weekday()
	low, high := first.local.Day, first.local.Day
	year := first.local.Year
	run := []int{i}
	for k := i + 1; k < len(w.moments); k++ {
		m := &w.moments[k]
		if m.local.Year > year+1 {
			break
		}
		if m.used || m.local.Year != year+1 || m.change != first.change || m.local.Month != first.local.Month ||
			m.local.Hour != first.local.Hour || m.local.Minute != first.local.Minute || m.local.Second != first.local.Second ||
			m.local.Weekday() != day || max(high, m.local.Day)-min(low, m.local.Day) > 6 {
			continue
		}
		low, high, year = min(low, m.local.Day), max(high, m.local.Day), year+1
		run = append(run, k)
	}
	return run
}

// rule writes the RRULE of a run.
func (w *writer) rule(run []int) string {
	first, last := &w.moments[run[0]], &w.moments[run[len(run)-1]]
	low, high, fromEnd := 31, 1, true
	for _, k := range run {
		d := w.moments[k].local.Date
		low, high = min(low, d.Day), max(high, d.Day)
		fromEnd = fromEnd && d.AddDays(7).Month != d.Month
	}
	r := recur.Rule{Freq: recur.Yearly, Interval: 1, WeekStart: time.Monday, ByMonth: []int{int(first.local.Month)}}
	day := recur.WeekdayNum{Day: first.local.Weekday()}
	switch {
	case fromEnd:
		day.N = -1
	case (low-1)/7 == (high-1)/7:
		day.N = (low-1)/7 + 1
	default:
		for d := low; d <= low+6; d++ {
			r.ByMonthDay = append(r.ByMonthDay, min(d, 31))
		}
	}
	r.ByDay = []recur.WeekdayNum{day}
	if last.local.Year < lastYear-1 {
		r.UntilKind, r.Until = recur.UntilUTC, recur.LocalAt(last.at)
	}
	return r.String()
}

func (o *output) append(b []byte) []byte {
	name := "STANDARD"
	if o.daylight {
		name = "DAYLIGHT"
	}
	b = append(append(append(b, "BEGIN:"...), name...), "\r\nDTSTART:"...)
	b = append(o.start.Append(b), "\r\nTZOFFSETFROM:"...)
	b = append(appendOffset(b, int(o.from)), "\r\nTZOFFSETTO:"...)
	b = append(appendOffset(b, int(o.to)), "\r\n"...)
	if o.name != "" {
		b = contentline.AppendFolded(b, "TZNAME:"+o.name)
	}
	if o.rule != "" {
		b = contentline.AppendFolded(b, "RRULE:"+o.rule)
	}
	if len(o.dates) > 0 {
		line := []byte("RDATE:")
		for i, l := range o.dates {
			if i > 0 {
				line = append(line, ',')
			}
			line = l.Append(line)
		}
		b = contentline.AppendFolded(b, string(line))
	}
	return append(append(append(b, "END:"...), name...), "\r\n"...)
}

// appendOffset writes UTC-OFFSET; "-0000" is forbidden (RFC 5545 §3.3.14).
func appendOffset(b []byte, n int) []byte {
	sign := byte('+')
	if n < 0 {
		sign, n = '-', -n
	}
	two := func(n int) {
		b = strconv.AppendInt(append(b, byte('0'+n/10)), int64(n%10), 10)
	}
	b = append(b, sign)
	two(n / 3600)
	two(n / 60 % 60)
	if n%60 != 0 {
		two(n % 60)
	}
	return b
}
