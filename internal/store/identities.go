package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
)

// Identity is by what a provider knows the holder of an account.
type Identity struct {
	Issuer, Subject string
	Created         string // RFC 3339
}

// Identities lists by what providers know the holder of an account.
func (db *DB) Identities(ctx context.Context, name string) ([]Identity, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT issuer, subject, created FROM identities WHERE user_name = $1 ORDER BY issuer, subject`, name)
	if err != nil {
		return nil, unavailable(err)
	}
	return collect(rows, func(rows *sql.Rows) (one Identity, err error) {
		return one, rows.Scan(&one.Issuer, &one.Subject, &one.Created)
	})
}

// SignInVouched returns the account of whoever a provider vouches for, with the
// rights that follow from their groups as they are now. Whoever is new gets an
// account if such rights follow; never somebody else's of the same name or e-mail
// address. failure.Unauthorized when they have none, failure.Forbidden when it is
// disabled or may do nothing; then its name comes back too.
func (db *DB) SignInVouched(ctx context.Context, vouched account.Vouched) (account.User, error) {
	var user account.User
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		name, disabled, err := identityHolder(ctx, tx, vouched)
		user.Name = name
		switch {
		case errors.Is(err, sql.ErrNoRows) && len(vouched.Grants) == 0:
			return failure.New(failure.Unauthorized, "error.identity_unknown")
		case errors.Is(err, sql.ErrNoRows):
			user, err = db.addVouched(ctx, tx, vouched, account.User{Email: vouched.Email}, true)
			return err
		case err != nil:
			return err
		case disabled:
			return failure.New(failure.Forbidden, "error.account_disabled")
		}
		user.Grants, err = db.remap(ctx, tx, name, vouched.Grants)
		return err
	})
	if err == nil && len(user.Grants) == 0 {
		err = failure.New(failure.Forbidden, "error.identity_no_rights")
	}
	return user, unavailable(err)
}

// identityHolder returns whose account an identity is linked with; sql.ErrNoRows.
func identityHolder(ctx context.Context, tx *sql.Tx, vouched account.Vouched) (name string, disabled bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT u.name, u.disabled FROM identities i JOIN users u ON u.name = i.user_name
		WHERE i.issuer = $1 AND i.subject = $2`, vouched.Issuer, vouched.Subject).Scan(&name, &disabled)
	return name, disabled, err
}

// addVouched makes an account without a password, under a name that is free, and
// links it.
func (db *DB) addVouched(ctx context.Context, tx *sql.Tx, vouched account.Vouched, user account.User, mapped bool) (account.User, error) {
	if mapped {
		user.Grants = vouched.Grants
	}
	free, err := freeName(ctx, tx, account.NameFrom(vouched.Name))
	if err != nil {
		return user, err
	}
	user.Name = free
	if err := db.addUser(ctx, tx, user.Name, user, ""); err != nil {
		return user, err
	}
	if mapped {
		if _, err := tx.ExecContext(ctx, `UPDATE grants SET mapped = TRUE WHERE user_name = $1`, user.Name); err != nil {
			return user, err
		}
	}
	return user, db.link(ctx, tx, user.Name, user.Name, vouched)
}

// freeName returns the name, or the first of it with a number behind that no
// account has.
func freeName(ctx context.Context, tx *sql.Tx, name string) (string, error) {
	for number := 1; ; number++ {
		tried := name
		if number > 1 {
			tried = fmt.Sprintf("%s-%d", name, number)
		}
		var count int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM users WHERE name = $1`, tried).Scan(&count); err != nil {
			return "", err
		}
		if count == 0 {
			return tried, nil
		}
	}
}

// link writes down whose account an identity is; failure.Conflict when it is
// another's already.
func (db *DB) link(ctx context.Context, tx *sql.Tx, actor, name string, vouched account.Vouched) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO identities (issuer, subject, user_name, created) VALUES ($1, $2, $3, $4)`,
		vouched.Issuer, vouched.Subject, name, db.stamp())
	if taken(err) {
		return failure.New(failure.Conflict, "error.identity_taken").Because(err)
	}
	if err != nil {
		return err
	}
	grants, err := grantsOf(ctx, tx, name)
	if err != nil {
		return err
	}
	return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.IdentityLinked, Subject: name, Area: account.AreaOf(grants),
		Effect: account.Effect("issuer", vouched.Issuer, "subject", vouched.Subject)})
}

