package push

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"time"

	"convoke/internal/outward"
	"convoke/storage"

	"golang.org/x/time/rate"
)

// The bounds of the queue.
const (
	maxWaiting = 5_000 // messages to single browsers
	maxTheirs  = 200   // of one person
	atOnce     = 8
	maxTries   = 4
	firstPause = 15 * time.Second // before the second try; then four times as long each
	leastTTL   = 30 * time.Second
	noteEvery  = time.Hour // how exact PushSubscription.Succeeded is
	look       = time.Minute
)

// actor is who the changes here are said to be of.
var actor = storage.Actor{Door: "push"}

// job is a message to one browser.
type job struct {
	to      storage.PushSubscription
	payload []byte
	topic   string
	due     time.Time // of the next try
	until   time.Time // then it is not worth telling any more
	tries   int
}

// Send has messages told to all browsers of a person. It waits for nobody outside; what cannot be told is lost.
func (s *Service) Send(ctx context.Context, principalID int64, list []Message) {
	if !s.Possible() {
		return
	}
	browsers, err := s.o.Store.PushSubscriptions(ctx, principalID)
	if err != nil {
		s.o.Log.Error("push: who is to be told is not known", "err", err)
		return
	}
	if len(browsers) == 0 {
		return
	}
	now, lost := s.o.Store.Now(), 0
	for _, m := range list {
		payload, err := m.payload()
		if err != nil || !s.share(principalID).AllowN(now, 1) || !s.add(browsers, payload, m, now) {
			lost++
		}
	}
	if lost > 0 {
		s.o.Log.Warn("push: there was too much to tell somebody", "principal", principalID, "left out", lost)
	}
	s.poke()
}

// add puts a message to each browser into the queue; false where that is full.
func (s *Service) add(browsers []storage.PushSubscription, payload []byte, m Message, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	theirs := 0
	for _, j := range s.queue {
		if j.to.PrincipalID == browsers[0].PrincipalID {
			theirs++
		}
	}
	if len(s.queue)+len(browsers) > maxWaiting || theirs+len(browsers) > maxTheirs {
		return false
	}
	for _, to := range browsers {
		s.queue = append(s.queue, &job{to: to, payload: payload, topic: m.topic(), due: now, until: m.Until})
	}
	return true
}

// share is what a person may still have sent.
func (s *Service) share(principalID int64) *rate.Limiter {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.shares[principalID]
	if l == nil {
		l = rate.NewLimiter(rate.Every(oneEvery), burst)
		s.shares[principalID] = l
	}
	return l
}

// poke lets Run look at the queue.
func (s *Service) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run hands over what is told until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	if !s.Possible() {
		return nil
	}
	var work sync.WaitGroup
	defer work.Wait()
	for ctx.Err() == nil {
		now := s.o.Store.Now()
		next := now.Add(look)
		for {
			j, due := s.take(now)
			if j == nil {
				if !due.IsZero() && due.Before(next) {
					next = due
				}
				break
			}
			work.Go(func() { s.try(ctx, j) })
		}
		timer := time.NewTimer(next.Sub(now))
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// take gives the first message that is due, of somebody who has none under way; without one, when the next will be.
func (s *Service) take(now time.Time) (found *job, next time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.busy) >= atOnce {
		return nil, time.Time{} // whoever is done wakes Run
	}
	for i, j := range s.queue {
		switch {
		case s.busy[j.to.PrincipalID]:
		case !j.due.After(now):
			s.queue = append(s.queue[:i], s.queue[i+1:]...)
			s.busy[j.to.PrincipalID] = true
			return j, time.Time{}
		case next.IsZero() || j.due.Before(next):
			next = j.due
		}
	}
	return nil, next
}

// try hands a message over once, and puts it back where another try may do better.
func (s *Service) try(ctx context.Context, j *job) {
	pause, again := s.attempt(ctx, j, s.o.Store.Now())
	s.mu.Lock()
	delete(s.busy, j.to.PrincipalID)
	if again && ctx.Err() == nil {
		j.due = s.o.Store.Now().Add(pause)
		s.queue = append(s.queue, j)
	}
	s.mu.Unlock()
	s.poke()
	s.tried()
}

