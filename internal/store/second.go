package store

import (
	"context"
	"database/sql"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
)

// SetSecond gives an account a second factor, and the hashes of codes that
// stand in for it; "" takes it away. Its other sessions end; keep is the value of
// the cookie whose session goes on, "" for none. failure.NotFound when there is no
// such account.
func (db *DB) SetSecond(ctx context.Context, actor, name, secret string, spares [][]byte, keep string) error {
	action := account.SecondSet
	if secret == "" {
		action = account.SecondRemoved
	}
	return db.change(ctx, actor, name, action, func(tx *sql.Tx) (string, error) {
		if _, err := tx.ExecContext(ctx, `UPDATE users SET second = $2, second_step = 0 WHERE name = $1`, name, secret); err != nil {
			return "", err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM spares WHERE user_name = $1`, name); err != nil {
			return "", err
		}
		for _, hash := range spares {
			if _, err := tx.ExecContext(ctx, `INSERT INTO spares (user_name, hash) VALUES ($1, $2)`, name, hash); err != nil {
				return "", err
			}
		}
		return "", db.endOthers(ctx, tx, name, keep)
	})
}

// UseSecond takes in a code's time step; failure.Conflict when one of the same or
// a later step was taken in before: then somebody looked over a shoulder.
func (db *DB) UseSecond(ctx context.Context, name string, step int64) error {
	result, err := db.write.ExecContext(ctx, `UPDATE users SET second_step = $2 WHERE name = $1 AND second_step < $2`, name, step)
	if err != nil {
		return unavailable(err)
	}
	if count, err := result.RowsAffected(); err != nil || count == 0 {
		return failure.New(failure.Conflict, "error.second_used").Because(err)
	}
	return nil
}

// UseSpare uses up a code that stands in for the second factor, and tells how
// many are left; failure.NotFound when it is none.
func (db *DB) UseSpare(ctx context.Context, name string, hash []byte) (left int, err error) {
	err = db.change(ctx, name, name, account.SpareUsed, func(tx *sql.Tx) (string, error) {
		result, err := tx.ExecContext(ctx, `DELETE FROM spares WHERE user_name = $1 AND hash = $2`, name, hash)
		if err != nil {
			return "", err
		}
		if count, err := result.RowsAffected(); err != nil || count == 0 {
			return "", failure.New(failure.NotFound, "error.unknown_spare").Because(err)
		}
		return "", tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM spares WHERE user_name = $1`, name).Scan(&left)
	})
	return left, err
}
