package imip

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// relay is a mail server in memory. It says what it is told to say.
type relay struct {
	mechanisms []string
	onMail     func(from string, o *smtp.MailOptions) error
	onRcpt     func(to string, o *smtp.RcptOptions) error
	onData     func() error
	mu         sync.Mutex
	got        []string // whole mails
	froms      []string
	sessions   int
	logins     []string
}

type relaySession struct {
	r        *relay
	loggedIn bool
}

func (r *relay) NewSession(*smtp.Conn) (smtp.Session, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sessions++
	return &relaySession{r: r}, nil
}

func (s *relaySession) AuthMechanisms() []string { return s.r.mechanisms }

func (s *relaySession) Auth(mech string) (sasl.Server, error) {
	check := func(user, password string) error {
		if user != "convoke" || password != "secret" {
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "wrong"}
		}
		s.loggedIn = true
		s.r.mu.Lock()
		defer s.r.mu.Unlock()
		s.r.logins = append(s.r.logins, mech)
		return nil
	}
	switch mech {
	case sasl.Plain:
		return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
	case sasl.Login:
		return &loginServer{check: check}, nil
	}
	return &cramServer{check: func(answer string) error {
		user, mac, _ := strings.Cut(answer, " ")
		h := hmac.New(md5.New, []byte("secret"))
		h.Write([]byte(challenge))
		if mac != hex.EncodeToString(h.Sum(nil)) {
			return errors.New("wrong")
		}
		return check(user, "secret")
	}}, nil
}

const challenge = "<1896.697170952@postoffice.example.net>"

type loginServer struct {
	check func(user, password string) error
	said  []string
}

func (l *loginServer) Next(response []byte) ([]byte, bool, error) {
	if response != nil {
		l.said = append(l.said, string(response))
	}
	switch len(l.said) {
	case 0:
		return []byte("Username:"), false, nil
	case 1:
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.said[0], l.said[1])
}

type cramServer struct{ check func(string) error }

func (c *cramServer) Next(response []byte) ([]byte, bool, error) {
	if len(response) == 0 {
		return []byte(challenge), false, nil
	}
	return nil, true, c.check(string(response))
}

func (s *relaySession) Mail(from string, o *smtp.MailOptions) error {
	if len(s.r.mechanisms) > 0 && !s.loggedIn {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "log in"}
	}
	s.r.mu.Lock()
	s.r.froms = append(s.r.froms, from)
	s.r.mu.Unlock()
	if s.r.onMail != nil {
		return s.r.onMail(from, o)
	}
	return nil
}

func (s *relaySession) Rcpt(to string, o *smtp.RcptOptions) error {
	if s.r.onRcpt != nil {
		return s.r.onRcpt(to, o)
	}
	return nil
}

func (s *relaySession) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.r.onData != nil {
		if err := s.r.onData(); err != nil {
			return err
		}
	}
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	s.r.got = append(s.r.got, string(data))
	return nil
}

func (s *relaySession) Reset()        {}
func (s *relaySession) Logout() error { return nil }

// start runs the relay on loopback and gives the options to reach it.
func (r *relay) start(t testing.TB, mode string, change ...func(*smtp.Server)) SMTPOptions {
	t.Helper()
	cert, pool := certificate(t)
	srv := smtp.NewServer(r)
	srv.Domain, srv.AllowInsecureAuth, srv.EnableDSN, srv.EnableSMTPUTF8, srv.MaxMessageBytes = "relay.example", true, true, true, 1<<20
	srv.ErrorLog = discard{}
	if mode == StartTLS {
		srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
	}
	for _, f := range change {
		f(srv)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if mode == DirectTLS {
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}})
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close(); _ = l.Close(); <-done }) // Serve may not know of l yet
	return SMTPOptions{Host: "127.0.0.1", Port: port, TLS: mode, Hello: "convoke.example", Roots: pool, Timeout: 5 * time.Minute, Keep: 2}
}

type discard struct{}

func (discard) Printf(string, ...any) {}
func (discard) Println(...any)        {}

