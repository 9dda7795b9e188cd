package tree

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"convoke/server"
	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/storage"
)

// Sharing by invitation (caldav-sharing §5.3): the owner, and who may manage, offer a collection to people and groups.
// What somebody may do then is an entry of the access control list, the same that ACL sets; beside it stands whether
// they were asked and what they said (storage.Share). So both ways tell the same.

// Invitation is what one CS:set or CS:remove asks for.
type Invitation struct {
	Href    string // whom: a principal's href or a calendar user address
	Summary string // what the sharer calls the collection to them; "" is none
	Level   Level  // "" takes it away
}

// Failure is an invitation that cannot be made, and why.
type Failure struct {
	Href string
	Err  *dav.Condition
}

// maxShareBytes bounds the body of a request about sharing.
const maxShareBytes = 1 << 20

// mayBeShared tells whether a collection can be shared: calendars and address books directly in a home. Homes show no
// others (see Home.Shared).
func (c *Collection) mayBeShared() bool {
	return c.C.ParentID == 0 && c.C.ID != 0 && (c.C.Kind == storage.KindCalendar || c.C.Kind == storage.KindAddressBook)
}

// PostShare answers a POST of CS:share (caldav-sharing §5.3.2), for the kinds of doors.
func (c *Collection) PostShare(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := c.Allow(ctx, dav.Read); err != nil {
		return err
	}
	if !c.mayBeShared() {
		return dav.Status(http.StatusMethodNotAllowed, nil)
	}
	if err := c.Allow(ctx, dav.WriteACL); err != nil {
		return err
	}
	body, err := readXML(r)
	if err != nil {
		return err
	}
	if !body.Is(davxml.CSShare) {
		return dav.Status(http.StatusBadRequest, errors.New("root element is not CS:share"))
	}
	var list []Invitation
	for _, n := range body.Children {
		i := Invitation{Href: n.ChildText(davxml.Href)}
		switch {
		case n.Is(davxml.CSSet):
			if i.Level = readLevel(n); i.Level == "" {
				return dav.Status(http.StatusBadRequest, errors.New("CS:set without a level"))
			}
			if i.Summary, err = Text(n.Child(davxml.Summary)); err != nil {
				return err
			}
		case !n.Is(davxml.CSRemove):
			continue
		}
		list = append(list, i)
	}
	failed, err := c.Invite(ctx, list)
	if err != nil {
		return err
	}
	if failed != nil {
		return refuseAll(w, list, failed)
	}
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
	return nil
}

// readXML reads a bounded body.
func readXML(r *http.Request) (*davxml.Node, error) {
	data, err := io.ReadAll(io.LimitReader(r.Body, maxShareBytes+1))
	if err != nil {
		return nil, dav.Status(http.StatusBadRequest, err)
	}
	if len(data) > maxShareBytes {
		return nil, dav.Status(http.StatusRequestEntityTooLarge, nil)
	}
	n, err := davxml.Parse(data)
	if err != nil {
		return nil, dav.Status(http.StatusBadRequest, err)
	}
	return n, nil
}

// refuseAll tells that nothing was done, and because of whom (RFC 4918 §13; 424 for the others).
func refuseAll(w http.ResponseWriter, list []Invitation, failed []Failure) error {
	var x davxml.Writer
	x.Root(davxml.Multistatus)
	for _, i := range list {
		cond := &dav.Condition{Status: http.StatusFailedDependency}
		if at := slices.IndexFunc(failed, func(f Failure) bool { return f.Href == i.Href }); at >= 0 {
			cond = failed[at].Err
		}
		x.Start(davxml.Response)
		x.Href(i.Href)
		x.Elem(davxml.Status, fmt.Sprintf("HTTP/1.1 %d %s", cond.Status, http.StatusText(cond.Status)))
		if cond.Name.Local != "" {
			x.Start(davxml.Error)
			x.Empty(cond.Name)
			x.End()
		}
		x.End()
	}
	x.End()
	return writeXML(w, http.StatusMultiStatus, x.Bytes())
}

func writeXML(w http.ResponseWriter, status int, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", "application/xml; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that went away needs no answer
	return nil
}

