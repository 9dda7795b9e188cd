package imip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"convoke/storage"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-sasl"
)

// postOffice is an IMAP server on loopback with the mailboxes of anna and of the copies.
type postOffice struct {
	t       *testing.T
	address string
	users   map[string]*imapmemserver.User
	logins  atomic.Int64
	sasl    bool // AUTH=PLAIN is offered

	mu    sync.Mutex
	conns []net.Conn
}

// counter is a session of it. A master user may open every mailbox.
type counter struct {
	*imapmemserver.UserSession
	office *postOffice
}

func (s *counter) Login(name, password string) error {
	owner, master, _ := strings.Cut(name, "*")
	return s.open(owner, master, password)
}

func (s *counter) AuthenticateMechanisms() []string {
	if s.office.sasl {
		return []string{"PLAIN"}
	}
	return nil
}

func (s *counter) Authenticate(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(identity, name, password string) error {
		if identity == "" {
			return s.open(name, "", password)
		}
		return s.open(identity, name, password)
	}), nil
}

func (s *counter) open(owner, master, password string) error {
	s.office.logins.Add(1)
	u := s.office.users[owner]
	if u == nil || password != "secret" || master != "" && master != "convoke" {
		return imapserver.ErrAuthFailed
	}
	s.UserSession = imapmemserver.NewUserSession(u)
	return nil
}

func (s *counter) Close() error { return s.UserSession.Close() }

// Idle tells at once what came before it began, as servers do; the one that is embedded forgets that.
func (s *counter) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		if err := s.Poll(w, true); err != nil {
			return err
		}
		select {
		case <-stop:
			return nil
		case <-tick.C:
		}
	}
}

// keeping remembers connections, so that they can be broken.
type keeping struct {
	net.Listener
	p *postOffice
}

func (k keeping) Accept() (net.Conn, error) {
	c, err := k.Listener.Accept()
	if err == nil {
		k.p.mu.Lock()
		k.p.conns = append(k.p.conns, c)
		k.p.mu.Unlock()
	}
	return c, err
}

// hangUp breaks all connections.
func (p *postOffice) hangUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
}

type noLog struct{}

func (noLog) Printf(string, ...any) {}