func certificate(t testing.TB) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func letterTo(to string) *Mail {
	return &Mail{From: "calendar+0123@example.org", To: to, Token: "0123", Data: []byte("Subject: x\r\n\r\n.dot\r\nbody\r\n")}
}

func handIn(t testing.TB, o SMTPOptions, m *Mail) (*SMTP, error) {
	t.Helper()
	s := NewSMTP(o)
	t.Cleanup(func() { s.Close() })
	_, err := s.Send(bg, m)
	return s, err
}

func TestSMTPWays(t *testing.T) {
	for name, row := range map[string]struct {
		mode       string
		mechanisms []string
		want       string
	}{
		"starttls plain": {StartTLS, []string{"CRAM-MD5", "LOGIN", "PLAIN"}, "PLAIN"},
		"starttls login": {StartTLS, []string{"LOGIN"}, "LOGIN"},
		"tls cram":       {DirectTLS, []string{"CRAM-MD5"}, "CRAM-MD5"},
		"none prefers":   {NoTLS, []string{"PLAIN", "CRAM-MD5"}, "CRAM-MD5"},
		"none open":      {NoTLS, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var mail smtp.MailOptions
			var rcpt smtp.RcptOptions
			r := &relay{mechanisms: row.mechanisms,
				onMail: func(_ string, o *smtp.MailOptions) error { mail = *o; return nil },
				onRcpt: func(_ string, o *smtp.RcptOptions) error { rcpt = *o; return nil }}
			o := r.start(t, row.mode)
			if row.want != "" {
				o.Username, o.Password = "convoke", "secret"
			}
			s, err := handIn(t, o, letterTo(zoe))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Send(bg, letterTo(max1)); err != nil {
				t.Fatal(err)
			}
			if r.sessions > 2 || len(r.got) != 2 || r.got[0] != "Subject: x\r\n\r\n.dot\r\nbody\r\n" { // TLS begins a session anew
				t.Errorf("%d sessions, %q", r.sessions, r.got)
			}
			if row.want != "" && !slices.Equal(r.logins, []string{row.want}) {
				t.Errorf("logins %q", r.logins)
			}
			// RFC 3461 §4: what comes back, and the headers alone.
			if mail.Return != smtp.DSNReturnHeaders || mail.EnvelopeID != "0123" || mail.Size == 0 || mail.Body != smtp.Body8BitMIME ||
				!slices.Equal(rcpt.Notify, []smtp.DSNNotify{smtp.DSNNotifyFailure, smtp.DSNNotifyDelayed}) || rcpt.OriginalRecipient != max1 {
				t.Errorf("%+v %+v", mail, rcpt)
			}
		})
	}
}

func failure(t *testing.T, err error) *Failure {
	t.Helper()
	var f *Failure
	if !errors.As(err, &f) {
		t.Fatalf("%v is no Failure", err)
	}
	return f
}

// What is required and missing ends the session, and never the mail.
func TestSMTPSessionFailures(t *testing.T) {
	login := func(o *SMTPOptions) { o.Username, o.Password = "convoke", "wrong" }
	for name, row := range map[string]struct {
		r      *relay
		mode   string
		change func(*SMTPOptions)
	}{
		"no STARTTLS":         {&relay{}, NoTLS, func(o *SMTPOptions) { o.TLS = StartTLS }},
		"unknown certificate": {&relay{}, StartTLS, func(o *SMTPOptions) { o.Roots = nil }},
		"wrong password":      {&relay{mechanisms: []string{"PLAIN"}}, StartTLS, login},
		"no login offered":    {&relay{}, StartTLS, login},
		"login required":      {&relay{mechanisms: []string{"PLAIN"}}, StartTLS, func(*SMTPOptions) {}},
		"nobody there":        {&relay{}, NoTLS, func(o *SMTPOptions) { o.Port = 1 }},
		"closing": {&relay{onMail: func(string, *smtp.MailOptions) error {
			return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "going down"}
		}}, NoTLS, func(*SMTPOptions) {}},
	} {
		t.Run(name, func(t *testing.T) {
			o := row.r.start(t, row.mode)
			row.change(&o)
			_, err := handIn(t, o, letterTo(zoe))
			if f := failure(t, err); f.Permanent || !f.Session || f.Code[0] != '4' && f.Code[0] != '5' {
				t.Errorf("%+v", f)
			}
			if len(row.r.got) > 0 {
				t.Error("it was sent all the same")
			}
		})
	}
}

