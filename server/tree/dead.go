package tree

import (
	"context"
	"encoding/xml"

	"convoke/server/dav"
	"convoke/storage"
)

// deadProperties gives the dead properties of ref as who sees them.
func (t *Tree) deadProperties(ctx context.Context, ref storage.Ref, who int64) ([]dav.DeadProperty, error) {
	kept, err := t.Store.Properties(ctx, ref, who)
	if err != nil {
		return nil, Condition(err)
	}
	dead := make([]dav.DeadProperty, 0, len(kept))
	for _, p := range kept {
		if p.Space != ownSpace {
			dead = append(dead, dav.DeadProperty{Name: xml.Name{Space: p.Space, Local: p.Local}, XML: string(p.XML)})
		}
	}
	return dead, nil
}

// setDead applies the changes of dead properties; who is 0 for those that everybody sees.
func setDead(tx *storage.Tx, ref storage.Ref, who int64, changes []dav.DeadChange) error {
	for _, d := range changes {
		var err error
		if d.Remove {
			err = tx.RemoveProperty(ref, who, d.Name.Space, d.Name.Local)
		} else {
			err = tx.SetProperty(ref, who, storage.Property{Space: d.Name.Space, Local: d.Name.Local, XML: []byte(d.XML)})
		}
		if err != nil {
			return &dav.PropertyError{Name: d.Name, Condition: dav.AsCondition(Condition(err))}
		}
	}
	return nil
}

// ownSpace is where values of live properties are kept that are somebody's own: beside dead properties, never shown
// as such.
const ownSpace = "urn:convoke:own"

// personal tells for whom the asker sets dead properties: the owner, and who may write for them, for everybody; others
// for themselves, as clients keep colours and alarms there.
func (c *Collection) personal(ctx context.Context) int64 {
	if c.own() == 0 || c.sharedWith != nil {
		return c.own()
	}
	if held, err := c.Tree.proxied(ctx, c.Who, c.OwnedBy, c.C.Home); err == nil && held.Has(dav.Write) {
		return 0
	}
	return c.Who.ID
}

// own tells for whom the asker sets such live properties as the colour: 0 for the owner's, which all see who have
// set none of their own. In the home of a sharee they are the sharee's.
func (c *Collection) own() int64 {
	if c.sharedWith != nil {
		return c.sharedWith.ID
	}
	if c.Who == nil || c.Who.ID == c.OwnedBy.ID || c.Who.Admin || c.C.ID == 0 { // a draft has no others yet
		return 0
	}
	return c.Who.ID
}

// Personal tells whether the asker's dead properties are kept apart from the owner's.
func (c *Collection) Personal(ctx context.Context) bool { return c.personal(ctx) != 0 }

// Own gives the asker's own value of a live property; shared if the asker has none.
func (c *Collection) Own(ctx context.Context, name, shared string) (string, error) {
	who := c.own()
	if who == 0 {
		return shared, nil
	}
	kept, err := c.Tree.Store.Properties(ctx, c.ref(), who)
	if err != nil {
		return "", Condition(err)
	}
	for _, p := range kept {
		if p.Space == ownSpace && p.Local == name {
			return string(p.XML), nil
		}
	}
	return shared, nil
}

// StageOwn stages the asker's own value of a live property, "" to have none, or calls set if the asker's is the
// owner's.
func (c *Collection) StageOwn(name, value string, set func(*storage.Collection)) {
	who := c.own()
	c.Stage(func(tx *storage.Tx, changed *storage.Collection) error {
		switch {
		case who == 0:
			set(changed)
			return nil
		case value == "":
			return tx.RemoveProperty(c.ref(), who, ownSpace, name)
		}
		return tx.SetProperty(c.ref(), who, storage.Property{Space: ownSpace, Local: name, XML: []byte(value)})
	})
}

// The names under which live properties of one's own are kept.
const (
	ownName         = "displayname"
	ownDescription  = "description"
	ownColor        = "color"
	ownTransparency = "transparency"
)

// Shown tells whether this is the view in the home of a sharee, whose properties are all the sharee's own
// (caldav-sharing §5.5.3).
func (c *Collection) Shown() bool { return c.sharedWith != nil }

// Mine gives the value of a live property that a sharee has for themselves in their home; shared elsewhere, or if they
// have set none.
func (c *Collection) Mine(ctx context.Context, name, shared string) (string, error) {
	if c.sharedWith == nil {
		return shared, nil
	}
	return c.Own(ctx, name, shared)
}

