package carddav

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"convoke/internal/vcard"
	"convoke/server"
	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/server/tree"
	"convoke/storage"
)

// storedType is the media type kept with cards, as DAV:getcontenttype shows it.
const storedType = "text/vcard; charset=utf-8"

// The address book that every home has from the start.
const (
	defaultSlug = "default"
	defaultName = "Contacts"
)

// book is an address book collection, RFC 6352 §5.2.
type book struct {
	*tree.Collection
	door *door
}

func (b *book) Kind() *dav.Kind { return b.KindOf(&b.door.bookKind) }
func (b *book) shared() *door   { return b.door }

// Post shares the address book (caldav-sharing §5.3.2).
func (b *book) Post(w http.ResponseWriter, r *http.Request) error { return b.PostShare(w, r) }

// Changes answers a sync, RFC 6578. A token that is refused (after a restore there are such) would end
// Thunderbird's syncing for good with 403; with 400 it begins anew (clients.md §9.10).
func (b *book) Changes(ctx context.Context, since string, limit int) (*dav.Changes, error) {
	changes, err := b.Collection.Changes(ctx, since, limit)
	return changes, syncCondition(ctx, err)
}

func syncCondition(ctx context.Context, err error) error {
	var cond *dav.Condition
	if errors.As(err, &cond) && cond.Name == davxml.ValidSyncToken && strings.Contains(server.Agent(ctx), "Thunderbird/") {
		lenient := *cond
		lenient.Status = http.StatusBadRequest
		return &lenient
	}
	return err
}

// ofDoor is any resource of this package.
type ofDoor interface{ shared() *door }

// bookProps are the live properties of address books, RFC 6352 §6.2 and §8.3.1. None is in allprop.
var bookProps = dav.Props[ofDoor]{
	{Name: davxml.AddressBookDescription, Get: description, Set: setDescription, Asked: true, OwnShown: true}, // §6.2.1
	{Name: davxml.SupportedAddressData, Get: supportedData, Asked: true},                                      // §6.2.2
	{Name: davxml.CardMaxResourceSize, Get: maxResourceSize, Asked: true},                                     // §6.2.3
	{Name: davxml.CardSupportedCollationSet, Get: supportedCollations, Asked: true},                           // §8.3.1
}

func description(r ofDoor, v *dav.Value) error {
	text := directoryDescription
	if c, ok := r.(tree.HasCollection); ok {
		var err error
		if text, err = c.Base().Description(v.Ctx); err != nil {
			return err
		}
	}
	if text == "" {
		return dav.ErrNoProperty
	}
	v.W.Text(text)
	return nil
}

func setDescription(r ofDoor, n *davxml.Node) error {
	c, ok := r.(tree.HasCollection)
	if !ok {
		return refuse(davxml.CannotModifyProtectedProperty, nil)
	}
	text, err := tree.Text(n)
	if err != nil {
		return err
	}
	c.Base().SetDescription(text)
	return nil
}

// supportedData lists 3.0 first, the default of RFC 6352 §6.2.2.
func supportedData(_ ofDoor, v *dav.Value) error {
	for _, version := range []vcard.Version{vcard.V30, vcard.V40} {
		v.W.Start(davxml.AddressDataType)
		v.W.Attr("content-type", "text/vcard")
		v.W.Attr("version", string(version))
		v.W.End()
	}
	return nil
}

func maxResourceSize(r ofDoor, v *dav.Value) error {
	v.W.Int(r.shared().maxBytes)
	return nil
}

func supportedCollations(_ ofDoor, v *dav.Value) error {
	for i := range collations {
		v.W.Elem(davxml.CardSupportedCollation, collations[i].name)
	}
	return nil
}

// MemberLimit is the size of the largest card, RFC 6352 §6.2.3.
func (b *book) MemberLimit() (int64, xml.Name) {
	return b.door.maxBytes, davxml.CardMaxResourceSize
}

