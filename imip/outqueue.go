package imip

import (
	"context"
	"fmt"

	"convoke/scheduling"
	"convoke/storage"
)

// Retry makes a message due at once, whatever it waits for or failed of, and gives it its whole time again. False if it
// was sent or merged into another: nothing is sent twice by wish.
func (o *Outgoing) Retry(ctx context.Context, by storage.Actor, id int64) (bool, error) {
	row, err := o.o.Store.OutboundByID(ctx, id)
	if err != nil {
		return false, fmt.Errorf("find message %d: %w", id, err)
	}
	if row.State == storage.OutboundSent || row.State == storage.OutboundMerged {
		return false, nil
	}
	now := o.o.Clock()
	row.State, row.Attempts, row.Next, row.Since, row.Status = storage.OutboundWaiting, 0, now, now, released
	m := scheduling.Mailing{Row: row, Code: scheduling.StatusPending, What: "mail again", Detail: row.Method + " to " + row.Recipient}
	if err := o.o.Scheduler.Mailed(ctx, by, []scheduling.Mailing{m}); err != nil {
		return false, fmt.Errorf("retry message %d: %w", id, err)
	}
	o.resume()
	return true, nil
}

// Drop gives a message up that was not sent; the organizer sees it refused. False if there is nothing to drop any more.
func (o *Outgoing) Drop(ctx context.Context, by storage.Actor, id int64) (bool, error) {
	row, err := o.o.Store.OutboundByID(ctx, id)
	if err != nil {
		return false, fmt.Errorf("find message %d: %w", id, err)
	}
	if row.State != storage.OutboundWaiting && row.State != storage.OutboundHeld {
		return false, nil
	}
	row.State, row.Status = storage.OutboundFailed, "dropped by an administrator"
	m := scheduling.Mailing{Row: row, Code: scheduling.StatusRefused, What: "mail dropped", Detail: row.Method + " to " + row.Recipient}
	if err := o.o.Scheduler.Mailed(ctx, by, []scheduling.Mailing{m}); err != nil {
		return false, fmt.Errorf("drop message %d: %w", id, err)
	}
	return true, nil
}
