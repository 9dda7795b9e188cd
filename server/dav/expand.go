package dav

import (
	"encoding/xml"
	"errors"
	"net/http"

	"convoke/server/davxml"
)

// maxExpanded bounds the resources that one expand-property visits, maxExpandedBytes what it writes of one resource:
// that is held until it is whole.
const (
	maxExpanded      = 2000
	maxExpandedBytes = 16 << 20
)

// expandProperty is the DAV:expand-property report, RFC 3253 §3.8.
func expandProperty(call *ReportCall) error {
	if call.Depth == DepthInfinity {
		return Status(http.StatusBadRequest, errors.New("expand-property with Depth infinity"))
	}
	count := 0
	props, err := expandRequest(call.Body, &count, call.c.h.o.MaxProps)
	if err != nil {
		return err
	}
	m := call.Multistatus()
	if err := m.Response(call.Resource, props); err != nil {
		return err
	}
	members := call.Depth == Depth1 && call.Resource.Kind().Collection
	if lister, ok := call.Resource.(Lister); ok && members {
		for member, err := range lister.Members(call.Ctx) {
			if err != nil {
				return err
			}
			if member.Allow(call.Ctx, Read) == nil {
				if err := m.Response(member, props); err != nil {
					return err
				}
			}
		}
	}
	return m.Close()
}

// expandRequest reads the DAV:property children of n, and theirs.
func expandRequest(n *davxml.Node, count *int, max int) (*PropRequest, error) {
	p := &PropRequest{}
	for _, c := range n.All(davxml.Property) {
		name := xml.Name{Space: davxml.DAV, Local: c.Attr("name")}
		if space, ok := c.LookupAttr("namespace"); ok {
			name.Space = space
		}
		if !validLocal(name.Local) {
			return nil, Status(http.StatusBadRequest, errors.New("property without a valid name"))
		}
		if *count++; *count > max {
			return nil, Status(http.StatusBadRequest, errors.New("too many properties named"))
		}
		w := wanted{name: name}
		if c.Has(davxml.Property) {
			var err error
			if w.sub, err = expandRequest(c, count, max); err != nil {
				return nil, err
			}
		}
		p.want(w)
	}
	return p, nil
}

// want asks for a property, each once: the one that is expanded counts.
func (p *PropRequest) want(w wanted) {
	for i := range p.wanted {
		if p.wanted[i].name == w.name {
			if w.sub != nil {
				p.wanted[i].sub = w.sub
			}
			return
		}
	}
	p.wanted = append(p.wanted, w)
}

// validLocal tells whether a name taken from an attribute can be an element's: it is written back.
func validLocal(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= 0x80
		if !letter && (i == 0 || !('0' <= c && c <= '9' || c == '-' || c == '.')) {
			return false
		}
	}
	_, err := davxml.Parse([]byte("<" + s + "/>"))
	return err == nil
}

// expand replaces the hrefs that a property wrote from the mark inner on by the responses of what they name.
// A property without hrefs stays as it is.
func (m *Multistatus) expand(inner int, sub *PropRequest) error {
	hrefs := writtenHrefs(m.w.Bytes()[inner:])
	if len(hrefs) == 0 {
		return nil
	}
	m.w.Truncate(inner)
	for _, href := range hrefs {
		if m.expands++; m.expands > maxExpanded || m.w.Len() > maxExpandedBytes {
			return Forbid(davxml.NumberOfMatchesWithinLimits, nil)
		}
		if err := m.expandHref(href, sub); err != nil {
			return err
		}
	}
	return nil
}

// deadProperty writes a dead property; of one that is to be expanded the hrefs in it are (RFC 3253 §3.8).
func (m *Multistatus) deadProperty(held *DeadProperty, p *planned) error {
	if p.sub != nil {
		if n, err := davxml.Parse([]byte(held.XML)); err == nil && len(n.Hrefs()) > 0 {
			m.w.StartTag(p.tag)
			inner := m.w.Len()
			for _, href := range n.Hrefs() {
				m.w.Href(href)
			}
			err := m.expand(inner, p.sub)
			m.w.End()
			return err
		}
	}
	m.w.Raw(held.XML)
	return nil
}

func (m *Multistatus) expandHref(href string, sub *PropRequest) error {
	p, err := m.c.reference(href)
	var res Resource
	if err == nil {
		res, err = m.c.lookup(p)
	}
	if err == nil && res != nil && res.Allow(m.c.ctx, Read) == nil {
		return m.response(res, sub)
	}
	if err := m.c.ctx.Err(); err != nil {
		return err
	}
	m.w.Raw("<D:response>")
	m.w.Href(href)
	writeStatus(m.w, http.StatusNotFound)
	m.w.Raw("</D:response>")
	return nil
}

// writtenHrefs gives the DAV:href children among what a row wrote.
func writtenHrefs(content []byte) []string {
	doc := make([]byte, 0, len(content)+len(davxml.Declarations)+16)
	doc = append(append(append(append(doc, "<x"...), davxml.Declarations...), '>'), content...)
	n, err := davxml.Parse(append(doc, "</x>"...))
	if err != nil {
		return nil
	}
	return n.Hrefs()
}
