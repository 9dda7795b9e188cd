package api

import (
	"sync"

	"convoke/storage"
)

// hub hands what commits change to the streams that it concerns, so that the writer tells one feed however many pages
// are open. It runs while there is a stream.
type hub struct {
	store *storage.Store

	mu       sync.Mutex
	streams  map[*stream]bool
	watching map[int64]map[*stream]bool // by collection
	feed     *storage.Feed              // nil: nobody listens
	stop     chan struct{}
}

func newHub(store *storage.Store) *hub {
	return &hub{store: store, streams: map[*stream]bool{}, watching: map[int64]map[*stream]bool{}}
}

// join begins to tell a stream.
func (h *hub) join(s *stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.streams[s] = true
	if h.feed == nil {
		h.feed, h.stop = h.store.Feed(), make(chan struct{})
		go h.run(h.feed, h.stop)
	}
}

// part ends it.
func (h *hub) part(s *stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.streams, s)
	for id := range s.watched {
		h.forget(s, id)
	}
	if len(h.streams) == 0 {
		h.feed.Close()
		close(h.stop)
		h.feed, h.stop = nil, nil
	}
}

// watch sets which collections a stream is told of.
func (h *hub) watch(s *stream, ids map[int64]bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id := range s.watched {
		if !ids[id] {
			h.forget(s, id)
		}
	}
	for id := range ids {
		if h.watching[id] == nil {
			h.watching[id] = map[*stream]bool{}
		}
		h.watching[id][s] = true
	}
	s.watched = ids
}

func (h *hub) forget(s *stream, id int64) {
	if delete(h.watching[id], s); len(h.watching[id]) == 0 {
		delete(h.watching, id)
	}
}

func (h *hub) run(feed *storage.Feed, stop <-chan struct{}) {
	for {
		select {
		case <-feed.Ready():
			h.spread(feed.Take())
		case <-stop:
			return
		}
	}
}

// spread tells the streams what concerns them.
func (h *hub) spread(n storage.News) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, turn := range n.Collections {
		for s := range h.watching[id] {
			s.tell(func(p *pending) { p.turn(id, turn) })
		}
	}
	if !n.All && !n.Access && len(n.Homes)+len(n.Held)+len(n.SignedOut) == 0 {
		return
	}
	for s := range h.streams {
		s.tell(func(p *pending) {
			p.all = p.all || n.All
			p.invitations = p.invitations || n.Held[s.who.ID]
			p.recheck = p.recheck || n.All || n.Access || n.SignedOut[s.who.ID] || s.concerns(n.Homes)
		})
	}
}
