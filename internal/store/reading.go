package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"bedarfslotse/internal/export"
	"bedarfslotse/internal/failure"
)

// ResponsesAtOnce hands use the wave's responses as they are at one moment: they
// can be ranged over several times, each time in another random order, and are
// the same ones, whatever arrives or is withdrawn meanwhile. It fails with Gone
// when they were deleted at the end of retention: no file is better than an empty
// one.
func (db *DB) ResponsesAtOnce(ctx context.Context, wave *LiveWave, use func(iter.Seq2[export.Record, error]) error) error {
	if wave.Deleted != "" {
		return failure.New(failure.Gone, "error.responses_deleted", "slug", wave.Slug, "day", wave.Deleted)
	}
	return db.inReading(ctx, func(tx *sql.Tx) error {
		return use(func(yield func(export.Record, error) bool) {
			// The order in which they lie tells when they came (DESIGN 6).
			for one, err := range storedResponses(ctx, tx, wave, ` ORDER BY RANDOM()`) {
				if !yield(one.record(), err) {
					return
				}
			}
		})
	})
}

// record is the response as exports take it.
func (one *Stored) record() export.Record {
	if one == nil {
		return export.Record{}
	}
	return export.Record{Day: one.Day, Language: one.Language, Area: one.Area, InstitutionType: one.InstitutionType,
		Institution: one.Institution, Duration: one.Duration, Answers: one.Answers}
}

// inReading runs work in one transaction that reads. It sees the database as it
// is when it first asks, and keeps nobody waiting.
func (db *DB) inReading(ctx context.Context, work func(*sql.Tx) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if db.postgres {
		options.Isolation = sql.LevelRepeatableRead // SQLite's are so anyway
	}
	tx, err := db.read.BeginTx(ctx, options)
	if err != nil {
		return unavailable(fmt.Errorf("begin to read: %w", err))
	}
	err = work(tx)
	if back := tx.Rollback(); back != nil && !errors.Is(back, sql.ErrTxDone) { // there is nothing to commit
		err = errors.Join(err, back)
	}
	return err
}
