// Package caldav is the door of RFC 4791 (CalDAV) and RFC 6638 (scheduling): calendars, calendar objects, the
// scheduling inbox and outbox, and their reports.
//
// It also speaks RFC 7809 §3.1.5 and §3.1.6 (time zones by name), RFC 7953 §7 (availability), caldav-ctag, and the
// properties of Apple's clients. What is understood of iCalendar is in internal/icalendar; what a change sets in
// motion is in scheduling; paths, access and what all collections share are in server/tree.
//
// Invariants:
//   - Every calendar object is written, moved and deleted through scheduling, with the preconditions judged inside
//     the transaction.
//   - A report reads only the objects that the listing's facts leave in doubt, or whose data is asked for.
//   - Who neither owns a calendar nor may write in it sees of private events a busy block, in whatever way they are
//     asked for, and filters see no more than that.
//   - One object that cannot be read or expanded never spoils the answer about others.
//   - An answer about calendar data names its own bytes: what is not the stored object has no ETag of it.
package caldav

import (
	"context"

	"convoke/scheduling"
	"convoke/server/dav"
	"convoke/server/tree"
	"convoke/storage"
)

// Compliance are the tokens of the DAV header that this door stands for: RFC 3744, RFC 4791 §5.1, RFC 6638 §2,
// RFC 7953 §7.2.1, caldav-proxy §4. Evolution looks for calendar-schedule, of the drafts, before it asks an outbox for
// busy times, macOS for calendarserver-home-sync before it synchronizes a home; calendarserver-sharing is of
// caldav-sharing §5.1.
func Compliance() []string {
	return []string{"access-control", "calendar-access", "calendar-schedule", "calendar-auto-schedule", "calendar-availability", "calendar-proxy", "calendar-query-extended",
		"calendarserver-home-sync", "calendarserver-sharing"}
}

// Limits bound one request, reliability.md §2. Zero fields take the default.
type Limits struct {
	ExpandDays      int // length of an expand: five years
	ExpandInstances int // instances in one answer with expand: 10,000
	ExpandBytes     int // of calendar data in one answer with expand: 16 MiB
	Hrefs           int // in one calendar-multiget: 20,000
	BusyDays        int // length of a free-busy range: two years
}

// DefaultLimits are the limits of a server that was told nothing else.
func DefaultLimits() Limits {
	return Limits{ExpandDays: 5 * 366, ExpandInstances: 10_000, ExpandBytes: 16 << 20, Hrefs: 20_000, BusyDays: 2 * 366}
}

// Door is the CalDAV door. It is safe for concurrent use.
type Door struct {
	sched  *scheduling.Service
	limits Limits
	kinds  kinds
}

// kinds are the kinds of resources of this door.
type kinds struct {
	object, inbox, item, outbox, busyURL *dav.Kind
	calendar                             [3]*dav.Kind // see tree.Shareable
}

// New makes the door.
func New(sched *scheduling.Service, limits Limits) *Door {
	d := &Door{sched: sched, limits: DefaultLimits()}
	set(&d.limits.ExpandDays, limits.ExpandDays)
	set(&d.limits.ExpandInstances, limits.ExpandInstances)
	set(&d.limits.ExpandBytes, limits.ExpandBytes)
	set(&d.limits.Hrefs, limits.Hrefs)
	set(&d.limits.BusyDays, limits.BusyDays)
	d.kinds = d.makeKinds()
	return d
}

func set(limit *int, configured int) {
	if configured > 0 {
		*limit = configured
	}
}

// Tree is what the resource tree must know of this door.
func (d *Door) Tree() *tree.Door {
	return &tree.Door{
		Home: storage.Calendars, Actor: "caldav",
		Wrap: d.wrap, WrapObject: d.wrapObject, Draft: d.draft, DeleteCollection: d.deleteCollection,
		HomeRows: homeRows, HomeReports: d.homeReports(), PrincipalRows: d.principalRows(),
		CollectionPriv: tree.CalendarPrivileges(), Secret: secret, Lookup: d.lookup,
	}
}

// wrap gives the resource of a collection of our kinds.
func (d *Door) wrap(c *tree.Collection) dav.Resource {
	switch c.C.Kind {
	case storage.KindCalendar:
		return &calendar{Collection: c, d: d}
	case storage.KindInbox:
		return &inbox{Collection: c, d: d}
	case storage.KindOutbox:
		return &outbox{c, d}
	}
	return nil
}

func (d *Door) wrapObject(o *tree.Object) dav.Resource { return &object{Object: o, d: d} }

// box finds the inbox or outbox of a principal.
func (d *Door) box(ctx context.Context, t *tree.Tree, owner *storage.Principal, kind string) (*tree.Collection, error) {
	all, err := t.Store.Collections(ctx, storage.Calendars, owner.ID, 0)
	if err != nil {
		return nil, tree.Condition(err)
	}
	for _, c := range all {
		if c.Kind == kind {
			return t.At(ctx, c)
		}
	}
	return nil, dav.ErrNotFound
}
