package tree

import (
	"encoding/xml"

	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/storage"
)

// Level is how far a collection is shared with somebody, as people choose it. It is a name for privileges: what is
// stored, and decides, are the entries of the access control list.
type Level string

// The levels, each with all that the one before it has.
const (
	LevelBusy     Level = "busy"     // when something takes place, and nothing else; calendars only
	LevelRead     Level = "read"     // everything but what is private
	LevelWrite    Level = "write"    // and change it, without sending scheduling messages for the owner
	LevelSchedule Level = "schedule" // and invite and answer in the name of the owner (RFC 6638 §6.2); calendars only
	LevelManage   Level = "manage"   // and share it with others
)

// levels are all, the widest first.
var levels = []Level{LevelManage, LevelSchedule, LevelWrite, LevelRead, LevelBusy}

// Privileges are what a level grants in a home; 0 if it has no meaning there.
func (l Level) Privileges(home string) dav.PrivilegeSet {
	calendars := home == storage.Calendars
	switch {
	case l == LevelBusy && calendars:
		return ReadFreeBusy
	case l == LevelRead:
		return reading
	case l == LevelWrite:
		return reading | dav.Write
	case l == LevelSchedule && calendars:
		return reading | dav.Write | Send
	case l == LevelManage && calendars:
		return reading | dav.Write | Send | dav.ReadACL | dav.WriteACL
	case l == LevelManage:
		return reading | dav.Write | dav.ReadACL | dav.WriteACL
	}
	return 0
}

// LevelOf is the widest level whose privileges are all held, in which DAV:read-current-user-privilege-set does not
// count; "" if none is.
func LevelOf(held dav.PrivilegeSet, home string) Level {
	if held.Has(dav.Read) {
		held |= reading
	}
	for _, l := range levels {
		if p := l.Privileges(home); p != 0 && held.Has(p) {
			return l
		}
	}
	return ""
}

// access is the level as caldav-sharing §6.11 knows it: reading, or reading and writing.
func (l Level) access() xml.Name {
	switch l {
	case LevelBusy, LevelRead:
		return davxml.CSRead
	}
	return davxml.CSReadWrite
}

// write writes the level: CS:access for all clients and, where that doesn't say it all, our own name of it.
func (l Level) write(w *davxml.Writer) {
	w.Start(davxml.CSAccess)
	w.Empty(l.access())
	w.End()
	if l != LevelRead && l != LevelWrite {
		w.Elem(davxml.ShareLevel, string(l))
	}
}

// readLevel reads the level of a CS:set: ours, or that of CS:read and CS:read-write. "" if it names none.
func readLevel(n *davxml.Node) Level {
	if n.Has(davxml.ShareLevel) {
		for _, l := range levels {
			if string(l) == n.ChildText(davxml.ShareLevel) {
				return l
			}
		}
		return ""
	}
	switch {
	case n.Has(davxml.CSReadWrite):
		return LevelWrite
	case n.Has(davxml.CSRead):
		return LevelRead
	}
	return ""
}
