package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"convoke/server/dav"
	"convoke/server/tree"
	"convoke/storage"
)

// maxVersions bounds what one answer tells of the past of an object.
const maxVersions = 100

func (a *API) historyRoutes() []route {
	return []route{
		{"GET /api/history", signedIn, a.history},
		{"POST /api/history/{id}/restore", signedIn, a.restoreFormer},
	}
}

// passage is one change of an object. Its id names what was there before it.
type passage struct {
	ID       string      `json:"id,omitempty"` // "" where nothing was
	At       time.Time   `json:"at"`
	Who      string      `json:"who,omitempty"`
	OnBehalf string      `json:"onBehalf,omitempty"` // whose scheduling caused it
	Door     string      `json:"door,omitempty"`
	Agent    string      `json:"agent,omitempty"`
	What     string      `json:"what"` // created, changed, deleted
	Summary  []different `json:"summary"`
}

// history answers GET /api/history?href=: who changed an object, when, by which way, and what.
func (a *API) history(c *call) (any, error) {
	ctx := c.Context()
	p, err := a.place(ctx, c.FormValue("href"))
	if err != nil {
		return nil, err
	}
	in, ok := p.parent.(tree.HasCollection)
	if !ok {
		return nil, dav.ErrNotFound
	}
	coll := in.Base()
	if err := p.parent.Allow(ctx, dav.Read); err != nil {
		return nil, err
	}
	if coll.Busy() {
		return nil, dav.ErrNotFound // who changed what is more than when something takes place
	}
	live, err := a.o.Store.Object(ctx, coll.C.ID, p.name)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return nil, err
	}
	list, err := a.versions(ctx, coll.C.ID, p.name, live)
	if err != nil {
		return nil, err
	}
	if live == nil && len(list) == 0 {
		return nil, dav.ErrNotFound
	}
	items := []passage{}
	closed := a.closed(ctx, coll, live, list)
	var after []byte // as whoever asks may see it
	if live != nil {
		after, _ = seen(ctx, coll, live)
	}
	for i := range list {
		v := &list[i]
		if closed {
			items = append(items, a.passage(ctx, v, nil, nil))
			continue
		}
		before, err := a.formerIn(ctx, coll, v)
		if err != nil {
			before = nil // its bytes are gone, or cannot be read: that it was is told
		}
		items = append(items, a.passage(ctx, v, before, after))
		after = before
	}
	if live != nil && len(list) < maxVersions {
		items = append(items, passage{At: live.Created, What: "created", Summary: []different{}})
	}
	return map[string]any{"items": items}, nil
}

// closed tells whether an object, as it is or was last, hides something from whoever asks: then what it was before its
// owner made it private is not told either.
func (a *API) closed(ctx context.Context, c *tree.Collection, live *storage.Object, list []storage.Version) bool {
	if c.Trusted() || c.Door.Secret == nil {
		return false
	}
	if live == nil {
		data, err := a.o.Store.VersionData(ctx, list[0].ID)
		if err != nil {
			return true
		}
		live = &storage.Object{Data: data}
	}
	return c.Door.Secret(live)
}

// versions are the former versions of an object in its collection, the newest first: by its UID if it has one.
func (a *API) versions(ctx context.Context, collID int64, name string, live *storage.Object) (list []storage.Version, err error) {
	if live != nil && live.UID != "" {
		list, err = a.o.Store.HistoryOf(ctx, live.UID)
	} else {
		list, err = a.o.Store.History(ctx, collID, name)
	}
	kept := list[:0]
	for _, v := range list {
		if v.CollectionID == collID && v.What != "stray" && len(kept) < maxVersions {
			kept = append(kept, v)
		}
	}
	return kept, err
}

func (a *API) passage(ctx context.Context, v *storage.Version, before, after []byte) passage {
	p := passage{ID: versionID(v.ID), At: v.At, Door: v.Actor.Door, Agent: v.Actor.Agent, What: "changed", Summary: []different{}}
	if who, err := a.o.Store.Principal(ctx, v.Actor.PrincipalID); err == nil {
		p.Who = called(who)
	}
	if of, err := a.o.Store.Principal(ctx, v.Actor.OnBehalf); err == nil {
		p.OnBehalf = called(of)
	}
	if v.What == "deleted" {
		p.What = "deleted"
		return p
	}
	p.Summary = differences(before, after)
	return p
}

func versionID(id int64) string { return "o" + strconv.FormatInt(id, 10) }

