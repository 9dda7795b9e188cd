package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// A collection in the trash is out of the catalog, and so of everybody's sight: its rows stay, so that it comes back
// whole, under the same id, with its sync tokens, access and history. It is kept as long as former versions are.

// trashHome is where the row of a collection in the trash stands.
const trashHome = "trash"

// Trashed is a collection in the trash, with what was below it.
type Trashed struct {
	ID         int64 // of its place in the trash
	At         time.Time
	Actor      Actor
	Collection *Collection // Home, ParentID and Name as they were
	Members    int         // objects in it and below
}

// TrashCollection takes a collection with all below it out of its home and keeps it for as long as history. Where none
// is kept, and for what the server fills by itself, it is DeleteCollection.
func (t *Tx) TrashCollection(id int64) error {
	c, err := t.CollectionByID(context.Background(), id)
	if err != nil {
		return err
	}
	if t.s.o.HistoryFor < 0 || c.Source != "" {
		return t.DeleteCollection(id)
	}
	if err := t.trash(c); err != nil {
		return t.spoil(fmt.Errorf("trash collection %q: %w", c.Name, err))
	}
	n, err := t.bumpHome(c.Home, c.OwnerID)
	if err != nil {
		return t.spoil(err)
	}
	return t.spoil(t.depart(c, n))
}

