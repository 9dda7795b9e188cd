package recur

import (
	"slices"
	"time"
)

// An expansion is a rule with the defaults that DTSTART gives, ready to list the instances of one period
// (RFC 5545 §3.3.10: the table of expanding and limiting parts).
type expansion struct {
	r        *Rule
	start    Local
	interval int
	single   bool // each period has exactly one instance, whatever its date

	hours, minutes, seconds []int // sorted; for frequencies finer than daily only what is finer than the period
	days                    []int // scratch: days since 1970-01-01
}

func expand(r *Rule, start Local) expansion {
	x := expansion{r: r, start: start, interval: max(r.Interval, 1)}
	x.hours = sorted(r.ByHour, start.Hour, 23)
	x.minutes = sorted(r.ByMinute, start.Minute, 59)
	x.seconds = sorted(r.BySecond, start.Second, 59)
	plain := len(r.BySecond)+len(r.ByMinute)+len(r.ByHour)+len(r.ByDay)+len(r.ByMonthDay)+len(r.ByYearDay)+
		len(r.ByWeekNo)+len(r.ByMonth)+len(r.BySetPos) == 0
	x.single = plain && r.Freq <= Weekly
	return x
}

// sorted gives the values of a BY-part in order, each once, or what DTSTART has. 60, the leap second, counts as 59.
func sorted(values []int, start, most int) []int {
	if len(values) == 0 {
		return []int{start}
	}
	out := make([]int, len(values))
	for i, v := range values {
		out[i] = min(v, most)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

const daySeconds = 24 * 60 * 60

// index gives the period in which l lies.
func (x *expansion) index(l Local) int64 {
	switch x.r.Freq {
	case Yearly:
		return int64(l.Year)
	case Monthly:
		return int64(l.Year)*12 + int64(l.Month) - 1
	case Weekly:
		return int64(floorDiv(l.Days()-x.weekOffset(), 7))
	case Daily:
		return int64(l.Days())
	}
	return floorDiv64(l.Seconds(), x.unit())
}

// unit is the length of a period in seconds, for frequencies finer than daily.
func (x *expansion) unit() int64 {
	switch x.r.Freq {
	case Hourly:
		return 3600
	case Minutely:
		return 60
	}
	return 1
}

// weekOffset is the day (since 1970-01-01, a Thursday) on which week 0 begins.
func (x *expansion) weekOffset() int { return floorMod(int(x.r.WeekStart)-int(time.Thursday), 7) }

// begin is the first moment of a period.
func (x *expansion) begin(period int64) Local {
	switch x.r.Freq {
	case Yearly:
		return Date{int(period), 1, 1}.At(0, 0, 0)
	case Monthly:
		return Date{int(floorDiv64(period, 12)), time.Month(period-floorDiv64(period, 12)*12) + 1, 1}.At(0, 0, 0)
	case Weekly:
		return DateAt(int(period)*7+x.weekOffset()).At(0, 0, 0)
	case Daily:
		return DateAt(int(period)).At(0, 0, 0)
	}
	return LocalAt(period * x.unit())
}

// skip gives a later period before which nothing can match, or the period itself. It keeps rules that are finer
// than daily from trying each hour of days, or each second of hours, that are excluded as a whole.
func (x *expansion) skip(period int64) int64 {
	r := x.r
	if r.Freq > Hourly {
		return period
	}
	at, unit := x.begin(period), x.unit()
	switch {
	case !x.dayAllowed(at.Days(), at.Date):
		return floorDiv64((int64(at.Days())+1)*daySeconds, unit)
	case len(r.ByHour) > 0 && !slices.Contains(x.hours, at.Hour):
		return floorDiv64(at.Seconds()/3600*3600+3600, unit)
	case r.Freq < Hourly && len(r.ByMinute) > 0 && !slices.Contains(x.minutes, at.Minute):
		return floorDiv64(at.Seconds()/60*60+60, unit)
	}
	return period
}

// instances appends the instances of one period in order.
func (x *expansion) instances(out []Local, period int64) []Local {
	at := x.begin(period)
	switch x.r.Freq {
	case Hourly:
		return x.times(out, at.Date, []int{at.Hour}, x.minutes)
	case Minutely:
		return x.times(out, at.Date, []int{at.Hour}, []int{at.Minute})
	case Secondly:
		if len(x.r.BySecond) > 0 && !slices.Contains(x.seconds, at.Second) {
			return out
		}
		return append(out, at)
	}
	x.days = x.days[:0]
	switch x.r.Freq {
	case Yearly:
		x.yearDays(at.Year)
	case Monthly:
		x.monthDays(at.Date)
	case Weekly:
		x.weekDays(at.Days())
	case Daily:
		if x.dayAllowed(at.Days(), at.Date) {
			x.days = append(x.days, at.Days())
		}
	}
	for _, d := range x.days {
		out = x.times(out, DateAt(d), x.hours, x.minutes)
	}
	return out
}

func (x *expansion) times(out []Local, d Date, hours, minutes []int) []Local {
	for _, h := range hours {
		for _, m := range minutes {
			for _, s := range x.seconds {
				out = append(out, d.At(h, m, s))
			}
		}
	}
	return out
}
