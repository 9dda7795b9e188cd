package caldav

import (
	"errors"
	"io"
	"net/http"
	"strconv"

	"convoke/scheduling"
	"convoke/server"
	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/server/tree"
	"convoke/storage"
)

// outbox is a scheduling outbox, RFC 6638 §2.1: where one asks for the busy time of others.
type outbox struct {
	*tree.Collection
	d *Door
}

// Kind is that of outboxes.
func (o *outbox) Kind() *dav.Kind { return o.d.kinds.outbox }

func (o *outbox) door() *Door { return o.d }

// Post answers a request for busy time, RFC 6638 §5. The headers Originator and Recipient, which older clients send
// besides, are not needed: the object says it all.
func (o *outbox) Post(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := o.Allow(ctx, dav.Read); err != nil {
		return err
	}
	if !o.Privs.Has(tree.SendFreeBusy) {
		return dav.NeedPrivileges(o.Href(), davxml.ScheduleSendFreeBusy) // RFC 6638 §6.2.4
	}
	if !isCalendarType(r.Header.Get("Content-Type")) {
		return refuse(davxml.SupportedCalendarData, errors.New("a body of type "+r.Header.Get("Content-Type")))
	}
	limit := int64(o.d.sched.Limits().ObjectBytes)
	data, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	switch {
	case err != nil:
		return badRequest(err)
	case int64(len(data)) > limit:
		return refuse(davxml.MaxResourceSize, errors.New("a large scheduling message"))
	}
	answers, err := o.d.sched.Post(ctx, o.Actor(ctx), &scheduling.BusyRequest{
		Owner: o.OwnedBy, Data: data,
		Begin: func() error {
			if err := server.Dear(ctx); err != nil {
				return dav.Status(http.StatusServiceUnavailable, err)
			}
			return nil
		},
		MayAsk: func(recipient *storage.Principal) bool {
			inbox, err := o.d.box(ctx, o.Tree, recipient, storage.KindInbox)
			return err == nil && inbox.Privs.Has(tree.DeliverQueryFreeBusy) // RFC 6638 §6.1.4
		},
	}, o.d.maySend(ctx, o.Collection))
	if err != nil {
		return o.d.condition(ctx, o.Tree, err)
	}
	writeBusyAnswers(w, answers)
	return nil
}

// writeBusyAnswers writes CALDAV:schedule-response, RFC 6638 §10.1.
func writeBusyAnswers(w http.ResponseWriter, answers []scheduling.BusyAnswer) {
	var x davxml.Writer
	x.Root(davxml.ScheduleResponse)
	for _, a := range answers {
		x.Start(davxml.ScheduleResponseItem)
		x.Start(davxml.Recipient)
		x.Elem(davxml.Href, a.Recipient)
		x.End()
		x.Elem(davxml.RequestStatus, a.Status)
		if a.Data != nil {
			x.Start(davxml.CalendarData)
			x.TextBytes(a.Data)
			x.End()
		}
		x.End()
	}
	x.End()
	h := w.Header()
	h.Set("Content-Type", "application/xml; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Length", strconv.Itoa(len(x.Bytes())))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(x.Bytes()) // a client that went away needs no answer
}
