package storage

import (
	"context"
	"database/sql"
	"fmt"
)

// Birthdays is a calendar of the dates in address books. It lives and dies with its collection.
type Birthdays struct {
	CollectionID int64
	OwnerID      int64  // of the collection; read only
	Language     string // in which its events are written
	State        string // of the address books when it was last brought up to date, as the writer of it counts; "" is never
}

func readBirthdays(c *session, where string, args ...any) ([]Birthdays, error) {
	var list []Birthdays
	query := `SELECT collection_id, owner_id, language, state FROM birthdays JOIN collection ON collection.id = collection_id
		WHERE ` + where + ` AND ` + untrashed + ` ORDER BY collection_id`
	err := c.each(query, args, func(r *sql.Rows) error {
		var b Birthdays
		err := r.Scan(&b.CollectionID, &b.OwnerID, &b.Language, &b.State)
		list = append(list, b)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read calendars of birthdays: %w", err)
	}
	return list, nil
}

// Birthdays gives the calendars of birthdays of an owner: one, or none.
func (s *Store) Birthdays(ctx context.Context, ownerID int64) (list []Birthdays, err error) {
	err = s.read(ctx, false, func(c *session) error {
		list, err = readBirthdays(c, "owner_id = ?", ownerID)
		return err
	})
	return list, err
}

// AllBirthdays gives those of everybody.
func (s *Store) AllBirthdays(ctx context.Context) (list []Birthdays, err error) {
	err = s.read(ctx, false, func(c *session) error {
		list, err = readBirthdays(c, "TRUE")
		return err
	})
	return list, err
}

// Birthdays is Store.Birthdays inside the transaction.
func (t *Tx) Birthdays(ownerID int64) ([]Birthdays, error) {
	return readBirthdays(t.c, "owner_id = ?", ownerID)
}

// SetBirthdays says of a collection that it is one. ErrNotFound if there is no such collection.
func (t *Tx) SetBirthdays(b Birthdays) error {
	if _, err := t.CollectionByID(context.Background(), b.CollectionID); err != nil {
		return err
	}
	_, err := t.exec(`INSERT INTO birthdays (collection_id, language, state) VALUES (?, ?, ?)
		ON CONFLICT (collection_id) DO UPDATE SET language = excluded.language, state = excluded.state`, b.CollectionID, b.Language, b.State)
	if err != nil {
		return t.spoil(fmt.Errorf("store calendar of birthdays: %w", err))
	}
	return nil
}
