package reminder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"convoke/internal/icalendar"
	"convoke/internal/settings"
	"convoke/internal/timezone"
	"convoke/storage"
)

// maxPlanned bounds the alarms that are known ahead of one person: beyond it the plan reaches less far.
const maxPlanned = 2_000

// reach is how far off its alarm an event is looked for.
const reach = 366 * 24 * time.Hour

// person is one who is told, and what is planned for them.
type person struct {
	who    *storage.Principal
	choice settings.Settings
	wants  map[string]bool // actions of alarms, by any way of telling; nil: none
	shown  []Teller        // who tell of what is to be shown
	zone   *timezone.Zone  // which the person chose, or where the device was seen; nil is unknown

	told, noted time.Time // what was due by told was told; noted is what the store knows of it
	until       time.Time // the plan reaches so far
	wake        time.Time // when there is something to do
	stale       bool      // the plan has to be read anew
	failed      bool      // what was to be done could not be done
	behind      []int64   // calendars that changed

	calendars map[int64]*calendar
	planned   int // alarms in them, or more
	kept      int // alarms that were left when the plan was last trimmed
}

// calendar is the plan of one.
type calendar struct {
	zone   *timezone.Zone // where floating times are read
	change uint64         // up to which it is known
	alarms map[string][]int64
}

// hear takes in what changed since the last round.
func (s *Service) hear(ctx context.Context) error {
	if s.feed == nil {
		feed := s.o.Store.Feed()
		told, err := s.o.Store.Told(ctx)
		if err == nil {
			err = s.meet(ctx, told)
		}
		if err != nil {
			feed.Close()
			return err
		}
		s.feed, s.saved = feed, s.o.Store.Now()
		return nil
	}
	news := s.feed.Take()
	if news.All || news.Access {
		if err := s.meet(ctx, nil); err != nil {
			return err
		}
	}
	for id := range news.Settings {
		s.people[id].renew()
	}
	for home := range news.Homes {
		if home.Home == storage.Calendars {
			s.people[home.OwnerID].renew()
		}
	}
	s.mu.Lock()
	for id := range s.changed {
		s.people[id].renew()
	}
	clear(s.changed)
	s.mu.Unlock()
	if !news.All && len(news.Collections) == 0 {
		return nil
	}
	for _, p := range s.people {
		if news.All {
			p.renew()
		}
		for id := range p.calendars {
			if _, ok := news.Collections[id]; ok && !slices.Contains(p.behind, id) {
				p.behind, p.wake = append(p.behind, id), time.Time{}
			}
		}
	}
	return nil
}

// renew lets the plan of a person be read anew. Nobody has none.
func (p *person) renew() {
	if p != nil {
		p.stale, p.wake = true, time.Time{}
	}
}

// meet learns who there is. told is what the store knows of them.
func (s *Service) meet(ctx context.Context, told map[int64]time.Time) error {
	list, err := s.o.Store.Principals(ctx)
	if err != nil {
		return fmt.Errorf("list who is reminded: %w", err)
	}
	there := map[int64]bool{}
	for _, who := range list {
		if who.Kind != storage.KindUser {
			continue
		}
		there[who.ID] = true
		p := s.people[who.ID]
		if p == nil {
			p = &person{told: told[who.ID], noted: told[who.ID], stale: true}
			s.people[who.ID] = p
		}
		if p.who != who {
			p.who = who
			p.renew()
		}
	}
	for id := range s.people {
		if !there[id] {
			delete(s.people, id)
		}
	}
	return nil
}

// read plans anew for a person.
func (s *Service) read(ctx context.Context, p *person, now time.Time) error {
	text, err := s.o.Store.Settings(ctx, p.who.ID)
	if err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	p.choice, p.behind, p.calendars, p.planned, p.kept = settings.Read(text), nil, map[int64]*calendar{}, 0, 0
	p.zone = timezone.Lookup(p.choice.Zone())
	if err := s.ask(ctx, p); err != nil {
		return err
	}
	p.until = now.Add(window)
	if len(p.wants) == 0 {
		p.told, p.stale = time.Time{}, false
		return nil
	}
	if p.told.IsZero() || p.told.After(now.Add(latest)) { // never before; or the clock was wrong then
		if err := s.o.Store.Update(ctx, actor, func(tx *storage.Tx) error { return tx.SetTold(p.who.ID, now) }); err != nil {
			return err
		}
		p.told, p.noted = now, now
	}
	if oldest := now.Add(-latest); p.told.Before(oldest) {
		p.told = oldest
	}
	if err := s.readCalendars(ctx, p); err != nil {
		return err
	}
	p.stale = false
	return nil
}

