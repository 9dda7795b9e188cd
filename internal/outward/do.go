package outward

import (
	"cmp"
	"io"
	"net/http"
)

// Do sends a request of any method, for those who speak a protocol: an import of an account speaks WebDAV. Its header goes
// along as it is; a name and password in it go to the first host alone. The caller closes the body, which ends with an
// error where it is too long. Errors are *Error.
func (c *Client) Do(req *http.Request) (*http.Response, error) {
	if err := c.judge(req.URL); err != nil {
		return nil, c.explain(err, BadURL)
	}
	req = req.Clone(req.Context())
	req.Header.Set("User-Agent", cmp.Or(c.o.Agent, "Convoke"))
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.explain(err, Unreachable)
	}
	res.Body = &bounded{ReadCloser: res.Body, left: c.o.MaxBytes}
	return res, nil
}

// bounded is a body of so many bytes at most.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fail(TooLarge, "the body is too long")
	}
	return n, err
}
