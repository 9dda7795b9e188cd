package scheduling

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"convoke/internal/icalendar"
	"convoke/internal/timezone"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// BusyQuery asks for somebody's busy time.
type BusyQuery struct {
	Of       *storage.Principal
	From, To time.Time
	// Calendars limits the question to these collections (RFC 4791 §7.10); nil: all that count
	// (calendars that are not transparent; never the inbox).
	Calendars []*storage.Collection
	// MaskUID leaves out the event with this UID (X-CALENDARSERVER-MASK-UID).
	MaskUID string
	// Asker is who asks about somebody else: MaskUID counts only where he organizes or attends the event,
	// or he could find out by it when a certain event is. Nil: the owner.
	Asker *storage.Principal
	// Availability also counts times outside of the calendar-availability of the inbox (RFC 7953 §7.2).
	Availability bool
	// all leaves out the limits: the question is the server's own, about a room.
	all bool
	// near leaves out single events that touch none of these instances, and whatever comes after
	// reads objects: the question is asked while writes wait. Nil: all count.
	near  []icalendar.Instance
	reads int
	world *itip.World // of Of, if it is known
}

// skips tells whether near leaves a member out.
func (q *BusyQuery) skips(m *storage.Member) bool {
	if q.near == nil {
		return false
	}
	touches := m.Recurring
	for i := 0; i < len(q.near) && !touches; i++ {
		touches = m.First <= q.near[i].End.Unix() && m.Last >= q.near[i].Start.Unix()
	}
	if touches {
		q.reads--
	}
	return !touches || q.reads < 0
}

// BusyPeriod is one busy period, half-open.
type BusyPeriod struct {
	Start, End time.Time
	Type       string // FBTYPE: BUSY, BUSY-TENTATIVE, BUSY-UNAVAILABLE
}

// touching gives the periods that count for the question: all, or those at an instance of near.
func (q *BusyQuery) touching(list []icalendar.BusyPeriod) []icalendar.BusyPeriod {
	if q.near == nil {
		return list
	}
	return slices.DeleteFunc(list, func(b icalendar.BusyPeriod) bool {
		return !slices.ContainsFunc(q.near, func(i icalendar.Instance) bool { return b.Start.Before(i.End) && b.End.After(i.Start) })
	})
}

// FreeBusy answers with merged, sorted periods. Too long a range or too many periods is a
// *Violation number-of-matches-within-limits.
func (s *Service) FreeBusy(ctx context.Context, q *BusyQuery) ([]BusyPeriod, error) {
	list, err := s.busy(ctx, s.store, q)
	if err != nil {
		return nil, err
	}
	out := make([]BusyPeriod, len(list))
	for i, b := range list {
		out[i] = BusyPeriod(b)
	}
	return out, nil
}

// reader is what both a store and a transaction can read.
type reader interface {
	collections
	principals
	Overlapping(ctx context.Context, collID, from, to int64) (iter.Seq[*storage.Member], error)
	Object(ctx context.Context, collID int64, name string) (*storage.Object, error)
}

// tooMuch is the refusal of RFC 4791 §7.10.
func tooMuch(format string, args ...any) error {
	return &Violation{Namespace: DAV, Precondition: "number-of-matches-within-limits", Status: 403, Err: fmt.Errorf(format, args...)}
}

// busy collects busy time from whatever can be read.
func (s *Service) busy(ctx context.Context, from reader, q *BusyQuery) ([]icalendar.BusyPeriod, error) {
	if !q.To.After(q.From) {
		return nil, nil
	}
	if q.To.Sub(q.From) > s.limits.BusyRange && !q.all {
		return nil, tooMuch("free/busy over %v", q.To.Sub(q.From))
	}
	calendars, err := s.counted(ctx, from, q)
	if err != nil {
		return nil, err
	}
	opt := icalendar.Options{Floating: floatingZone(ctx, from, q.Of), Max: s.limits.BusyPeriods}
	judge := s.judge(ctx, from, q)
	var list []icalendar.BusyPeriod
	for _, c := range calendars {
		if c.Kind != storage.KindCalendar {
			continue
		}
		some, err := s.busyIn(ctx, from, c, q, opt, judge)
		if err != nil {
			return nil, err
		}
		if list = append(list, some...); len(list) > 4*s.limits.BusyPeriods {
			list = icalendar.MergeBusy(list)
		}
	}
	if q.Availability {
		list = append(list, s.unavailable(ctx, from, q, opt)...)
	}
	list = icalendar.MergeBusy(list)
	if len(list) > s.limits.BusyPeriods && !q.all {
		return nil, tooMuch("%d periods of free/busy", len(list))
	}
	return list, nil
}

