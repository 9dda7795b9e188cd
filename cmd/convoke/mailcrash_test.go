//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/mail"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// crashRelay is a mail server that has the server killed while it takes a mail, and keeps all mails.
type crashRelay struct {
	mu   sync.Mutex
	kill func() // once, before the next answer; nil: nobody is killed
	ids  map[string]map[string]int
}

func (r *crashRelay) NewSession(*smtp.Conn) (smtp.Session, error) { return &crashSession{r: r}, nil }

type crashSession struct {
	r  *crashRelay
	to string
}

func (s *crashSession) Mail(string, *smtp.MailOptions) error      { return nil }
func (s *crashSession) Rcpt(to string, _ *smtp.RcptOptions) error { s.to = to; return nil }
func (s *crashSession) Reset()                                    {}
func (s *crashSession) Logout() error                             { return nil }
func (s *crashSession) Data(in io.Reader) error {
	data, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return err
	}
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	key := m.Header.Get("Subject") + " to " + s.to
	if s.r.ids[key] == nil {
		s.r.ids[key] = map[string]int{}
	}
	s.r.ids[key][m.Header.Get("Message-Id")]++ // it is taken, whatever becomes of the answer
	if s.r.kill != nil {
		s.r.kill()
		s.r.kill = nil
	}
	return nil
}

// serve takes mails until the test ends, and has servers that are started in it send theirs here.
func (r *crashRelay) serve(t *testing.T) {
	t.Helper()
	relay := smtp.NewServer(r)
	relay.Domain, relay.ErrorLog = "relay.example", log.New(io.Discard, "", 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = relay.Serve(l) }()
	t.Cleanup(func() { _ = relay.Close(); _ = l.Close(); <-done })
	for key, value := range map[string]string{
		"HOST": "127.0.0.1", "PORT": fmt.Sprint(l.Addr().(*net.TCPAddr).Port), "TLS": "none",
		"GATEWAY_ADDRESS": "calendar@example.org", "MERGE_PAUSE": "0s", "PARALLEL": "2",
	} {
		t.Setenv("CONVOKE_SMTP_"+key, value)
	}
}

// Killed between the mail server's taking a mail and the note of it, again and again: each mail arrives, and what
// arrives more than once is the same mail.
func TestMailSurvivesKill(t *testing.T) {
	r := &crashRelay{ids: map[string]map[string]int{}}
	r.serve(t)
	dir := t.TempDir()
	convoke(t, dir, "alice", "user", "add", "alice", "--email", "alice@example.org", "--password-stdin")
	const rounds, guests = 6, 3
	for n := range rounds {
		s := startServe(t, dir)
		killed := make(chan struct{})
		r.mu.Lock() // no mail is taken before the meeting is stored
		list := ""
		for g := range guests {
			list += fmt.Sprintf("ATTENDEE;RSVP=TRUE:mailto:guest%d@example.net\r\n", g)
		}
		body := fmt.Sprintf("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:u%d\r\nDTSTAMP:20300101T000000Z\r\nDTSTART:20300110T120000Z\r\n"+
			"SUMMARY:m%d\r\nORGANIZER:mailto:alice@example.org\r\n%sEND:VEVENT\r\nEND:VCALENDAR\r\n", n, n, list)
		if code, text, _ := s.do("PUT", fmt.Sprintf("/dav/calendars/alice/default/u%d.ics", n), body, "Content-Type", "text/calendar"); code != 201 {
			t.Fatalf("PUT: %d %s", code, text)
		}
		r.kill = func() { s.kill(); close(killed) }
		r.mu.Unlock()
		select {
		case <-killed:
		case <-time.After(5 * time.Minute):
			t.Fatal("no mail came")
		}
	}
	s := startServe(t, dir)
	d := &remoteDesk{path: filepath.Join(s.dir, socketName)}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(5 * time.Minute); ; <-tick.C {
		var left []queued
		if err := d.do(context.Background(), "queue", queueWish{}, &left); err != nil {
			t.Fatal(err)
		}
		if len(left) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("left: %+v", left)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	again := 0
	for n := range rounds {
		for g := range guests {
			key := fmt.Sprintf("Invitation: m%d to guest%d@example.net", n, g)
			if len(r.ids[key]) != 1 {
				t.Errorf("%s: %v", key, r.ids[key])
			}
			for _, times := range r.ids[key] {
				again += times - 1
			}
		}
		_, text, _ := s.do("GET", fmt.Sprintf("/dav/calendars/alice/default/u%d.ics", n), "")
		if got := strings.Count(strings.ReplaceAll(text, "\r\n ", ""), "SCHEDULE-STATUS=1.1"); got != guests {
			t.Errorf("u%d: %d sent by its status", n, got)
		}
	}
	if again == 0 {
		t.Error("nothing was sent twice: the kill missed its moment")
	}
}
