package scheduling

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"convoke/internal/icalendar"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// The bounds of a calendar that the server fills.
const (
	mirrorBatch = 100     // objects in one transaction: others write in between
	maxGone     = 200_000 // names that were and are not: a feed that renames its events each time ends there
)

// ErrRestless says that a calendar is filled anew each time, which would grow the store without end.
var ErrRestless = errors.New("the names of all events change each time")

// Mirrored counts what became of the members of a calendar that was brought up to date.
type Mirrored struct{ Added, Changed, Removed, Kept int }

// Fit tells whether an object may stand in a calendar that the server fills: leniently, as an import. Errors are *Violation.
func (s *Service) Fit(o *icalendar.Object) error {
	if err := o.ValidateWith(icalendar.Limits{Attendees: s.limits.Attendees, Import: true}); err != nil {
		return broken(err)
	}
	if n := len(o.Bytes()); n > s.limits.ObjectBytes {
		return forbid("max-resource-size", fmt.Errorf("%d bytes", n))
	}
	return nil
}

// Mirror makes a calendar that the server fills hold these objects and no others, each with a UID of its own and fit. What
// is the same but for DTSTAMP, which some write anew each time, keeps its ETag and its number. Nobody is told anything, and
// no object has a role (RFC 6638 §3.1): the owner takes part in none of it. Work is cut into transactions, of which each leaves a calendar
// that can be used; the caller sees to it that one calendar is not filled twice at once.
func (s *Service) Mirror(ctx context.Context, actor storage.Actor, c *storage.Collection, objects []*icalendar.Object) (m Mirrored, err error) {
	if c.Source == "" {
		return m, fmt.Errorf("calendar %q is its owner's", c.Name)
	}
	listing, err := s.store.Listing(ctx, c.ID)
	if err != nil {
		return m, fmt.Errorf("list calendar: %w", err)
	}
	stored, gone := map[string]*storage.Member{}, 0
	for member, dead := range listing.Since(0) {
		if dead {
			gone++
		} else {
			stored[member.Name] = member
		}
	}
	var puts []*storage.Object
	for _, o := range objects {
		next := mirrored(c, o)
		old := stored[next.Name]
		delete(stored, next.Name)
		switch same, err := s.unchanged(ctx, old, next); {
		case err != nil:
			return m, err
		case same:
			m.Kept++
			continue
		case old == nil:
			m.Added++
		default:
			m.Changed++
		}
		puts = append(puts, next)
	}
	m.Removed = len(stored)
	if gone+m.Removed > maxGone {
		return Mirrored{}, ErrRestless
	}
	return m, s.mirror(ctx, actor, c, slices.Sorted(maps.Keys(stored)), puts)
}

// mirror removes, then stores, batch by batch.
func (s *Service) mirror(ctx context.Context, actor storage.Actor, c *storage.Collection, names []string, puts []*storage.Object) error {
	for list := range chunks(names) {
		err := s.store.Update(ctx, actor, func(tx *storage.Tx) error {
			for _, name := range list {
				if err := tx.DeleteObject(c.ID, name); err != nil && !errors.Is(err, storage.ErrNotFound) {
					return fmt.Errorf("remove %q: %w", name, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for list := range chunks(puts) {
		err := s.store.Update(ctx, actor, func(tx *storage.Tx) error {
			for _, o := range list {
				if _, err := tx.PutObject(o); err != nil {
					return fmt.Errorf("store %q: %w", o.Name, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// chunks cuts a list into what one transaction takes.
func chunks[T any](list []T) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		for len(list) > 0 {
			n := min(len(list), mirrorBatch)
			if !yield(list[:n]) {
				return
			}
			list = list[n:]
		}
	}
}

// mirrored is the object to store. Its name is made of its UID, so that an event that comes back has the same.
func mirrored(c *storage.Collection, o *icalendar.Object) *storage.Object {
	sum := sha256.Sum256([]byte(o.UID()))
	return &storage.Object{
		Member: storage.Member{CollectionID: c.ID, Name: hex.EncodeToString(sum[:16]) + ".ics", ContentType: contentType, Facts: facts(o, itip.None)},
		Data:   o.Bytes(),
	}
}

// unchanged tells whether an object says what is stored.
func (s *Service) unchanged(ctx context.Context, old *storage.Member, next *storage.Object) (bool, error) {
	if old == nil {
		return false, nil
	}
	stored, err := s.store.Object(ctx, old.CollectionID, old.Name)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read %q: %w", old.Name, err)
	}
	return unstamped(stored.Data) == unstamped(next.Data), nil
}

// unstamped gives the text of an object without its DTSTAMP lines.
func unstamped(data []byte) string {
	var b strings.Builder
	for line := range strings.Lines(string(data)) {
		if !strings.HasPrefix(line, "DTSTAMP:") && !strings.HasPrefix(line, "DTSTAMP;") {
			b.WriteString(line)
		}
	}
	return b.String()
}
