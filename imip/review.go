package imip

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"convoke/imip/trust"
	"convoke/scheduling"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// The kinds of held messages: what accepting one does.
const (
	kindMessage = "message" // it is applied as if it had been believed
	kindGuest   = "guest"   // who answered without being invited is invited, and his answer taken
	kindCounter = "counter" // the event is changed as proposed
)

// heldKind is what accepting a held message will do.
func heldKind(method itip.Method, listed bool) string {
	switch {
	case method == itip.Counter:
		return kindCounter
	case method == itip.Reply && !listed:
		return kindGuest
	}
	return kindMessage
}

// heldDecision is the decision that is kept with a held message.
type heldDecision struct {
	trust.Decision
	Verified      bool   `json:"verified"` // the sender is proven, and is for whom the message speaks
	Calendar      string `json:"calendar,omitempty"`
	DropCancelled bool   `json:"delete_cancelled,omitempty"`
}

// ErrStale says that a held message can no longer be applied.
var ErrStale = errors.New("it can no longer be applied")

// Accept applies what is held, on the word of a person (M30). Its order is judged again: what is older than what
// there is now is dropped, with ErrStale. Who is trusted by this is known from now on; with trustSender also one
// whose mail was not verified. storage.ErrNotFound if nothing is held under that id.
func (in *Intake) Accept(ctx context.Context, actor storage.Actor, id int64, trustSender bool) (Outcome, error) {
	h, err := in.held(ctx, id)
	if err != nil {
		return Outcome{}, err
	}
	if h.Kind == kindCounter || h.Kind == kindGuest {
		if err := in.o.Scheduler.Consent(ctx, actor, h.principal, h.message); err != nil {
			if !errors.Is(err, scheduling.ErrNothing) {
				return Outcome{}, err
			}
			if h.Kind == kindCounter {
				return Outcome{}, in.drop(ctx, actor, h, err.Error())
			}
			// Somebody invited him meanwhile: his answer is taken.
		}
	}
	var out Outcome
	stale := ""
	err = in.o.Store.Update(ctx, actor, func(tx *storage.Tx) error {
		if stale, err = in.accept(ctx, tx, actor, h, trustSender, &out); err != nil {
			return err
		}
		return nil
	})
	if err == nil && stale != "" {
		err = fmt.Errorf("%w: %s", ErrStale, stale)
	}
	return out, err
}

// waiting is a held message with what it was read from.
type waiting struct {
	storage.Held
	principal *storage.Principal
	decision  heldDecision
	speech    *speech
	message   *itip.Message
}

// held reads a held message as when it came.
func (in *Intake) held(ctx context.Context, id int64) (*waiting, error) {
	row, err := in.o.Store.HeldMessage(ctx, id)
	if err != nil {
		return nil, err
	}
	h := &waiting{Held: row}
	if h.principal, err = in.o.Store.Principal(ctx, row.PrincipalID); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(row.Decision, &h.decision); err != nil {
		return nil, fmt.Errorf("read a held decision: %w", err)
	}
	if h.speech, err = hear(row.Data, "", true); err != nil {
		return nil, fmt.Errorf("read a held message: %w", err)
	}
	h.speech.choose(row.Sender)
	if h.message, err = h.speech.message(h.principal); err != nil {
		return nil, fmt.Errorf("read a held message: %w", err)
	}
	h.message.Originator = in.o.Scheduler.Canonical(ctx, h.speech.address())
	return h, nil
}

// accept is Accept inside the transaction. It tells why the message is stale.
func (in *Intake) accept(ctx context.Context, tx *storage.Tx, actor storage.Actor, h *waiting, trustSender bool, out *Outcome) (stale string, err error) {
	if err := tx.Unhold(h.ID); err != nil {
		return "", err
	}
	*out = Outcome{Action: Updated, Reason: "accepted", UID: h.UID, Method: h.Method}
	if trustSender || h.decision.Verified && h.speech.method.FromOrganizer() {
		if err := tx.Trust(h.PrincipalID, "mailto:"+h.Sender); err != nil {
			return "", err
		}
	}
	if h.Kind != kindCounter {
		if stale, err = in.apply(ctx, tx, actor, h, out); err != nil {
			return "", err
		}
	}
	what := "accept"
	if stale != "" {
		what, out.Action, out.Reason = "stale", NoAction, stale
	}
	return stale, tx.Journal(storage.Entry{UID: h.UID, PrincipalID: decider(actor, h.PrincipalID), SubjectID: h.PrincipalID, What: "review " + what,
		Detail: fmt.Sprintf("%s of %s, held as: %s", h.Method, h.Sender, h.Reason)})
}

