package web

import (
	"cmp"
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"convoke/internal/icalendar"
	"convoke/internal/recur"
	"convoke/internal/timezone"
	"convoke/server"
	"convoke/storage"
)

// The bounds of one page.
const (
	maxShown   = 1_500 // instances, each counted on every day that it is shown on
	maxInDay   = 4     // of a day of the month view; the others are in the list
	maxText    = 2_000 // bytes of a description
	firstYear  = 1970
	lastYear   = 2199
	maxDaysFor = 62 // that one event is shown on
)

// entry is an instance as a page shows it, on one day.
type entry struct {
	Time, Until string // "" for what lasts the whole of that day
	Title       string
	Place       string
	Text        string
	Link        string // http or https
	Cancelled   bool
	Tentative   bool
	Continues   bool // it began on an earlier day

	at recur.Local
}

// dayView is a day with what takes place.
type dayView struct {
	Anchor  string // 2026-11-29
	Number  int
	Label   string
	Outside bool // of the month
	Today   bool
	Entries []entry
	More    int // of Entries, that have no room in a month
}

// Shown are those that have room.
func (d *dayView) Shown() []entry { return d.Entries[:len(d.Entries)-d.More] }

// publicView is what the page of a public calendar shows.
type publicView struct {
	Name, About                                 string
	Hue                                         string
	Zone                                        string
	Month                                       string
	Agenda, Embed, Busy, Empty, Cut             bool
	Weekdays                                    []string
	Weeks                                       [][]dayView
	Days                                        []dayView
	Prev, Next, Today, AsMonth, AsAgenda        string
	ICS, Whole                                  string
	Webcal                                      template.URL
	PrevLabel, NextLabel, ThisMonth, OtherMonth string
}

// page shows a month of the calendar.
func (p *Public) page(w http.ResponseWriter, r *http.Request, v *shown, embed bool) {
	q := r.URL.Query()
	today := v.zone.Local(p.now()).Date
	month := monthAsked(q.Get("month"), today)
	agenda := q.Get("view") == "agenda"
	first := month.AddDays(-(int(month.Weekday()) + 6) % 7) // weeks begin on Monday (ISO 8601)
	last := nextMonth(month, 1).AddDays(-1)
	last = last.AddDays((7 - int(last.Weekday())) % 7)
	days, cut, err := p.days(r.Context(), v, first, last)
	if err != nil {
		server.Note(r.Context(), "public-failed", err)
		http.Error(w, "This calendar cannot be read right now. Try again in a moment.", http.StatusServiceUnavailable)
		return
	}
	says := calendarLanguages[languageOf(r)]
	view := publicView{
		Name: v.name(), Hue: hueOf(v.calendar.Color), Zone: v.zone.Name(), Month: says.monthOf(month), Agenda: agenda, Embed: embed,
		Busy: v.link.Detail == storage.LinkBusy, Cut: cut, Empty: true,
	}
	if !view.Busy {
		view.About = v.calendar.Description
	}
	for i := range 7 {
		view.Weekdays = append(view.Weekdays, says.short[(i+1)%7])
	}
	for d := first; !d.After(last); d = d.AddDays(1) {
		day := dayView{Anchor: anchorOf(d), Number: d.Day, Label: says.shortDay(d), Outside: d.Month != month.Month, Today: d == today, Entries: days[d]}
		if n := len(day.Entries); n > maxInDay {
			day.More = n - maxInDay + 1
		}
		if d.Weekday() == time.Monday {
			view.Weeks = append(view.Weeks, nil)
		}
		n := len(view.Weeks) - 1
		view.Weeks[n] = append(view.Weeks[n], day)
		if !day.Outside && len(day.Entries) > 0 {
			view.Days = append(view.Days, day)
			view.Empty = false
		}
	}
	view.links(r, v, month, today, says)
	title := view.Name
	class := "public"
	if embed {
		class = "public embed"
		// The one page of ours that may stand in those of others (reliability.md §7).
		w.Header().Del("X-Frame-Options")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *")
	}
	p.site.show(w, r, http.StatusOK, "public", page{Title: title, Class: class, Style: "css/public.css", Wide: true, Bare: embed, Data: &view})
}

