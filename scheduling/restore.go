package scheduling

import (
	"context"
	"errors"
	"fmt"

	"convoke/storage"
)

// RestoreCollection brings a collection back from the trash. Its deletion took meetings back, so those that are not
// over are stored anew, as if by PUT: attendees are invited again, organizers told what was answered. What cannot be
// stored so, because the meeting goes on elsewhere, is left out; history has it. left is how many that are. Errors as
// of storage.
func (s *Service) RestoreCollection(ctx context.Context, r *Removal, place int64) (restored *storage.Collection, left int, err error) {
	err = s.store.Update(ctx, r.Actor, func(tx *storage.Tx) error {
		var err error
		left = 0
		if restored, err = tx.RestoreCollection(place); err != nil {
			return err
		}
		if left, err = s.removing(ctx, tx, r).reviveAll(restored); err != nil || r.Restored == nil {
			return err
		}
		return r.Restored(tx, restored)
	})
	return restored, left, err
}

// reviveAll stores the meetings of a collection and below anew.
func (w *writing) reviveAll(c *storage.Collection) (left int, err error) {
	if c.Kind == storage.KindCalendar {
		l, err := w.tx.Listing(w.ctx, c.ID)
		if err != nil {
			return 0, err
		}
		var meetings []string
		for m := range l.All() {
			if m.Role != "" && m.Last >= w.s.now().Unix() {
				meetings = append(meetings, m.Name)
			}
		}
		for _, name := range meetings {
			back, err := w.revive(c, name)
			if err != nil {
				return 0, err
			}
			if !back {
				left++
			}
		}
	}
	below, err := w.tx.Collections(w.ctx, c.Home, c.OwnerID, c.ID)
	if err != nil {
		return 0, err
	}
	for _, b := range below {
		n, err := w.reviveAll(b)
		if err != nil {
			return 0, err
		}
		left += n
	}
	return left, nil
}

// revive stores one meeting anew, and tells whether it is back.
func (w *writing) revive(c *storage.Collection, name string) (bool, error) {
	o, err := w.tx.Object(w.ctx, c.ID, name)
	if err != nil {
		return false, err
	}
	now, err := parsed(o)
	if err != nil {
		return true, nil // unreadable: it is back as it was
	}
	if w.owner == nil || w.owner.ID != c.OwnerID {
		if w.owner, err = w.tx.Principal(w.ctx, c.OwnerID); err != nil {
			return false, fmt.Errorf("find the owner: %w", err)
		}
	}
	// Deleted first: it is new to everybody, and history knows the SEQUENCE of its cancellation.
	if err := w.tx.DeleteObject(c.ID, name); err != nil {
		return false, err
	}
	w.held, w.outcomes = nil, nil
	p := &Put{Actor: w.actor, Who: w.who, Collection: c, Name: name, Data: o.Data}
	err = w.putScheduled(p, nil, now, new(Result))
	var v *Violation
	if !errors.As(err, &v) {
		return err == nil, err
	}
	if list, err := w.holding(w.owner, now.UID()); err != nil || len(list) > 0 {
		return false, err
	}
	p.Import = true // such as an invitation whose organizer has no more of it
	if err = w.putScheduled(p, nil, now, new(Result)); errors.As(err, &v) {
		return false, nil
	}
	return err == nil, err
}
