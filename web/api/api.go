// Package api is the JSON that the pages need and DAV has no verb for: signing in, settings, search, what waits
// for an answer, undo, jobs, administration. It calls the same services as the DAV doors; docs/api.md describes it.
//
// Invariants:
//   - Whoever asks is known by the session cookie of this very request; nothing here takes Basic or a bearer token.
//   - No request of another site changes anything: all of it stands behind http.CrossOriginProtection.
//   - What may be seen and done is decided by server/tree, as for DAV.
//   - An answer is JSON and never kept by a cache. A refusal has a code for programs and a sentence for people.
package api

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"convoke/birthday"
	"convoke/push"
	"convoke/scheduling"
	"convoke/server"
	"convoke/server/tree"
	"convoke/storage"
	"convoke/subscription"
	"convoke/web/session"
)

// maxBodyBytes bounds a JSON request. Imports have their own limit.
const maxBodyBytes = 1 << 20

// Options are what the API works with.
type Options struct {
	Store *storage.Store
	Tree  *tree.Tree // decides what may be seen and done
	// Scheduler changes what concerns meetings.
	Scheduler *scheduling.Service
	Review    Review // nil: nothing waits for a person
	Log       *slog.Logger
	// Identify tells who asks by the session cookie of a request; nil and no error for nobody.
	Identify func(r *http.Request) (*storage.Principal, error)
	// Watch is Identify where it is no use of the session; nil is Identify.
	Watch    func(r *http.Request) (*storage.Principal, error)
	Sessions *session.Door
	Features Features
	Version  string
	// Tasks are those of the command line. Nil: there is no administration.
	Tasks Tasks

	Subscriptions *subscription.Service
	Push          *push.Service // nil: nobody is told where no page is open
	Birthdays     *birthday.Service
	PublicURL     string // address that people use; "" is the one that they came by
	Imports       Imports
}

// API is the handler of everything below /api/. It is safe for concurrent use.
type API struct {
	o       Options
	handler http.Handler
	hub     *hub
	texts   *texts
	beat    time.Duration // of event streams
}

// New makes the API.
func New(o Options) *API {
	if o.Watch == nil {
		o.Watch = o.Identify
	}
	a := &API{o: o, hub: newHub(o.Store), texts: newTexts(), beat: beat}
	mux := http.NewServeMux()
	for _, r := range a.routes() {
		mux.HandleFunc(r.pattern, a.serve(r))
	}
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		a.refuse(w, r, refusal(http.StatusNotFound, "not-found", "There is nothing here."))
	})
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.refuse(w, r, refusal(http.StatusForbidden, "cross-origin", "Another site may not do this for you."))
	}))
	a.handler = guard.Handler(mux)
	return a
}

// ServeHTTP is http.Handler's.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// routes is the table of contents: each file gives its own.
func (a *API) routes() []route {
	return slices.Concat(
		a.sessionRoutes(),
		a.accountRoutes(),
		a.factorRoutes(),
		a.deviceRoutes(),
		a.liveRoutes(),
		a.adminRoutes(),
		a.importRoutes(),
		a.subscriptionRoutes(),
		a.pushRoutes(),
		a.birthdayRoutes(),
		a.writeRoutes(),
		a.linkRoutes(),
		a.trashRoutes(),
		a.historyRoutes(),
		a.searchRoutes(),
		a.invitationRoutes(),
		a.fileRoutes(),
	)
}

// access is who may call a route: whoever has a session, if nothing else is said.
type access uint8

const (
	anybody   access = 1 << iota // also without a session: call.who may be nil
	admins                       // administrators alone
	confirmed                    // those alone who have shown the password lately
	unnoted                      // a page calls it by itself: the session is not used by that
	signedIn  access = 0
)

// route is one method and path of the API.
type route struct {
	pattern string // of http.ServeMux: "GET /api/session"
	access  access
	do      func(*call) (any, error)
}

// call is one request while it is answered.
type call struct {
	*http.Request
	w   http.ResponseWriter
	who *storage.Principal // nil only where a route is for anybody
}

// streamed is what a route gives that has written its answer itself.
type streamed struct{}

