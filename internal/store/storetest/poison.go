package storetest

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the driver
)

// TextColumns lists the columns of an SQLite database that hold text, as
// "table.column".
func TextColumns(t testing.TB, path string) (columns []string) {
	t.Helper()
	db := reach(t, path)
	rows, err := db.Query(`SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.type = 'TEXT' AND m.name NOT LIKE 'goose%' ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		columns = append(columns, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return columns
}

// Poison changes what stands in the columns of an SQLite database, as somebody
// could who finds a way around every check, and returns how many texts it changed
// in each.
func Poison(t testing.TB, path string, columns []string, change func(column, text string) string) map[string]int {
	t.Helper()
	db, changed := reach(t, path), map[string]int{}
	for _, column := range columns {
		table, name, _ := strings.Cut(column, ".")
		for row, text := range texts(t, db, table, name) {
			changed[column]++
			if _, err := db.Exec(update(table, name), change(column, text), row); err != nil {
				t.Fatalf("%s: %v", column, err)
			}
		}
	}
	return changed
}

func update(table, name string) string {
	return `UPDATE ` + table + ` SET ` + name + ` = $1 WHERE rowid = $2`
}

// texts are what stands in a column, by row.
func texts(t testing.TB, db *sql.DB, table, name string) map[int64]string {
	t.Helper()
	rows, err := db.Query(fmt.Sprintf(`SELECT rowid, %[2]s FROM %[1]s`, table, name))
	if err != nil {
		t.Fatalf("%s.%s: %v", table, name, err)
	}
	defer func() { _ = rows.Close() }()
	found := map[int64]string{}
	for rows.Next() {
		var row int64
		var text string
		if err := rows.Scan(&row, &text); err != nil {
			t.Fatalf("%s.%s: %v", table, name, err)
		}
		found[row] = text
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

func reach(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}
