package subscription

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"convoke/scheduling"
	"convoke/storage"
)

const (
	pollEvery = 15 * time.Second
	atOnce    = 2  // feeds that are read at the same time
	aRound    = 20 // feeds that are looked for at once
)

// actor is who the changes in a feed are said to be of.
var actor = storage.Actor{Door: "subscription"}

func jitter() float64 { return rand.Float64() }

// Run reads what is due until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		for {
			n, err := s.Round(ctx)
			if err != nil && ctx.Err() == nil {
				s.o.Log.Error("subscriptions", "err", err)
			}
			if n < aRound || err != nil {
				break
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Round reads what is due now and tells how many those were.
func (s *Service) Round(ctx context.Context) (int, error) {
	list, err := s.o.Store.SubscriptionsDue(ctx, s.o.Store.Now(), aRound)
	if err != nil {
		return 0, err
	}
	work := make(chan storage.Subscription)
	var mu sync.Mutex
	var failed error
	var workers sync.WaitGroup
	for range min(atOnce, len(list)) {
		workers.Go(func() {
			for one := range work {
				if !s.begin(one.CollectionID) {
					continue
				}
				if err := s.refresh(ctx, one); err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
				}
				s.end(one.CollectionID)
			}
		})
	}
	for _, one := range list {
		if ctx.Err() != nil {
			break
		}
		work <- one
	}
	close(work)
	workers.Wait()
	return len(list), failed
}

// refresh reads a feed, takes what is new and notes what became of it. A panic is a failure of the feed: whatever makes it
// comes from there, and would be met at each start of the server.
func (s *Service) refresh(ctx context.Context, one storage.Subscription) (err error) {
	defer func() {
		if v := recover(); v != nil {
			s.o.Log.Error("subscription met a panic", "calendar", one.CollectionID, "panic", v, "stack", string(debug.Stack()))
			err = s.note(ctx, one, nil, problem(Failed))
		}
	}()
	read, err := s.read(ctx, &one)
	if ctx.Err() != nil {
		return nil //nolint:nilerr // we stop: that is no failure of the feed
	}
	if err != nil {
		return s.note(ctx, one, nil, err)
	}
	return s.take(ctx, one, read)
}

// take brings the calendar up to what was read, and notes it.
func (s *Service) take(ctx context.Context, one storage.Subscription, read *feed) error {
	if read.same {
		return s.note(ctx, one, read, nil)
	}
	c, err := s.o.Store.CollectionByID(ctx, one.CollectionID)
	if errors.Is(err, storage.ErrNotFound) {
		return nil // it was deleted meanwhile
	}
	if err != nil {
		return fmt.Errorf("find the calendar: %w", err)
	}
	m, err := s.o.Scheduler.Mirror(ctx, actor, c, read.objects)
	var limit *storage.LimitError
	var p *Problem
	switch {
	case err == nil:
		s.o.Log.Info("subscription read", "calendar", c.ID, "added", m.Added, "changed", m.Changed, "removed", m.Removed, "skipped", read.skips.Count)
		return s.note(ctx, one, read, nil)
	case errors.As(err, &limit), errors.Is(err, storage.ErrFull):
		p = problem(NoRoom)
	case errors.Is(err, scheduling.ErrRestless):
		p = problem(Restless)
	case errors.Is(err, storage.ErrNotFound):
		return nil
	default:
		p = problem(Failed)
	}
	p.Err = err
	return s.note(ctx, one, nil, p)
}

// note writes what became of a reading. What the owner changed meanwhile stays.
func (s *Service) note(ctx context.Context, tried storage.Subscription, read *feed, failure error) error {
	err := s.o.Store.Update(ctx, actor, func(tx *storage.Tx) error {
		one, err := tx.Subscription(ctx, tried.CollectionID)
		if err != nil {
			return err
		}
		one.Tried = tx.Now()
		var p *Problem
		switch {
		case errors.As(failure, &p):
			one.Failures++
			one.Result, one.Problem = p.Word, p.Sentence
		default:
			one.Failures, one.Succeeded = 0, one.Tried
			if one.URL == tried.URL && one.Alarms == tried.Alarms {
				one.ETag, one.Modified, one.Digest = read.etag, read.modified, read.digest
			}
			one.Result, one.Problem = Unchanged, ""
			if !read.same {
				one.Advised = read.advised()
				tell(&one, read)
			}
		}
		one.Due = s.next(&one, one.Tried)
		return tx.SetSubscription(&one)
	})
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if failure != nil {
		s.o.Log.Info("subscription failed", "calendar", tried.CollectionID, "why", failure.Error(), "err", errors.Unwrap(failure))
	}
	return err
}

// tell notes what was taken and what was not.
func tell(one *storage.Subscription, read *feed) {
	one.Result, one.Skipped = Fresh, ""
	if read.skips.Count == 0 {
		return
	}
	one.Result = Partly
	if data, err := json.Marshal(read.skips); err == nil {
		one.Skipped = string(data)
	}
}

// next is when a feed is read again: after its interval, and rarer the longer it fails.
func (s *Service) next(one *storage.Subscription, now time.Time) time.Time {
	wait := interval(one)
	if one.Failures > 0 {
		wait = min(MinInterval<<min(one.Failures-1, 10), longestPause)
	}
	return now.Add(wait + time.Duration(s.o.Jitter()*float64(wait)/10))
}
