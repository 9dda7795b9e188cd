package itip

import "convoke/internal/icalendar"

// applyCancel marks what the organizer cancelled; nothing is deleted (scheduling.md §2.10),
// and SEQUENCE and DTSTAMP are kept so that a late REQUEST does not revive it.
func applyCancel(copy *icalendar.Object, m *Message, w *World) *Effect {
	if copy == nil {
		o := m.Object.Clone()
		o.Calendar.Remove("METHOD")
		for c := range o.Parts() {
			if schedulable(c) && !cancelled(c) {
				c.Set("STATUS", "CANCELLED")
			}
		}
		return &Effect{Object: o, Changed: true, Consequential: true, Tombstone: true}
	}
	if why := stranger(copy, m, w); why != "" {
		return &Effect{Object: copy, Reason: why, Stranger: true}
	}
	g := &merging{w: w, m: m, msg: setOf(m.Object), copy: setOf(copy.Clone())}
	for _, c := range g.msg.comps {
		if g.msg.key(c).isMaster() {
			g.cancelAll(c)
		} else {
			g.cancelInstance(c)
		}
	}
	return g.effect(copy)
}

// cancelAll cancels every component that is not newer than the cancellation.
func (g *merging) cancelAll(c *icalendar.Component) {
	v := versionOf(c)
	if g.copy.master == nil && (c.Has("RRULE") || c.Has("RDATE")) {
		// Remembered, so that an earlier message about the series does not revive it. Who held
		// single instances is told without the series and needs no such memory.
		d := g.personal(c, nil, instance{}, true)
		d.Set("STATUS", "CANCELLED")
		g.copy.add(d)
		g.changed, g.consequential = true, true
	}
	for _, have := range g.copy.comps {
		if v.compare(versionOf(have)) > 0 {
			g.mark(have, v)
		}
	}
}

// cancelInstance cancels one instance: its override, or one made for the purpose.
func (g *merging) cancelInstance(c *icalendar.Component) {
	k, v := g.msg.key(c), versionOf(c)
	if have := g.copy.by[k]; have != nil {
		if v.compare(versionOf(have)) > 0 {
			g.mark(have, v)
		}
		return
	}
	if g.copy.master == nil {
		d := g.personal(c, nil, k, true)
		d.Set("STATUS", "CANCELLED")
		g.copy.add(d)
		g.changed, g.consequential = true, true
		return
	}
	if v.compare(versionOf(g.copy.master)) < 0 || !g.copy.isInstance(k, true) || cancelled(g.copy.master) {
		return
	}
	if d := g.copy.derive(k); d != nil {
		setRange(d, c)
		g.mark(d, v)
		g.include(k)
		g.copy.add(d)
	}
}

// mark makes a component a cancelled one of that version.
func (g *merging) mark(c *icalendar.Component, v version) {
	if !cancelled(c) {
		c.Set("STATUS", "CANCELLED")
	}
	setSequence(c, v.sequence)
	setStamp(c, v.stamp)
	g.changed, g.consequential = true, true
}
