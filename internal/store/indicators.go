package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
)

const indicatorColumns = `id, label_de, label_en, unit, field, direction, source, note, age_from, age_to, public, revision`

// indicatorsRead is what was last read of the indicators. Every change raises their
// revision within its transaction, in whichever process, so that of one revision
// everything is read once.
type indicatorsRead struct {
	mu       sync.Mutex
	known    bool
	revision int64
	series   []baseline.Series
	sources  map[string]baseline.Source
}

// Indicators returns all indicators with their values, targets and sources, in
// four queries however many there are, and in one when nothing has changed since
// the last time. What may not be shown is hidden in them. Sources are shared and
// must not be changed.
func (db *DB) Indicators(ctx context.Context, areas *catalogue.Areas) (*baseline.Book, error) {
	// The revision first: what changes in between makes it too old, not too new.
	revision, err := revisionOf(ctx, db.read, indicatorsRevision)
	if err != nil {
		return nil, unavailable(err)
	}
	last := &db.measured
	last.mu.Lock()
	defer last.mu.Unlock()
	if !last.known || last.revision != revision {
		last.known = false
		if last.series, last.sources, err = readIndicators(ctx, db.read); err != nil {
			return nil, unavailable(err)
		}
		last.known, last.revision = true, revision
	}
	return baseline.NewBook(areas, last.series, last.sources, revision), nil
}

func readIndicators(ctx context.Context, q queryer) ([]baseline.Series, map[string]baseline.Source, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+indicatorColumns+` FROM indicators ORDER BY field, id`)
	if err != nil {
		return nil, nil, fmt.Errorf("list indicators: %w", err)
	}
	series, err := collect(rows, func(rows *sql.Rows) (one baseline.Series, err error) {
		one.Indicator, err = scanIndicator(rows)
		return one, err
	})
	if err != nil {
		return nil, nil, err
	}
	place := make(map[string]int, len(series))
	for at, one := range series {
		place[one.Key] = at
	}
	if err := readValues(ctx, q, series, place); err != nil {
		return nil, nil, err
	}
	if err := readTargets(ctx, q, series, place); err != nil {
		return nil, nil, err
	}
	sources, err := readSources(ctx, q)
	return series, sources, err
}

func scanIndicator(row scanner) (one baseline.Indicator, err error) {
	var german, english string
	var ages baseline.Ages
	err = row.Scan(&one.Key, &german, &english, &one.Unit, &one.Field, &one.Direction, &one.Source, &one.Note, &ages.From, &ages.To, &one.Public, &one.Revision)
	one.Label = map[string]string{"de": german, "en": english}
	if ages.To >= 0 {
		one.Age = &ages
	}
	return one, err
}

func readValues(ctx context.Context, q queryer, series []baseline.Series, place map[string]int) error {
	rows, err := q.QueryContext(ctx, `SELECT indicator, area, period, day, value, numerator, denominator, low, high, source
		FROM indicator_values ORDER BY indicator, day, period, area`)
	if err != nil {
		return fmt.Errorf("list figures: %w", err)
	}
	_, err = collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		key, v := "", baseline.Value{}
		err = rows.Scan(&key, &v.Area, &v.Period, &v.Day, &v.Value, &v.Numerator, &v.Denominator, &v.Low, &v.High, &v.Source)
		if at, known := place[key]; known {
			series[at].Values = append(series[at].Values, v)
		}
		return none, err
	})
	return err
}

func readTargets(ctx context.Context, q queryer, series []baseline.Series, place map[string]int) error {
	rows, err := q.QueryContext(ctx, `SELECT indicator, area, due, goal, baseline, baseline_day, note, set_on
		FROM indicator_targets ORDER BY indicator, area, due`)
	if err != nil {
		return fmt.Errorf("list targets: %w", err)
	}
	_, err = collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		key, one := "", baseline.Target{}
		err = rows.Scan(&key, &one.Area, &one.Due, &one.Goal, &one.Baseline, &one.BaselineDay, &one.Note, &one.Set)
		if at, known := place[key]; known {
			series[at].Targets = append(series[at].Targets, one)
		}
		return none, err
	})
	return err
}

