package tree

import (
	"context"
	"errors"
	"hash/crc32"
	"maps"
	"slices"
	"strings"

	"convoke/server/dav"
	"convoke/server/davxml"
	"convoke/storage"
)

// A home is synchronized as macOS does it (RFC 6578): with level 1 a collection is reported as changed when it or
// anything in it did, with level infinite the members, too. The token says what is known of each collection that the
// asker may read, so it is as honest as theirs: nothing is missed, and it never expires.

// SyncToken is the sync token of the present state, RFC 6578 §4.
func (h *Home) SyncToken(ctx context.Context) (string, error) {
	now, err := h.present(ctx)
	if err != nil {
		return "", err
	}
	return h.Tree.Store.HomeToken(&now.HomeState), nil
}

// homeNow is the present state of a home, with its collections in the order of Members.
type homeNow struct {
	storage.HomeState
	collections []homeMember
	names       map[string]bool // of all of them, in this home
}

// homeMember is a collection in a home. One that storage doesn't hold has the id 0.
type homeMember struct {
	resource dav.Resource
	id       int64
}

// present reads the state. The number of the home comes first: what changes meanwhile is told once more.
func (h *Home) present(ctx context.Context) (*homeNow, error) {
	change, err := h.Tree.Store.HomeChange(ctx, h.Name, h.OwnedBy.ID)
	if err != nil {
		return nil, err
	}
	now := &homeNow{names: map[string]bool{}}
	now.HomeState = storage.HomeState{Home: h.Name, OwnerID: h.OwnedBy.ID, Change: change, Members: map[int64]storage.CollectionState{}}
	for r, err := range h.Members(ctx) {
		if err != nil {
			return nil, err
		}
		if r.Allow(ctx, dav.Read) != nil {
			continue
		}
		m := homeMember{resource: r}
		state := storage.CollectionState{Name: strings.TrimPrefix(r.Href(), h.href)}
		now.names[state.Name] = true
		if stored, ok := r.(HasCollection); ok {
			c := stored.Base()
			m.id, state.Change, state.Revision, state.View = c.C.ID, c.C.Change, c.C.Revision, views[c.view()]
		} else if syncer, ok := r.(dav.Syncer); ok {
			changes, err := syncer.Changes(ctx, "", 0)
			if err != nil {
				return nil, err
			}
			state.Revision = uint64(crc32.ChecksumIEEE([]byte(changes.Token)))
		}
		now.Members[m.id] = state
		now.collections = append(now.collections, m)
	}
	return now, nil
}

// Changes are the collections that changed since a sync token, level 1 of RFC 6578 §3.3.
func (h *Home) Changes(ctx context.Context, since string, limit int) (*dav.Changes, error) {
	return h.sync(ctx, since, limit, false)
}

// DeepChanges are the collections and their members that changed, level infinite of RFC 6578 §3.3.
func (h *Home) DeepChanges(ctx context.Context, since string, limit int) (*dav.Changes, error) {
	return h.sync(ctx, since, limit, true)
}

func (h *Home) sync(ctx context.Context, since string, limit int, deep bool) (*dav.Changes, error) {
	now, err := h.present(ctx)
	if err != nil {
		return nil, err
	}
	s := &homeSync{ctx: ctx, home: h, now: now, deep: deep, limit: limit, out: &dav.Changes{}, initial: since == ""}
	if s.initial {
		s.known = storage.HomeState{Home: h.Name, OwnerID: h.OwnedBy.ID, Change: now.Change, Members: map[int64]storage.CollectionState{}}
	} else {
		known, err := h.Tree.Store.ParseHomeToken(h.Name, h.OwnedBy.ID, since)
		if err != nil {
			return nil, Condition(err)
		}
		s.known = *known
		if s.departed, err = h.Tree.Store.DepartedSince(ctx, h.Name, h.OwnedBy.ID, known.Change); err != nil {
			return nil, Condition(err)
		}
		if deep && s.replaced() {
			return nil, dav.Forbid(davxml.ValidSyncToken, errors.New("another collection has the name of a known one"))
		}
	}
	s.out.Items = func(yield func(dav.Change, error) bool) {
		s.yield = yield
		s.tell()
		s.out.Token = h.Tree.Store.HomeToken(&s.known)
	}
	return s.out, nil
}

// homeSync is one answer. known grows with what is told, so that it is right wherever a limit cuts.
type homeSync struct {
	ctx      context.Context
	home     *Home
	now      *homeNow
	known    storage.HomeState
	departed []storage.Departed
	initial  bool
	deep     bool
	limit    int
	told     int
	reported map[string]bool // names told to be gone
	yield    func(dav.Change, error) bool
	out      *dav.Changes
}

