package push

import (
	"context"
	"net/http"
	"testing"
	"time"

	"convoke/storage"
)

// What could not be handed over at once is not handed over when the person has signed out there meanwhile.
func TestSignedOutBetweenTries(t *testing.T) {
	w := newWorld(t)
	_, s := w.registered("out")
	w.status(http.StatusServiceUnavailable)
	w.begin()
	w.send("x")
	w.attempts(1)
	w.update(func(tx *storage.Tx) error { return tx.RemoveWebSession(w.anna.ID, s.ID) })
	w.status(http.StatusCreated)
	w.advance(firstPause)
	w.attempts(1)
	w.stop()
	if n := len(w.got); n != 1 {
		t.Errorf("%d calls", n)
	}
	if n := len(w.queue); n != 0 {
		t.Errorf("%d wait", n)
	}
}

// fragile panics for one browser.
type fragile struct {
	carrier
	endpoint string
}

func (f fragile) carry(ctx context.Context, to *storage.PushSubscription, payload []byte, topic string, ttl time.Duration) (*receipt, error) {
	if to.Endpoint == f.endpoint {
		panic("something nobody thought of")
	}
	return f.carrier.carry(ctx, to, payload, topic, ttl)
}

// What nobody thought of ends one message, and not the server.
func TestPanic(t *testing.T) {
	w := newWorld(t)
	w.registered("first")
	w.registered("second")
	w.via = fragile{w.via, w.url + "/first"}
	w.begin()
	w.send("x")
	w.attempts(2)
	w.stop()
	if n := len(w.got); n != 1 {
		t.Errorf("%d calls", n)
	}
}
