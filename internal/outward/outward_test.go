package outward

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// names answers for DNS: each look-up of a name takes the next of its answers, the last one stays.
type names map[string][][]string

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	answers := n[host]
	if len(answers) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if len(answers) > 1 {
		n[host] = answers[1:]
	}
	var list []netip.Addr
	for _, s := range answers[0] {
		list = append(list, netip.MustParseAddr(s))
	}
	return list, nil
}

// world is an internet of one server: every permitted address leads to it.
type world struct {
	*Client
	dialled []string
}

func newWorld(t *testing.T, n names, o Options, serve http.HandlerFunc) *world {
	t.Helper()
	s := httptest.NewTLSServer(serve)
	plain := httptest.NewServer(serve)
	t.Cleanup(s.Close)
	t.Cleanup(plain.Close)
	w := &world{}
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	o.TLS = &tls.Config{RootCAs: roots, ServerName: "example.com"} // the name in the certificate of httptest
	o.Resolver = n
	o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		w.dialled = append(w.dialled, address)
		to := s.Listener.Addr().String()
		if strings.HasSuffix(address, ":80") {
			to = plain.Listener.Addr().String()
		}
		return (&net.Dialer{}).DialContext(ctx, network, to)
	}
	w.Client = New(o)
	return w
}

func reasonOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return fmt.Sprint(err)
}

func prefixes(list ...string) (nets []netip.Prefix) {
	for _, s := range list {
		nets = append(nets, netip.MustParsePrefix(s))
	}
	return nets
}

// reliability.md §6: loopback, private, link-local, multicast, unspecified, metadata and our own addresses.
func TestAddresses(t *testing.T) {
	own := func() []netip.AddrPort {
		return []netip.AddrPort{netip.MustParseAddrPort("9.9.9.9:443"), netip.MustParseAddrPort("[::]:8443")}
	}
	for _, c := range []struct {
		address string
		allow   []netip.Prefix
		want    bool
	}{
		{"93.184.215.14:443", nil, true},
		{"[2606:2800:220:1::1]:443", nil, true},
		{"127.0.0.1:443", nil, false},
		{"127.9.9.9:443", nil, false},
		{"[::1]:443", nil, false},
		{"0.0.0.0:443", nil, false},
		{"[::]:443", nil, false},
		{"10.1.2.3:443", nil, false},
		{"172.16.0.1:443", nil, false},
		{"172.31.255.255:443", nil, false},
		{"172.32.0.1:443", nil, true},
		{"192.168.1.1:443", nil, false},
		{"100.64.0.1:443", nil, false},
		{"169.254.169.254:80", nil, false},
		{"168.63.129.16:80", nil, false},
		{"[fe80::1]:443", nil, false},
		{"[fe80::1%eth0]:443", prefixes("fe80::/10"), false},
		{"[fd00:ec2::254]:80", nil, false},
		{"[fc00::1]:443", nil, false},
		{"224.0.0.1:443", nil, false},
		{"[ff02::1]:443", nil, false},
		{"255.255.255.255:443", nil, false},
		{"[::ffff:127.0.0.1]:443", nil, false},
		{"[::ffff:93.184.215.14]:443", nil, false},
		{"[64:ff9b::7f00:1]:443", nil, false},
		{"[64:ff9b::5db8:d70e]:443", nil, false},
		{"[2002:7f00:1::1]:443", nil, false},
		{"[2001:0:1::1]:443", nil, false},
		{"[2001:db8::1]:443", nil, false},
		{"198.18.0.1:443", nil, false},
		{"203.0.113.9:443", nil, false},
		{"192.0.0.192:80", nil, false},

		{"127.0.0.1:9361", prefixes("127.0.0.0/8"), true},
		{"10.1.2.3:443", prefixes("10.1.0.0/16"), true},
		{"10.2.2.3:443", prefixes("10.1.0.0/16"), false},
		{"[64:ff9b::5db8:d70e]:443", prefixes("64:ff9b::/96"), true},
		{"[64:ff9b::7f00:1]:443", prefixes("64:ff9b::/96"), false},

		{"9.9.9.9:443", nil, false},
		{"9.9.9.9:444", nil, true},
		{"127.0.0.1:8443", prefixes("127.0.0.0/8"), false},
		{"9.9.9.10:8443", nil, true},
	} {
		client := New(Options{Networks: c.allow, Own: own})
		if got := client.permitted(netip.MustParseAddrPort(c.address)); got != c.want {
			t.Errorf("%s with %v: called is %v, want %v", c.address, c.allow, got, c.want)
		}
	}
}

// The address that was judged is the one that is dialled, whatever DNS says the next time.
func TestRebinding(t *testing.T) {
	n := names{"feed.test": {{"93.184.215.14"}, {"127.0.0.1"}}}
	w := newWorld(t, n, Options{}, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "hello") })
	a, err := w.Get(t.Context(), "https://feed.test/a.ics", nil)
	if err != nil || string(a.Body) != "hello" {
		t.Fatalf("got %v, %v", a, err)
	}
	if _, err := w.Get(t.Context(), "https://feed.test/a.ics", nil); reasonOf(err) != Forbidden {
		t.Errorf("the name leads home now: %v", err)
	}
	if got := strings.Join(w.dialled, " "); got != "93.184.215.14:443" {
		t.Errorf("dialled %s", got)
	}
}

