package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
)

// Token lets a program use the interface.
type Token struct {
	Name    string
	Grant   account.Grant
	Expires string // last day, "" without end
}

// CreateToken makes a token and returns it; only its hash is kept.
// failure.Conflict when the name is taken.
func (db *DB) CreateToken(ctx context.Context, actor string, token Token) (string, error) {
	secret := "bl_" + rand.Text()
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		var count int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM tokens WHERE name = $1 AND name <> ''`, token.Name).Scan(&count); err != nil {
			return err
		}
		if count > 0 {
			return failure.New(failure.Conflict, "error.token_exists", "name", token.Name)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO tokens (hash, name, role, area, expires, created) VALUES ($1, $2, $3, $4, $5, $6)`,
			secretHash(secret), token.Name, string(token.Grant.Role), token.Grant.Area, token.Expires, db.stamp())
		if err != nil {
			return err
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.TokenCreated, Subject: token.Name,
			Area: token.Grant.Area, Effect: effectOf([]account.Grant{token.Grant})})
	})
	return secret, unavailable(err)
}

// TokenUser returns who a token stands for; failure.Unauthorized when it is none
// of ours or its time is over.
func (db *DB) TokenUser(ctx context.Context, secret string) (account.User, error) {
	var token Token
	err := db.read.QueryRowContext(ctx, `SELECT name, role, area FROM tokens WHERE hash = $1 AND (expires = '' OR expires >= $2)`,
		secretHash(secret), db.Today()).Scan(&token.Name, &token.Grant.Role, &token.Grant.Area)
	if errors.Is(err, sql.ErrNoRows) {
		return account.User{}, failure.New(failure.Unauthorized, "error.unauthorized")
	}
	return account.User{Name: "token " + token.Name, Grants: []account.Grant{token.Grant}}, unavailable(err)
}

// secretHash is what is kept of a secret that is long enough not to be guessed.
func secretHash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
