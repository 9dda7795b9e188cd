package caldav

import (
	"time"

	"convoke/internal/icalendar"
	"convoke/internal/timezone"
)

// matcher judges objects by one filter, RFC 4791 §9.7 and §9.9.
type matcher struct {
	filter *compFilter
	// floating is the zone in which dates and floating times are read (RFC 4791 §7.3); nil is UTC.
	floating *timezone.Zone
	// inbox makes events without DTSTART overlap every time range (RFC 6638 §2.3).
	inbox bool
}

// subject is one object under judgement.
type subject struct {
	*matcher
	object *icalendar.Object
	zones  *icalendar.Zones
}

// matches tells whether the filter matches the object. An object whose times cannot be worked out
// matches no time range, and hinders nobody else's answer.
func (m *matcher) matches(o *icalendar.Object) bool {
	s := subject{m, o, o.Zones()}
	for i := range m.filter.any {
		if s.whole(&m.filter.any[i]) {
			return true
		}
	}
	return m.filter.any == nil && s.whole(m.filter)
}

// whole judges the object by a comp-filter of VCALENDAR.
func (s *subject) whole(f *compFilter) bool {
	if f.notDefined {
		return false // VCALENDAR is always there
	}
	return s.props(f.props, s.object.Calendar, false) && s.comps(f.comps, s.object.Calendar)
}

// comps tells whether all filters match what stands in parent.
func (s *subject) comps(filters []compFilter, parent *icalendar.Component) bool {
	for i := range filters {
		f := &filters[i]
		if parent == s.object.Calendar && isKind(f.name) && f.timed() {
			if !s.anyInstance(f) {
				return false
			}
		} else if !s.anyComp(f, parent) {
			return false
		}
	}
	return true
}

// anyComp tells whether a component in parent matches, or, for is-not-defined, none of the name is there.
func (s *subject) anyComp(f *compFilter, parent *icalendar.Component) bool {
	for _, c := range parent.Children {
		if c.Name != f.name {
			continue
		}
		if f.notDefined {
			return false
		}
		if s.props(f.props, c, false) && s.comps(f.comps, c) {
			return true
		}
	}
	return f.notDefined
}

// timed tells whether the filter, or one of an alarm in it, has a test that depends on the instance.
func (f *compFilter) timed() bool {
	if f.span != nil {
		return true
	}
	for i := range f.props {
		if f.props[i].perInstance() {
			return true
		}
	}
	for i := range f.comps {
		if f.comps[i].timed() {
			return true
		}
	}
	return false
}

// perInstance tells of time ranges whose property has an effective value in each instance
// (RFC 4791 §9.9: "infer an effective value for DTSTART, DTEND, DURATION, and DUE").
func (f *propFilter) perInstance() bool {
	if f.span == nil {
		return false
	}
	return f.name == "DTSTART" || f.name == "DTEND" || f.name == "DUE"
}

// props tells whether all filters match, or with instances set those that don't depend on the instance.
func (s *subject) props(filters []propFilter, c *icalendar.Component, instances bool) bool {
	for i := range filters {
		if f := &filters[i]; !(instances && f.perInstance()) && !s.anyProp(f, c) {
			return false
		}
	}
	return true
}

// anyProp tells whether a property of c matches, or, for is-not-defined, none of the name is there. A negated
// text-match needs a property too: "the property value matches it" (RFC 4791 §9.7.2).
func (s *subject) anyProp(f *propFilter, c *icalendar.Component) bool {
	for _, p := range c.Props {
		if p.Name != f.name {
			continue
		}
		if f.notDefined {
			return false
		}
		if s.prop(f, p) {
			return true
		}
	}
	return f.notDefined
}

func (s *subject) prop(f *propFilter, p *icalendar.Property) bool {
	if f.text != nil && !f.text.matches(p.Text()) {
		return false
	}
	if f.span != nil {
		at, ok := s.instant(p)
		if !ok || !f.span.holdsInstant(at) {
			return false
		}
	}
	for i := range f.params {
		if !f.params[i].matches(p) {
			return false
		}
	}
	return true
}

// instant reads a property as a moment.
func (s *subject) instant(p *icalendar.Property) (time.Time, bool) {
	t, err := p.Time(s.zones)
	if err != nil {
		return time.Time{}, false
	}
	return t.Instant(s.floating), true
}

// matches judges the parameters of one property; a parameter of several values matches by any of them.
func (f *paramFilter) matches(p *icalendar.Property) bool {
	if !p.HasParam(f.name) {
		return f.notDefined
	}
	if f.notDefined {
		return false
	}
	if f.text == nil {
		return true
	}
	for _, v := range p.ParamValues(f.name) {
		if f.text.matches(v) {
			return true
		}
	}
	return false
}
