package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
)

const institutionColumns = `number, name, type, type_label, area, ags, pupils, social_index, period, source`

// PutInstitutions stores institutions; those of a known number are replaced. actor
// is who does it, for the audit log.
func (db *DB) PutInstitutions(ctx context.Context, actor string, institutions []fieldwork.Institution) error {
	return db.inTx(ctx, func(tx *sql.Tx) error {
		put, err := tx.PrepareContext(ctx, `
			INSERT INTO institutions (`+institutionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			ON CONFLICT (number) DO UPDATE SET name = excluded.name, type = excluded.type, type_label = excluded.type_label,
				area = excluded.area, ags = excluded.ags, pupils = excluded.pupils,
				social_index = excluded.social_index, period = excluded.period, source = excluded.source`)
		if err != nil {
			return unavailable(fmt.Errorf("store institutions: %w", err))
		}
		defer func() { _ = put.Close() }()
		for _, one := range institutions {
			if _, err := put.ExecContext(ctx, one.Number, one.Name, one.Type, one.TypeLabel, one.Area, one.AGS,
				one.Pupils, one.SocialIndex, one.Period, one.Source); err != nil {
				return unavailable(fmt.Errorf("store institution %s: %w", one.Number, err))
			}
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.InstitutionsImported,
			Effect: account.Effect("count", len(institutions))})
	})
}

// Institution returns the institution of that official number;
// failure.NotFound when there is none.
func (db *DB) Institution(ctx context.Context, number string) (fieldwork.Institution, error) {
	row := db.read.QueryRowContext(ctx, `SELECT `+institutionColumns+` FROM institutions WHERE number = $1`, number)
	one, err := scanInstitution(row)
	if errors.Is(err, sql.ErrNoRows) {
		return one, failure.New(failure.NotFound, "error.unknown_institution", "number", number)
	}
	return one, unavailable(err)
}

// Institutions returns all institutions by area and name.
func (db *DB) Institutions(ctx context.Context) ([]fieldwork.Institution, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT `+institutionColumns+` FROM institutions ORDER BY area, name, number`)
	if err != nil {
		return nil, unavailable(fmt.Errorf("list institutions: %w", err))
	}
	return collect(rows, func(rows *sql.Rows) (fieldwork.Institution, error) { return scanInstitution(rows) })
}

func scanInstitution(row scanner) (one fieldwork.Institution, err error) {
	err = row.Scan(&one.Number, &one.Name, &one.Type, &one.TypeLabel, &one.Area, &one.AGS,
		&one.Pupils, &one.SocialIndex, &one.Period, &one.Source)
	return one, err
}
