package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"convoke/imip"
	"convoke/imip/message"
	"convoke/internal/icalendar"
	"convoke/web"

	gomessage "github.com/emersion/go-message"
	"github.com/emersion/go-smtp"
)

// demoWorld is all of the outside that the demo knows: a mail server on loopback that takes what the gateway sends, the
// mailbox of one correspondent behind it, and the way of their mails to the gateway, by LMTP and with the verdict of
// that mail server, as any other mail comes.
type demoWorld struct {
	listener net.Listener
	lmtp     string // address of the gateway's listener
	now      func() time.Time
	site     *web.Site // in whose frame the mailbox is shown

	mu    sync.Mutex
	mails []*demoMail // oldest first
	count int
	last  time.Time       // DTSTAMP of the newest answer
	yes   map[string]bool // UIDs of meetings that are accepted as soon as they are heard of
}

// demoMail is a mail in the correspondent's mailbox.
type demoMail struct {
	ID       int
	At       time.Time
	From     string // an address, to which answers go
	Subject  string
	Text     string // of text/plain
	Method   string
	Answered string // what was answered, in words

	calendar *icalendar.Object // nil: there is none
}

// The correspondent outside, at a domain that is reserved for examples (RFC 2606 §3), and the demo's own mail server.
const (
	outsiderName   = "Clara Novak"
	outsider       = "clara.novak@example.net"
	demoAuthserv   = "mx.example.org"
	maxDemoMails   = 200
	maxDemoMailLen = 4 << 20
)

// newDemoWorld opens the outside and tells the settings of it.
func newDemoWorld(conf *config, dir string) (*demoWorld, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open the demo's mail server: %w", err)
	}
	w := &demoWorld{listener: l, lmtp: filepath.Join(dir, "lmtp.sock"), now: time.Now, yes: map[string]bool{demoMeeting.uid(): true}}
	s := &conf.SMTP
	s.Host, s.Port, s.TLS, s.Gateway, s.MergePause = "127.0.0.1", l.Addr().(*net.TCPAddr).Port, imip.NoTLS, "calendar@"+demoDomain, time.Second
	conf.LMTP.Listen, conf.Trust.AuthservIDs = "unix:"+w.lmtp, []string{demoAuthserv}
	return w, conf.judge()
}

// beside puts the outside beside a house: its mail server, its page, and what is sent first.
func (w *demoWorld) beside(h *house) {
	h.mounts = map[string]func(*web.Site) http.Handler{mailboxPath: w.mailbox}
	h.beside = append(h.beside, w.run, func(context.Context) error { return w.seed() })
}

// run takes mails until ctx ends.
func (w *demoWorld) run(ctx context.Context) error {
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &demoSession{w: w}, nil }))
	server.Domain, server.MaxMessageBytes, server.ReadTimeout, server.WriteTimeout = "mx.example.net", maxDemoMailLen, time.Minute, time.Minute
	server.EnableSMTPUTF8 = true
	stop := context.AfterFunc(ctx, func() {
		_ = w.listener.Close() // which the server knows only once it serves
		_ = server.Close()
	})
	defer stop()
	err := server.Serve(w.listener)
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("the demo's mail server: %w", err)
}

// demoSession is one connection of the gateway.
type demoSession struct{ w *demoWorld }

func (s *demoSession) Reset()                               {}
func (s *demoSession) Logout() error                        { return nil }
func (s *demoSession) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt knows one mailbox. Whoever else is written to is nobody, as in the world.
func (s *demoSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if !strings.EqualFold(to, outsider) {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "Nobody of the demo has this address"}
	}
	return nil
}

// Data takes the mail.
func (s *demoSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.w.take(raw)
	return nil
}

