package itip

import (
	"time"

	"convoke/internal/icalendar"
)

// Diff tells what the owner of an object must send after changing it from old to now.
// A nil old is a new object, a nil now a deleted one. RFC 6638 §3.2.1, §3.2.2; RFC 5546 §2.1.4.
// It trusts now to be settled: see [Change].
func Diff(old, now *icalendar.Object, w *World) ([]Message, error) {
	was, _, err := RoleOf(old, w)
	if err != nil {
		was = None
	}
	is, _, err := RoleOf(now, w)
	if err != nil {
		return nil, err
	}
	return diff(old, now, was, is, w), nil
}

func diff(old, now *icalendar.Object, was, is Role, w *World) []Message {
	switch {
	case was == Organizer || is == Organizer:
		return organizerMessages(old, now, w)
	case was == Attendee || is == Attendee:
		return attendeeMessages(old, now, w)
	}
	return nil
}

// telling is one run of organizerMessages.
type telling struct {
	w        *World
	old, now *set
	writer   *writer
	later    *writer // for what follows a CANCEL of the same change
	changes  map[instance]change
	out      []Message

	// What gone asks for each attendee anew, kept from the first one on.
	excluded, earlier map[instance]bool // EXDATE now and before
	had               map[instance]bool // whether the former series had an instance
}

// exclusions gives the EXDATEs now and before.
func (t *telling) exclusions() (now, before map[instance]bool) {
	if t.excluded == nil {
		t.excluded, t.earlier = t.now.exdates(t.now.master), t.old.exdates(t.old.master)
	}
	return t.excluded, t.earlier
}

// hadInstance tells whether the former recurrence set had k, EXDATE left out of account.
func (t *telling) hadInstance(k instance) bool {
	had, known := t.had[k]
	if !known {
		if had = t.old.isInstance(k, true); t.had == nil {
			t.had = map[instance]bool{}
		}
		t.had[k] = had
	}
	return had
}

// organizerMessages compares instance by instance and attendee by attendee, by the table of
// RFC 6638 §3.2.1.2.
func organizerMessages(old, now *icalendar.Object, w *World) []Message {
	t := &telling{w: w, old: setOf(old), now: setOf(now), changes: map[instance]change{}}
	t.writer = newWriter(w, nextStamp(w.Now, old))
	t.later = newWriter(w, t.writer.stamp.Add(time.Second))
	for _, c := range t.now.comps {
		k := t.now.key(c)
		if base, _ := t.old.component(k); base != nil {
			t.changes[k] = compareComponents(t.old, base, t.now, c)
		}
	}
	for _, a := range t.audience() {
		t.tell(a)
	}
	return t.out
}

// audience is everybody on either list but the owner.
func (t *telling) audience() []Address {
	var list []Address
	seen := map[Address]bool{}
	for _, s := range []*set{t.now, t.old} {
		for _, c := range s.comps {
			for p := range c.All("ATTENDEE") {
				if a := t.w.canonical(p.Value); !seen[a] && !t.w.isSelf(a) {
					seen[a] = true
					list = append(list, a)
				}
			}
		}
	}
	return list
}

// view is what one attendee attends of an object, as served by the server.
func (t *telling) view(s *set, a Address) map[instance]*icalendar.Component {
	v := map[instance]*icalendar.Component{}
	for k, c := range s.by {
		if p := t.w.attendee(c, a); p != nil && served(p) {
			v[k] = c
		}
	}
	return v
}

// tell makes the messages for one attendee.
func (t *telling) tell(a Address) {
	before, after := t.view(t.old, a), t.view(t.now, a)
	switch {
	case len(after) == 0 && len(before) == 0:
	case len(before) == 0:
		t.request(a, after, true)
	case len(after) == 0:
		t.end(a, before)
	default:
		t.update(a, before, after)
	}
}

// end tells an attendee that there is nothing left for him. Where the whole meeting is gone the
// CANCEL names no instance, also for a guest of instances alone.
func (t *telling) end(a Address, before map[instance]*icalendar.Component) {
	gone := wholly(before)
	if len(t.now.comps) == 0 && !gone[0].isMaster() {
		t.add(Cancel, a, t.writer.cancelInstances(t.old, gone), true)
		return
	}
	t.cancel(a, t.old, gone, before)
}

// wholly lists the instances of a view that a cancellation of all of it names: the master
// alone if it is there (RFC 5546 §3.2.5).
func wholly(v map[instance]*icalendar.Component) []instance {
	if v[instance{}] != nil {
		return []instance{{}}
	}
	return sorted(v)
}

