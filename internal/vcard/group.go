package vcard

import "strings"

// Apple's names for KIND and MEMBER in vCard 3.0.
const (
	appleKind   = "X-ADDRESSBOOKSERVER-KIND"
	appleMember = "X-ADDRESSBOOKSERVER-MEMBER"
)

// Kind gives the kind of the card in lower case, "individual" where nothing is
// said (RFC 6350 §6.1.4), in either spelling.
func (c *Card) Kind() string {
	for p := range c.All() {
		if p.Name == "KIND" || p.Name == appleKind {
			if k := strings.ToLower(strings.TrimSpace(p.Text())); k != "" {
				return k
			}
		}
	}
	return "individual"
}

// IsGroup says whether the card is a list of others.
func (c *Card) IsGroup() bool { return c.Kind() == "group" }

// Members gives the members of a group as they stand there, most of them
// "urn:uuid:…", in either spelling and with those that do not resolve.
func (c *Card) Members() []string {
	var list []string
	for p := range c.All() {
		if p.Name == "MEMBER" || p.Name == appleMember {
			if v := strings.TrimSpace(p.Value()); v != "" {
				list = append(list, v)
			}
		}
	}
	return list
}

// HasMember says whether a group lists the card with that UID. DAVx5 writes
// "urn:uuid:" before UIDs that are no UUIDs too, so the prefix does not count.
func (c *Card) HasMember(uid string) bool {
	uid = bareUID(uid)
	for _, m := range c.Members() {
		if strings.EqualFold(bareUID(m), uid) {
			return true
		}
	}
	return false
}

func bareUID(s string) string {
	const prefix = "urn:uuid:"
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):]
	}
	return s
}

// Emails gives the e-mail addresses, preferred ones first.
func (c *Card) Emails() []string {
	var first, rest []string
	for p := range c.Named("EMAIL") {
		v := strings.TrimSpace(p.Text())
		if v == "" {
			continue
		}
		if p.Preferred() {
			first = append(first, v)
		} else {
			rest = append(rest, v)
		}
	}
	return append(first, rest...)
}
