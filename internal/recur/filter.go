package recur

import (
	"math/bits"
	"slices"
	"time"
)

// A filter says which days a rule takes. RFC 5545 §3.3.10 speaks of BY parts that expand and
// parts that limit; over the days of one period both come to the same: a day is taken if every
// part has it. What is missing is first filled in from DTSTART. Zero masks take every day.
type filter struct {
	months   uint16 // bit 1 is January
	days     uint32 // BYMONTHDAY, bit n is day n
	daysEnd  uint32 // bit n is the nth day from the end
	weekdays uint8  // BYDAY without numbers, bit 0 is Sunday
	weeks    uint64
	weeksEnd uint64
	yearDays bool
	yearDay  [6]uint64
	yearEnd  [6]uint64
	numbered bool
	inMonth  bool      // numbers of BYDAY count within the month, not the year
	nth      [7]uint64 // bit n: the nth such weekday
	nthEnd   [7]uint64
	monthDay bool
	weekday  bool
}

func newFilter(r *Rule, start Date) filter {
	var f filter
	for _, n := range r.ByMonth {
		f.months |= 1 << (n & 15)
	}
	for _, n := range r.ByMonthDay {
		f.addMonthDay(n)
	}
	for _, n := range r.ByWeekNo {
		if n > 0 {
			f.weeks |= 1 << (n & 63)
		} else {
			f.weeksEnd |= 1 << (-n & 63)
		}
	}
	for _, n := range r.ByYearDay {
		f.yearDays = true
		if n > 0 && n < 384 {
			f.yearDay[n/64] |= 1 << (n % 64)
		} else if n < 0 && n > -384 {
			f.yearEnd[-n/64] |= 1 << (-n % 64)
		}
	}
	f.inMonth = r.Freq != Yearly || len(r.ByMonth) > 0
	for _, d := range r.ByDay {
		f.weekday = true
		switch day := d.Day % 7; {
		case d.N == 0:
			f.weekdays |= 1 << day
		case d.N > 0:
			f.numbered = true
			f.nth[day] |= 1 << (d.N & 63)
		default:
			f.numbered = true
			f.nthEnd[day] |= 1 << (-d.N & 63)
		}
	}
	f.fill(r, start)
	return f
}

// fill takes from DTSTART what the rule leaves open. RFC 5545 §3.3.10 has BYMONTH among that, so
// BYMONTHDAY in a YEARLY rule means the month of DTSTART, as libical, ical.js and ical.net read it
// too (rrule-go takes every month).
func (f *filter) fill(r *Rule, start Date) {
	byWeek := len(r.ByWeekNo) > 0
	if r.Freq == Yearly && f.monthDay && f.months == 0 && !byWeek && !f.yearDays {
		f.months = 1 << start.Month
	}
	switch {
	case f.weekday || f.monthDay || f.yearDays || r.Freq <= Daily:
	case r.Freq == Weekly || byWeek:
		f.weekday, f.weekdays = true, 1<<start.Weekday()
	case r.Freq == Yearly && f.months == 0:
		f.months = 1 << start.Month
		fallthrough
	default:
		f.addMonthDay(start.Day)
	}
}

func (f *filter) addMonthDay(n int) {
	f.monthDay = true
	if n > 0 {
		f.days |= 1 << (n & 31)
	} else {
		f.daysEnd |= 1 << (-n & 31)
	}
}

// hasMonth tells whether any day of the month may be taken.
func (f *filter) hasMonth(m time.Month) bool { return f.months == 0 || f.months&(1<<m) != 0 }

// open tells whether every day is taken.
func (f *filter) open() bool {
	return f.months == 0 && !f.monthDay && !f.yearDays && !f.weekday && f.weeks|f.weeksEnd == 0
}

// takes judges all but the month and the week. n is the day in days since 1970.
func (f *filter) takes(d Date, n int) bool {
	if f.monthDay {
		end := daysIn(d.Year, d.Month) - d.Day + 1
		if f.days&(1<<d.Day) == 0 && f.daysEnd&(1<<end) == 0 {
			return false
		}
	}
	if f.yearDays {
		yd := n - Date{d.Year, 1, 1}.Days() + 1
		end := yearLen(d.Year) - yd + 1
		if f.yearDay[yd/64]&(1<<(yd%64)) == 0 && f.yearEnd[end/64]&(1<<(end%64)) == 0 {
			return false
		}
	}
	return !f.weekday || f.takesWeekday(d, n)
}

func (f *filter) takesWeekday(d Date, n int) bool {
	wd := weekday(n)
	if f.weekdays&(1<<wd) != 0 {
		return true
	}
	if !f.numbered {
		return false
	}
	day, length := d.Day, 0
	if f.inMonth {
		length = daysIn(d.Year, d.Month)
	} else {
		day, length = n-Date{d.Year, 1, 1}.Days()+1, yearLen(d.Year)
	}
	return f.nth[wd]&(1<<((day-1)/7+1)) != 0 || f.nthEnd[wd]&(1<<((length-day)/7+1)) != 0
}

// nextMonth gives the first day of the next month that may be taken.
func (f *filter) nextMonth(d Date) Date {
	for range 12 {
		if d.Month++; d.Month > 12 {
			d.Year, d.Month = d.Year+1, 1
		}
		if f.hasMonth(d.Month) {
			break
		}
	}
	d.Day = 1
	return d
}

// A clock holds the values of hours, minutes and seconds, ascending.
type clock struct{ hours, minutes, seconds []int }

// size is the number of times of day.
func (c *clock) size() int { return len(c.hours) * len(c.minutes) * len(c.seconds) }

// at gives the kth time of day in seconds.
func (c *clock) at(k int) int {
	ns := len(c.seconds)
	s := c.seconds[k%ns]
	k /= ns
	nm := len(c.minutes)
	return c.hours[k/nm]*3600 + c.minutes[k%nm]*60 + s
}

// values gives a BY list ready for use: ascending, no value above limit, or what DTSTART has.
// Second 60 is read as 59, as RFC 5545 §3.3.12 asks of those without leap seconds.
func values(list []int, limit int, start []int) []int {
	if len(list) == 0 {
		return start
	}
	if slices.IsSorted(list) && list[len(list)-1] <= limit {
		return list
	}
	out := slices.Clone(list)
	for i := range out {
		out[i] = min(out[i], limit)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// A limits holds the values of hour, minute and second a rule finer than DAILY is limited to;
// zero is no limit.
type limits struct {
	hours, minutes, seconds uint64
}

func mask(list []int, limit int) (m uint64) {
	for _, n := range list {
		m |= 1 << min(max(n, 0), limit)
	}
	return m
}

// next gives the least value from n on that m has, or size if none.
func next(m uint64, n, size int) int {
	if m == 0 {
		return n
	}
	if rest := m >> n; rest != 0 {
		return n + bits.TrailingZeros64(rest)
	}
	return size
}

func yearLen(y int) int {
	if leap(y) {
		return 366
	}
	return 365
}
