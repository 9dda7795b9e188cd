package imip

import (
	"context"
	"fmt"
	"time"

	"convoke/scheduling"
	"convoke/storage"

	"golang.org/x/time/rate"
)

// budgets are what the senders of one round may still send. Rounds do not overlap, so that the store tells all that
// was sent before.
type budgets struct {
	o   *Outgoing
	now time.Time
	of  map[int64]*storage.Sendings
}

// What Status says of a row that a limit keeps. One that an administrator let go is not held again.
const (
	released  = "let go by an administrator"
	waitAgain = 10 * time.Minute // for a limit to leave room again
)

// judge gives nil if the letters of a line may be sent now, else how they wait. What was tried already passes.
func (b *budgets) judge(ctx context.Context, letters []letter) ([]scheduling.Mailing, error) {
	l, first := b.o.o.Limits, &letters[0].row
	if first.Attempts > 0 || first.Status == released {
		return nil, nil
	}
	if first.Method == storage.MethodReminder {
		return b.pace(letters), nil // how many there are was judged when they were made
	}
	if l.Recipients > 0 {
		n, err := b.o.o.Store.OutboundSet(ctx, first)
		if err != nil {
			return nil, fmt.Errorf("count recipients: %w", err)
		}
		if n > l.Recipients {
			return b.keep(letters, storage.OutboundHeld, first.Next, fmt.Sprintf("held: one change for %d people, more than %d; `convoke queue retry` lets it go", n, l.Recipients)), nil
		}
	}
	sent := b.of[first.PrincipalID]
	if sent == nil {
		n, err := b.o.o.Store.Sendings(ctx, first.PrincipalID, b.now)
		if err != nil {
			return nil, fmt.Errorf("count mails: %w", err)
		}
		sent = &n
		b.of[first.PrincipalID] = sent
	}
	known := true
	if l.NewPerDay > 0 {
		var err error
		if known, err = b.o.o.Store.Written(ctx, first.PrincipalID, first.Recipient); err != nil {
			return nil, fmt.Errorf("look for a correspondent: %w", err)
		}
	}
	again := b.now.Add(waitAgain)
	switch {
	case l.PerHour > 0 && sent.Hour >= l.PerHour:
		return b.keep(letters, storage.OutboundWaiting, again, fmt.Sprintf("waits: %d mails of this user in an hour", l.PerHour)), nil
	case l.PerDay > 0 && sent.Day >= l.PerDay:
		return b.keep(letters, storage.OutboundWaiting, again, fmt.Sprintf("waits: %d mails of this user in a day", l.PerDay)), nil
	case !known && sent.NewDay >= l.NewPerDay:
		return b.keep(letters, storage.OutboundWaiting, again, fmt.Sprintf("waits: %d new addresses of this user in a day", l.NewPerDay)), nil
	}
	if wait := b.pace(letters); wait != nil {
		return wait, nil
	}
	sent.Hour += len(letters)
	sent.Day += len(letters)
	if !known {
		sent.NewDay++
	}
	return nil, nil
}

// pace makes a line wait for its turn by the rate of its domain; nil if that is now.
func (b *budgets) pace(letters []letter) []scheduling.Mailing {
	at := b.o.slot(&letters[0].row, b.now)
	if !at.After(b.now) {
		return nil
	}
	return b.keep(letters, storage.OutboundWaiting, at, fmt.Sprintf("waits: %d mails to this domain in a minute", b.o.o.Limits.DomainPerMinute))
}

// keep makes a line wait. Waiting for room does not count against the time after which a mail is given up.
func (b *budgets) keep(letters []letter, state string, until time.Time, why string) (list []scheduling.Mailing) {
	for _, l := range letters {
		m := scheduling.Mailing{Row: l.row}
		if l.row.Status != why {
			m.What, m.Detail = "mail waits", l.row.Method+" to "+l.row.Recipient+": "+why
		}
		m.Row.State, m.Row.Next, m.Row.Status, m.Row.Since = state, until, why, b.now
		list = append(list, m)
	}
	return list
}

// maxDomains and maxSlots bound what is remembered of the rates of domains.
const (
	maxDomains = 10_000
	maxSlots   = 100_000
)

// slot tells when a row may go by the rate of its recipient's domain. A row that has to wait has its turn then.
func (o *Outgoing) slot(row *storage.Outbound, now time.Time) time.Time {
	if o.o.Limits.DomainPerMinute <= 0 {
		return now
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.slots[row.ID] {
		delete(o.slots, row.ID)
		return now
	}
	domain := domainOf(row.Recipient)
	l := o.domains[domain]
	if l == nil {
		if len(o.domains) >= maxDomains {
			clear(o.domains)
		}
		l = rate.NewLimiter(rate.Limit(float64(o.o.Limits.DomainPerMinute)/60), max(o.o.Limits.DomainPerMinute/4, 1))
		o.domains[domain] = l
	}
	wait := l.ReserveN(now, 1).DelayFrom(now)
	if wait > 0 {
		if len(o.slots) >= maxSlots {
			clear(o.slots) // of rows that were dropped or merged meanwhile, most of all
		}
		o.slots[row.ID] = true
	}
	return now.Add(wait)
}
