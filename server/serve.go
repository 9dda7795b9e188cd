package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
	"golang.org/x/sync/errgroup"
)

// Bound is one address that is listened on.
type Bound struct {
	net.Listener
	TLS bool
	URL string // for people: scheme, host and port
}

// Listen opens the addresses. Each is host:port, or http://host:port for plain
// HTTP beside TLS. On error nothing stays open.
func (s *Server) Listen(addrs []string) ([]*Bound, error) {
	var bound []*Bound
	for _, addr := range addrs {
		hostport, plain := strings.CutPrefix(addr, "http://")
		hostport = strings.TrimSuffix(hostport, "/")
		l, err := net.Listen("tcp", hostport)
		if err != nil {
			for _, b := range bound {
				_ = b.Close()
			}
			return nil, fmt.Errorf("listen on %s: %w", addr, err)
		}
		secure := !plain && (s.opt.TLS.ACME || s.opt.TLS.Cert != "")
		b := &Bound{Listener: &listener{l, s.conns, s.opt.Limits.Stall, !secure}, TLS: secure}
		b.URL = "http://" + l.Addr().String()
		if secure {
			b.URL = "https://" + l.Addr().String()
		}
		bound = append(bound, b)
	}
	return bound, nil
}

// Serve listens on the addresses and answers until ctx ends; then it lets the
// requests under way finish (Limits.Drain) and returns nil.
func (s *Server) Serve(ctx context.Context, addrs []string) error {
	bound, err := s.Listen(addrs)
	if err != nil {
		return err
	}
	return s.ServeOn(ctx, bound)
}

// ServeOn is Serve on addresses that are open already. It closes them.
func (s *Server) ServeOn(ctx context.Context, bound []*Bound) error {
	config, challenge, err := s.tlsConfig()
	if err != nil {
		for _, b := range bound {
			_ = b.Close()
		}
		return err
	}
	group, inner := errgroup.WithContext(ctx)
	for _, b := range bound {
		srv := s.httpServer(config)
		in := b.Listener
		if b.TLS {
			in = listenTLS(b.Listener, srv.TLSConfig, s.opt.Limits.ReadHeader)
			srv.Handler, srv.ConnContext = withTLS(srv.Handler), tlsContext
		} else {
			srv.Handler = challenge(srv.Handler)
		}
		group.Go(func() error {
			err := srv.Serve(in)
			if errors.Is(err, http.ErrServerClosed) {
				return nil
			}
			return fmt.Errorf("serve %s: %w", b.URL, err)
		})
		group.Go(func() error {
			<-inner.Done()
			s.streams.end()
			limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.opt.Limits.Drain)
			defer cancel()
			if err := srv.Shutdown(limit); err != nil {
				_ = srv.Close()
			}
			return nil
		})
	}
	return group.Wait()
}

// httpServer is net/http's server under our timeouts. There is no ReadTimeout and
// no WriteTimeout: bodies and answers may take long as long as they move.
func (s *Server) httpServer(config *tls.Config) *http.Server {
	srv := &http.Server{
		Handler:           s.Handler(),
		TLSConfig:         config.Clone(),
		ReadHeaderTimeout: s.opt.Limits.ReadHeader,
		IdleTimeout:       s.opt.Limits.Idle,
		// net/http allows 4 KiB more than it is told.
		MaxHeaderBytes: s.opt.Limits.HeaderBytes - 4096,
		ErrorLog:       slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		HTTP2:          &http.HTTP2Config{MaxConcurrentStreams: 128},
	}
	srv.Protocols = new(http.Protocols)
	srv.Protocols.SetHTTP1(true)
	srv.Protocols.SetHTTP2(true)
	return srv
}

// tlsConfig makes what TLS needs, and the wrapper that answers ACME's challenges
// on plain listeners.
func (s *Server) tlsConfig() (*tls.Config, func(http.Handler) http.Handler, error) {
	config := &tls.Config{MinVersion: tlsFloor, NextProtos: []string{"h2", "http/1.1"}}
	same := func(h http.Handler) http.Handler { return h }
	t := s.opt.TLS
	switch {
	case t.ACME:
		if len(t.Hosts) == 0 {
			return nil, nil, errors.New("ACME needs the host name of server.public_url")
		}
		manager := &autocert.Manager{
			Prompt:     autocert.AcceptTOS,
			HostPolicy: autocert.HostWhitelist(t.Hosts...),
			Cache:      autocert.DirCache(t.CacheDir),
			Email:      t.Email,
		}
		if t.Directory != "" {
			manager.Client = &acme.Client{DirectoryURL: t.Directory}
		}
		config.GetCertificate = manager.GetCertificate
		config.NextProtos = append(config.NextProtos, acme.ALPNProto)
		return config, manager.HTTPHandler, nil
	case t.Cert != "":
		files := &certFiles{cert: t.Cert, key: t.Key, now: s.now}
		if _, err := files.get(nil); err != nil {
			return nil, nil, fmt.Errorf("read TLS certificate: %w", err)
		}
		config.GetCertificate = files.get
	}
	return config, same, nil
}

// certFiles is a certificate on disk that is read again after it changed, so that
// renewing it needs no restart.
type certFiles struct {
	cert, key string
	now       func() time.Time
	mu        sync.Mutex
	have      *tls.Certificate
	stamp     time.Time // of the files that were read
	looked    time.Time
}

// get is tls.Config.GetCertificate. A renewal that cannot be read leaves the old
// certificate in use.
func (c *certFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if c.have != nil && now.Sub(c.looked) < time.Minute {
		return c.have, nil
	}
	c.looked = now
	info, err := os.Stat(c.cert)
	if err == nil && c.have != nil && info.ModTime().Equal(c.stamp) {
		return c.have, nil
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		if c.have != nil {
			return c.have, nil
		}
		return nil, err
	}
	c.have = &pair
	if info != nil {
		c.stamp = info.ModTime()
	}
	return c.have, nil
}
