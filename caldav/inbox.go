package caldav

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"convoke/internal/icalendar"
	"convoke/scheduling"
	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/server/tree"
	"convoke/storage"
)

// inbox is a scheduling inbox, RFC 6638 §2.2: scheduling messages, and the settings of a calendar user.
type inbox struct {
	*tree.Collection
	d *Door
}

// Kind is that of inboxes.
func (i *inbox) Kind() *dav.Kind { return i.d.kinds.inbox }

func (i *inbox) door() *Door { return i.d }

// Post refuses: scheduling messages are submitted to an outbox (RFC 6638 §5.1).
func (i *inbox) Post(_ http.ResponseWriter, r *http.Request) error {
	if err := i.Allow(r.Context(), dav.Read); err != nil {
		return err
	}
	return dav.Status(http.StatusForbidden, errors.New("a scheduling message to an inbox"))
}

// boxRows take back what an inbox or outbox has only as a collection: clients add nothing to either (RFC 6638 §2).
var boxRows = dav.Props[tree.HasCollection]{
	{Name: davxml.AddMember, Get: func(tree.HasCollection, *dav.Value) error { return dav.ErrNoProperty }, Asked: true},
}

// inboxRows are the settings kept on an inbox.
var inboxRows = dav.Props[*inbox]{
	{Name: davxml.ScheduleDefaultCalendarURL, Get: (*inbox).defaultCalendar, Set: (*inbox).setDefaultCalendar, Asked: true}, // RFC 6638 §9.2
	{Name: davxml.CalendarAvailability, Get: (*inbox).availability, Set: (*inbox).setAvailability, Asked: true},             // RFC 7953 §7.2.4
	{Name: davxml.CSCalendarAvailability, Get: (*inbox).availability, Set: (*inbox).setAvailability, Asked: true},           // Apple, before RFC 7953
	{Name: davxml.CalendarFreeBusySet, Get: (*inbox).busySet, Set: (*inbox).setBusySet, Asked: true},                        // before RFC 6638
	{Name: davxml.SupportedCalendarComponentSet, Get: func(_ *inbox, v *dav.Value) error {
		writeComponents(v.W, []string{icalendar.Event, icalendar.Todo, icalendar.FreeBusy})
		return nil
	}, Asked: true}, // RFC 6638 §2.2
	{Name: davxml.CalendarTimezone, Get: (*inbox).timezone, Asked: true},
}

func (i *inbox) defaultCalendar(v *dav.Value) error {
	c, err := i.d.sched.DefaultCalendar(v.Ctx, i.OwnedBy)
	if err != nil || c == nil {
		return err // none: an empty property
	}
	at, err := i.Tree.At(v.Ctx, c)
	if err != nil {
		return err
	}
	v.W.Href(at.Href())
	return nil
}

// setDefaultCalendar stages another default calendar: one of the owner's own (RFC 6638 §4.3.1.2).
func (i *inbox) setDefaultCalendar(n *davxml.Node) error {
	hrefs := n.Hrefs()
	if len(hrefs) == 0 {
		return refuse(davxml.DefaultCalendarNeeded, errors.New("no default calendar")) // RFC 6638 §4.3.1.1
	}
	for _, c := range i.calendars(context.Background()) {
		if len(hrefs) == 1 && i.isAt(c, hrefs[0]) {
			i.Stage(func(tx *storage.Tx, _ *storage.Collection) error { return i.chooseDefault(tx, c.ID) })
			return nil
		}
	}
	return refuse(davxml.ValidScheduleDefaultCalendarURL, errors.New("not a calendar of the owner"))
}

// calendars are those of the owner.
func (i *inbox) calendars(ctx context.Context) []*storage.Collection {
	all, err := i.Tree.Store.Collections(ctx, storage.Calendars, i.OwnedBy.ID, 0)
	if err != nil {
		return nil
	}
	list := all[:0]
	for _, c := range all {
		if c.Kind == storage.KindCalendar {
			list = append(list, c)
		}
	}
	return list
}

// isAt tells whether an href, in any spelling, is that of a calendar of the owner.
func (i *inbox) isAt(c *storage.Collection, href string) bool {
	if at := strings.Index(href, "://"); at >= 0 {
		slash := strings.IndexByte(href[at+3:], '/')
		if slash < 0 {
			return false
		}
		href = href[at+3+slash:]
	}
	asked, err := dav.ParsePath(href)
	if err != nil {
		return false
	}
	own, err := dav.ParsePath(tree.HomeHref(storage.Calendars, i.OwnedBy) + dav.EscapeSegment(c.Name))
	return err == nil && asked.Equal(own)
}

// chooseDefault sets the default calendar, if scheduling takes it.
func (i *inbox) chooseDefault(tx *storage.Tx, calendar int64) error {
	ctx := context.Background() // transactions are short
	err := i.d.sched.SetDefaultCalendar(ctx, tx, i.OwnedBy, calendar)
	var v *scheduling.Violation
	if errors.As(err, &v) {
		cond := dav.AsCondition(i.d.condition(ctx, i.Tree, err))
		return &dav.PropertyError{Name: davxml.ScheduleDefaultCalendarURL, Condition: cond}
	}
	return err
}

