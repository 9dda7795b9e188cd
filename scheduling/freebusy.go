package scheduling

import (
	"context"
	"time"

	"convoke/storage"
)

// BusyQuery asks for somebody's busy time.
type BusyQuery struct {
	Of       *storage.Principal
	From, To time.Time
	// Calendars limits the question to these collections (RFC 4791 §7.10); nil: all that count
	// (calendars that are not transparent; never the inbox).
	Calendars []*storage.Collection
	// MaskUID leaves out the event with this UID (X-CALENDARSERVER-MASK-UID).
	MaskUID string
	// Availability also counts times outside of the calendar-availability of the inbox (RFC 7953 §7.2).
	Availability bool
}

// BusyPeriod is one busy period, half-open.
type BusyPeriod struct {
	Start, End time.Time
	Type       string // FBTYPE: BUSY, BUSY-TENTATIVE, BUSY-UNAVAILABLE
}

// FreeBusy answers with merged, sorted periods. Too long a range or too many periods is a
// *Violation number-of-matches-within-limits.
func (s *Service) FreeBusy(ctx context.Context, q *BusyQuery) ([]BusyPeriod, error) { return nil, nil }

// VFreeBusy writes the answer to a free-busy-query (RFC 4791 §7.10): a VCALENDAR with one VFREEBUSY.
func (s *Service) VFreeBusy(q *BusyQuery, periods []BusyPeriod) []byte { return nil }

// BusyRequest is a POST to an outbox (RFC 6638 §5).
type BusyRequest struct {
	Owner *storage.Principal // of the outbox
	Data  []byte             // VFREEBUSY, METHOD:REQUEST
	// MayAsk tells whether the recipient lets the owner query (schedule-query-freebusy). Nil: yes.
	MayAsk func(recipient *storage.Principal) bool
}

// BusyAnswer is one CALDAV:response (RFC 6638 §10.2).
type BusyAnswer struct {
	Recipient string // as spelled by the request
	Status    string // request-status, such as "2.0;Success"
	Data      []byte // calendar-data; nil if the status is no success
}

// Busy answers a busy time request. Errors: *Violation valid-calendar-data,
// valid-scheduling-message (400), valid-organizer.
func (s *Service) Busy(ctx context.Context, r *BusyRequest) ([]BusyAnswer, error) { return nil, nil }
