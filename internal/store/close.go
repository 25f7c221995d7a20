package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/response"
)

// CloseWave ends a wave at once: no more answers are taken, the withdrawn
// leave the figures, rows are rewritten in random order without change numbers
// and the exact tables are released (DESIGN 2.4 and 6). actor is who closes it,
// for the audit log. It fails with Conflict when the wave is closed already, or
// was never opened.
func (db *DB) CloseWave(ctx context.Context, actor string, wave *LiveWave) error {
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		closed, err := affected(tx.ExecContext(ctx, `
			UPDATE waves SET state = $2, closed = $3, release = release + 1 WHERE id = $1 AND state IN ('open', 'paused')`,
			wave.ID, string(fieldwork.Closed), db.Today()))
		if err != nil {
			return fmt.Errorf("close wave: %w", err)
		}
		if closed == 0 {
			return notOpen(wave)
		}
		if err := db.letWithdrawalsGo(ctx, tx, wave, true); err != nil {
			return err
		}
		if _, err := db.release(ctx, tx, wave, analysis.Close); err != nil {
			return err
		}
		if err := shuffleResponses(ctx, tx, wave.ID); err != nil {
			return err
		}
		if err := shuffleStatements(ctx, tx, wave.ID); err != nil {
			return err
		}
		if err := db.rebuild(ctx, tx, wave); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE waves SET change = 0, generation = generation + 1, snapshot = NULL WHERE id = $1`, wave.ID)
		if err != nil {
			return err
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.WaveClosed, Subject: wave.Slug, Area: wave.Area})
	})
	db.forget(wave.Slug)
	if err == nil {
		db.scrub(ctx)
	}
	return unavailable(err)
}

// CloseOverdue closes the waves whose time of grace is over and returns how
// many.
func (db *DB) CloseOverdue(ctx context.Context) (int, error) {
	waves, err := db.OpenWaves(ctx)
	if err != nil {
		return 0, err
	}
	closed := 0
	var problems error
	for _, wave := range waves {
		if !wave.Overdue(db.now()) {
			continue
		}
		// Another instance may have been quicker; one wave that cannot be closed
		// must not keep the others open.
		if err := db.CloseWave(ctx, account.Clock, wave); err != nil && failure.CodeOf(err) != failure.Conflict {
			problems = errors.Join(problems, fmt.Errorf("close %s: %w", wave.Slug, err))
			continue
		}
		closed++
	}
	return closed, problems
}

// shuffleResponses rewrites the rows in random order, since their place in the
// file tells when they came.
func shuffleResponses(ctx context.Context, tx *sql.Tx, waveID string) error {
	const columns = `wave_id, id, content, change, release, import, day, language, duration, area, institution_type, institution, answers`
	for _, statement := range []string{
		`INSERT INTO responses_shuffled (` + columns + `)
			SELECT wave_id, id, content, 0, 1, import, day, language, duration, area, institution_type, institution, answers
			FROM responses WHERE wave_id = $1 ORDER BY RANDOM()`,
		`DELETE FROM responses WHERE wave_id = $1`,
		`INSERT INTO responses (` + columns + `) SELECT ` + columns + ` FROM responses_shuffled WHERE wave_id = $1`,
		`DELETE FROM responses_shuffled WHERE wave_id = $1`,
	} {
		if _, err := tx.ExecContext(ctx, statement, waveID); err != nil {
			return fmt.Errorf("rewrite responses in random order: %w", err)
		}
	}
	return nil
}

// closedLevel keeps the chunks of closed waves out of merging.
const closedLevel = 99

// rebuild makes the wave's chunks anew from the answers in the order in which
// they lie now, without change numbers.
func (db *DB) rebuild(ctx context.Context, tx *sql.Tx, wave *LiveWave) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM chunks WHERE wave_id = $1`, wave.ID); err != nil {
		return fmt.Errorf("clear chunks: %w", err)
	}
	var chunks [][]byte
	pending := make([]*analysis.Row, 0, 1024)
	flush := func() error {
		if len(pending) == 0 {
			return nil
		}
		data, err := wave.Schema.Encode(nil, 1, pending, nil)
		if err == nil {
			data, err = analysis.Merge(wave.Schema, [][]byte{data}, analysis.MergeOptions{ClearChanges: true})
		}
		chunks, pending = append(chunks, data), pending[:0]
		return err
	}
	for one, err := range storedResponses(ctx, tx, wave, "") {
		if err != nil {
			return err
		}
		row, err := one.row(wave)
		if err != nil {
			return err
		}
		if pending = append(pending, row); len(pending) == analysis.MaxChunkRows {
			if err := flush(); err != nil {
				return fmt.Errorf("encode chunk: %w", err)
			}
		}
	}
	if err := flush(); err != nil {
		return fmt.Errorf("encode chunk: %w", err)
	}
	for i, data := range chunks {
		if _, err := tx.ExecContext(ctx, `INSERT INTO chunks (wave_id, last, level, data) VALUES ($1, $2, $3, $4)`,
			wave.ID, i+1, closedLevel, data); err != nil {
			return fmt.Errorf("insert chunk: %w", err)
		}
	}
	return nil
}

// row packs a stored response.
func (one *Stored) row(wave *LiveWave) (*analysis.Row, error) {
	made := &entry{wave: wave, id: one.id, day: one.Day, language: one.Language, duration: one.Duration,
		importing: one.importing, carried: one.Carried}
	if err := made.pack(one.Answers); err != nil {
		return nil, fmt.Errorf("pack stored response: %w", err)
	}
	return made.row, made.complete()
}

// Stored is one response as it lies in the store.
type Stored struct {
	fieldwork.Carried
	Day, Language string
	Duration      uint8
	Answers       *response.Answers

	id        receiptHash
	importing int
}
