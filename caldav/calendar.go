package caldav

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"

	"convoke/scheduling"
	"convoke/scheduling/itip"
	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/server/tree"
	"convoke/storage"
)

// calendar is a calendar collection, RFC 4791 §4.2.
type calendar struct {
	*tree.Collection
	d *Door

	exported *storage.Listing // of which Tag told the tag
}

// hasCalendar is a calendar or the draft of one; the property rows speak of it.
type hasCalendar interface{ base() *calendar }

func (c *calendar) base() *calendar { return c }

// Kind is that of calendars.
func (c *calendar) Kind() *dav.Kind { return c.KindOf(&c.d.kinds.calendar) }

// Post shares the calendar (caldav-sharing §5.3.2).
func (c *calendar) Post(w http.ResponseWriter, r *http.Request) error { return c.PostShare(w, r) }

// MemberLimit is CALDAV:max-resource-size, RFC 4791 §5.2.5.
func (c *calendar) MemberLimit() (int64, xml.Name) {
	return int64(c.d.sched.Limits().ObjectBytes), davxml.MaxResourceSize
}

// NewCollection refuses: "calendar collections MUST NOT contain other calendar collections" (RFC 4791 §4.2).
func (c *calendar) NewCollection(context.Context, string, []xml.Name, bool) (dav.Draft, error) {
	return nil, refuse(davxml.CalendarCollectionLocationOK, errors.New("a collection inside a calendar"))
}

// PutMember stores a calendar object, RFC 4791 §5.3.2, RFC 6638 §3.2.3.1.
func (c *calendar) PutMember(ctx context.Context, name string, put *dav.Put) (*dav.Stored, error) {
	if !isCalendarType(put.ContentType) {
		return nil, refuse(davxml.SupportedCalendarData, errors.New("a body of type "+put.ContentType))
	}
	return c.store(ctx, c.scheduled(ctx, name, put))
}

// scheduled is a PUT as scheduling takes it.
func (c *calendar) scheduled(ctx context.Context, name string, put *dav.Put) *scheduling.Put {
	return &scheduling.Put{
		Actor: c.actor(ctx, put.Header), Who: c.Who, Collection: c.C, Name: name, Data: put.Body,
		TagMatched:  put.If.MatchesScheduleTag(),
		ETagMatched: matchesETag(put.Header),
		NoReply:     noReply(put.Header),
		MaySend:     c.maySend(ctx),
		MayTake:     c.mayTake(ctx),
		Guest:       c.Guest(ctx),
		Check: func(tx *storage.Tx, old *storage.Object) error {
			if put.Add && old != nil {
				return dav.Status(http.StatusConflict, errors.New("the generated name is taken"))
			}
			return put.If.Check(c.State(ctx, tx, old))
		},
	}
}

// store hands an object to scheduling and tells what became of it.
func (c *calendar) store(ctx context.Context, put *scheduling.Put) (*dav.Stored, error) {
	r, err := c.d.sched.Put(ctx, put)
	if err != nil {
		return nil, c.d.condition(ctx, c.Tree, err)
	}
	return c.stored(ctx, r), nil
}

// stored tells of a write. What is stored otherwise than it was sent gets no ETag (RFC 4791 §5.3.4).
func (c *calendar) stored(ctx context.Context, r *scheduling.Result) *dav.Stored {
	s := &dav.Stored{Created: r.Created, ScheduleTag: r.Object.ScheduleTag}
	if !r.Altered && c.Trusted() { // others may see less than they sent
		s.ETag = r.Object.ETag
	}
	s.Content = func() (*dav.Content, error) {
		o, ok := c.Member(&r.Object.Member, r.Object).(*object)
		if !ok {
			return nil, dav.ErrNotFound
		}
		return o.Content(ctx)
	}
	return s
}

// Delete removes the calendar, and what it holds as DELETE of each would (RFC 6638 §3.2.3.2).
func (c *calendar) Delete(ctx context.Context, r *dav.Removal) error {
	if shared, err := c.Renounce(ctx, r); shared {
		return err
	}
	return c.d.deleteCollection(ctx, c.Collection, r)
}

// deleteCollection removes a calendar, or a plain collection with the calendars in it.
func (d *Door) deleteCollection(ctx context.Context, c *tree.Collection, r *dav.Removal) error {
	err := d.sched.DeleteCollection(ctx, &scheduling.Removal{
		Actor: actor(ctx, c, r.Header), Who: c.Who, Collection: c.C, NoReply: noReply(r.Header),
		Check:   func(tx *storage.Tx, _ *storage.Object) error { return c.Leaving(ctx, tx, r) },
		MaySend: d.maySend(ctx, c),
	})
	return d.condition(ctx, c.Tree, err)
}

// Receive takes a calendar object by COPY or MOVE (RFC 4791 §5.3.2.1, RFC 6638 §3.2.3.3, §3.2.3.4), or the file
// of a plain collection, to which the rules of PUT apply.
func (c *calendar) Receive(ctx context.Context, t *dav.Transfer) (*dav.Stored, error) {
	switch source := t.Source.(type) {
	case *object:
		if source.Parent.C.Kind == storage.KindCalendar {
			return c.transfer(ctx, t, source)
		}
	case *tree.Object:
		return c.receiveFile(ctx, t, source)
	case tree.HasCollection:
		return nil, refuse(davxml.CalendarCollectionLocationOK, errors.New("a collection into a calendar"))
	}
	return nil, refuse(davxml.SupportedCalendarData, errors.New("no calendar object"))
}

