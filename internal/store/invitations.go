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

// Invitation lets somebody make an account, once.
type Invitation struct {
	// Key withdraws the invitation; it is no secret.
	Key     []byte
	Email   string // whom it was meant for, "" when not told
	Grant   account.Grant
	Inviter string
	Expires string // RFC 3339
}

// invitationLife is how long an invitation is good.
const invitationLife = 7 * 24 * time.Hour

// Invite makes an invitation and returns the secret for its link; only the hash
// is kept.
func (db *DB) Invite(ctx context.Context, actor, email string, grant account.Grant) (string, error) {
	secret := rand.Text()
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM invitations WHERE expires <= $1`, db.stamp()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO invitations (hash, email, role, area, inviter, expires) VALUES ($1, $2, $3, $4, $5, $6)`,
			secretHash(secret), email, string(grant.Role), grant.Area, actor, db.now().Add(invitationLife).UTC().Format(stampForm))
		if err != nil {
			return err
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.UserInvited, Subject: email, Area: grant.Area,
			Effect: effectOf([]account.Grant{grant})})
	})
	return secret, unavailable(err)
}

// Invitation returns what a link's secret invites to; failure.Gone when the
// invitation was used, withdrawn or is too old.
func (db *DB) Invitation(ctx context.Context, secret string) (Invitation, error) {
	one, err := scanInvitation(db.read.QueryRowContext(ctx, `SELECT hash, email, role, area, inviter, expires FROM invitations
		WHERE hash = $1 AND expires > $2`, secretHash(secret), db.stamp()))
	if errors.Is(err, sql.ErrNoRows) {
		err = failure.New(failure.Gone, "error.invitation_over")
	}
	return one, unavailable(err)
}

func scanInvitation(row scanner) (one Invitation, err error) {
	return one, row.Scan(&one.Key, &one.Email, &one.Grant.Role, &one.Grant.Area, &one.Inviter, &one.Expires)
}

// Invitations lists the invitations that are still good.
func (db *DB) Invitations(ctx context.Context) ([]Invitation, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT hash, email, role, area, inviter, expires FROM invitations
		WHERE expires > $1 ORDER BY expires, hash`, db.stamp())
	if err != nil {
		return nil, unavailable(err)
	}
	return collect(rows, func(rows *sql.Rows) (Invitation, error) { return scanInvitation(rows) })
}

// AcceptInvitation uses an invitation up and makes the account that it invites
// to; failure.Gone when it is over, failure.Conflict when the name is taken: then
// it is still good.
func (db *DB) AcceptInvitation(ctx context.Context, secret, name, hash string) (account.User, error) {
	var user account.User
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		invited, err := db.useInvitation(ctx, tx, secret)
		if err != nil {
			return err
		}
		user = account.User{Name: name, Email: invited.Email, Grants: []account.Grant{invited.Grant}}
		return db.addUser(ctx, tx, name, user, hash)
	})
	return user, unavailable(err)
}

// useInvitation uses an invitation up; failure.Gone when it is over.
func (db *DB) useInvitation(ctx context.Context, tx *sql.Tx, secret string) (Invitation, error) {
	invited, err := scanInvitation(tx.QueryRowContext(ctx, `DELETE FROM invitations WHERE hash = $1 AND expires > $2
		RETURNING hash, email, role, area, inviter, expires`, secretHash(secret), db.stamp()))
	if errors.Is(err, sql.ErrNoRows) {
		err = failure.New(failure.Gone, "error.invitation_over")
	}
	return invited, err
}

// WithdrawInvitation makes a link worthless; failure.NotFound when it was used
// or is over.
func (db *DB) WithdrawInvitation(ctx context.Context, actor string, key []byte) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		one, err := scanInvitation(tx.QueryRowContext(ctx, `DELETE FROM invitations WHERE hash = $1
			RETURNING hash, email, role, area, inviter, expires`, key))
		if errors.Is(err, sql.ErrNoRows) {
			return failure.New(failure.NotFound, "error.invitation_over")
		}
		if err != nil {
			return err
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.InvitationRevoked, Subject: one.Email,
			Area: one.Grant.Area, Effect: effectOf([]account.Grant{one.Grant})})
	}))
}
