package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
	"unicode/utf8"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/coding"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

// Coding says which tags one coder gave one text.
type Coding struct {
	Text, Coder, Question string
	Tags                  coding.Tags
}

func scanCoding(rows *sql.Rows) (one Coding, err error) {
	var tags string
	err = rows.Scan(&one.Text, &one.Coder, &one.Question, &tags)
	one.Tags = coding.ReadTags(tags)
	return one, err
}

// Codings lists what coders said of the texts of a question, of all questions
// where it is "", by text and coder.
func (db *DB) Codings(ctx context.Context, waveID, question string) ([]Coding, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT text, coder, question, tags FROM codings
		WHERE wave_id = $1 AND ($2 = '' OR question = $2) ORDER BY text, coder`, waveID, question)
	if err != nil {
		return nil, unavailable(fmt.Errorf("read codings: %w", err))
	}
	return collect(rows, scanCoding)
}

// TextWork is what coders made of a text together.
type TextWork struct {
	Translation string
	Marks       []coding.Mark
	Author      string // of the last change, "" where there was none
	Revision    int    // grows with every change, 0 before the first
}

// same tells whether two works say the same.
func (w TextWork) same(other TextWork) bool {
	return w.Translation == other.Translation && slices.Equal(w.Marks, other.Marks)
}

// TextWork returns what was made of a text.
func (db *DB) TextWork(ctx context.Context, waveID, text string) (TextWork, error) {
	work, err := textWork(ctx, db.read, waveID, text)
	return work, unavailable(err)
}

func textWork(ctx context.Context, q queryer, waveID, text string) (w TextWork, err error) {
	var marks string
	err = q.QueryRowContext(ctx, `SELECT translation, marks, author, revision FROM coding_texts WHERE wave_id = $1 AND text = $2`, waveID, text).
		Scan(&w.Translation, &marks, &w.Author, &w.Revision)
	if errors.Is(err, sql.ErrNoRows) {
		return w, nil
	}
	if err == nil {
		w.Marks, err = coding.ReadMarks(marks)
	}
	return w, err
}

// maxTranslation is how many characters a translation may have.
const maxTranslation = 20_000

// SaveText stores what a coder made of a text: the tags, which are theirs alone,
// unless tags is nil, and the work that all share. work.Revision is that which
// they saw. failure.Conflict when somebody has changed the work since to
// something else or the book has no longer one of the tags, failure.NotFound when
// the response was withdrawn, failure.Invalid; then nothing is stored.
func (db *DB) SaveText(ctx context.Context, actor string, wave *LiveWave, text *OpenText, tags *coding.Tags, work TextWork) error {
	work.Translation = survey.Tidy(work.Translation)
	if utf8.RuneCountInString(work.Translation) > maxTranslation {
		return failure.New(failure.Invalid, "error.translation_length", "limit", maxTranslation)
	}
	var err error
	if work.Marks, err = coding.CheckMarks(text.Body, work.Marks); err != nil {
		return err
	}
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		if err := lockWave(ctx, tx, wave.ID); err != nil { // after a withdrawal, or before it
			return err
		}
		if err := stillThere(ctx, tx, wave, text); err != nil {
			return err
		}
		if tags != nil {
			if err := putCoding(ctx, tx, actor, wave, text, *tags); err != nil {
				return err
			}
		}
		return db.putWork(ctx, tx, actor, wave, text, work)
	}))
}

// stillThere fails with failure.NotFound when the response of a text is gone.
func stillThere(ctx context.Context, tx *sql.Tx, wave *LiveWave, text *OpenText) error {
	var count int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM responses WHERE wave_id = $1 AND id = $2`, wave.ID, text.response[:]).Scan(&count); err != nil {
		return err
	}
	if count == 0 {
		return failure.New(failure.NotFound, "error.unknown_text")
	}
	return nil
}

