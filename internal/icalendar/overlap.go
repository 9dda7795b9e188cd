package icalendar

import (
	"time"

	"convoke/internal/timezone"
)

// overlaps judges one instance of p, from begin to end, by the tables of RFC 4791 §9.9.
func (p *part) overlaps(b span, begin, end int64, zero bool, floating *timezone.Zone) bool {
	switch p.comp.Name {
	case Todo:
		return p.todoOverlaps(b, begin, end, floating)
	case FreeBusy:
		return p.freeBusyOverlaps(b, begin, floating)
	case Journal:
		if p.start.IsZero() {
			return false
		}
	case Availability:
		// RFC 7953 §3.1: what is not given is unbounded.
		if p.start.IsZero() {
			return p.end.IsZero() || b.from < p.end.unix(floating)
		}
		if p.end.IsZero() && !p.byLength {
			return b.to > begin
		}
	}
	if p.start.IsZero() {
		// An event without DTSTART lies nowhere.
		return p.comp.Name != Event && p.comp.Name != Available
	}
	if zero {
		return b.from <= begin && b.to > begin
	}
	return b.from < end && b.to > begin
}

func (p *part) todoOverlaps(b span, begin, end int64, floating *timezone.Zone) bool {
	switch {
	case !p.start.IsZero() && p.end.IsZero() && p.byLength:
		return b.from <= end && (b.to > begin || b.to >= end)
	case !p.start.IsZero() && !p.end.IsZero():
		return (b.from < end || b.from <= begin) && (b.to > begin || b.to >= end)
	case !p.start.IsZero():
		return b.from <= begin && b.to > begin
	case !p.end.IsZero():
		due := p.end.unix(floating)
		return b.from < due && b.to >= due
	case p.hasDone && p.hasCreated:
		return (b.from <= p.created || b.from <= p.done) && (b.to >= p.created || b.to >= p.done)
	case p.hasDone:
		return b.from <= p.done && b.to >= p.done
	case p.hasCreated:
		return b.to > p.created
	}
	return true
}

func (p *part) freeBusyOverlaps(b span, begin int64, floating *timezone.Zone) bool {
	if !p.start.IsZero() && !p.end.IsZero() {
		return b.from <= p.end.unix(floating) && b.to > begin
	}
	for q := range p.comp.All("FREEBUSY") {
		list, err := q.Periods(nil)
		if err != nil {
			continue
		}
		for i := range list {
			if b.from < list[i].End.unix(floating) && b.to > list[i].Start.unix(floating) {
				return true
			}
		}
	}
	return false
}

// Overlaps tells whether any instance of the object overlaps [from, to); a zero
// time is an open end. What cannot be read overlaps nothing.
func (o *Object) Overlaps(from, to time.Time, floating *timezone.Zone) bool {
	s, err := o.Series()
	return err == nil && s.Any(from, to, floating)
}

// PropertyOverlaps tells whether a date property of the instance lies in [from,
// to): COMPLETED, CREATED, DTEND, DTSTAMP, DTSTART, DUE or LAST-MODIFIED (RFC 4791
// §9.9). DTEND and DUE are the effective ones. Others lie nowhere.
func (i *Instance) PropertyOverlaps(name string, from, to time.Time) bool {
	b := bounds(from, to)
	var t int64
	switch name {
	case "DTSTART":
		if i.part.start.IsZero() {
			return false
		}
		t = i.begin
	case "DTEND", "DUE":
		if (name == "DUE") != (i.Component.Name == Todo) {
			return false
		}
		switch {
		case i.part.start.IsZero() && !i.part.end.IsZero():
			t = i.part.end.unix(nil)
		case i.part.end.IsZero() && !i.part.byLength:
			return false
		default:
			t = i.end
		}
	case "COMPLETED", "CREATED", "DTSTAMP", "LAST-MODIFIED":
		p := i.Component.Prop(name)
		if p == nil {
			return false
		}
		d, err := ParseDateTime(p.Value)
		if err != nil {
			return false
		}
		t = d.unix(nil)
	default:
		return false
	}
	return b.from <= t && b.to > t
}
