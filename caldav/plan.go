package caldav

import (
	"iter"

	"convoke/internal/icalendar"
	"convoke/storage"
)

// verdict is what the facts of a member say about a filter.
type verdict uint8

const (
	no    verdict = iota
	yes           // the object need not be read
	maybe         // the object must be read
)

// plan is the part of a filter that the listing can decide without reading objects: which
// component, which span, which UID.
type plan struct {
	component string // the kind of object that can match; "" is any
	none      bool   // two kinds are asked for at once: no object has them
	from, to  int64  // unix seconds that the span must touch
	uid       *textMatch
	// decides tells that component (and span) are the whole filter, so that the facts of objects
	// with fixed times are the answer.
	decides bool
	span    *timeRange
	// any are the plans of the alternatives, if there are several.
	any []*plan
}

// newPlan reads the filter. indexed is false where spans say nothing: in an inbox an event
// without DTSTART matches every range (RFC 6638 §2.3).
func newPlan(f *compFilter, indexed bool) *plan {
	p := &plan{from: storage.Past, to: storage.Future}
	if f.any != nil {
		return p.planAny(f.any, indexed)
	}
	if f.notDefined {
		p.none = true
		return p
	}
	p.decides = len(f.props) == 0 && len(f.comps) <= 1
	for i := range f.comps {
		p.require(&f.comps[i], indexed)
	}
	return p
}

// planAny looks wherever one of the alternatives would.
func (p *plan) planAny(list []compFilter, indexed bool) *plan {
	p.none, p.from, p.to = true, storage.Future, storage.Past
	for i := range list {
		alternative := newPlan(&list[i], indexed)
		if alternative.none {
			continue
		}
		p.any, p.none = append(p.any, alternative), false
		p.from, p.to = min(p.from, alternative.from), max(p.to, alternative.to)
	}
	return p
}

// judgeAny gives the best verdict of the alternatives.
func (p *plan) judgeAny(m *storage.Member) verdict {
	best := no
	for _, alternative := range p.any {
		switch alternative.judge(m) {
		case yes:
			return yes
		case maybe:
			best = maybe
		}
	}
	return best
}

// require takes in one comp-filter that stands in VCALENDAR.
func (p *plan) require(f *compFilter, indexed bool) {
	if f.notDefined || !isKind(f.name) {
		p.decides = false
		return
	}
	if p.component != "" && p.component != f.name {
		p.none = true
		return
	}
	p.component = f.name
	p.decides = p.decides && len(f.props) == 0 && len(f.comps) == 0
	for i := range f.props {
		if q := &f.props[i]; q.name == "UID" && q.text != nil && !q.text.negate {
			p.uid = q.text
		}
	}
	if f.span == nil {
		return
	}
	// Only for events are the facts the very condition of RFC 4791 §9.9.
	p.decides = p.decides && indexed && f.name == icalendar.Event
	if indexed {
		p.span = f.span
		if !f.span.start.IsZero() {
			p.from = max(p.from, f.span.start.Unix())
		}
		if !f.span.end.IsZero() {
			p.to = min(p.to, f.span.end.Unix())
		}
	}
}

// isKind names the components that give an object its kind (RFC 4791 §4.1, RFC 7953 §7.1).
func isKind(name string) bool {
	switch name {
	case icalendar.Event, icalendar.Todo, icalendar.Journal, icalendar.FreeBusy, icalendar.Availability:
		return true
	}
	return false
}

// candidates gives the members that may match, in the order of the listing.
func (p *plan) candidates(l *storage.Listing) iter.Seq[*storage.Member] {
	if p.none {
		return func(func(*storage.Member) bool) {}
	}
	if p.from == storage.Past && p.to == storage.Future {
		return l.All()
	}
	return l.Overlapping(p.from, p.to)
}

// judge decides by the facts of a candidate.
func (p *plan) judge(m *storage.Member) verdict {
	if p.any != nil {
		return p.judgeAny(m)
	}
	if p.component != "" && m.Component != p.component {
		return no
	}
	if p.uid != nil && !p.uid.matches(m.UID) {
		return no
	}
	switch {
	case !p.decides:
		return maybe
	case p.span == nil:
		return yes
	case m.Recurring || m.Floating || m.First == storage.Past || m.Last == storage.Future:
		return maybe
	}
	// RFC 4791 §9.9 for VEVENT: start < DTEND AND end > DTSTART. The span of an event that takes no time is made
	// one second long, which turns start < end into start <= DTSTART.
	if m.First < p.to && p.from < m.Last {
		return yes
	}
	return no
}
