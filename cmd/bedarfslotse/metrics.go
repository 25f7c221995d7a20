package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/jobs"
	"bedarfslotse/internal/server"
	"bedarfslotse/internal/store"
)

// watching is where monitors look. It is a listener of its own, so that no proxy
// shows it to the world by mistake. Profiles are there and not behind the
// sign-in: a session that is stolen must not reach into the program's memory, and
// a program that hangs must still be looked at.
type watching struct {
	MetricsAddr string `placeholder:"HOST:PORT" help:"Where to listen for Prometheus, for example 127.0.0.1:9180; without it there are no figures."`
	Pprof       bool   `name:"pprof" help:"Offer profiles of the program at /debug/pprof/ beside the figures; this machine only."`
}

// check refuses to show profiles to other machines: they hold what is in memory.
func (w watching) check() error {
	if !w.Pprof {
		return nil
	}
	if w.MetricsAddr == "" || onlyHere(w.MetricsAddr) != nil {
		return failure.New(failure.Invalid, "operate.pprof_loopback", "address", w.MetricsAddr)
	}
	return nil
}

// metrics are the figures of one program, in a registry of their own.
//
// No figure has a wave, an area, a language or an institution beside it. Monitors
// ask every few seconds and keep what they hear: the responses of one wave or
// school, counted like that, would be published below any k, each with its second.
type metrics struct {
	address  string // of the page that monitors read, once it is served
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	outbox   prometheus.Counter
}

func newMetrics(db *store.DB, office *jobs.Office, now func() time.Time) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "bedarfslotse_requests_total",
			Help: "Requests, by route and class of the answer's status."}, []string{"method", "route", "class"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "bedarfslotse_request_seconds",
			Help: "How long requests took.", Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}}, []string{"method", "route"}),
		outbox: prometheus.NewCounter(prometheus.CounterOpts{Name: "bedarfslotse_outbox_refusals_total",
			Help: "Responses that were told to come back later, since too many came from one address."}),
	}
	m.registry.MustRegister(m.requests, m.took, m.outbox, newStoreFigures(db, office, now), newBuildFigure(),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// watch counts a request. It is called for every one and costs well below a
// microsecond.
func (m *metrics) watch(r server.Request) {
	m.requests.WithLabelValues(r.Method, r.Route, class(r.Status)).Inc()
	m.took.WithLabelValues(r.Method, r.Route).Observe(r.Took.Seconds())
	if r.Status == http.StatusTooManyRequests && r.Method == http.MethodPost && r.Route == "/s/:slug" {
		m.outbox.Inc()
	}
}

// class is the class of a status, "2xx".
func class(status int) string { return strconv.Itoa(status/100) + "xx" }

// watch is who counts requests, nil where nobody looks.
func (p *program) watch() func(server.Request) {
	if p.figures == nil {
		return nil
	}
	return p.figures.watch
}

func newBuildFigure() prometheus.Collector {
	built := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "bedarfslotse_build_info", Help: "Which program this is; always 1."}, []string{"version", "revision", "go"})
	v := readVersion()
	built.WithLabelValues(v.Version, v.Revision, v.Go).Set(1)
	return built
}

// serveMetrics listens for monitors until the context ends; nothing to do without
// an address.
func (p *program) serveMetrics(ctx context.Context, w watching, m *metrics) (stop func(), err error) {
	if w.MetricsAddr == "" {
		return func() {}, nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", w.MetricsAddr)
	if err != nil {
		return nil, failure.Errorf(failure.Unavailable, "%w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second}))
	if w.Pprof {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	}
	web := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(p.logger().Handler(), slog.LevelDebug)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := web.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			p.logger().Error("serve figures", slog.Any("error", err))
		}
	}()
	m.address = "http://" + listener.Addr().String() + "/metrics"
	if p.watched != nil {
		p.watched(listener.Addr().String())
	}
	return func() {
		_ = web.Close()
		<-done
	}, nil
}
