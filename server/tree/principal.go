package tree

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"

	"convoke/server"
	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/storage"
)

// Principal is the resource of a principal (RFC 3744 §2). It is a collection of its two proxy principals, as
// caldav-proxy §5.2 wants it.
type Principal struct {
	Tree *Tree
	P    *storage.Principal
	Who  *storage.Principal
}

// HasPrincipal is what stands for a principal; property rows of doors speak of it.
type HasPrincipal interface{ BasePrincipal() *Principal }

// BasePrincipal gives the principal itself.
func (p *Principal) BasePrincipal() *Principal { return p }

// Href is the canonical href.
func (p *Principal) Href() string { return PrincipalHref(p.P) }

// Kind is that of principals.
func (p *Principal) Kind() *dav.Kind { return p.Tree.kinds.principal }

// Allow lets everybody with an account read, and the principal and administrators write.
func (p *Principal) Allow(_ context.Context, need dav.Privilege) error {
	return allow(directoryPrivileges(p.Who, p.P), need, p.Href())
}

// Privileges are those of the asker.
func (p *Principal) Privileges(context.Context) (dav.PrivilegeSet, error) {
	return directoryPrivileges(p.Who, p.P), nil
}

// Owner is the principal itself.
func (p *Principal) Owner(context.Context) (string, error) { return p.Href(), nil }

// ACL tells who may read and write the principal.
func (p *Principal) ACL(context.Context) ([]dav.ACE, error) {
	return []dav.ACE{
		{Who: dav.WhoSelf, Privileges: dav.All, Protected: true},
		{Who: dav.WhoAuthenticated, Privileges: dav.Read | dav.ReadPrivileges, Protected: true},
	}, nil
}

// SetACL refuses: all entries are protected.
func (p *Principal) SetACL(context.Context, []dav.ACE, *dav.Preconditions) error {
	return dav.Status(403, nil)
}

// Members are the proxy principals, where there is somebody to act for.
func (p *Principal) Members(context.Context) iter.Seq2[dav.Resource, error] {
	return func(yield func(dav.Resource, error) bool) {
		if p.P.Kind != storage.KindGroup && yield(&Proxy{Of: p}, nil) {
			yield(&Proxy{Of: p, Write: true}, nil)
		}
	}
}

// Content tells people who look with a browser or a shell what there is; clients ask for properties.
func (p *Principal) Content(context.Context) (*dav.Content, error) {
	var b bytes.Buffer
	line := func(what, value string) { fmt.Fprintf(&b, "%-16s %s\n", what, value) }
	line("principal", p.Href())
	line("kind", p.P.Kind)
	if p.P.Kind != storage.KindGroup {
		line("calendars", HomeHref(storage.Calendars, p.P))
		line("addressbooks", HomeHref(storage.AddressBooks, p.P))
		for _, x := range []Proxy{{Of: p}, {Of: p, Write: true}} {
			line("assistants", x.Href())
		}
	}
	line("search", PrincipalsHref)
	return &dav.Content{Type: "text/plain; charset=utf-8", ETag: storage.ETag(b.Bytes()), Data: b.Bytes()}, nil
}

func (p *Principal) ref() storage.Ref { return storage.Ref{Kind: storage.RefPrincipal, ID: p.P.ID} }

// DeadProperties are those of the principal: settings of clients, which are nobody else's business.
func (p *Principal) DeadProperties(ctx context.Context) ([]dav.DeadProperty, error) {
	if !directoryPrivileges(p.Who, p.P).Has(dav.WriteProperties) {
		return nil, nil
	}
	return p.Tree.deadProperties(ctx, p.ref(), 0)
}

// ApplyPatch commits dead properties.
func (p *Principal) ApplyPatch(ctx context.Context, dead []dav.DeadChange, ifs *dav.Preconditions) error {
	return p.Tree.patchDead(ctx, p.ref(), dead, ifs)
}

// patchDead commits dead properties of what has nothing else to change.
func (t *Tree) patchDead(ctx context.Context, ref storage.Ref, dead []dav.DeadChange, ifs *dav.Preconditions) error {
	return Condition(t.Store.Update(ctx, server.ActorOf(ctx, "caldav"), func(tx *storage.Tx) error {
		if err := ifs.Check(t.Standing(ctx, tx)); err != nil {
			return err
		}
		return setDead(tx, ref, 0, dead)
	}))
}

// Proxy is one of the two groups of those who may act for a principal (caldav-proxy §5.2).
type Proxy struct {
	Of    *Principal
	Write bool

	members []int64 // staged
	staged  bool
}

func (x *Proxy) name() string {
	if x.Write {
		return proxyWrite
	}
	return proxyRead
}

// Href is the canonical href.
func (x *Proxy) Href() string { return x.Of.Href() + x.name() + "/" }

// Kind tells the two apart by their resource type.
func (x *Proxy) Kind() *dav.Kind {
	if x.Write {
		return x.Of.Tree.kinds.proxyWrite
	}
	return x.Of.Tree.kinds.proxyRead
}

// Allow is that of the principal it belongs to: it may change the members.
func (x *Proxy) Allow(_ context.Context, need dav.Privilege) error {
	return allow(directoryPrivileges(x.Of.Who, x.Of.P), need, x.Href())
}

// Privileges are those of the asker.
func (x *Proxy) Privileges(ctx context.Context) (dav.PrivilegeSet, error) {
	return x.Of.Privileges(ctx)
}

// Owner is the principal it belongs to.
func (x *Proxy) Owner(ctx context.Context) (string, error) { return x.Of.Owner(ctx) }

// ids are the members in force. Who decides for a room is one, by the room's booking and not by this list.
func (x *Proxy) ids(ctx context.Context) ([]int64, error) {
	p, err := x.Of.Tree.Store.Delegates(ctx, x.Of.P.ID)
	if !x.Write {
		return p.Read, err
	}
	ids := p.Write
	if b := x.Of.P.Booking; b != nil {
		ids = slices.Compact(slices.Sorted(slices.Values(slices.Concat(ids, b.Delegates))))
	}
	return ids, err
}

// setMembers stages DAV:group-member-set (RFC 3744 §4.3).
func (x *Proxy) setMembers(n *davxml.Node) error {
	x.staged, x.members = true, nil
	if n == nil {
		return nil
	}
	for _, href := range n.Hrefs() {
		p, err := x.Of.Tree.PrincipalAt(context.Background(), href)
		if err != nil || p.ID == x.Of.P.ID {
			return dav.Forbid(davxml.RecognizedPrincipal, err)
		}
		x.members = append(x.members, p.ID)
	}
	return nil
}

// ApplyPatch commits the staged members.
func (x *Proxy) ApplyPatch(ctx context.Context, dead []dav.DeadChange, ifs *dav.Preconditions) error {
	if len(dead) > 0 {
		return &dav.PropertyError{Name: dead[0].Name, Condition: dav.Status(403, nil)}
	}
	t := x.Of.Tree
	return Condition(t.Store.Update(ctx, server.ActorOf(ctx, "caldav"), func(tx *storage.Tx) error {
		if err := ifs.Check(t.Standing(ctx, tx)); err != nil || !x.staged {
			return err
		}
		p, err := tx.Delegates(ctx, x.Of.P.ID)
		if err != nil {
			return err
		}
		if x.Write {
			p.Write = slices.DeleteFunc(x.members, func(id int64) bool {
				return x.Of.P.Booking != nil && slices.Contains(x.Of.P.Booking.Delegates, id)
			})
		} else {
			p.Read = x.members
		}
		return tx.SetProxies(x.Of.P.ID, p)
	}))
}
