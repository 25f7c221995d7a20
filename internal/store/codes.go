package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/response"
)

func codeHash(code string) []byte {
	sum := sha256.Sum256([]byte(response.Plain(code)))
	return sum[:]
}

// CreateCodes makes so many access codes and returns them; only their hashes
// are kept, so this is the one time they can be read. actor is who makes them,
// for the audit log.
func (db *DB) CreateCodes(ctx context.Context, actor string, wave *LiveWave, carried fieldwork.Carried, shared bool, count int) ([]string, error) {
	codes := make([]string, count)
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		for i := range codes {
			var err error
			if codes[i], err = db.putCode(ctx, tx, wave.ID, carried, shared); err != nil {
				return err
			}
		}
		area := carried.Area
		if area == "" {
			area = wave.Area
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.CodesCreated, Subject: wave.Slug, Area: area,
			Effect: account.Effect("count", count, "shared", shared, "institution", carried.Institution)})
	})
	if err != nil {
		return nil, unavailable(fmt.Errorf("create codes: %w", err))
	}
	return codes, nil
}

// putCode makes one code within a transaction.
func (db *DB) putCode(ctx context.Context, tx *sql.Tx, wave string, carried fieldwork.Carried, shared bool) (string, error) {
	code := fieldwork.NewCode()
	_, err := tx.ExecContext(ctx, `
		INSERT INTO codes (wave_id, hash, area, institution_type, institution, shared, used)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		wave, codeHash(code), carried.Area, carried.InstitutionType, carried.Institution, shared, false)
	return code, err
}

// Code returns what an access code carries and its wave; failure.NotFound when
// there is no such code. A used code comes back with Used set.
func (db *DB) Code(ctx context.Context, code string) (*fieldwork.Code, *LiveWave, error) {
	found := &fieldwork.Code{}
	var slug string
	hash := codeHash(code)
	err := db.read.QueryRowContext(ctx, `
		SELECT c.wave_id, c.area, c.institution_type, c.institution, c.shared, c.used, w.slug
		FROM codes c JOIN waves w ON w.id = c.wave_id WHERE c.hash = $1`, hash).
		Scan(&found.WaveID, &found.Area, &found.InstitutionType, &found.Institution, &found.Shared, &found.Used, &slug)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, failure.New(failure.NotFound, "error.unknown_code")
	}
	if err != nil {
		return nil, nil, unavailable(fmt.Errorf("read code: %w", err))
	}
	copy(found.Hash[:], hash)
	wave, err := db.Wave(ctx, slug)
	return found, wave, err
}

// CodeCount is how many codes carry the same.
type CodeCount struct {
	fieldwork.Carried
	Shared       bool
	Made, Unused int
}

// CodeCounts counts a wave's codes by what they carry and for how many people
// they are. Of group codes none is ever used up.
func (db *DB) CodeCounts(ctx context.Context, waveID string) ([]CodeCount, error) {
	rows, err := db.read.QueryContext(ctx, `
		SELECT area, institution_type, institution, shared, COUNT(*), COUNT(*) FILTER (WHERE NOT used) FROM codes
		WHERE wave_id = $1 GROUP BY area, institution_type, institution, shared
		ORDER BY area, institution_type, institution, shared`, waveID)
	if err != nil {
		return nil, unavailable(fmt.Errorf("count codes: %w", err))
	}
	return collect(rows, func(rows *sql.Rows) (one CodeCount, err error) {
		err = rows.Scan(&one.Area, &one.InstitutionType, &one.Institution, &one.Shared, &one.Made, &one.Unused)
		return one, err
	})
}
