package server

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// tlsListener shakes hands before it hands a connection on. net/http would do that too, but
// between its handshake and its reading nothing can stand that follows the framing of HTTP/1.
type tlsListener struct {
	net.Listener
	config *tls.Config
	within time.Duration // for a handshake
	ready  chan net.Conn
	failed chan error // of the listener below
	ctx    context.Context
	stop   context.CancelFunc
	begin  sync.Once
}

func listenTLS(l net.Listener, config *tls.Config, within time.Duration) *tlsListener {
	ctx, stop := context.WithCancel(context.Background())
	return &tlsListener{
		Listener: l, config: config, within: within,
		ready: make(chan net.Conn), failed: make(chan error, 1), ctx: ctx, stop: stop,
	}
}

// Accept is net.Listener's. It gives a *tls.Conn that speaks HTTP/2, or a *tlsConn.
func (l *tlsListener) Accept() (net.Conn, error) {
	l.begin.Do(func() { go l.acceptAll() })
	select {
	case c := <-l.ready:
		return c, nil
	case err := <-l.failed:
		l.failed <- err
		return nil, err
	}
}

// Close ends the handshakes under way too.
func (l *tlsListener) Close() error {
	l.stop()
	return l.Listener.Close()
}

// acceptAll takes connections until the listener fails or is closed.
func (l *tlsListener) acceptAll() {
	pause := 5 * time.Millisecond
	for {
		c, err := l.Listener.Accept()
		var passing interface{ Temporary() bool }
		if errors.As(err, &passing) && passing.Temporary() && l.ctx.Err() == nil {
			// Out of file descriptors, say: net/http too waits and goes on.
			select {
			case <-time.After(pause):
			case <-l.ctx.Done():
			}
			pause = min(2*pause, time.Second)
			continue
		}
		if err != nil {
			l.failed <- err
			return
		}
		pause = 5 * time.Millisecond
		go l.shake(c)
	}
}

// shake makes TLS of one connection and waits until it is taken.
func (l *tlsListener) shake(raw net.Conn) {
	ctx, cancel := context.WithTimeout(l.ctx, l.within)
	defer cancel()
	c := tls.Server(raw, l.config)
	if err := c.HandshakeContext(ctx); err != nil {
		answerPlain(err)
		_ = raw.Close()
		return
	}
	var made net.Conn = c
	switch state := c.ConnectionState(); state.NegotiatedProtocol {
	case "", "http/1.1", "http/1.0":
		made = &tlsConn{Conn: c, in: &framed{in: c}, state: &state}
	}
	select {
	case l.ready <- made:
	case <-l.ctx.Done():
		_ = raw.Close()
	}
}

// answerPlain tells a client that speaks plain HTTP here that it must not.
func answerPlain(err error) {
	var record tls.RecordHeaderError
	if !errors.As(err, &record) || record.Conn == nil || record.RecordHeader[0] < 'A' || record.RecordHeader[0] > 'Z' {
		return
	}
	_ = record.Conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = io.WriteString(record.Conn, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\nThis address takes https only.\n")
}

// tlsConn is a connection that speaks HTTP/1 over TLS; its framing is watched.
type tlsConn struct {
	*tls.Conn
	in    *framed
	state *tls.ConnectionState
}

// Read is net.Conn's.
func (c *tlsConn) Read(b []byte) (int, error) { return c.in.Read(b) }

// tlsKey is for the state of a tlsConn, which net/http does not know for TLS.
type tlsKey struct{}

// tlsContext is http.Server.ConnContext.
func tlsContext(ctx context.Context, c net.Conn) context.Context {
	if t, ok := c.(*tlsConn); ok {
		return context.WithValue(ctx, tlsKey{}, t.state)
	}
	return ctx
}

// withTLS tells the handler of a request on a tlsConn that it came over TLS.
func withTLS(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if state, ok := r.Context().Value(tlsKey{}).(*tls.ConnectionState); ok && r.TLS == nil {
			r.TLS = state
		}
		next.ServeHTTP(w, r)
	})
}
