package scheduling

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"

	"convoke/scheduling/itip"
	"convoke/storage"
)

// The delivery statuses that mail ends in, RFC 6638 §3.2.9.
const (
	StatusPending   = pending
	StatusSent      = "1.1" // on its way; nobody tells whether it arrives
	StatusDelivered = "1.2" // its arrival was reported
	StatusExpired   = "5.1" // given up: it may be tried again
	StatusNoWay     = "5.2" // the address takes no mail
	StatusRefused   = "5.3" // refused by policy
)

// Mailing is what became of one message of the outbound queue.
type Mailing struct {
	Row    storage.Outbound // its State, Attempts, Next, Status and Since are stored
	Code   string           // SCHEDULE-STATUS to show for its recipient; "" leaves it
	What   string           // for the journal; "" writes none
	Detail string
}

// Mailed settles messages in the queue, writes the journal, and shows in the sender's own copies what became
// of them (RFC 6638 §3.2.9), all in one transaction. A copy keeps its Schedule-Tag (RFC 6638 §3.2.10); it is
// written once however many of its recipients are in the list. Rows that are gone are passed over.
func (s *Service) Mailed(ctx context.Context, actor storage.Actor, list []Mailing) error {
	return s.store.Update(ctx, actor, func(tx *storage.Tx) error {
		w := &writing{s: s, ctx: ctx, tx: tx, actor: actor}
		var shown []*Mailing
		for i := range list {
			m := &list[i]
			err := tx.SettleOutbound(m.Row)
			if errors.Is(err, storage.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			if m.What != "" {
				e := storage.Entry{UID: m.Row.UID, PrincipalID: cmp.Or(actor.PrincipalID, m.Row.PrincipalID), SubjectID: m.Row.PrincipalID, What: m.What, Detail: m.Detail}
				if err := tx.Journal(e); err != nil {
					return err
				}
			}
			if m.Code != "" && m.Row.Method != storage.MethodReminder { // which is no scheduling message
				shown = append(shown, m)
			}
		}
		return w.showAll(shown)
	})
}

// showAll writes the statuses, object by object.
func (w *writing) showAll(list []*Mailing) error {
	type event struct {
		principal int64
		uid       string
	}
	byEvent := map[event][]*Mailing{}
	var order []event
	for _, m := range list {
		newer, err := w.tx.NewerOutbound(&m.Row)
		if err != nil {
			return err
		}
		if newer {
			continue // what is shown is of the newest message, and that one is pending
		}
		k := event{m.Row.PrincipalID, m.Row.UID}
		if byEvent[k] == nil {
			order = append(order, k)
		}
		byEvent[k] = append(byEvent[k], m)
	}
	for _, k := range order {
		if err := w.show(k.principal, k.uid, byEvent[k]); err != nil {
			return err
		}
	}
	return nil
}

// show writes the statuses of messages about one event into the sender's copy, if he still has it.
func (w *writing) show(principal int64, uid string, list []*Mailing) error {
	p, err := w.tx.Principal(w.ctx, principal)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find a sender: %w", err)
	}
	copies, err := w.tx.FindUID(w.ctx, p.ID, uid)
	if err != nil {
		return fmt.Errorf("find an event: %w", err)
	}
	world := w.world(p)
	for _, stored := range copies {
		if stored.Role == "" {
			continue
		}
		o, err := parsed(stored)
		if err != nil {
			continue // nothing can be shown in what cannot be read
		}
		o = o.Clone()
		for _, m := range list {
			toOrganizer := !itip.Method(m.Row.Method).FromOrganizer()
			if (stored.Role == string(itip.Attendee)) == toOrganizer {
				itip.AdvanceStatus(o, world, itip.Normalize(m.Row.Recipient), toOrganizer, m.Code)
			}
		}
		data := o.Bytes()
		if bytes.Equal(data, stored.Data) {
			continue
		}
		next := &storage.Object{Member: storage.Member{CollectionID: stored.CollectionID, Name: stored.Name, ContentType: stored.ContentType,
			Facts: stored.Facts, ScheduleTag: stored.ScheduleTag}, Data: data}
		next.SetMemo(o.Freeze(), memoFactor*len(data))
		if _, err := w.tx.PutObject(next); isFull(err) {
			continue // his quota; the journal tells him
		} else if err != nil {
			return fmt.Errorf("show what became of a message: %w", err)
		}
	}
	return nil
}
