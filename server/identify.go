package server

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"convoke/storage"

	"golang.org/x/sync/singleflight"
)

// maxPasswordBytes is refused before any hashing (reliability.md §2).
const maxPasswordBytes = 1024

// Headers that are the same on every DAV answer. The slices are shared and never
// written to.
var (
	nosniff      = []string{"nosniff"}
	privateCache = []string{"private, no-cache"}
	varyDAV      = []string{"Authorization, Prefer, Brief"}
)

// verdict is what became of the credentials of a request.
type verdict int

const (
	signedIn verdict = iota
	noCredentials
	wrongCredentials
	mustWait
	cannotTell // the store failed
	wrongToken
)

// verifying is one check of one credential, shared by the requests that bring
// it at the same time.
type verifying struct {
	who *storage.Principal
	gen uint64
}

// flights joins checks of the same credential.
type flights struct{ singleflight.Group }

// identify is the way into a DAV handler: Basic (RFC 7617) with an account or app
// password, or a bearer token (RFC 6750 §2.1) of a page, under the limits of requests at once. OPTIONS passes without a login,
// since clients ask it both ways and must see the same tokens.
func (s *Server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := current(r.Context())
		h := w.Header()
		h["X-Content-Type-Options"] = nosniff
		h["Cache-Control"] = privateCache
		h["Vary"] = varyDAV
		if !knownMethod(r.Method) {
			refuse(w, http.StatusNotImplemented, "This method is not known here.")
			return
		}
		header := r.Header.Get("Authorization")
		if r.Method == http.MethodOptions && header == "" {
			next.ServeHTTP(w, r)
			return
		}
		if !q.secure {
			q.condition = "plain-login"
			refuse(w, http.StatusForbidden, "Signing in needs an encrypted connection: use https.")
			return
		}
		what, wait := s.login(r, q, header)
		if what != signedIn && r.Method == http.MethodOptions {
			next.ServeHTTP(w, r)
			return
		}
		switch what {
		case signedIn:
			s.admit(w, r, q, next)
		case mustWait:
			q.condition = "login-limit"
			busy(w, http.StatusTooManyRequests, int((wait+time.Second-1)/time.Second), "Too many wrong passwords. Try again a little later.")
		case cannotTell:
			busy(w, http.StatusServiceUnavailable, 5, "Signing in is not possible right now.")
		case wrongToken:
			q.condition = "invalid-token"
			s.challengeToken(w)
		default:
			s.challenge(w)
		}
	})
}

// challenge asks for credentials (RFC 9110 §15.5.2). The realm is one for all
// paths: clients keep passwords by origin and realm.
func (s *Server) challenge(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Basic realm="`+s.realm+`", charset="UTF-8"`)
	refuse(w, http.StatusUnauthorized, "Please sign in.")
}

// challengeToken asks a page for another token (RFC 6750 §3). It never names Basic: the browser would ask the person
// for a password in a window of its own.
func (s *Server) challengeToken(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="`+s.realm+`", error="invalid_token"`)
	refuse(w, http.StatusUnauthorized, "This token is not good, or no longer: get a new one.")
}

// admit serves an identified request under the limits per principal and of dear
// reports.
func (s *Server) admit(w http.ResponseWriter, r *http.Request, q *request, next http.Handler) {
	id := q.principal.ID
	if !s.users.enter(id) {
		busy(w, http.StatusTooManyRequests, 1, "Too many requests at once for this account.")
		return
	}
	defer s.users.leave(id)
	defer func() { q.dear.pause() }() // whoever took the place
	if r.Method == "REPORT" {
		if err := Dear(q); err != nil {
			q.err = err
			busy(w, http.StatusServiceUnavailable, 2, "Too many reports at once. Try again in a moment.")
			return
		}
	}
	next.ServeHTTP(w, r)
}

// login finds out whose the credentials are. What was verified lately is known
// by one hash and two look-ups.
func (s *Server) login(r *http.Request, q *request, header string) (verdict, time.Duration) {
	if header == "" {
		return noCredentials, 0
	}
	if token, ok := bearer(header); ok {
		return s.loginByToken(q, token), 0
	}
	if len(header) > maxHeaderForCache {
		return wrongCredentials, 0
	}
	now := s.now()
	m := s.logins.name(header)
	known, fresh := s.logins.get(m, now)
	wasRight := known.principal != 0 && s.opt.Store.Generation(known.principal) == known.generation
	if wasRight && fresh {
		if p, err := s.opt.Store.Principal(q, known.principal); err == nil {
			q.principal = p
			return signedIn, 0
		}
	}
	if known.principal != 0 && !wasRight {
		s.logins.drop(m)
	}
	name, password, ok := basic(header)
	if !ok || len(password) > maxPasswordBytes {
		return wrongCredentials, 0
	}
	return s.judge(q, &attempt{mac: m, name: name, password: password, who: s.whose(q, name), at: now, wasRight: wasRight})
}

// loginByToken finds out whose a token is.
func (s *Server) loginByToken(q *request, token string) verdict {
	if s.opt.Bearer == nil || len(token) > maxHeaderForCache {
		return wrongToken
	}
	p, err := s.opt.Bearer(q, token)
	switch {
	case errors.Is(err, ErrCredentials):
		return wrongToken
	case err != nil:
		q.err = err
		return cannotTell
	}
	q.principal = p
	return signedIn
}

