package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
)

// ResponsesAtOnce hands use the wave's responses as they are at one moment: they
// can be ranged over several times, each time in another random order, and are
// the same ones, whatever arrives or is withdrawn meanwhile.
func (db *DB) ResponsesAtOnce(ctx context.Context, wave *LiveWave, use func(iter.Seq2[*Stored, error]) error) error {
	return db.inReading(ctx, func(tx *sql.Tx) error { return use(storedResponses(ctx, tx, wave, ` ORDER BY RANDOM()`)) })
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
