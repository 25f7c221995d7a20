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

// ReleaseWave publishes the figures of an open wave and of its exact groups
// before the close (METHODS 5.4): what they show now stands, and in a later
// release every part has changed by none or at least k. It fails with Conflict
// when the wave is closed, as its release stands already, or was never opened.
func (db *DB) ReleaseWave(ctx context.Context, actor string, wave *LiveWave) error {
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		released, err := affected(tx.ExecContext(ctx,
			`UPDATE waves SET release = release + 1 WHERE id = $1 AND state IN ('open', 'paused')`, wave.ID))
		if err != nil {
			return fmt.Errorf("release wave: %w", err)
		}
		if released == 0 {
			return notOpen(wave)
		}
		if err := db.letWithdrawalsGo(ctx, tx, wave, true); err != nil {
			return err
		}
		release, err := db.release(ctx, tx, wave, analysis.Publish)
		if err != nil {
			return err
		}
		// The snapshot goes on from the release: both are tables of the whole wave.
		snapshot, err := release.Snapshot().MarshalBinary()
		if err != nil {
			return fmt.Errorf("write snapshot: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE waves SET snapshot = $2 WHERE id = $1`, wave.ID, snapshot); err != nil {
			return err
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.WaveReleased, Subject: wave.Slug, Area: wave.Area})
	})
	db.forget(wave.Slug)
	return unavailable(err)
}

// notOpen says why a wave can neither be released nor closed.
func notOpen(wave *LiveWave) error {
	if wave.State == fieldwork.Prepared {
		return failure.New(failure.Conflict, "error.never_opened", "slug", wave.Slug)
	}
	return failure.New(failure.Conflict, "error.already_closed", "slug", wave.Slug)
}

// making is how a release is made: [analysis.Publish] or [analysis.Close].
type making func(*analysis.Columns, *analysis.Snapshot, *analysis.Release, analysis.Breakdown) *analysis.Release

// release stores the exact tables of the whole wave and its groups under the
// wave's release number; they stand.
func (db *DB) release(ctx context.Context, tx *sql.Tx, wave *LiveWave, by making) (*analysis.Release, error) {
	columns, err := allColumns(ctx, tx, wave)
	if err != nil {
		return nil, err
	}
	stored, err := readSnapshot(ctx, tx, wave)
	if err != nil {
		return nil, err
	}
	shown, err := wave.snapshot(stored)
	if err != nil {
		return nil, err
	}
	previous, err := newestRelease(ctx, tx, wave)
	if err != nil {
		return nil, err
	}
	breakdown, err := db.divided(ctx, wave)
	if err != nil {
		return nil, err
	}
	release := by(columns, shown, previous, breakdown)
	tables, err := release.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("make release: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO releases (wave_id, number, day, tables)
		SELECT id, release, $2, $3 FROM waves WHERE id = $1`, wave.ID, db.Today(), tables)
	if err != nil {
		return nil, fmt.Errorf("store release: %w", err)
	}
	return release, db.spendCuts(ctx, tx, wave.ID, "")
}

// allColumns reads the wave's packed answers as they are in a transaction.
func allColumns(ctx context.Context, tx *sql.Tx, wave *LiveWave) (*analysis.Columns, error) {
	columns := analysis.NewColumns(wave.Schema)
	rows, err := tx.QueryContext(ctx, `SELECT last, data FROM chunks WHERE wave_id = $1 ORDER BY last`, wave.ID)
	if err != nil {
		return nil, fmt.Errorf("read chunks: %w", err)
	}
	chunks, err := collect(rows, scanChunk)
	if err != nil {
		return nil, err
	}
	for _, one := range chunks {
		if err := columns.Load(one.data); err != nil {
			return nil, fmt.Errorf("load chunk %d: %w", one.last, err)
		}
	}
	return columns, nil
}

// newestRelease reads the wave's last release, nil when there is none.
func newestRelease(ctx context.Context, q queryer, wave *LiveWave) (*analysis.Release, error) {
	var tables []byte
	err := q.QueryRowContext(ctx, `SELECT tables FROM releases WHERE wave_id = $1 ORDER BY number DESC LIMIT 1`,
		wave.ID).Scan(&tables)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read release: %w", err)
	}
	return analysis.ReadRelease(wave.Schema, tables)
}

// ReleaseDay returns the day of a wave's newest release, "" before the first.
func (db *DB) ReleaseDay(ctx context.Context, wave *LiveWave) (day string, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT day FROM releases WHERE wave_id = $1 ORDER BY number DESC LIMIT 1`, wave.ID).Scan(&day)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return day, unavailable(err)
}

