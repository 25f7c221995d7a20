package store

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"bedarfslotse/internal/failure"
)

const (
	// readyPatience is how long a monitor waits for a database that hangs.
	readyPatience = 2 * time.Second
	// writtenFor is how long a write that worked stands for the next ones, so that
	// whoever asks all the time does not keep responses waiting.
	writtenFor = 5 * time.Second
	// LeastRoom is the room on the disk below which nothing more can be relied on:
	// a checkpoint of the log of changes needs some to work at all.
	LeastRoom = 32 << 20

	readyFact  = "ready"
	readyProbe = 512 << 10 // bytes
)

// readiness is what is known about whether the database can be worked with.
type readiness struct {
	file   string // of SQLite, "" for others
	schema int64  // that this program wants

	mu      sync.Mutex
	written time.Time // when writing worked last, zero when it did not
}

// Ready tells whether the database answers, has the schema that this program
// wants, has room, and takes what is written to it. The text of its error, apart
// from the cause, is a sentence for whoever runs the service.
func (db *DB) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyPatience)
	defer cancel()
	var schema int64
	err := db.read.QueryRowContext(ctx, `SELECT MAX(version_id) FROM goose_db_version WHERE is_applied`).Scan(&schema)
	if err != nil {
		return failure.Errorf(failure.Unavailable, "the database does not answer").Because(err)
	}
	if schema != db.readiness.schema {
		return failure.Errorf(failure.Unavailable, "the database has schema %d, this program wants %d: another version has changed it",
			schema, db.readiness.schema)
	}
	if db.readiness.file != "" {
		if room, err := RoomAt(filepath.Dir(db.readiness.file)); err == nil && room.Free < LeastRoom {
			return failure.Errorf(failure.Unavailable, "the disk of the database is full: %d MiB are left", room.Free>>20)
		}
	}
	return db.writes(ctx)
}

// writes tells whether writing works: tries it now and then, and whenever it did
// not the last time, or responses could not be stored.
func (db *DB) writes(ctx context.Context) error {
	r := &db.readiness
	r.mu.Lock()
	defer r.mu.Unlock()
	if !db.intake.failing.Load() && time.Since(r.written) < writtenFor {
		return nil
	}
	// With as much as a batch of responses, since less may fit where they do not.
	err := db.SetFact(ctx, readyFact, strings.Repeat("x", readyProbe))
	if err == nil {
		err = db.SetFact(ctx, readyFact, db.stamp())
	}
	if err != nil {
		r.written = time.Time{}
		return failure.Errorf(failure.Unavailable, "the database takes nothing that is written to it").Because(err)
	}
	r.written = time.Now()
	db.intake.failing.Store(false)
	return nil
}

// Room is what a disk has left, in bytes, for whoever is not its administrator.
type Room struct{ Free, Total uint64 }