// ref is where the properties of the inbox are kept.
func (i *inbox) ref() storage.Ref { return storage.Ref{Kind: storage.RefCollection, ID: i.C.ID} }

// availability gives CALDAV:calendar-availability, which scheduling reads from the property too.
func (i *inbox) availability(v *dav.Value) error {
	kept, err := i.Tree.Store.Properties(v.Ctx, i.ref(), 0)
	if err != nil {
		return err
	}
	for _, p := range kept {
		if p.Space == davxml.CalDAV && p.Local == davxml.CalendarAvailability.Local {
			n, err := davxml.Parse(p.XML)
			if err != nil {
				return dav.ErrNoProperty
			}
			v.W.Text(n.Text)
			return nil
		}
	}
	return dav.ErrNoProperty
}

// setAvailability takes "a valid iCalendar object containing only one VAVAILABILITY component, and optionally,
// VTIMEZONE components" (RFC 7953 §7.2.4).
func (i *inbox) setAvailability(n *davxml.Node) error {
	space, local := davxml.CalDAV, davxml.CalendarAvailability.Local
	if n == nil || n.Trimmed() == "" {
		i.Stage(func(tx *storage.Tx, _ *storage.Collection) error { return tx.RemoveProperty(i.ref(), 0, space, local) })
		return nil
	}
	if len(n.Text) > maxZoneBytes {
		return dav.Status(http.StatusInsufficientStorage, errors.New("a large availability"))
	}
	o, err := icalendar.Parse(bytes.TrimSpace([]byte(n.Text)))
	if err != nil {
		return refuse(davxml.ValidCalendarData, err)
	}
	parts := 0
	for c := range o.Parts() {
		if parts++; c.Name != icalendar.Availability || parts > 1 {
			return refuse(davxml.ValidCalendarData, errors.New("not one VAVAILABILITY"))
		}
	}
	if parts == 0 {
		return refuse(davxml.ValidCalendarData, errors.New("no VAVAILABILITY"))
	}
	var w davxml.Writer
	w.Raw(`<C:calendar-availability xmlns:C="` + davxml.CalDAV + `">`)
	w.Text(n.Text)
	w.Raw(`</C:calendar-availability>`)
	kept := bytes.Clone(w.Bytes())
	i.Stage(func(tx *storage.Tx, _ *storage.Collection) error {
		return tx.SetProperty(i.ref(), 0, storage.Property{Space: space, Local: local, XML: kept})
	})
	return nil
}

// busySet gives calendar-free-busy-set of the drafts before RFC 6638: the calendars of events that are not transparent.
func (i *inbox) busySet(v *dav.Value) error {
	for _, c := range i.calendars(v.Ctx) {
		if !c.Transparent && keepsEvents(c) {
			v.W.Href(tree.HomeHref(storage.Calendars, i.OwnedBy) + dav.EscapeSegment(c.Name) + "/")
		}
	}
	return nil
}

// keepsEvents tells a calendar that can make somebody busy.
func keepsEvents(c *storage.Collection) bool {
	return len(c.Components) == 0 || slices.Contains(c.Components, icalendar.Event)
}

// setBusySet makes the calendars that are not named transparent (RFC 6638 §9.1), and the others opaque. A name of
// what is no calendar is refused, so that a typing error takes nobody's busy time away; so is the removal.
func (i *inbox) setBusySet(n *davxml.Node) error {
	if n == nil {
		return dav.Status(http.StatusForbidden, errors.New("no calendar-free-busy-set"))
	}
	hrefs := n.Hrefs()
	if len(hrefs) > maxBusySet {
		return badRequest(errors.New("a large calendar-free-busy-set"))
	}
	calendars := i.calendars(context.Background())
	for _, href := range hrefs {
		if !slices.ContainsFunc(calendars, func(c *storage.Collection) bool { return i.isAt(c, href) }) {
			return dav.Status(http.StatusForbidden, errors.New("calendar-free-busy-set names no calendar of the owner"))
		}
	}
	i.Stage(func(tx *storage.Tx, _ *storage.Collection) error {
		all, err := tx.Collections(context.Background(), storage.Calendars, i.OwnedBy.ID, 0)
		if err != nil {
			return err
		}
		for _, c := range all {
			if c.Kind != storage.KindCalendar || !keepsEvents(c) {
				continue
			}
			transparent := true
			for _, href := range hrefs {
				transparent = transparent && !i.isAt(c, href)
			}
			if transparent == c.Transparent {
				continue
			}
			changed := *c
			changed.Transparent = transparent
			if err := tx.UpdateCollection(&changed); err != nil {
				return err
			}
		}
		return nil
	})
	return nil
}

// maxBusySet bounds the hrefs of one calendar-free-busy-set.
const maxBusySet = 1_000

// timezone gives the zone of the default calendar (RFC 6638 §2.2).
func (i *inbox) timezone(v *dav.Value) error {
	c, err := i.d.sched.DefaultCalendar(v.Ctx, i.OwnedBy)
	if err != nil || c == nil {
		return dav.ErrNoProperty
	}
	return text(v, c.Timezone)
}
