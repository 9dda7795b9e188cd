package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"convoke/server"
	"convoke/web/session"
)

// maxFormBytes bounds a form of the pages.
const maxFormBytes = 64 << 10

// signInForm is what the page of signing in shows.
type signInForm struct {
	Name    string
	Keep    bool
	To      string // where to go then: a path of ours
	Ticket  string // name and password were right: the code is asked for
	Problem string // key of what was wrong
}

// SignIn serves /signin: a form, and then the way to where the person wanted to go.
func (s *Site) SignIn(door *session.Door) http.Handler {
	return s.guarded(func(w http.ResponseWriter, r *http.Request) {
		if !methods(w, r, http.MethodGet, http.MethodHead, http.MethodPost) {
			return
		}
		if r.Method == http.MethodPost {
			s.signIn(w, r, door)
			return
		}
		if nobody, err := door.Nobody(r.Context()); err == nil && nobody {
			http.Redirect(w, r, "/setup", http.StatusSeeOther)
			return
		}
		to := target(r.URL.Query().Get("to"))
		if who, err := door.Identify(r); err == nil && who != nil {
			http.Redirect(w, r, to, http.StatusSeeOther)
			return
		}
		form := signInForm{To: to}
		if !server.Secure(r.Context()) {
			form.Problem = "signin.plain"
		}
		s.showSignIn(w, r, http.StatusOK, form)
	})
}

func (s *Site) showSignIn(w http.ResponseWriter, r *http.Request, status int, form signInForm) {
	if form.Ticket != "" {
		s.show(w, r, status, "code", page{Title: "code.title", Data: form})
		return
	}
	s.show(w, r, status, "signin", page{Title: "signin.title", Script: "signin.js", Data: form})
}

// signIn takes the form.
func (s *Site) signIn(w http.ResponseWriter, r *http.Request, door *session.Door) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
	form := signInForm{Name: r.PostFormValue("name"), Keep: r.PostFormValue("keep") != "", To: target(r.PostFormValue("to"))}
	var err error
	if ticket := r.PostFormValue("ticket"); ticket != "" {
		_, err = door.SignInByCode(w, r, ticket, r.PostFormValue("code"), form.Keep)
	} else {
		_, err = door.SignIn(w, r, session.Credentials{Name: form.Name, Password: r.PostFormValue("password"), Keep: form.Keep})
	}
	if err == nil {
		http.Redirect(w, r, form.To, http.StatusSeeOther)
		return
	}
	status := http.StatusForbidden // RFC 9110 §15.5.4; a 401 would be a question of the browser's own
	var wait *server.WaitError
	var code *session.CodeError
	switch {
	case errors.As(err, &code) && code.Wrong:
		form.Ticket, form.Problem = code.Ticket, "code.wrong"
	case errors.As(err, &code):
		status, form.Ticket = http.StatusOK, code.Ticket
	case errors.As(err, &wait):
		status, form.Problem = http.StatusTooManyRequests, "signin.wait"
		w.Header().Set("Retry-After", strconv.Itoa(wait.Seconds()))
	case errors.Is(err, server.ErrCredentials):
		form.Problem = "signin.wrong"
	case errors.Is(err, server.ErrPlain):
		form.Problem = "signin.plain"
	default:
		server.Note(r.Context(), "signin-failed", err)
		status, form.Problem = http.StatusServiceUnavailable, "signin.failed"
	}
	s.showSignIn(w, r, status, form)
}

// target is where a person goes after signing in: a screen of ours as asked for, or else the root. Nothing that a link
// brings leads to another host.
func target(asked string) string {
	u, err := url.Parse(asked)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return "/"
	}
	ours := slices.ContainsFunc(Screens, func(screen string) bool {
		return u.Path == screen || strings.HasPrefix(u.Path, screen+"/")
	})
	if !ours {
		return "/"
	}
	return (&url.URL{Path: u.Path, RawQuery: u.RawQuery}).String()
}
