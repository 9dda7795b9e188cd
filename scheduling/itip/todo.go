package itip

import "convoke/internal/icalendar"

// restoreTodo gives a task that was completed its people back. Clients of lists of things to do know none, and drop
// them when a task is ticked off: that must not cancel it for the others, nor leave its organizer without an answer.
// A task that loses its people in any other way is a plain one from then on (RFC 6638 §3.2.1.2). The owner's own
// PARTSTAT becomes COMPLETED (RFC 5545 §3.2.12). It gives now itself if there is nothing to do.
func restoreTodo(old, now *icalendar.Object, w *World) *icalendar.Object {
	if old == nil || now == nil || now.Kind() != icalendar.Todo {
		return now
	}
	ticked := false
	for c := range now.Parts() {
		if c.Has("ORGANIZER") || c.Has("ATTENDEE") {
			return now
		}
		ticked = ticked || c.Has("COMPLETED") || upperValue(c, "STATUS") == "COMPLETED"
	}
	if !ticked {
		return now
	}
	was, is := setOf(old), setOf(now.Clone())
	for _, c := range is.comps {
		base, _ := was.component(is.key(c))
		if base == nil {
			return now
		}
		for _, name := range []string{"ORGANIZER", "ATTENDEE"} {
			for p := range base.All(name) {
				c.Add(p.Clone())
			}
		}
		if p := w.own(c); p != nil && (c.Has("COMPLETED") || upperValue(c, "STATUS") == "COMPLETED") {
			setPartStat(p, "COMPLETED")
		}
	}
	return is.object
}