// RFC 3463 tells what is permanent; without its codes RFC 5321 does.
func TestSMTPAnswers(t *testing.T) {
	say := func(code int, e smtp.EnhancedCode) error {
		return &smtp.SMTPError{Code: code, EnhancedCode: e, Message: "two\nlines"}
	}
	for name, row := range map[string]struct {
		r         *relay
		permanent bool
		code      string
	}{
		"no mailbox":     {&relay{onRcpt: func(string, *smtp.RcptOptions) error { return say(550, smtp.EnhancedCode{5, 1, 1}) }}, true, "5.1.1"},
		"greylist":       {&relay{onRcpt: func(string, *smtp.RcptOptions) error { return say(451, smtp.EnhancedCode{4, 7, 1}) }}, false, "4.7.1"},
		"code decides":   {&relay{onRcpt: func(string, *smtp.RcptOptions) error { return say(550, smtp.EnhancedCode{4, 2, 2}) }}, false, "4.2.2"},
		"no code":        {&relay{onMail: func(string, *smtp.MailOptions) error { return say(553, smtp.NoEnhancedCode) }}, true, "5.0.0"},
		"after the data": {&relay{onData: func() error { return say(554, smtp.EnhancedCode{5, 7, 1}) }}, true, "5.7.1"},
		"data later":     {&relay{onData: func() error { return say(452, smtp.EnhancedCode{4, 3, 1}) }}, false, "4.3.1"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := handIn(t, row.r.start(t, NoTLS), letterTo(zoe))
			f := failure(t, err)
			if f.Permanent != row.permanent || f.Session || f.Code != row.code || strings.ContainsAny(f.Text, "\r\n") {
				t.Errorf("%+v", f)
			}
			// The connection is good for the next mail.
			row.r.onData, row.r.onMail, row.r.onRcpt = nil, nil, nil
			if _, err := s.Send(bg, letterTo(max1)); err != nil || len(row.r.got) != 1 || row.r.sessions != 1 {
				t.Errorf("after it: %v, %d mails in %d sessions", err, len(row.r.got), row.r.sessions)
			}
		})
	}
}

func TestSMTPTooLargeAndUTF8(t *testing.T) {
	r := &relay{}
	o := r.start(t, NoTLS, func(s *smtp.Server) { s.MaxMessageBytes, s.EnableSMTPUTF8 = 10, false })
	_, err := handIn(t, o, letterTo(zoe))
	if f := failure(t, err); !f.Permanent || f.Code != "5.3.4" {
		t.Errorf("%+v", f)
	}
	m := &Mail{From: "a@example.org", To: "jürgen@example.net", UTF8: true, Data: []byte("x")}
	_, err = handIn(t, o, m)
	if f := failure(t, err); !f.Permanent || f.Code != "5.6.7" {
		t.Errorf("%+v", f)
	}
	seen := ""
	able := &relay{onRcpt: func(to string, _ *smtp.RcptOptions) error { seen = to; return nil }}
	if _, err := handIn(t, able.start(t, NoTLS), m); err != nil || seen != m.To {
		t.Errorf("%v, %q", err, seen)
	}
}

// A server that takes the mail and goes away before it says so: nobody knows, and it is tried again.
func TestSMTPDisconnectBeforeTheAnswer(t *testing.T) {
	front, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer front.Close()
	go func() {
		for {
			c, err := front.Accept()
			if err != nil {
				return
			}
			go rude(c)
		}
	}()
	_, err = handIn(t, SMTPOptions{Host: "127.0.0.1", Port: front.Addr().(*net.TCPAddr).Port, TLS: NoTLS, Hello: "x.example", Timeout: 10 * time.Second}, letterTo(zoe))
	if f := failure(t, err); f.Permanent || f.Session || f.Code != "4.4.2" {
		t.Errorf("%+v", f)
	}
}

