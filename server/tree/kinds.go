package tree

import (
	"encoding/xml"

	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/storage"
)

// Reports are the reports of a kind.
type Reports = map[xml.Name]dav.Report

// kinds are the kinds that belong to no door.
type kinds struct {
	directory, principal, proxyRead, proxyWrite, plain, file *dav.Kind
	homes                                                    map[string]*dav.Kind
}

// restrictions are what entries of a list here may not be (RFC 3744 §5.6): there is no place to keep an inverted
// principal. Entries are judged in order, so denials may stand anywhere.
var restrictions = []xml.Name{davxml.NoInvert}

// Restrictions are the DAV:acl-restrictions of stored collections, for the kinds of doors.
func Restrictions() []xml.Name { return restrictions }

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
		file:  &dav.Kind{Name: "file", Props: dav.Join(CommonRows, ObjectRows), Reports: reports, Restrictions: restrictions},
		homes: map[string]*dav.Kind{},
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
