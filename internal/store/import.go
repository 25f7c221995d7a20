package store

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"iter"
	"strconv"

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
	Speaker    string // name of the institution in whose name statements are given, "" when not told
	Asides     []Aside
}

// NewImported makes a row of a file ready to be stored: what the file does not say
// is as the wave is.
func NewImported(wave *LiveWave, row response.Imported) Imported {
	one := Imported{
		Carried:    fieldwork.Carried{Area: cmp.Or(row.Area, wave.Area), InstitutionType: row.InstitutionType, Institution: row.Institution},
		ExternalID: row.ExternalID, Language: cmp.Or(row.Language, wave.Version.Language), Answers: row.Answers, Day: row.Day, Duration: row.Duration,
	}
	for _, aside := range row.Aside {
		one.Asides = append(one.Asides, Aside{Line: aside.Line, Column: aside.Column, Name: aside.Name, Value: aside.Value, Reason: aside.Key})
	}
	return one
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

// The kinds of imports.
const (
	FromFile  = "file"
	FromPaper = "paper" // answer sheets that one person typed on one day
)

// Import stores the rows of one file in one step, those that were stored before
// left out, and returns how many are new. Where the rows end with an error,
// nothing is stored. Responses that arrive meanwhile wait, so rows should not
// take long to come.
func (db *DB) Import(ctx context.Context, actor string, wave *LiveWave, file File, rows iter.Seq2[Imported, error]) (stored int, err error) {
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		number, err := nextImport(ctx, tx, wave)
		if err != nil {
			return err
		}
		seen, statements := 0, 0
		for part, err := range parts(rows, maxBatch) {
			if err != nil {
				return err
			}
			fresh, given, err := db.importRows(ctx, tx, wave, number, part)
			if err != nil {
				return err
			}
			seen, stored, statements = seen+len(part), stored+fresh, statements+given
		}
		if stored == 0 {
			return nil
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO imports (wave_id, number, file, hash, day, stored, kind, actor, statements)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			wave.ID, number, file.Name, file.Hash, db.Today(), stored, FromFile, actor, statements)
		if err != nil {
			return fmt.Errorf("note import: %w", err)
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.ResponsesImported, Subject: wave.Slug, Area: wave.Area,
			Effect: account.Effect("import", number, "file", file.Name, "sha256", file.Hash, "rows", seen, "stored", stored)})
	})
	if err != nil {
		return 0, unavailable(fmt.Errorf("import responses: %w", err))
	}
	return stored, nil
}

// parts collects rows into slices of at most size, each valid until the next.
func parts(rows iter.Seq2[Imported, error], size int) iter.Seq2[[]Imported, error] {
	return func(yield func([]Imported, error) bool) {
		part := make([]Imported, 0, size)
		for row, err := range rows {
			if err != nil {
				yield(nil, err)
				return
			}
			if part = append(part, row); len(part) == size {
				if !yield(part, nil) {
					return
				}
				part = part[:0]
			}
		}
		if len(part) > 0 {
			yield(part, nil)
		}
	}
}

