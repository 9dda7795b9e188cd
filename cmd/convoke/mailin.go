package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"convoke/imip"
	"convoke/scheduling"
	"convoke/scheduling/itip"
	"convoke/storage"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
)

// mailComesIn tells whether answers of people outside can reach us by mail.
func (c *config) mailComesIn() bool {
	return c.LMTP.Listen != "" || len(c.IMAP) > 0 || c.Deliver.Enabled
}

// choices are what [incoming] chooses for mail that comes by LMTP and IMAP (RFC 9671 §4).
func (c *config) choices() imip.Choices {
	i := &c.Incoming
	chosen := imip.Choices{AllowPublic: i.AllowPublic, UpdatesOnly: i.UpdatesOnly, DeleteCancelled: i.DeleteCancelled}
	for _, o := range i.Organizers {
		if o == "addressbook" || strings.HasPrefix(o, "group:") {
			o = listPrefix + o
		}
		chosen.Organizers = append(chosen.Organizers, o)
	}
	return chosen
}

// way is what all sources of mail have in common.
func (h *house) way() imip.Way {
	return imip.Way{Receiver: h.intake, Whose: h.whose, MailBytes: maxMailBytes, Log: h.log, Observe: h.observe}
}

// maxMailBytes is the size up to which a mail is looked at.
const maxMailBytes = 25 << 20

// recipient is the principal whose mail comes to an address, ErrNotFound if it is nobody's. Unlike the resolver of
// scheduling, whose rule for subaddresses it shares, it tells a fault of the store from an unknown address.
func (h *house) recipient(ctx context.Context, address string) (*storage.Principal, error) {
	whole := itip.Normalize("mailto:" + address)
	p, err := h.store.PrincipalByAddress(ctx, string(whole))
	if plain := scheduling.WithoutDetail(whole); errors.Is(err, storage.ErrNotFound) && plain != whole {
		return h.store.PrincipalByAddress(ctx, string(plain))
	}
	return p, err
}

// whose tells to whom an address belongs. What stands after a plus sign is the owner's
// affair.
func (h *house) whose(ctx context.Context, address string) (imip.Whose, error) {
	_, err := h.recipient(ctx, address)
	if err == nil {
		return imip.Ours, nil
	}
	if !errors.Is(err, storage.ErrNotFound) {
		return imip.Nobodys, err
	}
	plain := scheduling.WithoutDetail(itip.Normalize("mailto:" + address))
	for _, a := range h.gateway() {
		if itip.Normalize("mailto:"+a) == plain {
			return imip.Gateways, nil
		}
	}
	return imip.Nobodys, nil
}

// sources are the ways by which mail comes in while the server runs.
type sources struct {
	h        *house
	way      imip.Way
	listener net.Listener // LMTP's, nil if it is not wanted
	mailbox  []mailServer
	open     prometheus.Gauge // mailboxes connected
}

// mailServer is an [[imap]] made ready.
type mailServer struct {
	*imapSettings
	tls *tls.Config
}

// openSources makes all sources ready and opens LMTP's address.
func (h *house) openSources(registry prometheus.Registerer) (*sources, error) {
	s := &sources{h: h}
	mails := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "convoke_mail_in_total", Help: "Mails that came in for one recipient, by source and what became of them.",
	}, []string{"source", "action"})
	h.observe = func(source, action string) { mails.WithLabelValues(source, action).Inc() }
	s.way = h.way()
	s.way.Choices = h.conf.choices()
	s.open = prometheus.NewGauge(prometheus.GaugeOpts{Name: "convoke_mailboxes_open", Help: "Mailboxes connected by IMAP."})
	waiting := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "convoke_spool_mails", Help: "Mails that convoke deliver left for later.",
	}, func() float64 { return float64(spoolOf(h.dir).waiting()) })
	for _, c := range []prometheus.Collector{mails, s.open, waiting} {
		if err := registry.Register(c); err != nil {
			return nil, err
		}
	}
	for n := range h.conf.IMAP {
		i := &h.conf.IMAP[n]
		conf, err := i.authorities()
		if err != nil {
			return nil, fmt.Errorf("imap.%d.ca: %w", n, err)
		}
		s.mailbox = append(s.mailbox, mailServer{i, conf})
	}
	if h.conf.LMTP.Listen != "" {
		l, err := imip.ListenLMTP(h.conf.LMTP.Listen)
		if err != nil {
			return nil, fmt.Errorf("lmtp.listen: %w", err)
		}
		s.listener = l
		h.log.Info("listening", "lmtp", l.Addr().String())
	}
	return s, nil
}

// close gives LMTP's address back where run was never reached.
func (s *sources) close() {
	if s.listener != nil {
		_ = s.listener.Close()
	}
}

// authorities are the certificates by which the mail server is believed; nil for the system's.
func (i *imapSettings) authorities() (*tls.Config, error) {
	if i.CA == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(i.CA)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", i.CA)
	}
	return &tls.Config{RootCAs: pool}, nil
}

