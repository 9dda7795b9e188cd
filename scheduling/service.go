// Package scheduling is the one road by which calendar objects change: put, delete,
// move, copy, and messages that arrive. It implements RFC 6638 on top of the pure
// package itip, with storage as its only ground.
//
// # Invariants
//
//   - Every change and all its effects (other people's copies, inbox items, statuses,
//     queue rows, journal rows) are one storage transaction: all or nothing.
//   - Nothing is sent in the name of anybody but the owner of the calendar.
//   - No transaction waits for the network; outside recipients get a queue row.
//   - A refused or unknown recipient never fails the write: it is a SCHEDULE-STATUS.
//   - An object that takes no part in scheduling costs a parse and one storage write.
//   - Inboxes never count as busy time.
package scheduling

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"time"

	"convoke/scheduling/itip"
	"convoke/storage"
)

// Limits bound what one calendar object may be (reliability.md §2). Zero fields take
// the defaults of DefaultLimits.
type Limits struct {
	ObjectBytes  int // bytes of one calendar object
	Attendees    int // ATTENDEE properties per component
	BusyRange    time.Duration
	BusyPeriods  int
	Recipients   int // of one busy time request
	BusyBytes    int // of calendar data in the answer to it
	BookingAhead time.Duration
}

// DefaultLimits are the limits of a server that was told nothing else.
func DefaultLimits() Limits {
	return Limits{
		ObjectBytes: 10 << 20, Attendees: 1000,
		BusyRange: 2 * 366 * 24 * time.Hour, BusyPeriods: 5000, Recipients: 1000, BusyBytes: 8 << 20,
		BookingAhead: 2 * 366 * 24 * time.Hour,
	}
}

// Options configure a Service.
type Options struct {
	Clock func() time.Time // nil: time.Now
	Log   *slog.Logger     // nil: nothing is logged
	// Exclusive are the domains whose every address is ours: an unknown one is nobody
	// (SCHEDULE-STATUS 3.7). Shared are domains of ours beside another system.
	Exclusive, Shared []string
	// MailOut tells that [smtp] is configured: without it an outside address gets 5.2 at once.
	MailOut bool
	// MergePause is how long a message to somebody outside waits for further changes of the same
	// meeting, which are then told in one mail.
	MergePause time.Duration
	// MailIn tells that answers of outside attendees can arrive by mail; without it an
	// organizer's client may set their PARTSTAT (architecture.md §8).
	MailIn bool
	// SilentDeletes: deleting an unanswered invitation tells a local organizer nothing.
	SilentDeletes bool
	// ReplyOutside: deleting an unanswered invitation tells an outside organizer too.
	ReplyOutside bool
	// MayDeliver tells whether the inbox of to takes messages of from: schedule-deliver-reply for
	// answers, else schedule-deliver-invite (RFC 6638 §6.1). Nil: yes.
	MayDeliver func(ctx context.Context, from, to *storage.Principal, reply bool) bool
	// Counted are the calendars of others that count as busy for somebody, who says so. Nil: none.
	Counted func(ctx context.Context, of *storage.Principal) ([]*storage.Collection, error)
	// InboxItems kept per inbox; older ones go when new ones come. Zero: 1000.
	InboxItems int
	// PastDays: nobody is mailed about a meeting that ended more days ago. Zero: always mailed.
	PastDays int
	Limits   Limits
}

// Service is the one writer of calendar objects. It is safe for concurrent use.
type Service struct {
	store     *storage.Store
	clock     func() time.Time
	log       *slog.Logger
	exclusive map[string]bool
	options   Options
	limits    Limits
}

