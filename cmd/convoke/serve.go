package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"convoke/server"
	"convoke/storage"

	"golang.org/x/sync/errgroup"
)

// serveCommand runs the server until it is told to stop.
type serveCommand struct {
	Listen []string `help:"Address to listen on, host:port; repeatable." sep:"none"`
}

func (c *serveCommand) Run(ctx context.Context, g *globals) error {
	conf, err := g.config()
	if err != nil {
		return err
	}
	if len(c.Listen) > 0 {
		if err := conf.set("server.listen", c.Listen, fromFlag); err != nil {
			return err
		}
	}
	log, flush := newLog(g.errout, conf)
	defer flush()
	paceCollector()
	h, err := openHouse(ctx, g.Data, conf, log)
	if errors.Is(err, storage.ErrLocked) {
		return refusef("another convoke is using %s already: stop it first, or give this one another folder with --data", g.Data)
	}
	if err != nil {
		return err
	}
	err = h.serve(ctx, func(bound []*server.Bound) {
		for _, b := range bound {
			log.Info("listening", "url", b.URL, "data", g.Data, "version", version())
		}
		h.printSetup(ctx, g.errout, bound[0])
	})
	if closed := h.Close(); err == nil {
		err = closed
	}
	return err
}

// serve runs the doors and the socket for commands until ctx ends. started is
// called when all addresses are open.
func (h *house) serve(ctx context.Context, started func([]*server.Bound)) error {
	srv, err := h.doors()
	if err != nil {
		return err
	}
	bound, err := srv.Listen(h.conf.Server.Listen)
	if err != nil {
		return err
	}
	for _, b := range bound {
		h.urls = append(h.urls, b.URL)
		if at, err := netip.ParseAddrPort(b.Addr().String()); err == nil { // not of a socket in the file system
			h.bound = append(h.bound, at)
		}
	}
	if err := h.countMail(srv.Registry()); err != nil {
		closeAll(bound)
		return err
	}
	mail, err := h.openSources(srv.Registry())
	if err != nil {
		closeAll(bound)
		return err
	}
	socket, err := listenDesk(h.dir)
	if err != nil {
		closeAll(bound)
		mail.close()
		return err
	}
	started(bound)
	h.advise(bound)
	group, inner := errgroup.WithContext(ctx)
	group.Go(func() error { return srv.ServeOn(inner, bound) })
	group.Go(func() error { return serveDesk(inner, socket, h) })
	group.Go(func() error { return mail.run(inner) })
	group.Go(func() error { return h.mailOut(inner) })
	group.Go(func() error { return h.imports.Run(inner) })
	group.Go(func() error { return h.subscriptions.Run(inner) })
	group.Go(func() error { return h.reminders.Run(inner) })
	group.Go(func() error { return h.push.Run(inner) })
	group.Go(func() error { return h.birthdays.Run(inner) })
	for _, run := range h.beside {
		group.Go(func() error { return run(inner) })
	}
	return group.Wait()
}

// printSetup tells whoever sees the terminal, and nobody else, where the administrator is made: it is no line of the log,
// and the link is good until somebody can sign in or the server ends.
func (h *house) printSetup(ctx context.Context, w io.Writer, first *server.Bound) {
	link, err := h.setup.Link(ctx)
	if err != nil || link == "" {
		return
	}
	base := strings.TrimSuffix(h.conf.Server.PublicURL, "/")
	if base == "" {
		base = first.URL
		if at, ok := first.Addr().(*net.TCPAddr); ok && at.IP.IsUnspecified() {
			base = strings.Replace(base, at.String(), net.JoinHostPort("localhost", strconv.Itoa(at.Port)), 1)
		}
	}
	fmt.Fprintf(w, "\nNobody can sign in yet. Create the administrator in a browser:\n\n  %s%s\n\nor by `convoke user add NAME --email ADDRESS --admin`.\n\n", base, link)
}

func closeAll(bound []*server.Bound) {
	for _, b := range bound {
		_ = b.Close()
	}
}

