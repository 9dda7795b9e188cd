package dav

import "net/http"

// Prefer is what a client prefers, RFC 7240, RFC 8144; `Brief: t` of older clients counts as return=minimal.
type Prefer struct {
	Minimal        bool // return=minimal
	Representation bool // return=representation
	NoRoot         bool // depth-noroot
}

// ParsePrefer reads the Prefer and Brief headers.
func ParsePrefer(h http.Header) Prefer {
	var p Prefer
	return p
}
