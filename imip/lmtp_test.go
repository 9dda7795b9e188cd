package imip

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
)

// inTray is a Receiver that keeps what it is given, and answers as it is told.
type inTray struct {
	mu     sync.Mutex
	got    []Envelope
	raw    [][]byte
	answer func(e Envelope, raw []byte) (Outcome, error) // nil: added
	came   chan Envelope                                 // nil: nobody waits
}

func (r *inTray) Receive(_ context.Context, e Envelope, raw []byte) (Outcome, error) {
	r.mu.Lock()
	r.got, r.raw = append(r.got, e), append(r.raw, bytes.Clone(raw))
	r.mu.Unlock()
	if r.came != nil {
		defer func() { r.came <- e }()
	}
	if r.answer != nil {
		return r.answer(e, raw)
	}
	return Outcome{Action: Added, Method: "REQUEST"}, nil
}

func (r *inTray) envelopes() []Envelope {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Envelope(nil), r.got...)
}

// household knows the people of example.org, and its gateway.
func household(_ context.Context, address string) (Whose, error) {
	address = strings.ToLower(address)
	switch {
	case strings.HasPrefix(address, "broken"):
		return Nobodys, errors.New("the disk is gone")
	case address == "calendar@example.org":
		return Gateways, nil
	case strings.HasSuffix(address, "@example.org"):
		return Ours, nil
	}
	return Nobodys, nil
}

