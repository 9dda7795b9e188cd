package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"convoke/internal/icalendar"
	"convoke/internal/vcard"
	"convoke/server"
	"convoke/server/tree"
	"convoke/storage"
)

// The bounds of a search.
const (
	searchLimit    = 20  // results of each kind, where nothing is said
	searchLimitMax = 100 // and at most
	maxHits        = 500 // of one collection that are looked at
	maxQueryBytes  = 200
	maxWords       = 10
)

func (a *API) searchRoutes() []route {
	return []route{
		{"GET /api/search", signedIn, a.search},
		{"GET /api/people", signedIn, a.peopleFor},
	}
}

// found is one result of a search.
type found struct {
	Kind       string `json:"kind"`
	Href       string `json:"href"`
	Collection string `json:"collection"`
	UID        string `json:"uid"`
	Title      string `json:"title"`
	Subtitle   string `json:"subtitle,omitempty"`
	Start      string `json:"start,omitempty"` // of the next instance, or the last
	End        string `json:"end,omitempty"`
	AllDay     bool   `json:"allDay"`
	Recurring  bool   `json:"recurring"`

	at   time.Time // zero is undated
	past bool
}

// words are those of a query, as texts are kept.
func words(q string) []string {
	list := strings.Fields(fold(q[:min(len(q), maxQueryBytes)]))
	return list[:min(len(list), maxWords)]
}

// search answers GET /api/search: what one reaches that has all the words.
func (a *API) search(c *call) (any, error) {
	list := words(strings.ToValidUTF8(c.FormValue("q"), ""))
	if len(list) == 0 {
		return nil, refusal(http.StatusBadRequest, "no-words", "Say what to look for.")
	}
	if err := server.Dear(c.Context()); err != nil {
		return nil, refusal(http.StatusServiceUnavailable, "busy", "The server is busy. Please try again in a moment.")
	}
	kinds := strings.FieldsFunc(c.FormValue("kinds"), func(r rune) bool { return r == ',' })
	limit := c.limit(searchLimit, searchLimitMax)
	all, err := a.findAll(c.Context(), c.who, list, func(kind string) bool { return len(kinds) == 0 || slices.Contains(kinds, kind) })
	if err != nil {
		return nil, err
	}
	items, counts := []found{}, map[string]int{}
	for _, f := range all {
		if counts[f.Kind]++; counts[f.Kind] <= limit {
			items = append(items, f)
		}
	}
	return map[string]any{"items": items}, nil
}

