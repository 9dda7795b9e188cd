package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"convoke/scheduling"
	"convoke/server/dav"
	"convoke/storage"
)

// What goes wrong below is told as DAV tells it: who asks can do something about it, or knows to try again. What is a
// fault of ours tells nothing of itself.
func TestRefusalsOfServices(t *testing.T) {
	f := newFixture(t, nil)
	for _, row := range []struct {
		err    error
		status int
		code   string
	}{
		{storage.ErrNotFound, 404, "not-found"},
		{dav.ErrNotFound, 404, "not-found"},
		{fmt.Errorf("write: %w", storage.ErrFull), 507, "sufficient-disk-space"},
		{fmt.Errorf("write: %w", storage.ErrBusy), 503, "busy"},
		{storage.ErrFailed, 503, "busy"},
		{context.DeadlineExceeded, 503, "busy"},
		{&storage.LimitError{What: "bytes per user", Limit: 1, Quota: true}, 507, "quota-not-exceeded"},
		{&storage.LimitError{What: "collections per home", Limit: 1}, 403, "too-many"},
		{&scheduling.Violation{Status: 403, Precondition: "max-instances"}, 403, "max-instances"},
		{dav.Status(http.StatusLocked, nil), 423, "locked"},
		{&problem{422, "no-room", "There is no room left for this.", storage.ErrFull}, 422, "no-room"}, // whoever met it knows best
		{errors.New("disk /var/secret"), 500, "internal"},
	} {
		w := httptest.NewRecorder()
		f.refuse(w, httptest.NewRequest("GET", "/api/x", nil), row.err)
		(&answer{t, w.Code, w.Header(), w.Body.Bytes()}).refused(row.status, row.code)
		if strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%v: %s", row.err, w.Body)
		}
		if (w.Header().Get("Retry-After") != "") != (row.status == http.StatusServiceUnavailable) {
			t.Errorf("%v: Retry-After %q", row.err, w.Header().Get("Retry-After"))
		}
	}
}
