package dav

import (
	"net/http"
	"strings"
)

// Prefer is what a client prefers, RFC 7240, RFC 8144; `Brief: t` of older clients counts as return=minimal.
type Prefer struct {
	Minimal        bool // return=minimal
	Representation bool // return=representation
	NoRoot         bool // depth-noroot
}

// ParsePrefer reads the Prefer and Brief headers. Of a preference given twice the first counts (RFC 7240 §2);
// unknown ones are ignored.
func ParsePrefer(h http.Header) Prefer {
	var p Prefer
	returns := false
	for _, line := range h["Prefer"] {
		for line != "" {
			var one string
			one, line, _ = strings.Cut(line, ",")
			one, _, _ = strings.Cut(one, ";") // parameters
			name, value, _ := strings.Cut(one, "=")
			name, value = strings.TrimSpace(name), strings.Trim(strings.TrimSpace(value), `"`)
			switch {
			case strings.EqualFold(name, "return") && !returns:
				p.Minimal, p.Representation = value == "minimal", value == "representation"
				returns = p.Minimal || p.Representation
			case strings.EqualFold(name, "return-minimal") && !returns: // before RFC 7240
				p.Minimal, returns = true, true
			case strings.EqualFold(name, "depth-noroot"):
				p.NoRoot = true
			}
		}
	}
	if b := h["Brief"]; len(b) > 0 && strings.EqualFold(strings.TrimSpace(b[0]), "t") && !returns {
		p.Minimal = true
	}
	return p
}

// applied tells the client which preferences were honoured.
func applied(h http.Header, what string) {
	if prior := h.Get("Preference-Applied"); prior != "" {
		what = prior + ", " + what
	}
	h.Set("Preference-Applied", what)
}
