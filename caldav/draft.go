package caldav

import (
	"context"
	"errors"

	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/server/tree"
	"convoke/storage"
)

// calendarDraft is a calendar being made by MKCALENDAR (RFC 4791 §5.3.1) or extended MKCOL (RFC 5689).
type calendarDraft struct {
	*calendar
	draft *tree.Draft
}

// draft decides whether a collection may be made in a calendar home.
func (d *Door) draft(t *tree.Draft) (dav.Draft, error) {
	calendarType := t.Calendar
	for _, name := range t.Types {
		switch name {
		case davxml.Calendar:
			calendarType = true
		case davxml.Collection:
		default:
			return nil, refuse(davxml.ValidResourceType, errors.New("a collection of type "+name.Local)) // RFC 5689 §3.3
		}
	}
	if !calendarType {
		return nil, refuse(davxml.ValidResourceType, errors.New("a collection that is no calendar"))
	}
	t.C.Kind = storage.KindCalendar
	return &calendarDraft{&calendar{Collection: t.Collection, d: d}, t}, nil
}

// Create makes the calendar with all its properties, or nothing.
func (x *calendarDraft) Create(ctx context.Context, dead []dav.DeadProperty, ifs *dav.Preconditions) error {
	return x.d.condition(ctx, x.Tree, x.draft.Create(ctx, dead, ifs))
}
