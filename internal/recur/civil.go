package recur

import (
	"errors"
	"time"
)

// A Date is a day of the proleptic Gregorian calendar, RFC 5545 §3.3.4.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// A Local is a civil time without a zone, RFC 5545 §3.3.5 form 1. Which instant it names is
// for the caller to say. Two Locals are equal exactly when == says so.
type Local struct {
	Date
	Hour, Minute, Second int
}

var errCivil = errors.New("not a date or date-time of RFC 5545 §3.3.4, §3.3.5")

// DateOf gives the day that t's own clock shows.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// LocalOf gives what t's own clock shows, without fractions of a second.
func LocalOf(t time.Time) Local {
	h, m, s := t.Clock()
	return Local{DateOf(t), h, m, s}
}

// DateAt gives the day that lies n days after 1970-01-01.
func DateAt(n int) Date {
	// Howard Hinnant's civil_from_days: years begin in March so that the leap day is the last.
	z := n + 719468
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	y, m := yoe+era*400, mp+3
	if m > 12 {
		m, y = m-12, y+1
	}
	return Date{y, time.Month(m), doy - (153*mp+2)/5 + 1}
}

// LocalAt gives the civil time that lies n seconds after 1970-01-01T00:00:00, no leap seconds.
func LocalAt(n int64) Local {
	days := n / 86400
	if n%86400 < 0 {
		days--
	}
	s := int(n - days*86400)
	return Local{DateAt(int(days)), s / 3600, s / 60 % 60, s % 60}
}

// Days gives the days since 1970-01-01. A day that does not exist counts on from its month's first.
func (d Date) Days() int {
	y, m := d.Year, int(d.Month)
	if m <= 2 {
		y--
		m += 12
	}
	era := floorDiv(y, 400)
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + d.Day - 1
	return era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468
}

// Seconds gives the seconds since 1970-01-01T00:00:00 on the same clock, no leap seconds.
func (l Local) Seconds() int64 {
	return int64(l.Days())*86400 + int64(l.Hour*3600+l.Minute*60+l.Second)
}

// Valid tells whether the day exists.
func (d Date) Valid() bool {
	return d.Month >= 1 && d.Month <= 12 && d.Day >= 1 && d.Day <= daysIn(d.Year, d.Month)
}

// Valid tells whether day and time of day exist; second 60 does not, see ParseLocal.
func (l Local) Valid() bool {
	return l.Date.Valid() && l.Hour >= 0 && l.Hour < 24 && l.Minute >= 0 && l.Minute < 60 && l.Second >= 0 && l.Second < 60
}

// Weekday gives the day of the week.
func (d Date) Weekday() time.Weekday { return weekday(d.Days()) }

// YearDay gives the day of the year, 1 to 366.
func (d Date) YearDay() int { return d.Days() - Date{d.Year, 1, 1}.Days() + 1 }

// AddDays moves by n days.
func (d Date) AddDays(n int) Date { return DateAt(d.Days() + n) }

// AddDays moves by n days and keeps the time of day.
func (l Local) AddDays(n int) Local { l.Date = l.Date.AddDays(n); return l }

// AddSeconds moves by n seconds of the same clock.
func (l Local) AddSeconds(n int64) Local { return LocalAt(l.Seconds() + n) }

// At gives the time of day h:m:s on that day.
func (d Date) At(h, m, s int) Local { return Local{d, h, m, s} }

// Compare gives -1, 0 or +1.
func (d Date) Compare(e Date) int {
	switch {
	case d.Year != e.Year:
		return sign(d.Year - e.Year)
	case d.Month != e.Month:
		return sign(int(d.Month - e.Month))
	}
	return sign(d.Day - e.Day)
}

// Compare gives -1, 0 or +1.
func (l Local) Compare(m Local) int {
	if c := l.Date.Compare(m.Date); c != 0 {
		return c
	}
	return sign((l.Hour-m.Hour)*3600 + (l.Minute-m.Minute)*60 + l.Second - m.Second)
}

// Before tells whether d lies before e.
func (d Date) Before(e Date) bool { return d.Compare(e) < 0 }

// After tells whether d lies after e.
func (d Date) After(e Date) bool { return d.Compare(e) > 0 }

// Before tells whether l lies before m.
func (l Local) Before(m Local) bool { return l.Compare(m) < 0 }

// After tells whether l lies after m.
func (l Local) After(m Local) bool { return l.Compare(m) > 0 }

// IsZero tells whether l is the zero value, which is no civil time.
func (l Local) IsZero() bool { return l == Local{} }

// In reads the clock in a fixed location of package time. Zones with gaps and overlaps are
// read by package timezone instead, because time.Date is free in its choice there.
func (l Local) In(loc *time.Location) time.Time {
	return time.Date(l.Year, l.Month, l.Day, l.Hour, l.Minute, l.Second, 0, loc)
}

// UTC reads the clock as UTC.
func (l Local) UTC() time.Time { return time.Unix(l.Seconds(), 0).UTC() }

// Append appends the form 20060102.
func (d Date) Append(b []byte) []byte {
	return appendDigits(appendDigits(appendDigits(b, d.Year, 4), int(d.Month), 2), d.Day, 2)
}

// Append appends the form 20060102T150405.
func (l Local) Append(b []byte) []byte {
	b = append(l.Date.Append(b), 'T')
	return appendDigits(appendDigits(appendDigits(b, l.Hour, 2), l.Minute, 2), l.Second, 2)
}

// String gives the form 20060102.
func (d Date) String() string { return string(d.Append(make([]byte, 0, 8))) }

// String gives the form 20060102T150405.
func (l Local) String() string { return string(l.Append(make([]byte, 0, 15))) }

// ParseDate reads the form 20060102 of an existing day.
func ParseDate(s string) (Date, error) {
	if len(s) != 8 {
		return Date{}, errCivil
	}
	n, ok := digits(s)
	d := Date{n / 10000, time.Month(n / 100 % 100), n % 100}
	if !ok || !d.Valid() {
		return Date{}, errCivil
	}
	return d, nil
}

// ParseLocal reads the form 20060102T150405; a final Z is not part of it. Second 60 is read
// as 59, as RFC 5545 §3.3.12 asks of those without leap seconds.
func ParseLocal(s string) (Local, error) {
	if len(s) != 15 || s[8]|0x20 != 't' {
		return Local{}, errCivil
	}
	d, err := ParseDate(s[:8])
	n, ok := digits(s[9:])
	if err != nil || !ok {
		return Local{}, errCivil
	}
	l := Local{d, n / 10000, n / 100 % 100, n % 100}
	if l.Second == 60 {
		l.Second = 59
	}
	if !l.Valid() {
		return Local{}, errCivil
	}
	return l, nil
}

func daysIn(year int, m time.Month) int {
	switch m {
	case time.April, time.June, time.September, time.November:
		return 30
	case time.February:
		if leap(year) {
			return 29
		}
		return 28
	}
	return 31
}

func leap(y int) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

func weekday(days int) time.Weekday { return time.Weekday(floorMod(days+4, 7)) } // 1970-01-01 was a Thursday

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int) int { return a - floorDiv(a, b)*b }

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

func digits(s string) (n int, ok bool) {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, len(s) > 0
}

func appendDigits(b []byte, n, width int) []byte {
	var buf [20]byte
	i := len(buf)
	if n < 0 {
		n = 0 // no year before 1 is ever made by Parse or the iterator
	}
	for ; n > 0 || width > 0; n, width = n/10, width-1 {
		i--
		buf[i] = byte('0' + n%10)
	}
	return append(b, buf[i:]...)
}

func floorDiv64(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
