package tree

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"path"

	"convoke/server/dav"
	"convoke/storage"
)

// octets is the type of a file of which nothing better is known (RFC 9110 §8.3).
const octets = "application/octet-stream"

// PutMember stores a file in a plain collection. Doors have their own for their kinds.
func (c *Collection) PutMember(ctx context.Context, name string, put *dav.Put) (*dav.Stored, error) {
	if c.C.Kind != storage.KindPlain {
		return nil, dav.Status(http.StatusMethodNotAllowed, nil)
	}
	o := &storage.Object{Data: put.Body}
	o.CollectionID, o.Name, o.ContentType = c.C.ID, name, mediaType(put.ContentType, name)
	o.First, o.Last = storage.Past, storage.Future
	stored := &dav.Stored{}
	err := c.Tree.Store.Update(ctx, c.Actor(ctx), func(tx *storage.Tx) error {
		old, err := Existing(ctx, tx, c.C.ID, name)
		if err != nil {
			return err
		}
		if put.Add && old != nil {
			return dav.Status(http.StatusConflict, nil)
		}
		if err := put.If.Check(c.State(ctx, tx, old)); err != nil {
			return err
		}
		stored.Created, err = tx.PutObject(o)
		return err
	})
	if err != nil {
		return nil, Condition(err)
	}
	stored.ETag = o.ETag
	return stored, nil
}

// Existing gives the object of that name within a transaction, or nil.
func Existing(ctx context.Context, tx *storage.Tx, collection int64, name string) (*storage.Object, error) {
	old, err := tx.Object(ctx, collection, name)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	return old, err
}

