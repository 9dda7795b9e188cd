package tree

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/storage"
)

// Answers to invitations (caldav-sharing §5.4). They say what stands in one's own home and grant nothing: whoever may
// read a collection, asked or not, may take it in, and leave it again.

// Reply is an answer to the offer of a collection.
type Reply struct {
	Accept  bool
	Host    string // href of the owner's collection
	UID     string // of the invitation; needed only where Host leads nowhere
	Href    string // who answers, as the client spells it; "" is the owner of the home
	Summary string // what they call it themselves; "" leaves the sharer's name
	Color   string // calendar-color that they give it; "" is none
}

// Post answers CS:invite-reply (caldav-sharing §5.4.1).
func (h *Home) Post(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := h.Allow(ctx, dav.Read); err != nil {
		return err
	}
	if err := h.Allow(ctx, dav.Bind); err != nil {
		return err
	}
	body, err := readXML(r)
	if err != nil {
		return err
	}
	if !body.Is(davxml.InviteReply) {
		return dav.Status(http.StatusBadRequest, errors.New("root element is not CS:invite-reply"))
	}
	reply := Reply{Accept: body.Has(davxml.InviteAccepted), Host: body.Child(davxml.HostURL).ChildText(davxml.Href),
		UID: body.ChildText(davxml.InReplyTo), Href: body.ChildText(davxml.Href)}
	if reply.Accept == body.Has(davxml.InviteDeclined) {
		return dav.Status(http.StatusBadRequest, errors.New("neither accepted nor declined, or both"))
	}
	if reply.Summary, err = Text(body.Child(davxml.Summary)); err != nil {
		return err
	}
	as, err := h.Answer(ctx, reply)
	if err != nil {
		return err
	}
	if as == "" {
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusOK)
		return nil
	}
	var x davxml.Writer
	x.Root(davxml.SharedAs)
	x.Href(strings.TrimSuffix(as, "/"))
	x.End()
	return writeXML(w, http.StatusOK, x.Bytes())
}

// Answer takes an offered collection into the home, and gives its href there, or declines it. Who has no right to it
// is refused, whether it is there or not. The asker must hold DAV:bind on the home.
func (h *Home) Answer(ctx context.Context, reply Reply) (href string, err error) {
	if reply.Href != "" {
		if p, err := h.Tree.addressee(ctx, reply.Href); err != nil || p.ID != h.OwnedBy.ID {
			return "", dav.Status(http.StatusForbidden, errors.New("the answer of somebody else"))
		}
	}
	c, owner, err := h.Tree.hosted(ctx, reply.Host)
	if err != nil {
		c, owner, err = h.invited(ctx, reply.UID)
	}
	if err != nil {
		return "", err
	}
	offered, err := h.offered(ctx, c)
	if err != nil {
		return "", err
	}
	if !offered {
		return "", dav.Status(http.StatusForbidden, errors.New("not offered"))
	}
	state := storage.ShareDeclined
	if reply.Accept {
		state = storage.ShareAccepted
		href = childHref(HomeHref(c.Home, h.OwnedBy), owner.Name+sharedMark+c.Name, true)
	}
	actor := actorFor(ctx, h.Tree.doors[c.Home].Actor, h.Who, h.OwnedBy)
	return href, Condition(h.Tree.Store.Update(ctx, actor, func(tx *storage.Tx) error {
		return h.Tree.settle(ctx, tx, c, owner, h.OwnedBy, state, reply)
	}))
}

// hosted finds the collection that an href of its owner's home names.
func (t *Tree) hosted(ctx context.Context, href string) (*storage.Collection, *storage.Principal, error) {
	refused := dav.Status(http.StatusForbidden, errors.New("not offered"))
	p, err := dav.ParsePath(href)
	if err != nil || len(p.Segments) != 4 || p.Segments[0] != "dav" || t.doors[p.Segments[1]] == nil {
		return nil, nil, refused
	}
	owner, err := t.Store.PrincipalByName(ctx, p.Segments[2])
	if err != nil {
		return nil, nil, refused
	}
	c, err := t.Store.CollectionAt(ctx, p.Segments[1], owner.Name, p.Segments[3:])
	if err != nil {
		return nil, nil, refused
	}
	return c, owner, nil
}

// invited finds the collection that an invitation is for.
func (h *Home) invited(ctx context.Context, uid string) (*storage.Collection, *storage.Principal, error) {
	shares, err := h.Tree.Store.SharesWith(ctx, h.OwnedBy.ID)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range shares {
		if uid != h.Tree.Store.InviteUID(s.CollectionID, s.PrincipalID) {
			continue
		}
		c, err := h.Tree.Store.CollectionByID(ctx, s.CollectionID)
		if err != nil {
			return nil, nil, Condition(err)
		}
		owner, err := h.Tree.Store.Principal(ctx, c.OwnerID)
		return c, owner, Condition(err)
	}
	return nil, nil, dav.Status(http.StatusForbidden, errors.New("not offered"))
}

// settle stores what somebody says of a collection that they may have, and tells the sharer.
func (t *Tree) settle(ctx context.Context, tx *storage.Tx, c *storage.Collection, owner, who *storage.Principal, state string, reply Reply) error {
	share, err := tx.Share(ctx, c.ID, who.ID)
	if err != nil {
		return err
	}
	grants, err := tx.Grants(ctx, c.ID)
	if err != nil {
		return err
	}
	was := share.State
	share.CollectionID, share.PrincipalID, share.State = c.ID, who.ID, state
	if err := tx.SetShare(share); err != nil {
		return err
	}
	uid := tx.InviteUID(c.ID, who.ID)
	if err := tx.DropNotice(who.ID, uid); err != nil {
		return err
	}
	if state == storage.ShareAccepted {
		if err := takeIn(ctx, tx, c, who, was, orElse(reply.Summary, share.Summary), reply.Color); err != nil {
			return err
		}
	}
	if _, direct := directly(grants, who.ID); !direct || who.Kind != storage.KindUser {
		return nil // nobody asked this one person
	}
	return t.notifyReply(ctx, tx, c, owner, who, uid, reply)
}

// takeIn gives a collection that is taken into a home its name and colour there. It begins without the owner's colour, whose
// properties are their own (caldav-sharing §5.5.3), and doesn't count as busy (§5.5.5).
func takeIn(ctx context.Context, tx *storage.Tx, c *storage.Collection, who *storage.Principal, was, name, color string) error {
	ref := storage.Ref{Kind: storage.RefCollection, ID: c.ID}
	set := func(local, value string) error {
		return tx.SetProperty(ref, who.ID, storage.Property{Space: ownSpace, Local: local, XML: []byte(value)})
	}
	if name != "" {
		if err := set(ownName, name); err != nil {
			return err
		}
	}
	if was == storage.ShareAccepted {
		return nil
	}
	kept, err := tx.Properties(ctx, ref, who.ID)
	if err != nil {
		return err
	}
	for _, p := range kept {
		if p.Space == ownSpace && p.Local == ownColor {
			return nil
		}
	}
	return set(ownColor, color)
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
