package icalendar

import (
	"strings"
	"time"

	"convoke/internal/recur"
	"convoke/internal/timezone"
)

// Form is how a time is written (RFC 5545 §3.3.4, §3.3.5).
type Form uint8

// The forms. The zero value means that there is no time.
const (
	NoTime   Form = iota
	Date          // VALUE=DATE
	Floating      // local time of whoever looks
	UTC           // with Z
	Zoned         // with TZID
)

// DateTime is a DATE or DATE-TIME.
type DateTime struct {
	recur.Local // 00:00:00 for a Date
	Form        Form
	TZID        string         // as written; Zoned only
	Zone        *timezone.Zone // Zoned only; nil if the name is unknown: read as floating
}

// IsZero tells whether there is no time at all.
func (d DateTime) IsZero() bool { return d.Form == NoTime }

// Instant is the moment meant. Dates begin at midnight and floating times are
// read in the zone given, nil meaning UTC.
func (d DateTime) Instant(floating *timezone.Zone) time.Time {
	return time.Unix(d.unix(floating), 0).UTC()
}

func (d DateTime) unix(floating *timezone.Zone) int64 {
	z := d.zone(floating)
	if z == nil {
		return d.Local.Seconds()
	}
	return z.Unix(d.Local)
}

// zone is the one in which its clock is read; nil means UTC.
func (d DateTime) zone(floating *timezone.Zone) *timezone.Zone {
	switch {
	case d.Form == UTC:
		return nil
	case d.Form == Zoned && d.Zone != nil:
		return d.Zone
	}
	return floating
}

// with gives the same form with another clock time.
func (d DateTime) with(l recur.Local) DateTime {
	d.Local = l
	return d
}

// Add adds a duration: days on the clock, then exact time (RFC 5545 §3.3.6).
func (d DateTime) Add(dur Duration, floating *timezone.Zone) DateTime {
	if dur.Days != 0 {
		d.Local = d.Local.AddDays(dur.Days)
	}
	secs := int64(dur.Time / time.Second)
	if secs == 0 {
		return d
	}
	if d.Form == Date {
		d.Local = d.Local.AddSeconds(secs)
		d.Local = d.Local.Date.At(0, 0, 0)
		return d
	}
	z := d.zone(floating)
	if z == nil {
		d.Local = d.Local.AddSeconds(secs)
		return d
	}
	d.Local = z.LocalUnix(z.Unix(d.Local) + secs)
	return d
}

// In gives the same moment in UTC form; dates and floating times stay as they are.
func (d DateTime) In(floating *timezone.Zone) DateTime {
	if d.Form != Zoned || d.Zone == nil {
		return d
	}
	return FromInstant(d.Instant(floating))
}

// FromInstant gives t in UTC form.
func FromInstant(t time.Time) DateTime {
	return DateTime{Local: recur.LocalOf(t.UTC()), Form: UTC}
}

// FromDate gives a DATE.
func FromDate(d recur.Date) DateTime { return DateTime{Local: d.At(0, 0, 0), Form: Date} }

// String writes the value, without its parameters.
func (d DateTime) String() string {
	switch d.Form {
	case NoTime:
		return ""
	case Date:
		return d.Local.Date.String()
	case UTC:
		return d.Local.String() + "Z"
	}
	return d.Local.String()
}

// ParseDateTime reads a DATE or DATE-TIME without parameters: Date, Floating or UTC.
func ParseDateTime(s string) (DateTime, error) {
	s = strings.TrimSpace(s) // "CREATED: 2006…" is seen
	switch len(s) {
	case 8:
		if d, err := recur.ParseDate(s); err == nil {
			return FromDate(d), nil
		}
	case 9: // Google writes "20131210Z"
		if d, err := recur.ParseDate(s[:8]); err == nil && s[8]|0x20 == 'z' {
			return FromDate(d), nil
		}
	case 15:
		if l, err := recur.ParseLocal(s); err == nil {
			return DateTime{Local: l, Form: Floating}, nil
		}
	case 16:
		if l, err := recur.ParseLocal(s[:15]); err == nil && s[15]|0x20 == 'z' {
			return DateTime{Local: l, Form: UTC}, nil
		}
	}
	return DateTime{}, &SyntaxError{Reason: "not a DATE or DATE-TIME: " + clip(s)}
}

