package api

import (
	"errors"
	"net/http"

	"convoke/birthday"
	"convoke/server/tree"
	"convoke/storage"
)

func (a *API) birthdayRoutes() []route {
	return []route{
		{"GET /api/birthdays", signedIn, a.getBirthdays},
		{"PUT /api/birthdays", signedIn, a.putBirthdays},
	}
}

// birthdaysView is whether somebody has a calendar of birthdays, and which.
type birthdaysView struct {
	On       bool   `json:"on"`
	Href     string `json:"href"` // "" without
	Language string `json:"language"`
	Events   int    `json:"events"`
	Error    string `json:"error"` // a sentence; "" if there is none
}

func viewBirthdays(who *storage.Principal, v *birthday.View) birthdaysView {
	c := v.Calendar
	return birthdaysView{true, tree.HomeHref(storage.Calendars, who) + c.Name + "/", v.Language, c.Len(), v.Problem}
}

func (a *API) getBirthdays(c *call) (any, error) {
	v, err := a.o.Birthdays.Get(c.Context(), c.who)
	if errors.Is(err, storage.ErrNotFound) {
		return birthdaysView{}, nil
	}
	if err != nil {
		return nil, err
	}
	return viewBirthdays(c.who, v), nil
}

func (a *API) putBirthdays(c *call) (any, error) {
	var in struct {
		On       *bool  `json:"on"`
		Language string `json:"language"`
	}
	if err := c.read(&in); err != nil {
		return nil, err
	}
	switch {
	case in.On == nil:
		return nil, refusal(http.StatusBadRequest, "bad-request", "Say whether there is to be a calendar of birthdays.")
	case !*in.On:
		return birthdaysView{}, a.o.Birthdays.Off(c.Context(), c.who, c.actor())
	}
	v, err := a.o.Birthdays.On(c.Context(), c.who, c.actor(), in.Language)
	if err != nil {
		return nil, err
	}
	return viewBirthdays(c.who, v), nil
}