func (c *calendar) transfer(ctx context.Context, t *dav.Transfer, source *object) (*dav.Stored, error) {
	transfer := &scheduling.Transfer{
		Actor: c.actor(ctx, t.Header), Who: c.Who, From: source.Parent.C, Name: source.M.Name, To: c.C, NewName: t.Name,
		Overwrite: t.Overwrite,
		MaySend:   c.maySend(ctx),
		Guest:     c.Guest(ctx),
		Check: func(tx *storage.Tx, from, there *storage.Object) error {
			if there != nil && !t.Overwrite {
				return dav.Status(http.StatusPreconditionFailed, nil) // RFC 4918 §9.8.4, §9.9.3
			}
			if err := t.If.Check(source.Parent.State(ctx, tx, from)); err != nil {
				return err
			}
			if t.Move && from != nil && from.Role != "" && source.Parent.C.OwnerID != c.C.OwnerID && source.Parent.Guest(ctx) {
				return dav.Status(http.StatusForbidden, errors.New("a meeting moved away from its owner")) // caldav-sharing §5.5.5
			}
			return source.Parent.MayTake(from)
		},
	}
	do := c.d.sched.Copy
	if t.Move {
		do = c.d.sched.Move
	}
	r, err := do(ctx, transfer)
	if err != nil {
		return nil, c.d.condition(ctx, c.Tree, err)
	}
	s := c.stored(ctx, r)
	s.ETag = "" // RFC 4918 has none in the answer of COPY and MOVE
	return s, nil
}

// receiveFile makes a calendar object of a file, RFC 6638 §3.2.3.3 note (1). A file can only be copied here: moved,
// its bytes would live on as an object while what is known of the file would be lost.
func (c *calendar) receiveFile(ctx context.Context, t *dav.Transfer, source *tree.Object) (*dav.Stored, error) {
	if t.Move {
		return nil, dav.Status(http.StatusForbidden, errors.New("MOVE of a file into a calendar"))
	}
	if !isCalendarType(source.M.ContentType) {
		return nil, refuse(davxml.SupportedCalendarData, errors.New("a file of type "+source.M.ContentType))
	}
	file, err := source.Load(ctx)
	if err != nil {
		return nil, err
	}
	return c.store(ctx, &scheduling.Put{
		Actor: c.actor(ctx, t.Header), Who: c.Who, Collection: c.C, Name: t.Name, Data: file.Data, MaySend: c.maySend(ctx), MayTake: c.mayTake(ctx), Guest: c.Guest(ctx),
		Check: func(tx *storage.Tx, old *storage.Object) error {
			if old != nil && !t.Overwrite {
				return dav.Status(http.StatusPreconditionFailed, nil)
			}
			return t.If.Check(source.Parent.State(ctx, tx, file))
		},
	})
}

func (c *calendar) actor(ctx context.Context, h http.Header) storage.Actor {
	return actor(ctx, c.Collection, h)
}

func (c *calendar) maySend(ctx context.Context) func(itip.Role) error {
	return c.d.maySend(ctx, c.Collection)
}

// mayTake asks whether the asker could MOVE an object out of another calendar (RFC 3744 appendix B).
func (c *calendar) mayTake(ctx context.Context) func(*storage.Collection) bool {
	return func(from *storage.Collection) bool {
		source, err := c.Tree.At(ctx, from)
		return err == nil && source.Privs.Has(dav.Read|dav.Unbind)
	}
}

// maxAgentBytes bounds what history keeps of a user agent.
const maxAgentBytes = 200

// actor is who writes, and with what.
func actor(ctx context.Context, c *tree.Collection, h http.Header) storage.Actor {
	a := c.Actor(ctx)
	a.Agent = h.Get("User-Agent")
	if len(a.Agent) > maxAgentBytes {
		a.Agent = a.Agent[:maxAgentBytes]
	}
	return a
}

// noReply reads the Schedule-Reply header, RFC 6638 §8.1.
func noReply(h http.Header) bool { return h.Get("Schedule-Reply") == "F" }

// matchesETag tells that the client named the version it changes.
func matchesETag(h http.Header) bool {
	v := h.Get("If-Match")
	return v != "" && v != "*"
}

// maySend asks whether the asker may send scheduling messages for the owner of c (RFC 6638 §6.2): the owner may,
// others need the privilege on the owner's outbox, or on the calendar, where it goes no further. Nil: may. Privileges are read now, outside of the transaction.
func (d *Door) maySend(ctx context.Context, c *tree.Collection) func(itip.Role) error {
	if c.Who != nil && c.Who.ID == c.OwnedBy.ID {
		return nil
	}
	href, held := tree.HomeHref(storage.Calendars, c.OwnedBy), dav.PrivilegeSet(0)
	if outbox, err := d.box(ctx, c.Tree, c.OwnedBy, storage.KindOutbox); err == nil {
		href, held = outbox.Href(), outbox.Privs
	}
	held |= c.Privs & tree.Send // for this calendar alone
	return func(role itip.Role) error {
		need, name := tree.SendInvite, davxml.ScheduleSendInvite
		if role == itip.Attendee {
			need, name = tree.SendReply, davxml.ScheduleSendReply
		}
		if held.Has(need) {
			return nil
		}
		return dav.NeedPrivileges(href, name)
	}
}
