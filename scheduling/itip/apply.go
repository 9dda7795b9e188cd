package itip

import (
	"fmt"

	"convoke/internal/icalendar"
)

// Effect is what a message does to a recipient's copy.
type Effect struct {
	Object *icalendar.Object // the copy afterwards; nil: none (never a deletion)
	// Changed: Object differs from the copy.
	Changed bool
	// Consequential: more than other attendees' participation changed (RFC 6638 §3.2.10).
	Consequential bool
	// Tombstone: Object only remembers a cancellation that came before its request; it is
	// no calendar entry but the base for what comes later.
	Tombstone bool
	Reason    string // why nothing changed, in plain words
	// Attendee is who answered, PartStat what, for REPLY.
	Attendee Address
	PartStat string
	// Stranger: the message does not fit the copy, which stays: a person may want to see it. An
	// answer from somebody not on the list, an invitation to an event of another organizer.
	Stranger bool
}

// unchanged is the effect of a message that does nothing.
func unchanged(copy *icalendar.Object, reason string) *Effect {
	return &Effect{Object: copy, Reason: reason}
}

// Apply gives a recipient's new object: the copy they have (nil if none) after the message.
// RFC 5546 §3.2, RFC 6638 §4. The copy and the message are never edited; w is the
// recipient's world. The error tells a message that is none.
func Apply(copy *icalendar.Object, m *Message, w *World) (*Effect, error) {
	if m.Object == nil || len(setOf(m.Object).comps) == 0 {
		return nil, fmt.Errorf("a %s without a component", m.Method)
	}
	if copy != nil && copy.UID() != m.Object.UID() {
		return nil, fmt.Errorf("a %s about another object", m.Method)
	}
	switch {
	case aboutBusyTime(m.Object):
		return unchanged(copy, "busy time is no event"), nil
	case copy != nil && copy.Kind() != m.Object.Kind():
		return nil, fmt.Errorf("a %s about a %s, which is a %s here", m.Method, m.Object.Kind(), copy.Kind())
	}
	switch m.Method {
	case Add:
		return applyAdd(copy, m, w), nil
	case Request, Publish:
		return applyRequest(copy, m, w), nil
	case Cancel:
		return applyCancel(copy, m, w), nil
	case Reply:
		return applyReply(copy, m, w), nil
	case Refresh, Counter, DeclineCounter:
		// They tell a person something or ask for a message; no object changes
		// (RFC 5546 §3.2.6 to §3.2.8).
		return unchanged(copy, "the method changes no object"), nil
	}
	return nil, fmt.Errorf("unknown method %q", m.Method)
}

// merging is one application of an organizer's message to an attendee's copy.
type merging struct {
	w    *World
	m    *Message
	msg  *set
	copy *set // of a clone that is edited
	// changed and consequential as in Effect
	changed, consequential bool
	moved                  bool // the message reschedules the series
}

// stranger tells why an organizer's message may not touch a copy, or "".
func stranger(copy *icalendar.Object, m *Message, w *World) string {
	var theirs, ours Address
	for c := range m.Object.Parts() {
		if theirs == "" {
			theirs = w.organizer(c)
		}
	}
	for c := range copy.Parts() {
		if ours == "" {
			ours = w.organizer(c)
		}
	}
	switch {
	case ours == "":
		return "the event has no organizer"
	case ours != theirs:
		return "the event has another organizer" // RFC 6638 §11.2 item 5
	case w.isSelf(ours):
		return "the recipient organizes the event"
	case m.Originator != ours:
		return "the sender does not organize the event" // a delegator, RFC 5546 §3.2.2.3
	case !servedByOrganizer(copy) && namesOwner(copy, w):
		return "another agent schedules this event" // SCHEDULE-AGENT=CLIENT, RFC 6638 §3.2.2.3
	}
	return ""
}

// namesOwner tells whether the owner is an attendee of an object. SCHEDULE-AGENT says who schedules for him; of
// what he was no attendee of when he wrote it, it says nothing.
func namesOwner(o *icalendar.Object, w *World) bool {
	for c := range o.Parts() {
		if w.own(c) != nil {
			return true
		}
	}
	return false
}

