package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

// Media is a picture or sound of a survey.
type Media struct {
	Type string // MIME type
	Data []byte
}

// Media returns the picture or sound whose content has that hash;
// failure.NotFound when no survey has it.
func (db *DB) Media(ctx context.Context, hash string) (*Media, error) {
	one := &Media{}
	err := db.read.QueryRowContext(ctx, `SELECT type, data FROM media WHERE hash = $1`, hash).Scan(&one.Type, &one.Data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, failure.New(failure.NotFound, "error.not_found")
	}
	if err != nil {
		return nil, unavailable(fmt.Errorf("read media: %w", err))
	}
	return one, nil
}

// putMedia stores the files of a survey in the transaction that stores the
// survey itself. A survey that was read from the store comes without contents;
// then they must be there.
func (db *DB) putMedia(ctx context.Context, tx *sql.Tx, s *survey.Survey) error {
	for _, name := range s.FileNames() {
		file := s.Files[name]
		known := 0
		err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM media WHERE hash = $1`, file.Hash).Scan(&known)
		if err == nil && known == 0 {
			content := s.Content(file.Hash)
			if content == nil {
				return fmt.Errorf("survey %s: the content of %s is not known", s.ID, name)
			}
			_, err = tx.ExecContext(ctx, `
				INSERT INTO media (hash, type, data, stored) VALUES ($1, $2, $3, $4) ON CONFLICT (hash) DO NOTHING`,
				file.Hash, file.Type, content, db.stamp())
		}
		if err != nil {
			return unavailable(fmt.Errorf("store media: %w", err))
		}
	}
	return nil
}
