// Package itip is the pure half of scheduling: calendar objects in, scheduling
// messages out, and scheduling messages back into calendar objects. It follows
// RFC 5546 (iTIP) and the parts of RFC 6638 that say who is told what.
//
// # Invariants
//
//   - Nothing here reads a clock, a store or a context; time comes in as an argument.
//   - No argument is ever changed: a result is a clone, or the argument itself if nothing changed.
//   - Calendar users are compared by their canonical address alone (see [World.Canonical]),
//     never by how an object spells them.
//   - A version is (SEQUENCE, DTSTAMP), RFC 5546 §2.1.5; what is older than what a copy
//     already holds changes nothing, so applying a message twice equals applying it once. A
//     direct answer is not ordered by that ([Message.Direct]).
//   - A message tells an attendee of those instances alone that name him (RFC 6638 §3.2.6),
//     and carries no SCHEDULE-AGENT, SCHEDULE-STATUS or SCHEDULE-FORCE-SEND (§7).
//   - An attendee's message never alters an organizer's object beyond that attendee's own
//     participation.
package itip

import (
	"errors"
	"time"

	"convoke/internal/icalendar"
)

// Method is an iTIP method, RFC 5546 §1.4.
type Method string

// The methods of RFC 5546 §1.4.
const (
	Publish        Method = "PUBLISH"
	Request        Method = "REQUEST"
	Reply          Method = "REPLY"
	Add            Method = "ADD"
	Cancel         Method = "CANCEL"
	Refresh        Method = "REFRESH"
	Counter        Method = "COUNTER"
	DeclineCounter Method = "DECLINECOUNTER"
)

// FromOrganizer tells whether the method is sent by an organizer to attendees
// (RFC 5546 §1.4); the others travel from attendee to organizer.
func (m Method) FromOrganizer() bool {
	switch m {
	case Publish, Request, Add, Cancel, DeclineCounter:
		return true
	}
	return false
}

// Message is one scheduling message for one calendar user.
type Message struct {
	Method     Method
	UID        string
	Originator Address // canonical: the organizer or the attendee who speaks
	Recipient  Address // canonical
	Object     *icalendar.Object
	Sequence   int       // the highest of its components
	Stamp      time.Time // DTSTAMP of its components
	// Refreshing marks a REQUEST that only passes on other attendees' answers: it goes
	// to local attendees, leaves their Schedule-Tag and their inbox alone (RFC 6638 §3.2.10).
	Refreshing bool
	// Forced marks what SCHEDULE-FORCE-SEND asked for (RFC 6638 §3.2.7).
	Forced bool
	// Direct marks a REPLY that is applied in the transaction that makes it. Nothing can overtake it, so it is the last
	// word of its sender, whatever the clock says; versions order what was on the way (RFC 5546 §2.1.5).
	Direct bool
	// Asked is the DTSTAMP of the REFRESH that this answers, "" for other messages.
	Asked string
	// Instances counts the components; Whole tells that the master is among them.
	Instances int
	Whole     bool
}

// World is what the pure functions must be told of the world around an object.
type World struct {
	// Self holds the canonical addresses of the owner of the object, normally one.
	Self []Address
	// Canonical maps any calendar user address to the one by which its principal is
	// known, so that one person with several addresses is one attendee. Nil: only
	// spelling is normalised.
	Canonical func(Address) Address
	// Spellings remembers what each spelled address is canonically; worlds that share a Canonical may share it. A
	// meeting of many compares everybody with everybody. Nil: nothing is remembered.
	Spellings map[string]Address
	// Now becomes DTSTAMP of messages, but never less than what was sent before.
	Now time.Time
	// PRODID of messages; empty: the object's own stays.
	Product string
	// OutsideAnswers allows an organizer's client to set the PARTSTAT of these attendees:
	// nobody else would ever learn the answer (no inbound mail). Nil: none.
	OutsideAnswers func(Address) bool
}

// Role is what the owner of an object is to it, RFC 6638 §3.1.
type Role string

// The roles. The empty one is an object that takes no part in scheduling.
const (
	None      Role = ""
	Organizer Role = "organizer"
	Attendee  Role = "attendee"
)

// The refusals of RFC 6638 §3.2.4.
var (
	ErrOrganizersDiffer = errors.New("the components name different organizers")
	ErrOrganizerChange  = errors.New("an organizer may not make this change")
	ErrTooManyInstances = errors.New("more instances with times of their own, for more attendees, than one change may tell of")
	ErrAttendeeChange   = errors.New("an attendee may not make this change")
)
