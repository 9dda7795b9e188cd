package itip

import (
	"strings"

	"convoke/internal/icalendar"
)

// applyReply writes an attendee's answer into the organizer's object (RFC 6638 §4.2). An
// answer for one instance makes a complete override. Nobody is added to the list but the
// delegate of somebody on it.
func applyReply(copy *icalendar.Object, m *Message, w *World) *Effect {
	e := &Effect{Object: copy, Attendee: m.Originator}
	if copy == nil {
		e.Reason = "no such event"
		return e
	}
	if role, _, _ := RoleOf(copy, w); role != Organizer {
		e.Reason = "the recipient does not organize the event"
		return e
	}
	r := &recording{w: w, m: m, msg: setOf(m.Object), copy: setOf(copy.Clone())}
	former := version{}
	if p := w.attendee(r.copy.master, m.Originator); p != nil {
		former, _ = replied(p)
	}
	for _, c := range r.msg.comps {
		r.record(c)
		if isRange(c) {
			r.recordLater(c)
		}
	}
	if r.msg.master != nil {
		r.recordSeries(former)
	}
	e.PartStat, e.Reason, e.Stranger = r.answer, r.reason, r.stranger && !r.changed
	if r.changed {
		e.Object, e.Changed, e.Reason = r.copy.object, true, ""
	}
	return e
}

// recording is one application of a reply.
type recording struct {
	w         *World
	m         *Message
	msg, copy *set
	changed   bool
	answer    string
	reason    string
	stranger  bool
}

// record writes the answer of one component.
func (r *recording) record(c *icalendar.Component) {
	answered := r.w.attendee(c, r.m.Originator)
	if answered == nil {
		r.reason = "the message does not name its sender"
		return
	}
	k := r.msg.key(c)
	target := r.copy.by[k]
	made := false
	if target == nil {
		if target = r.copy.derive(k); target == nil || !r.copy.isInstance(k, false) {
			r.reason = "no such instance"
			return
		}
		made = true
		setRange(target, c)
	}
	if r.put(c, answered, target, made) && made {
		r.copy.add(target)
	}
}

// recordSeries writes an answer to the series on the overrides that the message does not name, but for those that
// were answered apart or are at another time: the attendee may have been asked about them alone. former is the
// version of the attendee's answer to the series before.
func (r *recording) recordSeries(former version) {
	answered := r.w.attendee(r.msg.master, r.m.Originator)
	if answered == nil {
		return
	}
	for _, target := range r.copy.comps {
		k := r.copy.key(target)
		p := r.w.attendee(target, r.m.Originator)
		if k.isMaster() || p == nil || r.msg.by[k] != nil || cancelled(target) {
			continue
		}
		if last, _ := replied(p); !last.stamp.Equal(former.stamp) {
			continue
		}
		if plain := r.copy.derive(k); plain != nil && !compareComponents(r.copy, plain, r.copy, target).rescheduled {
			r.put(r.msg.master, answered, target, false)
		}
	}
}

// recordLater writes an answer to this and all future instances on those that have overrides of their own, unless
// the message says more of them (RECURRENCE-ID;RANGE=THISANDFUTURE, RFC 5545 §3.2.13, RFC 5546 §3.2.3).
func (r *recording) recordLater(c *icalendar.Component) {
	answered := r.w.attendee(c, r.m.Originator)
	if answered == nil {
		return
	}
	k := r.msg.key(c)
	if target := r.copy.by[k]; target != nil && !isRange(target) {
		r.openRange(c, answered, k) // what stands there is of one instance alone
	}
	for _, target := range r.copy.comps {
		later := r.copy.key(target)
		if later.form != k.form || later.at <= k.at || r.msg.by[later] != nil {
			continue
		}
		if over := r.msg.rangeOver(later); over == nil || over == c {
			r.put(c, answered, target, false)
		}
	}
}

// openRange makes the override of the first instance after k that has none, for itself and those to come.
func (r *recording) openRange(c *icalendar.Component, answered *icalendar.Property, k instance) {
	for range len(r.copy.comps) {
		next, ok := r.copy.next(k)
		if !ok {
			return
		}
		if k = next; r.copy.by[k] != nil {
			if isRange(r.copy.by[k]) {
				return
			}
			continue
		}
		target := r.copy.derive(k)
		if target == nil {
			return
		}
		setRange(target, c)
		if r.put(c, answered, target, true) {
			r.copy.add(target)
		}
		return
	}
}

