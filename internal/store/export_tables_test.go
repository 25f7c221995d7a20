package store

import (
	"context"
	"database/sql"
	"slices"
)

// Everything are the tables that [DB.CopyTo] copies.
func Everything() []string { return everything() }

// CopyTables copies some tables only.
func CopyTables(ctx context.Context, db, to *DB, names []string, options CopyOptions) ([]Copied, error) {
	return db.copyTables(ctx, to, names, options)
}

// Digests computes what tables hold.
func Digests(ctx context.Context, db *DB, names []string) ([]Digest, error) {
	tables, err := describe(ctx, db.read, db.postgres, names)
	if err != nil {
		return nil, err
	}
	return digests(ctx, db.read, tables)
}

// Column is a column as tests fill it.
type Column struct {
	Name     string
	Kind     string // text, whole, truth, fraction, octets
	Nullable bool
	Unique   bool // alone or with others
}

// Columns describes a table.
func Columns(ctx context.Context, db *DB, name string) ([]Column, error) {
	tables, err := describe(ctx, db.write, db.postgres, []string{name})
	if err != nil {
		return nil, err
	}
	query := `SELECT name FROM pragma_table_info($1) WHERE "notnull" = 0`
	if db.postgres {
		query = `SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 AND is_nullable = 'YES'`
	}
	rows, err := db.write.QueryContext(ctx, query, name)
	if err != nil {
		return nil, err
	}
	nullable, err := collect(rows, func(rows *sql.Rows) (name string, err error) { return name, rows.Scan(&name) })
	unique := []string{"slug", "survey", "number", "hash"} // wherever they are
	all := make([]Column, len(tables[0].columns))
	for i, one := range tables[0].columns {
		all[i] = Column{Name: one.name, Kind: []string{"text", "whole", "truth", "fraction", "octets"}[one.kind],
			Nullable: slices.Contains(nullable, one.name), Unique: one.key > 0 || slices.Contains(unique, one.name)}
	}
	return all, err
}

// Put inserts rows whose values are in the order of [Columns].
func Put(ctx context.Context, db *DB, name string, rows [][]any) error {
	tables, err := describe(ctx, db.write, db.postgres, []string{name})
	if err != nil {
		return err
	}
	for _, row := range rows {
		_, err := db.write.ExecContext(ctx, `INSERT INTO `+name+` (`+tables[0].names()+`) VALUES `+tuples(1, len(row)), row...)
		if err != nil {
			return err
		}
	}
	return nil
}

// Rows returns the rows of a table with their values in the order of [Columns].
func Rows(ctx context.Context, db *DB, name string) (all [][]any, err error) {
	tables, err := describe(ctx, db.write, db.postgres, []string{name})
	if err != nil {
		return nil, err
	}
	err = tables[0].rows(ctx, db.write, ` ORDER BY `+tables[0].inKeyOrder(), func(values []any) error {
		all = append(all, slices.Clone(values))
		return nil
	})
	return all, err
}

// Strings asks for one column of text.
func Strings(db *DB, query string) ([]string, error) {
	rows, err := db.write.Query(query)
	if err != nil {
		return nil, err
	}
	return collect(rows, scanText)
}
