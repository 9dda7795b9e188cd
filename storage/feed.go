package storage

import (
	"slices"
	"sync"
	"sync/atomic"
)

// maxNews bounds what a feed holds for whoever does not take it: beyond it, everything may have changed.
const maxNews = 1024

// Feed tells what commits change, from when it was made on. It holds the news until they are taken, the newest of each
// collection, and never keeps a writer waiting.
type Feed struct {
	from  *feeds
	ready chan struct{}
	mu    sync.Mutex
	news  News
}

// News is what changed since a feed was asked last.
type News struct {
	// All tells that everything may have changed: too much was not taken in time.
	All bool
	// Collections are those whose members changed.
	Collections map[int64]Turn
	// Homes are those in which collections came, went or changed themselves, by home and owner.
	Homes map[HomeRef]bool
	// Access tells that what somebody may see may have changed: grants, groups, delegates, principals, credentials.
	Access bool
	// Held are the principals for whom other messages wait than before.
	Held map[int64]bool
	// SignedOut are the principals of whom sessions ended before their time.
	SignedOut map[int64]bool
	// Settings are the principals who chose other settings in the pages.
	Settings map[int64]bool
}

// Turn is how far a collection got.
type Turn struct {
	Change uint64 // the newest
	// Meetings tells that invitations may be among what changed.
	Meetings bool
}

// HomeRef names a home.
type HomeRef struct {
	Home    string // Calendars or AddressBooks
	OwnerID int64
}

// feeds are the feeds of a store. Without any, a commit looks at one pointer.
type feeds struct {
	mu   sync.Mutex
	list atomic.Pointer[[]*Feed]
}

// Feed begins a feed. The caller closes it.
func (s *Store) Feed() *Feed {
	f := &Feed{from: &s.feeds, ready: make(chan struct{}, 1)}
	f.from.change(func(list []*Feed) []*Feed { return append(list, f) })
	return f
}

// Close ends the feed.
func (f *Feed) Close() {
	f.from.change(func(list []*Feed) []*Feed {
		return slices.DeleteFunc(list, func(o *Feed) bool { return o == f })
	})
}

// Ready receives when there may be something to take.
func (f *Feed) Ready() <-chan struct{} { return f.ready }

// Take gives the news since the last time.
func (f *Feed) Take() News {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.news
	f.news = News{}
	return n
}

// change replaces the list: who reads it takes no lock.
func (fs *feeds) change(edit func([]*Feed) []*Feed) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	var list []*Feed
	if old := fs.list.Load(); old != nil {
		list = slices.Clone(*old)
	}
	if list = edit(list); len(list) == 0 {
		fs.list.Store(nil)
		return
	}
	fs.list.Store(&list)
}

// publish tells the feeds of a commit. The caches show it already.
func (fs *feeds) publish(c *changes) {
	list := fs.list.Load()
	if list == nil {
		return
	}
	for _, f := range *list {
		f.add(c)
	}
}

// add takes over what a commit changed.
func (f *Feed) add(c *changes) {
	f.mu.Lock()
	f.news.add(c)
	f.mu.Unlock()
	select {
	case f.ready <- struct{}{}:
	default: // it was told, and did not take it yet
	}
}

func (n *News) add(c *changes) {
	n.Access = n.Access || len(c.grants)+len(c.shares)+len(c.members)+len(c.proxies)+len(c.principals)+len(c.credentials) > 0
	if n.All {
		return
	}
	for _, m := range c.log {
		t := n.Collections[m.CollectionID]
		t.Change = max(t.Change, m.Change)
		t.Meetings = t.Meetings || m.Role == "attendee" || m.deleted
		put(&n.Collections, m.CollectionID, t)
	}
	for h := range c.homes {
		put(&n.Homes, HomeRef{h.home, h.owner}, true)
	}
	for id := range c.held {
		put(&n.Held, id, true)
	}
	for id := range c.signedOut {
		put(&n.SignedOut, id, true)
	}
	for id := range c.settings {
		put(&n.Settings, id, true)
	}
	if len(n.Collections)+len(n.Homes)+len(n.Held)+len(n.SignedOut)+len(n.Settings) > maxNews {
		*n = News{All: true, Access: n.Access}
	}
}