// Period is a PERIOD (RFC 5545 §3.3.9). It was written with a duration if
// Duration is not zero; End is computed then.
type Period struct {
	Start, End DateTime
	Duration   Duration
}

// parsePeriod reads start/end or start/duration in the zone of p.
func parsePeriod(s string, in func(string) (DateTime, error), floating *timezone.Zone) (Period, error) {
	a, b, ok := strings.Cut(s, "/")
	if !ok {
		return Period{}, &SyntaxError{Reason: "not a PERIOD: " + clip(s)}
	}
	start, err := in(a)
	if err != nil {
		return Period{}, err
	}
	b = strings.TrimSpace(b)
	if b != "" && (b[0] == 'P' || b[0] == 'p' || b[0] == '+') {
		d, err := ParseDuration(b)
		if err != nil {
			return Period{}, err
		}
		return Period{Start: start, End: start.Add(d, floating), Duration: d}, nil
	}
	end, err := in(b)
	if err != nil {
		return Period{}, err
	}
	return Period{Start: start, End: end}, nil
}

// Time reads the value as DATE or DATE-TIME, with the zone its TZID names.
func (p *Property) Time(z *Zones) (DateTime, error) {
	d, err := p.timeOf(p.Value, p.tzid(), z)
	return d, p.locate(err)
}

// Times reads a list of them, as in EXDATE; the start of each for PERIOD values.
func (p *Property) Times(z *Zones) ([]DateTime, error) {
	list, err := p.Periods(z)
	if err != nil {
		return nil, err
	}
	times := make([]DateTime, len(list))
	for i := range list {
		times[i] = list[i].Start
	}
	return times, nil
}

// Periods reads a list of PERIOD, DATE or DATE-TIME, as in RDATE and FREEBUSY.
// End is zero for a value that is not a period. An empty value is an empty list.
func (p *Property) Periods(z *Zones) ([]Period, error) {
	if strings.TrimSpace(p.Value) == "" {
		return nil, nil
	}
	tzid := p.tzid()
	in := func(s string) (DateTime, error) { return p.timeOf(s, tzid, z) }
	list := make([]Period, 0, strings.Count(p.Value, ",")+1)
	for rest, more := p.Value, true; more; {
		var v string
		if v, rest, more = strings.Cut(rest, ","); strings.TrimSpace(v) == "" {
			continue
		}
		if strings.IndexByte(v, '/') >= 0 {
			period, err := parsePeriod(v, in, nil)
			if err != nil {
				return nil, p.locate(err)
			}
			list = append(list, period)
			continue
		}
		t, err := in(v)
		if err != nil {
			return nil, p.locate(err)
		}
		list = append(list, Period{Start: t})
	}
	return list, nil
}

func (p *Property) tzid() string {
	if p.params == "" {
		return ""
	}
	return p.Param("TZID")
}

func (p *Property) timeOf(s, tzid string, z *Zones) (DateTime, error) {
	d, err := ParseDateTime(s)
	// A TZID means nothing to dates and UTC times (RFC 5545 §3.2.19).
	if err == nil && d.Form == Floating && tzid != "" {
		d.Form, d.TZID, d.Zone = Zoned, tzid, z.Lookup(tzid)
	}
	return d, err
}

// SetTime sets value and the parameters TZID and VALUE.
func (p *Property) SetTime(d DateTime) {
	p.Value = d.String()
	if d.Form == Zoned {
		p.SetParam("TZID", d.TZID)
	} else {
		p.RemoveParam("TZID")
	}
	if d.Form == Date {
		p.SetParam("VALUE", "DATE")
	} else {
		p.RemoveParam("VALUE")
	}
}
