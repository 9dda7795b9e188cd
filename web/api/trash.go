package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"convoke/scheduling"
	"convoke/server"
	"convoke/server/dav"
	"convoke/server/tree"
	"convoke/storage"
)

// How much of the trash is one page.
const (
	trashPage    = 50
	trashPageMax = 200
)

func (a *API) trashRoutes() []route {
	return []route{
		{"GET /api/trash", signedIn, a.trash},
		{"POST /api/trash/{id}/restore", signedIn, a.untrash},
		{"DELETE /api/trash/{id}", signedIn, a.purge},
	}
}

// trashed is one thing in the trash. Its id is o and the version of an object, or c and the place of a collection.
type trashed struct {
	ID         string    `json:"id"`
	Kind       string    `json:"kind"` // event, task, contact, calendar, addressbook, …
	Title      string    `json:"title"`
	Collection string    `json:"collection,omitempty"` // href
	DeletedAt  time.Time `json:"deletedAt"`
	By         string    `json:"by,omitempty"`
	Members    int       `json:"members,omitempty"` // of a collection
	Start      string    `json:"start,omitempty"`   // of an event
	Writable   bool      `json:"writable"`          // whoever asks may restore it
}

// cursor is where a page ends: the last version and the last place of a collection in it.
type cursor struct{ version, place int64 }

func (c cursor) String() string {
	return strconv.FormatInt(c.version, 10) + "." + strconv.FormatInt(c.place, 10)
}

func parseCursor(s string) (c cursor, err error) {
	if s == "" {
		return c, nil
	}
	first, second, _ := strings.Cut(s, ".")
	c.version, err = strconv.ParseInt(first, 10, 64)
	if err == nil {
		c.place, err = strconv.ParseInt(second, 10, 64)
	}
	if err != nil {
		return c, refusal(http.StatusBadRequest, "bad-request", "This is not a page of the trash.")
	}
	return c, nil
}

// limit reads how many items are asked for.
func (c *call) limit(preset, most int) int {
	n, err := strconv.Atoi(c.FormValue("limit"))
	if err != nil || n <= 0 {
		return preset
	}
	return min(n, most)
}

// trash answers GET /api/trash: what was deleted, from all collections that one reaches, and one's own collections.
func (a *API) trash(c *call) (any, error) {
	at, err := parseCursor(c.FormValue("before"))
	if err != nil {
		return nil, err
	}
	limit := c.limit(trashPage, trashPageMax)
	objects, err := a.deletedObjects(c.Context(), c.who, at.version, limit+1)
	if err != nil {
		return nil, err
	}
	places, err := a.o.Store.Trash(c.Context(), c.who.ID, at.place, limit+1)
	if err != nil {
		return nil, err
	}
	out := struct {
		Items []trashed `json:"items"`
		Next  string    `json:"next,omitempty"`
	}{Items: []trashed{}}
	for len(objects)+len(places) > 0 && len(out.Items) < limit {
		if len(places) == 0 || len(objects) > 0 && objects[0].At.After(places[0].At) {
			out.Items = append(out.Items, a.trashedObject(c.Context(), &objects[0]))
			at.version, objects = objects[0].ID, objects[1:]
			continue
		}
		out.Items = append(out.Items, a.trashedCollection(c.Context(), &places[0]))
		at.place, places = places[0].ID, places[1:]
	}
	if len(objects)+len(places) > 0 {
		out.Next = at.String()
	}
	return out, nil
}

// keepsDeleted tells the collections in which people put things, and of which they have them back.
func keepsDeleted(c *storage.Collection) bool {
	switch c.Kind {
	case storage.KindCalendar, storage.KindAddressBook, storage.KindPlain:
		return c.Source == ""
	}
	return false
}

// deletedObject is a version that was deleted, with where.
type deletedObject struct {
	storage.Version
	in tree.Reached
}

// deletedObjects gives what was deleted from the collections that somebody reaches and may see into, newest first.
func (a *API) deletedObjects(ctx context.Context, who *storage.Principal, before int64, limit int) ([]deletedObject, error) {
	reach, err := a.o.Tree.Reach(ctx, who)
	if err != nil {
		return nil, err
	}
	var all []deletedObject
	for _, r := range reach {
		if !r.Details || !keepsDeleted(r.Collection) {
			continue
		}
		list, err := a.o.Store.Deleted(ctx, r.Collection.ID, before, limit)
		if err != nil {
			return nil, err
		}
		for _, v := range list {
			all = append(all, deletedObject{v, r})
		}
	}
	slices.SortFunc(all, func(x, y deletedObject) int { return int(y.ID - x.ID) })
	return all[:min(len(all), limit)], nil
}

