package dav

import (
	"encoding/xml"
	"errors"
	"net/http"
	"slices"

	"convoke/server/davxml"
)

// maxDeadBytes bounds the value of one dead property.
const maxDeadBytes = 64 << 10

// patch gathers what PROPPATCH, MKCOL or MKCALENDAR does to each property, in order.
type patch struct {
	props  []patched
	dead   []DeadChange
	failed bool
}

type patched struct {
	name xml.Name
	cond *Condition // nil: can be done
}

// proppatch answers PROPPATCH, RFC 4918 §9.2: all instructions or none.
func (c *call) proppatch() error {
	b, err := c.needBody(c.h.o.MaxXMLBytes)
	if err != nil {
		return err
	}
	if !b.node.Is(davxml.PropertyUpdate) {
		return Status(http.StatusBadRequest, errors.New("root element is not DAV:propertyupdate"))
	}
	res, err := c.find()
	if err != nil {
		return err
	}
	if err := c.mayPatch(res, b.node); err != nil {
		return err
	}
	if err := c.conditions(res.Href()); err != nil {
		return err
	}
	if err := c.unlocked(res.Href(), false); err != nil {
		return err
	}
	patcher, ok := res.(Patcher)
	var p patch
	if err := p.read(res, b.node, ok, c.h.o.MaxProps); err != nil {
		return err
	}
	if err := c.check(res); err != nil {
		return err
	}
	if !p.failed {
		if err := p.outcome(patcher.ApplyPatch(c.ctx, p.dead, c.ifs)); err != nil {
			return err
		}
	}
	if !p.failed && c.prefer.Minimal { // RFC 8144 §2.2
		vary(c.w.Header(), "Prefer", "Brief")
		applied(c.w.Header(), "return=minimal")
		empty(c.w, http.StatusOK)
		return nil
	}
	m := c.multistatus()
	m.w.Raw("<D:response>")
	m.w.Href(res.Href())
	p.write(m.w)
	m.w.Raw("</D:response>")
	return m.done(m.Close())
}

// mayPatch asks for DAV:write-properties (RFC 3744 appendix B), or, if all that is named is the asker's own, for
// DAV:read.
func (c *call) mayPatch(res Resource, update *davxml.Node) error {
	refused := res.Allow(c.ctx, WriteProperties)
	if refused == nil {
		return nil
	}
	personal, ok := res.(Personal)
	if !ok || res.Allow(c.ctx, Read) != nil || !personal.Personal(c.ctx) {
		return refused
	}
	s, ok := res.(Shown)
	shown := ok && s.Shown()
	for _, instruction := range update.Children {
		for _, prop := range instruction.All(davxml.Prop) {
			for _, n := range prop.Children {
				row := res.Kind().Props.row(n.Name)
				if row != nil && !row.own && !(row.ownShown && shown) {
					return refused
				}
			}
		}
	}
	return nil
}

// read stages the instructions of a DAV:propertyupdate in document order.
func (p *patch) read(res Resource, update *davxml.Node, patcher bool, max int) error {
	for _, instruction := range update.Children {
		remove := instruction.Name == davxml.Remove
		if !remove && instruction.Name != davxml.Set {
			continue
		}
		for _, prop := range instruction.All(davxml.Prop) {
			for _, n := range prop.Children {
				if len(p.props) >= max {
					return Status(http.StatusBadRequest, errors.New("too many properties named"))
				}
				p.stage(res, n, remove, patcher, false)
			}
		}
	}
	if len(p.props) == 0 {
		return Status(http.StatusBadRequest, errors.New("no property named"))
	}
	return nil
}

// stage notes one instruction. A live property is set on res, a value of this request alone.
func (p *patch) stage(res Resource, n *davxml.Node, remove, patcher, initial bool) {
	row := res.Kind().Props.row(n.Name)
	var cond *Condition
	switch {
	case !patcher || row != nil && (row.set == nil || row.initial && !initial),
		row == nil && n.Name.Space == davxml.DAV && slices.Contains(neverDead, n.Name.Local):
		cond = protectedProperty
	case row != nil && remove:
		cond = condition(row.set(res, nil))
	case row != nil:
		cond = condition(row.set(res, n))
	case remove:
		p.dead = append(p.dead, DeadChange{DeadProperty: DeadProperty{Name: n.Name}, Remove: true})
	default:
		value := n.XML()
		if len(value) > maxDeadBytes {
			cond = Status(http.StatusInsufficientStorage, nil)
		} else {
			p.dead = append(p.dead, DeadChange{DeadProperty: DeadProperty{Name: n.Name, XML: value}})
		}
	}
	p.props = append(p.props, patched{n.Name, cond})
	p.failed = p.failed || cond != nil
}

// condition is AsCondition that keeps nil. A property that this resource lacks cannot be set.
func condition(err error) *Condition {
	if err == nil {
		return nil
	}
	if errors.Is(err, ErrNoProperty) {
		return protectedProperty
	}
	return AsCondition(err)
}

// outcome takes what the commit gave: a *PropertyError, or want of space, is the status of a property;
// another error is that of the request.
func (p *patch) outcome(err error) error {
	var one *PropertyError
	if errors.As(err, &one) {
		for i := range p.props {
			if p.props[i].name == one.Name {
				p.props[i].cond = one.Condition
				p.failed = true
			}
		}
		if p.failed {
			return nil
		}
	}
	return err
}

// write writes the propstats: of success for all, or the failures first-come and 424 for what would have been done.
func (p *patch) write(w *davxml.Writer) {
	dependency := &Condition{Status: http.StatusFailedDependency}
	success := &Condition{Status: http.StatusOK}
	m := Multistatus{w: w}
	failed := make([]failure, len(p.props))
	for i, prop := range p.props {
		cond := prop.cond
		switch {
		case cond == nil && p.failed:
			cond = dependency
		case cond == nil:
			cond = success
		}
		failed[i] = failure{davxml.NewTag(prop.name), cond}
	}
	for i := range failed {
		if cond := failed[i].cond; cond != nil && cond != dependency {
			m.propstat(failed[i:], cond)
		}
	}
	m.propstat(failed, dependency)
}
