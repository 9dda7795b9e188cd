package icalendar

import (
	"iter"
	"slices"
)

// Component is a component with its properties and subcomponents. Props and
// Children may be read freely; edit through the methods.
type Component struct {
	Name     string // upper-cased
	Props    []*Property
	Children []*Component

	begin, end string // exact lines; empty if made by us
	line       int
}

// NewComponent makes an empty component.
func NewComponent(name string) *Component { return &Component{Name: upper(name)} }

// Line is the number of its BEGIN line in the text parsed, 0 if it was made by us.
func (c *Component) Line() int { return c.line }

// Prop gives the first property of that name (upper case); nil if there is none.
func (c *Component) Prop(name string) *Property {
	if c == nil {
		return nil
	}
	for _, p := range c.Props {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// All gives the properties of that name (upper case) in order.
func (c *Component) All(name string) iter.Seq[*Property] {
	return func(yield func(*Property) bool) {
		if c == nil {
			return
		}
		for _, p := range c.Props {
			if p.Name == name && !yield(p) {
				return
			}
		}
	}
}

// Has tells whether there is a property of that name.
func (c *Component) Has(name string) bool { return c.Prop(name) != nil }

// Text gives the unescaped value of the first property of that name, or "".
func (c *Component) Text(name string) string {
	if p := c.Prop(name); p != nil {
		return p.Text()
	}
	return ""
}

// Set gives the property that name the raw value, parameters gone: the first one is
// changed in its place and others of the name are removed, or a new one is added.
func (c *Component) Set(name, value string) *Property {
	p := c.Prop(name)
	if p == nil {
		p = NewProperty(name, value)
		c.Add(p)
		return p
	}
	c.RemoveFunc(func(q *Property) bool { return q.Name == name && q != p })
	p.Value = value
	p.clearParams()
	return p
}

// SetText is Set with the value escaped as TEXT.
func (c *Component) SetText(name, text string) *Property { return c.Set(name, EscapeText(text)) }

// SetTime is Set with a DATE or DATE-TIME and the parameters it needs.
func (c *Component) SetTime(name string, t DateTime) *Property {
	p := c.Set(name, "")
	p.SetTime(t)
	return p
}

// SetProp puts p in the place of the first property of its name and removes the
// others, or adds it.
func (c *Component) SetProp(p *Property) {
	for i, q := range c.Props {
		if q.Name == p.Name {
			p.before = q.before
			c.Props[i] = p
			c.RemoveFunc(func(r *Property) bool { return r.Name == p.Name && r != p })
			return
		}
	}
	c.Add(p)
}

// Add adds p behind the other properties that stand before the first subcomponent.
func (c *Component) Add(p *Property) {
	i := len(c.Props)
	for i > 0 && c.Props[i-1].before > 0 {
		i--
	}
	p.before = 0
	c.Props = slices.Insert(c.Props, i, p)
}

// Remove removes the properties of that name and says how many there were.
func (c *Component) Remove(name string) int {
	return c.RemoveFunc(func(p *Property) bool { return p.Name == name })
}

// RemoveProp removes this one property.
func (c *Component) RemoveProp(p *Property) bool {
	return c.RemoveFunc(func(q *Property) bool { return q == p }) > 0
}

// RemoveFunc removes the properties for which gone is true and says how many there were.
func (c *Component) RemoveFunc(gone func(*Property) bool) int {
	n := len(c.Props)
	c.Props = slices.DeleteFunc(c.Props, gone)
	return n - len(c.Props)
}

// Child gives the first subcomponent of that name; nil if there is none.
func (c *Component) Child(name string) *Component {
	for _, k := range c.Children {
		if k.Name == name {
			return k
		}
	}
	return nil
}

// ChildrenNamed gives the subcomponents of that name in order.
func (c *Component) ChildrenNamed(name string) iter.Seq[*Component] {
	return func(yield func(*Component) bool) {
		for _, k := range c.Children {
			if k.Name == name && !yield(k) {
				return
			}
		}
	}
}

// AddChild adds a subcomponent at the end.
func (c *Component) AddChild(k *Component) { c.Children = append(c.Children, k) }

// InsertChild adds a subcomponent at position i of Children.
func (c *Component) InsertChild(i int, k *Component) {
	for _, p := range c.Props {
		if int(p.before) > i {
			p.before++
		}
	}
	c.Children = slices.Insert(c.Children, i, k)
}

// RemoveChild removes this one subcomponent.
func (c *Component) RemoveChild(k *Component) bool {
	return c.RemoveChildren(func(q *Component) bool { return q == k }) > 0
}

// RemoveChildren removes the subcomponents for which gone is true and says how many there were.
func (c *Component) RemoveChildren(gone func(*Component) bool) int {
	n := 0
	for i := 0; i < len(c.Children); {
		if !gone(c.Children[i]) {
			i++
			continue
		}
		for _, p := range c.Props {
			if int(p.before) > i {
				p.before--
			}
		}
		c.Children = slices.Delete(c.Children, i, i+1)
		n++
	}
	return n
}

// Clone gives a deep copy.
func (c *Component) Clone() *Component {
	d := &Component{Name: c.Name, begin: c.begin, end: c.end, line: c.line}
	props := make([]Property, len(c.Props))
	d.Props = make([]*Property, len(c.Props))
	for i, p := range c.Props {
		props[i] = *p
		d.Props[i] = &props[i]
	}
	if len(c.Children) > 0 {
		d.Children = make([]*Component, len(c.Children))
		for i, k := range c.Children {
			d.Children[i] = k.Clone()
		}
	}
	return d
}

// AppendTo writes the component to dst.
func (c *Component) AppendTo(dst []byte) []byte {
	if c.begin != "" {
		dst = appendRaw(dst, c.begin)
	} else {
		dst = append(append(append(dst, "BEGIN:"...), c.Name...), "\r\n"...)
	}
	k := 0
	for _, p := range c.Props {
		for ; k < int(p.before) && k < len(c.Children); k++ {
			dst = c.Children[k].AppendTo(dst)
		}
		dst = p.AppendTo(dst)
	}
	for ; k < len(c.Children); k++ {
		dst = c.Children[k].AppendTo(dst)
	}
	if c.end != "" {
		return appendRaw(dst, c.end)
	}
	return append(append(append(endLine(dst), "END:"...), c.Name...), "\r\n"...)
}

// size is about how many bytes AppendTo writes.
func (c *Component) size() int {
	n := len(c.begin) + len(c.end) + 2*len(c.Name) + 14
	for _, p := range c.Props {
		n += len(p.raw) + 2
		if !p.intact() {
			n += len(p.Name) + len(p.params) + len(p.Value) + len(p.Value)/24 + 8
		}
	}
	for _, k := range c.Children {
		n += k.size()
	}
	return n
}

// appendRaw writes exact bytes. A text that was cut off without a line end must
// not run into what now follows it.
func appendRaw(dst []byte, raw string) []byte { return append(endLine(dst), raw...) }

func endLine(dst []byte) []byte {
	if n := len(dst); n > 0 && dst[n-1] != '\n' && dst[n-1] != '\r' {
		return append(dst, "\r\n"...)
	}
	return dst
}

// The sizes of a Component and a Property with its place in the list.
const componentBytes, propertyBytes = 128, 104

func (c *Component) footprint() int {
	n := componentBytes + len(c.begin) + len(c.end)
	for _, p := range c.Props {
		n += propertyBytes + len(p.raw)
		if !p.intact() {
			n += len(p.params) + len(p.Value)
		}
	}
	for _, k := range c.Children {
		n += k.footprint()
	}
	return n
}