// ask finds out what a person is told of, and by whom.
func (s *Service) ask(ctx context.Context, p *person) error {
	p.wants, p.shown = map[string]bool{}, nil
	if s.mailsTo(p) {
		p.wants["EMAIL"] = true
		if p.choice.MailReminders == settings.MailAll {
			p.wants["DISPLAY"], p.wants["AUDIO"] = true, true
		}
	}
	for _, t := range s.o.Tellers {
		wants, err := t.Wants(ctx, p.who)
		if err != nil {
			return fmt.Errorf("ask how somebody is reminded: %w", err)
		}
		if wants {
			p.shown = append(p.shown, t)
			p.wants["DISPLAY"], p.wants["AUDIO"] = true, true
		}
	}
	return nil
}

// mailsTo tells whether a person is reminded by mail at all.
func (s *Service) mailsTo(p *person) bool {
	return s.o.Mail != nil && p.choice.MailReminders != settings.MailOff && addressOf(p.who) != ""
}

// addressOf is where a person gets mail; "" is nowhere.
func addressOf(who *storage.Principal) string {
	for _, a := range who.Addresses {
		if strings.HasPrefix(a, "mailto:") {
			return a
		}
	}
	return ""
}

// quiet tells whether a person wants no reminders of a calendar.
func (s *Service) quiet(ctx context.Context, p *person, calendar int64) (bool, error) {
	if len(p.choice.QuietCalendars) == 0 {
		return false, nil
	}
	names, mine, err := s.pathOf(ctx, p.who, calendar)
	return mine && slices.Contains(p.choice.QuietCalendars, s.o.Href(p.who, names)+"/"), err
}

// readCalendars plans what is in the calendars that a person fills. What others share or a feed brings reminds others.
func (s *Service) readCalendars(ctx context.Context, p *person) error {
	list, err := s.o.Store.CollectionsOf(ctx, p.who.ID)
	if err != nil {
		return fmt.Errorf("list calendars: %w", err)
	}
	work := s.begin(p)
	var home *timezone.Zone // of any of them
	for _, c := range list {
		if c.Kind != storage.KindCalendar || c.Source != "" {
			continue
		}
		if quiet, err := s.quiet(ctx, p, c.ID); err != nil || quiet {
			if err != nil {
				return err
			}
			continue
		}
		zone := zoneOf(c)
		if home == nil {
			home = zone
		}
		p.calendars[c.ID] = &calendar{zone: zone, alarms: map[string][]int64{}}
	}
	for id, c := range p.calendars {
		for _, zone := range []*timezone.Zone{c.zone, home, timezone.UTC()} {
			if c.zone == nil {
				c.zone = zone
			}
		}
		if p.zone != nil {
			c.zone = p.zone
		}
		l, err := s.o.Store.Listing(ctx, id)
		if errors.Is(err, storage.ErrNotFound) {
			delete(p.calendars, id)
			continue
		}
		if err != nil {
			return err
		}
		for m := range l.Overlapping(p.told.Add(-reach).Unix(), p.until.Add(reach).Unix()) {
			if err := s.plan(ctx, p, c, m, work); err != nil {
				return err
			}
		}
		c.change = l.Change()
	}
	p.trim()
	return nil
}

// zoneOf is the time zone of a calendar (RFC 4791 §5.2.2, RFC 7809 §5.2), or nil.
func zoneOf(c *storage.Collection) *timezone.Zone {
	if z := timezone.Lookup(c.TimezoneID); c.TimezoneID != "" && z != nil {
		return z
	}
	if c.Timezone == "" {
		return nil
	}
	return icalendar.ReadZone(c.Timezone)
}

