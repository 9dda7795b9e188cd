package tree

import (
	"context"
	"net/http"
	"strings"

	"convoke/server/dav"
	"convoke/storage"
)

// Object is a stored member of a collection. Doors embed it in their kinds; by itself it is a plain file.
type Object struct {
	Parent *Collection
	M      *storage.Member // shared: never changed

	object *storage.Object
	href   string
}

// HasObject is any kind that embeds *Object.
type HasObject interface{ Base() *Object }

// Base gives the object itself, for rows that serve every kind.
func (o *Object) Base() *Object { return o }

// Href is the canonical href.
func (o *Object) Href() string {
	if o.href == "" {
		o.href = o.Parent.MemberHref(o.M.Name)
	}
	return o.href
}

// AppendHref appends the href.
func (o *Object) AppendHref(b []byte) []byte {
	return dav.AppendSegment(append(b, o.Parent.href...), o.M.Name)
}

// Kind is that of plain files; doors have their own.
func (o *Object) Kind() *dav.Kind { return o.Parent.Tree.kinds.file }

// Allow judges a privilege: that of the collection.
func (o *Object) Allow(_ context.Context, p dav.Privilege) error {
	if o.Parent.Privs.Has(p) {
		return nil // before the href is made: listings ask this of every member
	}
	return allow(o.Parent.Privs, p, o.Href())
}

// Privileges are those of the asker.
func (o *Object) Privileges(context.Context) (dav.PrivilegeSet, error) { return o.Parent.Privs, nil }

// Owner is the href of the owner's principal.
func (o *Object) Owner(ctx context.Context) (string, error) { return o.Parent.Owner(ctx) }

// ACL is inherited from the collection as a whole.
func (o *Object) ACL(ctx context.Context) ([]dav.ACE, error) { return o.Parent.inherited(ctx) }

// SetACL refuses: entries stand on collections only.
func (o *Object) SetACL(context.Context, []dav.ACE, *dav.Preconditions) error {
	return dav.Status(http.StatusForbidden, nil)
}

// Load gives the object with its bytes, in the version of M.
func (o *Object) Load(ctx context.Context) (*storage.Object, error) {
	if o.object == nil {
		object, err := o.Parent.Tree.Store.ObjectOf(ctx, o.M)
		if err != nil {
			return nil, Condition(err)
		}
		o.object = object
	}
	return o.object, nil
}

// Content is the object as stored.
func (o *Object) Content(ctx context.Context) (*dav.Content, error) {
	object, err := o.Load(ctx)
	if err != nil {
		return nil, err
	}
	return &dav.Content{
		Type: o.M.ContentType, ETag: o.M.ETag, ScheduleTag: o.M.ScheduleTag, Modified: o.M.Modified, Data: object.Data,
	}, nil
}

// Delete removes the object, if the preconditions hold.
func (o *Object) Delete(ctx context.Context, r *dav.Removal) error {
	c := o.Parent
	return Condition(c.Tree.Store.Update(ctx, c.Actor(ctx), func(tx *storage.Tx) error {
		old, err := tx.Object(ctx, c.C.ID, o.M.Name)
		if err != nil {
			return err
		}
		if err := r.If.Check(c.State(ctx, tx, old)); err != nil {
			return err
		}
		return tx.DeleteObject(c.C.ID, o.M.Name)
	}))
}

// State is what the asker's preconditions are judged against, by the tags that the asker is given; nil is nothing there.
func (c *Collection) State(ctx context.Context, tx *storage.Tx, o *storage.Object) dav.State {
	s := c.Tree.Standing(ctx, tx)
	if s.Exists = o != nil; s.Exists {
		s.ETag, s.ScheduleTag = c.ETag(o.ETag), o.ScheduleTag
	}
	return s
}

// Standing is what preconditions are judged by of a resource that is there and has no tag: the locks as the
// transaction finds them.
func (t *Tree) Standing(ctx context.Context, tx *storage.Tx) dav.State {
	return dav.State{Exists: true, Locks: func(href string, below bool) ([]dav.Lock, error) {
		kept, err := tx.Locks(ctx, href, below)
		if err != nil || len(kept) == 0 {
			return nil, err
		}
		return Locks{Tree: t}.given(ctx, kept), nil
	}}
}

// ETag is the tag that the asker is given for an object, of the one stored with it.
func (c *Collection) ETag(stored string) string {
	switch c.view() {
	case wholeView:
		return stored
	case busyView:
		return `"` + c.Tree.Store.Blind("busy "+stored) + `"`
	}
	return `"` + c.Tree.Store.Blind(stored) + `"`
}

// The ways in which an asker sees the objects of a collection. Each has tags and sync tokens of its own: at the same href
// they name other bytes, and whoever is granted more or less has to read all anew.
const (
	wholeView  = ""
	readerView = "-read" // without what is private
	busyView   = "-busy" // but when they take place
)

// views numbers them for the tokens of homes, where nothing else tells that a group, say, has another member.
var views = map[string]uint8{wholeView: 0, readerView: 1, busyView: 2}

// view is that of the asker.
func (c *Collection) view() string {
	switch {
	case c.C.Kind == storage.KindPlain || c.Door == nil || c.Door.Secret == nil || c.Trusted():
		return wholeView
	case c.busy:
		return busyView
	}
	return readerView
}

// SyncToken is the token of a change of the collection, for the asker.
func (c *Collection) SyncToken(change uint64) string {
	return c.Tree.Store.SyncToken(c.C.ID, change) + c.view()
}

// parseSyncToken is storage's, for tokens of what the asker sees now.
func (c *Collection) parseSyncToken(token string) (uint64, error) {
	stored, ok := strings.CutSuffix(token, c.view())
	if !ok {
		return 0, storage.ErrBadToken
	}
	return c.Tree.Store.ParseSyncToken(c.C.ID, stored)
}
