package dav

import (
	"encoding/xml"
	"errors"
	"net/http"
	"slices"

	"convoke/server/davxml"
)

// Who tells what kind of principal an ACE is for, RFC 3744 §5.5.1.
type Who uint8

// The kinds of principal.
const (
	WhoHref            Who = iota // the principal at Href
	WhoAll                        // DAV:all
	WhoAuthenticated              // DAV:authenticated
	WhoUnauthenticated            // DAV:unauthenticated
	WhoSelf                       // DAV:self
	WhoProperty                   // the principals that Property of the resource names
)

// whoNames are the elements of the kinds without content.
var whoNames = map[Who]xml.Name{WhoAll: davxml.All, WhoAuthenticated: davxml.Authenticated,
	WhoUnauthenticated: davxml.Unauthenticated, WhoSelf: davxml.Self}

// ACE is one access control element, RFC 3744 §5.5.
type ACE struct {
	Who        Who
	Href       string   // of the principal, for WhoHref; canonical
	Property   xml.Name // for WhoProperty, such as DAV:owner
	Invert     bool
	Deny       bool
	Privileges PrivilegeSet
	Protected  bool
	Inherited  string // href of the resource it comes from; "" is none
}

// maxACEs bounds a list where the kind doesn't.
const maxACEs = 500

// acl answers ACL, RFC 3744 §8.1.
func (c *call) acl() error {
	b, err := c.needBody(c.h.o.MaxReportBytes)
	if err != nil {
		return err
	}
	if !b.node.Is(davxml.ACL) {
		return Status(http.StatusBadRequest, errors.New("root element is not DAV:acl"))
	}
	res, err := c.find()
	if err != nil {
		return err
	}
	if fixed, ok := res.(FixedACL); ok && fixed.FixedACL() {
		return c.notAllowed(res) // for everybody, whatever they may do
	}
	if err := res.Allow(c.ctx, WriteACL); err != nil {
		return err
	}
	holder, ok := res.(ACLHolder)
	if !ok {
		return c.notAllowed(res)
	}
	if err := c.conditions(res.Href()); err != nil {
		return err
	}
	if err := c.check(res); err != nil {
		return err
	}
	if err := c.unlocked(res.Href(), false); err != nil {
		return err
	}
	aces, err := c.aces(res, b.node)
	if err != nil {
		return err
	}
	present, err := holder.ACL(c.ctx)
	if err != nil {
		return err
	}
	if aces, err = withoutProtected(aces, present); err != nil {
		return err
	}
	if err := holder.SetACL(c.ctx, aces, c.ifs); err != nil {
		return err
	}
	empty(c.w, http.StatusOK)
	return nil
}

// aces reads the list and enforces what depends on it alone, RFC 3744 §8.1.1.
func (c *call) aces(res Resource, n *davxml.Node) ([]ACE, error) {
	kind := res.Kind()
	limit := maxACEs
	if kind.MaxACEs > 0 {
		limit = kind.MaxACEs
	}
	var aces []ACE
	granted := false
	for _, e := range n.All(davxml.ACE) {
		if len(aces) >= limit {
			return nil, Forbid(davxml.LimitedNumberOfACEs, nil)
		}
		ace, err := c.ace(res, e)
		if err != nil {
			return nil, err
		}
		switch {
		case ace.Deny && slices.Contains(kind.Restrictions, davxml.GrantOnly):
			return nil, Forbid(davxml.GrantOnly, nil)
		case ace.Invert && slices.Contains(kind.Restrictions, davxml.NoInvert):
			return nil, Forbid(davxml.NoInvert, nil)
		case ace.Deny && granted && slices.Contains(kind.Restrictions, davxml.DenyBeforeGrant):
			return nil, Forbid(davxml.DenyBeforeGrant, nil)
		}
		granted = granted || !ace.Deny && ace.Inherited == ""
		aces = append(aces, ace)
	}
	return aces, nil
}

