// Package birthday makes a calendar of the birthdays and anniversaries in the address books that a person sees. It stands
// in their home like any other, so that all clients show it; they turn it on and off, and nobody writes in it but this package.
//
// Invariants:
//   - The calendar holds an event for each date of a card that its owner may read, and nothing else. Its UID is made of
//     the card's, so that only what changed gets another ETag and change number.
//   - The state of the address books that it was made of is stored behind what was made: whoever dies between the two
//     finds another state at the next start and makes it again.
//   - Cards are written without waiting for it: it learns of them by the store's feed.
//   - One calendar is filled by one goroutine at a time.
//   - Its events take no time, have no role in scheduling and no alarms.
package birthday

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"convoke/internal/icalendar"
	"convoke/internal/settings"
	"convoke/scheduling"
	"convoke/storage"
)

// color is what the calendar has until its owner chooses another.
const color = "#c2459a"

// Options are what a Service works with.
type Options struct {
	Store     *storage.Store
	Scheduler *scheduling.Service
	// Books gives the address books that somebody may read: their own first, then those that they took in.
	Books func(ctx context.Context, who *storage.Principal) ([]*storage.Collection, error)
	Log   *slog.Logger
}

// Service keeps the calendars. It is safe for concurrent use.
type Service struct {
	o       Options
	filling sync.Mutex // held while a calendar is filled
	shelf   shelf      // guarded by filling

	mu       sync.Mutex
	books    map[int64][]int64        // of each owner, as last seen: who has the calendar is in it
	watching map[int64]map[int64]bool // owners by book
	asked    map[int64]bool           // owners to look after
	failed   map[int64]bool           // and later
	unknown  bool                     // who has a calendar could not be read
	problems map[int64]string
	wake     chan struct{}
}

// New makes a service.
func New(o Options) *Service {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{
		o: o, shelf: shelf{}, books: map[int64][]int64{}, watching: map[int64]map[int64]bool{}, asked: map[int64]bool{},
		failed: map[int64]bool{}, problems: map[int64]string{}, wake: make(chan struct{}, 1),
	}
}

// View is the calendar of somebody.
type View struct {
	Calendar *storage.Collection
	Language string
	Problem  string // why it is not up to date, a sentence; "" if it is, or soon will be
}

// Get gives the calendar of an owner, or storage.ErrNotFound.
func (s *Service) Get(ctx context.Context, owner *storage.Principal) (*View, error) {
	list, err := s.o.Store.Birthdays(ctx, owner.ID)
	if err != nil {
		return nil, err
	}
	for _, b := range list {
		c, err := s.o.Store.CollectionByID(ctx, b.CollectionID)
		if errors.Is(err, storage.ErrNotFound) {
			continue // deleted at this moment
		}
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		return &View{c, b.Language, s.problems[b.CollectionID]}, nil
	}
	return nil, storage.ErrNotFound
}

// On makes the calendar of an owner and fills it; where there is one it stays. The language is for whoever has none in
// their settings.
func (s *Service) On(ctx context.Context, owner *storage.Principal, actor storage.Actor, language string) (*View, error) {
	language, err := s.language(ctx, owner.ID, language)
	if err != nil {
		return nil, err
	}
	err = s.o.Store.Update(ctx, actor, func(tx *storage.Tx) error {
		if have, err := tx.Birthdays(owner.ID); err != nil || len(have) > 0 {
			return err
		}
		made := &storage.Collection{
			OwnerID: owner.ID, Home: storage.Calendars, Kind: storage.KindCalendar, Source: storage.SourceBirthdays, Name: "birthdays",
			DisplayName: languages[language].title, Color: color, Components: []string{icalendar.Event}, Transparent: true,
		}
		err := tx.CreateCollection(made)
		if errors.Is(err, storage.ErrExists) { // a calendar of the owner's own has that name
			made.Name = newName()
			err = tx.CreateCollection(made)
		}
		if err != nil {
			return err
		}
		return tx.SetBirthdays(storage.Birthdays{CollectionID: made.ID, Language: language})
	})
	if err != nil {
		return nil, err
	}
	if err := s.bring(ctx, owner.ID); err != nil {
		s.mu.Lock()
		s.failed[owner.ID] = true // Run tries again
		s.mu.Unlock()
		s.o.Log.Warn("birthdays", "owner", owner.ID, "err", err)
	}
	return s.Get(ctx, owner)
}

// Off deletes the calendar of an owner. Without one it does nothing.
func (s *Service) Off(ctx context.Context, owner *storage.Principal, actor storage.Actor) error {
	list, err := s.o.Store.Birthdays(ctx, owner.ID)
	if err != nil {
		return err
	}
	for _, b := range list {
		c, err := s.o.Store.CollectionByID(ctx, b.CollectionID)
		if err == nil {
			err = s.o.Scheduler.DeleteCollection(ctx, &scheduling.Removal{Actor: actor, Who: owner, Collection: c})
		}
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
	}
	return nil
}

// Nudge has the calendar of somebody looked after soon: their language may have changed.
func (s *Service) Nudge(ownerID int64) {
	s.mu.Lock()
	s.asked[ownerID] = true
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default: // it was told already
	}
}

// language is the one in which somebody's events are written: that of their settings, or else the one given.
func (s *Service) language(ctx context.Context, ownerID int64, otherwise string) (string, error) {
	text, err := s.o.Store.Settings(ctx, ownerID)
	if err != nil {
		return "", fmt.Errorf("read settings: %w", err)
	}
	return languageOf(cmp.Or(settings.Read(text).Language, otherwise)), nil
}

// newName makes a path segment.
func newName() string {
	var b [8]byte
	rand.Read(b[:]) //nolint:errcheck // never fails, crypto/rand
	return "birthdays-" + hex.EncodeToString(b[:])
}

// told is a failure that the owner is told of.
func told(err error) string {
	var limit *storage.LimitError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &limit), errors.Is(err, storage.ErrFull):
		return "There is no room left for the events of this calendar."
	}
	return fmt.Sprintf("The calendar could not be brought up to date; it is tried again every %v.", again)
}
