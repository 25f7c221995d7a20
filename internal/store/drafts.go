package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"bedarfslotse/internal/failure"
)

// draftDays is how many days after the one on which it was set aside a draft is
// kept: with the rest of its first day never more than fourteen days in all.
const draftDays = 13

// maxDrafts bounds how many drafts of one wave are kept at a time. They are
// anonymous and unreadable, so that their number is all there is to judge.
const maxDrafts = 20_000

// KeepDraft keeps what a phone has encrypted, in place of what was kept under
// the same id before, and returns the last day on which it is kept.
// failure.Unavailable when too many are kept already.
func (db *DB) KeepDraft(ctx context.Context, wave *LiveWave, id string, data []byte) (last string, err error) {
	last = db.now().AddDate(0, 0, draftDays).Format(time.DateOnly)
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		var kept int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM drafts WHERE wave_id = $1`, wave.ID).Scan(&kept); err != nil {
			return fmt.Errorf("count drafts: %w", err)
		}
		if kept >= maxDrafts {
			return failure.New(failure.Unavailable, "error.unavailable")
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO drafts (wave_id, id, data, last) VALUES ($1, $2, $3, $4)
			ON CONFLICT (wave_id, id) DO UPDATE SET data = excluded.data, last = excluded.last`, wave.ID, id, data, last)
		return err
	})
	if err != nil {
		return "", unavailable(fmt.Errorf("keep draft: %w", err))
	}
	return last, nil
}

// Draft returns what is kept under an id; failure.NotFound when nothing is, or
// not any more.
func (db *DB) Draft(ctx context.Context, wave *LiveWave, id string) ([]byte, error) {
	var data []byte
	err := db.read.QueryRowContext(ctx, `SELECT data FROM drafts WHERE wave_id = $1 AND id = $2 AND last >= $3`,
		wave.ID, id, db.Today()).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, failure.New(failure.NotFound, "error.unknown_draft")
	}
	if err != nil {
		return nil, unavailable(fmt.Errorf("read draft: %w", err))
	}
	return data, nil
}

// ForgetDraft deletes what is kept under an id, if anything is.
func (db *DB) ForgetDraft(ctx context.Context, wave *LiveWave, id string) error {
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM drafts WHERE wave_id = $1 AND id = $2`, wave.ID, id)
		return err
	})
	return unavailable(err)
}

// SweepDrafts deletes the drafts whose days are over, and those of closed waves.
func (db *DB) SweepDrafts(ctx context.Context) error {
	var gone int64
	err := db.inTx(ctx, func(tx *sql.Tx) (err error) {
		gone, err = affected(tx.ExecContext(ctx, `
			DELETE FROM drafts WHERE last < $1 OR wave_id IN (SELECT id FROM waves WHERE state = 'closed')`, db.Today()))
		return err
	})
	if err == nil && gone > 0 {
		db.scrub(ctx)
	}
	return unavailable(err)
}
