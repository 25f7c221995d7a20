package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
)

// Kept is an entry of a register as it is stored.
type Kept[T any] struct {
	Entry    T
	Revision int // rises with every change
}

// register is a table of entries that people add, change and remove one by one,
// each with a revision, so that nobody overwrites what they have not seen.
type register[T any] struct {
	table   string
	columns []string // id first, without revision
	order   string
	scan    func(row scanner, more ...any) (T, error) // the columns, and more
	values  func(*T) []any                            // in the order of the columns
	id      func(*T) *string
	subject func(*T) string // for the audit log
	// natural tells that entries bring their id along: it names what there is one
	// entry for.
	natural bool

	added, changed, removed account.Action
	// counts is the name of a revision that rises whenever an entry changes, ""
	// for none.
	counts string
}

// all lists the entries in one query.
func (r *register[T]) all(ctx context.Context, q queryer) ([]Kept[T], error) {
	return r.some(ctx, q, "TRUE")
}

// some lists the entries that a condition chooses, in one query.
func (r *register[T]) some(ctx context.Context, q queryer, condition string, arguments ...any) ([]Kept[T], error) {
	rows, err := q.QueryContext(ctx, r.selects()+` WHERE `+condition+` ORDER BY `+r.order, arguments...)
	if err != nil {
		return nil, unavailable(fmt.Errorf("list %s: %w", r.table, err))
	}
	return collect(rows, func(rows *sql.Rows) (one Kept[T], err error) {
		one.Entry, err = r.scan(rows, &one.Revision)
		return one, err
	})
}

func (r *register[T]) selects() string {
	return `SELECT ` + strings.Join(r.columns, ", ") + `, revision FROM ` + r.table
}

func (r *register[T]) inserts() string {
	return `INSERT INTO ` + r.table + ` (` + strings.Join(r.columns, ", ") + `, revision) VALUES (` + placeholders(1, len(r.columns)) + `, 1) ON CONFLICT (id) DO NOTHING`
}

// updates changes an entry, $1, that has the revision behind the columns.
func (r *register[T]) updates() string {
	var sets strings.Builder
	for at, column := range r.columns[1:] {
		fmt.Fprintf(&sets, "%s = $%d, ", column, at+2)
	}
	return `UPDATE ` + r.table + ` SET ` + sets.String() + `revision = revision + 1 WHERE id = $1 AND revision = ` + fmt.Sprint("$", len(r.columns)+1)
}

// one returns an entry; failure.NotFound.
func (r *register[T]) one(ctx context.Context, q queryer, id string) (one Kept[T], err error) {
	one.Entry, err = r.scan(q.QueryRowContext(ctx, r.selects()+` WHERE id = $1`, id), &one.Revision)
	return one, unavailable(missing(err))
}

// missing turns that there is no such row into failure.NotFound.
func missing(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return failure.New(failure.NotFound, "error.not_found")
	}
	return err
}

// save adds an entry where seen is 0, and else changes the one that had that
// revision: failure.Conflict when somebody changed it, failure.NotFound when it is
// gone. The entry of the audit log brings who does it and the area.
func (r *register[T]) save(ctx context.Context, db *DB, entry account.Entry, seen int, one T) (id string, err error) {
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		if err := r.count(ctx, tx); err != nil {
			return err
		}
		entry.Action, entry.Subject = r.changed, r.subject(&one)
		if seen == 0 {
			if entry.Action = r.added; !r.natural {
				*r.id(&one) = newID()
			}
			if err := r.insert(ctx, tx, one); err != nil {
				return err
			}
		} else if err := r.update(ctx, tx, seen, one); err != nil {
			return err
		}
		return db.audit(ctx, tx, entry)
	})
	return *r.id(&one), unavailable(err)
}

func (r *register[T]) count(ctx context.Context, tx *sql.Tx) error {
	if r.counts == "" {
		return nil
	}
	return advance(ctx, tx, r.counts, anyRevision)
}

func (r *register[T]) insert(ctx context.Context, tx *sql.Tx, one T) error {
	rows, err := affected(tx.ExecContext(ctx, r.inserts(), r.values(&one)...))
	if err != nil {
		return fmt.Errorf("add to %s: %w", r.table, err)
	}
	if rows == 0 { // somebody else has entered it meanwhile
		return failure.New(failure.Conflict, "error.changed_meanwhile")
	}
	return nil
}

func (r *register[T]) update(ctx context.Context, tx *sql.Tx, seen int, one T) error {
	rows, err := affected(tx.ExecContext(ctx, r.updates(), append(r.values(&one), seen)...))
	if err != nil {
		return fmt.Errorf("change %s: %w", r.table, err)
	}
	if rows == 1 {
		return nil
	}
	if _, err := r.one(ctx, tx, *r.id(&one)); err != nil {
		return err
	}
	return failure.New(failure.Conflict, "error.changed_meanwhile")
}

// remove takes an entry out that had that revision.
func (r *register[T]) remove(ctx context.Context, db *DB, entry account.Entry, seen int, id string) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		if err := r.count(ctx, tx); err != nil {
			return err
		}
		stored, err := r.one(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := r.drop(ctx, tx, seen, id); err != nil {
			return err
		}
		entry.Action, entry.Subject = r.removed, r.subject(&stored.Entry)
		return db.audit(ctx, tx, entry)
	}))
}

func (r *register[T]) drop(ctx context.Context, tx *sql.Tx, seen int, id string) error {
	rows, err := affected(tx.ExecContext(ctx, `DELETE FROM `+r.table+` WHERE id = $1 AND revision = $2`, id, seen))
	if err != nil {
		return fmt.Errorf("remove from %s: %w", r.table, err)
	}
	if rows == 0 {
		return failure.New(failure.Conflict, "error.changed_meanwhile")
	}
	return nil
}

// newID is an id that tells nothing.
func newID() string { return rand.Text() }
