package imip

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Mail is one mail with its envelope: one sender, one recipient.
type Mail struct {
	From  string // envelope sender, to which bounces go
	To    string
	Token string // comes back in a bounce as Original-Envelope-Id (RFC 3461 §4.4)
	UTF8  bool   // an address is not ASCII: RFC 6531
	Data  []byte
}

// Sender takes mails away. Nil is success, with what the server said; any error is a *Failure. It is safe
// for concurrent use.
type Sender interface {
	Send(ctx context.Context, m *Mail) (answer string, err error)
}

// Failure is why a mail was not sent.
type Failure struct {
	Permanent bool   // the same mail will never be taken (RFC 3463 §3.1)
	Session   bool   // it was not about this mail: no connection, no TLS, no login
	Code      string // enhanced status code, such as "5.1.1"; never empty
	Text      string // what the server said, or what went wrong
}

// Error gives the code and the text.
func (f *Failure) Error() string { return f.Code + " " + f.Text }

// The ways to TLS of SMTPOptions.
const (
	StartTLS  = "starttls" // required, RFC 3207
	DirectTLS = "tls"      // from the first byte, RFC 8314 §3.3
	NoTLS     = "none"
)

// SMTPOptions say where mails are handed in (RFC 6409).
type SMTPOptions struct {
	Host               string
	Port               int
	TLS                string         // StartTLS, DirectTLS or NoTLS
	Username, Password string         // no user name: no login
	Hello              string         // our name
	Roots              *x509.CertPool // whom to believe; nil: the system's
	Timeout            time.Duration  // of one mail, its connection included; 0: five minutes
	Keep               int            // connections kept for the next mail; 0: none
}

// SMTP hands mails to one server. It is a Sender.
type SMTP struct {
	o    SMTPOptions
	mu   sync.Mutex
	idle []*smtpSession
}

// NewSMTP makes an SMTP. The caller closes.
func NewSMTP(o SMTPOptions) *SMTP {
	if o.Timeout <= 0 {
		o.Timeout = 5 * time.Minute
	}
	return &SMTP{o: o}
}

// smtpSession is one connection, greeted and logged in.
type smtpSession struct {
	*smtp.Client
	conn net.Conn
	used time.Time
}

// idleFor is how long a connection may wait for its next mail: less than any server waits for us.
const idleFor = 30 * time.Second

// Close ends the connections that wait.
func (s *SMTP) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.idle {
		_ = c.Quit()
		_ = c.conn.Close()
	}
	s.idle = nil
	return nil
}

// take gives a connection that waits, or nil.
func (s *SMTP) take() *smtpSession {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.idle) > 0 {
		c := s.idle[len(s.idle)-1]
		s.idle = s.idle[:len(s.idle)-1]
		if time.Since(c.used) < idleFor {
			return c
		}
		_ = c.conn.Close()
	}
	return nil
}

// leave keeps a connection for the next mail.
func (s *SMTP) leave(c *smtpSession) {
	c.used = time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.idle) >= s.o.Keep {
		_ = c.Quit()
		_ = c.conn.Close()
		return
	}
	s.idle = append(s.idle, c)
}

// Send hands one mail in.
func (s *SMTP) Send(ctx context.Context, m *Mail) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	if c := s.take(); c != nil {
		answer, begun, err := s.hand(ctx, c, m)
		if begun || err == nil || !err.Session {
			return answer, plain(err)
		}
		// The server closed it while it waited: the mail has not left yet.
	}
	c, err := s.dial(ctx)
	if err != nil {
		return "", sessionFailure(err)
	}
	answer, _, failed := s.hand(ctx, c, m)
	return answer, plain(failed)
}

// plain keeps a nil *Failure from becoming an error that is not nil.
func plain(f *Failure) error {
	if f == nil {
		return nil
	}
	return f
}

// dial opens a connection, protects it and logs in.
func (s *SMTP) dial(ctx context.Context) (*smtpSession, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(s.o.Host, strconv.Itoa(s.o.Port)))
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	conf := &tls.Config{ServerName: s.o.Host, RootCAs: s.o.Roots, MinVersion: tls.VersionTLS12}
	var c *smtp.Client
	switch s.o.TLS {
	case DirectTLS:
		c = smtp.NewClient(tls.Client(conn, conf))
	case NoTLS:
		c = smtp.NewClient(conn)
	default:
		// What came before the handshake is thrown away with the reader that read it.
		if c, err = smtp.NewClientStartTLS(conn, conf); err != nil {
			_ = conn.Close()
			return nil, fmt.Errorf("STARTTLS: %w", err)
		}
	}
	if err = c.Hello(s.o.Hello); err == nil && s.o.Username != "" {
		err = s.login(c)
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return &smtpSession{Client: c, conn: conn}, nil
}

// Check opens a connection as for a mail, with its protection and login, and ends it.
func (s *SMTP) Check(ctx context.Context) error {
	c, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer c.conn.Close()
	return c.Quit()
}

