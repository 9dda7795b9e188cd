package storage

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
)

// Parse gives the facts of an object's bytes, for Check. c is the collection that holds it,
// whose owner decides the role.
type Parse func(c *Collection, contentType string, data []byte) (Facts, error)

// Report is what Check found.
type Report struct {
	Collections int
	Objects     int
	Problems    []Problem

	trashed map[int64]bool // collections that lie in the trash
}

// Problem is one thing that Check found wrong.
type Problem struct {
	What         string // a short sentence
	CollectionID int64  // 0 is none
	Name         string // of an object, or ""
	Repaired     bool

	repair func(*Tx) error // nil where nothing can be done
}

func (r *Report) add(c *Collection, name, what string, repair func(*Tx) error) {
	p := Problem{What: what, Name: name, repair: repair}
	if c != nil {
		p.CollectionID = c.ID
	}
	if r.trashed[p.CollectionID] && repair != nil { // repair works on what is in sight
		p.What, p.repair = what+"; it is in the trash, and can be repaired when it is restored", nil
	}
	r.Problems = append(r.Problems, p)
}

// unread makes a problem of what the engine cannot read; other errors it gives back.
func (r *Report) unread(c *Collection, err error) error {
	if !errors.Is(err, ErrDamaged) {
		return err
	}
	r.add(c, "", "not all of it can be read: "+err.Error(), nil)
	return nil
}

// Check proves that the database is whole (reliability.md §4): integrity, foreign keys, hashes,
// facts as parse gives them (nil skips that), numbers of changes, bytes present and none stray.
// With repair it rebuilds derived data and moves aside, into history, what it cannot read; it
// never deletes bytes.
func (s *Store) Check(ctx context.Context, repair bool, parse Parse) (*Report, error) {
	r := new(Report)
	err := s.read(ctx, true, func(c *session) error {
		wrong, err := integrity(c)
		if err = r.unread(nil, err); err != nil {
			return err
		}
		for _, line := range wrong {
			r.add(nil, "", line, nil)
		}
		var list []*Collection
		err = c.each("SELECT "+collectionColumns+" FROM collection ORDER BY id", nil, func(rows *sql.Rows) error {
			n, err := scanCollection(rows)
			list = append(list, n)
			return err
		})
		if err != nil {
			return err
		}
		r.trashed = map[int64]bool{}
		err = c.each("SELECT collection_id FROM trashed", nil, func(rows *sql.Rows) error {
			var id int64
			err := rows.Scan(&id)
			r.trashed[id] = true
			return err
		})
		if err != nil {
			return err
		}
		for _, n := range list {
			if err := r.unread(n, r.collection(ctx, c, n, parse)); err != nil {
				return fmt.Errorf("collection %d: %w", n.ID, err)
			}
		}
		err = r.blobs(c)
		return r.unread(nil, err)
	})
	if err != nil {
		return nil, fmt.Errorf("check: %w", err)
	}
	if !repair {
		return r, nil
	}
	for i := range r.Problems {
		p := &r.Problems[i]
		if p.repair == nil {
			continue
		}
		if err := s.Update(ctx, Actor{Door: "cli"}, p.repair); err != nil {
			return r, fmt.Errorf("repair: %s: %w", p.What, err)
		}
		p.Repaired = true
	}
	return r, nil
}

// collection checks the objects of one collection, its counters and its log of changes.
func (r *Report) collection(ctx context.Context, c *session, n *Collection, parse Parse) error {
	r.Collections++
	var etag sql.RawBytes
	var members, size int64
	seen := map[uint64]string{}
	number := func(change uint64, name string) {
		if change == 0 || change > n.Change {
			r.add(n, name, "its change number was never given", renumber(n.ID))
		} else if other, ok := seen[change]; ok {
			r.add(n, name, fmt.Sprintf("its change number is also that of %q", other), nil)
		}
		seen[change] = name
	}
	list, err := readMembers(c, n.ID)
	if err != nil {
		return err
	}
	live := make(map[string]bool, len(list))
	for _, m := range list {
		number(m.Change, m.Name)
		if !m.deleted {
			live[m.Name] = true
			members++
			size += int64(m.Size)
		}
	}
	for _, m := range list {
		if m.deleted && live[m.Name] {
			r.add(n, m.Name, "there is a tombstone of an object that lives", dropTombstone(n.ID, m.Name))
		}
	}
	if members != n.members || size != n.bytes {
		r.add(n, "", fmt.Sprintf("it counts %d objects of %d bytes, has %d of %d", n.members, n.bytes, members, size), recount(n.ID))
	}
	query := "SELECT blob.data, " + memberColumnsOf + ", object.solo FROM object LEFT JOIN blob ON blob.id = object.blob_id WHERE collection_id = ?"
	return c.each(query, []any{n.ID}, func(rows *sql.Rows) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		var data []byte
		var solo bool
		m, err := scanMemberWith(rows, &etag, []any{&data}, []any{&solo})
		if err != nil {
			return err
		}
		r.object(n, m, bytes.Clone(etag), data, solo, parse)
		return nil
	})
}