// apply gives a held message to scheduling, unless the calendar knows better by now.
func (in *Intake) apply(ctx context.Context, tx *storage.Tx, actor storage.Actor, h *waiting, out *Outcome) (stale string, err error) {
	v, err := in.o.Scheduler.Look(ctx, tx, h.principal, h.message, true)
	if err != nil {
		return "", err
	}
	h.message.Originator = h.speech.find(ctx, in.o.Scheduler, h.principal, &v)
	if h.message.Method.FromOrganizer() && in.local(ctx, h.speech) {
		return "its organizer is one of this server by now", nil
	}
	if v.Same && !v.Newer && (h.message.Method == itip.Request || h.message.Method == itip.Cancel) {
		return "the calendar has this or something newer", nil
	}
	a := &scheduling.Arrival{Recipient: h.principal, Message: h.message, DropCancelled: h.decision.DropCancelled}
	if h.decision.Calendar != "" {
		c, err := in.o.Store.CollectionAt(ctx, storage.Calendars, h.principal.Name, []string{h.decision.Calendar})
		if err == nil && c.Kind == storage.KindCalendar && c.Source == "" {
			a.Into = c
		}
	}
	by := actor
	by.Door, by.Agent = "mail", h.MessageID
	got, err := in.o.Scheduler.Receive(ctx, tx, by, a, scheduling.Decision{Apply: true, Reason: "accepted by a person"})
	if err != nil {
		return "", err
	}
	if got.Created {
		out.Action = Added
	}
	if !got.Applied {
		return got.Reason, nil
	}
	return "", nil
}

// drop takes away what can no longer be accepted.
func (in *Intake) drop(ctx context.Context, actor storage.Actor, h *waiting, why string) error {
	err := in.o.Store.Update(ctx, actor, func(tx *storage.Tx) error {
		if err := tx.Unhold(h.ID); err != nil {
			return err
		}
		return tx.Journal(storage.Entry{UID: h.UID, PrincipalID: decider(actor, h.PrincipalID), SubjectID: h.PrincipalID, What: "review stale", Detail: fmt.Sprintf("%s of %s: %s", h.Method, h.Sender, why)})
	})
	if err == nil {
		err = fmt.Errorf("%w: %s", ErrStale, why)
	}
	return err
}

// Reject drops what is held. Who made a verified proposal is told (DECLINECOUNTER, RFC 5546 §3.2.8); nobody else is
// told anything. storage.ErrNotFound if nothing is held under that id.
func (in *Intake) Reject(ctx context.Context, actor storage.Actor, id int64) error {
	h, err := in.o.Store.HeldMessage(ctx, id)
	if err != nil {
		return err
	}
	if h.Kind == kindCounter {
		if w, err := in.held(ctx, id); err == nil && w.decision.Verified && w.decision.Shown {
			if err := in.o.Scheduler.Dissent(ctx, actor, w.principal, w.message); err != nil {
				return fmt.Errorf("decline a proposal: %w", err)
			}
		}
	}
	return in.o.Store.Update(ctx, actor, func(tx *storage.Tx) error {
		if err := tx.Unhold(id); err != nil {
			return err
		}
		return tx.Journal(storage.Entry{UID: h.UID, PrincipalID: decider(actor, h.PrincipalID), SubjectID: h.PrincipalID, What: "review reject", Detail: fmt.Sprintf("%s of %s, held as: %s", h.Method, h.Sender, h.Reason)})
	})
}

// decider is who decided: the command line acts for whoever the message was for.
func decider(actor storage.Actor, recipient int64) int64 { return cmp.Or(actor.PrincipalID, recipient) }
