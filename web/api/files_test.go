package api

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPhoto(t *testing.T) {
	f := newFixture(t, nil)
	card := func(name, photo string) {
		f.card("alice", "default", name+".vcf", "BEGIN:VCARD\nVERSION:4.0\nUID:"+name+"\nFN:A\nPHOTO:"+photo+"\nEND:VCARD\n")
	}
	png := "\x89PNG\r\n\x1a\n....."
	card("png", "data:image/png;base64,"+base64.StdEncoding.EncodeToString([]byte(png)))
	card("svg", "data:image/png;base64,"+base64.StdEncoding.EncodeToString([]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`)))
	card("far", "https://example.net/a.png")
	href := "/api/photo?href=/dav/addressbooks/alice/default/"
	a := f.ask("alice", "GET", href+"png.vcf", nil)
	a.into(http.StatusOK, nil)
	if string(a.Body) != png || a.Header.Get("Content-Type") != "image/png" || a.Header.Get("Content-Security-Policy") != inert ||
		a.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(a.Header.Get("Cache-Control"), "private") || a.Header.Get("ETag") == "" {
		t.Errorf("%q %v", a.Body, a.Header)
	}
	f.ask("alice", "GET", href+"svg.vcf", nil).refused(http.StatusNotFound, "not-found")
	f.ask("alice", "GET", href+"far.vcf", nil).refused(http.StatusNotFound, "not-found")
	f.ask("bob", "GET", href+"png.vcf", nil).refused(http.StatusForbidden, "need-privileges")
}

func TestExport(t *testing.T) {
	f := newFixture(t, nil)
	f.put("alice", "default", "a.ics", vevent("a", monday, "SUMMARY:Lunch"))
	f.put("alice", "default", "p.ics", vevent("p", monday, "SUMMARY:Surgery", "CLASS:PRIVATE"))
	f.card("alice", "default", "ada.vcf", "BEGIN:VCARD\nVERSION:4.0\nUID:ada\nFN:=HYPERLINK(1)\nEMAIL:ada@example.net\nEND:VCARD\n")
	get := func(who, href string) *answer {
		a := f.ask(who, "GET", "/api/export?href="+href, nil)
		a.into(http.StatusOK, nil)
		if !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment") || a.Header.Get("Content-Security-Policy") != inert {
			t.Errorf("%s: %v", href, a.Header)
		}
		return a
	}
	if got := string(get("alice", "/dav/calendars/alice/default/").Body); !strings.Contains(got, "Lunch") || !strings.Contains(got, "Surgery") {
		t.Errorf("calendar: %s", got)
	}
	if got := string(get("alice", "/dav/calendars/alice/default/a.ics").Body); !strings.Contains(got, "Lunch") {
		t.Errorf("object: %s", got)
	}
	if got := string(get("alice", "/dav/addressbooks/alice/default/").Body); !strings.HasPrefix(got, "BEGIN:VCARD") {
		t.Errorf("book: %s", got)
	}
	if got := string(get("alice", "/dav/addressbooks/alice/default/&as=csv").Body); !strings.Contains(got, "'=HYPERLINK(1),,ada@example.net") {
		t.Errorf("table: %s", got)
	}
	f.share(f.calendar("alice", "default"), "bob", read)
	if got := string(get("bob", "/dav/calendars/bob/alice~default/").Body); !strings.Contains(got, "Lunch") || strings.Contains(got, "Surgery") {
		t.Errorf("shared: %s", got)
	}
	f.ask("carol", "GET", "/api/export?href=/dav/calendars/alice/default/", nil).refused(http.StatusForbidden, "need-privileges")
	f.ask("alice", "GET", "/api/export?href=/dav/calendars/alice/default/&as=csv", nil).refused(http.StatusBadRequest, "bad-request")
}

// A file that breaks off does not look whole: the connection breaks too.
func TestAnswerBreaksOff(t *testing.T) {
	f := newFixture(t, nil)
	a := New(f.options)
	handler := a.serve(route{"GET /api/x", anybody, func(c *call) (any, error) {
		_, _ = c.w.Write([]byte("BEGIN:VCARD"))
		return nil, errors.New("the disk is gone")
	}})
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("it ends with %v", v)
		}
	}()
	handler(httptest.NewRecorder(), httptest.NewRequest("GET", "/api/x", nil))
}
