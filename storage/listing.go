package storage

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Listing is an immutable snapshot of the members of a collection at one change.
type Listing struct {
	log     *memberLog
	entries []entry
	change  uint64
	live    int
}

// CollectionID names the collection.
func (l *Listing) CollectionID() int64 { return l.log.collection }

// Change is the number of the newest change in it: the sync token of an answer made from it.
func (l *Listing) Change() uint64 { return l.change }

// Len is the number of members.
func (l *Listing) Len() int { return l.live }

// All gives the members in the order of their last change.
func (l *Listing) All() iter.Seq[*Member] {
	return func(yield func(*Member) bool) {
		for i := range l.entries {
			if i%ahead == 0 {
				l.fetch(i)
			}
			e := &l.entries[i]
			if !e.m.deleted && e.live(l.change) && !yield(e.m) {
				return
			}
		}
	}
}

// ahead is how many members are fetched at once.
const ahead = 64

// fetch reads a little of the next members, one after another: their memory then comes in together, where whoever
// writes an answer would wait for it member by member. It makes a listing of 10,000 a third quicker.
func (l *Listing) fetch(from int) {
	var sum byte
	for i := from; i < min(from+ahead, len(l.entries)); i++ { // by index: a copy would read what the writer marks
		if m := l.entries[i].m; !m.deleted && m.Name != "" && m.ETag != "" {
			sum += m.Name[0] + m.ETag[0] + byte(m.Change)
		}
	}
	fetched.Store(uint32(sum))
}

// fetched takes what fetch read, so that the compiler lets it.
var fetched atomic.Uint32

// Since gives what changed after change n, in order, each name once; deleted tells that the
// name is gone (only Name, CollectionID and Change of the member then count).
func (l *Listing) Since(n uint64) iter.Seq2[*Member, bool] {
	return func(yield func(*Member, bool) bool) {
		from := sort.Search(len(l.entries), func(i int) bool { return l.entries[i].m.Change > n })
		for i := from; i < len(l.entries); i++ {
			if (i-from)%ahead == 0 {
				l.fetch(i)
			}
			e := &l.entries[i]
			if e.live(l.change) && !yield(e.m, e.m.deleted) {
				return
			}
		}
	}
}

// Overlapping gives the members whose span touches [from, to] (unix seconds), in the order of their last change: candidates, to
// be decided exactly. Past and Future leave an end open.
func (l *Listing) Overlapping(from, to int64) iter.Seq[*Member] {
	return func(yield func(*Member) bool) {
		for i := range l.entries {
			e := &l.entries[i]
			if e.first > to || e.last < from {
				continue
			}
			if !e.m.deleted && e.live(l.change) && !yield(e.m) {
				return
			}
		}
	}
}

// Member gives a member by name.
func (l *Listing) Member(name string) (*Member, bool) {
	m := l.log.member(name)
	if m == nil {
		return nil, false
	}
	if m.Change <= l.change {
		return m, !m.deleted
	}
	for i := len(l.entries) - 1; i >= 0; i-- { // it changed since: rare
		if e := &l.entries[i]; e.m.Name == name {
			return e.m, !e.m.deleted
		}
	}
	return nil, false
}

// listings holds the member logs of collections in use, bounded in bytes: the one asked for
// last always stays, others go in the order of their use.
type listings struct {
	limit int64
	clock atomic.Int64

	mu     sync.RWMutex
	logs   map[int64]*memberLog
	misses map[int64]int // reads of single objects, by collection without a log
	bytes  int64
}

func newListings(limit int64) *listings {
	return &listings{limit: limit, logs: map[int64]*memberLog{}, misses: map[int64]int{}}
}

// logBytes is what an empty log takes.
const logBytes = 400

// get gives the log of a collection if it is loaded, else nil.
func (ls *listings) get(collID int64) *memberLog {
	ls.mu.RLock()
	l := ls.logs[collID]
	ls.mu.RUnlock()
	if l == nil || l.cur.Load() == nil {
		return nil
	}
	l.used.Store(ls.clock.Add(1))
	return l
}

// missed tells whether reads of single objects make it worth while to load a collection's log.
func (ls *listings) missed(collID int64) bool {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.misses[collID]++
	if ls.misses[collID] < 16 {
		if len(ls.misses) > 10_000 {
			clear(ls.misses)
		}
		return false
	}
	delete(ls.misses, collID)
	return true
}

// publish takes over what a commit changed. A new collection begins with an empty log, so
// that filling it never needs a load.
func (ls *listings) publish(c *changes) {
	for id, n := range c.collections {
		switch {
		case n == nil:
			ls.forget(id, nil)
		case c.created[id]:
			ls.begin(id)
		}
	}
	rest := c.log
	if len(rest) > 1 {
		slices.SortStableFunc(rest, func(a, b *Member) int { return cmp.Compare(a.CollectionID, b.CollectionID) })
	}
	for len(rest) > 0 {
		id, n := rest[0].CollectionID, 1
		for n < len(rest) && rest[n].CollectionID == id {
			n++
		}
		ls.mu.RLock()
		l := ls.logs[id]
		ls.mu.RUnlock()
		if l != nil {
			ls.grow(l, l.apply(rest[:n]))
		}
		rest = rest[n:]
	}
}