func readSources(ctx context.Context, q queryer) (map[string]baseline.Source, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, title, publisher, day, licence, file, sha256, imported FROM indicator_sources ORDER BY imported, id`)
	if err != nil {
		return nil, fmt.Errorf("list sources: %w", err)
	}
	list, err := collect(rows, func(rows *sql.Rows) (one baseline.Source, err error) {
		return one, rows.Scan(&one.ID, &one.Title, &one.Publisher, &one.Day, &one.Licence, &one.File, &one.SHA256, &one.Imported)
	})
	sources := make(map[string]baseline.Source, len(list))
	for _, one := range list {
		sources[one.ID] = one
	}
	return sources, err
}

// SaveIndicator adds an indicator, or changes it where its revision is not 0.
// failure.Invalid when it contradicts itself, its key is taken, or its unit or
// direction changes while figures or targets rest on it; failure.Conflict when
// somebody else has changed or removed it.
func (db *DB) SaveIndicator(ctx context.Context, actor string, one baseline.Indicator) error {
	if err := one.Check(); err != nil {
		return err
	}
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		if err := advance(ctx, tx, indicatorsRevision, anyRevision); err != nil {
			return err
		}
		if err := mayChange(ctx, tx, one); err != nil {
			return err
		}
		entry := account.Entry{Actor: actor, Action: account.IndicatorAdded, Subject: one.Key,
			Effect: account.Effect("label", one.Name("de"), "unit", string(one.Unit), "field", one.Field, "direction", string(one.Direction), "public", one.Public)}
		if one.Revision > 0 {
			entry.Action = account.IndicatorChanged
		}
		ages := baseline.Ages{To: -1}
		if one.Age != nil {
			ages = *one.Age
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO indicators (`+indicatorColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
			ON CONFLICT (id) DO UPDATE SET label_de = excluded.label_de, label_en = excluded.label_en, unit = excluded.unit, field = excluded.field,
				direction = excluded.direction, source = excluded.source, note = excluded.note, age_from = excluded.age_from, age_to = excluded.age_to,
				public = excluded.public, revision = excluded.revision`,
			one.Key, one.Label["de"], one.Label["en"], string(one.Unit), one.Field, string(one.Direction), one.Source, one.Note,
			ages.From, ages.To, one.Public, one.Revision+1)
		if err != nil {
			return fmt.Errorf("store indicator: %w", err)
		}
		return db.audit(ctx, tx, entry)
	}))
}

// mayChange refuses what would give figures and targets another meaning.
func mayChange(ctx context.Context, tx *sql.Tx, one baseline.Indicator) error {
	stored, err := indicator(ctx, tx, one.Key)
	if failure.CodeOf(err) == failure.NotFound && one.Revision == 0 {
		return nil
	}
	switch {
	case failure.CodeOf(err) == failure.NotFound:
		return failure.New(failure.Conflict, "error.changed_meanwhile")
	case err != nil:
		return err
	case one.Revision == 0:
		return failure.New(failure.Invalid, "indicators.problem.key_taken")
	case one.Revision != stored.Revision:
		return failure.New(failure.Conflict, "error.changed_meanwhile")
	}
	figures, targets, err := indicatorUse(ctx, tx, one.Key)
	switch {
	case err != nil:
		return err
	case figures+targets > 0 && one.Unit != stored.Unit:
		return failure.New(failure.Invalid, "indicators.problem.unit_used")
	case targets > 0 && one.Direction != stored.Direction:
		return failure.New(failure.Invalid, "indicators.problem.direction_used")
	}
	return nil
}

func indicator(ctx context.Context, q queryer, key string) (baseline.Indicator, error) {
	one, err := scanIndicator(q.QueryRowContext(ctx, `SELECT `+indicatorColumns+` FROM indicators WHERE id = $1`, key))
	if isNone(err) {
		return one, failure.New(failure.NotFound, "error.unknown_indicator", "key", key)
	}
	return one, err
}

// indicatorUse counts the figures and targets of an indicator.
func indicatorUse(ctx context.Context, q queryer, key string) (figures, targets int, err error) {
	err = q.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM indicator_values WHERE indicator = $1),
		(SELECT COUNT(*) FROM indicator_targets WHERE indicator = $1)`, key).Scan(&figures, &targets)
	return figures, targets, err
}

// RemoveIndicator takes an indicator away with its figures and targets.
// failure.NotFound; failure.Conflict when the indicators are no longer of that
// revision, so that nothing goes that its remover has not seen.
func (db *DB) RemoveIndicator(ctx context.Context, actor string, revision int64, key string) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		if err := advance(ctx, tx, indicatorsRevision, revision); err != nil {
			return err
		}
		figures, targets, err := indicatorUse(ctx, tx, key)
		if err != nil {
			return err
		}
		gone, err := affected(tx.ExecContext(ctx, `DELETE FROM indicators WHERE id = $1`, key))
		if err != nil {
			return err
		}
		if gone == 0 {
			return failure.New(failure.NotFound, "error.unknown_indicator", "key", key)
		}
		for _, statement := range []string{`DELETE FROM indicator_values WHERE indicator = $1`, `DELETE FROM indicator_targets WHERE indicator = $1`} {
			if _, err := tx.ExecContext(ctx, statement, key); err != nil {
				return err
			}
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.IndicatorRemoved, Subject: key,
			Effect: account.Effect("figures", figures, "targets", targets)})
	}))
}