// run takes mail until ctx ends, and then finishes what it has begun.
func (s *sources) run(ctx context.Context) error {
	group, inner := errgroup.WithContext(ctx)
	if s.listener != nil {
		lmtp := imip.NewLMTP(imip.LMTPOptions{Way: s.way})
		group.Go(func() error { return lmtp.Serve(inner, s.listener) })
	}
	for _, m := range s.mailbox {
		if m.Mode == "shared" {
			o := s.options(m)
			o.Username, o.Account = m.Username, m.address()+" "+m.Username+" "+m.Folder
			group.Go(func() error { return imip.NewIMAP(o).Serve(inner) })
			continue
		}
		group.Go(func() error { return s.readUsers(inner, m) })
	}
	group.Go(func() error { return spoolOf(s.h.dir).drain(inner, s.way) })
	return group.Wait()
}

// options are those of a mailbox of a mail server, without whose it is.
func (s *sources) options(m mailServer) imip.IMAPOptions {
	return imip.IMAPOptions{
		Way: s.way, Store: s.h.store, Address: m.address(), TLS: m.TLS, Config: m.tls, Password: m.Password, Master: m.Master,
		Folder: m.Folder, Processed: m.Processed, LookBack: m.LookBack, Poll: m.Poll,
		Connected: func(up bool) {
			if up {
				s.open.Inc()
			} else {
				s.open.Dec()
			}
		},
	}
}

// newcomers is how often is looked for people who came or left.
const newcomers = time.Minute

// ownMailbox is a person's mailbox at a mail server.
type ownMailbox struct{ address, password string }

// readUsers reads the mailbox of each person, and keeps up with who is there.
func (s *sources) readUsers(ctx context.Context, m mailServer) error {
	type reader struct {
		ownMailbox
		stop context.CancelFunc
		done chan struct{}
	}
	seats := make(chan struct{}, m.Connections)
	reading := map[string]reader{}
	for {
		wanted, err := s.mailboxesOf(ctx, m)
		if err != nil && ctx.Err() == nil {
			s.h.log.Warn("mailboxes could not be listed", "source", imip.SourceIMAP, "err", err)
		}
		for login, r := range reading {
			if wanted[login] != r.ownMailbox && err == nil {
				r.stop()
				<-r.done // a mailbox has one reader
				delete(reading, login)
			}
		}
		for login, a := range wanted {
			if reading[login].stop != nil {
				continue
			}
			o := s.options(m)
			o.Username, o.Password, o.Recipient, o.Seats = login, a.password, a.address, seats
			o.Account = m.address() + " " + login + " " + m.Folder
			one, stop := context.WithCancel(ctx)
			r := reader{a, stop, make(chan struct{})}
			reading[login] = r
			go func() {
				defer close(r.done)
				_ = imip.NewIMAP(o).Serve(one) // ends when it is stopped, and without an error
			}()
		}
		if !pause(ctx, newcomers) {
			for _, r := range reading {
				r.stop()
				<-r.done
			}
			return nil
		}
	}
}

// mailboxesOf are the mailboxes of a mail server by the name they have there.
func (s *sources) mailboxesOf(ctx context.Context, m mailServer) (map[string]ownMailbox, error) {
	all, err := s.h.store.Principals(ctx)
	if err != nil {
		return nil, err
	}
	var passwords map[string]string
	if m.Accounts != "" {
		if passwords, err = readAccounts(m.Accounts); err != nil {
			return nil, err
		}
	}
	found := map[string]ownMailbox{}
	for _, p := range all {
		i := slices.IndexFunc(p.Addresses, func(a string) bool { return strings.HasPrefix(a, "mailto:") })
		if p.Kind != storage.KindUser || i < 0 {
			continue
		}
		a := ownMailbox{strings.TrimPrefix(p.Addresses[i], "mailto:"), m.Password}
		login := a.address
		if m.Login == "name" {
			login = p.Name
		}
		if passwords != nil {
			if a.password = passwords[login]; a.password == "" {
				continue
			}
		}
		found[login] = a
	}
	return found, nil
}

// readAccounts reads a file of lines NAME PASSWORD. Empty lines and those that begin with # say nothing.
func readAccounts(file string) (map[string]string, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s holds passwords and may be read by others: chmod 600", file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	passwords := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, password, ok := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		if ok && name != "" && !strings.HasPrefix(name, "#") {
			passwords[name] = strings.TrimSpace(password)
		}
	}
	return passwords, nil
}

// pause waits; false if ctx ended meanwhile.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// gateway are the addresses of the gateway itself: bounces come there.
func (h *house) gateway() []string {
	if g := h.conf.SMTP.Gateway; g != "" {
		return []string{g}
	}
	return nil
}

// domains are ours, alone or with another system.
func (h *house) domains() []string {
	return append(slices.Clone(h.conf.Domains.Exclusive), h.conf.Domains.Shared...)
}