// counted are the calendars that a question is about: those asked for or else all of the person's, if they are not
// transparent, and those of others that count for the person.
func (s *Service) counted(ctx context.Context, from collections, q *BusyQuery) ([]*storage.Collection, error) {
	list := slices.Clone(q.Calendars)
	if q.Calendars == nil {
		all, err := from.CollectionsOf(ctx, q.Of.ID)
		if err != nil {
			return nil, err
		}
		list = all
	}
	list = slices.DeleteFunc(list, func(c *storage.Collection) bool { return c.Transparent })
	if q.Calendars != nil || s.options.Counted == nil {
		return list, nil
	}
	others, err := s.options.Counted(ctx, q.Of)
	return append(list, others...), err
}

// busyIn collects the busy time of one calendar.
func (s *Service) busyIn(ctx context.Context, from reader, c *storage.Collection, q *BusyQuery, opt icalendar.Options, judge func(*storage.Member) func(*icalendar.Component) string) ([]icalendar.BusyPeriod, error) {
	members, err := from.Overlapping(ctx, c.ID, q.From.Unix(), q.To.Unix())
	if err != nil {
		return nil, err
	}
	var list []icalendar.BusyPeriod
	for m := range members {
		masked := m.UID == q.MaskUID && q.MaskUID != ""
		if masked && (q.Asker == nil || q.Asker.ID == q.Of.ID) {
			continue
		}
		switch m.Component {
		case icalendar.Event, icalendar.FreeBusy, icalendar.Availability:
		default:
			continue
		}
		if q.skips(m) {
			continue
		}
		o, err := from.Object(ctx, c.ID, m.Name)
		if errors.Is(err, storage.ErrNotFound) {
			continue // deleted at this moment
		}
		if err != nil {
			return nil, err
		}
		object, err := parsed(o)
		if err != nil {
			continue
		}
		if masked && s.takesPart(ctx, from, q.Asker, object) {
			continue
		}
		some, _, err := object.BusyPeriods(q.From, q.To, opt, judge(m))
		if err != nil {
			continue // an object that cannot be expanded must not fail the answer (reliability.md §1.8)
		}
		if list = append(list, q.touching(some)...); q.near != nil && len(list) >= conflictPeriods {
			break
		}
	}
	return list, nil
}

// takesPart tells whether somebody organizes or attends what an object describes.
func (s *Service) takesPart(ctx context.Context, from principals, who *storage.Principal, o *icalendar.Object) bool {
	role, _, err := itip.RoleOf(o, s.world(ctx, from, who))
	return err == nil && role != itip.None
}

// judge tells the FBTYPE of a person's event: by TRANSP and STATUS, and in what he is only
// invited to, by his answer (scheduling.md §4.23). An unanswered invitation is tentative if
// the organizer is one of ours, else free (architecture.md §8); to himself, who has to choose
// between two of them, it is tentative in any case.
func (s *Service) judge(ctx context.Context, from principals, q *BusyQuery) func(*storage.Member) func(*icalendar.Component) string {
	world := q.world
	if world == nil {
		world = s.world(ctx, from, q.Of)
	}
	invited := func(c *icalendar.Component) string {
		kind := icalendar.BusyType(c)
		if kind == icalendar.Free {
			return kind
		}
		answer := ""
		for a := range c.All("ATTENDEE") {
			if world.Canonical(itip.Normalize(a.Value)) == world.Self[0] {
				answer = itip.PartStat(a)
			}
		}
		switch answer {
		case itip.Declined, itip.Delegated:
			return icalendar.Free
		case itip.Tentative:
			return icalendar.BusyTentative
		case itip.NeedsAction:
			if p := c.Prop("ORGANIZER"); q.near == nil && p != nil && principal(ctx, from, itip.Normalize(p.Value)) == nil {
				return icalendar.Free
			}
			return icalendar.BusyTentative
		}
		return kind
	}
	return func(m *storage.Member) func(*icalendar.Component) string {
		if m.Role == string(itip.Attendee) {
			return invited
		}
		return nil
	}
}

