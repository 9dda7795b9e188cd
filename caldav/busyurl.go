package caldav

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"convoke/internal/icalendar"
	"convoke/scheduling"
	"convoke/server/dav"
	"convoke/server/tree"
)

// busyURLName is the name below a calendar home where its busy time is read by GET. No collection can have it.
const busyURLName = "freebusy"

// busyDays is how far it looks where the request doesn't say.
const busyDays = 42

// lookup finds what stands below a home and in no list.
func (d *Door) lookup(h *tree.Home, names []string) (dav.Resource, error) {
	if len(names) == 1 && names[0] == busyURLName {
		return &busyURL{d: d, home: h}, nil
	}
	return nil, dav.ErrNotFound
}

// busyURL gives the busy time of a home to programs that know no CalDAV, such as other calendars' FBURL (RFC 2739
// §1.1): from today on, or from start to end, or for a period, as the query says.
type busyURL struct {
	d    *Door
	home *tree.Home
}

func (b *busyURL) Href() string    { return b.home.Href() + busyURLName }
func (b *busyURL) Kind() *dav.Kind { return b.d.kinds.busyURL }

// Allow is that of the home.
func (b *busyURL) Allow(ctx context.Context, p dav.Privilege) error { return b.home.Allow(ctx, p) }

// Get answers with one VFREEBUSY.
func (b *busyURL) Get(w http.ResponseWriter, r *http.Request) error {
	q, err := b.query(r.URL.Query())
	if err != nil {
		return err
	}
	q.Of = b.home.OwnedBy
	if q.Calendars, err = b.d.busyCalendars(r.Context(), b.home); err != nil {
		return err
	}
	periods, err := b.d.sched.FreeBusy(r.Context(), q)
	if err != nil {
		return b.d.condition(r.Context(), b.home.Tree, err)
	}
	h := w.Header()
	h.Set("Content-Type", calendarType)
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	_, _ = w.Write(b.d.sched.VFreeBusy(q, periods))
	return nil
}

// query reads start, end and period.
func (b *busyURL) query(values url.Values) (*scheduling.BusyQuery, error) {
	now := b.d.sched.Now().UTC()
	q := &scheduling.BusyQuery{From: time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)}
	instant := func(name string, to *time.Time) error {
		text := values.Get(name)
		if text == "" {
			return nil
		}
		t, err := icalendar.ParseDateTime(text)
		if err != nil {
			return badRequest(err)
		}
		*to = t.Instant(nil)
		return nil
	}
	if err := errors.Join(instant("start", &q.From), instant("end", &q.To)); err != nil {
		return nil, badRequest(err)
	}
	if text := values.Get("period"); text != "" && q.To.IsZero() {
		length, err := icalendar.ParseDuration(text)
		if err != nil {
			return nil, badRequest(err)
		}
		q.To = q.From.Add(length.Nominal())
	}
	if q.To.IsZero() {
		q.To = q.From.AddDate(0, 0, busyDays)
	}
	if !q.To.After(q.From) || q.To.Sub(q.From) > time.Duration(b.d.limits.BusyDays)*24*time.Hour {
		return nil, badRequest(errors.New("busy time over no time, or too long a one"))
	}
	return q, nil
}