// follow plans what changed in calendars since they were read.
func (s *Service) follow(ctx context.Context, p *person) error {
	work := s.begin(p)
	for len(p.behind) > 0 {
		id := p.behind[0]
		c := p.calendars[id]
		l, err := s.o.Store.Listing(ctx, id)
		if c == nil || errors.Is(err, storage.ErrNotFound) {
			delete(p.calendars, id)
			p.behind = p.behind[1:]
			continue
		}
		if err != nil {
			return err
		}
		for m, deleted := range l.Since(c.change) {
			delete(c.alarms, m.Name)
			if deleted {
				continue
			}
			if err := s.plan(ctx, p, c, m, work); err != nil {
				return err
			}
		}
		c.change = l.Change()
		p.behind = p.behind[1:]
	}
	p.trim()
	return nil
}

// plan notes when alarms of an object go off.
func (s *Service) plan(ctx context.Context, p *person, c *calendar, m *storage.Member, work *work) error {
	if m.Component != icalendar.Event && m.Component != icalendar.Todo {
		return nil
	}
	stored, err := s.o.Store.ObjectOf(ctx, m)
	if errors.Is(err, storage.ErrNotFound) {
		return nil // replaced at this moment: that is heard of
	}
	if err != nil {
		return fmt.Errorf("read %q: %w", m.Name, err)
	}
	// Most have no alarm, and are not worth parsing.
	if !bytes.Contains(stored.Data, []byte("VALARM")) && !bytes.Contains(bytes.ToUpper(stored.Data), []byte("VALARM")) {
		return nil
	}
	o := parsed(stored)
	if o == nil {
		return nil
	}
	var times []int64
	work.alarms(o, p.who, c.zone, p.told, p.until, func(_ *icalendar.Instance, alarm *icalendar.Component, at time.Time) {
		if p.wants[actionOf(alarm)] {
			times = append(times, at.Unix())
		}
	})
	if len(times) > 0 {
		slices.Sort(times)
		times = slices.Clip(slices.Compact(times))
		c.alarms[m.Name] = times
		if p.planned += len(times); p.planned > 2*max(maxPlanned, p.kept) { // not only in the end: there may be too many by far
			p.trim()
		}
	}
	return nil
}

// parsed reads an object; nil if it cannot be read. What is planned is seldom asked for, so that nothing is kept of it.
func parsed(stored *storage.Object) *icalendar.Object {
	if o, ok := stored.Memo().(*icalendar.Object); ok {
		return o
	}
	o, err := icalendar.Parse(stored.Data)
	if err != nil {
		return nil
	}
	return o
}

// count counts the alarms of a plan.
func (p *person) count() (n int) {
	for _, c := range p.calendars {
		for _, times := range c.alarms {
			n += len(times)
		}
	}
	return n
}

// trim keeps the first alarms of a plan that is too long, and lets it end there.
func (p *person) trim() {
	if p.planned = p.count(); p.planned <= maxPlanned {
		return
	}
	all := make([]int64, 0, p.planned)
	for _, c := range p.calendars {
		for _, times := range c.alarms {
			all = append(all, times...)
		}
	}
	slices.Sort(all)
	last := all[maxPlanned-1]
	p.until = time.Unix(last, 0).UTC()
	p.drop(func(at int64) bool { return at > last })
	p.planned = p.count()
	p.kept = p.planned
}

// drop takes times out of the plan.
func (p *person) drop(gone func(int64) bool) {
	for _, c := range p.calendars {
		for name, times := range c.alarms {
			if times = slices.DeleteFunc(times, gone); len(times) == 0 {
				delete(c.alarms, name)
			} else {
				c.alarms[name] = times
			}
		}
	}
}

// reached is up to when a person can be told at a time: a plan that was too long may end before, and what was told stays
// told when the clock is set back.
func (p *person) reached(now time.Time) time.Time {
	if p.until.Before(now) {
		now = p.until
	}
	if p.told.After(now) {
		now = p.told
	}
	return now
}

// next is when there is something to do for a person.
func (p *person) next() time.Time {
	first := p.until.Unix()
	for _, c := range p.calendars {
		for _, times := range c.alarms {
			first = min(first, times[0])
		}
	}
	return time.Unix(first, 0).UTC()
}