// applyRequest merges a REQUEST or a PUBLISH.
func applyRequest(copy *icalendar.Object, m *Message, w *World) *Effect {
	if copy == nil {
		o := m.Object.Clone()
		o.Calendar.Remove("METHOD")
		return &Effect{Object: o, Changed: true, Consequential: true}
	}
	if why := stranger(copy, m, w); why != "" {
		return &Effect{Object: copy, Reason: why, Stranger: true}
	}
	g := &merging{w: w, m: m, msg: setOf(m.Object), copy: setOf(copy.Clone())}
	if m.Refreshing {
		g.refresh()
	} else {
		g.request()
	}
	return g.effect(copy)
}

// effect sums up a merge.
func (g *merging) effect(copy *icalendar.Object) *Effect {
	if !g.changed {
		return unchanged(copy, "nothing newer in the message")
	}
	return &Effect{Object: g.copy.object, Changed: true, Consequential: g.consequential}
}

// request takes each component of the message that is newer than the copy's.
func (g *merging) request() {
	var former *icalendar.Component
	if g.copy.master != nil {
		former = g.copy.master.Clone()
	}
	whole := g.msg.master != nil
	if whole {
		g.take(g.msg.master, former)
		g.moved = former != nil && compareComponents(g.copy, g.invited(former, instance{}), g.msg, g.msg.master).rescheduled
	}
	for _, c := range g.msg.comps {
		if c != g.msg.master {
			g.take(c, former)
		}
	}
	if whole {
		g.dropAbsent(former)
	}
	if g.changed {
		g.takeZones()
	}
}

// take merges one component; former is the master as it was. It tells whether it was newer.
func (g *merging) take(c, former *icalendar.Component) bool {
	k := g.msg.key(c)
	have := g.copy.by[k]
	v := versionOf(c)
	switch {
	case have != nil && v.compare(versionOf(have)) <= 0:
		return false
	case have == nil && !k.isMaster() && g.msg.master == nil && former != nil && v.compare(versionOf(former)) <= 0:
		return false // an instance of a revision that the whole has outlived
	case have == nil && !k.isMaster() && g.msg.master != nil && g.older(former):
		return false
	}
	base := have
	if base == nil && former != nil {
		from := former
		if g.moved {
			from = g.copy.master // what was answered for the series was answered for another time
		}
		base, _ = (&set{object: g.copy.object, zones: g.copy.zones, master: from}).component(k)
	}
	attended := have != nil || former == nil || !g.copy.exdates(former)[k]
	if g.moved && !k.isMaster() {
		attended = false // an instance of the same name is another one now
	}
	d := g.personal(c, base, k, attended)
	if have == nil && g.keepsAway(k, c, former) {
		return false
	}
	if have != nil {
		g.copy.replace(have, d)
	} else {
		if !k.isMaster() && g.copy.master != nil {
			g.copy.include(g.copy.master, map[instance]bool{k: true})
		}
		g.copy.add(d)
	}
	g.changed, g.consequential = true, true
	return true
}

// older tells whether the message's master is not newer than the copy's was.
func (g *merging) older(former *icalendar.Component) bool {
	return former != nil && versionOf(g.msg.master).compare(versionOf(former)) <= 0
}

// keepsAway tells an instance that the attendee declined and took out of his calendar: it
// comes back by a reschedule alone (departs from RFC 6638 §4.1: scheduling.md §2.9).
func (g *merging) keepsAway(k instance, c, former *icalendar.Component) bool {
	if k.isMaster() || former == nil || !g.copy.exdates(former)[k] {
		return false
	}
	own := g.w.own(c)
	return own != nil && PartStat(own) == Declined
}