// update tells an attendee of an object he attended before and still attends.
func (t *telling) update(a Address, before, after map[instance]*icalendar.Component) {
	gone := t.gone(before, after)
	whole := false
	if before[instance{}] != nil && after[instance{}] == nil {
		gone = []instance{{}}
	}
	news := map[instance]*icalendar.Component{}
	stopped := map[instance]*icalendar.Component{}
	for k, c := range after {
		d, known := t.changes[k]
		attended := before[k] != nil || before[instance{}] != nil && !k.isMaster() && t.old.by[k] == nil
		p := t.w.attendee(c, a)
		switch {
		case p.HasParam(paramForce) && equalFold(p.Param(paramForce), "REQUEST"), t.askedAgain(a, k, p):
			news[k] = c
		case !known || !attended:
			news[k] = c
		case d.status && cancelled(c):
			stopped[k] = c
			if d.content || d.rescheduled {
				news[k] = c
			}
		case d.any():
			news[k] = c
		}
		if news[k] != nil && k.isMaster() {
			whole = true
		}
	}
	for k := range before {
		if !k.isMaster() && t.now.by[k] == nil && after[instance{}] != nil && !t.now.exdates(t.now.master)[k] {
			whole = true // an override went away: the instance is as the series says again
		}
	}
	if len(gone) > 0 {
		t.cancel(a, t.old, gone, before)
	}
	if len(stopped) > 0 {
		t.cancel(a, t.now, wholly(stopped), stopped)
		// What else changed comes after it and has to outrank it.
		first := t.writer
		t.writer = t.later
		defer func() { t.writer = first }()
	}
	switch {
	case whole, len(gone) > 0 && (gone[0].isMaster() || t.excludes(gone)):
		t.request(a, after, true)
	case len(news) > 0:
		t.request(a, news, false)
	}
}

// excludes tells whether the organizer took one of the instances out of the series for
// everybody. Then those who stay get what is left beside the CANCEL.
func (t *telling) excludes(gone []instance) bool {
	excluded := t.now.exdates(t.now.master)
	for _, k := range gone {
		if excluded[k] {
			return true
		}
	}
	return false
}

// askedAgain tells whether the organizer put an answer back to NEEDS-ACTION without a reschedule.
func (t *telling) askedAgain(a Address, k instance, p *icalendar.Property) bool {
	base, _ := t.old.component(k)
	if base == nil {
		return false
	}
	former := t.w.attendee(base, a)
	return former != nil && PartStat(former) != NeedsAction && PartStat(p) == NeedsAction
}

// gone lists the instances that an attendee no longer attends.
func (t *telling) gone(before, after map[instance]*icalendar.Component) []instance {
	out := map[instance]*icalendar.Component{}
	excluded, earlier := t.exclusions()
	for k, c := range before {
		if k.isMaster() || after[k] != nil {
			continue
		}
		if t.now.by[k] != nil || after[instance{}] == nil || excluded[k] {
			if !cancelled(c) {
				out[k] = c
			}
		}
	}
	if before[instance{}] == nil || after[instance{}] == nil {
		return sorted(out)
	}
	for k := range excluded {
		if !earlier[k] && t.old.by[k] == nil && t.hadInstance(k) {
			out[k] = nil
		}
	}
	for k := range t.now.by {
		if !k.isMaster() && after[k] == nil && t.old.by[k] == nil && !earlier[k] && t.hadInstance(k) {
			out[k] = nil
		}
	}
	return sorted(out)
}

// request adds a REQUEST with the components of a view; whole tells that it is all he attends.
func (t *telling) request(a Address, v map[instance]*icalendar.Component, whole bool) {
	if len(v) == 0 {
		return
	}
	object := t.writer.request(t.now, t.excludedFor(v, whole), v)
	m := t.message(Request, a, object)
	m.Whole = v[instance{}] != nil
	for k, c := range v {
		p := t.w.attendee(c, a)
		m.Forced = m.Forced || p.HasParam(paramForce) || t.askedAgain(a, k, p) && !t.changes[k].rescheduled
	}
	t.out = append(t.out, m)
}

// excludedFor lists the overrides that the attendee of a whole view does not attend: EXDATE
// in his master (RFC 6638 §3.2.6).
func (t *telling) excludedFor(v map[instance]*icalendar.Component, whole bool) []instance {
	if !whole || v[instance{}] == nil {
		return nil
	}
	out := map[instance]*icalendar.Component{}
	for k := range t.now.by {
		if v[k] == nil {
			out[k] = nil
		}
	}
	return sorted(out)
}

// cancel adds a CANCEL of instances.
func (t *telling) cancel(a Address, s *set, gone []instance, before map[instance]*icalendar.Component) {
	object := t.writer.cancel(s, t.now, gone, a)
	if object == nil {
		return
	}
	t.add(Cancel, a, object, gone[0].isMaster())
}

// add puts a message on its way.
func (t *telling) add(method Method, a Address, object *icalendar.Object, whole bool) {
	m := t.message(method, a, object)
	m.Whole = whole
	t.out = append(t.out, m)
}

// message fills in what all messages of an organizer have.
func (t *telling) message(method Method, to Address, object *icalendar.Object) Message {
	m := Message{Method: method, UID: object.UID(), Originator: t.w.Self[0], Recipient: to, Object: object, Stamp: t.writer.stamp}
	for c := range object.Parts() {
		m.Sequence = max(m.Sequence, sequence(c))
		m.Instances++
	}
	return m
}