// ace reads one DAV:ace.
func (c *call) ace(res Resource, n *davxml.Node) (ACE, error) {
	var a ACE
	bad := Status(http.StatusBadRequest, errors.New("bad ace"))
	principal := n.Child(davxml.Principal)
	if inverted := n.Child(davxml.Invert); inverted != nil {
		if principal != nil {
			return a, bad
		}
		a.Invert, principal = true, inverted.Child(davxml.Principal)
	}
	grant, deny := n.Child(davxml.Grant), n.Child(davxml.Deny)
	if principal == nil || len(principal.Children) != 1 || (grant == nil) == (deny == nil) {
		return a, bad
	}
	a.Deny = deny != nil
	a.Protected = n.Has(davxml.Protected)
	if from := n.Child(davxml.Inherited); from != nil {
		a.Inherited = from.ChildText(davxml.Href)
	}
	if err := c.principal(&a, principal.Children[0]); err != nil {
		return a, err
	}
	if grant == nil {
		grant = deny
	}
	tree := res.Kind().privileges()
	for _, p := range grant.All(davxml.Privilege) {
		if len(p.Children) != 1 {
			return a, bad
		}
		s := tree.find(p.Children[0].Name)
		switch {
		case s == nil:
			return a, Forbid(davxml.NotSupportedPrivilege, nil)
		case s.Abstract:
			return a, Forbid(davxml.NoAbstract, nil)
		}
		a.Privileges |= s.covered()
	}
	if a.Privileges == 0 {
		return a, bad
	}
	return a, nil
}

// principal reads the content of DAV:principal. An href must name a principal (DAV:recognized-principal).
func (c *call) principal(a *ACE, n *davxml.Node) error {
	for who, name := range whoNames {
		if n.Name == name {
			a.Who = who
			return nil
		}
	}
	switch n.Name {
	case davxml.Property:
		if len(n.Children) != 1 {
			return Status(http.StatusBadRequest, errors.New("bad property principal"))
		}
		a.Who, a.Property = WhoProperty, n.Children[0].Name
		return nil
	case davxml.Href:
		p, err := c.reference(n.Trimmed())
		if err != nil {
			return Forbid(davxml.RecognizedPrincipal, err)
		}
		res, err := c.lookup(p)
		if err != nil {
			return err
		}
		if res == nil || !slices.Contains(res.Kind().Types, davxml.Principal) {
			return Forbid(davxml.RecognizedPrincipal, nil)
		}
		a.Who, a.Href = WhoHref, res.Href()
		return nil
	}
	return Status(http.StatusBadRequest, errors.New("bad principal"))
}

// withoutProtected takes out what a client sends back of the protected and inherited elements that it read.
// What contradicts a protected one, or claims to be inherited and is not, is refused (RFC 3744 §8.1.1).
func withoutProtected(aces, present []ACE) ([]ACE, error) {
	kept := aces[:0]
	for _, a := range aces {
		drop := false
		for i := range present {
			p := &present[i]
			same := p.Who == a.Who && p.Href == a.Href && p.Property == a.Property && p.Invert == a.Invert
			if same && a.Inherited != "" && p.Inherited != "" && p.Deny == a.Deny && p.Privileges.Has(a.Privileges) {
				drop = true
			}
			if !p.Protected || !same {
				continue
			}
			if p.Deny != a.Deny && p.Privileges&a.Privileges != 0 {
				return nil, Forbid(davxml.NoProtectedACEConflict, nil)
			}
			drop = drop || p.Deny == a.Deny && p.Privileges.Has(a.Privileges)
		}
		if a.Inherited != "" && !drop {
			return nil, Forbid(davxml.NoInheritedACEConflict, nil)
		}
		if a.Protected && !drop { // nobody can make one
			return nil, Forbid(davxml.NoProtectedACEConflict, nil)
		}
		if !drop {
			a.Protected = false
			kept = append(kept, a)
		}
	}
	return kept, nil
}

// write writes the element as DAV:ace.
func (a *ACE) write(w *davxml.Writer, tree *Supported) {
	w.Start(davxml.ACE)
	if a.Invert {
		w.Start(davxml.Invert)
	}
	w.Start(davxml.Principal)
	switch a.Who {
	case WhoHref:
		w.Href(a.Href)
	case WhoProperty:
		w.Start(davxml.Property)
		w.Empty(a.Property)
		w.End()
	default:
		w.Empty(whoNames[a.Who])
	}
	w.End()
	if a.Invert {
		w.End()
	}
	if a.Deny {
		w.Start(davxml.Deny)
	} else {
		w.Start(davxml.Grant)
	}
	tree.writeMinimal(w, a.Privileges)
	w.End()
	if a.Protected {
		w.Empty(davxml.Protected)
	}
	if a.Inherited != "" {
		w.Start(davxml.Inherited)
		w.Href(a.Inherited)
		w.End()
	}
	w.End()
}

// writeMinimal writes p with as few privileges as can be: an aggregate in place of its members.
func (s *Supported) writeMinimal(w *davxml.Writer, p PrivilegeSet) {
	if !s.Abstract && p.Has(s.covered()) {
		w.Start(davxml.Privilege)
		w.Empty(s.Name)
		w.End()
		return
	}
	for i := range s.Members {
		s.Members[i].writeMinimal(w, p)
	}
}
