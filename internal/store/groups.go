package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"strconv"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
)

// InstitutionGroup is some institutions that people put together, such as the
// project schools.
type InstitutionGroup struct {
	ID, Name string
	Area     string // key of the area whose group it is, "" for all
	Count    int    // open institutions in it
}

// InstitutionGroups returns all groups by name.
func (db *DB) InstitutionGroups(ctx context.Context) ([]InstitutionGroup, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT g.id, g.name, g.area, COUNT(i.number) FROM institution_groups g
		LEFT JOIN institution_members m ON m.group_id = g.id
		LEFT JOIN institutions i ON i.number = m.number AND i.closed = ''
		GROUP BY g.id, g.name, g.area ORDER BY g.name, g.id`)
	if err != nil {
		return nil, unavailable(fmt.Errorf("list groups: %w", err))
	}
	return collect(rows, func(rows *sql.Rows) (one InstitutionGroup, err error) {
		return one, rows.Scan(&one.ID, &one.Name, &one.Area, &one.Count)
	})
}

// GroupsOf returns the ids of the groups that each of the institutions is in.
func (db *DB) GroupsOf(ctx context.Context, numbers []string) (map[string][]string, error) {
	found := make(map[string][]string)
	for len(numbers) > 0 {
		n := min(len(numbers), 1000)
		arguments := make([]any, n)
		for at, number := range numbers[:n] {
			arguments[at] = number
		}
		numbers = numbers[n:]
		rows, err := db.read.QueryContext(ctx, groupsOfQuery(n), arguments...)
		if err != nil {
			return nil, unavailable(fmt.Errorf("groups of institutions: %w", err))
		}
		pairs, err := collect(rows, func(rows *sql.Rows) (pair [2]string, err error) { return pair, rows.Scan(&pair[0], &pair[1]) })
		if err != nil {
			return nil, err
		}
		for _, pair := range pairs {
			found[pair[0]] = append(found[pair[0]], pair[1])
		}
	}
	return found, nil
}

// groupsOfQuery asks for the groups of so many institutions.
func groupsOfQuery(institutions int) string {
	return `SELECT number, group_id FROM institution_members WHERE number IN (` + placeholders(1, institutions) + `) ORDER BY number, group_id`
}

// AddGroup makes an empty group and returns its id.
func (db *DB) AddGroup(ctx context.Context, actor, name, area string) (id string, err error) {
	id = rand.Text()
	return id, unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO institution_groups (id, name, area) VALUES ($1, $2, $3)`, id, name, area); err != nil {
			return err
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.GroupAdded, Subject: name, Area: area})
	}))
}

// RenameGroup gives a group another name; failure.NotFound.
func (db *DB) RenameGroup(ctx context.Context, actor string, group InstitutionGroup, name string) error {
	return db.changeGroup(ctx, group, account.Entry{Actor: actor, Action: account.GroupRenamed, Effect: name},
		`UPDATE institution_groups SET name = $2 WHERE id = $1`, name)
}

// RemoveGroup takes a group apart; its institutions stay. failure.NotFound.
func (db *DB) RemoveGroup(ctx context.Context, actor string, group InstitutionGroup) error {
	return db.changeGroup(ctx, group, account.Entry{Actor: actor, Action: account.GroupRemoved, Effect: strconv.Itoa(group.Count)},
		`DELETE FROM institution_groups WHERE id = $1`)
}

func (db *DB) changeGroup(ctx context.Context, group InstitutionGroup, entry account.Entry, statement string, more ...any) error {
	entry.Subject, entry.Area = group.Name, group.Area
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, statement, append([]any{group.ID}, more...)...)
		if err != nil {
			return err
		}
		if rows, err := done.RowsAffected(); err != nil || rows == 0 {
			return failure.New(failure.NotFound, "error.unknown_group").Because(err)
		}
		if entry.Action == account.GroupRemoved {
			if _, err := tx.ExecContext(ctx, `DELETE FROM institution_members WHERE group_id = $1`, group.ID); err != nil {
				return err
			}
		}
		return db.audit(ctx, tx, entry)
	}))
}

// SetMembers takes institutions into a group, or out of it, and returns for how
// many that changed something. failure.NotFound when there is no such group.
func (db *DB) SetMembers(ctx context.Context, actor string, group InstitutionGroup, numbers []string, member bool) (changed int, err error) {
	action, statement := account.GroupLeft, `DELETE FROM institution_members WHERE group_id = $1 AND number = $2`
	if member {
		action = account.GroupJoined
		statement = `INSERT INTO institution_members (group_id, number) VALUES ($1, $2) ON CONFLICT (group_id, number) DO NOTHING`
	}
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		var known int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM institution_groups WHERE id = $1`, group.ID).Scan(&known); err != nil {
			return err
		}
		if known == 0 {
			return failure.New(failure.NotFound, "error.unknown_group")
		}
		for _, number := range numbers {
			done, err := tx.ExecContext(ctx, statement, group.ID, number)
			if err != nil {
				return err
			}
			rows, err := done.RowsAffected()
			if err != nil {
				return err
			}
			changed += int(rows)
		}
		if changed == 0 {
			return nil
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: action, Subject: group.Name, Area: group.Area, Effect: strconv.Itoa(changed)})
	})
	return changed, unavailable(err)
}
