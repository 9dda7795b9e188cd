package tree

import (
	"context"
	"errors"
	"slices"
	"strings"

	"convoke/server/dav"
	"convoke/storage"
)

// Collections that others grant to a principal stand in the principal's own home too, so that every client finds
// them: clients look into one home only. They have a href of their own there, OWNER~NAME, and the owner's DAV:owner.

// sharedMark parts the owner's name from the collection's; no principal has it in a name.
const sharedMark = "~"

// Shared are the collections of others in this home: those directly in their owners' homes that a grant, to the
// principal or to one of their groups, opens, and those that were taken in.
func (h *Home) Shared(ctx context.Context) ([]*storage.Collection, error) {
	grantees, err := h.Tree.grantees(ctx, h.OwnedBy)
	if err != nil {
		return nil, err
	}
	// What is granted to everybody would fill everybody's home.
	grantees = slices.DeleteFunc(grantees, func(id int64) bool { return id < 0 })
	grants, err := h.Tree.Store.GrantsTo(ctx, grantees...)
	if err != nil {
		return nil, err
	}
	shares, err := h.Tree.Store.SharesWith(ctx, h.OwnedBy.ID)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, 0, len(grants)+len(shares))
	for _, g := range grants {
		if !g.Deny {
			ids = append(ids, g.CollectionID)
		}
	}
	for _, s := range shares {
		ids = append(ids, s.CollectionID)
	}
	slices.Sort(ids)
	var shared []*storage.Collection
	for _, id := range slices.Compact(ids) {
		c, err := h.Tree.Store.CollectionByID(ctx, id)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if c.Home != h.Name {
			continue
		}
		if ok, err := h.shows(ctx, c); err != nil {
			return nil, err
		} else if ok {
			shared = append(shared, c)
		}
	}
	return shared, nil
}

// Counted gives the calendars of others that stand in somebody's home and count as busy there (caldav-sharing §5.5.5).
func Counted(store *storage.Store) func(ctx context.Context, of *storage.Principal) ([]*storage.Collection, error) {
	t := &Tree{Store: store}
	return func(ctx context.Context, of *storage.Principal) ([]*storage.Collection, error) {
		h := &Home{Tree: t, Name: storage.Calendars, OwnedBy: of}
		all, err := h.Shared(ctx)
		if err != nil {
			return nil, err
		}
		var list []*storage.Collection
		for _, c := range all {
			view := &Collection{Tree: t, C: c, sharedWith: of}
			transparent, err := view.Transparent(ctx)
			if err != nil {
				return nil, err
			}
			if !transparent {
				list = append(list, c)
			}
		}
		return list, nil
	}
}

// sharedView is the view of a collection of others below this home.
func (h *Home) sharedView(ctx context.Context, c *storage.Collection) (*Collection, error) {
	owner, err := h.Tree.Store.Principal(ctx, c.OwnerID)
	if err != nil {
		return nil, Condition(err)
	}
	view, err := h.Tree.base(ctx, h.Who, owner, c, h.href)
	if err != nil {
		return nil, err
	}
	view.href = childHref(h.href, owner.Name+sharedMark+c.Name, true)
	view.sharedWith = h.OwnedBy
	view.confine()
	return view, nil
}

// findShared finds a collection of others, or a member of it, by the names below this home; ErrNotFound if it isn't
// shown here.
func (h *Home) findShared(ctx context.Context, names []string) (dav.Resource, error) {
	ownerName, name, ok := strings.Cut(names[0], sharedMark)
	if !ok || len(names) > 2 {
		return nil, dav.ErrNotFound
	}
	c, err := h.Tree.Store.CollectionAt(ctx, h.Name, ownerName, []string{name})
	if err != nil {
		return nil, Condition(err)
	}
	if shown, err := h.shows(ctx, c); err != nil || !shown {
		return nil, errors.Join(dav.ErrNotFound, err)
	}
	view, err := h.sharedView(ctx, c)
	switch {
	case err != nil:
		return nil, err
	case len(names) == 1:
		return view.wrap(), nil
	}
	return view.Lookup(ctx, names[1])
}

// Renounce takes a collection that is shared into this home out of it: that is what deleting it there means
// (caldav-sharing §5.4.2). The owner's collection stays, and what is granted, too: who left may come back. It tells
// whether this view is such a one.
func (c *Collection) Renounce(ctx context.Context, r *dav.Removal) (shared bool, err error) {
	if c.sharedWith == nil {
		return false, nil
	}
	if err := c.mayRenounce(); err != nil {
		return true, err
	}
	actor := actorFor(ctx, c.Door.Actor, c.Who, c.sharedWith)
	return true, Condition(c.Tree.Store.Update(ctx, actor, func(tx *storage.Tx) error {
		if err := r.If.Check(c.Tree.Standing(ctx, tx)); err != nil {
			return err
		}
		return c.Tree.settle(ctx, tx, c.C, c.OwnedBy, c.sharedWith, storage.ShareDeclined, Reply{})
	}))
}
