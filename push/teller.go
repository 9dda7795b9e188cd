package push

import (
	"context"
	"fmt"
	"strings"
	"time"

	"convoke/internal/settings"
	"convoke/internal/timezone"
	"convoke/reminder"
	"convoke/storage"
)

var _ reminder.Teller = (*Service)(nil)

// How long a reminder is worth telling: until it begins, and these times at least and at most.
const (
	atLeast = 10 * time.Minute
	atMost  = 14 * 24 * time.Hour
)

// words are the few that are ours: everything else is the person's own, and times the browser writes itself.
type words struct{ untitled, due, testTitle, testBody string }

// languages are those we speak, by tag.
var languages = map[string]words{
	"en": {"Untitled", "Due: %s", "Reminders reach this device", "That is how they look, also when no page is open."},
	"de": {"Ohne Titel", "Fällig: %s", "Erinnerungen kommen auf diesem Gerät an", "So sehen sie aus, auch wenn keine Seite offen ist."},
}

// wordsOf are those of a language, else English ones.
func wordsOf(language string) (tag string, w words) {
	tag, _, _ = strings.Cut(strings.ToLower(language), "-")
	if w, ok := languages[tag]; ok {
		return tag, w
	}
	return "en", languages["en"]
}

// Wants is reminder.Teller's: whoever has a browser registered is told.
func (s *Service) Wants(ctx context.Context, who *storage.Principal) (bool, error) {
	if !s.Possible() {
		return false, nil
	}
	list, err := s.o.Store.PushSubscriptions(ctx, who.ID)
	return len(list) > 0, err
}

// Tell is reminder.Teller's.
func (s *Service) Tell(ctx context.Context, list []reminder.Notice) {
	if len(list) == 0 {
		return
	}
	who, now := list[0].Principal.ID, s.o.Store.Now()
	hours24 := s.hours24(ctx, who)
	messages := make([]Message, len(list))
	for i := range list {
		messages[i] = s.messageOf(&list[i], now)
		if t := messages[i].Time; t != nil {
			t.Hours24 = hours24
		}
	}
	s.Send(ctx, who, messages)
}

// hours24 is how somebody wants hours to be written; nil where that is not chosen, or not known at this moment.
func (s *Service) hours24(ctx context.Context, principalID int64) *bool {
	text, err := s.o.Store.Settings(ctx, principalID)
	if err != nil {
		return nil
	}
	return settings.Read(text).Hours24
}

// messageOf puts a notice into a message. Its tag is the one that the page gives its own notification of the same alarm.
func (s *Service) messageOf(n *reminder.Notice, now time.Time) Message {
	tag, w := wordsOf(n.Language)
	m := Message{
		Title: n.Title, Body: n.Place, Path: s.o.Path(n), Language: tag,
		Tag: fmt.Sprintf("%s#%d#%d", n.Href, n.Start.UnixMilli(), n.At.UnixMilli()),
	}
	if strings.TrimSpace(m.Title) == "" {
		m.Title = w.untitled
	}
	if n.Task {
		m.Title = fmt.Sprintf(w.due, m.Title)
	}
	if !n.Start.IsZero() {
		m.Time = timeOf(n)
	}
	m.Until = n.Start
	if soonest := now.Add(atLeast); m.Until.Before(soonest) {
		m.Until = soonest
	}
	if last := now.Add(atMost); m.Until.After(last) {
		m.Until = last
	}
	return m
}

// timeOf is when something takes place, on the clock of the zone in which the person lives or it is written.
func timeOf(n *reminder.Notice) *Time {
	if n.AllDay {
		day := func(t time.Time) int64 {
			d := n.Zone.Local(t).Date
			return time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC).UnixMilli()
		}
		return &Time{Start: day(n.Start), End: day(n.End), AllDay: true}
	}
	t := &Time{Start: n.Start.UnixMilli(), End: n.End.UnixMilli()}
	if name := n.Zone.Name(); timezone.Lookup(name) != nil { // no browser knows others
		t.Zone = name
	}
	return t
}

// testMessage is what Show shows, to try whether it arrives.
func testMessage(language string, now time.Time) Message {
	tag, w := wordsOf(language)
	return Message{Title: w.testTitle, Body: w.testBody, Tag: "convoke.test", Path: "/settings/general", Language: tag, Until: now.Add(time.Minute)}
}
