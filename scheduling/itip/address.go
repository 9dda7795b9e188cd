package itip

import (
	"net/url"
	"strings"
)

// Address is a calendar user address in its normal spelling (RFC 6638 §2.4.1): see [Normalize].
type Address string

// Normalize gives the spelling by which calendar user addresses are compared: blanks
// around it are dropped, percent-encoding is decoded once, and the scheme and all of a
// mailto or urn:uuid are folded to lower case. Anything without a scheme that holds "@"
// is taken as a mail address (some clients leave out "mailto:"). Paths keep their case
// and lose a trailing slash and, if absolute http URLs, their authority.
func Normalize(address string) Address {
	s := strings.TrimSpace(address)
	if strings.ContainsRune(s, '%') {
		if plain, err := url.PathUnescape(s); err == nil {
			s = plain
		}
	}
	scheme, rest, found := strings.Cut(s, ":")
	switch {
	case found && strings.EqualFold(scheme, "mailto"):
		return Address(lower("mailto:" + strings.TrimSpace(rest)))
	case found && strings.EqualFold(scheme, "urn"):
		return Address(lower(s))
	case found && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")):
		rest = strings.TrimPrefix(rest, "//")
		if slash := strings.IndexByte(rest, '/'); slash >= 0 {
			return Address(strings.TrimSuffix(rest[slash:], "/"))
		}
		return Address(lower(s))
	case !found && strings.ContainsRune(s, '@'):
		return Address(lower("mailto:" + s))
	case strings.HasPrefix(s, "/"):
		return Address(strings.TrimSuffix(s, "/"))
	}
	return Address(s)
}

// lower folds a string without allocating when there is nothing to fold.
func lower(s string) string { return strings.ToLower(s) }

// Domain gives the lower-case domain of a mailto address, or "".
func (a Address) Domain() string {
	mail, ok := strings.CutPrefix(string(a), "mailto:")
	if !ok {
		return ""
	}
	if at := strings.LastIndexByte(mail, '@'); at >= 0 {
		return mail[at+1:]
	}
	return ""
}

// canonical is the address by which the world knows the spelled one.
func (w *World) canonical(spelled string) Address {
	a, known := w.Spellings[spelled]
	if known {
		return a
	}
	if a = Normalize(spelled); w.Canonical != nil {
		a = w.Canonical(a)
	}
	if w.Spellings != nil {
		w.Spellings[spelled] = a
	}
	return a
}

// isSelf tells whether the canonical address is the owner's.
func (w *World) isSelf(a Address) bool {
	for _, self := range w.Self {
		if self == a {
			return true
		}
	}
	return false
}
