package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

// WorkingInfo is what lists show of a working copy.
type WorkingInfo struct {
	ID       string
	Area     string // whose it is, "" for all
	SurveyID string
	Revision int64 // grows with every change
	Author   string
	Stored   string // RFC 3339, of the last change
	WorkingSummary
}

// WorkingSummary is what is written down of a working copy's content.
type WorkingSummary struct {
	Title     survey.Text           `json:"title"`
	Audience  string                `json:"audience"`
	Version   string                `json:"version"` // that was fixed last, "" before the first
	Questions int                   `json:"questions"`
	Languages []survey.Completeness `json:"languages"` // the source first
}

// Working is a survey at which somebody works. Its content may be unusable for
// asking: see [survey.Compile].
type Working struct {
	WorkingInfo
	Survey *survey.Survey
	// Step is the place of the content in the history; Undo and Redo tell
	// whether there is one before it and one that was undone.
	Step       int64
	Undo, Redo bool
}

// Workings lists all working copies by their surveys' ids.
func (db *DB) Workings(ctx context.Context) ([]WorkingInfo, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT id, area, survey, revision, author, stored, summary FROM workings ORDER BY survey`)
	if err != nil {
		return nil, unavailable(fmt.Errorf("list working copies: %w", err))
	}
	return collect(rows, func(rows *sql.Rows) (one WorkingInfo, err error) {
		var summary string
		if err = rows.Scan(&one.ID, &one.Area, &one.SurveyID, &one.Revision, &one.Author, &one.Stored, &summary); err != nil {
			return one, err
		}
		return one, json.Unmarshal([]byte(summary), &one.WorkingSummary)
	})
}

const workingColumns = `w.id, w.area, w.survey, w.revision, w.author, w.stored, w.summary, w.step, s.before, s.redo, s.document`

// Working returns a working copy; failure.NotFound.
func (db *DB) Working(ctx context.Context, id string) (*Working, error) {
	return working(ctx, db.read, id)
}

func working(ctx context.Context, q queryer, id string) (*Working, error) {
	w := &Working{}
	var summary string
	var document []byte
	var before, redo int64
	err := q.QueryRowContext(ctx, `SELECT `+workingColumns+` FROM workings w JOIN working_steps s ON s.working = w.id AND s.number = w.step
		WHERE w.id = $1`, id).Scan(&w.ID, &w.Area, &w.SurveyID, &w.Revision, &w.Author, &w.Stored, &summary, &w.Step, &before, &redo, &document)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, unknownWorking()
	}
	if err != nil {
		return nil, unavailable(fmt.Errorf("read working copy: %w", err))
	}
	if err := json.Unmarshal([]byte(summary), &w.WorkingSummary); err != nil {
		return nil, fmt.Errorf("read the summary of working copy %s: %w", id, err)
	}
	w.Undo, w.Redo = before > 0, redo > 0
	w.Survey, err = unpackSurvey(document)
	return w, err
}

func unknownWorking() error { return failure.New(failure.NotFound, "error.unknown_working") }

// AddWorking stores a new working copy that belongs to an area, with its
// pictures and sounds; failure.Conflict when there is one with the survey's id.
func (db *DB) AddWorking(ctx context.Context, actor, area string, s *survey.Survey) (*Working, error) {
	document, err := packSurvey(s)
	if err != nil {
		return nil, err
	}
	w := &Working{Survey: s, Step: 1, WorkingInfo: WorkingInfo{ID: rand.Text(), Area: area, SurveyID: s.ID, Revision: 1,
		Author: actor, Stored: db.stamp(), WorkingSummary: Summarise(s, "")}}
	summary, err := json.Marshal(w.WorkingSummary)
	if err != nil {
		return nil, fmt.Errorf("write the summary of a working copy: %w", err)
	}
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO workings (id, area, survey, summary, revision, step, author, stored)
			VALUES ($1, $2, $3, $4, 1, 1, $5, $6)`, w.ID, area, s.ID, string(summary), actor, w.Stored)
		if taken(err) {
			return failure.New(failure.Conflict, "error.working_exists", "survey", s.ID)
		}
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO working_steps (working, number, before, redo, author, stored, changes, version, document)
			VALUES ($1, 1, 0, 0, $2, $3, '[]', '', $4)`, w.ID, actor, w.Stored, document)
		if err != nil {
			return err
		}
		if err := db.putMedia(ctx, tx, s); err != nil {
			return err
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.WorkingAdded, Subject: s.ID, Area: area})
	})
	if err != nil {
		return nil, unavailable(fmt.Errorf("add working copy: %w", err))
	}
	return w, nil
}

// DeleteWorking deletes a working copy with its whole history. The versions of
// it with which waves were opened stay with the waves. failure.Conflict when it
// was changed since the revision; 0 deletes it however it is.
func (db *DB) DeleteWorking(ctx context.Context, actor, id string, revision int64) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		w, err := db.holdWorking(ctx, tx, id, revision)
		if err != nil {
			return err
		}
		for _, statement := range []string{`DELETE FROM working_steps WHERE working = $1`, `DELETE FROM translation_comments WHERE working = $1`,
			`DELETE FROM translation_sittings WHERE working = $1`, `DELETE FROM workings WHERE id = $1`} {
			if _, err := tx.ExecContext(ctx, statement, id); err != nil {
				return err
			}
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.WorkingDeleted, Subject: w.SurveyID, Area: w.Area})
	}))
}

// holdWorking reads a working copy for changing it: its revision goes up first,
// so that whoever else wants to change it waits for the end of the transaction.
func (db *DB) holdWorking(ctx context.Context, tx *sql.Tx, id string, revision int64) (*Working, error) {
	result, err := tx.ExecContext(ctx, `UPDATE workings SET revision = revision + 1 WHERE id = $1`, id)
	if err != nil {
		return nil, err
	}
	if changed, err := result.RowsAffected(); err != nil || changed == 0 {
		return nil, errors.Join(err, unknownWorking())
	}
	w, err := working(ctx, tx, id)
	if err == nil && revision != 0 && revision != w.Revision-1 {
		err = failure.New(failure.Conflict, "error.working_changed", "author", w.Author, "revision", w.Revision-1)
	}
	return w, err
}

// ChangeWorking reads, changes and stores a working copy in one transaction and
// returns it as it is then. change may be called with what another has stored in
// the meantime if revision is 0, which means: do it to the newest content, for
// it touches nothing that others may have changed. With any other revision than
// the newest, failure.Conflict comes back and nothing is changed.
//
// What was written stays in the history. Changes of one author to the same text
// shortly after each other are one step, so that undoing takes back what
// somebody did and not what was saved between two key strokes. A change that
// changes nothing makes no step.
func (db *DB) ChangeWorking(ctx context.Context, actor, id string, revision int64, change func(*survey.Survey) error) (*Working, error) {
	return db.changeWorking(ctx, actor, id, revision, change, nil)
}

// changeWorking is [DB.ChangeWorking] that leaves it to told, where that is not
// nil, to tell the audit log that something has changed.
func (db *DB) changeWorking(ctx context.Context, actor, id string, revision int64, change func(*survey.Survey) error,
	told func(*sql.Tx, *Working) error) (*Working, error) {
	var w *Working
	err := db.inTx(ctx, func(tx *sql.Tx) (err error) {
		if w, err = db.holdWorking(ctx, tx, id, revision); err != nil {
			return err
		}
		before, err := packSurvey(w.Survey)
		if err != nil {
			return err
		}
		if err := change(w.Survey); err != nil {
			return err
		}
		return db.step(ctx, tx, actor, w, before, told)
	})
	if err != nil {
		return nil, unavailable(fmt.Errorf("change working copy: %w", err))
	}
	return w, nil
}

// sameStep is how long after the last one a change may belong to its step.
const sameStep = 2 * time.Minute

// step writes what became of a working copy into its history.
func (db *DB) step(ctx context.Context, tx *sql.Tx, actor string, w *Working, packed []byte, told func(*sql.Tx, *Working) error) error {
	before, err := unpackSurvey(packed)
	if err != nil {
		return err
	}
	document, err := packSurvey(w.Survey)
	if err != nil {
		return err
	}
	if bytes.Equal(document, packed) {
		return unheld(ctx, tx, w)
	}
	if err := db.putMedia(ctx, tx, w.Survey); err != nil {
		return err
	}
	changes, err := packChanges(survey.Differences(before, w.Survey))
	if err != nil {
		return err
	}
	last, err := presentStep(ctx, tx, w)
	if err != nil {
		return err
	}
	if told != nil {
		err = told(tx, w)
	} else if now := db.stamp(); last.author != actor || last.stored[:len(time.DateOnly)] != now[:len(time.DateOnly)] {
		// One line a day for each who works at it: the history has the rest.
		err = db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.WorkingChanged, Subject: w.SurveyID, Area: w.Area})
	}
	if err != nil {
		return err
	}
	if last.goesOn(actor, changes, db.now()) {
		_, err = tx.ExecContext(ctx, `UPDATE working_steps SET document = $3, stored = $4 WHERE working = $1 AND number = $2`,
			w.ID, w.Step, document, db.stamp())
	} else {
		err = db.insertStep(ctx, tx, actor, w, changes, document)
	}
	if err != nil {
		return err
	}
	w.SurveyID, w.WorkingSummary = w.Survey.ID, Summarise(w.Survey, w.Version)
	w.Undo, w.Redo = true, false
	return db.touch(ctx, tx, actor, w)
}

// unheld lets go of a working copy in which nothing changed: for those who read
// it before, it is as it was.
func unheld(ctx context.Context, tx *sql.Tx, w *Working) error {
	w.Revision--
	_, err := tx.ExecContext(ctx, `UPDATE workings SET revision = $2 WHERE id = $1`, w.ID, w.Revision)
	return err
}

// lastStep is what is known of the step that holds the present content.
type lastStep struct {
	author, stored, changes, version string
	redo                             int64
}

func presentStep(ctx context.Context, tx *sql.Tx, w *Working) (last lastStep, err error) {
	return last, tx.QueryRowContext(ctx, `SELECT author, stored, changes, version, redo FROM working_steps WHERE working = $1 AND number = $2`,
		w.ID, w.Step).Scan(&last.author, &last.stored, &last.changes, &last.version, &last.redo)
}

// goesOn tells whether a change is one with what the step did.
func (l lastStep) goesOn(actor, changes string, now time.Time) bool {
	at, err := time.Parse(time.RFC3339, l.stored)
	recent := err == nil && now.Sub(at).Abs() < sameStep
	return recent && l.author == actor && l.version == "" && l.redo == 0 && l.changes == changes && continuing(changes)
}

// insertStep adds a step after the present one. What was undone before it
// cannot be redone any more.
func (db *DB) insertStep(ctx context.Context, tx *sql.Tx, actor string, w *Working, changes string, document []byte) error {
	var last int64
	if err := tx.QueryRowContext(ctx, `SELECT MAX(number) FROM working_steps WHERE working = $1`, w.ID).Scan(&last); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE working_steps SET redo = 0 WHERE working = $1 AND number = $2`, w.ID, w.Step); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO working_steps (working, number, before, redo, author, stored, changes, version, document)
		VALUES ($1, $2, $3, 0, $4, $5, $6, '', $7)`, w.ID, last+1, w.Step, actor, db.stamp(), changes, document)
	if err != nil {
		return err
	}
	w.Step = last + 1
	return db.thin(ctx, tx, w.ID, w.Step)
}

// mostSteps is how many steps of a working copy can be undone.
const mostSteps = 200

// thin forgets the oldest steps, but none that was fixed as a version.
func (db *DB) thin(ctx context.Context, tx *sql.Tx, id string, step int64) error {
	oldest := step - mostSteps
	if oldest < 1 {
		return nil
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM working_steps WHERE working = $1 AND number < $2 AND version = ''`, id, oldest)
	if err == nil { // nothing leads to what is gone
		_, err = tx.ExecContext(ctx, `UPDATE working_steps SET before = 0 WHERE working = $1 AND before < $2`, id, oldest)
	}
	return err
}

// touch writes down who changed a working copy last, and what lists show.
func (db *DB) touch(ctx context.Context, tx *sql.Tx, actor string, w *Working) error {
	summary, err := json.Marshal(w.WorkingSummary)
	if err != nil {
		return fmt.Errorf("write the summary of a working copy: %w", err)
	}
	w.Author, w.Stored = actor, db.stamp()
	_, err = tx.ExecContext(ctx, `UPDATE workings SET survey = $2, summary = $3, step = $4, author = $5, stored = $6 WHERE id = $1`,
		w.ID, w.SurveyID, string(summary), w.Step, actor, w.Stored)
	if taken(err) {
		return failure.New(failure.Conflict, "error.working_exists", "survey", w.SurveyID)
	}
	return err
}

// Summarise is what lists show of a survey of which a version was fixed under that
// name, "" for none.
func Summarise(s *survey.Survey, version string) WorkingSummary {
	summary := WorkingSummary{Title: s.Title, Audience: s.Audience, Version: version, Languages: s.Completeness()}
	s.Walk(func(node *survey.Node) bool {
		if node.Type.Asked() {
			summary.Questions++
		}
		return true
	})
	return summary
}
