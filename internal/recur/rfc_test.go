package recur

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// rfcExample is one example of RFC 5545 §3.8.5.3. The list is written in short: a year, then
// month/days, where 2-30/2 is every second day; after @ the times of day, else that of DTSTART.
// Rules without end are compared as far as the RFC lists them.
type rfcExample struct {
	why, start, rule string
	until            string // UNTIL on New York's clock, where the rule has it in UTC
	want             string
}

var rfcExamples = []rfcExample{
	{"Daily for 10 occurrences", "19970902T090000", "FREQ=DAILY;COUNT=10", "", "1997 9/2-11"},
	{"Daily until December 24, 1997", "19970902T090000", "FREQ=DAILY;UNTIL=19971224T000000Z", "19971223T190000",
		"1997 9/2-30 10/1-25 10/26-31 11/1-30 12/1-23"},
	{"Every other day - forever", "19970902T090000", "FREQ=DAILY;INTERVAL=2", "",
		"1997 9/2-30/2 10/2-24/2 10/26,28,30 11/1-29/2 12/1,3"},
	{"Every 10 days, 5 occurrences", "19970902T090000", "FREQ=DAILY;INTERVAL=10;COUNT=5", "", "1997 9/2,12,22 10/2,12"},
	{"Every day in January, for 3 years", "19980101T090000",
		"FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA", "20000131T090000", "1998 1/1-31 1999 1/1-31 2000 1/1-31"},
	{"Every day in January, for 3 years, or", "19980101T090000", "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1", "20000131T090000",
		"1998 1/1-31 1999 1/1-31 2000 1/1-31"},
	{"Weekly for 10 occurrences", "19970902T090000", "FREQ=WEEKLY;COUNT=10", "", "1997 9/2,9,16,23,30 10/7,14,21 10/28 11/4"},
	{"Weekly until December 24, 1997", "19970902T090000", "FREQ=WEEKLY;UNTIL=19971224T000000Z", "19971223T190000",
		"1997 9/2,9,16,23,30 10/7,14,21 10/28 11/4,11,18,25 12/2,9,16,23"},
	{"Every other week - forever", "19970902T090000", "FREQ=WEEKLY;INTERVAL=2;WKST=SU", "",
		"1997 9/2,16,30 10/14 10/28 11/11,25 12/9,23 1998 1/6,20 2/3,17"},
	{"Weekly on Tuesday and Thursday for five weeks", "19970902T090000", "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
		"19971006T200000", "1997 9/2,4,9,11,16,18,23,25,30 10/2"},
	{"Weekly on Tuesday and Thursday for five weeks, or", "19970902T090000", "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", "",
		"1997 9/2,4,9,11,16,18,23,25,30 10/2"},
	{"Every other week on Monday, Wednesday, and Friday until December 24, 1997", "19970901T090000",
		"FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR", "19971223T190000",
		"1997 9/1,3,5,15,17,19,29 10/1,3,13,15,17 10/27,29,31 11/10,12,14,24,26,28 12/8,10,12,22"},
	{"Every other week on Tuesday and Thursday, for 8 occurrences", "19970902T090000",
		"FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "", "1997 9/2,4,16,18,30 10/2,14,16"},
	{"Monthly on the first Friday for 10 occurrences", "19970905T090000", "FREQ=MONTHLY;COUNT=10;BYDAY=1FR", "",
		"1997 9/5 10/3 11/7 12/5 1998 1/2 2/6 3/6 4/3 5/1 6/5"},
	{"Monthly on the first Friday until December 24, 1997", "19970905T090000", "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR",
		"19971223T190000", "1997 9/5 10/3 11/7 12/5"},
	{"Every other month on the first and last Sunday of the month for 10 occurrences", "19970907T090000",
		"FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU", "", "1997 9/7,28 11/2,30 1998 1/4,25 3/1,29 5/3,31"},
	{"Monthly on the second-to-last Monday of the month for 6 months", "19970922T090000", "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "",
		"1997 9/22 10/20 11/17 12/22 1998 1/19 2/16"},
	{"Monthly on the third-to-the-last day of the month, forever", "19970928T090000", "FREQ=MONTHLY;BYMONTHDAY=-3", "",
		"1997 9/28 10/29 11/28 12/29 1998 1/29 2/26"},
	{"Monthly on the 2nd and 15th of the month for 10 occurrences", "19970902T090000", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15", "",
		"1997 9/2,15 10/2,15 11/2,15 12/2,15 1998 1/2,15"},
	{"Monthly on the first and last day of the month for 10 occurrences", "19970930T090000", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1", "",
		"1997 9/30 10/1 10/31 11/1,30 12/1,31 1998 1/1,31 2/1"},
	{"Every 18 months on the 10th thru 15th of the month for 10 occurrences", "19970910T090000",
		"FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15", "", "1997 9/10-15 1999 3/10-13"},
	{"Every Tuesday, every other month", "19970902T090000", "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU", "",
		"1997 9/2,9,16,23,30 11/4,11,18,25 1998 1/6,13,20,27 3/3,10,17,24,31"},
	{"Yearly in June and July for 10 occurrences", "19970610T090000", "FREQ=YEARLY;COUNT=10;BYMONTH=6,7", "",
		"1997 6/10 7/10 1998 6/10 7/10 1999 6/10 7/10 2000 6/10 7/10 2001 6/10 7/10"},
	{"Every other year on January, February, and March for 10 occurrences", "19970310T090000",
		"FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3", "", "1997 3/10 1999 1/10 2/10 3/10 2001 1/10 2/10 3/10 2003 1/10 2/10 3/10"},
	{"Every third year on the 1st, 100th, and 200th day for 10 occurrences", "19970101T090000",
		"FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200", "",
		"1997 1/1 4/10 7/19 2000 1/1 4/9 7/18 2003 1/1 4/10 7/19 2006 1/1"},
	{"Every 20th Monday of the year, forever", "19970519T090000", "FREQ=YEARLY;BYDAY=20MO", "", "1997 5/19 1998 5/18 1999 5/17"},
	{"Monday of week number 20, forever", "19970512T090000", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "", "1997 5/12 1998 5/11 1999 5/17"},
	{"Every Thursday in March, forever", "19970313T090000", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "",
		"1997 3/13,20,27 1998 3/5,12,19,26 1999 3/4,11,18,25"},
	{"Every Thursday, but only during June, July, and August, forever", "19970605T090000", "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8", "",
		"1997 6/5,12,19,26 7/3,10,17,24,31 8/7,14,21,28 1998 6/4,11,18,25 7/2,9,16,23,30 8/6,13,20,27" +
			" 1999 6/3,10,17,24 7/1,8,15,22,29 8/5,12,19,26"},
	{"Every Friday the 13th, forever", "19970902T090000", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "",
		"1998 2/13 3/13 11/13 1999 8/13 2000 10/13"},
	{"The first Saturday that follows the first Sunday of the month, forever", "19970913T090000",
		"FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13", "", "1997 9/13 10/11 11/8 12/13 1998 1/10 2/7 3/7 4/11 5/9 6/13"},
	{"U.S. Presidential Election day", "19961105T090000", "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", "",
		"1996 11/5 2000 11/7 2004 11/2"},
	{"The third instance into the month of one of Tuesday, Wednesday, or Thursday, for the next 3 months", "19970904T090000",
		"FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "", "1997 9/4 10/7 11/6"},
	{"The second-to-last weekday of the month", "19970929T090000", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "",
		"1997 9/29 10/30 11/27 12/30 1998 1/29 2/26 3/30"},
	// The list of the RFC takes UNTIL for New York's clock (erratum); as UTC it is 13:00 there.
	{"Every 3 hours from 9:00 AM to 5:00 PM on a specific day", "19970902T090000", "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z",
		"19970902T170000", "1997 9/2@9:00,12:00,15:00"},
	{"Every 3 hours, UNTIL read as UTC", "19970902T090000", "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z", "19970902T130000",
		"1997 9/2@9:00,12:00"},
	{"Every 15 minutes for 6 occurrences", "19970902T090000", "FREQ=MINUTELY;INTERVAL=15;COUNT=6", "",
		"1997 9/2@9:00,9:15,9:30,9:45,10:00,10:15"},
	{"Every hour and a half for 4 occurrences", "19970902T090000", "FREQ=MINUTELY;INTERVAL=90;COUNT=4", "", "1997 9/2@9:00,10:30,12:00,13:30"},
	{"Every 20 minutes from 9:00 AM to 4:40 PM every day", "19970902T090000",
		"FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40", "", workday},
	{"Every 20 minutes from 9:00 AM to 4:40 PM every day, or", "19970902T090000",
		"FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16", "", workday},
	{"An example where the days generated makes a difference because of WKST", "19970805T090000",
		"FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "", "1997 8/5,10,19,24"},
	{"changing only WKST from MO to SU, yields different results", "19970805T090000",
		"FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "", "1997 8/5,17,19,31"},
	{"An example where an invalid date (i.e., February 30) is ignored", "20070115T090000", "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "",
		"2007 1/15,30 2/15 3/15,30"},
	{"§3.3.10: multiple BYxxx rule parts", "19970105T083000", "FREQ=YEARLY;INTERVAL=2;BYMONTH=1;BYDAY=SU;BYHOUR=8,9;BYMINUTE=30", "",
		"1997 1/5,12,19,26@8:30,9:30 1999 1/3,10,17,24,31@8:30,9:30"},
	{"§3.3.10: 10 occurrences that occur every other day", "19970902T090000", "FREQ=DAILY;COUNT=10;INTERVAL=2", "", "1997 9/2-20/2"},
	{"§3.3.10: the last work day of the month", "19970930T090000", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "",
		"1997 9/30 10/31 11/28 12/31 1998 1/30"},
}

const workday = "1997 9/2,3@9:00,9:20,9:40,10:00,10:20,10:40,11:00,11:20,11:40,12:00,12:20,12:40," +
	"13:00,13:20,13:40,14:00,14:20,14:40,15:00,15:20,15:40,16:00,16:20,16:40"

func TestRFC5545Examples(t *testing.T) {
	for _, c := range rfcExamples {
		t.Run(c.why, func(t *testing.T) {
			r, err := Parse(c.rule)
			if err != nil {
				t.Fatal(err)
			}
			start := mustLocal(t, c.start)
			it := r.Iterator(start)
			if c.until != "" {
				it = r.IteratorUntil(start, mustLocal(t, c.until))
			}
			want := unfold(t, c.want, start)
			for i, w := range want {
				if got, ok := it.Next(); !ok || got != w {
					t.Fatalf("instance %d is %v %v, want %v", i, got, ok, w)
				}
			}
			if got, ok := it.Next(); ok == !r.Endless() {
				t.Errorf("after the end: %v %v", got, ok)
			}
		})
	}
}

// unfold reads the short lists of rfcExamples.
func unfold(t *testing.T, text string, start Local) (list []Local) {
	t.Helper()
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	year := 0
	for _, token := range strings.Fields(text) {
		month, days, found := strings.Cut(token, "/")
		if !found {
			year = number(token)
			continue
		}
		days, times, timed := strings.Cut(days, "@")
		for _, item := range strings.Split(days, ",") {
			item, step, stepped := strings.Cut(item, "/")
			if !stepped {
				step = "1"
			}
			low, high, ranged := strings.Cut(item, "-")
			if !ranged {
				high = low
			}
			for d := number(low); d <= number(high); d += number(step) {
				l := start
				l.Date = Date{year, time.Month(number(month)), d}
				if !timed {
					list = append(list, l)
					continue
				}
				for _, clock := range strings.Split(times, ",") {
					h, m, _ := strings.Cut(clock, ":")
					l.Hour, l.Minute = number(h), number(m)
					list = append(list, l)
				}
			}
		}
	}
	return list
}
