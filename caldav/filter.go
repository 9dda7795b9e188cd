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
	maxAlternatives    = 64      // that test="anyof" and name="*" may come to
	maxTextMatchBytes  = 1 << 10 // one text-match
	maxFilterNameBytes = 255
)

// compFilter is CALDAV:comp-filter, RFC 4791 §9.7.1. Names are upper case. What test="anyof" and name="*"
// (draft-daboo-caldav-extensions §3) ask for is carried to the root: a component that passes one of two tests is
// one that passes the first, or one that passes the second.
type compFilter struct {
	// any are the alternatives, of the root only; the other fields say nothing then.
	any        []compFilter
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
	test      func(text, needle string) bool // match-type; nil is contains
	negate    bool
}

// matches tells whether the text holds the needle, or, negated, does not.
func (m *textMatch) matches(text string) bool {
	test := m.test
	if test == nil {
		test = strings.Contains
	}
	return test(m.collation.prepare(text), m.needle) != m.negate
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
	list, err := p.comp(root, "", 1)
	switch {
	case err != nil:
		return nil, err
	case len(list) > 1:
		return &compFilter{name: list[0].name, any: list}, nil
	}
	return &list[0], nil
}

// comp reads a comp-filter that stands inside the component parent ("" for the root) as alternatives, at least one.
func (p *filterParser) comp(n *davxml.Node, parent string, depth int) ([]compFilter, error) {
	if err := p.count(n, depth); err != nil {
		return nil, err
	}
	name, err := filterName(n)
	if err != nil {
		return nil, err
	}
	if name == "*" && parent != "" {
		return p.anyKind(n, parent, depth)
	}
	return p.named(n, name, parent, depth)
}

// named reads a comp-filter, whose name is known to be name.
func (p *filterParser) named(n *davxml.Node, name, parent string, depth int) ([]compFilter, error) {
	if !mayNest(parent, name) {
		return nil, invalidFilter("%s inside %s", name, parent)
	}
	anyOf, err := testsAnyOf(n)
	if err != nil {
		return nil, err
	}
	spans := 0
	notDefined, tests, err := readTests(n, name, func(c *davxml.Node) ([]compFilter, error) {
		switch c.Name {
		case davxml.TimeRange:
			if spans++; spans > 1 || !takesTimeRange(name) {
				return nil, invalidFilter("time-range on %s", name)
			}
			span, err := filterRange(c)
			return []compFilter{{span: span}}, err
		case davxml.PropFilter:
			props, err := p.prop(c)
			test := make([]compFilter, len(props))
			for i := range props {
				test[i].props = props[i : i+1 : i+1]
			}
			return test, err
		case davxml.CompFilter:
			comps, err := p.comp(c, name, depth+1)
			test := make([]compFilter, len(comps))
			for i := range comps {
				test[i].comps = comps[i : i+1 : i+1]
			}
			return test, err
		}
		return nil, unknownFilterPart(c)
	})
	if err != nil {
		return nil, err
	}
	return alternatives(n, compFilter{name: name, notDefined: notDefined}, tests, anyOf, (*compFilter).and)
}

// and adds the tests of g to those of f.
func (f *compFilter) and(g *compFilter) {
	if g.span != nil {
		f.span = g.span
	}
	f.props = append(f.props[:len(f.props):len(f.props)], g.props...)
	f.comps = append(f.comps[:len(f.comps):len(f.comps)], g.comps...)
}

// prop reads a prop-filter as alternatives, at least one.
func (p *filterParser) prop(n *davxml.Node) ([]propFilter, error) {
	if err := p.count(n, 1); err != nil {
		return nil, err
	}
	name, err := filterName(n)
	if err != nil {
		return nil, err
	}
	anyOf, err := testsAnyOf(n)
	if err != nil {
		return nil, err
	}
	var span, text bool
	notDefined, tests, err := readTests(n, name, func(c *davxml.Node) ([]propFilter, error) {
		var test propFilter
		var err error
		switch c.Name {
		case davxml.TimeRange:
			if span || !isTimeProperty(name) {
				return nil, invalidFilter("time-range on %s", name)
			}
			span = true
			test.span, err = filterRange(c)
		case davxml.TextMatch:
			if text {
				return nil, invalidFilter("two text-matches on %s", name)
			}
			text = true
			test.text, err = parseTextMatch(c)
		case davxml.ParamFilter:
			test.params = make([]paramFilter, 1)
			test.params[0], err = p.param(c)
		default:
			return nil, unknownFilterPart(c)
		}
		return []propFilter{test}, err
	})
	if err != nil {
		return nil, err
	}
	if span && text {
		return nil, invalidFilter("time-range and text-match on %s", name)
	}
	return alternatives(n, propFilter{name: name, notDefined: notDefined}, tests, anyOf, (*propFilter).and)
}

// and adds the tests of g to those of f.
func (f *propFilter) and(g *propFilter) {
	if g.span != nil {
		f.span = g.span
	}
	if g.text != nil {
		f.text = g.text
	}
	f.params = append(f.params[:len(f.params):len(f.params)], g.params...)
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
	notDefined, tests, err := readTests(n, name, func(c *davxml.Node) ([]*textMatch, error) {
		if c.Name != davxml.TextMatch {
			return nil, unknownFilterPart(c)
		}
		m, err := parseTextMatch(c)
		return []*textMatch{m}, err
	})
	switch {
	case err != nil:
		return f, err
	case len(tests) > 1:
		return f, invalidFilter("two text-matches on %s", name)
	case len(tests) == 1:
		f.text = tests[0][0]
	}
	f.notDefined = notDefined
	return f, nil
}

// readTests reads what stands in a filter: is-not-defined, or tests, each as alternatives. read gives none of what is
// to be ignored.
func readTests[F any](n *davxml.Node, name string, read func(*davxml.Node) ([]F, error)) (notDefined bool, tests [][]F, err error) {
	for _, c := range n.Children {
		if c.Name == davxml.IsNotDefined {
			notDefined = true
			continue
		}
		test, err := read(c)
		if err != nil {
			return false, nil, err
		}
		if len(test) > 0 {
			tests = append(tests, test)
		}
	}
	if notDefined && len(tests) > 0 {
		return false, nil, invalidFilter("is-not-defined beside other tests of %s", name)
	}
	return notDefined, tests, nil
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
	switch n.Attr("match-type") { // draft-daboo-caldav-extensions §3.3
	case "", "contains":
	case "equals":
		m.test = func(text, needle string) bool { return text == needle }
	case "starts-with":
		m.test = strings.HasPrefix
	case "ends-with":
		m.test = strings.HasSuffix
	default:
		return nil, invalidFilter("match-type %q", n.Attr("match-type"))
	}
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
