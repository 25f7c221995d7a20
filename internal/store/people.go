package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
)

// AddUser stores an account with its password's hash; failure.Conflict when the
// name is taken.
func (db *DB) AddUser(ctx context.Context, user account.User, hash string) error {
	_, err := db.write.ExecContext(ctx, `INSERT INTO users (name, password, role, created) VALUES ($1, $2, $3, $4)`,
		user.Name, hash, string(user.Role), db.stamp())
	if taken(err) {
		return failure.New(failure.Conflict, "error.user_exists", "name", user.Name)
	}
	return unavailable(err)
}

// User returns an account and its password's hash; failure.NotFound when there
// is none of that name.
func (db *DB) User(ctx context.Context, name string) (account.User, string, error) {
	var user account.User
	var hash string
	err := db.read.QueryRowContext(ctx, `SELECT name, role, password FROM users WHERE name = $1`, name).
		Scan(&user.Name, &user.Role, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return user, "", failure.New(failure.NotFound, "error.unknown_user", "name", name)
	}
	return user, hash, unavailable(err)
}

// HasUsers tells whether anybody can sign in.
func (db *DB) HasUsers(ctx context.Context) (bool, error) {
	var count int
	err := db.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM users`).Scan(&count)
	return count > 0, unavailable(err)
}

// CreateToken makes a token for the interface and returns it; only its hash is
// kept.
func (db *DB) CreateToken(ctx context.Context, role account.Role) (string, error) {
	token := "bl_" + rand.Text()
	_, err := db.write.ExecContext(ctx, `INSERT INTO tokens (hash, role, created) VALUES ($1, $2, $3)`,
		tokenHash(token), string(role), db.stamp())
	return token, unavailable(err)
}

// TokenRole returns the role of a token; failure.Unauthorized when it is none
// of ours.
func (db *DB) TokenRole(ctx context.Context, token string) (account.Role, error) {
	var role account.Role
	err := db.read.QueryRowContext(ctx, `SELECT role FROM tokens WHERE hash = $1`, tokenHash(token)).Scan(&role)
	if errors.Is(err, sql.ErrNoRows) {
		return "", failure.New(failure.Unauthorized, "error.unauthorized")
	}
	return role, unavailable(err)
}

func tokenHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// Sessions keeps sign-in sessions for scs; it implements scs.CtxStore. Tokens
// are stored hashed, so that a copy of the database signs nobody in.
type Sessions struct{ db *DB }

// Sessions returns the store of sign-in sessions.
func (db *DB) Sessions() Sessions { return Sessions{db} }

func sessionKey(token string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(token))) }

// FindCtx returns a session's data; not found when it is over.
func (s Sessions) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var data []byte
	err := s.db.read.QueryRowContext(ctx, `SELECT data FROM sessions WHERE token = $1 AND expiry > $2`,
		sessionKey(token), s.db.stamp()).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return data, err == nil, unavailable(err)
}

// CommitCtx stores a session, and sweeps out those that are over.
func (s Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return s.db.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE expiry <= $1`, s.db.stamp()); err != nil {
			return unavailable(err)
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, $3)
			ON CONFLICT (token) DO UPDATE SET data = excluded.data, expiry = excluded.expiry`,
			sessionKey(token), data, expiry.UTC().Format(stampForm))
		return unavailable(err)
	})
}

// DeleteCtx ends a session.
func (s Sessions) DeleteCtx(ctx context.Context, token string) error {
	_, err := s.db.write.ExecContext(ctx, `DELETE FROM sessions WHERE token = $1`, sessionKey(token))
	return unavailable(err)
}

// Find is FindCtx without a context. With Commit and Delete it completes the
// interface of scs, which calls the variants with one.
func (s Sessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (s Sessions) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx without a context.
func (s Sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

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

// Wipe deletes everything but the schema.
func (db *DB) Wipe(ctx context.Context) error {
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		for _, statement := range []string{
			`DELETE FROM surveys`, `DELETE FROM media`, `DELETE FROM waves`, `DELETE FROM responses`, `DELETE FROM responses_shuffled`,
			`DELETE FROM chunks`, `DELETE FROM tombstones`, `DELETE FROM withdrawals`, `DELETE FROM statements`,
			`DELETE FROM codes`, `DELETE FROM releases`, `DELETE FROM imports`, `DELETE FROM import_asides`,
			`DELETE FROM institutions`, `DELETE FROM users`, `DELETE FROM sessions`, `DELETE FROM tokens`, `DELETE FROM facts`,
		} {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	})
	db.live.clear()
	return unavailable(err)
}
