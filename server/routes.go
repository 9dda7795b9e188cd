package server

import (
	"crypto/tls"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// contentPolicy is what pages of ours may load and where they may stand
// (reliability.md §7).
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; manifest-src 'self'"

// routes are the mounts of the server itself.
func (s *Server) routes() {
	// RFC 6764 §5: the well-known URIs lead to the context path, whatever the
	// method. The Location is a path only, so that no proxy can make it wrong.
	for _, door := range []string{"caldav", "carddav"} {
		s.mux.Handle("/.well-known/"+door, http.HandlerFunc(wellKnown))
		s.mux.Handle("/.well-known/"+door+"/", http.HandlerFunc(wellKnown))
	}
	s.mux.Handle("/healthz", secureHeaders(http.HandlerFunc(s.healthz)))
	s.mux.Handle("/readyz", secureHeaders(http.HandlerFunc(s.readyz)))
	s.mux.Handle("/metrics", secureHeaders(s.scrape()))
	s.mux.NotFound(secureHeaders(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, "There is nothing here.")
	})).ServeHTTP)
	// chi does not know the method at all.
	s.mux.MethodNotAllowed(secureHeaders(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotImplemented, "This method is not known here.")
	})).ServeHTTP)
}

// wellKnown redirects to the context path.
func wellKnown(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Location", "/dav/")
	h["X-Content-Type-Options"] = nosniff
	h.Set("Cache-Control", "public, max-age=3600")
	h.Set("Content-Length", "0")
	w.WriteHeader(http.StatusMovedPermanently)
}

// healthz says that the process answers.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	refuse(w, http.StatusOK, "ok")
}

// readyz says whether requests can be served: the store reads and takes writes.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if s.opt.Ready != nil {
		if err := s.opt.Ready(r.Context()); err != nil {
			Note(r.Context(), "not-ready", err)
			busy(w, http.StatusServiceUnavailable, 5, "not ready")
			return
		}
	}
	refuse(w, http.StatusOK, "ready")
}

// scrape gives the metrics to loopback and to configured addresses. The address
// is that of the connection itself: no header opens it.
func (s *Server) scrape() http.Handler {
	metrics := promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer := connectionPeer(r)
		direct := r.Header.Get("X-Forwarded-For") == "" && r.Header.Get("Forwarded") == ""
		if !(direct && peer.IsLoopback()) && !within(s.opt.MetricsFrom, peer) {
			refuse(w, http.StatusNotFound, "There is nothing here.")
			return
		}
		metrics.ServeHTTP(w, r)
	})
}

// secureHeaders sets what every answer outside DAV carries (reliability.md §7).
func secureHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["X-Content-Type-Options"] = nosniff
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY")
		if r.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// tlsFloor is the oldest TLS that is spoken (RFC 9325 §3.1.1).
const tlsFloor = tls.VersionTLS12
