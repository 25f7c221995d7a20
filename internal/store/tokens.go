package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
)

// Token lets a program use the interface.
type Token struct {
	ID    string // as addresses call it
	Name  string
	Owner string        // whose rights it has at the time of each request, "" where Grant says what it may do
	Grant account.Grant // of a token without an owner
	// Scopes are the parts of the interface that it may use, none for all.
	Scopes  []account.Scope
	Expires string // last day, "" without end
	Created string // RFC 3339
	Used    string // last day, "" for never
}

// actor is how the audit log names the token; no account could have such a name.
func (t Token) actor() string {
	if t.Owner == "" {
		return "token " + cmp.Or(t.Name, t.ID) // nameless ones are told apart
	}
	return "token " + t.Owner + "/" + t.Name
}

// mostTokens is how many tokens one person has at most.
const mostTokens = 50

// CreateToken makes a token and returns it; only its hash is kept.
// failure.Conflict when its owner has one of that name, or too many.
func (db *DB) CreateToken(ctx context.Context, actor string, token Token) (string, error) {
	secret := "bl_" + rand.Text()
	scopes := make([]string, len(token.Scopes))
	for i, one := range token.Scopes {
		scopes[i] = string(one)
	}
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		var same, all int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FILTER (WHERE name = $1 AND name <> ''), COUNT(*) FROM tokens WHERE owner = $2`,
			token.Name, token.Owner).Scan(&same, &all); err != nil {
			return err
		}
		if same > 0 {
			return failure.New(failure.Conflict, "error.token_exists", "name", token.Name)
		}
		if token.Owner != "" && all >= mostTokens {
			return failure.New(failure.Conflict, "error.too_many_tokens", "limit", mostTokens)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO tokens (hash, id, name, owner, role, area, scopes, expires, created)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, secretHash(secret), rand.Text(), token.Name, token.Owner,
			string(token.Grant.Role), token.Grant.Area, strings.Join(scopes, " "), token.Expires, db.stamp())
		if err != nil {
			return err
		}
		effect := account.Effect("scopes", strings.Join(scopes, ","), "expires", token.Expires)
		if token.Owner == "" {
			effect = strings.TrimSpace(effectOf([]account.Grant{token.Grant}) + " " + effect)
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.TokenCreated, Subject: token.Name, Area: token.Grant.Area, Effect: effect})
	})
	return secret, unavailable(err)
}

// TokenUser returns who a token stands for; failure.Unauthorized when it is none
// of ours, its time is over or its owner's account is disabled. The day is noted.
func (db *DB) TokenUser(ctx context.Context, secret string) (account.User, error) {
	var token Token
	var scopes string
	hash := secretHash(secret)
	err := db.read.QueryRowContext(ctx, `SELECT id, name, owner, role, area, scopes, used FROM tokens WHERE hash = $1 AND (expires = '' OR expires >= $2)
		AND (owner = '' OR EXISTS (SELECT 1 FROM users WHERE users.name = tokens.owner AND NOT disabled))`,
		hash, db.Today()).Scan(&token.ID, &token.Name, &token.Owner, &token.Grant.Role, &token.Grant.Area, &scopes, &token.Used)
	if errors.Is(err, sql.ErrNoRows) {
		return account.User{}, failure.New(failure.Unauthorized, "error.bad_token")
	}
	if err != nil {
		return account.User{}, unavailable(fmt.Errorf("read token: %w", err))
	}
	user := account.User{Name: token.actor(), Grants: []account.Grant{token.Grant}, Scopes: scopesOf(scopes)}
	if token.Owner != "" {
		owner, _, err := db.User(ctx, token.Owner)
		if err != nil {
			return account.User{}, err
		}
		user.Grants = owner.Grants
	}
	if token.Used != db.Today() {
		if _, err := db.write.ExecContext(ctx, `UPDATE tokens SET used = $2 WHERE hash = $1`, hash, db.Today()); err != nil {
			return account.User{}, unavailable(fmt.Errorf("note the use of a token: %w", err))
		}
	}
	return user, nil
}

// scopesOf reads scopes as they are stored; nil for all.
func scopesOf(text string) []account.Scope {
	var scopes []account.Scope
	for one := range strings.FieldsSeq(text) {
		scopes = append(scopes, account.Scope(one))
	}
	return scopes
}

// Tokens lists somebody's tokens, the newest first.
func (db *DB) Tokens(ctx context.Context, owner string) ([]Token, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT id, name, scopes, expires, created, used FROM tokens WHERE owner = $1 AND owner <> ''
		ORDER BY created DESC, id`, owner)
	if err != nil {
		return nil, unavailable(fmt.Errorf("list tokens: %w", err))
	}
	return collect(rows, func(rows *sql.Rows) (Token, error) {
		one := Token{Owner: owner}
		var scopes string
		err := rows.Scan(&one.ID, &one.Name, &scopes, &one.Expires, &one.Created, &one.Used)
		one.Scopes = scopesOf(scopes)
		return one, err
	})
}

// RevokeToken ends one of somebody's tokens at once; failure.NotFound.
func (db *DB) RevokeToken(ctx context.Context, owner, id string) error {
	tokens, err := db.Tokens(ctx, owner)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(tokens, func(one Token) bool { return one.ID == id })
	if at < 0 {
		return failure.New(failure.NotFound, "error.unknown_token")
	}
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		gone, err := affected(tx.ExecContext(ctx, `DELETE FROM tokens WHERE owner = $1 AND id = $2`, owner, id))
		if err != nil || gone == 0 {
			return err
		}
		return db.audit(ctx, tx, account.Entry{Actor: owner, Action: account.TokenRevoked, Subject: tokens[at].Name})
	}))
}

// secretHash is what is kept of a secret that is long enough not to be guessed.
func secretHash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
