package caldav

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// failing is a client's connection: what it does happens once a part of the answer has arrived.
type failing struct {
	*httptest.ResponseRecorder
	then func()
}

func (f failing) Write(p []byte) (int, error) {
	f.then()
	return f.ResponseRecorder.Write(p)
}

// An export that fails midway breaks the connection: a client that saw it end in order would keep a part for the whole
// (RFC 9112 §8).
func TestExportBrokenOff(t *testing.T) {
	h := newHouse(t, Limits{})
	for i := range 400 { // more than is gathered before it is sent
		h.put(t, "bernard", fmt.Sprintf("/dav/calendars/bernard/default/e%d.ics", i), fmt.Sprintf("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n"+
			"BEGIN:VEVENT\r\nUID:e%d\r\nDTSTAMP:20060101T000000Z\r\nDTSTART:20060104T150000Z\r\nSUMMARY:%0300d\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", i, i))
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/dav/calendars/bernard/default/", nil)
	r.SetBasicAuth("bernard", "secret")
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("the export ended with %v, not by breaking off", err)
		}
	}()
	h.handler.ServeHTTP(failing{httptest.NewRecorder(), cancel}, r)
}