// New makes a service over a store that stays open as long as the service is used.
func New(store *storage.Store, o Options) *Service {
	s := &Service{store: store, clock: o.Clock, log: o.Log, options: o, limits: DefaultLimits(), exclusive: map[string]bool{}}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	for _, d := range o.Exclusive {
		s.exclusive[strings.ToLower(d)] = true
	}
	setLimit(&s.limits.ObjectBytes, o.Limits.ObjectBytes)
	setLimit(&s.limits.Attendees, o.Limits.Attendees)
	setLimit(&s.limits.BusyPeriods, o.Limits.BusyPeriods)
	setLimit(&s.limits.Recipients, o.Limits.Recipients)
	setLimit(&s.limits.BusyBytes, o.Limits.BusyBytes)
	setLimit(&s.limits.BusyRange, o.Limits.BusyRange)
	setLimit(&s.limits.BookingAhead, o.Limits.BookingAhead)
	if s.options.InboxItems <= 0 {
		s.options.InboxItems = 1000
	}
	store.OnAddresses(s.readdress)
	return s
}

// setLimit takes a configured limit where there is one.
func setLimit[T int | time.Duration](limit *T, configured T) {
	if configured > 0 {
		*limit = configured
	}
}

// Limits gives the limits in force, for the properties that advertise them.
func (s *Service) Limits() Limits { return s.limits }

// now is the present, in whole seconds of UTC as iCalendar writes it.
// Now is the time by which it decides.
func (s *Service) Now() time.Time { return s.now() }

func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Second) }

// Put is one write of a calendar object.
type Put struct {
	Actor      storage.Actor
	Who        *storage.Principal  // who writes; nil: the owner of the collection
	Collection *storage.Collection // where
	Name       string              // path segment of the object
	Data       []byte
	// Check judges preconditions inside the transaction; old is nil for a new object.
	// Its error is handed back as it is. Nil: none.
	Check func(tx *storage.Tx, old *storage.Object) error
	// TagMatched: If-Schedule-Tag-Match was given (and Check accepted it), RFC 6638 §3.2.10.1.
	TagMatched bool
	// ETagMatched: If-Match was given (and Check accepted it): the client has seen
	// everybody's answers and may mean what it says.
	ETagMatched bool
	// NoReply: Schedule-Reply: F, RFC 6638 §8.1.
	NoReply bool
	// Import stores without sending anything and without judging the change.
	Import bool
	// MaySend asks whether Who may send for the owner (RFC 6638 §6.2): invite for an
	// organizer's messages, reply for an attendee's. Nil: yes. Its error is handed back.
	MaySend func(role itip.Role) error
	// MayTake tells whether Who may take an object out of another calendar of the owner: a PUT of the
	// same meeting there is taken as a move (architecture.md §8). Nil: yes.
	MayTake func(from *storage.Collection) bool
	// Guest tells that Who writes in a calendar that is shared with them: they bring in no event that somebody else
	// than its owner organizes and the owner takes no part in (caldav-sharing §5.5.5).
	Guest bool
}

// Result tells what a write did.
type Result struct {
	Created bool
	Object  *storage.Object // as stored
	// Altered: the stored bytes are not the ones given, so no ETag may be told (RFC 4791 §5.3.4).
	Altered bool
	// Messages is how many calendar users were told.
	Messages int
}

// Removal is one deletion.
type Removal struct {
	Actor      storage.Actor
	Who        *storage.Principal
	Collection *storage.Collection
	Name       string
	Check      func(tx *storage.Tx, old *storage.Object) error
	NoReply    bool // Schedule-Reply: F
	MaySend    func(role itip.Role) error
	// Restored does in the same transaction what else RestoreCollection means. Nil: nothing.
	Restored func(tx *storage.Tx, c *storage.Collection) error
}

// Transfer is one COPY or MOVE of a calendar object.
type Transfer struct {
	Actor     storage.Actor
	Who       *storage.Principal
	From      *storage.Collection
	Name      string
	To        *storage.Collection
	NewName   string
	Overwrite bool
	// Check judges preconditions inside the transaction; there is nil if the destination is free.
	Check   func(tx *storage.Tx, source, there *storage.Object) error
	MaySend func(role itip.Role) error
	Guest   bool // in To, as in Put
}
