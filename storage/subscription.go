package storage

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Subscription is a calendar that is read from an address. It lives and dies with its collection.
type Subscription struct {
	CollectionID int64
	URL          string
	Wanted       time.Duration // between two readings, as the owner set it; 0: as the feed says
	Advised      time.Duration // as the feed says; 0: it says nothing
	Alarms       bool          // those of the feed are kept
	ETag         string        // of the last answer, as sent; "" is none
	Modified     string        // its Last-Modified, as sent
	Digest       []byte        // of its bytes
	Due          time.Time     // of the next reading
	Tried        time.Time     // last; zero is never
	Succeeded    time.Time     // last; zero is never
	Failures     int           // since then
	Result       string        // of the last try, a word
	Problem      string        // a sentence about it; "" if there is none
	Skipped      string        // JSON: what could not be taken
}

const subscriptionColumns = `collection_id, url, wanted, advised, alarms, etag, modified, digest, due, tried, succeeded, failures,
	result, problem, skipped`

func readSubscriptions(c *session, query string, args ...any) ([]Subscription, error) {
	var list []Subscription
	err := c.each("SELECT "+subscriptionColumns+" FROM subscription "+query, args, func(r *sql.Rows) error {
		var s Subscription
		var wanted, advised, due, tried, succeeded int64
		err := r.Scan(&s.CollectionID, &s.URL, &wanted, &advised, &s.Alarms, &s.ETag, &s.Modified, &s.Digest, &due, &tried, &succeeded,
			&s.Failures, &s.Result, &s.Problem, &s.Skipped)
		s.Wanted, s.Advised = time.Duration(wanted)*time.Second, time.Duration(advised)*time.Second
		s.Due, s.Tried, s.Succeeded = fromMilli(due), fromMilli(tried), fromMilli(succeeded)
		list = append(list, s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read subscriptions: %w", err)
	}
	return list, nil
}

// untrashed leaves out what rests in the trash, with a collection that held it.
const untrashed = "collection_id NOT IN (SELECT collection_id FROM trashed)"

// fromMilli reads a time that is 0 if there is none.
func fromMilli(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

func toMilli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Subscriptions gives those of an owner, in the order in which they were made.
func (s *Store) Subscriptions(ctx context.Context, ownerID int64) (list []Subscription, err error) {
	err = s.read(ctx, false, func(c *session) error {
		list, err = readSubscriptions(c, "WHERE collection_id IN (SELECT id FROM collection WHERE owner_id = ?) AND "+untrashed+" ORDER BY collection_id", ownerID)
		return err
	})
	return list, err
}

// Subscription gives the one of a collection, or ErrNotFound.
func (s *Store) Subscription(ctx context.Context, collectionID int64) (one Subscription, err error) {
	err = s.read(ctx, false, func(c *session) error {
		list, err := readSubscriptions(c, "WHERE collection_id = ?", collectionID)
		if err == nil && len(list) == 0 {
			return ErrNotFound
		}
		if err == nil {
			one = list[0]
		}
		return err
	})
	return one, err
}

// SubscriptionsDue gives those that are to be read by now, the longest due first.
func (s *Store) SubscriptionsDue(ctx context.Context, now time.Time, limit int) (list []Subscription, err error) {
	err = s.read(ctx, false, func(c *session) error {
		list, err = readSubscriptions(c, "WHERE due <= ? AND "+untrashed+" ORDER BY due LIMIT ?", now.UnixMilli(), limit)
		return err
	})
	return list, err
}

// SetSubscription makes or replaces the subscription of a collection. ErrNotFound if there is no such collection.
func (t *Tx) SetSubscription(s *Subscription) error {
	if _, err := t.CollectionByID(context.Background(), s.CollectionID); err != nil {
		return err
	}
	if s.Digest == nil {
		s.Digest = []byte{}
	}
	if _, err := t.exec("DELETE FROM subscription WHERE collection_id = ?", s.CollectionID); err != nil {
		return fmt.Errorf("store subscription: %w", err)
	}
	_, err := t.exec("INSERT INTO subscription ("+subscriptionColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		s.CollectionID, s.URL, int64(s.Wanted/time.Second), int64(s.Advised/time.Second), s.Alarms, s.ETag, s.Modified, s.Digest,
		toMilli(s.Due), toMilli(s.Tried), toMilli(s.Succeeded), s.Failures, s.Result, s.Problem, s.Skipped)
	if err != nil {
		return t.spoil(fmt.Errorf("store subscription: %w", err))
	}
	return nil
}

// Subscription is Store.Subscription inside the transaction.
func (t *Tx) Subscription(_ context.Context, collectionID int64) (Subscription, error) {
	list, err := readSubscriptions(t.c, "WHERE collection_id = ?", collectionID)
	if err != nil || len(list) == 0 {
		return Subscription{}, cmp.Or(err, ErrNotFound)
	}
	return list[0], nil
}

// CountSubscriptions counts those of an owner.
func (t *Tx) CountSubscriptions(ownerID int64) (n int, err error) {
	err = t.c.row("SELECT count(*) FROM subscription WHERE collection_id IN (SELECT id FROM collection WHERE owner_id = ?) AND "+untrashed, []any{ownerID}, &n)
	return n, err
}