// floatingZone is where a person's floating times are read: calendar-timezone of the default
// calendar (RFC 4791 §5.2.2, RFC 7809 §5.2), else UTC.
func floatingZone(ctx context.Context, from collections, of *storage.Principal) *timezone.Zone {
	c, err := defaultCalendar(ctx, from, of)
	if err != nil || c == nil {
		return nil
	}
	if c.TimezoneID != "" {
		if z := timezone.Lookup(c.TimezoneID); z != nil {
			return z
		}
	}
	if c.Timezone == "" {
		return nil
	}
	o, err := icalendar.Parse([]byte(c.Timezone))
	if err != nil {
		return nil
	}
	if z := o.Calendar.Child(icalendar.TimeZone); z != nil {
		return o.Zones().Lookup(z.Text("TZID"))
	}
	return nil
}

// unavailable is the time outside of what calendar-availability of the inbox allows (RFC 7953 §7.2).
func (s *Service) unavailable(ctx context.Context, from collections, q *BusyQuery, opt icalendar.Options) []icalendar.BusyPeriod {
	inbox, err := inboxOf(ctx, from, q.Of)
	if err != nil {
		return nil
	}
	props, err := from.Properties(ctx, storage.Ref{Kind: storage.RefCollection, ID: inbox.ID}, 0)
	if err != nil {
		return nil
	}
	for _, p := range props {
		if p.Local != "calendar-availability" {
			continue
		}
		if o, err := icalendar.Parse([]byte(textOf(p.XML))); err == nil {
			return icalendar.AvailabilityPeriods([]*icalendar.Object{o}, q.From, q.To, opt)
		}
	}
	return nil
}

// textOf gives the character data of an XML element.
func textOf(element []byte) string {
	var b strings.Builder
	d := xml.NewDecoder(strings.NewReader(string(element)))
	for {
		t, err := d.Token()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				return ""
			}
			return b.String()
		}
		if text, ok := t.(xml.CharData); ok {
			b.Write(text)
		}
	}
}

// VFreeBusy writes the answer to a free-busy-query (RFC 4791 §7.10): a VCALENDAR with one VFREEBUSY.
func (s *Service) VFreeBusy(q *BusyQuery, periods []BusyPeriod) []byte {
	o := icalendar.New(Product)
	c := s.vfreebusy(q, periods)
	o.Calendar.AddChild(c)
	return o.Bytes()
}

func (s *Service) vfreebusy(q *BusyQuery, periods []BusyPeriod) *icalendar.Component {
	list := make([]icalendar.BusyPeriod, len(periods))
	for i, p := range periods {
		list[i] = icalendar.BusyPeriod(p)
	}
	c := icalendar.NewFreeBusy(q.From, q.To, list)
	c.SetTime("DTSTAMP", icalendar.FromInstant(s.now()))
	if c.Prop("UID") == nil {
		c.SetText("UID", strings.TrimSuffix(newName(), ".ics"))
	}
	return c
}

// BusyRequest is a POST to an outbox (RFC 6638 §5).
type BusyRequest struct {
	Owner *storage.Principal // of the outbox
	Data  []byte             // VFREEBUSY, METHOD:REQUEST
	// Begin is asked before anybody's calendars are read: it may wait for its turn, or refuse. Nil: at once. Its error
	// is handed back as it is.
	Begin func() error
	// MayAsk tells whether the recipient lets the owner query (schedule-query-freebusy). Nil: yes.
	MayAsk func(recipient *storage.Principal) bool
}

// BusyAnswer is one CALDAV:response (RFC 6638 §10.2).
type BusyAnswer struct {
	Recipient string // as spelled by the request
	Status    string // request-status, such as "2.0;Success"
	Data      []byte // calendar-data; nil if the status is no success
}

