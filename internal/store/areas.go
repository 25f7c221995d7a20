package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
)

// Areas returns the areas that the municipality has added to the shipped ones,
// and the revision of their list.
func (db *DB) Areas(ctx context.Context) (added []catalogue.Area, revision int64, err error) {
	// The revision first: what changes in between makes it too old, not too new.
	if revision, err = revisionOf(ctx, db.read, areasRevision); err != nil {
		return nil, 0, unavailable(err)
	}
	added, err = areas(ctx, db.read)
	return added, revision, unavailable(err)
}

func areas(ctx context.Context, q queryer) ([]catalogue.Area, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, parent, name, level, ags FROM areas ORDER BY name, id`)
	if err != nil {
		return nil, fmt.Errorf("list areas: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (one catalogue.Area, err error) {
		return one, rows.Scan(&one.Key, &one.Parent, &one.Name, &one.Level, &one.AGS)
	})
}

// PutAreas stores added areas, those of a known key anew, all or none, and writes
// the entry into the audit log. check gets the list as it will be and says
// whether it may. failure.Conflict when the list is no longer of that revision.
func (db *DB) PutAreas(ctx context.Context, entry account.Entry, revision int64, changed []catalogue.Area, check func([]catalogue.Area) error) error {
	return db.changeAreas(ctx, entry, revision, check, func(tx *sql.Tx) error {
		for _, one := range changed {
			_, err := tx.ExecContext(ctx, `INSERT INTO areas (id, parent, name, level, ags) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (id) DO UPDATE SET parent = excluded.parent, name = excluded.name, level = excluded.level, ags = excluded.ags`,
				one.Key, one.Parent, one.Name, string(one.Level), one.AGS)
			if err != nil {
				return fmt.Errorf("store area %s: %w", one.Key, err)
			}
		}
		return nil
	})
}

// RemoveArea takes an added area away; failure.Conflict when something stored
// belongs to it still, or the list is no longer of that revision.
func (db *DB) RemoveArea(ctx context.Context, entry account.Entry, revision int64, key string, check func([]catalogue.Area) error) error {
	return db.changeAreas(ctx, entry, revision, check, func(tx *sql.Tx) error {
		used, err := areaUse(ctx, tx, key)
		if err != nil {
			return err
		}
		if used {
			return failure.New(failure.Conflict, "error.area_used")
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM areas WHERE id = $1`, key)
		return err
	})
}

func (db *DB) changeAreas(ctx context.Context, entry account.Entry, revision int64, check func([]catalogue.Area) error, work func(*sql.Tx) error) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		if err := advance(ctx, tx, areasRevision, revision); err != nil {
			return err
		}
		if err := work(tx); err != nil {
			return err
		}
		list, err := areas(ctx, tx)
		if err != nil {
			return err
		}
		if err := check(list); err != nil {
			return err
		}
		return db.audit(ctx, tx, entry)
	}))
}

// areaTables are the tables whose column "area" names an area that must not go
// away under them. A test finds tables that are missing here.
func areaTables() []string {
	return []string{"waves", "responses", "responses_shuffled", "codes", "institutions", "institution_groups", "grants", "invitations", "tokens",
		"strata", "workings", "webhooks", "indicator_values", "indicator_targets", "measures", "stakeholders", "documents", "ties", "notes",
		"own_words", "reports"}
}

// areaUse tells whether anything stored belongs to an area.
func areaUse(ctx context.Context, q queryer, key string) (used bool, err error) {
	tests := make([]string, 0, len(areaTables()))
	for _, table := range areaTables() {
		tests = append(tests, `EXISTS (SELECT 1 FROM `+table+` WHERE area = $1)`)
	}
	tests = append(tests, `EXISTS (SELECT 1 FROM areas WHERE parent = $1)`, `EXISTS (SELECT 1 FROM concepts WHERE id = $1)`,
		`EXISTS (SELECT 1 FROM offers WHERE ' ' || areas || ' ' LIKE '% ' || CAST($1 AS TEXT) || ' %')`) // keys have no % and no _
	err = q.QueryRowContext(ctx, `SELECT `+strings.Join(tests, " OR "), key).Scan(&used)
	return used, err
}
