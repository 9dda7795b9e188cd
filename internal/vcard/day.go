package vcard

import (
	"strconv"
	"strings"
	"time"
)

// Day is a date that comes back each year. Year is 0 where none is said.
type Day struct {
	Year  int
	Month time.Month
	Day   int
}

// Anniversaries go by these names, too, in cards of Evolution, KDE and others.
var anniversaries = []string{"ANNIVERSARY", "X-ANNIVERSARY", "X-EVOLUTION-ANNIVERSARY", "X-KADDRESSBOOK-X-ANNIVERSARY"}

// Birthday gives the day of BDAY (RFC 6350 §6.2.5, RFC 2426 §3.1.5); false if there is none with a month and a day.
func (c *Card) Birthday() (Day, bool) {
	for p := range c.Named("BDAY") {
		if d, ok := p.Date(); ok {
			return d, true
		}
	}
	return Day{}, false
}

// Anniversary gives the day of ANNIVERSARY (RFC 6350 §6.2.6), or of Apple's date with that label, or of what others
// write; false if there is none with a month and a day.
func (c *Card) Anniversary() (Day, bool) {
	for _, name := range anniversaries {
		for p := range c.Named(name) {
			if d, ok := p.Date(); ok {
				return d, true
			}
		}
	}
	labels := appleLabels(c)
	for p := range c.Named(appleDate) {
		label := labels[strings.ToLower(p.Group)]
		if d, ok := p.Date(); ok && (isAnniversary(labels, p.Group) || strings.EqualFold(strings.TrimSpace(label), "anniversary")) {
			return d, true
		}
	}
	return Day{}, false
}

// Date reads a date, or the date of a date and time as it is written, whatever its zone: 19850412, 1985-04-12, --0412,
// --04-12 (RFC 6350 §4.3.1 and §4.3.4, RFC 2426 §4). False for words, for what lacks a month or a day, for days that never
// were, and for other calendars (RFC 6350 §5.8). A year up to 1604 is none: Apple writes that one where none is known, and
// other programs lose the parameter that says so.
func (p *Property) Date() (Day, bool) {
	if scale := p.Param("CALSCALE"); scale != "" && !strings.EqualFold(scale, "gregorian") {
		return Day{}, false
	}
	v := strings.TrimSpace(p.Text())
	if i := strings.IndexAny(v, "Tt "); i >= 0 {
		v = v[:i]
	}
	year, rest := "", ""
	switch {
	case strings.HasPrefix(v, "--"):
		rest = v[2:]
	case len(v) == 8:
		year, rest = v[:4], v[4:]
	case len(v) == 10 && v[4] == '-' && v[7] == '-':
		year, rest = v[:4], v[5:]
	default:
		return Day{}, false
	}
	if len(rest) == 5 && rest[2] == '-' {
		rest = rest[:2] + rest[3:]
	}
	if len(rest) != 4 || !isDigits(year+rest) {
		return Day{}, false
	}
	number := func(s string) int { n, _ := strconv.Atoi(s); return n } // digits
	d := Day{Month: time.Month(number(rest[:2])), Day: number(rest[2:])}
	if d.Year = number(year); d.Year <= yearless || p.Param(noYear) == year {
		d.Year = 0
	}
	return d, d.exists()
}

// yearless is the newest year that is none: apparentYear.
const yearless = 1604

// exists tells whether there was such a day, or is in some year.
func (d Day) exists() bool {
	year := d.Year
	if year == 0 {
		year = yearless // a leap year
	}
	t := time.Date(year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
	return d.Month >= 1 && d.Month <= 12 && t.Month() == d.Month && t.Day() == d.Day
}
