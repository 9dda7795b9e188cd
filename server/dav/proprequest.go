package dav

import (
	"encoding/xml"
	"errors"
	"net/http"
	"sync/atomic"

	"convoke/server/davxml"
)

// PropRequest is which properties a request asks for: DAV:prop, DAV:allprop with DAV:include, or DAV:propname.
// It is immutable and may serve many requests.
type PropRequest struct {
	wanted   []wanted
	all      bool
	nameOnly bool
	plans    atomic.Pointer[[]*plan] // one a table, found at the first response of its kind
}

// wanted is one property by name. sub is what expand-property asks of the resources it names.
type wanted struct {
	node *davxml.Node
	name xml.Name
	sub  *PropRequest
}

// maxPlans bounds the plans kept with a request; there are not as many kinds.
const maxPlans = 32

// Names gives the names asked for; of allprop those of DAV:include.
func (p *PropRequest) Names() []xml.Name {
	names := make([]xml.Name, len(p.wanted))
	for i := range p.wanted {
		names[i] = p.wanted[i].name
	}
	return names
}

// Node gives the element by which a property was asked for, or nil.
func (p *PropRequest) Node(name xml.Name) *davxml.Node {
	for i := range p.wanted {
		if p.wanted[i].name == name {
			return p.wanted[i].node
		}
	}
	return nil
}

// Wants tells whether the property may be part of the answer: it was named, or all were asked for.
func (p *PropRequest) Wants(name xml.Name) bool { return p.all || p.nameOnly || p.Node(name) != nil }

// NewPropRequest asks for properties by name.
func NewPropRequest(names ...xml.Name) *PropRequest {
	p := &PropRequest{}
	for _, n := range names {
		p.wanted = append(p.wanted, wanted{name: n})
	}
	return p
}

// newPropRequest reads the DAV:prop, DAV:allprop or DAV:propname child of n. RFC 4918 §14.20.
func newPropRequest(n *davxml.Node, max int) (*PropRequest, error) {
	p := &PropRequest{}
	kinds := 0
	for _, c := range n.Children {
		switch c.Name {
		case davxml.Prop:
			kinds++
			p.add(c)
		case davxml.AllProp:
			kinds++
			p.all = true
		case davxml.PropName:
			kinds++
			p.nameOnly = true
		case davxml.Include:
			p.add(c)
		}
	}
	if kinds > 1 {
		return nil, Status(http.StatusBadRequest, errors.New("more than one of prop, allprop and propname"))
	}
	if len(p.wanted) > max {
		return nil, Status(http.StatusBadRequest, errors.New("too many properties named"))
	}
	return p, nil
}

// add asks for the children of a DAV:prop or DAV:include, each once.
func (p *PropRequest) add(n *davxml.Node) {
	seen := map[xml.Name]bool{}
	for _, c := range n.Children {
		if !seen[c.Name] {
			seen[c.Name] = true
			p.wanted = append(p.wanted, wanted{node: c, name: c.Name})
		}
	}
}

// empty tells whether it asks for nothing at all.
func (p *PropRequest) empty() bool { return p == nil || !p.all && !p.nameOnly && len(p.wanted) == 0 }

// plan is a PropRequest resolved against one table.
type plan struct {
	table   *Table
	found   []planned
	missing []planned // not in the table: perhaps dead properties
}

type planned struct {
	row  *row
	tag  davxml.Tag
	name xml.Name
	node *davxml.Node
	sub  *PropRequest
}

// plan gives the plan for a table, made once.
func (p *PropRequest) plan(t *Table) *plan {
	plans := p.plans.Load()
	if plans != nil {
		for _, made := range *plans {
			if made.table == t {
				return made
			}
		}
	}
	made := p.resolve(t)
	var more []*plan
	if plans != nil {
		more = *plans
	}
	if len(more) < maxPlans {
		more = append(more[:len(more):len(more)], made)
		p.plans.CompareAndSwap(plans, &more) // a lost race costs another resolve
	}
	return made
}

func (p *PropRequest) resolve(t *Table) *plan {
	made := &plan{table: t}
	if (p.all || p.nameOnly) && t != nil {
		for i := range t.list {
			if r := &t.list[i]; r.get != nil && (p.nameOnly || !r.asked) {
				made.found = append(made.found, planned{row: r, tag: r.tag, name: r.name})
			}
		}
	}
	for _, w := range p.wanted {
		r := t.row(w.name)
		switch {
		case r == nil || r.get == nil:
			made.missing = append(made.missing, planned{tag: davxml.NewTag(w.name), name: w.name, node: w.node, sub: w.sub})
		case p.all && !r.asked: // included, and in allprop anyway
		default:
			made.found = append(made.found, planned{row: r, tag: r.tag, name: w.name, node: w.node, sub: w.sub})
		}
	}
	return made
}
