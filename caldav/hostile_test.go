package caldav

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"convoke/server/dav"
	"convoke/server/tree"
	"convoke/storage"
)

// send makes a request and gives the status and body of its answer.
func (h *house) send(t testing.TB, who, method, path, body string) (int, string) {
	t.Helper()
	return h.sendDeep(t, who, method, path, body, "")
}

// sendDeep is send with a Depth; "" sends none.
func (h *house) sendDeep(t testing.TB, who, method, path, body, depth string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.SetBasicAuth(who, "secret")
	r.Header.Set("Content-Type", "text/calendar")
	if depth != "" {
		r.Header.Set("Depth", depth)
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestWriterOfOneCalendarTakesNothingFromAnother(t *testing.T) {
	h := newHouse(t, Limits{})
	ctx := context.Background()
	bernard, cyrus := h.principal(t, "bernard"), h.principal(t, "cyrus")
	shared := &storage.Collection{OwnerID: bernard.ID, Home: storage.Calendars, Kind: storage.KindCalendar, Name: "shared"}
	outbox, err := h.store.CollectionAt(ctx, storage.Calendars, "bernard", []string{"outbox"})
	if err != nil {
		t.Fatal(err)
	}
	err = h.store.Update(ctx, storage.Actor{}, func(tx *storage.Tx) error {
		if err := tx.CreateCollection(shared); err != nil {
			return err
		}
		if err := tx.SetGrants(outbox.ID, []storage.Grant{{PrincipalID: cyrus.ID, Privileges: uint32(tree.Send)}}); err != nil {
			return err
		}
		return tx.SetGrants(shared.ID, []storage.Grant{{PrincipalID: cyrus.ID, Privileges: uint32(dav.Read | dav.Write)}})
	})
	if err != nil {
		t.Fatal(err)
	}
	h.put(t, "lisa", "/dav/calendars/lisa/default/m.ics", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:m\r\n"+
		"DTSTAMP:20060101T120000Z\r\nDTSTART:20060110T120000Z\r\nDTEND:20060110T130000Z\r\nORGANIZER:mailto:lisa@example.com\r\n"+
		"ATTENDEE:mailto:lisa@example.com\r\nATTENDEE:mailto:bernard@example.com\r\nATTENDEE:mailto:cyrus@example.com\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
	list, err := h.store.FindUID(ctx, bernard.ID, "m")
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %d copies", err, len(list))
	}
	if code, body := h.send(t, "cyrus", http.MethodPut, "/dav/calendars/bernard/shared/t.ics", string(list[0].Data)); code != http.StatusForbidden ||
		!strings.Contains(body, "unique-scheduling-object-resource") || strings.Contains(body, "/default/") {
		t.Errorf("%d %s", code, body)
	}
	if code, body := h.send(t, "bernard", http.MethodPut, "/dav/calendars/bernard/shared/t.ics", string(list[0].Data)); code != http.StatusCreated {
		t.Errorf("the owner moves: %d %s", code, body)
	}
}
