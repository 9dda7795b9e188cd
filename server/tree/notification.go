package tree

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"strings"
	"time"

	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/storage"
)

// Notifications are what the server tells somebody (caldav-notifications §4): resources of one collection in their
// calendar home, which they read and delete, and nobody else makes. An invitation and its answer have one name each for
// the same two, so that news takes the place of what it is news of; see maxFarewells for what bounds them.

// notifications is the collection of them.
type notifications struct{ *Collection }

// Kind is that of collections of notifications.
func (n *notifications) Kind() *dav.Kind { return n.Tree.kinds.notifications }

// FixedACL tells that SetACL is not for it: what one is told is nobody else's.
func (n *notifications) FixedACL() bool { return true }

// PutMember refuses: "Servers MUST prevent clients from adding resources".
func (n *notifications) PutMember(context.Context, string, *dav.Put) (*dav.Stored, error) {
	return nil, dav.Status(http.StatusForbidden, errors.New("only the server notifies"))
}

// notice is one of them.
type notice struct{ *Object }

// Kind is that of notifications.
func (n *notice) Kind() *dav.Kind { return n.Parent.Tree.kinds.notice }

// notificationsRows take back what the collection has only as such: clients add nothing.
var notificationsRows = dav.Props[*notifications]{
	{Name: davxml.AddMember, Get: func(*notifications, *dav.Value) error { return dav.ErrNoProperty }, Asked: true},
}

// noticeRows are the properties of notifications.
var noticeRows = dav.Props[*notice]{
	{Name: davxml.NotificationType, Get: noticeType, Asked: true}, // caldav-notifications §4.2.1
}

// noticeType is the element that the notification is about, empty, with its attributes.
func noticeType(n *notice, v *dav.Value) error {
	o, err := n.Load(v.Ctx)
	if err != nil {
		return err
	}
	root, err := davxml.Parse(o.Data)
	if err != nil {
		return dav.ErrNoProperty
	}
	for _, about := range root.Children {
		if about.Name == davxml.DTStamp {
			continue
		}
		v.W.Start(about.Name)
		if kind := about.Attr(sharedType); kind != "" {
			v.W.Attr(sharedType, kind)
		}
		v.W.End()
	}
	return nil
}

// notificationURL is caldav-notifications §4.1.1, for who may read it.
func notificationURL(p *Principal, v *dav.Value) error {
	all, err := p.Tree.Store.Collections(v.Ctx, storage.Calendars, p.P.ID, 0)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.Kind == storage.KindNotifications && p.Tree.doors[storage.Calendars] != nil {
			v.W.Href(childHref(HomeHref(storage.Calendars, p.P), c.Name, true))
			return nil
		}
	}
	return dav.ErrNoProperty
}

// sharedType is the attribute that tells calendars and address books apart.
const sharedType = "shared-type"

func typeShared(c *storage.Collection) string {
	if c.Kind == storage.KindAddressBook {
		return "addressbook"
	}
	return "calendar"
}

// notify stores a notification in place of one of that name. Somebody without a place for it, or without room, is not
// notified.
func (t *Tree) notify(ctx context.Context, tx *storage.Tx, of *storage.Principal, name string, about xml.Name, c *storage.Collection, write func(*davxml.Writer)) error {
	into, err := tx.NotificationsOf(ctx, of.ID)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var w davxml.Writer
	w.Root(davxml.Notification)
	w.Elem(davxml.DTStamp, tx.Now().UTC().Format(time.RFC3339))
	w.Start(about)
	w.Attr(sharedType, typeShared(c))
	write(&w)
	w.End()
	w.End()
	o := &storage.Object{Data: w.Bytes()}
	o.CollectionID, o.Name, o.ContentType = into.ID, name, "application/xml; charset=utf-8"
	o.First, o.Last = storage.Past, storage.Future
	_, err = tx.PutObject(o)
	var full *storage.LimitError
	if errors.As(err, &full) {
		return nil
	}
	return err
}

// writeHost writes CS:hosturl. The hrefs of collections in notifications and in CS:shared-as have no slash at their end,
// which Apple's clients know from CalendarServer; here a collection is found with and without.
func writeHost(w *davxml.Writer, href string) {
	w.Start(davxml.HostURL)
	w.Href(strings.TrimSuffix(href, "/"))
	w.End()
}

// notifyInvite tells somebody of an invitation, and how it stands with it (caldav-sharing §6.15).
func (c *Collection) notifyInvite(ctx context.Context, tx *storage.Tx, p *storage.Principal, share storage.Share, level Level, state xml.Name) error {
	uid := tx.InviteUID(c.C.ID, p.ID)
	return c.Tree.notify(ctx, tx, p, uid, davxml.InviteNotification, c.C, func(w *davxml.Writer) {
		w.Elem(davxml.InviteUID, uid)
		w.Href(addressOf(p))
		w.Empty(state)
		level.write(w)
		writeHost(w, c.ownersHref())
		c.writeOrganizer(w)
		if name := orElse(share.Summary, orElse(c.C.DisplayName, c.C.Name)); name != "" {
			w.Elem(davxml.Summary, name)
		}
		if c.C.Components != nil {
			w.Start(davxml.SupportedCalendarComponentSet)
			for _, name := range c.C.Components {
				w.Start(davxml.Comp)
				w.Attr("name", name)
				w.End()
			}
			w.End()
		}
	})
}

