package scheduling

import (
	"context"
	"errors"
	"fmt"

	"convoke/internal/icalendar"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// Decision says that a message from outside may be applied, and why. Nothing that came by mail is written without
// one (M24).
type Decision struct {
	Apply  bool
	Reason string // in plain words; goes into the journal
}

// Arrival is a message that came from outside for one calendar user.
type Arrival struct {
	Recipient *storage.Principal
	Message   *itip.Message
	// Into is the recipient's calendar for a new object; nil is the default one. DropCancelled removes what is
	// cancelled as a whole instead of marking it (RFC 9671 §4.4, §4.5).
	Into          *storage.Collection
	DropCancelled bool
}

// Outcome tells what became of a message that arrived.
type Outcome struct {
	Applied bool
	Created bool   // there was nothing before
	Reason  string // why not, in plain words
	Status  string // iTIP REQUEST-STATUS code such as "2.0", "1.2"
}

// errUndecided is a fault of the caller.
var errUndecided = errors.New("a message from outside without a decision to apply it")

// Receive applies a message from outside to the recipient's calendars, within a transaction and by the same rules as
// one from inside.
func (s *Service) Receive(ctx context.Context, tx *storage.Tx, actor storage.Actor, a *Arrival, d Decision) (*Outcome, error) {
	if !d.Apply {
		return nil, errUndecided
	}
	w := &writing{s: s, ctx: ctx, tx: tx, actor: actor, arrived: true, into: a.Into, dropCancelled: a.DropCancelled}
	got, err := w.receive(a.Recipient, a.Message)
	if err != nil {
		return nil, err
	}
	if got.answer != nil {
		// A room answers somebody outside, or an organizer here.
		w.owner = a.Recipient
		if _, err := w.deliver(got.answer); err != nil {
			return nil, err
		}
	}
	return &Outcome{Applied: got.used, Created: got.created, Reason: got.reason, Status: got.status}, nil
}

// View is what a recipient has of the event that a message is about.
type View struct {
	Stored bool // there is something with its UID
	// Same: it has the organizer that the message names. Ours: the recipient organizes it.
	Same, Ours bool
	Newer      bool              // the message would change it
	Object     *icalendar.Object // as stored; nil if there is nothing, and for what only has the UID
	Attendees  []itip.Address    // of Object, canonical
	Organizer  itip.Address      // of Object, canonical
	Named      bool              // the message, or Object, names the recipient as an attendee, or a group he is in
}

// Look tells what a recipient has of the event that a message is about. It changes nothing. A message of an
// attendee may leave out ORGANIZER. Whether it is newer is found out on demand: that is the dear part.
func (s *Service) Look(ctx context.Context, tx *storage.Tx, p *storage.Principal, m *itip.Message, compare bool) (View, error) {
	w := &writing{s: s, ctx: ctx, tx: tx, arrived: true}
	list, err := w.holding(p, m.UID)
	if err != nil {
		return View{}, fmt.Errorf("look for the event: %w", err)
	}
	v := View{Stored: len(list) > 0, Named: w.names(m.Object, p)}
	stored, _, err := w.copyOf(p, m)
	if err != nil || stored == nil {
		return v, err
	}
	if v.Object, err = parsed(stored); err != nil {
		return v, nil //nolint:nilerr // as if another had the UID: a person has to look
	}
	world := w.world(p)
	v.Attendees = itip.Attendees(v.Object, world)
	role, organizer, err := itip.RoleOf(v.Object, world)
	v.Organizer, v.Ours = organizer, err == nil && role == itip.Organizer
	if !m.Method.FromOrganizer() {
		return v, nil
	}
	v.Same = !v.Ours
	v.Named = v.Named || role == itip.Attendee || stored.Role == string(itip.Attendee)
	if compare && (m.Method == itip.Request || m.Method == itip.Cancel || m.Method == itip.Publish) {
		effect, err := itip.Apply(v.Object, m, world)
		v.Newer = err == nil && (effect.Changed || effect.Stranger)
	}
	return v, nil
}

// names tells whether an object invites a principal, by any address or by a group.
func (w *writing) names(o *icalendar.Object, p *storage.Principal) bool {
	groups, err := w.tx.Memberships(w.ctx, p.ID)
	if err != nil {
		return false
	}
	for c := range o.Parts() {
		for q := range c.All("ATTENDEE") {
			one := w.principal(itip.Normalize(q.Value))
			if one == nil {
				continue
			}
			if one.ID == p.ID {
				return true
			}
			for _, g := range groups {
				if g == one.ID {
					return true
				}
			}
		}
	}
	return false
}

// Canonical is the address by which the server knows a calendar user: for its own people the one address, for others the normal spelling.
func (s *Service) Canonical(ctx context.Context, address string) itip.Address {
	a := itip.Normalize(address)
	if p := principal(ctx, s.store, a); p != nil {
		return canonicalOf(p)
	}
	return a
}

// allCancelled tells an object of which nothing is left.
func allCancelled(o *icalendar.Object) bool {
	for c := range o.Parts() {
		if c.Name != icalendar.TimeZone && !c.Has("STATUS") {
			return false
		}
		if p := c.Prop("STATUS"); p != nil && p.Value != "CANCELLED" {
			return false
		}
	}
	return true
}

// removeCancelled takes what was cancelled out of the calendar and remembers that, so that a REQUEST which comes
// late does not bring it back.
func (w *writing) removeCancelled(p *storage.Principal, stored *storage.Object, m *itip.Message) (delivery, error) {
	d := delivery{status: delivered, used: true}
	if err := w.tx.DeleteObject(stored.CollectionID, stored.Name); err != nil {
		return d, fmt.Errorf("remove what was cancelled for %s: %w", p.Name, err)
	}
	if err := w.remember(p, m); err != nil {
		return d, err
	}
	_, err := w.inboxItem(p, m)
	return d, err
}
