package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

// SurveyInfo is one line of the list of stored surveys.
type SurveyInfo struct {
	ID, Version, Hash, Stored string
}

// PutSurvey stores a survey's content with its pictures and sounds; the same content again changes nothing.
// imported says that a person brought it, as opposed to a wave that opened
// with a survey of the library; only then actor stands in the audit log for it.
func (db *DB) PutSurvey(ctx context.Context, actor string, v *survey.Version, imported bool) error {
	return db.inTx(ctx, func(tx *sql.Tx) error {
		if err := db.putSurvey(ctx, tx, v, imported); err != nil || !imported {
			return err
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.SurveyImported, Subject: v.ID,
			Effect: account.Effect("version", v.Version, "sha256", v.Hash)})
	})
}

func (db *DB) putSurvey(ctx context.Context, tx *sql.Tx, v *survey.Version, imported bool) error {
	document, err := json.Marshal(v.Survey)
	if err != nil {
		return fmt.Errorf("write survey: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO surveys (id, hash, version, document, imported, stored) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id, hash) DO UPDATE
		SET imported = surveys.imported OR excluded.imported,
		    stored = CASE WHEN excluded.imported THEN excluded.stored ELSE surveys.stored END`,
		v.ID, v.Hash, v.Version, string(document), imported, db.stamp())
	if err != nil {
		return unavailable(fmt.Errorf("store survey: %w", err))
	}
	return db.putMedia(ctx, tx, v.Survey)
}

// Heading is what a list of surveys to choose from shows of one: its newest
// imported content without its questions.
type Heading struct {
	ID, Version, Hash, Audience string
	Title                       survey.Text
	Languages                   []string // the source first
}

// Headings lists the imported surveys by their ids. What is read of a content is
// kept: it never changes.
func (db *DB) Headings(ctx context.Context) ([]Heading, error) {
	all, err := db.Surveys(ctx)
	if err != nil {
		return nil, err
	}
	// The newest content of each comes first.
	newest := slices.CompactFunc(all, func(a, b SurveyInfo) bool { return a.ID == b.ID })
	headings := make([]Heading, len(newest))
	for at, one := range newest {
		if headings[at], err = db.heading(ctx, one); err != nil {
			return nil, err
		}
	}
	return headings, nil
}

func (db *DB) heading(ctx context.Context, one SurveyInfo) (Heading, error) {
	key := [2]string{one.ID, one.Hash}
	db.live.mu.Lock()
	known, ok := db.live.headings[key]
	db.live.mu.Unlock()
	if ok {
		return known, nil
	}
	var document string
	if err := db.read.QueryRowContext(ctx, `SELECT document FROM surveys WHERE id = $1 AND hash = $2`, one.ID, one.Hash).Scan(&document); err != nil {
		return Heading{}, unavailable(fmt.Errorf("read survey: %w", err))
	}
	s := &survey.Survey{}
	if err := json.Unmarshal([]byte(document), s); err != nil {
		return Heading{}, fmt.Errorf("read stored survey %s: %w", one.ID, err)
	}
	known = Heading{one.ID, one.Version, one.Hash, s.Audience, s.Title, s.Languages}
	db.live.mu.Lock()
	defer db.live.mu.Unlock()
	if db.live.headings == nil {
		db.live.headings = map[[2]string]Heading{}
	}
	db.live.headings[key] = known
	return known, nil
}

// Survey returns the newest imported content of a survey; failure.NotFound
// when none was imported.
func (db *DB) Survey(ctx context.Context, id string) (*survey.Version, error) {
	var document string
	err := db.read.QueryRowContext(ctx, `
		SELECT document FROM surveys WHERE id = $1 AND imported ORDER BY stored DESC, hash LIMIT 1`, id).Scan(&document)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, failure.New(failure.NotFound, "error.unknown_survey", "survey", id)
	}
	if err != nil {
		return nil, unavailable(fmt.Errorf("read survey: %w", err))
	}
	return compile([]byte(document))
}

// Answered is a content of a survey that was answered, with the latest wave
// that was opened with it.
type Answered struct {
	Slug    string
	Version *survey.Version
}

// AnsweredSurveys returns every content of a survey that has responses, or
// figures that outlived them, the one of the latest wave first. These contents
// never change: they are stored under their hash.
func (db *DB) AnsweredSurveys(ctx context.Context, id string) ([]Answered, error) {
	rows, err := db.read.QueryContext(ctx, `
		SELECT surveys.hash, waves.slug, surveys.document FROM waves
		JOIN surveys ON surveys.id = waves.survey_id AND surveys.hash = waves.survey_hash
		WHERE waves.survey_id = $1
		AND (waves.release > 0 OR EXISTS (SELECT 1 FROM responses WHERE responses.wave_id = waves.id))
		ORDER BY waves.opened DESC, waves.slug`, id)
	if err != nil {
		return nil, unavailable(fmt.Errorf("list answered surveys: %w", err))
	}
	seen := map[string]bool{}
	all, err := collect(rows, func(rows *sql.Rows) (one Answered, err error) {
		var hash, document string
		if err := rows.Scan(&hash, &one.Slug, &document); err != nil || seen[hash] {
			return one, err
		}
		seen[hash] = true
		one.Version, err = compile([]byte(document))
		return one, err
	})
	return slices.DeleteFunc(all, func(one Answered) bool { return one.Version == nil }), err
}

// Surveys lists all contents of the imported surveys, the newest of each first.
func (db *DB) Surveys(ctx context.Context) ([]SurveyInfo, error) {
	rows, err := db.read.QueryContext(ctx, `
		SELECT id, version, hash, stored FROM surveys WHERE imported ORDER BY id, stored DESC, hash`)
	if err != nil {
		return nil, unavailable(fmt.Errorf("list surveys: %w", err))
	}
	return collect(rows, func(rows *sql.Rows) (one SurveyInfo, err error) {
		err = rows.Scan(&one.ID, &one.Version, &one.Hash, &one.Stored)
		return one, err
	})
}

func compile(document []byte) (*survey.Version, error) {
	s := &survey.Survey{}
	if err := json.Unmarshal(document, s); err != nil {
		return nil, fmt.Errorf("read stored survey: %w", err)
	}
	v, findings := survey.Compile(s)
	if v == nil {
		return nil, fmt.Errorf("compile stored survey %s: %w", s.ID, findings)
	}
	return v, nil
}

// collect reads all rows and closes them.
func collect[T any](rows *sql.Rows, scan func(*sql.Rows) (T, error)) ([]T, error) {
	defer func() { _ = rows.Close() }() // errors of reading come from Err
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, unavailable(err)
		}
		all = append(all, one)
	}
	return all, unavailable(rows.Err())
}