// put writes the answer of a component of the message on one of the copy, which made tells to be new, and tells
// whether it did.
func (r *recording) put(c *icalendar.Component, answered *icalendar.Property, target *icalendar.Component, made bool) bool {
	if cancelled(target) {
		r.reason = "the event was cancelled"
		return false
	}
	p := r.w.attendee(target, r.m.Originator)
	if p == nil {
		p = r.delegate(target, answered)
	}
	if p == nil {
		r.reason, r.stranger = "the sender is not on the list", true
		return false
	}
	if !served(p) {
		r.reason = "another agent schedules with the sender"
		return false
	}
	v := versionOf(c)
	if r.msg.key(c) != r.copy.key(target) {
		v.sequence = min(v.sequence, sequence(target)) // answers are ordered for each instance by itself, RFC 5546 §2.1.5
	}
	// An instance made of the master has no answer of its own yet: the master's does not count,
	// so that answers for the series and for an instance may come in any order.
	if last, ok := replied(p); ok && !made && !r.m.Direct && v.compare(last) <= 0 {
		r.reason = "an older or repeated answer" // RFC 5546 §2.1.5
		return false
	}
	if p.HasParam(paramReset) && v.sequence < atoi(p.Param(paramReset)) {
		r.reason = "an answer to an earlier time" // RFC 5546 §2.1.5
		return false
	}
	r.answer = PartStat(answered)
	r.write(c, target, p, answered, v)
	r.changed = true
	return true
}

// delegate puts somebody on the list for whom an attendee there stands as his delegator, though the delegator's own answer
// did not bring him (RFC 5546 §4.2.6, §5.2.2).
func (r *recording) delegate(target *icalendar.Component, answered *icalendar.Property) *icalendar.Property {
	from := r.w.attendee(target, r.w.canonical(answered.Param("DELEGATED-FROM")))
	if !answered.HasParam("DELEGATED-FROM") || from == nil || !served(from) {
		return nil
	}
	for _, to := range from.ParamValues("DELEGATED-TO") {
		if r.w.canonical(to) == r.m.Originator {
			p := icalendar.NewProperty("ATTENDEE", answered.Value)
			copyParams(p, answered, "CN", "CUTYPE", "ROLE", "DELEGATED-FROM")
			target.Add(p)
			return p
		}
	}
	return nil
}

// write puts the answer on one ATTENDEE.
func (r *recording) write(c, target *icalendar.Component, p, answered *icalendar.Property, v version) {
	if answered.HasParam("PARTSTAT") || PartStat(p) != NeedsAction {
		p.SetParam("PARTSTAT", PartStat(answered))
	}
	if PartStat(answered) != NeedsAction {
		p.RemoveParam("RSVP")
	}
	for _, name := range []string{"DELEGATED-TO", "DELEGATED-FROM"} {
		if answered.HasParam(name) {
			copyParams(p, answered, name)
		}
	}
	copyParams(p, answered, "SENT-BY") // of this answer
	p.SetParam(paramStatus, requestStatus(c))
	setReplied(p, v)
	for q := range c.All("ATTENDEE") {
		// The delegate joins the list (RFC 5546 §3.2.2.3).
		if r.w.canonical(q.Param("DELEGATED-FROM")) == r.m.Originator && r.w.attendee(target, r.w.canonical(q.Value)) == nil {
			target.Add(q.Clone())
		}
	}
}

// requestStatus gives SCHEDULE-STATUS for a reply: the codes of its REQUEST-STATUS, else 2.0
// (RFC 6638 §4.2).
func requestStatus(c *icalendar.Component) string {
	var codes []string
	for p := range c.All("REQUEST-STATUS") {
		code, _, _ := strings.Cut(p.Value, ";")
		if code = strings.TrimSpace(code); code != "" {
			codes = append(codes, code)
		}
	}
	if len(codes) == 0 {
		return "2.0"
	}
	return strings.Join(codes, ",")
}
