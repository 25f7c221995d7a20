package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
)

// AddUser stores an account with its password's hash; failure.Conflict when the
// name is taken. actor is who adds it, for the audit log.
func (db *DB) AddUser(ctx context.Context, actor string, user account.User, hash string) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error { return db.addUser(ctx, tx, actor, user, hash) }))
}

func (db *DB) addUser(ctx context.Context, tx *sql.Tx, actor string, user account.User, hash string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO users (name, password, email, created) VALUES ($1, $2, $3, $4)`,
		user.Name, hash, user.Email, db.stamp())
	if taken(err) {
		return failure.New(failure.Conflict, "error.user_exists", "name", user.Name)
	}
	if err != nil {
		return err
	}
	if err := putGrants(ctx, tx, user); err != nil {
		return err
	}
	return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.UserAdded, Subject: user.Name,
		Area: account.AreaOf(user.Grants), Effect: effectOf(user.Grants)})
}

func putGrants(ctx context.Context, tx *sql.Tx, user account.User) error {
	for _, grant := range user.Grants {
		_, err := tx.ExecContext(ctx, `INSERT INTO grants (user_name, role, area) VALUES ($1, $2, $3)
			ON CONFLICT (user_name, role, area) DO NOTHING`, user.Name, string(grant.Role), grant.Area)
		if err != nil {
			return err
		}
	}
	return nil
}

// effectOf writes grants for the audit log: "coordinator de-nw-bochum".
func effectOf(grants []account.Grant) string {
	texts := make([]string, len(grants))
	for at, grant := range grants {
		texts[at] = strings.TrimSpace(string(grant.Role) + " " + grant.Area)
	}
	return strings.Join(texts, ", ")
}

// SetGrants replaces what an account may do; failure.NotFound when there is
// none of that name, failure.Conflict when nobody would be left who administers
// everything.
func (db *DB) SetGrants(ctx context.Context, actor, name string, grants []account.Grant) error {
	return db.change(ctx, actor, name, account.GrantsChanged, func(tx *sql.Tx) (string, error) {
		before, err := grantsOf(ctx, tx, name)
		if err != nil {
			return "", err
		}
		err = administered(ctx, tx, func() error {
			if _, err := tx.ExecContext(ctx, `DELETE FROM grants WHERE user_name = $1`, name); err != nil {
				return err
			}
			return putGrants(ctx, tx, account.User{Name: name, Grants: grants})
		})
		return effectOf(before) + " → " + effectOf(grants), err
	})
}

// SetDisabled keeps an account from signing in, or lets it again, and ends its
// sessions; the same failures as SetGrants.
func (db *DB) SetDisabled(ctx context.Context, actor, name string, disabled bool) error {
	action := account.UserEnabled
	if disabled {
		action = account.UserDisabled
	}
	return db.change(ctx, actor, name, action, func(tx *sql.Tx) (string, error) {
		return "", administered(ctx, tx, func() error {
			if _, err := tx.ExecContext(ctx, `UPDATE users SET disabled = $2 WHERE name = $1`, name, disabled); err != nil {
				return err
			}
			return db.endOthers(ctx, tx, name, "")
		})
	})
}

// change does something to an account and writes it into the audit log, both or
// neither. work returns the effect.
func (db *DB) change(ctx context.Context, actor, name string, action account.Action, work func(*sql.Tx) (string, error)) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		before, err := grantsOf(ctx, tx, name)
		if err != nil {
			return err
		}
		effect, err := work(tx)
		if err != nil {
			return err
		}
		after, err := grantsOf(ctx, tx, name)
		if err != nil {
			return err
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: action, Subject: name,
			Area: account.AreaOf(slices.Concat(before, after)), Effect: effect})
	}))
}

// SetPassword replaces an account's password and ends its other sessions;
// keep is the value of the cookie whose session goes on, "" for none.
func (db *DB) SetPassword(ctx context.Context, actor, name, hash, keep string) error {
	return db.change(ctx, actor, name, account.PasswordChanged, func(tx *sql.Tx) (string, error) {
		if _, err := tx.ExecContext(ctx, `UPDATE users SET password = $2 WHERE name = $1`, name, hash); err != nil {
			return "", err
		}
		return "", db.endOthers(ctx, tx, name, keep)
	})
}

// endOthers ends the sessions of an account but the one whose cookie has the value
// keep.
func (db *DB) endOthers(ctx context.Context, tx *sql.Tx, name, keep string) error {
	_, err := tx.ExecContext(ctx, `UPDATE sessions SET expiry = $3 WHERE user_name = $1 AND token <> $2 AND expiry > $3`,
		name, sessionKey(keep), db.stamp())
	return err
}

// grantsOf returns what an account may do; failure.NotFound when there is none
// of that name.
func grantsOf(ctx context.Context, tx *sql.Tx, name string) ([]account.Grant, error) {
	rows, err := tx.QueryContext(ctx, `SELECT COALESCE(g.role, ''), COALESCE(g.area, '') FROM users u
		LEFT JOIN grants g ON g.user_name = u.name WHERE u.name = $1 ORDER BY g.area, g.role`, name)
	if err != nil {
		return nil, err
	}
	found, err := collect(rows, scanGrant)
	if err == nil && len(found) == 0 {
		err = failure.New(failure.NotFound, "error.unknown_user", "name", name)
	}
	return slices.DeleteFunc(found, func(g account.Grant) bool { return g.Role == "" }), err
}

func scanGrant(rows *sql.Rows) (grant account.Grant, err error) {
	return grant, rows.Scan(&grant.Role, &grant.Area)
}

// administered runs a change after which somebody must still administer
// everything, if somebody did before: else nobody could let anybody in again.
func administered(ctx context.Context, tx *sql.Tx, change func() error) error {
	before, err := administrators(ctx, tx)
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	after, err := administrators(ctx, tx)
	if err == nil && before > 0 && after == 0 {
		err = failure.New(failure.Conflict, "error.last_administrator")
	}
	return err
}

func administrators(ctx context.Context, tx *sql.Tx) (count int, err error) {
	return count, tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM grants g JOIN users u ON u.name = g.user_name
		WHERE g.role = $1 AND g.area = '' AND NOT u.disabled`, string(account.Administrator)).Scan(&count)
}

