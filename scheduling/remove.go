package scheduling

import (
	"context"
	"fmt"

	"convoke/scheduling/itip"
	"convoke/storage"
)

// Delete removes a calendar object; an organizer's deletion cancels, an attendee's
// declines (RFC 6638 §3.2.3.2). storage.ErrNotFound if it is not there.
func (s *Service) Delete(ctx context.Context, r *Removal) error {
	return s.store.Update(ctx, r.Actor, func(tx *storage.Tx) error {
		return s.removing(ctx, tx, r).delete(r)
	})
}

// delete is Delete inside the transaction.
func (w *writing) delete(r *Removal) error {
	old, err := find(w.ctx, w.tx, r.Collection.ID, r.Name)
	if err != nil {
		return err
	}
	if r.Check != nil {
		if err := r.Check(w.tx, old); err != nil {
			return err
		}
	}
	if old == nil {
		return storage.ErrNotFound
	}
	if err := w.takeBack(old, r.Collection.OwnerID); err != nil {
		return err
	}
	return w.tx.DeleteObject(r.Collection.ID, r.Name)
}

// removing is the writing of a removal.
func (s *Service) removing(ctx context.Context, tx *storage.Tx, r *Removal) *writing {
	return &writing{s: s, ctx: ctx, tx: tx, actor: r.Actor, maySend: r.MaySend, noReply: r.NoReply, who: r.Who}
}

// takeBack executes the Remove operation of an object that is about to go: the organizer's
// attendees get a CANCEL, the attendee's organizer a REPLY (RFC 6638 §3.2.1.3, §3.2.2.4).
func (w *writing) takeBack(old *storage.Object, owner int64) error {
	if old.Role == "" {
		return nil
	}
	former, err := parsed(old)
	if err != nil {
		return nil // unreadable: it must still be possible to delete it
	}
	if w.owner == nil || w.owner.ID != owner {
		if w.owner, err = w.tx.Principal(w.ctx, owner); err != nil {
			return fmt.Errorf("find the owner: %w", err)
		}
	}
	world := w.world(w.owner)
	plan, err := itip.Change(former, nil, world, itip.Mode{Floor: -1})
	if err != nil {
		return judgement(err)
	}
	if plan.Role == itip.Attendee && len(plan.Messages) > 0 && w.staysSilent(old, &plan.Messages[0], world) {
		plan.Messages = nil
	}
	w.last, w.former = old.Last, former
	if err := w.send(plan, world); err != nil {
		return err
	}
	return w.note(old.UID, "delete", fmt.Sprintf("%s's %q, %s", plan.Role, old.Name, w.account()))
}

// staysSilent tells whether deleting an invitation that was never answered tells its organizer nothing:
// by default so for outside organizers, whose spam is not to be confirmed (departs from RFC 6638 §8.1:
// scheduling.md §6).
func (w *writing) staysSilent(old *storage.Object, m *itip.Message, world *itip.World) bool {
	former, err := parsed(old)
	if err != nil || itip.OwnAnswered(former, world) {
		return false
	}
	if _, standing := w.resolve(m.Recipient); standing == Local {
		return w.s.options.SilentDeletes
	}
	return !w.s.options.ReplyOutside
}

// DeleteCollection removes a collection with all its members and sub-collections, each
// scheduling object as Delete would. Check gets nil. Name is not looked at.
// The default calendar is refused with default-calendar-needed (RFC 6638 §4.3.1.1).
func (s *Service) DeleteCollection(ctx context.Context, r *Removal) error {
	return s.store.Update(ctx, r.Actor, func(tx *storage.Tx) error {
		if r.Check != nil {
			if err := r.Check(tx, nil); err != nil {
				return err
			}
		}
		c, err := tx.CollectionByID(ctx, r.Collection.ID)
		if err != nil {
			return err
		}
		owner, err := tx.Principal(ctx, c.OwnerID)
		if err != nil {
			return fmt.Errorf("find the owner: %w", err)
		}
		keep, err := defaultCalendar(ctx, tx, owner)
		if err != nil {
			return err
		}
		if err := s.removing(ctx, tx, r).takeBackAll(c, keep); err != nil {
			return err
		}
		return tx.TrashCollection(c.ID)
	})
}

// takeBackAll executes the Remove operation of all objects in a collection and below.
func (w *writing) takeBackAll(c, keep *storage.Collection) error {
	if keep != nil && keep.ID == c.ID {
		return forbid("default-calendar-needed", fmt.Errorf("%q is the default calendar", c.Name))
	}
	if c.Kind == storage.KindInbox || c.Kind == storage.KindOutbox {
		return nil
	}
	if c.Kind == storage.KindCalendar {
		l, err := w.tx.Listing(w.ctx, c.ID)
		if err != nil {
			return err
		}
		for m := range l.All() {
			if m.Role == "" {
				continue
			}
			o, err := w.tx.Object(w.ctx, c.ID, m.Name)
			if err != nil {
				return err
			}
			if err := w.takeBack(o, c.OwnerID); err != nil {
				return err
			}
		}
	}
	below, err := w.tx.Collections(w.ctx, c.Home, c.OwnerID, c.ID)
	if err != nil {
		return err
	}
	for _, b := range below {
		if err := w.takeBackAll(b, keep); err != nil {
			return err
		}
	}
	return nil
}
