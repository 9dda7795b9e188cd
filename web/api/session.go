package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"convoke/server"
	"convoke/server/tree"
	"convoke/storage"
	"convoke/web/session"
)

// maxSettingsBytes bounds what a person may choose.
const maxSettingsBytes = 16 << 10

// Features tell the pages what this installation can do.
type Features struct {
	MailOut bool `json:"mailOut"` // people outside are invited by mail
	MailIn  bool `json:"mailIn"`  // their mail comes in
}

func (a *API) sessionRoutes() []route {
	return []route{
		{"GET /api/session", signedIn, a.getSession},
		{"POST /api/session", anybody, a.signIn},
		{"DELETE /api/session", anybody, a.signOut},
		{"POST /api/token", signedIn, a.makeToken},
		{"GET /api/settings", signedIn, a.getSettings},
		{"PUT /api/settings", signedIn, a.putSettings},
		{"PATCH /api/settings", signedIn, a.putSettings},
	}
}

// sessionView is who is signed in and what the pages begin with.
type sessionView struct {
	Principal principalView `json:"principal"`
	Homes     homesView     `json:"homes"`
	Settings  settingsView  `json:"settings"`
	Features  Features      `json:"features"`
	Version   string        `json:"version"`
}

type principalView struct {
	Name        string   `json:"name"`
	DisplayName string   `json:"displayName"`
	Addresses   []string `json:"addresses"` // calendar user addresses, the canonical one first
	Admin       bool     `json:"admin"`
	Href        string   `json:"href"`
}

type homesView struct {
	Calendars    string `json:"calendars"`
	AddressBooks string `json:"addressBooks"`
	Inbox        string `json:"inbox"`
	Outbox       string `json:"outbox"`
}

func (a *API) getSession(c *call) (any, error) {
	s, err := a.o.Sessions.Of(c.Request)
	if err != nil {
		return nil, err
	}
	if s != nil {
		a.o.Sessions.Renew(c.w, c.Request, s)
	}
	return a.sessionView(c, c.who)
}

func (a *API) sessionView(c *call, who *storage.Principal) (*sessionView, error) {
	settings, err := a.settings(c.Context(), c.Request, who)
	if err != nil {
		return nil, err
	}
	home := tree.HomeHref(storage.Calendars, who)
	return &sessionView{
		Principal: principalView{
			Name: who.Name, DisplayName: cmp.Or(who.DisplayName, who.Name), Addresses: append([]string{}, who.Addresses...),
			Admin: who.Admin, Href: tree.PrincipalHref(who),
		},
		Homes:    homesView{Calendars: home, AddressBooks: tree.HomeHref(storage.AddressBooks, who), Inbox: home + "inbox/", Outbox: home + "outbox/"},
		Settings: settings, Features: a.o.Features, Version: a.o.Version,
	}, nil
}

func (a *API) signIn(c *call) (any, error) {
	var asked struct {
		Name     string `json:"name"`
		Password string `json:"password"`
		Code     string `json:"code"`
		Keep     bool   `json:"keep"`
	}
	if err := c.read(&asked); err != nil {
		return nil, err
	}
	who, err := a.o.Sessions.SignIn(c.w, c.Request, session.Credentials{Name: asked.Name, Password: asked.Password, Code: asked.Code, Keep: asked.Keep})
	if err != nil {
		return nil, c.signInProblem(err)
	}
	return a.sessionView(c, who)
}

// signInProblem is what somebody is told who could not sign in.
func (c *call) signInProblem(err error) error {
	var wait *server.WaitError
	var code *session.CodeError
	switch {
	case errors.As(err, &code) && code.Wrong:
		return refusal(http.StatusUnauthorized, "wrong-code", "This code is not right, or was used before.")
	case errors.As(err, &code):
		return refusal(http.StatusUnauthorized, "second-factor", "Please enter the code that your phone shows.")
	case errors.As(err, &wait):
		c.w.Header().Set("Retry-After", strconv.Itoa(wait.Seconds()))
		return refusal(http.StatusTooManyRequests, "too-many", "Too many tries were wrong. Try again a little later.")
	case errors.Is(err, server.ErrPlain):
		return refusal(http.StatusForbidden, "plain-login", "Signing in needs an encrypted connection: use https.")
	case errors.Is(err, server.ErrCredentials):
		return refusal(http.StatusUnauthorized, "wrong-credentials", "This name and password do not fit.")
	}
	return err
}

func (a *API) signOut(c *call) (any, error) { return nil, a.o.Sessions.End(c.w, c.Request) }