// take puts a mail into the mailbox, and answers what is answered at once.
func (w *demoWorld) take(raw []byte) {
	m := &demoMail{At: w.now(), Text: plainText(raw)}
	parsed, err := message.Parse(raw, message.Limits{})
	if err != nil {
		return
	}
	if len(parsed.From) > 0 {
		m.From = parsed.From[0].Address
	}
	if len(parsed.ReplyTo) > 0 {
		m.From = parsed.ReplyTo[0].Address
	}
	m.Subject = strings.Join(parsed.Values("Subject"), " ")
	if c, agree := parsed.Calendar(); c != nil && agree {
		if m.calendar, err = icalendar.Parse(c.Data); err == nil {
			m.Method = m.calendar.Method()
		}
	}
	w.mu.Lock()
	w.count++
	m.ID = w.count
	w.mails = append(w.mails, m)
	if len(w.mails) > maxDemoMails {
		w.mails = w.mails[1:]
	}
	answers := m.calendar != nil && m.Method == "REQUEST" && w.yes[m.calendar.UID()]
	w.mu.Unlock()
	if answers {
		// The gateway learns first that its mail was taken.
		go func() { _ = w.answer(m.ID, yes, 0) }()
	}
}

// plainText is the first text/plain of a mail.
func plainText(raw []byte) string {
	e, err := gomessage.Read(bytes.NewReader(raw))
	if err != nil && !gomessage.IsUnknownCharset(err) {
		return ""
	}
	text := ""
	_ = e.Walk(func(_ []int, part *gomessage.Entity, err error) error {
		if kind, _, _ := part.Header.ContentType(); err == nil && kind == "text/plain" && text == "" {
			data, _ := io.ReadAll(io.LimitReader(part.Body, 64<<10))
			text = string(data)
		}
		return nil
	})
	return text
}

// list gives the mails, newest first, as they are now.
func (w *demoWorld) list() []demoMail {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := make([]demoMail, len(w.mails))
	for i, m := range w.mails {
		list[i] = *m
	}
	slices.Reverse(list)
	return list
}

// answer replies to an invitation (RFC 5546 §3.2.3), or proposes another time with COUNTER (§3.2.7) where later is not 0.
func (w *demoWorld) answer(id int, status string, later time.Duration) error {
	w.mu.Lock()
	i := slices.IndexFunc(w.mails, func(m *demoMail) bool { return m.ID == id && m.calendar != nil && m.Method == "REQUEST" })
	var m demoMail
	if i >= 0 {
		m = *w.mails[i]
	}
	// Of two answers with one DTSTAMP the second would be a repetition of the first (RFC 5546 §2.1.5).
	stamp := w.now().UTC().Truncate(time.Second)
	if !stamp.After(w.last) {
		stamp = w.last.Add(time.Second)
	}
	w.last = stamp
	w.mu.Unlock()
	if i < 0 {
		return refusef("there is no such invitation")
	}
	method, words := "REPLY", map[string]string{yes: "accepted", no: "declined", maybe: "tentatively accepted"}[status]
	if later != 0 {
		method, words, status = "COUNTER", "proposed another time", maybe
	}
	if words == "" {
		return refusef("this is no answer")
	}
	o := m.calendar.Clone()
	o.Calendar.Set("METHOD", method)
	for part := range o.Parts() {
		part.Set("DTSTAMP", stamp.Format(utcForm))
		part.RemoveFunc(func(p *icalendar.Property) bool {
			return method == "REPLY" && p.Name == "ATTENDEE" && !strings.EqualFold(p.Value, "mailto:"+outsider)
		})
		for a := range part.All("ATTENDEE") {
			if strings.EqualFold(a.Value, "mailto:"+outsider) {
				a.SetParam("PARTSTAT", status)
				a.RemoveParam("RSVP")
			}
		}
		if later != 0 {
			for _, name := range []string{"DTSTART", "DTEND"} {
				if p := part.Prop(name); p != nil {
					p.Value = shifted(p.Value, later)
				}
			}
		}
	}
	if err := w.deliver(m.From, method, m.Subject, string(o.Bytes()), true); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, kept := range w.mails {
		if kept.ID == id {
			kept.Answered = words
		}
	}
	return nil
}

