package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"bedarfslotse/internal/analysis"
)

// rowsPerInsert bounds one INSERT: PostgreSQL takes 65 535 parameters.
const rowsPerInsert = 64

const responseColumns = 13

func (db *DB) insertResponses(ctx context.Context, tx *sql.Tx, fresh []*ticket, first uint64) error {
	for _, n := range portions(len(fresh), rowsPerInsert) {
		arguments := make([]any, 0, n*responseColumns)
		for i, t := range fresh[:n] {
			one := t.entry
			arguments = append(arguments, one.wave.ID, one.id[:], one.content[:], first+uint64(i), 0, one.importing,
				one.day, one.language, int(one.duration), one.carried.Area, one.carried.InstitutionType,
				one.carried.Institution, string(one.answers))
		}
		err := db.statements.exec(ctx, tx, `
			INSERT INTO responses (wave_id, id, content, change, release, import, day, language, duration, area,
				institution_type, institution, answers) VALUES `+tuples(n, responseColumns), arguments...)
		if err != nil {
			return fmt.Errorf("insert responses: %w", err)
		}
		fresh, first = fresh[n:], first+uint64(n)
	}
	return nil
}

// tuples returns "($1,…,$w),($w+1,…)", n of them, w wide.
func tuples(n, w int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		b.WriteString(placeholders(i*w+1, w))
		b.WriteByte(')')
	}
	return b.String()
}

func hasStatement(ctx context.Context, q queryer, waveID string, id receiptHash) (bool, error) {
	var count int
	err := q.QueryRowContext(ctx, `SELECT COUNT(*) FROM statements WHERE wave_id = $1 AND id = $2`, waveID, id[:]).Scan(&count)
	return count > 0, err
}

// fanIn is how many chunks of one level are merged into one of the next.
const fanIn = 64

// insertChunk stores the packed codes of one commit.
func (db *DB) insertChunk(ctx context.Context, tx *sql.Tx, wave *LiveWave, fresh []*ticket, first uint64) (full bool, err error) {
	rows := make([]*analysis.Row, len(fresh))
	for i, t := range fresh {
		rows[i] = t.entry.row
	}
	data, err := wave.Schema.Encode(nil, first, rows, nil)
	if err != nil {
		return false, fmt.Errorf("encode chunk: %w", err)
	}
	last := first + uint64(len(rows)) - 1
	err = db.statements.exec(ctx, tx, `INSERT INTO chunks (wave_id, last, level, data) VALUES ($1, $2, 0, $3)`,
		wave.ID, last, data)
	if err != nil {
		return false, fmt.Errorf("insert chunk: %w", err)
	}
	// Counting small chunks at every commit would cost more than merging late.
	return last/fanIn != (first-1)/fanIn, nil
}
