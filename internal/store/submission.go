package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
)

// Submission is one checked submission on its way into the store.
type Submission struct {
	ID       string              // the submission id that the phone made
	Fields   map[string][]string // as posted; their hash tells a repetition from a conflict
	Answers  *response.Answers   // checked and settled
	Language string
	Duration uint8  // class of METHODS 12, 0 unknown
	Code     string // access code, "" over an open link
	// Institution is the name typed with statements in an institution's name
	// where no code says which it is.
	Institution string
}

// Outcome is what a phone is told about its submission.
type Outcome struct {
	Repeated         bool   // it was stored before; nothing was stored now
	Receipt          string // of the anonymous answers
	StatementReceipt string // of the statements in the institution's name, "" without any
}

// receiptHash is the key under which a response lies.
type receiptHash = [sha256.Size]byte

// entry is one response ready to be written: everything that can be computed
// outside the one writer has been.
type entry struct {
	wave      *LiveWave
	id        receiptHash
	content   receiptHash
	code      []byte // hash, nil without
	language  string
	duration  uint8
	importing int
	day       string // of the answer, "" for today
	carried   fieldwork.Carried
	speaker   string // official number of the institution in whose name a statement is given
	answers   []byte
	row       *analysis.Row
	statement *statement
}

type statement struct {
	id      receiptHash
	name    string
	answers []byte
}

// recordKey is the key of METHODS 5.6: the first 8 bytes of the HMAC of the
// response's id under the wave's secret.
func (w *LiveWave) recordKey(id receiptHash) uint64 {
	mac := hmac.New(sha256.New, w.salt)
	mac.Write(id[:])
	return binary.BigEndian.Uint64(mac.Sum(nil))
}

// Accept stores a submission durably and then says so; a repeated one stores
// nothing and says the same. It fails with Conflict when another content lies
// under the same id, with Gone when the wave takes no more answers, and with
// Invalid and the key respondent.problem.bad_code when the access code is
// unknown, used, or of another wave.
func (db *DB) Accept(ctx context.Context, wave *LiveWave, submission Submission) (Outcome, error) {
	outcome := Outcome{Receipt: response.Receipt(submission.ID)}
	one := &entry{
		wave: wave, id: response.ReceiptHash(outcome.Receipt), content: response.ContentHash(submission.Fields),
		language: submission.Language, duration: submission.Duration,
	}
	if submission.Code != "" {
		one.code = codeHash(submission.Code)
	}
	if submission.Answers.Any(response.Attributed) {
		outcome.StatementReceipt = response.StatementReceipt(submission.ID)
		one.statement = &statement{
			id: response.ReceiptHash(outcome.StatementReceipt), name: submission.Institution,
			answers: submission.Answers.AppendJSON(nil, response.Attributed),
		}
	}
	one.answers = submission.Answers.AppendJSON(make([]byte, 0, 1024), response.Anonymous)
	if err := one.pack(submission.Answers); err != nil {
		return Outcome{}, err
	}
	repeated, err := db.intake.put(ctx, one)
	if err != nil {
		return Outcome{}, err
	}
	outcome.Repeated = repeated
	return outcome, nil
}

// Repeated tells whether the id was stored before with this content, which is
// answered before anything else about a submission is judged: its code is used
// by then, its wave perhaps closed. It fails with Conflict when another content
// lies under the id.
func (db *DB) Repeated(ctx context.Context, wave *LiveWave, submissionID string, content [sha256.Size]byte) (Outcome, bool, error) {
	receipt := response.Receipt(submissionID)
	id := response.ReceiptHash(receipt)
	var known storedResponse
	var earlier []byte
	err := db.read.QueryRowContext(ctx, storedQuery(1), wave.ID, id[:]).Scan(new([]byte), &earlier, &known.withdrawn)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Outcome{}, false, nil
	case err != nil:
		return Outcome{}, false, unavailable(err)
	}
	if copy(known.content[:], earlier); !known.withdrawn && known.content != content {
		return Outcome{}, false, conflict()
	}
	outcome := Outcome{Repeated: true, Receipt: receipt}
	statementReceipt := response.StatementReceipt(submissionID)
	if has, err := hasStatement(ctx, db.read, wave.ID, response.ReceiptHash(statementReceipt)); err != nil {
		return Outcome{}, false, unavailable(err)
	} else if has {
		outcome.StatementReceipt = statementReceipt
	}
	if err := db.confirm(ctx); err != nil {
		return Outcome{}, false, err
	}
	return outcome, true, nil
}

func conflict() error { return failure.New(failure.Conflict, "error.other_content") }

// pack turns the answers into the codes of the columns.
func (one *entry) pack(answers *response.Answers) error {
	one.row = one.wave.Schema.NewRow()
	return fill(one.row, analysis.Main, answers.Top(), answers.Version.Top)
}

func fill(row *analysis.Row, instance int, place response.Place, elements []*survey.Element) error {
	for _, e := range elements {
		var err error
		switch {
		case e.Attributed:
		case e.Type == survey.Group:
			err = fill(row, instance, place, e.Children)
		case e.Type == survey.Repeat:
			for _, inside := range place.Instances(e) {
				if err := fill(row, row.Add(e), inside, e.Children); err != nil {
					return err
				}
			}
		case e.Type.Answered():
			err = row.Set(instance, e, state(place, e), place.Values(e)...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func state(place response.Place, e *survey.Element) analysis.State {
	switch {
	case !place.Relevant(e):
		return analysis.NotAsked
	case len(place.Values(e)) == 0:
		return analysis.NoAnswer
	}
	return analysis.Given
}

// complete gives the row what is only known when it is written.
func (one *entry) complete() error {
	day, err := time.Parse(time.DateOnly, one.day)
	if err != nil {
		return fmt.Errorf("day of a response: %w", err)
	}
	one.row.Key = one.wave.recordKey(one.id)
	one.row.Day = analysis.Day(day)
	one.row.Duration = one.duration
	one.row.Import = uint32(one.importing)
	one.row.Language = one.language
	one.row.Area, one.row.InstitutionType, one.row.Institution =
		one.carried.Area, one.carried.InstitutionType, one.carried.Institution
	return nil
}
