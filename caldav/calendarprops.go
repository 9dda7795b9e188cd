package caldav

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"convoke/internal/icalendar"
	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/server/tree"
	"convoke/storage"
)

// calendarRows are the properties of calendar collections, RFC 4791 §5.2.
var calendarRows = dav.Props[hasCalendar]{
	{Name: davxml.GetContentLength, Get: calendarLength, Asked: true},                                             // RFC 4918 §15.4
	{Name: davxml.CalendarDescription, Get: description, Set: setDescription, Asked: true, OwnShown: true},        // §5.2.1
	{Name: davxml.CalendarTimezone, Get: calendarZone, Set: setCalendarZone, Asked: true},                         // §5.2.2
	{Name: davxml.SupportedCalendarComponentSet, Get: components, Set: setComponents, Asked: true, Initial: true}, // §5.2.3
	{Name: davxml.CalendarTimezoneID, Get: calendarZoneID, Set: setCalendarZoneID, Asked: true},                   // RFC 7809 §5.2
	{Name: davxml.ScheduleCalendarTransp, Get: transparency, Set: setTransparency, Asked: true, OwnShown: true},   // RFC 6638 §9.1
	{Name: davxml.CalendarFreeBusySet, Get: countsAsBusy, Set: setCountsAsBusy, Asked: true, OwnShown: true},      // macOS, in MKCALENDAR
	{Name: davxml.CalendarColor, Get: color, Set: setColor, Asked: true, Own: true},                               // Apple
	{Name: davxml.CalendarOrder, Get: order, Set: setOrder, Asked: true, Own: true},                               // Apple
}

// calendarLength is what the objects take. It departs from RFC 4918 §15.4: GET makes its stream as it is sent, and
// its length would not be known without.
func calendarLength(c hasCalendar, v *dav.Value) error {
	v.W.Int(c.base().C.Size())
	return nil
}

// dataRows tell what calendar data a collection takes: on calendars (RFC 4791 §5.2), inbox and outbox (RFC 6638
// §2.1, §2.2).
var dataRows = dav.Props[bounded]{
	{Name: davxml.SupportedCalendarData, Get: supportedCalendarData, Asked: true}, // RFC 4791 §5.2.4
	{Name: davxml.MaxResourceSize, Get: func(r bounded, v *dav.Value) error {
		v.W.Int(int64(r.door().sched.Limits().ObjectBytes))
		return nil
	}, Asked: true}, // §5.2.5
	{Name: davxml.MinDateTime, Get: func(_ bounded, v *dav.Value) error { v.W.Text(minDateTime); return nil }, Asked: true}, // §5.2.6
	{Name: davxml.MaxDateTime, Get: func(_ bounded, v *dav.Value) error { v.W.Text(maxDateTime); return nil }, Asked: true}, // §5.2.7
	{Name: davxml.MaxInstances, Get: func(_ bounded, v *dav.Value) error {
		v.W.Int(icalendar.DefaultInstances)
		return nil
	}, Asked: true}, // §5.2.8
	{Name: davxml.MaxAttendeesPerInstance, Get: func(r bounded, v *dav.Value) error {
		v.W.Int(int64(r.door().sched.Limits().Attendees))
		return nil
	}, Asked: true}, // §5.2.9
	{Name: davxml.SupportedCollationSet, Get: supportedCollations, Asked: true}, // §7.5.1
}

// The dates that a new object may begin in, reliability.md §2.
const (
	minDateTime = "19000101T000000Z"
	maxDateTime = "22000101T000000Z"
)

// bounded is a collection that takes calendar data.
type bounded interface{ door() *Door }

func (c *calendar) door() *Door { return c.d }

// kept are the components that a calendar may hold (RFC 4791 §4.1, RFC 7953 §7.1). VPOLL is not among them.
var kept = []string{icalendar.Event, icalendar.Todo, icalendar.Journal, icalendar.FreeBusy, icalendar.Availability}

func description(r hasCalendar, v *dav.Value) error {
	s, err := r.base().Description(v.Ctx)
	if err != nil {
		return err
	}
	return text(v, s)
}

// Color and order are each person's own: who shows the calendar of somebody else must not paint theirs.
func color(r hasCalendar, v *dav.Value) error { return own(r, v, "color", r.base().C.Color) }
func order(r hasCalendar, v *dav.Value) error { return own(r, v, "order", r.base().C.Order) }

func own(r hasCalendar, v *dav.Value, name, shared string) error {
	s, err := r.base().Own(v.Ctx, name, shared)
	if err != nil {
		return err
	}
	return text(v, s)
}

// text writes a property that may be unset.
func text(v *dav.Value, s string) error {
	if s == "" {
		return dav.ErrNoProperty
	}
	v.W.Text(s)
	return nil
}

func setDescription(r hasCalendar, n *davxml.Node) error {
	s, err := tree.Text(n)
	if err != nil {
		return err
	}
	r.base().SetDescription(s)
	return nil
}

func setColor(r hasCalendar, n *davxml.Node) error {
	return setOwn(r, n, "color", func(c *storage.Collection, s string) { c.Color = s })
}

