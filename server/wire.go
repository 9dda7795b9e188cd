package server

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// recorder remembers what was answered. It gives up the place of a dear report
// while the wire is written to.
type recorder struct {
	http.ResponseWriter
	q      *request
	status int
	bytes  int64
}

// WriteHeader notes the first final status.
func (c *recorder) WriteHeader(status int) {
	if c.status == 0 && status >= 200 {
		c.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

// pause stops the clock of work and gives back the place of a dear report while
// the wire has its turn.
func (q *request) pause() {
	q.dear.pause()
	if q.work != nil {
		q.work.Stop()
	}
}

// resume starts the time of work afresh.
func (q *request) resume() {
	q.dear.resume()
	if q.work != nil {
		q.work.Reset(q.workFor)
	}
}

// Write sends part of an answer.
func (c *recorder) Write(b []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	c.q.pause()
	n, err := c.ResponseWriter.Write(b)
	c.q.resume()
	c.bytes += int64(n)
	return n, err
}

// Flush sends what is buffered.
func (c *recorder) Flush() {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	c.q.pause()
	_ = http.NewResponseController(c.ResponseWriter).Flush()
	c.q.resume()
}

// Unwrap is for http.ResponseController.
func (c *recorder) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// errSlowBody is a body that came slower than Limits.BodyBytesPerSec.
var errSlowBody = errors.New("request body came too slowly")

// body reads a request body under a deadline: each window must bring its share of
// bytes, or end the body. It also keeps a body without declared length under
// Limits.BodyBytes.
type body struct {
	io.ReadCloser
	q      *request
	ctl    *http.ResponseController
	left   int64 // until the limit
	share  int64 // bytes that a window must bring
	window time.Duration
	got    int64 // in this window
	armed  bool
}

func (s *Server) newBody(b io.ReadCloser, w http.ResponseWriter, q *request) *body {
	window := s.opt.Limits.BodyWindow
	return &body{
		ReadCloser: b, q: q, ctl: http.NewResponseController(w),
		left:   s.opt.Limits.BodyBytes,
		share:  int64(s.opt.Limits.BodyBytesPerSec) * int64(window/time.Second),
		window: window,
	}
}

// Read is io.Reader's. The deadline is taken off at the end, since net/http goes
// on to watch the connection while the handler works.
func (b *body) Read(p []byte) (int, error) {
	if !b.armed || b.got >= b.share {
		_ = b.ctl.SetReadDeadline(time.Now().Add(b.window))
		b.armed, b.got = true, 0
	}
	b.q.pause()
	n, err := b.ReadCloser.Read(p)
	b.q.resume()
	b.got += int64(n)
	b.left -= int64(n)
	if b.left < 0 {
		return n, &http.MaxBytesError{Limit: b.left}
	}
	if err != nil {
		b.armed = false
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return n, errSlowBody
		}
		_ = b.ctl.SetReadDeadline(time.Time{})
	}
	return n, err
}

// Close takes the deadline off; what is unread is net/http's to drop.
func (b *body) Close() error {
	if b.armed {
		b.armed = false
		_ = b.ctl.SetReadDeadline(time.Now().Add(5 * time.Second))
	}
	return b.ReadCloser.Close()
}

// connLimit counts open connections over all listeners.
type connLimit struct {
	max  int64
	open atomic.Int64
}

// listener closes connections beyond the limit at once and gives each write of
// the others a deadline.
type listener struct {
	net.Listener
	limit *connLimit
	stall time.Duration
	plain bool // what is read is HTTP, and its framing is watched
}

// Accept is net.Listener's.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.limit.open.Add(1) > l.limit.max {
			l.limit.open.Add(-1)
			_ = c.Close()
			continue
		}
		accepted := &conn{Conn: c, limit: l.limit, stall: l.stall}
		if l.plain {
			accepted.in = &framed{in: c}
		}
		return accepted, nil
	}
}

// writePiece is how much may go out under one deadline.
const writePiece = 64 << 10

// conn ends when its client takes nothing for the stall time. TCP_NODELAY is on
// by Go's default, and answers are written in few large pieces.
type conn struct {
	net.Conn
	limit *connLimit
	stall time.Duration
	in    *framed // nil: TLS
	once  sync.Once
}

// Read is net.Conn's.
func (c *conn) Read(b []byte) (int, error) {
	if c.in == nil {
		return c.Conn.Read(b)
	}
	return c.in.Read(b)
}

// Write sends b in pieces, each of which must make progress within the stall
// time.
func (c *conn) Write(b []byte) (int, error) {
	sent := 0
	for {
		piece := b[sent:]
		if len(piece) > writePiece {
			piece = piece[:writePiece]
		}
		_ = c.Conn.SetWriteDeadline(time.Now().Add(c.stall))
		n, err := c.Conn.Write(piece)
		sent += n
		if err != nil || sent == len(b) {
			return sent, err
		}
	}
}

// Close is net.Conn's; it counts once.
func (c *conn) Close() error {
	c.once.Do(func() { c.limit.open.Add(-1) })
	return c.Conn.Close()
}