// maxSharees bounds the entries of an access control list, as ACL does, and what one request asks for.
const maxSharees = 500

// Invite offers the collection to others, changes what they may do, or takes it away; all of it or, if some cannot be,
// nothing. The asker must hold DAV:write-acl.
func (c *Collection) Invite(ctx context.Context, list []Invitation) ([]Failure, error) {
	if err := c.Allow(ctx, dav.WriteACL); err != nil {
		return nil, err
	}
	if len(list) > maxSharees {
		return nil, dav.Forbid(davxml.LimitedNumberOfACEs, nil)
	}
	var failed []Failure
	whom := make([]*storage.Principal, len(list))
	for i, inv := range list {
		p, err := c.sharee(ctx, inv)
		if err != nil {
			failed = append(failed, Failure{inv.Href, dav.AsCondition(err)})
		}
		whom[i] = p
	}
	if failed != nil {
		return failed, nil
	}
	return nil, Condition(c.Tree.Store.Update(ctx, c.Actor(ctx), func(tx *storage.Tx) error {
		grants, err := tx.Grants(ctx, c.C.ID)
		if err != nil {
			return err
		}
		s := &sharing{ctx: ctx, tx: tx, c: c, grants: slices.Clone(grants)}
		for i, inv := range list {
			if whom[i] == nil {
				continue // nobody to take anything from
			}
			if err := s.set(whom[i], inv); err != nil {
				return err
			}
		}
		if len(s.grants) > maxSharees {
			return dav.Forbid(davxml.LimitedNumberOfACEs, nil)
		}
		return s.done()
	}))
}

// sharee finds whom an invitation is for; nil, without an error, where something is taken from nobody we know.
func (c *Collection) sharee(ctx context.Context, inv Invitation) (*storage.Principal, error) {
	p, err := c.Tree.addressee(ctx, inv.Href)
	switch {
	case inv.Level == "":
		if err != nil || p.ID == c.OwnedBy.ID {
			return nil, nil
		}
		return p, nil
	case err != nil:
		return nil, dav.Forbid(davxml.RecognizedPrincipal, err)
	case p.ID == c.OwnedBy.ID:
		return nil, dav.Status(http.StatusForbidden, errors.New("shared with its owner"))
	case inv.Level.Privileges(c.C.Home) == 0:
		return nil, dav.Forbid(davxml.NotSupportedPrivilege, nil)
	}
	return p, nil
}

// addressee finds a principal by href or calendar user address.
func (t *Tree) addressee(ctx context.Context, href string) (*storage.Principal, error) {
	if p, err := t.PrincipalAt(ctx, href); err == nil {
		return p, nil
	}
	p, err := t.Store.PrincipalByAddress(ctx, href)
	return p, Condition(err)
}

// sharing changes the list of one collection within a transaction.
type sharing struct {
	ctx    context.Context
	tx     *storage.Tx
	c      *Collection
	grants []storage.Grant
	after  []func() error // once the grants are stored
}

// set does what one invitation asks for.
func (s *sharing) set(p *storage.Principal, inv Invitation) error {
	held, direct := directly(s.grants, p.ID)
	share, err := s.tx.Share(s.ctx, s.c.C.ID, p.ID)
	if err != nil {
		return err
	}
	s.grants = slices.DeleteFunc(s.grants, func(g storage.Grant) bool {
		return g.PrincipalID == p.ID && (!g.Deny || inv.Level != "") // to take something away lifts no denial
	})
	if inv.Level == "" {
		return s.remove(p, share, held, direct)
	}
	grant := inv.Level.Privileges(s.c.C.Home)
	// It comes first: what is said of this very person counts before what is said of groups (RFC 3744 §6).
	s.grants = slices.Insert(s.grants, 0, storage.Grant{CollectionID: s.c.C.ID, PrincipalID: p.ID, Privileges: uint32(grant)})
	was := share
	share.CollectionID, share.PrincipalID, share.Summary = s.c.C.ID, p.ID, inv.Summary
	switch {
	case p.Kind != storage.KindUser:
		share.State = storage.ShareAccepted // a group is not asked: its members have it at once, and may leave
	case was.State == "" && direct:
		share.State = storage.ShareAccepted // by ACL: it stands in their home already
	case was.State == "", was.State == storage.ShareDeclined:
		share.State = storage.ShareInvited
	}
	// "SHOULD NOT send notification messages to sharees whose status is unchanged". Who has not answered is asked again: the
	// question may be gone from where they saw it.
	if grant == held && share.State == was.State && share.Summary == was.Summary && share.State != storage.ShareInvited {
		return nil
	}
	s.after = append(s.after, func() error {
		if err := s.tx.SetShare(share); err != nil || p.Kind != storage.KindUser {
			return err
		}
		return s.c.notifyInvite(s.ctx, s.tx, p, share, inv.Level, stateNames[share.State])
	})
	return nil
}

