package recur

import "time"

// unit is the length of a period in seconds, for frequencies finer than MONTHLY.
func (f Freq) unit() int64 {
	switch f {
	case Secondly:
		return 1
	case Minutely:
		return 60
	case Hourly:
		return 3600
	case Daily:
		return 86400
	}
	return 7 * 86400
}

// number counts the periods up to the one that holds the moment. With BYWEEKNO a year is one of
// whole weeks, as ISO 8601 has it: 30 December may belong to week 1 of the next (RFC 5545 §3.3.10).
func (it *Iterator) number(sec int64) int64 {
	r := it.rule
	switch r.Freq {
	case Yearly:
		d := LocalAt(sec).Date
		if len(r.ByWeekNo) == 0 {
			return int64(d.Year)
		}
		n := d.Days()
		switch {
		case n < firstWeek(d.Year, r.WeekStart):
			return int64(d.Year - 1)
		case n >= firstWeek(d.Year+1, r.WeekStart):
			return int64(d.Year + 1)
		}
		return int64(d.Year)
	case Monthly:
		d := LocalAt(sec).Date
		return int64(d.Year)*12 + int64(d.Month) - 1
	case Weekly:
		// Day 0 was a Thursday; move so that weeks begin on WKST.
		return floorDiv64(sec+int64(floorMod(int(time.Thursday-r.WeekStart), 7))*86400, r.Freq.unit())
	}
	return floorDiv64(sec, r.Freq.unit())
}

// firstWeek gives the first day of week 1: the first week with four days in the year.
func firstWeek(year int, wkst time.Weekday) int {
	fourth := Date{year, 1, 4}.Days()
	return fourth - floorMod(int(weekday(fourth)-wkst), 7)
}

// fillPeriod lists the days the rule takes in the loaded period. It gives false, and may move to
// a later period before, where a limit fails.
func (it *Iterator) fillPeriod() bool {
	r := it.rule
	n := it.origin + it.period*r.interval()
	switch r.Freq {
	case Yearly:
		if n > maxYear {
			it.done = true
			return false
		}
		it.fillYear(int(n))
	case Monthly:
		if n >= (maxYear+1)*12 {
			it.done = true
			return false
		}
		m := Date{int(n / 12), time.Month(n%12 + 1), 1}
		if it.beyond(int64(m.Days()) * 86400) {
			return false
		}
		if it.filter.hasMonth(m.Month) {
			it.fillMonth(m.Year, m.Month)
		}
	case Weekly:
		day := int(n)*7 - floorMod(int(time.Thursday-r.WeekStart), 7)
		if it.beyond(int64(day) * 86400) {
			return false
		}
		for end := day + 7; day < end; day++ {
			it.fillDay(day)
		}
	case Daily:
		if it.beyond(n * 86400) {
			return false
		}
		it.fillOrJump(int(n), n*86400)
	default:
		sec := n * r.Freq.unit()
		if it.beyond(sec) {
			return false
		}
		return it.fillTime(sec)
	}
	return true
}

// beyond ends the walk at a period after UNTIL or after the last year.
func (it *Iterator) beyond(sec int64) bool {
	if sec > it.last || sec >= endOfTime {
		it.done = true
	}
	return it.done
}

// endOfTime is 10000-01-01.
const endOfTime = 253402300800

func (it *Iterator) fillYear(year int) {
	f := &it.filter
	if f.weeks|f.weeksEnd != 0 {
		it.fillWeeks(year)
		return
	}
	if it.beyond(int64(Date{year, 1, 1}.Days()) * 86400) {
		return
	}
	for m := time.January; m <= time.December; m++ {
		if f.hasMonth(m) {
			it.fillMonth(year, m)
		}
	}
}

func (it *Iterator) fillMonth(year int, m time.Month) {
	f := &it.filter
	n := Date{year, m, 1}.Days()
	for d, end := 1, daysIn(year, m); d <= end; d++ {
		if f.takes(Date{year, m, d}, n) {
			it.days = append(it.days, n)
		}
		n++
	}
}

func (it *Iterator) fillWeeks(year int) {
	f, wkst := &it.filter, it.rule.WeekStart
	day, end := firstWeek(year, wkst), firstWeek(year+1, wkst)
	if it.beyond(int64(day) * 86400) {
		return
	}
	count := (end - day) / 7
	for w := 1; w <= count; w++ {
		if f.weeks&(1<<w) != 0 || f.weeksEnd&(1<<(count-w+1)) != 0 {
			for k := range 7 {
				it.fillDay(day + k)
			}
		}
		day += 7
	}
}

// fillDay takes the day if the filter does.
func (it *Iterator) fillDay(n int) bool {
	d := DateAt(n)
	if !it.filter.hasMonth(d.Month) || !it.filter.takes(d, n) {
		return false
	}
	it.days = append(it.days, n)
	return true
}

// fillOrJump takes the day, or goes to the last period before the next day that may do.
func (it *Iterator) fillOrJump(n int, sec int64) bool {
	if it.filter.open() {
		it.days = append(it.days, n)
		return true
	}
	if it.fillDay(n) {
		return true
	}
	next := n + 1
	if d := DateAt(n); !it.filter.hasMonth(d.Month) {
		next = it.filter.nextMonth(d).Days()
	}
	it.jump(int64(next) * 86400)
	return false
}

// fillTime takes one hour, minute or second, or jumps over those the limits exclude.
func (it *Iterator) fillTime(sec int64) bool {
	day := floorDiv64(sec, 86400)
	rest := int(sec - day*86400)
	h, m, s := rest/3600, rest/60%60, rest%60
	if it.rule.Freq > Minutely {
		m = 0
	}
	if !it.fillOrJump(int(day), sec) {
		return false
	}
	base := day * 86400
	if n := next(it.limits.hours, h, 24); n != h {
		it.jump(base + int64(n)*3600)
		return false
	}
	base += int64(h) * 3600
	if n := next(it.limits.minutes, m, 60); n != m {
		it.jump(base + int64(n)*60)
		return false
	}
	base += int64(m) * 60
	if n := next(it.limits.seconds, s, 60); n != s {
		it.jump(base + int64(n))
		return false
	}
	it.timeRoom[0] = h
	if it.rule.Freq <= Minutely {
		it.timeRoom[1] = m
	}
	if it.rule.Freq == Secondly {
		it.timeRoom[2] = s
	}
	return true
}

// interval is INTERVAL; that of a hand-made rule may be missing.
func (r *Rule) interval() int64 { return int64(max(r.Interval, 1)) }

// jump sets the period so that the next one is the first that begins at sec or later.
func (it *Iterator) jump(sec int64) {
	unit, interval := it.rule.Freq.unit(), it.rule.interval()
	to := -floorDiv64(-sec, unit) - it.origin                // round up to a whole period
	it.period = max(it.period, -floorDiv64(-to, interval)-1) // and to a whole interval; Next adds one
}
