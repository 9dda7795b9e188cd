package dav

import (
	"testing"
	"time"

	"convoke/server/dav/davtest"
)

func TestTranscripts(t *testing.T) {
	davtest.Dir(t, "testdata/*.dav", func(t *testing.T) davtest.Server {
		m := newMemory()
		return davtest.Server{
			Handler:  m.handler(),
			Password: func(string) string { return "secret" },
			Clock:    func(now time.Time) { m.mu.Lock(); m.now = now; m.mu.Unlock() },
		}
	})
}