// mediaType is the type to keep with a file: the one sent, if it is one, or what the name tells.
func mediaType(sent, name string) string {
	if _, _, err := mime.ParseMediaType(sent); err == nil && len(sent) <= 200 {
		return sent
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return octets
}

// Delete removes the collection with all below it. The standing scheduling collections stay.
func (c *Collection) Delete(ctx context.Context, r *dav.Removal) error {
	if shared, err := c.Renounce(ctx, r); shared {
		return err
	}
	if c.standing() {
		return dav.Status(http.StatusForbidden, nil) // RFC 6638 §2.1, §2.2: the server's own
	}
	if c.Door.DeleteCollection != nil {
		return c.Door.DeleteCollection(ctx, c, r)
	}
	return Condition(c.Tree.Store.Update(ctx, c.Actor(ctx), func(tx *storage.Tx) error {
		if err := c.Leaving(ctx, tx, r); err != nil {
			return err
		}
		return tx.TrashCollection(c.C.ID)
	}))
}

// standing tells that the server made the collection and that it stays.
func (c *Collection) standing() bool {
	return c.C.Kind == storage.KindInbox || c.C.Kind == storage.KindOutbox || c.C.Kind == storage.KindNotifications
}

// Receive takes a file or a plain collection by COPY or MOVE into a plain collection.
func (c *Collection) Receive(ctx context.Context, t *dav.Transfer) (*dav.Stored, error) {
	switch source := t.Source.(type) {
	case HasObject:
		if c.C.Kind != storage.KindPlain {
			return nil, dav.Status(http.StatusForbidden, nil)
		}
		return c.receiveObject(ctx, t, source.Base())
	case HasCollection:
		if c.C.Kind != storage.KindPlain {
			return nil, dav.Status(http.StatusForbidden, nil)
		}
		return c.Tree.receiveCollection(ctx, t, source.Base(), c, c.C.ID)
	}
	return nil, dav.Status(http.StatusForbidden, nil)
}

func (c *Collection) receiveObject(ctx context.Context, t *dav.Transfer, o *Object) (*dav.Stored, error) {
	if t.Move && o.Parent.C.Kind != storage.KindPlain {
		// a calendar or address object leaves its collection by its own door only
		return nil, dav.Status(http.StatusForbidden, nil)
	}
	stored := &dav.Stored{}
	err := c.Tree.Store.Update(ctx, c.Actor(ctx), func(tx *storage.Tx) error {
		source, err := tx.Object(ctx, o.Parent.C.ID, o.M.Name)
		if err != nil {
			return err
		}
		if err := t.If.Check(o.Parent.State(ctx, tx, source)); err != nil {
			return err
		}
		if err := o.Parent.MayTake(source); err != nil {
			return err
		}
		replaced, err := c.clear(ctx, tx, t)
		if err != nil {
			return err
		}
		if t.Move {
			stored.Created, err = tx.MoveObject(o.Parent.C.ID, o.M.Name, c.C.ID, t.Name)
		} else {
			stored.Created, err = tx.CopyObject(o.Parent.C.ID, o.M.Name, c.C.ID, t.Name)
		}
		stored.Created = stored.Created && !replaced // RFC 4918 §9.8.5, §9.9.4: 204 where something was
		return err
	})
	if err != nil {
		return nil, Condition(err)
	}
	return stored, nil
}

// MayTake judges within a COPY or MOVE whether the asker may have the object as it is stored.
func (c *Collection) MayTake(source *storage.Object) error {
	if c.busy {
		return dav.NeedPrivileges(c.href, dav.Read.Name())
	}
	if source == nil || c.Trusted() || c.C.Kind == storage.KindPlain || c.Door.Secret == nil || !c.Door.Secret(source) {
		return nil
	}
	return dav.NeedPrivileges(c.MemberHref(source.Name), dav.WriteContent.Name())
}

// clear makes room for a transferred object: without Overwrite nothing may be there; a collection of that name goes,
// and then replaced is true.
func (c *Collection) clear(ctx context.Context, tx *storage.Tx, t *dav.Transfer) (replaced bool, err error) {
	there, err := Existing(ctx, tx, c.C.ID, t.Name)
	if err != nil {
		return false, err
	}
	below, err := named(ctx, tx, c.C.Home, c.C.OwnerID, c.C.ID, t.Name)
	if err != nil {
		return false, err
	}
	if (there != nil || below != nil) && !t.Overwrite {
		return false, dav.Status(http.StatusPreconditionFailed, nil) // RFC 4918 §9.8.4
	}
	if below != nil {
		if err := allPlain(ctx, tx, below); err != nil {
			return false, err
		}
		return true, tx.DeleteCollection(below.ID)
	}
	return false, nil
}

// named finds a collection by its name below a parent, within a transaction; nil if it is free.
func named(ctx context.Context, tx *storage.Tx, home string, owner, parent int64, name string) (*storage.Collection, error) {
	all, err := tx.Collections(ctx, home, owner, parent)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		if c.Name == name {
			return c, nil
		}
	}
	return nil, nil
}

// receiveCollection moves or copies a collection within the home of one owner, below parent (0: the home). Copies are
// of plain collections only: a copied calendar would hold each UID of its owner's meetings twice (RFC 6638 §3.2.4.1).
func (t *Tree) receiveCollection(ctx context.Context, tr *dav.Transfer, source, into *Collection, parent int64) (*dav.Stored, error) {
	switch {
	case source.standing(), source.sharedWith != nil, source.C.OwnerID != into.C.OwnerID, source.C.Home != into.C.Home:
		return nil, dav.Status(http.StatusForbidden, nil)
	case !tr.Move && source.C.Kind == storage.KindCalendar:
		return nil, dav.Status(http.StatusForbidden, nil)
	}
	stored := &dav.Stored{}
	err := t.Store.Update(ctx, into.Actor(ctx), func(tx *storage.Tx) error {
		if err := tr.If.Check(t.Standing(ctx, tx)); err != nil {
			return err
		}
		created, err := t.makeRoom(ctx, tx, tr, into, parent)
		if err != nil {
			return err
		}
		stored.Created = created
		if tr.Move {
			return tx.MoveCollection(source.C.ID, parent, tr.Name)
		}
		if err := t.mayCopy(ctx, tx, source.Who, source.OwnedBy, source.C); err != nil {
			return err
		}
		return copyCollection(ctx, tx, source.C, parent, tr.Name, tr.Shallow)
	})
	if err != nil {
		return nil, Condition(err)
	}
	return stored, nil
}