// remap sets the rights of an account that follow from groups and returns all it
// has.
func (db *DB) remap(ctx context.Context, tx *sql.Tx, name string, mapped []account.Grant) ([]account.Grant, error) {
	before, err := grantsOf(ctx, tx, name)
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM grants WHERE user_name = $1 AND mapped`, name); err != nil {
		return nil, err
	}
	for _, grant := range mapped {
		_, err := tx.ExecContext(ctx, `INSERT INTO grants (user_name, role, area, mapped) VALUES ($1, $2, $3, TRUE)
			ON CONFLICT (user_name, role, area) DO NOTHING`, name, string(grant.Role), grant.Area)
		if err != nil {
			return nil, err
		}
	}
	after, err := grantsOf(ctx, tx, name)
	if err != nil || slices.Equal(before, after) {
		return after, err
	}
	return after, db.audit(ctx, tx, account.Entry{Actor: account.Provider, Action: account.GrantsChanged, Subject: name,
		Area: account.AreaOf(slices.Concat(before, after)), Effect: effectOf(before) + " → " + effectOf(after)})
}

// AcceptInvitationVouched uses an invitation up and makes the account that it
// invites to, for whoever a provider vouches for; failure.Gone when it is over,
// failure.Conflict when they have an account already: then it is still good.
func (db *DB) AcceptInvitationVouched(ctx context.Context, secret string, vouched account.Vouched) (account.User, error) {
	var user account.User
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		invited, err := db.useInvitation(ctx, tx, secret)
		if err != nil {
			return err
		}
		user, err = db.addVouched(ctx, tx, vouched, account.User{Email: invited.Email, Grants: []account.Grant{invited.Grant}}, false)
		return err
	})
	return user, unavailable(err)
}

// LinkIdentity lets somebody sign in to an account by a provider as well;
// failure.Conflict when the identity is linked with another.
func (db *DB) LinkIdentity(ctx context.Context, name string, vouched account.Vouched) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error { return db.link(ctx, tx, name, name, vouched) }))
}

// UnlinkIdentities takes an account's identities at a provider away, and the
// sessions but that of the cookie with the value keep. failure.NotFound when it
// has none, failure.Conflict when nothing else would sign in to it.
func (db *DB) UnlinkIdentities(ctx context.Context, actor, name, issuer, keep string) error {
	return db.change(ctx, actor, name, account.IdentityUnlinked, func(tx *sql.Tx) (string, error) {
		count, err := affected(tx.ExecContext(ctx, `DELETE FROM identities WHERE user_name = $1 AND issuer = $2`, name, issuer))
		if err == nil && count == 0 {
			err = failure.New(failure.NotFound, "error.unknown_identity")
		}
		if err == nil {
			err = wayIn(ctx, tx, name)
		}
		if err != nil {
			return "", err
		}
		return account.Effect("issuer", issuer), db.endOthers(ctx, tx, name, keep)
	})
}

// wayIn fails with failure.Conflict when nothing would sign in to an account any
// more.
func wayIn(ctx context.Context, tx *sql.Tx, name string) error {
	var ways int
	err := tx.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM users WHERE name = $1 AND password <> '')
		+ (SELECT COUNT(*) FROM passkeys WHERE user_name = $1) + (SELECT COUNT(*) FROM identities WHERE user_name = $1)`, name).Scan(&ways)
	if err == nil && ways == 0 {
		err = failure.New(failure.Conflict, "error.last_way_in")
	}
	return err
}
