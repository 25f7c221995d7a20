package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/pressly/goose/v3"
)

// PretendNewer marks the database as written by a later version.
func PretendNewer(db *DB) error {
	_, err := db.write.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)`)
	return err
}

// MakeFirst makes a database of the first schema and runs statements in it.
func MakeFirst(address string, statements ...string) error {
	db, err := MakeAt(address, 1)
	if err != nil {
		return err
	}
	for _, statement := range statements {
		if err == nil {
			_, err = db.write.Exec(statement)
		}
	}
	return errors.Join(err, db.Close())
}

// MakeAt makes a database of an older schema and opens it as it is.
func MakeAt(address string, schema int64) (*DB, error) {
	db, err := reach(address, Options{})
	if err != nil {
		return nil, err
	}
	provider, err := db.schema()
	if err == nil {
		_, err = provider.UpTo(context.Background(), schema)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// MigrationTexts returns the text of every migration by its number.
func MigrationTexts() (map[int64]string, error) {
	entries, err := migrations.ReadDir("migrations")
	if err != nil {
		return nil, err
	}
	all := map[int64]string{}
	for _, one := range entries {
		number, err := goose.NumericComponent(one.Name())
		if err != nil {
			return nil, err
		}
		text, err := migrations.ReadFile("migrations/" + one.Name())
		if err != nil {
			return nil, err
		}
		all[number] = string(text)
	}
	return all, nil
}

// CountMedia counts the stored contents.
func CountMedia(db *DB) (count int, err error) {
	err = db.read.QueryRow(`SELECT COUNT(*) FROM media`).Scan(&count)
	return count, err
}

// Tamper runs a statement that the program has not.
func Tamper(db *DB, statement string) error {
	_, err := db.write.Exec(statement)
	return err
}

// MostSteps is how many steps of a working copy can be undone.
const MostSteps = mostSteps

// AreaTables are the tables that are asked before an area is removed.
func AreaTables() []string { return areaTables() }

// TablesWithArea returns the tables that have a column "area".
func TablesWithArea(db *DB) ([]string, error) {
	query := `SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'area'`
	if db.postgres {
		query = `SELECT table_name FROM information_schema.columns WHERE column_name = 'area' AND table_schema = current_schema()`
	}
	rows, err := db.read.Query(query)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(rows *sql.Rows) (name string, err error) { return name, rows.Scan(&name) })
}

// Contents are the tables that [DB.Wipe] empties.
func Contents() []string { return contents() }

// Tables returns all tables of the schema.
func Tables(db *DB) ([]string, error) {
	query := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
	if db.postgres {
		query = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`
	}
	rows, err := db.read.Query(query)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(rows *sql.Rows) (name string, err error) { return name, rows.Scan(&name) })
}

// PersonColumns are the columns that may hold the name of an account, by table.
func PersonColumns() map[string][]string {
	all := map[string][]string{}
	for _, tables := range []map[string][]string{accountColumns(), workColumns()} {
		for table, columns := range tables {
			for _, column := range columns {
				all[table] = append(all[table], table+"."+column)
			}
		}
	}
	return all
}

// FanIn, Gathered and ErrRewritten are what merging of chunks is about.
const FanIn = fanIn

type Gathered = gathered

var ErrRewritten = errRewritten

// Gather returns what would be merged of a level.
func Gather(ctx context.Context, db *DB, wave *LiveWave, level int) (Gathered, error) {
	return db.gathered(ctx, wave, level)
}

// Data are the chunks gathered.
func (g gathered) Data() [][]byte { return g.data }

// Replace puts a merged chunk in their place.
func (g gathered) Replace(ctx context.Context, db *DB, wave *LiveWave, merged []byte) error {
	return db.inTx(ctx, func(tx *sql.Tx) error { return g.replace(ctx, tx, wave, merged) })
}
