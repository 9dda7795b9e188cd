package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"convoke/caldav"
	"convoke/carddav"
	"convoke/importing"
	"convoke/server/tree"
	"convoke/storage"
	"convoke/web/api"
)

// counter is where imports of the browser are handed in: a running house with anna, who administers, and ben.
type counter struct {
	*house
	who string
	api http.Handler
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	o := newOffice(t)
	c := &counter{house: o.house, who: "anna"}
	ground := tree.New(c.store, tree.Options{}, caldav.New(c.sched, caldav.Limits{}).Tree(), carddav.New(carddav.Options{}))
	c.api = api.New(api.Options{Store: c.store, Tree: ground, Tasks: pageTasks{c.house}, Imports: pageImports{c.house, ground},
		Identify: func(r *http.Request) (*storage.Principal, error) { return c.store.PrincipalByName(r.Context(), c.who) }})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.imports.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return c
}

// hand sends something to be imported and gives what became of it.
func (c *counter) hand(t *testing.T, path, kind, body string) importing.Job {
	t.Helper()
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	c.api.ServeHTTP(w, r)
	if w.Code != 200 {
		t.Fatalf("POST %s: %d %s", path, w.Code, w.Body)
	}
	who, err := c.store.PrincipalByName(t.Context(), c.who)
	if err != nil {
		t.Fatal(err)
	}
	list, err := c.imports.Jobs(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	for id := list[0].ID; ; {
		j, err := c.imports.Job(t.Context(), who, id)
		if err != nil {
			t.Fatal(err)
		}
		if !j.Ended.IsZero() {
			return j
		}
	}
}

// refused sends something that is not taken.
func (c *counter) refused(t *testing.T, want int, path, kind, body string) {
	t.Helper()
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	c.api.ServeHTTP(w, r)
	if w.Code != want {
		t.Errorf("POST %s: %d %s, want %d", path, w.Code, w.Body, want)
	}
}

const importedEvent = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:i1\r\nDTSTAMP:20260101T000000Z\r\n" +
	"DTSTART:20300105T090000Z\r\nSUMMARY:In\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

// A file is imported where its things belong, again without change, and what is wrong in it is told item by item.
func TestImportFile(t *testing.T) {
	c := newCounter(t)
	j := c.hand(t, "/api/imports?name=a.ics", "text/calendar", importedEvent)
	if j.State != importing.Done || j.Stored != 1 || j.Source != "a.ics" {
		t.Errorf("%+v", j)
	}
	if j = c.hand(t, "/api/imports", "text/calendar", importedEvent); j.State != importing.Done || j.Unchanged != 1 || j.Stored != 0 {
		t.Errorf("again: %+v", j)
	}
	j = c.hand(t, "/api/imports?name=b.ics", "", strings.Replace(importedEvent, "END:VCALENDAR", "BEGIN:VEVENT\r\nUID:i2\r\nDTSTART:never\r\nEND:VEVENT\r\nEND:VCALENDAR", 1))
	if j.State != importing.Done || j.Unchanged != 1 || j.Skipped != 1 || len(j.Failed) != 1 || j.Failed[0].UID != "i2" || j.Failed[0].Reason == "" {
		t.Errorf("in part: %+v", j)
	}
	if j = c.hand(t, "/api/imports?name=people.csv", "", "First Name,Last Name\nAnn,Lee\n"); j.State != importing.Done || j.Stored != 1 {
		t.Errorf("contacts: %+v", j)
	}
	if j = c.hand(t, "/api/imports?name=a.zip", "", "no zip"); j.State != importing.Failed || !strings.Contains(j.Error, "zip") || strings.Contains(j.Error, c.dir) {
		t.Errorf("no zip: %+v", j)
	}
	if j = c.hand(t, "/api/imports?name=a.ics&new=My+Old+Calendar", "", importedEvent); j.State != importing.Done || len(j.Made) != 1 || j.Made[0] != "the calendar anna/my_old_calendar-"+nameFor("my old calendar", "")[len("my_old_calendar-"):] {
		t.Errorf("a new one: %+v", j)
	}
	if left, err := os.ReadDir(filepath.Join(c.dir, uploadFolder)); err != nil || len(left) > 0 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
}

// A form's file is taken as the body itself is.
func TestImportForm(t *testing.T) {
	c := newCounter(t)
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("file", "../../x.ics")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write([]byte(importedEvent))
	_ = form.Close()
	if j := c.hand(t, "/api/imports", form.FormDataContentType(), b.String()); j.State != importing.Done || j.Stored != 1 || j.Source != "x.ics" {
		t.Errorf("%+v", j)
	}
	c.refused(t, 400, "/api/imports", form.FormDataContentType(), "--"+form.Boundary()+"--\r\n")
}

// What is no file for it, or too much, is refused at once.
func TestImportRefused(t *testing.T) {
	c := newCounter(t)
	c.conf.Limits.ImportBytes = 1000
	c.refused(t, 409, "/api/imports?name=a.exe", "", "MZ")
	c.refused(t, 409, "/api/imports?name=a.ics", "", "")
	c.refused(t, 413, "/api/imports?name=a.ics", "", strings.Repeat("x", 1001))
	c.refused(t, 409, "/api/imports/account", "application/json", `{"url":"ftp://example.org/"}`)
	c.refused(t, 400, "/api/imports/account", "application/json", `{"adress":"x"}`)
	if left, err := os.ReadDir(filepath.Join(c.dir, uploadFolder)); err != nil || len(left) > 0 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
}

// A zip of a million empty files is small, and its directory alone would fill the memory.
func TestImportOfTooManyFiles(t *testing.T) {
	c := newCounter(t)
	entry := append([]byte("PK\x01\x02"), make([]byte, 42)...)
	j := c.hand(t, "/api/imports?name=a.zip", "", string(bytes.Repeat(entry, maxPacked+1)))
	if j.State != importing.Failed || !strings.Contains(j.Error, "too much") {
		t.Errorf("%+v", j)
	}
}

// A time zone goes into each event that uses it: a small file may not become a large memory.
func TestImportThatGrows(t *testing.T) {
	c := newCounter(t)
	c.conf.Limits.ImportBytes = 1 << 20
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VTIMEZONE\r\nTZID:Home\r\n" +
		strings.Repeat("X-A:"+strings.Repeat("a", 500)+"\r\n", 128) + "END:VTIMEZONE\r\n")
	for i := range 100 {
		fmt.Fprintf(&b, "BEGIN:VEVENT\r\nUID:g%d\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Home:20300105T090000\r\nEND:VEVENT\r\n", i)
	}
	b.WriteString("END:VCALENDAR\r\n")
	if j := c.hand(t, "/api/imports?name=a.ics", "", b.String()); j.State != importing.Failed || !strings.Contains(j.Error, "too much") || j.Stored != 0 {
		t.Errorf("%+v", j)
	}
}

