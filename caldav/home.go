package caldav

import (
	"encoding/xml"
	"strconv"

	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/server/tree"
	"convoke/storage"
)

// supportedComponentSets is of draft-daboo-caldav-extensions §4.1.
var supportedComponentSets = xml.Name{Space: davxml.CalDAV, Local: "supported-calendar-component-sets"}

// homeRows are the properties of calendar homes that concern calendars alone.
var homeRows = dav.Props[*tree.Home]{
	{Name: davxml.GetCTag, Get: homeCTag, Asked: true},
	// Empty says that any combination of components may be asked for.
	{Name: supportedComponentSets, Get: func(*tree.Home, *dav.Value) error { return nil }, Asked: true},
}

// homeReports are the reports of calendar homes: busy time over all calendars in them (RFC 4791 §7.10), and objects
// by their hrefs at any depth (RFC 4791 §7.9).
func (d *Door) homeReports() tree.Reports {
	return tree.Reports{davxml.FreeBusyQuery: d.freeBusyQuery, davxml.CalendarMultiget: d.calendarMultiget}
}

// homeCTag changes with the home, its collections and all that is in them: iOS looks into its calendars only if it
// did (clients.md §2). A collection's change number never goes back, and one that goes is a change of the home.
func homeCTag(h *tree.Home, v *dav.Value) error {
	home, err := h.Tree.Store.HomeChange(v.Ctx, h.Name, h.OwnedBy.ID)
	if err != nil {
		return err
	}
	all, err := h.Tree.Store.CollectionsOf(v.Ctx, h.OwnedBy.ID) // at any depth
	if err != nil {
		return err
	}
	shared, err := h.Shared(v.Ctx)
	if err != nil {
		return err
	}
	sum := uint64(len(shared))
	for _, c := range append(all, shared...) {
		if c.Home == h.Name && c.Kind != storage.KindPlain {
			sum += c.Change
		}
	}
	v.W.Text(strconv.FormatUint(home, 10))
	v.W.Text("-")
	v.W.Text(strconv.FormatUint(sum, 10))
	return nil
}
