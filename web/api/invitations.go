package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"convoke/internal/icalendar"
	"convoke/scheduling"
	"convoke/scheduling/itip"
	"convoke/server"
	"convoke/server/dav"
	"convoke/storage"
)

// The bounds of the list of invitations.
const (
	maxInvitations = 200
	maxConflicts   = 5
)

// Review decides about messages that wait for a person.
type Review interface {
	Accept(ctx context.Context, actor storage.Actor, id int64, trustSender bool) error
	Reject(ctx context.Context, actor storage.Actor, id int64) error
}

// ErrStale is what Review gives for a message that can no longer be applied; it is gone from the tray then.
var ErrStale = errors.New("it can no longer be applied")

func (a *API) invitationRoutes() []route {
	return []route{
		{"GET /api/invitations", signedIn, a.invitations},
		{"POST /api/invitations/{id}/dismiss", signedIn, a.dismiss},
		{"POST /api/review/{id}", signedIn, a.review},
	}
}

// party is who organizes, or says something.
type party struct {
	Name    string `json:"name"`
	Address string `json:"address"`
}

// clash is something of one's own at the same time.
type clash struct {
	Title  string `json:"title"`
	Start  string `json:"start"`
	End    string `json:"end"`
	AllDay bool   `json:"allDay"`
	Href   string `json:"href"`
}

// waiting is one line of the list.
type waiting struct {
	ID           string    `json:"id"`
	Kind         string    `json:"kind"` // invitation, update, cancelled, reply, proposal, review
	Href         string    `json:"href,omitempty"`
	ReviewID     string    `json:"reviewId,omitempty"`
	UID          string    `json:"uid"`
	RecurrenceID string    `json:"recurrenceId,omitempty"`
	Title        string    `json:"title"`
	Start        string    `json:"start"`
	End          string    `json:"end"`
	AllDay       bool      `json:"allDay"`
	Recurring    bool      `json:"recurring"`
	Location     string    `json:"location"`
	Organizer    party     `json:"organizer"`
	From         *party    `json:"from,omitempty"` // who answers or proposes
	ReceivedAt   time.Time `json:"receivedAt"`
	Conflicts    []clash   `json:"conflicts"`
	Reason       string    `json:"reason,omitempty"`
	Why          string    `json:"why,omitempty"` // the reason in a word, for pages in other languages
	MyStatus     string    `json:"myStatus,omitempty"`

	from, to time.Time
}

// desk is what is looked through for one list.
type desk struct {
	a         *API
	ctx       context.Context
	who       *storage.Principal
	own       itip.Address
	now       time.Time
	calendars []*storage.Collection // one's own that count
	inbox     *storage.Collection   // nil: none
	items     []waiting
	pending   map[string]bool // UIDs that wait for an answer
}

// invitations answers GET /api/invitations.
func (a *API) invitations(c *call) (any, error) {
	d := &desk{a: a, ctx: c.Context(), who: c.who, own: a.o.Scheduler.Canonical(c.Context(), scheduling.Address(c.who)), now: a.o.Store.Now(),
		pending: map[string]bool{}}
	all, err := a.o.Store.CollectionsOf(c.Context(), c.who.ID)
	if err != nil {
		return nil, err
	}
	for _, coll := range all {
		switch {
		case coll.Kind == storage.KindInbox:
			d.inbox = coll
		case coll.Kind == storage.KindCalendar:
			d.calendars = append(d.calendars, coll)
		}
	}
	for _, look := range []func() error{d.unanswered, d.messages, d.held} {
		if err := look(); err != nil {
			return nil, err
		}
	}
	count, err := a.offered(c)
	if err != nil {
		return nil, err
	}
	for i := range d.items {
		if d.items[i].Kind == "invitation" || d.items[i].Kind == "proposal" || d.items[i].Kind == "review" {
			count++
			d.clashes(&d.items[i])
		}
	}
	return map[string]any{"items": append([]waiting{}, d.items...), "count": count}, nil
}

// offered counts the calendars and address books that others offer to share. They are told by notifications, through DAV.
func (a *API) offered(c *call) (n int, err error) {
	shares, err := a.o.Store.SharesWith(c.Context(), c.who.ID)
	for _, s := range shares {
		if s.State == storage.ShareInvited {
			n++
		}
	}
	return n, err
}