// seen gives an object of a collection as whoever asks may see it.
func seen(ctx context.Context, c *tree.Collection, o *storage.Object) ([]byte, error) {
	if c.Trusted() {
		return o.Data, nil
	}
	r, ok := c.Member(&o.Member, o).(dav.Reader)
	if !ok {
		return nil, dav.ErrNotFound
	}
	content, err := r.Content(ctx)
	if err != nil {
		return nil, err
	}
	return content.Data, nil
}

// formerIn gives a former version as whoever asks may see it.
func (a *API) formerIn(ctx context.Context, c *tree.Collection, v *storage.Version) ([]byte, error) {
	data, err := a.o.Store.VersionData(ctx, v.ID)
	if err != nil {
		return nil, err
	}
	o := &storage.Object{Data: data}
	o.CollectionID, o.Name, o.UID, o.ETag, o.Size = v.CollectionID, v.Name, v.UID, v.ETag, len(data)
	return seen(ctx, c, o)
}

// formerAs is formerIn for a collection by its href.
func (a *API) formerAs(ctx context.Context, href string, v *storage.Version) ([]byte, error) {
	c, err := a.collectionAt(ctx, href)
	if err != nil {
		return nil, err
	}
	return a.formerIn(ctx, c, v)
}

// collectionAt finds a stored collection.
func (a *API) collectionAt(ctx context.Context, href string) (*tree.Collection, error) {
	r, err := a.at(ctx, href)
	if err != nil {
		return nil, err
	}
	in, ok := r.(tree.HasCollection)
	if !ok {
		return nil, dav.ErrNotFound
	}
	return in.Base(), nil
}

// former gives a former version that somebody may know of, and the collection in which it was.
func (a *API) former(ctx context.Context, who *storage.Principal, id int64) (v storage.Version, at tree.Reached, err error) {
	if v, err = a.o.Store.Version(ctx, id); err != nil {
		return v, at, err
	}
	reach, err := a.o.Tree.Reach(ctx, who)
	if err != nil {
		return v, at, err
	}
	for _, r := range reach {
		if r.Collection.ID == v.CollectionID && r.Details && keepsDeleted(r.Collection) && v.What != "stray" {
			return v, r, nil
		}
	}
	return v, at, storage.ErrNotFound
}

// restoreFormer answers POST /api/history/{id}/restore.
func (a *API) restoreFormer(c *call) (any, error) {
	_, id, err := c.trashID()
	if err != nil {
		return nil, err
	}
	return a.restoreVersion(c, id)
}

// restoreVersion stores a former version as a write of now: over what has its UID or its name, or anew.
func (a *API) restoreVersion(c *call, id int64) (any, error) {
	ctx := c.Context()
	v, at, err := a.former(ctx, c.who, id)
	if err != nil {
		return nil, err
	}
	if !at.Private {
		return nil, dav.NeedPrivileges(at.Href, dav.WriteContent.Name()) // who does not see all of it cannot bring it back
	}
	data, err := a.o.Store.VersionData(ctx, id)
	if err != nil {
		return nil, err
	}
	name := v.Name
	if now, err := a.o.Store.ObjectByUID(ctx, v.CollectionID, v.UID); err == nil && v.UID != "" {
		name = now.Name
	} else if now, err := a.o.Store.Object(ctx, v.CollectionID, name); err == nil && now.UID != v.UID {
		name = besides(name, id)
	}
	p, err := a.place(ctx, at.Href+dav.EscapeSegment(name))
	if err != nil {
		return nil, err
	}
	into, ok := p.parent.(dav.Container)
	if !ok {
		return nil, dav.Status(http.StatusForbidden, nil)
	}
	if err := p.mayWrite(ctx); err != nil {
		return nil, err
	}
	match, noneMatch := "", "*"
	if now, ok := p.there.(tree.HasObject); ok {
		match, noneMatch = now.Base().Parent.ETag(now.Base().M.ETag), ""
	}
	w := p.write(c, string(data), match, noneMatch)
	// The answers that came since stay: this is not the word of somebody who has seen them.
	w.Header.Del("If-Match")
	if _, err := into.PutMember(ctx, w.Name, w.Put); err != nil {
		return nil, err
	}
	return map[string]string{"href": p.href()}, nil
}

// besides is a name like another that is taken.
func besides(name string, id int64) string {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		dot = len(name)
	}
	return fmt.Sprintf("%s-%d%s", name[:dot], id, name[dot:])
}
