// Package outward is the one way by which this server calls addresses that people name: feeds that they subscribe to,
// and whatever else is fetched for them (reliability.md §6).
//
// Invariants:
//   - A name is resolved once for a connection, and the address that was judged is the one that is dialled: an answer of
//     DNS that changes in between (rebinding) changes nothing.
//   - Addresses that are not of the public internet, and those that this server listens on, are refused at the first
//     call and at each redirect, but for networks that the operator names.
//   - Nothing of the caller's goes along but what stands in the request: no cookie or Referer, no name and password to
//     another host, and no proxy of the environment is asked.
//   - Time, redirects, header and decoded bytes are bounded. What is read is whole, or an error.
package outward

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The bounds of one call.
const (
	maxRedirects   = 3
	maxHosts       = 2 // the first one, and one other
	maxHeaderBytes = 64 << 10
	maxURLBytes    = 2048
)

// Resolver finds the addresses of a name; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Options configure a Client. The zero value is right for the public internet.
type Options struct {
	HTTP     bool                    // plain http may be called, too
	Networks []netip.Prefix          // that may be called though they are not public
	Own      func() []netip.AddrPort // what this server listens on; an unspecified address stands for all of the machine
	Timeout  time.Duration           // of a whole call; 0: 10 s
	MaxBytes int64                   // of a decoded body; 0: 5 MiB
	Agent    string                  // User-Agent

	Resolver Resolver                                                             // nil: the system's
	Dial     func(ctx context.Context, network, address string) (net.Conn, error) // nil: TCP
	TLS      *tls.Config                                                          // nil: the system's roots
}

// Client calls. It is safe for concurrent use.
type Client struct {
	o    Options
	http *http.Client
}

// New makes a client.
func New(o Options) *Client {
	o.Timeout = cmp.Or(o.Timeout, 10*time.Second)
	o.MaxBytes = cmp.Or(o.MaxBytes, 5<<20)
	if o.Resolver == nil {
		o.Resolver = net.DefaultResolver
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{}).DialContext
	}
	c := &Client{o: o}
	c.http = &http.Client{Timeout: o.Timeout, CheckRedirect: c.redirect, Transport: &http.Transport{
		DialContext: c.dial, DisableKeepAlives: true, DisableCompression: true,
		MaxResponseHeaderBytes: maxHeaderBytes, TLSClientConfig: o.TLS,
	}}
	return c
}

// Reasons why nothing was read.
const (
	BadURL      = "bad-url"     // not an address that can be called
	Forbidden   = "forbidden"   // an address that is not to be called
	Unreachable = "unreachable" // nobody there, or no trust in who is
	TimedOut    = "timed-out"
	Redirects   = "redirects"
	TooLarge    = "too-large"
	Unreadable  = "unreadable" // the answer breaks off, or is encoded in a way that is not known
)

// Error tells why a call gave nothing.
type Error struct {
	Reason string // one of those above
	Err    error  // for the log
}

func (e *Error) Error() string { return e.Reason + ": " + e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

func fail(reason, text string) error { return &Error{reason, errors.New(text)} }

// Answer is what was read.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // decoded
}

// Get reads what is at an address, with the header fields given. Errors are *Error.
func (c *Client) Get(ctx context.Context, address string, header http.Header) (*Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err == nil {
		err = c.judge(req.URL)
	}
	if err != nil {
		return nil, c.explain(err, BadURL)
	}
	for name, values := range header {
		req.Header[name] = slices.Clone(values)
	}
	req.Header.Set("Accept-Encoding", "gzip")
	req.Header.Set("User-Agent", cmp.Or(c.o.Agent, "Convoke"))
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.explain(err, Unreachable)
	}
	defer res.Body.Close()
	body, err := c.read(res)
	if err != nil {
		return nil, c.explain(err, Unreadable)
	}
	return &Answer{Status: res.StatusCode, Header: res.Header, Body: body}, nil
}

// judge refuses what is no address to be called by its looks.
func (c *Client) judge(u *url.URL) error {
	switch {
	case u.Scheme == "http" && !c.o.HTTP:
		return fail(BadURL, "plain http")
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.Opaque != "":
		return fail(BadURL, "no https address")
	case u.User != nil:
		return fail(BadURL, "a name or password in the address")
	case len(u.String()) > maxURLBytes:
		return fail(BadURL, "too long an address")
	}
	return nil
}

// redirect judges where an answer sends us.
func (c *Client) redirect(req *http.Request, via []*http.Request) error {
	req.Header.Del("Referer")                              // feeds have their secret in the address
	if !strings.EqualFold(req.URL.Host, via[0].URL.Host) { // net/http lets them go to hosts below it and to other ports
		req.Header.Del("Authorization")
	}
	hosts := []string{strings.ToLower(req.URL.Host)}
	for _, r := range via {
		if h := strings.ToLower(r.URL.Host); !slices.Contains(hosts, h) {
			hosts = append(hosts, h)
		}
	}
	switch {
	case len(via) > maxRedirects:
		return fail(Redirects, "too many redirects")
	case len(hosts) > maxHosts:
		return fail(Redirects, "redirects over too many hosts")
	case via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme != "https":
		return fail(Redirects, "a redirect away from https")
	}
	return c.judge(req.URL)
}

// dial connects to the first address of a host that may be called.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := netip.ParseAddrPort("0.0.0.0:" + service)
	if err != nil {
		return nil, fail(BadURL, "no port: "+service)
	}
	list, err := c.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	var failed error
	for _, a := range list {
		to := netip.AddrPortFrom(a, port.Port())
		if !c.permitted(to) {
			continue
		}
		conn, err := c.o.Dial(ctx, network, to.String())
		if err == nil {
			return conn, nil
		}
		failed = err
	}
	if failed == nil {
		return nil, fail(Forbidden, "no address of "+host+" may be called")
	}
	return nil, failed
}

func (c *Client) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	list, err := c.o.Resolver.LookupNetIP(ctx, "ip", host)
	for i, a := range list {
		// The resolver of the system writes IPv4 as IPv6 with a coat. A coat in an AAAA record cannot be told from that,
		// and is the same address.
		list[i] = a.Unmap()
	}
	return list, err
}

// explain makes an *Error of any.
func (c *Client) explain(err error, otherwise string) error {
	var known *Error
	var slow interface{ Timeout() bool }
	var about *url.Error
	if errors.As(err, &about) {
		err = about.Err // it names the whole address, of which feeds have their secret, and errors are logged
	}
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &slow) && slow.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return &Error{TimedOut, err}
	}
	return &Error{otherwise, err}
}

// Webcal gives the https address that a webcal one stands for; others as they are.
func Webcal(address string) string {
	address = strings.TrimSpace(address)
	for _, scheme := range []string{"webcal://", "webcals://"} {
		if len(address) > len(scheme) && strings.EqualFold(address[:len(scheme)], scheme) {
			return "https://" + address[len(scheme):]
		}
	}
	return address
}
