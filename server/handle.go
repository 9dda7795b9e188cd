package server

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"
)

// errTooLong is a request that worked longer than Limits.Work without moving its
// answer.
var errTooLong = fmt.Errorf("request worked too long: %w", context.DeadlineExceeded)

// serveHTTP is the road of every request: limits, request id, mounts, log.
func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancelCause(r.Context())
	q := &request{Context: ctx, cancel: cancel, id: s.ids.next(), began: time.Now(), gate: s.dear, streams: s.streams, users: s.users}
	q.agent = strings.ToValidUTF8(r.UserAgent(), "")
	if len(q.agent) > maxAgent {
		q.agent = strings.ToValidUTF8(q.agent[:maxAgent], "")
	}
	q.peer, q.secure, q.https = s.clientOf(r)
	rec := &recorder{ResponseWriter: w, q: q}
	method, target := r.Method, r.URL.Path
	w.Header()["X-Request-Id"] = []string{q.id}
	defer s.finish(q, rec, method, target)

	if len(r.RequestURI) > s.opt.Limits.URLBytes {
		r.Close = true
		refuse(rec, http.StatusRequestURITooLong, "The address of this request is too long.")
		return
	}
	if r.ContentLength > s.opt.Limits.BodyBytes {
		refuse(rec, http.StatusRequestEntityTooLarge, "The body of this request is too large.")
		return
	}
	if !s.peers.enter(q.peer) {
		busy(rec, http.StatusTooManyRequests, 1, "Too many requests at once from this address.")
		return
	}
	q.depart = sync.OnceFunc(func() { s.peers.leave(q.peer) })
	defer q.depart()
	defer func() {
		if q.leave != nil {
			q.leave()
		}
	}()
	q.workFor = s.opt.Limits.Work
	q.work = time.AfterFunc(s.opt.Limits.Work, func() { cancel(errTooLong) })
	r = r.WithContext(q)
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = s.newBody(r.Body, w, q)
	}
	s.mux.ServeHTTP(rec, r)
}

// finish ends a request: it catches a panic, counts and logs.
func (s *Server) finish(q *request, rec *recorder, method, target string) {
	caught := recover()
	q.dear.pause() // whoever took the place
	if q.work != nil {
		q.work.Stop()
	}
	aborted := caught == http.ErrAbortHandler
	if caught != nil && !aborted {
		q.panicked = true
		s.metrics.panics.Inc()
		s.log.Error("panic", "request", q.id, "value", printable(caught), "stack", string(debug.Stack()))
		if rec.status == 0 {
			refuse(rec, http.StatusInternalServerError, "Something went wrong here. The request was "+q.id+".")
		} else {
			aborted = true // the answer has begun and must not look whole
		}
	}
	if rec.status == 0 && !aborted {
		rec.status = http.StatusOK
	}
	took := time.Since(q.began)
	s.metrics.observe(method, rec.status, took)
	s.access(q, rec, method, target, took)
	q.cancel(nil)
	if aborted {
		panic(http.ErrAbortHandler)
	}
}

// access writes the line of a request into the log.
func (s *Server) access(q *request, rec *recorder, method, target string, took time.Duration) {
	level := slog.LevelInfo
	if rec.status >= 500 {
		level = slog.LevelError
	}
	if s.opt.QuietAccess && level == slog.LevelInfo || !s.log.Enabled(context.Background(), level) {
		return
	}
	attrs := make([]slog.Attr, 0, 9)
	attrs = append(attrs, slog.String("request", q.id))
	if q.principal != nil {
		attrs = append(attrs, slog.String("principal", q.principal.Name))
	}
	attrs = append(attrs,
		slog.String("method", method),
		slog.String("href", clip(veiled(target), 512)),
		slog.Int("status", rec.status),
		slog.Int64("bytes", rec.bytes),
		slog.Duration("duration", took))
	if q.condition != "" {
		attrs = append(attrs, slog.String("condition", q.condition))
	}
	if q.err != nil {
		attrs = append(attrs, slog.String("error", clip(q.err.Error(), 512)))
	}
	s.log.LogAttrs(context.Background(), level, "request", attrs...)
}

