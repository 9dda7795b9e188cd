package scheduling

import (
	"fmt"

	"convoke/internal/icalendar"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// remember keeps a CANCEL that overtook its REQUEST (architecture.md §8): by mail, messages come in any
// order. Between people of the house they don't, and a CANCEL of what somebody deleted needs no memory.
func (w *writing) remember(p *storage.Principal, m *itip.Message) error {
	if !w.arrived || m.Method != itip.Cancel {
		return nil
	}
	fresh, err := w.tx.Remember(line(p, m))
	if err != nil || !fresh {
		return err
	}
	return w.note(m.UID, "remember", fmt.Sprintf("%s from %s before its REQUEST", m.Method, m.Originator))
}

// recall applies the cancellations that came before the invitation that p has just got, so that any order
// of arrival ends in the same state.
func (w *writing) recall(p *storage.Principal, m *itip.Message) error {
	if !w.arrived || !m.Method.FromOrganizer() || m.Method == itip.Cancel {
		return nil
	}
	list, err := w.tx.Recall(w.ctx, p.ID, m.UID, string(itip.Cancel))
	if err != nil || len(list) == 0 {
		return err
	}
	for _, r := range list {
		o, err := icalendar.Parse(r.Data)
		if err != nil {
			continue // written by a version that read more
		}
		late, err := itip.Read(o, itip.Address(r.Sender), m.Recipient)
		if err != nil || late.Originator != m.Originator {
			continue // of another organizer
		}
		if _, err := w.receive(p, late); err != nil {
			return err
		}
	}
	return w.tx.Forget(p.ID, m.UID, string(itip.Cancel))
}

// line is the ledger's identity of a message, with its bytes.
func line(p *storage.Principal, m *itip.Message) storage.Remembered {
	return storage.Remembered{
		PrincipalID: p.ID, UID: m.UID, Method: string(m.Method), Sender: string(m.Originator),
		Instance: m.Instance(), Sequence: m.Sequence, DTStamp: m.DTStamp(), Data: m.Object.Bytes(),
	}
}
