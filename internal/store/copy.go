package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"bedarfslotse/internal/failure"
)

// CopyOptions of [DB.CopyTo].
type CopyOptions struct {
	// MendText puts U+FFFD in the place of what PostgreSQL takes in no text: NUL
	// and bytes that are no UTF-8. Without it they end the copy.
	MendText bool
	Progress func(table string, rows, of int64) // may be nil
}

// Copied is a table that was copied.
type Copied struct {
	Digest
	Mended int64 // values changed by MendText
}

// OpenAsIs opens a database that exists, without bringing it to today's schema,
// to be copied. It fails with NotFound when there is none, and with Conflict
// when a newer program wrote it.
func OpenAsIs(ctx context.Context, address string, options Options) (*DB, error) {
	if !IsPostgres(address) {
		if _, err := os.Stat(address); errors.Is(err, fs.ErrNotExist) {
			return nil, failure.New(failure.NotFound, "backup.no_database", "path", address)
		}
	}
	db, err := reach(address, options)
	if err != nil {
		return nil, err
	}
	newest, err := db.newestSchema()
	if err == nil {
		var current int64
		if current, err = db.Schema(ctx); err == nil && current > newest {
			err = newerSchema(current, newest)
		}
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Schema returns the number of the last migration that the database has seen.
func (db *DB) Schema(ctx context.Context) (int64, error) { return schemaOf(ctx, db.read) }

func schemaOf(ctx context.Context, q queryer) (version int64, err error) {
	if err = q.QueryRowContext(ctx, `SELECT MAX(version_id) FROM goose_db_version`).Scan(&version); err != nil {
		return 0, failure.New(failure.Invalid, "backup.foreign_database").Because(err)
	}
	return version, nil
}

func (db *DB) newestSchema() (int64, error) {
	provider, err := db.schema()
	if err != nil {
		return 0, err
	}
	sources := provider.ListSources()
	return sources[len(sources)-1].Version, nil
}

// CopyTo copies everything into an empty database, as it is at one moment, and
// compares both sides by counts and hashes before it commits: whatever ends it
// early leaves the other database empty. Both must have today's schema. It fails
// with Conflict when the other database is not empty or the schemas differ.
func (db *DB) CopyTo(ctx context.Context, to *DB, options CopyOptions) ([]Copied, error) {
	here, err := db.Schema(ctx)
	if err != nil {
		return nil, err
	}
	there, err := to.Schema(ctx)
	if err != nil {
		return nil, err
	}
	if here != there {
		return nil, failure.New(failure.Conflict, "backup.other_schema", "schema", here, "known", there)
	}
	return db.copyTables(ctx, to, everything(), options)
}

// copyTables copies tables into empty ones of the same shape.
func (db *DB) copyTables(ctx context.Context, to *DB, names []string, options CopyOptions) ([]Copied, error) {
	var all []Copied
	err := db.inReading(ctx, func(from *sql.Tx) error {
		sources, err := describe(ctx, from, db.postgres, names)
		if err != nil {
			return err
		}
		return to.inTx(ctx, func(tx *sql.Tx) error {
			targets, err := describe(ctx, tx, to.postgres, names)
			if err != nil {
				return err
			}
			if err := clearFirst(ctx, tx, targets); err != nil {
				return err
			}
			for i, source := range sources {
				if !source.sameShape(targets[i]) {
					return failure.New(failure.Conflict, "backup.other_shape", "table", source.name)
				}
				run := &copying{options: options, from: from, to: tx, source: source, strict: to.postgres}
				one, err := run.table(ctx)
				if err != nil {
					return err
				}
				all = append(all, one)
			}
			return compare(ctx, tx, targets, all)
		})
	})
	return all, unavailable(err)
}

// compare reads back what was written.
func compare(ctx context.Context, tx *sql.Tx, targets []table, written []Copied) error {
	stored, err := digests(ctx, tx, targets)
	if err != nil {
		return err
	}
	for i, one := range stored {
		if one != written[i].Digest {
			return failure.New(failure.Internal, "backup.copy_differs", "table", one.Table)
		}
	}
	return nil
}

// clearFirst makes sure that the tables are those of a new database, and takes
// out the rows that migrations put into some.
func clearFirst(ctx context.Context, tx *sql.Tx, tables []table) error {
	begun := map[string]string{"audit_head": `DELETE FROM audit_head`, "revisions": `DELETE FROM revisions`}
	for _, one := range tables {
		empty := begun[one.name]
		filled := `SELECT COUNT(*) FROM (SELECT 1 FROM ` + one.name
		if empty != "" {
			filled += ` WHERE number <> 0`
		}
		var count int
		if err := tx.QueryRowContext(ctx, filled+` LIMIT 1) AS first_row`).Scan(&count); err != nil {
			return fmt.Errorf("look into %s: %w", one.name, err)
		}
		if count > 0 {
			return failure.New(failure.Conflict, "backup.not_empty", "table", one.name)
		}
		if empty == "" {
			continue
		}
		if _, err := tx.ExecContext(ctx, empty); err != nil {
			return fmt.Errorf("empty %s: %w", one.name, err)
		}
	}
	return nil
}

// copying is one table on its way.
type copying struct {
	options  CopyOptions
	from, to *sql.Tx
	source   table
	strict   bool // PostgreSQL takes the rows

	of     int64
	sum    *adder
	mended int64
	full   *sql.Stmt // inserts a whole batch
	batch  []any
	size   int // of the texts and bytes in batch
}

// A batch is as many rows as fit; larger ones are no faster.
const (
	batchParameters = 2000
	batchBytes      = 1 << 20
)

func (c *copying) table(ctx context.Context) (Copied, error) {
	if err := c.from.QueryRowContext(ctx, `SELECT COUNT(*) FROM `+c.source.name).Scan(&c.of); err != nil {
		return Copied{}, fmt.Errorf("count %s: %w", c.source.name, err)
	}
	c.sum = newAdder(c.source)
	whole := max(1, batchParameters/len(c.source.columns))
	err := c.source.rows(ctx, c.from, ` ORDER BY `+c.source.inKeyOrder(), func(values []any) error {
		for i := range values {
			mended, err := c.fit(c.source.columns[i], values[i])
			if err != nil {
				return err
			}
			values[i] = mended
		}
		c.sum.add(values)
		c.batch = append(c.batch, values...)
		if len(c.batch) == whole*len(values) || c.size >= batchBytes {
			return c.insert(ctx, whole)
		}
		return nil
	})
	if err == nil {
		err = c.insert(ctx, whole)
	}
	if c.full != nil {
		err = errors.Join(err, c.full.Close())
	}
	return Copied{Digest: c.sum.digest(), Mended: c.mended}, err
}

// insert stores the batch; whole is how many rows a full one has.
func (c *copying) insert(ctx context.Context, whole int) (err error) {
	rows := len(c.batch) / len(c.source.columns)
	if rows > 0 {
		statement := `INSERT INTO ` + c.source.name + ` (` + c.source.names() + `) VALUES `
		if rows == whole {
			if c.full == nil {
				c.full, err = c.to.PrepareContext(ctx, statement+tuples(rows, len(c.source.columns)))
			}
			if err == nil {
				_, err = c.full.ExecContext(ctx, c.batch...)
			}
		} else {
			_, err = c.to.ExecContext(ctx, statement+tuples(rows, len(c.source.columns)), c.batch...)
		}
		if err != nil {
			return fmt.Errorf("write %s: %w", c.source.name, err)
		}
	}
	clear(c.batch)
	c.batch, c.size = c.batch[:0], 0
	if c.options.Progress != nil {
		c.options.Progress(c.source.name, c.sum.count, c.of)
	}
	return nil
}

// fit makes sure that the other engine takes a value.
func (c *copying) fit(in column, value any) (any, error) {
	switch v := value.(type) {
	case []byte:
		c.size += len(v)
	case string:
		c.size += len(v)
		if !c.strict || (utf8.ValidString(v) && !strings.Contains(v, "\x00")) {
			return v, nil
		}
		if !c.options.MendText {
			return nil, failure.New(failure.Invalid, "backup.bad_text", "table", c.source.name, "column", in.name)
		}
		c.mended++
		const instead = "\uFFFD"
		return strings.ReplaceAll(strings.ToValidUTF8(v, instead), "\x00", instead), nil
	}
	return value, nil
}
