package caldav

import (
	"context"
	"errors"
	"net/http"
	"time"

	"convoke/scheduling"
	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/server/tree"
	"convoke/storage"
)

// calendarType is the media type of what the server itself makes.
const calendarType = "text/calendar; charset=utf-8"

// freeBusyQuery answers CALDAV:free-busy-query, RFC 4791 §7.10, for a calendar, or for all calendars of a home. The
// engine has not asked for DAV:read: CALDAV:read-free-busy is enough.
func (d *Door) freeBusyQuery(call *dav.ReportCall) error {
	q := &scheduling.BusyQuery{}
	var t *tree.Tree
	var err error
	switch r := call.Resource.(type) {
	case *calendar:
		if !r.Privs.Has(tree.ReadFreeBusy) {
			return dav.ErrNotFound // "MUST fail and return a 404"
		}
		t, q.Of, q.Calendars = r.Tree, r.OwnedBy, []*storage.Collection{r.C}
	case *tree.Home:
		t, q.Of = r.Tree, r.OwnedBy
		if q.Calendars, err = d.busyCalendars(call.Ctx, r); err != nil {
			return err
		}
	default:
		return dav.Forbid(davxml.SupportedReport, nil)
	}
	span, err := d.busyRange(call.Body) // not before who may not ask is sent away: it would tell that something is there
	if err != nil {
		return err
	}
	q.From, q.To = span.start, span.end
	periods, err := d.sched.FreeBusy(call.Ctx, q)
	if err != nil {
		return d.condition(call.Ctx, t, err)
	}
	return call.Respond(http.StatusOK, calendarType, d.sched.VFreeBusy(q, periods))
}

// busyRange reads the one CALDAV:time-range of the report, both of whose ends we need.
func (d *Door) busyRange(body *davxml.Node) (timeRange, error) {
	ranges := body.All(davxml.TimeRange)
	if len(ranges) != 1 {
		return timeRange{}, badRequest(errors.New("free-busy-query needs one time-range"))
	}
	span, ok := parseTimeRange(ranges[0].Attr("start"), ranges[0].Attr("end"), false)
	if !ok {
		return timeRange{}, badRequest(errors.New("free-busy-query with a bad time-range"))
	}
	if span.start.IsZero() || span.end.IsZero() || span.end.Sub(span.start) > time.Duration(d.limits.BusyDays)*24*time.Hour {
		return timeRange{}, tooMuch(errors.New("free-busy-query over too long a time"))
	}
	return span, nil
}

// busyCalendars are the calendars of a home whose busy time the asker may read. It is never nil: nil would ask for
// all of them.
func (d *Door) busyCalendars(ctx context.Context, h *tree.Home) ([]*storage.Collection, error) {
	all, err := h.Tree.Store.Collections(ctx, storage.Calendars, h.OwnedBy.ID, 0)
	if err != nil {
		return nil, tree.Condition(err)
	}
	list := []*storage.Collection{}
	known := h.Privs.Has(dav.Read)
	for _, c := range all {
		if c.Kind != storage.KindCalendar || c.Transparent {
			continue
		}
		at, err := h.Tree.At(ctx, c)
		if err != nil {
			return nil, err
		}
		if at.Privs.Has(tree.ReadFreeBusy) {
			list, known = append(list, c), true
		}
	}
	if !known {
		return nil, dav.ErrNotFound
	}
	return list, nil
}
