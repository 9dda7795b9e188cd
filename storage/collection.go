package storage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// CollectionAt gives the collection at a path below a home: names are the path segments, the
// last one its own. ErrNotFound if it, a parent or the owner is not there.
func (s *Store) CollectionAt(ctx context.Context, home, owner string, names []string) (*Collection, error) {
	p, err := s.directory.named(owner)
	if err != nil {
		return nil, err
	}
	return s.catalog.at(home, p.ID, names)
}

// CollectionByID gives a collection, or ErrNotFound.
func (s *Store) CollectionByID(ctx context.Context, id int64) (*Collection, error) {
	return s.catalog.get(id)
}

// Collections gives the collections directly in a home (parentID 0) or in a plain collection,
// ordered by name. The slice is the caller's.
func (s *Store) Collections(ctx context.Context, home string, ownerID, parentID int64) ([]*Collection, error) {
	k := s.catalog
	return byName(k.list(func() []int64 { return k.children[parentKey{home, ownerID, parentID}] })), nil
}

// CollectionsOf gives all collections of an owner, in any home and at any depth, ordered by name.
func (s *Store) CollectionsOf(ctx context.Context, ownerID int64) ([]*Collection, error) {
	k := s.catalog
	return byName(k.list(func() []int64 { return k.owned[ownerID] })), nil
}

// HomeChange is a number that grows with each creation, change and deletion of a collection in a home.
func (s *Store) HomeChange(ctx context.Context, home string, ownerID int64) (uint64, error) {
	k := s.catalog
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.homes[homeKey{home, ownerID}], nil
}

// Usage is the number of bytes that an owner's objects take.
func (s *Store) Usage(ctx context.Context, ownerID int64) (int64, error) {
	k := s.catalog
	k.mu.RLock()
	defer k.mu.RUnlock()
	var sum int64
	for _, id := range k.owned[ownerID] {
		sum += k.byID[id].bytes
	}
	return sum, nil
}

// CollectionAt is Store.CollectionAt inside the transaction.
func (t *Tx) CollectionAt(ctx context.Context, home, owner string, names []string) (*Collection, error) {
	p, err := t.PrincipalByName(ctx, owner)
	if err != nil {
		return nil, err
	}
	var c *Collection
	var parent int64
	for _, name := range names {
		if c = t.child(home, p.ID, parent, name); c == nil {
			return nil, ErrNotFound
		}
		parent = c.ID
	}
	if c == nil {
		return nil, ErrNotFound
	}
	return c, nil
}

// child gives the collection of a name in its parent, or nil.
func (t *Tx) child(home string, owner, parent int64, name string) *Collection {
	key := pathKey{home, owner, parent, name}
	for _, l := range t.layers() {
		for id := range l.placed {
			if c, err := t.CollectionByID(context.Background(), id); err == nil && c.path() == key {
				return c
			}
		}
	}
	c, err := t.s.catalog.byKey(key)
	if err != nil {
		return nil
	}
	if c, err = t.CollectionByID(context.Background(), c.ID); err != nil || c.path() != key {
		return nil
	}
	return c
}

func (k *catalog) byKey(p pathKey) (*Collection, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if c := k.byID[k.byPath[p]]; c != nil {
		return c, nil
	}
	return nil, ErrNotFound
}

// CollectionByID is Store.CollectionByID inside the transaction.
func (t *Tx) CollectionByID(ctx context.Context, id int64) (*Collection, error) {
	for _, l := range t.layers() {
		if c, ok := l.collections[id]; ok {
			if c == nil {
				return nil, ErrNotFound
			}
			return c, nil
		}
	}
	return t.s.catalog.get(id)
}

// Collections is Store.Collections inside the transaction.
func (t *Tx) Collections(ctx context.Context, home string, ownerID, parentID int64) ([]*Collection, error) {
	k := t.s.catalog
	key := parentKey{home, ownerID, parentID}
	list := k.list(func() []int64 { return k.children[key] })
	return t.overlay(list, func(c *Collection) bool { return c.parent() == key }), nil
}

// CollectionsOf is Store.CollectionsOf inside the transaction.
func (t *Tx) CollectionsOf(ctx context.Context, ownerID int64) ([]*Collection, error) {
	k := t.s.catalog
	list := k.list(func() []int64 { return k.owned[ownerID] })
	return t.overlay(list, func(c *Collection) bool { return c.OwnerID == ownerID }), nil
}

