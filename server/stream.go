package server

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// ErrTooManyStreams says that a principal, or everybody together, has as many event streams open as may be.
var ErrTooManyStreams = errors.New("too many event streams are open")

// streams counts answers that last, and ends them with the server.
type streams struct {
	perUser *gauge[int64]
	max     int64
	open    atomic.Int64
	ending  chan struct{}
	once    sync.Once
}

func newStreams(perUser, max int) *streams {
	return &streams{perUser: newGauge[int64](perUser), max: int64(max), ending: make(chan struct{})}
}

// end lets all streams end, those under way and those that come.
func (s *streams) end() { s.once.Do(func() { close(s.ending) }) }

// enter counts a stream of a principal, or tells that there are too many.
func (s *streams) enter(who int64) error {
	if s.open.Add(1) > s.max {
		s.open.Add(-1)
		return ErrTooManyStreams
	}
	if !s.perUser.enter(who) {
		s.open.Add(-1)
		return ErrTooManyStreams
	}
	return nil
}

func (s *streams) leave(who int64) {
	s.perUser.leave(who)
	s.open.Add(-1)
}

// Stream turns the request of a context into one whose answer lasts: it has no limit of work and no place among the
// requests at once of its address and of who, but one among the streams of who. The context that it gives ends with the request
// and with the server; done gives the place back. ErrTooManyStreams if there is none. Outside of requests there is no bound.
func Stream(ctx context.Context, who int64) (lasting context.Context, done func(), err error) {
	q := current(ctx)
	if q == nil || q.root().streams == nil {
		lasting, cancel := context.WithCancel(ctx)
		return lasting, cancel, nil
	}
	q = q.root()
	s := q.streams
	if err := s.enter(who); err != nil {
		return nil, nil, err
	}
	if q.work != nil {
		q.work.Stop()
		q.work = nil
	}
	q.depart()
	if q.leave != nil {
		q.leave()
	}
	lasting, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-s.ending:
			cancel()
		case <-lasting.Done():
		}
	}()
	return lasting, func() { cancel(); s.leave(who) }, nil
}