func openPostOffice(t *testing.T, caps ...imap.Cap) *postOffice {
	t.Helper()
	p := &postOffice{t: t, users: map[string]*imapmemserver.User{}, sasl: true}
	offered := imap.CapSet{imap.CapIMAP4rev1: {}}
	for _, c := range caps {
		offered[c] = struct{}{}
	}
	for _, name := range []string{"anna@example.org", "copies"} {
		u := imapmemserver.NewUser(name, "secret")
		if err := u.Create("INBOX", nil); err != nil {
			t.Fatal(err)
		}
		p.users[name] = u
	}
	srv := imapserver.New(&imapserver.Options{Caps: offered, InsecureAuth: true, Logger: noLog{},
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return &counter{office: p}, nil, nil
		},
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.address = l.Addr().String()
	go func() { _ = srv.Serve(keeping{l, p}) }()
	t.Cleanup(func() { _ = srv.Close() })
	return p
}

// literal is a message on its way into a mailbox.
type literal struct{ *strings.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

// put appends a message to INBOX.
func (p *postOffice) put(user, mail string) {
	p.t.Helper()
	if _, err := p.users[user].Append("INBOX", literal{strings.NewReader(mail)}, &imap.AppendOptions{}); err != nil {
		p.t.Fatal(err)
	}
}

// flags gives the flags of each message of a folder, by UID.
func (p *postOffice) flags(user, folder string) map[imap.UID][]imap.Flag {
	p.t.Helper()
	o := &IMAPOptions{Address: p.address, TLS: "none", Username: user, Password: "secret", Folder: folder}
	m, err := openMailbox(context.Background(), o)
	if err != nil {
		p.t.Fatal(err)
	}
	defer m.close()
	found := map[imap.UID][]imap.Flag{}
	list, err := m.client.Fetch(imap.UIDSet{imap.UIDRange{Start: 1}}, &imap.FetchOptions{UID: true, Flags: true}).Collect()
	if err != nil {
		p.t.Fatal(err)
	}
	for _, b := range list {
		found[b.UID] = b.Flags
	}
	return found
}

func openStore(t *testing.T) *storage.Store {
	t.Helper()
	store, err := storage.Open(context.Background(), t.TempDir(), storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// options are those of the shared mailbox of copies.
func (p *postOffice) options(r Receiver, store *storage.Store) IMAPOptions {
	return IMAPOptions{
		Way: Way{Receiver: r, Whose: household}, Store: store, Account: "test", Address: p.address, TLS: "none",
		Username: "copies", Password: "secret", Processed: "keyword", Retry: time.Millisecond, RetryMax: 2 * time.Millisecond, Poll: time.Hour,
	}
}

// read runs a source until the test ends or stop is called.
func read(t *testing.T, o IMAPOptions) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- NewIMAP(o).Serve(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// next waits for a message that was received.
func next(t *testing.T, r *inTray) Envelope {
	t.Helper()
	select {
	case e := <-r.came:
		return e
	case <-time.After(5 * time.Minute):
		t.Fatal("no message arrives")
	}
	return Envelope{}
}

func copyFor(to, subject string) string {
	return fmt.Sprintf("Delivered-To: copies@example.net\r\nX-Original-To: %s\r\nTo: someone@example.com\r\nSubject: %s\r\n\r\nhello\r\n", to, subject)
}

// What is in the mailbox is received first, then what comes, by IDLE; neither is marked as read.
func TestIMAPReadsThenWaits(t *testing.T) {
	p := openPostOffice(t, imap.CapIdle)
	p.put("copies", copyFor("anna@example.org", "one"))
	r := &inTray{came: make(chan Envelope, 10)}
	store := openStore(t)
	stop := read(t, p.options(r, store))
	if e := next(t, r); e.Recipient != "anna@example.org" || e.Source != SourceIMAP {
		t.Errorf("envelope %+v", e)
	}
	p.put("copies", copyFor("ben@example.org", "two"))
	if e := next(t, r); e.Recipient != "ben@example.org" {
		t.Errorf("envelope %+v", e)
	}
	// A third one makes sure that the second is done with.
	p.put("copies", copyFor("nobody@example.com", "three"))
	p.put("copies", copyFor("ben@example.org", "four"))
	next(t, r)
	stop()
	flags := p.flags("copies", "INBOX")
	for uid, want := range map[imap.UID]bool{1: true, 2: true, 3: false} {
		marked := slices.ContainsFunc(flags[uid], func(f imap.Flag) bool { return strings.EqualFold(string(f), imapKeyword) })
		if marked != want || slices.Contains(flags[uid], imap.FlagSeen) {
			t.Errorf("message %d has %v", uid, flags[uid])
		}
	}
	at, err := store.Mailbox(context.Background(), "test")
	if err != nil || at.LastUID < 2 || at.UIDValidity != 1 {
		t.Errorf("position %+v, %v", at, err)
	}
	// Another start reads nothing twice that is stored as read.
	again := &inTray{came: make(chan Envelope, 10)}
	read(t, p.options(again, store))
	p.put("copies", copyFor("anna@example.org", "five"))
	for e := next(t, again); e.Recipient != "anna@example.org"; e = next(t, again) {
	}
	if n := len(again.envelopes()); n > 2 {
		t.Errorf("%d messages were read again", n-1)
	}
}

// Without IDLE the mailbox is asked, and a lost connection is made again.
func TestIMAPPollsAndReconnects(t *testing.T) {
	p := openPostOffice(t)
	r := &inTray{came: make(chan Envelope, 10)}
	o := p.options(r, openStore(t))
	o.Poll = 5 * time.Millisecond
	read(t, o)
	for i := range 3 {
		p.put("copies", copyFor("anna@example.org", fmt.Sprint(i)))
		next(t, r)
		p.hangUp()
	}
	if n := p.logins.Load(); n < 2 {
		t.Errorf("%d logins", n)
	}
}

// A mailbox that was made anew has other UIDs: it is read from its start.
func TestIMAPSurvivesNewUIDValidity(t *testing.T) {
	p := openPostOffice(t, imap.CapIdle)
	r := &inTray{came: make(chan Envelope, 10)}
	store := openStore(t)
	stop := read(t, p.options(r, store))
	p.put("copies", copyFor("anna@example.org", "one"))
	p.put("copies", copyFor("ben@example.org", "two"))
	next(t, r)
	next(t, r)
	stop()
	u := p.users["copies"]
	for _, err := range []error{u.Delete("INBOX"), u.Create("INBOX", nil)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	p.put("copies", copyFor("cleo@example.org", "three"))
	read(t, p.options(r, store))
	if e := next(t, r); e.Recipient != "cleo@example.org" {
		t.Errorf("envelope %+v", e)
	}
}

// A user's own mailbox, opened by a master user with SASL PLAIN or without; processed
// messages move, others stay.
func TestIMAPUsersMailboxByMaster(t *testing.T) {
	for _, withSASL := range []bool{true, false} {
		p := openPostOffice(t, imap.CapIdle, imap.CapMove)
		p.sasl = withSASL
		r := &inTray{came: make(chan Envelope, 10), answer: func(_ Envelope, raw []byte) (Outcome, error) {
			if strings.Contains(string(raw), "Subject: lunch") {
				return Outcome{Action: Updated, Method: "REPLY"}, nil
			}
			return Outcome{Action: NoAction}, nil
		}}
		o := p.options(r, openStore(t))
		o.Username, o.Master, o.Recipient, o.Processed = "anna@example.org", "convoke", "anna@example.org", "move:Calendar"
		stop := read(t, o)
		p.put("anna@example.org", "To: list@example.com\r\nSubject: news\r\n\r\nx\r\n")
		p.put("anna@example.org", "To: list@example.com\r\nSubject: lunch\r\n\r\nx\r\n")
		for range 2 {
			if e := next(t, r); e.Recipient != "anna@example.org" {
				t.Errorf("envelope %+v", e)
			}
		}
		p.put("anna@example.org", "Subject: news\r\n\r\nx\r\n")
		next(t, r)
		stop()
		if in, moved := p.flags("anna@example.org", "INBOX"), p.flags("anna@example.org", "Calendar"); len(in) != 2 || len(moved) != 1 {
			t.Errorf("%d messages stay and %d moved, want 2 and 1", len(in), len(moved))
		}
	}
}

// A fault of ours holds the position; the message comes again and nothing is lost.
func TestIMAPRetriesFaults(t *testing.T) {
	p := openPostOffice(t, imap.CapIdle)
	tries := 0
	r := &inTray{came: make(chan Envelope, 100), answer: func(Envelope, []byte) (Outcome, error) {
		if tries++; tries < 8 {
			return Outcome{}, errors.New("the disk is full")
		}
		return Outcome{Action: Added}, nil
	}}
	store := openStore(t)
	read(t, p.options(r, store))
	p.put("copies", copyFor("anna@example.org", "one"))
	for range 8 {
		next(t, r)
	}
}

// One message that fails for ever while others do not is left alone, and said so.
func TestIMAPLeavesPoison(t *testing.T) {
	p := openPostOffice(t, imap.CapIdle)
	left := make(chan struct{})
	r := &inTray{answer: func(_ Envelope, raw []byte) (Outcome, error) {
		if strings.Contains(string(raw), "poison") {
			panic("a message that breaks us")
		}
		return Outcome{Action: Added}, nil
	}}
	store := openStore(t)
	o := p.options(r, store)
	o.Observe = func(_, action string) {
		if action == "left" {
			close(left)
		}
	}
	p.put("copies", copyFor("anna@example.org", "poison"))
	p.put("copies", copyFor("anna@example.org", "two"))
	stop := read(t, o)
	select {
	case <-left:
	case <-time.After(5 * time.Minute):
		t.Fatal("the message is tried for ever")
	}
	p.put("copies", copyFor("anna@example.org", "three"))
	stop()
	received := 0
	for _, raw := range r.raw {
		if !strings.Contains(string(raw), "poison") {
			received++
		}
	}
	if received == 0 {
		t.Error("the others were not received")
	}
}

// A server that answers without end, or not at all, loses the connection; wrong passwords
// are an error of their own.
func TestIMAPBadServers(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_, err := c.Write([]byte("* OK [CAPABILITY IMAP4rev1] hello\r\n* LIST () \"/\" {400000000}\r\n"))
				for err == nil {
					_, err = c.Write(make([]byte, 1<<20))
				}
				_ = c.Close()
			}()
		}
	}()
	o := &IMAPOptions{Address: l.Addr().String(), TLS: "none", Username: "a", Password: "b", Folder: "INBOX"}
	if _, err := openMailbox(context.Background(), o); !errors.Is(err, errFlood) {
		t.Errorf("flood: %v", err)
	}
	p := openPostOffice(t)
	wrong := p.options(nil, nil)
	wrong.Password, wrong.Folder = "wrong", "INBOX"
	var refused *SignInError
	if _, err := openMailbox(context.Background(), &wrong); !errors.As(err, &refused) {
		t.Errorf("wrong password: %v", err)
	}
	wrong.Password, wrong.TLS = "secret", "starttls"
	if _, err := openMailbox(context.Background(), &wrong); err == nil {
		t.Error("a server without STARTTLS was taken")
	}
}
