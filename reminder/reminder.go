// Package reminder tells people of the alarms of their own calendars (RFC 5545 §3.6.6, RFC 9074) at their time, whether or
// not a page is open: by mail, and by whatever Teller is plugged in.
//
// Invariants:
//   - Nobody is told but the owner of the calendar, at the account's own address: the ATTENDEEs of an alarm are nobody to
//     whom data in a calendar could send mail.
//   - The mails of what is due and the note that it was told are one transaction: nothing is mailed twice or lost,
//     whenever the server ends.
//   - What is told is what the object says at that moment; the plan in memory tells only where to look, and when.
//   - The plan is bounded for each person, and so are the mails of a day and the work on one object.
//   - What goes wrong with one person keeps no other from being told.
package reminder

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"convoke/internal/timezone"
	"convoke/storage"
)

// Notice is one alarm that goes off.
type Notice struct {
	Principal    *storage.Principal // who is told
	At           time.Time          // when it goes off
	Action       string             // EMAIL, DISPLAY or AUDIO: what it asks for
	UID          string
	Href         string // of the object, in the person's own home
	RecurrenceID string // of the occurrence, in UTC where it has a zone; "" if it does not recur
	Task         bool   // Start and End are when it is due
	Title, Place string
	Start, End   time.Time // no Start: at no time
	AllDay       bool      // the days of Start and End are meant, the second exclusive
	Zone         *timezone.Zone
	Language     string // which the person chose, "" if none
}

// Teller tells people as well as it can: what it cannot tell is lost. It is asked for alarms that are to be shown or heard.
type Teller interface {
	// Wants tells whether somebody is told by it. Whoever lets that change calls Service.Changed.
	Wants(ctx context.Context, who *storage.Principal) (bool, error)
	// Tell takes what became due for one person. It does not keep its caller waiting for anybody outside.
	Tell(ctx context.Context, list []Notice)
}

// Mail says how people are reminded by mail.
type Mail struct {
	Gateway  string // our own address
	Language string // for people whose own is not known
	PerDay   int    // mails of one person in a day; what goes beyond is not mailed. 0: any number
	// Link gives where something is in the browser; "" is unknown. Nil: it is never known.
	Link func(*Notice) string
}

// Options are what a Service works with.
type Options struct {
	Store *storage.Store
	Log   *slog.Logger // nil: nothing is logged
	// Href gives the href of an object by the path segments below its owner's home of calendars.
	Href    func(owner *storage.Principal, names []string) string
	Mail    *Mail // nil: no mail goes out
	Tellers []Teller
}

// The times of reminding.
const (
	window    = 24 * time.Hour // alarms are known so far ahead
	promptly  = 10 * time.Minute
	latest    = 6 * time.Hour // what is later is not told any more
	saveEvery = time.Hour
	atMost    = time.Minute // between two looks at the clock, which may be set
	atLeast   = time.Second // between two rounds, whatever is written meanwhile
	again     = time.Minute // after something went wrong
)

// actor is who the mails are said to be of.
var actor = storage.Actor{Door: "reminder"}

// Service tells people. Run works until it is told to stop; Round is one turn of that work, and both are for one goroutine.
type Service struct {
	o      Options
	feed   *storage.Feed // nil before the first round
	people map[int64]*person
	saved  time.Time

	mu      sync.Mutex
	changed map[int64]bool
	wake    chan struct{}
}

// New makes a Service.
func New(o Options) *Service {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{o: o, people: map[int64]*person{}, changed: map[int64]bool{}, wake: make(chan struct{}, 1)}
}

// Changed tells that a Teller may want something else for a person than before.
func (s *Service) Changed(principalID int64) {
	s.mu.Lock()
	s.changed[principalID] = true
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run tells people until ctx ends. Without mail and tellers there is nothing to do.
func (s *Service) Run(ctx context.Context) error {
	if s.o.Mail == nil && len(s.o.Tellers) == 0 {
		return nil
	}
	defer s.Close()
	for ctx.Err() == nil {
		next, err := s.Round(ctx)
		if err != nil && ctx.Err() == nil {
			s.o.Log.Error("reminders", "err", err)
		}
		pause(ctx, atLeast, nil, nil)
		var news <-chan struct{}
		if s.feed != nil {
			news = s.feed.Ready()
		}
		pause(ctx, min(next.Sub(s.o.Store.Now()), atMost), news, s.wake)
	}
	return nil
}

// pause waits until a time is over, one of the channels has something, or ctx ends.
func pause(ctx context.Context, d time.Duration, a, b <-chan struct{}) {
	timer := time.NewTimer(max(d, 0))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-a:
	case <-b:
	}
}

// Close notes how far everybody was told, and ends the work.
func (s *Service) Close() {
	if s.feed == nil {
		return
	}
	s.feed.Close()
	s.feed = nil
	if err := s.save(context.Background()); err != nil {
		s.o.Log.Warn("reminders: what was told is not noted", "err", err)
	}
}

// Round takes in what changed, tells what is due, and says when there is something to do again. An error is of what
// concerns everybody; what goes wrong with one person is logged.
func (s *Service) Round(ctx context.Context) (next time.Time, err error) {
	now := s.o.Store.Now().Truncate(time.Second)
	next = now.Add(again)
	if err := s.hear(ctx); err != nil {
		return next, err
	}
	next = now.Add(window)
	for _, p := range s.people {
		if ctx.Err() != nil {
			return next, ctx.Err()
		}
		if p.until.After(now.Add(window)) { // the clock was set back
			p.renew()
		}
		if !p.wake.After(now) {
			err := s.served(ctx, p, now)
			if p.failed = err != nil; p.failed && ctx.Err() == nil {
				s.o.Log.Error("reminders", "user", p.who.Name, "err", err)
				p.wake = now.Add(again)
			}
		} else if !p.failed && len(p.wants) > 0 && now.After(p.told) {
			p.told = now // nothing was due: what is written from now on for an earlier time comes too late
		}
		if p.wake.Before(next) {
			next = p.wake
		}
	}
	if now.Sub(s.saved) >= saveEvery {
		if err := s.save(ctx); err != nil {
			return next, err
		}
		s.saved = now
	}
	return next, nil
}

// served is serve, of which a panic is an error: whatever makes it stands in one person's data, and would be met at each
// start of the server.
func (s *Service) served(ctx context.Context, p *person, now time.Time) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return s.serve(ctx, p, now)
}

// serve brings the plan of a person up to date and tells what is due.
func (s *Service) serve(ctx context.Context, p *person, now time.Time) error {
	if p.stale || !p.until.After(now) {
		if err := s.read(ctx, p, now); err != nil {
			return err
		}
	} else if err := s.follow(ctx, p); err != nil {
		return err
	}
	if err := s.tell(ctx, p, now); err != nil {
		return err
	}
	p.wake = p.next()
	return nil
}

// save notes how far everybody was told, so that after the next start nothing is told that had passed when it was written.
func (s *Service) save(ctx context.Context) error {
	err := s.o.Store.Update(ctx, actor, func(tx *storage.Tx) error {
		for _, p := range s.people {
			if p.told.After(p.noted) {
				if err := tx.SetTold(p.who.ID, p.told); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note what was told: %w", err)
	}
	for _, p := range s.people {
		p.noted = p.told
	}
	return nil
}
