package scheduling

import (
	"context"
	"errors"
	"fmt"

	"convoke/internal/icalendar"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// Inbox gives the scheduling inbox of a principal, or storage.ErrNotFound.
func (s *Service) Inbox(ctx context.Context, owner *storage.Principal) (*storage.Collection, error) {
	return inboxOf(ctx, s.store, owner)
}

// collections is what both a store and a transaction can tell of collections.
type collections interface {
	Collections(ctx context.Context, home string, ownerID, parentID int64) ([]*storage.Collection, error)
	CollectionsOf(ctx context.Context, ownerID int64) ([]*storage.Collection, error)
	CollectionByID(ctx context.Context, id int64) (*storage.Collection, error)
	Properties(ctx context.Context, ref storage.Ref, principalID int64) ([]storage.Property, error)
}

func inboxOf(ctx context.Context, from collections, owner *storage.Principal) (*storage.Collection, error) {
	list, err := from.Collections(ctx, storage.Calendars, owner.ID, 0)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		if c.Kind == storage.KindInbox {
			return c, nil
		}
	}
	return nil, storage.ErrNotFound
}

// inboxItem stores the message itself, after all processing (RFC 6638 §4), and lets the
// oldest go when there are too many. It gives the item's id, 0 if there is no inbox.
func (w *writing) inboxItem(p *storage.Principal, m *itip.Message) (int64, error) {
	inbox, err := inboxOf(w.ctx, w.tx, p)
	if errors.Is(err, storage.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	x := w.drawn(m.Object, nil, nil)
	o := &storage.Object{Member: storage.Member{CollectionID: inbox.ID, Name: newName(), ContentType: contentType, Facts: x.facts}, Data: x.data}
	if _, err := w.tx.PutObject(o); isFull(err) {
		return 0, nil // the calendar has it; the note of it has no room
	} else if err != nil {
		return 0, fmt.Errorf("store a message for %s: %w", p.Name, err)
	}
	detail := fmt.Sprintf("%s from %s to %s", m.Method, m.Originator, m.Recipient)
	if m.Method == itip.Reply {
		detail += ": " + said(m)
	}
	if err := w.note(m.UID, "deliver", detail); err != nil {
		return 0, err
	}
	return o.ID, w.expire(inbox)
}

// expire drops the oldest items of an inbox beyond the number kept, and a few more, so that
// the listing is not needed for each message to a full inbox.
func (w *writing) expire(inbox *storage.Collection) error {
	now, err := w.tx.CollectionByID(w.ctx, inbox.ID)
	if err != nil {
		return err
	}
	excess := now.Len() - w.s.options.InboxItems
	if excess <= 0 {
		return nil
	}
	excess += w.s.options.InboxItems / 16
	members, err := w.tx.Overlapping(w.ctx, inbox.ID, storage.Past, storage.Future) // the oldest first
	if err != nil {
		return err
	}
	var old []string
	for m := range members {
		if len(old) == excess {
			break
		}
		old = append(old, m.Name)
	}
	for _, name := range old {
		if err := w.tx.DeleteObject(inbox.ID, name); err != nil {
			return err
		}
	}
	return nil
}

// inboxOnly keeps what no object took but a person should see: an answer of somebody who is
// not on the list, an invitation whose UID is an event of his own (scheduling.md §3.15).
func (w *writing) inboxOnly(p *storage.Principal, m *itip.Message, effect *itip.Effect) error {
	if effect.Stranger && !m.Refreshing {
		_, err := w.inboxItem(p, m)
		return err
	}
	return nil
}

// defaultName is where the default calendar is remembered: a property of the inbox that
// holds its id. The door renders it as CALDAV:schedule-default-calendar-URL.
const defaultName = "schedule-default-calendar-URL"

// DefaultCalendar is the calendar in which new invitations of a principal appear
// (RFC 6638 §9.2), or nil if there is none: the one that was chosen, else the oldest that keeps events,
// whatever its name is by now.
func (s *Service) DefaultCalendar(ctx context.Context, owner *storage.Principal) (*storage.Collection, error) {
	return defaultCalendar(ctx, s.store, owner)
}

func defaultCalendar(ctx context.Context, from collections, owner *storage.Principal) (*storage.Collection, error) {
	list, err := from.CollectionsOf(ctx, owner.ID)
	if err != nil {
		return nil, err
	}
	var inbox, oldest *storage.Collection
	for _, c := range list {
		switch {
		case c.Kind == storage.KindInbox:
			inbox = c
		case c.Kind == storage.KindCalendar && takes(c, icalendar.Event) && (oldest == nil || c.ID < oldest.ID):
			oldest = c
		}
	}
	if inbox == nil {
		return oldest, nil
	}
	props, err := from.Properties(ctx, storage.Ref{Kind: storage.RefCollection, ID: inbox.ID}, 0)
	if err != nil {
		return nil, err
	}
	for _, p := range props {
		if p.Space != string(CalDAV) || p.Local != defaultName {
			continue
		}
		var id int64
		if _, err := fmt.Sscanf(string(p.XML), defaultXML, &id); err != nil {
			continue
		}
		if c, err := from.CollectionByID(ctx, id); err == nil && c.OwnerID == owner.ID && c.Kind == storage.KindCalendar && c.Source == "" {
			return c, nil
		}
	}
	return oldest, nil
}

// defaultXML is how the property is kept.
const defaultXML = `<schedule-default-calendar-URL xmlns="urn:ietf:params:xml:ns:caldav" collection="%d"/>`

// SetDefaultCalendar makes a calendar of the owner the one for new invitations (RFC 6638 §9.2), within the
// transaction of the PROPPATCH. A calendar of somebody else, or one that keeps no events, is a
// *Violation valid-schedule-default-calendar-URL (§4.3.1.2).
func (s *Service) SetDefaultCalendar(ctx context.Context, tx *storage.Tx, owner *storage.Principal, calendar int64) error {
	c, err := tx.CollectionByID(ctx, calendar)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	if err != nil || c.OwnerID != owner.ID || c.Kind != storage.KindCalendar || !takes(c, icalendar.Event) {
		return forbid("valid-schedule-default-calendar-URL", errNoCalendar)
	}
	inbox, err := inboxOf(ctx, tx, owner)
	if err != nil {
		return err
	}
	return tx.SetProperty(storage.Ref{Kind: storage.RefCollection, ID: inbox.ID}, 0,
		storage.Property{Space: string(CalDAV), Local: defaultName, XML: fmt.Appendf(nil, defaultXML, c.ID)})
}

// calendarFor chooses where a new object of a principal goes: the default calendar if it keeps the
// kind, else the first that does (RFC 6638 §4.3). errNoCalendar if there is none.
func (w *writing) calendarFor(p *storage.Principal, component string) (*storage.Collection, error) {
	c, err := defaultCalendar(w.ctx, w.tx, p)
	if err != nil || c != nil && keeps(c, component) {
		return c, err
	}
	list, err := w.tx.Collections(w.ctx, storage.Calendars, p.ID, 0)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		if c.Kind == storage.KindCalendar && takes(c, component) {
			return c, nil
		}
	}
	return nil, errNoCalendar
}
