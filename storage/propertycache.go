package storage

import (
	"slices"
	"sync"
)

// propertyCacheBytes bounds the dead properties that are kept in memory.
const propertyCacheBytes = 1 << 20

// propertyCache keeps the dead properties of collections as committed: each invitation asks for those of an inbox. When
// it is full it is emptied.
type propertyCache struct {
	mu    sync.RWMutex
	lists map[Ref]map[int64][]Property // by the principal who asked
	bytes int
	state uint64 // grows with each change
}

func newPropertyCache() *propertyCache {
	return &propertyCache{lists: map[Ref]map[int64][]Property{}}
}

// get gives a list that is the caller's. Else it tells the state that what is read now belongs to.
func (k *propertyCache) get(ref Ref, principalID int64) (list []Property, state uint64, ok bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	list, ok = k.lists[ref][principalID]
	return slices.Clone(list), k.state, ok
}

// add keeps what was read, unless something changed since that state.
func (k *propertyCache) add(ref Ref, principalID int64, list []Property, state uint64) {
	size := 200
	for _, p := range list {
		size += 100 + len(p.Space) + len(p.Local) + len(p.XML)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.state != state || size > propertyCacheBytes/4 {
		return
	}
	if k.bytes += size; k.bytes > propertyCacheBytes {
		clear(k.lists)
		k.bytes = size
	}
	if k.lists[ref] == nil {
		k.lists[ref] = map[int64][]Property{}
	}
	k.lists[ref][principalID] = slices.Clone(list)
}

// publish forgets what a commit changed.
func (k *propertyCache) publish(c *changes) {
	if len(c.properties) == 0 && !c.allProperties {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.state++
	if c.allProperties {
		clear(k.lists)
		k.bytes = 0
	}
	for ref := range c.properties {
		delete(k.lists, ref)
	}
}
