package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store/internal/writeout"
)

// Snapshot writes the database as it is at one moment, at the schema it has,
// into a new SQLite file; path must not exist. It keeps nobody waiting. The file
// holds no free pages, so nothing that was deleted. Its rows lie in no order that
// the database itself does not tell: those of SQLite as they lie there, those of
// PostgreSQL by their keys. The file is not waited for until the disk has it, since
// whoever keeps it copies it on; it is written little by little ([writeout]).
func (db *DB) Snapshot(ctx context.Context, path string, progress func(table string, rows, of int64)) error {
	if db.postgres {
		return db.snapshotPostgres(ctx, path, progress)
	}
	// The readers' connections write nowhere, and the writer has other things to do.
	// SQLite's backup interface would begin anew whenever somebody writes.
	one, err := sql.Open("sqlite", db.location+"?_pragma=busy_timeout(10000)&_pragma=synchronous(0)")
	if err != nil {
		return fmt.Errorf("open SQLite: %w", err)
	}
	defer writeout.Follow(path)()
	_, err = one.ExecContext(ctx, `VACUUM INTO $1`, path)
	if err != nil {
		err = unavailable(fmt.Errorf("copy the database: %w", err))
	}
	return errors.Join(err, one.Close())
}

func (db *DB) snapshotPostgres(ctx context.Context, path string, progress func(table string, rows, of int64)) (err error) {
	version, err := db.Schema(ctx)
	if err != nil {
		return err
	}
	file, err := reach(path, Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	provider, err := file.schema()
	if err != nil {
		return err
	}
	if _, err := provider.UpTo(ctx, version); err != nil {
		return fmt.Errorf("make the tables: %w", err)
	}
	names, err := tablesInFile(ctx, file.read)
	if err != nil {
		return err
	}
	if _, err := db.copyTables(ctx, file, names, CopyOptions{Progress: progress}); err != nil {
		return err
	}
	if err := file.read.Close(); err != nil {
		return fmt.Errorf("close the copy: %w", err)
	}
	// One file, without a log beside it.
	if _, err := file.write.ExecContext(ctx, `PRAGMA journal_mode=DELETE`); err != nil {
		return fmt.Errorf("finish the copy: %w", err)
	}
	return nil
}

// Inspection is what is in a SQLite file.
type Inspection struct {
	Schema int64
	Tables []Digest
}

// Inspect reads a whole SQLite file that nobody else has open. It fails with
// Invalid when the file is damaged or not the program's, and with Conflict when
// a newer program wrote it.
func Inspect(ctx context.Context, path string) (found Inspection, err error) {
	location := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: "mode=ro&_pragma=query_only(1)"}).String()
	file, err := sql.Open("sqlite", location)
	if err != nil {
		return found, fmt.Errorf("open SQLite: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	var said string
	if err := file.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&said); err != nil || said != "ok" {
		if ctx.Err() != nil {
			return found, ctx.Err()
		}
		return found, failure.New(failure.Invalid, "backup.damaged").Because(errors.Join(err, errors.New(said)))
	}
	if found.Schema, err = schemaOf(ctx, file); err != nil {
		return found, err
	}
	newest, err := (&DB{write: file}).newestSchema()
	if err != nil {
		return found, err
	}
	if found.Schema > newest {
		return found, newerSchema(found.Schema, newest)
	}
	names, err := tablesInFile(ctx, file)
	if err != nil {
		return found, err
	}
	tables, err := describe(ctx, file, false, names)
	if err != nil {
		return found, err
	}
	found.Tables, err = digests(ctx, file, tables)
	return found, err
}
