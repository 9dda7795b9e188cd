package carddav

import (
	"context"
	"net/http"
	"testing"
	"time"

	"convoke/server"
	"convoke/server/dav"
	"convoke/server/dav/davtest"
	"convoke/server/tree"
	"convoke/storage"
)

// people of the transcripts; the password of each is their name.
var cast = []storage.Principal{
	{Kind: storage.KindUser, Name: "alice", DisplayName: "Alice Archer", UUID: "00000000-0000-4000-8000-000000000001", Addresses: []string{"mailto:alice@example.org", "mailto:archer@example.org"}},
	{Kind: storage.KindUser, Name: "bob", DisplayName: "Bob", UUID: "00000000-0000-4000-8000-000000000002", Addresses: []string{"mailto:bob@example.org"}},
	{Kind: storage.KindGroup, Name: "staff", DisplayName: "The Staff", UUID: "00000000-0000-4000-8000-000000000003"},
	{Kind: storage.KindRoom, Name: "attic", DisplayName: "Attic Room", UUID: "00000000-0000-4000-8000-000000000004", Addresses: []string{"mailto:attic@example.org"}},
}

// open makes a store with the cast.
func open(t testing.TB) *storage.Store {
	t.Helper()
	ctx := context.Background()
	clock := func() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }
	s, err := storage.Open(ctx, t.TempDir(), storage.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	err = s.Update(ctx, storage.Actor{}, func(tx *storage.Tx) error {
		ids := map[string]int64{}
		for _, p := range cast {
			if err := tx.CreatePrincipal(&p); err != nil {
				return err
			}
			ids[p.Name] = p.ID
		}
		return tx.SetMembers(ids["staff"], []int64{ids["alice"], ids["bob"]})
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// handler serves the store to whoever names themselves.
func handler(s *storage.Store) http.Handler {
	engine := dav.NewHandler(dav.Options{
		Tree: tree.New(s, tree.Options{}, New(Options{MaxCardBytes: 20000})), Compliance: []string{"access-control", "addressbook"},
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, _, _ := r.BasicAuth()
		p, err := s.PrincipalByName(r.Context(), name)
		if err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		engine.ServeHTTP(w, r.WithContext(server.WithPrincipal(r.Context(), p)))
	})
}

func TestTranscripts(t *testing.T) {
	davtest.Dir(t, "testdata/*.dav", func(t *testing.T) davtest.Server {
		return davtest.Server{Handler: handler(open(t)), Password: func(who string) string { return who }}
	})
}