// ReleaseDays returns the days of the newest releases, by the waves' ids, in one
// query.
func (db *DB) ReleaseDays(ctx context.Context) (map[string]string, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT wave_id, day FROM releases r WHERE number = (SELECT MAX(number) FROM releases WHERE wave_id = r.wave_id)`)
	if err != nil {
		return nil, unavailable(fmt.Errorf("list releases: %w", err))
	}
	days := map[string]string{}
	_, err = collect(rows, func(rows *sql.Rows) (struct{}, error) {
		var id, day string
		err := rows.Scan(&id, &day)
		days[id] = day
		return struct{}{}, err
	})
	return days, err
}

// divided is how the wave's figures are divided into groups.
func (db *DB) divided(ctx context.Context, wave *LiveWave) (breakdown analysis.Breakdown, err error) {
	breakdown.Order = wave.Divided()
	if db.places != nil {
		breakdown.Areas, breakdown.InstitutionTypes, err = db.places(ctx, db)
	}
	return breakdown, err
}

// Explorer returns what answers queries about groups of a wave's last release.
// It fails with Forbidden as long as there is none, or fewer than k answered.
// The last one made is kept: a page with a chart asks for it several times.
func (db *DB) Explorer(ctx context.Context, wave *LiveWave) (*analysis.Explorer, error) {
	if wave.Deleted != "" {
		return db.explorerOfRemains(ctx, wave)
	}
	columns, generation, change, err := db.follow(ctx, wave)
	if err != nil {
		return nil, err
	}
	stamp, err := db.codingsStamp(ctx, wave.ID)
	if err != nil {
		return nil, err
	}
	f := db.live.follow(wave.ID)
	f.results.Lock()
	last := f.explorer
	f.results.Unlock()
	if last != nil && last.wave == wave && last.generation == generation && last.change == change && last.codings == stamp {
		return last.explorer, nil
	}
	release, err := newestRelease(ctx, db.read, wave)
	if err != nil {
		return nil, unavailable(err)
	}
	if release == nil {
		return nil, failure.New(failure.Forbidden, "error.query_"+string(analysis.NothingReleased), "k", wave.K)
	}
	breakdown, err := db.divided(ctx, wave)
	if err != nil {
		return nil, err
	}
	options, err := db.known(ctx, wave)
	if err != nil {
		return nil, err
	}
	explorer, err := release.Explore(columns, breakdown, options)
	if err != nil {
		return nil, err
	}
	f.results.Lock()
	f.explorer = &keptExplorer{wave, generation, change, stamp, explorer}
	f.results.Unlock()
	return explorer, nil
}

// known is what an explorer needs to know of a wave beside its release.
func (db *DB) known(ctx context.Context, wave *LiveWave) (options analysis.Options, err error) {
	options.Population, options.Needs = wave.Population, &db.live.follow(wave.ID).needs
	if options.Calculated, err = db.tagged(ctx, wave); err != nil {
		return options, err
	}
	strata, err := db.Strata(ctx, wave.ID)
	for _, one := range strata {
		options.Strata = append(options.Strata, analysis.Stratum{Area: one.Area, InstitutionType: one.InstitutionType, Population: one.Population})
	}
	return options, err
}

// keptExplorer is an explorer and what it was made from.
type keptExplorer struct {
	wave       *LiveWave
	generation int64
	change     uint64
	codings    int64
	explorer   *analysis.Explorer
}
