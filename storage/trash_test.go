package storage

import (
	"errors"
	"testing"
	"time"
)

// inTrash gives what an owner has in the trash.
func inTrash(t *testing.T, s *Store, owner int64) []Trashed {
	t.Helper()
	list, err := s.Trash(bg, owner, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// whole asks for a store in which nothing is wrong.
func whole(t *testing.T, s *Store) {
	t.Helper()
	if r, err := s.Check(bg, false, nil); err != nil || len(r.Problems) > 0 {
		t.Errorf("check: %v %+v", err, r.Problems)
	}
}

// A collection comes back as it was: its members, properties, access, history and sync tokens, also after a restart.
func TestTrash(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(bg, dir, Options{Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	owner, coll := person(t, s, "alice")
	other, _ := person(t, s, "bob")
	fill(t, s, coll, 5)
	ref := Ref{Kind: RefCollection, ID: coll}
	update(t, s, func(tx *Tx) error {
		return errors.Join(tx.DeleteObject(coll, event(coll, 1).Name), tx.SetProperty(ref, 0, Property{"urn:x", "a", []byte("<a/>")}),
			tx.SetGrants(coll, []Grant{{PrincipalID: other, Privileges: 1}}),
			tx.SetShare(Share{CollectionID: coll, PrincipalID: other, State: ShareAccepted}))
	})
	before, _ := s.CollectionByID(bg, coll)
	token := s.SyncToken(coll, 4)
	update(t, s, func(tx *Tx) error { // in one commit with a change of a member
		if _, err := tx.PutObject(event(coll, 2)); err != nil {
			return err
		}
		return tx.TrashCollection(coll)
	})
	for what, err := range map[string]error{
		"by id":  func() error { _, err := s.CollectionByID(bg, coll); return err }(),
		"object": func() error { _, err := s.Object(bg, coll, event(coll, 2).Name); return err }(),
		"token":  func() error { _, err := s.ParseSyncToken(coll, token); return err }(),
	} {
		if err == nil {
			t.Errorf("%s: a collection in the trash is in sight", what)
		}
	}
	if list, err := s.FindUID(bg, owner, event(coll, 2).UID); err != nil || len(list) != 0 {
		t.Errorf("by UID: %v %v", list, err)
	}
	if used, _ := s.Usage(bg, owner); used != 0 {
		t.Errorf("it counts %d bytes", used)
	}
	whole(t, s)
	list := inTrash(t, s, owner)
	if len(list) != 1 || list[0].Collection.Name != before.Name || list[0].Members != 4 || len(inTrash(t, s, other)) != 0 {
		t.Fatalf("trash: %+v", list)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(bg, dir, Options{Log: quiet()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if g, _ := s.GrantsTo(bg, other); len(g) != 0 {
		t.Errorf("grants of it are in force: %v", g)
	}
	if sh, _ := s.SharesWith(bg, other); len(sh) != 0 {
		t.Errorf("shares of it are in force: %v", sh)
	}
	update(t, s, func(tx *Tx) error { _, err := tx.RestoreCollection(list[0].ID); return err })
	now, err := s.CollectionByID(bg, coll)
	if err != nil || now.Name != before.Name || now.Home != Calendars || now.Len() != 4 || now.Change != before.Change+1 || now.Revision <= before.Revision {
		t.Fatalf("restored: %+v, was %+v, %v", now, before, err)
	}
	if n, err := s.ParseSyncToken(coll, token); err != nil || n != 4 {
		t.Errorf("its token: %d %v", n, err)
	}
	l, err := s.Listing(bg, coll)
	if err != nil {
		t.Fatal(err)
	}
	changed := 0
	for range l.Since(4) {
		changed++
	}
	if changed != 3 { // the fifth object, the deletion, the last change
		t.Errorf("%d changes since the token", changed)
	}
	if p, err := s.Properties(bg, ref, 0); err != nil || len(p) != 1 {
		t.Errorf("properties: %v %v", p, err)
	}
	if sh, _ := s.SharesWith(bg, other); len(sh) != 1 || sh[0].State != ShareAccepted {
		t.Errorf("shares: %v", sh)
	}
	if g, _ := s.Grants(bg, coll); len(g) != 1 {
		t.Errorf("grants: %v", g)
	}
	if v, err := s.History(bg, coll, event(coll, 2).Name); err != nil || len(v) != 1 {
		t.Errorf("history: %v %v", v, err)
	}
	refused(t, s, "restored twice", func(err error) bool { return errors.Is(err, ErrNotFound) }, func(tx *Tx) error {
		_, err := tx.RestoreCollection(list[0].ID)
		return err
	})
	whole(t, s)
}

// A name that is taken meanwhile is left to who has it; what was below comes back with it.
func TestTrashNamesAndBelow(t *testing.T) {
	s := open(t, Options{})
	owner, _ := person(t, s, "alice")
	plain := &Collection{OwnerID: owner, Home: Calendars, Kind: KindPlain, Name: "files"}
	inner := &Collection{OwnerID: owner, Home: Calendars, Kind: KindCalendar, Name: "inner"}
	update(t, s, func(tx *Tx) error {
		if err := tx.CreateCollection(plain); err != nil {
			return err
		}
		inner.ParentID = plain.ID
		return errors.Join(tx.CreateCollection(inner), tx.TrashCollection(plain.ID))
	})
	update(t, s, func(tx *Tx) error {
		return tx.CreateCollection(&Collection{OwnerID: owner, Home: Calendars, Kind: KindCalendar, Name: "files"})
	})
	update(t, s, func(tx *Tx) error { _, err := tx.RestoreCollection(inTrash(t, s, owner)[0].ID); return err })
	if c, err := s.CollectionAt(bg, Calendars, "alice", []string{"files-2", "inner"}); err != nil || c.ID != inner.ID {
		t.Errorf("%v %v", c, err)
	}
	// What a collection was in is gone: it stands in the home.
	update(t, s, func(tx *Tx) error { return errors.Join(tx.TrashCollection(inner.ID), tx.DeleteCollection(plain.ID)) })
	update(t, s, func(tx *Tx) error { _, err := tx.RestoreCollection(inTrash(t, s, owner)[0].ID); return err })
	if c, err := s.CollectionAt(bg, Calendars, "alice", []string{"inner"}); err != nil || c.ID != inner.ID {
		t.Errorf("%v %v", c, err)
	}
	whole(t, s)
}

// The trash is emptied with history, in steps, and by those who say so at once; removing its owner takes it along.
func TestTrashEnds(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := open(t, Options{Clock: func() time.Time { return now }})
	owner, coll := person(t, s, "alice")
	fill(t, s, coll, pruneRows+10)
	update(t, s, func(tx *Tx) error { return tx.TrashCollection(coll) })
	empty := func() bool {
		n := 0
		err := s.read(bg, false, func(c *session) error {
			return c.row("SELECT (SELECT count(*) FROM trash) + (SELECT count(*) FROM object) + (SELECT count(*) FROM blob)", nil, &n)
		})
		return err == nil && n == 0
	}
	prune := func() {
		update(t, s, func(tx *Tx) error { // on the writer's goroutine, where it runs
			for more := true; more; {
				var err error
				if more, err = s.pruneTrash(now.Add(-s.o.HistoryFor)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	now = now.Add(29 * 24 * time.Hour)
	prune()
	if len(inTrash(t, s, owner)) != 1 {
		t.Error("gone too early")
	}
	now = now.Add(2 * 24 * time.Hour)
	half := inTrash(t, s, owner)[0].ID
	update(t, s, func(*Tx) error { _, err := s.pruneTrash(now.Add(-s.o.HistoryFor)); return err })
	refused(t, s, "restored when half of it is gone", func(err error) bool { return errors.Is(err, ErrNotFound) }, func(tx *Tx) error {
		_, err := tx.RestoreCollection(half)
		return err
	})
	prune()
	if !empty() {
		t.Error("there is something left")
	}
	update(t, s, func(tx *Tx) error {
		c := &Collection{OwnerID: owner, Home: Calendars, Kind: KindCalendar, Name: "b"}
		if err := tx.CreateCollection(c); err != nil {
			return err
		}
		if _, err := tx.PutObject(event(c.ID, 1)); err != nil {
			return err
		}
		return tx.TrashCollection(c.ID)
	})
	place := inTrash(t, s, owner)[0].ID
	update(t, s, func(tx *Tx) error { return tx.PurgeTrash(place) })
	if len(inTrash(t, s, owner)) != 0 {
		t.Error("purged and still there")
	}
	prune()
	if !empty() {
		t.Error("there is something left of what was purged")
	}
	other, theirs := person(t, s, "bob")
	fill(t, s, theirs, 3)
	update(t, s, func(tx *Tx) error { return tx.TrashCollection(theirs) })
	update(t, s, func(tx *Tx) error { return tx.RemovePrincipal(other) })
	if v, err := s.HistoryOf(bg, event(theirs, 1).UID); err != nil || len(v) != 1 {
		t.Errorf("history: %v %v", v, err)
	}
	whole(t, s)
}

// A step towards the end of a collection is small, also where it has many former versions.
func TestTrashEndsInSteps(t *testing.T) {
	s := open(t, Options{})
	owner, coll := person(t, s, "alice")
	for range 2 { // each has a former version
		fill(t, s, coll, pruneRows+10)
	}
	update(t, s, func(tx *Tx) error { return tx.TrashCollection(coll) })
	update(t, s, func(tx *Tx) error { return tx.PurgeTrash(inTrash(t, s, owner)[0].ID) })
	count := func() (n int) {
		err := s.read(bg, false, func(c *session) error { return c.row("SELECT count(*) FROM blob", nil, &n) })
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := count()
	for more := true; more; {
		update(t, s, func(*Tx) (err error) { more, err = s.pruneTrash(s.Now()); return err })
		now := count()
		if before-now > pruneRows {
			t.Errorf("%d in one step", before-now)
		}
		before = now
	}
	if before != 0 {
		t.Errorf("%d are left", before)
	}
}

// What is wrong in the trash is told, and is not said to be repaired until it is.
func TestCheckInTheTrash(t *testing.T) {
	s := open(t, Options{})
	owner, coll := person(t, s, "alice")
	fill(t, s, coll, 2)
	update(t, s, func(tx *Tx) error { return tx.TrashCollection(coll) })
	update(t, s, func(tx *Tx) error {
		_, err := tx.exec("UPDATE object SET size = size + 1 WHERE collection_id = ? AND name = ?", coll, event(coll, 1).Name)
		return err
	})
	left := func() (n int) {
		r, err := s.Check(bg, true, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range r.Problems {
			if !p.Repaired {
				n++
			}
		}
		return n
	}
	if left() == 0 {
		t.Error("said to be repaired in the trash")
	}
	update(t, s, func(tx *Tx) error { _, err := tx.RestoreCollection(inTrash(t, s, owner)[0].ID); return err })
	if n := left(); n != 0 {
		t.Errorf("restored, %d problems are left", n)
	}
	whole(t, s)
}

// The trash holds no more than a home may.
func TestTrashIsBounded(t *testing.T) {
	s := open(t, Options{Limits: Limits{CollectionsPerHome: 8}})
	owner, _ := person(t, s, "alice")
	for range 10 {
		update(t, s, func(tx *Tx) error {
			c := &Collection{OwnerID: owner, Home: AddressBooks, Kind: KindAddressBook, Name: "again"}
			if err := tx.CreateCollection(c); err != nil {
				return err
			}
			return tx.TrashCollection(c.ID)
		})
	}
	if n := len(inTrash(t, s, owner)); n != 8 {
		t.Errorf("%d in the trash", n)
	}
}

// Who writes in a calendar of somebody else's and takes an event into their own leaves it in its owner's trash.
func TestDeletedByMove(t *testing.T) {
	s := open(t, Options{})
	_, theirs := person(t, s, "alice")
	_, own := person(t, s, "bob")
	fill(t, s, theirs, 2)
	update(t, s, func(tx *Tx) error {
		_, err := tx.MoveObject(theirs, event(theirs, 0).Name, own, "taken.ics")
		return err
	})
	list, err := s.Deleted(bg, theirs, 0, 10)
	if err != nil || len(list) != 1 || list[0].Name != event(theirs, 0).Name {
		t.Fatalf("the owner's trash: %+v %v", list, err)
	}
	if data, err := s.VersionData(bg, list[0].ID); err != nil || string(data) != string(event(theirs, 0).Data) {
		t.Errorf("kept: %q %v", data, err)
	}
	if _, err := s.Object(bg, own, "taken.ics"); err != nil {
		t.Error(err)
	}
	second := &Collection{Home: Calendars, Kind: KindCalendar, Name: "second"}
	update(t, s, func(tx *Tx) error { // within one's own calendars nothing is lost
		c, err := tx.CollectionByID(bg, theirs)
		if err != nil {
			return err
		}
		second.OwnerID = c.OwnerID
		if err := tx.CreateCollection(second); err != nil {
			return err
		}
		_, err = tx.MoveObject(theirs, event(theirs, 1).Name, second.ID, "moved.ics")
		return err
	})
	if list, err := s.Deleted(bg, theirs, 0, 10); err != nil || len(list) != 1 {
		t.Errorf("%+v %v", list, err)
	}
	whole(t, s)
}

func TestDeleted(t *testing.T) {
	s := open(t, Options{})
	_, coll := person(t, s, "alice")
	fill(t, s, coll, 4)
	remove := func(n int) { update(t, s, func(tx *Tx) error { return tx.DeleteObject(coll, event(coll, n).Name) }) }
	put := func(o *Object) { update(t, s, func(tx *Tx) error { _, err := tx.PutObject(o); return err }) }
	remove(0)
	remove(1)
	put(event(coll, 1))
	remove(1)
	remove(2)
	put(event(coll, 2)) // it is there again
	remove(3)
	again := event(coll, 3)
	again.Name = "elsewhere.ics" // the same event under another name
	put(again)
	list, err := s.Deleted(bg, coll, 0, 10)
	if err != nil || len(list) != 2 || list[0].Name != event(coll, 1).Name || list[1].Name != event(coll, 0).Name {
		t.Fatalf("%+v %v", list, err)
	}
	if next, err := s.Deleted(bg, coll, list[0].ID, 10); err != nil || len(next) != 1 || next[0].ID != list[1].ID {
		t.Errorf("the next page: %+v %v", next, err)
	}
	update(t, s, func(tx *Tx) error { return tx.ForgetVersion(list[0].ID) })
	if _, err := s.Version(bg, list[0].ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("forgotten: %v", err)
	}
	if left, err := s.Deleted(bg, coll, 0, 10); err != nil || len(left) != 1 || left[0].ID != list[1].ID {
		t.Errorf("an earlier version is in the trash instead: %+v %v", left, err)
	}
	whole(t, s)
}
