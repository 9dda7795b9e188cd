package itip

import (
	"slices"

	"convoke/internal/icalendar"
)

// applyAdd adds the instances of an ADD to the series: "the Attendee treats each component in the ADD message as if it
// were referenced via an RDATE in the main component" (RFC 5546 §3.2.4). Without the series there is nothing to add to.
func applyAdd(copy *icalendar.Object, m *Message, w *World) *Effect {
	if copy == nil {
		return unchanged(copy, "no such event")
	}
	if why := stranger(copy, m, w); why != "" {
		return &Effect{Object: copy, Reason: why, Stranger: true}
	}
	g := &merging{w: w, m: m, msg: setOf(m.Object), copy: setOf(copy.Clone())}
	if g.copy.master == nil {
		return unchanged(copy, "no such series")
	}
	before := versionOf(g.copy.master)
	for _, c := range m.Object.Calendar.Children {
		if schedulable(c) && versionOf(c).compare(before) > 0 {
			g.addInstance(c)
		}
	}
	if g.changed {
		g.takeZones()
	}
	return g.effect(copy)
}

// addInstance adds one component of an ADD as an RDATE and an override, and lifts the series to its version.
func (g *merging) addInstance(c *icalendar.Component) {
	start, master := c.Prop("DTSTART"), g.copy.master
	if start == nil {
		return
	}
	first, err := master.Prop("DTSTART").Time(g.copy.zones)
	if err != nil {
		return
	}
	k := g.msg.instanceOf(start)
	at, ok := timeAt(k, first)
	if !ok {
		return
	}
	switch {
	case g.copy.exdates(master)[k]:
		g.copy.include(master, map[instance]bool{k: true})
	case !g.copy.isInstance(k, true):
		x := icalendar.NewProperty("RDATE", "")
		x.SetTime(at)
		master.Add(x)
	}
	d := c.Clone()
	d.RemoveChildren(func(k *icalendar.Component) bool { return k.Name == icalendar.Alarm })
	for _, name := range []string{"RRULE", "RDATE", "EXDATE"} {
		d.Remove(name)
	}
	d.SetTime("RECURRENCE-ID", at)
	if have := g.copy.by[k]; have != nil {
		g.copy.replace(have, d)
	} else {
		g.copy.add(d)
	}
	setSequence(master, max(sequence(master), sequence(c)))
	if stamp(c).After(stamp(master)) {
		setStamp(master, stamp(c))
	}
	g.changed, g.consequential = true, true
}

// aboutBusyTime tells a message that is about no event: a VFREEBUSY is asked for and answered, not stored
// (RFC 5546 §3.3).
func aboutBusyTime(o *icalendar.Object) bool {
	return slices.ContainsFunc(o.Calendar.Children, func(c *icalendar.Component) bool { return c.Name == icalendar.FreeBusy })
}
