package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"convoke/push"
)

// pushRoutes have the browser of a session told of reminders where no page is open.
func (a *API) pushRoutes() []route {
	return []route{
		{"GET /api/push", signedIn, a.getPush},
		{"PUT /api/push", signedIn, a.putPush},
		{"DELETE /api/push", signedIn, a.deletePush},
		{"POST /api/push/test", signedIn, a.testPush},
	}
}

// pushView is what the browser of a session has to know.
type pushView struct {
	Possible  bool       `json:"possible"`
	PublicKey string     `json:"publicKey"`
	Endpoint  *string    `json:"endpoint"` // as it is registered; null: it is not
	LastAt    *time.Time `json:"lastAt"`   // when its push service last took a message
	Until     time.Time  `json:"until"`    // the session ends, if it is not used
	Kept      bool       `json:"kept"`     // the session lasts as long as it is used
}

func (a *API) getPush(c *call) (any, error) {
	s, err := a.session(c)
	if err != nil {
		return nil, err
	}
	v := &pushView{Until: s.Expires, Kept: s.Kept}
	if !a.o.Push.Possible() {
		return v, nil
	}
	v.Possible = true
	if v.PublicKey, err = a.o.Push.PublicKey(c.Context()); err != nil {
		return nil, err
	}
	one, err := a.o.Push.Registered(c.Context(), s)
	if one != nil {
		v.Endpoint, v.LastAt = &one.Endpoint, moment(one.Succeeded)
	}
	return v, err
}

func (a *API) putPush(c *call) (any, error) {
	var in struct {
		Endpoint       string          `json:"endpoint"`
		ExpirationTime json.RawMessage `json:"expirationTime"` // of PushSubscription.toJSON; who asks then is told that it is gone
		Keys           struct {
			P256DH string `json:"p256dh"`
			Auth   string `json:"auth"`
		} `json:"keys"`
	}
	if err := c.read(&in); err != nil {
		return nil, err
	}
	s, err := a.session(c)
	if err != nil {
		return nil, err
	}
	err = a.o.Push.Register(c.Context(), c.actor(), s, push.Registration{Endpoint: in.Endpoint, P256DH: in.Keys.P256DH, Auth: in.Keys.Auth})
	if err != nil {
		return nil, pushRefusal(c, err)
	}
	return a.getPush(c)
}

func (a *API) deletePush(c *call) (any, error) {
	s, err := a.session(c)
	if err != nil || a.o.Push == nil {
		return nil, err
	}
	return nil, a.o.Push.Forget(c.Context(), c.actor(), s)
}

func (a *API) testPush(c *call) (any, error) {
	s, err := a.session(c)
	if err != nil {
		return nil, err
	}
	all, err := a.settings(c.Context(), c.Request, c.who)
	if err != nil {
		return nil, err
	}
	var language string
	_ = json.Unmarshal(all["language"], &language) // whatever a page has chosen
	return nil, pushRefusal(c, a.o.Push.Show(c.Context(), s, language))
}

// pushRefusal makes an answer of what the service says.
func pushRefusal(c *call, err error) error {
	var p *push.Problem
	if !errors.As(err, &p) {
		return err
	}
	status := http.StatusConflict
	switch p.Word {
	case push.BadEndpoint, push.BadKeys:
		status = http.StatusUnprocessableEntity
	case push.Often:
		c.w.Header().Set("Retry-After", "60")
		status = http.StatusTooManyRequests
	case push.Failed:
		status = http.StatusBadGateway
	}
	return &problem{status, p.Word, p.Sentence, err}
}
