package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/response"
)

// Sheet is a paper form's answers as somebody typed them, checked.
type Sheet struct {
	fieldwork.Carried
	// Number is what stands on the sheet, so that none is typed twice; "" where
	// sheets have none.
	Number   string
	Language string
	Answers  *response.Answers
	Speaker  string // name of the institution in whose name statements are given
}

// AddSheet stores a sheet as a response of today. The sheets that one person
// types on one day are an import, which can be undone as a whole. It fails with
// failure.Conflict when a sheet of that number is stored, unless that is to be
// replaced.
func (db *DB) AddSheet(ctx context.Context, actor string, wave *LiveWave, sheet Sheet, replace bool) error {
	row := Imported{Carried: sheet.Carried, ExternalID: sheetID(sheet.Number), Language: sheet.Language, Answers: sheet.Answers, Speaker: sheet.Speaker}
	if sheet.Number == "" {
		row.ExternalID = sheetID(rand.Text())
	}
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		number, err := db.paperBatch(ctx, tx, actor, wave)
		if err != nil {
			return err
		}
		ids, known, err := resolve(db.statements.asker(ctx, tx), wave, []string{row.ExternalID})
		switch {
		case err != nil:
			return err
		case known[0] && !replace:
			return failure.New(failure.Conflict, "error.sheet_stored", "number", sheet.Number)
		case known[0]:
			if err := db.removeSheet(ctx, tx, actor, wave, ids[0], sheet.Number); err != nil {
				return err
			}
		}
		_, statements, err := db.importRows(ctx, tx, wave, number, []Imported{row})
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE imports SET stored = stored + 1, statements = statements + $3 WHERE wave_id = $1 AND number = $2`,
			wave.ID, number, statements)
		return err
	})
	if err != nil {
		return unavailable(fmt.Errorf("store a sheet: %w", err))
	}
	if replace {
		db.scrub(ctx)
	}
	return nil
}

func sheetID(number string) string { return "paper:" + number }

// paperBatch returns the number of somebody's import of today's sheets, begun
// with the first of them.
func (db *DB) paperBatch(ctx context.Context, tx *sql.Tx, actor string, wave *LiveWave) (int, error) {
	number, err := nextImport(ctx, tx, wave)
	if err != nil {
		return 0, err
	}
	begun := 0
	err = tx.QueryRowContext(ctx, `SELECT number FROM imports WHERE wave_id = $1 AND kind = $2 AND actor = $3 AND day = $4 AND undone = ''`,
		wave.ID, FromPaper, actor, db.Today()).Scan(&begun)
	if !errors.Is(err, sql.ErrNoRows) {
		return begun, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO imports (wave_id, number, file, hash, day, stored, kind, actor) VALUES ($1, $2, '', '', $3, 0, $4, $5)`,
		wave.ID, number, db.Today(), FromPaper, actor)
	if err != nil {
		return 0, fmt.Errorf("begin to type: %w", err)
	}
	return number, db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.SheetsTyped, Subject: wave.Slug, Area: wave.Area,
		Effect: account.Effect("import", number)})
}

// removeSheet takes one sheet out, as undoing its import would.
func (db *DB) removeSheet(ctx context.Context, tx *sql.Tx, actor string, wave *LiveWave, id receiptHash, number string) error {
	_, err := tx.ExecContext(ctx, `UPDATE imports SET stored = stored - 1 WHERE wave_id = $1 AND number =
		(SELECT import FROM responses WHERE wave_id = $1 AND id = $2)`, wave.ID, id[:])
	if err != nil {
		return fmt.Errorf("find a sheet's import: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM responses WHERE wave_id = $1 AND id = $2`, wave.ID, id[:]); err != nil {
		return fmt.Errorf("remove a sheet: %w", err)
	}
	if err := db.takeOut(ctx, tx, wave, []receiptHash{id}); err != nil {
		return err
	}
	return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.SheetReplaced, Subject: wave.Slug, Area: wave.Area, Effect: account.Effect("sheet", number)})
}

// Sheet returns the anonymous answers of a typed sheet by the number on it;
// failure.NotFound.
func (db *DB) Sheet(ctx context.Context, wave *LiveWave, number string) (*response.Answers, error) {
	var found *Stored
	err := db.inReading(ctx, func(tx *sql.Tx) error {
		ids, known, err := resolve(asking(ctx, tx), wave, []string{sheetID(number)})
		if err != nil {
			return err
		}
		if !known[0] {
			return failure.New(failure.NotFound, "error.unknown_sheet", "number", number)
		}
		for one, err := range storedResponses(ctx, tx, wave, ` AND id = $2`, ids[0][:]) {
			if err != nil {
				return err
			}
			found = one
		}
		return nil
	})
	if err != nil {
		return nil, unavailable(err)
	}
	return found.Answers, nil
}
