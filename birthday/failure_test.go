package birthday

import (
	"context"
	"testing"

	"convoke/storage"
)

// Where it cannot be read who has a calendar, that is made up for, at the start too: the server goes on meanwhile.
func TestUnreadable(t *testing.T) {
	p := newPlace(t)
	p.put(p.ines, "clara", person("Clara", "1984-03-09"))
	p.on()
	p.put(p.ines, "ben", person("Ben", "1980-01-02"))
	away, cancel := context.WithCancel(t.Context())
	cancel()
	p.service.all(away)
	p.service.Round(t.Context())
	p.service.retry(t.Context())
	p.service.Round(t.Context())
	if got := p.titles(); got != "Ben's birthday, Clara's birthday" {
		t.Errorf("it holds %s", got)
	}
}

// What nobody thought of keeps others from nothing, and does not end the server.
func TestPanic(t *testing.T) {
	p := newPlace(t)
	p.put(p.ines, "clara", person("Clara", "1984-03-09"))
	p.on()
	p.put(p.ines, "ben", person("Ben", "1980-01-02"))
	books := p.service.o.Books
	p.service.o.Books = func(context.Context, *storage.Principal) ([]*storage.Collection, error) {
		panic("something nobody thought of")
	}
	p.service.all(t.Context())
	p.service.Round(t.Context())
	p.service.o.Books = books
	p.service.retry(t.Context())
	p.service.Round(t.Context())
	if got := p.titles(); got != "Ben's birthday, Clara's birthday" {
		t.Errorf("it holds %s", got)
	}
}

// A card whose CLASS is none that is known is private (RFC 5545 §3.8.1.3).
func TestClass(t *testing.T) {
	for class, want := range map[string]string{"": "", "public": "", "private": "PRIVATE", "confidential": "CONFIDENTIAL", "X-FAMILY": "PRIVATE"} {
		list := datesOf([]byte("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\nBDAY:1984-03-09\r\nCLASS:"+class+"\r\nEND:VCARD\r\n"), "a", start)
		if len(list) != 1 || list[0].class != want {
			t.Errorf("%q becomes %+v", class, list)
		}
	}
}
