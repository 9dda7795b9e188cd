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
	due := map[string]bool{} // what is stored before its time; what comes too late may be told or not
	for n, ahead := 0, 2; len(due) < events; n++ {
		at := time.Now().Add(time.Duration(ahead+n%3) * time.Second).UTC().Truncate(time.Second)
		body := fmt.Sprintf("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:u%d\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:%s\r\nSUMMARY:m%d\r\n"+
			"BEGIN:VALARM\r\nACTION:EMAIL\r\nSUMMARY:x\r\nDESCRIPTION:x\r\nATTENDEE:mailto:victim@example.net\r\nTRIGGER:-PT1H\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
			n, at.Add(time.Hour).Format("20060102T150405Z"), n)
		if code, text, _ := s.do("PUT", fmt.Sprintf("/dav/calendars/alice/default/u%d.ics", n), body, "Content-Type", "text/calendar"); code != 201 {
			t.Fatalf("PUT: %d %s", code, text)
		}
		if time.Now().Before(at) {
			due[fmt.Sprintf("m%d", n)] = true
		} else {
			ahead *= 2
		}
	}
	r.kill = func() { s.kill(); close(killed) }
	r.mu.Unlock()
	select {
	case <-killed:
	case <-time.After(5 * time.Minute):
		t.Fatal("no mail came")
	}
	startServe(t, dir)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(5 * time.Minute); ; <-tick.C {
		r.mu.Lock()
		told := 0
		for what := range r.ids {
			for _, word := range strings.Fields(what) {
				if due[strings.Trim(word, ",:")] {
					told++
				}
			}
		}
		r.mu.Unlock()
		if told == events {
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
