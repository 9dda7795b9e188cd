package itip

import "convoke/internal/icalendar"

// Reason says what a message tells its recipient, as a person would put it.
type Reason string

// The reasons, the weightier first.
const (
	BecauseCancelled Reason = "cancelled"    // the meeting, or a date of it, does not take place
	BecauseRemoved   Reason = "removed"      // it does, without the recipient
	BecauseInvited   Reason = "invited"      // to all of it, or to a date more
	BecauseMoved     Reason = "time changed" // so that the recipient is asked anew
	BecauseChanged   Reason = "changed"      // anything else
	BecauseAnswered  Reason = "reply"        // to the organizer
)

// Outweighs tells whether r is what to say where both are true.
func (r Reason) Outweighs(other Reason) bool { return r.weight() < other.weight() }

func (r Reason) weight() int {
	for i, one := range []Reason{BecauseCancelled, BecauseRemoved, BecauseInvited, BecauseMoved, BecauseChanged, BecauseAnswered} {
		if r == one {
			return i
		}
	}
	return 99
}

// ReasonOf tells why a message follows from the change of the owner's object from old to now; nil is as for Diff.
func ReasonOf(old, now *icalendar.Object, w *World, m *Message) Reason {
	before, after := setOf(old), setOf(now)
	switch m.Method {
	case Cancel:
		for k := range setOf(m.Object).by {
			if c := after.by[k]; c != nil && !cancelled(c) && w.attendee(c, m.Recipient) == nil {
				return BecauseRemoved
			}
		}
		return BecauseCancelled
	case Request:
	default:
		return BecauseAnswered
	}
	reason := BecauseChanged
	for k := range setOf(m.Object).by {
		c := after.by[k]
		base, _ := before.component(k)
		switch {
		case base == nil || w.attendee(base, m.Recipient) == nil:
			return BecauseInvited
		case c != nil && compareComponents(before, base, after, c).rescheduled:
			reason = BecauseMoved
		}
	}
	return reason
}
