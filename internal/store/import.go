package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"fmt"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/response"
)

// Imported is one row of an imported file, checked.
type Imported struct {
	fieldwork.Carried
	ExternalID string // names the row within its source for good
	Day        string // of the answer, "" for the day of the import
	Language   string
	Duration   uint8
	Answers    *response.Answers
	Asides     []Aside
}

// Aside is a cell that did not fit the survey and is kept beside it.
type Aside struct {
	Line, Column        int
	Name, Value, Reason string // Reason is a message key without "finding."
}

// File names an imported file.
type File struct {
	Name string
	Hash string // hexadecimal SHA-256 of its bytes
}

// Import stores the rows of one file in one step, those that were stored before
// left out. It returns how many are new. actor is who imports them, for the audit
// log.
func (db *DB) Import(ctx context.Context, actor string, wave *LiveWave, file File, rows []Imported) (stored int, err error) {
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		number := 0
		err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) + 1 FROM imports WHERE wave_id = $1`, wave.ID).Scan(&number)
		if err != nil {
			return fmt.Errorf("number import: %w", err)
		}
		stored, err = db.importRows(ctx, tx, wave, number, rows)
		if err != nil || stored == 0 {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO imports (wave_id, number, file, hash, day, stored) VALUES ($1, $2, $3, $4, $5, $6)`,
			wave.ID, number, file.Name, file.Hash, db.Today(), stored)
		if err != nil {
			return err
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.ResponsesImported, Subject: wave.Slug, Area: wave.Area,
			Effect: account.Effect("import", number, "file", file.Name, "sha256", file.Hash, "rows", len(rows), "stored", stored)})
	})
	if err != nil {
		return 0, unavailable(fmt.Errorf("import responses: %w", err))
	}
	return stored, nil
}

// importRows writes rows as the intake does, a chunk's worth at a time, without
// telling anybody of the single ones.
func (db *DB) importRows(ctx context.Context, tx *sql.Tx, wave *LiveWave, number int, rows []Imported) (int, error) {
	stored := 0
	for start := 0; start < len(rows); start += maxBatch {
		part := rows[start:min(start+maxBatch, len(rows))]
		batch := make([]*ticket, len(part))
		asides := map[receiptHash][]Aside{}
		for i, row := range part {
			one, err := importEntry(wave, number, row)
			if err != nil {
				return 0, err
			}
			batch[i] = &ticket{entry: one}
			asides[one.id] = row.Asides
		}
		if _, err := db.writeBatch(ctx, tx, wave, batch); err != nil {
			return 0, err
		}
		for _, t := range batch {
			if t.err != nil {
				return 0, t.err
			}
			if t.repeated {
				continue
			}
			stored++
			if err := insertAsides(ctx, tx, wave, number, asides[t.entry.id]); err != nil {
				return 0, err
			}
		}
	}
	return stored, nil
}

func importEntry(wave *LiveWave, number int, row Imported) (*entry, error) {
	// The source's own id takes the place of the phone's: the same row again is
	// the same submission, whatever else of the file has changed. Such ids can be
	// guessed, so the wave's secret keeps others from withdrawing by them.
	id := wave.importID("response", row.ExternalID)
	one := &entry{wave: wave, id: id, content: id, language: row.Language, importing: number,
		carried: row.Carried, day: row.Day, duration: row.Duration}
	one.answers = row.Answers.AppendJSON(nil, response.Anonymous)
	if row.Answers.Any(response.Attributed) {
		one.statement = &statement{
			id:      wave.importID("statement", row.ExternalID),
			answers: row.Answers.AppendJSON(nil, response.Attributed),
		}
	}
	return one, one.pack(row.Answers)
}

func (w *LiveWave) importID(kind, externalID string) (id receiptHash) {
	mac := hmac.New(sha256.New, w.salt)
	mac.Write([]byte("import " + kind + ":" + externalID))
	mac.Sum(id[:0])
	return id
}

func insertAsides(ctx context.Context, tx *sql.Tx, wave *LiveWave, number int, asides []Aside) error {
	for _, one := range asides {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO import_asides (wave_id, import, line, name, value, reason) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT DO NOTHING`, wave.ID, number, one.Line, one.Name, one.Value, one.Reason)
		if err != nil {
			return fmt.Errorf("keep aside: %w", err)
		}
	}
	return nil
}
