package itip

import (
	"fmt"
	"strconv"
	"strings"

	"convoke/internal/icalendar"
)

func itoa(n int) string { return strconv.Itoa(n) }

func equalFold(a, b string) bool { return strings.EqualFold(a, b) }

// answer settles an attendee's object: what the organizer decides stays as stored, in the
// client's spelling where that says the same; what an attendee may change is taken
// (RFC 6638 §3.2.2.1). ErrAttendeeChange for an edit that the organizer would have to see.
func answer(old, now *icalendar.Object, w *World) (*icalendar.Object, error) {
	a := &answering{w: w, old: setOf(old), now: setOf(now.Clone())}
	a.nameInstances()
	if a.old.master != nil && a.now.master == nil {
		return nil, fmt.Errorf("%w: the series is missing", ErrAttendeeChange)
	}
	for _, c := range append([]*icalendar.Component(nil), a.now.comps...) {
		if err := a.settle(c); err != nil {
			return nil, err
		}
	}
	a.restoreInstances()
	return a.now.object, nil
}

// answering is one run of answer.
type answering struct {
	w        *World
	old, now *set
}

// nameInstances gives its RECURRENCE-ID back to a component that stands for an instance and lost it,
// as clients do that know no single instance without its series.
func (a *answering) nameInstances() {
	c := a.now.master
	if a.old.master != nil || c == nil || c.Has("RRULE") || c.Has("RDATE") {
		return
	}
	from, _ := a.now.span(c)
	for _, was := range a.old.comps {
		at, _ := a.old.span(was)
		if k := a.old.key(was); at == from && !k.isMaster() && a.now.by[k] == nil {
			c.Add(was.Prop("RECURRENCE-ID").Clone())
			fresh := setOf(a.now.object)
			a.now.comps, a.now.by, a.now.master = fresh.comps, fresh.by, fresh.master
			return
		}
	}
}

// NameInstances gives a component of an attendee's object that lost its RECURRENCE-ID the one it has in his stored
// object of instances without their series, or nil if none is to be given: now is no object by RFC 4791 §4.1 before.
func NameInstances(old, now *icalendar.Object) *icalendar.Object {
	a := &answering{old: setOf(old), now: setOf(now.Clone())}
	if a.nameInstances(); a.now.master != nil {
		return nil
	}
	return a.now.object
}

// settle judges one component and gives it back what is not the attendee's to change.
func (a *answering) settle(c *icalendar.Component) error {
	k := a.now.key(c)
	base, derived := a.old.component(k)
	if base == nil || derived && !a.old.isInstance(k, true) {
		return fmt.Errorf("%w: an instance that the organizer did not make", ErrAttendeeChange)
	}
	if a.w.attendee(base, a.w.Self[0]) != nil && a.w.own(c) == nil {
		return fmt.Errorf("%w: the own ATTENDEE is missing", ErrAttendeeChange)
	}
	if what := a.forbidden(base, c); what != "" {
		return fmt.Errorf("%w: %s", ErrAttendeeChange, what)
	}
	a.keepZones(base, c)
	if err := a.settleAttendees(base, c); err != nil {
		return err
	}
	setSequence(c, sequence(base))
	if !stamp(base).IsZero() && !stamp(c).Equal(stamp(base)) {
		setStamp(c, stamp(base)) // the version of the organizer's last message, RFC 5546 §2.1.5
	}
	if upperValue(c, "STATUS") != upperValue(base, "STATUS") {
		c.Remove("STATUS")
		if p := base.Prop("STATUS"); p != nil {
			c.Add(p.Clone())
		}
	}
	if p, q := c.Prop("ORGANIZER"), base.Prop("ORGANIZER"); p != nil {
		copyParams(p, q, paramStatus)
	} else if q != nil {
		c.Add(q.Clone())
	}
	return nil
}

// keepZones writes the same times in the organizer's zones again: they follow his clock if the rules of a zone change.
func (a *answering) keepZones(base, c *icalendar.Component) {
	for _, name := range []string{"DTSTART", "DTEND", "DUE", "RECURRENCE-ID"} {
		p, q := c.Prop(name), base.Prop(name)
		if p == nil || q == nil || p.Param("TZID") == q.Param("TZID") || a.now.instanceOf(p) != a.old.instanceOf(q) {
			continue
		}
		zone := q.Param("TZID")
		p.Value = q.Value
		if zone == "" {
			p.RemoveParam("TZID")
			continue
		}
		p.SetParam("TZID", zone)
		a.bringZone(zone)
	}
}

