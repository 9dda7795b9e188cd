package dav

import (
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"
)

// MaxSegmentBytes is the longest decoded name of one resource.
const MaxSegmentBytes = 255

// MaxSegments bounds the depth of a path.
const MaxSegments = 64

// ErrBadPath is what ParsePath gives for a path that names nothing here.
var ErrBadPath = errors.New("dav: bad path")

// Path is an absolute path, decoded and validated. Names are compared byte by byte.
type Path struct {
	Segments []string // decoded; empty for the root
	Slash    bool     // the client wrote a trailing slash
}

// ParsePath decodes an escaped absolute path once. It refuses `.` and `..`, empty segments, NUL and control
// bytes, backslashes, encoded slashes, invalid UTF-8 and names over MaxSegmentBytes.
func ParsePath(escaped string) (Path, error) {
	if !strings.HasPrefix(escaped, "/") {
		return Path{}, ErrBadPath
	}
	rest := escaped[1:]
	if rest == "" {
		return Path{Slash: true}, nil
	}
	var p Path
	if strings.HasSuffix(rest, "/") {
		p.Slash, rest = true, rest[:len(rest)-1]
	}
	count := strings.Count(rest, "/") + 1
	if count > MaxSegments {
		return Path{}, ErrBadPath
	}
	p.Segments = make([]string, 0, count)
	for more := true; more; {
		var segment string
		segment, rest, more = strings.Cut(rest, "/")
		name, err := decodeSegment(segment)
		if err != nil {
			return Path{}, err
		}
		p.Segments = append(p.Segments, name)
	}
	return p, nil
}

func decodeSegment(escaped string) (string, error) {
	name := escaped
	if strings.IndexByte(escaped, '%') >= 0 {
		var err error
		if name, err = url.PathUnescape(escaped); err != nil {
			return "", ErrBadPath
		}
	}
	if !ValidSegment(name) {
		return "", ErrBadPath
	}
	return name, nil
}

// ValidSegment tells whether a decoded name may name a resource.
func ValidSegment(name string) bool {
	if name == "" || name == "." || name == ".." || len(name) > MaxSegmentBytes || !utf8.ValidString(name) {
		return false
	}
	for i := 0; i < len(name); i++ {
		if c := name[i]; c < 0x20 || c == 0x7f || c == '/' || c == '\\' {
			return false
		}
	}
	return true
}

// Name is the last segment, or "" for the root.
func (p Path) Name() string {
	if len(p.Segments) == 0 {
		return ""
	}
	return p.Segments[len(p.Segments)-1]
}

// Parent is the path of the collection above, with its slash; the root is its own parent.
func (p Path) Parent() Path {
	if len(p.Segments) == 0 {
		return p
	}
	return Path{Segments: p.Segments[: len(p.Segments)-1 : len(p.Segments)-1], Slash: true}
}

// Child is the path of a member.
func (p Path) Child(name string) Path {
	segments := make([]string, 0, len(p.Segments)+1)
	return Path{Segments: append(append(segments, p.Segments...), name)}
}

// Href is the canonical spelling: absolute, escaped, with a trailing slash as in p.
func (p Path) Href() string {
	b := make([]byte, 0, 128)
	for _, s := range p.Segments {
		b = AppendSegment(append(b, '/'), s)
	}
	if p.Slash || len(p.Segments) == 0 {
		b = append(b, '/')
	}
	return string(b)
}

// Equal tells whether both name the same resource: a trailing slash makes no difference.
func (p Path) Equal(q Path) bool { return len(p.Segments) == len(q.Segments) && p.Within(q) }

// Within tells whether p is q or lies below it.
func (p Path) Within(q Path) bool {
	if len(p.Segments) < len(q.Segments) {
		return false
	}
	for i, s := range q.Segments {
		if p.Segments[i] != s {
			return false
		}
	}
	return true
}

// EscapeSegment gives the one spelling of a name in an href. It escapes all but the unreserved
// characters of RFC 3986 §2.3 and parentheses, as most CalDAV servers do: clients compare hrefs as strings.
func EscapeSegment(name string) string {
	for i := 0; i < len(name); i++ {
		if !unescaped[name[i]] {
			return string(AppendSegment(nil, name))
		}
	}
	return name
}

// AppendSegment appends what EscapeSegment gives. It needs no escape in XML.
func AppendSegment(b []byte, name string) []byte {
	const hex = "0123456789ABCDEF"
	from := 0
	for i := 0; i < len(name); i++ {
		if c := name[i]; !unescaped[c] {
			b = append(b, name[from:i]...)
			b = append(b, '%', hex[c>>4], hex[c&15])
			from = i + 1
		}
	}
	return append(b, name[from:]...)
}

// unescaped marks the characters that stand for themselves in an href.
var unescaped = func() (t [256]bool) {
	for c := range t {
		t[c] = 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
	}
	for _, c := range "-._~()" {
		t[c] = true
	}
	return t
}()

// slashless is an href without its trailing slash, to compare resources by.
func slashless(href string) string {
	if len(href) > 1 {
		return strings.TrimSuffix(href, "/")
	}
	return href
}
