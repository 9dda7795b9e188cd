package tree

import (
	"cmp"
	"context"

	"convoke/server/dav"
	"convoke/storage"
)

// Reached is a collection that a principal sees, as it stands in their home.
type Reached struct {
	Collection *storage.Collection // the owner's; shared: never changed
	Owner      *storage.Principal
	Href       string           // in the home of who sees it
	Name       string           // what who sees it calls it: DAV:displayname, or the name in the path
	Color      string           // calendar-color, their own before the owner's; "" is unset
	Privileges dav.PrivilegeSet // what they may do with it and its members
	Details    bool             // what is in the objects may be shown; else only when they take place
	Private    bool             // that of private and confidential objects, too

	view string
}

// SyncToken is the token of a change of the collection, for whoever sees it.
func (r *Reached) SyncToken(store *storage.Store, change uint64) string {
	return store.SyncToken(r.Collection.ID, change) + r.view
}

// Shared tells whether the collection is somebody else's.
func (r *Reached) Shared(who *storage.Principal) bool { return r.Owner.ID != who.ID }

// Reach gives all collections that stand in the homes of who, their own and those shared with them, at any depth,
// by the decision that DAV requests meet with, too. Those whose home who may open in place of its owner, as a
// delegate or as an administrator, are not among them. Of objects in a collection without Details nothing but the
// times may be told, and neither of private ones without Private.
func (t *Tree) Reach(ctx context.Context, who *storage.Principal) ([]Reached, error) {
	if who == nil || who.Kind == storage.KindGroup {
		return nil, nil
	}
	var all []Reached
	for _, name := range []string{storage.Calendars, storage.AddressBooks} {
		if t.doors[name] == nil {
			continue
		}
		h, err := t.home(ctx, who, who, name)
		if err != nil {
			return nil, err
		}
		for r, err := range h.(*Home).Members(ctx) {
			if err == nil {
				all, err = t.reach(ctx, all, r)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// reach adds a collection, and those below it.
func (t *Tree) reach(ctx context.Context, all []Reached, r dav.Resource) ([]Reached, error) {
	stored, ok := r.(HasCollection)
	if !ok {
		return all, nil // a virtual collection
	}
	c := stored.Base()
	reached := Reached{
		Collection: c.C, Owner: c.OwnedBy, Href: c.href, Privileges: c.Privs, Details: c.Privs.Has(dav.Read) && !c.busy, Private: c.Trusted(), view: c.view(),
	}
	var err error
	if reached.Name, err = c.Mine(ctx, ownName, cmp.Or(c.C.DisplayName, c.C.Name)); err != nil {
		return nil, err
	}
	if reached.Color, err = c.Own(ctx, ownColor, c.C.Color); err != nil {
		return nil, err
	}
	all = append(all, reached)
	if c.C.Kind != storage.KindPlain {
		return all, nil
	}
	below, err := t.Store.Collections(ctx, c.C.Home, c.C.OwnerID, c.C.ID)
	if err != nil {
		return nil, Condition(err)
	}
	for _, s := range below {
		r, err := t.collection(ctx, c.Who, c.OwnedBy, s, c.href)
		if err != nil {
			return nil, err
		}
		if all, err = t.reach(ctx, all, r); err != nil {
			return nil, err
		}
	}
	return all, nil
}
