package carddav

import (
	"context"
	"encoding/xml"
	"net/http"
	"slices"

	"convoke/server"
	"convoke/server/dav"
	"convoke/server/tree"
	"convoke/storage"
)

// directoryHidden is kept with the homes whose owners have deleted the directory. They may: many people
// want no second address book on their phone, and a client that empties a home must not stumble over it.
// An MKCOL of an address book in its place brings it back.
var directoryHidden = xml.Name{Space: "urn:convoke:", Local: "directory-hidden"}

// homeProps keeps the mark out of DAV:allprop, and from being set by PROPPATCH.
var homeProps = dav.Props[*tree.Home]{
	{Name: directoryHidden, Get: func(*tree.Home, *dav.Value) error { return dav.ErrNoProperty }, Asked: true},
}

func homeRef(owner int64) storage.Ref {
	return storage.Ref{Kind: storage.RefHome, ID: owner, Home: storage.AddressBooks}
}

// hidden tells whether a home goes without the directory: its owner deleted it, or put another collection
// in its place.
func hidden(ctx context.Context, s *storage.Store, owner *storage.Principal) bool {
	if _, err := s.CollectionAt(ctx, storage.AddressBooks, owner.Name, []string{directorySlug}); err == nil {
		return true
	}
	kept, err := s.Properties(ctx, homeRef(owner.ID), 0)
	return err == nil && slices.ContainsFunc(kept, func(p storage.Property) bool {
		return p.Space == directoryHidden.Space && p.Local == directoryHidden.Local
	})
}

// Delete takes the directory out of the home. The people in it stay where they are.
func (b *peopleBook) Delete(ctx context.Context, r *dav.Removal) error {
	mark := storage.Property{Space: directoryHidden.Space, Local: directoryHidden.Local, XML: []byte(`<x:directory-hidden xmlns:x="urn:convoke:"/>`)}
	err := b.home.Tree.Store.Update(ctx, server.ActorOf(ctx, "carddav"), func(tx *storage.Tx) error {
		if err := r.If.Check(b.home.Tree.Standing(ctx, tx)); err != nil {
			return err
		}
		return tx.SetProperty(homeRef(b.home.OwnedBy.ID), 0, mark)
	})
	return tree.Condition(err)
}

// directoryDraft brings the directory back.
type directoryDraft struct {
	*tree.Draft
	door *door
}

func (d *directoryDraft) Kind() *dav.Kind { return d.door.directoryKind }
func (d *directoryDraft) shared() *door   { return d.door }

// Create takes the mark away. There is nothing of the client's to keep with the directory.
func (d *directoryDraft) Create(ctx context.Context, dead []dav.DeadProperty, ifs *dav.Preconditions) error {
	if len(dead) > 0 {
		return &dav.PropertyError{Name: dead[0].Name, Condition: dav.Status(http.StatusForbidden, nil)}
	}
	return tree.Condition(d.Tree.Store.Update(ctx, d.Actor(ctx), func(tx *storage.Tx) error {
		if err := ifs.Check(d.State(ctx, tx, nil)); err != nil {
			return err
		}
		return tx.RemoveProperty(homeRef(d.OwnedBy.ID), 0, directoryHidden.Space, directoryHidden.Local)
	}))
}
