package storage

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// webSessionsEach is how many sessions one principal has at most: the longest unused go first.
const webSessionsEach = 50

// WebSession is a browser that is signed in. The id that its cookie holds is kept as a hash only.
type WebSession struct {
	ID          int64
	PrincipalID int64
	Kept        bool   // it lasts as long as it is used
	Agent       string // the browser's User-Agent when it signed in
	Created     time.Time
	Seen        time.Time // last use, exact to minutes
	Expires     time.Time
}

const webSessionColumns = "id, principal_id, kept, agent, created, seen, expires"

func scanWebSession(w *WebSession, scan func(...any) error) error {
	var created, seen, expires int64
	err := scan(&w.ID, &w.PrincipalID, &w.Kept, &w.Agent, &created, &seen, &expires)
	w.Created, w.Seen, w.Expires = time.Unix(created, 0).UTC(), time.Unix(seen, 0).UTC(), time.Unix(expires, 0).UTC()
	return err
}

// AddWebSession stores a session under the hash of its secret, fills in its ID, and drops what has expired.
func (t *Tx) AddWebSession(w *WebSession, hash [sha256.Size]byte) error {
	if _, err := t.Principal(context.Background(), w.PrincipalID); err != nil {
		return err
	}
	if _, err := t.exec("DELETE FROM web_session WHERE expires <= ?", t.now.Unix()); err != nil {
		return fmt.Errorf("clean up sessions: %w", err)
	}
	_, err := t.exec(`DELETE FROM web_session WHERE principal_id = ? AND id NOT IN
		(SELECT id FROM web_session WHERE principal_id = ? ORDER BY seen DESC, id DESC LIMIT ?)`,
		w.PrincipalID, w.PrincipalID, webSessionsEach-1)
	if err != nil {
		return t.spoil(fmt.Errorf("clean up sessions: %w", err))
	}
	r, err := t.exec("INSERT INTO web_session (hash, principal_id, kept, agent, created, seen, expires) VALUES (?, ?, ?, ?, ?, ?, ?)",
		hash[:], w.PrincipalID, w.Kept, w.Agent, w.Created.Unix(), w.Seen.Unix(), w.Expires.Unix())
	if err != nil {
		return t.spoil(fmt.Errorf("store session: %w", err))
	}
	w.ID, err = r.LastInsertId()
	return t.spoil(err)
}

// WebSessionByHash gives a session by the hash of its secret, expired or not, or ErrNotFound.
func (s *Store) WebSessionByHash(ctx context.Context, hash [sha256.Size]byte) (*WebSession, error) {
	return s.webSession(ctx, "hash = ?", hash[:])
}

// WebSession gives a session by its id, expired or not, or ErrNotFound.
func (s *Store) WebSession(ctx context.Context, id int64) (*WebSession, error) {
	return s.webSession(ctx, "id = ?", id)
}

func (s *Store) webSession(ctx context.Context, where string, arg any) (*WebSession, error) {
	var w *WebSession
	err := s.read(ctx, false, func(c *session) error {
		return c.each("SELECT "+webSessionColumns+" FROM web_session WHERE "+where, []any{arg}, func(r *sql.Rows) error {
			w = new(WebSession)
			return scanWebSession(w, r.Scan)
		})
	})
	if err == nil && w == nil {
		err = fmt.Errorf("session: %w", ErrNotFound)
	}
	return w, err
}

// WebSessions lists a principal's sessions, those used last first, expired ones among them.
func (s *Store) WebSessions(ctx context.Context, principalID int64) ([]WebSession, error) {
	var list []WebSession
	err := s.read(ctx, false, func(c *session) error {
		return c.each("SELECT "+webSessionColumns+" FROM web_session WHERE principal_id = ? ORDER BY seen DESC, id DESC",
			[]any{principalID}, func(r *sql.Rows) error {
				var w WebSession
				err := scanWebSession(&w, r.Scan)
				list = append(list, w)
				return err
			})
	})
	return list, err
}

// TouchWebSession notes that a session was used and until when it lasts.
func (t *Tx) TouchWebSession(id int64, seen, expires time.Time) error {
	_, err := t.exec("UPDATE web_session SET seen = ?, expires = ? WHERE id = ?", seen.Unix(), expires.Unix(), id)
	if err != nil {
		return fmt.Errorf("note use of session: %w", err)
	}
	return nil
}

// RemoveWebSession ends a session of a principal, or gives ErrNotFound.
func (t *Tx) RemoveWebSession(principalID, id int64) error {
	r, err := t.exec("DELETE FROM web_session WHERE principal_id = ? AND id = ?", principalID, id)
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return fmt.Errorf("session: %w", ErrNotFound)
	}
	put(&t.changes.signedOut, principalID, true)
	return nil
}

// RemoveWebSessions ends all sessions of a principal but one; 0 is none.
func (t *Tx) RemoveWebSessions(principalID, but int64) error {
	if _, err := t.exec("DELETE FROM web_session WHERE principal_id = ? AND id <> ?", principalID, but); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	put(&t.changes.signedOut, principalID, true)
	return nil
}

// Settings gives what a person has chosen in the pages, as JSON; "" is nothing yet.
func (s *Store) Settings(ctx context.Context, principalID int64) (text string, err error) {
	err = s.read(ctx, false, func(c *session) error {
		text, err = readSettings(c, principalID)
		return err
	})
	return text, err
}

// Settings is Store.Settings inside the transaction.
func (t *Tx) Settings(principalID int64) (string, error) { return readSettings(t.c, principalID) }

func readSettings(c *session, principalID int64) (text string, err error) {
	err = c.row("SELECT settings FROM choice WHERE principal_id = ?", []any{principalID}, &text)
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return text, err
}

// SetSettings replaces what a person has chosen in the pages.
func (t *Tx) SetSettings(principalID int64, text string) error {
	if _, err := t.Principal(context.Background(), principalID); err != nil {
		return err
	}
	_, err := t.exec(`INSERT INTO choice (principal_id, settings, app_only) VALUES (?, ?, 0)
		ON CONFLICT (principal_id) DO UPDATE SET settings = excluded.settings`, principalID, text)
	if err != nil {
		return fmt.Errorf("store settings: %w", err)
	}
	put(&t.changes.settings, principalID, true)
	return nil
}

// SetAppOnly says whether a principal's account password is refused on DAV paths, which leaves app passwords.
func (t *Tx) SetAppOnly(principalID int64, only bool) error {
	if _, err := t.Principal(context.Background(), principalID); err != nil {
		return err
	}
	_, err := t.exec(`INSERT INTO choice (principal_id, settings, app_only) VALUES (?, '', ?)
		ON CONFLICT (principal_id) DO UPDATE SET app_only = excluded.app_only`, principalID, only)
	if err != nil {
		return fmt.Errorf("store which passwords are good: %w", err)
	}
	put(&t.changes.credentials, principalID, true)
	return nil
}

// AppOnly tells whether a principal's account password is refused on DAV paths.
func (s *Store) AppOnly(ctx context.Context, principalID int64) (bool, error) {
	var only bool
	err := s.read(ctx, false, func(c *session) (err error) {
		only, err = appOnly(c, principalID)
		return err
	})
	return only, err
}

func appOnly(c *session, principalID int64) (only bool, err error) {
	err = c.row("SELECT app_only FROM choice WHERE principal_id = ?", []any{principalID}, &only)
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return only, err
}
