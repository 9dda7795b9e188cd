package scheduling

import (
	"context"
	"errors"
	"fmt"

	"convoke/internal/icalendar"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// Post answers a POST to an outbox: busy time (RFC 6638 §5), and what no change of an object can say, since
// it changes none: COUNTER and REFRESH to an organizer, DECLINECOUNTER to an attendee (RFC 5546 §3.2.6 to
// §3.2.8). Errors as of Busy, what maySend gave, and those of storage.
func (s *Service) Post(ctx context.Context, actor storage.Actor, r *BusyRequest, maySend func(itip.Role) error) ([]BusyAnswer, error) {
	o, err := s.posted(r.Data)
	if err != nil || o == nil {
		if err != nil {
			return nil, err
		}
		return s.Busy(ctx, r)
	}
	world := s.world(ctx, s.store, r.Owner)
	m, err := itip.Read(o, world.Self[0], "")
	if err != nil {
		return nil, &Violation{Namespace: CalDAV, Precondition: "valid-scheduling-message", Status: 400, Err: err}
	}
	role, organizer, err := itip.RoleOf(o, world)
	switch {
	case err != nil:
		return nil, &Violation{Namespace: CalDAV, Precondition: "valid-scheduling-message", Status: 400, Err: err}
	case m.Method == itip.DeclineCounter && role != itip.Organizer:
		return nil, forbid("valid-organizer", errors.New("ORGANIZER is not the owner of the outbox"))
	case m.Method != itip.DeclineCounter && role != itip.Attendee:
		return nil, &Violation{Namespace: CalDAV, Precondition: "valid-scheduling-message", Status: 400, Err: fmt.Errorf("the owner is no ATTENDEE of the %s", m.Method)}
	}
	to := []itip.Address{organizer}
	if role == itip.Organizer {
		to = itip.Attendees(o, world)
	}
	if maySend != nil {
		if err := maySend(role); err != nil {
			return nil, err
		}
	}
	var answers []BusyAnswer
	err = s.store.Update(ctx, actor, func(tx *storage.Tx) error {
		answers = answers[:0]
		w := &writing{s: s, ctx: ctx, tx: tx, actor: actor, owner: r.Owner}
		for _, a := range to {
			if role == itip.Organizer && a == world.Self[0] {
				continue
			}
			one := *m
			one.Recipient = a
			d, err := w.deliver(&one)
			if err != nil {
				return err
			}
			answers = append(answers, BusyAnswer{Recipient: string(a), Status: spoken(d.status)})
		}
		return nil
	})
	return answers, err
}

// posted reads what was posted if it is one of the methods that only Post knows; nil leaves it to Busy.
func (s *Service) posted(data []byte) (*icalendar.Object, error) {
	o, err := icalendar.Parse(data)
	if err != nil {
		return nil, forbid("valid-calendar-data", err)
	}
	switch itip.Method(o.Method()) {
	case itip.Counter, itip.DeclineCounter, itip.Refresh:
		return o, nil
	}
	return nil, nil
}

// spoken is the request-status that goes with a delivery status (RFC 5546 §3.6).
func spoken(status string) string {
	switch status {
	case delivered, success:
		return "2.0;Success"
	case pending:
		return "1.0;Pending"
	case nobody:
		return "3.7;Invalid calendar user"
	case denied:
		return "3.8;No authority"
	case noWay:
		return "5.2;No way to deliver"
	case rejected:
		return "5.3;No scheduling support for user"
	}
	return "5.1;Service unavailable"
}

// takeRefresh answers an attendee who asks for what is now: the present REQUEST, in the version it has, to him
// alone (RFC 5546 §3.2.6; scheduling.md §3.15).
func (w *writing) takeRefresh(p *storage.Principal, copy *icalendar.Object, m *itip.Message, world *itip.World) (delivery, error) {
	d := delivery{status: delivered}
	answer := itip.Present(copy, world, m.Originator)
	if answer == nil {
		d.reason = "the sender is not on the list"
		return d, nil
	}
	answer.Asked = m.DTStamp()
	asking := w.owner
	w.owner = p
	defer func() { w.owner = asking }()
	if _, err := w.deliver(answer); err != nil {
		return d, err
	}
	d.used = true
	return d, w.note(m.UID, "refresh", fmt.Sprintf("%s asked %s for what is now", m.Originator, p.Name))
}

// takeProposal shows a COUNTER to the organizer or its refusal to the attendee, once. The event stays as it is:
// who accepts a proposal changes the event (scheduling.md §6).
func (w *writing) takeProposal(p *storage.Principal, m *itip.Message) (delivery, error) {
	d := delivery{status: delivered}
	fresh, err := w.tx.Remember(line(p, m))
	if err != nil {
		return d, err
	}
	if !fresh {
		d.reason = "seen before"
		return d, nil
	}
	d.used = true
	if _, err := w.inboxItem(p, m); err != nil {
		return d, err
	}
	return d, w.note(m.UID, "counter", fmt.Sprintf("%s from %s to %s", m.Method, m.Originator, p.Name))
}
