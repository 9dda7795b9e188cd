package icalendar

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// AvailabilityPeriods combines the VAVAILABILITY components of all objects into
// busy time in [from, to) (RFC 7953 §4): from the lowest priority to the highest,
// each rules its own time range, busy but where it is AVAILABLE. The periods are
// sorted and of type BUSYTYPE, BUSY-UNAVAILABLE if there is none (RFC 7953 §3.2).
func AvailabilityPeriods(objects []*Object, from, to time.Time, opt Options) []BusyPeriod {
	type layer struct {
		c     *Component
		zones *Zones
		rank  int
	}
	var layers []layer
	for _, o := range objects {
		zones := o.Zones()
		for c := range o.Calendar.ChildrenNamed(Availability) {
			rank := 0
			if p := c.Prop("PRIORITY"); p != nil {
				if n, ok := p.Int(); ok && n > 0 && n < 10 {
					rank = 10 - n // 1 is the highest, 0 the lowest (RFC 5545 §3.8.1.9)
				}
			}
			layers = append(layers, layer{c, zones, rank})
		}
	}
	slices.SortStableFunc(layers, func(a, b layer) int { return cmp.Compare(a.rank, b.rank) })
	var list []timed
	for _, l := range layers {
		list = overlay(list, l.c, l.zones, bounds(from, to), opt)
	}
	slices.SortFunc(list, func(a, b timed) int { return cmp.Compare(a.from, b.from) })
	out := make([]BusyPeriod, len(list))
	for i, t := range list {
		out[i] = BusyPeriod{time.Unix(t.from, 0).UTC(), time.Unix(t.to, 0).UTC(), t.kind}
	}
	return out
}

// timed is a span of one type.
type timed struct {
	span
	kind string
}

// overlay puts one VAVAILABILITY on top of what is known.
func overlay(list []timed, c *Component, zones *Zones, b span, opt Options) []timed {
	p, err := newPart(c, zones)
	if err != nil {
		return list
	}
	rule := b
	if !p.start.IsZero() {
		begin := p.start.unix(opt.Floating)
		rule.from = max(rule.from, begin)
		if p.byLength {
			rule.to = min(rule.to, p.endOf(p.start, begin, opt.Floating))
		}
	}
	if !p.end.IsZero() {
		rule.to = min(rule.to, p.end.unix(opt.Floating))
	}
	if rule.from >= rule.to {
		return list
	}
	kind := upper(strings.TrimSpace(c.Text("BUSYTYPE")))
	if kind != Busy && kind != BusyTentative {
		kind = BusyUnavailable
	}
	list = cutOut(list, rule)
	mine := []timed{{rule, kind}}
	for _, s := range availableSeries(c, zones) {
		n := 0
		s.each(rule, opt.Floating, func(i *Instance) bool {
			n++
			mine = cutOut(mine, span{i.begin, i.end})
			return n < DefaultInstances
		})
	}
	return append(list, mine...)
}

// cutOut takes the span out of the list.
func cutOut(list []timed, b span) []timed {
	if b.from >= b.to {
		return list
	}
	out := make([]timed, 0, len(list)+1)
	for _, t := range list {
		if t.to <= b.from || t.from >= b.to {
			out = append(out, t)
			continue
		}
		if t.from < b.from {
			out = append(out, timed{span{t.from, b.from}, t.kind})
		}
		if t.to > b.to {
			out = append(out, timed{span{b.to, t.to}, t.kind})
		}
	}
	return out
}

// availableSeries reads the AVAILABLE components, one series a UID. UID is
// required, but where it is forgotten each stands alone.
func availableSeries(c *Component, zones *Zones) []*Series {
	var groups [][]*Component
	byUID := make(map[string]int)
	for k := range c.ChildrenNamed(Available) {
		uid := k.Text("UID")
		if i, ok := byUID[uid]; ok && uid != "" {
			groups[i] = append(groups[i], k)
			continue
		}
		byUID[uid] = len(groups)
		groups = append(groups, []*Component{k})
	}
	list := make([]*Series, 0, len(groups))
	for _, g := range groups {
		if s, err := newSeries(Available, g, zones); err == nil {
			list = append(list, s)
		}
	}
	return list
}