// unanswered finds what one was invited to, is not over and has no answer.
func (d *desk) unanswered() error {
	for _, coll := range d.calendars {
		if coll.Source != "" {
			continue
		}
		members, err := d.a.o.Store.Overlapping(d.ctx, coll.ID, d.now.Unix(), storage.Future)
		if err != nil {
			return err
		}
		for m := range members {
			if m.Role != string(itip.Attendee) || len(d.items) >= maxInvitations {
				continue
			}
			o, err := d.a.o.Store.ObjectOf(d.ctx, m)
			if err != nil {
				continue // replaced at this moment: the page is told
			}
			if p, err := parsed(o); err == nil {
				d.ask(coll, o, p)
			}
		}
	}
	slices.SortStableFunc(d.items, func(x, y waiting) int { return x.from.Compare(y.from) })
	return nil
}

// ask lists an invitation: all of it if that is unanswered, else the instances that are.
func (d *desk) ask(coll *storage.Collection, o *storage.Object, p *icalendar.Object) {
	for c := range p.Parts() {
		if c.Name == icalendar.TimeZone || d.status(c) != itip.NeedsAction || strings.EqualFold(c.Text("STATUS"), "CANCELLED") {
			continue
		}
		w := d.item("invitation", p, c, o)
		w.ID = "e" + strconv.FormatInt(o.ID, 10) + w.RecurrenceID
		w.Href = "/dav/calendars/" + escaped(d.who.Name) + "/" + d.path(coll) + escaped(o.Name)
		w.MyStatus = itip.NeedsAction
		d.pending[o.UID] = true
		if w.RecurrenceID == "" || !w.to.Before(d.now) {
			d.items = append(d.items, w)
		}
		if w.RecurrenceID == "" {
			return
		}
	}
}

// path is where a calendar is below its home, each name with its slash.
func (d *desk) path(coll *storage.Collection) string {
	text := escaped(coll.Name) + "/"
	for up := coll; up.ParentID != 0; {
		var err error
		if up, err = d.a.o.Store.CollectionByID(d.ctx, up.ParentID); err != nil {
			break
		}
		text = escaped(up.Name) + "/" + text
	}
	return text
}

// status is one's own answer in a component; "" if one is not on the list.
func (d *desk) status(c *icalendar.Component) string {
	for q := range c.All("ATTENDEE") {
		if d.a.o.Scheduler.Canonical(d.ctx, q.Value) == d.own {
			return itip.PartStat(q)
		}
	}
	return ""
}

// item makes a line of a component.
func (d *desk) item(kind string, p *icalendar.Object, c *icalendar.Component, o *storage.Object) waiting {
	w := waiting{
		Kind: kind, UID: p.UID(), RecurrenceID: timeOf(p, c, "RECURRENCE-ID"), Title: clip(c.Text("SUMMARY")), Location: clip(c.Text("LOCATION")),
		Recurring: c.Has("RRULE") || c.Has("RDATE"), ReceivedAt: o.Created, Conflicts: []clash{},
	}
	if q := c.Prop("ORGANIZER"); q != nil {
		w.Organizer = d.party(q)
	}
	if i, ok := occurrence(p, o, d.now); ok && w.RecurrenceID == "" {
		w.from, w.to, w.AllDay = i.Start, i.End, i.AllDay()
	} else if q := c.Prop("DTSTART"); q != nil {
		if t, err := q.Time(p.Zones()); err == nil {
			w.from, w.AllDay = t.Instant(nil), t.Form == icalendar.Date
			w.to = w.from
		}
		if e := c.Prop("DTEND"); e != nil {
			if t, err := e.Time(p.Zones()); err == nil {
				w.to = t.Instant(nil)
			}
		}
	}
	w.Start, w.End = instant(w.from, w.AllDay), instant(w.to, w.AllDay)
	return w
}

func (d *desk) party(q *icalendar.Property) party {
	a := itip.Normalize(q.Value)
	return party{Name: d.a.nameOf(d.ctx, a, map[itip.Address]string{a: q.Param("CN")}), Address: bare(string(a))}
}

// messages lists what came to the inbox, the latest first: what happened to meetings, and what others propose.
func (d *desk) messages() error {
	if d.inbox == nil {
		return nil
	}
	l, err := d.a.o.Store.Listing(d.ctx, d.inbox.ID)
	if err != nil {
		return err
	}
	members := slices.Collect(l.All())
	slices.Reverse(members)
	for _, m := range members {
		if len(d.items) >= 2*maxInvitations {
			break
		}
		o, err := d.a.o.Store.ObjectOf(d.ctx, m)
		if err != nil {
			continue
		}
		if p, err := parsed(o); err == nil {
			d.message(o, p)
		}
	}
	return nil
}