// PutMember stores a card as sent, RFC 6352 §6.3.2.
func (b *book) PutMember(ctx context.Context, name string, put *dav.Put) (*dav.Stored, error) {
	if t := strings.TrimSpace(put.ContentType); t != "" && !isCardType(t) {
		return nil, refuse(davxml.SupportedAddressData, fmt.Errorf("content type %q", t))
	}
	o, err := b.door.newObject(put.Body)
	if err != nil {
		return nil, err
	}
	o.CollectionID, o.Name = b.C.ID, name
	stored := &dav.Stored{ETag: storage.ETag(put.Body)}
	err = b.Tree.Store.Update(ctx, b.Actor(ctx), func(tx *storage.Tx) error {
		old, err := tree.Existing(ctx, tx, b.C.ID, name)
		if err != nil {
			return err
		}
		if put.Add && old != nil {
			return dav.Status(http.StatusConflict, nil)
		}
		if err := put.If.Check(b.State(ctx, tx, old)); err != nil {
			return err
		}
		if err := b.sameUID(old, o.UID); err != nil {
			return err
		}
		if old != nil && bytes.Equal(old.Data, o.Data) {
			return nil // nothing to tell other clients
		}
		stored.Created, err = tx.PutObject(o)
		return err
	})
	if err != nil {
		return nil, b.condition(err)
	}
	return stored, nil
}

// newObject makes the object of a card, after checking it.
func (d *door) newObject(data []byte) (*storage.Object, error) {
	if int64(len(data)) > d.maxBytes {
		return nil, refuse(davxml.CardMaxResourceSize, fmt.Errorf("card of %d bytes", len(data)))
	}
	parsed, err := vcard.Parse(data)
	if err == nil {
		err = parsed.Validate()
	}
	if err != nil {
		return nil, cardCondition(err)
	}
	// The parsed card is not kept with it: it takes four times the room, and most cards are found by their bytes.
	o := &storage.Object{Data: data}
	o.ContentType = storedType
	o.Facts = FactsOf(parsed)
	return o, nil
}

// FactsOf gives what the store indexes of a card. The UID is as in the card.
func FactsOf(c *vcard.Card) storage.Facts {
	return storage.Facts{UID: c.UID(), Component: "VCARD", First: storage.Past, Last: storage.Future}
}

// sameUID refuses to overwrite a card with another, RFC 6352 §6.3.2.1.
func (b *book) sameUID(old *storage.Object, uid string) error {
	if old == nil || old.UID == uid || old.UID == "" {
		return nil
	}
	return b.uidConflict(old.Name, fmt.Errorf("card %q has the UID %q", old.Name, old.UID))
}

func (b *book) uidConflict(name string, err error) error {
	c := refuse(davxml.CardNoUIDConflict, err)
	c.Href = b.MemberHref(name)
	return c
}

// condition turns the errors of a write into conditions.
func (b *book) condition(err error) error {
	var taken *storage.UIDTakenError
	if errors.As(err, &taken) {
		return b.uidConflict(taken.Name, err)
	}
	return tree.Condition(err)
}

// Delete removes the address book with its cards. A home is never without an address book: in place of the
// last one an empty one is made, as macOS Contacts and others expect one to write to (clients.md §9.26).
func (b *book) Delete(ctx context.Context, r *dav.Removal) error {
	if shared, err := b.Renounce(ctx, r); shared {
		return err
	}
	return tree.Condition(b.Tree.Store.Update(ctx, b.Actor(ctx), func(tx *storage.Tx) error {
		if err := b.Leaving(ctx, tx, r); err != nil {
			return err
		}
		if err := tx.TrashCollection(b.C.ID); err != nil {
			return err
		}
		left, err := tx.Collections(ctx, storage.AddressBooks, b.C.OwnerID, 0)
		if err != nil {
			return err
		}
		for _, c := range left {
			if c.Kind == storage.KindAddressBook || c.Name == defaultSlug {
				return nil
			}
		}
		return tx.CreateCollection(&storage.Collection{
			OwnerID: b.C.OwnerID, Home: storage.AddressBooks, Kind: storage.KindAddressBook,
			Name: defaultSlug, DisplayName: defaultName,
		})
	}))
}