// begin gives the log of a new collection, which is empty.
func (ls *listings) begin(id int64) {
	l := newMemberLog(id)
	close(l.ready)
	l.show()
	ls.mu.Lock()
	ls.logs[id] = l
	ls.mu.Unlock()
	ls.grow(l, logBytes)
}

// forget drops a log; only if it is l, unless l is nil.
func (ls *listings) forget(id int64, l *memberLog) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	have := ls.logs[id]
	if have == nil || l != nil && have != l {
		return
	}
	delete(ls.logs, id)
	ls.bytes -= have.size()
}

func (l *memberLog) size() int64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.loading {
		return 0
	}
	return logBytes + l.bytes
}

// grow counts bytes of a log and drops others beyond the bound.
func (ls *listings) grow(l *memberLog, n int64) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.bytes += n
	if ls.bytes <= ls.limit {
		return
	}
	type old struct {
		id   int64
		used int64
		l    *memberLog
	}
	var list []old
	for id, o := range ls.logs {
		if o != l && o.cur.Load() != nil {
			list = append(list, old{id, o.used.Load(), o})
		}
	}
	slices.SortFunc(list, func(a, b old) int { return cmp.Compare(a.used, b.used) })
	// A quarter more than needed, so that this is not done for each write.
	for _, o := range list {
		if ls.bytes <= ls.limit-ls.limit/4 {
			break
		}
		delete(ls.logs, o.id)
		ls.bytes -= o.l.size()
	}
}

// Listing gives the members of a collection as last committed, or ErrNotFound.
func (s *Store) Listing(ctx context.Context, collID int64) (*Listing, error) {
	l, err := s.members(ctx, collID)
	if err != nil {
		return nil, err
	}
	return l.cur.Load(), nil
}

