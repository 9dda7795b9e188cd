package recur

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func mustParse(t testing.TB, s string) *Rule {
	t.Helper()
	r, err := Parse(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return r
}

// take gives at most n instances.
func take(it *Iterator, n int) (list []Local) {
	for len(list) < n {
		l, ok := it.Next()
		if !ok {
			break
		}
		list = append(list, l)
	}
	return list
}

func join(list []Local) string {
	s := make([]string, len(list))
	for i, l := range list {
		s[i] = l.String()
	}
	return strings.Join(s, " ")
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ why, in, want string }{
		{"lower case", "freq=weekly;byday=mo,tu", "FREQ=WEEKLY;BYDAY=MO,TU"},
		{"FREQ need not be first", "COUNT=3;FREQ=DAILY", "FREQ=DAILY;COUNT=3"},
		{"semicolon at the end (Google)", "FREQ=DAILY;", "FREQ=DAILY"},
		{"blanks", "FREQ=WEEKLY; BYDAY=MO, TU", "FREQ=WEEKLY;BYDAY=MO,TU"},
		{"RFC 2445 x-name", "FREQ=DAILY;X-FOO=bar", "FREQ=DAILY"},
		{"COUNT and UNTIL: the earlier end", "FREQ=DAILY;COUNT=3;UNTIL=20260102T000000Z", "FREQ=DAILY;UNTIL=20260102T000000Z;COUNT=3"},
		{"UNTIL as date", "FREQ=DAILY;UNTIL=20260102", "FREQ=DAILY;UNTIL=20260102"},
		{"UNTIL without zone", "FREQ=DAILY;UNTIL=20260102T030405", "FREQ=DAILY;UNTIL=20260102T030405"},
		{"signs", "FREQ=MONTHLY;BYDAY=+1MO,-1SU;BYMONTHDAY=-1,+5", "FREQ=MONTHLY;BYDAY=1MO,-1SU;BYMONTHDAY=-1,5"},
		{"duplicates", "FREQ=WEEKLY;BYDAY=MO,MO;BYHOUR=3,3,1", "FREQ=WEEKLY;BYHOUR=1,3;BYDAY=MO"},
		{"all parts", "FREQ=YEARLY;INTERVAL=2;COUNT=9;BYSECOND=0,60;BYMINUTE=59;BYHOUR=23;BYDAY=MO;BYMONTHDAY=31;BYYEARDAY=-366;BYWEEKNO=-53;BYMONTH=12;BYSETPOS=-366;WKST=SU",
			"FREQ=YEARLY;COUNT=9;INTERVAL=2;BYSECOND=0,60;BYMINUTE=59;BYHOUR=23;BYDAY=MO;BYMONTHDAY=31;BYYEARDAY=-366;BYWEEKNO=-53;BYMONTH=12;BYSETPOS=-366;WKST=SU"},
		{"RFC 7529 §4.1: what RFC 5545 does anyway", "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=OMIT", "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=OMIT"},
		{"BYSETPOS alone", "FREQ=DAILY;BYSETPOS=1", "FREQ=DAILY;BYSETPOS=1"},
	} {
		t.Run(c.why, func(t *testing.T) {
			r := mustParse(t, c.in)
			if got := r.String(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	for _, in := range []string{
		"", ";", "COUNT=3", "FREQ=", "FREQ=FORTNIGHTLY", "FREQ", "FREQ=DAILY;FREQ=DAILY", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=-1",
		"FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=", "FREQ=DAILY;COUNT=99999999999999999999", "FREQ=DAILY;UNTIL=2026", "FREQ=DAILY;UNTIL=20260230",
		"FREQ=DAILY;UNTIL=20260101T000000+", "FREQ=DAILY;BYSECOND=61", "FREQ=DAILY;BYMINUTE=60", "FREQ=DAILY;BYHOUR=24", "FREQ=DAILY;BYHOUR=-1",
		"FREQ=DAILY;BYMONTH=0", "FREQ=DAILY;BYMONTH=13", "FREQ=DAILY;BYMONTHDAY=0", "FREQ=DAILY;BYMONTHDAY=32", "FREQ=YEARLY;BYYEARDAY=367",
		"FREQ=YEARLY;BYWEEKNO=54", "FREQ=YEARLY;BYSETPOS=0;BYMONTH=1", "FREQ=WEEKLY;BYDAY=XX", "FREQ=WEEKLY;BYDAY=", "FREQ=WEEKLY;BYDAY=MO,",
		"FREQ=WEEKLY;BYDAY=MO=", "FREQ=MONTHLY;BYDAY=0MO", "FREQ=MONTHLY;BYDAY=54MO", "FREQ=MONTHLY;BYDAY=+-1MO", "FREQ=DAILY;WKST=1MO",
		"FREQ=DAILY;BYEASTER=0", "FREQ=DAILY;SKIP=OMIT", "FREQ=DAILY;" + strings.Repeat("X-A=B;", 1000),
		// N/A in the table of RFC 5545 §3.3.10
		"FREQ=MONTHLY;BYWEEKNO=1", "FREQ=DAILY;BYWEEKNO=1", "FREQ=DAILY;BYYEARDAY=1", "FREQ=WEEKLY;BYYEARDAY=1", "FREQ=MONTHLY;BYYEARDAY=1",
		"FREQ=WEEKLY;BYMONTHDAY=1", "FREQ=WEEKLY;BYDAY=5MO", "FREQ=DAILY;BYDAY=1MO", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO",
	} {
		var syntax *SyntaxError
		if r, err := Parse(in); !errors.As(err, &syntax) || r != nil {
			t.Errorf("%.60q: %v, %v", in, r, err)
		}
	}
	for _, in := range []string{"RSCALE=CHINESE;FREQ=YEARLY", "RSCALE=HEBREW;FREQ=YEARLY;BYMONTH=5L;SKIP=FORWARD", "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=FORWARD",
		"RSCALE=ETHIOPIC;FREQ=YEARLY;BYMONTH=13"} {
		var scale *RScaleError
		if _, err := Parse(in); !errors.As(err, &scale) {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestIterator(t *testing.T) {
	for _, c := range []struct{ why, start, rule, want string }{
		{"31st of months that have one", "20260131T100000", "FREQ=MONTHLY;COUNT=3", "20260131T100000 20260331T100000 20260531T100000"},
		{"29 February", "20240229T100000", "FREQ=YEARLY;COUNT=3", "20240229T100000 20280229T100000 20320229T100000"},
		{"29 February across 2100", "20960229T100000", "FREQ=YEARLY;COUNT=2", "20960229T100000 21040229T100000"},
		{"COUNT and UNTIL, COUNT first", "20260101T000000", "FREQ=DAILY;COUNT=2;UNTIL=20260109", "20260101T000000 20260102T000000"},
		{"COUNT and UNTIL, UNTIL first", "20260101T000000", "FREQ=DAILY;COUNT=9;UNTIL=20260102", "20260101T000000 20260102T000000"},
		{"UNTIL is inclusive", "20260101T090000", "FREQ=DAILY;UNTIL=20260102T090000Z", "20260101T090000 20260102T090000"},
		{"UNTIL as date takes the whole day", "20260101T230000", "FREQ=DAILY;UNTIL=20260102", "20260101T230000 20260102T230000"},
		{"UNTIL before DTSTART", "20260101T230000", "FREQ=DAILY;UNTIL=20251231", ""},
		{"BYSETPOS sees what lies before DTSTART", "20260120T000000", "FREQ=MONTHLY;BYMONTHDAY=10,20,30;BYSETPOS=2;COUNT=2", "20260120T000000 20260220T000000"},
		{"BYSETPOS=-1 with an UNTIL inside the year", "20260101T000000", "FREQ=YEARLY;BYMONTH=1,6,12;BYSETPOS=-1;UNTIL=20260901", ""},
		{"second 60 is 59", "20260101T000000", "FREQ=MINUTELY;BYSECOND=58,59,60;COUNT=3", "20260101T000058 20260101T000059 20260101T000158"},
		{"HOURLY limited by day", "20260101T000000", "FREQ=HOURLY;INTERVAL=6;BYDAY=FR;COUNT=5",
			"20260102T000000 20260102T060000 20260102T120000 20260102T180000 20260109T000000"},
		{"SECONDLY limited by month, from afar", "20260601T000000", "FREQ=SECONDLY;BYMONTH=5;BYMONTHDAY=31;BYHOUR=23;BYMINUTE=59;COUNT=2", "20270531T235900 20270531T235901"},
		{"MINUTELY limited by hour", "20260101T083000", "FREQ=MINUTELY;INTERVAL=45;BYHOUR=9,23;COUNT=4", "20260101T091500 20260101T233000 20260102T091500 20260102T233000"},
		{"ISO years", "20260101T000000", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO;COUNT=3", "20270104T000000 20280103T000000 20290101T000000"},
		{"week 53", "20200101T000000", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=SU;COUNT=2", "20210103T000000 20270103T000000"},
		{"the last year", "99980101T000000", "FREQ=YEARLY", "99980101T000000 99990101T000000"},
		{"large interval", "20260101T000000", "FREQ=YEARLY;INTERVAL=99999999", "20260101T000000"},
		{"large interval of seconds", "20260101T000000", "FREQ=SECONDLY;INTERVAL=999999999999", "20260101T000000"},
	} {
		t.Run(c.why, func(t *testing.T) {
			it := mustParse(t, c.rule).Iterator(mustLocal(t, c.start))
			if got := join(take(it, 10)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if it.Exhausted() {
				t.Error("exhausted")
			}
		})
	}
}

func TestIncludeStart(t *testing.T) {
	for _, c := range []struct{ why, start, rule, skip, want string }{
		{"COUNT counts it", "20260101T090000", "FREQ=WEEKLY;BYDAY=MO;COUNT=3", "", "20260101T090000 20260105T090000 20260112T090000"},
		{"not twice", "20260105T090000", "FREQ=WEEKLY;BYDAY=MO;COUNT=2", "", "20260105T090000 20260112T090000"},
		{"skipped and counted", "20260101T090000", "FREQ=WEEKLY;BYDAY=MO;COUNT=3", "20260102T000000", "20260105T090000 20260112T090000"},
		{"skipped to itself", "20260101T090000", "FREQ=WEEKLY;BYDAY=MO;COUNT=2", "20260101T090000", "20260101T090000 20260105T090000"},
		{"UNTIL before it", "20260101T090000", "FREQ=WEEKLY;UNTIL=20251201", "", "20260101T090000"},
		{"COUNT=1", "20260101T090000", "FREQ=WEEKLY;BYDAY=MO;COUNT=1", "", "20260101T090000"},
		{"COUNT=1, skipped", "20260101T090000", "FREQ=WEEKLY;BYDAY=MO;COUNT=1", "20260102T000000", ""},
	} {
		t.Run(c.why, func(t *testing.T) {
			it := mustParse(t, c.rule).Iterator(mustLocal(t, c.start)).IncludeStart()
			if c.skip != "" {
				it.SkipTo(mustLocal(t, c.skip))
			}
			if got := join(take(it, 5)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestWorkLimit(t *testing.T) {
	for _, c := range []struct {
		rule      string
		exhausted bool // otherwise the calendar ends first
	}{
		{"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", true}, {"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", false},
		{"FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", true}, {"FREQ=MINUTELY;BYYEARDAY=366;BYMONTH=1", true},
		{"FREQ=HOURLY;INTERVAL=24;BYHOUR=5", true}, {"FREQ=SECONDLY;INTERVAL=60;BYSECOND=7", true},
		{"FREQ=WEEKLY;BYDAY=MO;BYSETPOS=5", true}, {"FREQ=MONTHLY;BYDAY=6MO", false},
		{"FREQ=YEARLY;BYYEARDAY=366;BYDAY=MO;BYMONTH=1", false}, {"FREQ=YEARLY;BYWEEKNO=20;BYMONTH=1", false},
	} {
		it := mustParse(t, c.rule).Iterator(mustLocal(t, "20260101T000000"))
		it.SkipTo(mustLocal(t, "20270101T000000"))
		if l, ok := it.Next(); ok || it.steps > MaxSteps+1 || it.Exhausted() != c.exhausted {
			t.Errorf("%s gives %v %v after %d steps", c.rule, l, ok, it.steps)
		}
	}
	n := 0
	it := mustParse(t, "FREQ=SECONDLY").Iterator(mustLocal(t, "20260101T000000"))
	for _, ok := it.Next(); ok; _, ok = it.Next() {
		n++
	}
	if n != MaxSteps || !it.Exhausted() {
		t.Errorf("%d instances, exhausted %v", n, it.Exhausted())
	}
}

// A jump costs next to nothing, however far.
func TestSkipToIsCheap(t *testing.T) {
	for _, rule := range []string{"FREQ=SECONDLY", "FREQ=MINUTELY;INTERVAL=7", "FREQ=HOURLY;BYDAY=MO", "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,FR",
		"FREQ=MONTHLY;BYDAY=-1FR", "FREQ=YEARLY", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO", "FREQ=DAILY;COUNT=1000000", "FREQ=SECONDLY;COUNT=1073741824",
		"FREQ=WEEKLY;BYDAY=MO,WE;COUNT=100000;INTERVAL=2"} {
		it := mustParse(t, rule).Iterator(mustLocal(t, "20000103T090000"))
		it.SkipTo(mustLocal(t, "20260601T000000"))
		l, ok := it.Next()
		if !ok || l.Before(mustLocal(t, "20260601T000000")) || it.steps > 16 {
			t.Errorf("%s: %v %v after %d steps", rule, l, ok, it.steps)
		}
	}
}

// randomRule makes a legal rule, of the frequencies from on.
func randomRule(rnd *rand.Rand, from Freq) *Rule {
	r := &Rule{Freq: from + Freq(rnd.IntN(int(Yearly-from)+1)), Interval: 1, WeekStart: time.Weekday(rnd.IntN(7))}
	if rnd.IntN(2) == 0 {
		r.Interval = 1 + rnd.IntN(5)
	}
	some := func(n, low, high int, signed bool) (list []int) {
		if rnd.IntN(4) > 0 {
			return nil
		}
		for range 1 + rnd.IntN(n) {
			v := low + rnd.IntN(high-low+1)
			if signed && rnd.IntN(3) == 0 {
				v = -v
			}
			list = append(list, v)
		}
		slices.Sort(list)
		return slices.Compact(list)
	}
	r.ByMonth = some(4, 1, 12, false)
	r.ByHour, r.ByMinute, r.BySecond = some(3, 0, 23, false), some(3, 0, 59, false), some(2, 0, 59, false)
	if r.Freq != Weekly {
		r.ByMonthDay = some(4, 1, 31, true)
	}
	if r.Freq == Yearly || r.Freq < Daily {
		r.ByYearDay = some(5, 1, 366, true)
	}
	if r.Freq == Yearly && rnd.IntN(3) == 0 {
		r.ByWeekNo = some(3, 1, 53, true)
	}
	for _, n := range some(3, 0, 6, false) {
		d := WeekdayNum{Day: time.Weekday(n)}
		if (r.Freq == Monthly || r.Freq == Yearly) && len(r.ByWeekNo) == 0 && rnd.IntN(2) == 0 {
			d.N = rnd.IntN(5) - 2
		}
		r.ByDay = append(r.ByDay, d)
	}
	r.BySetPos = some(2, 1, 6, true)
	if rnd.IntN(2) == 0 {
		r.Count = 1 + rnd.IntN(30)
	}
	return r
}

// SkipTo gives what stepping gives, COUNT included.
func TestSkipToAgrees(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 11))
	for range 1200 {
		r := randomRule(rnd, Secondly)
		if _, err := Parse(r.String()); err != nil {
			t.Fatal(err)
		}
		start := Date{2020, 1, 1}.At(9, 30, 15).AddSeconds(rnd.Int64N(400 * 86400))
		include := rnd.IntN(2) == 0
		walk := func() *Iterator {
			if it := r.Iterator(start); include {
				return it.IncludeStart()
			} else {
				return it
			}
		}
		all := take(walk(), 60)
		for i := 1; i < len(all); i++ {
			if !all[i-1].Before(all[i]) {
				t.Fatalf("%s from %s: not in order: %s", r, start, join(all))
			}
		}
		if len(all) < 2 {
			continue
		}
		it := walk()
		given := take(it, rnd.IntN(3))
		k := rnd.IntN(len(all))
		target := all[k].AddSeconds(rnd.Int64N(3) - 1)
		it.SkipTo(target)
		want := all[min(len(given), len(all)):]
		for len(want) > 0 && want[0].Before(target) {
			want = want[1:]
		}
		if got := take(it, len(want)); !slices.Equal(got, want) {
			t.Fatalf("%s from %s, %d taken, to %s:\n got %s\nwant %s", r, start, len(given), target, join(got), join(want))
		}
	}
}

// Instances are those moments of the clock that each part of the rule allows: a slow reading of
// RFC 5545 §3.3.10 for rules whose parts all limit.
func TestLimitsAgree(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 5))
	for range 300 {
		r := randomRule(rnd, Secondly)
		r.Freq, r.BySetPos, r.Count, r.ByWeekNo = Hourly, nil, 0, nil
		r.ByMinute, r.BySecond = nil, nil
		for i := range r.ByDay {
			r.ByDay[i].N = 0
		}
		start := Date{2023, 1, 1}.At(rnd.IntN(24), 30, 15)
		end := start.AddDays(500)
		var want []Local
		for l := start; l.Before(end); l = l.AddSeconds(3600 * int64(r.Interval)) {
			if allowed(r, l) {
				want = append(want, l)
			}
		}
		var got []Local
		for it := r.Iterator(start); ; {
			l, ok := it.Next()
			if !ok || !l.Before(end) {
				break
			}
			got = append(got, l)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%s from %s: %d instances, want %d", r, start, len(got), len(want))
		}
	}
}

func allowed(r *Rule, l Local) bool {
	in := func(list []int, n, length int) bool {
		return len(list) == 0 || slices.Contains(list, n) || slices.Contains(list, n-length-1)
	}
	return in(r.ByMonth, int(l.Month), 99) && in(r.ByMonthDay, l.Day, daysIn(l.Year, l.Month)) && in(r.ByYearDay, l.YearDay(), yearLen(l.Year)) &&
		in(r.ByHour, l.Hour, 99) && (len(r.ByDay) == 0 || slices.Contains(r.ByDay, WeekdayNum{0, l.Weekday()}))
}

func TestCivil(t *testing.T) {
	for n := -800_000; n < 2_900_000; n += 97 {
		d := DateAt(n)
		if u := time.Unix(int64(n)*86400, 0).UTC(); d != DateOf(u) || d.Days() != n || d.Weekday() != u.Weekday() || d.YearDay() != u.YearDay() {
			t.Fatalf("day %d is %v", n, d)
		}
	}
	for _, s := range []int64{-1, 0, 1, -62135596800, 253402300799, 951782400, -86400, -86401} {
		if l := LocalAt(s); l.Seconds() != s || l != LocalOf(time.Unix(s, 0).UTC()) {
			t.Errorf("second %d is %v", s, l)
		}
	}
	for _, s := range []string{"", "2026010", "20260230", "20261301", "2026013a", "20260101T", "20260101T246000", "20260101T0000000", "20260101X000000"} {
		if _, err := ParseLocal(s); err == nil {
			t.Errorf("%q is a time", s)
		}
		if _, err := ParseDate(s); err == nil {
			t.Errorf("%q is a date", s)
		}
	}
}

func FuzzRule(f *testing.F) {
	for _, c := range rfcExamples {
		f.Add(c.rule, int64(873190800), int64(900000000))
	}
	f.Add("FREQ=SECONDLY;BYSECOND=60;INTERVAL=9999999999999", int64(-62135596800), int64(0))
	f.Fuzz(func(t *testing.T, text string, start, to int64) {
		r, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(r.String())
		if err != nil || again.String() != r.String() {
			t.Fatalf("%s is written as %s: %v", text, r, err)
		}
		const first, last = -62135596800, 253402300799
		if start < first || start > last || to < first || to > last {
			return
		}
		it := r.Iterator(LocalAt(start))
		it.SkipTo(LocalAt(to))
		before := LocalAt(max(start, to)).AddSeconds(-1)
		for range 100 {
			l, ok := it.Next()
			if !ok {
				break
			}
			if !before.Before(l) || !l.Valid() {
				t.Fatalf("%s after %s", l, before)
			}
			before = l
		}
		if it.steps > MaxSteps+1 {
			t.Fatalf("%d steps", it.steps)
		}
	})
}

func benchmark(b *testing.B, rule string, skip string, n int) {
	r, start := mustParse(b, rule), mustLocal(b, "20000103T090000")
	b.ReportAllocs()
	for b.Loop() {
		it := r.Iterator(start)
		if skip != "" {
			it.SkipTo(mustLocal(b, skip))
		}
		for range n {
			it.Next()
		}
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		mustParse(b, "FREQ=WEEKLY;INTERVAL=2;UNTIL=20301224T000000Z;WKST=SU;BYDAY=MO,WE,FR")
	}
}

func BenchmarkWeeklyMonth(b *testing.B) {
	benchmark(b, "FREQ=WEEKLY;BYDAY=MO,WE,FR", "20260601T000000", 13)
}
func BenchmarkDailyMonth(b *testing.B) { benchmark(b, "FREQ=DAILY", "20260601T000000", 30) }
func BenchmarkMonthlyYear(b *testing.B) {
	benchmark(b, "FREQ=MONTHLY;BYDAY=-1FR", "20260101T000000", 12)
}
func BenchmarkYearly(b *testing.B)      { benchmark(b, "FREQ=YEARLY", "20260101T000000", 1) }
func BenchmarkYearlyByDay(b *testing.B) { benchmark(b, "FREQ=YEARLY;BYDAY=20MO", "20260101T000000", 1) }
func BenchmarkDailyCount(b *testing.B)  { benchmark(b, "FREQ=DAILY;COUNT=20000", "20260601T000000", 30) }
func BenchmarkMonthlyCount(b *testing.B) {
	benchmark(b, "FREQ=MONTHLY;COUNT=1000", "20260601T000000", 1)
}
func BenchmarkSecondly(b *testing.B)   { benchmark(b, "FREQ=SECONDLY", "20260601T000000", 100) }
func BenchmarkNever(b *testing.B)      { benchmark(b, "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "", 1) }
func BenchmarkNeverDaily(b *testing.B) { benchmark(b, "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "", 1) }