// maxFarewells is how many notifications may lie there for one to be added of what is gone. All others end with their
// collection; these stay, and whoever makes and deletes collections makes as many as they like.
const maxFarewells = 200

// notifyRemoved tells somebody that they have a collection no more, by the name that they know it by. If they are not told,
// what they were told of it before goes.
func (c *Collection) notifyRemoved(ctx context.Context, tx *storage.Tx, p *storage.Principal, share storage.Share, level Level) error {
	if p.Kind != storage.KindUser {
		return nil
	}
	into, err := tx.NotificationsOf(ctx, p.ID)
	if err != nil || level == "" || into.Len() >= maxFarewells {
		return tx.DropNotice(p.ID, tx.InviteUID(c.C.ID, p.ID))
	}
	kept, err := tx.Properties(ctx, c.ref(), p.ID)
	if err != nil {
		return err
	}
	for _, own := range kept {
		if own.Space == ownSpace && own.Local == ownName && len(own.XML) > 0 {
			share.Summary = string(own.XML)
		}
	}
	return c.notifyInvite(ctx, tx, p, share, level, davxml.InviteDeleted)
}

// notifyReply tells the sharer of an answer (caldav-sharing §6.22).
func (t *Tree) notifyReply(ctx context.Context, tx *storage.Tx, c *storage.Collection, owner, who *storage.Principal, uid string, reply Reply) error {
	state := davxml.InviteDeclined
	if reply.Accept {
		state = davxml.InviteAccepted
	}
	return t.notify(ctx, tx, owner, storage.ReplyName(uid), davxml.InviteReply, c, func(w *davxml.Writer) {
		w.Href(orElse(reply.Href, addressOf(who)))
		w.Empty(state)
		writeHost(w, childHref(HomeHref(c.Home, owner), c.Name, true))
		w.Elem(davxml.InReplyTo, uid)
		if reply.Accept && reply.Summary != "" {
			w.Elem(davxml.Summary, reply.Summary)
		}
		w.Elem(davxml.CommonName, shown(who))
	})
}

// Leaving judges within a transaction whether the collection may be deleted, and tells those who will miss it.
func (c *Collection) Leaving(ctx context.Context, tx *storage.Tx, r *dav.Removal) error {
	if err := r.If.Check(c.Tree.Standing(ctx, tx)); err != nil {
		return err
	}
	return c.bereave(ctx, tx, func(storage.Share) bool { return true })
}

// bereave tells those of the sharees that they have the collection no more. It comes before they lose it.
func (c *Collection) bereave(ctx context.Context, tx *storage.Tx, lose func(storage.Share) bool) error {
	shares, err := tx.Shares(ctx, c.C.ID)
	if err != nil {
		return err
	}
	grants, err := tx.Grants(ctx, c.C.ID)
	if err != nil {
		return err
	}
	for _, share := range shares {
		if share.State != storage.ShareAccepted || !lose(share) {
			continue
		}
		p, err := tx.Principal(ctx, share.PrincipalID)
		if err != nil {
			return err
		}
		held, _ := directly(grants, p.ID)
		if err := c.notifyRemoved(ctx, tx, p, share, LevelOf(held, c.C.Home)); err != nil {
			return err
		}
	}
	return nil
}

// AskAgain invites those anew who had not answered when the collection went to the trash, from which it came back: the
// question went with it.
func (t *Tree) AskAgain(ctx context.Context, tx *storage.Tx, c *storage.Collection) error {
	owner, err := tx.Principal(ctx, c.OwnerID)
	if err != nil {
		return err
	}
	shares, err := tx.Shares(ctx, c.ID)
	if err != nil {
		return err
	}
	grants, err := tx.Grants(ctx, c.ID)
	if err != nil {
		return err
	}
	view := &Collection{Tree: t, C: c, OwnedBy: owner}
	if !view.mayBeShared() {
		return nil
	}
	for _, share := range shares {
		held, _ := directly(grants, share.PrincipalID)
		level := LevelOf(held, c.Home)
		if share.State != storage.ShareInvited || level == "" {
			continue
		}
		p, err := tx.Principal(ctx, share.PrincipalID)
		if err != nil {
			return err
		}
		if err := view.notifyInvite(ctx, tx, p, share, level, davxml.InviteNoResponse); err != nil {
			return err
		}
	}
	return nil
}