// advise warns of what keeps people from signing in, or lets others read along.
func (h *house) advise(bound []*server.Bound) {
	for _, b := range bound {
		at, ok := b.Addr().(*net.TCPAddr)
		if b.TLS || !ok || at.IP.IsLoopback() {
			continue
		}
		switch s := &h.conf.Server; {
		case s.PlainLogin:
			h.log.Warn("passwords travel unencrypted: server.plain_login is on and there is no TLS", "url", b.URL)
		case len(s.TrustedProxies) == 0:
			h.log.Warn("nobody can sign in from another machine: there is no TLS here (server.tls) and no proxy that has it (server.trusted_proxies)", "url", b.URL)
		}
	}
}

// newLog makes the log of the settings. Lines of requests are gathered for a
// moment and written together; flush writes what is left.
func newLog(w io.Writer, conf *config) (*slog.Logger, func()) {
	level, _ := logLevel(conf.Log.Level) // judged when the settings were read
	out := &lineBuffer{w: w}
	opt := &slog.HandlerOptions{Level: level}
	var handler slog.Handler = slog.NewTextHandler(out, opt)
	if conf.Log.Format == "json" {
		handler = slog.NewJSONHandler(out, opt)
	}
	return slog.New(&promptly{handler, out}), out.flush
}

// promptly writes what is worse than usual at once.
type promptly struct {
	slog.Handler
	out *lineBuffer
}

// Handle is slog.Handler's.
func (p *promptly) Handle(ctx context.Context, r slog.Record) error {
	err := p.Handler.Handle(ctx, r)
	if r.Level >= slog.LevelWarn || r.Message != "request" {
		p.out.flush()
	}
	return err
}

// WithAttrs is slog.Handler's.
func (p *promptly) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &promptly{p.Handler.WithAttrs(attrs), p.out}
}

// WithGroup is slog.Handler's.
func (p *promptly) WithGroup(name string) slog.Handler {
	return &promptly{p.Handler.WithGroup(name), p.out}
}

// The bounds of a lineBuffer.
const (
	logBufferBytes = 64 << 10
	logDelay       = 250 * time.Millisecond
)

// lineBuffer gathers log lines: a system call for each request would cost more
// than many of the requests do.
type lineBuffer struct {
	w     io.Writer
	mu    sync.Mutex
	buf   []byte
	timer *time.Timer
}

// Write takes whole lines.
func (b *lineBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.buf = append(b.buf, p...)
	if len(b.buf) >= logBufferBytes {
		b.write()
	} else if b.timer == nil {
		b.timer = time.AfterFunc(logDelay, b.flush)
	}
	return len(p), nil
}

func (b *lineBuffer) flush() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.write()
}

// write hands the buffer on; the caller holds the lock. Where a log cannot be
// written there is nowhere to say so.
func (b *lineBuffer) write() {
	if b.timer != nil {
		b.timer.Stop()
		b.timer = nil
	}
	if len(b.buf) > 0 {
		_, _ = b.w.Write(b.buf)
		b.buf = b.buf[:0]
	}
}

// configCommand prints the settings.
type configCommand struct{ jsonFlag }

// settingView is a setting as `config --json` lists it.
type settingView struct {
	Name    string `json:"name"`
	Env     string `json:"environment"`
	Default string `json:"default"`
	Value   string `json:"value"`
	From    string `json:"from"`
	Says    string `json:"says"`
}

func (c *configCommand) Run(g *globals) error {
	conf, err := g.config()
	if err != nil {
		return err
	}
	if !c.JSON {
		return conf.printConfig(g.out)
	}
	return c.listing(g.out, conf.views(), "", nil)
}

// views are all settings for a listing.
func (c *config) views() []settingView {
	var preset settings
	rows := make([]*row, 0, len(table))
	for i := range table {
		rows = append(rows, &table[i])
	}
	for n := range c.IMAP {
		rows = append(rows, imapRows(n)...)
	}
	list := make([]settingView, len(rows))
	for i, r := range rows {
		_ = assign(r.at(&preset), r.preset) // the defaults were assigned before
		value, _ := c.shown(r)
		from := c.from[r.name]
		if from == "" {
			from = fromDefault
		}
		list[i] = settingView{r.name, envOf(r.name), show(r.at(&preset)), value, from, r.says}
	}
	return list
}

// clientURLs are what people point their clients at.
func clientURLs(base string) string {
	base = strings.TrimSuffix(base, "/")
	return fmt.Sprintf("  browsers, most clients  %s/\n  CalDAV and CardDAV      %s/dav/\n", base, base)
}
