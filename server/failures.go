package server

import (
	"net/netip"
	"strings"
	"sync"
	"time"
)

// The bounds of what is remembered of wrong logins.
const (
	failureWindow  = time.Minute
	maxPenalty     = 60 * time.Second
	failureMemory  = 10 * time.Minute // a penalty starts again from 1 s after this
	failureEntries = 20_000
)

// misses are the wrong logins of one name or network.
type misses struct {
	count   int           // in the window
	began   time.Time     // of the window
	penalty time.Duration // the last one given
	until   time.Time     // refused before this
	last    time.Time
}

// failureLimits slow guessing down, per name and per network (/24, /48): some a
// minute are free, then each costs 1, 2, 4 … 60 s.
//
// A name under penalty still may sign in from a network that has failed with
// nobody lately: whoever guesses cannot lock the owner out.
type failureLimits struct {
	free int
	mu   sync.Mutex
	m    map[string]*misses
}

func newFailureLimits(free int) *failureLimits {
	return &failureLimits{free: free, m: make(map[string]*misses)}
}

// keysOf are the entries that a login counts for.
func keysOf(name string, peer netip.Addr) (byName, byNet string) {
	bits := 24
	if peer.Is6() {
		bits = 48
	}
	net := "local"
	if p, err := peer.Prefix(bits); err == nil {
		net = p.String()
	}
	return "name " + strings.ToLower(clip(name, 320)), "net " + net
}

// wait tells how long a login must wait before it is even looked at; 0 is not at
// all.
func (f *failureLimits) wait(name string, peer netip.Addr, now time.Time) time.Duration {
	byName, byNet := keysOf(name, peer)
	f.mu.Lock()
	defer f.mu.Unlock()
	net := f.recent(byNet, now)
	if net == nil {
		return 0
	}
	wait := net.until.Sub(now)
	if n := f.recent(byName, now); n != nil {
		wait = max(wait, n.until.Sub(now))
	}
	return max(wait, 0)
}

// recent is an entry that still counts, or nil.
func (f *failureLimits) recent(key string, now time.Time) *misses {
	e := f.m[key]
	if e == nil || now.Sub(e.last) > failureMemory {
		return nil
	}
	return e
}

// miss counts a wrong login.
func (f *failureLimits) miss(name string, peer netip.Addr, now time.Time) {
	byName, byNet := keysOf(name, peer)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count(byName, now)
	f.count(byNet, now)
}

func (f *failureLimits) count(key string, now time.Time) {
	e := f.recent(key, now)
	if e == nil {
		f.room(now)
		e = &misses{began: now}
		f.m[key] = e
	}
	e.last = now
	if now.Sub(e.began) >= failureWindow && now.Sub(e.until) >= failureWindow {
		e.began, e.count, e.penalty = now, 0, 0
	}
	if e.count++; e.count >= f.free {
		e.penalty = min(max(2*e.penalty, time.Second), maxPenalty)
		e.until = now.Add(e.penalty)
	}
}

// room keeps the memory bounded: it drops what is too old and, if all is new,
// some of it.
func (f *failureLimits) room(now time.Time) {
	if len(f.m) < failureEntries {
		return
	}
	for k, e := range f.m {
		if now.Sub(e.last) > failureMemory {
			delete(f.m, k)
		}
	}
	for k := range f.m {
		if len(f.m) < failureEntries*3/4 {
			return
		}
		delete(f.m, k)
	}
}

// hit forgets a name's wrong logins after a right one. The network's stay: one
// right password does not clear its guesses at others.
func (f *failureLimits) hit(name string, peer netip.Addr) {
	byName, _ := keysOf(name, peer)
	f.mu.Lock()
	delete(f.m, byName)
	f.mu.Unlock()
}
