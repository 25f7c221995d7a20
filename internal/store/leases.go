package store

import (
	"context"
	"time"
)

// Lease tells whether this program may do the work of that name, which of all
// programs on the database one does at a time: it may until life is over, and
// longer if it asks again before. Where a program dies another one may as soon as
// its time is over. A lease longer than any could be is one of a clock that went
// wrong, and is none.
func (db *DB) Lease(ctx context.Context, name string, life time.Duration) (bool, error) {
	now := db.now().UTC()
	until := now.Add(life).Format(stampForm)
	got, err := affected(db.write.ExecContext(ctx, `
		INSERT INTO leases (name, holder, until) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
			WHERE leases.holder = $2 OR leases.until <= $4 OR leases.until > $3`,
		name, db.self, until, now.Format(stampForm)))
	return got > 0, unavailable(err)
}

// EndLeases lets others do at once what this program had leases for.
func (db *DB) EndLeases(ctx context.Context) error {
	_, err := db.write.ExecContext(ctx, `DELETE FROM leases WHERE holder = $1`, db.self)
	return unavailable(err)
}
