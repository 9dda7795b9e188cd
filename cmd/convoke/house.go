package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"path/filepath"
	"sync"
	"time"

	"convoke/birthday"
	"convoke/imip"
	"convoke/importing"
	"convoke/push"
	"convoke/reminder"
	"convoke/scheduling"
	"convoke/server"
	"convoke/server/tree"
	"convoke/storage"
	"convoke/subscription"
	"convoke/web"
	"convoke/web/session"
)

// house is everything built: the store, what changes it, and later the doors.
type house struct {
	dir      string
	conf     *config
	log      *slog.Logger
	store    *storage.Store
	sched    *scheduling.Service
	sessions *session.Keeper
	judge    judge         // of mail that comes in
	intake   imip.Receiver // lookingUp before it
	out      *imip.Outgoing
	smtp     *imip.SMTP                  // nil without [smtp]
	observe  func(source, action string) // counts mails; nil: nobody does
	setup    *web.Setup                  // of the first run; set by pages
	urls     []string                    // that are listened on; set before the first command is answered
	started  time.Time
	notices  *notices
	backups  backups

	bound         []netip.AddrPort // that are listened on; set before anything is served
	subscriptions *subscription.Service
	imports       *importing.Runner
	reminders     *reminder.Service
	push          *push.Service
	birthdays     *birthday.Service

	mounts map[string]func(*web.Site) http.Handler // what is served besides
	beside []func(context.Context) error           // what runs besides while it is served

	closing sync.Once
	closed  error
}

// openHouse opens the store of a data directory and what works on it. The caller
// closes.
func openHouse(ctx context.Context, dir string, conf *config, log *slog.Logger) (*house, error) {
	l := &conf.Limits
	seen := newNotices(log.Handler())
	log = slog.New(seen)
	store, err := storage.Open(ctx, dir, storage.Options{
		Log: log, CacheBytes: conf.Storage.Cache, HistoryFor: conf.Storage.HistoryFor,
		Limits: storage.Limits{
			CollectionsPerHome: l.CollectionsPerHome, ObjectsPerCollection: l.ObjectsPerCollection,
			BytesPerUser: l.BytesPerUser, PropertyBytes: l.PropertyBytes,
			PropertiesPerRef: l.PropertiesPerResource, PropertyBytesPerRef: l.PropertyBytesPerResource,
			LocksPerUser: l.LocksPerUser,
		},
	})
	if errors.Is(err, storage.ErrNewer) {
		return nil, refusef("the data in %s was written by a newer version of convoke", dir)
	}
	if errors.Is(err, storage.ErrDamaged) {
		return nil, refusef("the database in %s is damaged and cannot be opened: keep a copy of the folder, "+
			"then put the newest backup in its place with `convoke restore --force FILE` (%v)", dir, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, err)
	}
	sched := scheduling.New(store, scheduling.Options{
		Log: log, Exclusive: conf.Domains.Exclusive, Shared: conf.Domains.Shared,
		MayDeliver: tree.MayDeliver(store), Counted: tree.Counted(store),
		MailIn:  conf.mailComesIn(),
		MailOut: conf.mailGoesOut(), MergePause: conf.SMTP.MergePause,
		SilentDeletes: conf.Scheduling.SilentDeletes, ReplyOutside: conf.Scheduling.ReplyOutside,
		InboxItems: conf.Scheduling.InboxItems, PastDays: conf.Scheduling.PastDays,
		Limits: scheduling.Limits{
			ObjectBytes: int(l.ObjectBytes), Attendees: l.Attendees,
			BusyRange: l.BusyRange, BusyPeriods: l.BusyPeriods, BusyBytes: int(l.BusyBytes),
		},
	})
	h := &house{dir: dir, conf: conf, log: log, store: store, sched: sched, started: time.Now(), notices: seen}
	h.sessions = session.New(session.Options{Store: store, Log: log, Kept: conf.Server.SessionKeptFor, Once: conf.Server.SessionFor, PublicURL: conf.Server.PublicURL})
	if h.smtp, err = h.sender(); err != nil {
		_ = store.Close()
		return nil, err
	}
	if err := h.subscribe(); err != nil {
		_ = store.Close()
		return nil, err
	}
	h.imports = h.importer()
	h.push = h.pusher()
	h.remind()
	h.birthdays = h.rememberBirthdays()
	h.out = h.outgoing(h.smtp)
	h.intake = lookingUp{h, h.mails()}
	return h, nil
}

// Close ends all work; it may be called twice.
func (h *house) Close() error {
	h.closing.Do(func() { h.closed = h.store.Close() })
	return h.closed
}

// serverOptions are the settings that concern HTTP itself.
func (h *house) serverOptions() (server.Options, error) {
	s, l := &h.conf.Server, &h.conf.Limits
	proxies, err := prefixes(s.TrustedProxies)
	if err != nil {
		return server.Options{}, err
	}
	metrics, err := prefixes(s.MetricsFrom)
	if err != nil {
		return server.Options{}, err
	}
	tls := server.TLS{Cert: s.Cert, Key: s.Key, ACME: s.ACME, CacheDir: filepath.Join(h.dir, "acme"), Directory: s.ACMEDirectory, Email: s.ACMEEmail}
	if s.PublicURL != "" {
		host, err := hostOf(s.PublicURL)
		if err != nil {
			return server.Options{}, err
		}
		tls.Hosts = []string{host}
	}
	return server.Options{
		Store: h.store, Log: h.log, Realm: s.Realm, TrustedProxies: proxies, PlainLogin: s.PlainLogin,
		MetricsFrom: metrics, TLS: tls, Bearer: h.sessions.Bearer, QuietAccess: !h.conf.Log.Access,
		Ready: func(context.Context) error { return h.store.Ready() },
		Limits: server.Limits{
			HeaderBytes: l.HeaderBytes, URLBytes: l.URLBytes, BodyBytes: l.BodyBytes,
			ReadHeader: l.ReadHeader, BodyBytesPerSec: l.BodyBytesPerSecond, BodyWindow: l.BodyWindow,
			Idle: l.Idle, Work: l.Work, Stall: l.Stall, Connections: l.Connections,
			PerUser: l.PerUser, PerAddress: l.PerAddress, StreamsPerUser: l.StreamsPerUser, Streams: l.Streams, DearAtOnce: l.DearAtOnce, DearQueue: l.DearQueue,
			LoginFailures: l.LoginFailures, CredentialTTL: l.CredentialsFor,
		},
	}, nil
}
