package storage

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
)

// PutObject stores a new object, or replaces the one of that name, whose bytes go to history.
// It reads CollectionID, Name, Data, ContentType, ScheduleTag and Facts and fills in the rest;
// o and its Data belong to the store afterwards. It tells whether the object is new.
// *UIDTakenError, *LimitError, ErrNotFound if the collection is not there, ErrExists if a
// collection has the name.
func (t *Tx) PutObject(o *Object) (created bool, err error) {
	c, err := t.CollectionByID(context.Background(), o.CollectionID)
	if err != nil {
		return false, fmt.Errorf("collection %d: %w", o.CollectionID, err)
	}
	old, err := t.member(o.CollectionID, o.Name)
	if err != nil {
		return false, err
	}
	if err := t.roomFor(c, old, o.Name, int64(len(o.Data))); err != nil {
		return false, err
	}
	if o.Data == nil {
		o.Data = []byte{}
	}
	o.own()
	sum := t.sum(o.Data)
	o.ETag = quoteTag(sum[:tagBytes])
	o.Size = len(o.Data)
	o.blob = t.nextBlob()
	o.Change = c.Change + 1
	o.Modified = seconds(t.now)
	o.deleted = false
	o.Component, o.Role, o.ContentType = intern(o.Component), intern(o.Role), intern(o.ContentType)
	if created = old == nil || old.deleted; created {
		o.ID, o.Created = o.blob, o.Modified
	} else {
		o.ID, o.Created = old.ID, old.Created
	}
	if err := t.writeMember(c, old, &o.Member, sum[:tagBytes]); err != nil {
		return false, err
	}
	if err := t.later(blobRows, o.blob, o.Data); err != nil {
		return false, t.spoil(fmt.Errorf("store bytes of %q: %w", o.Name, err))
	}
	if !created {
		if err := t.keepOld(old, "overwritten"); err != nil {
			return false, t.spoil(err)
		}
	}
	m := o.Member // a copy: the listing outlives the object's place in the cache, and must not keep its bytes
	t.note(c, old, &m)
	t.changes.objects = append(t.changes.objects, o)
	return created, nil
}

// sum hashes bytes that never change, those that were stored just before once.
func (t *Tx) sum(data []byte) [sha256.Size]byte {
	if len(data) == 0 {
		return sha256.Sum256(nil)
	}
	for i := range t.hashed {
		if h := &t.hashed[i]; len(h.data) == len(data) && &h.data[0] == &data[0] {
			return h.sum
		}
	}
	h := hashed{data, sha256.Sum256(data)}
	t.hashed[1], t.hashed[0] = t.hashed[0], h
	return h.sum
}

// hashed is bytes with their hash.
type hashed struct {
	data []byte
	sum  [sha256.Size]byte
}

// own cuts the strings of o loose from what they were read from: a UID that is a piece of its object's parsed
// text would keep all of that in memory for as long as the listing lives. Mostly the name is the UID with a suffix.
func (o *Object) own() {
	o.Name = strings.Clone(o.Name)
	if o.UID != "" && strings.HasPrefix(o.Name, o.UID) {
		o.UID = o.Name[:len(o.UID)]
	} else {
		o.UID = strings.Clone(o.UID)
	}
}

// nextBlob numbers bytes. Numbers of what is rolled back are not used again.
func (t *Tx) nextBlob() int64 {
	t.s.lastBlob++
	return t.s.lastBlob
}

// roomFor judges the limits for an object of size bytes under name, in place of old.
func (t *Tx) roomFor(c *Collection, old *Member, name string, size int64) error {
	if c.Kind == KindPlain && t.child(c.Home, c.OwnerID, c.ID, name) != nil {
		return fmt.Errorf("collection %q: %w", name, ErrExists)
	}
	l := &t.s.o.Limits
	if old == nil || old.deleted {
		if passes(c.members+1, l.ObjectsPerCollection) {
			return &LimitError{What: "objects per collection", Limit: l.ObjectsPerCollection}
		}
	} else {
		size -= int64(old.Size)
	}
	if size > 0 && l.BytesPerUser >= 0 && passes(t.usage(c.OwnerID)+size, l.BytesPerUser) {
		return &LimitError{What: "bytes per user", Limit: l.BytesPerUser, Quota: true}
	}
	return nil
}

