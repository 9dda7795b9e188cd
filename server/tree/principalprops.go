package tree

import (
	"context"
	"encoding/xml"
	"errors"
	"slices"
	"strings"

	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/storage"
)

// principalRows are the properties of principals that concern neither door.
var principalRows = dav.Props[*Principal]{
	{Name: davxml.DisplayName, Get: func(p *Principal, v *dav.Value) error { v.W.Text(shown(p.P)); return nil }},
	{Name: davxml.CreationDate, Get: func(p *Principal, v *dav.Value) error { return writeDate(v, p.P.Created) }},
	{Name: davxml.PrincipalURL, Get: principalURL, Asked: true},                                                                      // RFC 3744 §4.2
	{Name: davxml.AlternateURISet, Get: alternateURIs, Asked: true},                                                                  // RFC 3744 §4.1
	{Name: davxml.GroupMemberSet, Get: groupMembers, Asked: true},                                                                    // RFC 3744 §4.3
	{Name: davxml.GroupMembership, Get: groupMembership, Asked: true},                                                                // RFC 3744 §4.4
	{Name: cs("expanded-group-member-set"), Get: expandedMembers, Asked: true},                                                       // Apple
	{Name: cs("expanded-group-membership"), Get: expandedMembership, Asked: true},                                                    // Apple
	{Name: cs("email-address-set"), Get: emailAddresses, Asked: true},                                                                // caldav-sharing; Apple
	{Name: davxml.NotificationURL, Get: notificationURL, Asked: true},                                                                // caldav-notifications §4.1.1
	{Name: cs("record-type"), Get: recordType, Asked: true},                                                                          // Apple
	{Name: cs("calendar-proxy-read-for"), Get: func(p *Principal, v *dav.Value) error { return proxyFor(p, v, false) }, Asked: true}, // caldav-proxy §5.3.1
	{Name: cs("calendar-proxy-write-for"), Get: func(p *Principal, v *dav.Value) error { return proxyFor(p, v, true) }, Asked: true}, // caldav-proxy §5.3.2
}

// proxyRows are the properties of the proxy principals.
var proxyRows = dav.Props[*Proxy]{
	{Name: davxml.DisplayName, Get: func(x *Proxy, v *dav.Value) error { v.W.Text(x.name()); return nil }},
	{Name: davxml.PrincipalURL, Get: func(x *Proxy, v *dav.Value) error { v.W.Href(x.Href()); return nil }, Asked: true},
	{Name: davxml.GroupMemberSet, Get: proxyMembers, Set: (*Proxy).setMembers, Asked: true},
	{Name: cs("record-type"), Get: proxyRecordType, Asked: true}, // Apple
	{Name: davxml.GroupMembership, Get: func(*Proxy, *dav.Value) error { return nil }, Asked: true},
	{Name: davxml.AlternateURISet, Get: func(*Proxy, *dav.Value) error { return nil }, Asked: true},
}

func cs(local string) xml.Name { return xml.Name{Space: davxml.CS, Local: local} }

func principalURL(p *Principal, v *dav.Value) error {
	v.W.Href(p.Href())
	return nil
}

func alternateURIs(p *Principal, v *dav.Value) error {
	v.W.Href("urn:uuid:" + p.P.UUID)
	for _, a := range p.P.Addresses {
		v.W.Href(a)
	}
	return nil
}

// hrefs writes the principals with these ids, leaving out those removed meanwhile.
func (t *Tree) hrefs(ctx context.Context, w *davxml.Writer, ids []int64, suffix string) {
	for _, id := range ids {
		if p, err := t.Store.Principal(ctx, id); err == nil {
			w.Href(PrincipalHref(p) + suffix)
		}
	}
}

func groupMembers(p *Principal, v *dav.Value) error {
	if p.P.Kind != storage.KindGroup {
		return nil // an empty set: RFC 3744 §4.3 has it on every principal
	}
	ids, err := p.Tree.Store.GroupMembers(v.Ctx, p.P.ID)
	p.Tree.hrefs(v.Ctx, v.W, ids, "")
	return err
}

// expandedMembers are the members of a group and of the groups in it.
func expandedMembers(p *Principal, v *dav.Value) error {
	var all []int64
	groups, seen := []int64{p.P.ID}, map[int64]bool{p.P.ID: true}
	for i := 0; i < len(groups); i++ {
		ids, err := p.Tree.Store.GroupMembers(v.Ctx, groups[i])
		if err != nil {
			return err
		}
		for _, id := range ids {
			if seen[id] {
				continue
			}
			seen[id] = true
			all = append(all, id)
			if member, err := p.Tree.Store.Principal(v.Ctx, id); err == nil && member.Kind == storage.KindGroup {
				groups = append(groups, id)
			}
		}
	}
	p.Tree.hrefs(v.Ctx, v.W, all, "")
	return nil
}

