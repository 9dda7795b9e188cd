package tree

import (
	"strings"

	"convoke/server/dav"
	"convoke/storage"
)

// The fixed part of the paths, the same for every installation.
const (
	Root           = "/dav/"
	PrincipalsHref = "/dav/principals/"
)

// The collections of principals below PrincipalsHref.
const (
	users     = "users"
	groups    = "groups"
	resources = "resources"
)

// The proxy principals below a principal (caldav-proxy §5.2).
const (
	proxyRead  = "calendar-proxy-read"
	proxyWrite = "calendar-proxy-write"
)

// principalSet is the collection in which principals of a kind are found.
func principalSet(kind string) string {
	switch kind {
	case storage.KindGroup:
		return groups
	case storage.KindRoom, storage.KindResource:
		return resources
	}
	return users
}

// PrincipalHref is the href of a principal.
func PrincipalHref(p *storage.Principal) string {
	return PrincipalsHref + principalSet(p.Kind) + "/" + dav.EscapeSegment(p.Name) + "/"
}

// HomeHref is the href of a principal's home: storage.Calendars or storage.AddressBooks.
func HomeHref(home string, p *storage.Principal) string {
	return Root + home + "/" + dav.EscapeSegment(p.Name) + "/"
}

// ParsePrincipal reads the path of a principal: its set and its name, and for one of its proxy principals which.
func parsePrincipal(segments []string) (set, name, proxy string, ok bool) {
	if len(segments) < 4 || len(segments) > 5 || segments[0] != "dav" || segments[1] != "principals" {
		return "", "", "", false
	}
	if len(segments) == 5 {
		proxy = segments[4]
		if proxy != proxyRead && proxy != proxyWrite {
			return "", "", "", false
		}
	}
	return segments[2], segments[3], proxy, true
}

// childHref is the href of a member of a collection.
func childHref(parent, name string, collection bool) string {
	var b strings.Builder
	escaped := dav.EscapeSegment(name)
	b.Grow(len(parent) + len(escaped) + 1)
	b.WriteString(parent)
	b.WriteString(escaped)
	if collection {
		b.WriteByte('/')
	}
	return b.String()
}
