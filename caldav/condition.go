package caldav

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"

	"convoke/internal/icalendar"
	"convoke/scheduling"
	"convoke/scheduling/itip"
	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/server/tree"
	"convoke/storage"
)

// refuse is a 403 with a condition element, the form of most conditions of RFC 4791 and RFC 6638.
func refuse(name xml.Name, err error) *dav.Condition { return dav.Forbid(name, err) }

// badRequest is a body that has no meaning and for which no standard names a condition.
func badRequest(err error) *dav.Condition { return dav.Status(http.StatusBadRequest, err) }

// tooMuch is DAV:number-of-matches-within-limits, RFC 4791 §7.8, §7.10.
func tooMuch(err error) *dav.Condition { return refuse(davxml.NumberOfMatchesWithinLimits, err) }

// objectConditions name the preconditions that the content of an object can break, RFC 4791 §5.3.2.1, RFC 7529 §8.
var objectConditions = map[icalendar.Precondition]xml.Name{
	icalendar.ValidData:      davxml.ValidCalendarData,
	icalendar.ValidObject:    davxml.ValidCalendarObjectResource,
	icalendar.MaxInstances:   davxml.MaxInstances,
	icalendar.MaxAttendees:   davxml.MaxAttendeesPerInstance,
	icalendar.MinDateTime:    davxml.MinDateTime,
	icalendar.MaxDateTime:    davxml.MaxDateTime,
	icalendar.SupportedScale: davxml.SupportedRScale,
}

// changeConditions are the refusals of RFC 6638 §3.2.4.
var changeConditions = []struct {
	err  error
	name xml.Name
}{
	{itip.ErrOrganizersDiffer, davxml.SameOrganizerInAllComponents},
	{itip.ErrOrganizerChange, davxml.AllowedOrganizerObjectChange},
	{itip.ErrAttendeeChange, davxml.AllowedAttendeeObjectChange},
}

// condition turns what scheduling, icalendar or storage gave into what the client is told (style.md §5). It keeps
// nil, and conditions that a precondition check gave.
func (d *Door) condition(ctx context.Context, t *tree.Tree, err error) error {
	if err == nil {
		return nil
	}
	var done *dav.Condition
	if errors.As(err, &done) {
		return err
	}
	var v *scheduling.Violation
	if errors.As(err, &v) {
		return &dav.Condition{
			Status: v.Status, Name: xml.Name{Space: string(v.Namespace), Local: v.Precondition},
			Href: d.href(ctx, t, v.CollectionID, v.Name), Err: err,
		}
	}
	var taken *storage.UIDTakenError
	if errors.As(err, &taken) {
		return &dav.Condition{
			Status: http.StatusForbidden, Name: davxml.NoUIDConflict,
			Href: d.href(ctx, t, taken.CollectionID, taken.Name), Err: err,
		}
	}
	if broken := icalendar.BrokenBy(err); broken != "" {
		return refuse(objectConditions[broken], err)
	}
	for _, c := range changeConditions {
		if errors.Is(err, c.err) {
			return refuse(c.name, err)
		}
	}
	return tree.Condition(err)
}

// href is that of the object in the way, or "" if there is none or the asker may not know of it.
func (d *Door) href(ctx context.Context, t *tree.Tree, collection int64, name string) string {
	if collection == 0 || name == "" {
		return ""
	}
	c, err := t.Store.CollectionByID(ctx, collection)
	if err != nil {
		return ""
	}
	at, err := t.At(ctx, c)
	if err != nil || !at.Privs.Has(dav.Read) {
		return ""
	}
	return at.MemberHref(name)
}
