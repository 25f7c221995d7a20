package store

import (
	"context"
	crand "crypto/rand"
	"database/sql"
	"fmt"
	"math/rand/v2"
)

// statementRow is a statement as it lies in its table.
type statementRow struct {
	id                         []byte
	institution, name, answers string
	verified                   bool
}

// companions is among how many others that are there already a new statement is
// laid, so that its place in the file does not tell when it came: with the order of
// the responses that would tell which response was sent with it. It is more than
// the largest k.
const companions = 64

// insertStatements stores what was given in institutions' names. No column leads
// to the anonymous response of the same submission, nor does the place: others,
// taken at random from the whole wave, are written again together with the new
// ones. One that is there already can only be that of an import that was undone
// and comes again.
func insertStatements(ctx context.Context, tx *sql.Tx, wave *LiveWave, fresh []*ticket) error {
	var added []statementRow
	for _, t := range fresh {
		if s := t.entry.statement; s != nil {
			added = append(added, statementRow{s.id[:], t.entry.speaker, s.name, string(s.answers), t.entry.speaker != ""})
		}
	}
	if len(added) == 0 {
		return nil
	}
	if err := deleteStatements(ctx, tx, wave.ID, added); err != nil {
		return err
	}
	others, err := someStatements(ctx, tx, wave.ID)
	if err != nil {
		return err
	}
	if err := deleteStatements(ctx, tx, wave.ID, others); err != nil {
		return err
	}
	return layStatements(ctx, tx, wave.ID, append(others, added...))
}

// shuffleStatements lays all statements of a wave in random order.
func shuffleStatements(ctx context.Context, tx *sql.Tx, waveID string) error {
	all, err := readStatements(ctx, tx, `wave_id = $1`, waveID)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM statements WHERE wave_id = $1`, waveID); err != nil {
		return fmt.Errorf("rewrite statements: %w", err)
	}
	return layStatements(ctx, tx, waveID, all)
}

// someStatements returns as many companions as there are. Their ids are hashes, so
// that those that follow any hash are a random choice, which the index finds
// without reading all.
func someStatements(ctx context.Context, tx *sql.Tx, waveID string) ([]statementRow, error) {
	start := make([]byte, len(receiptHash{}))
	_, _ = crand.Read(start) // never fails, see crypto/rand
	some, err := readStatements(ctx, tx, `wave_id = $1 AND id >= $2 ORDER BY id LIMIT $3`, waveID, start, companions)
	if err != nil || len(some) == companions {
		return some, err
	}
	more, err := readStatements(ctx, tx, `wave_id = $1 AND id < $2 ORDER BY id LIMIT $3`, waveID, start, companions-len(some))
	return append(some, more...), err
}

func readStatements(ctx context.Context, tx *sql.Tx, which string, arguments ...any) ([]statementRow, error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, institution, name, verified, answers FROM statements WHERE `+which, arguments...) //nolint:gosec // our own conditions
	if err != nil {
		return nil, fmt.Errorf("read statements: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (one statementRow, err error) {
		err = rows.Scan(&one.id, &one.institution, &one.name, &one.verified, &one.answers)
		return one, err
	})
}

func deleteStatements(ctx context.Context, tx *sql.Tx, waveID string, which []statementRow) error {
	for _, n := range portions(len(which), rowsPerInsert) {
		arguments := []any{waveID}
		for _, one := range which[:n] {
			arguments = append(arguments, one.id)
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM statements WHERE wave_id = $1 AND id IN (`+placeholders(2, n)+`)`, arguments...) //nolint:gosec // only placeholders
		if err != nil {
			return fmt.Errorf("rewrite statements: %w", err)
		}
		which = which[n:]
	}
	return nil
}

// layStatements inserts statements in random order.
func layStatements(ctx context.Context, tx *sql.Tx, waveID string, all []statementRow) error {
	const columns = 6
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] }) //nolint:gosec // seeded by the system
	for _, n := range portions(len(all), rowsPerInsert) {
		arguments := make([]any, 0, n*columns)
		for _, one := range all[:n] {
			arguments = append(arguments, waveID, one.id, one.institution, one.name, one.verified, one.answers)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO statements (wave_id, id, institution, name, verified, answers) VALUES `+tuples(n, columns), arguments...) //nolint:gosec // only placeholders
		if err != nil {
			return fmt.Errorf("insert statements: %w", err)
		}
		all = all[n:]
	}
	return nil
}
