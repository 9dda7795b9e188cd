//go:build linux

package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The real server reminds by real mail, and where it is killed while it does, and started again, each reminder is one mail.
func TestRemindersSurviveKill(t *testing.T) {
	r := &crashRelay{ids: map[string]map[string]int{}}
	r.serve(t)
	dir := t.TempDir()
	convoke(t, dir, "alice", "user", "add", "alice", "--email", "alice@example.org", "--password-stdin")
	s := startServe(t, dir)
	killed := make(chan struct{})
	r.mu.Lock() // no mail is taken before all is stored
	const events = 6
	for n := range events {
		at := time.Now().Add(time.Duration(2+n%3) * time.Second).UTC()
		body := fmt.Sprintf("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:u%d\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:%s\r\nSUMMARY:m%d\r\n"+
			"BEGIN:VALARM\r\nACTION:EMAIL\r\nSUMMARY:x\r\nDESCRIPTION:x\r\nATTENDEE:mailto:victim@example.net\r\nTRIGGER:-PT1H\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
			n, at.Add(time.Hour).Format("20060102T150405Z"), n)
		if code, text, _ := s.do("PUT", fmt.Sprintf("/dav/calendars/alice/default/u%d.ics", n), body, "Content-Type", "text/calendar"); code != 201 {
			t.Fatalf("PUT: %d %s", code, text)
		}
	}
	r.kill = func() { s.kill(); close(killed) }
	r.mu.Unlock()
	select {
	case <-killed:
	case <-time.After(60 * time.Second):
		t.Fatal("no mail came")
	}
	startServe(t, dir)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(60 * time.Second); ; <-tick.C {
		r.mu.Lock()
		n := len(r.ids)
		r.mu.Unlock()
		if n == events {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("mails: %v", r.ids)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for what, ids := range r.ids {
		if len(ids) != 1 || !strings.HasSuffix(what, " to alice@example.org") {
			t.Errorf("%s: %v", what, ids)
		}
	}
}
