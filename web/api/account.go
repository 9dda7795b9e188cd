package api

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"convoke/server"
	"convoke/storage"
	"convoke/web/session"
)

const (
	maxAppPasswords = 100 // of one person
	maxLabelRunes   = 100
)

// accountRoutes are about how a person signs in, and where they are signed in.
func (a *API) accountRoutes() []route {
	return []route{
		{"POST /api/session/confirm", signedIn, a.confirm},
		{"GET /api/sessions", signedIn, a.listSessions},
		{"DELETE /api/sessions", signedIn, a.endSessions},
		{"DELETE /api/sessions/{id}", signedIn, a.endSession},
		{"GET /api/app-passwords", signedIn, a.listAppPasswords},
		{"POST /api/app-passwords", confirmed, a.addAppPassword},
		{"PUT /api/app-passwords", confirmed, a.setAppOnly},
		{"DELETE /api/app-passwords/{id}", signedIn, a.removeAppPassword},
		{"PUT /api/password", signedIn, a.setPassword},
	}
}

// session is that of a call.
func (a *API) session(c *call) (*storage.WebSession, error) {
	s, err := a.o.Sessions.Of(c.Request)
	if err == nil && s == nil {
		err = errSignedOut
	}
	return s, err
}

// update writes as who asks.
func (a *API) update(c *call, fn func(*storage.Tx) error) error {
	return a.o.Store.Update(c.Context(), c.actor(), fn)
}

// label is what a person calls a thing of theirs.
func label(text string) (string, error) {
	text = strings.Join(strings.Fields(text), " ")
	if text == "" || utf8.RuneCountInString(text) > maxLabelRunes || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return "", refusal(http.StatusBadRequest, "bad-label", "Please give it a name of at most 100 letters.")
	}
	return text, nil
}

// fresh refuses a session whose person has not shown the password lately.
func (a *API) fresh(r *http.Request) error {
	s, err := a.o.Sessions.Of(r)
	switch {
	case err != nil:
		return err
	case s == nil:
		return errSignedOut
	case !a.o.Sessions.Fresh(s):
		return refusal(http.StatusForbidden, "confirm", "Please show your password again.")
	}
	return nil
}

func (a *API) confirm(c *call) (any, error) {
	var asked struct {
		Password string `json:"password"`
	}
	if err := c.read(&asked); err != nil {
		return nil, err
	}
	s, err := a.session(c)
	if err != nil {
		return nil, err
	}
	return nil, c.passwordProblem(a.o.Sessions.Confirm(c.Request, s, c.who, asked.Password))
}

// passwordProblem is what who is signed in is told about a password that is not right.
func (c *call) passwordProblem(err error) error {
	if errors.Is(err, server.ErrCredentials) {
		return refusal(http.StatusForbidden, "wrong-password", "This is not your password.")
	}
	return c.signInProblem(err)
}

// webSession is one place where a person is signed in.
type webSession struct {
	ID      int64     `json:"id"`
	Current bool      `json:"current"` // the one that asks
	Browser string    `json:"browser"`
	System  string    `json:"system"`
	Kept    bool      `json:"kept"`
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen"`
	Expires time.Time `json:"expires"`
}

func (a *API) listSessions(c *call) (any, error) {
	current, err := a.session(c)
	if err != nil {
		return nil, err
	}
	stored, err := a.o.Sessions.All(c.Context(), c.who)
	items := make([]webSession, len(stored))
	for i, s := range stored {
		items[i] = webSession{ID: s.ID, Current: s.ID == current.ID, Kept: s.Kept, Created: s.Created, Seen: s.Seen, Expires: s.Expires}
		items[i].Browser, items[i].System = session.Device(s.Agent)
	}
	slices.SortStableFunc(items, func(a, b webSession) int {
		switch {
		case a.Current:
			return -1
		case b.Current:
			return 1
		}
		return 0
	})
	return struct {
		Items []webSession `json:"items"`
	}{items}, err
}

