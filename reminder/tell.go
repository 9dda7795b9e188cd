package reminder

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"convoke/imip/compose"
	"convoke/internal/icalendar"
	"convoke/internal/settings"
	"convoke/storage"
)

// place is where something due stands.
type place struct {
	calendar int64
	name     string
}

// tell tells a person of what is due by now.
func (s *Service) tell(ctx context.Context, p *person, now time.Time) error {
	if len(p.wants) == 0 {
		return nil
	}
	upTo := p.reached(now)
	due := p.due(upTo)
	if len(due) == 0 {
		p.told = upTo
		return nil
	}
	var notices []Notice
	err := errMoved
	for try := 0; errors.Is(err, errMoved) && try < tries; try++ {
		// What is dear is done before the transaction, which makes sure that nothing has changed since.
		var list []Notice
		var seen map[place]string
		if list, seen, err = s.noticesOf(ctx, p, due, upTo, now); err != nil {
			return err
		}
		err = s.o.Store.Update(ctx, actor, func(tx *storage.Tx) error { return s.commit(ctx, tx, p, list, seen, upTo) })
		notices = list
	}
	if err != nil {
		return fmt.Errorf("tell: %w", err)
	}
	p.told, p.noted = upTo, upTo
	p.drop(func(at int64) bool { return at <= upTo.Unix() })
	show := newest(notices, func(n *Notice) bool { return n.Action != "EMAIL" })
	for _, t := range p.shown {
		if len(show) > 0 {
			t.Tell(ctx, slices.Clone(show))
		}
	}
	return nil
}

// errMoved tells that something was changed while it was looked at; it is looked at so often.
var errMoved = errors.New("it changed meanwhile")

const tries = 5

// due gives what has an alarm by a time, in an order that is always the same.
func (p *person) due(upTo time.Time) (list []place) {
	for id, c := range p.calendars {
		for name, times := range c.alarms {
			if times[0] <= upTo.Unix() {
				list = append(list, place{id, name})
			}
		}
	}
	slices.SortFunc(list, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.calendar, b.calendar), cmp.Compare(a.name, b.name))
	})
	return list
}