// secrets are where the rest of a path is a secret by itself: it stands in no log.
var secrets = []string{"/public/", "/guest/"}

// veiled gives a path without its secret, of which a few characters tell one from another.
func veiled(target string) string {
	for _, root := range secrets {
		if rest, ok := strings.CutPrefix(target, root); ok && len(rest) > 6 {
			return root + rest[:6] + "…"
		}
	}
	return target
}

// clientOf gives the client's address and whether credentials may travel: over
// TLS, from loopback, by setting, or through a trusted proxy that says it was TLS
// there. Headers count only from trusted proxies; from loopback they tell that
// the client may be anywhere, behind a proxy that is not configured. Who reaches a
// unix socket, which has no address, is on this machine, and a proxy there is trusted.
func (s *Server) clientOf(r *http.Request) (peer netip.Addr, secure, https bool) {
	peer, https = connectionPeer(r), r.TLS != nil
	secure = https || s.opt.PlainLogin
	local := peer.IsLoopback() || !peer.IsValid()
	if within(s.opt.TrustedProxies, peer) || !peer.IsValid() && forwarded(r.Header) {
		if proto := r.Header["X-Forwarded-Proto"]; proto != nil {
			https = allHTTPS(proto)
			secure = s.opt.PlainLogin || https
		} else {
			secure = secure || local
		}
		return s.behindProxy(r, peer), secure, https
	}
	if !secure && local && forwarded(r.Header) {
		s.strayProxy.Do(func() {
			s.log.Warn("a proxy on this machine is not in trusted_proxies: sign-in through it is refused", "address", peer.String())
		})
		return peer, false, https
	}
	return peer, secure || local, https
}

// allHTTPS tells whether each hop of X-Forwarded-Proto was TLS.
func allHTTPS(lines []string) bool {
	for _, hop := range strings.Split(strings.Join(lines, ","), ",") {
		if !strings.EqualFold(strings.TrimSpace(hop), "https") {
			return false
		}
	}
	return true
}

// forwarded tells that a proxy has brought the request (RFC 7239, and what was
// there before it).
func forwarded(h http.Header) bool {
	return h["X-Forwarded-For"] != nil || h["X-Forwarded-Proto"] != nil || h["X-Forwarded-Host"] != nil || h["Forwarded"] != nil
}

// connectionPeer is the other end of the connection itself; invalid on a unix
// socket.
func connectionPeer(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}

// behindProxy is the last address of X-Forwarded-For that is not itself a
// trusted proxy.
func (s *Server) behindProxy(r *http.Request, peer netip.Addr) netip.Addr {
	hops := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
	for i := len(hops) - 1; i >= 0 && i >= len(hops)-10; i-- {
		a, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return peer
		}
		peer = a.Unmap()
		if !within(s.opt.TrustedProxies, peer) {
			break
		}
	}
	return peer
}

func within(nets []netip.Prefix, a netip.Addr) bool {
	for _, n := range nets {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// refuse answers with one sentence as plain text.
func refuse(w http.ResponseWriter, status int, sentence string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h["X-Content-Type-Options"] = nosniff
	h.Set("Content-Length", strconv.Itoa(len(sentence)+1))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(sentence + "\n"))
}

// busy is refuse with a Retry-After in seconds (RFC 9110 §10.2.3).
func busy(w http.ResponseWriter, status, seconds int, sentence string) {
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	refuse(w, status, sentence)
}

func clip(s string, max int) string {
	if len(s) > max {
		return s[:max] + "…"
	}
	return s
}

// printable is what a panic carried, as text.
func printable(v any) string {
	switch v := v.(type) {
	case error:
		return v.Error()
	case string:
		return v
	}
	return "a value that is no error"
}
