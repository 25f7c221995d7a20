package main

import (
	"context"
	"database/sql"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"bedarfslotse/internal/jobs"
	"bedarfslotse/internal/store"
)

// storeFigures are the figures of the store and of jobs, read when a monitor asks.
type storeFigures struct {
	db     *store.DB
	office *jobs.Office
	now    func() time.Time

	outcomes, waiting, batch, commit, waves, bytes     *prometheus.Desc
	connections, waits, waited, mail, hooks, backupAge *prometheus.Desc
	up, jobs                                           *prometheus.Desc
}

// queuePatience is how long a monitor waits for a database that hangs.
const queuePatience = 2 * time.Second

func newStoreFigures(db *store.DB, office *jobs.Office, now func() time.Time) *storeFigures {
	describe := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("bedarfslotse_"+name, help, labels, nil)
	}
	return &storeFigures{
		db: db, office: office, now: now,
		outcomes:    describe("responses_total", "Responses handed to the store since the start, of all waves together, by what became of them.", "outcome"),
		waiting:     describe("intake_waiting", "Responses waiting to be stored."),
		batch:       describe("intake_batch_responses", "Responses stored by one commit."),
		commit:      describe("intake_commit_seconds", "How long one commit took."),
		waves:       describe("columns_waves", "Waves with their columns in memory."),
		bytes:       describe("columns_bytes", "Memory of all columns."),
		connections: describe("database_connections", "Connections to the database.", "pool", "state"),
		waits:       describe("database_waits_total", "How often work waited for a connection.", "pool"),
		waited:      describe("database_wait_seconds_total", "How long work waited for connections.", "pool"),
		mail:        describe("mail_messages", "E-mails that wait, or of which nobody knows whether they were sent.", "state"),
		hooks:       describe("webhook_messages", "Messages to webhooks that wait, new or tried in vain before.", "state"),
		backupAge:   describe("backup_age_seconds", "Age of the newest good backup; missing where none is known."),
		up:          describe("database_up", "Whether the database answers."),
		jobs:        describe("jobs", "Long work at the desk, by state.", "state"),
	}
}

// Describe lists what there is.
func (f *storeFigures) Describe(into chan<- *prometheus.Desc) {
	for _, one := range []*prometheus.Desc{f.outcomes, f.waiting, f.batch, f.commit, f.waves, f.bytes, f.connections, f.waits, f.waited, f.mail, f.hooks, f.backupAge, f.up, f.jobs} {
		into <- one
	}
}

// Collect reads everything.
func (f *storeFigures) Collect(into chan<- prometheus.Metric) {
	count := func(d *prometheus.Desc, value float64, labels ...string) {
		into <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value, labels...)
	}
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		into <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	s := f.db.Figures()
	count(f.outcomes, float64(s.Accepted), "accepted")
	count(f.outcomes, float64(s.Repeated), "repeated")
	count(f.outcomes, float64(s.Refused), "refused")
	count(f.outcomes, float64(s.Failed), "failed")
	count(f.outcomes, float64(s.Withdrawn), "withdrawn")
	gauge(f.waiting, float64(s.Waiting))
	into <- constHistogram(f.batch, s.Batch)
	into <- constHistogram(f.commit, s.Commit)
	gauge(f.waves, float64(s.Waves))
	gauge(f.bytes, float64(s.Bytes))
	pool := func(name string, stats sql.DBStats) {
		gauge(f.connections, float64(stats.InUse), name, "in_use")
		gauge(f.connections, float64(stats.Idle), name, "idle")
		gauge(f.connections, float64(stats.MaxOpenConnections), name, "limit")
		count(f.waits, float64(stats.WaitCount), name)
		count(f.waited, stats.WaitDuration.Seconds(), name)
	}
	pool("write", s.Write)
	if !s.Shared {
		pool("read", s.Read)
	}
	for state, n := range f.office.Figures() {
		gauge(f.jobs, float64(n), string(state))
	}
	ctx, cancel := context.WithTimeout(context.Background(), queuePatience)
	defer cancel()
	q, err := f.db.Queues(ctx)
	if err != nil {
		gauge(f.up, 0)
		return
	}
	gauge(f.up, 1)
	gauge(f.mail, float64(q.Mail), "waiting")
	gauge(f.mail, float64(q.MailUnclear), "unclear")
	gauge(f.hooks, float64(q.Hooks-q.HooksFailing), "new")
	gauge(f.hooks, float64(q.HooksFailing), "failing")
	if !q.Backup.IsZero() {
		gauge(f.backupAge, f.now().Sub(q.Backup).Seconds())
	}
}

func constHistogram(d *prometheus.Desc, h store.Histogram) prometheus.Metric {
	buckets := make(map[float64]uint64, len(h.Bounds))
	for i, bound := range h.Bounds {
		buckets[bound] = h.Counts[i]
	}
	return prometheus.MustNewConstHistogram(d, h.Total, h.Sum, buckets)
}