func (a *API) makeToken(c *call) (any, error) {
	s, err := a.o.Sessions.Of(c.Request)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, errSignedOut
	}
	token, until := a.o.Sessions.Token(s)
	return struct {
		Token   string    `json:"token"`
		Expires time.Time `json:"expires"`
	}{token, until.UTC()}, nil
}

// settingsView is what a person has chosen: free-form, but for the names in defaultSettings.
type settingsView map[string]json.RawMessage

func (a *API) getSettings(c *call) (any, error) {
	s, err := a.settings(c.Context(), c.Request, c.who)
	return struct {
		Settings settingsView `json:"settings"`
	}{s}, err
}

// putSettings stores settings: in place of all there are or, with PATCH, those that are named.
func (a *API) putSettings(c *call) (any, error) {
	var asked struct {
		Settings settingsView `json:"settings"`
	}
	if err := c.read(&asked); err != nil {
		return nil, err
	}
	if asked.Settings == nil {
		return nil, refusal(http.StatusBadRequest, "bad-request", "There are no settings in this request.")
	}
	err := a.o.Store.Update(c.Context(), server.ActorOf(c.Context(), "web"), func(tx *storage.Tx) error {
		chosen := settingsView{}                  // stored are objects alone
		if c.Request.Method == http.MethodPatch { // what other pages have chosen stays
			stored, err := tx.Settings(c.who.ID)
			if err != nil {
				return err
			}
			if stored != "" {
				if err := json.Unmarshal([]byte(stored), &chosen); err != nil {
					return fmt.Errorf("read settings: %w", err)
				}
			}
		}
		maps.Copy(chosen, asked.Settings)
		text, err := json.Marshal(chosen)
		if err != nil {
			return err
		}
		if len(text) > maxSettingsBytes {
			return refusal(http.StatusRequestEntityTooLarge, "too-large", "These are more settings than are kept.")
		}
		return tx.SetSettings(c.who.ID, string(text))
	})
	if err != nil {
		return nil, err
	}
	if a.o.Birthdays != nil {
		a.o.Birthdays.Nudge(c.who.ID) // what it writes is in the language of the settings
	}
	return a.getSettings(c)
}

// settings are what a person has chosen, over the defaults.
func (a *API) settings(ctx context.Context, r *http.Request, who *storage.Principal) (settingsView, error) {
	all := defaultSettings(r)
	text, err := a.o.Store.Settings(ctx, who.ID)
	if err != nil || text == "" {
		return all, err
	}
	var own settingsView
	if err := json.Unmarshal([]byte(text), &own); err != nil {
		return nil, err
	}
	for name, value := range own {
		all[name] = value
	}
	return all, nil
}

// twelveHours are the places, and the languages without one, where the day has twice twelve hours.
var twelveHours = []string{"US", "CA", "AU", "NZ", "IN", "PH", "EG", "SA", "en"}

// sundayFirst are those where the week begins with Sunday.
var sundayFirst = []string{"US", "CA", "JP", "IL", "BR", "MX", "IN", "PH", "KR", "TW", "en"}

// defaultSettings are what holds until a person chooses otherwise, by the first language that their browser asks for.
// An empty time zone is that of the device, an empty calendar the first one.
func defaultSettings(r *http.Request) settingsView {
	first, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ",")
	first, _, _ = strings.Cut(first, ";")
	language, place, _ := strings.Cut(strings.TrimSpace(first), "-")
	key := cmp.Or(strings.ToUpper(place), strings.ToLower(language))
	lang := "en"
	if strings.EqualFold(language, "de") {
		lang = "de"
	}
	weekStart := 1
	if slices.Contains(sundayFirst, key) {
		weekStart = 0
	}
	preset := map[string]any{
		"language": lang, "theme": "system", "timeZone": "", "secondTimeZone": "", "weekStart": weekStart,
		"hours24": !slices.Contains(twelveHours, key), "weekNumbers": false, "shortcuts": true,
		"workHours":       map[string]any{"days": []int{1, 2, 3, 4, 5}, "start": "09:00", "end": "17:00"},
		"defaultCalendar": "", "defaultReminder": nil, "showDeclined": true,
		"deviceZone": "", "deviceLanguage": "", "calendarReminders": struct{}{}, "quietCalendars": []string{}, "notifications": false, "reminderToasts": true, "mailReminders": "asked",
	}
	all := make(settingsView, len(preset))
	for name, value := range preset {
		all[name], _ = json.Marshal(value) // constants
	}
	return all
}
