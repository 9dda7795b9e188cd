package tree

import (
	"context"
	"errors"
	"slices"
	"strings"

	"convoke/server/dav"
	"convoke/storage"
)

// All access is decided in this file and nowhere else (RFC 3744 §6): what who may do with collections, homes, principals,
// and what they may know of delegates. Nobody (nil) may do nothing.

// privileges decides about a collection of owner's and its members.
func (t *Tree) privileges(ctx context.Context, who, owner *storage.Principal, c *storage.Collection) (dav.PrivilegeSet, error) {
	switch {
	case who == nil:
		return 0, nil
	case who.ID == owner.ID || who.Admin:
		return unfed(c, dav.All), nil
	}
	held, err := t.proxied(ctx, who, owner, c.Home)
	if err != nil {
		return 0, err
	}
	granted, denied, err := t.judged(ctx, who, c)
	if c.Kind == storage.KindInbox {
		held |= Deliver &^ denied // whom anybody may invite who is not kept out: everybody with an account here
	}
	return unfed(c, held|granted), err
}

// unfed takes the writing of members from what somebody holds on a collection that the server fills, a feed for one.
func unfed(c *storage.Collection, held dav.PrivilegeSet) dav.PrivilegeSet {
	if c.Source != "" {
		held &^= dav.WriteContent | dav.Bind | dav.Unbind
	}
	return held
}

// homePrivileges decides about a home of owner's itself: grants are of the collections in it.
func (t *Tree) homePrivileges(ctx context.Context, who, owner *storage.Principal, home string) (dav.PrivilegeSet, error) {
	switch {
	case who == nil:
		return 0, nil
	case who.ID == owner.ID || who.Admin:
		return dav.All, nil
	}
	return t.proxied(ctx, who, owner, home)
}

// directoryPrivileges decides about principals and their collections; of is nil for the latter.
func directoryPrivileges(who, of *storage.Principal) dav.PrivilegeSet {
	switch {
	case who == nil:
		return 0
	case of != nil && (who.ID == of.ID || who.Admin):
		return dav.Read | dav.ReadPrivileges | dav.ReadACL | dav.WriteProperties
	}
	return dav.Read | dav.ReadPrivileges | dav.ReadACL
}

// knowsDelegates tells whether who may know for whom owner's calendars are open: those who may read their home.
func (t *Tree) knowsDelegates(ctx context.Context, who, owner *storage.Principal) (bool, error) {
	held, err := t.homePrivileges(ctx, who, owner, storage.Calendars)
	return held.Has(dav.Read), err
}

// shows tells whether a collection of somebody else's stands in this home: it is granted to the owner of the home, in
// person or by a group, or they took it in, and they have neither to answer first nor declined. Who may know its busy times
// and nothing more sees these there, see confine.
func (h *Home) shows(ctx context.Context, c *storage.Collection) (bool, error) {
	offered, err := h.offered(ctx, c)
	if err != nil || !offered {
		return false, err
	}
	share, err := h.Tree.Store.Share(ctx, c.ID, h.OwnedBy.ID)
	return err == nil && (share.State == "" || share.State == storage.ShareAccepted), err
}

// offered tells whether the owner of the home may have a collection of somebody else's in it.
func (h *Home) offered(ctx context.Context, c *storage.Collection) (bool, error) {
	if c.OwnerID == h.OwnedBy.ID || c.ParentID != 0 || c.Kind != storage.KindCalendar && c.Kind != storage.KindAddressBook {
		return false, nil
	}
	held, err := h.Tree.granted(ctx, h.OwnedBy, c)
	return held.Has(dav.Read) || c.Kind == storage.KindCalendar && held.Has(ReadFreeBusy), err
}

// confine makes the view of a calendar in the home of a sharee who may know its busy times only one that can be read, of
// which Busy hides all else. In the owner's home it stays closed to them but for free-busy-query (RFC 4791 §7.10).
func (c *Collection) confine() {
	if c.C.Kind == storage.KindCalendar && c.Privs.Has(ReadFreeBusy) && !c.Privs.Has(dav.Read) {
		c.busy, c.Privs = true, reading
	}
}

// Busy tells whether the asker sees of all objects when they take place, and nothing more.
func (c *Collection) Busy() bool { return c.busy }

// Trusted tells whether the asker is the owner, acts for them or may write: whoever sees all there is to an object. Where
// nobody writes members, it is whoever may change the collection.
func (c *Collection) Trusted() bool {
	return !c.busy && (c.Privs.Has(dav.WriteContent) || c.C.Source != "" && c.Privs.Has(dav.WriteProperties))
}

// Guest tells whether the asker writes in what is only shared with them: they are not the owner, act not for the owner
// and are no administrator.
func (c *Collection) Guest(ctx context.Context) bool {
	if c.Who == nil || c.Who.ID == c.OwnedBy.ID || c.Who.Admin {
		return false
	}
	held, err := c.Tree.proxied(ctx, c.Who, c.OwnedBy, c.C.Home)
	return err != nil || !held.Has(dav.Write)
}

// mayRenounce lets those alone in whose home a collection of others stands take it out of there, and administrators.
func (c *Collection) mayRenounce() error {
	if c.Who == nil || c.Who.ID != c.sharedWith.ID && !c.Who.Admin {
		return dav.NeedPrivileges(c.href, dav.Unbind.Name())
	}
	return nil
}

