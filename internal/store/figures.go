package store

import (
	"context"
	"database/sql"
	"sync/atomic"
	"time"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/notify"
)

// Figures are what whoever runs the service may watch. They are about all waves
// together and carry no wave, area, language or institution: a figure for one of
// them, read every few seconds, would tell of single responses, below any k and to
// the second, where the responses themselves keep only the day.
type Figures struct {
	Accepted  uint64 // responses stored since the program began
	Repeated  uint64 // that were stored before
	Refused   uint64 // whose wave is closed, whose code is not good, that contradict an earlier one
	Failed    uint64 // that the database did not take
	Withdrawn uint64
	Waiting   int // responses waiting to be stored just now
	// Batch counts the responses of one commit, Commit the seconds it took.
	Batch, Commit Histogram
	// Waves have their columns in memory, of so many Bytes.
	Waves int
	Bytes int64
	// Write and Read are the pools of connections; one and the same on PostgreSQL.
	Write, Read sql.DBStats
	Shared      bool
}

// Histogram counts how many values were at most so large: Counts[i] those up to
// Bounds[i], larger ones in Total alone.
type Histogram struct {
	Bounds []float64
	Counts []uint64
	Total  uint64
	Sum    float64
}

// tally counts what the intake does. One goroutine writes it, any may read.
type tally struct {
	accepted, repeated, refused, failed, withdrawn atomic.Uint64
	batch, commit                                  histogram
}

func newTally() *tally {
	return &tally{batch: newHistogram(1, 2, 4, 8, 16, 32, 64, 128, 256),
		commit: newHistogram(.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10)}
}

// histogram is a [Histogram] being counted; sum is in millionths.
type histogram struct {
	bounds []float64
	counts []atomic.Uint64 // the last is beyond all bounds
	sum    atomic.Int64
}

func newHistogram(bounds ...float64) histogram {
	return histogram{bounds: bounds, counts: make([]atomic.Uint64, len(bounds)+1)}
}

func (h *histogram) add(value float64) {
	at := 0
	for at < len(h.bounds) && value > h.bounds[at] {
		at++
	}
	h.counts[at].Add(1)
	h.sum.Add(int64(value * 1e6))
}

func (h *histogram) read() Histogram {
	read := Histogram{Bounds: h.bounds, Counts: make([]uint64, len(h.bounds)), Sum: float64(h.sum.Load()) / 1e6}
	for i := range h.counts {
		read.Total += h.counts[i].Load()
		if i < len(read.Counts) {
			read.Counts[i] = read.Total
		}
	}
	return read
}

// counted commits a batch and counts what became of it.
func (in *intake) counted(batch []*ticket) {
	started := time.Now()
	in.commit(batch)
	in.tally.commit.add(time.Since(started).Seconds())
	in.tally.batch.add(float64(len(batch)))
	var accepted, repeated, refused, failed uint64
	for _, t := range batch {
		switch code := failure.CodeOf(t.err); {
		case code == failure.Unavailable || code == failure.Internal:
			failed++
		case code != "":
			refused++
		case t.repeated:
			repeated++
		case t.entry.importing == 0: // an import is no response that came in
			accepted++
		}
	}
	in.tally.accepted.Add(accepted)
	in.tally.repeated.Add(repeated)
	in.tally.refused.Add(refused)
	in.tally.failed.Add(failed)
}

// Figures returns the figures of this program; it asks the database nothing.
func (db *DB) Figures() Figures {
	t := db.intake.tally
	f := Figures{
		Accepted: t.accepted.Load(), Repeated: t.repeated.Load(), Refused: t.refused.Load(), Failed: t.failed.Load(),
		Withdrawn: t.withdrawn.Load(), Waiting: len(db.intake.queue), Batch: t.batch.read(), Commit: t.commit.read(),
		Write: db.write.Stats(), Read: db.read.Stats(), Shared: db.read == db.write,
	}
	f.Waves, f.Bytes = db.live.memory()
	return f
}

// memory counts the waves with columns in memory, and their bytes. One that is
// just being filled is left out rather than waited for.
func (l *liveWaves) memory() (waves int, bytes int64) {
	l.mu.Lock()
	followed := make([]*followed, 0, len(l.columns))
	for _, f := range l.columns {
		followed = append(followed, f)
	}
	l.mu.Unlock()
	for _, f := range followed {
		if !f.mu.TryLock() {
			continue
		}
		if f.columns != nil {
			waves++
			bytes += f.columns.Bytes()
		}
		f.mu.Unlock()
	}
	return waves, bytes
}

// Queues are what waits to be sent.
type Queues struct {
	Mail, MailUnclear   int // e-mails that wait, and that nobody knows whether they were sent
	Hooks, HooksFailing int // messages to webhooks that wait, and those of them tried in vain before
	// Backup is when the newest good backup was made, zero where none is known.
	Backup time.Time
}

// Queues asks the database what waits.
func (db *DB) Queues(ctx context.Context) (q Queues, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT
		(SELECT COUNT(*) FROM messages WHERE state IN ($1, $2)), (SELECT COUNT(*) FROM messages WHERE state = $3),
		(SELECT COUNT(*) FROM deliveries WHERE state = 'pending'), (SELECT COUNT(*) FROM deliveries WHERE state = 'pending' AND attempts > 0)`,
		string(notify.Queued), string(notify.Sending), string(notify.Unclear)).Scan(&q.Mail, &q.MailUnclear, &q.Hooks, &q.HooksFailing)
	if err != nil {
		return q, unavailable(err)
	}
	backup, err := db.BackupState(ctx)
	q.Backup = backup.Made
	return q, err
}