// writeMember writes the facts of m to c in place of old, which is nil, a tombstone or a member.
func (t *Tx) writeMember(c *Collection, old, m *Member, sum []byte) error {
	solo := (c.Kind == KindCalendar || c.Kind == KindAddressBook) && m.UID != ""
	var err error
	if old != nil && !old.deleted {
		_, err = t.exec(`UPDATE object SET blob_id = ?, change = ?, etag = ?, size = ?, uid = ?, solo = ?, component = ?, role = ?,
			first = ?, last = ?, recurring = ?, floating = ?, content_type = ?, schedule_tag = ?, modified = ?, id = ?, created = ?
			WHERE collection_id = ? AND name = ?`,
			m.blob, int64(m.Change), sum, m.Size, m.UID, solo, m.Component, m.Role, m.First, m.Last, m.Recurring, m.Floating,
			m.ContentType, m.ScheduleTag, m.Modified.Unix(), m.ID, m.Created.Unix(), m.CollectionID, m.Name)
	} else {
		_, err = t.exec(`INSERT INTO object (collection_id, name, id, blob_id, change, etag, size, uid, solo, component, role,
			first, last, recurring, floating, content_type, schedule_tag, created, modified)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			m.CollectionID, m.Name, m.ID, m.blob, int64(m.Change), sum, m.Size, m.UID, solo, m.Component, m.Role,
			m.First, m.Last, m.Recurring, m.Floating, m.ContentType, m.ScheduleTag, m.Created.Unix(), m.Modified.Unix())
	}
	if uniqueViolation(err) {
		return t.uidTaken(m, err)
	}
	if err != nil {
		return fmt.Errorf("store object %q: %w", m.Name, err)
	}
	if old != nil && old.deleted || old == nil && t.s.listings.get(c.ID) == nil && !t.fresh(c.ID) {
		if _, err := t.exec("DELETE FROM tombstone WHERE collection_id = ? AND name = ?", c.ID, m.Name); err != nil {
			return t.spoil(err)
		}
	}
	return nil
}

// fresh tells whether the collection was made in this batch.
func (t *Tx) fresh(collID int64) bool {
	for _, l := range t.layers() {
		if l.created[collID] {
			return true
		}
	}
	return false
}

// uidTaken finds who has the UID of m.
func (t *Tx) uidTaken(m *Member, cause error) error {
	taken := &UIDTakenError{CollectionID: m.CollectionID, UID: m.UID}
	err := t.c.row("SELECT name FROM object WHERE uid = ? AND solo = 1 AND collection_id = ?", []any{m.UID, m.CollectionID}, &taken.Name)
	if errors.Is(err, ErrNotFound) {
		return t.spoil(fmt.Errorf("store object %q: %w", m.Name, cause))
	}
	if err != nil {
		return err
	}
	return taken
}

// note counts a change of a member, or its tombstone, in its collection.
func (t *Tx) note(c *Collection, old, m *Member) {
	n := t.own(c)
	n.Change = m.Change
	n.Modified = seconds(t.now)
	if old != nil && !old.deleted {
		n.members--
		n.bytes -= int64(old.Size)
	}
	if !m.deleted {
		n.members++
		n.bytes += int64(m.Size)
	}
	put(&t.changes.names, memberKey{m.CollectionID, m.Name}, m)
	t.changes.log = append(t.changes.log, m)
}

// remembers tells whether the former bytes of the members of a collection are kept. Not those that come from elsewhere,
// which can be read there again, nor what the server told: whoever causes them could fill the disk.
func (t *Tx) remembers(collID int64) bool {
	c, err := t.CollectionByID(context.Background(), collID)
	return t.s.o.HistoryFor >= 0 && (err != nil || c.Source == "" && c.Kind != KindNotifications)
}

// keepOld makes the bytes of a member history, or drops them where none is kept.
func (t *Tx) keepOld(old *Member, what string) error {
	if !t.remembers(old.CollectionID) {
		if err := t.settle(blobRows); err != nil {
			return err
		}
		_, err := t.exec("DELETE FROM blob WHERE id = ?", old.blob)
		return err
	}
	a := t.actor
	err := t.later(historyRows, t.now.UnixMilli(), old.CollectionID, old.Name, old.UID, old.blob, tagSum(old.ETag), old.Size, what,
		a.PrincipalID, a.OnBehalf, a.Door, a.Agent, a.RequestID)
	if err != nil {
		return fmt.Errorf("keep former %q: %w", old.Name, err)
	}
	return nil
}

// DeleteObject deletes an object, or gives ErrNotFound. History keeps the bytes.
func (t *Tx) DeleteObject(collID int64, name string) error {
	c, old, err := t.existing(collID, name)
	if err != nil {
		return err
	}
	return t.spoil(t.deleteMember(c, old))
}

// existing gives a member that is there, with its collection.
func (t *Tx) existing(collID int64, name string) (*Collection, *Member, error) {
	c, err := t.CollectionByID(context.Background(), collID)
	if err != nil {
		return nil, nil, err
	}
	m, err := t.member(collID, name)
	if err != nil {
		return nil, nil, err
	}
	if m == nil || m.deleted {
		return nil, nil, fmt.Errorf("object %q: %w", name, ErrNotFound)
	}
	return c, m, nil
}

func (t *Tx) deleteMember(c *Collection, old *Member) error {
	if _, err := t.exec("DELETE FROM property WHERE ref_kind = 'object' AND ref_id = ?", old.ID); err != nil {
		return err
	}
	if err := t.keepOld(old, "deleted"); err != nil {
		return err
	}
	if _, err := t.exec("DELETE FROM object WHERE collection_id = ? AND name = ?", c.ID, old.Name); err != nil {
		return err
	}
	return t.bury(c, old)
}

// bury writes the tombstone of a name that is gone.
func (t *Tx) bury(c *Collection, old *Member) error {
	m := &Member{CollectionID: c.ID, Name: old.Name, Change: c.Change + 1, deleted: true}
	_, err := t.exec(`INSERT INTO tombstone (collection_id, name, change) VALUES (?, ?, ?)
		ON CONFLICT (collection_id, name) DO UPDATE SET change = excluded.change`, c.ID, old.Name, int64(m.Change))
	if err != nil {
		return err
	}
	t.note(c, old, m)
	return nil
}

// MoveObject moves an object with its dead properties, replacing what is there.
// It tells whether the name at the destination is new. Moving to itself changes nothing.
// Errors as PutObject, and ErrNotFound.
func (t *Tx) MoveObject(collID int64, name string, destID int64, destName string) (created bool, err error) {
	_, m, err := t.existing(collID, name)
	if err != nil {
		return false, err
	}
	if collID == destID && name == destName {
		return false, nil
	}
	from := *m
	if err := t.keepMoved(&from, destID); err != nil {
		return false, t.spoil(err)
	}
	// The object leaves first: its UID must be free where it arrives in its own collection.
	created, err = t.arrive(m, destID, destName, func(c *Collection) error {
		if _, err := t.exec("DELETE FROM object WHERE collection_id = ? AND name = ?", collID, name); err != nil {
			return err
		}
		source, err := t.CollectionByID(context.Background(), collID)
		if err != nil {
			return err
		}
		return t.bury(source, &from)
	}, func(moved *Member) error { return nil })
	return created, err
}

// keepMoved keeps what moves to another owner as if it were deleted: whose it was has it back from history, since they
// may have no way to where it went.
func (t *Tx) keepMoved(m *Member, destID int64) error {
	source, err := t.CollectionByID(context.Background(), m.CollectionID)
	if err != nil {
		return err
	}
	dest, err := t.CollectionByID(context.Background(), destID)
	if err != nil {
		return fmt.Errorf("destination: %w", err)
	}
	if source.OwnerID == dest.OwnerID || !t.remembers(source.ID) {
		return nil
	}
	o, err := t.objectOf(m)
	if err != nil {
		return err
	}
	kept := *m
	kept.blob = t.nextBlob()
	if _, err := t.exec("INSERT INTO blob (id, data) VALUES (?, ?)", kept.blob, o.Data); err != nil {
		return err
	}
	return t.keepOld(&kept, "deleted")
}

// CopyObject copies an object with its dead properties, replacing what is there. Errors as
// PutObject: within one calendar a copy meets the UID of its source.
func (t *Tx) CopyObject(collID int64, name string, destID int64, destName string) (created bool, err error) {
	_, m, err := t.existing(collID, name)
	if err != nil {
		return false, err
	}
	if collID == destID && name == destName {
		return false, nil
	}
	source, err := t.objectOf(m)
	if err != nil {
		return false, err
	}
	blob := t.nextBlob()
	return t.arrive(m, destID, destName, func(*Collection) error { return nil }, func(c *Member) error {
		c.ID, c.blob, c.Created = blob, blob, c.Modified
		if _, err := t.exec("INSERT INTO blob (id, data) VALUES (?, ?)", blob, source.Data); err != nil {
			return err
		}
		_, err := t.exec(`INSERT INTO property (ref_kind, ref_id, ref_home, principal_id, space, local, xml)
			SELECT ref_kind, ?, ref_home, principal_id, space, local, xml FROM property WHERE ref_kind = 'object' AND ref_id = ?`, c.ID, m.ID)
		return err
	})
}

// arrive stores a member, copied from m, at the destination; what is there goes to history
// with its dead properties (RFC 4918 §9.8.4, §9.9.3). leave runs before, identify gives the
// new member its identity.
func (t *Tx) arrive(m *Member, destID int64, destName string, leave func(*Collection) error, identify func(*Member) error) (bool, error) {
	dest, err := t.CollectionByID(context.Background(), destID)
	if err != nil {
		return false, fmt.Errorf("destination: %w", err)
	}
	old, err := t.member(destID, destName)
	if err != nil {
		return false, err
	}
	if err := t.roomFor(dest, old, destName, int64(m.Size)); err != nil {
		return false, err
	}
	if err := leave(dest); err != nil {
		return false, t.spoil(err)
	}
	created := old == nil || old.deleted
	if !created {
		if _, err := t.exec("DELETE FROM property WHERE ref_kind = 'object' AND ref_id = ?", old.ID); err != nil {
			return false, t.spoil(err)
		}
		if err := t.keepOld(old, "overwritten"); err != nil {
			return false, t.spoil(err)
		}
	}
	if dest, err = t.CollectionByID(context.Background(), destID); err != nil { // its number may have grown
		return false, t.spoil(err)
	}
	now := *m
	now.CollectionID, now.Name, now.Change, now.Modified = destID, destName, dest.Change+1, seconds(t.now)
	if err := identify(&now); err != nil {
		return false, t.spoil(err)
	}
	if err := t.writeMember(dest, old, &now, tagSum(now.ETag)); err != nil {
		return false, t.spoil(err)
	}
	t.note(dest, old, &now)
	return created, nil
}
