package storage

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
)

// Argon2id as architecture.md §8 settles it.
const (
	argonTime    = 2
	argonKiB     = 19 * 1024
	argonThreads = 1
	argonSalt    = 16
	argonKey     = 32

	// MaxPasswordBytes is the longest password, reliability.md §2.
	MaxPasswordBytes = 1024

	argonPrefix = "$argon2id$v=19$m=19456,t=2,p=1$"
	usedEvery   = time.Hour // how exact AppPassword.Used is
)

// tidyAfter is how long after the last slow hash its memory, more than all else of a small server, goes back to the
// system.
const tidyAfter = 200 * time.Millisecond

// appAlphabet has 32 letters and digits that nobody confuses.
const appAlphabet = "abcdefghijkmnpqrstuvwxyz23456789"

// slow runs an argon2id hash, no more at once than there are processors.
func (s *Store) slow(ctx context.Context, password string, salt []byte) ([]byte, error) {
	select {
	case s.hashing <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() {
		<-s.hashing
		s.tidy.Reset(tidyAfter)
	}()
	return argon2.IDKey([]byte(password), salt, argonTime, argonKiB, argonThreads, argonKey), nil
}

// HashPassword makes the slow hash that SetPassword stores; call it outside of Update.
func (s *Store) HashPassword(ctx context.Context, password string) (string, error) {
	if password == "" || len(password) > MaxPasswordBytes {
		return "", fmt.Errorf("a password has 1 to %d bytes", MaxPasswordBytes)
	}
	salt := make([]byte, argonSalt)
	rand.Read(salt) //nolint:errcheck // never fails
	key, err := s.slow(ctx, password, salt)
	if err != nil {
		return "", err
	}
	e := base64.RawStdEncoding
	return argonPrefix + e.EncodeToString(salt) + "$" + e.EncodeToString(key), nil
}

// ErrAppOnly is an ErrPassword: it was the account's, and its owner lets only app passwords in.
var ErrAppOnly = fmt.Errorf("the account's password, where only app passwords are good: %w", ErrPassword)

// CheckPassword tells whose name, in whatever case, and password these are: an app password, or that of the account
// unless its owner has excluded it (SetAppOnly). ErrPassword for a wrong or unknown one, at the same cost. It is slow
// by design; at most one check for each processor runs at once.
func (s *Store) CheckPassword(ctx context.Context, name, password string) (*Principal, error) {
	return s.checkPassword(ctx, name, password, true)
}

// CheckAccountPassword is CheckPassword for the account's password alone.
func (s *Store) CheckAccountPassword(ctx context.Context, name, password string) (*Principal, error) {
	return s.checkPassword(ctx, name, password, false)
}

func (s *Store) checkPassword(ctx context.Context, name, password string, forApps bool) (*Principal, error) {
	if password == "" || len(password) > MaxPasswordBytes {
		return nil, ErrPassword
	}
	p, err := s.directory.typed(name)
	if err != nil {
		p = &Principal{} // the same work follows
	}
	app, hash, appOnly, err := s.credentialsOf(ctx, p.ID, password)
	if err != nil {
		return nil, err
	}
	if app != nil && forApps {
		s.used(ctx, app)
		return p, nil
	}
	salt, want := splitHash(hash)
	key, err := s.slow(ctx, password, salt)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(key, want) != 1 || p.ID == 0 {
		return nil, ErrPassword
	}
	if forApps && appOnly {
		return nil, ErrAppOnly
	}
	return p, nil
}

// splitHash gives salt and key of a stored hash; of none, such as nothing fits.
func splitHash(hash string) (salt, key []byte) {
	rest, ok := strings.CutPrefix(hash, argonPrefix)
	a, b, ok2 := strings.Cut(rest, "$")
	salt, err := base64.RawStdEncoding.DecodeString(a)
	key, err2 := base64.RawStdEncoding.DecodeString(b)
	if !ok || !ok2 || err != nil || err2 != nil || len(salt) != argonSalt || len(key) != argonKey {
		return make([]byte, argonSalt), nil
	}
	return salt, key
}

// credentialsOf gives the app password that password is, the account's hash, and whether the account's password opens
// no DAV path.
func (s *Store) credentialsOf(ctx context.Context, id int64, password string) (app *AppPassword, hash string, only bool, err error) {
	prefix, sum := appSum(password)
	err = s.read(ctx, false, func(c *session) error {
		err := c.each("SELECT id, used, hash FROM app_password WHERE principal_id = ? AND prefix = ?", []any{id, prefix}, func(r *sql.Rows) error {
			var a AppPassword
			var used int64
			var have []byte
			if err := r.Scan(&a.ID, &used, &have); err != nil {
				return err
			}
			if subtle.ConstantTimeCompare(have, sum[:]) == 1 {
				a.PrincipalID, a.Used = id, time.Unix(used, 0)
				app = &a
			}
			return nil
		})
		if err != nil {
			return err
		}
		if only, err = appOnly(c, id); err != nil {
			return err
		}
		err = c.row("SELECT hash FROM password WHERE principal_id = ?", []any{id}, &hash)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		return err
	})
	return app, hash, only, err
}

// appSum gives how an app password is kept: found by its first letters, known by its hash.
// It is random enough that a quick hash suffices. Dashes and blanks don't count.
func appSum(password string) (prefix string, sum [sha256.Size]byte) {
	password = strings.NewReplacer("-", "", " ", "").Replace(password)
	if len(password) >= 4 {
		prefix = password[:4]
	}
	return prefix, sha256.Sum256([]byte(password))
}

// used notes that an app password served. That it cannot be noted is no reason to refuse.
func (s *Store) used(ctx context.Context, a *AppPassword) {
	if s.o.Clock().Sub(a.Used) < usedEvery {
		return
	}
	err := s.Update(ctx, Actor{PrincipalID: a.PrincipalID}, func(t *Tx) error {
		_, err := t.exec("UPDATE app_password SET used = ? WHERE id = ?", t.now.Unix(), a.ID)
		return err
	})
	if err != nil {
		s.o.Log.Warn("use of an app password is not noted", "err", err)
	}
}

// Generation is a number that grows whenever a credential of the principal changes or it is
// removed: remembered credentials are good only while it stays. 0 for an unknown one.
func (s *Store) Generation(principalID int64) uint64 {
	d := s.directory
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.generations[principalID]
}

// AppPasswords lists a principal's app passwords, oldest first.
func (s *Store) AppPasswords(ctx context.Context, principalID int64) ([]AppPassword, error) {
	var list []AppPassword
	err := s.read(ctx, false, func(c *session) error {
		return c.each("SELECT id, label, created, used FROM app_password WHERE principal_id = ? ORDER BY id", []any{principalID}, func(r *sql.Rows) error {
			a := AppPassword{PrincipalID: principalID}
			var created, used int64
			if err := r.Scan(&a.ID, &a.Label, &created, &used); err != nil {
				return err
			}
			a.Created = time.Unix(created, 0).UTC()
			if used != 0 {
				a.Used = time.Unix(used, 0).UTC()
			}
			list = append(list, a)
			return nil
		})
	})
	return list, err
}

// SetPassword stores the hash of the account's password; "" takes the password away. All sessions of the principal end.
func (t *Tx) SetPassword(principalID int64, hash string) error {
	if _, err := t.Principal(context.Background(), principalID); err != nil {
		return err
	}
	var err error
	if hash == "" {
		_, err = t.exec("DELETE FROM password WHERE principal_id = ?", principalID)
	} else {
		_, err = t.exec(`INSERT INTO password (principal_id, hash) VALUES (?, ?)
			ON CONFLICT (principal_id) DO UPDATE SET hash = excluded.hash`, principalID, hash)
	}
	if err != nil {
		return fmt.Errorf("store password: %w", err)
	}
	if err := t.RemoveWebSessions(principalID, 0); err != nil {
		return t.spoil(err)
	}
	put(&t.changes.credentials, principalID, true)
	return nil
}

// AddAppPassword makes an app password and gives its secret, which is not kept.
func (t *Tx) AddAppPassword(principalID int64, label string) (AppPassword, string, error) {
	if _, err := t.Principal(context.Background(), principalID); err != nil {
		return AppPassword{}, "", err
	}
	var raw [20]byte
	rand.Read(raw[:]) //nolint:errcheck // never fails
	var secret strings.Builder
	for i, b := range raw {
		if i > 0 && i%5 == 0 {
			secret.WriteByte('-')
		}
		secret.WriteByte(appAlphabet[b%32])
	}
	prefix, sum := appSum(secret.String())
	a := AppPassword{PrincipalID: principalID, Label: label, Created: seconds(t.now)}
	r, err := t.exec("INSERT INTO app_password (principal_id, label, prefix, hash, created, used) VALUES (?, ?, ?, ?, ?, 0)",
		principalID, label, prefix, sum[:], a.Created.Unix())
	if err != nil {
		return AppPassword{}, "", fmt.Errorf("store app password: %w", err)
	}
	a.ID, err = r.LastInsertId()
	put(&t.changes.credentials, principalID, true)
	return a, secret.String(), t.spoil(err)
}

// RemoveAppPassword takes an app password away, or gives ErrNotFound.
func (t *Tx) RemoveAppPassword(principalID, id int64) error {
	r, err := t.exec("DELETE FROM app_password WHERE principal_id = ? AND id = ?", principalID, id)
	if err != nil {
		return fmt.Errorf("remove app password: %w", err)
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return fmt.Errorf("app password: %w", ErrNotFound)
	}
	put(&t.changes.credentials, principalID, true)
	return nil
}

// RemoveAppPasswords takes all app passwords of a principal away.
func (t *Tx) RemoveAppPasswords(principalID int64) error {
	if _, err := t.exec("DELETE FROM app_password WHERE principal_id = ?", principalID); err != nil {
		return fmt.Errorf("remove app passwords: %w", err)
	}
	put(&t.changes.credentials, principalID, true)
	return nil
}
