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

// SignIn begins a session for whose name or mail address and password these are, and, where the person has set that up,
// code. Errors are those of server.CheckAccount, or a *CodeError.
func (d *Door) SignIn(w http.ResponseWriter, r *http.Request, c Credentials) (*storage.Principal, error) {
	who, err := d.Guard.CheckAccount(r.Context(), c.Name, c.Password)
	if err != nil {
		return nil, err
	}
	asks, err := d.asksCode(r.Context(), who)
	switch {
	case err != nil:
		return nil, err
	case !asks:
		return who, d.enter(w, r, who, c.Keep)
	case c.Code == "":
		return nil, &CodeError{Ticket: d.ticket(who)}
	}
	return who, d.second(w, r, who, c.Code, c.Keep)
}

// SignInByCode is the second half of SignIn, for a page that asks for the code by itself.
func (d *Door) SignInByCode(w http.ResponseWriter, r *http.Request, ticket, code string, keep bool) (*storage.Principal, error) {
	who, err := d.bearerOf(r.Context(), ticket)
	if err != nil {
		return nil, err
	}
	return who, d.second(w, r, who, code, keep)
}

// second looks at the code and begins the session.
func (d *Door) second(w http.ResponseWriter, r *http.Request, who *storage.Principal, code string, keep bool) error {
	err := d.checkCode(r.Context(), who, code)
	if errors.Is(err, server.ErrCredentials) {
		return &CodeError{Ticket: d.ticket(who), Wrong: true}
	}
	if err != nil {
		return err
	}
	return d.enter(w, r, who, keep)
}

// enter begins the session of who has shown all that is asked for.
func (d *Door) enter(w http.ResponseWriter, r *http.Request, who *storage.Principal, keep bool) error {
	d.Guard.SignedIn(r.Context(), who)
	_, err := d.Begin(w, r, who, keep)
	return err
}

// CodeError asks for a one-time password or recovery code: name and password were right.
type CodeError struct {
	Ticket string // with which SignInByCode goes on
	Wrong  bool   // one was shown, and is wrong or was used before
}

func (e *CodeError) Error() string { return "a code is needed" }

// Credentials are what a person signs in with.
type Credentials struct {
	Name, Password string
	Code           string // one-time password or recovery code; "" if not asked for yet
	Keep           bool   // stay signed in
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