// inboxKinds are what the methods of messages mean to whom they came.
var inboxKinds = map[string]string{"REQUEST": "update", "ADD": "update", "CANCEL": "cancelled", "REPLY": "reply", "COUNTER": "proposal", "DECLINECOUNTER": "update"}

func (d *desk) message(o *storage.Object, p *icalendar.Object) {
	kind := inboxKinds[p.Method()]
	if kind == "" || kind == "update" && d.pending[o.UID] {
		return // it stands in the list as what waits for an answer
	}
	for c := range p.Parts() {
		if c.Name == icalendar.TimeZone {
			continue
		}
		if kind == "update" && d.status(c) == itip.NeedsAction {
			return // it asked for an answer, which was given since, or is too late
		}
		w := d.item(kind, p, c, o)
		w.ID = "i" + strconv.FormatInt(o.ID, 10)
		switch kind {
		case "reply", "proposal":
			for q := range c.All("ATTENDEE") {
				from := d.party(q)
				w.From, w.MyStatus = &from, itip.PartStat(q)
			}
			w.Reason = clip(c.Text("COMMENT"))
		default:
			if w.MyStatus = d.status(c); p.Method() == "REQUEST" && w.MyStatus == itip.NeedsAction {
				return // it asked, and does not wait any more: it was answered, or has been
			}
		}
		if kind == "proposal" {
			w.ReviewID = w.ID
		}
		if p.Method() == "DECLINECOUNTER" {
			w.Why, w.Reason = "proposal-declined", "The organizer does not take your proposal."
		}
		d.items = append(d.items, w)
		return
	}
}

// held lists what came by mail and was not applied by itself.
func (d *desk) held() error {
	list, err := d.a.o.Store.HeldMessages(d.ctx, d.who.ID)
	if err != nil {
		return err
	}
	for i := range list {
		h := &list[i]
		w := waiting{Kind: "review", UID: h.UID, Title: clip(h.Summary), Conflicts: []clash{}}
		if p, err := icalendar.Parse(h.Data); err == nil {
			span := p.Span()
			o := &storage.Object{}
			o.Created, o.First, o.Last, o.Recurring = h.At, span.First, span.Last, span.Recurring
			for c := range p.Parts() {
				if c.Name != icalendar.TimeZone {
					w = d.item("review", p, c, o)
					break
				}
			}
		}
		w.ID, w.ReviewID = "h"+strconv.FormatInt(h.ID, 10), strconv.FormatInt(h.ID, 10)
		var decided struct {
			Why string `json:"why"`
		}
		_ = json.Unmarshal(h.Decision, &decided) // without one the reason stands alone
		w.Why = decided.Why
		w.ReceivedAt, w.Reason, w.From = h.At, h.Reason, &party{Address: h.Sender}
		d.items = append(d.items, w)
	}
	return nil
}

// clashes finds what of one's own is at the same time and keeps one busy.
func (d *desk) clashes(w *waiting) {
	if w.from.IsZero() || !w.to.After(w.from) {
		return
	}
	for _, coll := range d.calendars {
		if coll.Transparent {
			continue
		}
		members, err := d.a.o.Store.Overlapping(d.ctx, coll.ID, w.from.Unix(), w.to.Unix())
		if err != nil {
			return
		}
		for m := range members {
			if len(w.Conflicts) == maxConflicts {
				return
			}
			if m.UID == w.UID || m.Component != icalendar.Event {
				continue
			}
			o, err := d.a.o.Store.ObjectOf(d.ctx, m)
			if err != nil {
				continue
			}
			p, err := parsed(o)
			if err != nil {
				continue
			}
			list, _, err := p.Instances(w.from, w.to, icalendar.Options{Max: 1})
			if err != nil || len(list) == 0 || !d.busy(list[0].Component) {
				continue
			}
			i := &list[0]
			w.Conflicts = append(w.Conflicts, clash{
				Title: clip(i.Component.Text("SUMMARY")), Start: instant(i.Start, i.AllDay()), End: instant(i.End, i.AllDay()), AllDay: i.AllDay(),
				Href: "/dav/calendars/" + escaped(d.who.Name) + "/" + d.path(coll) + escaped(o.Name),
			})
		}
	}
}

