package tree

import (
	"context"
	"errors"
	"iter"

	"convoke/server"
	"convoke/server/dav"
	"convoke/storage"
)

// Find gives the resource at a path as the asker of the request may see it.
func (t *Tree) Find(ctx context.Context, path dav.Path) (dav.Resource, error) {
	who := server.Principal(ctx)
	s := path.Segments
	switch {
	case len(s) == 0:
		return &directory{tree: t, href: "/", who: who}, nil
	case s[0] != "dav":
		return nil, dav.ErrNotFound
	case len(s) == 1:
		return &directory{tree: t, href: Root, who: who}, nil
	case s[1] == "principals":
		return t.findPrincipal(ctx, who, s)
	case t.doors[s[1]] == nil:
		return nil, dav.ErrNotFound
	case len(s) == 2:
		return &homes{tree: t, name: s[1], who: who}, nil
	}
	owner, err := t.Store.PrincipalByName(ctx, s[2])
	if err != nil {
		return nil, Condition(err)
	}
	if len(s) == 3 {
		return t.home(ctx, who, owner, s[1])
	}
	return t.findBelow(ctx, who, owner, s[1], s[3:])
}

func (t *Tree) home(ctx context.Context, who, owner *storage.Principal, name string) (dav.Resource, error) {
	if owner.Kind == storage.KindGroup {
		return nil, dav.ErrNotFound
	}
	privs, err := t.homePrivileges(ctx, who, owner, name)
	if err != nil {
		return nil, err
	}
	return &Home{Tree: t, Name: name, OwnedBy: owner, Who: who, Privs: privs, href: HomeHref(name, owner)}, nil
}

// findBelow finds a collection, or a member of one, by the names below a home. Only plain collections nest.
func (t *Tree) findBelow(ctx context.Context, who, owner *storage.Principal, home string, names []string) (dav.Resource, error) {
	above := HomeHref(home, owner)
	held, err := t.homePrivileges(ctx, who, owner, home)
	if err != nil {
		return nil, err
	}
	for i := 1; ; i++ {
		c, err := t.Store.CollectionAt(ctx, home, owner.Name, names[:i])
		if errors.Is(err, storage.ErrNotFound) {
			return t.findMissing(ctx, who, owner, home, names, held)
		}
		if err != nil {
			return nil, Condition(err)
		}
		base, err := t.base(ctx, who, owner, c, above)
		if err != nil {
			return nil, err
		}
		if i == len(names) {
			return base.wrap(), nil
		}
		if c.Kind == storage.KindPlain {
			if _, err := t.Store.CollectionAt(ctx, home, owner.Name, names[:i+1]); err == nil {
				held, above = base.Privs, base.href
				continue
			}
		}
		if i+1 == len(names) {
			return base.Lookup(ctx, names[i])
		}
		return nil, absent(base.Privs, below(base.href, names[i:]))
	}
}

// findMissing asks the door for what storage doesn't hold.
func (t *Tree) findMissing(ctx context.Context, who, owner *storage.Principal, home string, names []string, held dav.PrivilegeSet) (dav.Resource, error) {
	if held.Has(dav.Read) {
		h, err := t.home(ctx, who, owner, home)
		if err != nil {
			return nil, err
		}
		finders := []func(context.Context, *Home, []string) (dav.Resource, error){
			func(ctx context.Context, h *Home, names []string) (dav.Resource, error) {
				return h.findShared(ctx, names)
			},
		}
		if lookup := t.doors[home].Lookup; lookup != nil {
			finders = append(finders, func(_ context.Context, h *Home, names []string) (dav.Resource, error) { return lookup(h, names) })
		}
		for _, find := range finders {
			if r, err := find(ctx, h.(*Home), names); err == nil || !errors.Is(err, dav.ErrNotFound) {
				return r, err
			}
		}
	}
	return nil, absent(held, below(HomeHref(home, owner), names))
}

// below is the href that the names lead to from a collection, whatever is there.
func below(href string, names []string) string {
	for _, name := range names {
		href = childHref(href, name, true)
	}
	return href
}

// base makes the view of a collection below the href of what holds it.
func (t *Tree) base(ctx context.Context, who, owner *storage.Principal, c *storage.Collection, above string) (*Collection, error) {
	privs, err := t.privileges(ctx, who, owner, c)
	if err != nil {
		return nil, err
	}
	return &Collection{
		Tree: t, C: c, OwnedBy: owner, Who: who, Privs: privs, Door: t.doors[c.Home], href: childHref(above, c.Name, true),
	}, nil
}

