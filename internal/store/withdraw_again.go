package store

import (
	"context"
	"database/sql"
	"fmt"
)

// WithdrawAgain withdraws what was withdrawn in another database of the same
// service, and returns how many responses and statements that were: a backup knows
// nothing of what was withdrawn after it, and a restore must not bring it back. The
// other database may be of an older schema.
func (db *DB) WithdrawAgain(ctx context.Context, from *DB) (int, error) {
	rows, err := from.read.QueryContext(ctx, `SELECT wave_id, id FROM tombstones`)
	if err != nil {
		return 0, unavailable(fmt.Errorf("read tombstones: %w", err))
	}
	type tombstone struct {
		wave string
		id   []byte
	}
	all, err := collect(rows, func(rows *sql.Rows) (one tombstone, err error) {
		err = rows.Scan(&one.wave, &one.id)
		return one, err
	})
	if err != nil {
		return 0, unavailable(err)
	}
	waves, err := db.Waves(ctx)
	if err != nil {
		return 0, err
	}
	of := map[string]*LiveWave{}
	for _, wave := range waves {
		of[wave.ID] = wave
	}
	again := 0
	for _, one := range all {
		wave := of[one.wave]
		if wave == nil || len(one.id) != len(receiptHash{}) {
			continue
		}
		err := db.inTx(ctx, func(tx *sql.Tx) error {
			var known int
			if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM tombstones WHERE wave_id = $1 AND id = $2`, one.wave, one.id).Scan(&known); err != nil || known > 0 {
				return err
			}
			again++
			return db.withdraw(ctx, tx, wave, receiptHash(one.id))
		})
		if err != nil {
			return again, unavailable(err)
		}
	}
	if again > 0 {
		db.scrub(ctx)
	}
	return again, nil
}
