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

// Change judges a change of the owner's object from old to now, and says what to store
// and what to send. A nil old is a new object, a nil now a deleted one. The former object
// is never edited; the new one is cloned before it is. Errors: ErrOrganizersDiffer,
// ErrOrganizerChange, ErrAttendeeChange.
func Change(old, now *icalendar.Object, w *World, m Mode) (*Plan, error) {
	was, oldOrganizer, err := RoleOf(old, w)
	if err != nil {
		was = None // stored before the rule was enforced: nothing can be told
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
	if floor := sequence(base); n < floor {
		n = floor
	}
	if (d.revised || o.lostSomebody(base, c)) && n <= sequence(base) {
		n = sequence(base) + 1
	}
	setSequence(c, n)
	for p := range c.All("ATTENDEE") {
		if o.ours(p) {
			o.settleAnswer(p, base, d.rescheduled, n)
		}
	}
}

// ask makes an attendee one who has not answered and is asked to. RSVP=FALSE stays where the
// organizer wrote it; its absence would keep some clients from offering an answer.
func ask(p *icalendar.Property) {
	if PartStat(p) != NeedsAction {
		setPartStat(p, NeedsAction)
		p.SetParam("RSVP", "TRUE")
	} else if !p.HasParam("RSVP") {
		p.SetParam("RSVP", "TRUE")
	}
}

// ours tells whether the answer of the attendee is the server's to keep.
func (o *organizing) ours(p *icalendar.Property) bool {
	if !served(p) {
		return false
	}
	a := o.w.canonical(p.Value)
	return !o.w.isSelf(a)
}

// startsDelegated tells an attendee who stands in for another on the list from the start.
func (o *organizing) startsDelegated(c *icalendar.Component, p *icalendar.Property) bool {
	return PartStat(p) == Delegated && p.HasParam("DELEGATED-TO")
}

// settleAnswer writes what one attendee has answered.
func (o *organizing) settleAnswer(p *icalendar.Property, base *icalendar.Component, rescheduled bool, n int) {
	a := o.w.canonical(p.Value)
	former := o.w.attendee(base, a)
	switch {
	case rescheduled && (former != nil || PartStat(p) != NeedsAction):
		setPartStat(p, NeedsAction)
		p.SetParam("RSVP", "TRUE")
		p.RemoveParam(paramReplied)
		p.SetParam(paramReset, itoa(n))
		copyParams(p, former, paramStatus)
	case former == nil:
		ask(p)
	case o.w.OutsideAnswers != nil && o.w.OutsideAnswers(a):
		// Their client wrote down what a mail said.
	case PartStat(p) == NeedsAction && (o.mode.Seen || p.HasParam(paramForce)):
		// "The server MAY allow …": asked once more, RFC 6638 §3.2.8.
		copyParams(p, former, paramStatus, paramReplied, paramReset)
	default:
		if PartStat(p) != PartStat(former) {
			p.SetParam("PARTSTAT", PartStat(former))
		}
		copyParams(p, former, "RSVP", paramStatus, paramReplied, paramReset, "DELEGATED-TO", "DELEGATED-FROM")
	}
}

// copyParams makes parameters equal to those of another property; nil has none.
func copyParams(p, from *icalendar.Property, names ...string) {
	for _, name := range names {
		if from == nil || !from.HasParam(name) {
			p.RemoveParam(name)
			continue
		}
		p.SetParam(name, from.ParamValues(name)...)
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

// keepAnsweredInstances brings back overrides that a reply made in the store and the client
// did not know of: they differ from the master by answers alone.
func (o *organizing) keepAnsweredInstances() {
	if o.mode.Seen || o.now.master == nil || o.old.master == nil {
		return
	}
	if d := compareComponents(o.old, o.old.master, o.now, o.now.master); d.rescheduled {
		return
	}
	excluded := o.now.exdates(o.now.master)
	for _, was := range o.old.comps {
		k := o.old.key(was)
		if k.isMaster() || o.now.by[k] != nil || excluded[k] || !o.now.isInstance(k, true) {
			continue
		}
		plain := o.old.derive(k)
		if plain == nil || compareComponents(o.old, plain, o.old, was).any() || !o.answeredApart(was, plain) {
			continue
		}
		if c := o.now.derive(k); c != nil {
			for p := range c.All("ATTENDEE") {
				copyParams(p, o.w.attendee(was, o.w.canonical(p.Value)), "PARTSTAT", "RSVP", paramStatus, paramReplied, paramReset)
			}
			setSequence(c, sequence(was))
			o.now.add(c)
		}
	}
}

// answeredApart tells whether somebody answered for this instance alone.
func (o *organizing) answeredApart(was, plain *icalendar.Component) bool {
	for p := range was.All("ATTENDEE") {
		if q := o.w.attendee(plain, o.w.canonical(p.Value)); q != nil && PartStat(p) != PartStat(q) {
			return true
		}
	}
	return false
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
