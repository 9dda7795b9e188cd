package caldav

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"convoke/scheduling"
	"convoke/server"
	"convoke/server/dav"
	"convoke/server/dav/davtest"
	"convoke/server/tree"
	"convoke/storage"
)

// house is a server with the CalDAV door and some people in it.
type house struct {
	store   *storage.Store
	sched   *scheduling.Service
	tree    *tree.Tree
	handler http.Handler

	mu  sync.Mutex
	now time.Time
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

// people of every house: users, a room and a group.
var people = []storage.Principal{
	{Kind: storage.KindUser, Name: "bernard", DisplayName: "Bernard Desruisseaux", Addresses: []string{"mailto:bernard@example.com", "mailto:bd@example.com"}},
	{Kind: storage.KindUser, Name: "lisa", DisplayName: "Lisa", Addresses: []string{"mailto:lisa@example.com"}},
	{Kind: storage.KindUser, Name: "cyrus", DisplayName: "Cyrus", Addresses: []string{"mailto:cyrus@example.com"}},
	{Kind: storage.KindUser, Name: "root", DisplayName: "Root", Admin: true},
	{Kind: storage.KindRoom, Name: "attic", DisplayName: "Attic", Addresses: []string{"mailto:attic@example.com"}, Booking: &storage.Booking{AutoAccept: "automatic"}},
	{Kind: storage.KindGroup, Name: "staff", DisplayName: "Staff", Addresses: []string{"mailto:staff@example.com"}},
}

func newHouse(t testing.TB, limits Limits) *house {
	t.Helper()
	h := &house{now: time.Date(2006, 1, 1, 12, 0, 0, 0, time.UTC)}
	log := slog.New(slog.DiscardHandler)
	if testing.Verbose() {
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	store, err := storage.Open(context.Background(), t.TempDir(), storage.Options{Clock: h.clock, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	h.store = store
	h.sched = scheduling.New(store, scheduling.Options{Clock: h.clock, Exclusive: []string{"example.com"}, MayDeliver: tree.MayDeliver(store)})
	h.tree = tree.New(store, tree.Options{}, New(h.sched, limits).Tree())
	h.handler = h.identified(dav.NewHandler(dav.Options{Tree: h.tree, Compliance: Compliance(), Clock: h.clock, Log: log}))
	err = store.Update(context.Background(), storage.Actor{Door: "cli"}, func(tx *storage.Tx) error {
		for i := range people {
			p := people[i]
			if err := tx.CreatePrincipal(&p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// identified takes the user name of Basic credentials for the asker: passwords are the server's matter.
func (h *house) identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, _, ok := r.BasicAuth()
		if !ok {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		p, err := h.store.PrincipalByName(r.Context(), name)
		if err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r.WithContext(server.WithPrincipal(r.Context(), p)))
	})
}

func (h *house) transcriptServer() davtest.Server {
	return davtest.Server{
		Handler:  h.handler,
		Password: func(string) string { return "secret" },
		Clock: func(at time.Time) {
			h.mu.Lock()
			h.now = at
			h.mu.Unlock()
		},
	}
}

// principal gives somebody of the house.
func (h *house) principal(t testing.TB, name string) *storage.Principal {
	t.Helper()
	p, err := h.store.PrincipalByName(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// put stores an object.
func (h *house) put(tb testing.TB, who, path, object string) {
	tb.Helper()
	r := httptest.NewRequest(http.MethodPut, path, strings.NewReader(object))
	r.SetBasicAuth(who, "secret")
	r.Header.Set("Content-Type", "text/calendar")
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	if w.Code != http.StatusCreated {
		tb.Fatalf("PUT %s: %d %s", path, w.Code, w.Body.String())
	}
}

// TestTranscripts runs the stories of testdata.
func TestTranscripts(t *testing.T) {
	davtest.Dir(t, "testdata/*.dav", func(t *testing.T) davtest.Server { return newHouse(t, Limits{}).transcriptServer() })
}

// TestClients runs the requests of real clients.
func TestClients(t *testing.T) {
	davtest.Dir(t, "testdata/clients/*.dav", func(t *testing.T) davtest.Server { return newHouse(t, Limits{}).transcriptServer() })
}
