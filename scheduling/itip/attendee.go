package itip

import (
	"strings"

	"convoke/internal/icalendar"
)

// Parameters of RFC 6638 §7 and those by which we remember what was answered. The names
// of the latter are CalendarServer's, which clients have seen for years and leave alone.
const (
	paramAgent  = "SCHEDULE-AGENT"
	paramForce  = "SCHEDULE-FORCE-SEND"
	paramStatus = "SCHEDULE-STATUS"
	// paramReplied holds SEQUENCE and DTSTAMP of the last reply (RFC 5546 §2.1.5), as "2-20260102T030405Z".
	paramReplied = "X-CALENDARSERVER-DTSTAMP"
	// paramReset holds the SEQUENCE at which a reschedule reset the answer: replies to less are stale.
	paramReset = "X-CALENDARSERVER-RESET-PARTSTAT"
)

// serverParams never leave the object they stand in.
var serverParams = []string{paramAgent, paramForce, paramStatus, paramReplied, paramReset, "X-CALENDARSERVER-AUTO"}

// NeedsAction and the others are values of PARTSTAT, RFC 5545 §3.2.12.
const (
	NeedsAction = "NEEDS-ACTION"
	Accepted    = "ACCEPTED"
	Declined    = "DECLINED"
	Tentative   = "TENTATIVE"
	Delegated   = "DELEGATED"
)

// PartStat reads the participation status of an ATTENDEE; absent is NEEDS-ACTION.
func PartStat(p *icalendar.Property) string {
	v := strings.ToUpper(p.Param("PARTSTAT"))
	if v == "" {
		return NeedsAction
	}
	return v
}

// setPartStat writes it, leaving an absent parameter absent where that says the same.
func setPartStat(p *icalendar.Property, v string) {
	if PartStat(p) != v {
		p.SetParam("PARTSTAT", v)
	}
}

// agent reads SCHEDULE-AGENT: SERVER, CLIENT or NONE, as which unknown ones count (RFC 6638 §7.1).
func agent(p *icalendar.Property) string {
	if !p.HasParam(paramAgent) {
		return "SERVER"
	}
	switch v := strings.ToUpper(p.Param(paramAgent)); v {
	case "SERVER", "CLIENT":
		return v
	}
	return "NONE"
}

// served tells whether the server is to schedule with the calendar user.
func served(p *icalendar.Property) bool { return agent(p) == "SERVER" }

// attendee finds the ATTENDEE of a canonical address in a component.
func (w *World) attendee(c *icalendar.Component, a Address) *icalendar.Property {
	for p := range c.All("ATTENDEE") {
		if w.canonical(p.Value) == a {
			return p
		}
	}
	return nil
}

// own finds the owner's ATTENDEE in a component.
func (w *World) own(c *icalendar.Component) *icalendar.Property {
	for p := range c.All("ATTENDEE") {
		if w.isSelf(w.canonical(p.Value)) {
			return p
		}
	}
	return nil
}

// organizer gives the canonical organizer of a component, "" if there is none.
func (w *World) organizer(c *icalendar.Component) Address {
	if p := c.Prop("ORGANIZER"); p != nil {
		return w.canonical(p.Value)
	}
	return ""
}

// RoleOf tells what the owner is to an object and who organizes it (RFC 6638 §3.1).
// ErrOrganizersDiffer if its components disagree (§3.2.4.2). A component that names no
// organizer is taken to have that of the others, as clients leave it out of overrides.
func RoleOf(o *icalendar.Object, w *World) (Role, Address, error) {
	var organizer Address
	invited := false
	if o == nil {
		return None, "", nil
	}
	for c := range o.Parts() {
		if !schedulable(c) {
			continue
		}
		if p := c.Prop("ORGANIZER"); p != nil {
			a := w.canonical(p.Value)
			if organizer != "" && organizer != a {
				return None, "", ErrOrganizersDiffer
			}
			organizer = a
		}
	}
	if organizer == "" {
		return None, "", nil
	}
	if w.isSelf(organizer) {
		return Organizer, organizer, nil
	}
	for c := range o.Parts() {
		if schedulable(c) && w.own(c) != nil {
			invited = true
		}
	}
	if invited {
		return Attendee, organizer, nil
	}
	return None, organizer, nil
}

// Scheduled tells quickly whether any part of an object names an organizer; only such an
// object can take part in scheduling.
func Scheduled(o *icalendar.Object) bool {
	if o == nil {
		return false
	}
	for c := range o.Parts() {
		if c.Has("ORGANIZER") {
			return true
		}
	}
	return false
}

// Attendees lists the canonical addresses of all attendees of an object, each once, in order.
func Attendees(o *icalendar.Object, w *World) []Address {
	var list []Address
	seen := map[Address]bool{}
	for _, c := range setOf(o).comps {
		for p := range c.All("ATTENDEE") {
			if a := w.canonical(p.Value); !seen[a] {
				seen[a] = true
				list = append(list, a)
			}
		}
	}
	return list
}

// SetStatus writes SCHEDULE-STATUS of the calendar user with a canonical address on each of its
// ATTENDEE properties, or with organizer true on ORGANIZER (RFC 6638 §3.2.9). It edits o.
func SetStatus(o *icalendar.Object, w *World, a Address, organizer bool, status string) {
	SetStatuses(o, w, organizer, map[Address]string{a: status})
}

// SetStatuses is SetStatus for several calendar users.
func SetStatuses(o *icalendar.Object, w *World, organizer bool, statuses map[Address]string) {
	name := "ATTENDEE"
	if organizer {
		name = "ORGANIZER"
	}
	for c := range o.Parts() {
		for p := range c.All(name) {
			if status, ok := statuses[w.canonical(p.Value)]; ok && served(p) {
				p.SetParam(paramStatus, status)
			}
		}
	}
}

// AdvanceStatus is SetStatus for news of a delivery that comes later: 1.x takes the place of a lower one and of a
// failure, and never of the answer that came meanwhile; a failure takes the place of anything. It edits o.
func AdvanceStatus(o *icalendar.Object, w *World, a Address, organizer bool, status string) {
	name := "ATTENDEE"
	if organizer {
		name = "ORGANIZER"
	}
	for c := range o.Parts() {
		for p := range c.All(name) {
			if w.canonical(p.Value) != a || !served(p) {
				continue
			}
			now := p.Param(paramStatus)
			if !strings.HasPrefix(status, "1") || now == "" || strings.HasPrefix(now, "5") || strings.HasPrefix(now, "1") && now < status {
				p.SetParam(paramStatus, status)
			}
		}
	}
}