// bringZone brings a VTIMEZONE along from what is stored.
func (a *answering) bringZone(tzid string) {
	for z := range a.now.object.Calendar.ChildrenNamed(icalendar.TimeZone) {
		if z.Text("TZID") == tzid {
			return
		}
	}
	for z := range a.old.object.Calendar.ChildrenNamed(icalendar.TimeZone) {
		if z.Text("TZID") == tzid {
			a.now.object.Calendar.InsertChild(0, z.Clone())
			return
		}
	}
}

// theOrganizers are the texts that only an organizer may change; their change is refused
// rather than dropped, so that nobody believes to have changed the meeting.
var theOrganizers = []string{"SUMMARY", "LOCATION", "DESCRIPTION"}

// forbidden names the first change that an attendee may not make, or "".
func (a *answering) forbidden(base, c *icalendar.Component) string {
	bf, bt := a.old.span(base)
	cf, ct := a.now.span(c)
	switch {
	case bf != cf:
		return "DTSTART"
	case bt != ct:
		return "DTEND"
	case a.old.time(base, "DUE") != a.now.time(c, "DUE"):
		return "DUE"
	case compareRules(a.old, base, a.now, c) != equal:
		return "RRULE"
	}
	if added, removed := differ(a.old.rdates(base), a.now.rdates(c)); added || removed {
		return "RDATE"
	}
	for _, name := range theOrganizers {
		if squeeze(base.Text(name)) != squeeze(c.Text(name)) {
			return name
		}
	}
	for k := range a.old.exdates(base) {
		if !a.now.exdates(c)[k] && a.now.by[k] == nil {
			a.now.exclude(c, k) // not refused: clients forget them
		}
	}
	return ""
}

// squeeze makes runs of blanks one, as clients re-wrap texts.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// settleAttendees gives the other attendees' properties back as stored. A new one may only be
// the delegate of the owner (RFC 5546 §3.2.2.3).
func (a *answering) settleAttendees(base, c *icalendar.Component) error {
	w := a.w
	seen := map[Address]bool{}
	var doubled []*icalendar.Property
	for p := range c.All("ATTENDEE") {
		address := w.canonical(p.Value)
		if seen[address] {
			doubled = append(doubled, p)
			continue
		}
		seen[address] = true
		stored := w.attendee(base, address)
		switch {
		case stored == nil && w.isSelf(w.canonical(p.Param("DELEGATED-FROM"))):
		case stored == nil && w.isSelf(address):
		case stored == nil:
			return fmt.Errorf("%w: an attendee more", ErrAttendeeChange)
		case w.isSelf(address):
			copyParams(p, stored, paramReplied, paramReset)
		case !agreeing(p, stored):
			q := stored.Clone()
			*p = *q
		}
	}
	for _, p := range doubled {
		c.RemoveProp(p)
	}
	for p := range base.All("ATTENDEE") {
		if address := w.canonical(p.Value); !seen[address] {
			c.Add(p.Clone())
		}
	}
	return nil
}

// agreeing tells whether two spellings of another attendee say the same.
func agreeing(p, stored *icalendar.Property) bool {
	if p.ParamText() == stored.ParamText() {
		return true
	}
	if PartStat(p) != PartStat(stored) {
		return false
	}
	for _, name := range []string{"DELEGATED-TO", "DELEGATED-FROM", "ROLE", "CUTYPE", "SCHEDULE-STATUS", "RSVP"} {
		if !equalFold(p.Param(name), stored.Param(name)) {
			return false
		}
	}
	return true
}

// restoreInstances brings back overrides that the client left out without excluding them.
// Of single instances without a series, leaving one out deletes it (RFC 6638 §3.2.2.1 item 8).
func (a *answering) restoreInstances() {
	if a.now.master == nil {
		return
	}
	excluded := a.now.exdates(a.now.master)
	for _, was := range a.old.comps {
		k := a.old.key(was)
		if a.now.by[k] != nil || excluded[k] {
			continue
		}
		c := was.Clone()
		// Whoever answers for the series means the instances he did not answer apart.
		plain := a.old.derive(k)
		apart := plain == nil || compareComponents(a.old, plain, a.old, was).any()
		if mine, former := a.w.own(c), a.w.own(a.old.master); mine != nil && former != nil && PartStat(mine) == PartStat(former) && !apart {
			if p := a.w.own(a.now.master); p != nil {
				copyParams(mine, p, "PARTSTAT", "RSVP")
			}
		}
		a.now.add(c)
	}
}
