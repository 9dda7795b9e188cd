package storage

import "sync"

// objectBytes is what a cached object takes besides its bytes and names.
const objectBytes = 560

const cacheShards = 16

// objectCache keeps objects by the row of their bytes, which never change. It is bounded in
// bytes, memos counted, and drops what was not used longest.
type objectCache struct {
	shards [cacheShards]cacheShard
}

type cacheShard struct {
	mu    sync.Mutex
	limit int64
	bytes int64
	cells map[int64]*cell
	root  cell // ring: root.next was used last
}

type cell struct {
	o          *Object
	cost       int64
	prev, next *cell
}

// memo is the parsed form that someone above keeps with an object.
type memo struct {
	value any
	cost  int64
}

func newObjectCache(limit int64) *objectCache {
	c := new(objectCache)
	for i := range c.shards {
		s := &c.shards[i]
		s.limit, s.cells = limit/cacheShards, map[int64]*cell{}
		s.root.prev, s.root.next = &s.root, &s.root
	}
	return c
}

func (c *objectCache) shard(blob int64) *cacheShard { return &c.shards[uint64(blob)%cacheShards] }

// get gives the object with the bytes of m as m describes it, or nil.
func (c *objectCache) get(m *Member) *Object {
	s := c.shard(m.blob)
	s.mu.Lock()
	x := s.cells[m.blob]
	if x == nil {
		s.mu.Unlock()
		return nil
	}
	x.unlink()
	s.pushFront(x)
	o := x.o
	s.mu.Unlock()
	if o.Change == m.Change && o.CollectionID == m.CollectionID {
		return o
	}
	moved := &Object{Member: *m, Data: o.Data}
	moved.memo.Store(o.memo.Load())
	c.add(moved)
	return moved
}

// peek gives the object of a row of bytes as it is cached, or nil.
func (c *objectCache) peek(blob int64) *Object {
	s := c.shard(blob)
	s.mu.Lock()
	defer s.mu.Unlock()
	if x := s.cells[blob]; x != nil {
		return x.o
	}
	return nil
}

// add keeps an object, in place of what had its bytes.
func (c *objectCache) add(o *Object) {
	o.cache.Store(c)
	s := c.shard(o.blob)
	s.mu.Lock()
	defer s.mu.Unlock()
	if x := s.cells[o.blob]; x != nil {
		s.drop(x)
	}
	x := &cell{o: o, cost: o.cost()}
	if x.cost > s.limit {
		return
	}
	s.cells[o.blob] = x
	s.pushFront(x)
	s.bytes += x.cost
	s.shrink()
}

func (o *Object) cost() int64 {
	n := int64(objectBytes + len(o.Data) + len(o.Name))
	if m := o.memo.Load(); m != nil {
		n += m.cost
	}
	return n
}

// recount brings the cost of an object up to date after it got a memo.
func (c *objectCache) recount(o *Object) {
	s := c.shard(o.blob)
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.cells[o.blob]
	if x == nil || x.o != o {
		return
	}
	cost := o.cost()
	s.bytes += cost - x.cost
	x.cost = cost
	s.shrink()
}

// publish keeps what was committed.
func (c *objectCache) publish(list []*Object) {
	for _, o := range list {
		c.add(o)
	}
}

func (s *cacheShard) shrink() {
	for s.bytes > s.limit {
		s.drop(s.root.prev)
	}
}

func (s *cacheShard) drop(x *cell) {
	x.unlink()
	delete(s.cells, x.o.blob)
	s.bytes -= x.cost
}

func (s *cacheShard) pushFront(x *cell) {
	x.prev, x.next = &s.root, s.root.next
	x.prev.next, x.next.prev = x, x
}

func (x *cell) unlink() { x.prev.next, x.next.prev = x.next, x.prev }
