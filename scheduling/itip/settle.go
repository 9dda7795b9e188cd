package itip

import (
	"fmt"
	"time"

	"convoke/internal/icalendar"
)

// Mode tells how a change came about.
type Mode struct {
	// Seen: the client proved by If-Match that it knew the object as stored. Without it,
	// and with If-Schedule-Tag-Match, other people's answers are taken from the store
	// (RFC 6638 §3.2.10.1).
	Seen bool
	// Tagged: the client gave If-Schedule-Tag-Match, and may have missed answers: its word on other
	// people counts for nothing (RFC 6638 §3.2.10.1).
	Tagged bool
	// Import stores an object as it came and tells nobody.
	Import bool
	// Floor is the SEQUENCE that a new object must exceed, because an object with its UID
	// was cancelled before; -1: none.
	Floor int
}

// Plan is what follows from a change.
type Plan struct {
	Role     Role              // what the owner is to the object now; to the former one if it is gone
	Object   *icalendar.Object // what to store; may be edited unless it is the object given; nil for a deletion
	Messages []Message
	// Unknown lists those for whom SCHEDULE-FORCE-SEND asked for a method that makes no
	// sense; they get SCHEDULE-STATUS 2.3 (RFC 6638 §7.2).
	Unknown []Address
}

// maxTold bounds what one change may have to tell: instances that are excluded or have a component of their own, times
// the attendees. It is far above any meeting of people, and keeps one write from holding up all others.
const maxTold = 20_000

// tooMuch tells whether telling of a change would pass maxTold.
func tooMuch(old, now *icalendar.Object, w *World) bool {
	most := 0
	for _, s := range []*set{setOf(old), setOf(now)} {
		most = max(most, len(s.comps)+len(s.exdates(s.master)))
	}
	return most*len(Attendees(now, w)) > maxTold
}

// Change judges a change of the owner's object from old to now, and says what to store
// and what to send. A nil old is a new object, a nil now a deleted one. The former object
// is never edited; the new one is cloned before it is. Errors: ErrOrganizersDiffer,
// ErrOrganizerChange, ErrAttendeeChange, ErrTooManyInstances.
func Change(old, now *icalendar.Object, w *World, m Mode) (*Plan, error) {
	was, oldOrganizer, err := RoleOf(old, w)
	if err != nil {
		was = None // stored before the rule was enforced: nothing can be told
	}
	if was != None && !m.Import {
		now = restoreTodo(old, now, w)
	}
	is, organizer, err := RoleOf(now, w)
	if err != nil {
		return nil, err
	}
	plan := &Plan{Role: is, Object: now}
	if now == nil {
		plan.Role = was
	}
	if m.Import || was == None && is == None {
		return plan, nil
	}
	if was == Attendee && !servedByOrganizer(old) {
		was = None // another agent schedules: no special processing, RFC 6638 §3.2.2.3
	}
	if is == Attendee && !servedByOrganizer(now) {
		return plan, nil
	}
	switch {
	case now == nil:
	case was == Organizer && (is == Attendee || is == None && (organizer != "" || len(Attendees(now, w)) > 0)):
		return nil, ErrOrganizerChange
	case was == Attendee && (is != Attendee || organizer != oldOrganizer):
		return nil, ErrAttendeeChange
	case is == Organizer && setOf(now).master == nil:
		return nil, fmt.Errorf("%w: instances without their series", ErrOrganizerChange)
	case is == Organizer && tooMuch(old, now, w):
		return nil, ErrTooManyInstances
	case is == Organizer:
		plan.Object = organize(old, now, w, m)
	case is == Attendee && was == Attendee:
		if plan.Object, err = answer(old, now, w); err != nil {
			return nil, err
		}
	}
	if was == None {
		old = nil
	}
	plan.Messages = diff(old, plan.Object, was, is, w)
	if is != None {
		plan.clean(now, w)
		plan.date()
	}
	return plan, nil
}

// servedByOrganizer tells whether the server answers for the attendee: SCHEDULE-AGENT of ORGANIZER.
func servedByOrganizer(o *icalendar.Object) bool {
	for c := range o.Parts() {
		if p := c.Prop("ORGANIZER"); p != nil && !served(p) {
			return false
		}
	}
	return true
}