// dialLMTP starts a server on loopback and gives a client of it.
func dialLMTP(t *testing.T, o LMTPOptions) *smtp.Client {
	t.Helper()
	l, err := ListenLMTP("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- NewLMTP(o).Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return clientOf(t, "tcp", l.Addr().String())
}

func clientOf(t *testing.T, network, address string) *smtp.Client {
	t.Helper()
	c, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	client := smtp.NewClientLMTP(c)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// send gives one message to recipients and tells the code of each: of RCPT where that
// refuses, else of the answer after the data.
func send(t *testing.T, c *smtp.Client, from string, mail string, to ...string) map[string]int {
	t.Helper()
	codes := map[string]int{}
	if err := c.Mail(from, nil); err != nil {
		t.Fatal(err)
	}
	taken := 0
	for _, r := range to {
		if err := c.Rcpt(r, nil); err != nil {
			codes[r] = codeOf(t, err)
			continue
		}
		taken++
	}
	if taken == 0 {
		if err := c.Reset(); err != nil {
			t.Fatal(err)
		}
		return codes
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(mail)); err != nil {
		t.Fatal(err)
	}
	done, err := w.CloseWithLMTPResponse()
	for r := range done {
		codes[r] = 250
	}
	var failed smtp.LMTPDataError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	for r, answer := range failed {
		codes[r] = answer.Code
	}
	return codes
}

func codeOf(t *testing.T, err error) int {
	t.Helper()
	var answer *smtp.SMTPError
	if !errors.As(err, &answer) {
		t.Fatal(err)
	}
	return answer.Code
}

const plainMail = "From: eve@example.com\r\nSubject: lunch\r\n\r\nno calendar\r\n.dot\r\n"

// One status a recipient (RFC 2033 §4.2): 250 after commit, 4xx on a fault of ours, 550 at
// RCPT for who is not here.
func TestLMTPAnswersEachRecipient(t *testing.T) {
	r := &inTray{answer: func(e Envelope, _ []byte) (Outcome, error) {
		switch e.Recipient {
		case "full@example.org":
			return Outcome{}, errors.New("the disk is full")
		case "panic@example.org":
			panic("a broken mail")
		}
		return Outcome{Action: NoAction}, nil
	}}
	c := dialLMTP(t, LMTPOptions{Way: Way{Receiver: r, Whose: household}})
	codes := send(t, c, "eve@example.com", plainMail,
		"anna@example.org", "nobody@example.net", "full@example.org", "broken@example.org", "panic@example.org", "ben@example.org")
	want := map[string]int{"anna@example.org": 250, "nobody@example.net": 550, "full@example.org": 451,
		"broken@example.org": 451, "panic@example.org": 451, "ben@example.org": 250}
	if fmt.Sprint(codes) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", codes, want)
	}
	if got := string(r.raw[0]); got != plainMail {
		t.Errorf("the mail arrived as %q", got)
	}
	if e := r.envelopes()[0]; e.Sender != "eve@example.com" || e.Source != SourceLMTP {
		t.Errorf("envelope %+v", e)
	}
	// The connection goes on, and the null sender is told apart from an unknown one.
	if codes := send(t, c, "", plainMail, "anna@example.org"); codes["anna@example.org"] != 250 {
		t.Errorf("second message: %v", codes)
	}
	if e := r.envelopes(); e[len(e)-1].Sender != "<>" {
		t.Errorf("null sender: %+v", e[len(e)-1])
	}
}

// A mail that is too large, or has endless lines, is a mail without a calendar to us: a
// copy never bounces to its sender.
func TestLMTPTakesLargeMailAndDoesNothing(t *testing.T) {
	r := &inTray{}
	seen := map[string]int{}
	var mu sync.Mutex
	c := dialLMTP(t, LMTPOptions{Way: Way{Receiver: r, Whose: household, MailBytes: 1000, Observe: func(_, action string) {
		mu.Lock()
		defer mu.Unlock()
		seen[action]++
	}}})
	large := plainMail + strings.Repeat(strings.Repeat("x", 5000)+"\r\n", 40)
	if codes := send(t, c, "eve@example.com", large, "anna@example.org"); codes["anna@example.org"] != 250 {
		t.Errorf("large mail: %v", codes)
	}
	if codes := send(t, c, "eve@example.com", plainMail, "anna@example.org"); codes["anna@example.org"] != 250 {
		t.Errorf("next mail: %v", codes)
	}
	if n := len(r.envelopes()); n != 1 {
		t.Errorf("%d mails were handed on, want the small one", n)
	}
	mu.Lock()
	defer mu.Unlock()
	if seen[NoAction] != 1 || seen[Added] != 1 {
		t.Errorf("counted %v", seen)
	}
}

// A fault of ours is repeated by the sender, and then the mail is taken.
func TestLMTPFaultThenRepeat(t *testing.T) {
	tries := 0
	r := &inTray{answer: func(e Envelope, _ []byte) (Outcome, error) {
		if !e.UpdatesOnly {
			t.Error("the choices of the configuration are lost")
		}
		if tries++; tries == 1 {
			return Outcome{}, errors.New("busy")
		}
		return Outcome{Action: Added}, nil
	}}
	c := dialLMTP(t, LMTPOptions{Way: Way{Receiver: r, Whose: household, Choices: Choices{UpdatesOnly: true}}})
	for i, want := range []int{451, 250} {
		if codes := send(t, c, "eve@example.com", plainMail, "anna@example.org"); codes["anna@example.org"] != want {
			t.Errorf("try %d: %v, want %d", i+1, codes, want)
		}
	}
}

// A message that is being received when the server stops is finished.
func TestLMTPFinishesWhatItTook(t *testing.T) {
	l, err := ListenLMTP("unix:" + filepath.Join(t.TempDir(), "lmtp.sock"))
	if err != nil {
		t.Fatal(err)
	}
	entered, leave := make(chan struct{}), make(chan struct{})
	r := &inTray{answer: func(Envelope, []byte) (Outcome, error) {
		close(entered)
		<-leave
		return Outcome{Action: Added}, nil
	}}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- NewLMTP(LMTPOptions{Way: Way{Receiver: r, Whose: household}}).Serve(ctx, l) }()
	c := clientOf(t, "unix", l.Addr().String())
	if err := c.Mail("eve@example.com", nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Rcpt("anna@example.org", nil); err != nil {
		t.Fatal(err)
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(plainMail)); err != nil {
		t.Fatal(err)
	}
	go func() { _ = w.Close() }()
	<-entered
	stop()
	select {
	case err := <-ended:
		t.Fatalf("the server ended over an unfinished message: %v", err)
	default:
	}
	close(leave)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if len(r.envelopes()) != 1 {
		t.Error("the message was lost")
	}
}

// A missing host is loopback, and a socket that nobody serves is replaced.
func TestListenLMTP(t *testing.T) {
	l, err := ListenLMTP(":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if host, _, _ := net.SplitHostPort(l.Addr().String()); host != "127.0.0.1" {
		t.Errorf("listens on %s", host)
	}
	if _, err := ListenLMTP("2424"); err == nil {
		t.Error("an address without a port was taken")
	}
	path := "unix:" + filepath.Join(t.TempDir(), "s")
	first, err := ListenLMTP(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ListenLMTP(path); err == nil {
		t.Error("two servers on one socket")
	}
	first.(*net.UnixListener).SetUnlinkOnClose(false)
	_ = first.Close()
	again, err := ListenLMTP(path)
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Close()
}
