package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
)

// Batch is one import of a wave.
type Batch struct {
	Number int
	Kind   string // [FromFile] or [FromPaper]
	File   string // its name, "" of paper
	Actor  string // who brought it in, "" when nobody wrote it down
	Day    string
	Undone string // the day on which it was taken out again, "" while it stands
	Stored int    // responses that were new
	// Statements is how many statements in institutions' names came with it.
	// Nothing leads from the import to them.
	Statements int
	Asides     int // cells that are kept beside it
}

const batchQuery = `
	SELECT i.number, i.kind, i.file, i.actor, i.day, i.undone, i.stored, i.statements, COUNT(a.line)
	FROM imports i LEFT JOIN import_asides a ON a.wave_id = i.wave_id AND a.import = i.number WHERE i.wave_id = $1`

const batchGroup = ` GROUP BY i.number, i.kind, i.file, i.actor, i.day, i.undone, i.stored, i.statements ORDER BY i.number DESC`

func scanBatch(rows *sql.Rows) (one Batch, err error) {
	return one, rows.Scan(&one.Number, &one.Kind, &one.File, &one.Actor, &one.Day, &one.Undone, &one.Stored, &one.Statements, &one.Asides)
}

// Imports returns the imports of a wave, the newest first.
func (db *DB) Imports(ctx context.Context, wave *LiveWave) ([]Batch, error) {
	rows, err := db.read.QueryContext(ctx, batchQuery+batchGroup, wave.ID)
	if err != nil {
		return nil, unavailable(fmt.Errorf("list imports: %w", err))
	}
	all, err := collect(rows, scanBatch)
	return all, unavailable(err)
}

// ImportOf returns one import of a wave; failure.NotFound.
func (db *DB) ImportOf(ctx context.Context, wave *LiveWave, number int) (Batch, error) {
	rows, err := db.read.QueryContext(ctx, batchQuery+` AND i.number = $2`+batchGroup, wave.ID, number)
	if err != nil {
		return Batch{}, unavailable(fmt.Errorf("read import: %w", err))
	}
	found, err := collect(rows, scanBatch)
	if err == nil && len(found) == 0 {
		err = failure.New(failure.NotFound, "error.unknown_import")
	}
	if err != nil {
		return Batch{}, unavailable(err)
	}
	return found[0], nil
}

// UndoImport takes the responses of an import out again, and the cells that were
// kept beside it, and returns how many responses are gone. The answers leave the
// store at once; their codes leave the figures as those of withdrawn responses
// do (METHODS 5.4): at once when they are k or more. Statements in institutions'
// names stay, since nothing leads to them. The same file can be imported again.
// It fails with failure.NotFound where there is no such import and with
// failure.Conflict when it was undone before.
func (db *DB) UndoImport(ctx context.Context, actor string, wave *LiveWave, number int) (gone int, err error) {
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		if err := lockWave(ctx, tx, wave.ID); err != nil {
			return err
		}
		var name, undone string
		err := tx.QueryRowContext(ctx, `SELECT file, undone FROM imports WHERE wave_id = $1 AND number = $2`, wave.ID, number).Scan(&name, &undone)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return failure.New(failure.NotFound, "error.unknown_import")
		case err != nil:
			return fmt.Errorf("find import: %w", err)
		case undone != "":
			return failure.New(failure.Conflict, "error.import_undone")
		}
		rows, err := tx.QueryContext(ctx, `SELECT id FROM responses WHERE wave_id = $1 AND import = $2`, wave.ID, number)
		if err != nil {
			return fmt.Errorf("find responses of an import: %w", err)
		}
		ids, err := collect(rows, scanReceiptHash)
		if err != nil {
			return err
		}
		gone = len(ids)
		if err := db.takeOut(ctx, tx, wave, ids); err != nil {
			return err
		}
		for _, text := range []string{
			`DELETE FROM responses WHERE wave_id = $1 AND import = $2`,
			`DELETE FROM import_asides WHERE wave_id = $1 AND import = $2`,
		} {
			if _, err := tx.ExecContext(ctx, text, wave.ID, number); err != nil {
				return fmt.Errorf("undo import: %w", err)
			}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE imports SET undone = $3 WHERE wave_id = $1 AND number = $2`, wave.ID, number, db.Today()); err != nil {
			return fmt.Errorf("undo import: %w", err)
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.ImportUndone, Subject: wave.Slug, Area: wave.Area,
			Effect: account.Effect("import", number, "file", name, "removed", gone)})
	})
	if err != nil {
		return 0, unavailable(err)
	}
	db.scrub(ctx)
	return gone, nil
}

func scanReceiptHash(rows *sql.Rows) (id receiptHash, err error) {
	var bytes []byte
	err = rows.Scan(&bytes)
	copy(id[:], bytes)
	return id, err
}

// narrowPerInsert bounds one INSERT of rows of two or three columns.
const narrowPerInsert = 512

// takeOut leaves tombstones for responses that are about to be deleted, so that
// their ids are not given again, and lets their codes leave the figures; what was
// made of their texts goes with them.
func (db *DB) takeOut(ctx context.Context, tx *sql.Tx, wave *LiveWave, ids []receiptHash) error {
	if err := forgetTexts(ctx, tx, wave.ID, ids...); err != nil {
		return err
	}
	for _, n := range portions(len(ids), narrowPerInsert) {
		tombstones, withdrawals := make([]any, 0, 2*n), make([]any, 0, 3*n)
		for _, id := range ids[:n] {
			var key [8]byte
			binary.BigEndian.PutUint64(key[:], wave.recordKey(id))
			tombstones = append(tombstones, wave.ID, id[:])
			withdrawals = append(withdrawals, wave.ID, key[:], db.Today())
		}
		ids = ids[n:]
		if err := db.statements.exec(ctx, tx, `INSERT INTO tombstones (wave_id, id) VALUES `+tuples(n, 2)+` ON CONFLICT DO NOTHING`, tombstones...); err != nil {
			return fmt.Errorf("leave tombstones: %w", err)
		}
		if err := db.statements.exec(ctx, tx, `INSERT INTO withdrawals (wave_id, record_key, day) VALUES `+tuples(n, 3)+` ON CONFLICT DO NOTHING`, withdrawals...); err != nil {
			return fmt.Errorf("note withdrawals: %w", err)
		}
	}
	return db.letWithdrawalsGo(ctx, tx, wave, false)
}