// own clones the plan's object if it still is the one that was given.
func (p *Plan) own(given *icalendar.Object) {
	if p.Object == given {
		p.Object = given.Clone()
	}
}

// clean takes SCHEDULE-FORCE-SEND out of what is stored (RFC 6638 §7.2).
func (p *Plan) clean(given *icalendar.Object, w *World) {
	for _, name := range []string{"ATTENDEE", "ORGANIZER"} {
		for c := range p.Object.Parts() {
			for q := range c.All(name) {
				if !q.HasParam(paramForce) {
					continue
				}
				if v := q.Param(paramForce); !equalFold(v, "REQUEST") && !equalFold(v, "REPLY") {
					p.Unknown = append(p.Unknown, w.canonical(q.Value))
				}
				if p.Object == given {
					p.own(given)
					p.clean(given, w)
					return
				}
				q.RemoveParam(paramForce)
			}
		}
	}
}

// date gives an organizer's object the DTSTAMP of the messages sent, from which the
// next ones must differ.
func (p *Plan) date() {
	var t time.Time
	for i := range p.Messages {
		if m := &p.Messages[i]; (m.Method == Request || m.Method == Cancel) && m.Stamp.After(t) {
			t = m.Stamp
		}
	}
	if t.IsZero() || p.Role != Organizer {
		return
	}
	for c := range p.Object.Parts() {
		if schedulable(c) && !stamp(c).Equal(t) {
			setStamp(c, t)
		}
	}
}

// organize settles an organizer's object: SEQUENCE and other people's answers belong to the
// server (scheduling.md §1). It gives now itself if nothing had to be changed.
func organize(old, now *icalendar.Object, w *World, m Mode) *icalendar.Object {
	o := &organizing{w: w, mode: m, old: setOf(old), now: setOf(now.Clone())}
	o.nameOrganizer()
	for _, c := range o.now.comps {
		o.dropDoubles(c)
	}
	o.keepAnsweredInstances()
	o.moveBack()
	o.known, o.quiet = o.answersKnown(), o.tellsNobody()
	for _, c := range o.now.comps {
		o.settle(c)
	}
	o.raiseMaster()
	o.raiseGained()
	return o.now.object
}

// nameOrganizer gives ORGANIZER to components that lack it (RFC 6638 §3.1 wants it in all).
func (o *organizing) nameOrganizer() {
	var named *icalendar.Property
	for _, c := range o.now.comps {
		if named == nil {
			named = c.Prop("ORGANIZER")
		}
	}
	for _, c := range o.now.comps {
		if named != nil && !c.Has("ORGANIZER") {
			c.Add(named.Clone())
		}
	}
}

// dropDoubles leaves each calendar user once on the list, however often and under whatever
// addresses a client put him there.
func (o *organizing) dropDoubles(c *icalendar.Component) {
	seen := map[Address]bool{}
	c.RemoveFunc(func(p *icalendar.Property) bool {
		if p.Name != "ATTENDEE" {
			return false
		}
		a := o.w.canonical(p.Value)
		twice := seen[a]
		seen[a] = true
		return twice
	})
}

// organizing is one run of organize.
type organizing struct {
	w        *World
	mode     Mode
	old, now *set
	// known are the attendees whose answer in some component the client sent as it is stored.
	known map[Address]bool
	quiet bool // the write names no version, and nobody has to be told of it
}

