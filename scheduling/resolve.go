package scheduling

import (
	"context"
	"strings"

	"convoke/scheduling/itip"
	"convoke/storage"
)

// Standing is what a calendar user address is to this server.
type Standing int

// The standings of an address.
const (
	Unknown Standing = iota // in a domain wholly ours (or no mail address at all), but nobody: 3.7
	Outside                 // somebody elsewhere, reached by mail if at all
	Local                   // a principal of this server
)

// Resolve tells who a calendar user address is: mailto in any spelling, urn:uuid, or the
// path of a principal (RFC 6638 §2.4.1). The principal is nil unless the address is Local.
func (s *Service) Resolve(ctx context.Context, address string) (*storage.Principal, Standing) {
	return s.resolve(ctx, s.store, address)
}

// resolve is Resolve by whatever knows the principals.
func (s *Service) resolve(ctx context.Context, from principals, address string) (*storage.Principal, Standing) {
	a := itip.Normalize(address)
	if p := principal(ctx, from, a); p != nil {
		return p, Local
	}
	domain := a.Domain()
	if domain == "" || s.exclusive[domain] {
		return nil, Unknown
	}
	return nil, Outside
}

// principals is what both a store and a transaction know of principals.
type principals interface {
	Principal(ctx context.Context, id int64) (*storage.Principal, error)
	PrincipalByName(ctx context.Context, name string) (*storage.Principal, error)
	PrincipalByAddress(ctx context.Context, address string) (*storage.Principal, error)
}

// resolution is what Resolve says of an address.
type resolution struct {
	principal *storage.Principal
	standing  Standing
}

// resolve is Service.Resolve inside the transaction, once for each address.
func (w *writing) resolve(address itip.Address) (*storage.Principal, Standing) {
	r, ok := w.standing[address]
	if !ok {
		r.principal, r.standing = w.s.resolve(w.ctx, w.tx, string(address))
		if w.standing == nil {
			w.standing = map[itip.Address]resolution{}
		}
		w.standing[address] = r
	}
	return r.principal, r.standing
}

// principal finds the local principal of a normalised address inside the transaction, or nil.
func (w *writing) principal(a itip.Address) *storage.Principal { return principal(w.ctx, w.tx, a) }

// principal finds the local principal of a normalised address, or nil.
func principal(ctx context.Context, from principals, a itip.Address) *storage.Principal {
	if name, ok := principalName(string(a)); ok {
		p, err := from.PrincipalByName(ctx, name)
		if err != nil {
			return nil
		}
		return p
	}
	p, err := from.PrincipalByAddress(ctx, string(a))
	if err != nil {
		if plain := WithoutDetail(a); plain != a {
			p, err = from.PrincipalByAddress(ctx, string(plain))
		}
	}
	if err != nil {
		return nil
	}
	return p
}

// WithoutDetail takes the subaddress out of an address, user+detail@domain, which mail servers deliver to the user
// (RFC 5233 §3). A principal that has the whole as its address comes first.
func WithoutDetail(a itip.Address) itip.Address {
	at := strings.LastIndexByte(string(a), '@')
	if plus := strings.IndexByte(string(a), '+'); strings.HasPrefix(string(a), "mailto:") && plus > len("mailto:") && plus < at {
		return a[:plus] + a[at:]
	}
	return a
}

// principalName takes the name out of a principal path, …/principals/KIND/NAME.
func principalName(address string) (string, bool) {
	if !strings.HasPrefix(address, "/") {
		return "", false
	}
	_, rest, found := strings.Cut(address, "/principals/")
	if !found {
		return "", false
	}
	kind, name, found := strings.Cut(rest, "/")
	switch kind {
	case "users", "groups", "resources":
		return name, found && name != "" && !strings.Contains(name, "/")
	}
	return "", false
}

// canonicalOf is the one address by which itip knows a principal.
func canonicalOf(p *storage.Principal) itip.Address {
	if len(p.Addresses) > 0 {
		return itip.Normalize(p.Addresses[0])
	}
	return itip.Address("urn:uuid:" + strings.ToLower(p.UUID))
}

// Address gives the calendar user address of a principal as an object should spell it.
func Address(p *storage.Principal) string { return string(canonicalOf(p)) }

// world tells itip about the owner of an object; it remembers addresses for one call.
func (s *Service) world(ctx context.Context, from principals, owner *storage.Principal) *itip.World {
	world := s.worldKnowing(ctx, from, owner, map[itip.Address]itip.Address{})
	world.Spellings = map[string]itip.Address{}
	return world
}

// worldKnowing is world with the memory of addresses that others use as well.
func (s *Service) worldKnowing(ctx context.Context, from principals, owner *storage.Principal, known map[itip.Address]itip.Address) *itip.World {
	return &itip.World{
		Self: []itip.Address{canonicalOf(owner)},
		Canonical: func(a itip.Address) itip.Address {
			if c, ok := known[a]; ok {
				return c
			}
			c := a
			if p := principal(ctx, from, a); p != nil {
				c = canonicalOf(p)
			}
			known[a] = c
			return c
		},
		Now:     s.now(),
		Product: Product,
		OutsideAnswers: func(a itip.Address) bool {
			if s.options.MailIn {
				return false
			}
			_, standing := s.resolve(ctx, from, string(a))
			return standing == Outside
		},
	}
}

// Product is the PRODID of what the server itself writes.
const Product = "-//Convoke//Convoke//EN"