// collection gives the resource of a collection.
func (t *Tree) collection(ctx context.Context, who, owner *storage.Principal, c *storage.Collection, above string) (dav.Resource, error) {
	base, err := t.base(ctx, who, owner, c, above)
	if err != nil {
		return nil, err
	}
	return base.wrap(), nil
}

// wrap lets the door make its kind of resource.
func (c *Collection) wrap() dav.Resource {
	if c.C.Kind == storage.KindNotifications {
		return &notifications{c}
	}
	if c.C.Kind != storage.KindPlain && c.Door.Wrap != nil {
		if r := c.Door.Wrap(c); r != nil {
			return r
		}
	}
	return c
}

// At gives the view of a stored collection, wherever it is; for doors that hold an id.
func (t *Tree) At(ctx context.Context, c *storage.Collection) (*Collection, error) {
	owner, err := t.Store.Principal(ctx, c.OwnerID)
	if err != nil {
		return nil, Condition(err)
	}
	above := HomeHref(c.Home, owner)
	var names []string
	for up := c; up.ParentID != 0; {
		if up, err = t.Store.CollectionByID(ctx, up.ParentID); err != nil {
			return nil, Condition(err)
		}
		names = append(names, up.Name)
	}
	for i := len(names) - 1; i >= 0; i-- {
		above = childHref(above, names[i], true)
	}
	return t.base(ctx, server.Principal(ctx), owner, c, above)
}

func (t *Tree) findPrincipal(ctx context.Context, who *storage.Principal, s []string) (dav.Resource, error) {
	switch {
	case len(s) == 2:
		return &directory{tree: t, href: PrincipalsHref, who: who}, nil
	case s[2] != users && s[2] != groups && s[2] != resources:
		return nil, dav.ErrNotFound
	case len(s) == 3:
		return &directory{tree: t, href: PrincipalsHref + s[2] + "/", set: s[2], who: who}, nil
	}
	set, name, proxy, ok := parsePrincipal(s)
	if !ok {
		return nil, dav.ErrNotFound
	}
	found, err := t.Store.PrincipalByName(ctx, name)
	if err != nil {
		return nil, Condition(err)
	}
	if principalSet(found.Kind) != set || (proxy != "" && found.Kind == storage.KindGroup) {
		return nil, dav.ErrNotFound
	}
	p := &Principal{Tree: t, P: found, Who: who}
	if proxy != "" {
		return &Proxy{Of: p, Write: proxy == proxyWrite}, nil
	}
	return p, nil
}

// directory is a fixed collection: the root, /dav/, and the collections of principals.
type directory struct {
	tree *Tree
	href string
	set  string // of principals, for users/, groups/ and resources/
	who  *storage.Principal
}

func (d *directory) Href() string    { return d.href }
func (d *directory) Kind() *dav.Kind { return d.tree.kinds.directory }

func (d *directory) Allow(_ context.Context, p dav.Privilege) error {
	return allow(directoryPrivileges(d.who, nil), p, d.href)
}

func (d *directory) Privileges(context.Context) (dav.PrivilegeSet, error) {
	return directoryPrivileges(d.who, nil), nil
}

func (d *directory) Members(ctx context.Context) iter.Seq2[dav.Resource, error] {
	return func(yield func(dav.Resource, error) bool) {
		for _, m := range d.below() {
			if !yield(m, nil) {
				return
			}
		}
		if d.set == "" {
			return
		}
		all, err := d.tree.Store.Principals(ctx)
		if err != nil {
			yield(nil, Condition(err))
			return
		}
		for _, p := range all {
			if principalSet(p.Kind) == d.set && !yield(&Principal{Tree: d.tree, P: p, Who: d.who}, nil) {
				return
			}
		}
	}
}

// below are the fixed members of a fixed collection.
func (d *directory) below() []dav.Resource {
	sub := func(href, set string) dav.Resource { return &directory{tree: d.tree, href: href, set: set, who: d.who} }
	switch d.href {
	case "/":
		return []dav.Resource{sub(Root, "")}
	case Root:
		members := []dav.Resource{sub(PrincipalsHref, "")}
		for _, name := range []string{storage.Calendars, storage.AddressBooks} {
			if d.tree.doors[name] != nil {
				members = append(members, &homes{tree: d.tree, name: name, who: d.who})
			}
		}
		return members
	case PrincipalsHref:
		return []dav.Resource{
			sub(PrincipalsHref+users+"/", users), sub(PrincipalsHref+groups+"/", groups), sub(PrincipalsHref+resources+"/", resources),
		}
	}
	return nil
}
