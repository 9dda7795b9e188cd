package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"convoke/imip"
	"convoke/imip/compose"
	"convoke/scheduling"
	"convoke/storage"

	"github.com/prometheus/client_golang/prometheus"
)

// smtpSettings say how people outside are invited.
type smtpSettings struct {
	Host               string
	Port               int
	TLS, CA            string
	Username, Password string
	From, Gateway      string
	BounceDetail       bool
	MergePause, GiveUp time.Duration
	Language           string
	Parallel           int
	AnswerPage         bool
}

// smtpTable holds the settings of [smtp].
var smtpTable = []row{
	{"smtp.host", "", "Mail server that takes invitations to people outside; empty: none are sent, and whoever invites sees SCHEDULE-STATUS 5.2.", func(s *settings) any { return &s.SMTP.Host }},
	{"smtp.port", "0", "Its port; 0 is 587 with starttls, 465 with tls, 25 with none.", func(s *settings) any { return &s.SMTP.Port }},
	{"smtp.tls", "starttls", "How it is spoken to: starttls (required), tls, or none on a network you trust.", func(s *settings) any { return &s.SMTP.TLS }},
	{"smtp.ca", "", "Certificates in PEM by which it is believed instead of the system's.", func(s *settings) any { return &s.SMTP.CA }},
	{"smtp.username", "", "Whom we sign in as; empty: no sign-in.", func(s *settings) any { return &s.SMTP.Username }},
	{"smtp.password", "", "The password; password_file reads it from a file.", func(s *settings) any { return &s.SMTP.Password }},
	{"smtp.from", "organizer", "Who stands in From: organizer, where the address is in one of [domains], or always gateway, with Reply-To the person.", func(s *settings) any { return &s.SMTP.From }},
	{"smtp.gateway_address", "", "Our own mail address, such as calendar@example.org: envelope sender of all mails, so bounces come there.", func(s *settings) any { return &s.SMTP.Gateway }},
	{"smtp.bounce_detail", "true", "The envelope sender is calendar+TOKEN@example.org, so that a bounce finds its mail; false where that reaches nobody.", func(s *settings) any { return &s.SMTP.BounceDetail }},
	{"smtp.merge_pause", "30s", "How long a mail waits for further changes of its meeting, which are then told in one.", func(s *settings) any { return &s.SMTP.MergePause }},
	{"smtp.give_up_after", "48h", "How long a mail is tried again before it is given up.", func(s *settings) any { return &s.SMTP.GiveUp }},
	{"smtp.language", "en", "Language of mails to people whose own is not known, and of the names of the calendars that a command makes for new people: en or de.", func(s *settings) any { return &s.SMTP.Language }},
	{"smtp.answer_page", "true", "Invitations carry a secret link to a page where people outside answer without an account; it needs server.public_url.", func(s *settings) any { return &s.SMTP.AnswerPage }},
	{"smtp.parallel", "4", "Mails on their way at once.", func(s *settings) any { return &s.SMTP.Parallel }},
}

// mailLimitTable holds the limits of mail out.
var mailLimitTable = []row{
	{"limits.mail_recipients", "200", "People outside whom one change may be told; more wait for `convoke queue retry`. 0: any number.", func(s *settings) any { return &s.Limits.Mail.Recipients }},
	{"limits.mails_per_hour", "300", "Mails of one user in an hour; more wait. 0: any number.", func(s *settings) any { return &s.Limits.Mail.PerHour }},
	{"limits.mails_per_day", "1000", "Mails of one user in a day; more wait. 0: any number.", func(s *settings) any { return &s.Limits.Mail.PerDay }},
	{"limits.new_addresses_per_day", "100", "Addresses a day that a user never wrote to before; more wait. 0: any number.", func(s *settings) any { return &s.Limits.Mail.NewPerDay }},
	{"limits.mails_to_domain", "120", "Mails a minute to one domain; more wait. 0: any number.", func(s *settings) any { return &s.Limits.Mail.DomainPerMinute }},
}

// mailGoesOut tells whether people outside are invited by mail.
func (c *config) mailGoesOut() bool { return c.SMTP.Host != "" }