// hand gives one mail to a session and keeps or ends it. Begun tells that the mail may have been taken.
func (s *SMTP) hand(ctx context.Context, c *smtpSession, m *Mail) (answer string, begun bool, failed *Failure) {
	stop := context.AfterFunc(ctx, func() { _ = c.conn.Close() })
	answer, begun, err := transact(c.Client, m)
	if !stop() {
		_ = c.conn.Close()
	} else if err == nil || (errors.As(err, new(*smtp.SMTPError)) || errors.As(err, new(*Failure))) && c.Reset() == nil {
		s.leave(c)
	} else {
		_ = c.conn.Close()
	}
	if err == nil {
		return answer, begun, nil
	}
	return "", begun, failureOf(err, begun)
}

// transact is one mail transaction, RFC 5321 §3.3.
func transact(c *smtp.Client, m *Mail) (answer string, begun bool, err error) {
	if most, ok := c.MaxMessageSize(); ok && most > 0 && len(m.Data) > most {
		return "", false, &Failure{Permanent: true, Code: "5.3.4", Text: fmt.Sprintf("the mail has %d bytes, the server takes %d", len(m.Data), most)}
	}
	if offered, _ := c.Extension("SMTPUTF8"); m.UTF8 && !offered {
		return "", false, &Failure{Permanent: true, Code: "5.6.7", Text: "the server takes no addresses outside ASCII"}
	}
	mail := &smtp.MailOptions{Size: int64(len(m.Data)), UTF8: m.UTF8}
	rcpt := &smtp.RcptOptions{}
	if offered, _ := c.Extension("DSN"); offered {
		mail.Return, mail.EnvelopeID = smtp.DSNReturnHeaders, m.Token
		rcpt.Notify = []smtp.DSNNotify{smtp.DSNNotifyFailure, smtp.DSNNotifyDelayed}
		rcpt.OriginalRecipientType, rcpt.OriginalRecipient = smtp.DSNAddressTypeRFC822, m.To
		if m.UTF8 {
			rcpt.OriginalRecipientType = smtp.DSNAddressTypeUTF8
		}
	}
	if err := c.Mail(m.From, mail); err != nil {
		return "", false, err
	}
	if err := c.Rcpt(m.To, rcpt); err != nil {
		return "", false, err
	}
	w, err := c.Data()
	if err != nil {
		return "", false, err
	}
	if _, err := w.Write(m.Data); err != nil {
		return "", true, err
	}
	r, err := w.CloseWithResponse()
	if err != nil {
		return "", true, err
	}
	return tidy(r.StatusText), true, nil
}

// sessionFailure is a failure to get as far as the mail. It is never permanent: somebody may mend it.
func sessionFailure(err error) *Failure {
	f := &Failure{Session: true, Code: "4.4.1", Text: tidy(err.Error())}
	var answer *smtp.SMTPError
	if errors.As(err, &answer) {
		f.Code = fmt.Sprintf("4.%d.%d", max(answer.EnhancedCode[1], 0), max(answer.EnhancedCode[2], 0))
		f.Text = fmt.Sprintf("%d %s", answer.Code, tidy(answer.Message))
	}
	return f
}

// failureOf judges what went wrong within a mail: the enhanced status code if there is one (RFC 3463), else the
// first digit of the reply (RFC 5321 §4.2.1); a connection that broke is temporary.
func failureOf(err error, begun bool) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	var answer *smtp.SMTPError
	if !errors.As(err, &answer) {
		return &Failure{Session: !begun, Code: "4.4.2", Text: tidy(err.Error())}
	}
	f = &Failure{Text: fmt.Sprintf("%d %s", answer.Code, tidy(answer.Message))}
	f.Code = enhanced(answer)
	class := int(f.Code[0] - '0')
	switch {
	case answer.Code == 421: // it closes the connection, RFC 5321 §3.8
		f.Session = true
	case answer.Code == 530 || answer.Code == 535 || answer.Code == 538 || answer.Code == 454: // RFC 4954 §6: the login, not the mail
		f.Session = true
	case class == 5:
		f.Permanent = true
	}
	return f
}

// enhanced is the enhanced status code of an answer (RFC 2034 §4), on whichever line it stands; else one made of the reply.
func enhanced(answer *smtp.SMTPError) string {
	if e := answer.EnhancedCode; e[0] == 4 || e[0] == 5 {
		return fmt.Sprintf("%d.%d.%d", e[0], e[1], e[2])
	}
	for l := range strings.SplitSeq(answer.Message, "\n") {
		code, _, _ := strings.Cut(l, " ")
		var class, subject, detail int
		if n, _ := fmt.Sscanf(code, "%1d.%d.%d", &class, &subject, &detail); n == 3 && (class == 4 || class == 5) && subject >= 0 && detail >= 0 {
			return fmt.Sprintf("%d.%d.%d", class, subject, detail)
		}
	}
	if answer.Code/100 == 5 {
		return "5.0.0"
	}
	return "4.0.0"
}

// tidy makes one printable line of what a server says, and not a long one.
func tidy(s string) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "?"), func(r rune) bool { return r <= ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 }), " ")
	if len(s) > 300 {
		s = strings.ToValidUTF8(s[:300], "") + "…"
	}
	return s
}