func (a *API) trashedObject(ctx context.Context, d *deletedObject) trashed {
	t := trashed{
		ID: "o" + strconv.FormatInt(d.ID, 10), Kind: "file", Title: d.Name, Collection: d.in.Href, DeletedAt: d.At,
		By: a.actorName(ctx, &d.Actor), Writable: d.in.Privileges.Has(dav.Bind),
	}
	data, err := a.formerAs(ctx, d.in.Href, &d.Version)
	if err != nil {
		return t // unreadable: its name has to do
	}
	s := summaryOf(data)
	t.Kind, t.Start = s.kind, s.start
	if s.title != "" || s.kind != "file" {
		t.Title = s.title
	}
	return t
}

func (a *API) trashedCollection(ctx context.Context, e *storage.Trashed) trashed {
	title := e.Collection.DisplayName
	if title == "" {
		title = e.Collection.Name
	}
	return trashed{
		ID: "c" + strconv.FormatInt(e.ID, 10), Kind: e.Collection.Kind, Title: title, DeletedAt: e.At, By: a.actorName(ctx, &e.Actor),
		Members: e.Members, Writable: true,
	}
}

// actorName says who did something; "" is the server itself.
func (a *API) actorName(ctx context.Context, actor *storage.Actor) string {
	id := actor.PrincipalID
	if id == 0 {
		id = actor.OnBehalf
	}
	if p, err := a.o.Store.Principal(ctx, id); err == nil {
		return called(p)
	}
	return ""
}

// trashID reads the id of a thing in the trash.
func (c *call) trashID() (collection bool, id int64, err error) {
	text := c.PathValue("id")
	if text != "" {
		id, err = strconv.ParseInt(text[1:], 10, 64)
	}
	if text == "" || err != nil || text[0] != 'o' && text[0] != 'c' {
		return false, 0, dav.ErrNotFound
	}
	return text[0] == 'c', id, nil
}

// untrash answers POST /api/trash/{id}/restore.
func (a *API) untrash(c *call) (any, error) {
	collection, id, err := c.trashID()
	if err != nil {
		return nil, err
	}
	if !collection {
		return a.restoreVersion(c, id)
	}
	e, err := a.mine(c, id)
	if err != nil {
		return nil, err
	}
	actor := server.ActorOf(c.Context(), "web")
	var restored *storage.Collection
	left := 0
	invite := func(tx *storage.Tx, of *storage.Collection) error { return a.o.Tree.AskAgain(c.Context(), tx, of) }
	if e.Collection.Home == storage.Calendars {
		restored, left, err = a.o.Scheduler.RestoreCollection(c.Context(), &scheduling.Removal{Actor: actor, Who: c.who, Restored: invite}, id)
	} else {
		err = a.o.Store.Update(c.Context(), actor, func(tx *storage.Tx) (err error) {
			if restored, err = tx.RestoreCollection(id); err != nil {
				return err
			}
			return invite(tx, restored)
		})
	}
	if err != nil {
		return nil, err
	}
	at, err := a.o.Tree.At(c.Context(), restored)
	if err != nil {
		return nil, err
	}
	return struct {
		Href string `json:"href"`
		Left int    `json:"left,omitempty"`
	}{at.Href(), left}, nil
}

// mine gives a collection in the trash that is the asker's own.
func (a *API) mine(c *call, place int64) (storage.Trashed, error) {
	e, err := a.o.Store.TrashedCollection(c.Context(), place)
	if err == nil && e.Collection.OwnerID != c.who.ID {
		err = storage.ErrNotFound
	}
	return e, err
}

// purge answers DELETE /api/trash/{id}: for ever.
func (a *API) purge(c *call) (any, error) {
	collection, id, err := c.trashID()
	if err != nil {
		return nil, err
	}
	actor := server.ActorOf(c.Context(), "web")
	if collection {
		if _, err := a.mine(c, id); err != nil {
			return nil, err
		}
		return nil, a.o.Store.Update(c.Context(), actor, func(tx *storage.Tx) error { return tx.PurgeTrash(id) })
	}
	v, at, err := a.former(c.Context(), c.who, id)
	if err != nil {
		return nil, err
	}
	need := dav.Unbind
	if at.Shared(c.who) {
		need = dav.WriteACL // who may only write could else delete for good what is somebody else's
	}
	if !at.Privileges.Has(need) {
		return nil, dav.NeedPrivileges(at.Href, need.Name())
	}
	if _, err := a.o.Store.Object(c.Context(), v.CollectionID, v.Name); err == nil {
		return nil, refusal(http.StatusConflict, "not-deleted", "This is there: it is not in the trash.")
	} else if !errors.Is(err, storage.ErrNotFound) {
		return nil, err
	}
	return nil, a.o.Store.Update(c.Context(), actor, func(tx *storage.Tx) error { return tx.ForgetVersion(id) })
}
