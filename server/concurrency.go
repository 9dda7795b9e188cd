package server

import (
	"context"
	"errors"
	"hash/maphash"
	"sync"
)

// gaugeShards spreads the counters of a gauge over locks.
const gaugeShards = 16

// gauge counts what is under way for each key and refuses beyond max. A key
// that has nothing under way takes no memory.
type gauge[K comparable] struct {
	max    int
	seed   maphash.Seed
	shards [gaugeShards]struct {
		sync.Mutex
		n map[K]int
		_ [40]byte // keeps neighbours off one cache line
	}
}

func newGauge[K comparable](max int) *gauge[K] {
	g := &gauge[K]{max: max, seed: maphash.MakeSeed()}
	for i := range g.shards {
		g.shards[i].n = make(map[K]int)
	}
	return g
}

// enter counts one more for key; false is over the limit and counts nothing.
func (g *gauge[K]) enter(key K) bool {
	sh := &g.shards[maphash.Comparable(g.seed, key)%gaugeShards]
	sh.Lock()
	defer sh.Unlock()
	n := sh.n[key]
	if n >= g.max {
		return false
	}
	sh.n[key] = n + 1
	return true
}

// leave takes back one enter.
func (g *gauge[K]) leave(key K) {
	sh := &g.shards[maphash.Comparable(g.seed, key)%gaugeShards]
	sh.Lock()
	defer sh.Unlock()
	if n := sh.n[key]; n > 1 {
		sh.n[key] = n - 1
	} else {
		delete(sh.n, key)
	}
}

// Enter counts the request of a context among those at once of who, until it ends or becomes a stream; false is over the
// limit. Pages do it, which know by a cookie whose a request is; on DAV paths the server does. Outside of requests there is
// no bound.
func Enter(ctx context.Context, who int64) bool {
	q := current(ctx)
	if q == nil || q.root().users == nil || q.root().leave != nil {
		return true
	}
	q = q.root()
	if !q.users.enter(who) {
		return false
	}
	q.leave = sync.OnceFunc(func() { q.users.leave(who) })
	return true
}

// errOverload is a full queue.
var errOverload = errors.New("too many reports are waiting")

// gate lets some work run at once and some wait.
type gate struct {
	running chan struct{}
	waiting chan struct{}
}

func newGate(running, waiting int) *gate {
	return &gate{running: make(chan struct{}, running), waiting: make(chan struct{}, waiting)}
}

// enter waits for a place; it fails with errOverload when the queue is full and
// with the context's error when that ends first.
func (g *gate) enter(ctx context.Context) (*slot, error) {
	s := &slot{gate: g}
	select {
	case g.running <- struct{}{}:
		s.held = true
		return s, nil
	default:
	}
	select {
	case g.waiting <- struct{}{}:
	default:
		return nil, errOverload
	}
	defer func() { <-g.waiting }()
	select {
	case g.running <- struct{}{}:
		s.held = true
		return s, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Dear takes a place among the dear reports for the rest of a request that costs as much as one. It waits
// for it; an error says that too many wait already (503), or that the request ended. Outside of requests there is no bound.
func Dear(ctx context.Context) error {
	q := current(ctx)
	if q == nil || q.gate == nil || q.dear != nil {
		return nil
	}
	place, err := q.gate.enter(q)
	if err == nil {
		q.dear = place
	}
	return err
}

// slot is one place at work. It is given back while its request waits for the
// wire, so that slow readers hold up nobody's report.
type slot struct {
	gate *gate
	held bool
}

// pause gives the place back for as long as the wire takes. A nil slot is a
// request that needs none.
func (s *slot) pause() {
	if s != nil && s.held {
		<-s.gate.running
		s.held = false
	}
}

// resume takes a place again, ahead of none: work that has begun is finished.
func (s *slot) resume() {
	if s != nil && !s.held {
		s.gate.running <- struct{}{}
		s.held = true
	}
}