// Of several addresses those alone are dialled that may be.
func TestMixedAnswers(t *testing.T) {
	w := newWorld(t, names{"feed.test": {{"10.0.0.1", "::1", "93.184.215.14"}}}, Options{},
		func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "hello") })
	if _, err := w.Get(t.Context(), "https://feed.test/", nil); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(w.dialled, " "); got != "93.184.215.14:443" {
		t.Errorf("dialled %s", got)
	}
}

func TestRefusedAddresses(t *testing.T) {
	w := newWorld(t, names{"feed.test": {{"93.184.215.14"}}, "home.test": {{"192.168.1.1"}}}, Options{},
		func(http.ResponseWriter, *http.Request) { t.Error("called") })
	for _, c := range []struct{ address, want string }{
		{"http://feed.test/", BadURL},
		{"ftp://feed.test/", BadURL},
		{"file:///etc/passwd", BadURL},
		{"https:feed.test", BadURL},
		{"https:///x", BadURL},
		{"https://me:secret@feed.test/", BadURL},
		{"https://feed.test/" + strings.Repeat("x", maxURLBytes), BadURL},
		{"://", BadURL},
		{"https://home.test/", Forbidden},
		{"https://127.0.0.1/", Forbidden},
		{"https://[::1]/", Forbidden},
		{"https://[::ffff:10.0.0.1]/", Forbidden},
		{"https://nobody.test/", Unreachable},
	} {
		if _, err := w.Get(t.Context(), c.address, nil); reasonOf(err) != c.want {
			t.Errorf("%.60s: %v, want %s", c.address, err, c.want)
		}
	}
	if len(w.dialled) > 0 {
		t.Errorf("dialled %v", w.dialled)
	}
}

func TestRedirects(t *testing.T) {
	to := map[string]string{
		"a.test/1": "https://a.test/2", "a.test/2": "https://a.test/3", "a.test/3": "https://a.test/4", "a.test/4": "https://a.test/5",
		"a.test/home": "https://home.test/", "a.test/ip": "https://169.254.169.254/latest/meta-data/", "a.test/plain": "http://a.test/ok",
		"a.test/b": "https://b.test/c", "b.test/c": "https://c.test/ok", "a.test/other": "https://b.test/ok",
		"a.test/back": "https://b.test/back", "b.test/back": "https://a.test/ok", "a.test/user": "https://x:y@a.test/ok",
	}
	var last http.Header
	n := names{"a.test": {{"93.184.215.14"}}, "b.test": {{"93.184.215.15"}}, "c.test": {{"93.184.215.16"}}, "home.test": {{"127.0.0.1"}}}
	w := newWorld(t, n, Options{HTTP: true}, func(w http.ResponseWriter, r *http.Request) {
		last = r.Header
		if there := to[r.Host+r.URL.Path]; there != "" {
			http.SetCookie(w, &http.Cookie{Name: "id", Value: "1"})
			http.Redirect(w, r, there, http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, "ok")
	})
	for _, c := range []struct{ path, want string }{
		{"2", ""}, {"1", Redirects}, {"home", Forbidden}, {"ip", Forbidden}, {"plain", Redirects}, {"b", Redirects},
		{"other", ""}, {"back", ""}, {"user", BadURL},
	} {
		last = nil
		_, err := w.Get(t.Context(), "https://a.test/"+c.path, http.Header{"If-None-Match": {`"x"`}})
		if c.want == "" && err != nil || c.want != "" && reasonOf(err) != c.want {
			t.Errorf("%s: %v, want %q", c.path, err, c.want)
		}
		for _, name := range []string{"Referer", "Cookie", "Authorization"} {
			if last.Get(name) != "" {
				t.Errorf("%s: %s went along: %s", c.path, name, last.Get(name))
			}
		}
	}
}

// A name and password go to the host that they are for: to none below it, and to no other port of it. What it answers is
// read up to the bound.
func TestDo(t *testing.T) {
	to := map[string]string{"/self": "https://a.test/end", "/below": "https://dav.a.test/end", "/port": "https://a.test:8443/end", "/other": "https://b.test/end"}
	var last *http.Request
	at := [][]string{{"93.184.215.14"}}
	w := newWorld(t, names{"a.test": at, "dav.a.test": at, "b.test": at}, Options{MaxBytes: 10, Agent: "x"}, func(w http.ResponseWriter, r *http.Request) {
		last = r
		if there := to[r.URL.Path]; there != "" {
			http.Redirect(w, r, there, http.StatusTemporaryRedirect)
			return
		}
		_, _ = io.WriteString(w, strings.Repeat("x", len(r.URL.Path)))
	})
	for path, kept := range map[string]bool{"/self": true, "/below": false, "/port": false, "/other": false} {
		req, err := http.NewRequestWithContext(t.Context(), "PROPFIND", "https://a.test"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth("ann", "secret")
		res, err := w.Do(req)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		_ = res.Body.Close()
		if _, _, ok := last.BasicAuth(); ok != kept || last.URL.Path != "/end" || last.Method != "PROPFIND" || last.UserAgent() != "x" {
			t.Errorf("%s: %s %s by %s, password %t", path, last.Method, last.URL, last.UserAgent(), ok)
		}
	}
	for path, want := range map[string]string{"/234567890": "<nil>", "/2345678901": TooLarge} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", "https://a.test"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := w.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(res.Body)
		_ = res.Body.Close()
		if reasonOf(err) != want {
			t.Errorf("%d bytes: %v, want %s", len(path), err, want)
		}
	}
}

func TestBodies(t *testing.T) {
	zipped := func(n int) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(make([]byte, n))
		_ = z.Close()
		return b.Bytes()
	}
	w := newWorld(t, names{"a.test": {{"93.184.215.14"}}}, Options{MaxBytes: 1 << 20}, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		switch r.URL.Path {
		case "/zip":
			h.Set("Content-Encoding", "gzip")
			_, _ = w.Write(zipped(1000))
		case "/bomb": // a thousandth of what it becomes, and still short enough
			h.Set("Content-Encoding", "gzip")
			_, _ = w.Write(zipped(1 << 20))
		case "/broken":
			h.Set("Content-Encoding", "gzip")
			_, _ = w.Write(zipped(1000)[:20])
		case "/brotli":
			h.Set("Content-Encoding", "br")
		case "/long":
			_, _ = w.Write(make([]byte, 1<<20+1))
		case "/declared":
			h.Set("Content-Length", "99999999")
			w.WriteHeader(http.StatusOK)
		case "/short":
			h.Set("Content-Length", "100")
			_, _ = io.WriteString(w, "short")
		case "/same":
			w.WriteHeader(http.StatusNotModified)
		case "/full":
			_, _ = w.Write(make([]byte, 1<<20))
		}
	})
	for _, c := range []struct {
		path string
		size int
		want string
	}{
		{"zip", 1000, ""}, {"full", 1 << 20, ""}, {"same", 0, ""}, {"bomb", 0, TooLarge}, {"long", 0, TooLarge}, {"declared", 0, TooLarge},
		{"broken", 0, Unreadable}, {"brotli", 0, Unreadable}, {"short", 0, Unreadable},
	} {
		a, err := w.Get(t.Context(), "https://a.test/"+c.path, nil)
		if c.want != "" {
			if reasonOf(err) != c.want {
				t.Errorf("%s: %v, want %s", c.path, err, c.want)
			}
			continue
		}
		if err != nil || len(a.Body) != c.size {
			t.Errorf("%s: %v", c.path, err)
		}
	}
}