// groupMembership are the groups "in which the principal is directly a member" (RFC 3744 §4.4).
func groupMembership(p *Principal, v *dav.Value) error {
	all, err := p.Tree.Store.Memberships(v.Ctx, p.P.ID)
	if err != nil {
		return err
	}
	var direct []int64
	for _, group := range all {
		members, err := p.Tree.Store.GroupMembers(v.Ctx, group)
		if err != nil {
			return err
		}
		if slices.Contains(members, p.P.ID) {
			direct = append(direct, group)
		}
	}
	return p.memberships(v, direct)
}

// expandedMembership are the groups that the principal is in, directly or through groups.
func expandedMembership(p *Principal, v *dav.Value) error {
	all, err := p.Tree.Store.Memberships(v.Ctx, p.P.ID)
	if err != nil {
		return err
	}
	return p.memberships(v, all)
}

// memberships writes groups, and those of proxies that the principal is in.
func (p *Principal) memberships(v *dav.Value, ids []int64) error {
	proxies, err := p.proxyFor(v.Ctx)
	if err != nil {
		return err
	}
	p.Tree.hrefs(v.Ctx, v.W, ids, "")
	p.Tree.hrefs(v.Ctx, v.W, proxies.Read, proxyRead+"/")
	p.Tree.hrefs(v.Ctx, v.W, proxies.Write, proxyWrite+"/")
	return nil
}

// EscapeAddress makes a URI of a normalised address (RFC 6068 §2): only what a URI cannot hold is escaped.
func EscapeAddress(a string) string {
	if !strings.ContainsAny(a, " %<>\"`{}|\\^#?") {
		return a
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(a); i++ {
		if c := a[i]; strings.IndexByte(" %<>\"`{}|\\^#?", c) >= 0 {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func emailAddresses(p *Principal, v *dav.Value) error {
	for _, a := range p.P.Addresses {
		if mail, ok := strings.CutPrefix(a, "mailto:"); ok {
			v.W.Elem(cs("email-address"), mail)
		}
	}
	return nil
}

func recordType(p *Principal, v *dav.Value) error {
	switch p.P.Kind {
	case storage.KindGroup:
		v.W.Text("groups")
	case storage.KindRoom:
		v.W.Text("locations")
	case storage.KindResource:
		v.W.Text("resources")
	default:
		v.W.Text("users")
	}
	return nil
}

func proxyFor(p *Principal, v *dav.Value, write bool) error {
	proxies, err := p.proxyFor(v.Ctx)
	if err != nil {
		return err
	}
	if write {
		p.Tree.hrefs(v.Ctx, v.W, proxies.Write, "")
	} else {
		p.Tree.hrefs(v.Ctx, v.W, proxies.Read, "")
	}
	return nil
}

// proxyFor gives for whom the principal acts, as far as the asker may know it: who asks about themselves all, others
// those whose delegates they may know.
func (p *Principal) proxyFor(ctx context.Context) (storage.Proxies, error) {
	all, err := p.Tree.Store.ProxyFor(ctx, p.P.ID)
	if err != nil || p.Who != nil && p.Who.ID == p.P.ID {
		return all, err
	}
	var known storage.Proxies
	for _, list := range []struct {
		from []int64
		to   *[]int64
	}{{all.Read, &known.Read}, {all.Write, &known.Write}} {
		for _, id := range list.from {
			owner, err := p.Tree.Store.Principal(ctx, id)
			if errors.Is(err, storage.ErrNotFound) {
				continue
			}
			if err != nil {
				return known, err
			}
			if knows, err := p.Tree.knowsDelegates(ctx, p.Who, owner); err != nil {
				return known, err
			} else if knows {
				*list.to = append(*list.to, id)
			}
		}
	}
	return known, nil
}

// proxyMembers tells who delegates to whom, which is not everybody's business.
func proxyMembers(x *Proxy, v *dav.Value) error {
	knows, err := x.Of.Tree.knowsDelegates(v.Ctx, x.Of.Who, x.Of.P)
	if err != nil {
		return err
	}
	if !knows {
		return hidden(x.Href())
	}
	ids, err := x.ids(v.Ctx)
	if err != nil {
		return err
	}
	x.Of.Tree.hrefs(v.Ctx, v.W, ids, "")
	return nil
}

func proxyRecordType(x *Proxy, v *dav.Value) error {
	if x.Write {
		v.W.Text("write-delegate-group")
	} else {
		v.W.Text("read-delegate-group")
	}
	return nil
}
