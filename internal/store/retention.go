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
)

// ofResponses are the tables that hold answers of persons, or what leads to them,
// by wave. Statements in an institution's name are not among them: they are kept
// with the register (DESIGN 6).
func ofResponses() []string {
	return []string{"responses", "responses_shuffled", "chunks", "codings", "coding_texts", "coding_samples", "quotes",
		"withdrawals", "tombstones", "codes", "drafts", "import_asides", "messages"}
}

// ofWaveDelete deletes a wave's rows of a table.
func ofWaveDelete(table string) string { return `DELETE FROM ` + table + ` WHERE wave_id = $1` }

// DeleteResponses deletes the responses of a closed wave for good, with all that
// was made of single ones, and keeps figures only: the released tables and
// [analysis.Remains]. It fails with Conflict when the wave is not closed, has none
// left, or changes meanwhile.
func (db *DB) DeleteResponses(ctx context.Context, actor string, wave *LiveWave) error {
	generation, err := db.settleWithdrawals(ctx, wave)
	if err != nil {
		return unavailable(err)
	}
	figures, err := db.makeRemains(ctx, wave)
	if err != nil {
		return err
	}
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		marked, err := affected(tx.ExecContext(ctx, `UPDATE waves SET deleted = $2, generation = generation + 1
			WHERE id = $1 AND state = 'closed' AND deleted = '' AND generation = $3`, wave.ID, db.Today(), generation))
		if err != nil {
			return fmt.Errorf("end retention: %w", err)
		}
		if marked == 0 {
			return failure.New(failure.Conflict, "error.retention_changed", "slug", wave.Slug)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO remains (wave_id, figures) VALUES ($1, $2)`, wave.ID, figures); err != nil {
			return fmt.Errorf("keep figures: %w", err)
		}
		for _, table := range ofResponses() {
			if _, err := tx.ExecContext(ctx, ofWaveDelete(table), wave.ID); err != nil {
				return fmt.Errorf("delete %s: %w", table, err)
			}
		}
		if err := codingsChanged(ctx, tx, wave.ID); err != nil {
			return err
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.ResponsesDeleted, Subject: wave.Slug, Area: wave.Area})
	})
	db.forget(wave.Slug)
	if err != nil {
		return unavailable(err)
	}
	db.texts.clear()
	db.live.drop(wave.ID) // nor may the packed answers stay in memory
	db.scrub(ctx)
	return unavailable(db.vacuum(ctx))
}

// ForgetDeleted lets go of what this instance still has in memory of waves whose
// answers another one deleted.
func (db *DB) ForgetDeleted(ctx context.Context) error {
	rows, err := db.read.QueryContext(ctx, `SELECT id FROM waves WHERE deleted <> ''`)
	if err != nil {
		return unavailable(fmt.Errorf("find waves whose answers were deleted: %w", err))
	}
	deleted, err := collect(rows, scanText)
	if err != nil {
		return unavailable(err)
	}
	for _, id := range deleted {
		if db.live.drop(id) {
			db.texts.clear()
		}
	}
	return nil
}

// settleWithdrawals takes withdrawn responses out of the figures before these are
// kept for good, and returns the generation of the columns after that.
func (db *DB) settleWithdrawals(ctx context.Context, wave *LiveWave) (generation int64, err error) {
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		if err := lockWave(ctx, tx, wave.ID); err != nil {
			return err
		}
		var state fieldwork.State
		var deleted string
		if err := tx.QueryRowContext(ctx, `SELECT state, deleted FROM waves WHERE id = $1`, wave.ID).Scan(&state, &deleted); err != nil {
			return err
		}
		if state != fieldwork.Closed || deleted != "" {
			return failure.New(failure.Conflict, "error.retention_changed", "slug", wave.Slug)
		}
		if err := db.letWithdrawalsGo(ctx, tx, wave, true); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT generation FROM waves WHERE id = $1`, wave.ID).Scan(&generation)
	})
	return generation, err
}

// makeRemains makes the figures to keep; none when so few answered that nothing
// may be shown.
func (db *DB) makeRemains(ctx context.Context, wave *LiveWave) ([]byte, error) {
	explorer, err := db.Explorer(ctx, wave)
	if failure.CodeOf(err) == failure.Forbidden {
		return []byte{}, nil
	}
	if err != nil {
		return nil, err
	}
	remains, err := explorer.Remains(ctx)
	if err != nil {
		return nil, err
	}
	figures, err := remains.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("keep figures: %w", err)
	}
	return figures, nil
}

// explorerOfRemains answers queries about a wave without responses.
func (db *DB) explorerOfRemains(ctx context.Context, wave *LiveWave) (*analysis.Explorer, error) {
	f := db.live.follow(wave.ID)
	f.results.Lock()
	last := f.explorer
	f.results.Unlock()
	if last != nil && last.wave == wave {
		return last.explorer, nil
	}
	release, err := newestRelease(ctx, db.read, wave)
	if err != nil {
		return nil, unavailable(err)
	}
	var figures []byte
	err = db.read.QueryRowContext(ctx, `SELECT figures FROM remains WHERE wave_id = $1`, wave.ID).Scan(&figures)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, unavailable(fmt.Errorf("read kept figures: %w", err))
	}
	var remains *analysis.Remains
	if len(figures) > 0 {
		if remains, err = analysis.ReadRemains(wave.Schema, figures); err != nil {
			return nil, err
		}
	}
	breakdown, err := db.divided(ctx, wave)
	if err != nil {
		return nil, err
	}
	explorer, err := release.ExploreRemains(remains, breakdown, analysis.Options{Population: wave.Population})
	if err != nil {
		return nil, err
	}
	f.results.Lock()
	f.explorer = &keptExplorer{wave: wave, explorer: explorer}
	f.results.Unlock()
	return explorer, nil
}

// EndRetention deletes the responses of all waves whose last day of keeping them is
// over, and returns how many waves that were.
func (db *DB) EndRetention(ctx context.Context) (int, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT slug FROM waves
		WHERE state = 'closed' AND deleted = '' AND retention <> '' AND retention < $1 ORDER BY slug`, db.Today())
	if err != nil {
		return 0, unavailable(fmt.Errorf("find waves whose retention ends: %w", err))
	}
	slugs, err := collect(rows, scanText)
	if err != nil {
		return 0, unavailable(err)
	}
	ended := 0
	var problems error
	for _, slug := range slugs {
		wave, err := db.Wave(ctx, slug)
		if err == nil {
			err = db.DeleteResponses(ctx, account.Clock, wave)
		}
		// Another instance may have been quicker; one wave must not keep the others.
		if err != nil && failure.CodeOf(err) != failure.Conflict {
			problems = errors.Join(problems, fmt.Errorf("end retention of %s: %w", slug, err))
			continue
		}
		ended++
	}
	return ended, problems
}

// vacuum gives PostgreSQL's deleted rows back, which else stay in its files until
// they are written over. SQLite overwrites what is deleted at once (secure_delete).
func (db *DB) vacuum(ctx context.Context) error {
	if !db.postgres {
		return nil
	}
	for _, table := range ofResponses() {
		if _, err := db.write.ExecContext(ctx, `VACUUM `+table); err != nil {
			return fmt.Errorf("vacuum %s: %w", table, err)
		}
	}
	return nil
}