// busy tells whether an event keeps one busy: not if it is declined, unanswered, cancelled or takes no time.
func (d *desk) busy(c *icalendar.Component) bool {
	status := d.status(c)
	return !strings.EqualFold(c.Text("TRANSP"), "TRANSPARENT") && !strings.EqualFold(c.Text("STATUS"), "CANCELLED") &&
		status != itip.NeedsAction && status != "DECLINED"
}

// inInbox finds an item of one's own inbox by its id in the list.
func (a *API) inInbox(c *call) (*storage.Collection, *storage.Object, error) {
	text, ok := strings.CutPrefix(c.PathValue("id"), "i")
	id, err := strconv.ParseInt(text, 10, 64)
	if !ok || err != nil {
		return nil, nil, dav.ErrNotFound
	}
	inbox, err := a.o.Scheduler.Inbox(c.Context(), c.who)
	if err != nil {
		return nil, nil, err
	}
	l, err := a.o.Store.Listing(c.Context(), inbox.ID)
	if err != nil {
		return nil, nil, err
	}
	for m := range l.All() {
		if m.ID == id {
			o, err := a.o.Store.ObjectOf(c.Context(), m)
			return inbox, o, err
		}
	}
	return nil, nil, dav.ErrNotFound
}

// dismiss answers POST /api/invitations/{id}/dismiss: what only tells something goes.
func (a *API) dismiss(c *call) (any, error) {
	inbox, o, err := a.inInbox(c)
	if err != nil {
		return nil, err
	}
	return nil, a.o.Store.Update(c.Context(), server.ActorOf(c.Context(), "web"), func(tx *storage.Tx) error {
		return tx.DeleteObject(inbox.ID, o.Name)
	})
}

// review answers POST /api/review/{id}: of a message that waits, or of a proposal in the inbox.
func (a *API) review(c *call) (any, error) {
	var in struct {
		Action      string
		TrustSender bool
	}
	if err := c.read(&in); err != nil {
		return nil, err
	}
	if in.Action != "accept" && in.Action != "reject" {
		return nil, refusal(http.StatusBadRequest, "bad-request", "This can be accepted or rejected.")
	}
	actor := server.ActorOf(c.Context(), "web")
	if strings.HasPrefix(c.PathValue("id"), "i") {
		return nil, a.proposal(c, actor, in.Action == "accept")
	}
	id, err := strconv.ParseInt(c.PathValue("id"), 10, 64)
	if err != nil || a.o.Review == nil {
		return nil, dav.ErrNotFound
	}
	h, err := a.o.Store.HeldMessage(c.Context(), id)
	if err == nil && h.PrincipalID != c.who.ID {
		err = storage.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	if in.Action == "accept" {
		err = a.o.Review.Accept(c.Context(), actor, id, in.TrustSender)
	} else {
		err = a.o.Review.Reject(c.Context(), actor, id)
	}
	if errors.Is(err, ErrStale) {
		return nil, &problem{http.StatusConflict, "stale", "The calendar has this or something newer.", err}
	}
	return nil, err
}

// proposal accepts what an attendee proposes, or tells him that it is declined, and takes it out of the inbox.
func (a *API) proposal(c *call, actor storage.Actor, accept bool) error {
	inbox, o, err := a.inInbox(c)
	if err != nil {
		return err
	}
	p, err := icalendar.Parse(o.Data)
	if err != nil || p.Method() != string(itip.Counter) {
		return dav.ErrNotFound
	}
	var from itip.Address
	for part := range p.Parts() {
		for q := range part.All("ATTENDEE") {
			from = a.o.Scheduler.Canonical(c.Context(), q.Value)
		}
	}
	m, err := itip.Read(p, from, a.o.Scheduler.Canonical(c.Context(), scheduling.Address(c.who)))
	if err != nil {
		return dav.ErrNotFound
	}
	if accept {
		err = a.o.Scheduler.Consent(c.Context(), actor, c.who, m)
	} else {
		err = a.o.Scheduler.Dissent(c.Context(), actor, c.who, m)
	}
	if err != nil && !errors.Is(err, scheduling.ErrNothing) {
		return err
	}
	return a.o.Store.Update(c.Context(), actor, func(tx *storage.Tx) error { return tx.DeleteObject(inbox.ID, o.Name) })
}
