package tree

import (
	"context"
	"strings"

	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/storage"
)

// ACL gives the entries of the collection: the owner's, the proxies' and the administrators' are protected, then
// come those that were set, then those that a plain collection above hands down (RFC 3744 §5.5);
// an inbox takes the messages of everybody else.
func (c *Collection) ACL(ctx context.Context) ([]dav.ACE, error) {
	aces, err := c.protected(ctx)
	if err != nil {
		return nil, err
	}
	own, err := c.Tree.entries(ctx, c.C.ID, "")
	if err != nil {
		return nil, err
	}
	aces = append(aces, own...)
	above, href := c.C, c.href
	for above.ParentID != 0 {
		if above, err = c.Tree.Store.CollectionByID(ctx, above.ParentID); err != nil {
			return nil, Condition(err)
		}
		href = parentHref(href)
		inherited, err := c.Tree.entries(ctx, above.ID, href)
		if err != nil {
			return nil, err
		}
		aces = append(aces, inherited...)
	}
	if c.C.Kind == storage.KindInbox {
		// The last word: whoever is kept out was named before.
		aces = append(aces, dav.ACE{Who: dav.WhoAuthenticated, Privileges: Deliver, Protected: true})
	}
	return aces, nil
}

// protected are the entries that nobody can take away.
func (c *Collection) protected(ctx context.Context) ([]dav.ACE, error) {
	all := unfed(c.C, dav.All)
	aces := []dav.ACE{{Who: dav.WhoProperty, Property: davxml.Owner, Privileges: all, Protected: true}}
	if c.C.Home == storage.Calendars {
		owner := PrincipalHref(c.OwnedBy)
		aces = append(aces,
			dav.ACE{Who: dav.WhoHref, Href: owner + proxyRead + "/", Privileges: reading, Protected: true},
			dav.ACE{Who: dav.WhoHref, Href: owner + proxyWrite + "/", Privileges: unfed(c.C, reading|dav.Write), Protected: true})
	}
	everybody, err := c.Tree.Store.Principals(ctx)
	if err != nil {
		return nil, Condition(err)
	}
	for _, p := range everybody {
		if p.Admin && p.ID != c.OwnedBy.ID {
			aces = append(aces, dav.ACE{Who: dav.WhoHref, Href: PrincipalHref(p), Privileges: all, Protected: true})
		}
	}
	return aces, nil
}

// inherited are the entries of the collection as a member sees them.
func (c *Collection) inherited(ctx context.Context) ([]dav.ACE, error) {
	aces, err := c.ACL(ctx)
	for i := range aces {
		if aces[i].Inherited == "" {
			aces[i].Inherited = c.href
		}
	}
	return aces, err
}

// entries are the stored entries of a collection.
func (t *Tree) entries(ctx context.Context, id int64, inherited string) ([]dav.ACE, error) {
	grants, err := t.Store.Grants(ctx, id)
	if err != nil {
		return nil, Condition(err)
	}
	var aces []dav.ACE
	for _, g := range grants {
		ace := dav.ACE{Deny: g.Deny, Privileges: dav.PrivilegeSet(g.Privileges), Inherited: inherited}
		switch g.PrincipalID {
		case storage.GranteeAll:
			ace.Who = dav.WhoAll
		case storage.GranteeAuthenticated:
			ace.Who = dav.WhoAuthenticated
		default:
			p, err := t.Store.Principal(ctx, g.PrincipalID)
			if err != nil {
				continue // removed meanwhile: the entry grants nobody anything
			}
			ace.Who, ace.Href = dav.WhoHref, PrincipalHref(p)
		}
		aces = append(aces, ace)
	}
	return aces, nil
}

// SetACL replaces the entries that are neither protected nor inherited (RFC 3744 §8.1).
func (c *Collection) SetACL(ctx context.Context, aces []dav.ACE, ifs *dav.Preconditions) error {
	grants := make([]storage.Grant, 0, len(aces))
	for _, ace := range aces {
		grantee, err := c.Tree.grantee(ctx, c, ace)
		if err != nil {
			return err
		}
		grants = append(grants, storage.Grant{CollectionID: c.C.ID, PrincipalID: grantee, Privileges: uint32(ace.Privileges), Deny: ace.Deny})
	}
	return Condition(c.Tree.Store.Update(ctx, c.Actor(ctx), func(tx *storage.Tx) error {
		if err := ifs.Check(c.Tree.Standing(ctx, tx)); err != nil {
			return err
		}
		err := c.bereave(ctx, tx, func(s storage.Share) bool { _, direct := directly(grants, s.PrincipalID); return !direct })
		if err != nil {
			return err
		}
		return tx.SetGrants(c.C.ID, grants)
	}))
}

// grantee finds whom an entry is for; DAV:recognized-principal if it is nobody here (RFC 3744 §8.1.1).
func (t *Tree) grantee(ctx context.Context, c *Collection, ace dav.ACE) (int64, error) {
	switch ace.Who {
	case dav.WhoAll:
		return storage.GranteeAll, nil
	case dav.WhoAuthenticated:
		return storage.GranteeAuthenticated, nil
	case dav.WhoHref:
		if p, err := t.PrincipalAt(ctx, ace.Href); err == nil {
			return p.ID, nil
		}
		return 0, dav.Forbid(davxml.RecognizedPrincipal, nil)
	}
	return 0, dav.Forbid(davxml.AllowedPrincipal, nil)
}

// PrincipalAt gives the principal that an href names, in any spelling, or ErrNotFound.
func (t *Tree) PrincipalAt(ctx context.Context, href string) (*storage.Principal, error) {
	p, err := dav.ParsePath(href)
	if err != nil {
		return nil, dav.ErrNotFound
	}
	set, name, proxy, ok := parsePrincipal(p.Segments)
	if !ok || proxy != "" {
		return nil, dav.ErrNotFound
	}
	found, err := t.Store.PrincipalByName(ctx, name)
	if err != nil {
		return nil, Condition(err)
	}
	if principalSet(found.Kind) != set {
		return nil, dav.ErrNotFound
	}
	return found, nil
}

// parentHref is the href of the collection above.
func parentHref(href string) string {
	href = strings.TrimSuffix(href, "/")
	return href[:strings.LastIndexByte(href, '/')+1]
}
