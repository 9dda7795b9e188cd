package scheduling

import (
	"errors"
	"fmt"
	"slices"

	"convoke/internal/icalendar"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// receive brings a message into the calendars and the inbox of a local calendar user
// (RFC 6638 §4).
func (w *writing) receive(p *storage.Principal, m *itip.Message) (delivery, error) {
	stored, foreign, err := w.copyOf(p, m)
	if err != nil {
		return delivery{}, err
	}
	if foreign {
		return w.refuseForeign(p, m)
	}
	var copy *icalendar.Object
	if stored != nil {
		if copy, err = parsed(stored); err != nil {
			return delivery{status: failed, reason: err.Error()}, nil
		}
	}
	if m.Refreshing && stored == nil {
		return delivery{status: delivered}, nil // he deleted it, or never had it: a refresh invites nobody
	}
	world := w.world(p)
	switch m.Method {
	case itip.Refresh, itip.Counter, itip.DeclineCounter:
		return w.receiveTalk(p, copy, m, world)
	}
	effect, err := w.apply(copy, m, world)
	if err != nil {
		return delivery{status: failed, reason: err.Error()}, nil
	}
	d := delivery{status: delivered, reason: effect.Reason}
	switch {
	case effect.Tombstone:
		d.reason = "cancelled before it was known"
		return d, w.remember(p, m)
	case !effect.Changed:
		if effect.Stranger && m.Method == itip.Request && !ownAgent(copy) {
			d.status = rejected // RFC 6638 §11.2 item 5: not taken for an event of another organizer
		}
		return d, w.inboxOnly(p, m, effect)
	case stored == nil && m.Method == itip.Request && w.declinedByHim(effect.Object, world) && !m.Forced && m.Asked == "":
		// departs from RFC 6638 §4.1: who declined and deleted a meeting gets it back by a
		// reschedule alone, which resets his answer (architecture.md §8).
		d.reason = "declined and deleted"
		return d, nil
	}
	object := effect.Object
	if w.dropCancelled && stored != nil && m.Method == itip.Cancel && allCancelled(object) {
		return w.removeCancelled(p, stored, m)
	}
	if m.Method.FromOrganizer() && !m.Refreshing && answersItself(p) {
		if object, d.answer, err = w.book(p, object, world); err != nil {
			return d, err
		}
	}
	if err := w.storeCopy(p, stored, object, effect, world); err != nil {
		if errors.Is(err, errNoCalendar) {
			return delivery{status: failed, reason: err.Error()}, nil // RFC 6638 §4.3
		}
		if isFull(err) {
			return delivery{status: failed, reason: "no room"}, nil // his matter alone, and nobody else's to know
		}
		return d, err
	}
	d.used, d.created = true, stored == nil
	if !m.Refreshing && d.answer == nil && !leavesNothing(p) {
		id, err := w.inboxItem(p, m)
		if err != nil {
			return d, err
		}
		if err := w.noteConflicts(p, m, object, id); err != nil {
			return d, err
		}
	}
	if m.Method == itip.Reply {
		return d, w.refresh(object, world, m.Originator)
	}
	return d, w.recall(p, m)
}

// drawing is an object ready to be stored. Of a new meeting all who are invited to the same get the same.
type drawing struct {
	object *icalendar.Object
	data   []byte
	facts  storage.Facts
	uses   int // so far
}

// drawn gives an object ready to be stored, in place of what is stored if effect made it of that. It is not edited any more,
// but by takeAnswer.
func (w *writing) drawn(o *icalendar.Object, stored *storage.Object, effect *itip.Effect) *drawing {
	if stored != nil && !effect.Consequential && parts(effect.Object) == partsOf(stored) {
		// Participation alone changed, and no instance was set apart by it: when it is stays. Nobody else gets the same.
		return &drawing{object: o.Freeze(), data: o.Bytes(), facts: stored.Facts}
	}
	for _, x := range w.drawings {
		if x.object == o {
			return x
		}
	}
	o.Freeze() // before its facts are found, which it then keeps
	x := &drawing{object: o, data: o.Bytes(), facts: facts(o, itip.None)}
	if len(w.drawings) == cap(w.drawings) {
		w.drawings = append(make([]*drawing, 0, 4), x) // few are in turn
	} else {
		w.drawings = append(w.drawings, x)
	}
	return x
}

// parts counts the components of an object.
func parts(o *icalendar.Object) int { return len(o.Calendar.Children) }

// partsOf counts those of a stored one, -1 if it cannot be read.
func partsOf(stored *storage.Object) int {
	o, err := parsed(stored)
	if err != nil {
		return -1
	}
	return parts(o)
}

// apply is itip.Apply, once for all who had no copy.
func (w *writing) apply(copy *icalendar.Object, m *itip.Message, world *itip.World) (*itip.Effect, error) {
	if copy != nil || m.Method != itip.Request {
		return itip.Apply(copy, m, world)
	}
	if w.invited != m.Object {
		effect, err := itip.Apply(nil, m, world)
		if err != nil {
			return nil, err
		}
		w.invited, w.invitation = m.Object, effect
	}
	return w.invitation, nil
}

// isFull tells that a write met a limit of the one whose collection it was for. Nothing was written then.
func isFull(err error) bool {
	var limit *storage.LimitError
	return errors.As(err, &limit)
}

// receiveTalk takes the methods that change no object: they are of an event that the recipient has, and of the
// role that the method is for.
func (w *writing) receiveTalk(p *storage.Principal, copy *icalendar.Object, m *itip.Message, world *itip.World) (delivery, error) {
	role, organizer, err := itip.RoleOf(copy, world)
	switch {
	case copy == nil || err != nil:
		return delivery{status: delivered, reason: "no such event"}, nil
	case m.Method == itip.DeclineCounter && (role != itip.Attendee || organizer != m.Originator):
		return delivery{status: delivered, reason: "the event has another organizer"}, nil
	case m.Method != itip.DeclineCounter && role != itip.Organizer:
		return delivery{status: delivered, reason: "the recipient does not organize the event"}, nil
	case m.Method == itip.Refresh:
		return w.takeRefresh(p, copy, m, world)
	}
	return w.takeProposal(p, m)
}

// copyOf finds the recipient's copy of what a message is about, in any of his calendars. An organizer's
// message is about a meeting of that organizer's, and about nothing else that
// happens to have its UID, of which foreign then tells.
func (w *writing) copyOf(p *storage.Principal, m *itip.Message) (copy *storage.Object, foreign bool, err error) {
	list, err := w.holding(p, m.UID)
	if err != nil {
		return nil, false, fmt.Errorf("look for the event: %w", err)
	}
	want := itip.Organizer
	if m.Method.FromOrganizer() {
		want = itip.Attendee
	}
	for _, o := range list {
		// An invitation also takes what he kept of the organizer's event before he was invited to it.
		if o.Role != string(want) && !(o.Role == "" && m.Method == itip.Request) {
			continue
		}
		if want == itip.Attendee && !w.sameOrganizer(p, o, m) {
			continue
		}
		return o, false, nil
	}
	return nil, len(list) > 0 && want == itip.Attendee, nil
}

// sameOrganizer tells whether a stored object has the organizer that an organizer's message names.
func (w *writing) sameOrganizer(p *storage.Principal, stored *storage.Object, m *itip.Message) bool {
	o, err := parsed(stored)
	if err != nil {
		return false
	}
	world := w.world(p)
	_, ours, err := itip.RoleOf(o, world)
	if err != nil || ours == "" {
		return false
	}
	_, theirs, err := itip.RoleOf(m.Object, world)
	return err == nil && theirs == ours
}

// refuseForeign leaves alone what is the recipient's own, or another organizer's, and has the UID of a
// message by chance or by malice (RFC 6638 §11.2 item 5). A person may want to see an invitation; a
// CANCEL could make a client remove the wrong event.
func (w *writing) refuseForeign(p *storage.Principal, m *itip.Message) (delivery, error) {
	d := delivery{status: rejected, reason: "the UID is that of another event"}
	if m.Method != itip.Request {
		return d, nil
	}
	return d, w.inboxOnly(p, m, &itip.Effect{Stranger: true})
}

// ownAgent tells an object whose owner does his scheduling himself, SCHEDULE-AGENT=CLIENT or NONE.
func ownAgent(o *icalendar.Object) bool {
	for c := range o.Parts() {
		if q := c.Prop("ORGANIZER"); q != nil && q.HasParam("SCHEDULE-AGENT") && !q.ParamIs("SCHEDULE-AGENT", "SERVER") {
			return true
		}
	}
	return false
}

// holding finds the objects with a UID in all calendars of a principal. One look-up finds everybody's.
func (w *writing) holding(p *storage.Principal, uid string) ([]*storage.Object, error) {
	if w.held == nil || w.heldUID != uid {
		held, err := w.tx.MembersOfUID(w.ctx, uid)
		if err != nil {
			return nil, err
		}
		for id, list := range held {
			held[id] = slices.DeleteFunc(list, w.fed)
		}
		w.held, w.heldUID = held, uid
	}
	return w.tx.ObjectsOf(w.ctx, w.held[p.ID])
}

// fed tells a member of a calendar that the server fills: it takes no part in scheduling.
func (w *writing) fed(m *storage.Member) bool {
	c, err := w.tx.CollectionByID(w.ctx, m.CollectionID)
	return err == nil && c.Source != ""
}

// holds notes what a principal's object has become, for holding.
func (w *writing) holds(p *storage.Principal, o *storage.Object) {
	if w.held == nil || w.heldUID != o.UID {
		return
	}
	now := &o.Member
	list := w.held[p.ID]
	for i, m := range list {
		if m.CollectionID == now.CollectionID && m.Name == now.Name {
			list[i] = now
			return
		}
	}
	w.held[p.ID] = append(list, now)
}

// declinedByHim tells an object in which the owner has declined all that names him.
func (w *writing) declinedByHim(o *icalendar.Object, world *itip.World) bool {
	found := false
	for c := range o.Parts() {
		for q := range c.All("ATTENDEE") {
			if world.Canonical(itip.Normalize(q.Value)) == world.Self[0] {
				found = true
				if itip.PartStat(q) != itip.Declined {
					return false
				}
			}
		}
	}
	return found
}

// errNoCalendar says that there is no calendar into which an invitation could go.
var errNoCalendar = errors.New("no calendar for this kind of component")

// storeCopy stores the recipient's new or changed object. Its Schedule-Tag stays when
// nothing but participation changed (RFC 6638 §3.2.10).
func (w *writing) storeCopy(p *storage.Principal, stored *storage.Object, object *icalendar.Object, effect *itip.Effect, world *itip.World) error {
	role, _, err := itip.RoleOf(object, world)
	if err != nil {
		role = itip.None
	}
	if role == itip.None {
		role = itip.Attendee // invited as a member of something the message does not say
	}
	x := w.drawn(object, stored, effect)
	o := &storage.Object{Member: storage.Member{ContentType: contentType, Facts: x.facts}, Data: x.data}
	o.Role = string(role)
	x.uses++
	if stored != nil {
		o.CollectionID, o.Name, o.ScheduleTag = stored.CollectionID, stored.Name, stored.ScheduleTag
	} else {
		c, err := w.calendarFor(p, object.Kind())
		if w.into != nil && w.into.OwnerID == p.ID && keeps(w.into, object.Kind()) {
			c, err = w.into, nil
		}
		if err != nil {
			return err
		}
		o.CollectionID, o.Name = c.ID, newName()
	}
	if effect.Consequential || o.ScheduleTag == "" {
		o.ScheduleTag = newTag()
	}
	o.SetMemo(object, memoFactor*len(o.Data)/max(1, x.uses)) // one for all of them
	if _, err := w.tx.PutObject(o); err != nil {
		return fmt.Errorf("store a copy for %s: %w", p.Name, err)
	}
	w.holds(p, o)
	return nil
}

// refresh tells the other local attendees what one of them answered (RFC 6638 §4.2); outside
// ones are never mailed for that (scheduling.md §3.14).
func (w *writing) refresh(object *icalendar.Object, world *itip.World, except itip.Address) error {
	list := itip.Refreshes(object, world, except)
	for _, m := range list {
		p, standing := w.resolve(m.Recipient)
		if standing != Local || p.Kind == storage.KindGroup {
			continue
		}
		if _, err := w.receive(p, &m); err != nil {
			return err
		}
	}
	return nil
}