// dropAbsent removes overrides that a whole REQUEST no longer has, and keeps what is the attendee's own:
// cancelled instances that are still excluded, and overrides with nothing but his alarms.
func (g *merging) dropAbsent(former *icalendar.Component) {
	if g.copy.master == nil || versionOf(g.msg.master).compare(versionOf(g.copy.master)) < 0 {
		return
	}
	excluded, back := g.msg.exdates(g.msg.master), map[instance]bool{}
	for _, c := range append([]*icalendar.Component(nil), g.copy.comps...) {
		k := g.copy.key(c)
		if k.isMaster() || g.msg.by[k] != nil {
			continue
		}
		if versionOf(c).compare(versionOf(g.msg.master)) > 0 {
			back[k] = true
			continue
		}
		if excluded[k] && cancelled(c) {
			back[k] = true
			continue
		}
		if !excluded[k] && former != nil && !g.moved && !cancelled(c) && g.onlyPersonal(c, former, k) {
			if d := g.copy.derive(k); d != nil && g.copy.isInstance(k, false) {
				d = g.personal(d, c, k, false) // the organizer knows no answer to it alone
				if string(d.AppendTo(nil)) != string(c.AppendTo(nil)) {
					g.copy.replace(c, d)
					g.changed = true
				}
				continue
			}
		}
		g.copy.drop(c)
		g.changed, g.consequential = true, true
	}
	g.copy.include(g.copy.master, back) // at once: there may be thousands
}

// include takes an EXDATE out of the copy's master, as an override now stands for the instance.
func (g *merging) include(k instance) {
	if g.copy.exdates(g.copy.master)[k] {
		g.copy.include(g.copy.master, map[instance]bool{k: true})
	}
}

// onlyPersonal tells an override that the attendee himself made, for an alarm, say.
func (g *merging) onlyPersonal(c, former *icalendar.Component, k instance) bool {
	plain := (&set{object: g.copy.object, zones: g.copy.zones, master: former}).derive(k)
	return plain != nil && !compareComponents(g.copy, plain, g.copy, c).any()
}

// personal gives a component of the message with what is the attendee's own in base: alarms,
// transparency, categories, colour, private properties, and the answer unless the
// organizer rescheduled or asked again (scheduling.md §2.9). It was not given if attended is
// false: base then is of an instance that the owner was not in.
func (g *merging) personal(c, base *icalendar.Component, k instance, attended bool) *icalendar.Component {
	d := c.Clone()
	d.RemoveChildren(func(k *icalendar.Component) bool { return k.Name == icalendar.Alarm })
	if base == nil {
		return d
	}
	for _, name := range []string{"TRANSP", "CATEGORIES", "COLOR", "PERCENT-COMPLETE", "COMPLETED", "CLASS"} {
		if base.Has(name) {
			d.Remove(name)
			for p := range base.All(name) {
				d.Add(p.Clone())
			}
		}
	}
	for _, p := range base.Props {
		if len(p.Name) > 2 && p.Name[:2] == "X-" && !icalendar.OfMeeting(p.Name) && !d.Has(p.Name) {
			d.Add(p.Clone())
		}
	}
	for a := range base.ChildrenNamed(icalendar.Alarm) {
		d.AddChild(a.Clone())
	}
	change := compareComponents(g.copy, g.invited(base, k), g.msg, c)
	mine, theirs := g.w.own(base), g.w.own(d)
	if mine != nil && theirs != nil {
		if attended && !change.rescheduled && !g.m.Forced && !cancelled(base) && PartStat(theirs) == NeedsAction && !g.handedBack(mine, d) && !(k.isMaster() && g.broughtBack()) {
			copyParams(theirs, mine, "PARTSTAT", "RSVP")
		}
		copyParams(theirs, mine, paramReplied) // the next answer has to be later, even in the same second
	}
	if k.isMaster() {
		g.keepExclusions(d, base, change.rescheduled)
	}
	if p, q := d.Prop("ORGANIZER"), base.Prop("ORGANIZER"); p != nil && q != nil {
		copyParams(p, q, paramStatus)
	}
	return d
}

// broughtBack tells whether an instance that was cancelled here is one of the series again, for which the organizer
// asks for all of it anew (RFC 6638 §3.2.8): where it is cancelled, the copy has no EXDATE whose absence would tell.
func (g *merging) broughtBack() bool {
	for _, c := range g.copy.comps {
		k := g.copy.key(c)
		if !k.isMaster() && cancelled(c) && g.msg.by[k] == nil && g.msg.isInstance(k, false) {
			return true
		}
	}
	return false
}

