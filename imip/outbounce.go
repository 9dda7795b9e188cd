package imip

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"convoke/scheduling"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// Bounce takes a delivery status notification (RFC 3464) and tells whether it was of a mail of ours. It is found by the
// secret in the address or the envelope id that the notification names, else by the Message-ID and the recipient
// together. A failure ends in SCHEDULE-STATUS 5.1, 5.2 or 5.3, an arrival in 1.2, a delay in the journal alone. Taking
// the same one twice changes nothing.
func (o *Outgoing) Bounce(ctx context.Context, b *Bounce) (bool, error) {
	row, err := o.rowOf(ctx, b)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for a bounced mail: %w", err)
	}
	m := scheduling.Mailing{Row: row, Detail: tidy(fmt.Sprintf("%s to %s: %s %s", row.Method, row.Recipient, b.Status, b.Diagnostic))}
	if row.State == storage.OutboundWaiting { // it left, and we have not written that down yet
		m.Row.State, m.Code = storage.OutboundSent, scheduling.StatusSent
	}
	switch action := strings.ToLower(strings.TrimSpace(b.Action)); {
	case row.State == storage.OutboundFailed:
		return true, nil
	case action == "failed":
		m.What, m.Row.State, m.Row.Status = "bounce", storage.OutboundFailed, tidy(b.Status+" "+b.Diagnostic)
		m.Code = statusOf(b.Status)
		if strings.HasPrefix(b.Status, "4.") {
			m.Code = scheduling.StatusExpired // the next server gave up
		}
	case action == "delivered":
		m.What, m.Code = "mail arrived", scheduling.StatusDelivered
	case action == "delayed":
		m.What = "mail waits"
	default: // relayed, expanded: it went on, and nobody will tell how far
		m.What = "mail"
	}
	if err := o.o.Scheduler.Mailed(ctx, actor, []scheduling.Mailing{m}); err != nil {
		return true, fmt.Errorf("settle a bounce: %w", err)
	}
	if m.What == "bounce" {
		o.bounced.Add(1)
		o.o.Log.Warn("mail bounced", "row", row.ID, "method", row.Method, "domain", domainOf(row.Recipient), "status", m.Code)
	}
	return true, nil
}

// rowOf finds the row of a notification.
func (o *Outgoing) rowOf(ctx context.Context, b *Bounce) (storage.Outbound, error) {
	token := ""
	if local, _, ok := strings.Cut(b.Envelope, "@"); ok {
		_, token, _ = strings.Cut(local, "+")
	}
	for _, name := range []string{token, b.EnvelopeID} {
		if len(name) != tokenLength {
			continue
		}
		row, err := o.o.Store.OutboundByToken(ctx, name)
		if !errors.Is(err, storage.ErrNotFound) {
			return row, err
		}
	}
	// A Message-ID is no secret: who got the mail knows it, and may speak of his own address alone.
	row, err := o.o.Store.OutboundByToken(ctx, b.MessageID)
	if err == nil && itip.Normalize("mailto:"+b.Recipient) != itip.Normalize(row.Recipient) {
		err = storage.ErrNotFound
	}
	return row, err
}

// tokenLength is that of storage.Outbound.Token.
const tokenLength = 32
