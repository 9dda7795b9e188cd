package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// wire is a house that listens on loopback, and what a raw client knows of it.
type wire struct {
	*house
	addr string
}

// listen serves a house until the test ends. No test may make it panic.
func (h *house) listen(t *testing.T) *wire {
	t.Helper()
	srv, err := h.doors()
	if err != nil {
		t.Fatal(err)
	}
	bound, err := srv.Listen([]string{"127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{h, bound[0].Addr().String()}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- srv.ServeOn(ctx, bound) }()
	t.Cleanup(func() {
		if a := w.send(t, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"); !strings.Contains(a.body, "convoke_panics_total 0") {
			t.Errorf("something panicked: %s", a.body)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return w
}

// answer is what came back on the wire.
type answer struct {
	status int
	head   http.Header
	body   string
	closed bool // the server ended the connection, or said that it will
	rest   string
}

// send writes bytes on a connection of their own and reads one answer; what follows
// it until the server closes is the rest.
func (w *wire) send(t *testing.T, raw string) answer {
	t.Helper()
	return w.sendThen(t, raw, false)
}

// sendThen is send that may end its side of the connection behind what it sent.
func (w *wire) sendThen(t *testing.T, raw string, end bool) answer {
	t.Helper()
	c, err := net.Dial("tcp", w.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Minute))
	go func() {
		// A server that refuses a body closes before it has all: that shows in the answer.
		_, _ = io.WriteString(c, raw)
		if end {
			_ = c.(*net.TCPConn).CloseWrite()
		}
	}()
	method, _, _ := strings.Cut(raw, " ")
	in := bufio.NewReader(c)
	resp, err := http.ReadResponse(in, &http.Request{Method: method})
	for err == nil && resp.StatusCode == http.StatusContinue {
		resp, err = http.ReadResponse(in, &http.Request{Method: method})
	}
	if err != nil {
		return answer{closed: true, body: err.Error()}
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil && resp.StatusCode < 400 { // a refusal may be reset: the server reads no more
		t.Errorf("%.60q: the answer is cut short: %v", raw, err)
	}
	a := answer{status: resp.StatusCode, head: resp.Header, body: string(body), closed: resp.Close}
	if a.closed {
		rest, _ := io.ReadAll(in)
		a.rest = string(rest)
	}
	return a
}

// do sends a whole request with a length, as name.
func (w *wire) do(t *testing.T, name, method, path, head, body string) answer {
	t.Helper()
	return w.send(t, request(name, method, path, head, body))
}

// request is a whole request as it stands on the wire. head are header lines.
func request(name, method, path, head, body string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: convoke.test\r\nConnection: close\r\n%s%s", method, path, login(name), head)
	if body != "" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n" + body)
	return b.String()
}

// login is the header line that signs in who has his name as password; none for "".
func login(name string) string {
	if name == "" {
		return ""
	}
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+name)) + "\r\n"
}

// simpleEvent is an object that nobody refuses.
func simpleEvent(uid string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:" + uid +
		"\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260105T090000Z\r\nDTEND:20260105T100000Z\r\nSUMMARY:" + uid + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
}

func simpleCard(uid string) string {
	return "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:" + uid + "\r\nFN:Ann Example\r\nN:Example;Ann;;;\r\nEND:VCARD\r\n"
}