func (a *API) endSessions(c *call) (any, error) {
	current, err := a.session(c)
	if err != nil {
		return nil, err
	}
	return nil, a.update(c, func(tx *storage.Tx) error { return tx.RemoveWebSessions(c.who.ID, current.ID) })
}

func (a *API) endSession(c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	return nil, a.update(c, func(tx *storage.Tx) error { return tx.RemoveWebSession(c.who.ID, id) })
}

// appPassword is one as lists show it; Password is there once, when it is made.
type appPassword struct {
	ID       int64      `json:"id"`
	Label    string     `json:"label"`
	Created  time.Time  `json:"created"`
	Used     *time.Time `json:"used"` // null: never
	Password string     `json:"password,omitempty"`
}

func (a *API) listAppPasswords(c *call) (any, error) {
	stored, err := a.o.Store.AppPasswords(c.Context(), c.who.ID)
	if err != nil {
		return nil, err
	}
	only, err := a.o.Store.AppOnly(c.Context(), c.who.ID)
	items := make([]appPassword, len(stored))
	for i, p := range stored {
		items[i] = appPassword{ID: p.ID, Label: p.Label, Created: p.Created}
		if !p.Used.IsZero() {
			items[i].Used = &stored[i].Used
		}
	}
	return struct {
		Items []appPassword `json:"items"`
		Only  bool          `json:"only"`
	}{items, only}, err
}

func (a *API) addAppPassword(c *call) (any, error) {
	var asked struct {
		Label string `json:"label"`
	}
	if err := c.read(&asked); err != nil {
		return nil, err
	}
	made, err := a.makeAppPassword(c, asked.Label)
	if err != nil {
		return nil, err
	}
	return made, nil
}

// makeAppPassword makes an app password of who asks.
func (a *API) makeAppPassword(c *call, text string) (*appPassword, error) {
	name, err := label(text)
	if err != nil {
		return nil, err
	}
	stored, err := a.o.Store.AppPasswords(c.Context(), c.who.ID)
	if err != nil {
		return nil, err
	}
	if len(stored) >= maxAppPasswords {
		return nil, refusal(http.StatusConflict, "too-many-app-passwords", "There are too many app passwords: remove those that you no longer use.")
	}
	var made *appPassword
	err = a.update(c, func(tx *storage.Tx) error {
		p, secret, err := tx.AddAppPassword(c.who.ID, name)
		made = &appPassword{ID: p.ID, Label: p.Label, Created: p.Created, Password: secret}
		return err
	})
	return made, err
}

func (a *API) setAppOnly(c *call) (any, error) {
	var asked struct {
		Only *bool `json:"only"`
	}
	if err := c.read(&asked); err != nil {
		return nil, err
	}
	if asked.Only == nil {
		return nil, refusal(http.StatusBadRequest, "bad-request", "This request does not say what to do.")
	}
	return nil, a.update(c, func(tx *storage.Tx) error { return tx.SetAppOnly(c.who.ID, *asked.Only) })
}

func (a *API) removeAppPassword(c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	return nil, a.update(c, func(tx *storage.Tx) error { return tx.RemoveAppPassword(c.who.ID, id) })
}

func (a *API) setPassword(c *call) (any, error) {
	var asked struct {
		Current      string `json:"current"`
		New          string `json:"new"`
		AppPasswords bool   `json:"appPasswords"`
	}
	if err := c.read(&asked); err != nil {
		return nil, err
	}
	err := a.o.Sessions.SetPassword(c.w, c.Request, c.who, asked.Current, asked.New, asked.AppPasswords)
	switch {
	case errors.Is(err, session.ErrShort):
		return nil, refusal(http.StatusBadRequest, "password-short", "Please choose a password of at least 8 letters.")
	case errors.Is(err, session.ErrLong):
		return nil, refusal(http.StatusBadRequest, "password-long", "This password is too long.")
	}
	return nil, c.passwordProblem(err)
}