// handedBack tells a delegator that his delegate has declined, and that he may answer again or delegate to somebody
// else (RFC 5546 §4.2.7).
func (g *merging) handedBack(mine *icalendar.Property, now *icalendar.Component) bool {
	if PartStat(mine) != Delegated {
		return false
	}
	for p := range now.All("ATTENDEE") {
		if PartStat(p) == Declined && g.w.isSelf(g.w.canonical(p.Param("DELEGATED-FROM"))) {
			return true
		}
	}
	return false
}

// invited gives a component of the copy without the exclusions that are the attendee's alone: that the organizer
// has none there is no reschedule.
func (g *merging) invited(base *icalendar.Component, k instance) *icalendar.Component {
	own := map[instance]bool{}
	if k.isMaster() {
		for x := range g.copy.exdates(base) {
			if c := g.msg.by[x]; c != nil && g.keepsAway(x, c, base) {
				own[x] = true
			}
		}
	}
	if len(own) == 0 {
		return base
	}
	plain := base.Clone()
	g.copy.include(plain, own)
	return plain
}

// keepExclusions keeps the instances that the attendee took out of his calendar, unless the
// organizer has an override for them that is not declined, or none and rescheduled the series.
func (g *merging) keepExclusions(d, base *icalendar.Component, rescheduled bool) {
	has := g.msg.exdates(d)
	out := map[instance]*icalendar.Component{}
	for k := range g.copy.exdates(base) {
		c := g.msg.by[k]
		if !has[k] && (c == nil && !rescheduled || c != nil && g.keepsAway(k, c, base)) {
			out[k] = nil
		}
	}
	for _, k := range sorted(out) {
		g.msg.exclude(d, k)
	}
}

// refresh passes other attendees' answers on; versions, the owner's answer and everything else stay.
func (g *merging) refresh() {
	for _, c := range g.msg.comps {
		k := g.msg.key(c)
		have := g.copy.by[k]
		made := false
		if have == nil {
			if have = g.copy.derive(k); have == nil || !g.copy.isInstance(k, false) {
				continue
			}
			made = true
			setRange(have, c)
		}
		if g.refreshAttendees(c, have) {
			if made {
				g.copy.add(have)
			}
			g.changed = true
		}
	}
	g.refreshApart()
}

// refreshApart passes the answers to the series on to the overrides that the attendee alone has.
func (g *merging) refreshApart() {
	if g.msg.master == nil {
		return
	}
	for _, c := range g.copy.comps {
		k := g.copy.key(c)
		if k.isMaster() || g.msg.by[k] != nil || g.msg.rangeOver(k) != nil || cancelled(c) {
			continue
		}
		if g.refreshAttendees(g.msg.master, c) {
			g.changed = true
		}
	}
}

// refreshAttendees copies the other attendees of c to have and tells whether they differed.
func (g *merging) refreshAttendees(c, have *icalendar.Component) bool {
	changed := false
	list := make([]*icalendar.Property, 0, 32)
	for q := range have.All("ATTENDEE") {
		list = append(list, q)
	}
	at := 0 // the list is mostly in the same order
	for p := range c.All("ATTENDEE") {
		a := g.w.canonical(p.Value)
		var q *icalendar.Property
		for range list {
			if at == len(list) {
				at = 0
			}
			at++
			if g.w.canonical(list[at-1].Value) == a {
				q = list[at-1]
				break
			}
		}
		switch {
		case g.w.isSelf(a):
		case q == nil:
			have.Add(p.Clone())
			changed = true
		case !agreeing(q, p):
			copyParams(q, p, "PARTSTAT", "RSVP", "DELEGATED-TO", "DELEGATED-FROM", "ROLE", "CUTYPE")
			changed = true
		}
	}
	return changed
}

// takeZones brings along the time zones that the message's components need.
func (g *merging) takeZones() {
	has := map[string]bool{}
	at := 0
	for i, z := range g.copy.object.Calendar.Children {
		if z.Name == icalendar.TimeZone {
			has[z.Text("TZID")] = true
			at = i + 1
		}
	}
	for z := range g.m.Object.Calendar.ChildrenNamed(icalendar.TimeZone) {
		if !has[z.Text("TZID")] {
			g.copy.object.Calendar.InsertChild(at, z.Clone())
			at++
		}
	}
}
