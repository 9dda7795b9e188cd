package recur

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// slow reads a rule as the table of RFC 5545 §3.3.10 says it: for each period every day is
// looked at, then BYSETPOS picks. It gives instances up to the end of the last of the periods.
func slow(r *Rule, start Local, periods int) (list []Local, end Local) {
	for n := range periods {
		first, days := period(r, start.Date, n)
		end = first.AddDays(days).At(0, 0, 0)
		var set []Local
		for i := range days {
			if d := first.AddDays(i); fits(r, start.Date, d) {
				set = append(set, timesOf(r, start, d)...)
			}
		}
		slices.SortFunc(set, Local.Compare)
		if len(r.BySetPos) > 0 {
			var picked []Local
			for i, l := range set {
				if slices.Contains(r.BySetPos, i+1) || slices.Contains(r.BySetPos, i-len(set)) {
					picked = append(picked, l)
				}
			}
			set = picked
		}
		for _, l := range set {
			switch {
			case l.Before(start):
			case r.UntilKind != NoUntil && r.Until.Before(l), r.Count > 0 && len(list) == r.Count:
				return list, end
			default:
				list = append(list, l)
			}
		}
	}
	return list, end
}

// period is the nth period of a rule: its first day and its length.
func period(r *Rule, start Date, n int) (Date, int) {
	n *= r.Interval
	switch r.Freq {
	case Yearly:
		return Date{start.Year + n, 1, 1}, yearLen(start.Year + n)
	case Monthly:
		m := int(start.Month) - 1 + n
		d := Date{start.Year + m/12, 1, 1}
		for range m % 12 {
			d.Month++
		}
		return d, daysIn(d.Year, d.Month)
	case Weekly:
		back := (int(start.Weekday()) - int(r.WeekStart) + 7) % 7
		return start.AddDays(7*n - back), 7
	}
	return start.AddDays(n), 1
}

// fits tells whether the parts of a rule that speak of days allow one.
func fits(r *Rule, start, d Date) bool {
	in := func(list []int, n, length int) bool {
		return len(list) == 0 || slices.Contains(list, n) || slices.Contains(list, n-length-1)
	}
	if !in(r.ByMonth, int(d.Month), 99) || !in(r.ByMonthDay, d.Day, daysIn(d.Year, d.Month)) || !in(r.ByYearDay, d.YearDay(), yearLen(d.Year)) {
		return false
	}
	if len(r.ByDay) > 0 {
		return slices.ContainsFunc(r.ByDay, func(w WeekdayNum) bool {
			at, length := d.Day, daysIn(d.Year, d.Month)
			if r.Freq == Yearly && len(r.ByMonth) == 0 {
				at, length = d.YearDay(), yearLen(d.Year)
			}
			return w.Day == d.Weekday() && (w.N == 0 || w.N == (at-1)/7+1 || w.N == -((length-at)/7+1))
		})
	}
	if len(r.ByMonthDay) > 0 || len(r.ByYearDay) > 0 {
		return true
	}
	switch r.Freq {
	case Yearly:
		return d.Day == start.Day && (len(r.ByMonth) > 0 || d.Month == start.Month)
	case Monthly:
		return d.Day == start.Day
	case Weekly:
		return d.Weekday() == start.Weekday()
	}
	return true
}

// timesOf are the instances of one day.
func timesOf(r *Rule, start Local, d Date) (list []Local) {
	or := func(by []int, one int) []int {
		if len(by) > 0 {
			return by
		}
		return []int{one}
	}
	for _, h := range or(r.ByHour, start.Hour) {
		for _, m := range or(r.ByMinute, start.Minute) {
			for _, s := range or(r.BySecond, start.Second) {
				list = append(list, d.At(h, m, s))
			}
		}
	}
	return list
}

// settled tells whether RFC 5545 leaves no doubt on what a rule means, and the slow reading is
// not too slow.
func settled(r *Rule) bool {
	numbered := slices.ContainsFunc(r.ByDay, func(w WeekdayNum) bool { return w.N != 0 })
	switch {
	case r.Freq < Daily, len(r.ByWeekNo) > 0, r.UntilKind == UntilUTC, r.Interval > 50:
		return false
	case r.Freq == Yearly && len(r.ByMonthDay) > 0 && len(r.ByMonth) == 0: // every month, or that of DTSTART?
		return false
	case numbered && (len(r.ByMonthDay) > 0 || len(r.ByYearDay) > 0 || r.Freq < Monthly):
		return false
	case len(r.ByYearDay) > 0 && r.Freq != Yearly, slices.Contains(r.BySecond, 60):
		return false
	}
	return max(1, len(r.ByHour))*max(1, len(r.ByMinute))*max(1, len(r.BySecond)) <= 50
}

// agree compares the iterator with the slow reading.
func agree(t *testing.T, r *Rule, start Local) {
	t.Helper()
	want, end := slow(r, start, 25)
	it := r.Iterator(start)
	var got []Local
	for {
		l, ok := it.Next()
		if !ok || !l.Before(end) {
			break
		}
		got = append(got, l)
	}
	if it.steps > MaxSteps+1 {
		t.Fatalf("%s: %d steps", r, it.steps)
	}
	if it.Exhausted() && len(got) < len(want) {
		want = want[:len(got)]
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%s from %s:\n got %s\nwant %s", r, start, join(got), join(want))
	}
}

func TestSlowReadingAgrees(t *testing.T) {
	rnd := rand.New(rand.NewPCG(17, 4))
	compared := 0
	for range 1500 {
		if r := randomRule(rnd, Daily); settled(r) {
			agree(t, r, Date{2020, 1, 1}.At(9, 30, 15).AddSeconds(rnd.Int64N(1500*86400)))
			compared++
		}
	}
	if compared < 200 {
		t.Errorf("only %d rules compared", compared)
	}
}

// FuzzNext compares Next with the slow reading, whatever the rule.
func FuzzNext(f *testing.F) {
	for _, c := range rfcExamples {
		f.Add(c.rule, int64(873190800))
	}
	f.Add("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1,1;BYHOUR=1,23", int64(951782400))
	f.Fuzz(func(t *testing.T, text string, start int64) {
		r, err := Parse(text)
		if err != nil || !settled(r) || start < -1e9 || start > 4e9 {
			return
		}
		agree(t, r, LocalAt(start))
	})
}
