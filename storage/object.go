package storage

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
)

// tagBytes is how much of the SHA-256 of the bytes an ETag spells.
const tagBytes = 16

// ETag is the entity tag of data: quoted, strong, the same for the same bytes for ever.
func ETag(data []byte) string {
	sum := sha256.Sum256(data)
	return quoteTag(sum[:tagBytes])
}

// quoteTag spells the hash that the database keeps.
func quoteTag(sum []byte) string {
	b := make([]byte, 0, 2+base64.RawURLEncoding.EncodedLen(tagBytes))
	b = append(b, '"')
	b = base64.RawURLEncoding.AppendEncode(b, sum)
	return string(append(b, '"'))
}

// tagSum is the inverse of quoteTag; for what is no tag of ours it is empty.
func tagSum(etag string) []byte {
	if len(etag) < 2 {
		return []byte{}
	}
	sum, err := base64.RawURLEncoding.DecodeString(etag[1 : len(etag)-1])
	if err != nil {
		return []byte{}
	}
	return sum
}

// Memo gives what SetMemo stored with this object, or nil. It is dropped with the cached object.
func (o *Object) Memo() any {
	if m := o.memo.Load(); m != nil {
		return m.value
	}
	return nil
}

// SetMemo keeps an immutable value (the parsed form) with the object; cost is its estimated
// size in bytes and counts against the cache. The first one stays. It may be called before
// PutObject, and concurrently.
func (o *Object) SetMemo(value any, cost int) {
	if !o.memo.CompareAndSwap(nil, &memo{value, int64(cost)}) {
		return
	}
	if c := o.cache.Load(); c != nil {
		c.recount(o)
	}
}

// Object gives an object by name, or ErrNotFound.
func (s *Store) Object(ctx context.Context, collID int64, name string) (*Object, error) {
	l := s.listings.get(collID)
	if l == nil {
		if _, err := s.catalog.get(collID); err != nil {
			return nil, err
		}
		if !s.listings.missed(collID) {
			return s.readObject(ctx, collID, name)
		}
		var err error
		if l, err = s.members(ctx, collID); err != nil {
			return nil, err
		}
	}
	m := l.member(name)
	if m == nil || m.deleted {
		return nil, ErrNotFound
	}
	o, err := s.ObjectOf(ctx, m)
	if errors.Is(err, ErrNotFound) {
		return s.readObject(ctx, collID, name) // replaced at this moment, and no history is kept
	}
	return o, err
}

// readObject reads an object past the listing.
func (s *Store) readObject(ctx context.Context, collID int64, name string) (o *Object, err error) {
	err = s.read(ctx, true, func(c *session) error {
		m, err := readMember(c, collID, name)
		if err != nil {
			return err
		}
		if o = s.objects.get(m); o != nil {
			return nil
		}
		o, err = readBlob(c, m)
		return err
	})
	if err == nil && o.cache.Load() == nil {
		s.objects.add(o)
	}
	return o, err
}

func readMember(c *session, collID int64, name string) (*Member, error) {
	return oneMember(c, "SELECT "+memberColumns+" FROM object WHERE collection_id = ? AND name = ?", collID, name)
}

func oneMember(c *session, query string, args ...any) (*Member, error) {
	list, err := someMembers(c, query, args...)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, ErrNotFound
	}
	return list[0], nil
}

func someMembers(c *session, query string, args ...any) ([]*Member, error) {
	var list []*Member
	var etag sql.RawBytes
	err := c.each(query, args, func(r *sql.Rows) error {
		m, err := scanMember(r, &etag)
		list = append(list, m)
		return err
	})
	return list, err
}

func readBlob(c *session, m *Member) (*Object, error) {
	o := &Object{Member: *m}
	if err := c.row("SELECT data FROM blob WHERE id = ?", []any{m.blob}, &o.Data); err != nil {
		return nil, err
	}
	return o, nil
}

// ObjectsNamed calls yield for each name in order, with nil for one that is not there.
// An error of yield ends it and is returned. No lock and no connection is held meanwhile.
func (s *Store) ObjectsNamed(ctx context.Context, collID int64, names []string, yield func(name string, o *Object) error) error {
	var l *memberLog
	if len(names) > 4 { // one scan of the members costs less than as many searches
		var err error
		if l, err = s.members(ctx, collID); err != nil {
			return err
		}
	}
	ahead := 0 // names whose bytes were brought into the cache, where they were not
	for i, name := range names {
		if l != nil && i == ahead {
			ahead += s.readAhead(ctx, l, names[i:])
		}
		o, err := s.Object(ctx, collID, name)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if err := yield(name, o); err != nil {
			return err
		}
	}
	return nil
}

// How much is read ahead at once.
const (
	aheadNames = 64
	aheadRows  = 16 // of one query
	aheadBytes = 1 << 20
)

const aheadQuery = "SELECT id, data FROM blob WHERE id IN (?" + ",?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"