// shifted moves a time or date of RFC 5545 §3.3.4 and §3.3.5.
func shifted(value string, by time.Duration) string {
	for _, form := range []string{utcForm, localForm, dateForm} {
		if t, err := time.Parse(form, value); err == nil {
			return t.Add(by).Format(form)
		}
	}
	return value
}

// invite asks Anna to something new.
func (w *demoWorld) invite(title string, at time.Time) error {
	w.mu.Lock()
	w.count++
	uid := fmt.Sprintf("outside-%d-%d@example.net", w.count, at.Unix())
	w.mu.Unlock()
	return w.deliver("anna@"+demoDomain, "REQUEST", title, w.request(uid, title, outsider, outsiderName, at), true)
}

// request writes an invitation of somebody outside to Anna (RFC 5546 §3.2.2).
func (w *demoWorld) request(uid, title, from, name string, at time.Time) string {
	var b strings.Builder
	line := func(format string, args ...any) { fold(&b, fmt.Sprintf(format, args...)) }
	line("BEGIN:VCALENDAR")
	line("VERSION:2.0")
	line("PRODID:-//Convoke//Demo//EN")
	line("METHOD:REQUEST")
	line("BEGIN:VEVENT")
	line("UID:%s", uid)
	line("DTSTAMP:%s", w.now().UTC().Format(utcForm))
	line("DTSTART:%s", at.UTC().Format(utcForm))
	line("DTEND:%s", at.UTC().Add(time.Hour).Format(utcForm))
	line("SUMMARY:%s", escapeText(title))
	line("ORGANIZER;CN=%s:mailto:%s", name, from)
	line("ATTENDEE;PARTSTAT=ACCEPTED:mailto:%s", from)
	line("ATTENDEE;CN=Anna Berg;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:anna@%s", demoDomain)
	line("END:VEVENT")
	line("END:VCALENDAR")
	return b.String()
}

// deliver brings a mail to the gateway. A proven one carries the verdict of the demo's mail server, which wrote it after
// it had seen who sent.
func (w *demoWorld) deliver(to, method, subject, calendar string, proven bool) error {
	from, name, verdict := outsider, outsiderName, ""
	if proven {
		verdict = "Authentication-Results: " + demoAuthserv + "; dmarc=pass header.from=example.net\r\n"
	} else {
		from, name = "prize@example.com", "The Prize Office"
	}
	w.mu.Lock()
	w.count++
	id := w.count
	w.mu.Unlock()
	head := fmt.Sprintf("%sFrom: %s <%s>\r\nTo: <%s>\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <demo-%d@example.net>\r\n",
		verdict, name, from, to, strings.Join(strings.FieldsFunc(subject, func(r rune) bool { return r < ' ' }), " "), w.now().Format(time.RFC1123Z), id)
	body := fmt.Sprintf("MIME-Version: 1.0\r\nContent-Type: text/calendar; charset=utf-8; method=%s\r\n\r\n%s", method, calendar)
	return sendPlain("unix:"+w.lmtp, from, to, head+body, dialLMTP)
}

// seed sends what waits in Anna's calendar and tray when somebody looks at the demo first.
func (w *demoWorld) seed() error {
	at := monday(w.now()).AddDate(0, 0, 8).Add(9 * time.Hour)
	if err := w.deliver("anna@"+demoDomain, "REQUEST", "Joint exhibition", w.request("outside-exhibition@example.net", "Joint exhibition", outsider, outsiderName, at), true); err != nil {
		return err
	}
	return w.deliver("anna@"+demoDomain, "REQUEST", "You have won", w.request("outside-prize@example.com", "You have won: prize ceremony", "prize@example.com", "The Prize Office", at.Add(4*time.Hour)), false)
}