// judgeSMTP refuses what cannot be meant.
func (c *config) judgeSMTP() error {
	s := &c.SMTP
	switch {
	case s.TLS != imip.StartTLS && s.TLS != imip.DirectTLS && s.TLS != imip.NoTLS:
		return fmt.Errorf("smtp.tls is starttls, tls or none, not %q", s.TLS)
	case s.From != "organizer" && s.From != "gateway":
		return fmt.Errorf("smtp.from is organizer or gateway, not %q", s.From)
	case s.Port > 65535:
		return fmt.Errorf("smtp.port is no port: %d", s.Port)
	case (s.Username == "") != (s.Password == ""):
		return errors.New("smtp.username and smtp.password belong together")
	case !compose.Speaks(s.Language):
		return fmt.Errorf("smtp.language is en or de, not %q", s.Language)
	case s.Host != "" && s.Gateway == "":
		return errors.New("smtp.host needs smtp.gateway_address: bounces go there")
	case s.Username != "" && s.TLS == imip.NoTLS && !isLoopback(s.Host):
		return errors.New("smtp.tls = \"none\" would send the password in the clear; it is for this machine alone then")
	}
	if s.Gateway != "" {
		if _, err := compose.ParseAddress(s.Gateway); err != nil {
			return fmt.Errorf("smtp.gateway_address: %w", err)
		}
	}
	return nil
}

// isLoopback tells whether a host is this machine.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// outgoing makes what empties the queue; it sends nothing until it is run.
func (h *house) outgoing(sender imip.Sender) *imip.Outgoing {
	s, l := &h.conf.SMTP, &h.conf.Limits.Mail
	return imip.NewOutgoing(imip.OutgoingOptions{
		Store: h.store, Scheduler: h.sched, Sender: sender, Log: h.log,
		FromGateway: s.From == "gateway", Domains: h.domains(), Gateway: s.Gateway, GatewayName: h.conf.Server.Realm,
		OneBounceAddress: !s.BounceDetail, Language: s.Language, GiveUp: s.GiveUp, Parallel: s.Parallel, Limits: *l,
		Answer: h.answerAt,
	})
}

// answerAt is where the recipient of a mail may answer in a browser; "" where that is not wanted.
func (h *house) answerAt(row *storage.Outbound) string {
	base := strings.TrimRight(h.conf.Server.PublicURL, "/")
	if base == "" || !h.conf.SMTP.AnswerPage {
		return ""
	}
	token := h.sched.GuestToken(scheduling.Guest{Organizer: row.PrincipalID, UID: row.UID, Address: row.Recipient})
	if token == "" {
		return ""
	}
	return base + "/guest/" + token
}

// sender is the way to the mail server; nil where none is set.
func (h *house) sender() (*imip.SMTP, error) {
	s := &h.conf.SMTP
	if s.Host == "" {
		return nil, nil
	}
	o := imip.SMTPOptions{Host: s.Host, Port: s.Port, TLS: s.TLS, Username: s.Username, Password: s.Password, Hello: s.Gateway[strings.LastIndexByte(s.Gateway, '@')+1:], Keep: s.Parallel}
	if o.Port == 0 {
		o.Port = map[string]int{imip.StartTLS: 587, imip.DirectTLS: 465, imip.NoTLS: 25}[s.TLS]
	}
	if s.CA != "" {
		pem, err := os.ReadFile(s.CA)
		if err != nil {
			return nil, fmt.Errorf("smtp.ca: %w", err)
		}
		o.Roots = x509.NewCertPool()
		if !o.Roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("smtp.ca: there is no certificate in %s", s.CA)
		}
	}
	return imip.NewSMTP(o), nil
}

// mailOut empties the queue until ctx ends. Without a mail server it does nothing.
func (h *house) mailOut(ctx context.Context) error {
	if !h.conf.mailGoesOut() {
		return nil
	}
	defer h.smtp.Close()
	return h.out.Run(ctx)
}

// countMail shows what goes out in /metrics.
func (h *house) countMail(registry prometheus.Registerer) error {
	counted := func(result string, value func(imip.Stats) uint64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "convoke_mail_out_total", Help: "Mails to people outside, by what became of them.",
			ConstLabels: prometheus.Labels{"result": result}}, func() float64 { return float64(value(h.out.Stats())) })
	}
	waiting := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "convoke_mail_queue", Help: "Mails that wait to go out."}, func() float64 {
		b, err := h.store.OutboundBacklog(context.Background())
		if err != nil {
			return -1
		}
		return float64(b.Waiting + b.Held)
	})
	for _, c := range []prometheus.Collector{
		waiting,
		counted("sent", func(s imip.Stats) uint64 { return s.Sent }),
		counted("retried", func(s imip.Stats) uint64 { return s.Retried }),
		counted("failed", func(s imip.Stats) uint64 { return s.Failed }),
		counted("merged", func(s imip.Stats) uint64 { return s.Merged }),
		counted("bounced", func(s imip.Stats) uint64 { return s.Bounced }),
	} {
		if err := registry.Register(c); err != nil {
			return fmt.Errorf("count mails: %w", err)
		}
	}
	return nil
}