// settle gives one component its answers and its SEQUENCE.
func (o *organizing) settle(c *icalendar.Component) {
	k := o.now.key(c)
	base, derived := o.old.component(k)
	if base == nil {
		if len(o.old.comps) == 0 && o.mode.Floor >= 0 {
			setSequence(c, max(sequence(c), o.mode.Floor+1))
		}
		for p := range c.All("ATTENDEE") {
			if o.ours(p) && !o.startsDelegated(c, p) {
				ask(p)
			}
		}
		return
	}
	d := compareComponents(o.old, base, o.now, c)
	if derived && o.old.by[k] == nil && o.now.master != nil && o.movedWithMaster(k, c) {
		d.rescheduled = true
	}
	n := sequence(c)
	raised := n > sequence(base)
	n = max(n, sequence(base))
	if (d.revised || o.lostSomebody(base, c)) && n <= sequence(base) {
		n = sequence(base) + 1
	}
	setSequence(c, n)
	if stamp(c).Before(stamp(base)) {
		setStamp(c, stamp(base)) // of the last message, from which the next must differ
	}
	for p := range c.All("ATTENDEE") {
		if !o.ours(p) {
			continue
		}
		former := o.w.attendee(base, o.w.canonical(p.Value))
		switch {
		case o.asksAgain(p, former, d, raised || c != o.now.master && o.known[o.w.canonical(p.Value)]):
			// "The server MAY allow …": asked once more, RFC 6638 §3.2.8.
			p.SetParam("RSVP", "TRUE")
			copyParams(p, former, paramStatus, paramReplied, paramReset)
		case o.quiet && former != nil && PartStat(p) == PartStat(former):
			// Nobody is told anything, so nothing is ours to add (RFC 6638 §7.3).
			copyParams(p, former, paramReplied, paramReset)
		default:
			o.settleAnswer(p, former, d, n)
		}
	}
}

// lostSomebody tells whether an attendee of the base is no longer served in the component: he gets a
// CANCEL, whose SEQUENCE must be stored too.
func (o *organizing) lostSomebody(base, c *icalendar.Component) bool {
	for p := range base.All("ATTENDEE") {
		if !o.ours(p) {
			continue
		}
		if q := o.w.attendee(c, o.w.canonical(p.Value)); q == nil || !served(q) {
			return true
		}
	}
	return false
}

// movedWithMaster tells whether an override that is new only repeats a master that moved.
func (o *organizing) movedWithMaster(k instance, c *icalendar.Component) bool {
	return !o.old.isInstance(k, false)
}

// raiseMaster lifts the master above every override that went away, so that a whole
// REQUEST outranks what attendees hold of it.
func (o *organizing) raiseMaster() {
	if o.now.master == nil {
		return
	}
	top, lost := -1, o.old.master != nil && o.lostSomebody(o.old.master, o.now.master)
	for _, was := range o.old.comps {
		if k := o.old.key(was); k.isMaster() && lost || !k.isMaster() && (o.now.by[k] == nil || lost) {
			top = max(top, sequence(was))
		}
	}
	if top >= sequence(o.now.master) {
		setSequence(o.now.master, top+1)
	}
	if !lost {
		return
	}
	// Who is out of the series but still in an instance gets a CANCEL of all and then that
	// instance anew, which has to outrank it.
	for _, c := range o.now.comps {
		if c != o.now.master && o.keepsSomebodyLost(c) && sequence(c) < top+2 {
			setSequence(c, top+2)
		}
	}
}

// keepsSomebodyLost tells whether an override names an attendee whom the master lost.
func (o *organizing) keepsSomebodyLost(c *icalendar.Component) bool {
	for p := range o.old.master.All("ATTENDEE") {
		a := o.w.canonical(p.Value)
		if o.ours(p) && o.w.attendee(o.now.master, a) == nil && o.w.attendee(c, a) != nil {
			return true
		}
	}
	return false
}

// raiseGained lifts an override that has somebody more to at least the master's SEQUENCE: who
// was not in that instance knows it by an EXDATE of the master alone, and compares with that.
func (o *organizing) raiseGained() {
	if o.now.master == nil {
		return
	}
	least := sequence(o.now.master)
	for _, c := range o.now.comps {
		base, _ := o.old.component(o.now.key(c))
		if c != o.now.master && base != nil && sequence(c) < least && o.gainedSomebody(base, c) {
			setSequence(c, least)
		}
	}
}

// gainedSomebody tells whether an attendee of the component was not in its base.
func (o *organizing) gainedSomebody(base, c *icalendar.Component) bool {
	for p := range c.All("ATTENDEE") {
		if q := o.w.attendee(base, o.w.canonical(p.Value)); o.ours(p) && (q == nil || !served(q)) {
			return true
		}
	}
	return false
}
