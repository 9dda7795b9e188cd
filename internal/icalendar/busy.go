package icalendar

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// The values of FBTYPE (RFC 5545 §3.2.9).
const (
	Busy            = "BUSY"
	BusyTentative   = "BUSY-TENTATIVE"
	BusyUnavailable = "BUSY-UNAVAILABLE"
	Free            = "FREE"
)

// BusyPeriod is a period of free/busy time.
type BusyPeriod struct {
	Start, End time.Time // UTC
	Type       string    // an FBTYPE
}

// BusyType gives the FBTYPE of an event by TRANSP and STATUS (RFC 4791 §7.10):
// Free, Busy or BusyTentative.
func BusyType(c *Component) string {
	if p := c.Prop("TRANSP"); p != nil && strings.EqualFold(strings.TrimSpace(p.Value), "TRANSPARENT") {
		return Free
	}
	if p := c.Prop("STATUS"); p != nil {
		switch upper(strings.TrimSpace(p.Value)) {
		case "CANCELLED":
			return Free
		case "TENTATIVE":
			return BusyTentative
		}
	}
	return Busy
}

// BusyPeriods gives the busy time of a VEVENT, VFREEBUSY or VAVAILABILITY object
// in [from, to), cut to it, unsorted and unmerged: see MergeBusy. Other kinds give
// none. Judge tells the FBTYPE of an event and may be nil for BusyType; "" or Free
// leaves the instance out, which is where a participant's own answer comes in.
func (o *Object) BusyPeriods(from, to time.Time, opt Options, judge func(*Component) string) (list []BusyPeriod, truncated bool, err error) {
	switch o.Kind() {
	case FreeBusy:
		return o.published(from, to, opt), false, nil
	case Availability:
		return AvailabilityPeriods([]*Object{o}, from, to, opt), false, nil
	case Event:
	default:
		return nil, false, nil
	}
	if judge == nil {
		judge = BusyType
	}
	s, err := o.Series()
	if err != nil {
		return nil, false, err
	}
	limit := cmp.Or(opt.Max, DefaultInstances)
	complete := s.each(bounds(from, to), opt.Floating, func(i *Instance) bool {
		kind := judge(i.Component)
		if kind == Free || kind == "" || i.begin == i.end {
			return true
		}
		if len(list) == limit {
			truncated = true
			return false
		}
		list = append(list, BusyPeriod{i.Start, i.End, kind}.cut(from, to))
		return true
	})
	return list, truncated || !complete, nil
}

func (b BusyPeriod) cut(from, to time.Time) BusyPeriod {
	if !from.IsZero() && b.Start.Before(from) {
		b.Start = from.UTC()
	}
	if !to.IsZero() && b.End.After(to) {
		b.End = to.UTC()
	}
	return b
}

// published gives what the FREEBUSY properties of a VFREEBUSY say.
func (o *Object) published(from, to time.Time, opt Options) []BusyPeriod {
	b := bounds(from, to)
	var list []BusyPeriod
	for c := range o.Parts() {
		for q := range c.All("FREEBUSY") {
			kind := upper(q.Param("FBTYPE"))
			switch kind {
			case Free:
				continue
			case BusyTentative, BusyUnavailable:
			default:
				kind = Busy // RFC 5545 §3.2.9: also for values not known
			}
			periods, err := q.Periods(nil)
			if err != nil {
				continue
			}
			for _, p := range periods {
				start, end := p.Start.unix(opt.Floating), p.End.unix(opt.Floating)
				if b.from < end && b.to > start && start < end {
					list = append(list, BusyPeriod{time.Unix(start, 0).UTC(), time.Unix(end, 0).UTC(), kind}.cut(from, to))
				}
			}
		}
	}
	return list
}

// MergeBusy sorts periods by start and makes one of those that overlap or touch
// and have the same type (RFC 4791 §7.10). Different types may overlap. It works in
// the memory of list.
func MergeBusy(list []BusyPeriod) []BusyPeriod {
	slices.SortFunc(list, func(a, b BusyPeriod) int {
		return cmp.Or(strings.Compare(a.Type, b.Type), a.Start.Compare(b.Start))
	})
	out := list[:0]
	for _, p := range list {
		if !p.End.After(p.Start) {
			continue
		}
		if n := len(out); n > 0 && out[n-1].Type == p.Type && !p.Start.After(out[n-1].End) {
			if p.End.After(out[n-1].End) {
				out[n-1].End = p.End
			}
			continue
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b BusyPeriod) int {
		return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End), strings.Compare(a.Type, b.Type))
	})
	return out
}

// NewFreeBusy makes a VFREEBUSY for [from, to) from merged periods: one FREEBUSY
// property a type, values in UTC and in order (RFC 5545 §3.8.2.6). DTSTAMP, UID and
// ORGANIZER are the caller's to add.
func NewFreeBusy(from, to time.Time, list []BusyPeriod) *Component {
	c := NewComponent(FreeBusy)
	c.SetTime("DTSTART", FromInstant(from))
	c.SetTime("DTEND", FromInstant(to))
	for _, kind := range [...]string{Busy, BusyTentative, BusyUnavailable} {
		var b []byte
		for _, p := range list {
			if p.Type != kind {
				continue
			}
			if len(b) > 0 {
				b = append(b, ',')
			}
			b = append(FromInstant(p.Start).Local.Append(b), "Z/"...)
			b = append(FromInstant(p.End).Local.Append(b), 'Z')
		}
		if len(b) == 0 {
			continue
		}
		q := NewProperty("FREEBUSY", string(b))
		q.SetParam("FBTYPE", kind)
		c.Add(q)
	}
	return c
}
