package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/survey"
)

// ChangeWave changes a wave's settings in one step: change gets the settings as
// they are stored and may set what the wave's state lets change
// ([fieldwork.Wave.Change]). The version is the survey's from then on, nil to
// leave it. revision is that of the settings that the person saw.
//
// It fails with NotFound, with Conflict when somebody else was quicker, the
// state holds a setting fast or the slug is taken, and with what change returns.
func (db *DB) ChangeWave(ctx context.Context, actor, slug string, revision int, v *survey.Version, change func(*fieldwork.Wave) error) error {
	return db.alterWave(ctx, slug, func(tx *sql.Tx, wave *LiveWave) (account.Entry, error) {
		entry := account.Entry{Actor: actor, Action: account.WaveChanged, Subject: wave.Slug, Area: wave.Area}
		if wave.Revision != revision {
			return entry, failure.New(failure.Conflict, "error.wave_changed_meanwhile", "slug", slug)
		}
		next := wave.Wave
		if v != nil {
			next.SurveyID, next.SurveyHash = v.ID, v.Hash
		}
		if err := change(&next); err != nil {
			return entry, err
		}
		next.ID, next.State, next.Closed, next.Release, next.Sample = wave.ID, wave.State, wave.Closed, wave.Release, wave.Sample
		differences, err := wave.Change(&next, db.Today())
		if err != nil || len(differences) == 0 {
			return entry, err
		}
		if v != nil {
			if err := db.putSurvey(ctx, tx, v, false); err != nil {
				return entry, err
			}
		}
		texts := make([]string, len(differences))
		for i, one := range differences {
			texts[i] = one.String()
		}
		entry.Effect = strings.Join(texts, "; ")
		wave.Wave = next
		return entry, db.writeWave(ctx, tx, wave)
	})
}

// MoveWave opens a prepared or paused wave, or pauses an open one; Conflict when
// its state does not let it. Closing is [DB.CloseWave].
func (db *DB) MoveWave(ctx context.Context, actor, slug string, to fieldwork.State) error {
	return db.alterWave(ctx, slug, func(tx *sql.Tx, wave *LiveWave) (account.Entry, error) {
		entry := account.Entry{Actor: actor, Action: account.WavePaused, Subject: wave.Slug, Area: wave.Area}
		switch {
		case to == fieldwork.Open && wave.State == fieldwork.Paused:
			entry.Action = account.WaveResumed
		case to == fieldwork.Open:
			entry.Action = account.WaveOpened
		}
		if err := wave.Move(to, db.Today()); err != nil {
			return entry, err
		}
		if entry.Action == account.WaveOpened {
			entry.Effect = account.Effect("survey", wave.SurveyID, "sha256", wave.SurveyHash, "opened", wave.Opened, "until", wave.Until, "k", wave.K)
		}
		return entry, db.writeWave(ctx, tx, wave)
	})
}

// alterWave reads a wave for writing, lets work change it and writes the entry
// into the audit log, all or nothing. An entry without effect after no change of
// the row is not written.
func (db *DB) alterWave(ctx context.Context, slug string, work func(*sql.Tx, *LiveWave) (account.Entry, error)) error {
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		wave, err := lockedWave(ctx, tx, slug)
		if err != nil {
			return err
		}
		before := wave.Wave
		entry, err := work(tx, wave)
		if err != nil || sameWave(&before, &wave.Wave) {
			return err
		}
		return db.audit(ctx, tx, entry)
	})
	db.forget(slug)
	return unavailable(err)
}

// lockedWave reads a wave while other writers of it wait; failure.NotFound.
func lockedWave(ctx context.Context, tx *sql.Tx, slug string) (*LiveWave, error) {
	if _, err := tx.ExecContext(ctx, `UPDATE waves SET change = change WHERE slug = $1`, slug); err != nil {
		return nil, fmt.Errorf("lock wave: %w", err)
	}
	wave, err := scanWave(tx.QueryRowContext(ctx, `SELECT `+waveColumns+` FROM waves WHERE slug = $1`, slug))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, failure.New(failure.NotFound, "error.unknown_wave", "slug", slug)
	}
	return wave, err
}

// writeWave writes the wave's row anew, under the next revision.
func (db *DB) writeWave(ctx context.Context, tx *sql.Tx, wave *LiveWave) error {
	wave.Revision++
	values := wave.values()
	_, err := tx.ExecContext(ctx, waveUpdate(len(values)), values...)
	if taken(err) {
		return failure.New(failure.Conflict, "error.slug_taken", "slug", wave.Slug)
	}
	return err
}

// DiscardWave deletes a wave that was never opened, with its codes and strata;
// Conflict when it was.
func (db *DB) DiscardWave(ctx context.Context, actor, slug string) error {
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		wave, err := lockedWave(ctx, tx, slug)
		if err != nil {
			return err
		}
		if wave.State != fieldwork.Prepared {
			return failure.New(failure.Conflict, "error.was_opened", "slug", slug)
		}
		for _, statement := range []string{
			`DELETE FROM codes WHERE wave_id = $1`, `DELETE FROM strata WHERE wave_id = $1`, `DELETE FROM coding_tags WHERE wave_id = $1`, `DELETE FROM variables WHERE wave_id = $1`, `DELETE FROM waves WHERE id = $1`,
		} {
			if _, err := tx.ExecContext(ctx, statement, wave.ID); err != nil {
				return fmt.Errorf("discard wave: %w", err)
			}
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.WaveDiscarded, Subject: slug, Area: wave.Area})
	})
	db.forget(slug)
	return unavailable(err)
}