// nextImport returns the number of a new import. Other writers of the wave wait
// until it is written.
func nextImport(ctx context.Context, tx *sql.Tx, wave *LiveWave) (number int, err error) {
	if err := lockWave(ctx, tx, wave.ID); err != nil {
		return 0, err
	}
	err = tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) + 1 FROM imports WHERE wave_id = $1`, wave.ID).Scan(&number)
	if err != nil {
		return 0, fmt.Errorf("number import: %w", err)
	}
	return number, nil
}

// importRows writes rows as the intake does, without telling anybody of the
// single ones. It returns how many are new, and how many statements in
// institutions' names came with those.
func (db *DB) importRows(ctx context.Context, tx *sql.Tx, wave *LiveWave, number int, rows []Imported) (stored, statements int, err error) {
	batch := make([]*ticket, len(rows))
	for i, row := range rows {
		one, err := importEntry(wave, number, row)
		if err != nil {
			return 0, 0, err
		}
		batch[i] = &ticket{entry: one}
	}
	if err := db.name(ctx, tx, wave, batch, rows); err != nil {
		return 0, 0, err
	}
	if _, err := db.writeBatch(ctx, tx, wave, batch); err != nil {
		return 0, 0, err
	}
	for i, t := range batch {
		if t.err != nil {
			return 0, 0, t.err
		}
		if t.repeated {
			continue
		}
		stored++
		if t.entry.statement != nil {
			statements++
		}
		if err := insertAsides(ctx, tx, wave, number, rows[i].Asides); err != nil {
			return 0, 0, err
		}
	}
	return stored, statements, nil
}

func importEntry(wave *LiveWave, number int, row Imported) (*entry, error) {
	one := &entry{wave: wave, language: row.Language, importing: number, carried: row.Carried, day: row.Day, duration: row.Duration}
	one.answers = row.Answers.AppendJSON(nil, response.Anonymous)
	if row.Answers.Any(response.Attributed) {
		// Always under the same key: brought in again, it replaces itself.
		one.statement = &statement{id: wave.importID("statement", row.ExternalID), name: row.Speaker, answers: row.Answers.AppendJSON(nil, response.Attributed)}
	}
	return one, one.pack(row.Answers)
}

// name gives the entries their ids. The source's own id takes the place of the
// phone's: the same row again is the same submission, whatever else of the file
// has changed. Where a row was taken out again it gets another id, since its
// first one may still have to leave the figures.
func (db *DB) name(ctx context.Context, tx *sql.Tx, wave *LiveWave, batch []*ticket, rows []Imported) error {
	externals := make([]string, len(rows))
	for i, row := range rows {
		externals[i] = row.ExternalID
	}
	ids, _, err := resolve(db.statements.asker(ctx, tx), wave, externals)
	if err != nil {
		return err
	}
	for i, t := range batch {
		t.entry.id, t.entry.content = ids[i], ids[i]
	}
	return nil
}

// resolve returns under which id each row of a source lies, or would lie, and
// whether it does.
func resolve(ask asker, wave *LiveWave, externals []string) ([]receiptHash, []bool, error) {
	ids, known := make([]receiptHash, len(externals)), make([]bool, len(externals))
	open := make([]int, len(externals)) // places whose id is not found yet
	for i := range open {
		open[i] = i
	}
	for attempt := 0; len(open) > 0; attempt++ {
		asked := make([]receiptHash, len(open))
		for i, at := range open {
			ids[at] = wave.importID(attemptKind(attempt), externals[at])
			asked[i] = ids[at]
		}
		found, err := stored(ask, wave.ID, asked)
		if err != nil {
			return nil, nil, fmt.Errorf("look for rows imported before: %w", err)
		}
		again := open[:0]
		for _, at := range open {
			one, lies := found[ids[at]]
			known[at] = lies && !one.withdrawn
			if lies && one.withdrawn {
				again = append(again, at)
			}
		}
		open = again
	}
	return ids, known, nil
}

func attemptKind(attempt int) string {
	if attempt == 0 {
		return "response"
	}
	return "response " + strconv.Itoa(attempt)
}

// ImportedBefore tells of each row of a source, by its external id, whether an
// import would leave it out because it is stored.
func (db *DB) ImportedBefore(ctx context.Context, wave *LiveWave, externals []string) (known []bool, err error) {
	known = make([]bool, 0, len(externals))
	err = db.inReading(ctx, func(tx *sql.Tx) error {
		for start := 0; start < len(externals); start += maxBatch {
			_, part, err := resolve(asking(ctx, tx), wave, externals[start:min(start+maxBatch, len(externals))])
			if err != nil {
				return err
			}
			known = append(known, part...)
		}
		return nil
	})
	return known, unavailable(err)
}

// importID is the id of what came from a source. Ids there can be guessed, so
// the wave's secret keeps others from withdrawing by them.
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