// MayPublish tells whether somebody may give a calendar away by a secret link: whoever decides who may read it.
func (t *Tree) MayPublish(ctx context.Context, who *storage.Principal, c *storage.Collection) (bool, error) {
	if c.Kind != storage.KindCalendar {
		return false, nil
	}
	owner, err := t.Store.Principal(ctx, c.OwnerID)
	if err != nil {
		return false, err
	}
	held, err := t.privileges(ctx, who, owner, c)
	return held.Has(dav.Read | dav.ReadACL | dav.WriteACL), err
}

// MayDeliver gives the judge of who may deliver scheduling messages to whom (RFC 6638 §6.1): an answer if reply is
// true, else an invitation. It is by the access control list of the recipient's inbox.
func MayDeliver(store *storage.Store) func(ctx context.Context, from, to *storage.Principal, reply bool) bool {
	t := &Tree{Store: store}
	return func(ctx context.Context, from, to *storage.Principal, reply bool) bool {
		all, err := store.Collections(ctx, storage.Calendars, to.ID, 0)
		if err != nil {
			return false
		}
		need := DeliverInvite
		if reply {
			need = DeliverReply
		}
		for _, c := range all {
			if c.Kind == storage.KindInbox {
				held, err := t.privileges(ctx, from, to, c)
				return err == nil && held.Has(need)
			}
		}
		return true // without an inbox there is no list either
	}
}

// proxied is what the calendar-proxy groups of owner give (caldav-proxy §3.1): they reach calendars only.
func (t *Tree) proxied(ctx context.Context, who, owner *storage.Principal, home string) (dav.PrivilegeSet, error) {
	if home != storage.Calendars {
		return 0, nil
	}
	p, err := t.Store.ProxyFor(ctx, who.ID)
	if err != nil {
		return 0, err
	}
	switch {
	case slices.Contains(p.Write, owner.ID):
		return reading | dav.Write | Send | Deliver, nil
	case slices.Contains(p.Read, owner.ID):
		return reading, nil
	}
	return 0, nil
}

// granted gives what judged lets through.
func (t *Tree) granted(ctx context.Context, who *storage.Principal, c *storage.Collection) (dav.PrivilegeSet, error) {
	granted, _, err := t.judged(ctx, who, c)
	return granted, err
}

// judged evaluates the access control entries of c and of the collections above it, in order, the nearest first:
// what was granted before stays, what was denied before cannot be granted behind it (RFC 3744 §6).
func (t *Tree) judged(ctx context.Context, who *storage.Principal, c *storage.Collection) (granted, denied dav.PrivilegeSet, err error) {
	var grantees []int64
	for {
		entries, err := t.Store.Grants(ctx, c.ID)
		if err != nil {
			return 0, 0, err
		}
		if len(entries) > 0 && grantees == nil {
			if grantees, err = t.grantees(ctx, who); err != nil {
				return 0, 0, err
			}
		}
		for _, g := range entries {
			if !slices.Contains(grantees, g.PrincipalID) {
				continue
			}
			p := dav.PrivilegeSet(g.Privileges)
			if p.Has(dav.Read) {
				p |= ReadFreeBusy // which it contains, also where it was granted on a plain collection (RFC 4791 §6.1.1)
			}
			if g.Deny {
				denied |= p &^ granted
			} else {
				granted |= p &^ denied
			}
		}
		if c.ParentID == 0 {
			return granted, denied, nil
		}
		if c, err = t.Store.CollectionByID(ctx, c.ParentID); err != nil {
			return 0, 0, err
		}
	}
}

// grantees are all as whom who is granted something.
func (t *Tree) grantees(ctx context.Context, who *storage.Principal) ([]int64, error) {
	in, err := t.Store.Memberships(ctx, who.ID)
	if err != nil {
		return nil, err
	}
	return append([]int64{who.ID, storage.GranteeAll, storage.GranteeAuthenticated}, in...), nil
}

// allow judges one privilege. What the asker may not even read answers the same whether it is there or not:
// 403 where a parent hides it too (architecture.md §8), with an href as absent gives it.
func allow(held, need dav.PrivilegeSet, href string) error {
	if held.Has(need) {
		return nil
	}
	missing := need &^ held
	if !held.Has(dav.Read) {
		return hidden(href)
	}
	return dav.NeedPrivileges(href, missing.Name())
}

// absent is the answer for a name that isn't there below a collection that the asker holds these privileges on.
func absent(held dav.PrivilegeSet, href string) error {
	if held.Has(dav.Read) {
		return dav.ErrNotFound
	}
	return hidden(href)
}

// hidden is the answer for what the asker may not read, if it is there at all. Whether it is a collection
// would tell that it is.
func hidden(href string) error {
	return dav.NeedPrivileges(strings.TrimSuffix(href, "/"), dav.Read.Name())
}

// notThere turns storage's "not found" into absent and leaves other errors as they are.
func notThere(err error, held dav.PrivilegeSet, href string) error {
	if errors.Is(err, storage.ErrNotFound) {
		return absent(held, href)
	}
	return Condition(err)
}
