package storage

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"fmt"
	"time"
)

// What a link shows.
const (
	LinkFull = "full" // what takes place, but for what is private
	LinkBusy = "busy" // when something takes place
)

// Link is a secret address at which a calendar may be read.
type Link struct {
	ID           int64
	CollectionID int64
	PrincipalID  int64  // who made it
	Token        string // 256 random bits, for a URL
	Label        string
	Detail       string // LinkFull or LinkBusy
	Created      time.Time
	Used         time.Time // zero if never; exact to an hour
}

// MaxLinks is how many links a collection has at most.
const MaxLinks = 20

// linkUsedEvery is how exact Used is, so that reading a link seldom writes.
const linkUsedEvery = time.Hour

func readLinks(c *session, query string, args ...any) ([]Link, error) {
	var list []Link
	err := c.each("SELECT id, collection_id, principal_id, token, label, detail, created, used FROM link "+query, args, func(r *sql.Rows) error {
		var l Link
		var created, used int64
		err := r.Scan(&l.ID, &l.CollectionID, &l.PrincipalID, &l.Token, &l.Label, &l.Detail, &created, &used)
		l.Created, l.Used = fromMilli(created), fromMilli(used)
		list = append(list, l)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read links: %w", err)
	}
	return list, nil
}

// Links gives those of a collection, oldest first.
func (s *Store) Links(ctx context.Context, collectionID int64) (list []Link, err error) {
	err = s.read(ctx, false, func(c *session) error {
		list, err = readLinks(c, "WHERE collection_id = ? ORDER BY id", collectionID)
		return err
	})
	return list, err
}

// Link gives one by its id, or ErrNotFound.
func (s *Store) Link(ctx context.Context, id int64) (*Link, error) {
	return s.oneLink(ctx, "WHERE id = ?", id)
}

// LinkByToken gives one by its token, or ErrNotFound.
func (s *Store) LinkByToken(ctx context.Context, token string) (*Link, error) {
	return s.oneLink(ctx, "WHERE token = ?", token)
}

func (s *Store) oneLink(ctx context.Context, where string, arg any) (one *Link, err error) {
	err = s.read(ctx, false, func(c *session) error {
		list, err := readLinks(c, where, arg)
		if err == nil && len(list) == 0 {
			return ErrNotFound
		}
		if err == nil {
			one = &list[0]
		}
		return err
	})
	return one, err
}

// CreateLink stores a link and fills in ID, Token and Created. ErrNotFound if the collection is not there, *LimitError if
// it has MaxLinks.
func (t *Tx) CreateLink(l *Link) error {
	if _, err := t.CollectionByID(context.Background(), l.CollectionID); err != nil {
		return err
	}
	var n int64
	if err := t.c.row("SELECT count(*) FROM link WHERE collection_id = ?", []any{l.CollectionID}, &n); err != nil {
		return err
	}
	if n >= MaxLinks {
		return &LimitError{What: "links of a collection", Limit: MaxLinks}
	}
	var b [32]byte
	rand.Read(b[:]) //nolint:errcheck // never fails, crypto/rand
	l.Token, l.Created = base64.RawURLEncoding.EncodeToString(b[:]), t.now
	r, err := t.exec("INSERT INTO link (collection_id, principal_id, token, label, detail, created, used) VALUES (?, ?, ?, ?, ?, ?, 0)",
		l.CollectionID, l.PrincipalID, l.Token, l.Label, l.Detail, l.Created.UnixMilli())
	if err != nil {
		return fmt.Errorf("store link: %w", err)
	}
	l.ID, err = r.LastInsertId()
	return t.spoil(err)
}

// DeleteLink removes a link, or gives ErrNotFound.
func (t *Tx) DeleteLink(id int64) error {
	r, err := t.exec("DELETE FROM link WHERE id = ?", id)
	return touched(r, err, "remove link")
}

// LinkUsed notes that a link was read now.
func (s *Store) LinkUsed(ctx context.Context, l *Link) error {
	now := s.Now()
	if now.Sub(l.Used) < linkUsedEvery {
		return nil
	}
	return s.Update(ctx, Actor{}, func(t *Tx) error {
		_, err := t.exec("UPDATE link SET used = ? WHERE id = ?", now.UnixMilli(), l.ID)
		return err
	})
}
