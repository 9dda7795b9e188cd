package scheduling

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"convoke/internal/icalendar"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// memoFactor is about how many bytes of memory a parsed byte costs.
const memoFactor = 4

// parse reads and judges what a client sent. Errors are *Violation.
func (s *Service) parse(data []byte, lenient bool) (*icalendar.Object, error) {
	if len(data) > s.limits.ObjectBytes {
		return nil, forbid("max-resource-size", fmt.Errorf("%d bytes", len(data)))
	}
	o, err := icalendar.Parse(data)
	if err != nil {
		return nil, broken(err)
	}
	if err := o.ValidateWith(icalendar.Limits{Attendees: s.limits.Attendees, Import: lenient}); err != nil {
		return nil, broken(err)
	}
	return o.Freeze(), nil
}

// broken turns an error of icalendar into the precondition it breaks.
func broken(err error) *Violation {
	precondition := icalendar.BrokenBy(err)
	if precondition == "" {
		precondition = icalendar.ValidData
	}
	return forbid(string(precondition), err)
}

// facts are what storage indexes of an object.
func facts(o *icalendar.Object, role itip.Role) storage.Facts {
	span := o.Span()
	return storage.Facts{
		UID: o.UID(), Component: o.Kind(), Role: string(role),
		First: span.First, Last: span.Last, Recurring: span.Recurring, Floating: span.Floating,
	}
}

// contentType is how calendar objects are stored; the door adds the component.
const contentType = "text/calendar; charset=utf-8"

// parsed gives the parsed form of a stored object, kept with it.
func parsed(stored *storage.Object) (*icalendar.Object, error) {
	if o, ok := stored.Memo().(*icalendar.Object); ok {
		return o, nil
	}
	o, err := icalendar.Parse(stored.Data)
	if err != nil {
		return nil, fmt.Errorf("read stored object %q: %w", stored.Name, err)
	}
	stored.SetMemo(o.Freeze(), memoFactor*len(stored.Data))
	return o, nil
}

// newTag makes a Schedule-Tag that no object ever had (RFC 6638 §3.2.10).
func newTag() string {
	var b [12]byte
	rand.Read(b[:]) //nolint:errcheck // never fails, crypto/rand
	return `"` + base64.RawURLEncoding.EncodeToString(b[:]) + `"`
}

// newName makes a path segment for an object that the server creates. It is not made of
// the UID: a client that stores the same event under its own name shall meet
// no-uid-conflict, not an object it did not know of (clients.md §4).
func newName() string {
	var b [16]byte
	rand.Read(b[:]) //nolint:errcheck // never fails, crypto/rand
	return hex.EncodeToString(b[:]) + ".ics"
}

// keeps tells whether a calendar may hold a component (RFC 4791 §5.2.3).
func keeps(c *storage.Collection, component string) bool {
	return c.Components == nil || slices.Contains(c.Components, component)
}

// takes tells whether new objects of a component may go into a calendar; not where the server fills it.
func takes(c *storage.Collection, component string) bool {
	return c.Source == "" && keeps(c, component)
}

// supported is the check of CALDAV:supported-calendar-component.
func supported(c *storage.Collection, component string) error {
	if !keeps(c, component) {
		return forbid("supported-calendar-component", fmt.Errorf("a %s in a calendar of %s", component, strings.Join(c.Components, ", ")))
	}
	return nil
}

// find reads an object inside the transaction; nil if it is not there.
func find(ctx context.Context, tx *storage.Tx, collection int64, name string) (*storage.Object, error) {
	o, err := tx.Object(ctx, collection, name)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	return o, err
}

// save puts an object and names the precondition if its UID is taken.
func save(tx *storage.Tx, o *storage.Object) (bool, error) {
	created, err := tx.PutObject(o)
	var conflict *storage.UIDTakenError
	if errors.As(err, &conflict) {
		return false, taken("no-uid-conflict", conflict.CollectionID, conflict.Name)
	}
	return created, err
}

// judgement turns a refusal of itip into its precondition.
func judgement(err error) error {
	switch {
	case errors.Is(err, itip.ErrOrganizersDiffer):
		return forbid("same-organizer-in-all-components", err)
	case errors.Is(err, itip.ErrOrganizerChange):
		return forbid("allowed-organizer-scheduling-object-change", err)
	case errors.Is(err, itip.ErrTooManyInstances):
		return forbid("max-instances", err) // RFC 4791 §5.2.8
	case errors.Is(err, itip.ErrAttendeeChange):
		return forbid("allowed-attendee-scheduling-object-change", err)
	}
	return err
}
