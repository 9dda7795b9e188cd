package davxml

import "sync"

// Cache maps small request bodies to what was made of them: clients poll with equal bodies.
// It is safe for concurrent use.
type Cache[T any] struct {
	mu      sync.RWMutex
	entries map[string]T
	max     int // entries
	make    func(*Node) (T, error)
}

// MaxCachedBytes is the longest body that is kept.
const MaxCachedBytes = 2 << 10

// NewCache makes a cache for max bodies. What made gives is shared between requests and must not change.
func NewCache[T any](max int, made func(*Node) (T, error)) *Cache[T] {
	return &Cache[T]{entries: make(map[string]T, max), max: max, make: made}
}

// Parse reads body unless an equal one was read before. The result does not refer to body unless that is
// longer than MaxCachedBytes.
func (c *Cache[T]) Parse(body []byte) (T, error) {
	if len(body) > MaxCachedBytes {
		return c.parse(body)
	}
	c.mu.RLock()
	t, ok := c.entries[string(body)]
	c.mu.RUnlock()
	if ok {
		return t, nil
	}
	key := string(body)
	t, err := c.parse([]byte(key))
	if err != nil {
		return t, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for k := range c.entries { // any victim will do: a body that is polled with comes back at once
		if len(c.entries) < c.max {
			break
		}
		delete(c.entries, k)
	}
	c.entries[key] = t
	return t, nil
}

func (c *Cache[T]) parse(body []byte) (T, error) {
	n, err := Parse(body)
	if err != nil {
		var none T
		return none, err
	}
	return c.make(n)
}
