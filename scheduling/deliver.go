package scheduling

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"convoke/internal/icalendar"
	"convoke/scheduling/itip"
	"convoke/storage"
)

// The delivery statuses of RFC 6638 §3.2.9 that we give.
const (
	pending   = "1.0"
	delivered = "1.2"
	success   = "2.0"
	ignored   = "2.3" // an invalid property parameter was ignored
	nobody    = "3.7"
	denied    = "3.8"
	failed    = "5.1"
	noWay     = "5.2"
	rejected  = "5.3"
	untold    = "" // long over: no SCHEDULE-STATUS
)

// send delivers the messages of a plan and writes on the owner's object what became of
// them. Rooms come first, so that everybody else already sees their answers.
func (w *writing) send(plan *itip.Plan, world *itip.World) error {
	if w.noReply && plan.Role == itip.Attendee {
		plan.Messages = nil // Schedule-Reply: F, RFC 6638 §8.1
	}
	if len(plan.Messages) > 0 && w.maySend != nil {
		if err := w.maySend(plan.Role); err != nil {
			return err
		}
	}
	if len(plan.Messages) > 0 {
		w.sign(plan, world)
	}
	slices.SortStableFunc(plan.Messages, func(a, b itip.Message) int { return w.rank(&a) - w.rank(&b) })
	told, answered := map[itip.Address]string{}, itip.Address("")
	statuses := map[bool]map[itip.Address]string{true: {}, false: {}} // true: of the organizer
	for i := range plan.Messages {
		m := &plan.Messages[i]
		m.Direct = true
		d, err := w.deliver(m)
		if err != nil {
			return err
		}
		if p := w.principal(m.Recipient); !m.Refreshing && (p == nil || p.Kind != storage.KindGroup) {
			w.outcomes = append(w.outcomes, outcome{m.Method, m.Recipient, w.reason(plan, world, m), d})
		}
		if plan.Object == nil {
			continue
		}
		if d.answer == nil || d.status != delivered {
			if told[m.Recipient] = d.status; d.status != untold {
				statuses[m.Method == itip.Reply][m.Recipient] = d.status
			}
		}
		if m.Method == itip.Reply {
			itip.Answered(plan.Object, world, m)
		}
		if d.answer != nil && w.takeAnswer(plan, world, d.answer, i) {
			answered = d.answer.Originator
		}
	}
	if plan.Object == nil {
		return nil
	}
	if answered != "" {
		if err := w.refreshUntold(plan, world, answered); err != nil {
			return err
		}
	}
	for _, a := range plan.Unknown {
		if told[a] == "" || told[a] == delivered {
			statuses[plan.Role == itip.Attendee][a] = ignored
		}
	}
	for organizer, list := range statuses {
		itip.SetStatuses(plan.Object, world, organizer, list)
	}
	return nil
}

// sign says in what is stored and sent who writes for whom (SENT-BY, RFC 5545 §3.2.18).
func (w *writing) sign(plan *itip.Plan, world *itip.World) {
	sender := itip.Address("")
	if w.who != nil && w.owner != nil && w.who.ID != w.owner.ID {
		sender = canonicalOf(w.who)
	}
	ours := func(a itip.Address) bool { return w.principal(a) != nil }
	if plan.Object != nil {
		itip.Sign(plan.Object, world, plan.Role, sender, ours)
	}
	var signed *icalendar.Object // many have the same one
	for i := range plan.Messages {
		if o := plan.Messages[i].Object; o != signed {
			itip.Sign(o, world, plan.Role, sender, ours)
			signed = o
		}
	}
}

// rank orders recipients: rooms and resources before people.
func (w *writing) rank(m *itip.Message) int {
	if p, standing := w.resolve(m.Recipient); standing == Local && answersItself(p) {
		return 0
	}
	return 1
}

// refreshUntold passes a room's answers on to those who got no message of the whole with this change: a room looks at all
// instances anew, also at those that did not change.
func (w *writing) refreshUntold(plan *itip.Plan, world *itip.World, room itip.Address) error {
	whole := map[itip.Address]bool{room: true}
	for i := range plan.Messages {
		if m := &plan.Messages[i]; m.Method == itip.Request && m.Whole {
			whole[m.Recipient] = true
		}
	}
	if !slices.ContainsFunc(itip.Attendees(plan.Object, world), func(a itip.Address) bool { return !whole[a] && !slices.Contains(world.Self, a) }) {
		return nil
	}
	return w.refresh(plan.Object, world, room)
}