// Receive takes a card by COPY or MOVE, RFC 6352 §6.3.2.1.
func (b *book) Receive(ctx context.Context, t *dav.Transfer) (*dav.Stored, error) {
	switch source := t.Source.(type) {
	case *object:
		return b.receive(ctx, t, source.Object)
	case *person:
		o, err := b.door.newObject(source.data)
		if err != nil {
			return nil, err
		}
		return b.receiveNew(ctx, t, o)
	case tree.HasCollection:
		// No address book within another at any depth, RFC 6352 §5.2.
		return nil, refuse(davxml.AddressBookCollectionLocationOK, nil)
	case tree.HasObject:
		if o := source.Base(); o.Parent.C.Kind == storage.KindPlain {
			return b.receive(ctx, t, o)
		}
		return nil, refuse(davxml.SupportedAddressData, errors.New("no card"))
	}
	return nil, dav.Status(http.StatusForbidden, nil)
}

// receive copies or moves a stored object, which is a card or, from a plain collection, must be one.
func (b *book) receive(ctx context.Context, t *dav.Transfer, source *tree.Object) (*dav.Stored, error) {
	from := source.Parent.C.ID
	stored := &dav.Stored{}
	err := b.Tree.Store.Update(ctx, b.Actor(ctx), func(tx *storage.Tx) error {
		found, err := tx.Object(ctx, from, source.M.Name)
		if err != nil {
			return err
		}
		if err := t.If.Check(source.Parent.State(ctx, tx, found)); err != nil {
			return err
		}
		// Cards are checked again: a file in a plain collection was not, and a size may have been lowered.
		made, err := b.door.newObject(found.Data)
		if err != nil {
			return err
		}
		old, err := b.replaced(ctx, tx, t)
		if err != nil {
			return err
		}
		if err := b.sameUID(old, made.UID); err != nil {
			return err
		}
		isCard := found.UID == made.UID && found.ContentType == made.ContentType
		switch {
		case isCard && t.Move:
			stored.Created, err = tx.MoveObject(from, source.M.Name, b.C.ID, t.Name)
			return err
		case isCard:
			stored.Created, err = tx.CopyObject(from, source.M.Name, b.C.ID, t.Name)
			return err
		}
		made.CollectionID, made.Name = b.C.ID, t.Name
		if stored.Created, err = tx.PutObject(made); err != nil || !t.Move {
			return err
		}
		return tx.DeleteObject(from, source.M.Name)
	})
	if err != nil {
		return nil, b.condition(err)
	}
	return stored, nil
}

// receiveNew copies what storage doesn't hold: an entry of the directory.
func (b *book) receiveNew(ctx context.Context, t *dav.Transfer, o *storage.Object) (*dav.Stored, error) {
	if t.Move {
		return nil, dav.Status(http.StatusForbidden, nil)
	}
	o.CollectionID, o.Name = b.C.ID, t.Name
	stored := &dav.Stored{}
	err := b.Tree.Store.Update(ctx, b.Actor(ctx), func(tx *storage.Tx) error {
		old, err := b.replaced(ctx, tx, t)
		if err != nil {
			return err
		}
		if err := b.sameUID(old, o.UID); err != nil {
			return err
		}
		stored.Created, err = tx.PutObject(o)
		return err
	})
	if err != nil {
		return nil, b.condition(err)
	}
	return stored, nil
}

// replaced gives what a transfer overwrites, or nil; 412 if it must not (RFC 4918 §10.6).
func (b *book) replaced(ctx context.Context, tx *storage.Tx, t *dav.Transfer) (*storage.Object, error) {
	old, err := tree.Existing(ctx, tx, b.C.ID, t.Name)
	if err == nil && old != nil && !t.Overwrite {
		err = dav.Status(http.StatusPreconditionFailed, nil)
	}
	return old, err
}
