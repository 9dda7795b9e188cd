package imip

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
	"golang.org/x/net/netutil"
)

// LMTPOptions configure an LMTP server.
type LMTPOptions struct {
	Way
	Hostname    string        // in the greeting; "" is localhost
	Connections int           // open at once, further ones wait; 0 is 64
	Recipients  int           // of one message; 0 is 100
	AtOnce      int           // messages in memory at once; 0 is 8
	ReadTimeout time.Duration // for a command, and for a whole message; 0 is five minutes
}

// LMTP takes mail from a mail server on the same host or network (RFC 2033). Each recipient
// has an answer of his own: 250 only after the effects of the mail are committed, 4xx on
// a fault of ours. Mail that holds no calendar is taken too and nothing is done: what
// comes here is a copy, and its loss must not bounce to anybody.
type LMTP struct {
	o      LMTPOptions
	server *smtp.Server
	seats  chan struct{}

	mu      sync.Mutex
	closing bool
	busy    sync.WaitGroup // messages between DATA and the answer
}

// NewLMTP makes a server that listens nowhere yet.
func NewLMTP(o LMTPOptions) *LMTP {
	o.Way = o.Way.withDefaults()
	if o.Hostname == "" {
		o.Hostname = "localhost"
	}
	setDefault(&o.Connections, 64)
	setDefault(&o.Recipients, 100)
	setDefault(&o.AtOnce, 8)
	setDefault(&o.ReadTimeout, 5*time.Minute)
	l := &LMTP{o: o, seats: make(chan struct{}, o.AtOnce)}
	l.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &lmtpSession{l: l}, nil
	}))
	l.server.LMTP = true
	l.server.Domain = o.Hostname
	l.server.MaxRecipients = o.Recipients
	// No SIZE is announced: a mail server would bounce what is larger, and this is but a copy.
	l.server.MaxLineLength = 1 << 20
	l.server.ReadTimeout = o.ReadTimeout
	l.server.WriteTimeout = time.Minute
	l.server.EnableSMTPUTF8 = true
	l.server.ErrorLog = smtpLog{o.Log}
	return l
}

// setDefault sets a number that was left out.
func setDefault[T int | int64 | time.Duration](n *T, preset T) {
	if *n <= 0 {
		*n = preset
	}
}

// ListenLMTP opens an address: `host:port`, where a missing host is loopback alone, or
// `unix:/path`. A socket file that nobody listens on is replaced.
func ListenLMTP(address string) (net.Listener, error) {
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		return listenUnix(path)
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("lmtp listens on host:port or unix:/path: %w", err)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return net.Listen("tcp", net.JoinHostPort(host, port))
}

func listenUnix(path string) (net.Listener, error) {
	if c, err := net.DialTimeout("unix", path, time.Second); err == nil {
		_ = c.Close()
		return nil, fmt.Errorf("somebody listens on %s already", path)
	}
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() == os.ModeSocket {
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("replace socket: %w", err)
		}
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	// As open as loopback is; whoever wants less protects the folder.
	if err := os.Chmod(path, 0o666); err != nil {
		_ = l.Close()
		return nil, err
	}
	return l, nil
}

// Serve answers on a listener until ctx ends. Messages that are being received then are
// finished; their senders may miss the answer and will send them again, which does nothing.
func (l *LMTP) Serve(ctx context.Context, listener net.Listener) error {
	listener = netutil.LimitListener(listener, l.o.Connections)
	stop := context.AfterFunc(ctx, func() {
		l.mu.Lock()
		l.closing = true
		l.mu.Unlock()
		_ = listener.Close()
		l.busy.Wait()
		_ = l.server.Close()
	})
	defer stop()
	err := l.server.Serve(listener)
	if ctx.Err() != nil {
		l.busy.Wait()
		_ = l.server.Close()
		return nil
	}
	return fmt.Errorf("serve lmtp: %w", err)
}

// begin counts a message in, unless the server is closing.
func (l *LMTP) begin() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing {
		return false
	}
	l.busy.Add(1)
	return true
}

// The answers that are not 250.
var (
	lmtpNoUser  = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such user here"}
	lmtpFault   = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Could not be processed now, try again later"}
	lmtpClosing = &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "Shutting down, try again later"}
)

// lmtpSession is one connection.
type lmtpSession struct {
	l          *LMTP
	from       string
	recipients []string
}

var _ smtp.LMTPSession = (*lmtpSession)(nil)

func (s *lmtpSession) Reset()        { s.from, s.recipients = "", nil }
func (s *lmtpSession) Logout() error { return nil }

func (s *lmtpSession) Mail(from string, _ *smtp.MailOptions) error {
	if s.from = from; from == "" {
		s.from = "<>" // RFC 5321 §4.5.5
	}
	return nil
}

// Rcpt refuses who is not here, so that nobody is told later (RFC 5321 §3.6.2).
func (s *lmtpSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	ctx, cancel := context.WithTimeout(context.Background(), receiveTime)
	defer cancel()
	whose, err := s.l.o.Whose(ctx, to)
	switch {
	case err != nil:
		s.l.o.Log.Warn("a recipient could not be looked up", "source", SourceLMTP, "err", err)
		return lmtpFault
	case whose == Nobodys:
		s.l.o.Observe(SourceLMTP, "refused")
		return lmtpNoUser
	}
	s.recipients = append(s.recipients, to)
	return nil
}

// Data is never used: the server speaks LMTP alone.
func (s *lmtpSession) Data(io.Reader) error { return lmtpFault }

// LMTPData answers for each recipient (RFC 2033 §4.2).
func (s *lmtpSession) LMTPData(r io.Reader, status smtp.StatusCollector) error {
	from, recipients := s.from, s.recipients
	if !s.l.begin() {
		return lmtpClosing
	}
	defer s.l.busy.Done()
	s.l.seats <- struct{}{}
	defer func() { <-s.l.seats }()
	raw, err := readMail(r, s.l.o.MailBytes)
	if err != nil {
		return lmtpFault
	}
	for _, to := range recipients {
		e := Envelope{Recipient: to, Sender: from, Source: SourceLMTP, Choices: s.l.o.Choices}
		if _, err := s.l.o.Take(context.Background(), e, raw); err != nil {
			status.SetStatus(to, lmtpFault)
			continue
		}
		status.SetStatus(to, nil)
	}
	return nil
}

// readMail reads a mail. Of one that is too large it keeps one byte more than the limit,
// by which it is known to be, and reads on to its end.
func readMail(r io.Reader, limit int64) ([]byte, error) {
	var b bytes.Buffer
	if _, err := b.ReadFrom(io.LimitReader(r, limit+1)); err != nil {
		return nil, err
	}
	_, err := io.Copy(io.Discard, r)
	return b.Bytes(), err
}

// smtpLog brings the library's complaints into our log: they are of clients, not of ours.
type smtpLog struct{ log *slog.Logger }

func (s smtpLog) Printf(format string, v ...any) {
	if len(v) > 0 {
		if err, ok := v[len(v)-1].(error); ok && errors.Is(err, net.ErrClosed) {
			return
		}
	}
	s.log.Info("lmtp: " + strings.TrimSpace(fmt.Sprintf(format, v...)))
}

func (s smtpLog) Println(v ...any) { s.log.Info("lmtp: " + strings.TrimSpace(fmt.Sprintln(v...))) }