func setOrder(r hasCalendar, n *davxml.Node) error {
	return setOwn(r, n, "order", func(c *storage.Collection, s string) { c.Order = s })
}

func setOwn(r hasCalendar, n *davxml.Node, name string, set func(*storage.Collection, string)) error {
	s, err := tree.Text(n)
	if err != nil {
		return err
	}
	r.base().StageOwn(name, s, func(c *storage.Collection) { set(c, s) })
	return nil
}

func calendarZone(r hasCalendar, v *dav.Value) error { return text(v, r.base().C.Timezone) }

func calendarZoneID(r hasCalendar, v *dav.Value) error { return text(v, r.base().C.TimezoneID) }

// maxZoneBytes bounds a VTIMEZONE; those of Thunderbird with full history have some 20 KiB.
const maxZoneBytes = 64 << 10

// setCalendarZone sets both properties, which must agree (RFC 7809 §3.1.5). RFC 4791 §5.2.10.
func setCalendarZone(r hasCalendar, n *davxml.Node) error {
	if n == nil || strings.TrimSpace(n.Text) == "" {
		return stageZone(r, "", "")
	}
	if len(n.Text) > maxZoneBytes {
		return dav.Status(http.StatusInsufficientStorage, errors.New("a large time zone"))
	}
	tzid, _, err := readZone(n.Text)
	if err != nil {
		return err
	}
	return stageZone(r, strings.TrimSpace(n.Text)+"\r\n", tzid)
}

func setCalendarZoneID(r hasCalendar, n *davxml.Node) error {
	if n == nil || n.Trimmed() == "" {
		return stageZone(r, "", "")
	}
	tzid := n.Trimmed()
	zone, err := namedZone(tzid)
	if err != nil {
		return err
	}
	return stageZone(r, zoneText(zone, tzid, r.base().Tree.Store.Now()), tzid)
}

func stageZone(r hasCalendar, text, tzid string) error {
	r.base().Stage(func(_ *storage.Tx, c *storage.Collection) error {
		c.Timezone, c.TimezoneID = text, tzid
		return nil
	})
	return nil
}

func components(r hasCalendar, v *dav.Value) error {
	names := r.base().C.Components
	if names == nil {
		names = kept
	}
	writeComponents(v.W, names)
	return nil
}

func writeComponents(w *davxml.Writer, names []string) {
	for _, name := range names {
		w.Start(davxml.Comp)
		w.Attr("name", name)
		w.End()
	}
}

// setComponents works in MKCALENDAR and MKCOL alone (RFC 4791 §5.2.3: "MUST be protected"). Components that no
// calendar here holds are left out; a set of nothing else is refused.
func setComponents(r hasCalendar, n *davxml.Node) error {
	var names []string
	if n != nil {
		for _, c := range n.All(davxml.Comp) {
			name := strings.ToUpper(c.Attr("name"))
			if slices.Contains(kept, name) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		if names == nil {
			return refuse(davxml.SupportedCalendarComponent, errors.New("no component that is kept here"))
		}
	}
	r.base().Stage(func(_ *storage.Tx, c *storage.Collection) error { c.Components = names; return nil })
	return nil
}

func supportedCalendarData(_ bounded, v *dav.Value) error {
	v.W.Start(davxml.CalendarData)
	v.W.Attr("content-type", "text/calendar")
	v.W.Attr("version", "2.0")
	v.W.End()
	return nil
}

func supportedCollations(_ bounded, v *dav.Value) error {
	for i := range collations {
		v.W.Elem(davxml.SupportedCollation, collations[i].name)
	}
	return nil
}

func transparency(r hasCalendar, v *dav.Value) error {
	transparent, err := r.base().Transparent(v.Ctx)
	if err != nil {
		return err
	}
	if transparent {
		v.W.Empty(davxml.Transparent)
	} else {
		v.W.Empty(davxml.Opaque)
	}
	return nil
}

// setTransparency reads RFC 6638 §9.1: opaque, transparent, or removed, which is opaque.
func setTransparency(r hasCalendar, n *davxml.Node) error {
	switch {
	case n.Has(davxml.Transparent):
		return stageTransparent(r, true)
	case n == nil, n.Has(davxml.Opaque):
		return stageTransparent(r, false)
	}
	return dav.Status(http.StatusConflict, errors.New("schedule-calendar-transp is neither opaque nor transparent"))
}

func stageTransparent(r hasCalendar, transparent bool) error {
	r.base().SetTransparent(transparent)
	return nil
}

// countsAsBusy is calendar-free-busy-set as macOS writes it on a calendar that it makes: YES or NO, in no name
// space (clients.md §5). It says what schedule-calendar-transp says.
func countsAsBusy(r hasCalendar, v *dav.Value) error {
	transparent, err := r.base().Transparent(v.Ctx)
	if err != nil {
		return err
	}
	if transparent {
		v.W.Raw("<NO/>")
	} else {
		v.W.Raw("<YES/>")
	}
	return nil
}

func setCountsAsBusy(r hasCalendar, n *davxml.Node) error {
	no := false
	if n != nil {
		for _, c := range n.Children {
			no = no || strings.EqualFold(c.Name.Local, "NO")
		}
	}
	return stageTransparent(r, no)
}