// tell gives the changes: first what is gone, then what is there.
func (s *homeSync) tell() {
	// As CalendarServer does with calendars; no later answer has it.
	if s.initial && s.home.Name == storage.Calendars && !s.item(dav.Change{Resource: s.home}) {
		return
	}
	for _, d := range s.departed {
		if d.Change > s.now.Change {
			break // it comes with the next token
		}
		if !s.gone(childHref("", d.Name, true)) {
			return
		}
		s.known.Change = d.Change
	}
	s.known.Change = s.now.Change
	for _, id := range slices.Sorted(maps.Keys(s.known.Members)) {
		known := s.known.Members[id]
		if now, there := s.now.Members[id]; there && now.Name == known.Name {
			continue
		}
		if !s.gone(known.Name) {
			return
		}
		delete(s.known.Members, id) // what moved is new under its new name, with all that is in it
	}
	for _, m := range s.now.collections {
		state := s.now.Members[m.id]
		if known, ok := s.known.Members[m.id]; ok && known == state {
			continue
		}
		if s.deep {
			if !s.deepMember(m, state) {
				return
			}
		} else if !s.item(dav.Change{Resource: m.resource}) {
			return
		}
		if !s.deep {
			s.known.Members[m.id] = state
		}
	}
}

// gone tells that no collection has a name any more, if so.
func (s *homeSync) gone(name string) bool {
	if s.now.names[name] || s.reported[name] {
		return true
	}
	if !s.item(dav.Change{Href: s.home.href + name}) {
		return false
	}
	if s.reported == nil {
		s.reported = map[string]bool{}
	}
	s.reported[name] = true
	return true
}

// replaced tells whether another collection has the name of one that the client knows with members: those went with
// it, and nobody can say which (RFC 6578 §3.5.2).
func (s *homeSync) replaced() bool {
	for id, known := range s.known.Members {
		if now, there := s.now.Members[id]; known.Change > 0 && s.now.names[known.Name] && !(there && now.Name == known.Name) {
			return true
		}
	}
	return false
}

// item gives one change, or tells that the limit is reached or nobody listens any more.
func (s *homeSync) item(c dav.Change) bool {
	if s.limit > 0 && s.told == s.limit {
		s.out.Truncated = true
		return false
	}
	s.told++
	return s.yield(c, nil)
}

// deepMember tells of a collection that changed, and of its members.
func (s *homeSync) deepMember(m homeMember, state storage.CollectionState) bool {
	known, seen := s.known.Members[m.id]
	stored, ok := m.resource.(HasCollection)
	if !ok || stored.Base().C.Kind == storage.KindPlain {
		// What storage doesn't hold, and what may hold collections, is synchronized by itself (RFC 6578 §3.3).
		if !seen && !s.item(dav.Change{Href: m.resource.Href(), Barred: true}) {
			return false
		}
		s.known.Members[m.id] = state
		return true
	}
	// A limit of 1 leaves out the collection when only its members changed, or there would be no end.
	if !seen || known.Revision != state.Revision || s.limit != 1 {
		if !s.item(dav.Change{Resource: m.resource}) {
			return false
		}
	}
	after := known.Change
	if known.View != state.View {
		after = 0 // more or less is granted: what was told of its members looks otherwise now
	}
	s.known.Members[m.id] = storage.CollectionState{Name: state.Name, Change: after, Revision: state.Revision, View: state.View}
	if seen && after == state.Change {
		return true
	}
	return s.members(m, stored.Base(), after, seen)
}

// members tells of the members of a collection that changed after a change of it.
func (s *homeSync) members(m homeMember, c *Collection, after uint64, seen bool) bool {
	since, limit := "", 0
	if seen {
		since = c.SyncToken(after)
	}
	if s.limit > 0 {
		if limit = s.limit - s.told; limit == 0 {
			s.out.Truncated = true
			return false
		}
	}
	changes, err := m.resource.(dav.Syncer).Changes(s.ctx, since, limit)
	if err != nil {
		s.yield(dav.Change{}, err)
		return false
	}
	for change, err := range changes.Items {
		s.told++
		if !s.yield(change, err) {
			return false
		}
	}
	known := s.known.Members[m.id]
	if known.Change, err = c.parseSyncToken(changes.Token); err != nil {
		s.yield(dav.Change{}, err)
		return false
	}
	s.known.Members[m.id] = known
	if changes.Truncated {
		s.out.Truncated = true
	}
	return !changes.Truncated
}