// links fills in where the page leads to.
func (view *publicView) links(r *http.Request, v *shown, month, today recur.Date, says *calendarWords) {
	to := func(m recur.Date, agenda bool) string {
		q := url.Values{}
		if m.Year != today.Year || m.Month != today.Month {
			q.Set("month", anchorOf(m)[:len("2006-01")])
		}
		if agenda {
			q.Set("view", "agenda")
		}
		return "?" + q.Encode()
	}
	prev, next := nextMonth(month, -1), nextMonth(month, 1)
	if prev.Year >= firstYear {
		view.Prev, view.PrevLabel = to(prev, view.Agenda), says.monthOf(prev)
	}
	if next.Year <= lastYear {
		view.Next, view.NextLabel = to(next, view.Agenda), says.monthOf(next)
	}
	if month.Year != today.Year || month.Month != today.Month {
		view.Today = to(today, view.Agenda)
	}
	view.AsMonth, view.AsAgenda = to(month, false), to(month, true)
	at := "/public/" + v.link.Token
	view.Whole = at
	view.ICS = at + ".ics"
	view.Webcal = template.URL("webcal://" + r.Host + view.ICS) //nolint:gosec // the scheme is the one that html/template does not know
}

// days gives what takes place on each day, in order; cut tells that there was too much.
func (p *Public) days(ctx context.Context, v *shown, first, last recur.Date) (days map[recur.Date][]entry, cut bool, err error) {
	from, to := v.zone.Instant(first.At(0, 0, 0)), v.zone.Instant(last.AddDays(1).At(0, 0, 0))
	listing, err := p.store.Listing(ctx, v.calendar.ID)
	if err != nil {
		return nil, false, err
	}
	publication := v.publication(p.store)
	days = map[recur.Date][]entry{}
	says := &calendarWords{clock: "%02d:%02d"}
	n := 0
	for m := range listing.Overlapping(from.Unix(), to.Unix()) {
		if m.Component != icalendar.Event {
			continue
		}
		o, err := p.store.Object(ctx, v.calendar.ID, m.Name)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, false, err
		}
		object := published(o, publication)
		if object == nil {
			continue
		}
		instances, more, err := object.Instances(from, to, icalendar.Options{Floating: v.zone, Max: maxShown - n})
		if err != nil {
			continue // it cannot be expanded, and is one of many
		}
		cut = cut || more
		for i := range instances {
			if n >= maxShown {
				break
			}
			n += max(1, says.spread(days, &instances[i], v.zone, first, last))
		}
		if n >= maxShown {
			cut = true
			break
		}
	}
	for _, list := range days {
		slices.SortStableFunc(list, func(a, b entry) int {
			return cmp.Or(a.at.Compare(b.at), strings.Compare(a.Title, b.Title))
		})
	}
	return days, cut, nil
}

// spread puts an instance on each of its days, and tells how many of these are shown.
func (w *calendarWords) spread(days map[recur.Date][]entry, i *icalendar.Instance, zone *timezone.Zone, first, last recur.Date) (n int) {
	s := stretchOf(i, zone)
	c := i.Component
	e := entry{
		Title: line(c.Text("SUMMARY"), maxText), Place: line(c.Text("LOCATION"), maxText), Text: block(c.Text("DESCRIPTION"), maxText),
		Link: webLink(c), Cancelled: strings.EqualFold(c.Text("STATUS"), "CANCELLED"), Tentative: strings.EqualFold(c.Text("STATUS"), "TENTATIVE"),
	}
	for d := s.from.Date; !d.After(s.lastDay()) && n < maxDaysFor; d = d.AddDays(1) {
		if d.Before(first) {
			if s.lastDay().Before(first) {
				return n
			}
			d = first.AddDays(-1) // and on to the first
			continue
		}
		if d.After(last) {
			return n
		}
		n++
		one := e
		one.Continues = d != s.from.Date
		one.at = d.At(0, 0, 0)
		if !s.allDay {
			if !one.Continues {
				one.Time, one.at = w.clockOf(s.from), s.from
			}
			if d == s.lastDay() && s.to != s.from {
				one.Until = w.clockOf(s.to)
			}
		}
		days[d] = append(days[d], one)
	}
	return n
}

// webLink is the URL of an event, if a page may lead there.
func webLink(c *icalendar.Component) string {
	p := c.Prop("URL")
	if p == nil || len(p.Value) > maxText {
		return ""
	}
	u, err := url.Parse(strings.TrimSpace(p.Value))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return u.String()
}

// monthAsked is the first day of the month that a page is asked for, or else of today's.
func monthAsked(text string, today recur.Date) recur.Date {
	t, err := time.Parse("2006-01", text)
	if err != nil || t.Year() < firstYear || t.Year() > lastYear {
		return recur.Date{Year: today.Year, Month: today.Month, Day: 1}
	}
	return recur.DateOf(t)
}

// nextMonth is the first day of the month n months away.
func nextMonth(d recur.Date, n int) recur.Date {
	return recur.DateOf(time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, time.UTC))
}

func anchorOf(d recur.Date) string {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Format("2006-01-02")
}
