package recur

import (
	"bufio"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	rrule "github.com/teambition/rrule-go"
)

// common cuts a random rule down to what rrule-go reads as we do:
//   - it takes BYMONTHDAY without BYMONTH for every month of a YEARLY rule, we for that of DTSTART;
//   - it counts a year of weeks by its days in the calendar year, which differs with INTERVAL and
//     BYSETPOS, and takes BYWEEKNO alone for all seven days;
//   - BYDAY=MO,2TU gives nothing there;
//   - BYSETPOS in the first week sees only what follows DTSTART.
func common(r *Rule) bool {
	numbered := func(d WeekdayNum) bool { return d.N != 0 }
	plain := func(d WeekdayNum) bool { return d.N == 0 }
	switch {
	case r.Freq == Yearly && len(r.ByMonthDay) > 0 && len(r.ByMonth) == 0:
		return false
	case len(r.ByWeekNo) > 0 && (r.Interval > 1 || len(r.BySetPos) > 0 || len(r.ByDay) == 0):
		return false
	case slices.ContainsFunc(r.ByDay, numbered) && slices.ContainsFunc(r.ByDay, plain):
		return false
	}
	return r.Freq != Weekly || len(r.BySetPos) == 0
}

func TestSecondOpinionRRuleGo(t *testing.T) {
	rnd := rand.New(rand.NewPCG(42, 1))
	const n = 25
	compared := 0
	for range 2500 {
		r := randomRule(rnd, Daily)
		if !common(r) {
			continue
		}
		start := Date{2020, 1, 1}.At(9, 30, 15).AddSeconds(rnd.Int64N(400 * 86400))
		it := r.Iterator(start)
		got := take(it, n)
		if len(got) < n && r.Count == 0 || it.steps > 5000 {
			continue // it would search to the end of time
		}
		want, ok := theirs(r.String(), start, n)
		if !ok {
			continue
		}
		compared++
		if !slices.Equal(got, want) {
			t.Errorf("%s from %s:\n got %s\nwant %s", r, start, join(got), join(want))
		}
	}
	if compared < 1000 {
		t.Errorf("only %d rules compared", compared)
	}
}

// theirs asks rrule-go, which may panic and may search for ever.
func theirs(rule string, start Local, n int) ([]Local, bool) {
	answer := make(chan []Local, 1)
	go func() {
		defer close(answer)
		defer func() { _ = recover() }()
		option, err := rrule.StrToROption(rule)
		if err != nil {
			return
		}
		option.Dtstart = start.UTC()
		r, err := rrule.NewRRule(*option)
		if err != nil {
			return
		}
		list := []Local{}
		for next := r.Iterator(); len(list) < n; {
			at, ok := next()
			if !ok {
				break
			}
			list = append(list, LocalOf(at))
		}
		answer <- list
	}()
	select {
	case list, ok := <-answer:
		return list, ok
	case <-time.After(5 * time.Second):
		return nil, false
	}
}

// TestSecondOpinionICalJS compares with what ical.js computed; testdata/icaljs.mjs makes the file.
// A line is the rule, DTSTART and the instances, between tabs. A line of # and a reason is one
// where we differ on purpose.
func TestSecondOpinionICalJS(t *testing.T) {
	f, err := os.Open(filepath.Join("testdata", "icaljs.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := 0
	for s := bufio.NewScanner(f); s.Scan(); {
		if strings.HasPrefix(s.Text(), "#") {
			continue
		}
		lines++
		field := strings.Split(s.Text(), "\t")
		if len(field) != 3 {
			t.Fatalf("%q", s.Text())
		}
		want := strings.Fields(field[2])
		got := take(mustParse(t, field[0]).Iterator(mustLocal(t, field[1])), len(want))
		if join(got) != strings.Join(want, " ") {
			t.Errorf("%s from %s:\n got %s\nwant %s", field[0], field[1], join(got), field[2])
		}
	}
	if lines < 100 {
		t.Errorf("only %d lines", lines)
	}
}
