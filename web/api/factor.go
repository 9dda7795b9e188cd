package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"convoke/server"
	"convoke/storage"
	"convoke/web/passkey"
	"convoke/web/session"
)

// factorRoutes are about one-time passwords and passkeys.
func (a *API) factorRoutes() []route {
	return []route{
		{"GET /api/totp", signedIn, a.getTOTP},
		{"POST /api/totp", confirmed, a.beginTOTP},
		{"POST /api/totp/confirm", confirmed, a.confirmTOTP},
		{"POST /api/totp/recovery", confirmed, a.newRecoveryCodes},
		{"DELETE /api/totp", confirmed, a.removeTOTP},
		{"GET /api/passkeys", signedIn, a.listPasskeys},
		{"POST /api/passkeys/begin", confirmed, a.beginPasskey},
		{"POST /api/passkeys", confirmed, a.addPasskey},
		{"DELETE /api/passkeys/{id}", confirmed, a.removePasskey},
		{"POST /api/session/passkey/begin", anybody, a.beginSignIn},
		{"POST /api/session/passkey", anybody, a.signInByPasskey},
	}
}

// What a request about one-time passwords may come too early or too late for.
var (
	errNoTOTP = refusal(http.StatusConflict, "totp-off", "One-time passwords are not turned on.")
	errTOTPOn = refusal(http.StatusConflict, "totp-on", "One-time passwords are turned on already.")
)

// totp is that of who asks, nil for none that is confirmed.
func (a *API) totp(c *call) (*storage.TOTP, error) {
	p, err := a.o.Store.TOTP(c.Context(), c.who.ID)
	if errors.Is(err, storage.ErrNotFound) || err == nil && !p.Confirmed {
		return nil, nil
	}
	return p, err
}

func (a *API) getTOTP(c *call) (any, error) {
	p, err := a.totp(c)
	if err != nil {
		return nil, err
	}
	view := struct {
		On       bool       `json:"on"`
		Since    *time.Time `json:"since"`
		Recovery int        `json:"recovery"` // codes left
	}{On: p != nil}
	if p != nil {
		view.Since = &p.Created
		view.Recovery, err = a.o.Store.RecoveryCodes(c.Context(), c.who.ID)
	}
	return view, err
}

func (a *API) beginTOTP(c *call) (any, error) {
	secret, address, err := a.o.Sessions.NewTOTP(c.Context(), c.who)
	if errors.Is(err, storage.ErrExists) {
		return nil, errTOTPOn
	}
	if err != nil {
		return nil, err
	}
	size, rows, err := matrix(address)
	return struct {
		Secret  string   `json:"secret"`
		Address string   `json:"address"` // also as a QR code: size and rows
		Size    int      `json:"size"`
		Rows    []string `json:"rows"`
	}{secret, address, size, rows}, err
}

// recovery are codes that are shown once.
type recovery struct {
	Codes []string `json:"recoveryCodes"`
}

func (a *API) confirmTOTP(c *call) (any, error) {
	var asked struct {
		Code string `json:"code"`
	}
	if err := c.read(&asked); err != nil {
		return nil, err
	}
	p, err := a.totp(c)
	if err != nil {
		return nil, err
	}
	if p != nil {
		return nil, errTOTPOn
	}
	codes, err := a.o.Sessions.ConfirmTOTP(c.Context(), c.who, asked.Code)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return nil, errNoTOTP
	case errors.Is(err, server.ErrCredentials):
		return nil, refusal(http.StatusForbidden, "wrong-code", "This code is not right. Is the clock of the phone?")
	case err != nil:
		return nil, c.signInProblem(err)
	}
	return recovery{codes}, nil
}

func (a *API) newRecoveryCodes(c *call) (any, error) {
	p, err := a.totp(c)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, errNoTOTP
	}
	codes, err := a.o.Sessions.NewRecoveryCodes(c.Context(), c.who)
	return recovery{codes}, err
}

func (a *API) removeTOTP(c *call) (any, error) {
	return nil, a.update(c, func(tx *storage.Tx) error { return tx.RemoveTOTP(c.who.ID) })
}

// passkeyView is a passkey as lists show it.
type passkeyView struct {
	ID      int64      `json:"id"`
	Label   string     `json:"label"`
	Created time.Time  `json:"created"`
	Used    *time.Time `json:"used"` // null: never
}

func viewPasskey(p *storage.Passkey) passkeyView {
	v := passkeyView{ID: p.ID, Label: p.Label, Created: p.Created}
	if !p.Used.IsZero() {
		v.Used = &p.Used
	}
	return v
}

func (a *API) listPasskeys(c *call) (any, error) {
	stored, err := a.o.Store.Passkeys(c.Context(), c.who.ID)
	items := make([]passkeyView, len(stored))
	for i := range stored {
		items[i] = viewPasskey(&stored[i])
	}
	_, none := a.o.Sessions.Party(c.Request)
	return struct {
		Items    []passkeyView `json:"items"`
		Possible bool          `json:"possible"` // at this address
	}{items, none == nil}, err
}

// passkeyProblem is what a person is told of a passkey that failed.
func (c *call) passkeyProblem(err error) error {
	switch {
	case errors.Is(err, passkey.ErrNoParty):
		return refusal(http.StatusConflict, "no-passkeys", "Passkeys need an address with a name and https.")
	case errors.Is(err, session.ErrTooMany):
		return refusal(http.StatusConflict, "too-many-passkeys", "There are too many passkeys: remove those that you no longer use.")
	case errors.Is(err, session.ErrPasskey):
		return refusal(http.StatusForbidden, "wrong-passkey", "This passkey was not accepted. Please try again.")
	}
	return c.signInProblem(err)
}

func (a *API) beginPasskey(c *call) (any, error) {
	begun, err := a.o.Sessions.BeginPasskey(c.Request, c.who)
	if err != nil {
		return nil, c.passkeyProblem(err)
	}
	return begun, nil
}

func (a *API) addPasskey(c *call) (any, error) {
	var asked struct {
		State    string          `json:"state"`
		Label    string          `json:"label"`
		Response json.RawMessage `json:"response"`
	}
	if err := c.read(&asked); err != nil {
		return nil, err
	}
	name, err := label(asked.Label)
	if err != nil {
		return nil, err
	}
	p, err := a.o.Sessions.AddPasskey(c.Request, c.who, asked.State, name, asked.Response)
	if err != nil {
		return nil, c.passkeyProblem(err)
	}
	return viewPasskey(p), nil
}

func (a *API) removePasskey(c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	return nil, a.update(c, func(tx *storage.Tx) error { return tx.RemovePasskey(c.who.ID, id) })
}

func (a *API) beginSignIn(c *call) (any, error) {
	begun, err := a.o.Sessions.BeginSignIn(c.Request)
	if err != nil {
		return nil, c.passkeyProblem(err)
	}
	return begun, nil
}

func (a *API) signInByPasskey(c *call) (any, error) {
	var asked struct {
		State    string          `json:"state"`
		Response json.RawMessage `json:"response"`
		Keep     bool            `json:"keep"`
	}
	if err := c.read(&asked); err != nil {
		return nil, err
	}
	who, err := a.o.Sessions.SignInByPasskey(c.w, c.Request, asked.State, asked.Response, asked.Keep)
	if err != nil {
		return nil, c.passkeyProblem(err)
	}
	return a.sessionView(c, who)
}
