package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
)

// Variable is a calculated variable as it is stored.
type Variable struct {
	analysis.Variable
	Revision int // rises with every change

	wave, stored string // the wave's id, and all of it in one text
}

const variableColumns = `wave_id, name, label_de, label_en, definition, revision`

func scanVariable(rows *sql.Rows) (v Variable, err error) {
	var german, english, definition string
	if err := rows.Scan(&v.wave, &v.Name, &german, &english, &definition, &v.Revision); err != nil {
		return v, err
	}
	v.Label = map[string]string{"de": german, "en": english}
	v.stored = fmt.Sprintf("%q %q %q %q %d\n", v.Name, german, english, definition, v.Revision)
	if err := json.Unmarshal([]byte(definition), &v.Definition); err != nil {
		return v, fmt.Errorf("read variable %s: %w", v.Name, err)
	}
	return v, nil
}

// Variables lists the calculated variables of a wave by name.
func (db *DB) Variables(ctx context.Context, waveID string) ([]Variable, error) {
	all, err := variables(ctx, db.read, waveID)
	return all, unavailable(err)
}

func variables(ctx context.Context, q queryer, waveID string) ([]Variable, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+variableColumns+` FROM variables WHERE wave_id = $1 ORDER BY name`, waveID)
	if err != nil {
		return nil, fmt.Errorf("read variables: %w", err)
	}
	return collect(rows, scanVariable)
}

// allVariables are those of all waves, by the wave's id.
func allVariables(ctx context.Context, q queryer) (map[string][]Variable, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+variableColumns+` FROM variables ORDER BY wave_id, name`)
	if err != nil {
		return nil, fmt.Errorf("read variables: %w", err)
	}
	all, err := collect(rows, scanVariable)
	of := map[string][]Variable{}
	for _, v := range all {
		of[v.wave] = append(of[v.wave], v)
	}
	return of, err
}

// calculate gives the wave its calculated variables.
func (w *LiveWave) calculate(all []Variable) {
	var defined []analysis.Variable
	w.variables = ""
	for _, v := range all {
		defined = append(defined, v.Variable)
		w.variables += v.stored
	}
	w.Calculated = w.Schema.Calculate(defined)
}

// SaveVariable adds a calculated variable to a wave, or, where seen is not 0,
// changes the one of its name that had that revision. failure.Invalid when it
// does not fit the survey, or there are too many ([analysis.Schema.CheckVariable]);
// failure.Conflict when somebody has changed or removed it.
func (db *DB) SaveVariable(ctx context.Context, actor string, wave *LiveWave, seen int, v analysis.Variable) error {
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		if err := lockWave(ctx, tx, wave.ID); err != nil {
			return err
		}
		stored, err := variables(ctx, tx, wave.ID)
		if err != nil {
			return err
		}
		var others []analysis.Variable
		revision := 0
		for _, one := range stored {
			if one.Name == v.Name {
				revision = one.Revision
			}
			if one.Name != v.Name || seen == 0 {
				others = append(others, one.Variable)
			}
		}
		if seen != 0 && revision != seen {
			return failure.New(failure.Conflict, "error.variable_overtaken", "name", v.Name)
		}
		if err := wave.Schema.CheckVariable(v, others); err != nil {
			return err
		}
		if err := putVariable(ctx, tx, wave.ID, revision+1, v); err != nil {
			return err
		}
		if err := db.spendCuts(ctx, tx, wave.ID, v.Source); err != nil {
			return err
		}
		action := account.VariableAdded
		if seen != 0 {
			action = account.VariableChanged
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: action, Subject: wave.Slug, Area: wave.Area,
			Effect: account.Effect("variable", v.Name, "kind", string(v.Kind), "of", v.Source, "parts", v.Cut())})
	})
	db.forget(wave.Slug)
	return unavailable(err)
}

func putVariable(ctx context.Context, tx *sql.Tx, waveID string, revision int, v analysis.Variable) error {
	definition, err := json.Marshal(v.Definition)
	if err != nil {
		return fmt.Errorf("write variable: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO variables (wave_id, name, label_de, label_en, definition, source, cut, revision)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (wave_id, name) DO UPDATE SET label_de = excluded.label_de, label_en = excluded.label_en,
			definition = excluded.definition, source = excluded.source, cut = excluded.cut, revision = excluded.revision`,
		waveID, v.Name, v.Label["de"], v.Label["en"], string(definition), v.Source, v.Cut(), revision)
	return err
}

// spendCuts notes into which parts the variables of a wave divide its
// respondents, once there are figures of groups. It refuses more ways to divide
// those of one question than [analysis.MaxCuts]: figures that are changed at
// random could be averaged over many of them, whether they are shown at once or
// one after the other. Source is the question to look at, "" for none.
func (db *DB) spendCuts(ctx context.Context, tx *sql.Tx, waveID, source string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO variable_cuts (wave_id, source, cut)
		SELECT DISTINCT v.wave_id, v.source, v.cut FROM variables v JOIN waves w ON w.id = v.wave_id
		WHERE v.wave_id = $1 AND v.cut <> '' AND (w.release > 0 OR w.state = $2)
		ON CONFLICT (wave_id, source, cut) DO NOTHING`, waveID, string(fieldwork.Closed))
	if err != nil {
		return fmt.Errorf("note parts: %w", err)
	}
	var count int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM variable_cuts WHERE wave_id = $1 AND source = $2`, waveID, source).Scan(&count); err != nil {
		return err
	}
	if count > analysis.MaxCuts && source != "" {
		return failure.New(failure.Invalid, "error.variable_too_many_cuts", "question", source, "limit", analysis.MaxCuts)
	}
	return nil
}

// RemoveVariable removes a calculated variable. failure.NotFound when there is
// none of that name.
func (db *DB) RemoveVariable(ctx context.Context, actor string, wave *LiveWave, name string) error {
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		gone, err := affected(tx.ExecContext(ctx, `DELETE FROM variables WHERE wave_id = $1 AND name = $2`, wave.ID, name))
		if err != nil {
			return err
		}
		if gone == 0 {
			return failure.New(failure.NotFound, "error.unknown_variable", "name", name)
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.VariableRemoved, Subject: wave.Slug, Area: wave.Area,
			Effect: account.Effect("variable", name)})
	})
	db.forget(wave.Slug)
	return unavailable(err)
}
