package birthday

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"convoke/internal/icalendar"
	"convoke/storage"
)

const (
	gather   = 200 * time.Millisecond // after a first change, in which others may follow
	again    = time.Minute            // after a failure
	maxDates = 5000                   // in one calendar
	edition  = "1"                    // of what is made of a card: another one makes all calendars anew
)

// actor is who the changes in the calendars are said to be of.
var actor = storage.Actor{Door: "birthdays"}

// Run keeps all calendars until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	feed := s.o.Store.Feed() // before the first look: nothing falls between
	defer feed.Close()
	s.all(ctx)
	tick := time.NewTicker(again)
	defer tick.Stop()
	for {
		s.Round(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			s.retry(ctx)
			continue
		case <-s.wake:
		case <-feed.Ready():
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(gather):
			}
		}
		s.hear(ctx, feed.Take())
	}
}

// all asks for all calendars there are; where these cannot be read, retry does.
func (s *Service) all(ctx context.Context) {
	list, err := s.o.Store.AllBirthdays(ctx)
	if err != nil && ctx.Err() == nil {
		s.o.Log.Error("birthdays", "err", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unknown = err != nil
	for _, b := range list {
		s.asked[b.OwnerID] = true
	}
}

// hear notes whose calendars the news concern. Most news concern nobody's.
func (s *Service) hear(ctx context.Context, n storage.News) {
	if n.All {
		s.all(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range n.Collections {
		for owner := range s.watching[id] {
			s.asked[owner] = true
		}
	}
	for home := range n.Homes { // also one without the calendar: it may come back from the trash
		s.asked[home.OwnerID] = true
	}
	if n.Access {
		for owner := range s.books {
			s.asked[owner] = true
		}
	}
}

// Round looks after what was asked for.
func (s *Service) Round(ctx context.Context) {
	s.mu.Lock()
	asked := slices.Sorted(maps.Keys(s.asked))
	clear(s.asked)
	s.mu.Unlock()
	for _, owner := range asked {
		if err := s.brought(ctx, owner); err != nil {
			if ctx.Err() != nil {
				return
			}
			s.o.Log.Error("birthdays", "owner", owner, "err", err)
			s.mu.Lock()
			s.failed[owner] = true
			s.mu.Unlock()
		}
	}
}

// retry asks for what failed.
func (s *Service) retry(ctx context.Context) {
	s.mu.Lock()
	maps.Copy(s.asked, s.failed)
	clear(s.failed)
	unknown := s.unknown
	s.mu.Unlock()
	if unknown {
		s.all(ctx)
	}
}

// brought is bring, of which a panic is an error: whatever makes it stands in the cards of one person, and would be met at
// each start of the server.
func (s *Service) brought(ctx context.Context, ownerID int64) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return s.bring(ctx, ownerID)
}

// bring brings the calendar of an owner up to date, if there is one.
func (s *Service) bring(ctx context.Context, ownerID int64) error {
	s.filling.Lock()
	defer s.filling.Unlock()
	list, err := s.o.Store.Birthdays(ctx, ownerID)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		s.watch(ownerID, nil, false)
		return nil
	}
	owner, err := s.o.Store.Principal(ctx, ownerID)
	if errors.Is(err, storage.ErrNotFound) {
		return nil // removed at this moment
	}
	if err != nil {
		return err
	}
	s.watch(ownerID, nil, true) // from here on it is told of what changes who sees which book
	books, err := s.o.Books(ctx, owner)
	if err != nil {
		return fmt.Errorf("find address books: %w", err)
	}
	s.watch(ownerID, books, true)
	defer s.shelf.tidy()
	for _, b := range list {
		err := s.fill(ctx, b, books)
		if errors.Is(err, storage.ErrNotFound) {
			err = nil // the calendar or a book was deleted meanwhile: news of that come
		}
		s.mu.Lock()
		if s.problems[b.CollectionID] = told(err); err == nil {
			delete(s.problems, b.CollectionID)
		}
		s.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

// watch sets the books whose changes concern an owner, if they have the calendar.
func (s *Service) watch(ownerID int64, books []*storage.Collection, has bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if books == nil && has && s.books[ownerID] != nil {
		return // as they were until it is known which there are
	}
	for _, id := range s.books[ownerID] {
		if delete(s.watching[id], ownerID); len(s.watching[id]) == 0 {
			delete(s.watching, id)
		}
	}
	delete(s.books, ownerID)
	if !has {
		return
	}
	ids := make([]int64, len(books))
	for i, c := range books {
		ids[i] = c.ID
		if s.watching[c.ID] == nil {
			s.watching[c.ID] = map[int64]bool{}
		}
		s.watching[c.ID][ownerID] = true
	}
	s.books[ownerID] = ids
}

// fill makes a calendar hold what the address books say, unless it was made of the same.
func (s *Service) fill(ctx context.Context, b storage.Birthdays, books []*storage.Collection) error {
	language, err := s.language(ctx, b.OwnerID, b.Language)
	if err != nil {
		return err
	}
	head := edition + " " + language
	now := head
	for _, c := range books { // listings are never older than these numbers
		now += fmt.Sprintf(" %d:%d", c.ID, c.Change)
	}
	if b.State == now {
		return nil
	}
	dates, state := map[string]date{}, head
	for _, c := range books {
		read, err := s.shelf.read(ctx, s.o.Store, c.ID)
		if err != nil {
			return err
		}
		state += fmt.Sprintf(" %d:%d", c.ID, read.change)
		for _, name := range slices.Sorted(maps.Keys(read.dates)) {
			for _, d := range read.dates[name] {
				if _, there := dates[d.uid]; !there { // a copy of a card: the first book counts
					dates[d.uid] = d
				}
			}
		}
	}
	c, err := s.o.Store.CollectionByID(ctx, b.CollectionID)
	if err != nil {
		return err
	}
	m, err := s.o.Scheduler.Mirror(ctx, actor, c, s.objects(dates, languages[language]))
	if err != nil {
		return fmt.Errorf("fill the calendar: %w", err)
	}
	if m.Added+m.Changed+m.Removed > 0 {
		s.o.Log.Info("birthdays", "calendar", c.ID, "added", m.Added, "changed", m.Changed, "removed", m.Removed)
	}
	return s.note(ctx, b, language, state)
}

// objects are the events of dates, in the order of their UIDs; beyond maxDates there are none.
func (s *Service) objects(dates map[string]date, w words) []*icalendar.Object {
	var list []*icalendar.Object
	for _, d := range slices.SortedFunc(maps.Values(dates), func(a, b date) int { return cmp.Compare(a.uid, b.uid) }) {
		if len(list) == maxDates {
			s.o.Log.Warn("birthdays: too many dates", "left out", len(dates)-maxDates)
			break
		}
		if o := d.object(w); s.o.Scheduler.Fit(o) == nil {
			list = append(list, o)
		}
	}
	return list
}

// note stores of what the calendar was made; one that is called as the server calls it changes its name with the language.
func (s *Service) note(ctx context.Context, b storage.Birthdays, language, state string) error {
	return s.o.Store.Update(ctx, actor, func(tx *storage.Tx) error {
		before := languages[languageOf(b.Language)].title
		b.Language, b.State = language, state
		if err := tx.SetBirthdays(b); err != nil {
			return err
		}
		c, err := tx.CollectionByID(ctx, b.CollectionID)
		if err != nil || c.DisplayName != before || strings.EqualFold(before, languages[language].title) {
			return err
		}
		renamed := *c
		renamed.DisplayName = languages[language].title
		return tx.UpdateCollection(&renamed)
	})
}