// findAll gives what somebody reaches that has all the words: what comes first, then what was, then contacts.
func (a *API) findAll(ctx context.Context, who *storage.Principal, list []string, wanted func(kind string) bool) ([]found, error) {
	reach, err := a.o.Tree.Reach(ctx, who)
	if err != nil {
		return nil, err
	}
	now := a.o.Store.Now()
	var all []found
	for i := range reach {
		r := &reach[i]
		book := r.Collection.Kind == storage.KindAddressBook
		if !r.Details || !book && r.Collection.Kind != storage.KindCalendar || book && !wanted("contact") || !book && !wanted("event") && !wanted("task") {
			continue
		}
		err := a.eachHit(ctx, r, list, func(o *storage.Object) {
			if f, ok := describe(r, o, now); ok && wanted(f.Kind) {
				all = append(all, f)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(all, func(x, y found) int {
		rank := func(f *found) int {
			switch {
			case f.Kind == "contact":
				return 2
			case f.past:
				return 1
			}
			return 0
		}
		byTime := x.at.Compare(y.at)
		if x.past {
			byTime = -byTime
		}
		return cmp.Or(cmp.Compare(rank(&x), rank(&y)), byTime, strings.Compare(x.Title, y.Title))
	})
	return all, nil
}

// eachHit gives the objects of a collection that have all the words, and of which whoever reaches it may see them.
func (a *API) eachHit(ctx context.Context, r *tree.Reached, list []string, yield func(*storage.Object)) error {
	l, err := a.o.Store.Listing(ctx, r.Collection.ID)
	if errors.Is(err, storage.ErrNotFound) {
		return nil // deleted at this moment
	}
	if err != nil {
		return err
	}
	var secret func(*storage.Object) bool
	if !r.Private {
		c, err := a.collectionAt(ctx, r.Href)
		if err != nil {
			return err
		}
		secret = c.Door.Secret
	}
	var hits []*storage.Member
	err = a.texts.hits(ctx, a.o.Store, l, list, func(m *storage.Member) bool {
		hits = append(hits, m)
		return true
	})
	if err != nil {
		return err
	}
	// Of too many, those that end last: what is to come is among them.
	slices.SortFunc(hits, func(x, y *storage.Member) int { return cmp.Compare(y.Last, x.Last) })
	for _, m := range hits[:min(len(hits), maxHits)] {
		o, err := a.o.Store.ObjectOf(ctx, m)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if secret != nil && secret(o) {
			continue // of it only when it takes place may be known, and that has no words
		}
		yield(o)
	}
	return nil
}

// describe makes a result of an object.
func describe(r *tree.Reached, o *storage.Object, now time.Time) (found, bool) {
	f := found{Href: r.Href + escaped(o.Name), Collection: r.Href, UID: o.UID, Recurring: o.Recurring}
	if isCard(o.Data) {
		card, err := vcard.Parse(o.Data)
		if err != nil {
			return f, false
		}
		f.Kind, f.Title = "contact", card.FormattedName()
		f.Subtitle = card.Text("ORG")
		if mails := card.Emails(); len(mails) > 0 {
			f.Subtitle = mails[0]
		}
		return f, true
	}
	p, err := parsed(o)
	if err != nil {
		return f, false
	}
	i, ok := occurrence(p, o, now)
	if !ok {
		return f, false
	}
	f.Kind, f.Title, f.Subtitle = kindOf(i.Component.Name), clip(i.Component.Text("SUMMARY")), clip(cmp.Or(i.Component.Text("LOCATION"), r.Name))
	f.AllDay = i.AllDay()
	f.at, f.past = i.Start, !i.Start.IsZero() && i.Start.Before(now) && !i.End.After(now)
	f.past = f.past || strings.EqualFold(i.Component.Text("STATUS"), "COMPLETED")
	if !i.Start.IsZero() {
		f.Start, f.End = instant(i.Start, f.AllDay), instant(i.End, f.AllDay)
	} else if f.Kind == "task" && !f.past {
		f.at = now.AddDate(100, 0, 0) // undated: behind what has a date
	}
	return f, true
}

// instant spells a time as the API does: a date for whole days.
func instant(t time.Time, allDay bool) string {
	switch {
	case t.IsZero():
		return ""
	case allDay:
		return t.Format(time.DateOnly)
	}
	return t.UTC().Format(time.RFC3339)
}

// ahead is how far the next instance of a series is looked for, and the last.
const ahead = 2 * 366 * 24 * time.Hour

// occurrence gives the instance of an object that comes next or is under way; else the last; else any.
func occurrence(p *icalendar.Object, o *storage.Object, now time.Time) (icalendar.Instance, bool) {
	s, err := p.Series()
	if err != nil {
		return icalendar.Instance{}, false
	}
	if o.Last >= now.Unix() {
		if list, _ := s.Instances(now, now.Add(ahead), icalendar.Options{Max: 1}); len(list) > 0 {
			return list[0], true
		}
	}
	if o.Recurring {
		end := now
		if o.Last < now.Unix() {
			end = time.Unix(o.Last, 0).Add(time.Second)
		}
		if list, _ := s.Instances(end.AddDate(0, -2, 0), end, icalendar.Options{}); len(list) > 0 {
			return list[len(list)-1], true
		}
	}
	if list, _ := s.Instances(time.Time{}, time.Time{}, icalendar.Options{Max: 1}); len(list) > 0 {
		return list[0], true
	}
	for c := range p.Parts() { // without a date
		if c.Name != icalendar.TimeZone {
			return icalendar.Instance{Component: c}, true
		}
	}
	return icalendar.Instance{}, false
}
