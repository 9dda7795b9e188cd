package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"convoke/storage"
)

// benched is a whole house behind a real connection, with a full calendar of alice's.
type benched struct {
	testing.TB
	url   string
	web   *http.Client
	token string
}

const (
	benchPath   = "/dav/calendars/alice/default/"
	benchEvents = 1000
)

func benchEvent(uid string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Convoke//Bench//EN\r\nBEGIN:VEVENT\r\nUID:" + uid + "\r\nDTSTAMP:20260101T000000Z\r\n" +
		"DTSTART:20270315T090000Z\r\nDTEND:20270315T100000Z\r\nSUMMARY:Weekly review of what is under way\r\n" +
		"DESCRIPTION:" + strings.Repeat("What was done and what comes next. ", 20) + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
}

func newBenched(b *testing.B) *benched {
	b.Helper()
	h := newHouse(b, "alice")
	for i := range benchEvents {
		name := fmt.Sprintf("bench-%d", i)
		if err := h.keep(b.Context(), "alice", storage.Calendars, "default", name+".ics", []byte(benchEvent(name))); err != nil {
			b.Fatal(err)
		}
	}
	srv, err := h.doors()
	if err != nil {
		b.Fatal(err)
	}
	web := httptest.NewServer(srv.Handler())
	b.Cleanup(web.Close)
	x := &benched{TB: b, url: web.URL, web: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	b.Cleanup(x.web.CloseIdleConnections)
	answer := x.ask("REPORT", "", benchSync(""), http.StatusMultiStatus)
	_, rest, _ := strings.Cut(answer, "<D:sync-token>")
	if x.token, _, _ = strings.Cut(rest, "</"); x.token == "" {
		b.Fatal("no sync token")
	}
	return x
}

func benchSync(token string) string {
	return `<D:sync-collection xmlns:D="DAV:"><D:sync-token>` + token + `</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>`
}

// ask sends one request as alice and gives the body of the answer.
func (x *benched) ask(method, name, body string, want int) string {
	r, err := http.NewRequest(method, x.url+benchPath+name, strings.NewReader(body))
	if err != nil {
		x.Fatal(err)
	}
	r.SetBasicAuth("alice", "alice")
	r.Header.Set("Depth", "0")
	r.Header.Set("Content-Type", "application/xml; charset=utf-8")
	if method == http.MethodPut {
		r.Header.Set("Content-Type", "text/calendar; charset=utf-8")
	}
	answer, err := x.web.Do(r)
	if err != nil {
		x.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != want {
		x.Fatalf("%s %s: %d %v %s", method, name, answer.StatusCode, err, text)
	}
	return string(text)
}

// BenchmarkServer takes each request over loopback through everything: HTTP, sign-in, engine, storage. The client's
// own work is in the figures.
func BenchmarkServer(b *testing.B) {
	x := newBenched(b)
	var n atomic.Int64
	for _, row := range []struct {
		name string
		ask  func()
	}{
		{"get", func() {
			x.ask("GET", fmt.Sprintf("bench-%d.ics", n.Add(1)*7919%benchEvents), "", http.StatusOK)
		}},
		{"ctag", func() {
			x.ask("PROPFIND", "", `<propfind xmlns="DAV:" xmlns:S="http://calendarserver.org/ns/"><prop><S:getctag/></prop></propfind>`, http.StatusMultiStatus)
		}},
		{"sync nothing", func() { x.ask("REPORT", "", benchSync(x.token), http.StatusMultiStatus) }},
		{"sync initial", func() { x.ask("REPORT", "", benchSync(""), http.StatusMultiStatus) }},
		{"put", func() { // last: it changes the calendar
			uid := fmt.Sprintf("new-%d", n.Add(1))
			x.ask("PUT", uid+".ics", benchEvent(uid), http.StatusCreated)
		}},
	} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetParallelism(16) // times the processors: 32 connections on two
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					row.ask()
				}
			})
		})
	}
}