// readAhead brings the bytes of the first of these names into the cache, many by one query, and tells of how many
// names. What it cannot read is left to those who need it.
func (s *Store) readAhead(ctx context.Context, l *memberLog, names []string) int {
	missing := map[int64]*Member{}
	var args []any
	n, size := 0, 0
	for ; n < len(names) && n < aheadNames && (n == 0 || size < aheadBytes); n++ {
		m := l.member(names[n])
		if m == nil || m.deleted || missing[m.blob] != nil || s.objects.get(m) != nil {
			continue
		}
		missing[m.blob], args, size = m, append(args, m.blob), size+m.Size
	}
	if len(args) < 2 {
		return n
	}
	for len(args)%aheadRows != 0 {
		args = append(args, nil)
	}
	_ = s.read(ctx, false, func(c *session) error {
		for ; len(args) > 0; args = args[aheadRows:] {
			err := c.each(aheadQuery, args[:aheadRows], func(r *sql.Rows) error {
				var id int64
				var data []byte
				if err := r.Scan(&id, &data); err != nil {
					return err
				}
				s.objects.add(&Object{Member: *missing[id], Data: data})
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return n
}

// ObjectOf gives the object of a member of a listing in the member's version, or ErrNotFound
// if those bytes are gone.
func (s *Store) ObjectOf(ctx context.Context, m *Member) (*Object, error) {
	if o := s.objects.get(m); o != nil {
		return o, nil
	}
	var o *Object
	err := s.read(ctx, false, func(c *session) (err error) {
		o, err = readBlob(c, m)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.objects.add(o)
	return o, nil
}

const uidQuery = "SELECT " + memberColumns + " FROM object WHERE uid = ? AND solo = 1"

// FindUID gives the objects with a UID in all calendars of an owner (address books and the
// inbox excluded), mostly none or one.
func (s *Store) FindUID(ctx context.Context, ownerID int64, uid string) ([]*Object, error) {
	var found []*Member
	err := s.read(ctx, false, func(c *session) (err error) {
		found, err = someMembers(c, uidQuery, uid)
		return err
	})
	if err != nil {
		return nil, err
	}
	var list []*Object
	for _, m := range found {
		c, err := s.catalog.get(m.CollectionID)
		if err != nil || c.OwnerID != ownerID || c.Kind != KindCalendar {
			continue
		}
		o, err := s.ObjectOf(ctx, m)
		if errors.Is(err, ErrNotFound) {
			o, err = s.Object(ctx, m.CollectionID, m.Name)
		}
		if errors.Is(err, ErrNotFound) {
			continue // deleted at this moment
		}
		if err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, nil
}

// ObjectByUID gives the object of a calendar or address book that has the UID, or ErrNotFound.
func (s *Store) ObjectByUID(ctx context.Context, collID int64, uid string) (*Object, error) {
	var m *Member
	err := s.read(ctx, false, func(c *session) (err error) {
		m, err = oneMember(c, uidQuery+" AND collection_id = ?", uid, collID)
		return err
	})
	if err != nil {
		return nil, err
	}
	o, err := s.ObjectOf(ctx, m)
	if errors.Is(err, ErrNotFound) {
		return s.Object(ctx, collID, m.Name)
	}
	return o, err
}

// Object is Store.Object inside the transaction.
func (t *Tx) Object(ctx context.Context, collID int64, name string) (*Object, error) {
	if _, err := t.CollectionByID(ctx, collID); err != nil {
		return nil, err
	}
	m, err := t.member(collID, name)
	if err != nil {
		return nil, err
	}
	if m == nil || m.deleted {
		return nil, ErrNotFound
	}
	return t.objectOf(m)
}

// member gives the newest state of a name: nil if there is none, or perhaps a tombstone.
func (t *Tx) member(collID int64, name string) (*Member, error) {
	for _, l := range t.layers() {
		if m, ok := l.names[memberKey{collID, name}]; ok {
			return m, nil
		}
	}
	if l := t.s.listings.get(collID); l != nil {
		return l.member(name), nil
	}
	m, err := readMember(t.c, collID, name)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return m, err
}

func (t *Tx) objectOf(m *Member) (*Object, error) {
	for _, l := range t.layers() {
		for i := len(l.objects) - 1; i >= 0; i-- {
			if o := l.objects[i]; o.blob == m.blob && o.Change == m.Change {
				return o, nil
			}
		}
	}
	// A member that was moved in this batch is not to enter the cache before the commit.
	if o := t.s.objects.peek(m.blob); o != nil {
		if o.Change == m.Change && o.CollectionID == m.CollectionID {
			return o, nil
		}
		moved := &Object{Member: *m, Data: o.Data}
		moved.memo.Store(o.memo.Load())
		return moved, nil
	}
	if err := t.settle(blobRows); err != nil {
		return nil, err
	}
	o, err := readBlob(t.c, m)
	if err == nil && t.uncommitted(m) == nil {
		t.s.objects.add(o)
	}
	return o, err
}

// FindUID is Store.FindUID inside the transaction.
func (t *Tx) FindUID(ctx context.Context, ownerID int64, uid string) ([]*Object, error) {
	found, err := t.MembersOfUID(ctx, uid)
	if err != nil {
		return nil, err
	}
	return t.ObjectsOf(ctx, found[ownerID])
}

// MembersOfUID gives the members of all calendars that have a UID, by the owners of the calendars.
func (t *Tx) MembersOfUID(ctx context.Context, uid string) (map[int64][]*Member, error) {
	found, err := someMembers(t.c, uidQuery, uid)
	if err != nil {
		return nil, err
	}
	list := make(map[int64][]*Member, len(found))
	for _, m := range found {
		if c, err := t.CollectionByID(ctx, m.CollectionID); err == nil && c.Kind == KindCalendar {
			list[c.OwnerID] = append(list[c.OwnerID], m)
		}
	}
	return list, nil
}

// ObjectsOf gives the objects of members that this transaction gave, in the versions that they have.
func (t *Tx) ObjectsOf(_ context.Context, members []*Member) ([]*Object, error) {
	var list []*Object
	for _, m := range members {
		o, err := t.objectOf(m)
		if err != nil {
			return nil, fmt.Errorf("bytes of %q: %w", m.Name, err)
		}
		list = append(list, o)
	}
	return list, nil
}

// ObjectByUID is Store.ObjectByUID inside the transaction.
func (t *Tx) ObjectByUID(ctx context.Context, collID int64, uid string) (*Object, error) {
	m, err := oneMember(t.c, uidQuery+" AND collection_id = ?", uid, collID)
	if err != nil {
		return nil, err
	}
	return t.objectOf(m)
}
