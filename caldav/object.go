package caldav

import (
	"context"
	"net/http"

	"convoke/internal/icalendar"
	"convoke/scheduling"
	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/server/tree"
	"convoke/storage"
)

// object is a calendar object in a calendar (RFC 4791 §4.1), or a scheduling message in an inbox (RFC 6638 §2.2).
type object struct {
	*tree.Object
	d *Door

	asked     *asked // what a report of this door wants of calendar data
	retrieved []byte // calendar data that it made already
}

// Kind is that of calendar objects, or of items of an inbox.
func (o *object) Kind() *dav.Kind {
	if o.inInbox() {
		return o.d.kinds.item
	}
	return o.d.kinds.object
}

func (o *object) inInbox() bool { return o.Parent.C.Kind == storage.KindInbox }

// stranger tells whether private matter is hidden from the asker.
func (o *object) stranger() bool { return !o.Parent.Trusted() }

// etag is that of the bytes the asker sees.
func (o *object) etag() string { return o.Parent.ETag(o.M.ETag) }

// parsed gives the object as the asker may see it.
func (o *object) parsed(ctx context.Context) (*icalendar.Object, error) {
	stored, err := o.Load(ctx)
	if err != nil {
		return nil, err
	}
	p, err := parse(stored)
	if err != nil || !o.stranger() {
		return p, err
	}
	if o.Parent.Busy() {
		return shroudAll(p), nil
	}
	if o.Parent.Shown() {
		return silent(shroud(p)), nil
	}
	return shroud(p), nil
}

// memoFactor is by how much a parsed object is larger than its text, about.
const memoFactor = 6

// parse gives the parsed form of a stored object, which is kept with it.
func parse(stored *storage.Object) (*icalendar.Object, error) {
	if p, ok := stored.Memo().(*icalendar.Object); ok {
		return p, nil
	}
	p, err := icalendar.Parse(stored.Data)
	if err != nil {
		return nil, err
	}
	p.Freeze()
	stored.SetMemo(p, memoFactor*len(stored.Data))
	return p, nil
}

// bytes gives the object's text as the asker may see it.
func (o *object) bytes(ctx context.Context) ([]byte, error) {
	stored, err := o.Load(ctx)
	if err != nil {
		return nil, err
	}
	if !o.stranger() {
		return stored.Data, nil
	}
	p, err := o.parsed(ctx)
	if err != nil {
		return nil, dav.Status(http.StatusForbidden, err) // what can't be read can't be cleared of what is private
	}
	return p.Bytes(), nil
}

// Content is what GET gives.
func (o *object) Content(ctx context.Context) (*dav.Content, error) {
	data, err := o.bytes(ctx)
	if err != nil {
		return nil, err
	}
	return &dav.Content{
		Type: o.mediaType(), ETag: o.etag(), ScheduleTag: o.schedule(), Modified: o.M.Modified, Data: data,
	}, nil
}

// schedule is the Schedule-Tag; that there is one tells that it is a meeting.
func (o *object) schedule() string {
	if o.Parent.Busy() {
		return ""
	}
	return o.M.ScheduleTag
}

// Delete removes the object and tells whom it concerns (RFC 6638 §3.2.3.2). An item of an inbox just goes.
func (o *object) Delete(ctx context.Context, r *dav.Removal) error {
	if o.inInbox() {
		return o.Object.Delete(ctx, r)
	}
	return o.d.condition(ctx, o.Parent.Tree, o.d.sched.Delete(ctx, o.removal(ctx, r)))
}

// removal is a DELETE as scheduling takes it.
func (o *object) removal(ctx context.Context, r *dav.Removal) *scheduling.Removal {
	c := o.Parent
	return &scheduling.Removal{
		Actor: actor(ctx, c, r.Header), Who: c.Who, Collection: c.C, Name: o.M.Name,
		NoReply: noReply(r.Header), MaySend: o.d.maySend(ctx, c),
		Check: func(tx *storage.Tx, old *storage.Object) error { return r.If.Check(c.State(ctx, tx, old)) },
	}
}

// mediaType is the media type of the object. The parameter component (RFC 5545 §8.1) is left out: it says what the data
// says, and makes two spellings of one type.
func (o *object) mediaType() string { return calendarType }

// objectRows are the properties of calendar objects.
var objectRows = dav.Props[*object]{
	{Name: davxml.GetETag, Get: func(o *object, v *dav.Value) error { v.W.Text(o.etag()); return nil }}, // RFC 4791 §5.3.4
	{Name: davxml.GetContentType, Get: func(o *object, v *dav.Value) error { v.W.Text(o.mediaType()); return nil }},
	{Name: davxml.GetContentLength, Get: (*object).length},
	{Name: davxml.ScheduleTag, Get: (*object).scheduleTag, Asked: true},   // RFC 6638 §9.3
	{Name: davxml.CalendarData, Get: (*object).calendarData, Asked: true}, // RFC 4791 §9.6
}

func (o *object) length(v *dav.Value) error {
	if o.stranger() {
		return dav.ErrNoProperty // not worth reading the object
	}
	v.W.Int(int64(o.M.Size))
	return nil
}

func (o *object) scheduleTag(v *dav.Value) error {
	if o.schedule() == "" {
		return dav.ErrNoProperty
	}
	v.W.Text(o.schedule())
	return nil
}

// calendarData writes the object, or the parts of it that a report asks for.
func (o *object) calendarData(v *dav.Value) error {
	if o.retrieved != nil {
		v.W.TextBytes(o.retrieved)
		return nil
	}
	ask := o.asked
	if ask == nil { // of a report that is not ours, such as sync-collection
		r, err := parseData(v.Node)
		if err != nil {
			return err
		}
		ask = &asked{retrieval: r}
	}
	if ask.retrieval.Whole() {
		data, err := o.bytes(v.Ctx)
		if err != nil {
			return err
		}
		v.W.TextBytes(data)
		return nil
	}
	data, _, err := o.retrieve(v.Ctx, ask, icalendar.DefaultInstances)
	if err != nil {
		return err
	}
	v.W.TextBytes(data)
	return nil
}

// retrieve makes the parts asked for, of an expansion at most max instances.
func (o *object) retrieve(ctx context.Context, ask *asked, max int) (data []byte, instances int, err error) {
	p, err := o.parsed(ctx)
	if err != nil {
		return nil, 0, dav.Status(http.StatusForbidden, err)
	}
	opt := icalendar.Options{Floating: ask.floating, Max: min(max, icalendar.DefaultInstances)}
	data, instances, _, err = p.Retrieve(nil, ask.retrieval, opt)
	if err != nil {
		return nil, 0, dav.Status(http.StatusForbidden, err)
	}
	return data, instances, nil
}