// takeAnswer writes the answer of a room into the organizer's object, which is not stored
// yet, and into the messages that still wait, and tells whether it was news.
func (w *writing) takeAnswer(plan *itip.Plan, world *itip.World, answer *itip.Message, i int) bool {
	effect, err := itip.Apply(plan.Object, answer, world)
	if err != nil || !effect.Changed {
		return false
	}
	plan.Object = effect.Object
	w.drawings, w.invited = nil, nil    // the messages change
	told := map[*icalendar.Object]int{} // many have the same one
	for j := i + 1; j < len(plan.Messages); j++ {
		m := &plan.Messages[j]
		if m.Method != itip.Request || effect.PartStat == "" {
			continue
		}
		made, ok := told[m.Object]
		if !ok {
			made = itip.Pass(m.Object, plan.Object, world, answer.Originator)
			told[m.Object] = made
		}
		m.Instances += made
	}
	return true
}

// delivery tells what became of a message.
type delivery struct {
	status  string
	answer  *itip.Message // what a room said at once
	reason  string
	used    bool // something was changed
	created bool // there was nothing before
}

// deliver brings one message to its recipient: into his calendars if he is ours, into the
// queue if he is outside. No trouble with a recipient is an error.
func (w *writing) deliver(m *itip.Message) (delivery, error) {
	p, standing := w.resolve(m.Recipient)
	switch standing {
	case Unknown:
		return delivery{status: nobody}, w.note(m.UID, "refuse", fmt.Sprintf("%s to %s: nobody of that address", m.Method, m.Recipient))
	case Outside:
		return w.queue(m)
	}
	if p.Kind == storage.KindGroup {
		return delivery{status: delivered}, nil // its members stand on the list themselves
	}
	if may := w.s.options.MayDeliver; may != nil && w.owner != nil && !may(w.ctx, w.owner, p, !m.Method.FromOrganizer()) {
		return delivery{status: denied}, nil // RFC 6638 §11.2 item 3
	}
	return w.receive(p, m)
}

// queue makes a row for a recipient elsewhere.
func (w *writing) queue(m *itip.Message) (delivery, error) {
	if !w.s.options.MailOut {
		return delivery{status: noWay}, nil // architecture.md §8
	}
	if m.Refreshing {
		return delivery{status: pending}, nil // never mailed: scheduling.md §3.14
	}
	if w.longOver(m) {
		return delivery{status: untold}, w.note(m.UID, "silent", fmt.Sprintf("%s to %s: long over", m.Method, m.Recipient))
	}
	row := &storage.Outbound{
		UID: m.UID, Instance: m.Instance(), Method: string(m.Method), Sequence: m.Sequence, DTStamp: m.DTStamp(),
		Sender: string(m.Originator), Recipient: string(m.Recipient), MessageID: messageID(m.Originator), Data: m.Object.Bytes(),
	}
	if w.owner != nil {
		row.PrincipalID = w.owner.ID
	}
	if w.s.options.MergePause > 0 {
		row.Next = w.s.clock().Add(w.s.options.MergePause)
	}
	if m.Asked != "" {
		row.DTStamp += "/" + m.Asked // each asking is answered, once
	}
	if _, err := w.tx.Enqueue(row); err != nil {
		return delivery{}, fmt.Errorf("queue a message: %w", err)
	}
	return delivery{status: pending, used: true}, w.note(m.UID, "queue", fmt.Sprintf("%s to %s", m.Method, m.Recipient))
}

// longOver tells a meeting that ended so long ago, before and after the change, that nobody is mailed about it
// (scheduling.md §4.24).
func (w *writing) longOver(m *itip.Message) bool {
	if w.s.options.PastDays <= 0 {
		return false
	}
	last := max(w.last, m.Object.Span().Last)
	return last > 0 && last < w.s.now().AddDate(0, 0, -w.s.options.PastDays).Unix()
}

// messageID makes the Message-ID by which a mail is known however often it is tried.
func messageID(from itip.Address) string {
	var b [16]byte
	rand.Read(b[:]) //nolint:errcheck // never fails, crypto/rand
	domain := from.Domain()
	if domain == "" || strings.ContainsAny(domain, " <>\r\n\"") {
		domain = "convoke.invalid"
	}
	return "<" + hex.EncodeToString(b[:]) + "@" + domain + ">"
}
