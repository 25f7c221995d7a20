package store

import (
	"context"
	"database/sql"
	"fmt"

	"bedarfslotse/internal/failure"
)

// What has revisions.
const (
	registerRevision   = "institutions"
	areasRevision      = "areas"
	offersRevision     = "offers"
	tiesRevision       = "ties"
	indicatorsRevision = "indicators"
)

// anyRevision is for changes that do not depend on what their author saw.
const anyRevision = -1

// revisionOf returns how often something was changed.
func revisionOf(ctx context.Context, q queryer, name string) (number int64, err error) {
	if err := q.QueryRowContext(ctx, `SELECT number FROM revisions WHERE name = $1`, name).Scan(&number); err != nil {
		return 0, fmt.Errorf("revision of %s: %w", name, err)
	}
	return number, nil
}

// advance counts a change of something within its transaction, in which it comes
// first: so changes wait for each other. failure.Conflict when what is changed is
// no longer of the revision that its author saw.
func advance(ctx context.Context, tx *sql.Tx, name string, seen int64) error {
	done, err := tx.ExecContext(ctx, `UPDATE revisions SET number = number + 1 WHERE name = $1 AND ($2 < 0 OR number = $2)`, name, seen)
	if err != nil {
		return fmt.Errorf("revision of %s: %w", name, err)
	}
	if rows, err := done.RowsAffected(); err != nil || rows == 1 {
		return err
	}
	return failure.New(failure.Conflict, "error.changed_meanwhile")
}
