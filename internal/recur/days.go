package recur

import (
	"slices"
	"time"
)

// yearDays collects the days of a year for FREQ=YEARLY. Each part that is given must hold; BYDAY counts within the
// month if BYMONTH is there, else within the year (RFC 5545 §3.3.10, note 2).
func (x *expansion) yearDays(year int) {
	r := x.r
	if len(r.ByYearDay)+len(r.ByMonthDay)+len(r.ByWeekNo)+len(r.ByDay) == 0 {
		x.sameDay(year)
		return
	}
	first := Date{year, 1, 1}.Days()
	length := Date{year + 1, 1, 1}.Days() - first
	for n := range length {
		day := first + n
		d := DateAt(day)
		if x.monthAllowed(d) && x.yearDayAllowed(n, length) && x.monthDayAllowed(d) && x.weekNoAllowed(day, d) &&
			x.weekdayAllowed(day, d, n, length) {
			x.days = append(x.days, day)
		}
	}
}

// sameDay collects the day of DTSTART in its month or in those of BYMONTH, where it exists.
func (x *expansion) sameDay(year int) {
	months := x.r.ByMonth
	if len(months) == 0 {
		months = []int{int(x.start.Month)}
	}
	for m := 1; m <= 12; m++ {
		d := Date{year, time.Month(m), x.start.Day}
		if slices.Contains(months, m) && d.Valid() {
			x.days = append(x.days, d.Days())
		}
	}
}

func (x *expansion) monthDays(first Date) {
	if !x.monthAllowed(first) {
		return
	}
	if len(x.r.ByMonthDay)+len(x.r.ByDay) == 0 {
		if d := (Date{first.Year, first.Month, x.start.Day}); d.Valid() {
			x.days = append(x.days, d.Days())
		}
		return
	}
	begin := first.Days()
	for n := range daysIn(first.Year, first.Month) {
		d := Date{first.Year, first.Month, n + 1}
		if x.monthDayAllowed(d) && x.nthWeekday(begin+n, n, daysIn(first.Year, first.Month)) {
			x.days = append(x.days, begin+n)
		}
	}
}

func (x *expansion) weekDays(begin int) {
	for day := begin; day < begin+7; day++ {
		if len(x.r.ByDay) == 0 && weekday(day) != x.start.Weekday() {
			continue
		}
		if x.anyWeekday(day) && x.monthAllowed(DateAt(day)) {
			x.days = append(x.days, day)
		}
	}
}

// dayAllowed judges the limiting parts of FREQ=DAILY and finer.
func (x *expansion) dayAllowed(day int, d Date) bool {
	r := x.r
	if len(r.ByMonth)+len(r.ByMonthDay)+len(r.ByDay)+len(r.ByYearDay) == 0 {
		return true
	}
	length := 365
	if leap(d.Year) {
		length = 366
	}
	return x.monthAllowed(d) && x.monthDayAllowed(d) && x.anyWeekday(day) && x.yearDayAllowed(d.YearDay()-1, length)
}

func (x *expansion) monthAllowed(d Date) bool {
	return len(x.r.ByMonth) == 0 || slices.Contains(x.r.ByMonth, int(d.Month))
}

func (x *expansion) monthDayAllowed(d Date) bool {
	if len(x.r.ByMonthDay) == 0 {
		return true
	}
	return slices.Contains(x.r.ByMonthDay, d.Day) || slices.Contains(x.r.ByMonthDay, d.Day-daysIn(d.Year, d.Month)-1)
}

// yearDayAllowed judges day n (from 0) of a year of that length.
func (x *expansion) yearDayAllowed(n, length int) bool {
	return len(x.r.ByYearDay) == 0 || slices.Contains(x.r.ByYearDay, n+1) || slices.Contains(x.r.ByYearDay, n-length)
}

func (x *expansion) anyWeekday(day int) bool {
	return len(x.r.ByDay) == 0 || slices.ContainsFunc(x.r.ByDay, func(w WeekdayNum) bool { return w.Day == weekday(day) })
}

// weekdayAllowed judges BYDAY of a yearly rule; n is the day of the year from 0.
func (x *expansion) weekdayAllowed(day int, d Date, n, length int) bool {
	r := x.r
	switch {
	case len(r.ByDay) > 0 && len(r.ByMonth) > 0:
		return x.nthWeekday(day, d.Day-1, daysIn(d.Year, d.Month))
	case len(r.ByDay) > 0:
		return x.nthWeekday(day, n, length)
	case len(r.ByWeekNo) > 0 && len(r.ByMonthDay)+len(r.ByYearDay) == 0:
		return weekday(day) == x.start.Weekday() // a week number alone: the weekday of DTSTART
	}
	return true
}

// nthWeekday judges BYDAY for the day that is number n (from 0) of a month or year of that length.
func (x *expansion) nthWeekday(day, n, length int) bool {
	if len(x.r.ByDay) == 0 {
		return true
	}
	for _, w := range x.r.ByDay {
		if w.Day != weekday(day) {
			continue
		}
		if w.N == 0 || w.N == n/7+1 || w.N == -((length-1-n)/7+1) {
			return true
		}
	}
	return false
}

// weekNoAllowed judges BYWEEKNO: week 1 is the first with four days in the year (RFC 5545 §3.3.10, ISO 8601).
func (x *expansion) weekNoAllowed(day int, d Date) bool {
	if len(x.r.ByWeekNo) == 0 {
		return true
	}
	year := d.Year
	first := x.firstWeek(year)
	switch {
	case day < first:
		year--
		first = x.firstWeek(year)
	case day >= x.firstWeek(year+1):
		year++
		first = x.firstWeek(year)
	}
	number := (day-first)/7 + 1
	weeks := (x.firstWeek(year+1) - first) / 7
	return slices.Contains(x.r.ByWeekNo, number) || slices.Contains(x.r.ByWeekNo, number-weeks-1)
}

// firstWeek is the day on which week 1 of a year begins.
func (x *expansion) firstWeek(year int) int {
	first := Date{year, 1, 1}.Days()
	back := floorMod(int(weekday(first))-int(x.r.WeekStart), 7) // days of the year's first week before 1 January
	if back <= 3 {
		return first - back
	}
	return first + 7 - back
}

func floorDiv64(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
