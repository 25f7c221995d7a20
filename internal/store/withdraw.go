package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/response"
)

// withdrawalPatience is how long the codes of a withdrawn response wait for
// others to leave the figures with (METHODS 5.4).
const withdrawalPatience = 30 * 24 * time.Hour

// Withdraw removes the response or statement of a receipt at once and leaves a
// tombstone. Its packed codes, which hold no text, leave the figures together
// with at least k − 1 others, with the next release or after 30 days
// (METHODS 5.4). It fails with NotFound when no wave knows the receipt; a
// receipt withdrawn before is no error.
func (db *DB) Withdraw(ctx context.Context, receipt string) error {
	id := response.ReceiptHash(receipt)
	rows, err := db.read.QueryContext(ctx, `
		SELECT w.slug FROM waves w WHERE
		EXISTS (SELECT 1 FROM responses r WHERE r.wave_id = w.id AND r.id = $1) OR
		EXISTS (SELECT 1 FROM statements s WHERE s.wave_id = w.id AND s.id = $1) OR
		EXISTS (SELECT 1 FROM tombstones t WHERE t.wave_id = w.id AND t.id = $1)`, id[:])
	if err != nil {
		return unavailable(fmt.Errorf("find receipt: %w", err))
	}
	slugs, err := collect(rows, scanText)
	if err != nil {
		return err
	}
	if len(slugs) == 0 {
		return failure.New(failure.NotFound, "respondent.withdraw.unknown")
	}
	for _, slug := range slugs { // more than one only where a program used an id twice
		wave, err := db.Wave(ctx, slug)
		if err != nil {
			return err
		}
		if err := db.inTx(ctx, func(tx *sql.Tx) error { return db.withdraw(ctx, tx, wave, id) }); err != nil {
			return unavailable(err)
		}
	}
	db.intake.tally.withdrawn.Add(1)
	db.scrub(ctx)
	return nil
}

func scanText(rows *sql.Rows) (text string, err error) {
	err = rows.Scan(&text)
	return text, err
}

func (db *DB) withdraw(ctx context.Context, tx *sql.Tx, wave *LiveWave, id receiptHash) error {
	if err := lockWave(ctx, tx, wave.ID); err != nil {
		return err
	}
	removed, err := affected(tx.ExecContext(ctx, `DELETE FROM responses WHERE wave_id = $1 AND id = $2`, wave.ID, id[:]))
	if err != nil {
		return fmt.Errorf("withdraw response: %w", err)
	}
	statements, err := affected(tx.ExecContext(ctx, `DELETE FROM statements WHERE wave_id = $1 AND id = $2`, wave.ID, id[:]))
	if err != nil {
		return fmt.Errorf("withdraw statement: %w", err)
	}
	if removed+statements == 0 {
		return nil // withdrawn before
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO tombstones (wave_id, id) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
		wave.ID, id[:]); err != nil {
		return fmt.Errorf("leave tombstone: %w", err)
	}
	if removed == 0 {
		return nil
	}
	if err := forgetTexts(ctx, tx, wave.ID, id); err != nil {
		return err
	}
	var key [8]byte
	binary.BigEndian.PutUint64(key[:], wave.recordKey(id))
	if _, err := tx.ExecContext(ctx, `INSERT INTO withdrawals (wave_id, record_key, day) VALUES ($1, $2, $3)
		ON CONFLICT DO NOTHING`, wave.ID, key[:], db.Today()); err != nil {
		return fmt.Errorf("note withdrawal: %w", err)
	}
	return db.letWithdrawalsGo(ctx, tx, wave, false)
}

// lockWave makes other writers of the wave wait, on both engines.
func lockWave(ctx context.Context, tx *sql.Tx, waveID string) error {
	_, err := tx.ExecContext(ctx, `UPDATE waves SET change = change WHERE id = $1`, waveID)
	return err
}

