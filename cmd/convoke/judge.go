package main

import (
	"context"
	"errors"
	"strings"
	"sync"

	"convoke/imip"
	"convoke/internal/vcard"
	"convoke/storage"
)

// judge holds what decides on mail that comes in, made at its first use.
type judge struct {
	once     sync.Once
	intake   *imip.Intake
	contacts contacts
}

// mails is what decides on mail that comes in, and on what of it waits for review.
func (h *house) mails() *imip.Intake {
	h.judge.once.Do(func() {
		t, l := &h.conf.Trust, &h.conf.Limits
		h.judge.intake = imip.NewIntake(imip.IntakeOptions{
			Store: h.store, Scheduler: h.sched, Log: h.log,
			Domains:     h.domains(),
			AuthservIDs: t.AuthservIDs, Hosts: t.Hosts, Verify: t.Verify, NewInvitations: t.NewInvitations, Unverified: t.Unverified,
			Gateway: h.gateway(), Bounce: h.out.Bounce,
			Contact: func(ctx context.Context, p *storage.Principal, address string) (bool, error) {
				return h.judge.contacts.has(ctx, h.store, p, address)
			},
			Limits: imip.IntakeLimits{
				CalendarBytes: l.MailCalendarBytes, SenderPerHour: l.MailPerSender, DomainPerHour: l.MailPerDomain,
				PerDay: l.MailPerDay, Waiting: l.MailWaiting,
			},
		})
	})
	return h.judge.intake
}

// contacts knows the mail addresses in address books, by what changed in them last.
type contacts struct {
	mu    sync.Mutex
	books map[int64]*addressBook
}

// addressBook is what one holds: for each card its addresses, and how often each address is there.
type addressBook struct {
	change uint64
	cards  map[string][]string
	count  map[string]int
}

// maxBooks are remembered; beyond that all are forgotten and read again.
const maxBooks = 1000

// has tells whether an address is in an address book of a principal.
func (k *contacts) has(ctx context.Context, store *storage.Store, p *storage.Principal, address string) (bool, error) {
	all, err := store.CollectionsOf(ctx, p.ID)
	if err != nil {
		return false, err
	}
	address = strings.ToLower(address)
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, c := range all {
		if c.Kind != storage.KindAddressBook {
			continue
		}
		b, err := k.book(ctx, store, c)
		if err != nil {
			return false, err
		}
		if b.count[address] > 0 {
			return true, nil
		}
	}
	return false, nil
}

// book brings what is known of an address book up to date.
func (k *contacts) book(ctx context.Context, store *storage.Store, c *storage.Collection) (*addressBook, error) {
	b := k.books[c.ID]
	if b != nil && b.change == c.Change {
		return b, nil
	}
	l, err := store.Listing(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	if b == nil {
		if k.books == nil || len(k.books) >= maxBooks {
			k.books = map[int64]*addressBook{}
		}
		b = &addressBook{cards: map[string][]string{}, count: map[string]int{}}
		k.books[c.ID] = b
	}
	for m, deleted := range l.Since(b.change) {
		for _, a := range b.cards[m.Name] {
			b.count[a]--
		}
		delete(b.cards, m.Name)
		if deleted {
			continue
		}
		o, err := store.Object(ctx, c.ID, m.Name)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			delete(k.books, c.ID)
			return nil, err
		}
		b.add(m.Name, o.Data)
	}
	b.change = l.Change()
	return b, nil
}

// add takes the addresses of a card; one that cannot be read has none.
func (b *addressBook) add(name string, data []byte) {
	card, err := vcard.Parse(data)
	if err != nil {
		return
	}
	for _, a := range card.Emails() {
		a = strings.ToLower(strings.TrimSpace(a))
		b.cards[name] = append(b.cards[name], a)
		b.count[a]++
	}
}
