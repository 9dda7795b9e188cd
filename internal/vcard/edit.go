package vcard

import (
	"slices"
	"strings"

	"convoke/internal/contentline"
)

// New makes an empty card of a version.
func New(v Version) *Card {
	c := &Card{head: "BEGIN:VCARD\r\n", tail: "END:VCARD\r\n", edited: true, version: v}
	c.props = append(c.props, Property{Name: "VERSION", value: string(v)})
	return c
}

// Clone gives a card whose edits don't touch c.
func (c *Card) Clone() *Card {
	d := *c
	d.props = slices.Clone(c.props)
	return &d
}

// Bytes gives the text of the card: its input if nothing was edited, else the
// input with the edited lines written anew.
func (c *Card) Bytes() []byte {
	if !c.edited {
		return []byte(c.source)
	}
	b := make([]byte, 0, len(c.source)+256)
	b = append(b, c.head...)
	for i := range c.props {
		b = c.props[i].append(b)
	}
	return append(b, c.tail...)
}

func (p *Property) append(b []byte) []byte {
	if p.raw != "" {
		return append(b, p.raw...)
	}
	return contentline.Append(b, p.Group, p.Name, p.Params, p.value)
}

// appendCRLF writes a property with CRLF line ends and without blank lines.
func (p *Property) appendCRLF(b []byte) []byte {
	if p.raw == "" {
		return p.append(b)
	}
	for rest := p.raw; rest != ""; {
		i := strings.IndexAny(rest, "\r\n")
		if i < 0 {
			i = len(rest)
		}
		if i > 0 {
			b = append(b, rest[:i]...)
			b = append(b, "\r\n"...)
		}
		rest = strings.TrimLeft(rest[i:], "\r\n")
	}
	return b
}

// Param is a parameter to write.
type Param = contentline.Param

// Make gives a property. The value is escaped already; params are in order.
func Make(group, name, value string, params ...Param) Property {
	return Property{
		Group: group, Name: contentline.Upper(name), value: value,
		Params: contentline.FormatParams(params),
	}
}

// Set gives the first property of that name a new value (escaped already) and
// removes the others, or adds it before the end. Parameters and group stay.
func (c *Card) Set(name, value string) {
	n := ParseName(name)
	done := false
	c.Remove(func(p *Property) bool {
		if !n.Matches(p) {
			return false
		}
		if done {
			return true
		}
		done = true
		p.value, p.raw, p.large = value, "", false
		return false
	})
	if !done {
		c.props = append(c.props, Property{Group: n.Group, Name: n.Name, value: value})
	}
	if n.Name == "VERSION" {
		c.version = Version(value)
	}
	c.touch()
}

// Add puts a property before the end of the card.
func (c *Card) Add(p Property) {
	c.props = append(c.props, p)
	c.touch()
}

// insertFirst puts a property behind BEGIN.
func (c *Card) insertFirst(p Property) {
	c.props = slices.Insert(c.props, 0, p)
	c.touch()
}

// Remove takes out the properties drop is true for.
func (c *Card) Remove(drop func(*Property) bool) {
	n := len(c.props)
	kept := c.props[:0]
	for i := range c.props {
		if c.props[i].nested || !drop(&c.props[i]) {
			kept = append(kept, c.props[i])
		}
	}
	c.props = kept
	if len(kept) != n {
		c.touch()
	}
}

// touch marks the card as edited. The raw END line may lack a line end or have
// none before it; what follows an edit is well formed.
func (c *Card) touch() {
	c.edited = true
	if n := len(c.props); n > 1 {
		closeLine(&c.props[n-2])
		closeLine(&c.props[n-1])
	}
}

func closeLine(p *Property) {
	if p.raw != "" && !strings.HasSuffix(p.raw, "\n") && !strings.HasSuffix(p.raw, "\r") {
		p.raw += "\r\n"
	}
}

// Select writes the named properties only, for CARDDAV:address-data with
// CARDDAV:prop elements (RFC 6352 §10.4.2). A name maps to true if the value is
// to be left out ("novalue").
func (c *Card) Select(names []Selected) []byte {
	b := make([]byte, 0, 512)
	b = append(b, "BEGIN:VCARD\r\n"...)
	for p := range c.All() {
		for _, s := range names {
			if !s.Name.Matches(p) {
				continue
			}
			if s.NoValue {
				b = contentline.Append(b, p.Group, p.Name, p.Params, "")
			} else {
				b = p.appendCRLF(b)
			}
			break
		}
	}
	return append(b, "END:VCARD\r\n"...)
}

// Selected names a property to hand out.
type Selected struct {
	Name    Name
	NoValue bool // name and parameters only
}
