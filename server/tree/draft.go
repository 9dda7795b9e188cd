package tree

import (
	"context"
	"encoding/xml"
	"net/http"

	"convoke/server/dav"
	"convoke/storage"
)

// Draft is a collection that is being made. Doors embed it in the draft of a kind of theirs: C is theirs to fill
// in (Kind, Components …) before Create.
type Draft struct {
	*Collection
	Types    []xml.Name // the resource types asked for
	Calendar bool       // by MKCALENDAR
}

// newDraft begins a collection below a home (parent nil) or a plain collection, and lets the door decide on it.
func (t *Tree) newDraft(base *Collection, name string, types []xml.Name, calendar bool) (dav.Draft, error) {
	base.C.Name = name
	base.C.Kind = storage.KindPlain
	d := &Draft{Collection: base, Types: types, Calendar: calendar}
	if !calendar && bare(types) {
		return d, nil
	}
	return base.Door.Draft(d)
}

// bare tells a plain collection: DAV:collection and nothing else.
func bare(types []xml.Name) bool {
	for _, t := range types {
		if t.Space != "DAV:" || t.Local != "collection" {
			return false
		}
	}
	return true
}

// NewCollection begins a collection in a plain one.
func (c *Collection) NewCollection(_ context.Context, name string, types []xml.Name, calendar bool) (dav.Draft, error) {
	if c.C.Kind != storage.KindPlain {
		// RFC 4791 §4.2: a calendar collection holds no collections at any depth; an address book none (RFC 6352 §5.2)
		return nil, dav.Status(http.StatusForbidden, nil)
	}
	base := *c
	base.C = &storage.Collection{OwnerID: c.C.OwnerID, ParentID: c.C.ID, Home: c.C.Home}
	base.href = childHref(c.href, name, true)
	base.staged = nil
	return c.Tree.newDraft(&base, name, types, calendar)
}

// Create makes the collection with what was staged and its dead properties.
func (d *Draft) Create(ctx context.Context, dead []dav.DeadProperty, ifs *dav.Preconditions) error {
	return Condition(d.Tree.Store.Update(ctx, d.Actor(ctx), func(tx *storage.Tx) error {
		if err := ifs.Check(d.State(ctx, tx, nil)); err != nil {
			return err
		}
		made := *d.C
		for _, change := range d.staged {
			if err := change(tx, &made); err != nil {
				return err
			}
		}
		if err := tx.CreateCollection(&made); err != nil {
			return err
		}
		changes := make([]dav.DeadChange, len(dead))
		for i, p := range dead {
			changes[i].DeadProperty = p
		}
		return setDead(tx, storage.Ref{Kind: storage.RefCollection, ID: made.ID}, 0, changes)
	}))
}
