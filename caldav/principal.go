package caldav

import (
	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/server/tree"
	"convoke/storage"
)

// principalRows are the properties that CalDAV has on principals. Groups are calendar users without a home.
func (d *Door) principalRows() dav.Rows {
	box := func(kind string) func(*tree.Principal, *dav.Value) error {
		return func(p *tree.Principal, v *dav.Value) error {
			if p.P.Kind == storage.KindGroup {
				return dav.ErrNoProperty
			}
			c, err := d.box(v.Ctx, p.Tree, p.P, kind)
			if err != nil {
				return dav.ErrNoProperty
			}
			v.W.Href(c.Href())
			return nil
		}
	}
	return dav.Props[*tree.Principal]{
		{Name: davxml.CalendarHomeSet, Get: homeSet, Asked: true},                   // RFC 4791 §6.2.1
		{Name: davxml.CalendarUserAddressSet, Get: addressSet, Asked: true},         // RFC 6638 §2.4.1
		{Name: davxml.CalendarUserType, Get: userType, Asked: true},                 // RFC 6638 §2.4.2
		{Name: davxml.ScheduleInboxURL, Get: box(storage.KindInbox), Asked: true},   // RFC 6638 §2.2.1
		{Name: davxml.ScheduleOutboxURL, Get: box(storage.KindOutbox), Asked: true}, // RFC 6638 §2.1.1
	}
}

// homeSet has one href: several confuse clients (clients.md §5).
func homeSet(p *tree.Principal, v *dav.Value) error {
	if p.P.Kind == storage.KindGroup {
		return dav.ErrNoProperty
	}
	v.W.Href(tree.HomeHref(storage.Calendars, p.P))
	return nil
}

// addressSet tells the calendar user addresses. Some clients take the first, some the last, Apple's the one that is
// marked: so the preferred one stands first and last, marked (clients.md §4, §9.21).
func addressSet(p *tree.Principal, v *dav.Value) error {
	for _, a := range addressesOf(p) {
		v.W.Start(davxml.Href)
		if a.preferred {
			v.W.Attr("preferred", "1")
		}
		v.W.Text(a.href)
		v.W.End()
	}
	return nil
}

type address struct {
	href      string
	preferred bool
}

// addressesOf lists the addresses in the order in which they are told.
func addressesOf(p *tree.Principal) []address {
	list := []address{}
	for i, a := range p.P.Addresses {
		list = append(list, address{tree.EscapeAddress(a), i == 0})
		if i == 0 {
			list = append(list, address{p.Href(), false}, address{"urn:uuid:" + p.P.UUID, false})
		}
	}
	if len(list) == 0 { // RFC 6638 §2.4.1: "the URI of his principal resource can be used"
		return []address{{p.Href(), true}, {"urn:uuid:" + p.P.UUID, false}, {p.Href(), true}}
	}
	return append(list, list[0])
}

// userType is CUTYPE of RFC 5545 §3.2.3.
func userType(p *tree.Principal, v *dav.Value) error {
	v.W.Text(tree.UserType(p.P))
	return nil
}
