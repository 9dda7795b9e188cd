package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"sync"

	"convoke/server"
	"convoke/storage"
	"convoke/web/session"
)

// Administrator is whom the first run makes.
type Administrator struct {
	Name, DisplayName, Address, Password string
	Language                             string // of the page
}

// Refusal is a sentence for people on why something cannot be done as asked.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// Setup is the first run: while nobody can sign in, whoever has the link that the server printed makes the
// administrator. It is safe for concurrent use.
type Setup struct {
	Store  *storage.Store
	Door   *session.Door
	Create func(ctx context.Context, a Administrator) error // a Refusal for what cannot be
	// MailOut and MailIn tell whether people outside are invited by mail, and whether their mail comes in.
	MailOut, MailIn bool

	key    string
	making sync.Mutex
}

// NewSetup gives s a key, which is good until this process ends or somebody has used it.
func NewSetup(s *Setup) *Setup {
	var raw [24]byte
	_, _ = rand.Read(raw[:])
	s.key = base64.RawURLEncoding.EncodeToString(raw[:])
	return s
}

// Link is where the administrator is made, below the address of the server; "" once somebody can sign in.
func (s *Setup) Link(ctx context.Context) (string, error) {
	open, err := s.Door.Nobody(ctx)
	if err != nil || !open {
		return "", err
	}
	return "/setup?key=" + s.key, nil
}

// fits tells whether a key is the one that was printed. Its hashes are compared: how long that takes tells nothing.
func (s *Setup) fits(key string) bool {
	a, b := sha256.Sum256([]byte(key)), sha256.Sum256([]byte(s.key))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// setupForm is what the page shows of what was typed.
type setupForm struct {
	Key                        string
	Name, DisplayName, Address string
	Problem, Detail            string // key of what was wrong, and a sentence that fills it
}

// Setup serves /setup.
func (s *Site) Setup(o *Setup) http.Handler {
	return s.guarded(func(w http.ResponseWriter, r *http.Request) {
		if !methods(w, r, http.MethodGet, http.MethodHead, http.MethodPost) {
			return
		}
		open, err := o.Door.Nobody(r.Context())
		switch {
		case err != nil:
			s.notice(w, r, http.StatusServiceUnavailable, "notice.busy", err)
		case !open && r.Method == http.MethodPost:
			s.notice(w, r, http.StatusConflict, "setup.over", nil)
		case !open:
			s.afterSetup(w, r, o)
		case r.Method == http.MethodPost:
			s.setUp(w, r, o)
		case !o.fits(r.URL.Query().Get("key")):
			s.notice(w, r, http.StatusForbidden, "setup.key", nil)
		default:
			form := setupForm{Key: o.key}
			if !server.Secure(r.Context()) {
				form.Problem = "signin.plain"
			}
			s.show(w, r, http.StatusOK, "setup", page{Title: "setup.title", Data: form})
		}
	})
}

// notice answers with a page of one sentence: that of name, under the title of name.
func (s *Site) notice(w http.ResponseWriter, r *http.Request, status int, name string, err error) {
	if err != nil {
		server.Note(r.Context(), "failed", err)
	}
	s.show(w, r, status, "notice", page{Title: name + ".title", Data: name})
}

// setUp takes the form. One at a time: two with the same link make one administrator.
func (s *Site) setUp(w http.ResponseWriter, r *http.Request, o *Setup) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
	if !o.fits(r.PostFormValue("key")) {
		s.notice(w, r, http.StatusForbidden, "setup.key", nil)
		return
	}
	o.making.Lock()
	defer o.making.Unlock()
	if open, err := o.Door.Nobody(r.Context()); err != nil || !open {
		s.notice(w, r, http.StatusConflict, "setup.over", err)
		return
	}
	form := setupForm{
		Key: o.key, Name: strings.TrimSpace(r.PostFormValue("name")), DisplayName: strings.TrimSpace(r.PostFormValue("display")),
		Address: strings.TrimSpace(r.PostFormValue("address")),
	}
	status := http.StatusBadRequest
	err := s.makeAdministrator(w, r, o, form)
	var no Refusal
	switch {
	case err == nil:
		http.Redirect(w, r, "/setup", http.StatusSeeOther)
		return
	case errors.Is(err, server.ErrPlain):
		status, form.Problem = http.StatusForbidden, "signin.plain"
	case errors.Is(err, session.ErrShort):
		form.Problem = "setup.short"
	case errors.Is(err, session.ErrLong):
		form.Problem = "setup.long"
	case errors.As(err, &no):
		form.Problem, form.Detail = "setup.refused", string(no)
	default:
		server.Note(r.Context(), "setup-failed", err)
		status, form.Problem = http.StatusServiceUnavailable, "signin.failed"
	}
	s.show(w, r, status, "setup", page{Title: "setup.title", Data: form})
}

// makeAdministrator does as the form says, and signs in who has sent it.
func (s *Site) makeAdministrator(w http.ResponseWriter, r *http.Request, o *Setup, form setupForm) error {
	if !server.Secure(r.Context()) {
		return server.ErrPlain
	}
	password := r.PostFormValue("password")
	if err := session.Judge(password); err != nil {
		return err
	}
	err := o.Create(r.Context(), Administrator{form.Name, form.DisplayName, form.Address, password, languageOf(r)})
	if err != nil {
		return err
	}
	who, err := o.Store.PrincipalByName(r.Context(), form.Name)
	if err != nil {
		return err
	}
	_, err = o.Door.Begin(w, r, who, false)
	return err
}

// afterSetup tells an administrator what makes the server complete; others are sent to sign in.
func (s *Site) afterSetup(w http.ResponseWriter, r *http.Request, o *Setup) {
	who, err := o.Door.Identify(r)
	if err != nil || who == nil || !who.Admin {
		http.Redirect(w, r, "/signin", http.StatusSeeOther)
		return
	}
	address := o.Door.Address(r)
	data := struct {
		Records         []Record
		Address         string
		MailOut, MailIn bool
	}{recordsFor(address, who), address, o.MailOut, o.MailIn}
	s.show(w, r, http.StatusOK, "setupdone", page{Title: "setup.done", Wide: true, Data: data})
}

// recordsFor are the records for the mail domain of somebody; none without TLS, which passwords want.
func recordsFor(address string, who *storage.Principal) []Record {
	if !strings.HasPrefix(address, "https://") || len(who.Addresses) == 0 {
		return nil
	}
	_, domain, ok := strings.Cut(strings.TrimPrefix(who.Addresses[0], "mailto:"), "@")
	if !ok {
		return nil
	}
	return Records(address, domain)
}
