package tree

import (
	"encoding/xml"
	"slices"

	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/storage"
)

// Reports are the reports of a kind.
type Reports = map[xml.Name]dav.Report

// kinds are the kinds that belong to no door.
type kinds struct {
	directory, principal, proxyRead, proxyWrite, plain, file *dav.Kind
	notifications, notice                                    *dav.Kind
	homes                                                    map[string]*dav.Kind
}

// restrictions are what entries of a list here may not be (RFC 3744 §5.6): there is no place to keep an inverted
// principal. Entries are judged in order, so denials may stand anywhere.
var restrictions = []xml.Name{davxml.NoInvert}

// Restrictions are the DAV:acl-restrictions of stored collections, for the kinds of doors.
func Restrictions() []xml.Name { return restrictions }

// Shareable gives a kind as it is when it isn't shared, when its owner shares it, and in the home of a sharee: they
// differ by resource type (caldav-sharing §5.2.1).
func Shareable(kind *dav.Kind) [3]*dav.Kind {
	owners, sharees := *kind, *kind
	owners.Types = append(slices.Clone(kind.Types), davxml.SharedOwner)
	sharees.Types = append(slices.Clone(kind.Types), davxml.CSShared)
	return [3]*dav.Kind{kind, &owners, &sharees}
}

// KindOf chooses among the kinds of Shareable.
func (c *Collection) KindOf(kinds *[3]*dav.Kind) *dav.Kind {
	switch {
	case c.sharedWith != nil:
		return kinds[2]
	case c.Privs.Has(dav.ReadACL) && c.isShared():
		return kinds[1]
	}
	return kinds[0]
}

func (t *Tree) makeKinds(doors []*Door) kinds {
	var principalMore, homeMore []dav.Rows
	for _, d := range doors {
		if d.PrincipalRows != nil {
			principalMore = append(principalMore, d.PrincipalRows)
		}
	}
	reports := CommonReports(nil)
	// "MUST be supported on" the collections of principals (RFC 3744 §9.5), and says nothing of others.
	principals := CommonReports(Reports{davxml.PrincipalSearchPropertySet: principalSearchPropertySet})
	k := kinds{
		directory: &dav.Kind{Name: "directory", Collection: true, Types: []xml.Name{davxml.Collection},
			Props: dav.Join(CommonRows, directoryRows), Reports: principals, Restrictions: restrictions},
		principal: &dav.Kind{Name: "principal", Collection: true, Types: []xml.Name{davxml.Collection, davxml.Principal},
			Props: dav.Join(append([]dav.Rows{CommonRows, principalRows}, principalMore...)...), Reports: principals, Restrictions: restrictions},
		proxyRead: &dav.Kind{Name: proxyRead, Collection: true, Types: []xml.Name{davxml.Principal, cs(proxyRead)},
			Props: dav.Join(CommonRows, proxyRows), Reports: principals, Restrictions: restrictions},
		proxyWrite: &dav.Kind{Name: proxyWrite, Collection: true, Types: []xml.Name{davxml.Principal, cs(proxyWrite)},
			Props: dav.Join(CommonRows, proxyRows), Reports: principals, Restrictions: restrictions},
		plain: &dav.Kind{Name: "collection", Collection: true, Types: []xml.Name{davxml.Collection},
			Props: dav.Join(CommonRows, CollectionRows), Reports: reports, Restrictions: restrictions},
		file: &dav.Kind{Name: "file", Props: dav.Join(CommonRows, ObjectRows), Reports: reports, Restrictions: restrictions},
		notifications: &dav.Kind{Name: "notifications", Collection: true, Flat: true, NoEmpty: true, NoCalendars: true,
			// caldav-sharing §4 says notification, caldav-notifications §4 notifications.
			Types: []xml.Name{davxml.Collection, davxml.Notification, davxml.Notifications},
			Props: dav.Join(CommonRows, CollectionRows, notificationsRows), Reports: reports, Restrictions: restrictions},
		notice: &dav.Kind{Name: "notification", Props: dav.Join(CommonRows, ObjectRows, noticeRows), Reports: reports, Restrictions: restrictions},
		homes:  map[string]*dav.Kind{},
	}
	for _, d := range doors {
		homeMore = []dav.Rows{CommonRows, homeRows}
		if d.HomeRows != nil {
			homeMore = append(homeMore, d.HomeRows)
		}
		k.homes[d.Home] = &dav.Kind{Name: d.Home, Collection: true, Types: []xml.Name{davxml.Collection},
			Props: dav.Join(homeMore...), Reports: CommonReports(d.HomeReports), Privileges: d.CollectionPriv, Restrictions: restrictions,
			NoCalendars: d.Home != storage.Calendars}
	}
	return k
}
