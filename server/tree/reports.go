package tree

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"slices"
	"strings"

	"convoke/server"
	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/storage"
)

// CommonReports are the reports about principals and access, which every kind answers (RFC 3744 §9), and more.
func CommonReports(more Reports) Reports {
	all := Reports{
		davxml.ACLPrincipalPropSet:     aclPrincipalPropSet,     // RFC 3744 §9.2
		davxml.PrincipalMatch:          principalMatch,          // RFC 3744 §9.3
		davxml.PrincipalPropertySearch: principalPropertySearch, // RFC 3744 §9.4
	}
	for name, report := range more {
		all[name] = report
	}
	return all
}

// needDepth0 refuses what these reports don't define (RFC 3744 §9.2 to §9.5).
func needDepth0(c *dav.ReportCall) error {
	if c.Depth != dav.Depth0 && c.Depth != dav.DepthAbsent {
		return dav.Status(http.StatusBadRequest, nil)
	}
	return nil
}

// aclPrincipalPropSet answers with the principals that the ACL of the resource names.
func aclPrincipalPropSet(c *dav.ReportCall) error {
	if err := needDepth0(c); err != nil {
		return err
	}
	if err := c.Resource.Allow(c.Ctx, dav.ReadACL); err != nil {
		return err
	}
	if !c.Body.Has(davxml.Prop) {
		return dav.Status(http.StatusBadRequest, errors.New("acl-principal-prop-set that asks for no property"))
	}
	props, err := c.PropRequest(c.Body)
	if err != nil {
		return err
	}
	holder, ok := c.Resource.(dav.ACLHolder)
	if !ok {
		return dav.Status(http.StatusForbidden, nil)
	}
	aces, err := holder.ACL(c.Ctx)
	if err != nil {
		return err
	}
	ms := c.Multistatus()
	seen := map[string]bool{}
	for _, ace := range aces {
		href := ace.Href
		if ace.Who == dav.WhoProperty && ace.Property == davxml.Owner {
			if owned, ok := c.Resource.(dav.Owned); ok {
				href, _ = owned.Owner(c.Ctx)
			}
		}
		if href == "" || seen[href] {
			continue
		}
		seen[href] = true
		if r, err := c.Find(href); err == nil {
			if err := ms.Response(r, props); err != nil {
				return err
			}
		}
	}
	return ms.Close()
}

// principalMatch answers with the members below the resource that are the asker (DAV:self), or whose property names
// the asker.
func principalMatch(c *dav.ReportCall) error {
	if err := needDepth0(c); err != nil {
		return err
	}
	self, property := c.Body.Has(davxml.Self), c.Body.Child(davxml.PrincipalProperty)
	if self == (property != nil) || (property != nil && len(property.Children) != 1) {
		return dav.Status(http.StatusBadRequest, nil)
	}
	props, err := c.PropRequest(c.Body)
	if err != nil {
		return err
	}
	who := server.Principal(c.Ctx)
	ms := c.Multistatus()
	err = walk(c.Ctx, c.Resource, 3, func(r dav.Resource) error {
		if matches, err := isAsker(c.Ctx, r, who, property); err != nil || !matches {
			return err
		}
		return ms.Response(r, props)
	})
	if err != nil {
		return err
	}
	return ms.Close()
}

// isAsker tells whether a principal is the asker or one of the asker's groups, or, with a property, whether that
// property of the resource is owner, and names the asker.
func isAsker(ctx context.Context, r dav.Resource, who *storage.Principal, property *davxml.Node) (bool, error) {
	if who == nil {
		return false, nil
	}
	if property != nil {
		owned, ok := r.(dav.Owned)
		if !ok || property.Children[0].Name != davxml.Owner {
			return false, nil
		}
		href, err := owned.Owner(ctx)
		return href == PrincipalHref(who), err
	}
	switch p := r.(type) {
	case *Principal:
		if p.P.ID == who.ID {
			return true, nil
		}
		in, err := p.Tree.Store.Memberships(ctx, who.ID)
		return slices.Contains(in, p.P.ID), err
	case *Proxy:
		ids, err := p.ids(ctx)
		return slices.Contains(ids, who.ID), err
	}
	return false, nil
}

// walk visits the readable collections and members below a resource to a depth; r itself is not visited unless it
// has no members.
func walk(ctx context.Context, r dav.Resource, depth int, visit func(dav.Resource) error) error {
	lister, ok := r.(dav.Lister)
	if !ok || depth == 0 {
		return nil
	}
	for m, err := range lister.Members(ctx) {
		if err != nil {
			return err
		}
		if m.Allow(ctx, dav.Read) != nil {
			continue
		}
		if err := visit(m); err != nil {
			return err
		}
		if err := walk(ctx, m, depth-1, visit); err != nil {
			return err
		}
	}
	return nil
}