// overlay brings a list of committed collections up to the state of the transaction.
func (t *Tx) overlay(list []*Collection, match func(*Collection) bool) []*Collection {
	ids := make([]int64, 0, len(list))
	for _, c := range list {
		ids = append(ids, c.ID)
	}
	for _, l := range t.layers() {
		for id := range l.placed {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	list = list[:0]
	for _, id := range ids {
		if c, err := t.CollectionByID(context.Background(), id); err == nil && match(c) {
			list = append(list, c)
		}
	}
	return byName(list)
}

// HomeChange is Store.HomeChange inside the transaction.
func (t *Tx) HomeChange(ctx context.Context, home string, ownerID int64) (uint64, error) {
	for _, l := range t.layers() {
		if n, ok := l.homes[homeKey{home, ownerID}]; ok {
			return n, nil
		}
	}
	return t.s.HomeChange(ctx, home, ownerID)
}

// usage is Store.Usage inside the transaction.
func (t *Tx) usage(owner int64) int64 {
	ids := make([]int64, 0, 16)
	k := t.s.catalog
	k.mu.RLock()
	ids = append(ids, k.owned[owner]...)
	k.mu.RUnlock()
	for _, l := range t.layers() {
		for id := range l.placed {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	var sum int64
	for _, id := range ids {
		if c, err := t.CollectionByID(context.Background(), id); err == nil && c.OwnerID == owner {
			sum += c.bytes
		}
	}
	return sum
}

// own gives this transaction's copy of a collection, to be changed.
func (t *Tx) own(c *Collection) *Collection {
	if mine := t.changes.collections[c.ID]; mine != nil {
		return mine
	}
	mine := new(Collection)
	*mine = *c
	put(&t.changes.collections, c.ID, mine)
	return mine
}

// bumpHome counts a change of a home, and gives its number.
func (t *Tx) bumpHome(home string, owner int64) (uint64, error) {
	n, err := t.HomeChange(context.Background(), home, owner)
	if err != nil {
		return 0, err
	}
	n++
	_, err = t.exec(`INSERT INTO home (owner_id, home, change) VALUES (?, ?, ?)
		ON CONFLICT (owner_id, home) DO UPDATE SET change = excluded.change`, owner, home, int64(n))
	put(&t.changes.homes, homeKey{home, owner}, n)
	return n, err
}

// place proves that a collection may stand under name in parent.
func (t *Tx) place(home string, owner, parent int64, name string) error {
	if parent != 0 {
		p, err := t.CollectionByID(context.Background(), parent)
		if err != nil || p.Kind != KindPlain || p.OwnerID != owner || p.Home != home {
			return fmt.Errorf("parent collection: %w", ErrNotFound)
		}
		m, err := t.member(parent, name)
		if err != nil {
			return err
		}
		if m != nil && !m.deleted {
			return fmt.Errorf("object %q: %w", name, ErrExists)
		}
	}
	if t.child(home, owner, parent, name) != nil {
		return fmt.Errorf("collection %q: %w", name, ErrExists)
	}
	return nil
}

// CreateCollection stores a new collection and fills in ID, Change, Created and Modified; c is
// shared afterwards. ErrExists if the name is taken (by a collection or, in a plain collection,
// by an object), ErrNotFound if the parent is not there, *LimitError if the home is full.
func (t *Tx) CreateCollection(c *Collection) error {
	ctx := context.Background()
	if _, err := t.Principal(ctx, c.OwnerID); err != nil {
		return fmt.Errorf("owner: %w", err)
	}
	if err := t.place(c.Home, c.OwnerID, c.ParentID, c.Name); err != nil {
		return err
	}
	if limit := t.s.o.Limits.CollectionsPerHome; limit >= 0 {
		all, err := t.CollectionsOf(ctx, c.OwnerID)
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(o *Collection) bool { return o.Home != c.Home })
		if passes(int64(len(all))+1, limit) {
			return &LimitError{What: "collections per home", Limit: limit}
		}
	}
	c.Change, c.members, c.bytes = 0, 0, 0
	c.Created = seconds(t.now)
	c.Modified = c.Created
	r, err := t.exec(`INSERT INTO collection (owner_id, parent_id, home, kind, name, display_name, description, color, sort_order,
		timezone, timezone_id, components, transparent, default_alarm, change, members, bytes, created, modified, source)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, ?, ?, ?)`,
		c.OwnerID, c.ParentID, c.Home, c.Kind, c.Name, c.DisplayName, c.Description, c.Color, c.Order, c.Timezone, c.TimezoneID,
		strings.Join(c.Components, " "), c.Transparent, c.DefaultAlarm, c.Created.Unix(), c.Modified.Unix(), c.Source)
	if err != nil {
		return fmt.Errorf("store collection %q: %w", c.Name, err)
	}
	if c.ID, err = r.LastInsertId(); err != nil {
		return t.spoil(err)
	}
	put(&t.changes.collections, c.ID, c)
	put(&t.changes.created, c.ID, true)
	put(&t.changes.placed, c.ID, true)
	return t.spoil(t.touch(c))
}

// UpdateCollection stores the properties of c: all but its place, kind and Change.
func (t *Tx) UpdateCollection(c *Collection) error {
	old, err := t.CollectionByID(context.Background(), c.ID)
	if err != nil {
		return err
	}
	_, err = t.exec(`UPDATE collection SET display_name = ?, description = ?, color = ?, sort_order = ?, timezone = ?,
		timezone_id = ?, components = ?, transparent = ?, default_alarm = ? WHERE id = ?`,
		c.DisplayName, c.Description, c.Color, c.Order, c.Timezone, c.TimezoneID, strings.Join(c.Components, " "),
		c.Transparent, c.DefaultAlarm, c.ID)
	if err != nil {
		return fmt.Errorf("store collection %q: %w", old.Name, err)
	}
	now := t.own(old)
	now.DisplayName, now.Description, now.Color, now.Order = c.DisplayName, c.Description, c.Color, c.Order
	now.Timezone, now.TimezoneID, now.Transparent = c.Timezone, c.TimezoneID, c.Transparent
	now.Components, now.DefaultAlarm = slices.Clone(c.Components), c.DefaultAlarm
	now.Modified = seconds(t.now)
	return t.spoil(t.touch(now))
}

// MoveCollection gives a collection another parent (0 is the home) or name.
// ErrExists if the name is taken there, ErrNotFound if the parent is not there or below it.
func (t *Tx) MoveCollection(id, parentID int64, name string) error {
	c, err := t.CollectionByID(context.Background(), id)
	if err != nil {
		return err
	}
	for p := parentID; p != 0; {
		if p == id {
			return fmt.Errorf("move collection below itself: %w", ErrNotFound)
		}
		parent, err := t.CollectionByID(context.Background(), p)
		if err != nil {
			return err
		}
		p = parent.ParentID
	}
	if err := t.place(c.Home, c.OwnerID, parentID, name); err != nil {
		return err
	}
	if _, err := t.exec("UPDATE collection SET parent_id = ?, name = ? WHERE id = ?", parentID, name, id); err != nil {
		return fmt.Errorf("move collection %q: %w", c.Name, err)
	}
	before := *c
	now := t.own(c)
	now.ParentID, now.Name = parentID, name
	put(&t.changes.placed, id, true)
	if err := t.touch(now); err != nil {
		return t.spoil(err)
	}
	return t.spoil(t.depart(&before, now.Revision))
}

// DeleteCollection deletes a collection with all below it. History keeps the bytes.
func (t *Tx) DeleteCollection(id int64) error {
	c, err := t.CollectionByID(context.Background(), id)
	if err != nil {
		return err
	}
	if err := t.deleteCollection(c); err != nil {
		return t.spoil(fmt.Errorf("delete collection %q: %w", c.Name, err))
	}
	n, err := t.bumpHome(c.Home, c.OwnerID)
	if err != nil {
		return t.spoil(err)
	}
	return t.spoil(t.depart(c, n))
}

func (t *Tx) deleteCollection(c *Collection) error {
	below, err := t.Collections(context.Background(), c.Home, c.OwnerID, c.ID)
	if err != nil {
		return err
	}
	for _, b := range below { // as deep as the limit of collections allows
		if err := t.deleteCollection(b); err != nil {
			return err
		}
	}
	if err := cmp.Or(t.endShares(c), t.historyOfAll(c.ID)); err != nil {
		return err
	}
	if err := t.eraseCollection(c.ID); err != nil {
		return err
	}
	put(&t.changes.collections, c.ID, nil)
	put(&t.changes.placed, c.ID, true)
	t.changed(Ref{Kind: RefCollection, ID: c.ID})
	put(&t.changes.grants, c.ID, nil)
	put(&t.changes.shares, c.ID, nil)
	return nil
}

// eraseCollection deletes the rows of a collection, its objects' bytes apart.
func (t *Tx) eraseCollection(id int64) error {
	for _, query := range []string{
		"DELETE FROM property WHERE ref_kind = 'object' AND ref_id IN (SELECT id FROM object WHERE collection_id = ?)",
		"DELETE FROM property WHERE ref_kind = 'collection' AND ref_id = ?",
		"DELETE FROM object WHERE collection_id = ?",
		"DELETE FROM tombstone WHERE collection_id = ?",
		"DELETE FROM collection WHERE id = ?",
	} {
		if _, err := t.exec(query, id); err != nil {
			return err
		}
	}
	return nil
}

// historyOfAll keeps the bytes of all objects of a collection that is about to go.
func (t *Tx) historyOfAll(collID int64) (err error) {
	if err := cmp.Or(t.settle(blobRows), t.settle(historyRows)); err != nil {
		return err
	}
	if !t.remembers(collID) {
		_, err = t.exec("DELETE FROM blob WHERE id IN (SELECT blob_id FROM object WHERE collection_id = ?)", collID)
		return err
	}
	a := t.actor
	_, err = t.exec(`INSERT INTO history (at, collection_id, name, uid, blob_id, etag, size, what, principal_id, on_behalf, door, agent, request_id)
		SELECT ?, collection_id, name, uid, blob_id, etag, size, 'deleted', ?, ?, ?, ?, ? FROM object WHERE collection_id = ?`,
		t.now.UnixMilli(), a.PrincipalID, a.OnBehalf, a.Door, a.Agent, a.RequestID, collID)
	return err
}
