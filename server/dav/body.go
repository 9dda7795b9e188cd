package dav

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	"convoke/server/davxml"
)

// body is a request body that was read. It may be shared by requests with equal bodies.
type body struct {
	node *davxml.Node

	once  sync.Once
	props *PropRequest // what node asks for, found once
	err   error
}

func newBody(n *davxml.Node) (*body, error) { return &body{node: n}, nil }

// request gives the properties that the body asks for.
func (b *body) request(max int) (*PropRequest, error) {
	b.once.Do(func() { b.props, b.err = newPropRequest(b.node, max) })
	return b.props, b.err
}

// smallBodies are buffers for bodies that end in the cache of parsed ones.
var smallBodies = sync.Pool{New: func() any { return new([davxml.MaxCachedBytes]byte) }}

// xmlBody reads a body of XML; nil if there is none.
func (c *call) xmlBody(max int64) (*body, error) {
	if n := c.r.ContentLength; n == 0 {
		return nil, nil
	} else if n > 0 && n <= davxml.MaxCachedBytes {
		if err := c.identity(); err != nil {
			return nil, err
		}
		buf := smallBodies.Get().(*[davxml.MaxCachedBytes]byte)
		defer smallBodies.Put(buf)
		if _, err := io.ReadFull(c.r.Body, buf[:n]); err != nil {
			return nil, readError(err)
		}
		return c.parse(buf[:n])
	}
	data, err := c.readBody(max)
	if err != nil {
		return nil, err
	}
	return c.parse(data)
}

// parse gives nil for an empty body.
func (c *call) parse(data []byte) (*body, error) {
	b, err := c.h.bodies.Parse(data)
	switch {
	case err == nil:
		return b, nil
	case errors.Is(err, davxml.ErrEmpty):
		return nil, nil
	case errors.Is(err, davxml.ErrExternal):
		return nil, Forbid(davxml.NoExternalEntities, err) // RFC 4918 §9.1.1, §20.6
	}
	return nil, Status(http.StatusBadRequest, err)
}

// needBody is xmlBody where a body with that root is required.
func (c *call) needBody(max int64) (*body, error) {
	b, err := c.xmlBody(max)
	if err == nil && b == nil {
		err = Status(http.StatusBadRequest, errors.New("body missing"))
	}
	return b, err
}

// readBody reads at most max bytes; more is a 413.
func (c *call) readBody(max int64) ([]byte, error) {
	data, err := c.readUpTo(max)
	if err == nil && int64(len(data)) > max {
		err = Status(http.StatusRequestEntityTooLarge, nil)
	}
	return data, err
}

// readUpTo reads the body, or max+1 bytes of a longer one.
func (c *call) readUpTo(max int64) ([]byte, error) {
	if err := c.identity(); err != nil {
		return nil, err
	}
	if c.r.Body == nil || c.r.ContentLength == 0 {
		return nil, nil
	}
	if n := c.r.ContentLength; n > 0 && n <= max {
		data, err := readDeclared(c.r.Body, int(n))
		return data, readError(err)
	}
	data, err := io.ReadAll(io.LimitReader(c.r.Body, max+1))
	return data, readError(err)
}

// trustedBytes are set aside for a body because it is declared; more only as it comes.
const trustedBytes = 64 << 10

// readDeclared reads a body of n bytes into memory that grows with what has come: a length alone is cheap to send.
func readDeclared(r io.Reader, n int) ([]byte, error) {
	data := make([]byte, min(n, trustedBytes))
	for read := 0; ; {
		if _, err := io.ReadFull(r, data[read:]); err != nil {
			return nil, err
		}
		if read = len(data); read == n {
			return data, nil
		}
		grown := make([]byte, min(n, 2*read))
		copy(grown, data)
		data = grown
	}
}

// identity refuses content codings: a decoded body has no bound (reliability: 415).
func (c *call) identity() error {
	for _, v := range c.r.Header["Content-Encoding"] {
		if v = strings.TrimSpace(v); v != "" && !strings.EqualFold(v, "identity") {
			c.w.Header().Set("Accept-Encoding", "identity") // RFC 9110 §15.5.16
			return Status(http.StatusUnsupportedMediaType, nil)
		}
	}
	return nil
}

// readError tells what a failure to read the body means: a body shorter than declared is the client's fault.
func readError(err error) error {
	var tooLong *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &tooLong):
		return Status(http.StatusRequestEntityTooLarge, err)
	}
	return Status(http.StatusBadRequest, err)
}