// searchable are the properties that principal-property-search looks into, with a description for people.
var searchable = []struct {
	name   xml.Name
	about  string
	values func(*storage.Principal) []string
}{
	{davxml.DisplayName, "Display name", func(p *storage.Principal) []string { return []string{shown(p)} }},
	{davxml.EmailAddressSet, "E-mail address", emails},
	{davxml.CalendarUserAddressSet, "Calendar user address", userAddresses},
	{davxml.CalendarUserType, "Kind of calendar user", func(p *storage.Principal) []string { return []string{UserType(p)} }},
}

func emails(p *storage.Principal) []string {
	var all []string
	for _, a := range p.Addresses {
		if mail, ok := strings.CutPrefix(a, "mailto:"); ok {
			all = append(all, mail)
		}
	}
	return all
}

func userAddresses(p *storage.Principal) []string {
	return append(append([]string{}, p.Addresses...), PrincipalHref(p), "urn:uuid:"+p.UUID)
}

// UserType is the CUTYPE of a principal (RFC 5545 §3.2.3, RFC 6638 §2.4.2).
func UserType(p *storage.Principal) string {
	switch p.Kind {
	case storage.KindGroup:
		return "GROUP"
	case storage.KindRoom:
		return "ROOM"
	case storage.KindResource:
		return "RESOURCE"
	}
	return "INDIVIDUAL"
}

func principalSearchPropertySet(c *dav.ReportCall) error {
	if err := needDepth0(c); err != nil {
		return err
	}
	return c.RespondXML(http.StatusOK, func(w *davxml.Writer) {
		w.Root(davxml.PrincipalSearchPropertySet)
		for _, s := range searchable {
			w.Start(davxml.PrincipalSearchProperty)
			w.Start(davxml.Prop)
			w.Empty(s.name)
			w.End()
			w.Start(davxml.Description)
			w.Attr("xml:lang", "en")
			w.Text(s.about)
			w.End()
			w.End()
		}
		w.End()
	})
}

// criterion is one property with what it has to match.
type criterion struct {
	values func(*storage.Principal) []string // nil: a property that nothing matches
	text   string
	kind   string // equals, starts-with, ends-with or contains
}

func (q criterion) matches(p *storage.Principal) bool {
	if q.values == nil {
		return false
	}
	return slices.ContainsFunc(q.values(p), func(value string) bool {
		value = strings.ToLower(value)
		switch q.kind {
		case "equals":
			return value == q.text
		case "starts-with":
			return strings.HasPrefix(value, q.text)
		case "ends-with":
			return strings.HasSuffix(value, q.text)
		}
		return strings.Contains(value, q.text)
	})
}

func criteria(body *davxml.Node) ([]criterion, error) {
	var all []criterion
	for _, search := range body.All(davxml.PropertySearch) {
		prop, match := search.Child(davxml.Prop), search.Child(davxml.Match)
		if prop == nil || match == nil || len(prop.Children) == 0 {
			return nil, dav.Status(http.StatusBadRequest, nil)
		}
		for _, n := range prop.Children {
			q := criterion{text: strings.ToLower(match.Trimmed()), kind: match.Attr("match-type")}
			for _, s := range searchable {
				if s.name == n.Name {
					q.values = s.values
				}
			}
			all = append(all, q)
		}
	}
	if len(all) == 0 {
		return nil, dav.Status(http.StatusBadRequest, nil)
	}
	return all, nil
}

func principalPropertySearch(c *dav.ReportCall) error {
	if err := needDepth0(c); err != nil {
		return err
	}
	wanted, err := criteria(c.Body)
	if err != nil {
		return err
	}
	props, err := c.PropRequest(c.Body)
	if err != nil {
		return err
	}
	root := c.Resource
	if c.Body.Has(davxml.ApplyToPrincipalCollectionSet) {
		if root, err = c.Find(PrincipalsHref); err != nil {
			return err
		}
	}
	// Apple's clients look for people alone, or rooms, by a CUTYPE: calendarserver-principal-property-search.
	anyOf, kind := c.Body.Attr("test") == "anyof", strings.ToUpper(c.Body.Attr("type"))
	ms := c.Multistatus()
	err = walk(c.Ctx, root, 2, func(r dav.Resource) error {
		p, ok := r.(*Principal)
		if !ok || kind != "" && UserType(p.P) != kind || !satisfies(p.P, wanted, anyOf) {
			return nil
		}
		return ms.Response(r, props)
	})
	if err != nil {
		return err
	}
	return ms.Close()
}

func satisfies(p *storage.Principal, wanted []criterion, anyOf bool) bool {
	match := func(q criterion) bool { return q.matches(p) }
	if anyOf {
		return slices.ContainsFunc(wanted, match)
	}
	return !slices.ContainsFunc(wanted, func(q criterion) bool { return !q.matches(p) })
}
