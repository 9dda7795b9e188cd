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
// Who waits is the name in the network that missed, and for no longer than its own
// last miss cost. So the failures of others never lock out a right password: a name
// that has not failed from a network is looked at at once there, and one that has,
// after 60 s at most. What was right lately does not wait at all, and a wrong
// password that is only repeated, as by a client left with an old one, counts once.
type failureLimits struct {
	free  int
	mu    sync.Mutex
	m     map[string]*misses
	wrong map[mac]wrongLogin
	// suspect is held while a password from a network under penalty is looked at, so
	// that guessing at many names keeps no more than one processor busy.
	suspect chan struct{}
}

// wrongLogin is a credential that was wrong: for whom (0 is nobody of that name), and
// in which generation of passwords.
type wrongLogin struct {
	principal  int64
	generation uint64
	until      time.Time
}

func newFailureLimits(free int) *failureLimits {
	return &failureLimits{free: free, m: make(map[string]*misses), wrong: make(map[mac]wrongLogin), suspect: make(chan struct{}, 1)}
}

// keysOf are the entries that a login counts for.
func keysOf(name string, peer netip.Addr) (byName, byNet, byBoth string) {
	bits := 24
	if peer.Is6() {
		bits = 48
	}
	net := "local"
	if p, err := peer.Prefix(bits); err == nil {
		net = p.String()
	}
	name = strings.ToLower(clip(name, 320))
	return "name " + name, "net " + net, "both " + net + " " + name
}

// wait tells how long a login must wait before it is even looked at; 0 is not at
// all.
func (f *failureLimits) wait(name string, peer netip.Addr, now time.Time) time.Duration {
	_, _, byBoth := keysOf(name, peer)
	f.mu.Lock()
	defer f.mu.Unlock()
	if e := f.recent(byBoth, now); e != nil {
		return max(e.until.Sub(now), 0)
	}
	return 0
}

// suspected tells whether a network is under penalty.
func (f *failureLimits) suspected(peer netip.Addr, now time.Time) bool {
	_, byNet, _ := keysOf("", peer)
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.recent(byNet, now)
	return e != nil && now.Before(e.until)
}

// knownWrong gives what is remembered of a wrong credential.
func (f *failureLimits) knownWrong(m mac, now time.Time) (wrongLogin, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w, ok := f.wrong[m]
	return w, ok && now.Before(w.until)
}

// remember keeps a wrong credential in mind.
func (f *failureLimits) remember(m mac, w wrongLogin, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.wrong) >= failureEntries {
		left := failureEntries / 4
		for k := range f.wrong {
			if left == 0 {
				break
			}
			delete(f.wrong, k)
			left--
		}
	}
	w.until = now.Add(failureMemory)
	f.wrong[m] = w
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
	byName, byNet, byBoth := keysOf(name, peer)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count(byName, now)
	f.count(byNet, now)
	f.count(byBoth, now)
	both := f.m[byBoth]
	for _, key := range []string{byName, byNet} {
		if e := f.m[key]; e != nil && e.until.After(both.until) {
			both.until = e.until
		}
	}
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
	byName, _, byBoth := keysOf(name, peer)
	f.mu.Lock()
	delete(f.m, byName)
	delete(f.m, byBoth)
	f.mu.Unlock()
}

// codeKey is what wrong second factors of a principal are counted under.
func codeKey(name string) string { return "code " + name }

// codeWait tells how long a second factor must wait before it is looked at.
func (f *failureLimits) codeWait(name string, now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if e := f.recent(codeKey(name), now); e != nil {
		return max(e.until.Sub(now), 0)
	}
	return 0
}

// codeMiss counts a wrong second factor.
func (f *failureLimits) codeMiss(name string, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count(codeKey(name), now)
}

// codeHit forgets a principal's wrong second factors.
func (f *failureLimits) codeHit(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.m, codeKey(name))
}
