package caldav

import (
	"encoding/xml"

	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/server/tree"
)

func (d *Door) makeKinds() kinds {
	about := tree.CommonReports(tree.Reports{
		davxml.CalendarQuery:    d.calendarQuery,    // RFC 4791 §7.8
		davxml.CalendarMultiget: d.calendarMultiget, // RFC 4791 §7.9
	})
	busy := tree.CommonReports(tree.Reports{
		davxml.CalendarQuery:    d.calendarQuery,
		davxml.CalendarMultiget: d.calendarMultiget,
		davxml.FreeBusyQuery:    d.freeBusyQuery, // RFC 4791 §7.10
	})
	return kinds{
		busyURL: &dav.Kind{Name: "busy time", Props: dav.Join(tree.CommonRows), Reports: tree.CommonReports(nil), Restrictions: tree.Restrictions()},
		calendar: tree.Shareable(&dav.Kind{
			Name: "calendar", Collection: true, Flat: true, NoEmpty: true, Types: []xml.Name{davxml.Collection, davxml.Calendar},
			Props:   dav.Join(tree.CommonRows, tree.CollectionRows, tree.ShareRows, calendarRows, dataRows),
			Reports: busy, Privileges: tree.CalendarPrivileges(), Restrictions: tree.Restrictions(),
		}),
		object: &dav.Kind{
			Name: "calendar object", Props: dav.Join(tree.CommonRows, tree.ObjectRows, objectRows),
			Reports: about, Privileges: tree.CalendarPrivileges(), Restrictions: tree.Restrictions(),
		},
		inbox: &dav.Kind{
			Name: "inbox", Collection: true, Flat: true, NoEmpty: true, Types: []xml.Name{davxml.Collection, davxml.ScheduleInbox},
			Props: dav.Join(tree.CommonRows, tree.CollectionRows, inboxRows, dataRows, boxRows),
			// RFC 6638 §2.3: no free-busy-query on an inbox.
			Reports: about, Privileges: tree.InboxPrivileges(), Restrictions: tree.Restrictions(),
		},
		item: &dav.Kind{
			Name: "inbox item", Props: dav.Join(tree.CommonRows, tree.ObjectRows, objectRows),
			Reports: about, Privileges: tree.InboxPrivileges(), Restrictions: tree.Restrictions(),
		},
		outbox: &dav.Kind{
			Name: "outbox", Collection: true, Flat: true, Types: []xml.Name{davxml.Collection, davxml.ScheduleOutbox},
			Props: dav.Join(tree.CommonRows, tree.CollectionRows, dataRows, boxRows),
			// Nothing is in it, and that is what they say.
			Reports: about, Privileges: tree.OutboxPrivileges(), Restrictions: tree.Restrictions(),
		},
	}
}
