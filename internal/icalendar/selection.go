package icalendar

import "convoke/internal/contentline"

// Selection is a CALDAV:comp element: which properties and subcomponents of a
// component are wanted (RFC 4791 §9.6.1). One that names nothing wants all, as
// the VTIMEZONE in the example of RFC 4791 §7.8.1 does.
type Selection struct {
	Name     string // upper-cased
	AllProps bool
	Props    []PropSelection
	AllComps bool
	Comps    []*Selection
}

// PropSelection is a CALDAV:prop element (RFC 4791 §9.6.4).
type PropSelection struct {
	Name    string // upper-cased
	NoValue bool
}

func (s *Selection) whole() bool {
	return (s.AllProps && s.AllComps) || (!s.AllProps && !s.AllComps && len(s.Props) == 0 && len(s.Comps) == 0)
}

// appendTo writes the parts of c that are wanted.
func (s *Selection) appendTo(dst []byte, c *Component) []byte {
	if s.Name != c.Name {
		return dst
	}
	if s.whole() {
		return c.AppendTo(dst)
	}
	dst = append(append(append(endLine(dst), "BEGIN:"...), c.Name...), "\r\n"...)
	for _, p := range c.Props {
		dst = s.appendProp(dst, p)
	}
	for _, k := range c.Children {
		if s.AllComps {
			dst = k.AppendTo(dst)
			continue
		}
		for _, sub := range s.Comps {
			if sub.Name == k.Name {
				dst = sub.appendTo(dst, k)
				break
			}
		}
	}
	return append(append(append(endLine(dst), "END:"...), c.Name...), "\r\n"...)
}

func (s *Selection) appendProp(dst []byte, p *Property) []byte {
	if s.AllProps {
		return p.AppendTo(dst)
	}
	for i := range s.Props {
		if s.Props[i].Name != p.Name {
			continue
		}
		if s.Props[i].NoValue {
			return contentline.Append(endLine(dst), "", p.Name, p.params, "")
		}
		return p.AppendTo(dst)
	}
	return dst
}
