package server

import (
	"context"
	"net/netip"
	"time"

	"convoke/storage"
)

// requestKey is the one context key of this package.
type requestKey struct{}

// request is what the server knows of one request. It is itself the request's
// context, so that a look-up costs no chain of values.
type request struct {
	context.Context
	cancel    context.CancelCauseFunc
	id        string
	began     time.Time
	agent     string     // the client's User-Agent, at most maxAgent bytes
	peer      netip.Addr // the client's address, behind trusted proxies
	secure    bool       // credentials may be asked for and taken
	https     bool       // the client speaks TLS, to us or to a trusted proxy
	principal *storage.Principal
	condition string
	err       error
	panicked  bool
	work      *time.Timer
	workFor   time.Duration
	gate      *gate // of dear reports
	dear      *slot // the place among them, once the request has one
	streams   *streams
	depart    func() // gives back the place among the requests of its address, once
	users     *gauge[int64]
	leave     func()   // gives back the place among the requests of its principal, once; nil: it has none, or admit does
	up        *request // the request of HTTP that this one is part of; nil: this is it
}

// root is the request as it came by HTTP.
func (q *request) root() *request {
	for q.up != nil {
		q = q.up
	}
	return q
}

// Value gives the request itself under requestKey and else what the parent has.
func (q *request) Value(key any) any {
	if _, ok := key.(requestKey); ok {
		return q
	}
	return q.Context.Value(key)
}

// current is the request of a context, nil outside of requests.
func current(ctx context.Context) *request {
	q, _ := ctx.Value(requestKey{}).(*request)
	return q
}

// Principal is who asks, as the request's own credentials have shown. It is nil
// where nobody signed in (OPTIONS, pages, work outside of a request).
func Principal(ctx context.Context) *storage.Principal {
	if q := current(ctx); q != nil {
		return q.principal
	}
	return nil
}

// WithPrincipal gives a context in which p asks. It is for work outside of HTTP
// (commands, tests); a request is identified by the server.
func WithPrincipal(ctx context.Context, p *storage.Principal) context.Context {
	q := &request{Context: ctx, principal: p}
	if up := current(ctx); up != nil {
		q.up, q.id, q.began, q.agent, q.peer, q.secure, q.https = up, up.id, up.began, up.agent, up.peer, up.secure, up.https
	}
	return q
}

// Identified tells the request of ctx whose it is, for the log and for what follows: pages know it by a cookie of
// theirs. It gives the context in which p asks.
func Identified(ctx context.Context, p *storage.Principal) context.Context {
	q := current(ctx)
	if q == nil {
		return WithPrincipal(ctx, p)
	}
	q.principal = p
	return ctx
}

// Secure tells whether credentials may travel with this request, which is so over TLS, from this machine or by setting.
func Secure(ctx context.Context) bool {
	q := current(ctx)
	return q != nil && q.secure
}

// HTTPS tells whether the client itself speaks TLS, to us or to a trusted proxy.
func HTTPS(ctx context.Context) bool {
	q := current(ctx)
	return q != nil && q.https
}

// RequestID names a request in answers, logs and the history; "" outside of one.
func RequestID(ctx context.Context) string {
	if q := current(ctx); q != nil {
		return q.id
	}
	return ""
}

// Peer is the client's address, behind trusted proxies; invalid outside of a
// request.
func Peer(ctx context.Context) netip.Addr {
	if q := current(ctx); q != nil {
		return q.peer
	}
	return netip.Addr{}
}

// Note tells the access log which condition a request failed and why. The error
// is logged, never sent.
func Note(ctx context.Context, condition string, err error) {
	if q := current(ctx); q != nil {
		q = q.root()
		q.condition, q.err = condition, err
	}
}

// maxAgent bounds what is kept of a User-Agent.
const maxAgent = 200

// Agent is the client's User-Agent, at most 200 bytes of it; "" outside of a request.
// Answers depend on it only where a client would come to harm otherwise.
func Agent(ctx context.Context) string {
	if q := current(ctx); q != nil {
		return q.agent
	}
	return ""
}

// ActorOf is who writes by which door, for the history of an object. RequestID and
// the user agent go with it.
func ActorOf(ctx context.Context, door string) storage.Actor {
	a := storage.Actor{Door: door}
	if q := current(ctx); q != nil {
		a.RequestID, a.Agent = q.id, q.agent
		if q.principal != nil {
			a.PrincipalID = q.principal.ID
		}
	}
	return a
}