// Feeds have their secret in the address: it stands in no error, which are logged.
func TestErrorsNameNoAddress(t *testing.T) {
	gone := make(chan struct{})
	w := newWorld(t, names{"a.test": {{"93.184.215.14"}}, "home.test": {{"10.0.0.1"}}}, Options{Timeout: 50 * time.Millisecond}, func(http.ResponseWriter, *http.Request) { <-gone })
	defer close(gone)
	for _, address := range []string{"https://a.test/s3cret", "https://home.test/s3cret", "https://nobody.test/s3cret", "https://a.test:x/s3cret", "https://a.test/s3cret%zz"} {
		if _, err := w.Get(t.Context(), address, nil); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// A server that never answers costs the time of one call.
func TestTimeout(t *testing.T) {
	gone := make(chan struct{})
	w := newWorld(t, names{"a.test": {{"93.184.215.14"}}}, Options{Timeout: 50 * time.Millisecond}, func(http.ResponseWriter, *http.Request) { <-gone })
	defer close(gone)
	if _, err := w.Get(t.Context(), "https://a.test/", nil); reasonOf(err) != TimedOut {
		t.Errorf("got %v", err)
	}
}

// A certificate of another name is nobody's.
func TestCertificates(t *testing.T) {
	w := newWorld(t, names{"a.test": {{"93.184.215.14"}}}, Options{}, func(http.ResponseWriter, *http.Request) { t.Error("called") })
	w.http.Transport.(*http.Transport).TLSClientConfig.ServerName = ""
	if _, err := w.Get(t.Context(), "https://a.test/", nil); reasonOf(err) != Unreachable {
		t.Errorf("got %v", err)
	}
}

func TestWebcal(t *testing.T) {
	for from, to := range map[string]string{
		"webcal://a.test/x.ics": "https://a.test/x.ics", " WebCal://a.test/x ": "https://a.test/x", "webcals://a.test/x": "https://a.test/x",
		"https://a.test/x": "https://a.test/x", "http://a.test/": "http://a.test/", "webcal://": "webcal://",
	} {
		if got := Webcal(from); got != to {
			t.Errorf("%q gives %q, want %q", from, got, to)
		}
	}
}