// object checks one object against its bytes.
func (r *Report) object(n *Collection, m *Member, etag, data []byte, solo bool, parse Parse) {
	r.Objects++
	if data == nil {
		r.add(n, m.Name, "its bytes are lost", setAside(n.ID, m.Name))
		return
	}
	sum := sha256.Sum256(data)
	if !bytes.Equal(sum[:tagBytes], etag) || len(data) != m.Size {
		r.add(n, m.Name, "its ETag does not name its bytes", rewrite(n.ID, m.Name, func(m *Member) {
			m.ETag, m.Size = quoteTag(sum[:tagBytes]), len(data)
		}))
	}
	if want := (n.Kind == KindCalendar || n.Kind == KindAddressBook) && m.UID != ""; want != solo {
		r.add(n, m.Name, "its UID is not in the index", rewrite(n.ID, m.Name, func(*Member) {}))
	}
	if parse == nil {
		return
	}
	facts, err := parse(n, m.ContentType, data)
	if err != nil {
		r.add(n, m.Name, "it cannot be read: "+err.Error(), setAside(n.ID, m.Name))
	} else if facts != m.Facts {
		r.add(n, m.Name, "the index differs from its bytes", rewrite(n.ID, m.Name, func(m *Member) { m.Facts = facts }))
	}
}

// blobs looks for bytes that nobody names and for history without bytes.
func (r *Report) blobs(c *session) error {
	err := c.each(`SELECT id FROM blob WHERE id NOT IN (SELECT blob_id FROM object) AND id NOT IN (SELECT blob_id FROM history)`, nil,
		func(rows *sql.Rows) error {
			var id int64
			err := rows.Scan(&id)
			r.add(nil, "", fmt.Sprintf("bytes %d belong to nothing", id), adopt(id))
			return err
		})
	if err != nil {
		return err
	}
	return c.each("SELECT id, name FROM history WHERE blob_id NOT IN (SELECT id FROM blob)", nil, func(rows *sql.Rows) error {
		var id int64
		var name string
		err := rows.Scan(&id, &name)
		r.add(nil, name, fmt.Sprintf("the bytes of version %d are lost", id), func(t *Tx) error {
			if err := t.settle(blobRows); err != nil {
				return err
			}
			_, err := t.exec("DELETE FROM history WHERE id = ? AND blob_id NOT IN (SELECT id FROM blob)", id)
			return err
		})
		return err
	})
}

// rewrite stores a member anew, as the next change, after edit.
func rewrite(collID int64, name string, edit func(*Member)) func(*Tx) error {
	return func(t *Tx) error {
		c, old, err := t.existing(collID, name)
		if errors.Is(err, ErrNotFound) {
			return nil // gone meanwhile
		}
		if err != nil {
			return err
		}
		now := *old
		edit(&now)
		now.Change = c.Change + 1
		if err := t.writeMember(c, old, &now, tagSum(now.ETag)); err != nil {
			return err
		}
		t.note(c, old, &now)
		return nil
	}
}

// setAside takes an object that cannot be read out of its collection; history keeps its bytes.
func setAside(collID int64, name string) func(*Tx) error {
	return func(t *Tx) error {
		c, old, err := t.existing(collID, name)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := t.settle(blobRows); err != nil {
			return err
		}
		a := t.actor
		_, err = t.exec(`INSERT INTO history (at, collection_id, name, uid, blob_id, etag, size, what, principal_id, on_behalf, door, agent, request_id)
			SELECT ?, ?, ?, ?, id, ?, ?, 'stray', ?, 0, ?, '', '' FROM blob WHERE id = ?`,
			t.now.UnixMilli(), collID, name, old.UID, tagSum(old.ETag), old.Size, a.PrincipalID, a.Door, old.blob)
		if err != nil {
			return err
		}
		if _, err := t.exec("DELETE FROM object WHERE collection_id = ? AND name = ?", collID, name); err != nil {
			return t.spoil(err)
		}
		return t.spoil(t.bury(c, old))
	}
}

// adopt gives bytes that belong to nothing a line of history.
func adopt(blob int64) func(*Tx) error {
	return func(t *Tx) error {
		if err := cmp.Or(t.settle(blobRows), t.settle(historyRows)); err != nil {
			return err
		}
		var data []byte
		err := t.c.row(`SELECT data FROM blob WHERE id = ? AND id NOT IN (SELECT blob_id FROM object)
			AND id NOT IN (SELECT blob_id FROM history)`, []any{blob}, &data)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		m := &Member{Name: fmt.Sprintf("stray-%d", blob), ETag: ETag(data), Size: len(data), blob: blob}
		if t.s.o.HistoryFor < 0 {
			return nil // they wait for the day that history is kept
		}
		return t.keepOld(m, "stray")
	}
}

func dropTombstone(collID int64, name string) func(*Tx) error {
	return func(t *Tx) error {
		_, err := t.exec("DELETE FROM tombstone WHERE collection_id = ? AND name IN (SELECT name FROM object WHERE collection_id = ? AND name = ?)",
			collID, collID, name)
		return err
	}
}

// recount counts the members of a collection anew.
func recount(collID int64) func(*Tx) error {
	return func(t *Tx) error {
		c, err := t.CollectionByID(context.Background(), collID)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := t.save(); err != nil {
			return err
		}
		n := t.own(c)
		return t.c.row("SELECT count(*), coalesce(sum(size), 0) FROM object WHERE collection_id = ?", []any{collID}, &n.members, &n.bytes)
	}
}

// renumber raises the number of a collection to that of its newest change.
func renumber(collID int64) func(*Tx) error {
	return func(t *Tx) error {
		c, err := t.CollectionByID(context.Background(), collID)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		var newest int64
		err = t.c.row(`SELECT max(change) FROM (SELECT change FROM object WHERE collection_id = ?
			UNION ALL SELECT change FROM tombstone WHERE collection_id = ?) AS numbers`, []any{collID, collID}, &newest)
		if err != nil {
			return err
		}
		if err := t.save(); err != nil {
			return err
		}
		n := t.own(c)
		n.Change = max(n.Change, uint64(newest))
		return nil
	}
}