// noticesOf gives what is due by a time, as the objects stand, and the ETags of these; "" for what is gone.
func (s *Service) noticesOf(ctx context.Context, p *person, due []place, upTo, now time.Time) (list []Notice, seen map[place]string, err error) {
	seen = make(map[place]string, len(due))
	work := s.begin(p)
	for _, at := range due {
		stored, err := s.o.Store.Object(ctx, at.calendar, at.name)
		if errors.Is(err, storage.ErrNotFound) {
			seen[at] = ""
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		seen[at] = stored.ETag
		names, mine, err := s.pathOf(ctx, p.who, at.calendar)
		if err != nil {
			return nil, nil, err
		}
		o := parsed(stored)
		if o == nil || !mine {
			continue
		}
		href, zone, zones := s.o.Href(p.who, append(names, at.name)), p.calendars[at.calendar].zone, o.Zones()
		work.alarms(o, p.who, zone, p.told, upTo, func(i *icalendar.Instance, alarm *icalendar.Component, at time.Time) {
			n := p.noticeOf(i, alarm, at, zone, zones)
			n.Href = href
			if p.wants[n.Action] && !tooLate(&n, now) {
				list = append(list, n)
			}
		})
	}
	return list, seen, nil
}

// commit queues the mails of notices and notes that they were told, or gives errMoved.
func (s *Service) commit(ctx context.Context, tx *storage.Tx, p *person, list []Notice, seen map[place]string, upTo time.Time) error {
	for at, etag := range seen {
		stored, err := tx.Object(ctx, at.calendar, at.name)
		switch {
		case errors.Is(err, storage.ErrNotFound):
			if etag != "" {
				return errMoved
			}
		case err != nil:
			return err
		case stored.ETag != etag:
			return errMoved
		}
	}
	if s.mailsTo(p) {
		if err := s.mail(tx, p, list); err != nil {
			return err
		}
	}
	return tx.SetTold(p.who.ID, upTo)
}

// pathOf gives the path segments of a calendar below its home; false if it is another's.
func (s *Service) pathOf(ctx context.Context, who *storage.Principal, calendar int64) (names []string, mine bool, err error) {
	for id := calendar; id != 0; {
		c, err := s.o.Store.CollectionByID(ctx, id)
		if errors.Is(err, storage.ErrNotFound) || err == nil && c.OwnerID != who.ID {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		names, id = append(names, c.Name), c.ParentID
	}
	slices.Reverse(names)
	return names, true, nil
}

// newest picks notices, of each occurrence the one that went off last, in the order of their times.
func newest(list []Notice, wanted func(*Notice) bool) (picked []Notice) {
	type occurrence struct{ href, id string }
	at := map[occurrence]int{}
	for i := range list {
		n := &list[i]
		if !wanted(n) {
			continue
		}
		key := occurrence{n.Href, n.RecurrenceID}
		if k, ok := at[key]; !ok {
			at[key] = len(picked)
			picked = append(picked, *n)
		} else if n.At.After(picked[k].At) {
			picked[k] = *n
		}
	}
	slices.SortStableFunc(picked, func(a, b Notice) int { return a.At.Compare(b.At) })
	return picked
}

// mail puts the mails of notices into the queue.
func (s *Service) mail(tx *storage.Tx, p *person, notices []Notice) error {
	list := newest(notices, func(n *Notice) bool { return n.Action == "EMAIL" || p.choice.MailReminders == settings.MailAll })
	if len(list) == 0 {
		return nil
	}
	sent, err := tx.RemindersSince(p.who.ID, tx.Now().Add(-24*time.Hour))
	if err != nil {
		return err
	}
	for i := range list {
		if limit := s.o.Mail.PerDay; limit > 0 && sent >= limit {
			s.o.Log.Warn("reminders are not mailed: there were too many in a day", "user", p.who.Name, "limit", limit, "left out", len(list)-i)
			return tx.Journal(storage.Entry{UID: list[i].UID, PrincipalID: p.who.ID, What: "silent",
				Detail: fmt.Sprintf("%s: %d in a day, %d not mailed", storage.MethodReminder, limit, len(list)-i)})
		}
		queued, err := s.queue(tx, &list[i])
		if err != nil {
			return err
		}
		if queued {
			sent++
		}
	}
	return nil
}

// queue puts the mail of a notice into the queue; false if it is there already.
func (s *Service) queue(tx *storage.Tx, n *Notice) (bool, error) {
	says := compose.NewReminder(compose.Occasion{Start: n.Start, End: n.End, AllDay: n.AllDay, Zone: n.Zone}, n.Language, s.o.Mail.Language)
	says.Title, says.Place, says.Task = clip(n.Title), clip(n.Place), n.Task
	if s.o.Mail.Link != nil {
		says.Link = s.o.Mail.Link(n)
	}
	data, err := json.Marshal(says)
	if err != nil {
		return false, fmt.Errorf("write a reminder: %w", err)
	}
	row := &storage.Outbound{
		UID: n.UID, Instance: n.RecurrenceID, Method: storage.MethodReminder, DTStamp: icalendar.FromInstant(n.At).String(), PrincipalID: n.Principal.ID,
		Sender: "mailto:" + s.o.Mail.Gateway, Recipient: addressOf(n.Principal), MessageID: messageID(s.o.Mail.Gateway), Data: data,
	}
	queued, err := tx.Enqueue(row)
	if err != nil || !queued {
		return false, err
	}
	return true, tx.Journal(storage.Entry{UID: n.UID, PrincipalID: n.Principal.ID, What: "queue", Detail: row.Method + " to " + row.Recipient})
}

// maxText bounds, in bytes, what a mail keeps of a title or a place; the mail itself shows less.
const maxText = 4_000

func clip(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.ToValidUTF8(s, "")
}

// messageID makes the Message-ID by which a mail is known however often it is tried.
func messageID(gateway string) string {
	var b [16]byte
	rand.Read(b[:]) //nolint:errcheck // never fails, crypto/rand
	return "<" + hex.EncodeToString(b[:]) + gateway[strings.LastIndexByte(gateway, '@'):] + ">"
}
