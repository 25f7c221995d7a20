package store

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"
)

// TestLogComesIntoTheDatabase writes beside a reader that keeps SQLite's log in its
// place, as a backup does: no commit brings it over, the keeper does so once the
// reader is gone, and the log begins anew.
func TestLogComesIntoTheDatabase(t *testing.T) {
	ctx := t.Context()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	db, err := Open(ctx, filepath.Join(t.TempDir(), "b.db"), Options{})
	check(err)
	defer func() { check(db.Close()) }()
	_, err = db.write.ExecContext(ctx, `CREATE TABLE heap (it BLOB)`)
	check(err)
	write := func(pages int) {
		check(db.inTx(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO heap VALUES (zeroblob($1))`, pages*4096)
			return err
		}))
	}
	// What the log holds is told to who has read since.
	state := func() logState {
		var rows int
		check(db.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM facts`).Scan(&rows))
		log, err := checkpoint(ctx, db.read, "NOOP")
		check(err)
		return log
	}
	db.read.SetMaxOpenConns(2)
	reader, err := db.read.BeginTx(ctx, nil)
	check(err)
	var tables int
	check(reader.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_schema`).Scan(&tables))
	for range 5 {
		write(logLong / 4)
	}
	if log := state(); log.pages < logLong || log.pages-log.brought < logLong {
		t.Fatalf("beside a reader %d pages of %d came into the database", log.brought, log.pages)
	}
	check(reader.Rollback())
	until := time.Now().Add(20 * time.Second)
	for log := state(); log.pages != log.brought; log = state() {
		if time.Now().After(until) {
			t.Fatalf("%d pages of %d came into the database", log.brought, log.pages)
		}
		time.Sleep(logPause / 4)
	}
	write(1)
	if log := state(); log.pages > logDue {
		t.Fatalf("the log goes on at page %d", log.pages)
	}
}
