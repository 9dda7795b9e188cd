package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"convoke/internal/icalendar"
)

// davClient asks our own server as a client does.
type davClient struct {
	base, user, password string
	http                 *http.Client
}

// newDAVClient reaches a server at the address it listens on; with TLS it has to have a certificate for the name
// that people use.
func newDAVClient(base, public string) *davClient {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy = nil
	if u, err := url.Parse(public); err == nil && u.Hostname() != "" {
		t.TLSClientConfig = &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	}
	return &davClient{base: base, http: &http.Client{Transport: t, Timeout: time.Minute}}
}

// do sends one request and gives status, header and body.
func (c *davClient) do(ctx context.Context, method, path, body string, head ...string) (int, http.Header, string, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, "", err
	}
	r.SetBasicAuth(c.user, c.password)
	for i := 0; i+1 < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return 0, nil, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	return resp.StatusCode, resp.Header, string(text), err
}

// want sends a request that has one right answer.
func (c *davClient) want(ctx context.Context, code int, method, path, body string, head ...string) (string, error) {
	got, _, text, err := c.do(ctx, method, path, body, head...)
	if err == nil && got != code {
		err = fmt.Errorf("%s of %s: %d instead of %d", method, path, got, code)
	}
	return text, err
}

// event is a calendar object as it is stored.
type storedEvent struct {
	path, tag string
	object    *icalendar.Object
}

// get reads one object.
func (c *davClient) get(ctx context.Context, path string) (*storedEvent, error) {
	code, head, text, err := c.do(ctx, "GET", path, "")
	if err != nil {
		return nil, err
	}
	if code != http.StatusOK {
		return nil, fmt.Errorf("GET of %s: %d", path, code)
	}
	o, err := icalendar.ParseString(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &storedEvent{path: path, tag: head.Get("Schedule-Tag"), object: o}, nil
}

// find gives the objects of a calendar with a UID.
func (c *davClient) find(ctx context.Context, calendar, uid string) ([]*storedEvent, error) {
	text, err := c.want(ctx, http.StatusMultiStatus, "REPORT", calendar, `<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/></D:prop>`+
		`<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:prop-filter name="UID"><C:text-match collation="i;octet">`+uid+
		`</C:text-match></C:prop-filter></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`, "Depth", "1")
	if err != nil {
		return nil, err
	}
	var list []*storedEvent
	for _, part := range strings.Split(text, "<D:href>")[1:] {
		path, _, _ := strings.Cut(part, "</D:href>")
		e, err := c.get(ctx, path)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}
