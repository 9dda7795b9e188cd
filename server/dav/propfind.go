package dav

import (
	"errors"
	"net/http"

	"convoke/server/davxml"
)

// allProp is what a PROPFIND without body asks for.
func allProp() *PropRequest { return &PropRequest{all: true} }

// propfind answers PROPFIND, RFC 4918 §9.1.
func (c *call) propfind() error {
	depth, err := ParseDepth(c.r.Header)
	if err != nil {
		return err
	}
	props, err := c.propfindBody()
	if err != nil {
		return err
	}
	res, err := c.find()
	if err != nil {
		return err
	}
	if err := res.Allow(c.ctx, Read); err != nil {
		return err
	}
	deep := depth == DepthInfinity || depth == DepthAbsent // absent means infinity, §10.2
	if deep && res.Kind().Collection {
		return Forbid(davxml.PropFindFiniteDepth, nil)
	}
	m := c.multistatus()
	return m.done(c.propfindAnswer(m, res, props, depth))
}

func (c *call) propfindAnswer(m *Multistatus, res Resource, props *PropRequest, depth Depth) error {
	members := depth == Depth1 && res.Kind().Collection
	if members && c.prefer.NoRoot { // RFC 8144 §4
		applied(c.w.Header(), "depth-noroot")
	} else if err := m.Response(res, props); err != nil {
		return err
	}
	if lister, ok := res.(Lister); ok && members {
		for member, err := range lister.Members(c.ctx) {
			if err != nil {
				return err
			}
			if member.Allow(c.ctx, Read) != nil {
				continue
			}
			if err := m.Response(member, props); err != nil {
				return err
			}
		}
	}
	return m.Close()
}

// propfindBody reads which properties are asked for; none is allprop.
func (c *call) propfindBody() (*PropRequest, error) {
	b, err := c.xmlBody(c.h.o.MaxXMLBytes)
	if err != nil {
		return nil, err
	}
	if b == nil {
		return allProp(), nil
	}
	if !b.node.Is(davxml.PropFind) {
		return nil, Status(http.StatusBadRequest, errors.New("root element is not DAV:propfind"))
	}
	props, err := b.request(c.h.o.MaxProps)
	if err != nil {
		return nil, err
	}
	if props.empty() && !b.node.Has(davxml.Prop) {
		return nil, Status(http.StatusBadRequest, errors.New("propfind asks for nothing"))
	}
	return props, nil
}
