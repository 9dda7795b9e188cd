package scheduling

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"convoke/internal/icalendar"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// readdress gives the role that an owner has in an object with the addresses of to, and its Schedule-Tag: what takes
// part in scheduling has one (RFC 6638 §3.2.10).
func (s *Service) readdress(tx *storage.Tx, from, to *storage.Principal, m *storage.Member, data []byte) (role, tag string) {
	if !mentions(data, from, to) {
		return m.Role, m.ScheduleTag
	}
	o, err := icalendar.Parse(bytes.Clone(data))
	if err != nil {
		return m.Role, m.ScheduleTag // check tells of it
	}
	is, _, err := itip.RoleOf(o, s.world(context.Background(), tx, to))
	if err != nil {
		is = itip.None // as a lenient import stores it
	}
	tag = m.ScheduleTag
	if is != itip.None && tag == "" {
		tag = newTag()
	}
	return string(is), tag
}

// mentions tells quickly whether bytes may name an organizer, and an address that one of two states of a principal has
// and the other has not.
func mentions(data []byte, from, to *storage.Principal) bool {
	lower := bytes.ToLower(data)
	for _, fold := range []string{"\r\n ", "\r\n\t", "\n ", "\n\t"} {
		if bytes.Contains(lower, []byte(fold)) {
			lower = bytes.ReplaceAll(lower, []byte(fold), nil)
		}
	}
	if !bytes.Contains(lower, []byte("organizer")) {
		return false
	}
	if bytes.IndexByte(lower, '%') >= 0 { // an address may be written in escapes (RFC 6068 §2)
		return true
	}
	for _, one := range [][2]*storage.Principal{{from, to}, {to, from}} {
		for _, a := range one[0].Addresses {
			if slices.Contains(one[1].Addresses, a) {
				continue
			}
			bare := strings.TrimPrefix(a, "mailto:")
			if strings.ContainsFunc(bare, func(r rune) bool { return r >= 0x80 }) || bytes.Contains(lower, []byte(bare)) {
				return true
			}
			if local, _, _ := strings.Cut(bare, "@"); bytes.Contains(lower, []byte(local+"+")) { // with a subaddress
				return true
			}
		}
	}
	return false
}
