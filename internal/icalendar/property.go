package icalendar

import (
	"iter"
	"strconv"
	"strings"

	"convoke/internal/contentline"
)

// Property is one property. Value may be assigned; parameters are edited
// through the methods.
type Property struct {
	Name  string // upper-cased
	Value string // raw: unfolded and still escaped

	params string // as contentline.Line.Params
	raw    string // exact line as parsed; empty if made by us or its parameters changed
	was    string // Value as parsed
	line   int32
	before int32 // how many subcomponents of its component stand before it
}

// Param is one parameter: name and values, decoded.
type Param = contentline.Param

// NewProperty makes a property with a raw value.
func NewProperty(name, value string, params ...Param) *Property {
	return &Property{Name: upper(name), Value: value, params: contentline.FormatParams(params)}
}

// NewText makes a property with its value escaped as TEXT.
func NewText(name, text string) *Property { return NewProperty(name, EscapeText(text)) }

// Clone gives a copy; an unedited one still writes its exact bytes.
func (p *Property) Clone() *Property {
	q := *p
	q.before = 0
	return &q
}

// Line is its line number in the text parsed, 0 if it was made by us.
func (p *Property) Line() int { return int(p.line) }

// Param gives the first value of a parameter, decoded (RFC 6868 §3.2); "" if there is none.
func (p *Property) Param(name string) string {
	if p.params == "" {
		return ""
	}
	v, _ := contentline.Lookup(p.params, name)
	return v
}

// HasParam tells whether there is such a parameter, be it empty.
func (p *Property) HasParam(name string) bool {
	_, ok := contentline.Lookup(p.params, name)
	return ok
}

// ParamIs tells whether the parameter has that value, without regard to case.
func (p *Property) ParamIs(name, value string) bool {
	return p.params != "" && strings.EqualFold(p.Param(name), value)
}

// ParamValues gives all values of a parameter.
func (p *Property) ParamValues(name string) []string {
	for q := range contentline.All(p.params) {
		if strings.EqualFold(q.Name, name) {
			return q.Values
		}
	}
	return nil
}

// Params gives all parameters in order.
func (p *Property) Params() iter.Seq[Param] { return contentline.All(p.params) }

// ParamText is the parameters as they stand on the line, from the first ";".
func (p *Property) ParamText() string { return p.params }

// SetParam sets a parameter in its place or adds it; no values removes it.
func (p *Property) SetParam(name string, values ...string) {
	if len(values) == 1 && p.params != "" {
		if v, ok := contentline.Lookup(p.params, name); ok && v == values[0] && len(p.ParamValues(name)) == 1 {
			return // nothing to change: the exact bytes stay
		}
	}
	if len(values) == 0 && !p.HasParam(name) {
		return
	}
	p.params = contentline.SetParam(p.params, name, values...)
	p.raw = ""
}

// RemoveParam removes a parameter.
func (p *Property) RemoveParam(name string) { p.SetParam(name) }

func (p *Property) clearParams() {
	if p.params != "" {
		p.params, p.raw = "", ""
	}
}

// intact tells whether the exact line still says what the property does.
func (p *Property) intact() bool { return p.raw != "" && p.Value == p.was }

// AppendTo writes the property to dst, folded if it is not intact.
func (p *Property) AppendTo(dst []byte) []byte {
	dst = endLine(dst)
	if p.intact() {
		return append(dst, p.raw...)
	}
	return contentline.Append(dst, "", p.Name, p.params, p.Value)
}

// Equal tells whether two properties have the same name, parameters (in any
// order and spelling of names) and raw value.
func (p *Property) Equal(q *Property) bool {
	if p.Name != q.Name || p.Value != q.Value {
		return false
	}
	if p.params == q.params {
		return true
	}
	if contentline.CountParams(p.params, MaxParams+1) != contentline.CountParams(q.params, MaxParams+1) {
		return false
	}
	for a := range p.Params() {
		b := q.ParamValues(a.Name)
		if len(a.Values) != len(b) || (len(b) == 0 && !q.HasParam(a.Name)) {
			return false
		}
		for i := range b {
			if a.Values[i] != b[i] {
				return false
			}
		}
	}
	return true
}

// Text gives the value with the escapes of TEXT read (RFC 5545 §3.3.11).
func (p *Property) Text() string { return UnescapeText(p.Value) }

// SetText sets the value, escaped as TEXT.
func (p *Property) SetText(text string) { p.Value = EscapeText(text) }

// TextList gives the values of a list of TEXT, such as CATEGORIES.
func (p *Property) TextList() []string {
	var list []string
	for v := range splitList(p.Value) {
		list = append(list, UnescapeText(v))
	}
	return list
}

// Int gives an INTEGER value; false if it is none.
func (p *Property) Int() (int, bool) {
	n, err := strconv.Atoi(strings.TrimSpace(p.Value))
	return n, err == nil
}
