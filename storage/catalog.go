package storage

import (
	"cmp"
	"database/sql"
	"slices"
	"strings"
	"sync"
	"time"
)

type homeKey struct {
	home  string
	owner int64
}

type pathKey struct {
	home          string
	owner, parent int64
	name          string
}

type parentKey struct {
	home          string
	owner, parent int64
}

func (c *Collection) path() pathKey     { return pathKey{c.Home, c.OwnerID, c.ParentID, c.Name} }
func (c *Collection) parent() parentKey { return parentKey{c.Home, c.OwnerID, c.ParentID} }

// catalog holds all collections, their grants and the numbers of homes, as committed.
type catalog struct {
	mu       sync.RWMutex
	byID     map[int64]*Collection
	byPath   map[pathKey]int64
	children map[parentKey][]int64
	owned    map[int64][]int64 // all collections of an owner
	grants   map[int64][]Grant
	homes    map[homeKey]uint64

	shares     map[int64][]Share        // by collection
	sharedWith map[int64]map[int64]bool // by principal: collections in shares
}

const collectionColumns = `id, owner_id, parent_id, home, kind, name, display_name, description, color, sort_order,
	timezone, timezone_id, components, transparent, default_alarm, change, members, bytes, created, modified, revision, source`

func loadCatalog(c *session) (*catalog, error) {
	k := &catalog{
		byID: map[int64]*Collection{}, byPath: map[pathKey]int64{}, children: map[parentKey][]int64{},
		owned: map[int64][]int64{}, grants: map[int64][]Grant{}, homes: map[homeKey]uint64{},
		shares: map[int64][]Share{}, sharedWith: map[int64]map[int64]bool{},
	}
	err := c.each("SELECT "+collectionColumns+" FROM collection WHERE id NOT IN (SELECT collection_id FROM trashed)", nil, func(r *sql.Rows) error {
		n, err := scanCollection(r)
		if err == nil {
			k.add(n)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	err = c.each("SELECT collection_id, principal_id, privileges, deny FROM access_grant ORDER BY collection_id, position", nil, func(r *sql.Rows) error {
		var g Grant
		err := r.Scan(&g.CollectionID, &g.PrincipalID, &g.Privileges, &g.Deny)
		if k.byID[g.CollectionID] != nil { // else in the trash
			k.grants[g.CollectionID] = append(k.grants[g.CollectionID], g)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := k.loadShares(c); err != nil {
		return nil, err
	}
	err = c.each("SELECT owner_id, home, change FROM home", nil, func(r *sql.Rows) error {
		var h homeKey
		var change int64
		err := r.Scan(&h.owner, &h.home, &change)
		k.homes[homeKey{intern(h.home), h.owner}] = uint64(change)
		return err
	})
	return k, err
}

func scanCollection(r *sql.Rows) (*Collection, error) {
	n := new(Collection)
	var components string
	var change, created, modified, revision int64
	err := r.Scan(&n.ID, &n.OwnerID, &n.ParentID, &n.Home, &n.Kind, &n.Name, &n.DisplayName, &n.Description, &n.Color, &n.Order,
		&n.Timezone, &n.TimezoneID, &components, &n.Transparent, &n.DefaultAlarm, &change, &n.members, &n.bytes, &created, &modified, &revision, &n.Source)
	if err != nil {
		return nil, err
	}
	n.Home, n.Kind, n.Source = intern(n.Home), intern(n.Kind), intern(n.Source)
	if components != "" {
		n.Components = strings.Split(components, " ")
	}
	n.Change, n.Revision = uint64(change), uint64(revision)
	n.Created, n.Modified = time.Unix(created, 0).UTC(), time.Unix(modified, 0).UTC()
	return n, nil
}

// seconds is an instant as the database keeps it.
func seconds(t time.Time) time.Time { return time.Unix(t.Unix(), 0).UTC() }

// intern gives one copy of words that stand in many rows.
func intern(s string) string {
	for _, w := range words {
		if s == w {
			return w
		}
	}
	return s
}

var words = [...]string{
	"", Calendars, AddressBooks, KindCalendar, KindAddressBook, KindInbox, KindOutbox, KindPlain, KindNotifications,
	"VEVENT", "VTODO", "VCARD", "VJOURNAL", "organizer", "attendee",
	"text/calendar", "text/calendar; charset=utf-8", "text/vcard", "text/vcard; charset=utf-8",
	SourceFeed, SourceBirthdays,
}

func (k *catalog) add(n *Collection) {
	k.byID[n.ID] = n
	k.byPath[n.path()] = n.ID
	k.children[n.parent()] = append(k.children[n.parent()], n.ID)
	k.owned[n.OwnerID] = append(k.owned[n.OwnerID], n.ID)
}

func (k *catalog) drop(n *Collection) {
	delete(k.byID, n.ID)
	if k.byPath[n.path()] == n.ID {
		delete(k.byPath, n.path())
	}
	if k.children[n.parent()] = without(k.children[n.parent()], n.ID); len(k.children[n.parent()]) == 0 {
		delete(k.children, n.parent())
	}
	if k.owned[n.OwnerID] = without(k.owned[n.OwnerID], n.ID); len(k.owned[n.OwnerID]) == 0 {
		delete(k.owned, n.OwnerID)
	}
}

func without(ids []int64, id int64) []int64 {
	if i := slices.Index(ids, id); i >= 0 {
		return slices.Delete(ids, i, i+1)
	}
	return ids
}

// publish takes over what a commit changed. Slices of ids change in place: they never leave the lock.
func (k *catalog) publish(c *changes) {
	if len(c.collections)+len(c.grants)+len(c.shares)+len(c.homes) == 0 {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	var placed []*Collection
	for id, n := range c.collections {
		old := k.byID[id]
		if old != nil && n != nil && old.path() == n.path() {
			k.byID[id] = n
			continue
		}
		if old != nil {
			k.drop(old)
		}
		if n != nil {
			placed = append(placed, n)
		} else {
			delete(k.grants, id)
			k.setShares(id, nil)
		}
	}
	for _, n := range placed { // after all are dropped: a path may have passed to another
		k.add(n)
	}
	for id, g := range c.grants {
		if len(g) == 0 {
			delete(k.grants, id)
		} else if k.byID[id] != nil {
			k.grants[id] = g
		}
	}
	for id, list := range c.shares {
		if k.byID[id] != nil {
			k.setShares(id, list)
		}
	}
	for h, n := range c.homes {
		if n == 0 {
			delete(k.homes, h)
		} else {
			k.homes[h] = n
		}
	}
}

func (k *catalog) get(id int64) (*Collection, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if n := k.byID[id]; n != nil {
		return n, nil
	}
	return nil, ErrNotFound
}

func (k *catalog) at(home string, owner int64, names []string) (*Collection, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	var n *Collection
	p := pathKey{home: home, owner: owner}
	for _, p.name = range names {
		if n = k.byID[k.byPath[p]]; n == nil {
			return nil, ErrNotFound
		}
		p.parent = n.ID
	}
	if n == nil {
		return nil, ErrNotFound
	}
	return n, nil
}

// list gives the collections of ids in a map of the catalog.
func (k *catalog) list(ids func() []int64) []*Collection {
	k.mu.RLock()
	defer k.mu.RUnlock()
	from := ids()
	list := make([]*Collection, 0, len(from))
	for _, id := range from {
		list = append(list, k.byID[id])
	}
	return list
}

func byName(list []*Collection) []*Collection {
	slices.SortFunc(list, func(a, b *Collection) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return list
}
