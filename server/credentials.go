package server

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"
)

// The bounds of the credential cache.
const (
	credentialShards   = 16
	credentialsInShard = 4096
	maxHeaderForCache  = 4 << 10 // longer Authorization headers are never right
)

// mac is a name for a credential that tells nothing about it.
type mac [sha256.Size]byte

// credential is a login that was verified: whose, and in which generation of that
// principal's passwords.
type credential struct {
	principal  int64
	generation uint64
	until      int64 // unix nanoseconds
}

// credentialCache remembers verified logins. Argon2id is slow by design and DAV
// clients send Basic with every request. The key is an HMAC-SHA-256 of the
// Authorization header under a key that this process made and keeps, so a dump
// of the cache is no list of passwords.
type credentialCache struct {
	inner, outer [64]byte // RFC 2104: the key with ipad and opad
	ttl          time.Duration
	shards       [credentialShards]struct {
		sync.RWMutex
		m map[mac]credential
		_ [32]byte
	}
}

func newCredentialCache(ttl time.Duration) (*credentialCache, error) {
	c := &credentialCache{ttl: ttl}
	var key [64]byte
	if _, err := rand.Read(key[:]); err != nil {
		return nil, err
	}
	for i, k := range key {
		c.inner[i], c.outer[i] = k^0x36, k^0x5c
	}
	for i := range c.shards {
		c.shards[i].m = make(map[mac]credential)
	}
	return c, nil
}

// name is the HMAC of a header. It allocates nothing for headers of usual
// length.
func (c *credentialCache) name(header string) mac {
	var buf [512]byte
	b := append(buf[:0], c.inner[:]...)
	b = append(b, header...)
	in := sha256.Sum256(b)
	var out [64 + sha256.Size]byte
	copy(out[:64], c.outer[:])
	copy(out[64:], in[:])
	return sha256.Sum256(out[:])
}

// get is the login known under a name; false when unknown or too old, and then what
// was known of it.
func (c *credentialCache) get(m mac, now time.Time) (credential, bool) {
	sh := &c.shards[m[0]%credentialShards]
	sh.RLock()
	cr, ok := sh.m[m]
	sh.RUnlock()
	return cr, ok && now.UnixNano() < cr.until
}

// put remembers a verified login. A full shard forgets an eighth of its entries,
// whichever the map gives first: they cost their owners one slow login each.
func (c *credentialCache) put(m mac, principal int64, generation uint64, now time.Time) {
	sh := &c.shards[m[0]%credentialShards]
	sh.Lock()
	defer sh.Unlock()
	if len(sh.m) >= credentialsInShard {
		left := credentialsInShard / 8
		for k := range sh.m {
			if left == 0 {
				break
			}
			delete(sh.m, k)
			left--
		}
	}
	sh.m[m] = credential{principal, generation, now.Add(c.ttl).UnixNano()}
}

// drop forgets one login.
func (c *credentialCache) drop(m mac) {
	sh := &c.shards[m[0]%credentialShards]
	sh.Lock()
	delete(sh.m, m)
	sh.Unlock()
}

// idSource names requests: eight random bytes of this start, counted up.
type idSource struct {
	mu     sync.Mutex
	next64 uint64
}

func newIDSource() *idSource {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails; Go ends the process first
	return &idSource{next64: binary.BigEndian.Uint64(b[:])}
}

// next is a request id of 16 hexadecimal digits, unique in this process.
func (i *idSource) next() string {
	const digits = "0123456789abcdef"
	i.mu.Lock()
	i.next64 += 0x9e3779b97f4a7c15 // odd, so all 2^64 are met once
	n := i.next64
	i.mu.Unlock()
	var b [16]byte
	for k := range b {
		b[k] = digits[n>>(60-4*k)&15]
	}
	return string(b[:])
}