func putCoding(ctx context.Context, tx *sql.Tx, coder string, wave *LiveWave, text *OpenText, tags coding.Tags) error {
	known, err := book(ctx, tx, wave.ID)
	if err != nil {
		return err
	}
	for _, one := range tags {
		if _, there := known.Tag(one); !there {
			return failure.New(failure.Conflict, "error.book_changed", "name", one)
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO codings (wave_id, text, coder, question, response, tags) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (wave_id, text, coder) DO UPDATE SET tags = excluded.tags`, wave.ID, text.ID, coder, text.Question, text.response[:], tags.String())
	if err != nil {
		return err
	}
	return codingsChanged(ctx, tx, wave.ID)
}

func (db *DB) putWork(ctx context.Context, tx *sql.Tx, actor string, wave *LiveWave, text *OpenText, work TextWork) error {
	present, err := textWork(ctx, tx, wave.ID, text.ID)
	if err != nil || present.same(work) {
		return err
	}
	if present.Revision != work.Revision {
		return failure.New(failure.Conflict, "error.text_overtaken", "author", present.Author)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO coding_texts (wave_id, text, response, translation, marks, author, revision) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (wave_id, text) DO UPDATE SET translation = excluded.translation, marks = excluded.marks, author = excluded.author, revision = excluded.revision`,
		wave.ID, text.ID, text.response[:], work.Translation, coding.WriteMarks(work.Marks), actor, work.Revision+1)
	if err != nil || slices.Equal(present.Marks, work.Marks) {
		return err
	}
	return db.returnOvertaken(ctx, tx, actor, wave, text, work.Marks)
}

// TextSample returns the ids of the texts of all questions that all coders get
// first.
func (db *DB) TextSample(ctx context.Context, waveID string) (map[string]bool, error) {
	return textSample(ctx, db.read, waveID, "")
}

func textSample(ctx context.Context, q queryer, waveID, question string) (map[string]bool, error) {
	rows, err := q.QueryContext(ctx, `SELECT text FROM coding_samples WHERE wave_id = $1 AND ($2 = '' OR question = $2)`, waveID, question)
	if err != nil {
		return nil, unavailable(fmt.Errorf("read sample: %w", err))
	}
	ids, err := collect(rows, scanText)
	sample := map[string]bool{}
	for _, id := range ids {
		sample[id] = true
	}
	return sample, err
}

// DrawTexts makes the sample of a question up to so many texts, drawn at random
// from those that are not in it, and returns how many it has then. It never takes
// one out. failure.Invalid when there are not so many, or it has more.
func (db *DB) DrawTexts(ctx context.Context, actor string, wave *LiveWave, question string, size int) (int, error) {
	texts, err := db.OpenTexts(ctx, wave)
	if err != nil {
		return 0, err
	}
	if size < 1 || size > texts.Count(question) {
		return 0, failure.New(failure.Invalid, "error.sample_size", "count", texts.Count(question))
	}
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		if err := lockWave(ctx, tx, wave.ID); err != nil {
			return err
		}
		sample, err := textSample(ctx, tx, wave.ID, question)
		if err != nil {
			return err
		}
		if size < len(sample) {
			return failure.New(failure.Invalid, "error.sample_shrinks", "count", len(sample))
		}
		if size == len(sample) {
			return nil
		}
		rest := slices.DeleteFunc(slices.Clone(texts.byQuestion[question]), func(one *OpenText) bool { return sample[one.ID] })
		rand.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] }) //nolint:gosec // seeded by the system
		for _, one := range rest[:size-len(sample)] {
			_, err := tx.ExecContext(ctx, `INSERT INTO coding_samples (wave_id, text, question, response)
				SELECT wave_id, $2, $3, id FROM responses WHERE wave_id = $1 AND id = $4`, wave.ID, one.ID, question, one.response[:])
			if err != nil {
				return err
			}
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.TextsSampled, Subject: wave.Slug, Area: wave.Area,
			Effect: account.Effect("question", question, "texts", size)})
	})
	return size, unavailable(err)
}

// readingSitting is how long one line of the audit log stands for what somebody
// reads of a question's texts.
const readingSitting = time.Hour

// NoteReading writes into the audit log that somebody reads the texts of a
// question, unless a line of the last hour says so.
func (db *DB) NoteReading(ctx context.Context, actor string, wave *LiveWave, question string) error {
	since := db.now().Add(-readingSitting).UTC().Format(stampForm)
	var fresh int
	err := db.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM coding_sittings WHERE wave_id = $1 AND question = $2 AND reader = $3 AND began >= $4`,
		wave.ID, question, actor, since).Scan(&fresh)
	if err != nil || fresh > 0 { // nobody who only reads has to wait for those who write
		return unavailable(err)
	}
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		began, err := affected(tx.ExecContext(ctx, `INSERT INTO coding_sittings (wave_id, question, reader, began) VALUES ($1, $2, $3, $4)
			ON CONFLICT (wave_id, question, reader) DO UPDATE SET began = excluded.began WHERE coding_sittings.began < $5`,
			wave.ID, question, actor, db.stamp(), since))
		if err != nil || began == 0 {
			return err
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.TextsRead, Subject: wave.Slug, Area: wave.Area,
			Effect: account.Effect("question", question)})
	}))
}