// judge looks at a password, unless it is known to be wrong or too many were.
func (s *Server) judge(q *request, t *attempt) (verdict, time.Duration) {
	now := t.at
	if w, ok := s.failures.knownWrong(t.mac, now); ok && w.principal == t.id() && w.generation == s.opt.Store.Generation(w.principal) {
		s.metrics.loginsFailed.Inc()
		s.wrong(q, t, slog.LevelInfo, "the same wrong credentials again")
		return wrongCredentials, 0
	}
	if wait := s.failures.wait(t.key(), q.peer, now); wait > 0 && !t.wasRight {
		s.metrics.loginsRefused.Inc()
		s.wrong(q, t, slog.LevelInfo, "too many wrong passwords before")
		return mustWait, wait
	}
	return s.verify(q, t), 0
}

// attempt is one try to sign in.
type attempt struct {
	mac            mac
	name, password string
	who            *storage.Principal // nil: nobody of that name
	at             time.Time
	wasRight       bool // earlier, and the password has not changed since
	account        bool // the account's password alone is good; what follows a right one is the caller's
	found          *storage.Principal
}

func (t *attempt) id() int64 {
	if t.who == nil {
		return 0
	}
	return t.who.ID
}

// key is what wrong tries are counted under: all names and addresses of one principal are one.
func (t *attempt) key() string {
	if t.who != nil {
		return t.who.Name
	}
	return t.name
}

// whose is the principal with a name, in whatever case, or with a mail address; nil for nobody.
func (s *Server) whose(ctx context.Context, name string) *storage.Principal {
	who, err := s.opt.Store.PrincipalByTypedName(ctx, name)
	if err != nil && strings.Contains(name, "@") {
		who, err = s.opt.Store.PrincipalByAddress(ctx, "mailto:"+name)
	}
	if err != nil {
		return nil
	}
	return who
}

// wrong writes into the log who could not sign in and why, never with what.
func (s *Server) wrong(q *request, t *attempt, level slog.Level, reason string) {
	from := "this machine"
	if q.peer.IsValid() {
		from = q.peer.String()
	}
	s.log.LogAttrs(context.Background(), level, "sign-in refused", slog.String("request", q.id),
		slog.String("name", clip(t.name, 100)), slog.String("address", from), slog.String("reason", reason))
}

// verify checks a password against the store, once for all requests that bring
// it at this moment.
func (s *Server) verify(q *request, t *attempt) verdict {
	if !t.wasRight && s.failures.suspected(q.peer, t.at) {
		q.pause() // waiting here is no work
		select {
		case s.failures.suspect <- struct{}{}:
			defer func() { <-s.failures.suspect }()
		case <-q.Done():
			return cannotTell
		}
		q.resume()
	}
	found, err, _ := s.verifying.Do(string(t.mac[:]), func() (any, error) {
		// Whoever waits with us must not fail because our client went away.
		ctx := context.WithoutCancel(q)
		p, gen, err := s.check(ctx, t)
		return verifying{p, gen}, err
	})
	v, _ := found.(verifying)
	if err != nil {
		if !errors.Is(err, storage.ErrNotFound) && !errors.Is(err, storage.ErrPassword) {
			q.err = err
			return cannotTell
		}
		s.failures.miss(t.key(), q.peer, t.at)
		s.failures.remember(t.mac, wrongLogin{principal: t.id(), generation: v.gen}, t.at)
		s.metrics.loginsFailed.Inc()
		reason := "wrong password"
		switch {
		case t.who == nil:
			reason = "nobody has this name"
		case errors.Is(err, storage.ErrAppOnly):
			reason = "the account's password, and only app passwords are good"
		}
		s.wrong(q, t, slog.LevelWarn, reason)
		return wrongCredentials
	}
	if t.account {
		t.found = v.who
		return signedIn
	}
	s.logins.put(t.mac, v.who.ID, v.gen, t.at)
	s.failures.hit(t.key(), q.peer)
	q.principal = v.who
	return signedIn
}

// check asks the store whether a password is right, and says in which generation of
// passwords the answer holds. That is read before the password is looked at: a change
// in between leaves a login that is already forgotten.
func (s *Server) check(ctx context.Context, t *attempt) (*storage.Principal, uint64, error) {
	name, generation := t.name, uint64(0)
	if t.who != nil {
		name, generation = t.who.Name, s.opt.Store.Generation(t.who.ID)
	}
	// Unknown names go on to the store too, which does the same work for them.
	look := s.opt.Store.CheckPassword
	if t.account {
		look = s.opt.Store.CheckAccountPassword
	}
	p, err := look(ctx, name, t.password)
	return p, generation, err
}

// basic reads an Authorization header of the Basic scheme (RFC 7617 §2). Names
// and passwords are UTF-8 without control characters.
func basic(header string) (name, password string, ok bool) {
	const scheme = "basic "
	if len(header) < len(scheme) || !strings.EqualFold(header[:len(scheme)], scheme) {
		return "", "", false
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(header[len(scheme):]))
	if err != nil || !utf8.Valid(raw) {
		return "", "", false
	}
	name, password, ok = strings.Cut(string(raw), ":")
	if !ok || name == "" {
		return "", "", false
	}
	for _, c := range string(raw) {
		if c < ' ' || c == 0x7f {
			return "", "", false
		}
	}
	return name, password, true
}

// bearer reads an Authorization header of the Bearer scheme (RFC 6750 §2.1).
func bearer(header string) (token string, ok bool) {
	const scheme = "bearer"
	if len(header) < len(scheme) || !strings.EqualFold(header[:len(scheme)], scheme) {
		return "", false
	}
	rest := header[len(scheme):]
	if rest != "" && rest[0] != ' ' {
		return "", false
	}
	return strings.Trim(rest, " "), true
}

// knownMethod tells whether any of our doors answers a method.
func knownMethod(m string) bool {
	switch m {
	case "GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS":
		return true
	}
	for _, d := range davMethods {
		if m == d {
			return true
		}
	}
	return false
}
