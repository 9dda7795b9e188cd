package storage

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"time"
)

const (
	pruneRows  = 500       // in one step
	pruneSteps = 20        // in one idle time
	pruneEvery = time.Hour // at most this often
)

const versionColumns = `id, at, collection_id, name, uid, etag, size, what, principal_id, on_behalf, door, agent, request_id`

func readVersions(c *session, query string, args ...any) ([]Version, error) {
	var list []Version
	var etag sql.RawBytes
	err := c.each("SELECT "+versionColumns+" FROM history "+query, args, func(r *sql.Rows) error {
		var v Version
		var at int64
		err := r.Scan(&v.ID, &at, &v.CollectionID, &v.Name, &v.UID, &etag, &v.Size, &v.What,
			&v.Actor.PrincipalID, &v.Actor.OnBehalf, &v.Actor.Door, &v.Actor.Agent, &v.Actor.RequestID)
		v.At, v.ETag = time.UnixMilli(at).UTC(), quoteTag(etag)
		list = append(list, v)
		return err
	})
	return list, err
}

// History gives the former versions of the object of that name in a collection, newest first.
// The actor is who overwrote or deleted it.
func (s *Store) History(ctx context.Context, collID int64, name string) (list []Version, err error) {
	err = s.read(ctx, false, func(c *session) error {
		list, err = readVersions(c, "WHERE collection_id = ? AND name = ? ORDER BY id DESC", collID, name)
		return err
	})
	return list, err
}

const uidHistory = "WHERE uid = ? ORDER BY id DESC"

// HistoryOf gives the former versions of all objects with a UID, in any collection, newest first.
func (s *Store) HistoryOf(ctx context.Context, uid string) (list []Version, err error) {
	err = s.read(ctx, false, func(c *session) error {
		list, err = readVersions(c, uidHistory, uid)
		return err
	})
	return list, err
}

// HistoryOf is Store.HistoryOf inside the transaction.
func (t *Tx) HistoryOf(_ context.Context, uid string) ([]Version, error) {
	if err := t.settle(historyRows); err != nil {
		return nil, err
	}
	return readVersions(t.c, uidHistory, uid)
}

const formerQuery = "SELECT blob.data FROM history JOIN blob ON blob.id = history.blob_id WHERE history.id = ?"

// VersionData gives the bytes of a former version, or ErrNotFound.
func (s *Store) VersionData(ctx context.Context, id int64) (data []byte, err error) {
	err = s.read(ctx, false, func(c *session) error { return c.row(formerQuery, []any{id}, &data) })
	return data, err
}

// VersionData is Store.VersionData inside the transaction.
func (t *Tx) VersionData(_ context.Context, id int64) (data []byte, err error) {
	if err := cmp.Or(t.settle(blobRows), t.settle(historyRows)); err != nil {
		return nil, err
	}
	err = t.c.row(formerQuery, []any{id}, &data)
	return data, err
}

// prune drops history that is older than it is kept for, in small steps, each its own commit.
// It runs on the writer's goroutine when nothing else does, and tells whether there is more.
func (s *Store) prune() (more bool) {
	now := s.o.Clock()
	if s.o.HistoryFor < 0 || now.Sub(s.lastHistory) < pruneEvery && !now.Before(s.lastHistory) {
		return false
	}
	for range pruneSteps {
		if len(s.writer.in) > 0 {
			return true
		}
		if busy, err := s.pruneTrash(now.Add(-s.o.HistoryFor)); busy && err == nil {
			continue // history of these goes with them
		} else if err != nil {
			s.o.Log.Warn("the trash is not emptied", "err", err)
		}
		n, err := s.pruneStep(now.Add(-s.o.HistoryFor))
		if err != nil {
			s.o.Log.Warn("history is not pruned", "err", err)
		}
		if err != nil || n < pruneRows {
			s.lastHistory = now
			return false
		}
	}
	return true
}

// pruneStep drops at most pruneRows versions from before a time. History is in the order of
// time but for clocks that were set back, so the oldest rows are looked at alone.
func (s *Store) pruneStep(before time.Time) (int, error) {
	c := s.writer.c
	var last, n int64
	err := c.row(`SELECT coalesce(max(id), 0), count(*) FROM (SELECT id, at FROM history ORDER BY id LIMIT ?) AS oldest WHERE at < ?`,
		[]any{pruneRows, before.UnixMilli()}, &last, &n)
	if err != nil || n == 0 {
		return 0, err
	}
	err = s.step(func() error {
		_, err := c.exec("DELETE FROM blob WHERE id IN (SELECT blob_id FROM history WHERE id <= ? AND at < ?)", last, before.UnixMilli())
		if err == nil {
			_, err = c.exec("DELETE FROM history WHERE id <= ? AND at < ?", last, before.UnixMilli())
		}
		return err
	})
	return int(n), err
}

// step is one commit of what is done when nothing else is.
func (s *Store) step(do func() error) error {
	c := s.writer.c
	if _, err := c.exec(beginWrite); err != nil {
		return err
	}
	err := do()
	if err == nil {
		_, err = c.exec("COMMIT")
	}
	if err != nil {
		if _, e := c.exec("ROLLBACK"); e != nil {
			s.o.Log.Debug("rollback", "err", e)
		}
		return fmt.Errorf("prune: %w", err)
	}
	return nil
}

// Deleted gives what was deleted from a collection and is there no more, under its name or by its UID, newest first: at most
// limit, those before the id of a version; 0 begins.
func (s *Store) Deleted(ctx context.Context, collID, before int64, limit int) (list []Version, err error) {
	err = s.read(ctx, false, func(c *session) error {
		list, err = readVersions(c, `AS h WHERE collection_id = ? AND what = 'deleted' AND (? = 0 OR id < ?)
			AND NOT EXISTS (SELECT 1 FROM object WHERE collection_id = h.collection_id AND name = h.name)
			AND NOT EXISTS (SELECT 1 FROM object WHERE uid = h.uid AND solo = 1 AND collection_id = h.collection_id)
			AND NOT EXISTS (SELECT 1 FROM history AS n WHERE n.collection_id = h.collection_id AND n.name = h.name AND n.what = 'deleted' AND n.id > h.id)
			ORDER BY id DESC LIMIT ?`, collID, before, before, limit)
		return err
	})
	return list, err
}

// Version gives a former version, or ErrNotFound.
func (s *Store) Version(ctx context.Context, id int64) (v Version, err error) {
	err = s.read(ctx, false, func(c *session) error {
		list, err := readVersions(c, "WHERE id = ?", id)
		if err == nil && len(list) == 0 {
			err = ErrNotFound
		}
		if err == nil {
			v = list[0]
		}
		return err
	})
	return v, err
}

// versionsBeside are all versions of what one of them is of.
const versionsBeside = `(SELECT h.id FROM history AS v JOIN history AS h ON h.collection_id = v.collection_id AND h.name = v.name WHERE v.id = ?)`

// ForgetVersion drops a former version with its bytes, and those before and after it: what was deleted for ever leaves
// nothing to bring back. ErrNotFound if there is none.
func (t *Tx) ForgetVersion(id int64) error {
	if err := cmp.Or(t.settle(blobRows), t.settle(historyRows)); err != nil {
		return err
	}
	if _, err := t.exec("DELETE FROM blob WHERE id IN (SELECT blob_id FROM history WHERE id IN "+versionsBeside+")", id); err != nil {
		return t.spoil(err)
	}
	r, err := t.exec("DELETE FROM history WHERE id IN "+versionsBeside, id)
	return touched(r, err, "forget a version")
}
