package dav

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestPreconditions: RFC 9110 §13.1, RFC 6638 §8.3, and the spellings of clients.
func TestPreconditions(t *testing.T) {
	old := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	there := State{Exists: true, ETag: `"a"`, Modified: old.Add(time.Hour)}
	tagged := State{Exists: true, ETag: `"a"`, ScheduleTag: `"s"`}
	tests := []struct {
		name, header, value string
		state               State
		want                bool
	}{
		{"none", "X", "", there, true},
		{"equal", "If-Match", `"a"`, there, true},
		{"other", "If-Match", `"b"`, there, false},
		{"in a list", "If-Match", `"b" , "a"`, there, true},
		{"a comma within a tag", "If-Match", `"b,c", "a"`, there, true},
		{"unquoted, Outlook CalDav Synchronizer", "If-Match", `a`, there, true},
		{"unquoted in a list", "If-Match", `b, a`, there, true},
		{"quotes behind backslashes, Evolution", "If-Match", `\"a\"`, there, true},
		{"weak never matches strongly", "If-Match", `W/"a"`, there, false},
		{"nonsense, Thunderbird's probe", "If-Match", `nothing`, there, false},
		{"empty", "If-Match", ``, there, false},
		{"unclosed", "If-Match", `"a`, there, false},
		{"any", "If-Match", `*`, there, true},
		{"any of nothing", "If-Match", `*`, State{}, false},
		{"tag of nothing", "If-Match", `"a"`, State{}, false},
		{"none of any", "If-None-Match", `*`, there, false},
		{"none of nothing", "If-None-Match", `*`, State{}, true},
		{"none of this", "If-None-Match", `"a"`, there, false},
		{"none of this, weakly", "If-None-Match", `W/"a"`, there, false},
		{"none of that", "If-None-Match", `"b"`, there, true},
		{"schedule tag", "If-Schedule-Tag-Match", `"s"`, tagged, true},
		{"other schedule tag", "If-Schedule-Tag-Match", `"t"`, tagged, false},
		{"schedule tag of a resource without", "If-Schedule-Tag-Match", `"s"`, there, false},
		{"empty schedule tag, Apple", "If-Schedule-Tag-Match", ``, there, true},
		{"empty schedule tag where there is one", "If-Schedule-Tag-Match", ``, tagged, false},
		{"empty schedule tag of nothing", "If-Schedule-Tag-Match", ``, State{}, true},
		{"modified since", "If-Unmodified-Since", old.Format(http.TimeFormat), there, false},
		{"not modified since", "If-Unmodified-Since", old.Add(time.Hour).Format(http.TimeFormat), there, true},
		{"no date", "If-Unmodified-Since", "yesterday", there, true},
	}
	for _, tt := range tests {
		p, err := parsePreconditions(http.Header{tt.header: {tt.value}})
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if got := p.Check(tt.state) == nil; got != tt.want {
			t.Errorf("%s: %s: %s holds %v", tt.name, tt.header, tt.value, got)
		}
	}
	var none *Preconditions
	if none.Check(there) != nil || none.Given() || none.MatchesScheduleTag() {
		t.Error("nil preconditions must hold")
	}
}

// TestIf: RFC 4918 §10.4.
func TestIf(t *testing.T) {
	state := ifState{etag: `"a"`, tokens: []string{"urn:t"}}
	tests := []struct {
		header string
		valid  bool
		want   bool
	}{
		{`(<urn:t>)`, true, true},
		{`(<urn:u>)`, true, false},
		{`(Not <urn:u>)`, true, true},
		{`(not<urn:t>)`, true, false},
		{`(<urn:t> ["a"])`, true, true},
		{`(<urn:t> ["b"])`, true, false},
		{`(["b"]) (["a"])`, true, true},
		{`([W/"a"])`, true, false},
		{`(Not <DAV:no-lock>)`, true, true},
		{`(<DAV:no-lock>)`, true, false},
		{`</a> (<urn:t>)`, true, true},
		{`</a> (<urn:u>) (<urn:t>) </a> (<urn:v>)`, true, true},
		{``, false, false},
		{`()`, false, false},
		{`(<urn:t>`, false, false},
		{`<urn:t>`, false, false},
		{`</a> </b> (<urn:t>)`, false, false},
		{`(<urn:t>) </a> (<urn:t>)`, false, false},
		{`</a> (<urn:t>) </b>`, false, false},
		{`(<>)`, false, false},
		{`(<a b>)`, false, false},
		{`(["a")`, false, false},
		{`([])`, false, false},
		{`(x)`, false, false},
		{`(` + strings.Repeat(`["a"]`, MaxIfConditions+1) + `)`, false, false},
	}
	for _, tt := range tests {
		lists, err := parseIf(tt.header)
		if (err == nil) != tt.valid {
			t.Errorf("%.40s: %v", tt.header, err)
			continue
		}
		got := false
		for i := range lists {
			got = got || lists[i].holds(state)
		}
		if got != tt.want {
			t.Errorf("%s holds %v", tt.header, got)
		}
	}
}

