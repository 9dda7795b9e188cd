package caldav

import (
	"encoding/xml"

	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/server/tree"
)

// supportedComponentSets is of draft-daboo-caldav-extensions §4.1.
var supportedComponentSets = xml.Name{Space: davxml.CalDAV, Local: "supported-calendar-component-sets"}

// homeRows are the properties of calendar homes that concern calendars alone.
var homeRows = dav.Props[*tree.Home]{
	// Empty says that any combination of components may be asked for.
	{Name: supportedComponentSets, Get: func(*tree.Home, *dav.Value) error { return nil }, Asked: true},
}

// homeReports are the reports of calendar homes: busy time over all calendars in them (RFC 4791 §7.10), and objects
// by their hrefs at any depth (RFC 4791 §7.9).
func (d *Door) homeReports() tree.Reports {
	return tree.Reports{davxml.FreeBusyQuery: d.freeBusyQuery, davxml.CalendarMultiget: d.calendarMultiget}
}
