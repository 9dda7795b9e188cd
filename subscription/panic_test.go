package subscription

import (
	"context"
	"log/slog"
	"testing"
	"time"
)

// fragile is a log that panics when something was read.
type fragile struct{ slog.Handler }

func (f fragile) Enabled(context.Context, slog.Level) bool { return true }

func (f fragile) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "subscription read" {
		panic("something nobody thought of")
	}
	return nil
}

// What nobody thought of is a failure of one feed, read again later, and does not end the server.
func TestPanic(t *testing.T) {
	f := newSite(t)
	f.body = calendarOf("", event("a", "One"))
	v := f.added(Wish{})
	f.service.o.Log = slog.New(fragile{slog.DiscardHandler})
	f.body = calendarOf("", event("a", "Two"))
	later := f.now.Load().Add(30 * 24 * time.Hour)
	f.now.Store(&later)
	if n, err := f.service.Round(t.Context()); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	now, err := f.service.Get(t.Context(), f.ines, v.Calendar.ID)
	if err != nil {
		t.Fatal(err)
	}
	if one := now.Subscription; one.Result != Failed || one.Failures != 1 || !one.Due.After(later) {
		t.Errorf("noted %+v", one)
	}
}
