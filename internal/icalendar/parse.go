package icalendar

import (
	"errors"
	"strings"

	"convoke/internal/contentline"
)

// What one text may hold (reliability: limits). All break valid-calendar-data.
const (
	MaxDepth      = 8      // nesting of components
	MaxComponents = 5_000  // of one object, nested ones included
	MaxProperties = 10_000 // of one component
	MaxParams     = 100    // of one property
)

// Parse reads one calendar object: one VCALENDAR and nothing around it. Errors
// are *SyntaxError and *LimitError. It does not judge what the object says; see Validate.
func Parse(data []byte) (*Object, error) { return ParseString(string(data)) }

// ParseString is Parse of a string, which the object keeps.
func ParseString(data string) (*Object, error) {
	p := parser{}
	p.scan.Reset(data, contentline.Limits{Params: MaxParams})
	p.allocate(data)
	if err := p.run(); err != nil {
		return nil, err
	}
	return &Object{Calendar: p.root}, nil
}

// parser builds the tree of one text. Properties come from one slab; the
// property lists of components are cut from another.
type parser struct {
	scan  contentline.Scanner
	line  contentline.Line
	root  *Component
	stack []*Component
	buf   [MaxDepth]*Component
	props []Property
	list  []*Property
	comps []Component
	count int
}

// allocate makes slabs as large as the text may need, so that parsing takes a
// handful of allocations. A slab is capped: huge texts take several.
func (p *parser) allocate(data string) {
	lines := min(strings.Count(data, "\n")+1, 1024)
	parts := min(strings.Count(data, "BEGIN:"), 256)
	p.comps = make([]Component, 0, parts)
	lines = max(lines-2*parts, 4)
	p.props = make([]Property, 0, lines)
	p.list = make([]*Property, 0, lines)
	p.stack = p.buf[:0]
}

func (p *parser) run() error {
	for p.scan.Scan(&p.line) {
		if err := p.take(&p.line); err != nil {
			return err
		}
	}
	if err := p.scan.Err(); err != nil {
		return lineError(err)
	}
	switch {
	case p.root == nil:
		return &SyntaxError{Reason: "no VCALENDAR"}
	case len(p.stack) > 0:
		return &SyntaxError{Line: p.line.Number, Reason: "no END:" + p.stack[len(p.stack)-1].Name}
	}
	return nil
}

// take puts one line into the tree.
func (p *parser) take(l *contentline.Line) error {
	switch {
	case l.Name == "BEGIN":
		return p.open(l)
	case l.Name == "END":
		return p.close(l)
	case len(p.stack) == 0:
		return &SyntaxError{Line: l.Number, Reason: "a property outside of VCALENDAR"}
	}
	c := p.stack[len(p.stack)-1]
	if len(c.Props) >= MaxProperties {
		return &LimitError{Line: l.Number, What: "properties in a component", Limit: MaxProperties, Breaks: ValidData}
	}
	if l.Group != "" {
		return &SyntaxError{Line: l.Number, Reason: "a dot in a property name"}
	}
	p.addProp(c, l)
	return nil
}

func (p *parser) open(l *contentline.Line) error {
	name := upper(strings.TrimSpace(l.Value))
	switch {
	case len(p.stack) == 0 && p.root != nil:
		return &SyntaxError{Line: l.Number, Reason: "more than one VCALENDAR"}
	case len(p.stack) == 0 && name != Calendar:
		return &SyntaxError{Line: l.Number, Reason: "not a VCALENDAR"}
	case len(p.stack) > 0 && name == Calendar:
		return &SyntaxError{Line: l.Number, Reason: "VCALENDAR inside VCALENDAR"}
	case len(p.stack) >= MaxDepth:
		return &LimitError{Line: l.Number, What: "nested components", Limit: MaxDepth, Breaks: ValidData}
	case p.count >= MaxComponents:
		return &LimitError{Line: l.Number, What: "components", Limit: MaxComponents, Breaks: ValidData}
	case !isName(name):
		return &SyntaxError{Line: l.Number, Reason: "BEGIN of no component"}
	}
	p.count++
	c := p.newComponent()
	c.Name, c.begin, c.line = name, l.Raw, l.Number
	if len(p.stack) == 0 {
		p.root = c
	} else {
		parent := p.stack[len(p.stack)-1]
		parent.Children = append(parent.Children, c)
	}
	p.stack = append(p.stack, c)
	return nil
}

func (p *parser) close(l *contentline.Line) error {
	if len(p.stack) == 0 {
		return &SyntaxError{Line: l.Number, Reason: "END without BEGIN"}
	}
	c := p.stack[len(p.stack)-1]
	if name := strings.TrimSpace(l.Value); !strings.EqualFold(name, c.Name) {
		return &SyntaxError{Line: l.Number, Reason: "END of another component than " + c.Name}
	}
	c.end = l.Raw
	p.stack = p.stack[:len(p.stack)-1]
	return nil
}

func (p *parser) newComponent() *Component {
	if len(p.comps) == cap(p.comps) {
		p.comps = make([]Component, 0, 64)
	}
	p.comps = p.comps[:len(p.comps)+1]
	return &p.comps[len(p.comps)-1]
}

func (p *parser) addProp(c *Component, l *contentline.Line) {
	if len(p.props) == cap(p.props) {
		p.props = make([]Property, 0, min(2*cap(p.props), 1024))
	}
	p.props = append(p.props, Property{
		Name: l.Name, Value: l.Value, params: l.Params, raw: l.Raw, was: l.Value,
		line: int32(l.Number), before: int32(len(c.Children)),
	})
	prop := &p.props[len(p.props)-1]
	// The list of c grows inside the slab as long as it is the last one there.
	n := len(p.list)
	switch {
	case n == cap(p.list):
		c.Props = append(c.Props, prop)
	case len(c.Props) == 0:
		p.list = append(p.list, prop)
		c.Props = p.list[n : n+1 : n+1]
	case n >= len(c.Props) && &p.list[n-len(c.Props)] == &c.Props[0]:
		p.list = append(p.list, prop)
		c.Props = p.list[n-len(c.Props) : n+1 : n+1]
	default:
		c.Props = append(c.Props, prop)
	}
}

func isName(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return s != ""
}

// lineError turns what package contentline says into our own errors.
func lineError(err error) error {
	var limit *contentline.LimitError
	var syntax *contentline.SyntaxError
	switch {
	case errors.As(err, &limit):
		return &LimitError{Line: limit.Line, What: limit.What, Limit: limit.Limit, Breaks: ValidData}
	case errors.As(err, &syntax):
		return &SyntaxError{Line: syntax.Line, Reason: syntax.Reason}
	}
	return err
}
