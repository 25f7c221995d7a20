package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"

	"bedarfslotse/internal/baseline"
)

// StoredStatement is what an institution said in its name, and the id of the wave
// in which it did.
type StoredStatement struct {
	baseline.Statement
	WaveID string
}

// Statements lists what institutions said in their names in all waves, in one
// query. The order tells nothing of when they did.
func (db *DB) Statements(ctx context.Context) ([]StoredStatement, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT s.wave_id, w.slug, s.id, s.institution, COALESCE(i.name, s.name), COALESCE(i.area, w.area), s.answers
		FROM statements s JOIN waves w ON w.id = s.wave_id LEFT JOIN institutions i ON i.number = s.institution
		ORDER BY w.slug, s.id`)
	if err != nil {
		return nil, unavailable(fmt.Errorf("list statements: %w", err))
	}
	return collect(rows, func(rows *sql.Rows) (one StoredStatement, err error) {
		var id []byte
		var answers string
		if err := rows.Scan(&one.WaveID, &one.Wave, &id, &one.Institution, &one.Name, &one.Area, &answers); err != nil {
			return one, err
		}
		one.ID = hex.EncodeToString(id)
		return one, one.Read([]byte(answers))
	})
}
