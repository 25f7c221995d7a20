package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
)

// Holder returns an account with its passkeys, and gives it a handle where it has
// none yet; failure.NotFound when there is none of that name, or it may not sign
// in.
func (db *DB) Holder(ctx context.Context, name string) (account.Holder, error) {
	_, err := db.write.ExecContext(ctx, `UPDATE users SET handle = $2 WHERE name = $1 AND handle = ''`, name, rand.Text()+rand.Text())
	if err != nil {
		return account.Holder{}, unavailable(err)
	}
	return db.holder(ctx, db.write.QueryRowContext(ctx, `SELECT name, handle FROM users WHERE NOT disabled AND name = $1`, name))
}

// HolderOf returns the account with a handle and its passkeys; failure.NotFound
// when there is none, or it may not sign in.
func (db *DB) HolderOf(ctx context.Context, handle string) (account.Holder, error) {
	return db.holder(ctx, db.read.QueryRowContext(ctx, `SELECT name, handle FROM users
		WHERE NOT disabled AND handle = $1 AND handle <> ''`, handle))
}

func (db *DB) holder(ctx context.Context, row scanner) (account.Holder, error) {
	var holder account.Holder
	var name string
	err := row.Scan(&name, &holder.Handle)
	if errors.Is(err, sql.ErrNoRows) {
		return holder, failure.New(failure.NotFound, "error.not_found")
	}
	if err != nil {
		return holder, unavailable(err)
	}
	if holder.User, _, err = db.User(ctx, name); err != nil {
		return holder, err
	}
	holder.Passkeys, err = db.Passkeys(ctx, name)
	return holder, err
}

// Passkeys lists the passkeys of an account, the oldest first.
func (db *DB) Passkeys(ctx context.Context, name string) ([]account.Passkey, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT number, name, credential, created, used FROM passkeys
		WHERE user_name = $1 ORDER BY created, number`, name)
	if err != nil {
		return nil, unavailable(err)
	}
	return collect(rows, func(rows *sql.Rows) (one account.Passkey, err error) {
		var credential string
		if err := rows.Scan(&one.Number, &one.Name, &credential, &one.Created, &one.Used); err != nil {
			return one, err
		}
		if err := json.Unmarshal([]byte(credential), &one.Credential.Credential); err != nil {
			return one, fmt.Errorf("read passkey %s: %w", one.Number, err)
		}
		one.Synced = one.Credential.Flags.BackupState
		return one, nil
	})
}

// AddPasskey gives an account a passkey; failure.Conflict when some account has
// it already.
func (db *DB) AddPasskey(ctx context.Context, actor, name, called string, credential account.Credential) error {
	document, err := json.Marshal(credential.Credential)
	if err != nil {
		return fmt.Errorf("write passkey: %w", err)
	}
	return db.change(ctx, actor, name, account.PasskeyAdded, func(tx *sql.Tx) (string, error) {
		_, err := tx.ExecContext(ctx, `INSERT INTO passkeys (id, number, user_name, name, credential, created, used)
			VALUES ($1, $2, $3, $4, $5, $6, '')`, credential.ID, rand.Text(), name, called, string(document), db.stamp())
		if taken(err) {
			err = failure.New(failure.Conflict, "error.passkey_known").Because(err)
		}
		return called, err
	})
}

// RenamePasskey gives a passkey of an account another name; failure.NotFound when
// it has none of that number.
func (db *DB) RenamePasskey(ctx context.Context, name, number, called string) error {
	count, err := affected(db.write.ExecContext(ctx, `UPDATE passkeys SET name = $3 WHERE user_name = $1 AND number = $2`, name, number, called))
	if err == nil && count == 0 {
		err = failure.New(failure.NotFound, "error.unknown_passkey")
	}
	return unavailable(err)
}

// RemovePasskey takes a passkey from an account and ends its other sessions, since
// one of them may have begun with it; keep is the value of the cookie whose
// session goes on, "" for none. failure.NotFound when it has none of that number,
// failure.Conflict when nothing else would sign in to it.
func (db *DB) RemovePasskey(ctx context.Context, actor, name, number, keep string) error {
	return db.change(ctx, actor, name, account.PasskeyRemoved, func(tx *sql.Tx) (called string, err error) {
		err = tx.QueryRowContext(ctx, `DELETE FROM passkeys WHERE user_name = $1 AND number = $2 RETURNING name`, name, number).Scan(&called)
		if errors.Is(err, sql.ErrNoRows) {
			err = failure.New(failure.NotFound, "error.unknown_passkey")
		}
		if err == nil {
			err = wayIn(ctx, tx, name)
		}
		if err != nil {
			return "", err
		}
		return called, db.endOthers(ctx, tx, name, keep)
	})
}

// UsePasskey keeps the counter and the flags of a passkey that signed in;
// failure.NotFound when it was removed meanwhile.
func (db *DB) UsePasskey(ctx context.Context, credential account.Credential) error {
	document, err := json.Marshal(credential.Credential)
	if err != nil {
		return fmt.Errorf("write passkey: %w", err)
	}
	count, err := affected(db.write.ExecContext(ctx, `UPDATE passkeys SET credential = $2, used = $3 WHERE id = $1`,
		credential.ID, string(document), db.stamp()))
	if err == nil && count == 0 {
		err = failure.New(failure.NotFound, "error.unknown_passkey")
	}
	return unavailable(err)
}
