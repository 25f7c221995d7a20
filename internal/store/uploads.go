package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"bedarfslotse/internal/failure"
)

// Upload is a file that somebody looks at before it is taken over.
type Upload struct {
	ID       string
	User     string // whose it is; nobody else sees it
	Purpose  string // what it is to become
	File     string // name it had
	Data     []byte
	Settings string // how it is to be read; the store does not look into it
}

// How long a file waits to be taken over, how many one person has waiting at
// most (the oldest give way) and how large one is at most in bytes.
const (
	uploadLife    = 12 * time.Hour
	maxUploads    = 5
	MaxUploadSize = 16 << 20
)

// PutUpload keeps a file for some hours and returns its id; failure.TooLarge.
func (db *DB) PutUpload(ctx context.Context, upload Upload) (id string, err error) {
	if len(upload.Data) > MaxUploadSize {
		return "", failure.New(failure.TooLarge, "error.too_large", "limit", MaxUploadSize>>10)
	}
	id = rand.Text()
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM uploads WHERE expires <= $1`, db.stamp()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO uploads (id, user_name, purpose, file, data, settings, expires) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			id, upload.User, upload.Purpose, upload.File, upload.Data, upload.Settings, db.now().Add(uploadLife).UTC().Format(stampForm))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM uploads WHERE user_name = $1 AND id <> $2 AND id NOT IN
			(SELECT id FROM uploads WHERE user_name = $1 AND id <> $2 ORDER BY expires DESC, id LIMIT $3)`, upload.User, id, maxUploads-1)
		return err
	})
	if err != nil {
		return "", unavailable(fmt.Errorf("keep upload: %w", err))
	}
	return id, nil
}

// Upload returns a file that somebody has waiting for a purpose; failure.Gone
// when there is none of that id, or no longer.
func (db *DB) Upload(ctx context.Context, user, purpose, id string) (Upload, error) {
	found := Upload{ID: id, User: user, Purpose: purpose}
	err := db.read.QueryRowContext(ctx, `SELECT file, data, settings FROM uploads WHERE id = $1 AND user_name = $2 AND purpose = $3 AND expires > $4`,
		id, user, purpose, db.stamp()).Scan(&found.File, &found.Data, &found.Settings)
	if errors.Is(err, sql.ErrNoRows) {
		return Upload{}, failure.New(failure.Gone, "error.upload_gone")
	}
	return found, unavailable(err)
}

// SetUploadSettings keeps how a file is to be read; failure.Gone.
func (db *DB) SetUploadSettings(ctx context.Context, user, id, settings string) error {
	done, err := db.write.ExecContext(ctx, `UPDATE uploads SET settings = $3 WHERE id = $1 AND user_name = $2`, id, user, settings)
	if err != nil {
		return unavailable(fmt.Errorf("keep settings of upload: %w", err))
	}
	if rows, err := done.RowsAffected(); err != nil || rows == 0 {
		return failure.New(failure.Gone, "error.upload_gone").Because(err)
	}
	return nil
}

// ForgetUpload deletes a file, if it is there.
func (db *DB) ForgetUpload(ctx context.Context, user, id string) error {
	_, err := db.write.ExecContext(ctx, `DELETE FROM uploads WHERE id = $1 AND user_name = $2`, id, user)
	return unavailable(err)
}

// SweepUploads deletes files that nobody took over in time.
func (db *DB) SweepUploads(ctx context.Context) error {
	_, err := db.write.ExecContext(ctx, `DELETE FROM uploads WHERE expires <= $1`, db.stamp())
	return unavailable(err)
}
