package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
)

// resetLife is how long a link to a new password is good.
const resetLife = 24 * time.Hour

// AllowReset makes a link's secret by which the holder of an account sets a new
// password, once; earlier ones are worth nothing then. Who allows it does not get
// to know the password, and a second factor stays. failure.NotFound when there is
// no such account.
func (db *DB) AllowReset(ctx context.Context, actor, name string) (string, error) {
	secret := rand.Text()
	return secret, db.change(ctx, actor, name, account.ResetAllowed, func(tx *sql.Tx) (string, error) {
		if _, err := tx.ExecContext(ctx, `DELETE FROM resets WHERE user_name = $1 OR expires <= $2`, name, db.stamp()); err != nil {
			return "", err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO resets (hash, user_name, expires) VALUES ($1, $2, $3)`,
			secretHash(secret), name, db.now().Add(resetLife).UTC().Format(stampForm))
		return "", err
	})
}

// Resetter returns whose password a link's secret may set; failure.Gone when it
// was used or is too old, or the account is disabled.
func (db *DB) Resetter(ctx context.Context, secret string) (account.User, error) {
	var name string
	err := db.read.QueryRowContext(ctx, `SELECT user_name FROM resets WHERE hash = $1 AND expires > $2`,
		secretHash(secret), db.stamp()).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return account.User{}, failure.New(failure.Gone, "error.reset_over")
	}
	if err != nil {
		return account.User{}, unavailable(err)
	}
	user, _, err := db.User(ctx, name)
	if failure.CodeOf(err) == failure.NotFound {
		err = failure.New(failure.Gone, "error.reset_over").Because(err)
	}
	return user, err
}

// ResetPassword uses a link up, sets the password and ends all sessions of the
// account; failure.Gone when it is over.
func (db *DB) ResetPassword(ctx context.Context, secret, hash string) error {
	user, err := db.Resetter(ctx, secret)
	if err != nil {
		return err
	}
	return db.change(ctx, user.Name, user.Name, account.PasswordChanged, func(tx *sql.Tx) (string, error) {
		count, err := affected(tx.ExecContext(ctx, `DELETE FROM resets WHERE hash = $1`, secretHash(secret)))
		if err == nil && count == 0 { // somebody was quicker
			err = failure.New(failure.Gone, "error.reset_over")
		}
		if err != nil {
			return "", err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE users SET password = $2 WHERE name = $1`, user.Name, hash); err != nil {
			return "", err
		}
		return account.Effect("by", "link"), db.endOthers(ctx, tx, user.Name, "")
	})
}
