package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"testing"

	"convoke/server/dav/davtest"
	"convoke/storage"
)

// clientsPassword opens everybody's account in the transcripts of clients.
const clientsPassword = "correct horse"

// clientsCast are the people of the transcripts of clients.
var clientsCast = []storage.Principal{
	{Kind: storage.KindUser, Name: "alice", DisplayName: "Alice Archer", UUID: "00000000-0000-4000-8000-00000000a11c",
		Addresses: []string{"mailto:alice@example.org", "mailto:archer@example.org"}},
	{Kind: storage.KindUser, Name: "bob", DisplayName: "Bob Baker", UUID: "00000000-0000-4000-8000-000000000b0b",
		Addresses: []string{"mailto:bob@example.org"}},
}

// TestClients replays what clients that cannot run here send, against everything
// that convoke serve mounts: server, doors, scheduling and storage.
func TestClients(t *testing.T) {
	davtest.Dir(t, "testdata/clients/*.dav", func(t *testing.T) davtest.Server {
		return davtest.Server{Handler: clientsHouse(t), Password: func(string) string { return clientsPassword }}
	})
}

// clientsHouse builds the whole house over an empty folder with the cast in it.
func clientsHouse(t *testing.T) http.Handler {
	t.Helper()
	ctx := context.Background()
	conf, err := loadConfig("", nil)
	if err != nil {
		t.Fatal(err)
	}
	h, err := openHouse(ctx, t.TempDir(), conf, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	hash, err := h.hash(ctx, clientsPassword)
	if err != nil {
		t.Fatal(err)
	}
	err = h.store.Update(ctx, cli, func(tx *storage.Tx) error {
		for _, p := range clientsCast {
			if err := tx.CreatePrincipal(&p); err != nil {
				return err
			}
			if err := tx.SetPassword(p.ID, hash); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := h.doors()
	if err != nil {
		t.Fatal(err)
	}
	return srv.Handler()
}
