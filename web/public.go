package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"convoke/internal/icalendar"
	"convoke/internal/timezone"
	"convoke/server"
	"convoke/server/tree"
	"convoke/storage"
)

// Public serves calendars at secret addresses: /public/TOKEN for people, the same with .ics for calendar programs, and
// with /embed for the pages of other sites. Who is unknown here stays so: there are no cookies, and all that is not
// there answers alike.
type Public struct {
	site  *Site
	tree  *tree.Tree
	store *storage.Store
	rate  *buckets
}

// askedPerMinute is how often one network reads public calendars; an address that is none counts as guessCosts of them.
const (
	askedPerMinute = 240
	guessCosts     = 12
)

// Public makes the handler of /public/*.
func (s *Site) Public(t *tree.Tree) http.Handler {
	return &Public{s, t, t.Store, newBuckets(askedPerMinute, t.Store.Now)}
}

var publicPath = regexp.MustCompile(`^/public/([A-Za-z0-9_-]{43})(\.ics|/embed)?$`)

// shown is a calendar that somebody may look at by a link.
type shown struct {
	link     *storage.Link
	calendar *storage.Collection
	zone     *timezone.Zone
	words    words
}

// ServeHTTP is http.Handler's.
func (p *Public) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
	if !methods(w, r, http.MethodGet, http.MethodHead) {
		return
	}
	peer := server.Peer(r.Context())
	if !p.rate.take(peer, 1) {
		w.Header().Set("Retry-After", "30")
		http.Error(w, "You ask too often. Try again in a moment.", http.StatusTooManyRequests)
		return
	}
	part := publicPath.FindStringSubmatch(r.URL.Path)
	feed := strings.HasSuffix(r.URL.Path, ".ics")
	var v *shown
	err := storage.ErrNotFound
	if part != nil {
		v, err = p.find(r.Context(), part[1], p.site.pages.words[languageOf(r)])
	}
	switch {
	case errors.Is(err, storage.ErrNotFound):
		p.rate.take(peer, guessCosts)
		p.nothing(w, r, feed)
	case err != nil:
		server.Note(r.Context(), "public-failed", err)
		http.Error(w, "This calendar cannot be read right now. Try again in a moment.", http.StatusServiceUnavailable)
	case feed:
		p.feed(w, r, v)
	default:
		p.page(w, r, v, part[2] == "/embed")
	}
}

// nothing is the one answer for all that is not there, or no longer.
func (p *Public) nothing(w http.ResponseWriter, r *http.Request, feed bool) {
	if feed {
		http.Error(w, "There is no calendar here, or no longer.", http.StatusNotFound)
		return
	}
	p.site.show(w, r, http.StatusNotFound, "message", page{Title: "public.none.title", Data: "public.none"})
}

// find gives what a token opens, or storage.ErrNotFound. A link works as long as whoever made it may publish.
func (p *Public) find(ctx context.Context, token string, in words) (*shown, error) {
	link, err := p.store.LinkByToken(ctx, token)
	if err != nil {
		return nil, err
	}
	c, err := p.store.CollectionByID(ctx, link.CollectionID)
	if err != nil {
		return nil, err
	}
	maker, err := p.store.Principal(ctx, link.PrincipalID)
	if err != nil {
		return nil, err
	}
	if may, err := p.tree.MayPublish(ctx, maker, c); err != nil || !may {
		return nil, cmp.Or(err, storage.ErrNotFound)
	}
	if err := p.store.LinkUsed(ctx, link); err != nil {
		server.Note(ctx, "", err) // it is read all the same
	}
	return &shown{link, c, zoneOf(ctx, p.store, c), in}, nil
}

// name is how strangers see the calendar called.
func (v *shown) name() string { return cmp.Or(v.calendar.DisplayName, v.calendar.Name) }

// publication is how its objects are shown.
func (v *shown) publication(store *storage.Store) icalendar.Publication {
	return icalendar.Publication{
		Full: v.link.Detail == storage.LinkFull, Busy: v.words["public.busy"],
		Alias: func(uid string) string { return store.Blind(v.link.Token + " " + uid) },
	}
}

// zoneOf is the time zone of a calendar: its own, or what its owner lives in, or else UTC.
func zoneOf(ctx context.Context, store *storage.Store, c *storage.Collection) *timezone.Zone {
	if z := timezone.Lookup(c.TimezoneID); c.TimezoneID != "" && z != nil {
		return z
	}
	if c.Timezone != "" {
		if z := icalendar.ReadZone(c.Timezone); z != nil {
			return z
		}
	}
	if z := chosenZone(ctx, store, c.OwnerID); z != nil {
		return z
	}
	return timezone.UTC()
}

// published gives an object as a link shows it, nil if there is nothing of it to show.
func published(o *storage.Object, p icalendar.Publication) *icalendar.Object {
	parsed, ok := o.Memo().(*icalendar.Object)
	if !ok {
		var err error
		if parsed, err = icalendar.Parse(o.Data); err != nil {
			return nil
		}
	}
	return parsed.Published(p)
}

// now is the present on the clock of the calendar.
func (p *Public) now() time.Time { return p.store.Now() }