// Whoever has too many imports waiting is refused before their file is written to disk.
func TestImportsWaiting(t *testing.T) {
	c := newCounter(t)
	who, err := c.store.PrincipalByName(t.Context(), c.who)
	if err != nil {
		t.Fatal(err)
	}
	hold := importing.Work{Free: func() {}, Do: func(ctx context.Context, _ func(int, int)) (importing.Report, error) {
		<-ctx.Done()
		return importing.Report{}, ctx.Err()
	}}
	for range 10 {
		if _, err := c.imports.Add(t.Context(), who, "x", hold); err != nil {
			t.Fatal(err)
		}
	}
	r := httptest.NewRequest("POST", "/api/imports?name=a.ics", unread{t})
	w := httptest.NewRecorder()
	c.api.ServeHTTP(w, r)
	if w.Code != http.StatusTooManyRequests {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// unread is a body that nobody may read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the file is read")
	return 0, io.EOF
}

// A chosen collection takes what it holds and nothing else; somebody else's takes it from those alone who may write there.
func TestImportInto(t *testing.T) {
	c := newCounter(t)
	both := importedEvent[:len(importedEvent)-len("END:VCALENDAR\r\n")] + "BEGIN:VTODO\r\nUID:t1\r\nDTSTAMP:20260101T000000Z\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
	j := c.hand(t, "/api/imports?name=a.ics&into=/dav/calendars/anna/default/", "", both)
	if j.State != importing.Done || j.Stored != 1 || j.Skipped != 1 || j.Failed[0].UID != "t1" {
		t.Errorf("%+v", j)
	}
	c.who = "ben"
	c.refused(t, 404, "/api/imports?name=a.ics&into=/dav/calendars/anna/default/", "", importedEvent)
	c.refused(t, 404, "/api/imports?name=a.ics&into=/dav/calendars/ben/inbox/", "", importedEvent)
	c.refused(t, 404, "/api/imports?name=a.ics&into=/dav/calendars/ben/nothing/", "", importedEvent)
}

// An account elsewhere is read by the one guarded way out: not at an address within, unless the operator allows that.
func TestImportAccountJob(t *testing.T) {
	from := newHouse(t, "alice")
	if err := from.keep(t.Context(), "alice", storage.Calendars, "default", "one.ics", []byte(importedEvent)); err != nil {
		t.Fatal(err)
	}
	srv, err := from.doors()
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(srv.Handler())
	defer web.Close()

	c := newCounter(t)
	account := func(password string) string {
		return `{"url":"` + web.URL + `","user":"alice","password":"` + password + `"}`
	}
	c.conf.Subscriptions.HTTP = true
	if j := c.hand(t, "/api/imports/account", "", account("alice")); j.State != importing.Failed || !strings.Contains(j.Error, "not of the public internet") {
		t.Errorf("within: %+v", j)
	}
	c.conf.Subscriptions.Networks = []string{"127.0.0.0/8"}
	if j := c.hand(t, "/api/imports/account", "", account("wrong")); j.State != importing.Failed || !strings.Contains(j.Error, "does not take the name alice with this password") {
		t.Errorf("a wrong password: %+v", j)
	}
	j := c.hand(t, "/api/imports/account", "", account("alice"))
	if j.State != importing.Done || j.Stored != 1 {
		t.Errorf("%+v", j)
	}
	rows, err := c.store.ImportJobs(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if strings.Contains(r.Source+string(r.Report), "wrong") {
			t.Errorf("a password is stored: %+v", r)
		}
	}
}
