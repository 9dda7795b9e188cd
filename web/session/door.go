package session

import (
	"context"
	"errors"
	"net/http"
	"unicode/utf8"

	"convoke/server"
	"convoke/storage"
)

// Guard looks at passwords and codes under the limits of wrong ones; it is a *server.Server.
type Guard interface {
	CheckAccount(ctx context.Context, name, password string) (*storage.Principal, error)
	CheckCode(ctx context.Context, p *storage.Principal, right func() (bool, error)) error
	SignedIn(ctx context.Context, p *storage.Principal)
}

// Door signs people in.
type Door struct {
	*Keeper
	Guard Guard
}

var _ Guard = (*server.Server)(nil)

// SignIn begins a session for whose name or mail address and password these are. Errors are those of
// server.CheckAccount.
func (d *Door) SignIn(w http.ResponseWriter, r *http.Request, c Credentials) (*storage.Principal, error) {
	who, err := d.Guard.CheckAccount(r.Context(), c.Name, c.Password)
	if err != nil {
		return nil, err
	}
	d.Guard.SignedIn(r.Context(), who)
	if _, err := d.Begin(w, r, who, c.Keep); err != nil {
		return nil, err
	}
	return who, nil
}

// Credentials are what a person signs in with.
type Credentials struct {
	Name, Password string
	Keep           bool // stay signed in
}

// Confirm makes a session fresh for whose account password this is. Errors are those of server.CheckAccount.
func (d *Door) Confirm(r *http.Request, s *storage.WebSession, who *storage.Principal, password string) error {
	found, err := d.Guard.CheckAccount(r.Context(), who.Name, password)
	if err != nil {
		return err
	}
	if found.ID != s.PrincipalID {
		return server.ErrCredentials
	}
	d.Guard.SignedIn(r.Context(), who)
	d.confirm(s)
	return nil
}

// MinPasswordRunes is the shortest password that the pages take.
const MinPasswordRunes = 8

// ErrShort says that a password is shorter than that.
var ErrShort = errors.New("the password is too short")

// ErrLong says that a password is longer than any is.
var ErrLong = errors.New("the password is too long")

// Judge refuses a password that nobody should choose.
func Judge(password string) error {
	switch {
	case len(password) > storage.MaxPasswordBytes:
		return ErrLong
	case utf8.RuneCountInString(password) < MinPasswordRunes:
		return ErrShort
	}
	return nil
}

// SetPassword changes the account's password of who asks, who shows the one in force. All their sessions end; this
// browser gets a new one. devices: their app passwords go too.
func (d *Door) SetPassword(w http.ResponseWriter, r *http.Request, who *storage.Principal, current, next string, devices bool) error {
	s, err := d.Of(r)
	if err != nil {
		return err
	}
	if _, err := d.Guard.CheckAccount(r.Context(), who.Name, current); err != nil {
		return err
	}
	if err := Judge(next); err != nil {
		return err
	}
	hash, err := d.o.Store.HashPassword(r.Context(), next)
	if err != nil {
		return err
	}
	err = d.update(r.Context(), who.ID, func(tx *storage.Tx) error {
		if devices {
			if err := tx.RemoveAppPasswords(who.ID); err != nil {
				return err
			}
		}
		return tx.SetPassword(who.ID, hash)
	})
	if err != nil {
		return err
	}
	d.Guard.SignedIn(r.Context(), who)
	_, err = d.Begin(w, r, who, s != nil && s.Kept)
	return err
}
