package scheduling

import (
	"context"

	"convoke/storage"
)

// Delete removes a calendar object; an organizer's deletion cancels, an attendee's
// declines (RFC 6638 §3.2.3.2).
func (s *Service) Delete(ctx context.Context, r *Removal) error { return nil }

// DeleteCollection removes a collection with all its members and sub-collections, each
// scheduling object as Delete would. Check gets nil. Name is not looked at.
// The default calendar is refused with default-calendar-needed (RFC 6638 §4.3.1.1).
func (s *Service) DeleteCollection(ctx context.Context, r *Removal) error { return nil }

// DefaultCalendar is the calendar in which new invitations of a principal appear
// (RFC 6638 §9.2), or nil if there is none.
func (s *Service) DefaultCalendar(ctx context.Context, owner *storage.Principal) (*storage.Collection, error) {
	return nil, nil
}
