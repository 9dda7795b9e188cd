package session

import (
	"context"
	"net/http"

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
