package main

import (
	"net/http"
	"testing"

	"convoke/server/dav/davtest"
	"convoke/storage"
)

// What clients see of birthdays, from the card to the calendar.
func TestBirthdays(t *testing.T) {
	davtest.Dir(t, "testdata/birthdays/*.dav", func(t *testing.T) davtest.Server {
		h, handler := builtHouse(t)
		alice, err := h.store.PrincipalByName(t.Context(), "alice")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.birthdays.On(t.Context(), alice, storage.Actor{PrincipalID: alice.ID, Door: "web"}, "en"); err != nil {
			t.Fatal(err)
		}
		followed := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			handler.ServeHTTP(w, r)
			h.birthdays.Nudge(alice.ID) // what Run hears by itself
			h.birthdays.Round(t.Context())
		})
		return davtest.Server{Handler: followed, Password: func(string) string { return clientsPassword }}
	})
}
