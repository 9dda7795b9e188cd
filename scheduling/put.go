package scheduling

import (
	"bytes"
	"context"
	"fmt"

	"convoke/internal/icalendar"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// Put stores a calendar object and does what the change asks for (RFC 6638 §3.2.3.1).
// Errors: *Violation, what Check and MaySend gave, and those of storage.
func (s *Service) Put(ctx context.Context, p *Put) (*Result, error) {
	ready, err := s.prepare(ctx, p)
	if err != nil {
		return nil, err
	}
	var r Result
	err = s.store.Update(ctx, p.Actor, func(tx *storage.Tx) error { return ready.run(tx, &r) })
	if err != nil {
		return nil, err
	}
	return &r, nil
}

// prepared is a Put that was read and judged as far as that needs no transaction.
type prepared struct {
	*writing
	p     *Put
	now   *icalendar.Object
	plain storage.Facts // where it takes no part in scheduling
}

// prepare reads and judges what is to be stored.
func (s *Service) prepare(ctx context.Context, p *Put) (*prepared, error) {
	now, err := s.parse(p.Data, p.Import)
	var flaw error
	if err != nil {
		if now = s.mendable(p, err); now == nil {
			return nil, err
		}
		flaw = err
	}
	if err := supported(p.Collection, now.Kind()); err != nil {
		return nil, err
	}
	w := &writing{s: s, ctx: ctx, actor: p.Actor, check: p.Check, maySend: p.MaySend, noReply: p.NoReply, flaw: flaw, who: p.Who}
	if itip.Scheduled(now) {
		if w.owner, err = s.store.Principal(ctx, p.Collection.OwnerID); err != nil {
			return nil, fmt.Errorf("find the owner: %w", err)
		}
	}
	ready := &prepared{writing: w, p: p, now: now}
	if w.owner == nil {
		ready.plain = facts(now, itip.None)
	}
	return ready, nil
}

// run does the write within a transaction.
func (r *prepared) run(tx *storage.Tx, result *Result) error {
	*result = Result{}
	r.tx, r.outcomes = tx, nil
	return r.put(r.p, r.now, r.plain, result)
}

// writing is one write and what follows from it, inside one transaction.
type writing struct {
	s       *Service
	ctx     context.Context
	tx      *storage.Tx
	actor   storage.Actor
	owner   *storage.Principal // of the object written; nil until it matters
	check   func(tx *storage.Tx, old *storage.Object) error
	maySend func(role itip.Role) error
	noReply bool
	flaw    error // what the object breaks unless what is stored mends it
	// What is asked for again and again, for the length of the write:
	outcomes []outcome                     // of what was sent
	known    map[itip.Address]itip.Address // canonical addresses
	spelled  map[string]itip.Address       // the same by spelling
	standing map[itip.Address]resolution
	held     map[int64][]*storage.Member // who has what of heldUID
	heldUID  string
	drawings []*drawing
	// invitation is what invited, a REQUEST, does for whoever had no copy.
	invitation *itip.Effect
	invited    *icalendar.Object
	// arrived: the message came by mail, in no certain order.
	arrived bool
	// into is where new objects of the recipient of an arrival go, nil is the default calendar; dropCancelled
	// removes what is cancelled instead of marking it (RFC 9671 §4.4, §4.5).
	into          *storage.Collection
	dropCancelled bool
	who           *storage.Principal // who writes; nil: the owner
	last          int64              // when what is written about ends, or ended before the write
	// former is what was stored before; rehearsed notes why somebody is told.
	former    *icalendar.Object
	rehearsed bool
}

// put is Put inside the transaction.
func (w *writing) put(p *Put, now *icalendar.Object, plain storage.Facts, r *Result) error {
	old, err := find(w.ctx, w.tx, p.Collection.ID, p.Name)
	if err != nil {
		return err
	}
	if w.check != nil {
		if err := w.check(w.tx, old); err != nil {
			return err
		}
	}
	if old != nil && old.UID != now.UID() {
		return taken("no-uid-conflict", p.Collection.ID, p.Name) // RFC 4791 §5.3.2.1
	}
	if w.flaw != nil {
		if now, err = w.mend(old, now); err != nil {
			return err
		}
	}
	if w.owner == nil && (old == nil || old.Role == "") {
		r.Object = &storage.Object{Member: storage.Member{CollectionID: p.Collection.ID, Name: p.Name, ContentType: contentType, Facts: plain}, Data: p.Data}
		if r.Created, err = save(w.tx, r.Object); err != nil || !p.Import {
			return err
		}
		return w.note(now.UID(), "import", fmt.Sprintf("%q%s", p.Name, imported(p.Actor)))
	}
	if w.owner == nil {
		if w.owner, err = w.tx.Principal(w.ctx, p.Collection.OwnerID); err != nil {
			return fmt.Errorf("find the owner: %w", err)
		}
	}
	return w.putScheduled(p, old, now, r)
}

// putScheduled stores an object that takes, or took, part in scheduling.
func (w *writing) putScheduled(p *Put, old *storage.Object, now *icalendar.Object, r *Result) error {
	world := w.world(w.owner)
	created := old == nil
	role, organizer, err := itip.RoleOf(now, world)
	if err != nil {
		return judgement(err)
	}
	if p.Guest && role == itip.None && organizer != "" && !organizes(organizer, old, world) {
		return strange(organizer)
	}
	if old == nil && role != itip.None {
		if old, err = w.elsewhere(p, now); err != nil {
			return err
		}
	}
	if old == nil && role == itip.Attendee && !p.Import {
		if err := w.exists(now, organizer); err != nil {
			return err
		}
	}
	if role == itip.Organizer && w.owner.Kind != storage.KindUser && !p.Import && len(itip.Attendees(now, world)) > 1 {
		// They answer by themselves and could not follow what they are told (RFC 6638 §3.2.4.3).
		return forbid("allowed-organizer-scheduling-object-change", fmt.Errorf("a %s invites nobody", w.owner.Kind))
	}
	var former *icalendar.Object
	if old != nil {
		if former, err = parsed(old); err != nil {
			return err
		}
	}
	mode := itip.Mode{Seen: p.ETagMatched && !p.TagMatched, Tagged: p.TagMatched, Import: p.Import, Floor: -1}
	if role == itip.Organizer && !p.Import {
		now = w.expandGroups(former, now, mode.Seen)
	}
	if former == nil && role == itip.Organizer && !p.Import {
		mode.Floor = w.floor(p.Collection.OwnerID, now.UID())
	}
	plan, err := itip.Change(former, now, world, mode)
	if err != nil {
		return judgement(err)
	}
	if plan.Object == now && len(plan.Messages) > 0 {
		plan.Object = now.Clone()
	}
	f := facts(plan.Object, plan.Role) // they stay when statuses and answers are written
	if w.last = f.Last; old != nil {
		w.last = max(w.last, old.Last)
	}
	w.former = former
	if err := w.send(plan, world); err != nil {
		return err
	}
	data := plan.Object.Bytes()
	r.Altered = !bytes.Equal(data, p.Data)
	if !r.Altered {
		data = p.Data
	}
	o := &storage.Object{Member: storage.Member{CollectionID: p.Collection.ID, Name: p.Name, ContentType: contentType, Facts: f}, Data: data}
	if plan.Role != itip.None {
		o.ScheduleTag = newTag() // "MUST change … when changed directly via an HTTP request", RFC 6638 §3.2.10
	}
	o.SetMemo(plan.Object.Freeze(), memoFactor*len(data))
	if _, err := save(w.tx, o); err != nil {
		return err
	}
	r.Object, r.Created, r.Messages = o, created, len(plan.Messages)
	return w.noteWrite(p, plan, created, former, plan.Object)
}

// organizes tells whether somebody organizes what is stored; nil is nothing.
func organizes(who itip.Address, old *storage.Object, world *itip.World) bool {
	if old == nil {
		return false
	}
	former, err := parsed(old)
	if err != nil {
		return false
	}
	_, organizer, err := itip.RoleOf(former, world)
	return err == nil && organizer == who
}

// strange refuses what a guest brings in of an organizer who has nothing to do with the owner.
func strange(organizer itip.Address) error {
	return forbid("allowed-organizer-scheduling-object-change", fmt.Errorf("%s organizes it, and not the owner of the calendar", organizer))
}

// elsewhere looks for the UID in all calendars of the owner. In another calendar it is
// unique-scheduling-object-resource, unless the object is the same: then the PUT is the
// first half of a move by a client that has no MOVE (architecture.md §8), and the object
// moves here, so that nobody is told anything.
func (w *writing) elsewhere(p *Put, now *icalendar.Object) (*storage.Object, error) {
	list, err := w.holding(w.owner, now.UID())
	if err != nil {
		return nil, err
	}
	for _, o := range list {
		if o.CollectionID == p.Collection.ID {
			return nil, taken("no-uid-conflict", o.CollectionID, o.Name)
		}
	}
	for _, o := range list {
		if o.Role == "" {
			continue
		}
		stored, err := parsed(o)
		if err != nil || !itip.Same(stored, now) || !w.mayTake(p, o) {
			return nil, taken("unique-scheduling-object-resource", o.CollectionID, o.Name)
		}
		if _, err := w.tx.MoveObject(o.CollectionID, o.Name, p.Collection.ID, p.Name); err != nil {
			return nil, err
		}
		w.held = nil
		return find(w.ctx, w.tx, p.Collection.ID, p.Name)
	}
	return nil, nil
}

// mayTake tells whether the writer may take an object out of the calendar that it is in.
func (w *writing) mayTake(p *Put, o *storage.Object) bool {
	if p.MayTake == nil {
		return true
	}
	from, err := w.tx.CollectionByID(w.ctx, o.CollectionID)
	return err == nil && p.MayTake(from)
}

// floor is the SEQUENCE that a meeting must exceed whose UID was deleted, and so cancelled,
// before: its attendees would take it for stale (scheduling.md §1.3).
func (w *writing) floor(owner int64, uid string) int {
	versions, err := w.tx.HistoryOf(w.ctx, uid)
	if err != nil || len(versions) == 0 {
		return -1
	}
	for _, v := range versions {
		if v.What != "deleted" {
			continue
		}
		if c, err := w.tx.CollectionByID(w.ctx, v.CollectionID); err != nil || c.OwnerID != owner {
			continue // what others had under this UID is theirs to know
		}
		data, err := w.tx.VersionData(w.ctx, v.ID)
		if err != nil {
			continue
		}
		if o, err := icalendar.Parse(data); err == nil {
			return itip.HighestSequence(o) + 1 // + 1: that of the CANCEL
		}
	}
	return -1
}

// world tells itip about an owner.
func (w *writing) world(owner *storage.Principal) *itip.World {
	if w.known == nil {
		w.known, w.spelled = map[itip.Address]itip.Address{}, map[string]itip.Address{}
	}
	world := w.s.worldKnowing(w.ctx, w.tx, owner, w.known)
	world.Spellings = w.spelled
	return world
}

// note writes a line of the journal.
func (w *writing) note(uid, what, detail string) error {
	return w.tx.Journal(storage.Entry{UID: uid, PrincipalID: w.actor.PrincipalID, Door: w.actor.Door, RequestID: w.actor.RequestID, What: what, Detail: detail})
}
