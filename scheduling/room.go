package scheduling

import (
	"fmt"
	"strings"
	"time"

	"convoke/internal/icalendar"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// The booking policies of rooms and resources (scheduling.md §4.22).
const (
	bookNone         = "none"            // a delegate decides
	bookAccept       = "accept-always"   // even double
	bookDecline      = "decline-always"  // out of use
	bookAcceptFree   = "accept-if-free"  // what conflicts is left to a delegate
	bookDeclineBusy  = "decline-if-busy" // what is free is left to a delegate
	bookAutomatic    = "automatic"       // free: accept, busy: decline
	maxBookInstances = 1000              // instances of one booking that are looked at
)

// policyOf is how a principal answers; people, and rooms that leave it to a delegate, do not.
func policyOf(p *storage.Principal) string {
	if p.Kind != storage.KindRoom && p.Kind != storage.KindResource {
		return bookNone
	}
	if p.Booking == nil || p.Booking.AutoAccept == "" {
		return bookAutomatic
	}
	return strings.ToLower(p.Booking.AutoAccept)
}

// answersItself tells a room or resource that answers by its policy.
func answersItself(p *storage.Principal) bool { return policyOf(p) != bookNone }

// leavesNothing tells a room that decides in all cases: what it is told, a cancellation too, is nobody's to read.
func leavesNothing(p *storage.Principal) bool {
	switch policyOf(p) {
	case bookAutomatic, bookAccept, bookDecline:
		return true
	}
	return false
}

// book decides on what a room holds after a request: instance by instance, against all else
// in its calendars, so that of two bookings of one time the transaction that comes second
// loses. It gives the room's object with its answer and the REPLY, nil if it stays open.
func (w *writing) book(p *storage.Principal, o *icalendar.Object, world *itip.World) (*icalendar.Object, *itip.Message, error) {
	all, apart, err := w.decide(p, o)
	if err != nil {
		return nil, nil, err
	}
	answered := itip.Decide(o, world, all, apart)
	messages, err := itip.Diff(o, answered, world)
	if err != nil {
		return nil, nil, fmt.Errorf("answer for %s: %w", p.Name, err)
	}
	for i := range messages {
		if m := &messages[i]; m.Method == itip.Reply {
			m.Direct = true
			itip.Answered(answered, world, m)
			return answered, m, w.note(m.UID, "book", fmt.Sprintf("%s: %s", p.Name, all))
		}
	}
	return answered, nil, nil
}

// decide gives the answer for most instances and the others apart.
func (w *writing) decide(p *storage.Principal, o *icalendar.Object) (string, map[icalendar.DateTime]string, error) {
	policy := policyOf(p)
	switch policy {
	case bookAccept:
		return itip.Accepted, nil, nil
	case bookDecline:
		return itip.Declined, nil, nil
	}
	free, busy := itip.Accepted, itip.Declined
	switch policy {
	case bookAcceptFree:
		busy = itip.NeedsAction
	case bookDeclineBusy:
		free = itip.NeedsAction
	}
	if p.Booking != nil && p.Booking.Capacity > 0 && people(o) > p.Booking.Capacity {
		return busy, nil, nil
	}
	list, err := w.bookings(p, o)
	if err != nil || len(list) == 0 {
		return free, nil, err
	}
	conflicts := 0
	for _, b := range list {
		if b.conflict {
			conflicts++
		}
	}
	all := free
	if 2*conflicts > len(list) {
		all = busy
	}
	apart := map[icalendar.DateTime]string{}
	for _, b := range list {
		answer := free
		if b.conflict {
			answer = busy
		}
		if answer != all && !b.RecurrenceID.IsZero() {
			apart[b.RecurrenceID] = answer
		}
	}
	return all, apart, nil
}

// people counts those who would sit in the room: individuals who have not declined.
func people(o *icalendar.Object) int {
	most := 0
	for c := range o.Parts() {
		n := 0
		for q := range c.All("ATTENDEE") {
			if kind := strings.ToUpper(q.Param("CUTYPE")); (kind == "" || kind == "INDIVIDUAL") && itip.PartStat(q) != itip.Declined {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// booking is one instance that asks for the room.
type booking struct {
	icalendar.Instance
	conflict bool
}

// bookings looks at the instances that are not over, as far ahead as the room may be booked.
// The first instance beyond its window is a conflict; later ones are not looked at.
func (w *writing) bookings(p *storage.Principal, o *icalendar.Object) ([]booking, error) {
	now := w.s.now()
	horizon := now.Add(w.s.limits.BookingAhead)
	window := p.Booking != nil && p.Booking.WindowDays > 0
	if window {
		horizon = now.AddDate(0, 0, p.Booking.WindowDays)
	}
	zone := floatingZone(w.ctx, w.tx, p)
	instances, _, err := o.Instances(now, horizon.AddDate(1, 0, 0), icalendar.Options{Floating: zone, Max: maxBookInstances})
	if err != nil {
		return nil, fmt.Errorf("instances of a booking: %w", err)
	}
	var list []booking
	var last time.Time
	for _, i := range instances {
		if i.Start.After(horizon) {
			if window && len(list) == 0 {
				list = append(list, booking{i, true})
			}
			break
		}
		if strings.EqualFold(i.Component.Text("STATUS"), "CANCELLED") {
			continue
		}
		list = append(list, booking{Instance: i})
		if i.End.After(last) {
			last = i.End
		}
	}
	if last.IsZero() {
		return list, nil
	}
	q := &BusyQuery{Of: p, From: now, To: last, MaskUID: o.UID(), all: true}
	busy, err := w.s.busy(w.ctx, w.tx, q)
	if err != nil {
		return nil, err
	}
	for i := range list {
		for _, b := range busy {
			if b.Start.Before(list[i].End) && b.End.After(list[i].Start) {
				list[i].conflict = true
				break
			}
		}
	}
	return list, nil
}
