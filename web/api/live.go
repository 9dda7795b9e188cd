package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"convoke/server"
	"convoke/server/tree"
	"convoke/storage"
)

// beat is how often a stream that has nothing to say shows that it lives, and looks whether its session still does.
const beat = 20 * time.Second

// stall is how long a page may take nothing of what it is told.
const stall = 30 * time.Second

// maxPending bounds what waits for one page: beyond it, everything may have changed.
const maxPending = 256

func (a *API) liveRoutes() []route {
	return []route{{"GET /api/events", unnoted, a.events}}
}

// stream tells one page what changes. It carries no data of anything: the page asks for that, under the rules of then.
type stream struct {
	who   *storage.Principal // when it began: its id stays
	asker *storage.Principal // as of late
	ready chan struct{}

	mu      sync.Mutex
	pending pending

	reach   map[int64]tree.Reached // as it was told last
	states  map[int64]string       // of these collections themselves
	watched map[int64]bool         // the hub's
	owners  map[int64]bool         // whose homes show in it; under mu
}

// pending is what a page was not told yet.
type pending struct {
	turns       map[int64]storage.Turn
	all         bool
	recheck     bool // what it reaches may be another
	invitations bool
}

func (p *pending) turn(id int64, t storage.Turn) {
	if p.turns == nil {
		p.turns = map[int64]storage.Turn{}
	}
	before := p.turns[id]
	p.turns[id] = storage.Turn{Change: max(before.Change, t.Change), Meetings: before.Meetings || t.Meetings}
	if len(p.turns) > maxPending {
		p.turns, p.all = nil, true
	}
}

// tell adds to what the page is to be told.
func (s *stream) tell(add func(*pending)) {
	s.mu.Lock()
	add(&s.pending)
	s.mu.Unlock()
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

func (s *stream) take() pending {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pending
	s.pending = pending{}
	return p
}

// concerns tells whether homes of others, or one's own, show in this stream. It is called within tell.
func (s *stream) concerns(homes map[storage.HomeRef]bool) bool {
	for h := range homes {
		if h.OwnerID == s.who.ID || s.owners[h.OwnerID] {
			return true
		}
	}
	return false
}

// events answers GET /api/events until the page goes, the session ends or the server stops.
func (a *API) events(c *call) (any, error) {
	ctx, done, err := server.Stream(c.Context(), c.who.ID)
	if errors.Is(err, server.ErrTooManyStreams) {
		c.w.Header().Set("Retry-After", "60")
		return nil, refusal(http.StatusTooManyRequests, "too-many-streams", "Too many pages are open at once.")
	}
	if err != nil {
		return nil, err
	}
	defer done()
	s := &stream{who: c.who, asker: c.who, ready: make(chan struct{}, 1)}
	a.hub.join(s)
	defer a.hub.part(s)
	if _, err := a.look(ctx, s); err != nil {
		return nil, err
	}
	h := c.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would wait for more
	out := &eventWriter{w: c.w, ctl: http.NewResponseController(c.w)}
	out.comment("ready")
	ticks := time.NewTicker(a.beat)
	defer ticks.Stop()
	for out.flush() == nil {
		select {
		case <-s.ready:
			if err := a.report(ctx, c, s, out); err != nil {
				return streamed{}, nil
			}
		case <-ticks.C:
			if !a.still(c, s) {
				return streamed{}, nil
			}
			out.comment("here")
		case <-ctx.Done():
			return streamed{}, nil
		}
	}
	return streamed{}, nil
}

// still tells whether the session of a stream goes on.
func (a *API) still(c *call, s *stream) bool {
	who, err := a.o.Watch(c.Request)
	if err != nil || who == nil || who.ID != s.who.ID {
		return false
	}
	s.asker = who
	return true
}

// arriving are the collections into which others put what waits for an answer.
var arriving = []string{storage.KindInbox, storage.KindNotifications}

// report writes what waits.
func (a *API) report(ctx context.Context, c *call, s *stream, out *eventWriter) error {
	p := s.take()
	if p.recheck || p.all {
		if !a.still(c, s) {
			return errSignedOut
		}
		homes, err := a.look(ctx, s)
		if err != nil {
			return err
		}
		if p.all {
			homes = map[string]bool{storage.Calendars: true, storage.AddressBooks: true}
		}
		for _, home := range slices.Sorted(maps.Keys(homes)) {
			out.event("home", map[string]string{"home": home})
			p.invitations = p.invitations || home == storage.Calendars
		}
	}
	if p.all {
		p.turns, p.invitations = map[int64]storage.Turn{}, true
		for id := range s.reach {
			p.turns[id] = storage.Turn{}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(p.turns)) {
		r, ok := s.reach[id]
		if !ok {
			continue
		}
		now, err := a.o.Store.CollectionByID(ctx, id)
		if err != nil {
			continue // gone: its home says so
		}
		out.event("change", map[string]string{"href": r.Href, "token": r.SyncToken(a.o.Store, max(now.Change, p.turns[id].Change))})
		own := !r.Shared(s.asker)
		p.invitations = p.invitations || own && (p.turns[id].Meetings || slices.Contains(arriving, r.Collection.Kind))
	}
	if p.invitations {
		out.event("invitations", struct{}{})
	}
	return nil
}

// look finds out what a stream reaches now, and gives the homes that look otherwise than before.
func (a *API) look(ctx context.Context, s *stream) (homes map[string]bool, err error) {
	list, err := a.o.Tree.Reach(server.WithPrincipal(ctx, s.asker), s.asker)
	if err != nil {
		return nil, err
	}
	homes = map[string]bool{}
	reach, states, ids, owners := map[int64]tree.Reached{}, map[int64]string{}, map[int64]bool{}, map[int64]bool{}
	for _, r := range list {
		id := r.Collection.ID
		reach[id], ids[id], owners[r.Owner.ID] = r, true, true
		states[id] = fmt.Sprint(r.Href, " ", r.Collection.Revision, " ", r.Privileges, " ", r.Details, r.Private)
		if s.states[id] != states[id] {
			homes[r.Collection.Home] = true
		}
	}
	for id, r := range s.reach {
		if _, ok := reach[id]; !ok {
			homes[r.Collection.Home] = true
		}
	}
	s.reach, s.states = reach, states
	s.mu.Lock()
	s.owners = owners
	s.mu.Unlock()
	a.hub.watch(s, ids)
	return homes, nil
}

// eventWriter writes events as the HTML standard has them (WHATWG HTML §9.2). After an error it is silent.
type eventWriter struct {
	w   http.ResponseWriter
	ctl *http.ResponseController
	b   bytes.Buffer
	err error
}

func (e *eventWriter) comment(text string) { e.b.WriteString(": " + text + "\n\n") }

func (e *eventWriter) event(name string, data any) {
	text, err := json.Marshal(data)
	if err != nil {
		e.err = err
		return
	}
	fmt.Fprintf(&e.b, "event: %s\ndata: %s\n\n", name, text)
}

// flush sends what was written.
func (e *eventWriter) flush() error {
	if e.err != nil || e.b.Len() == 0 {
		return e.err
	}
	_ = e.ctl.SetWriteDeadline(time.Now().Add(stall)) // where it cannot be set, the connection has one
	if _, e.err = e.w.Write(e.b.Bytes()); e.err == nil {
		e.err = e.ctl.Flush()
	}
	e.b.Reset()
	return e.err
}
