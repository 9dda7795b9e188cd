package caldav

import (
	"errors"
	"fmt"
	"strings"

	"convoke/server/davxml"
)

// Limits of one filter, reliability.md §2.
const (
	maxFilterDepth     = 8       // nested comp-filters
	maxFilterTests     = 1_000   // comp-, prop- and param-filters together
	maxTextMatchBytes  = 1 << 10 // one text-match
	maxFilterNameBytes = 255
)

// compFilter is CALDAV:comp-filter, RFC 4791 §9.7.1. Names are upper case.
type compFilter struct {
	name       string
	notDefined bool
	span       *timeRange
	props      []propFilter
	comps      []compFilter
}

// propFilter is CALDAV:prop-filter, RFC 4791 §9.7.2. At most one of span and text is set.
type propFilter struct {
	name       string
	notDefined bool
	span       *timeRange
	text       *textMatch
	params     []paramFilter
}

// paramFilter is CALDAV:param-filter, RFC 4791 §9.7.3.
type paramFilter struct {
	name       string
	notDefined bool
	text       *textMatch
}

// textMatch is CALDAV:text-match, RFC 4791 §9.7.5; needle is already prepared by the collation.
type textMatch struct {
	needle    string
	collation *collation
	negate    bool
}

// matches tells whether the text holds the needle, or, negated, does not.
func (m *textMatch) matches(text string) bool {
	return strings.Contains(m.collation.prepare(text), m.needle) != m.negate
}

// filterParser reads one filter and counts what it holds.
type filterParser struct{ tests int }

// parseFilter reads CALDAV:filter (RFC 4791 §9.7): exactly one comp-filter, named VCALENDAR. Errors
// are conditions: valid-filter, supported-filter and supported-collation of RFC 4791 §7.8.
func parseFilter(n *davxml.Node) (*compFilter, error) {
	var root *davxml.Node
	for _, c := range n.Children {
		switch {
		case c.Name == davxml.CompFilter && root == nil:
			root = c
		case c.Name == davxml.CompFilter:
			return nil, invalidFilter("two comp-filters in filter")
		case c.Name.Space == davxml.CalDAV:
			return nil, invalidFilter("%s in filter", c.Name.Local)
		}
	}
	if root == nil {
		return nil, invalidFilter("no comp-filter in filter")
	}
	var p filterParser
	f, err := p.comp(root, "", 1)
	if err != nil {
		return nil, err
	}
	return &f, nil
}

// comp reads a comp-filter that stands inside the component parent ("" for the root).
func (p *filterParser) comp(n *davxml.Node, parent string, depth int) (compFilter, error) {
	var f compFilter
	if err := p.count(n, depth); err != nil {
		return f, err
	}
	name, err := filterName(n)
	if err != nil {
		return f, err
	}
	if !mayNest(parent, name) {
		return f, invalidFilter("%s inside %s", name, parent)
	}
	f.name = name
	for _, c := range n.Children {
		switch c.Name {
		case davxml.IsNotDefined:
			f.notDefined = true
		case davxml.TimeRange:
			if f.span != nil || !takesTimeRange(name) {
				return f, invalidFilter("time-range on %s", name)
			}
			if f.span, err = filterRange(c); err != nil {
				return f, err
			}
		case davxml.PropFilter:
			prop, err := p.prop(c)
			if err != nil {
				return f, err
			}
			f.props = append(f.props, prop)
		case davxml.CompFilter:
			comp, err := p.comp(c, name, depth+1)
			if err != nil {
				return f, err
			}
			f.comps = append(f.comps, comp)
		default:
			if err := unknownFilterPart(c); err != nil {
				return f, err
			}
		}
	}
	if f.notDefined && (f.span != nil || f.props != nil || f.comps != nil) {
		return f, invalidFilter("is-not-defined beside other tests of %s", name)
	}
	return f, nil
}

func (p *filterParser) prop(n *davxml.Node) (propFilter, error) {
	var f propFilter
	if err := p.count(n, 1); err != nil {
		return f, err
	}
	name, err := filterName(n)
	if err != nil {
		return f, err
	}
	f.name = name
	for _, c := range n.Children {
		switch c.Name {
		case davxml.IsNotDefined:
			f.notDefined = true
		case davxml.TimeRange:
			if f.span != nil || !isTimeProperty(name) {
				return f, invalidFilter("time-range on %s", name)
			}
			if f.span, err = filterRange(c); err != nil {
				return f, err
			}
		case davxml.TextMatch:
			if f.text != nil {
				return f, invalidFilter("two text-matches on %s", name)
			}
			if f.text, err = parseTextMatch(c); err != nil {
				return f, err
			}
		case davxml.ParamFilter:
			param, err := p.param(c)
			if err != nil {
				return f, err
			}
			f.params = append(f.params, param)
		default:
			if err := unknownFilterPart(c); err != nil {
				return f, err
			}
		}
	}
	if f.notDefined && (f.span != nil || f.text != nil || f.params != nil) {
		return f, invalidFilter("is-not-defined beside other tests of %s", name)
	}
	if f.span != nil && f.text != nil {
		return f, invalidFilter("time-range and text-match on %s", name)
	}
	return f, nil
}

