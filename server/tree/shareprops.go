package tree

import (
	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/storage"
)

// ShareRows are the properties of what can be shared, caldav-sharing §5.2. None is in allprop.
var ShareRows = dav.Props[HasCollection]{
	{Name: davxml.AllowedSharingModes, Get: sharingModes, Asked: true}, // §5.2.3
	{Name: davxml.Invite, Get: invite, Asked: true},                    // §5.2.2
	{Name: davxml.SharedURL, Get: sharedURL, Asked: true},              // §5.2.4
}

// sharingModes is for those who may share it. Publishing is not by this way.
func sharingModes(r HasCollection, v *dav.Value) error {
	c := r.Base()
	if !c.mayBeShared() || !c.Privs.Has(dav.WriteACL) {
		return dav.ErrNoProperty
	}
	v.W.Empty(davxml.CanBeShared)
	return nil
}

// invite tells with whom it is shared: who may read its access control list learns all, a sharee of nobody else ("a
// server's local privacy policy may prevent sharees from knowing about other sharees").
func invite(r HasCollection, v *dav.Value) error {
	c := r.Base()
	if !c.mayBeShared() {
		return dav.ErrNoProperty
	}
	list, err := c.Tree.sharees(v.Ctx, c.C)
	if err != nil {
		return err
	}
	all := c.Privs.Has(dav.ReadACL)
	if c.sharedWith == nil && (!all || len(list) == 0) {
		return dav.ErrNoProperty
	}
	if c.sharedWith != nil {
		c.writeOrganizer(v.W)
	}
	for _, s := range list {
		if all || s.Who.ID == c.sharedWith.ID {
			c.writeSharee(v.W, s)
		}
	}
	return nil
}

// writeSharee writes CS:user (caldav-sharing §6.5).
func (c *Collection) writeSharee(w *davxml.Writer, s Sharee) {
	w.Start(davxml.User)
	w.Elem(davxml.InviteUID, c.Tree.Store.InviteUID(c.C.ID, s.Who.ID))
	w.Href(addressOf(s.Who))
	w.Elem(davxml.CommonName, shown(s.Who))
	s.Level.write(w)
	w.Empty(stateNames[s.State])
	w.End()
}

// writeOrganizer writes CS:organizer (caldav-sharing §6.18): the owner.
func (c *Collection) writeOrganizer(w *davxml.Writer) {
	w.Start(davxml.CSOrganizer)
	if c.C.Kind == storage.KindAddressBook { // CalendarServer has it so; both are calendar user addresses
		w.Href(addressOf(c.OwnedBy))
	} else {
		w.Href(PrincipalHref(c.OwnedBy))
	}
	w.Elem(davxml.CommonName, shown(c.OwnedBy))
	w.End()
}

func sharedURL(r HasCollection, v *dav.Value) error {
	c := r.Base()
	if c.sharedWith == nil {
		return dav.ErrNoProperty
	}
	v.W.Href(c.ownersHref())
	return nil
}

// ownersHref is the href in the home of the owner, of a collection directly in it.
func (c *Collection) ownersHref() string {
	return childHref(HomeHref(c.C.Home, c.OwnedBy), c.C.Name, true)
}

// addressOf is the calendar user address by which a principal is told to clients; without one, the principal's href
// (RFC 6638 §2.4.1).
func addressOf(p *storage.Principal) string {
	if len(p.Addresses) > 0 {
		return EscapeAddress(p.Addresses[0])
	}
	return PrincipalHref(p)
}
