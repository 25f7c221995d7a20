package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

// Step is one state in the history of a working copy.
type Step struct {
	Number  int64
	Author  string
	Stored  string       // RFC 3339
	Changes []StepChange // from the step before, at most [maxChanges] of them
	More    int          // changes that are not listed
	Version string       // the name of the version fixed here, "" for none
	Current bool
}

// StepChange is one thing that a step changed; see [survey.Change].
type StepChange struct {
	Kind      survey.ChangeKind `json:"kind"`
	Name      string            `json:"name,omitempty"`
	What      string            `json:"what,omitempty"`
	Languages []string          `json:"languages,omitempty"`
}

// maxChanges is how many changes a step remembers.
const maxChanges = 8

type packedChanges struct {
	Changes []StepChange `json:"changes"`
	More    int          `json:"more,omitempty"`
}

func packChanges(changes survey.Changes) (string, error) {
	var packed packedChanges
	for _, one := range changes {
		if len(packed.Changes) == maxChanges {
			packed.More++
			continue
		}
		packed.Changes = append(packed.Changes, StepChange{one.Kind, one.Name, one.What, one.Languages})
	}
	text, err := json.Marshal(packed)
	return string(text), err
}

// continuing tells whether a change may be one of a row of the same: somebody
// types at one text.
func continuing(packed string) bool {
	var changes packedChanges
	err := json.Unmarshal([]byte(packed), &changes)
	return err == nil && len(changes.Changes) == 1 && changes.Changes[0].Kind == survey.Reworded
}

// packSurvey writes a survey compressed: the steps of a working copy are many
// and nearly alike.
func packSurvey(s *survey.Survey) ([]byte, error) {
	document, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("write survey: %w", err)
	}
	var out bytes.Buffer
	packer, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err == nil {
		_, err = packer.Write(document)
	}
	if err == nil {
		err = packer.Close()
	}
	return out.Bytes(), err
}

func unpackSurvey(packed []byte) (*survey.Survey, error) {
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	var document []byte
	if err == nil {
		document, err = io.ReadAll(reader)
	}
	s := &survey.Survey{}
	if err == nil {
		err = json.Unmarshal(document, s)
	}
	if err != nil {
		return nil, fmt.Errorf("read a stored survey: %w", err)
	}
	return s, nil
}

// UndoWorking goes back to the content before the last change, RedoWorking
// forward again to one that was undone. failure.Conflict when there is none, or
// somebody changed it since the revision.
func (db *DB) UndoWorking(ctx context.Context, actor, id string, revision int64) (*Working, error) {
	return db.travel(ctx, actor, id, revision, false)
}

// RedoWorking is the way back from [DB.UndoWorking].
func (db *DB) RedoWorking(ctx context.Context, actor, id string, revision int64) (*Working, error) {
	return db.travel(ctx, actor, id, revision, true)
}

func (db *DB) travel(ctx context.Context, actor, id string, revision int64, forward bool) (*Working, error) {
	var w *Working
	err := db.inTx(ctx, func(tx *sql.Tx) (err error) {
		if w, err = db.holdWorking(ctx, tx, id, revision); err != nil {
			return err
		}
		var before, redo int64
		err = tx.QueryRowContext(ctx, `SELECT before, redo FROM working_steps WHERE working = $1 AND number = $2`, id, w.Step).Scan(&before, &redo)
		if err != nil {
			return err
		}
		from, to := w.Step, before
		if forward {
			to = redo
		}
		if to == 0 {
			return failure.New(failure.Conflict, "error.nothing_to_undo")
		}
		if !forward {
			if _, err := tx.ExecContext(ctx, `UPDATE working_steps SET redo = $3 WHERE working = $1 AND number = $2`, id, to, from); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE workings SET step = $2 WHERE id = $1`, id, to); err != nil {
			return err
		}
		version := w.Version
		if w, err = working(ctx, tx, id); err != nil {
			return err
		}
		w.SurveyID, w.WorkingSummary = w.Survey.ID, Summarise(w.Survey, version)
		return db.touch(ctx, tx, actor, w)
	})
	if err != nil {
		return nil, unavailable(fmt.Errorf("travel in the history of a working copy: %w", err))
	}
	return w, nil
}

// WorkingSteps returns the newest steps of a working copy before a number (0:
// from the newest on), at most limit.
func (db *DB) WorkingSteps(ctx context.Context, id string, before int64, limit int) ([]Step, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT s.number, s.author, s.stored, s.changes, s.version, s.number = w.step
		FROM working_steps s JOIN workings w ON w.id = s.working
		WHERE s.working = $1 AND ($2 = 0 OR s.number < $2) ORDER BY s.number DESC LIMIT $3`, id, before, limit)
	if err != nil {
		return nil, unavailable(fmt.Errorf("list steps: %w", err))
	}
	return collect(rows, scanStep)
}

func scanStep(rows *sql.Rows) (one Step, err error) {
	var packed string
	if err := rows.Scan(&one.Number, &one.Author, &one.Stored, &packed, &one.Version, &one.Current); err != nil {
		return one, err
	}
	if packed == "[]" { // of the first step
		return one, nil
	}
	var changes packedChanges
	err = json.Unmarshal([]byte(packed), &changes)
	one.Changes, one.More = changes.Changes, changes.More
	return one, err
}

// WorkingStep returns the content that a working copy had at a step;
// failure.NotFound.
func (db *DB) WorkingStep(ctx context.Context, id string, number int64) (*survey.Survey, error) {
	var packed []byte
	err := db.read.QueryRowContext(ctx, `SELECT document FROM working_steps WHERE working = $1 AND number = $2`, id, number).Scan(&packed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, failure.New(failure.NotFound, "error.unknown_step")
	}
	if err != nil {
		return nil, unavailable(fmt.Errorf("read a step: %w", err))
	}
	return unpackSurvey(packed)
}

// FixWorking makes the present content of a working copy a version that waves
// can be opened with: it is stored among the imported surveys under the name
// that the survey's Version gives it. failure.Findings when it is unusable,
// failure.Conflict when it was changed since the revision.
func (db *DB) FixWorking(ctx context.Context, actor, id string, revision int64) (*survey.Version, error) {
	var version *survey.Version
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		w, err := db.holdWorking(ctx, tx, id, revision)
		if err != nil {
			return err
		}
		var findings failure.Findings
		if version, findings = survey.Compile(w.Survey); version == nil {
			return findings
		}
		if err := db.putSurvey(ctx, tx, version, true); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE working_steps SET version = $3 WHERE working = $1 AND number = $2`, id, w.Step, version.Version)
		if err != nil {
			return err
		}
		w.Version, w.Revision = version.Version, w.Revision-1
		summary, err := json.Marshal(w.WorkingSummary)
		if err != nil {
			return err
		}
		// The content stays as it was, and with it the revision.
		_, err = tx.ExecContext(ctx, `UPDATE workings SET revision = $2, summary = $3 WHERE id = $1`, id, w.Revision, string(summary))
		if err != nil {
			return err
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.WorkingFixed, Subject: w.SurveyID, Area: w.Area,
			Effect: version.Version + " " + version.Hash[:16]})
	})
	var findings failure.Findings
	if errors.As(err, &findings) {
		return nil, findings
	}
	return version, unavailable(err)
}
