package scheduling

import (
	"context"
	"errors"
	"fmt"

	"convoke/internal/icalendar"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// ErrNothing says that there is nothing to change: no such event, or it is so already.
var ErrNothing = errors.New("there is no such event, or it is so already")

// Consent makes the change that an attendee's message asks an organizer for, as if the organizer made it: what a
// COUNTER proposes (RFC 5546 §3.2.7), or with the sender of a REPLY as one more attendee. Everybody concerned is
// told. ErrNothing if there is nothing to do; else errors as of Put.
func (s *Service) Consent(ctx context.Context, actor storage.Actor, organizer *storage.Principal, m *itip.Message) error {
	stored, o, err := s.organized(ctx, organizer, m.UID)
	if err != nil {
		return err
	}
	world := s.world(ctx, s.store, organizer)
	var now *icalendar.Object
	if m.Method == itip.Counter {
		now = itip.Consider(o, m, world)
	} else {
		now = itip.Admit(o, m, world)
	}
	if now == nil {
		return ErrNothing
	}
	c, err := s.store.CollectionByID(ctx, stored.CollectionID)
	if err != nil {
		return fmt.Errorf("find the calendar: %w", err)
	}
	_, err = s.Put(ctx, &Put{
		Actor: actor, Who: organizer, Collection: c, Name: stored.Name, Data: now.Bytes(), ETagMatched: true,
		Check: func(_ *storage.Tx, old *storage.Object) error {
			if old == nil || old.ETag != stored.ETag {
				return ErrNothing // it changed meanwhile
			}
			return nil
		},
	})
	return err
}

// organized finds the event of a UID that a principal organizes.
func (s *Service) organized(ctx context.Context, p *storage.Principal, uid string) (*storage.Object, *icalendar.Object, error) {
	list, err := s.store.FindUID(ctx, p.ID, uid)
	if err != nil {
		return nil, nil, fmt.Errorf("look for the event: %w", err)
	}
	for _, o := range list {
		if o.Role == string(itip.Organizer) {
			parsed, err := parsed(o)
			return o, parsed, err
		}
	}
	return nil, nil, ErrNothing
}

// Dissent tells an attendee that his COUNTER was declined (DECLINECOUNTER, RFC 5546 §3.2.8).
func (s *Service) Dissent(ctx context.Context, actor storage.Actor, organizer *storage.Principal, m *itip.Message) error {
	o := m.Object.Clone()
	o.Calendar.Set("METHOD", string(itip.DeclineCounter))
	for c := range o.Parts() {
		if c.Name == icalendar.TimeZone {
			continue
		}
		c.RemoveFunc(func(p *icalendar.Property) bool {
			return p.Name == "ATTENDEE" && s.Canonical(ctx, p.Value) != m.Originator || p.Name == "COMMENT"
		})
		c.Set("DTSTAMP", s.now().Format("20060102T150405Z"))
	}
	_, err := s.Post(ctx, actor, &BusyRequest{Owner: organizer, Data: o.Bytes()}, nil)
	return err
}