// Busy answers a busy time request. Errors: *Violation valid-calendar-data,
// valid-scheduling-message (400), valid-organizer.
func (s *Service) Busy(ctx context.Context, r *BusyRequest) ([]BusyAnswer, error) {
	o, err := icalendar.Parse(r.Data)
	if err != nil {
		return nil, forbid("valid-calendar-data", err)
	}
	world := s.world(ctx, s.store, r.Owner)
	for part := range o.Parts() {
		// Judged first: whatever is asked, it is not for others to ask.
		if p := part.Prop("ORGANIZER"); p != nil && world.Canonical(itip.Normalize(p.Value)) != world.Self[0] {
			return nil, forbid("valid-organizer", errors.New("ORGANIZER is not the owner of the outbox"))
		}
	}
	c, q, err := s.busyRequest(o)
	if err != nil {
		return nil, &Violation{Namespace: CalDAV, Precondition: "valid-scheduling-message", Status: 400, Err: err}
	}
	if r.Begin != nil {
		if err := r.Begin(); err != nil {
			return nil, err
		}
	}
	var answers []BusyAnswer
	room := s.limits.BusyBytes
	asked := map[itip.Address]bool{} // by whom an address means: nobody is asked twice, however he is spelled
	for p := range c.All("ATTENDEE") {
		who := world.Canonical(itip.Normalize(p.Value))
		if asked[who] {
			continue
		}
		asked[who] = true
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		if room < 0 {
			answers = append(answers, BusyAnswer{Recipient: p.Value, Status: spoken(failed)})
			continue
		}
		a, err := s.busyAnswer(ctx, r, c, p, *q)
		if err != nil {
			return nil, err
		}
		if room -= len(a.Data); room < 0 {
			a.Data, a.Status = nil, spoken(failed) // whoever is left is to be asked apart (reliability.md §2)
		}
		answers = append(answers, a)
	}
	return answers, nil
}

// busyRequest judges a VFREEBUSY REQUEST by RFC 5546 §3.3.2.
func (s *Service) busyRequest(o *icalendar.Object) (*icalendar.Component, *BusyQuery, error) {
	var c *icalendar.Component
	for part := range o.Parts() {
		if c != nil || part.Name != icalendar.FreeBusy {
			return nil, nil, errors.New("not one VFREEBUSY")
		}
		c = part
	}
	if c == nil || o.Method() != "REQUEST" {
		return nil, nil, errors.New("no METHOD:REQUEST of a VFREEBUSY")
	}
	for _, name := range []string{"UID", "DTSTART", "DTEND", "ORGANIZER", "ATTENDEE"} {
		if c.Prop(name) == nil {
			return nil, nil, fmt.Errorf("VFREEBUSY without %s", name)
		}
	}
	zones := o.Zones()
	from, err := c.Prop("DTSTART").Time(zones)
	if err != nil {
		return nil, nil, err
	}
	to, err := c.Prop("DTEND").Time(zones)
	if err != nil {
		return nil, nil, err
	}
	q := &BusyQuery{From: from.Instant(nil), To: to.Instant(nil), Availability: true, MaskUID: c.Text("X-CALENDARSERVER-MASK-UID")}
	if !q.To.After(q.From) {
		return nil, nil, errors.New("DTEND is not after DTSTART")
	}
	if q.To.Sub(q.From) > s.limits.BusyRange {
		return nil, nil, fmt.Errorf("a range of %v", q.To.Sub(q.From))
	}
	n := 0
	for range c.All("ATTENDEE") {
		n++
	}
	if n > s.limits.Recipients {
		return nil, nil, fmt.Errorf("%d recipients", n)
	}
	return c, q, nil
}

// busyAnswer answers for one recipient.
func (s *Service) busyAnswer(ctx context.Context, r *BusyRequest, c *icalendar.Component, p *icalendar.Property, q BusyQuery) (BusyAnswer, error) {
	a := BusyAnswer{Recipient: p.Value}
	of, standing := s.Resolve(ctx, p.Value)
	switch {
	case standing == Unknown:
		a.Status = "3.7;Invalid calendar user"
		return a, nil
	case standing == Outside, of.Kind == storage.KindGroup:
		a.Status = "5.3;No scheduling support for user" // RFC 5546 §3.6
		return a, nil
	case of.ID != r.Owner.ID && r.MayAsk != nil && !r.MayAsk(of):
		a.Status = "3.8;No authority"
		return a, nil
	}
	q.Of, q.Asker = of, r.Owner
	periods, err := s.FreeBusy(ctx, &q)
	var v *Violation
	if errors.As(err, &v) {
		a.Status = spoken(failed)
		return a, nil
	}
	if err != nil {
		return a, err
	}
	answer := icalendar.New(Product)
	answer.Calendar.Set("METHOD", "REPLY")
	f := s.vfreebusy(&q, periods)
	f.SetText("UID", c.Text("UID"))
	f.Add(c.Prop("ORGANIZER").Clone())
	f.Add(p.Clone())
	answer.Calendar.AddChild(f)
	a.Status, a.Data = "2.0;Success", answer.Bytes()
	return a, nil
}
