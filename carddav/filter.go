package carddav

import (
	"fmt"
	"strconv"
	"strings"

	"convoke/internal/vcard"
	"convoke/server/davxml"
)

// Limits of one filter, reliability.md §2.
const (
	maxFilterTests     = 1000    // prop-filters, param-filters and text-matches together
	maxTextMatchBytes  = 1 << 10 // one text-match
	maxFilterNameBytes = 255
)

// filter is CARDDAV:filter, RFC 6352 §10.5. Without prop-filters everything matches.
type filter struct {
	all   bool // test="allof"
	props []propFilter
}

// propFilter is CARDDAV:prop-filter, RFC 6352 §10.5.1.
type propFilter struct {
	name       vcard.Name
	notDefined bool
	all        bool
	texts      []textMatch
	params     []paramFilter
}

// paramFilter is CARDDAV:param-filter, RFC 6352 §10.5.2.
type paramFilter struct {
	name       string
	notDefined bool
	text       *textMatch
}

// matchType is the match-type of RFC 6352 §10.5.4.
type matchType uint8

const (
	contains matchType = iota
	equals
	startsWith
	endsWith
)

// textMatch is CARDDAV:text-match, RFC 6352 §10.5.4. The needle is folded already.
type textMatch struct {
	needle    string
	collation *collation
	how       matchType
	negate    bool
}

// filterParser reads one filter and counts what it holds.
type filterParser struct{ tests int }

// parseFilter reads a CARDDAV:filter; nil is none, as KDE sends it, and matches everything. Errors are
// conditions: supported-filter and supported-collation of RFC 6352 §8.6, or a 400.
func parseFilter(n *davxml.Node) (*filter, error) {
	f := &filter{}
	if n == nil {
		return f, nil
	}
	var err error
	if f.all, err = testOf(n); err != nil {
		return nil, err
	}
	var p filterParser
	for _, c := range n.Children {
		switch {
		case c.Name == davxml.CardPropFilter:
			prop, err := p.prop(c)
			if err != nil {
				return nil, err
			}
			f.props = append(f.props, prop)
		case c.Name.Space == davxml.CardDAV:
			return nil, unsupportedFilter(c, "an unknown element in filter")
		}
	}
	return f, nil
}

func (p *filterParser) prop(n *davxml.Node) (f propFilter, err error) {
	name, err := p.name(n)
	if err != nil {
		return f, err
	}
	f.name = vcard.ParseName(name)
	if f.all, err = testOf(n); err != nil {
		return f, err
	}
	for _, c := range n.Children {
		switch {
		case c.Name == davxml.CardIsNotDefined:
			f.notDefined = true
		case c.Name == davxml.CardTextMatch:
			m, err := p.text(c)
			if err != nil {
				return f, err
			}
			f.texts = append(f.texts, *m)
		case c.Name == davxml.CardParamFilter:
			param, err := p.param(c)
			if err != nil {
				return f, err
			}
			f.params = append(f.params, param)
		case c.Name.Space == davxml.CardDAV:
			return f, unsupportedFilter(n, "an unknown element in prop-filter")
		}
	}
	if f.notDefined && (len(f.texts) > 0 || len(f.params) > 0) {
		return f, unsupportedFilter(n, "is-not-defined beside other tests")
	}
	return f, nil
}

func (p *filterParser) param(n *davxml.Node) (f paramFilter, err error) {
	name, err := p.name(n)
	if err != nil {
		return f, err
	}
	f.name = name
	for _, c := range n.Children {
		switch {
		case c.Name == davxml.CardIsNotDefined:
			f.notDefined = true
		case c.Name == davxml.CardTextMatch && f.text == nil:
			if f.text, err = p.text(c); err != nil {
				return f, err
			}
		case c.Name.Space == davxml.CardDAV:
			return f, unsupportedFilter(n, "an unknown element in param-filter")
		}
	}
	if f.notDefined && f.text != nil {
		return f, unsupportedFilter(n, "is-not-defined beside other tests")
	}
	return f, nil
}

// name counts a test and reads the name that it must have.
func (p *filterParser) name(n *davxml.Node) (string, error) {
	if err := p.count(n); err != nil {
		return "", err
	}
	name := strings.TrimSpace(n.Attr("name"))
	if name == "" || len(name) > maxFilterNameBytes {
		return "", unsupportedFilter(n, n.Name.Local+" without a name")
	}
	return name, nil
}

func (p *filterParser) count(n *davxml.Node) error {
	if p.tests++; p.tests > maxFilterTests {
		return unsupportedFilter(nil, "more than "+strconv.Itoa(maxFilterTests)+" tests")
	}
	return nil
}

func (p *filterParser) text(n *davxml.Node) (*textMatch, error) {
	if err := p.count(n); err != nil {
		return nil, err
	}
	if len(n.Text) > maxTextMatchBytes {
		return nil, badRequest(fmt.Errorf("text-match of %d bytes", len(n.Text)))
	}
	c, ok := collationNamed(n.Attr("collation"))
	if !ok {
		return nil, refuse(davxml.CardSupportedCollation, fmt.Errorf("collation %q", n.Attr("collation")))
	}
	m := &textMatch{collation: c, needle: c.fold(n.Text), how: matchTypeNamed(n.Attr("match-type"))}
	switch v := n.Attr("negate-condition"); v {
	case "", "no":
	case "yes":
		m.negate = true
	default:
		return nil, unsupportedFilter(nil, "negate-condition "+v)
	}
	return m, nil
}

// matchTypeNamed reads a match-type. One that RFC 6352 §10.5.4 doesn't know is read as the default,
// so that a misspelt search gives too much rather than an error.
func matchTypeNamed(s string) matchType {
	switch s {
	case "equals":
		return equals
	case "starts-with":
		return startsWith
	case "ends-with":
		return endsWith
	}
	return contains
}

// testOf reads the test attribute: true for allof.
func testOf(n *davxml.Node) (bool, error) {
	switch v := n.Attr("test"); v {
	case "", "anyof":
		return false, nil
	case "allof":
		return true, nil
	default:
		return false, unsupportedFilter(nil, "test "+v)
	}
}

// unsupportedFilter is CARDDAV:supported-filter; it shows the prop- or param-filter in question, if
// there is one (RFC 6352 §8.6). RFC 6352 has no other condition for a filter that makes no sense.
func unsupportedFilter(n *davxml.Node, reason string) error {
	c := refuse(davxml.CardSupportedFilter, fmt.Errorf("filter: %s", reason))
	if n.Is(davxml.CardPropFilter) || n.Is(davxml.CardParamFilter) {
		c.Extra = func(w *davxml.Writer) {
			w.Start(n.Name)
			w.Attr("name", n.Attr("name"))
			w.End()
		}
	}
	return c
}

// parseLimit reads CARDDAV:limit, RFC 6352 §10.6; 0 is none.
func parseLimit(n *davxml.Node) (int, error) {
	if n == nil {
		return 0, nil
	}
	text := n.ChildText(davxml.CardNResults)
	if text == "" {
		return 0, nil
	}
	limit, err := strconv.ParseUint(text, 10, 31)
	if err != nil || limit == 0 {
		return 0, badRequest(fmt.Errorf("nresults %q", text))
	}
	return int(limit), nil
}
