package outward

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
)

// A body may grow by decoding to so many times its size, once it is longer than what is short enough never to matter.
const (
	maxRatio   = 100
	shortBytes = 256 << 10
)

// read gives the decoded body, if it is not too long.
func (c *Client) read(res *http.Response) ([]byte, error) {
	wire := &counter{r: res.Body}
	var from io.Reader = wire
	switch coding := strings.ToLower(strings.TrimSpace(res.Header.Get("Content-Encoding"))); coding {
	case "", "identity":
		if res.ContentLength > c.o.MaxBytes {
			return nil, fail(TooLarge, "the body is too long")
		}
	case "gzip", "x-gzip":
		if res.StatusCode == http.StatusNotModified {
			return nil, nil
		}
		z, err := gzip.NewReader(wire)
		if err != nil {
			return nil, err
		}
		from = z
	default:
		return nil, fail(Unreadable, "Content-Encoding "+coding)
	}
	var b bytes.Buffer
	for {
		n, err := io.CopyN(&b, from, 64<<10)
		size := int64(b.Len())
		switch {
		case size > c.o.MaxBytes:
			return nil, fail(TooLarge, "the body is too long")
		case size > shortBytes && size > maxRatio*wire.n:
			return nil, fail(TooLarge, "the body grows too much")
		case err == io.EOF || err == nil && n == 0:
			return b.Bytes(), nil
		case err != nil:
			return nil, err
		}
	}
}

// counter counts what came over the wire.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
