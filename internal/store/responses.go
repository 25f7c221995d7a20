package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"time"

	"bedarfslotse/internal/response"
)

// storedResponses streams responses, those and in the order that the rest of the
// statement says, with its parameters from $2 on; "" is all in the store's own.
func storedResponses(ctx context.Context, q queryer, wave *LiveWave, rest string, arguments ...any) iter.Seq2[*Stored, error] {
	return func(yield func(*Stored, error) bool) {
		rows, err := q.QueryContext(ctx, `
			SELECT id, import, day, language, duration, area, institution_type, institution, answers
			FROM responses WHERE wave_id = $1`+rest, append([]any{wave.ID}, arguments...)...)
		if err != nil {
			yield(nil, unavailable(fmt.Errorf("read responses: %w", err)))
			return
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			one := &Stored{}
			var id []byte
			var answers string
			err := rows.Scan(&id, &one.importing, &one.Day, &one.Language, &one.Duration, &one.Area,
				&one.InstitutionType, &one.Institution, &answers)
			if err == nil {
				copy(one.id[:], id)
				one.Answers, err = response.FromJSON(wave.Version, []byte(answers))
			}
			if err == nil {
				err = one.settle()
			}
			if !yield(one, unavailable(err)) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, unavailable(err))
		}
	}
}

// settle computes anew what was relevant, on the day of the answer.
func (one *Stored) settle() error {
	day, err := time.Parse(time.DateOnly, one.Day)
	if err != nil {
		return fmt.Errorf("read stored day: %w", err)
	}
	one.Answers.Settle(day, true)
	return nil
}

// ReturnsByWave counts the responses of every wave that has any, by the wave's
// id.
func (db *DB) ReturnsByWave(ctx context.Context) (map[string]int, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT wave_id, COUNT(*) FROM responses GROUP BY wave_id`)
	if err != nil {
		return nil, unavailable(fmt.Errorf("count responses: %w", err))
	}
	counts := map[string]int{}
	_, err = collect(rows, func(rows *sql.Rows) (struct{}, error) {
		var id string
		var count int
		err := rows.Scan(&id, &count)
		counts[id] = count
		return struct{}{}, err
	})
	return counts, err
}

// Returns counts the responses of a wave, withdrawn ones not among them.
func (db *DB) Returns(ctx context.Context, wave *LiveWave) (int, error) {
	var count int
	err := db.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM responses WHERE wave_id = $1`, wave.ID).Scan(&count)
	return count, unavailable(err)
}