func affected(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// letWithdrawalsGo takes the codes of withdrawn responses out of the figures
// once k of them have gathered or the oldest has waited long enough, and all of
// them before a release.
func (db *DB) letWithdrawalsGo(ctx context.Context, tx *sql.Tx, wave *LiveWave, all bool) error {
	rows, err := tx.QueryContext(ctx, `SELECT record_key, day FROM withdrawals WHERE wave_id = $1 ORDER BY record_key`, wave.ID)
	if err != nil {
		return fmt.Errorf("read withdrawals: %w", err)
	}
	due := db.now().Add(-withdrawalPatience).Format(time.DateOnly)
	overdue := false
	keys, err := collect(rows, func(rows *sql.Rows) (uint64, error) {
		var key []byte
		var day string
		err := rows.Scan(&key, &day)
		overdue = overdue || day <= due
		return binary.BigEndian.Uint64(key), err
	})
	if err != nil {
		return err
	}
	if len(keys) == 0 || len(keys) < wave.K && !overdue && !all {
		return nil
	}
	return db.removeCodes(ctx, tx, wave, keys)
}

// removeCodes takes the rows of these keys out of the wave's chunks, so that
// nothing of them is left in the file. Until the wave is closed it adds a chunk
// that says so: the snapshot counts by it. Whoever follows loads afresh.
func (db *DB) removeCodes(ctx context.Context, tx *sql.Tx, wave *LiveWave, keys []uint64) error {
	var last uint64
	var state fieldwork.State
	if err := tx.QueryRowContext(ctx, `
		UPDATE waves SET change = change + $2, generation = generation + 1 WHERE id = $1 RETURNING change, state`,
		wave.ID, len(keys)).Scan(&last, &state); err != nil {
		return fmt.Errorf("take change numbers: %w", err)
	}
	rows, err := tx.QueryContext(ctx, `SELECT last, data FROM chunks WHERE wave_id = $1 ORDER BY last`, wave.ID)
	if err != nil {
		return fmt.Errorf("read chunks: %w", err)
	}
	chunks, err := collect(rows, scanChunk)
	if err != nil {
		return err
	}
	for _, one := range chunks {
		data, removed, err := analysis.Without(wave.Schema, one.data, keys)
		if err != nil {
			return fmt.Errorf("remove withdrawn rows: %w", err)
		}
		if removed == 0 {
			continue
		}
		if _, err := tx.ExecContext(ctx, `UPDATE chunks SET data = $3 WHERE wave_id = $1 AND last = $2`,
			wave.ID, one.last, data); err != nil {
			return fmt.Errorf("rewrite chunk: %w", err)
		}
	}
	if state != fieldwork.Closed {
		removal, err := wave.Schema.Encode(nil, last-uint64(len(keys))+1, nil, keys)
		if err != nil {
			return fmt.Errorf("encode removals: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO chunks (wave_id, last, level, data) VALUES ($1, $2, 0, $3)`,
			wave.ID, last, removal); err != nil {
			return fmt.Errorf("insert removals: %w", err)
		}
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM withdrawals WHERE wave_id = $1`, wave.ID)
	return err
}

// SweepWithdrawals lets go what has waited long enough, in every wave.
func (db *DB) SweepWithdrawals(ctx context.Context) error {
	rows, err := db.read.QueryContext(ctx, `
		SELECT slug FROM waves w WHERE EXISTS (SELECT 1 FROM withdrawals d WHERE d.wave_id = w.id)`)
	if err != nil {
		return unavailable(fmt.Errorf("find withdrawals: %w", err))
	}
	slugs, err := collect(rows, scanText)
	if err != nil {
		return err
	}
	var problems error
	for _, slug := range slugs {
		wave, err := db.Wave(ctx, slug)
		if err != nil {
			problems = errors.Join(problems, err)
			continue
		}
		err = db.inTx(ctx, func(tx *sql.Tx) error {
			if err := lockWave(ctx, tx, wave.ID); err != nil {
				return err
			}
			return db.letWithdrawalsGo(ctx, tx, wave, false)
		})
		if err != nil {
			problems = errors.Join(problems, fmt.Errorf("sweep withdrawals of %s: %w", wave.Slug, err))
		}
	}
	if len(slugs) > 0 {
		db.scrub(ctx)
	}
	return unavailable(problems)
}
