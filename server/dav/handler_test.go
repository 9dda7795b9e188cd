package dav

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"convoke/server/davxml"
)

func mustURL(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

func serve(h http.Handler, method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestLimits: reliability of requests that are too much.
func TestLimits(t *testing.T) {
	h := newMemory().handler()
	props := strings.Builder{}
	for i := range 501 {
		props.WriteString("<p" + strconv.Itoa(i) + "/>")
	}
	long := strings.Repeat(" ", 1<<20)
	tests := []struct {
		name, method, path, body string
		want                     int
	}{
		{"properties", "PROPFIND", "/files/", `<D:propfind xmlns:D="DAV:"><D:prop>` + props.String() + `</D:prop></D:propfind>`, 400},
		{"properties set", "PROPPATCH", "/files/", `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop>` + props.String() + `</D:prop></D:set></D:propertyupdate>`, 400},
		{"XML of 1 MiB", "PROPFIND", "/files/", `<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>` + long, 413},
		{"a report may be longer", "REPORT", "/files/", `<D:x xmlns:D="DAV:"/>` + long, 403},
		{"a report of 4 MiB", "REPORT", "/files/", `<D:x xmlns:D="DAV:"/>` + long + long + long + long, 413},
		{"a member", "PUT", "/files/x", strings.Repeat("x", 1<<16+1), 403},
		{"a member that fits", "PUT", "/files/x", strings.Repeat("x", 1<<16), 201},
		{"a dead property", "PROPPATCH", "/files/", `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><a>` + long[:maxDeadBytes] + `</a></D:prop></D:set></D:propertyupdate>`, 207},
	}
	for _, tt := range tests {
		for _, chunked := range []bool{false, true} {
			r := httptest.NewRequest(tt.method, tt.path, io.MultiReader(strings.NewReader(tt.body)))
			if r.ContentLength = int64(len(tt.body)); chunked {
				r.ContentLength = -1
			}
			r.Header.Set("Depth", "0")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if want := tt.want; w.Code != want && !(want == 201 && w.Code == 204) {
				t.Errorf("%s, chunked %v: %d, want %d", tt.name, chunked, w.Code, want)
			}
		}
	}
	r := httptest.NewRequest("PUT", "/files/y", strings.NewReader("ab"))
	r.ContentLength = 3
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != 400 {
		t.Errorf("a body shorter than declared: %d", w.Code)
	}
	if w := serve(h, "GET", "/files/y", ""); w.Code != 404 {
		t.Errorf("and it was stored: %d", w.Code)
	}
}

// crowd is a collection of n members that fails behind the member fail.
type crowd struct {
	n, fail int
	etags   []string
}

type crowdMember struct {
	href, etag string
}

var crowdKind = &Kind{Name: "crowd", Collection: true, Types: []xml.Name{davxml.Collection}, Props: Join(Props[*crowd]{
	{Name: davxml.GetCTag, Get: func(*crowd, *Value) error { return errors.New("unset") }},
}, Props[*crowd]{
	{Name: davxml.GetCTag, Get: func(c *crowd, v *Value) error { v.W.Text("17"); return nil }, Asked: true},
})}

var crowdMemberKind = &Kind{Name: "member", Props: Join(Props[*crowdMember]{
	{Name: davxml.GetETag, Get: func(m *crowdMember, v *Value) error { v.W.Text(m.etag); return nil }},
})}

func (c *crowd) Find(context.Context, Path) (Resource, error) { return c, nil }
func (c *crowd) Href() string                                 { return "/crowd/" }
func (c *crowd) Kind() *Kind                                  { return crowdKind }
func (c *crowd) Allow(context.Context, Privilege) error       { return nil }
func (m *crowdMember) Href() string                           { return m.href }
func (m *crowdMember) Kind() *Kind                            { return crowdMemberKind }
func (m *crowdMember) Allow(context.Context, Privilege) error { return nil }
func (c *crowd) Members(context.Context) iter.Seq2[Resource, error] {
	return func(yield func(Resource, error) bool) {
		for i := range c.n {
			if c.fail > 0 && i == c.fail {
				yield(nil, errors.New("disk"))
				return
			}
			if !yield(&crowdMember{"/crowd/" + c.etags[i] + ".ics", `"` + c.etags[i] + `"`}, nil) {
				return
			}
		}
	}
}

func newCrowd(n, fail int) *crowd {
	c := &crowd{n: n, fail: fail}
	for i := range n {
		c.etags = append(c.etags, strconv.Itoa(100000+i))
	}
	return c
}

const (
	askETag = `<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>`
	askCTag = `<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:" xmlns:CS="http://calendarserver.org/ns/"><D:prop><CS:getctag/></D:prop></D:propfind>`
)

// TestStreaming: small answers have a length; long ones come in parts; a fault before the first part is a
// status, later it leaves the document open so that no client takes it for whole.
func TestStreaming(t *testing.T) {
	get := func(c *crowd) (*http.Response, []byte) {
		s := httptest.NewServer(NewHandler(Options{Tree: c}))
		defer s.Close()
		r, _ := http.NewRequest("PROPFIND", s.URL+"/crowd/", strings.NewReader(askETag))
		r.Header.Set("Depth", "1")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return resp, body
	}
	resp, body := get(newCrowd(10, 0))
	if resp.ContentLength != int64(len(body)) || resp.StatusCode != 207 {
		t.Errorf("small: %d, length %d of %d", resp.StatusCode, resp.ContentLength, len(body))
	}
	resp, body = get(newCrowd(10000, 0))
	n, err := davxml.Parse(body)
	if err != nil || len(n.Children) != 10001 || resp.ContentLength != -1 {
		t.Errorf("large: %v, length %d", err, resp.ContentLength)
	}
	if resp, body = get(newCrowd(10000, 5)); resp.StatusCode != 500 || bytes.Contains(body, []byte("disk")) {
		t.Errorf("early fault: %d %s", resp.StatusCode, body)
	}
	resp, body = get(newCrowd(10000, 9000))
	if _, err := davxml.Parse(body); resp.StatusCode != 207 || err == nil {
		t.Errorf("late fault: %d, taken for whole: %v", resp.StatusCode, err == nil)
	}
}

func TestComplianceBeginsWithOne(t *testing.T) {
	h := NewHandler(Options{Tree: newCrowd(1, 0), Compliance: []string{"calendar-access"}})
	if got := serve(h, "OPTIONS", "/x", "").Header().Get("DAV"); got != "1, 3, calendar-access" {
		t.Errorf("DAV: %s", got)
	}
	if w := serve(h, "LOCK", "/x", ""); w.Code != 405 {
		t.Errorf("LOCK without locks: %d", w.Code)
	}
}

func TestErrorsStayInside(t *testing.T) {
	w := httptest.NewRecorder()
	WriteCondition(w, &Condition{Status: 503, Err: errors.New("secret")})
	if strings.Contains(w.Body.String(), "secret") || w.Header().Get("Retry-After") == "" {
		t.Errorf("%v %s", w.Header(), w.Body)
	}
	if c := AsCondition(errors.New("x")); c.Status != 500 {
		t.Errorf("%v", c)
	}
	if !errors.Is(Status(404, errors.New("gone")), ErrNotFound) || errors.Is(Forbid(davxml.ACL, nil), ErrNotFound) {
		t.Error("conditions compare by status and name")
	}
}

// sink is a ResponseWriter that counts.
type sink struct {
	h http.Header
	n int
}

func (s *sink) Header() http.Header         { return s.h }
func (s *sink) WriteHeader(int)             {}
func (s *sink) Write(b []byte) (int, error) { s.n += len(b); return len(b), nil }

func bench(b *testing.B, members int, depth, body string) {
	h := NewHandler(Options{Tree: newCrowd(members, 0)})
	r := &http.Request{Method: "PROPFIND", URL: mustURL("/crowd/"), Header: http.Header{"Depth": {depth}}}
	reader := strings.NewReader("")
	b.ReportAllocs()
	for b.Loop() {
		reader.Reset(body)
		r.Body, r.ContentLength = io.NopCloser(reader), int64(len(body))
		s := &sink{h: http.Header{}}
		h.ServeHTTP(s, r)
		if s.n == 0 {
			b.Fatal("nothing written")
		}
	}
}

func BenchmarkPropfindCTag(b *testing.B)    { bench(b, 0, "0", askCTag) }
func BenchmarkPropfindListing(b *testing.B) { bench(b, 10000, "1", askETag) }
