package tree

import (
	"context"
	"errors"
	"net/http"
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
// principal or to one of their groups, lets read.
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
	var shared []*storage.Collection
	var last int64
	for _, g := range grants {
		if g.Deny || g.CollectionID == last {
			continue
		}
		last = g.CollectionID
		c, err := h.Tree.Store.CollectionByID(ctx, g.CollectionID)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if ok, err := h.shows(ctx, c); err != nil {
			return nil, err
		} else if ok {
			shared = append(shared, c)
		}
	}
	return shared, nil
}

// shows tells whether a collection of somebody else's is shown in this home.
func (h *Home) shows(ctx context.Context, c *storage.Collection) (bool, error) {
	if c.Home != h.Name || c.OwnerID == h.OwnedBy.ID || c.ParentID != 0 ||
		c.Kind != storage.KindCalendar && c.Kind != storage.KindAddressBook {
		return false, nil
	}
	held, err := h.Tree.granted(ctx, h.OwnedBy, c)
	return held.Has(dav.Read), err
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

// Renounce takes the asker's own entries out of the list of a collection that is shared with them: that is what
// deleting it from one's home means. The owner's collection stays. It tells whether this view is such a one.
func (c *Collection) Renounce(ctx context.Context) (shared bool, err error) {
	if c.sharedWith == nil {
		return false, nil
	}
	if err := c.mayRenounce(); err != nil {
		return true, err
	}
	return true, Condition(c.Tree.Store.Update(ctx, c.Actor(ctx), func(tx *storage.Tx) error {
		grants, err := tx.Grants(ctx, c.C.ID)
		if err != nil {
			return err
		}
		kept := slices.DeleteFunc(slices.Clone(grants), func(g storage.Grant) bool { return g.PrincipalID == c.Who.ID && !g.Deny })
		if len(kept) == len(grants) {
			return dav.Status(http.StatusForbidden, errors.New("shared by way of a group"))
		}
		return tx.SetGrants(c.C.ID, kept)
	}))
}
