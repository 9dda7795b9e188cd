package itip

import (
	"time"

	"convoke/internal/icalendar"
)

// attendeeMessages makes the REPLY of an attendee who changed his object, or none
// (RFC 6638 §3.2.2.3, §3.2.2.4; scheduling.md §2.8).
func attendeeMessages(old, now *icalendar.Object, w *World) []Message {
	r := &replying{w: w, old: setOf(old), now: setOf(now)}
	r.source = r.now
	if now == nil {
		r.source = r.old
		r.declineAll()
	} else {
		r.compare()
	}
	if len(r.list) == 0 {
		return nil
	}
	return append([]Message{r.message()}, r.delegations()...)
}

// replying is one run of attendeeMessages.
type replying struct {
	w        *World
	old, now *set
	source   *set // whose time zones the answer uses
	list     []*icalendar.Component
	forced   bool
	delegate []Address
}

// compare finds what the owner answered anew.
func (r *replying) compare() {
	whole := r.now.master != nil && r.news(r.now.master)
	for _, c := range r.now.comps {
		own := r.w.own(c)
		// Who answers for the series says again what he said of single instances.
		if own == nil || !r.news(c) && !(whole && !cancelled(c)) {
			continue
		}
		former := r.former(c)
		r.add(c, PartStat(own))
		if PartStat(own) == Delegated && former != Delegated {
			for _, to := range own.ParamValues("DELEGATED-TO") {
				r.delegate = append(r.delegate, r.w.canonical(to))
			}
		}
	}
	r.excluded()
}

// news tells whether the owner's answer in a component is one that the organizer does not know,
// or is to be sent in any case.
func (r *replying) news(c *icalendar.Component) bool {
	own := r.w.own(c)
	if own == nil {
		return false
	}
	if p := c.Prop("ORGANIZER"); p != nil && equalFold(p.Param(paramForce), "REPLY") {
		r.forced = true
		return true
	}
	return PartStat(own) != r.former(c) && !cancelled(c)
}

// former is the owner's answer before, for an instance that was not apart that of the series.
func (r *replying) former(c *icalendar.Component) string {
	k := r.now.key(c)
	base, _ := r.old.component(k)
	if base == nil && !k.isMaster() {
		base = r.now.master
	}
	if q := r.w.own(base); q != nil {
		return PartStat(q)
	}
	return NeedsAction
}

// excluded declines the instances that the owner took out of the series, or, where there is
// no series, deleted (RFC 6638 §3.2.2.3). EXDATEs of a new object are the organizer's.
func (r *replying) excluded() {
	if len(r.old.comps) == 0 {
		return
	}
	if r.now.master == nil {
		for _, c := range r.old.comps {
			if k := r.old.key(c); r.now.by[k] == nil {
				r.decline(c)
			}
		}
		return
	}
	earlier := r.old.exdates(r.old.master)
	out := map[instance]*icalendar.Component{}
	for k := range r.now.exdates(r.now.master) {
		if !earlier[k] {
			out[k] = nil
		}
	}
	for _, k := range sorted(out) {
		if c, derived := r.old.component(k); c != nil && (!derived || r.old.isInstance(k, false)) {
			r.decline(c)
		}
	}
}

// declineAll declines everything: the object was deleted. An answer to the series does not reach the instances that
// were answered apart, so that each of them is named.
func (r *replying) declineAll() {
	for _, c := range r.old.comps {
		r.decline(c)
	}
}

// decline adds a declining answer unless the organizer knows or does not care.
func (r *replying) decline(c *icalendar.Component) {
	if own := r.w.own(c); own == nil || PartStat(own) == Declined || cancelled(c) {
		return
	}
	r.add(c, Declined)
}

// lean names what a reply carries besides the owner's ATTENDEE. Google ignores leaner ones
// (scheduling.md §4.18).
var lean = map[string]bool{
	"UID": true, "DTSTAMP": true, "SEQUENCE": true, "ORGANIZER": true, "DTSTART": true, "DTEND": true, "DURATION": true,
	"DUE": true, "SUMMARY": true, "LOCATION": true, "RECURRENCE-ID": true, "RRULE": true, "RDATE": true, "EXDATE": true,
	"COMMENT": true, "STATUS": true, "PERCENT-COMPLETE": true, "COMPLETED": true,
}

