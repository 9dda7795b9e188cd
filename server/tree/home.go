package tree

import (
	"context"
	"encoding/xml"
	"errors"
	"iter"
	"net/http"
	"strings"

	"convoke/server/dav"
	"convoke/storage"
)

// Home is the collection of one principal's calendars or address books (RFC 4791 §6.2.1, RFC 6352 §7.1.1).
type Home struct {
	Tree    *Tree
	Name    string // storage.Calendars or storage.AddressBooks
	OwnedBy *storage.Principal
	Who     *storage.Principal
	Privs   dav.PrivilegeSet

	href string
}

// Href is the canonical href.
func (h *Home) Href() string { return h.href }

// Kind is that of the homes of this door.
func (h *Home) Kind() *dav.Kind { return h.Tree.kinds.homes[h.Name] }

// Allow judges a privilege.
func (h *Home) Allow(_ context.Context, p dav.Privilege) error { return allow(h.Privs, p, h.href) }

// Privileges are those of the asker.
func (h *Home) Privileges(context.Context) (dav.PrivilegeSet, error) { return h.Privs, nil }

// Owner is the href of the owner's principal.
func (h *Home) Owner(context.Context) (string, error) { return PrincipalHref(h.OwnedBy), nil }

// base stands for the home where a collection is expected: as the parent of drafts and transfers.
func (h *Home) base() *Collection {
	return &Collection{
		Tree: h.Tree, OwnedBy: h.OwnedBy, Who: h.Who, Privs: h.Privs, Door: h.Tree.doors[h.Name], href: h.href,
		C: &storage.Collection{OwnerID: h.OwnedBy.ID, Home: h.Name, Kind: storage.KindPlain},
	}
}

// ACL is fixed: the owner's, the proxies' and the administrators' entries.
func (h *Home) ACL(ctx context.Context) ([]dav.ACE, error) { return h.base().protected(ctx) }

// FixedACL tells that SetACL is not for homes.
func (h *Home) FixedACL() bool { return true }

// SetACL is not for homes: grants stand on the collections in them.
func (h *Home) SetACL(context.Context, []dav.ACE, *dav.Preconditions) error {
	return dav.Status(http.StatusMethodNotAllowed, nil)
}

// Members are the collections of the home.
func (h *Home) Members(ctx context.Context) iter.Seq2[dav.Resource, error] {
	return func(yield func(dav.Resource, error) bool) {
		all, err := h.Tree.Store.Collections(ctx, h.Name, h.OwnedBy.ID, 0)
		if err != nil {
			yield(nil, Condition(err))
			return
		}
		for _, c := range all {
			r, err := h.Tree.collection(ctx, h.Who, h.OwnedBy, c, h.href)
			if !yield(r, err) {
				return
			}
		}
		if !h.yieldShared(ctx, yield) {
			return
		}
		if v := h.Tree.doors[h.Name].Virtual; v != nil {
			for _, r := range v(h) {
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

func (h *Home) yieldShared(ctx context.Context, yield func(dav.Resource, error) bool) bool {
	shared, err := h.Shared(ctx)
	if err != nil {
		return yield(nil, Condition(err))
	}
	for _, c := range shared {
		view, err := h.sharedView(ctx, c)
		if err != nil {
			return yield(nil, err)
		}
		if !yield(view.wrap(), nil) {
			return false
		}
	}
	return true
}

// NewCollection begins a collection in the home.
func (h *Home) NewCollection(_ context.Context, name string, types []xml.Name, calendar bool) (dav.Draft, error) {
	base := h.base()
	base.href = childHref(h.href, name, true)
	if (!calendar && bare(types) || strings.Contains(name, sharedMark)) && h.reserved(name) {
		return nil, dav.Status(http.StatusForbidden, nil) // RFC 4918 §9.3.1
	}
	return h.Tree.newDraft(base, name, types, calendar)
}

// reserved tells whether a name is that of a virtual collection, or one that somebody's collection may be shared under.
func (h *Home) reserved(name string) bool {
	if owner, _, ok := strings.Cut(name, sharedMark); ok {
		if _, err := h.Tree.Store.PrincipalByName(context.Background(), owner); err == nil {
			return true
		}
	}
	reserved := h.Tree.doors[h.Name].Reserved
	return reserved != nil && reserved(name)
}

// Receive takes a collection of the same home by COPY or MOVE.
func (h *Home) Receive(ctx context.Context, t *dav.Transfer) (*dav.Stored, error) {
	if source, ok := t.Source.(HasCollection); ok && !h.reserved(t.Name) {
		return h.Tree.receiveCollection(ctx, t, source.Base(), h.base(), 0)
	}
	return nil, dav.Status(http.StatusForbidden, nil)
}

func (h *Home) ref() storage.Ref {
	return storage.Ref{Kind: storage.RefHome, ID: h.OwnedBy.ID, Home: h.Name}
}

// DeadProperties are those of the home; clients keep settings such as CS:me-card here.
func (h *Home) DeadProperties(ctx context.Context) ([]dav.DeadProperty, error) {
	return h.Tree.deadProperties(ctx, h.ref(), 0)
}

// ApplyPatch commits dead properties.
func (h *Home) ApplyPatch(ctx context.Context, dead []dav.DeadChange, ifs *dav.Preconditions) error {
	return h.Tree.patchDead(ctx, h.ref(), dead, ifs)
}

// homes is the collection of all homes of a door; it lists those that the asker may read.
type homes struct {
	tree *Tree
	name string
	who  *storage.Principal
}

func (h *homes) Href() string    { return Root + h.name + "/" }
func (h *homes) Kind() *dav.Kind { return h.tree.kinds.directory }

func (h *homes) Allow(_ context.Context, p dav.Privilege) error {
	return allow(h.held(), p, h.Href())
}

func (h *homes) Privileges(context.Context) (dav.PrivilegeSet, error) { return h.held(), nil }

// held is what the asker may do; who may list the homes concerns administrators.
func (h *homes) held() dav.PrivilegeSet {
	held := directoryPrivileges(h.who, nil)
	if h.who == nil || !h.who.Admin {
		held &^= dav.ReadACL
	}
	return held
}

// ACL is fixed: everybody with an account may look.
func (h *homes) ACL(context.Context) ([]dav.ACE, error) {
	return []dav.ACE{{Who: dav.WhoAuthenticated, Privileges: dav.Read | dav.ReadPrivileges, Protected: true}}, nil
}

func (h *homes) FixedACL() bool { return true }

func (h *homes) SetACL(context.Context, []dav.ACE, *dav.Preconditions) error {
	return dav.Status(http.StatusMethodNotAllowed, nil)
}

func (h *homes) Members(ctx context.Context) iter.Seq2[dav.Resource, error] {
	return func(yield func(dav.Resource, error) bool) {
		all, err := h.tree.Store.Principals(ctx)
		if err != nil {
			yield(nil, Condition(err))
			return
		}
		for _, p := range all {
			home, err := h.tree.home(ctx, h.who, p, h.name)
			if errors.Is(err, dav.ErrNotFound) {
				continue
			}
			if !yield(home, err) {
				return
			}
		}
	}
}