// attempt is one call of a push service, if the message is still worth telling there. It tells whether, and after what time,
// to call again. A panic is the end of the message.
func (s *Service) attempt(ctx context.Context, j *job, now time.Time) (pause time.Duration, again bool) {
	defer func() {
		if v := recover(); v != nil {
			s.o.Log.Error("push met a panic", "principal", j.to.PrincipalID, "panic", v, "stack", string(debug.Stack()))
			pause, again = 0, false
		}
	}()
	if j.tries++; j.tries > 1 && !now.Before(j.until) {
		return 0, false
	}
	if lasts, err := s.lasts(ctx, &j.to); err != nil || !lasts { // whoever signed out meanwhile is told nothing there
		return firstPause, err != nil && j.tries < maxTries
	}
	r, err := s.via.carry(ctx, &j.to, j.payload, j.topic, max(j.until.Sub(now), leastTTL))
	if ctx.Err() != nil {
		return 0, false
	}
	if err == nil && (r.taken() || r.gone()) {
		s.settle(ctx, &j.to, r, now)
		return 0, false
	}
	pause = firstPause << (2 * (j.tries - 1))
	if r != nil {
		pause = max(pause, retryAfter(r.after, now))
		again = r.passing()
	} else {
		var e *outward.Error
		again = errors.As(err, &e) && (e.Reason == outward.Unreachable || e.Reason == outward.TimedOut)
	}
	again = again && j.tries < maxTries && now.Add(pause).Before(j.until)
	if !again {
		s.o.Log.Warn("push: a message was not taken", "principal", j.to.PrincipalID, "service", hostOf(j.to.Endpoint), "status", statusOf(r), "tries", j.tries, "err", err)
	}
	return pause, again
}

// lasts tells whether a browser is still registered, by a session that is not over.
func (s *Service) lasts(ctx context.Context, to *storage.PushSubscription) (bool, error) {
	list, err := s.o.Store.PushSubscriptions(ctx, to.PrincipalID)
	return slices.ContainsFunc(list, func(p storage.PushSubscription) bool { return p.ID == to.ID }), err
}

// settle notes what a push service said of a browser.
func (s *Service) settle(ctx context.Context, to *storage.PushSubscription, r *receipt, now time.Time) {
	var err error
	switch {
	case r.gone():
		s.o.Log.Info("push: a browser is gone", "principal", to.PrincipalID, "service", hostOf(to.Endpoint))
		err = s.remove(ctx, actor, to)
	case now.Sub(to.Succeeded) >= noteEvery:
		err = s.o.Store.Update(ctx, actor, func(tx *storage.Tx) error { return tx.NotePush(to.ID, now) })
	}
	if err != nil {
		s.o.Log.Error("push: what became of a message is not noted", "err", err)
	}
}

// Show shows the browser of a session now what reminders look like, and waits for its push service. Errors are *Problem.
func (s *Service) Show(ctx context.Context, session *storage.WebSession, language string) error {
	if !s.Possible() {
		return problem(Impossible)
	}
	to, err := s.Registered(ctx, session)
	switch {
	case err != nil:
		return err
	case to == nil:
		return problem(NotRegistered)
	case !s.share(session.PrincipalID).AllowN(s.o.Store.Now(), 1):
		return problem(Often)
	}
	now := s.o.Store.Now()
	m := testMessage(language, now)
	payload, err := m.payload()
	if err != nil {
		return err
	}
	r, err := s.via.carry(ctx, to, payload, m.topic(), max(m.Until.Sub(now), leastTTL))
	switch {
	case err != nil:
		p := problem(Failed)
		p.Err = err
		return p
	case r.taken():
		s.settle(ctx, to, r, now)
		return nil
	case r.gone():
		s.settle(ctx, to, r, now)
		return problem(Gone)
	}
	p := problem(Failed)
	p.Err = errors.New("status " + strconv.Itoa(r.status))
	return p
}

// retryAfter reads that header (RFC 9110 §10.2.3); 0 for none.
func retryAfter(text string, now time.Time) time.Duration {
	if n, err := strconv.ParseInt(text, 10, 32); err == nil {
		return time.Duration(max(n, 0)) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return at.Sub(now)
	}
	return 0
}

func statusOf(r *receipt) int {
	if r == nil {
		return 0
	}
	return r.status
}

// hostOf is what may be said of an endpoint.
func hostOf(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
