package tree

import (
	"context"
	"fmt"
	"iter"

	"convoke/server/dav"
	"convoke/storage"
)

// Collection is a stored collection as the asker of one request sees it. Doors embed it in their kinds.
type Collection struct {
	Tree    *Tree
	C       *storage.Collection // shared: never changed here
	OwnedBy *storage.Principal
	Who     *storage.Principal
	Privs   dav.PrivilegeSet
	Door    *Door

	href       string
	staged     []edit
	sharedWith *storage.Principal // in whose home this view stands, if it is not the owner's
	busy       bool               // of the objects nothing is shown but when they take place
}

// edit is a staged change, applied within the transaction to what it finds there.
type edit func(tx *storage.Tx, c *storage.Collection) error

// HasCollection is any kind that embeds *Collection; the common property rows speak of it.
type HasCollection interface{ Base() *Collection }

// Base gives the collection itself, for rows that serve every kind.
func (c *Collection) Base() *Collection { return c }

// Href is the canonical href.
func (c *Collection) Href() string { return c.href }

// Kind is the kind of a plain collection; doors have their own.
func (c *Collection) Kind() *dav.Kind { return c.Tree.kinds.plain }

// Allow judges a privilege on the collection.
func (c *Collection) Allow(_ context.Context, p dav.Privilege) error {
	return allow(c.Privs, p, c.href)
}

// Privileges are those of the asker.
func (c *Collection) Privileges(context.Context) (dav.PrivilegeSet, error) { return c.Privs, nil }

// Owner is the href of the owner's principal.
func (c *Collection) Owner(context.Context) (string, error) { return PrincipalHref(c.OwnedBy), nil }

// Actor is the asker as history names them, and on whose behalf they act.
func (c *Collection) Actor(ctx context.Context) storage.Actor {
	return actorFor(ctx, c.Door.Actor, c.Who, c.OwnedBy)
}

// Members are the collections in a plain collection and the objects in any.
func (c *Collection) Members(ctx context.Context) iter.Seq2[dav.Resource, error] {
	return func(yield func(dav.Resource, error) bool) {
		if c.C.Kind == storage.KindPlain && !c.subcollections(ctx, yield) {
			return
		}
		listing, err := c.Tree.Store.Listing(ctx, c.C.ID)
		if err != nil {
			yield(nil, Condition(err))
			return
		}
		for m := range listing.All() {
			if !yield(c.Member(m, nil), nil) {
				return
			}
		}
	}
}

func (c *Collection) subcollections(ctx context.Context, yield func(dav.Resource, error) bool) bool {
	below, err := c.Tree.Store.Collections(ctx, c.C.Home, c.C.OwnerID, c.C.ID)
	if err != nil {
		return yield(nil, Condition(err))
	}
	for _, s := range below {
		r, err := c.Tree.collection(ctx, c.Who, c.OwnedBy, s, c.href)
		if !yield(r, err) {
			return false
		}
	}
	return true
}

// Member gives the resource of a member; o is its object where it is at hand.
func (c *Collection) Member(m *storage.Member, o *storage.Object) dav.Resource {
	object := &Object{Parent: c, M: m, object: o}
	if c.C.Kind == storage.KindNotifications {
		return &notice{object}
	}
	if c.C.Kind != storage.KindPlain && c.Door.WrapObject != nil {
		return c.Door.WrapObject(object)
	}
	return object
}

// Lookup gives the resource of a member by name, or ErrNotFound.
func (c *Collection) Lookup(ctx context.Context, name string) (dav.Resource, error) {
	o, err := c.Tree.Store.Object(ctx, c.C.ID, name)
	if err != nil {
		return nil, notThere(err, c.Privs, childHref(c.href, name, false))
	}
	return c.Member(&o.Member, o), nil
}

// Tag is that of the listing of the collection, told without making it: by what the listing depends on.
func (c *Collection) Tag(ctx context.Context) (string, error) {
	listing, err := c.Tree.Store.Listing(ctx, c.C.ID)
	if err != nil {
		return "", Condition(err)
	}
	home, err := c.Tree.Store.HomeChange(ctx, c.C.Home, c.C.OwnerID)
	if err != nil {
		return "", Condition(err)
	}
	state := fmt.Sprint(c.Tree.Store.SyncToken(c.C.ID, listing.Change()), " ", home, " ", c.href, " ", c.Privs, c.view())
	return `"` + c.Tree.Store.Blind(state) + `"`, nil
}

// MemberHref is the href of a member by name.
func (c *Collection) MemberHref(name string) string { return childHref(c.href, name, false) }

// Changes are the changes of the members since a sync token (RFC 6578 §3.2).
func (c *Collection) Changes(ctx context.Context, since string, limit int) (*dav.Changes, error) {
	var from uint64
	if since != "" {
		var err error
		if from, err = c.parseSyncToken(since); err != nil {
			return nil, Condition(err)
		}
	}
	listing, err := c.Tree.Store.Listing(ctx, c.C.ID)
	if err != nil {
		return nil, Condition(err)
	}
	changes := &dav.Changes{Token: c.SyncToken(listing.Change())}
	changes.Items = func(yield func(dav.Change, error) bool) {
		n, last := 0, from
		for m, gone := range listing.Since(from) {
			if gone && since == "" {
				continue // never seen by a client that begins
			}
			if n++; limit > 0 && n > limit {
				changes.Truncated = true
				changes.Token = c.SyncToken(last)
				return
			}
			last = m.Change
			change := dav.Change{}
			if gone {
				change.Href = c.MemberHref(m.Name)
			} else {
				change.Resource = c.Member(m, nil)
			}
			if !yield(change, nil) {
				return
			}
		}
	}
	return changes, nil
}
