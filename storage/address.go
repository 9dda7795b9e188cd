package storage

import (
	"net/url"
	"strings"

	"golang.org/x/text/cases"
)

// NormalizeAddress gives the form in which calendar user addresses are compared
// (RFC 6638 §2.4.1): mailto: percent-decoded and case-folded (a departure from RFC 5321 §2.4,
// where the local part may tell cases apart: no calendar does), urn:uuid: lower-cased,
// a bare address taken as mailto:. Anything else comes back trimmed. Paths of principals
// are resolved above storage.
func NormalizeAddress(address string) string {
	address = strings.TrimSpace(address)
	if n := len("mailto:"); len(address) >= n && strings.EqualFold(address[:n], "mailto:") {
		address = address[n:]
	} else if n := len("urn:uuid:"); len(address) >= n && strings.EqualFold(address[:n], "urn:uuid:") {
		return strings.ToLower(address)
	} else if strings.Contains(address, ":") || strings.HasPrefix(address, "/") || !strings.Contains(address, "@") {
		return address
	}
	address, _, _ = strings.Cut(address, "?") // header fields, RFC 6068 §2
	if decoded, err := url.PathUnescape(address); err == nil {
		address = decoded
	}
	return "mailto:" + fold(strings.TrimSpace(address))
}

// fold is the case folding of Unicode, quick for ASCII.
func fold(s string) string {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return cases.Fold().String(s)
		}
	}
	return strings.ToLower(s)
}
