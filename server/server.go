package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"convoke/storage"

	"github.com/go-chi/chi/v5"
)

// Limits are the bounds of reliability.md §2 that HTTP itself keeps. Zero means
// the default.
type Limits struct {
	HeaderBytes     int           // request header block; beyond it 431
	URLBytes        int           // request target; beyond it 414
	BodyBytes       int64         // any request body that declares more is refused with 413
	ReadHeader      time.Duration // from the first byte to the end of the header
	BodyBytesPerSec int           // slowest body taken, over BodyWindow
	BodyWindow      time.Duration
	Idle            time.Duration // between requests of a connection
	Work            time.Duration // of one request without an answer moving
	Stall           time.Duration // an answer of which the client takes nothing
	Connections     int           // open at once
	PerUser         int           // requests at once of one principal; beyond it 429
	PerAddress      int           // requests at once of one address; beyond it 429
	StreamsPerUser  int           // event streams at once of one principal; beyond it 429
	Streams         int           // event streams at once of all; beyond it 429
	DearAtOnce      int           // reports at work at once; 0 is the number of CPUs
	DearQueue       int           // reports that wait; beyond it 503
	Drain           time.Duration // for requests under way at shutdown

	LoginFailures int           // wrong logins a minute, per name and per network
	CredentialTTL time.Duration // how long a verified login is remembered
}

// TLS says how the server proves itself. With neither Cert nor ACME it speaks
// plain HTTP.
type TLS struct {
	Cert, Key string   // PEM files, read again when they change
	ACME      bool     // certificates by ACME (RFC 8555) for Hosts
	Hosts     []string // names that ACME may ask for
	Directory string   // of the ACME server (RFC 8555 §7.1.1); empty: Let's Encrypt
	Email     string   // whom its operator may write to; may be empty
	CacheDir  string   // where ACME keeps its keys
}

// Options configure a Server. Store and Log are required.
type Options struct {
	Store          *storage.Store
	Log            *slog.Logger
	Realm          string         // of Basic; it must stay the same for ever (RFC 7617 §2)
	TrustedProxies []netip.Prefix // whose X-Forwarded-For and -Proto count
	PlainLogin     bool           // take Basic over plain HTTP from anywhere
	MetricsFrom    []netip.Prefix // who may read /metrics besides loopback
	TLS            TLS
	Limits         Limits
	Ready          func(context.Context) error // nil error: /readyz answers 200
	QuietAccess    bool                        // leave requests out of the log, but for failures of ours
	Now            func() time.Time            // nil is time.Now
	// Bearer tells whose a token is (RFC 6750) that a page got from /api/; ErrCredentials for one that is not or no
	// longer good. nil: none is.
	Bearer func(ctx context.Context, token string) (*storage.Principal, error)
}

// Server is one HTTP server: what it mounts and what it remembers of clients.
type Server struct {
	opt      Options
	log      *slog.Logger
	now      func() time.Time
	mux      *chi.Mux
	logins   *credentialCache
	failures *failureLimits
	users    *gauge[int64]
	peers    *gauge[netip.Addr]
	dear     *gate
	streams  *streams
	metrics  *metrics
	ids      *idSource
	conns    *connLimit
	realm    string

	verifying  flights
	codes      sync.Mutex // held while a second factor is looked at
	strayProxy sync.Once  // warns of a proxy that is not configured
}

// registerDAV teaches chi the methods of WebDAV once: it keeps them in a global
// map.
var registerDAV sync.Once

// davMethods are those beyond RFC 9110 that any of our doors answers
// (RFC 4918 §9, RFC 3253 §3.6, RFC 3744 §8.1, RFC 4791 §5.3.1).
var davMethods = []string{
	"PROPFIND", "PROPPATCH", "MKCOL", "MKCALENDAR", "COPY", "MOVE",
	"LOCK", "UNLOCK", "ACL", "REPORT",
}

// New makes a server with the mounts that are its own: well-known URIs, health
// and metrics. Doors are added with Mount and MountDAV before Serve.
func New(opt Options) (*Server, error) {
	if opt.Store == nil || opt.Log == nil {
		return nil, errors.New("server: a store and a log are required")
	}
	opt.Limits.fill()
	if opt.Realm == "" {
		opt.Realm = "Convoke"
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	registerDAV.Do(func() {
		for _, m := range davMethods {
			chi.RegisterMethod(m)
		}
	})
	logins, err := newCredentialCache(opt.Limits.CredentialTTL)
	if err != nil {
		return nil, fmt.Errorf("make login cache: %w", err)
	}
	s := &Server{
		opt: opt, log: opt.Log, now: opt.Now, mux: chi.NewMux(),
		logins:   logins,
		failures: newFailureLimits(opt.Limits.LoginFailures),
		users:    newGauge[int64](opt.Limits.PerUser),
		peers:    newGauge[netip.Addr](opt.Limits.PerAddress),
		dear:     newGate(opt.Limits.DearAtOnce, opt.Limits.DearQueue),
		streams:  newStreams(opt.Limits.StreamsPerUser, opt.Limits.Streams),
		ids:      newIDSource(),
		conns:    &connLimit{max: int64(opt.Limits.Connections)},
		realm:    strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "", "\n", "").Replace(opt.Realm),
	}
	s.metrics = newMetrics(s)
	s.routes()
	return s, nil
}

// Mount serves a handler for people under pattern (a path, or a path and "/*"):
// with security headers, without identification. What signs in there is its own
// matter.
func (s *Server) Mount(pattern string, h http.Handler) {
	s.mux.Handle(pattern, secureHeaders(h))
}

// MountDAV serves a DAV handler at pattern: Basic authentication before
// every method but OPTIONS, limits of requests at once, no cookies, no redirects.
func (s *Server) MountDAV(pattern string, h http.Handler) {
	s.mux.Handle(pattern, s.identify(h))
}

// MountFront serves the root: page to a browser, which asks for HTML and brings no
// credentials, and else the DAV handler, since many clients begin there.
func (s *Server) MountFront(page, dav http.Handler) {
	page, dav = secureHeaders(page), s.identify(dav)
	s.mux.Handle("/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reads := r.Method == http.MethodGet || r.Method == http.MethodHead
		if reads && r.Header.Get("Authorization") == "" && strings.Contains(r.Header.Get("Accept"), "text/html") {
			w.Header().Set("Vary", "Accept, Authorization")
			page.ServeHTTP(w, r)
			return
		}
		dav.ServeHTTP(w, r)
	}))
}

// Handler is the whole server as one handler, for tests and for Serve.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serveHTTP) }