func (p *filterParser) param(n *davxml.Node) (paramFilter, error) {
	var f paramFilter
	if err := p.count(n, 1); err != nil {
		return f, err
	}
	name, err := filterName(n)
	if err != nil {
		return f, err
	}
	f.name = name
	for _, c := range n.Children {
		switch c.Name {
		case davxml.IsNotDefined:
			f.notDefined = true
		case davxml.TextMatch:
			if f.text != nil {
				return f, invalidFilter("two text-matches on %s", name)
			}
			if f.text, err = parseTextMatch(c); err != nil {
				return f, err
			}
		default:
			if err := unknownFilterPart(c); err != nil {
				return f, err
			}
		}
	}
	if f.notDefined && f.text != nil {
		return f, invalidFilter("is-not-defined and text-match on %s", name)
	}
	return f, nil
}

// count refuses a filter that is too deep or too large as one that is not supported, and names the
// offending part, as RFC 4791 §7.8 asks.
func (p *filterParser) count(n *davxml.Node, depth int) error {
	if p.tests++; depth <= maxFilterDepth && p.tests <= maxFilterTests {
		return nil
	}
	return unsupportedFilter(n)
}

// parseTextMatch reads CALDAV:text-match, RFC 4791 §9.7.5 and §7.5.
func parseTextMatch(n *davxml.Node) (*textMatch, error) {
	if len(n.Text) > maxTextMatchBytes {
		return nil, badRequest(errors.New("text-match is too long"))
	}
	collation, ok := collationNamed(n.Attr("collation"))
	if !ok {
		return nil, refuse(davxml.SupportedCollation, fmt.Errorf("collation %q", n.Attr("collation")))
	}
	m := &textMatch{needle: collation.prepare(n.Text), collation: collation}
	switch n.Attr("negate-condition") {
	case "yes":
		m.negate = true
	case "", "no":
	default:
		return nil, invalidFilter("negate-condition is neither yes nor no")
	}
	return m, nil
}

func filterRange(n *davxml.Node) (*timeRange, error) {
	t, ok := parseTimeRange(n.Attr("start"), n.Attr("end"), false)
	if !ok {
		return nil, invalidFilter("time-range %q to %q", n.Attr("start"), n.Attr("end"))
	}
	return &t, nil
}

// filterName reads the name attribute; iCalendar names compare without case (RFC 5545 §2).
func filterName(n *davxml.Node) (string, error) {
	name := n.Attr("name")
	if name == "" || len(name) > maxFilterNameBytes {
		return "", invalidFilter("%s without a proper name", n.Name.Local)
	}
	return strings.ToUpper(name), nil
}

// unknownFilterPart judges an element that has no meaning where it stands. Elements of other name
// spaces are ignored (RFC 4918 §17); is-defined, of drafts before RFC 4791, is what an empty filter
// says; any other CalDAV element would silently widen the answer and is refused.
func unknownFilterPart(n *davxml.Node) error {
	if n.Name.Space != davxml.CalDAV || n.Name.Local == "is-defined" {
		return nil
	}
	return invalidFilter("%s out of place", n.Name.Local)
}

// mayNest tells whether a component of one kind can stand in the other (RFC 5545 §3.6, RFC 7953
// §3.1, RFC 9073 §7): "a filter cannot nest VEVENT in VTODO" (RFC 4791 §7.8). Names that no
// standard knows may stand anywhere below VCALENDAR; they match what is so named.
func mayNest(parent, name string) bool {
	if parent == "" || name == "VCALENDAR" {
		return parent == "" && name == "VCALENDAR"
	}
	switch name {
	case "VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY":
		return parent == "VCALENDAR"
	case "VALARM":
		return parent == "VEVENT" || parent == "VTODO"
	case "STANDARD", "DAYLIGHT":
		return parent == "VTIMEZONE"
	case "AVAILABLE":
		return parent == "VAVAILABILITY"
	case "PARTICIPANT", "VLOCATION", "VRESOURCE":
		return parent != "VCALENDAR" && parent != "VTIMEZONE"
	}
	return true
}

// takesTimeRange names the components of RFC 4791 §9.9 and RFC 7953 §7.2.2.
func takesTimeRange(comp string) bool {
	switch comp {
	case "VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VALARM", "VAVAILABILITY":
		return true
	}
	return false
}

// isTimeProperty names the properties of RFC 4791 §9.9: "the semantic of CALDAV:time-range is not
// defined for any other".
func isTimeProperty(name string) bool {
	switch name {
	case "COMPLETED", "CREATED", "DTEND", "DTSTAMP", "DTSTART", "DUE", "LAST-MODIFIED":
		return true
	}
	return false
}

// invalidFilter is CALDAV:valid-filter, RFC 4791 §7.8.
func invalidFilter(format string, args ...any) error {
	return refuse(davxml.ValidFilter, fmt.Errorf("filter: "+format, args...))
}

// unsupportedFilter is CALDAV:supported-filter, RFC 4791 §7.8, with the part that is too much.
func unsupportedFilter(n *davxml.Node) error {
	part, name := n.Name, n.Attr("name")
	c := refuse(davxml.SupportedFilter, errors.New("filter is too deep or too large"))
	c.Extra = func(w *davxml.Writer) {
		w.Start(part)
		w.Attr("name", name)
		w.End()
	}
	return c
}