func TestPrefer(t *testing.T) {
	tests := []struct {
		header http.Header
		want   Prefer
	}{
		{http.Header{}, Prefer{}},
		{http.Header{"Prefer": {"return=minimal"}}, Prefer{Minimal: true}},
		{http.Header{"Prefer": {`respond-async, Return = "representation"; foo=1`, "depth-noroot"}}, Prefer{Representation: true, NoRoot: true}},
		{http.Header{"Prefer": {"return=minimal, return=representation"}}, Prefer{Minimal: true}},
		{http.Header{"Brief": {"T"}}, Prefer{Minimal: true}},
		{http.Header{"Brief": {"f"}}, Prefer{}},
		{http.Header{"Brief": {"t"}, "Prefer": {"return=representation"}}, Prefer{Representation: true}},
	}
	for _, tt := range tests {
		if got := ParsePrefer(tt.header); got != tt.want {
			t.Errorf("%v: %+v", tt.header, got)
		}
	}
}

func TestPath(t *testing.T) {
	tests := []struct {
		in, href string // "" is refused
	}{
		{"/", "/"},
		{"/a", "/a"},
		{"/a/", "/a/"},
		{"/a%40b/c@d", "/a%40b/c%40d"},
		{"/%7ea/%41", "/~a/A"},
		{"/a%20b(c)", "/a%20b(c)"},
		{"/a b", "/a%20b"},
		{"/%C3%a4", "/%C3%A4"},
		{"/a%252Fb", "/a%252Fb"}, // decoded once
		{"", ""}, {"a", ""}, {"//", ""}, {"/a//b", ""}, {"/.", ""}, {"/a/../b", ""}, {"/%2e%2E/", ""},
		{"/a%2fb", ""}, {"/a%5Cb", ""}, {`/a\b`, ""}, {"/a%00", ""}, {"/a%1f", ""}, {"/%7f", ""}, {"/%ff", ""}, {"/%zz", ""}, {"/%4", ""},
		{"/" + strings.Repeat("a", MaxSegmentBytes), "/" + strings.Repeat("a", MaxSegmentBytes)},
		{"/" + strings.Repeat("a", MaxSegmentBytes+1), ""},
		{strings.Repeat("/a", MaxSegments+1), ""},
	}
	for _, tt := range tests {
		p, err := ParsePath(tt.in)
		if (err == nil) != (tt.href != "") || err == nil && p.Href() != tt.href {
			t.Errorf("%.40s: %q, %v", tt.in, p.Href(), err)
		}
	}
}

func TestDestination(t *testing.T) {
	tests := []struct {
		value string
		want  string // an href, or a status
	}{
		{"/a/b", "/a/b"},
		{"http://dav.example/a%20b", "/a%20b"},
		{"http://DAV.example:80/a/", "/a/"},
		{"https://dav.example/a", "/a"}, // a proxy may speak TLS for us
		{"http://dav.example:8080/a", "502"},
		{"http://other.example/a", "502"},
		{"ftp://dav.example/a", "502"},
		{"//other.example/a", "502"},
		{"a", "502"},
		{"", "400"},
		{"http://dav.example/a/../b", "400"},
		{"/a%2Fb", "400"},
		{"http://[/a", "400"},
		{"/", "403"},
	}
	for _, tt := range tests {
		r, _ := http.NewRequest("MOVE", "/x", nil)
		r.Host = "dav.example"
		r.Header.Set("Destination", tt.value)
		got := ""
		p, err := (&call{r: r}).destination()
		if err != nil {
			got = map[int]string{400: "400", 403: "403", 502: "502"}[AsCondition(err).Status]
		} else {
			got = p.Href()
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.value, got, tt.want)
		}
	}
}

func FuzzIf(f *testing.F) {
	for _, s := range []string{`(<urn:t> ["a"]) (Not <urn:u>)`, `</a> (<urn:t>)`, `((`, `([W/"a"])`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		lists, err := parseIf(s)
		if err != nil {
			return
		}
		for i := range lists {
			if len(lists[i].conditions) == 0 {
				t.Fatalf("%q: a list without conditions", s)
			}
			lists[i].holds(ifState{etag: `"a"`, tokens: []string{"urn:t"}})
		}
	})
}

func FuzzEntityTags(f *testing.F) {
	for _, s := range []string{`"a", W/"b"`, `\"a\"`, `*`, `a,,b`, `"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { parseTags([]string{s}).has(`"a"`, true) })
}

func FuzzPath(f *testing.F) {
	for _, s := range []string{"/", "/a/%40@/", "/%2e%2e/", "/a%2Fb"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePath(s)
		if err != nil {
			return
		}
		again, err := ParsePath(p.Href())
		if err != nil || !again.Equal(p) || again.Href() != p.Href() {
			t.Fatalf("%q: %q, %v", s, p.Href(), err)
		}
		for _, name := range p.Segments {
			if strings.ContainsAny(name, "/\\\x00") || name == ".." {
				t.Fatalf("%q gives %q", s, name)
			}
		}
	})
}

func FuzzDestination(f *testing.F) {
	for _, s := range []string{"/a", "http://dav.example/a?b#c", "//x/", "http://[::1", "%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := &http.Request{Method: "MOVE", Host: "dav.example", Header: http.Header{"Destination": {s}}}
		r.URL = mustURL("/x")
		if p, err := (&call{r: r}).destination(); err == nil {
			if _, err := ParsePath(p.Href()); err != nil {
				t.Fatalf("%q: %q", s, p.Href())
			}
		}
	})
}