// serve answers a route: what it gives as JSON, nil as 204.
func (a *API) serve(r route) http.HandlerFunc {
	identify := a.o.Identify
	if r.access&unnoted != 0 {
		identify = a.o.Watch
	}
	return func(w http.ResponseWriter, req *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "private, no-store")
		h.Set("Vary", "Cookie")
		who, err := identify(req)
		switch {
		case err != nil:
		case who == nil && r.access&anybody == 0:
			err = errSignedOut
		case r.access&admins != 0 && !who.Admin:
			err = refusal(http.StatusForbidden, "not-admin", "Only administrators may do this.")
		case r.access&confirmed != 0:
			err = a.fresh(req)
		}
		if err != nil {
			a.refuse(w, req, err)
			return
		}
		if who != nil && !server.Enter(req.Context(), who.ID) {
			h.Set("Retry-After", "1")
			a.refuse(w, req, refusal(http.StatusTooManyRequests, "too-many-at-once", "Too many requests at once for this account."))
			return
		}
		if who != nil {
			req = req.WithContext(server.Identified(req.Context(), who))
		}
		out := &begun{ResponseWriter: w}
		answer, err := r.do(&call{Request: req, w: out, who: who})
		if err != nil && out.yes {
			// Only a broken connection tells that an answer is not whole (RFC 9112 §8).
			server.Note(req.Context(), "", err)
			panic(http.ErrAbortHandler)
		}
		if err != nil {
			a.refuse(w, req, err)
			return
		}
		switch answer.(type) {
		case streamed:
		case nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			send(w, http.StatusOK, answer)
		}
	}
}

// begun knows whether an answer has begun.
type begun struct {
	http.ResponseWriter
	yes bool
}

// Unwrap is for http.ResponseController.
func (b *begun) Unwrap() http.ResponseWriter { return b.ResponseWriter }

// WriteHeader is http.ResponseWriter's.
func (b *begun) WriteHeader(status int) {
	b.yes = true
	b.ResponseWriter.WriteHeader(status)
}

// Write is io.Writer's.
func (b *begun) Write(p []byte) (int, error) {
	b.yes = true
	return b.ResponseWriter.Write(p)
}

// send writes JSON.
func send(w http.ResponseWriter, status int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		status, data = http.StatusInternalServerError, []byte(`{"code":"internal","message":"Something went wrong here."}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(data, '\n'))
}

// read takes the JSON body of a call. Members that are not known are refused, so that a typing error is no silence.
func (c *call) read(into any) error { return c.readWithin(into, maxBodyBytes) }

// readWithin is read with another limit.
func (c *call) readWithin(into any, limit int64) error {
	d := json.NewDecoder(http.MaxBytesReader(c.w, c.Body, limit))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return refusal(http.StatusRequestEntityTooLarge, "too-large", "This is too much at once.")
		}
		return &problem{http.StatusBadRequest, "bad-request", "This request cannot be read.", err}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return refusal(http.StatusBadRequest, "bad-request", "This request cannot be read.")
	}
	return nil
}

// problem is a refusal: its code is for programs, its sentence for people; err is for the log alone.
type problem struct {
	status         int
	code, sentence string
	err            error
}

func (p *problem) Error() string { return p.sentence }

func (p *problem) Unwrap() error { return p.err }

// refusal makes a problem of a request that is at fault itself.
func refusal(status int, code, sentence string) *problem {
	return &problem{status, code, sentence, nil}
}

// challenge is what a 401 must name (RFC 9110 §15.5.2): the cookie, in a scheme that no browser knows. For Basic it would
// ask the person for a password in a window of its own.
const challenge = `Cookie realm="Convoke"`

// errSignedOut asks who has no session, or no longer, to sign in.
var errSignedOut = refusal(http.StatusUnauthorized, "signed-out", "Please sign in.")

// refuse answers an error.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var p *problem
	if !errors.As(err, &p) {
		p = understood(err)
	}
	if p == nil {
		p = &problem{http.StatusInternalServerError, "internal", "Something went wrong here. The request was " + server.RequestID(r.Context()) + ".", err}
	}
	if p.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	server.Note(r.Context(), p.code, err)
	if p.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", challenge)
	}
	send(w, p.status, struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}{p.code, p.sentence})
}