// StageMine stages a sharee's value of a live property, "" to have none, or calls set where it is the owner's.
func (c *Collection) StageMine(name, value string, set func(*storage.Collection)) {
	if c.sharedWith != nil {
		c.StageOwn(name, value, set)
		return
	}
	c.Stage(func(_ *storage.Tx, changed *storage.Collection) error { set(changed); return nil })
}

// Description gives the description that the asker sees, by the door's property of that name.
func (c *Collection) Description(ctx context.Context) (string, error) {
	if c.busy {
		return c.Mine(ctx, ownDescription, "")
	}
	return c.Mine(ctx, ownDescription, c.C.Description)
}

// SetDescription stages it.
func (c *Collection) SetDescription(s string) {
	c.StageMine(ownDescription, s, func(c *storage.Collection) { c.Description = s })
}

// Transparent tells whether a calendar doesn't count as busy for the owner of the home: what is shared doesn't, unless
// they say so (caldav-sharing §5.5.5).
func (c *Collection) Transparent(ctx context.Context) (bool, error) {
	if c.sharedWith == nil {
		return c.C.Transparent, nil
	}
	own, err := c.Own(ctx, ownTransparency, "")
	return own != ownOpaque, err
}

// ownOpaque is the value of ownTransparency that makes a calendar count.
const ownOpaque = "opaque"

// SetTransparent stages it.
func (c *Collection) SetTransparent(transparent bool) {
	value := ownOpaque
	if transparent {
		value = ""
	}
	c.StageMine(ownTransparency, value, func(c *storage.Collection) { c.Transparent = transparent })
}

func (c *Collection) ref() storage.Ref {
	return storage.Ref{Kind: storage.RefCollection, ID: c.C.ID}
}

// DeadProperties are those of the collection.
func (c *Collection) DeadProperties(ctx context.Context) ([]dav.DeadProperty, error) {
	if c.busy {
		return nil, nil
	}
	return c.Tree.deadProperties(ctx, c.ref(), c.personal(ctx))
}

// Stage adds a change to what ApplyPatch (or a draft's Create) commits. c is a copy that may be changed; it is
// stored afterwards.
func (c *Collection) Stage(change func(tx *storage.Tx, c *storage.Collection) error) {
	c.staged = append(c.staged, change)
}

// ApplyPatch commits what Set rows staged, with the dead properties.
func (c *Collection) ApplyPatch(ctx context.Context, dead []dav.DeadChange, ifs *dav.Preconditions) error {
	return Condition(c.Tree.Store.Update(ctx, c.Actor(ctx), func(tx *storage.Tx) error {
		if err := ifs.Check(c.Tree.Standing(ctx, tx)); err != nil {
			return err
		}
		if err := setDead(tx, c.ref(), c.personal(ctx), dead); err != nil {
			return err
		}
		if len(c.staged) == 0 {
			return nil
		}
		found, err := tx.CollectionByID(ctx, c.C.ID)
		if err != nil {
			return err
		}
		changed := *found
		for _, change := range c.staged {
			if err := change(tx, &changed); err != nil {
				return err
			}
		}
		return tx.UpdateCollection(&changed)
	}))
}

func (o *Object) ref() storage.Ref { return storage.Ref{Kind: storage.RefObject, ID: o.M.ID} }

// DeadProperties are those of the object.
func (o *Object) DeadProperties(ctx context.Context) ([]dav.DeadProperty, error) {
	if o.Parent.busy {
		return nil, nil
	}
	return o.Parent.Tree.deadProperties(ctx, o.ref(), o.Parent.personal(ctx))
}

// ApplyPatch commits dead properties of the object.
func (o *Object) ApplyPatch(ctx context.Context, dead []dav.DeadChange, ifs *dav.Preconditions) error {
	c := o.Parent
	return Condition(c.Tree.Store.Update(ctx, c.Actor(ctx), func(tx *storage.Tx) error {
		old, err := tx.Object(ctx, c.C.ID, o.M.Name)
		if err != nil {
			return err
		}
		if err := ifs.Check(c.State(ctx, tx, old)); err != nil {
			return err
		}
		// the object of that name may be another one by now
		return setDead(tx, storage.Ref{Kind: storage.RefObject, ID: old.ID}, c.personal(ctx), dead)
	}))
}
