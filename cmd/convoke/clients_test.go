package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"convoke/server/dav/davtest"
	"convoke/storage"

	"golang.org/x/sync/errgroup"
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
	_, handler := builtHouse(t)
	return handler
}

// builtHouse is clientsHouse with what is behind it.
func builtHouse(t *testing.T) (*house, http.Handler) {
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
	return h, srv.Handler()
}

// DAVx5 sends its multigets in parallel, Thunderbird finds three things at once, and a
// person has several devices: nothing fails for that (clients.md §9.29).
func TestClientsAtOnce(t *testing.T) {
	server := httptest.NewServer(clientsHouse(t))
	defer server.Close()
	const devices, events = 8, 12
	var group errgroup.Group
	for d := range devices {
		group.Go(func() error {
			for i := range events {
				name := fmt.Sprintf("/dav/calendars/alice/default/%d-%d.ics", d, i)
				body := fmt.Sprintf("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:%d-%d\r\n"+
					"DTSTAMP:20260301T090000Z\r\nDTSTART:20260309T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", d, i)
				if err := clientsDo(server, "PUT", name, body, http.StatusCreated); err != nil {
					return err
				}
				report := `<C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/><C:calendar-data/></D:prop><D:href>` +
					name + `</D:href></C:calendar-multiget>`
				if err := clientsDo(server, "REPORT", "/dav/calendars/alice/default/", report, http.StatusMultiStatus); err != nil {
					return err
				}
				if err := clientsDo(server, "PROPFIND", "/dav/calendars/alice/", "", http.StatusMultiStatus); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	// All of them in one multiget (clients.md §9.12), and not one lost.
	var report strings.Builder
	report.WriteString(`<C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/></D:prop>`)
	for d := range devices {
		for i := range events {
			fmt.Fprintf(&report, `<D:href>/dav/calendars/alice/default/%d-%d.ics</D:href>`, d, i)
		}
	}
	for i := range 500 {
		fmt.Fprintf(&report, `<D:href>/dav/calendars/alice/default/gone-%d.ics</D:href>`, i)
	}
	report.WriteString(`</C:calendar-multiget>`)
	answer, err := clientsAsk(server, "REPORT", "/dav/calendars/alice/default/", report.String(), http.StatusMultiStatus)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(answer, "getetag>\""); n != devices*events {
		t.Errorf("%d of %d events are there", n, devices*events)
	}
	if n := strings.Count(answer, "HTTP/1.1 404"); n != 500 {
		t.Errorf("%d of 500 are said to be missing", n)
	}
}

func clientsDo(server *httptest.Server, method, path, body string, want int) error {
	_, err := clientsAsk(server, method, path, body, want)
	return err
}

// clientsAsk sends a request of alice's and gives the answer's body.
func clientsAsk(server *httptest.Server, method, path, body string, want int) (string, error) {
	req, err := http.NewRequest(method, server.URL+path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	req.SetBasicAuth("alice", clientsPassword)
	req.Header.Set("Depth", "1")
	resp, err := server.Client().Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != want {
		err = fmt.Errorf("%s %s: %s\n%s", method, path, resp.Status, answer)
	}
	return string(answer), err
}
