package itip

import "convoke/internal/icalendar"

// tellsNobody finds out quiet.
func (o *organizing) tellsNobody() bool {
	if o.mode.Seen || o.mode.Tagged || len(o.now.comps) != len(o.old.comps) {
		return false
	}
	for _, c := range o.now.comps {
		was := o.old.by[o.now.key(c)]
		if was == nil || compareComponents(o.old, was, o.now, c).any() {
			return false
		}
	}
	return true
}

// asksAgain tells whether the organizer takes an answer back without a reschedule (RFC 6638 §3.2.8). Stale
// data looks the same, and an answer must not get lost by it: so the client has to know the answer
// (If-Match), to say so (SCHEDULE-FORCE-SEND), or to change what people see and to show that it means it: it
// raises SEQUENCE, since it "deems" the change "to jeopardize the validity of the participation status"
// (RFC 5546 §2.1.4), or it asks for an instance alone and knows the answer to the others.
func (o *organizing) asksAgain(p, former *icalendar.Property, d change, meant bool) bool {
	switch {
	case d.rescheduled, former == nil, PartStat(p) != NeedsAction, PartStat(former) == NeedsAction:
		return false
	case o.mode.Seen, p.HasParam(paramForce):
		return true
	case o.mode.Tagged, !d.content:
		return false
	}
	return meant
}

// answersKnown collects known.
func (o *organizing) answersKnown() map[Address]bool {
	known := map[Address]bool{}
	for _, c := range o.now.comps {
		was := o.old.by[o.now.key(c)]
		if was == nil {
			continue
		}
		for p := range c.All("ATTENDEE") {
			a := o.w.canonical(p.Value)
			if q := o.w.attendee(was, a); q != nil && PartStat(p) != NeedsAction && PartStat(p) == PartStat(q) {
				known[a] = true
			}
		}
	}
	return known
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
func (o *organizing) settleAnswer(p, former *icalendar.Property, d change, n int) {
	switch {
	case d.rescheduled && (former != nil || PartStat(p) != NeedsAction):
		setPartStat(p, NeedsAction)
		p.SetParam("RSVP", "TRUE")
		p.RemoveParam(paramReplied)
		p.SetParam(paramReset, itoa(n))
		copyParams(p, former, paramStatus)
	case former == nil:
		ask(p)
	case o.mode.Seen && PartStat(p) == PartStat(former):
		copyParams(p, former, paramStatus, paramReplied, paramReset) // RSVP is the organizer's
	case o.w.OutsideAnswers != nil && o.w.OutsideAnswers(o.w.canonical(p.Value)):
		// Their client wrote down what a mail said.
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

// moveBack makes the instances whose override is gone, and which are thereby at another time again, overrides
// of their own: whoever agreed to the time of the override, or to that of the series, did not agree to this
// ("any change" of DTSTART or DTEND resets PARTSTAT, RFC 6638 §3.2.8).
func (o *organizing) moveBack() {
	if o.now.master == nil || o.old.master == nil || compareComponents(o.old, o.old.master, o.now, o.now.master).rescheduled {
		return
	}
	excluded := o.now.exdates(o.now.master)
	for _, was := range o.old.comps {
		k := o.old.key(was)
		if k.isMaster() || isRange(was) || o.now.by[k] != nil || excluded[k] || o.now.rangeOver(k) != nil || !o.now.isInstance(k, true) {
			continue
		}
		c := o.now.derive(k)
		if c == nil || !o.somebodyAnswered(c) {
			continue
		}
		from, to := o.old.span(was)
		if at, end := o.now.span(c); at != from || end != to {
			o.now.add(c)
		}
	}
}

// somebodyAnswered tells whether the answer of an attendee of c to the series would hold for it.
func (o *organizing) somebodyAnswered(c *icalendar.Component) bool {
	for p := range c.All("ATTENDEE") {
		if q := o.w.attendee(o.old.master, o.w.canonical(p.Value)); o.ours(p) && q != nil && PartStat(q) != NeedsAction {
			return true
		}
	}
	return false
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
