package api

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"convoke/birthday"
	"convoke/scheduling"
	"convoke/storage"
)

// remembering makes what keeps birthdays of a store, of which each sees their own address books.
func remembering(store *storage.Store) *birthday.Service {
	return birthday.New(birthday.Options{
		Store: store, Scheduler: scheduling.New(store, scheduling.Options{}),
		Books: func(ctx context.Context, who *storage.Principal) ([]*storage.Collection, error) {
			return store.Collections(ctx, storage.AddressBooks, who.ID, 0)
		},
	})
}

func (s *signing) card(t *testing.T, uid, lines string) {
	t.Helper()
	book, err := s.store.CollectionAt(t.Context(), storage.AddressBooks, "alice", []string{"default"})
	if err != nil {
		t.Fatal(err)
	}
	s.update(t, func(tx *storage.Tx) error {
		_, err := tx.PutObject(&storage.Object{
			Member: storage.Member{CollectionID: book.ID, Name: uid + ".vcf", ContentType: "text/vcard", Facts: storage.Facts{UID: uid, Component: "VCARD"}},
			Data:   []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:" + uid + "\r\n" + lines + "END:VCARD\r\n"),
		})
		return err
	})
}

func TestBirthdays(t *testing.T) {
	s := newSigning(t)
	s.card(t, "clara", "FN:Clara Novak\r\nBDAY:1984-03-09\r\n")
	b := s.browser(t).signIn()
	if off := b.want(200, "GET", "/api/birthdays", ""); off["on"] != false || off["href"] != "" {
		t.Errorf("before: %v", off)
	}
	on := b.want(200, "PUT", "/api/birthdays", `{"on":true,"language":"de-AT"}`)
	href := fmt.Sprint(on["href"])
	if on["on"] != true || href != "/dav/calendars/alice/birthdays/" || on["language"] != "de" || on["events"] != 1.0 || on["error"] != "" {
		t.Errorf("on: %v", on)
	}
	if again := b.want(200, "PUT", "/api/birthdays", `{"on":true}`); again["href"] != href || again["language"] != "de" {
		t.Errorf("on again: %v", again)
	}
	if now := b.want(200, "GET", "/api/birthdays", ""); now["href"] != href {
		t.Errorf("then: %v", now)
	}
	// The language of the settings goes before.
	b.want(200, "PUT", "/api/settings", `{"settings":{"language":"en"}}`)
	s.birthdays.Round(t.Context())
	if now := b.want(200, "GET", "/api/birthdays", ""); now["language"] != "en" {
		t.Errorf("in another language: %v", now)
	}
	b.code(400, "bad-request", "PUT", "/api/birthdays", `{}`)
	b.code(400, "bad-request", "PUT", "/api/birthdays", `{"on":"yes"}`)
	for range 2 {
		if off := b.want(200, "PUT", "/api/birthdays", `{"on":false}`); off["on"] != false || off["href"] != "" {
			t.Errorf("off: %v", off)
		}
	}
	if now := b.want(200, "GET", "/api/birthdays", ""); now["on"] != false {
		t.Errorf("after: %v", now)
	}
}

// It is one's own: nobody turns that of others on or off, and no other site does it for one.
func TestBirthdaysOfOthers(t *testing.T) {
	s := newSigning(t)
	alice := s.browser(t).signIn()
	alice.want(200, "PUT", "/api/birthdays", `{"on":true}`)
	s.browser(t).code(401, "signed-out", "GET", "/api/birthdays", "")
	s.browser(t).code(401, "signed-out", "PUT", "/api/birthdays", `{"on":false}`)
	alice.code(403, "cross-origin", "PUT", "/api/birthdays", `{"on":false}`, "Sec-Fetch-Site", "cross-site")
	bob := s.other(t, "bob")
	if his := bob.want(200, "PUT", "/api/birthdays", `{"on":false}`); his["on"] != false {
		t.Errorf("bob has %v", his)
	}
	if hers := alice.want(200, "GET", "/api/birthdays", ""); !strings.HasPrefix(fmt.Sprint(hers["href"]), "/dav/calendars/alice/") {
		t.Errorf("alice has %v", hers)
	}
}
