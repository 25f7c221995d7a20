package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
)

// Sessions keeps sign-in sessions for scs; it implements scs.CtxStore. Tokens
// are stored hashed, so that a copy of the database signs nobody in.
type Sessions struct{ db *DB }

// Sessions returns the store of sign-in sessions.
func (db *DB) Sessions() Sessions { return Sessions{db} }

func sessionKey(token string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(token))) }

// Session is somebody signed in somewhere.
type Session struct {
	// Key ends the session; it is no secret, since it signs nobody in.
	Key    string
	Began  string // RFC 3339
	Device string // what the browser says it is, shortened
}

// Own writes down whose a session is, and that they signed in by what.
func (s Sessions) Own(ctx context.Context, token string, user account.User, device string, by account.Means) error {
	return unavailable(s.db.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE sessions SET user_name = $2, began = $3, device = $4 WHERE token = $1`,
			sessionKey(token), user.Name, s.db.stamp(), device)
		if err != nil {
			return err
		}
		return s.db.audit(ctx, tx, account.Entry{Actor: user.Name, Action: account.SignedIn, Subject: user.Name,
			Area: account.AreaOf(user.Grants), Effect: account.Effect("by", by, "device", device)})
	}))
}

// Of lists the sessions of an account, the newest first, and tells which of
// them is that of a token.
func (s Sessions) Of(ctx context.Context, name, token string) (all []Session, own string, err error) {
	rows, err := s.db.read.QueryContext(ctx, `SELECT token, began, device FROM sessions
		WHERE user_name = $1 AND expiry > $2 ORDER BY began DESC, token`, name, s.db.stamp())
	if err != nil {
		return nil, "", unavailable(err)
	}
	all, err = collect(rows, func(rows *sql.Rows) (one Session, err error) {
		return one, rows.Scan(&one.Key, &one.Began, &one.Device)
	})
	return all, sessionKey(token), err
}

// Revoke ends a session of an account by its key; failure.NotFound when it has
// none such.
func (s Sessions) Revoke(ctx context.Context, actor, name, key string) error {
	return s.db.change(ctx, actor, name, account.SessionRevoked, func(tx *sql.Tx) (string, error) {
		result, err := tx.ExecContext(ctx, `UPDATE sessions SET expiry = $3 WHERE user_name = $1 AND token = $2 AND expiry > $3`,
			name, key, s.db.stamp())
		if err != nil {
			return "", err
		}
		if count, err := result.RowsAffected(); err != nil || count == 0 {
			return "", failure.New(failure.NotFound, "error.unknown_session").Because(err)
		}
		return "", nil
	})
}

// End ends all sessions of an account but the one whose cookie has the value keep,
// "" for none.
func (s Sessions) End(ctx context.Context, actor, name, keep string) error {
	return s.db.change(ctx, actor, name, account.SessionRevoked, func(tx *sql.Tx) (string, error) {
		return "", s.db.endOthers(ctx, tx, name, keep)
	})
}

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

// afterlife is how long an ended session is remembered: no request under way then
// can write it back to life.
const afterlife = time.Hour

// CommitCtx stores a session, and sweeps out those that are over. One that was
// ended stays so.
func (s Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return s.db.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE expiry <= $1`,
			s.db.now().Add(-afterlife).UTC().Format(stampForm)); err != nil {
			return unavailable(err)
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, $3)
			ON CONFLICT (token) DO UPDATE SET data = excluded.data, expiry = excluded.expiry WHERE sessions.expiry > $4`,
			sessionKey(token), data, expiry.UTC().Format(stampForm), s.db.stamp())
		return unavailable(err)
	})
}

// DeleteCtx ends a session.
func (s Sessions) DeleteCtx(ctx context.Context, token string) error {
	_, err := s.db.write.ExecContext(ctx, `UPDATE sessions SET expiry = $2 WHERE token = $1 AND expiry > $2`, sessionKey(token), s.db.stamp())
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
