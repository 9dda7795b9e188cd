package itip

import "convoke/internal/icalendar"

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
}

// Apply gives a recipient's new object: the copy they have (nil if none) after the message.
// RFC 5546 §3.2, RFC 6638 §4.
func Apply(copy *icalendar.Object, m *Message, w *World) (*Effect, error) { return nil, nil }
