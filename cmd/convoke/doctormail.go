package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"convoke/imip"
	"convoke/imip/message"
	"convoke/internal/icalendar"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-smtp"
)

// hand brings a mail of the probe's to the person: by the mail server, or else, with the verdict that the mail server
// would have written, by LMTP or the server's socket.
func (d *doctor) hand(ctx context.Context, mail string) error {
	from, to := d.command.Probe, addressOf(d.person)
	if addr := d.command.ProbeSMTP; addr != "" {
		return sendPlain(addr, from, to, mail, smtp.Dial)
	}
	mail = d.vouched(mail)
	if addr := d.conf.LMTP.Listen; addr != "" {
		return sendPlain(addr, from, to, mail, dialLMTP)
	}
	args := deliverArgs{Envelope: imip.Envelope{Recipient: to, Sender: from, Source: imip.SourceDeliver}, Raw: []byte(mail)}
	var got deliverAnswer
	return d.desk.do(ctx, "deliver", args, &got)
}

// vouched puts the header in front by which a mail server of ours says that the sender is who he says.
func (d *doctor) vouched(mail string) string {
	ids := d.conf.Trust.AuthservIDs
	if len(ids) == 0 {
		return mail
	}
	_, domain, _ := strings.Cut(d.command.Probe, "@")
	return "Authentication-Results: " + ids[0] + "; dmarc=pass header.from=" + domain + "\r\n" + mail
}

// addressOf is the first address of a principal, bare.
func addressOf(p person) string { return strings.TrimPrefix(p.Addresses[0], "mailto:") }

// dialLMTP reaches our own LMTP listener.
func dialLMTP(addr string) (*smtp.Client, error) {
	network := "tcp"
	if strings.HasPrefix(addr, "/") || strings.HasPrefix(addr, "unix:") {
		network, addr = "unix", strings.TrimPrefix(addr, "unix:")
	}
	conn, err := net.DialTimeout(network, addr, 10*time.Second)
	if err != nil {
		return nil, err
	}
	return smtp.NewClientLMTP(conn), nil
}

// sendPlain sends one mail without signing in.
func sendPlain(addr, from, to, mail string, dial func(string) (*smtp.Client, error)) error {
	c, err := dial(addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Mail(from, nil); err != nil {
		return err
	}
	if err := c.Rcpt(to, nil); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write([]byte(mail)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return c.Quit()
}

// mailOf writes a mail of the probe's as mail programs do: text, and the calendar in base64.
func (d *doctor) mailOf(method, calendar string, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "From: Doctor <%s>\r\nTo: <%s>\r\nSubject: %s %s\r\nDate: %s\r\nMessage-ID: <%s.%d@doctor.invalid>\r\n",
		d.command.Probe, addressOf(d.person), method, d.id, time.Now().Format(time.RFC1123Z), d.id, n)
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"=_doctor\"\r\n\r\n")
	b.WriteString("--=_doctor\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nconvoke doctor tries whether calendar mail works. Nothing has to be done.\r\n")
	fmt.Fprintf(&b, "--=_doctor\r\nContent-Type: text/calendar; charset=utf-8; method=%s\r\nContent-Transfer-Encoding: base64\r\n\r\n", method)
	text := base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(calendar, "\n", "\r\n")))
	for len(text) > 76 {
		b.WriteString(text[:76] + "\r\n")
		text = text[76:]
	}
	b.WriteString(text + "\r\n--=_doctor--\r\n")
	return b.String()
}

// probeBox is the mailbox of the probe, looked at from where it ended when it was opened.
type probeBox struct {
	c    *imapclient.Client
	next imap.UID
	seen []*message.Message
}

// openProbe signs in to the probe's mailbox.
func openProbe(c *doctorCommand) (*probeBox, error) {
	u, err := url.Parse(c.ProbeIMAP)
	if err != nil || u.Host == "" || u.Scheme != "imap" && u.Scheme != "imaps" {
		return nil, refusef("--probe-imap is imap://HOST:PORT or imaps://HOST:PORT, not %q", c.ProbeIMAP)
	}
	dial := imapclient.DialTLS
	if u.Scheme == "imap" {
		dial = imapclient.DialInsecure
	}
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), map[string]string{"imap": "143", "imaps": "993"}[u.Scheme])
	}
	client, err := dial(host, nil)
	if err != nil {
		return nil, err
	}
	name := c.ProbeUser
	if name == "" {
		name = c.Probe
	}
	if err := client.Login(name, c.ProbePassword).Wait(); err != nil {
		return nil, fmt.Errorf("sign in as %s: %w", name, err)
	}
	box, err := client.Select("INBOX", nil).Wait()
	if err != nil {
		return nil, err
	}
	return &probeBox{c: client, next: box.UIDNext}, nil
}

// look reads what has come since.
func (p *probeBox) look() error {
	if err := p.c.Noop().Wait(); err != nil {
		return err
	}
	set := imap.UIDSet{}
	set.AddRange(p.next, 0)
	got, err := p.c.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}}).Collect()
	if err != nil {
		return err
	}
	for _, m := range got {
		if m.UID < p.next { // "n:*" always gives the last one
			continue
		}
		p.next = m.UID + 1
		for _, section := range m.BodySection {
			parsed, err := message.Parse(section.Bytes, message.Limits{})
			if err == nil {
				p.seen = append(p.seen, parsed)
			}
		}
	}
	return nil
}

// await waits for a mail with a calendar of a method and a UID, and takes it.
func (d *doctor) await(ctx context.Context, method, uid string) (*message.Message, *icalendar.Object, error) {
	for ends := time.Now().Add(d.patience()); ; {
		if err := d.probe.look(); err != nil {
			return nil, nil, err
		}
		for i, m := range d.probe.seen {
			if len(m.Calendars) == 0 || !bytes.Contains(m.Calendars[0].Data, []byte(uid)) {
				continue
			}
			o, err := icalendar.Parse(m.Calendars[0].Data)
			if err != nil || o.UID() != uid || o.Method() != method {
				continue
			}
			d.probe.seen = append(d.probe.seen[:i], d.probe.seen[i+1:]...)
			return m, o, nil
		}
		if time.Now().After(ends) || !moment(ctx) {
			return nil, nil, refusef("no %s arrived at %s within %s", method, d.command.Probe, d.command.Wait)
		}
	}
}

// patience is how long a mail may take, the pause included that it waits for further changes.
func (d *doctor) patience() time.Duration { return d.command.Wait + d.conf.SMTP.MergePause }

// moment waits a moment between two looks.
func moment(ctx context.Context) bool { return pause(ctx, 200*time.Millisecond) }

// until asks again and again until something is so, or the time for a mail is over; then it gives the last reason.
func (d *doctor) until(ctx context.Context, so func() error) error {
	for ends := time.Now().Add(d.patience()); ; {
		err := so()
		if err == nil || time.Now().After(ends) || !moment(ctx) {
			return err
		}
	}
}
