package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/failure"
)

// AnyIndicators is the revision of changes that do not depend on what their author
// saw.
const AnyIndicators int64 = anyRevision

// Figure is a value with the key of its indicator.
type Figure struct {
	Indicator string
	baseline.Value
}

const (
	figureWidth   = 10
	figuresAtOnce = 256
)

// PutFigures stores values, all or none, in place of those of the same indicator,
// area and period, and the source that they come from, whose id it makes; entry
// goes into the audit log. failure.Conflict when the indicators are no longer of
// that revision ([AnyIndicators] for any), failure.NotFound when one is unknown,
// failure.Invalid when a value cannot be one of its indicator.
func (db *DB) PutFigures(ctx context.Context, entry account.Entry, revision int64, source baseline.Source, figures []Figure) error {
	source.ID = rand.Text()
	source.Imported = db.now().Format(time.DateOnly)
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		if err := advance(ctx, tx, indicatorsRevision, revision); err != nil {
			return err
		}
		if err := checkFigures(ctx, tx, figures); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO indicator_sources (id, title, publisher, day, licence, file, sha256, imported)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, source.ID, source.Title, source.Publisher, source.Day, source.Licence, source.File, source.SHA256, source.Imported)
		if err != nil {
			return fmt.Errorf("store source: %w", err)
		}
		if err := putFigures(ctx, tx, source.ID, figures); err != nil {
			return err
		}
		return db.audit(ctx, tx, entry)
	}))
}

// checkFigures looks each indicator up once.
func checkFigures(ctx context.Context, tx *sql.Tx, figures []Figure) error {
	known := map[string]baseline.Indicator{}
	for _, one := range figures {
		of, seen := known[one.Indicator]
		if !seen {
			var err error
			if of, err = indicator(ctx, tx, one.Indicator); err != nil {
				return err
			}
			known[one.Indicator] = of
		}
		if err := baseline.CheckValue(of.Unit, one.Value); err != nil {
			return err
		}
	}
	return nil
}

func putFigures(ctx context.Context, tx *sql.Tx, source string, figures []Figure) error {
	for _, n := range portions(len(figures), figuresAtOnce) {
		arguments := make([]any, 0, n*figureWidth)
		for _, one := range figures[:n] {
			arguments = append(arguments, one.Indicator, one.Area, one.Period, one.Day, one.Value.Value,
				one.Numerator, one.Denominator, one.Low, one.High, source)
		}
		if _, err := tx.ExecContext(ctx, putFiguresQuery(n), arguments...); err != nil {
			return fmt.Errorf("store figures: %w", err)
		}
		figures = figures[n:]
	}
	return nil
}

// putFiguresQuery stores so many figures at once.
func putFiguresQuery(rows int) string {
	return `INSERT INTO indicator_values (indicator, area, period, day, value, numerator, denominator, low, high, source)
		VALUES ` + tuples(rows, figureWidth) + `
		ON CONFLICT (indicator, area, period) DO UPDATE SET day = excluded.day, value = excluded.value, numerator = excluded.numerator,
			denominator = excluded.denominator, low = excluded.low, high = excluded.high, source = excluded.source`
}

// RemoveFigure takes one value away; failure.NotFound.
func (db *DB) RemoveFigure(ctx context.Context, actor, key, area, period string) error {
	return db.changeIndicators(ctx, account.Entry{Actor: actor, Action: account.FigureRemoved, Subject: key, Area: area, Effect: period},
		"error.unknown_figure", `DELETE FROM indicator_values WHERE indicator = $1 AND area = $2 AND period = $3`, key, area, period)
}

// SetTarget fixes a target. failure.NotFound when there is no such indicator,
// failure.Invalid when it cannot have it, failure.Conflict when one for that area
// and day is fixed already.
func (db *DB) SetTarget(ctx context.Context, actor, key string, one baseline.Target) error {
	one.Set = db.now().Format(time.DateOnly)
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		if err := advance(ctx, tx, indicatorsRevision, anyRevision); err != nil {
			return err
		}
		of, err := indicator(ctx, tx, key)
		if err != nil {
			return err
		}
		if err := one.Check(of); err != nil {
			return err
		}
		added, err := affected(tx.ExecContext(ctx, `INSERT INTO indicator_targets (indicator, area, due, goal, baseline, baseline_day, note, set_on)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (indicator, area, due) DO NOTHING`,
			key, one.Area, one.Due, one.Goal, one.Baseline, one.BaselineDay, one.Note, one.Set))
		if err != nil {
			return fmt.Errorf("store target: %w", err)
		}
		if added == 0 {
			return failure.New(failure.Conflict, "indicators.problem.target_taken")
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.TargetSet, Subject: key, Area: one.Area,
			Effect: account.Effect("from", one.Baseline, "on", one.BaselineDay, "to", one.Goal, "by", one.Due)})
	}))
}

// RemoveTarget takes a target away; failure.NotFound.
func (db *DB) RemoveTarget(ctx context.Context, actor, key, area, due string) error {
	return db.changeIndicators(ctx, account.Entry{Actor: actor, Action: account.TargetRemoved, Subject: key, Area: area, Effect: account.Effect("by", due)},
		"error.unknown_target", `DELETE FROM indicator_targets WHERE indicator = $1 AND area = $2 AND due = $3`, key, area, due)
}

// changeIndicators does one thing to one row; missing is the key of the failure
// when there is no such.
func (db *DB) changeIndicators(ctx context.Context, entry account.Entry, missing, statement string, arguments ...any) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		if err := advance(ctx, tx, indicatorsRevision, anyRevision); err != nil {
			return err
		}
		done, err := affected(tx.ExecContext(ctx, statement, arguments...))
		if err != nil {
			return err
		}
		if done == 0 {
			return failure.New(failure.NotFound, missing)
		}
		return db.audit(ctx, tx, entry)
	}))
}

func isNone(err error) bool { return errors.Is(err, sql.ErrNoRows) }
