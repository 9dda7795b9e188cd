package itip

import "convoke/internal/icalendar"

// Present makes the REQUEST that tells one attendee all he attends of the organizer's object as it stands, in the
// versions it has: the answer to REFRESH (RFC 5546 §3.2.6). Nil if he is not served on the list. The object is
// the organizer's; w is his.
func Present(o *icalendar.Object, w *World, a Address) *Message {
	s := setOf(o)
	if len(s.comps) == 0 || w.isSelf(a) {
		return nil
	}
	t := &telling{w: w, old: setOf(nil), now: s, changes: map[instance]change{}}
	t.writer = newWriter(w, stamp(s.comps[0]))
	for _, c := range s.comps {
		if v := stamp(c); v.After(t.writer.stamp) {
			t.writer.stamp = v
		}
	}
	t.request(a, t.view(s, a), true)
	if len(t.out) == 0 {
		return nil
	}
	return &t.out[0]
}

// Sign writes into an object, or takes out of it, who wrote it for its owner: SENT-BY on the owner's ORGANIZER or
// ATTENDEE (RFC 5545 §3.2.18). An empty sender is the owner himself; then a SENT-BY of somebody of ours goes, since
// it is of an earlier write, and any other one stays. It edits o.
func Sign(o *icalendar.Object, w *World, role Role, sender Address, ours func(Address) bool) {
	for _, c := range setOf(o).comps {
		p := c.Prop("ORGANIZER")
		if role == Attendee {
			p = w.own(c)
		}
		switch {
		case p == nil || !w.isSelf(w.canonical(p.Value)):
		case sender != "":
			if w.canonical(p.Param("SENT-BY")) != sender {
				p.SetParam("SENT-BY", string(sender))
			}
		case p.HasParam("SENT-BY") && ours(w.canonical(p.Param("SENT-BY"))):
			p.RemoveParam("SENT-BY")
		}
	}
}