// members gives the log of a collection, loaded.
func (s *Store) members(ctx context.Context, collID int64) (*memberLog, error) {
	if l := s.listings.get(collID); l != nil {
		return l, nil
	}
	if _, err := s.catalog.get(collID); err != nil {
		return nil, err
	}
	ls := s.listings
	ls.mu.Lock()
	l := ls.logs[collID]
	if l != nil {
		ls.mu.Unlock()
		select {
		case <-l.ready:
			return l, l.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	l = newMemberLog(collID)
	l.loading = true
	l.used.Store(ls.clock.Add(1))
	ls.logs[collID] = l
	ls.mu.Unlock()
	return l, s.loadMembers(context.WithoutCancel(ctx), l)
}

// loadMembers fills a log that others may wait for. The log was entered before the snapshot
// was taken, so what is committed later than the snapshot is pending in it.
func (s *Store) loadMembers(ctx context.Context, l *memberLog) (err error) {
	defer func() {
		if l.err = err; err != nil {
			s.listings.forget(l.collection, l)
		}
		close(l.ready)
	}()
	var change int64
	var list []*Member
	err = s.read(ctx, true, func(c *session) (err error) {
		if err := c.row("SELECT change FROM collection WHERE id = ?", []any{l.collection}, &change); err != nil {
			return err
		}
		list, err = readMembers(c, l.collection)
		return err
	})
	if err != nil {
		return fmt.Errorf("list collection %d: %w", l.collection, err)
	}
	l.mu.Lock()
	l.entries = make([]entry, 0, len(list)+len(list)/8)
	l.names = make(map[string]int32, len(list))
	for _, m := range list {
		l.append(m)
	}
	l.change = max(l.change, uint64(change))
	for _, m := range l.pending {
		if m.Change > uint64(change) {
			l.append(m)
		}
	}
	l.loading, l.pending = false, nil
	l.show()
	n := logBytes + l.bytes
	l.mu.Unlock()
	s.listings.grow(l, n)
	return nil
}

const memberColumns = `collection_id, name, id, blob_id, change, etag, size, uid, component, role, first, last,
	recurring, floating, content_type, schedule_tag, created, modified`

// memberColumnsOf is memberColumns where other tables have an id too.
const memberColumnsOf = `collection_id, name, object.id, blob_id, change, etag, size, uid, component, role, first, last,
	recurring, floating, content_type, schedule_tag, created, modified`

// scanMember reads memberColumns. etag is scratch space.
func scanMember(r *sql.Rows, etag *sql.RawBytes) (*Member, error) {
	return scanMemberWith(r, etag, nil, nil)
}

// scanMemberWith reads memberColumns with others before and after.
func scanMemberWith(r *sql.Rows, etag *sql.RawBytes, before, after []any) (*Member, error) {
	m := new(Member)
	var change, created, modified int64
	dest := append(make([]any, 0, 20), before...)
	dest = append(dest, &m.CollectionID, &m.Name, &m.ID, &m.blob, &change, etag, &m.Size, &m.UID, &m.Component, &m.Role, &m.First, &m.Last,
		&m.Recurring, &m.Floating, &m.ContentType, &m.ScheduleTag, &created, &modified)
	if err := r.Scan(append(dest, after...)...); err != nil {
		return nil, err
	}
	m.Change, m.ETag = uint64(change), quoteTag(*etag)
	m.Created, m.Modified = time.Unix(created, 0).UTC(), time.Unix(modified, 0).UTC()
	m.Component, m.Role, m.ContentType = intern(m.Component), intern(m.Role), intern(m.ContentType)
	if m.UID != "" && strings.HasPrefix(m.Name, m.UID) {
		m.UID = m.Name[:len(m.UID)] // mostly the name is the UID with a suffix
	}
	return m, nil
}

// readMembers gives all members and tombstones of a collection in the order of their changes.
func readMembers(c *session, collID int64) ([]*Member, error) {
	var list []*Member
	var etag sql.RawBytes
	err := c.each("SELECT "+memberColumns+" FROM object WHERE collection_id = ?", []any{collID}, func(r *sql.Rows) error {
		m, err := scanMember(r, &etag)
		list = append(list, m)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = c.each("SELECT name, change FROM tombstone WHERE collection_id = ?", []any{collID}, func(r *sql.Rows) error {
		var change int64
		m := &Member{CollectionID: collID, deleted: true}
		err := r.Scan(&m.Name, &change)
		m.Change = uint64(change)
		list = append(list, m)
		return err
	})
	slices.SortFunc(list, func(a, b *Member) int { return cmp.Compare(a.Change, b.Change) })
	return list, err
}

// Listing is Store.Listing inside the transaction. After a write in the collection it costs
// a copy of the listing.
func (t *Tx) Listing(ctx context.Context, collID int64) (*Listing, error) {
	if _, err := t.CollectionByID(ctx, collID); err != nil {
		return nil, err
	}
	var base *memberLog
	if _, err := t.s.catalog.get(collID); err != nil && !t.fresh(collID) {
		return t.restored(collID)
	} else if err != nil {
		base = newMemberLog(collID) // made in this batch
	} else if base, err = t.s.members(ctx, collID); err != nil {
		return nil, err
	}
	var forked *memberLog
	for _, l := range [...]*changes{&t.w.changes, &t.changes} {
		for _, m := range l.log {
			if m.CollectionID != collID {
				continue
			}
			if forked == nil {
				forked = base.fork()
			}
			forked.append(m)
		}
	}
	if forked == nil {
		forked = base
	}
	if l := forked.cur.Load(); l != nil {
		return l, nil
	}
	return &Listing{log: forked, entries: forked.entries, change: forked.change, live: forked.live}, nil
}

// Overlapping gives the members of a collection whose span touches [from, to], as last committed: see
// Listing.Overlapping.
func (s *Store) Overlapping(ctx context.Context, collID, from, to int64) (iter.Seq[*Member], error) {
	l, err := s.Listing(ctx, collID)
	if err != nil {
		return nil, err
	}
	return l.Overlapping(from, to), nil
}

// Overlapping is Store.Overlapping inside the transaction. It copies no listing. What it gives must be used
// before the next write.
func (t *Tx) Overlapping(ctx context.Context, collID, from, to int64) (iter.Seq[*Member], error) {
	if _, err := t.CollectionByID(ctx, collID); err != nil {
		return nil, err
	}
	if _, err := t.s.catalog.get(collID); err != nil && !t.fresh(collID) {
		l, err := t.restored(collID)
		if err != nil {
			return nil, err
		}
		return l.Overlapping(from, to), nil
	}
	var changed []*Member // not committed yet
	for _, l := range t.layers() {
		for _, m := range l.log {
			if m.CollectionID == collID {
				changed = append(changed, m)
			}
		}
	}
	var committed iter.Seq[*Member]
	if _, err := t.s.catalog.get(collID); err == nil {
		if committed, err = t.s.Overlapping(ctx, collID, from, to); err != nil {
			return nil, err
		}
	}
	return func(yield func(*Member) bool) {
		if committed != nil {
			for m := range committed {
				if len(changed) > 0 && t.uncommitted(m) != nil {
					continue
				}
				if !yield(m) {
					return
				}
			}
		}
		for _, m := range changed {
			if t.uncommitted(m) == m && !m.deleted && m.First <= to && m.Last >= from && !yield(m) {
				return
			}
		}
	}, nil
}

// uncommitted gives what the name of m has become in this batch, nil if nothing.
func (t *Tx) uncommitted(m *Member) *Member {
	key := memberKey{m.CollectionID, m.Name}
	for _, l := range t.layers() {
		if n := l.names[key]; n != nil {
			return n
		}
	}
	return nil
}
