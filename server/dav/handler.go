package dav

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"convoke/server/davxml"
)

// Options make a Handler. Zero values choose the default.
type Options struct {
	Tree       Tree
	Locks      LockStore // nil: no class 2
	Compliance []string  // tokens of the DAV header behind the engine's own `1, 3` or `1, 2, 3`
	Log        *slog.Logger
	Clock      func() time.Time
	// Principal names the asker, to tell who holds a lock; nil: locks belong to whoever knows their token.
	Principal func(context.Context) string

	MaxXMLBytes    int64         // 1 MiB
	MaxReportBytes int64         // of REPORT and ACL; 4 MiB
	MaxBodyBytes   int64         // refused unread beyond; 64 MiB
	MaxMemberBytes int64         // of a member whose collection is not Limited; 10 MiB
	MaxProps       int           // named in one request; 500
	MaxLockTime    time.Duration // 1 h
}

// Handler serves a Tree. It is safe for concurrent use.
type Handler struct {
	o          Options
	compliance string // the DAV header
	bodies     *davxml.Cache[*body]
}

// maxCachedBodies bounds the request bodies remembered; with 2 KiB each and their trees some 2 MiB.
const maxCachedBodies = 256

// NewHandler makes a handler.
func NewHandler(o Options) *Handler {
	set(&o.MaxXMLBytes, 1<<20)
	set(&o.MaxReportBytes, 4<<20)
	set(&o.MaxBodyBytes, 64<<20)
	set(&o.MaxMemberBytes, 10<<20)
	set(&o.MaxProps, 500)
	set(&o.MaxLockTime, time.Hour)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	h := &Handler{o: o}
	// Thunderbird throws the first token away, so it must be 1, the least.
	tokens := []string{"1", "3"}
	if o.Locks != nil {
		tokens = []string{"1", "2", "3"}
	}
	h.compliance = strings.Join(append(tokens, o.Compliance...), ", ")
	h.bodies = davxml.NewCache(maxCachedBodies, newBody)
	return h
}

func set[T int | int64 | time.Duration](limit *T, to T) {
	if *limit <= 0 {
		*limit = to
	}
}

// call is one request.
type call struct {
	h      *Handler
	w      http.ResponseWriter
	r      *http.Request
	ctx    context.Context
	path   Path
	prefer Prefer
	ifs    *Preconditions
	doomed []string // tokens of the locks that end with the resource
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{h: h, w: w, r: r, ctx: r.Context()}
	if err := c.serve(); err != nil {
		c.fail(err)
	}
}

// serve does the method.
func (c *call) serve() error {
	method := c.method()
	if method == nil {
		return Status(http.StatusNotImplemented, nil) // RFC 9110 §15.6.2
	}
	if c.r.Method == http.MethodOptions && c.r.URL.Path == "*" {
		return c.optionsAny(optionsUnmapped)
	}
	path, err := ParsePath(c.r.URL.EscapedPath())
	if err != nil {
		return Status(http.StatusBadRequest, err)
	}
	c.path = path
	c.prefer = ParsePrefer(c.r.Header)
	return method(c)
}

// method gives what does the request's method, or nil.
func (c *call) method() func(*call) error {
	switch c.r.Method {
	case http.MethodOptions:
		return (*call).options
	case http.MethodGet, http.MethodHead:
		return (*call).get
	case http.MethodPut:
		return (*call).put
	case http.MethodPost:
		return (*call).post
	case http.MethodDelete:
		return (*call).remove
	case "PROPFIND":
		return (*call).propfind
	case "PROPPATCH":
		return (*call).proppatch
	case "MKCOL":
		return (*call).mkcol
	case "MKCALENDAR":
		return (*call).mkcalendar
	case "COPY", "MOVE":
		return (*call).transfer
	case "LOCK":
		return (*call).lock
	case "UNLOCK":
		return (*call).unlock
	case "ACL":
		return (*call).acl
	case "REPORT":
		return (*call).report
	}
	return nil
}

// find gives the resource of the request.
func (c *call) find() (Resource, error) { return c.at(c.path) }

func (c *call) at(p Path) (Resource, error) {
	res, err := c.h.o.Tree.Find(c.ctx, p)
	if err == nil && res == nil {
		err = ErrNotFound
	}
	return res, err
}

// lookup is at that gives nil for what is not there.
func (c *call) lookup(p Path) (Resource, error) {
	res, err := c.at(p)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return res, err
}

// parent gives the collection above a path; 409 if there is none (RFC 4918 §9.3.1).
func (c *call) parent(p Path) (Resource, error) {
	if len(p.Segments) == 0 {
		return nil, Status(http.StatusForbidden, errors.New("the root has no parent"))
	}
	res, err := c.lookup(p.Parent())
	if err != nil {
		return nil, err
	}
	if res == nil || !res.Kind().Collection {
		if err := c.hides(res); err != nil {
			return nil, err
		}
		return nil, Status(http.StatusConflict, errors.New("no parent collection"))
	}
	return res, nil
}

// hides gives the answer for what the asker may not read, before another one would tell that it is there; nil for a
// resource that may be read, or changed in one of the ways asked for, and for none.
func (c *call) hides(res Resource, unless ...Privilege) error {
	if res == nil {
		return nil
	}
	err := res.Allow(c.ctx, Read)
	for _, p := range unless {
		if err != nil && res.Allow(c.ctx, p) == nil {
			return nil
		}
	}
	return err
}

// fail writes the answer for an error, if none was begun.
func (c *call) fail(err error) {
	var sent *sentError
	if errors.As(err, &sent) {
		// The answer has begun: it stays without its end, so that no client takes it for whole.
		c.h.o.Log.WarnContext(c.ctx, "answer cut short", "method", c.r.Method, "err", sent.err)
		return
	}
	cond := AsCondition(err)
	level := slog.LevelDebug
	if cond.Status >= http.StatusInternalServerError && cond.Status != http.StatusNotImplemented {
		level = slog.LevelError
	}
	if c.ctx.Err() != nil {
		level = slog.LevelDebug // the client went away
	}
	c.h.o.Log.Log(c.ctx, level, "request refused", "method", c.r.Method, "status", cond.Status,
		"condition", cond.Name.Local, "err", err)
	WriteCondition(c.w, cond)
}

// sentError wraps an error that came after a part of the answer was sent.
type sentError struct{ err error }

func (e *sentError) Error() string { return e.err.Error() }
func (e *sentError) Unwrap() error { return e.err }

// WriteCondition answers with a condition: its status, and a DAV:error body if it has a name.
func WriteCondition(w http.ResponseWriter, cond *Condition) {
	h := w.Header()
	if (cond.Status == http.StatusServiceUnavailable || cond.Status == http.StatusTooManyRequests) && h.Get("Retry-After") == "" {
		h.Set("Retry-After", "5")
	}
	h.Del("ETag")
	h.Set("X-Content-Type-Options", "nosniff")
	if cond.Name.Local == "" {
		text := http.StatusText(cond.Status) + "\n"
		h.Set("Content-Type", "text/plain; charset=utf-8")
		send(w, cond.Status, []byte(text))
		return
	}
	x := getWriter()
	defer putWriter(x)
	x.Root(davxml.Error)
	cond.body(x)
	x.End()
	h.Set("Content-Type", xmlType)
	send(w, cond.Status, x.Bytes())
}

// vary adds header names to Vary that are not in it.
func vary(h http.Header, names ...string) {
	have := strings.Join(h["Vary"], ",")
	for _, n := range names {
		if !strings.Contains(have, n) {
			h.Add("Vary", n)
		}
	}
}
