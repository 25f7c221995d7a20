package store

import (
	"context"
	"database/sql"
	"fmt"

	"bedarfslotse/internal/failure"
)

// Holdings are all that is stored about one account, for the person whose it is
// (Article 15 GDPR).
type Holdings struct {
	// About are the rows about the account itself, by table: what it is and may do,
	// where it signs in, what the audit log says. Secrets are left out.
	About map[string][]map[string]any `json:"about"`
	// Work counts the rows that carry the account's name as whoever wrote, changed
	// or decided something; what stands in them belongs to the work.
	Work map[string]int `json:"work"`
}

// accountColumns are the columns that hold an account's name in rows about the
// account, by table, and workColumns those in what it worked on.
func accountColumns() map[string][]string {
	return map[string][]string{
		"users": {"name"}, "grants": {"user_name"}, "sessions": {"user_name"}, "passkeys": {"user_name"}, "identities": {"user_name"},
		"spares": {"user_name"}, "resets": {"user_name"}, "uploads": {"user_name"}, "tokens": {"owner"}, "audit": {"actor", "subject"},
		"invitations": {"inviter"}, "jobs": {"owner"},
	}
}

func workColumns() map[string][]string {
	return map[string][]string{
		"workings": {"author"}, "working_steps": {"author"}, "mailings": {"actor"}, "webhooks": {"author"}, "imports": {"actor"},
		"translation_comments": {"author", "resolver"}, "translation_sittings": {"author"}, "codings": {"coder"}, "coding_texts": {"author"},
		"coding_sittings": {"reader"}, "quotes": {"author", "judge"}, "reports": {"author"}, "report_comments": {"author"},
		"report_approvals": {"actor"}, "own_words": {"author"},
	}
}

// secretColumns are the columns that are never handed out: they are secrets, or would
// stand in for one.
func secretColumns() map[string]bool {
	return map[string]bool{"password": true, "second": true, "token": true, "hash": true, "handle": true, "credential": true, "data": true}
}

// Holdings collects them in one moment. It fails with NotFound when there is no
// such account.
func (db *DB) Holdings(ctx context.Context, name string) (*Holdings, error) {
	held := &Holdings{About: map[string][]map[string]any{}, Work: map[string]int{}}
	err := db.inReading(ctx, func(tx *sql.Tx) error {
		for table, columns := range accountColumns() {
			for _, column := range columns {
				rows, err := rowsOf(ctx, tx, table, column, name)
				if err != nil {
					return fmt.Errorf("collect %s: %w", table, err)
				}
				if len(rows) > 0 {
					held.About[table] = append(held.About[table], rows...)
				}
			}
		}
		for table, columns := range workColumns() {
			for _, column := range columns {
				count := 0
				if err := tx.QueryRowContext(ctx, holding("COUNT(*)", table, column), name).Scan(&count); err != nil {
					return fmt.Errorf("count %s: %w", table, err)
				}
				if count > 0 {
					held.Work[table+"."+column] = count
				}
			}
		}
		return nil
	})
	if err == nil && len(held.About["users"]) == 0 {
		err = failure.New(failure.NotFound, "error.unknown_user", "name", name)
	}
	return held, unavailable(err)
}

func holding(what, table, column string) string {
	return `SELECT ` + what + ` FROM ` + table + ` WHERE ` + column + ` = $1`
}

// rowsOf reads rows with the names of their columns, without secrets and bytes.
func rowsOf(ctx context.Context, tx *sql.Tx, table, column, name string) (all []map[string]any, err error) {
	rows, err := tx.QueryContext(ctx, holding("*", table, column), name)
	if err != nil {
		return nil, err
	}
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	hidden := secretColumns()
	return collect(rows, func(rows *sql.Rows) (map[string]any, error) {
		values := make([]any, len(names))
		for at := range values {
			values[at] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			return nil, err
		}
		row := map[string]any{}
		for at, name := range names {
			value := *values[at].(*any) //nolint:forcetypeassert // made above
			if _, bytes := value.([]byte); !bytes && !hidden[name] {
				row[name] = value
			}
		}
		return row, nil
	})
}
