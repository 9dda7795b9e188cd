package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"convoke/storage"
)

// What a page may be told of a sign-in that failed.
var (
	ErrCredentials = errors.New("name, password, code or token is wrong")
	ErrPlain       = errors.New("signing in needs an encrypted connection")
)

// WaitError says that too many were wrong before: nothing is looked at for a while.
type WaitError struct{ Wait time.Duration }

func (e *WaitError) Error() string { return fmt.Sprintf("too many wrong passwords: wait %s", e.Wait) }

// Seconds is how long to wait, for Retry-After.
func (e *WaitError) Seconds() int { return int((e.Wait + time.Second - 1) / time.Second) }

// CheckAccount tells whose name or mail address and account password these are, under the limits that Basic is under and
// at the same cost for names that nobody has. It fails with ErrCredentials, ErrPlain, a *WaitError, or an error of the
// store. What was wrong before is forgotten only when the caller says that all was right, with SignedIn.
func (s *Server) CheckAccount(ctx context.Context, name, password string) (*storage.Principal, error) {
	q := current(ctx)
	switch {
	case q == nil || !q.secure:
		return nil, ErrPlain
	case name == "" || password == "" || len(name) > maxPasswordBytes || len(password) > maxPasswordBytes:
		return nil, ErrCredentials
	}
	t := &attempt{
		mac: s.logins.name("account\x00" + name + "\x00" + password), name: name, password: password,
		who: s.whose(q, name), at: s.now(), account: true,
	}
	switch what, wait := s.judge(q, t); what {
	case signedIn:
		return t.found, nil
	case mustWait:
		return nil, &WaitError{wait}
	case cannotTell:
		if q.err == nil {
			return nil, context.Cause(q)
		}
		return nil, q.err
	}
	return nil, ErrCredentials
}

// SignedIn forgets what was wrong before, of a name in the network of this request.
func (s *Server) SignedIn(ctx context.Context, p *storage.Principal) {
	if q := current(ctx); q != nil {
		s.failures.hit(p.Name, q.peer)
	}
}

// CheckCode has a second factor looked at, unless too many were wrong: only who knows the password gets so far, so wrong
// ones count for the person in all networks together. right tells whether it fits. Errors are as CheckAccount's.
func (s *Server) CheckCode(ctx context.Context, p *storage.Principal, right func() (bool, error)) error {
	q := current(ctx)
	if q == nil {
		return ErrPlain
	}
	s.codes.Lock() // one at a time: many at once would all be looked at before one counts
	defer s.codes.Unlock()
	now := s.now()
	if wait := s.failures.codeWait(p.Name, now); wait > 0 {
		s.metrics.loginsRefused.Inc()
		return &WaitError{wait}
	}
	ok, err := right()
	if err != nil {
		return err
	}
	if !ok {
		s.failures.codeMiss(p.Name, now)
		s.metrics.loginsFailed.Inc()
		s.wrong(q, &attempt{name: p.Name, who: p}, slog.LevelWarn, "wrong code")
		return ErrCredentials
	}
	s.failures.codeHit(p.Name)
	return nil
}
