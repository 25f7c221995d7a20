package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"time"

	"bedarfslotse/internal/failure"
)

// Examination is what can be seen of a database from outside.
type Examination struct {
	Postgres      bool
	Schema, Wants int64    // Schema 0 of one that was never used
	Faults        []string // that SQLite finds in its file, the first few; English
	Orphans       int      // rows whose owner is missing, of SQLite
	NewestDay     string   // of a stored response, "" for none
	Backup        BackupState
	Instance      string // see [DB.Instance], "" before the first start

	// Of PostgreSQL:
	Clock             time.Time
	Version           string
	SynchronousCommit string
	MaxConnections    int
	Pool              int // connections that the program opens at most
}

// Examine looks at the database at address without changing its schema.
func Examine(ctx context.Context, address string) (*Examination, error) {
	db, err := reach(address, Options{})
	if err != nil {
		return nil, err
	}
	seen, err := db.examine(ctx)
	if closing := db.Close(); err == nil {
		err = closing
	}
	return seen, err
}

func (db *DB) examine(ctx context.Context) (*Examination, error) {
	provider, err := db.schema()
	if err != nil {
		return nil, err
	}
	sources := provider.ListSources()
	seen := &Examination{Postgres: db.postgres, Wants: sources[len(sources)-1].Version, Pool: db.write.Stats().MaxOpenConnections}
	if seen.Schema, err = provider.GetDBVersion(ctx); err != nil {
		return nil, failure.Errorf(failure.Unavailable, "the database does not answer").Because(err)
	}
	if db.postgres {
		err = db.examinePostgres(ctx, seen)
	} else {
		err = db.examineSQLite(ctx, seen)
	}
	if err != nil || seen.Schema == 0 {
		return seen, unavailable(err)
	}
	var newest sql.NullString
	if err := db.read.QueryRowContext(ctx, `SELECT MAX(day) FROM responses`).Scan(&newest); err != nil {
		return nil, unavailable(err)
	}
	seen.NewestDay = newest.String
	if seen.Backup, err = db.BackupState(ctx); err == nil {
		seen.Instance, err = db.Fact(ctx, instanceFact)
	}
	return seen, err
}

func (db *DB) examinePostgres(ctx context.Context, seen *Examination) error {
	var epoch float64
	err := db.read.QueryRowContext(ctx, `SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS DOUBLE PRECISION), current_setting('server_version'),
		current_setting('synchronous_commit'), CAST(current_setting('max_connections') AS BIGINT)`).
		Scan(&epoch, &seen.Version, &seen.SynchronousCommit, &seen.MaxConnections)
	seen.Clock = time.UnixMicro(int64(epoch * 1e6))
	return err
}

// faultsTold is how many faults of a file are told.
const faultsTold = 5

func (db *DB) examineSQLite(ctx context.Context, seen *Examination) error {
	rows, err := db.read.QueryContext(ctx, fmt.Sprintf(`PRAGMA integrity_check(%d)`, faultsTold))
	if err != nil {
		return err
	}
	if seen.Faults, err = collect(rows, scanText); err != nil {
		return err
	}
	if len(seen.Faults) == 1 && seen.Faults[0] == "ok" {
		seen.Faults = nil
	}
	return db.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM pragma_foreign_key_check`).Scan(&seen.Orphans)
}

const instanceFact = "instance"

// Instance returns what tells this installation from others, whichever of its
// programs asks; it is made when it is asked for first. It says nothing about
// what is stored, and opens nothing.
func (db *DB) Instance(ctx context.Context) (string, error) {
	_, err := db.write.ExecContext(ctx, `INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, instanceFact, rand.Text())
	if err != nil {
		return "", unavailable(err)
	}
	return db.Fact(ctx, instanceFact)
}

// InstanceMark is what a program answers that was asked which installation it
// belongs to.
func InstanceMark(instance string) string {
	sum := sha256.Sum256([]byte(instance))
	return hex.EncodeToString(sum[:8])
}