// rude takes a mail and hangs up.
func rude(c net.Conn) {
	defer c.Close()
	_, _ = io.WriteString(c, "220 rude\r\n")
	buf, all := make([]byte, 4096), ""
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		all += string(buf[:n])
		switch {
		case strings.HasSuffix(all, "\r\n.\r\n"):
			return
		case strings.HasSuffix(all, "DATA\r\n"):
			_, _ = io.WriteString(c, "354 go\r\n")
		case strings.HasSuffix(all, "\r\n"):
			_, _ = io.WriteString(c, "250 ok\r\n")
		}
	}
}

// A server that says nothing holds a mail no longer than its time.
func TestSMTPSlowServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(bg)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		cancel() // it is connected, and gets no greeting
		_, _ = io.Copy(io.Discard, c)
		c.Close()
	}()
	s := NewSMTP(SMTPOptions{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: NoTLS, Hello: "x.example"})
	_, err = s.Send(ctx, letterTo(zoe))
	if f := failure(t, err); !f.Session || f.Permanent {
		t.Errorf("%+v", f)
	}
}

// A connection that the server closed while it waited costs no attempt.
func TestSMTPStaleConnection(t *testing.T) {
	r := &relay{}
	o := r.start(t, NoTLS, func(s *smtp.Server) { s.MaxRecipients = 1 })
	s, err := handIn(t, o, letterTo(zoe))
	if err != nil {
		t.Fatal(err)
	}
	_ = s.idle[0].conn.(*net.TCPConn).CloseRead()
	_ = s.idle[0].conn.Close()
	if _, err := s.Send(bg, letterTo(max1)); err != nil || len(r.got) != 2 {
		t.Errorf("%v, %d mails", err, len(r.got))
	}
}

// The whole way: from the calendar to a server, with the queue's own envelope.
func TestOutgoingOverSMTP(t *testing.T) {
	r := &relay{}
	s := NewSMTP(r.start(t, StartTLS))
	defer s.Close()
	o := newOffice(t, func(o *OutgoingOptions) { o.Sender, o.Parallel = s, 3 })
	o.put("u", "SUMMARY:Lunch\n"+lunchTime, zoe, max1)
	o.later(time.Minute)
	if len(r.got) != 2 || len(o.rows("sent")) != 2 || !strings.HasPrefix(r.froms[0], "calendar+") {
		t.Errorf("%d mails from %q", len(r.got), r.froms)
	}
}

// What stands behind the answer to STARTTLS before the handshake is thrown away (RFC 3207 §5): the client believes what
// the protected server says, here that it takes five bytes.
func TestSMTPNothingFromBeforeTheHandshake(t *testing.T) {
	cert, pool := certificate(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		lines := bufio.NewReader(c)
		_, _ = io.WriteString(c, "220 x\r\n")
		_, _ = lines.ReadString('\n')
		_, _ = io.WriteString(c, "250-x\r\n250 STARTTLS\r\n")
		_, _ = lines.ReadString('\n')
		_, _ = io.WriteString(c, "220 go\r\n250-injected\r\n250 SIZE 1000000\r\n")
		inner := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}})
		within := bufio.NewReader(inner)
		for {
			if _, err := within.ReadString('\n'); err != nil {
				return
			}
			_, _ = io.WriteString(inner, "250-x\r\n250 SIZE 5\r\n")
		}
	}()
	_, err = handIn(t, SMTPOptions{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: StartTLS, Hello: "x.example", Roots: pool, Timeout: 10 * time.Second}, letterTo(zoe))
	if f := failure(t, err); f.Code != "5.3.4" {
		t.Errorf("%+v", f)
	}
}
