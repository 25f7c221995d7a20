// Package store keeps everything that must not be lost, in SQLite or in
// PostgreSQL. It holds the only SQL of the program, one text for both engines.
package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
)

//go:embed migrations/*.sql
var migrations embed.FS

// DB is an open database. Reads run side by side; all writes of SQLite go
// through one connection, since a second writer would only wait or fail.
type DB struct {
	write, read *sql.DB
	postgres    bool
	location    string   // of SQLite's file, as the driver wants it
	file        *os.File // SQLite's; see openSQLite
	self        string   // names this running program in leases
	now         func() time.Time
	places      Places
	words       Words
	intake      *intake
	statements  statements
	live        liveWaves
	texts       openTexts
	measured    indicatorsRead
	readiness   readiness
	log         *logKeeper  // of SQLite
	unscrubbed  atomic.Bool // something deleted may still be in SQLite's log of changes
}

// Options of [Open]; the zero value is the ordinary one.
type Options struct {
	Now    func() time.Time // the clock, [time.Now] when nil
	Places Places           // none when nil
	Words  Words            // none when nil
}

// Places returns all areas and the slugs of all types of institution, in the
// order in which figures are divided by them.
type Places func(context.Context, *DB) ([]catalogue.Area, []string, error)

// Open opens the database at address, a file's path or postgres://…, and
// brings it to today's schema. A missing SQLite file is created, readable by
// its owner only.
func Open(ctx context.Context, address string, options Options) (*DB, error) {
	db, err := reach(address, options)
	if err != nil {
		return nil, err
	}
	if err := db.migrate(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if !db.postgres {
		if db.log, err = keepLog(db.location, db.file, db.write); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	db.statements.db = db.write
	db.intake = newIntake(db)
	return db, nil
}

// reach opens the database as it is.
func reach(address string, options Options) (*DB, error) {
	db := &DB{self: rand.Text(), now: options.Now, places: options.Places, words: options.Words}
	if db.now == nil {
		db.now = time.Now
	}
	if IsPostgres(address) {
		return db, db.openPostgres(address)
	}
	return db, db.openSQLite(address)
}

// IsPostgres tells whether an address names a PostgreSQL database.
func IsPostgres(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://")
}

func (db *DB) openSQLite(path string) error {
	if dir := filepath.Dir(path); dir != "." {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return failure.Errorf(failure.Unavailable, "make the folder of the database: %w", err)
		}
	}
	// The driver would create the file readable by everybody. It stays open as long as
	// the database: whoever closes a file gives up the locks that the process has on it
	// by other ways.
	db.readiness.file = path
	var err error
	if db.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return failure.Errorf(failure.Unavailable, "open the database file: %w", err)
	}
	location := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String()
	// busy_timeout comes first: the pragmas after it may already have to wait.
	db.location = location
	pragmas := fmt.Sprintf("?_pragma=busy_timeout(%d)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"+
		"&_pragma=foreign_keys(1)&_pragma=secure_delete(1)", busyTimeout.Milliseconds())
	if db.write, err = sql.Open("sqlite", fmt.Sprintf("%s%s&_txlock=immediate&_pragma=wal_autocheckpoint(%d)", location, pragmas, logAtWorst)); err != nil {
		return errors.Join(fmt.Errorf("open SQLite: %w", err), db.file.Close())
	}
	db.write.SetMaxOpenConns(1)
	if db.read, err = sql.Open("sqlite", location+pragmas+"&_pragma=query_only(1)"); err != nil {
		return errors.Join(fmt.Errorf("open SQLite: %w", err), db.write.Close(), db.file.Close())
	}
	db.read.SetMaxOpenConns(8)
	db.read.SetMaxIdleConns(8)
	return nil
}

// schema returns what brings the database from one schema to the next.
func (db *DB) schema() (*goose.Provider, error) {
	dialect := goose.DialectSQLite3
	if db.postgres {
		dialect = goose.DialectPostgres
	}
	texts, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("find migrations: %w", err)
	}
	provider, err := goose.NewProvider(dialect, db.write, texts)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return provider, nil
}