// add puts an answer for one component into the reply.
func (r *replying) add(c *icalendar.Component, answer string) {
	d := c.Clone()
	d.RemoveChildren(func(*icalendar.Component) bool { return true })
	d.RemoveFunc(func(p *icalendar.Property) bool {
		switch {
		case p.Name == "ATTENDEE":
			return !r.w.isSelf(r.w.canonical(p.Value)) && !r.w.isSelf(r.w.canonical(p.Param("DELEGATED-FROM")))
		case p.Name == "COMMENT" && r.commented(c, p):
			return true
		}
		return !lean[p.Name]
	})
	for _, p := range d.Props {
		if p.Name == "ATTENDEE" || p.Name == "ORGANIZER" {
			for _, name := range serverParams {
				p.RemoveParam(name)
			}
		}
	}
	own := r.w.own(d)
	setPartStat(own, answer)
	own.RemoveParam("RSVP")
	d.Set("REQUEST-STATUS", "2.0;Success")
	r.list = append(r.list, d)
}

// commented tells whether a COMMENT was there before: then it is not part of this answer.
func (r *replying) commented(c *icalendar.Component, p *icalendar.Property) bool {
	base := r.old.by[r.source.key(c)]
	for q := range base.All("COMMENT") {
		if q.Value == p.Value {
			return base != c
		}
	}
	return false
}

// message wraps the answers. DTSTAMP exceeds that of the owner's last reply.
func (r *replying) message() Message {
	t := r.w.Now.UTC().Truncate(time.Second)
	for _, s := range []*set{r.old, r.now} {
		for _, c := range s.comps {
			if own := r.w.own(c); own != nil {
				if v, ok := replied(own); ok && !v.stamp.Before(t) {
					t = v.stamp.Add(time.Second)
				}
			}
		}
	}
	m := Message{Method: Reply, Originator: r.w.Self[0], Stamp: t, Forced: r.forced, Instances: len(r.list)}
	for _, c := range r.list {
		setStamp(c, t)
		m.Sequence = max(m.Sequence, sequence(c))
		m.Whole = m.Whole || !c.Has("RECURRENCE-ID")
		if m.Recipient == "" {
			m.Recipient = r.w.organizer(c)
		}
	}
	x := newWriter(r.w, t)
	m.Object = x.object(Reply, r.source, r.list)
	m.UID = m.Object.UID()
	return m
}

// delegations makes the REQUEST that a delegator sends to the delegate (RFC 5546 §3.2.2.3).
func (r *replying) delegations() []Message {
	var out []Message
	for _, to := range r.delegate {
		v := map[instance]*icalendar.Component{}
		for k, c := range r.now.by {
			if r.w.attendee(c, to) != nil {
				v[k] = c
			}
		}
		if len(v) == 0 || r.w.isSelf(to) {
			continue
		}
		x := newWriter(r.w, nextStamp(r.w.Now, r.old.object))
		o := x.request(r.now, nil, v)
		out = append(out, Message{Method: Request, UID: o.UID(), Originator: r.w.Self[0], Recipient: to, Object: o,
			Stamp: x.stamp, Instances: len(v), Whole: v[instance{}] != nil})
	}
	return out
}

// replied reads the version of the last reply that an ATTENDEE remembers.
func replied(p *icalendar.Property) (version, bool) {
	s := p.Param(paramReplied)
	for i := range s {
		if s[i] != '-' {
			continue
		}
		t, err := time.Parse(utcForm, s[i+1:])
		if err != nil {
			return version{}, false
		}
		return version{atoi(s[:i]), t}, true
	}
	return version{}, false
}

// setReplied remembers the version of a reply.
func setReplied(p *icalendar.Property, v version) {
	p.SetParam(paramReplied, itoa(v.sequence)+"-"+v.stamp.UTC().Format(utcForm))
}

// atoi reads a small number; anything else is 0.
func atoi(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' || n > maxSequence/10 {
			return 0
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// Answered notes in the owner's own object, after a reply was sent, when that was. It edits o.
func Answered(o *icalendar.Object, w *World, m *Message) {
	for _, c := range setOf(o).comps {
		if own := w.own(c); own != nil {
			setReplied(own, version{m.Sequence, m.Stamp})
		}
	}
}
