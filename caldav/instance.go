package caldav

import (
	"slices"
	"time"

	"convoke/internal/icalendar"
)

// anyInstance judges a comp-filter with tests of time: one and the same instance must pass them all, and the
// component of which it is made the others (RFC 4791 §9.7.1, §9.9).
func (s *subject) anyInstance(f *compFilter) bool {
	if s.inbox && f.name == icalendar.Event && s.timelessEvent(f) {
		return true
	}
	series, err := s.object.Series()
	if err != nil {
		return false
	}
	if f.span != nil && len(f.props) == 0 && len(f.comps) == 0 {
		return s.object.Kind() == f.name && series.Any(f.span.start, f.span.end, s.floating)
	}
	window, any := f.window()
	if !any {
		return s.anyRinging(f, series)
	}
	list, _ := series.Instances(window.start, window.end, icalendar.Options{Floating: s.floating})
	fits := make(map[*icalendar.Component]bool, 1)
	for i := range list {
		c := list[i].Component
		if c.Name != f.name {
			return false // all parts of a series are of one kind
		}
		fit, judged := fits[c]
		if !judged {
			fit = s.fits(f, c)
			fits[c] = fit
		}
		if fit && s.instance(f, &list[i]) {
			return true
		}
	}
	return false
}

// timelessEvent is RFC 6638 §2.3: in an inbox an event without DTSTART matches every time range.
func (s *subject) timelessEvent(f *compFilter) bool {
	for c := range s.object.Parts() {
		if c.Name == f.name && !c.Has("DTSTART") && s.fits(f, c) {
			return true
		}
	}
	return false
}

// fits judges what does not depend on the instance.
func (s *subject) fits(f *compFilter, c *icalendar.Component) bool {
	if !s.props(f.props, c, true) {
		return false
	}
	for i := range f.comps {
		if k := &f.comps[i]; !k.timed() && !s.anyComp(k, c) {
			return false
		}
	}
	return true
}

// instance judges the tests of time. The window was the span of f, if it has one.
func (s *subject) instance(f *compFilter, i *icalendar.Instance) bool {
	for k := range f.props {
		p := &f.props[k]
		if p.perInstance() && !(i.PropertyOverlaps(p.name, p.span.start, p.span.end) && s.params(p, i.Component)) {
			return false
		}
	}
	for k := range f.comps {
		if a := &f.comps[k]; a.timed() && !s.anyAlarm(a, i) {
			return false
		}
	}
	return true
}

// params judges the param-filters beside a time range.
func (s *subject) params(f *propFilter, c *icalendar.Component) bool {
	if len(f.params) == 0 {
		return true
	}
	untimed := propFilter{name: f.name, params: f.params}
	return s.anyProp(&untimed, c)
}

// window is where instances are looked for that can pass the tests of f; false if f tests alarms alone.
func (f *compFilter) window() (timeRange, bool) {
	if f.span != nil {
		return *f.span, true
	}
	for i := range f.props {
		if p := &f.props[i]; p.perInstance() {
			// An instance that ends at the start of the range does not overlap it, yet its DTEND lies in it.
			return p.span.widened(time.Second, time.Second), true
		}
	}
	return timeRange{}, false
}

// anyAlarm tells whether an alarm of the instance matches: "at least one of its triggers" (RFC 4791 §9.9).
func (s *subject) anyAlarm(f *compFilter, i *icalendar.Instance) bool {
	for alarm := range i.Component.ChildrenNamed(f.name) {
		if !s.props(f.props, alarm, false) || !s.comps(f.comps, alarm) {
			continue
		}
		if f.span == nil || slices.ContainsFunc(i.AlarmTimes(alarm, s.floating), f.span.holdsInstant) {
			return true
		}
	}
	return false
}

// anyRinging judges a filter whose only tests of time are those of alarms: the alarm says where its instances are
// to be looked for.
func (s *subject) anyRinging(f *compFilter, series *icalendar.Series) bool {
	for c := range s.object.Parts() {
		if c.Name == f.name && s.fits(f, c) && s.allRing(f.comps, c, series) {
			return true
		}
	}
	return false
}

func (s *subject) allRing(filters []compFilter, c *icalendar.Component, series *icalendar.Series) bool {
	for k := range filters {
		f := &filters[k]
		if !f.timed() {
			continue
		}
		found := false
		for alarm := range c.ChildrenNamed(f.name) {
			if s.props(f.props, alarm, false) && s.comps(f.comps, alarm) &&
				(f.span == nil || series.AlarmOverlaps(alarm, f.span.start, f.span.end, s.floating)) {
				found = true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}
