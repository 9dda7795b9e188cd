package dav

import (
	"encoding/xml"
	"errors"
	"mime"
	"net/http"
	"strings"

	"convoke/server/davxml"
)

// mkcol answers MKCOL, RFC 4918 §9.3, and extended MKCOL, RFC 5689.
func (c *call) mkcol() error { return c.makeCollection(davxml.MkCol, false) }

// mkcalendar answers MKCALENDAR, RFC 4791 §5.3.1.
func (c *call) mkcalendar() error { return c.makeCollection(davxml.MkCalendar, true) }

func (c *call) makeCollection(root xml.Name, calendar bool) error {
	existing, err := c.lookup(c.path)
	if err != nil {
		return err
	}
	if existing != nil {
		if err := c.hides(existing); err != nil {
			return err
		}
		if calendar { // RFC 4791 §5.3.1.1
			return Forbid(davxml.ResourceMustBeNull, nil)
		}
		return c.notAllowed(existing)
	}
	parent, err := c.parent(c.path)
	if err != nil {
		return err
	}
	if err := parent.Allow(c.ctx, Bind); err != nil {
		return err
	}
	body, err := c.makeBody(root)
	if err != nil {
		return err
	}
	if err := c.conditions(c.path.Href()); err != nil {
		return err
	}
	if err := c.check(nil); err != nil {
		return err
	}
	if err := c.unlocked(parent.Href(), false); err != nil {
		return err
	}
	maker, ok := parent.(Maker)
	if !ok {
		if calendar {
			return Forbid(davxml.CalendarCollectionLocationOK, nil)
		}
		return Status(http.StatusForbidden, errors.New("no collections here"))
	}
	props, types := makeProps(body, calendar)
	if len(props) > c.h.o.MaxProps {
		return Status(http.StatusBadRequest, errors.New("too many properties named"))
	}
	draft, err := maker.NewCollection(c.ctx, c.path.Name(), types, calendar)
	if err != nil {
		return c.makeRefused(err, props, calendar)
	}
	return c.create(draft, props, calendar)
}

// makeBody reads the body; nil if there is none. RFC 4918 §9.3: 415 for one that is not understood.
func (c *call) makeBody(root xml.Name) (*davxml.Node, error) {
	if ct := c.r.Header.Get("Content-Type"); ct != "" && c.r.ContentLength != 0 {
		media, _, err := mime.ParseMediaType(ct)
		if err != nil || !strings.HasSuffix(media, "/xml") && !strings.HasSuffix(media, "+xml") {
			return nil, Status(http.StatusUnsupportedMediaType, nil)
		}
	}
	b, err := c.xmlBody(c.h.o.MaxXMLBytes)
	if err != nil || b == nil {
		return nil, err
	}
	if !b.node.Is(root) {
		return nil, Status(http.StatusBadRequest, errors.New("unexpected root element"))
	}
	return b.node, nil
}

// makeProps gives the properties to set, and the types that DAV:resourcetype asks for.
func makeProps(body *davxml.Node, calendar bool) (props []*davxml.Node, types []xml.Name) {
	types = []xml.Name{davxml.Collection}
	if calendar {
		types = append(types, davxml.Calendar)
	}
	for _, set := range body.All(davxml.Set) {
		for _, prop := range set.All(davxml.Prop) {
			for _, n := range prop.Children {
				props = append(props, n)
				if n.Name != davxml.ResourceType {
					continue
				}
				for _, t := range n.Children {
					if t.Name != davxml.Collection && !(calendar && t.Name == davxml.Calendar) {
						types = append(types, t.Name)
					}
				}
			}
		}
	}
	return props, types
}

// create sets the properties on the draft and makes it.
func (c *call) create(draft Draft, props []*davxml.Node, calendar bool) error {
	var p patch
	for _, n := range props {
		if n.Name == davxml.ResourceType {
			p.props = append(p.props, patched{name: n.Name})
			continue
		}
		p.stage(draft, n, false, true, true)
	}
	if !p.failed {
		dead := make([]DeadProperty, len(p.dead))
		for i := range p.dead {
			dead[i] = p.dead[i].DeadProperty
		}
		if err := p.outcome(draft.Create(c.ctx, dead, c.ifs)); err != nil {
			return err
		}
	}
	if p.failed {
		return c.makeFailed(&p, calendar)
	}
	h := c.w.Header()
	vary(h, "Prefer", "Brief")
	if c.prefer.Minimal {
		applied(h, "return=minimal")
	}
	h.Set("Cache-Control", "no-cache") // RFC 4791 §5.3.1
	if href := draft.Href(); href != c.path.Href() {
		h.Set("Location", href)
	}
	empty(c.w, http.StatusCreated)
	return nil
}

// makeRefused blames the DAV:resourcetype if it was given and is what was refused, RFC 5689 §3.5.
func (c *call) makeRefused(err error, props []*davxml.Node, calendar bool) error {
	cond := AsCondition(err)
	if cond.Name != davxml.ValidResourceType {
		return err
	}
	var p patch
	for _, n := range props {
		one := patched{name: n.Name}
		if n.Name == davxml.ResourceType {
			one.cond, p.failed = cond, true
		}
		p.props = append(p.props, one)
	}
	if !p.failed {
		return err
	}
	return c.makeFailed(&p, calendar)
}

// makeFailed answers with the status of each property: of MKCALENDAR a 207 (RFC 4791 §5.3.1.2), of MKCOL a
// DAV:mkcol-response under the status of the first failure (RFC 5689 §3.5).
func (c *call) makeFailed(p *patch, calendar bool) error {
	if calendar {
		m := c.multistatus()
		m.w.Raw("<D:response>")
		m.w.Href(c.path.Href())
		p.write(m.w)
		m.w.Raw("</D:response>")
		return m.done(m.Close())
	}
	status := http.StatusFailedDependency
	for _, prop := range p.props {
		if prop.cond != nil {
			status = prop.cond.Status
			break
		}
	}
	return c.xml(status, func(w *davxml.Writer) {
		w.Root(davxml.MkColResponse)
		p.write(w)
		w.End()
	})
}