// remove takes a collection away from one who had it, or was asked.
func (s *sharing) remove(p *storage.Principal, share storage.Share, held dav.PrivilegeSet, direct bool) error {
	if share.State == "" && !direct {
		return nil
	}
	if share.State == "" || share.State == storage.ShareAccepted {
		// Before their properties go: they know it by their own name.
		if err := s.c.notifyRemoved(s.ctx, s.tx, p, share, LevelOf(held, s.c.C.Home)); err != nil {
			return err
		}
	}
	s.after = append(s.after, func() error { return s.tx.RemoveShare(s.c.C.ID, p.ID) })
	return nil
}

// done stores the list.
func (s *sharing) done() error {
	if err := s.tx.SetGrants(s.c.C.ID, s.grants); err != nil {
		return err
	}
	for _, do := range s.after {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// directly gives what entries for somebody alone let through, and whether there are such.
func directly(grants []storage.Grant, id int64) (held dav.PrivilegeSet, there bool) {
	for _, g := range grants {
		if g.PrincipalID == id && !g.Deny {
			held |= dav.PrivilegeSet(g.Privileges)
			there = true
		}
	}
	return held, there
}

// Sharee is one with whom a collection is shared, by invitation or by ACL.
type Sharee struct {
	Who   *storage.Principal
	Level Level
	State string // of storage.Share; who was given it by ACL has accepted
}

// sharees are those in the list of a collection, in its order, as far as they may read or know busy times.
func (t *Tree) sharees(ctx context.Context, c *storage.Collection) ([]Sharee, error) {
	grants, err := t.Store.Grants(ctx, c.ID)
	if err != nil || len(grants) == 0 {
		return nil, err
	}
	var list []Sharee
	for _, g := range grants {
		if g.Deny || g.PrincipalID < 0 || slices.ContainsFunc(list, func(s Sharee) bool { return s.Who.ID == g.PrincipalID }) {
			continue
		}
		p, err := t.Store.Principal(ctx, g.PrincipalID)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		held, _ := directly(grants, p.ID)
		level := LevelOf(held, c.Home)
		if level == "" {
			continue // an entry without access makes macOS drop the account (clients.md §5)
		}
		share, err := t.Store.Share(ctx, c.ID, p.ID)
		if err != nil {
			return nil, err
		}
		if share.State == "" {
			share.State = storage.ShareAccepted
		}
		list = append(list, Sharee{p, level, share.State})
	}
	return list, nil
}

// isShared tells whether a collection is shared with anybody by name; the grants are in memory.
func (c *Collection) isShared() bool {
	if !c.mayBeShared() {
		return false
	}
	list, err := c.Tree.sharees(context.Background(), c.C)
	return err == nil && len(list) > 0
}

// stateNames are the states as CS:user and CS:invite-notification tell them (caldav-sharing §6.6 to §6.9).
var stateNames = map[string]xml.Name{
	storage.ShareInvited: davxml.InviteNoResponse, storage.ShareAccepted: davxml.InviteAccepted, storage.ShareDeclined: davxml.InviteDeclined,
}

// actorFor is who acts, and for whom if it is not for themselves.
func actorFor(ctx context.Context, door string, who, owner *storage.Principal) storage.Actor {
	a := server.ActorOf(ctx, door)
	if who != nil && owner != nil && who.ID != owner.ID {
		a.OnBehalf = owner.ID
	}
	return a
}
