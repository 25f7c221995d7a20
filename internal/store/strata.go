package store

import (
	"context"
	"database/sql"
	"fmt"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/fieldwork"
)

// Strata returns the parts of a wave's population, by area, type and number.
func (db *DB) Strata(ctx context.Context, waveID string) ([]fieldwork.Stratum, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT area, institution_type, institution, population, target FROM strata
		WHERE wave_id = $1 ORDER BY area, institution_type, institution`, waveID)
	if err != nil {
		return nil, unavailable(fmt.Errorf("read strata: %w", err))
	}
	return collect(rows, func(rows *sql.Rows) (one fieldwork.Stratum, err error) {
		err = rows.Scan(&one.Area, &one.InstitutionType, &one.Institution, &one.Population, &one.Target)
		return one, err
	})
}

// strataInsert inserts so many strata.
func strataInsert(n int) string {
	return `INSERT INTO strata (wave_id, area, institution_type, institution, population, target) VALUES ` + tuples(n, 6)
}

// SetStrata replaces the parts of a wave's population. Where they state one,
// their sum is the wave's population from then on. It fails with Invalid for
// numbers that cannot be ([fieldwork.CheckStrata]).
func (db *DB) SetStrata(ctx context.Context, actor string, wave *LiveWave, strata []fieldwork.Stratum) error {
	if err := fieldwork.CheckStrata(strata); err != nil {
		return err
	}
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		if err := lockWave(ctx, tx, wave.ID); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM strata WHERE wave_id = $1`, wave.ID); err != nil {
			return err
		}
		rest := strata
		for _, n := range portions(len(strata), rowsPerInsert) {
			var arguments []any
			for _, one := range rest[:n] {
				arguments = append(arguments, wave.ID, one.Area, one.InstitutionType, one.Institution, one.Population, one.Target)
			}
			rest = rest[n:]
			if _, err := tx.ExecContext(ctx, strataInsert(n), arguments...); err != nil {
				return err
			}
		}
		sum := fieldwork.PopulationOf(strata)
		if sum > 0 {
			if _, err := tx.ExecContext(ctx, `UPDATE waves SET population = $2, revision = revision + 1 WHERE id = $1`, wave.ID, sum); err != nil {
				return err
			}
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.StrataChanged, Subject: wave.Slug, Area: wave.Area,
			Effect: account.Effect("strata", len(strata), "population", sum)})
	})
	db.forget(wave.Slug)
	if err != nil {
		return unavailable(fmt.Errorf("set strata: %w", err))
	}
	return nil
}
