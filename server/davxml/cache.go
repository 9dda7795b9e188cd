package davxml

import "sync"

// Cache maps small request bodies to their trees: clients poll with equal bodies.
// It is safe for concurrent use; the zero value caches nothing.
type Cache struct {
	mu      sync.RWMutex
	entries map[string]*Node
	max     int // entries
}

// MaxCachedBytes is the longest body that is kept.
const MaxCachedBytes = 2 << 10

// NewCache makes a cache for max bodies.
func NewCache(max int) *Cache { return &Cache{entries: make(map[string]*Node, max), max: max} }

// Parse is Parse that remembers. The tree does not refer to body unless body is longer than MaxCachedBytes.
func (c *Cache) Parse(body []byte) (*Node, error) {
	if len(body) > MaxCachedBytes || c.max == 0 {
		return Parse(body)
	}
	c.mu.RLock()
	n := c.entries[string(body)]
	c.mu.RUnlock()
	if n != nil {
		return n, nil
	}
	key := string(body)
	n, err := Parse([]byte(key))
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for k := range c.entries { // any victim will do: a body that is polled with comes back at once
		if len(c.entries) < c.max {
			break
		}
		delete(c.entries, k)
	}
	c.entries[key] = n
	return n, nil
}
