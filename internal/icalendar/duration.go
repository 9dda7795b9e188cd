package icalendar

import (
	"strconv"
	"time"
)

// Duration is a DURATION (RFC 5545 §3.3.6): days are counted on the calendar,
// the rest in exact time. Both have the same sign.
type Duration struct {
	Days int // weeks are seven of them
	Time time.Duration
}

// maxDurationDays keeps arithmetic far from overflow: some 2,700 years.
const maxDurationDays = 1_000_000

// ParseDuration reads a DURATION. Lenient: lower case, blanks around, and
// "P1DT" and "PT" without digits, which phones write for whole days and zero.
func ParseDuration(s string) (Duration, error) {
	bad := &SyntaxError{Reason: "not a DURATION: " + clip(s)}
	i, sign := 0, 1
	for i < len(s) && s[i] == ' ' {
		i++
	}
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		if s[i] == '-' {
			sign = -1
		}
		i++
	}
	if i >= len(s) || s[i]|0x20 != 'p' {
		return Duration{}, bad
	}
	var days, seconds int64
	inTime := false
	for i++; i < len(s); {
		if s[i]|0x20 == 't' && !inTime {
			inTime = true
			i++
			continue
		}
		if s[i] == ' ' || s[i] == '\t' {
			i++
			continue
		}
		n, start := int64(0), i
		for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
			if n = n*10 + int64(s[i]-'0'); n > maxDurationDays*86400 {
				return Duration{}, bad
			}
		}
		if i == start || i == len(s) {
			return Duration{}, bad
		}
		switch unit := s[i] | 0x20; {
		case unit == 'w': // also behind a T, as "PT1W" is seen
			days += 7 * n
		case unit == 'd':
			days += n
		case unit == 'h' && inTime:
			seconds += n * 3600
		case unit == 'm' && inTime:
			seconds += n * 60
		case unit == 's' && inTime:
			seconds += n
		default:
			return Duration{}, bad
		}
		if days > maxDurationDays || seconds > maxDurationDays*3600 {
			return Duration{}, bad
		}
		i++
	}
	return Duration{Days: sign * int(days), Time: time.Duration(sign) * time.Duration(seconds) * time.Second}, nil
}

// IsZero tells whether it is no time at all.
func (d Duration) IsZero() bool { return d.Days == 0 && d.Time == 0 }

// Negative tells whether it points back.
func (d Duration) Negative() bool { return d.Days < 0 || d.Time < 0 }

// Nominal is its length when each day has 24 hours.
func (d Duration) Nominal() time.Duration { return time.Duration(d.Days)*24*time.Hour + d.Time }

// String writes the DURATION.
func (d Duration) String() string {
	b := make([]byte, 0, 16)
	days, secs := int64(d.Days), int64(d.Time/time.Second)
	if d.Negative() {
		b = append(b, '-')
		days, secs = -days, -secs
	}
	b = append(b, 'P')
	if days != 0 && days%7 == 0 && secs == 0 {
		return string(append(strconv.AppendInt(b, days/7, 10), 'W'))
	}
	if days != 0 {
		b = append(strconv.AppendInt(b, days, 10), 'D')
	}
	if secs == 0 {
		if days == 0 {
			b = append(b, "T0S"...)
		}
		return string(b)
	}
	b = append(b, 'T')
	if h := secs / 3600; h != 0 {
		b = append(strconv.AppendInt(b, h, 10), 'H')
	}
	if m := secs / 60 % 60; m != 0 {
		b = append(strconv.AppendInt(b, m, 10), 'M')
	} else if secs/3600 != 0 && secs%60 != 0 {
		b = append(b, "0M"...) // RFC 5545 §3.3.6: no hours and seconds without minutes
	}
	if s := secs % 60; s != 0 {
		b = append(strconv.AppendInt(b, s, 10), 'S')
	}
	return string(b)
}

// Duration reads the value as DURATION.
func (p *Property) Duration() (Duration, error) {
	d, err := ParseDuration(p.Value)
	return d, p.locate(err)
}

// clip shortens a value for an error text.
func clip(s string) string {
	if len(s) > 40 {
		s = s[:40] + "…"
	}
	return strconv.Quote(s)
}

// locate adds the line of p to a syntax error.
func (p *Property) locate(err error) error {
	if e, ok := err.(*SyntaxError); ok && e.Line == 0 {
		return &SyntaxError{Line: p.Line(), Reason: p.Name + ": " + e.Reason}
	}
	return err
}
