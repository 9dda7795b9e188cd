package server

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics are the numbers of /metrics, in a registry of their own.
type metrics struct {
	registry      *prometheus.Registry
	requests      map[string][6]prometheus.Counter // by method, then by class of status
	took          prometheus.Histogram
	panics        prometheus.Counter
	loginsFailed  prometheus.Counter
	loginsRefused prometheus.Counter
}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: make(map[string][6]prometheus.Counter),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "convoke_request_seconds",
			Help:    "How long requests took, from the header to the last byte.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}),
		panics:        counter("convoke_panics_total", "Requests that ended in a panic; it must stay zero."),
		loginsFailed:  counter("convoke_logins_failed_total", "Wrong passwords and unknown names."),
		loginsRefused: counter("convoke_logins_refused_total", "Logins refused unseen after too many wrong ones."),
	}
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "convoke_requests_total", Help: "Requests answered, by method and class of status.",
	}, []string{"method", "status"})
	for _, method := range append([]string{"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "other"}, davMethods...) {
		var row [6]prometheus.Counter
		for class := range row {
			row[class] = requests.WithLabelValues(method, strconv.Itoa(class)+"xx")
		}
		m.requests[method] = row
	}
	m.registry.MustRegister(requests, m.took, m.panics, m.loginsFailed, m.loginsRefused,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "convoke_connections", Help: "Connections open now.",
		}, func() float64 { return float64(s.conns.open.Load()) }))
	return m
}

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
}

// observe counts one answered request. A status of 0 is a broken connection.
func (m *metrics) observe(method string, status int, took time.Duration) {
	row, ok := m.requests[method]
	if !ok {
		row = m.requests["other"]
	}
	if class := status / 100; class >= 0 && class < len(row) {
		row[class].Inc()
	}
	m.took.Observe(took.Seconds())
}

// Registry is where further collectors are registered (the store's, a queue's).
func (s *Server) Registry() *prometheus.Registry { return s.metrics.registry }
