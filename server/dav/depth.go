package dav

import (
	"errors"
	"net/http"
	"strings"
)

// Depth is the Depth header.
type Depth uint8

// The depths. DepthAbsent is what a request without the header has.
const (
	DepthAbsent Depth = iota
	Depth0
	Depth1
	DepthInfinity
)

// ParseDepth reads the Depth header; anything but 0, 1 and infinity is a 400. RFC 4918 §10.2.
func ParseDepth(h http.Header) (Depth, error) {
	v := h["Depth"]
	if len(v) == 0 {
		return DepthAbsent, nil
	}
	switch s := strings.TrimSpace(v[0]); {
	case len(v) > 1:
	case s == "0":
		return Depth0, nil
	case s == "1":
		return Depth1, nil
	case strings.EqualFold(s, "infinity"):
		return DepthInfinity, nil
	}
	return DepthAbsent, Status(http.StatusBadRequest, errors.New("bad Depth header"))
}
