package web

import (
	"net/netip"
	"sync"
	"time"
)

// buckets let each network ask so often: a number at once, and as many again each minute. Those that have not asked for
// long are forgotten; with too many of them all are, which is a moment's mildness.
type buckets struct {
	most float64
	now  func() time.Time

	mu  sync.Mutex
	all map[netip.Prefix]*bucket
}

type bucket struct {
	left float64
	at   time.Time
}

// maxBuckets bounds the memory.
const maxBuckets = 20_000

func newBuckets(perMinute int, now func() time.Time) *buckets {
	return &buckets{most: float64(perMinute), now: now, all: map[netip.Prefix]*bucket{}}
}

// take takes n from the bucket of an address, and tells whether that was there.
func (b *buckets) take(peer netip.Addr, n float64) bool {
	bits := 32
	if peer.Is6() && !peer.Is4In6() {
		bits = 64 // one household
	}
	key, err := peer.Unmap().WithZone("").Prefix(bits)
	if err != nil {
		key = netip.Prefix{} // a unix socket: the proxy there is trusted, and names somebody
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	one := b.all[key]
	if one == nil {
		b.tidy(now)
		one = &bucket{b.most, now}
		b.all[key] = one
	}
	one.left = min(b.most, one.left+max(0, now.Sub(one.at).Minutes())*b.most)
	one.at = now
	if one.left < n {
		if n > 1 {
			one.left = 0 // what is left pays for a part
		}
		return false
	}
	one.left -= n
	return true
}

// tidy makes room; the caller holds the lock.
func (b *buckets) tidy(now time.Time) {
	if len(b.all) < maxBuckets {
		return
	}
	for key, one := range b.all {
		if now.Sub(one.at) > time.Minute {
			delete(b.all, key)
		}
	}
	if len(b.all) >= maxBuckets {
		clear(b.all)
	}
}