func (db *DB) migrate(ctx context.Context) error {
	provider, err := db.schema()
	if err != nil {
		return err
	}
	newest := provider.ListSources()[len(provider.ListSources())-1].Version
	db.readiness.schema = newest
	// A newer program may have added what this one would not fill.
	if current, err := provider.GetDBVersion(ctx); err != nil {
		return failure.Errorf(failure.Unavailable, "reach the database: %w", err)
	} else if current > newest {
		return newerSchema(current, newest)
	} else if current == newest {
		return nil
	}
	_, err = provider.Up(ctx)
	if err == nil {
		err = db.foldInstitutions(ctx)
	}
	// Another process may be at the same: then it is enough that one succeeds.
	for range 50 {
		if err == nil {
			return nil
		}
		if current, asking := provider.GetDBVersion(ctx); asking == nil && current == newest {
			return nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return fmt.Errorf("migrate the database: %w", err)
}

// newerSchema refuses what a newer program wrote.
func newerSchema(current, newest int64) error {
	return failure.New(failure.Conflict, "error.newer_schema", "schema", current, "known", newest)
}

// Close waits for responses under way and closes the database.
func (db *DB) Close() error {
	if db.intake != nil {
		db.intake.stop()
	}
	db.statements.close()
	err := errors.Join(db.log.stop(), db.write.Close())
	if db.read != db.write {
		err = errors.Join(err, db.read.Close())
	}
	if db.file != nil {
		if closing := db.file.Close(); !errors.Is(closing, os.ErrClosed) { // as it is the second time
			err = errors.Join(err, closing)
		}
	}
	return err
}

// Today is the day that stored things carry.
func (db *DB) Today() string { return db.now().Format(time.DateOnly) }

// stampForm is RFC 3339 with a fixed width, so that text sorts as time does.
const stampForm = "2006-01-02T15:04:05.000000000Z07:00"

func (db *DB) stamp() string { return db.now().UTC().Format(stampForm) }

// busyTimeout is how long a connection to SQLite waits for another.
const busyTimeout = 10 * time.Second

// scrub empties SQLite's log of changes, in which what was deleted would stay
// readable until it is written over. A reader at work puts it off; it is not waited
// for, since submissions would wait as well. Then it is left to [DB.ScrubLeft].
func (db *DB) scrub(ctx context.Context) {
	if !db.postgres {
		db.unscrubbed.Store(db.log.empty(ctx) != nil)
	}
}

// ScrubLeft does what a reader at work put off.
func (db *DB) ScrubLeft(ctx context.Context) error {
	if db.unscrubbed.Load() {
		db.scrub(ctx)
	}
	return nil
}

// inTx runs work in one write transaction. Helpers called inside take the
// transaction: a second connection taken here would wait for itself.
func (db *DB) inTx(ctx context.Context, work func(*sql.Tx) error) error {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return unavailable(err)
	}
	// Also when it fails: on a full disk what comes next needs the room in the log.
	defer db.log.tell()
	if err := work(tx); err != nil {
		if back := tx.Rollback(); back != nil && !errors.Is(back, sql.ErrTxDone) {
			return errors.Join(err, back)
		}
		return err
	}
	if err := tx.Commit(); err != nil {
		return unavailable(err)
	}
	return nil
}

// unavailable marks an error of the database as one that may pass.
func unavailable(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	var known *failure.Error
	var findings failure.Findings
	if errors.As(err, &known) || errors.As(err, &findings) {
		return err
	}
	return failure.New(failure.Unavailable, "error.unavailable").Because(err)
}

// taken tells whether err says that a key exists already.
func taken(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code() == 2067 || lite.Code() == 1555 // SQLITE_CONSTRAINT_UNIQUE, …_PRIMARYKEY
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505" // unique_violation
}
