package storage

import (
	"sync"
	"sync/atomic"
)

// entry is a line of a member log. first and last repeat the member's, so that a scan by time
// reads nothing else.
type entry struct {
	first, last int64
	superseded  uint64 // change that replaced this line, or 0; read and written atomically
	m           *Member
}

// live tells whether the line counts in the state at change.
func (e *entry) live(change uint64) bool {
	s := atomic.LoadUint64(&e.superseded)
	return s == 0 || s > change
}

// memberLog holds the members of a collection, tombstones among them, in the order of their
// changes. It grows at its end; a line that a later one replaces is marked. So a snapshot is
// a prefix with a change number, and costs nothing. When more lines are dead than live the
// log is written anew; snapshots keep the old one. A mark that a snapshot does not see, since
// the log was copied meanwhile, is newer than the snapshot.
type memberLog struct {
	collection int64
	ready      chan struct{} // closed when loaded
	err        error         // of loading

	mu      sync.RWMutex
	loading bool
	pending []*Member // committed while loading
	entries []entry
	names   map[string]int32 // newest line of each name
	change  uint64
	live    int // members
	dead    int // superseded lines
	bytes   int64

	cur  atomic.Pointer[Listing]
	used atomic.Int64 // when last asked for, by the clock of listings
}

func newMemberLog(collection int64) *memberLog {
	return &memberLog{collection: collection, ready: make(chan struct{}), names: map[string]int32{}}
}

const entryBytes = 32 + 280 + 40 // line, member and place in the map of names, without its strings

func (l *memberLog) append(m *Member) {
	if i, ok := l.names[m.Name]; ok {
		old := &l.entries[i]
		atomic.StoreUint64(&old.superseded, m.Change)
		l.dead++
		if !old.m.deleted {
			l.live--
		}
	}
	if !m.deleted {
		l.live++
	}
	l.names[m.Name] = int32(len(l.entries))
	l.entries = append(l.entries, entry{first: m.First, last: m.Last, m: m})
	l.change = max(l.change, m.Change)
	l.bytes += entryBytes + int64(len(m.Name)+len(m.UID)+len(m.ScheduleTag))
}

// compact writes the log anew without its dead lines.
func (l *memberLog) compact() {
	kept := make([]entry, 0, len(l.entries)-l.dead)
	l.bytes = 0
	for i := range l.entries {
		e := &l.entries[i]
		if atomic.LoadUint64(&e.superseded) != 0 {
			continue
		}
		l.names[e.m.Name] = int32(len(kept))
		kept = append(kept, entry{first: e.first, last: e.last, m: e.m})
		l.bytes += entryBytes + int64(len(e.m.Name)+len(e.m.UID)+len(e.m.ScheduleTag))
	}
	l.entries, l.dead = kept, 0
}

// show makes the present state the one that readers get.
func (l *memberLog) show() {
	if l.dead > 64 && l.dead > len(l.entries)/2 {
		l.compact()
	}
	l.cur.Store(&Listing{log: l, entries: l.entries, change: l.change, live: l.live})
}

// apply takes committed changes over, in order. It gives the growth in bytes.
func (l *memberLog) apply(changed []*Member) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.loading {
		l.pending = append(l.pending, changed...)
		return 0
	}
	before := l.bytes
	for _, m := range changed {
		l.append(m)
	}
	l.show()
	return l.bytes - before
}

// member gives the newest committed state of a name: nil if it never was, or a tombstone.
func (l *memberLog) member(name string) *Member {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if i, ok := l.names[name]; ok {
		return l.entries[i].m
	}
	return nil
}

// fork copies the log, for a transaction to add to.
func (l *memberLog) fork() *memberLog {
	l.mu.RLock()
	defer l.mu.RUnlock()
	f := newMemberLog(l.collection)
	f.change, f.live = l.change, l.live
	f.entries = make([]entry, 0, len(l.entries)+8)
	for i := range l.entries {
		e := &l.entries[i]
		if atomic.LoadUint64(&e.superseded) == 0 {
			f.names[e.m.Name] = int32(len(f.entries))
			f.entries = append(f.entries, entry{first: e.first, last: e.last, m: e.m})
		}
	}
	return f
}
