package outward

import (
	"net"
	"net/netip"
	"slices"
)

// reserved are the networks that are not of the public internet (the special-purpose registries of RFC 6890), beside
// all of IPv6 outside of 2000::/3: loopback, private, link-local, shared, documentation, multicast and so on. The
// addresses at which clouds tell their secrets are link-local or private ones.
var reserved = networks(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
	"192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
	"224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
)

var (
	global = netip.MustParsePrefix("2000::/3")
	nat64  = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052 §2.1: an IPv4 address in the last 32 bits
)

func networks(list ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(list))
	for i, s := range list {
		all[i] = netip.MustParsePrefix(s)
	}
	return all
}

// public tells an address of the public internet.
func public(a netip.Addr) bool {
	if a.Is6() && !global.Contains(a.WithZone("")) { // IPv4 in an IPv6 coat is among these
		return false
	}
	return a.IsValid() && !within(reserved, a)
}

func within(list []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(a) })
}

// permitted tells whether an address may be called: a public one, or one of a network that is allowed by name, and never one of
// this server itself.
func (c *Client) permitted(to netip.AddrPort) bool {
	a := to.Addr()
	if a.Zone() != "" || c.own(netip.AddrPortFrom(a.Unmap(), to.Port())) {
		return false
	}
	switch {
	case public(a):
		return true
	case !within(c.o.Networks, a):
		return false
	case nat64.Contains(a): // allowed as a way to IPv4, not to what IPv4 hides
		b := a.As16()
		inner := netip.AddrFrom4([4]byte(b[12:]))
		return public(inner) || within(c.o.Networks, inner)
	}
	return true
}

// own tells whether this server itself listens there.
func (c *Client) own(to netip.AddrPort) bool {
	if c.o.Own == nil {
		return false
	}
	for _, at := range c.o.Own() {
		if at.Port() != to.Port() {
			continue
		}
		if a := at.Addr().Unmap(); a == to.Addr() || a.IsUnspecified() && ofThisMachine(to.Addr()) {
			return true
		}
	}
	return false
}

// ofThisMachine tells an address of one of our interfaces; loopback is, where they cannot be listed.
func ofThisMachine(a netip.Addr) bool {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return a.IsLoopback()
	}
	return a.IsLoopback() || slices.ContainsFunc(list, func(n net.Addr) bool {
		p, err := netip.ParsePrefix(n.String())
		return err == nil && p.Addr().Unmap() == a
	})
}