// allPlain refuses what holds a calendar or address book at any depth: those go by their own doors, which tell whom
// it concerns, and are neither overwritten nor copied as part of something else.
func allPlain(ctx context.Context, tx *storage.Tx, c *storage.Collection) error {
	if c.Kind != storage.KindPlain {
		return dav.Status(http.StatusForbidden, nil)
	}
	below, err := tx.Collections(ctx, c.Home, c.OwnerID, c.ID)
	if err != nil {
		return err
	}
	for _, b := range below {
		if err := allPlain(ctx, tx, b); err != nil {
			return err
		}
	}
	return nil
}

// mayCopy asks for every collection below the source what was asked for the source itself.
func (t *Tree) mayCopy(ctx context.Context, tx *storage.Tx, who, owner *storage.Principal, c *storage.Collection) error {
	if c.Kind != storage.KindPlain {
		return dav.Status(http.StatusForbidden, nil)
	}
	held, err := t.privileges(ctx, who, owner, c)
	if err != nil {
		return err
	}
	if !held.Has(dav.Read) {
		return dav.Status(http.StatusForbidden, nil)
	}
	below, err := tx.Collections(ctx, c.Home, c.OwnerID, c.ID)
	if err != nil {
		return err
	}
	for _, b := range below {
		if err := t.mayCopy(ctx, tx, who, owner, b); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tree) makeRoom(ctx context.Context, tx *storage.Tx, tr *dav.Transfer, into *Collection, parent int64) (created bool, err error) {
	there, err := named(ctx, tx, into.C.Home, into.C.OwnerID, parent, tr.Name)
	if err != nil {
		return false, err
	}
	var file *storage.Object
	if parent != 0 {
		if file, err = Existing(ctx, tx, parent, tr.Name); err != nil {
			return false, err
		}
	}
	switch {
	case there == nil && file == nil:
		return true, nil
	case !tr.Overwrite:
		return false, dav.Status(http.StatusPreconditionFailed, nil)
	case file != nil:
		return false, tx.DeleteObject(parent, tr.Name)
	}
	if err := allPlain(ctx, tx, there); err != nil {
		return false, err
	}
	return false, tx.DeleteCollection(there.ID)
}

// copyCollection copies a collection with its files and, unless shallow, what is below (RFC 4918 §9.8.3).
func copyCollection(ctx context.Context, tx *storage.Tx, source *storage.Collection, parent int64, name string, shallow bool) error {
	made := *source
	made.ID, made.ParentID, made.Name = 0, parent, name
	if err := tx.CreateCollection(&made); err != nil {
		return err
	}
	kept, err := tx.Properties(ctx, storage.Ref{Kind: storage.RefCollection, ID: source.ID}, 0)
	if err != nil {
		return err
	}
	for _, p := range kept {
		if err := tx.SetProperty(storage.Ref{Kind: storage.RefCollection, ID: made.ID}, 0, p); err != nil {
			return err
		}
	}
	if shallow {
		return nil
	}
	listing, err := tx.Listing(ctx, source.ID)
	if err != nil {
		return err
	}
	for m := range listing.All() {
		if _, err := tx.CopyObject(source.ID, m.Name, made.ID, m.Name); err != nil {
			return err
		}
	}
	below, err := tx.Collections(ctx, source.Home, source.OwnerID, source.ID)
	if err != nil {
		return err
	}
	for _, b := range below {
		if err := copyCollection(ctx, tx, b, made.ID, b.Name, false); err != nil {
			return err
		}
	}
	return nil
}
