package birthday

import (
	"context"
	"errors"
	"fmt"

	"convoke/storage"
)

// maxKept bounds the dates that are kept in memory.
const maxKept = 50_000

// shelf keeps the dates of address books by their ids, so that a change costs what changed.
type shelf map[int64]*book

// book is what was read of an address book.
type book struct {
	change uint64            // up to which it was read
	dates  map[string][]date // by the names of cards; those without are not in it
}

// read gives the dates of an address book as they are now.
func (s shelf) read(ctx context.Context, store *storage.Store, id int64) (*book, error) {
	l, err := store.Listing(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("list address book: %w", err)
	}
	b := s[id]
	if b == nil || b.change > l.Change() {
		b = &book{dates: map[string][]date{}}
		s[id] = b
	}
	for m, dead := range l.Since(b.change) {
		delete(b.dates, m.Name)
		if dead {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		o, err := store.ObjectOf(ctx, m)
		if errors.Is(err, storage.ErrNotFound) {
			continue // replaced at this moment: that is a later change
		}
		if err != nil {
			return nil, fmt.Errorf("read card %q: %w", m.Name, err)
		}
		if dates := datesOf(o.Data, m.UID, m.Modified); len(dates) > 0 {
			b.dates[m.Name] = dates
		}
	}
	b.change = l.Change()
	return b, nil
}

// tidy takes books from the shelf until what is left is not too much.
func (s shelf) tidy() {
	kept := 0
	for _, b := range s {
		kept += len(b.dates)
	}
	for id, b := range s {
		if kept <= maxKept {
			return
		}
		kept -= len(b.dates)
		delete(s, id)
	}
}
