package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// kind is what a column holds: migrations use these five types only, so that a
// value means the same to both engines.
type kind byte

const (
	text kind = iota
	whole
	truth
	fraction
	octets
)

// kinds of columns by the names that migrations and PostgreSQL give them.
func kindOf(name string) (kind, error) {
	at := slices.Index([]string{"text", "bigint", "boolean", "double precision", "bytea"}, strings.ToLower(name))
	if at < 0 {
		return 0, fmt.Errorf("unknown type of column %q", name)
	}
	return kind(at), nil
}

type column struct {
	name string
	kind kind
	key  int64 // place in the primary key from 1, 0 outside
}

// table is one table as the database describes it.
type table struct {
	name    string
	columns []column // by name: the engines may list them in another order
}

// everything are the tables that hold what people entered: all but the list of
// migrations, which each database keeps for itself.
func everything() []string { return append(contents(), "audit_head", "revisions") }

// describe asks the database for the columns of tables.
func describe(ctx context.Context, q queryer, postgres bool, names []string) ([]table, error) {
	query := `SELECT name, type, pk FROM pragma_table_info($1) ORDER BY name`
	if postgres {
		query = `SELECT c.column_name, c.data_type, COALESCE(k.ordinal_position, 0) FROM information_schema.columns c
			LEFT JOIN information_schema.table_constraints t ON t.constraint_type = 'PRIMARY KEY'
				AND t.table_schema = c.table_schema AND t.table_name = c.table_name
			LEFT JOIN information_schema.key_column_usage k ON k.constraint_schema = t.constraint_schema
				AND k.constraint_name = t.constraint_name AND k.table_name = c.table_name AND k.column_name = c.column_name
			WHERE c.table_schema = current_schema() AND c.table_name = $1 ORDER BY c.column_name`
	}
	tables := make([]table, len(names))
	for i, name := range names {
		rows, err := q.QueryContext(ctx, query, name)
		if err != nil {
			return nil, fmt.Errorf("describe %s: %w", name, err)
		}
		tables[i].name = name
		tables[i].columns, err = collect(rows, func(rows *sql.Rows) (one column, err error) {
			var typed string
			if err := rows.Scan(&one.name, &typed, &one.key); err != nil {
				return one, err
			}
			one.kind, err = kindOf(typed)
			return one, err
		})
		if err != nil {
			return nil, fmt.Errorf("describe %s: %w", name, err)
		}
		slices.SortFunc(tables[i].columns, func(a, b column) int { return strings.Compare(a.name, b.name) })
	}
	return tables, nil
}

// tablesInFile lists the tables of a SQLite file, whichever schema it has.
func tablesInFile(ctx context.Context, q queryer) ([]string, error) {
	rows, err := q.QueryContext(ctx, `SELECT name FROM sqlite_master
		WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'goose_db_version' ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (name string, err error) { return name, rows.Scan(&name) })
}

func (t table) names() string {
	names := make([]string, len(t.columns))
	for i, one := range t.columns {
		names[i] = one.name
	}
	return strings.Join(names, ", ")
}

// inKeyOrder are the columns by which the rows are copied. Keys are random or
// say nothing about when a row came, while the order in which rows lie does
// (DESIGN 6).
func (t table) inKeyOrder() string {
	key := slices.DeleteFunc(slices.Clone(t.columns), func(c column) bool { return c.key == 0 })
	slices.SortFunc(key, func(a, b column) int { return int(a.key - b.key) })
	if len(key) == 0 {
		return t.names()
	}
	return table{columns: key}.names()
}

// sameShape tells whether rows of one table fit into the other.
func (t table) sameShape(other table) bool {
	return t.name == other.name && len(t.columns) > 0 && slices.EqualFunc(t.columns, other.columns,
		func(a, b column) bool { return a.name == b.name && a.kind == b.kind })
}

// rows visits all rows of the table with values of the columns' kinds: string,
// int64, bool, float64, []byte or nil. The slice is good until visit returns.
func (t table) rows(ctx context.Context, q queryer, order string, visit func([]any) error) error {
	found, err := q.QueryContext(ctx, `SELECT `+t.names()+` FROM `+t.name+order)
	if err != nil {
		return fmt.Errorf("read %s: %w", t.name, err)
	}
	values, targets := make([]any, len(t.columns)), make([]any, len(t.columns))
	for i := range values {
		targets[i] = &values[i]
	}
	return each(found, func(row scanner) error {
		if err := row.Scan(targets...); err != nil {
			return fmt.Errorf("read %s: %w", t.name, err)
		}
		for i, one := range t.columns {
			if values[i], err = one.kind.value(values[i]); err != nil {
				return fmt.Errorf("read %s.%s: %w", t.name, one.name, err)
			}
		}
		return visit(values)
	})
}

// value brings what a driver returned to the column's kind. SQLite keeps what
// it is given: bytes in a column of text, numbers in one of truth values.
func (k kind) value(found any) (any, error) {
	switch v := found.(type) {
	case nil:
		return nil, nil //nolint:nilnil // NULL is a value
	case string:
		switch k {
		case text:
			return v, nil
		case octets:
			return []byte(v), nil
		}
	case []byte:
		switch k {
		case text:
			return string(v), nil
		case octets:
			if v == nil {
				v = []byte{}
			}
			return v, nil
		}
	case int64:
		switch k {
		case whole:
			return v, nil
		case truth:
			return v != 0, nil
		case fraction:
			return float64(v), nil
		}
	case float64:
		if k == fraction {
			return v, nil
		}
	case bool:
		if k == truth {
			return v, nil
		}
	}
	return nil, fmt.Errorf("%T does not belong there", found)
}