func (t *Tx) trash(c *Collection) error {
	a := t.actor
	r, err := t.exec(`INSERT INTO trash (collection_id, home, parent_id, name, at, principal_id, on_behalf, door, agent, request_id)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, c.ID, c.Home, c.ParentID, c.Name, t.now.UnixMilli(), a.PrincipalID, a.OnBehalf, a.Door, a.Agent, a.RequestID)
	if err != nil {
		return err
	}
	place, err := r.LastInsertId()
	if err != nil {
		return err
	}
	if err := t.hide(c, place); err != nil {
		return err
	}
	_, err = t.exec("UPDATE collection SET home = ?, parent_id = 0, name = ? WHERE id = ?", trashHome, strconv.FormatInt(c.ID, 10), c.ID)
	if err != nil {
		return err
	}
	return t.boundTrash(c.OwnerID)
}

// hide takes a collection and those below it out of sight.
func (t *Tx) hide(c *Collection, place int64) error {
	below, err := t.Collections(context.Background(), c.Home, c.OwnerID, c.ID)
	if err != nil {
		return err
	}
	for _, b := range below { // as deep as the limit of collections allows
		if err := t.hide(b, place); err != nil {
			return err
		}
	}
	if err := t.endShares(c); err != nil { // as they stand they are kept
		return err
	}
	// The counters are written here: at the commit there is nobody left who counts.
	_, err = t.exec("UPDATE collection SET change = ?, members = ?, bytes = ?, modified = ? WHERE id = ?",
		int64(c.Change), c.members, c.bytes, c.Modified.Unix(), c.ID)
	if err != nil {
		return err
	}
	if _, err := t.exec("INSERT INTO trashed (collection_id, trash_id) VALUES (?, ?)", c.ID, place); err != nil {
		return err
	}
	put(&t.changes.collections, c.ID, nil)
	put(&t.changes.placed, c.ID, true)
	put(&t.changes.grants, c.ID, nil)
	put(&t.changes.shares, c.ID, nil)
	t.changed(Ref{Kind: RefCollection, ID: c.ID})
	return nil
}

// boundTrash lets go of the oldest that an owner has in the trash beyond what a home may hold.
func (t *Tx) boundTrash(owner int64) error {
	l := &t.s.o.Limits
	var gone []int64
	var n, size int64
	err := t.c.each(`SELECT trash.id, (SELECT sum(bytes) FROM collection WHERE id IN (SELECT collection_id FROM trashed WHERE trash_id = trash.id))
		FROM trash JOIN collection ON collection.id = trash.collection_id WHERE owner_id = ? AND at > 0 ORDER BY trash.id DESC`, []any{owner}, func(r *sql.Rows) error {
		var id, bytes int64
		err := r.Scan(&id, &bytes)
		n, size = n+1, size+bytes
		if n > 1 && (passes(n, l.CollectionsPerHome) || passes(size, l.BytesPerUser)) {
			gone = append(gone, id)
		}
		return err
	})
	for _, id := range gone {
		if err == nil {
			err = t.PurgeTrash(id)
		}
	}
	return err
}

// Trash gives the collections of an owner in the trash, the latest first: at most limit, those before a place; 0 begins.
func (s *Store) Trash(ctx context.Context, owner, before int64, limit int) (list []Trashed, err error) {
	err = s.read(ctx, true, func(c *session) error {
		list, err = readTrash(c, "collection.owner_id = ? AND (? = 0 OR trash.id < ?) ORDER BY trash.id DESC LIMIT ?", owner, before, before, limit)
		return err
	})
	return list, err
}

// TrashedCollection gives a collection by its place in the trash, or ErrNotFound.
func (s *Store) TrashedCollection(ctx context.Context, place int64) (found Trashed, err error) {
	err = s.read(ctx, true, func(c *session) error {
		found, err = oneTrashed(c, place)
		return err
	})
	return found, err
}

func oneTrashed(c *session, place int64) (Trashed, error) {
	list, err := readTrash(c, "trash.id = ?", place)
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Trashed{}, err
	}
	return list[0], nil
}

func readTrash(c *session, where string, args ...any) ([]Trashed, error) {
	var list []Trashed
	err := c.each(`SELECT trash.id, at, principal_id, on_behalf, door, agent, request_id, trash.home, trash.parent_id, trash.name, collection_id
		FROM trash JOIN collection ON collection.id = collection_id WHERE at > 0 AND `+where, args, func(r *sql.Rows) error {
		var e Trashed
		var at int64
		e.Collection = new(Collection)
		err := r.Scan(&e.ID, &at, &e.Actor.PrincipalID, &e.Actor.OnBehalf, &e.Actor.Door, &e.Actor.Agent, &e.Actor.RequestID,
			&e.Collection.Home, &e.Collection.ParentID, &e.Collection.Name, &e.Collection.ID)
		e.At = time.UnixMilli(at).UTC()
		list = append(list, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range list {
		e := &list[i]
		rows, err := rowsInTrash(c, e.ID)
		if err != nil {
			return nil, err
		}
		for _, n := range rows {
			e.Members += n.Len()
			if n.ID == e.Collection.ID {
				n.Home, n.ParentID, n.Name = intern(e.Collection.Home), e.Collection.ParentID, e.Collection.Name
				e.Collection = n
			}
		}
	}
	return list, nil
}

// rowsInTrash gives the collections that are out of sight with one in the trash.
func rowsInTrash(c *session, place int64) (list []*Collection, err error) {
	err = c.each("SELECT "+collectionColumns+" FROM collection WHERE id IN (SELECT collection_id FROM trashed WHERE trash_id = ?)", []any{place}, func(r *sql.Rows) error {
		n, err := scanCollection(r)
		list = append(list, n)
		return err
	})
	return list, err
}

// RestoreCollection brings a collection back to where it was, under its name or another like it; to its home, if what
// it was in is gone. ErrNotFound if it is not in the trash, *LimitError if there is no room.
func (t *Tx) RestoreCollection(place int64) (*Collection, error) {
	ctx := context.Background()
	if err := t.save(); err != nil {
		return nil, err
	}
	e, err := oneTrashed(t.c, place)
	if err != nil {
		return nil, err
	}
	rows, err := rowsInTrash(t.c, place)
	if err != nil {
		return nil, err
	}
	root := e.Collection
	if err := t.roomToRestore(root, rows); err != nil {
		return nil, err
	}
	if up, err := t.CollectionByID(ctx, root.ParentID); err != nil || up.Kind != KindPlain || up.Home != root.Home || up.OwnerID != root.OwnerID {
		root.ParentID = 0
	}
	if root.Name, err = t.freeName(root); err != nil {
		return nil, err
	}
	_, err = t.exec("UPDATE collection SET home = ?, parent_id = ?, name = ? WHERE id = ?", root.Home, root.ParentID, root.Name, root.ID)
	if err != nil {
		return nil, t.spoil(err)
	}
	for _, n := range rows {
		if n.ID == root.ID {
			n = root
		}
		if err := t.show(n); err != nil {
			return nil, t.spoil(err)
		}
	}
	if _, err := t.exec("DELETE FROM trash WHERE id = ?", place); err != nil {
		return nil, t.spoil(err)
	}
	return root, t.spoil(t.touch(root))
}

// roomToRestore judges the limits for what comes back.
func (t *Tx) roomToRestore(root *Collection, rows []*Collection) error {
	l := &t.s.o.Limits
	all, err := t.CollectionsOf(context.Background(), root.OwnerID)
	if err != nil {
		return err
	}
	have, size := int64(len(rows)), t.usage(root.OwnerID)
	for _, c := range all {
		if c.Home == root.Home {
			have++
		}
	}
	for _, c := range rows {
		size += c.bytes
	}
	if passes(have, l.CollectionsPerHome) {
		return &LimitError{What: "collections per home", Limit: l.CollectionsPerHome}
	}
	if passes(size, l.BytesPerUser) {
		return &LimitError{What: "bytes per user", Limit: l.BytesPerUser, Quota: true}
	}
	return nil
}

// freeName is the name of a collection, or one like it that is free in its parent.
func (t *Tx) freeName(c *Collection) (string, error) {
	name := c.Name
	for n := 2; ; n++ {
		err := t.place(c.Home, c.OwnerID, c.ParentID, name)
		if err == nil || !errors.Is(err, ErrExists) {
			return name, err
		}
		name = fmt.Sprintf("%s-%d", c.Name, n)
	}
}

// show brings a collection back into sight, for those whom it was granted and who are still there.
func (t *Tx) show(n *Collection) error {
	var grants []Grant
	err := t.c.each("SELECT collection_id, principal_id, privileges, deny FROM access_grant WHERE collection_id = ? ORDER BY position", []any{n.ID}, func(r *sql.Rows) error {
		var g Grant
		err := r.Scan(&g.CollectionID, &g.PrincipalID, &g.Privileges, &g.Deny)
		if g.PrincipalID >= 0 {
			if _, gone := t.Principal(context.Background(), g.PrincipalID); gone != nil {
				return err
			}
		}
		grants = append(grants, g)
		return err
	})
	if err != nil {
		return err
	}
	put(&t.changes.collections, n.ID, n)
	put(&t.changes.placed, n.ID, true)
	put(&t.changes.grants, n.ID, grants)
	shares, err := readShares(t.c, "WHERE collection_id = ?", n.ID)
	put(&t.changes.shares, n.ID, shares)
	for _, sh := range shares {
		if err == nil { // that it was taken away is no longer so
			err = t.DropNotice(sh.PrincipalID, t.InviteUID(n.ID, sh.PrincipalID))
		}
		if err == nil {
			_, err = t.bumpHome(n.Home, sh.PrincipalID)
		}
	}
	t.changed(Ref{Kind: RefCollection, ID: n.ID})
	return err
}

// restored gives the members of a collection that came back from the trash in this batch, as the database has them.
func (t *Tx) restored(collID int64) (*Listing, error) {
	all, err := readMembers(t.c, collID)
	if err != nil {
		return nil, err
	}
	l := newMemberLog(collID)
	for _, m := range all {
		l.append(m)
	}
	return &Listing{log: l, entries: l.entries, change: l.change, live: l.live}, nil
}

// PurgeTrash gives a collection in the trash up for good, or gives ErrNotFound. Its bytes go in steps, when nothing else is done.
func (t *Tx) PurgeTrash(place int64) error {
	r, err := t.exec("UPDATE trash SET at = 0 WHERE id = ? AND at > 0", place)
	t.s.lastHistory = time.Time{} // the writer's own: there is something to prune
	return touched(r, err, "purge the trash")
}

// emptyTrash deletes all that an owner has in the trash; history keeps the bytes, as when they had not been there.
func (t *Tx) emptyTrash(owner int64) error {
	var ids []int64
	if err := t.save(); err != nil {
		return err
	}
	err := t.c.each("SELECT collection_id FROM trashed WHERE collection_id IN (SELECT id FROM collection WHERE owner_id = ?)", []any{owner}, func(r *sql.Rows) error {
		var id int64
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	})
	for _, id := range ids {
		if err == nil {
			err = t.historyOfAll(id)
		}
		if err == nil {
			err = t.eraseCollection(id)
		}
	}
	return err
}

// pruneTrash takes a step towards the end of what was in the trash for too long, and tells whether it had anything to do.
func (s *Store) pruneTrash(before time.Time) (more bool, err error) {
	c := s.writer.c
	var place, id int64
	err = c.row(`SELECT trashed.trash_id, trashed.collection_id FROM trashed JOIN trash ON trash.id = trash_id WHERE at < ?
		ORDER BY trash.collection_id = trashed.collection_id LIMIT 1`, []any{before.UnixMilli()}, &place, &id)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, s.step(func() error {
		// From the first step on it is nobody's to bring back: what is half gone would come back without telling clients so.
		if _, err := c.exec("UPDATE trash SET at = 0 WHERE id = ?", place); err != nil {
			return err
		}
		return pruneCollection(c, id)
	})
}

// pruneCollection deletes some of the objects of a collection in the trash; where none are left some of the former versions;
// where none of these are, the collection.
func pruneCollection(c *session, id int64) error {
	some := "SELECT name FROM object WHERE collection_id = ? ORDER BY name LIMIT " + strconv.Itoa(pruneRows)
	for _, query := range []string{
		"DELETE FROM blob WHERE id IN (SELECT blob_id FROM object WHERE collection_id = ? AND name IN (" + some + "))",
		"DELETE FROM property WHERE ref_kind = 'object' AND ref_id IN (SELECT id FROM object WHERE collection_id = ? AND name IN (" + some + "))",
	} {
		if _, err := c.exec(query, id, id); err != nil {
			return err
		}
	}
	r, err := c.exec("DELETE FROM object WHERE collection_id = ? AND name IN ("+some+")", id, id)
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n > 0 {
		return err
	}
	former := "SELECT id FROM history WHERE collection_id = ? ORDER BY name, id LIMIT " + strconv.Itoa(pruneRows)
	if _, err := c.exec("DELETE FROM blob WHERE id IN (SELECT blob_id FROM history WHERE id IN ("+former+"))", id); err != nil {
		return err
	}
	if r, err = c.exec("DELETE FROM history WHERE id IN ("+former+")", id); err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n > 0 {
		return err
	}
	for _, query := range []string{
		"DELETE FROM property WHERE ref_kind = 'collection' AND ref_id = ?",
		"DELETE FROM tombstone WHERE collection_id = ?",
		"DELETE FROM collection WHERE id = ?",
	} {
		if _, err := c.exec(query, id); err != nil {
			return err
		}
	}
	return nil
}