// Credentials are what somebody signs in with.
type Credentials struct {
	Password string // hash
	Second   string // secret of the second factor, "" for none
}

// User returns an account that may sign in and what it signs in with;
// failure.NotFound when there is none of that name.
func (db *DB) User(ctx context.Context, name string) (account.User, Credentials, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT u.name, u.email, u.password, u.second, COALESCE(g.role, ''), COALESCE(g.area, '')
		FROM users u LEFT JOIN grants g ON g.user_name = u.name WHERE u.name = $1 AND NOT u.disabled ORDER BY g.area, g.role`, name)
	if err != nil {
		return account.User{}, Credentials{}, unavailable(err)
	}
	var user account.User
	var credentials Credentials
	_, err = collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		var grant account.Grant
		err = rows.Scan(&user.Name, &user.Email, &credentials.Password, &credentials.Second, &grant.Role, &grant.Area)
		if err == nil && grant.Role != "" {
			user.Grants = append(user.Grants, grant)
		}
		return none, err
	})
	if err == nil && user.Name == "" {
		err = failure.New(failure.NotFound, "error.unknown_user", "name", name)
	}
	return user, credentials, unavailable(err)
}

// Person is an account as administrators see it.
type Person struct {
	account.User
	Created  string // RFC 3339
	Disabled bool
	Second   bool // has a second factor
}

// People returns all accounts by name.
func (db *DB) People(ctx context.Context) ([]Person, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT u.name, u.email, u.created, u.disabled, u.second <> '', COALESCE(g.role, ''), COALESCE(g.area, '')
		FROM users u LEFT JOIN grants g ON g.user_name = u.name ORDER BY u.name, g.area, g.role`)
	if err != nil {
		return nil, unavailable(err)
	}
	var people []Person
	_, err = collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		var person Person
		var grant account.Grant
		if err := rows.Scan(&person.Name, &person.Email, &person.Created, &person.Disabled, &person.Second, &grant.Role, &grant.Area); err != nil {
			return none, err
		}
		if len(people) == 0 || people[len(people)-1].Name != person.Name {
			people = append(people, person)
		}
		if last := &people[len(people)-1]; grant.Role != "" {
			last.Grants = append(last.Grants, grant)
		}
		return none, nil
	})
	return people, unavailable(err)
}

// HasUsers tells whether anybody can sign in.
func (db *DB) HasUsers(ctx context.Context) (bool, error) {
	var count int
	err := db.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM users`).Scan(&count)
	return count > 0, unavailable(err)
}

// Fact returns a small fact of the installation, "" when it is not set.
func (db *DB) Fact(ctx context.Context, name string) (string, error) {
	var value string
	err := db.read.QueryRowContext(ctx, `SELECT value FROM facts WHERE name = $1`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, unavailable(err)
}

// SetFact sets a small fact of the installation.
func (db *DB) SetFact(ctx context.Context, name, value string) error {
	_, err := db.write.ExecContext(ctx, `INSERT INTO facts (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return unavailable(err)
}

// contents are all tables but those that are never empty: how often registers were
// changed, and the end of the audit log's chain.
func contents() []string {
	return []string{
		"areas", "audit", "chunks", "codes", "coding_samples", "coding_sittings", "coding_tags", "coding_texts", "codings", "concepts", "dead_addresses",
		"deliveries", "documents", "drafts", "events", "facts", "grants", "identities", "import_asides", "imports", "indicator_sources",
		"indicator_targets", "indicator_values", "indicators", "institution_groups", "institution_members", "institutions", "invitations", "job_parts", "jobs",
		"leases", "mailings",
		"measures", "media", "message_texts", "messages", "milestones", "notes", "offer_decisions", "offer_links", "offers", "own_words", "passkeys",
		"quotes", "releases", "remains", "report_approvals", "report_blocks", "report_comments", "reports", "resets", "responses", "responses_shuffled", "sessions",
		"spares", "stakeholders", "statements", "strata", "surveys", "ties", "tokens", "tombstones", "translation_comments", "translation_sittings",
		"uploads", "users", "variable_cuts", "variables", "waves", "webhooks", "withdrawals", "working_steps", "workings",
	}
}

// Wipe deletes everything but the schema.
func (db *DB) Wipe(ctx context.Context) error {
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		statements := []string{`UPDATE revisions SET number = number + 1`, `UPDATE audit_head SET number = 0, hash = ''`}
		for _, table := range contents() {
			statements = append(statements, `DELETE FROM `+table)
		}
		for _, statement := range statements {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	})
	db.live.clear()
	db.texts.clear()
	return unavailable(err)
}
