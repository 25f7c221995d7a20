package store

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/survey"
)

// LiveWave is a wave with everything that taking and counting its answers
// needs. It is immutable; a changed wave is a new LiveWave.
type LiveWave struct {
	fieldwork.Wave
	Version *survey.Version
	Schema  *analysis.Schema
	// Calculated are its calculated variables, and those of the tags that its free
	// texts are given.
	Calculated *analysis.Calculated

	salt      []byte
	variables string               // as they and the code book are stored, to tell when they change
	defined   *analysis.Calculated // without those of tags
	tags      []analysis.Tagged    // without who has them
}

// Element returns the question or calculated variable of a name, nil when there
// is none.
func (w *LiveWave) Element(name string) *survey.Element {
	if e := w.Version.Element(name); e != nil {
		return e
	}
	return w.Calculated.Element(name)
}

// Seal returns a text that only this service can make of a text for a purpose:
// 32 hexadecimal digits of an HMAC under the wave's secret salt.
func (w *LiveWave) Seal(purpose, text string) string {
	mac := hmac.New(sha256.New, w.salt)
	mac.Write([]byte(purpose + "\x00" + text))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// freshness is how long a wave that was read may be used unasked. Another
// process closes waves and opens new ones; this one follows within a second.
const freshness = 500 * time.Millisecond

// liveWaves remembers waves, their surveys and their columns.
type liveWaves struct {
	mu       sync.Mutex
	bySlug   map[string]remembered
	surveys  map[string]prepared   // by hash
	headings map[[2]string]Heading // by id and hash
	columns  map[string]*followed  // by wave id
}

type remembered struct {
	wave *LiveWave
	read time.Time
}

type prepared struct {
	version *survey.Version
	schema  *analysis.Schema
}

const waveColumns = `id, slug, survey_id, survey_hash, state, area, opened, until, closed, k, population,
	institutions, kiosk, proof_of_work, access, areas, breakdown, languages, public_questions, public_licence, purpose, legal_basis, mandate, mandate_day, mandate_reference,
	contact, helpline, retention, supervision, council, previous, sample, release, deleted, revision, salt`

// columns points at the wave's values in the order of waveColumns.
func (w *LiveWave) columns() []any {
	return []any{&w.ID, &w.Slug, &w.SurveyID, &w.SurveyHash, &w.State, &w.Area, &w.Opened, &w.Until, &w.Closed,
		&w.K, &w.Population, &w.Institutions, &w.Kiosk, &w.ProofOfWork, &w.Access, &w.Areas, &w.Breakdown, &w.Languages, &w.PublicQuestions, &w.PublicLicence, &w.Purpose,
		&w.LegalBasis, &w.Mandate, &w.MandateDay, &w.MandateReference, &w.Contact, &w.Helpline, &w.Retention,
		&w.Supervision, &w.Council, &w.Previous, &w.Sample, &w.Release, &w.Deleted, &w.Revision, &w.salt}
}

// values are the same, to be written.
func (w *LiveWave) values() []any {
	return []any{w.ID, w.Slug, w.SurveyID, w.SurveyHash, string(w.State), w.Area, w.Opened, w.Until, w.Closed,
		w.K, w.Population, w.Institutions, w.Kiosk, w.ProofOfWork, string(w.Access), w.Areas, w.Breakdown, w.Languages, w.PublicQuestions, w.PublicLicence, w.Purpose,
		w.LegalBasis, w.Mandate, w.MandateDay, w.MandateReference, w.Contact, w.Helpline, w.Retention,
		w.Supervision, w.Council, w.Previous, w.Sample, w.Release, w.Deleted, w.Revision, w.salt}
}

// waveInsert inserts a wave with its so many values, waveUpdate writes them anew.
func waveInsert(values int) string {
	return `INSERT INTO waves (` + waveColumns + `, change, generation) VALUES (` + placeholders(1, values) + `, 0, 0)`
}

func waveUpdate(values int) string {
	return `UPDATE waves SET (` + waveColumns + `) = (` + placeholders(1, values) + `) WHERE id = $1`
}

// PrepareWave makes a wave that is seen at the desk only; it gets its id and its
// salt here. failure.Conflict when the slug is taken.
func (db *DB) PrepareWave(ctx context.Context, actor string, wave fieldwork.Wave, v *survey.Version) (*LiveWave, error) {
	wave.State = fieldwork.Prepared
	return db.addWave(ctx, actor, wave, v)
}

// OpenWave prepares a wave and opens it in one step, as the command line does.
// The days that it states hold, also where they lie in the past.
func (db *DB) OpenWave(ctx context.Context, actor string, wave fieldwork.Wave, v *survey.Version) (*LiveWave, error) {
	wave.State = fieldwork.Open
	if wave.Opened == "" {
		wave.Opened = db.Today()
	}
	return db.addWave(ctx, actor, wave, v)
}

func (db *DB) addWave(ctx context.Context, actor string, wave fieldwork.Wave, v *survey.Version) (*LiveWave, error) {
	salt := make([]byte, 32)
	if _, err := rand.Read(salt); err != nil { // never fails since Go 1.24
		return nil, err
	}
	wave.ID, wave.SurveyID, wave.SurveyHash = rand.Text(), v.ID, v.Hash
	wave.Access = cmp.Or(wave.Access, fieldwork.ByLink)
	added := &LiveWave{Wave: wave, Version: v, Schema: analysis.NewSchema(v), salt: salt}
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		if err := db.putSurvey(ctx, tx, v, false); err != nil {
			return err
		}
		values := added.values()
		_, err := tx.ExecContext(ctx, waveInsert(len(values)), values...)
		if taken(err) {
			return failure.New(failure.Conflict, "error.slug_taken", "slug", wave.Slug)
		}
		if err != nil {
			return err
		}
		action := account.WavePrepared
		if wave.State == fieldwork.Open {
			action = account.WaveOpened
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: action, Subject: wave.Slug, Area: wave.Area,
			Effect: account.Effect("survey", v.ID, "version", v.Survey.Version, "until", wave.Until, "k", wave.K,
				"retention", wave.Retention, "institutions", wave.Institutions, "sample", wave.Sample)})
	})
	if err != nil {
		return nil, unavailable(fmt.Errorf("add wave: %w", err))
	}
	return added, nil
}

// staleAfter is how long a database may take to tell whether a wave is still as it
// was.
const staleAfter = 3 * time.Second

// Wave returns the wave of that slug; failure.NotFound when there is none. Where
// the database does not answer it is as it was: people go on reading and answering,
// and whether an answer is taken is decided when it is stored.
func (db *DB) Wave(ctx context.Context, slug string) (*LiveWave, error) {
	db.live.mu.Lock()
	known, ok := db.live.bySlug[slug]
	db.live.mu.Unlock()
	if !ok {
		return db.readWave(ctx, slug)
	}
	if db.now().Sub(known.read).Abs() < freshness {
		return known.wave, nil
	}
	asking, cancel := context.WithTimeout(ctx, staleAfter)
	defer cancel()
	wave, err := db.readWave(asking, slug)
	if err != nil && ctx.Err() == nil && failure.CodeOf(err) != failure.NotFound {
		return known.wave, nil
	}
	return wave, err
}

func (db *DB) readWave(ctx context.Context, slug string) (*LiveWave, error) {
	row := db.read.QueryRowContext(ctx, `SELECT `+waveColumns+` FROM waves WHERE slug = $1`, slug)
	wave, err := scanWave(row)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, failure.New(failure.NotFound, "error.unknown_wave", "slug", slug)
	}
	if err != nil {
		return nil, unavailable(fmt.Errorf("read wave: %w", err))
	}
	more, err := db.defined(ctx, wave.ID)
	if err != nil {
		return nil, err
	}
	if err := db.prepare(ctx, wave, more); err != nil {
		return nil, err
	}
	return db.remember(wave), nil
}

// Waves returns all waves, the newest first.
func (db *DB) Waves(ctx context.Context) ([]*LiveWave, error) {
	return db.waves(ctx, `SELECT `+waveColumns+` FROM waves ORDER BY opened DESC, slug`)
}

// OpenWaves returns the waves that may still take answers, by slug; paused ones
// are among them.
func (db *DB) OpenWaves(ctx context.Context) ([]*LiveWave, error) {
	return db.waves(ctx, `SELECT `+waveColumns+` FROM waves WHERE state IN ('open', 'paused') ORDER BY slug`)
}

func (db *DB) waves(ctx context.Context, query string) ([]*LiveWave, error) {
	rows, err := db.read.QueryContext(ctx, query)
	if err != nil {
		return nil, unavailable(fmt.Errorf("list waves: %w", err))
	}
	waves, err := collect(rows, func(rows *sql.Rows) (*LiveWave, error) { return scanWave(rows) })
	if err != nil {
		return nil, err
	}
	more, err := db.allDefined(ctx)
	if err != nil {
		return nil, err
	}
	for i, wave := range waves {
		if err := db.prepare(ctx, wave, more[wave.ID]); err != nil {
			return nil, err
		}
		waves[i] = db.remember(wave)
	}
	return waves, nil
}

type scanner interface{ Scan(...any) error }

func scanWave(row scanner) (*LiveWave, error) {
	w := &LiveWave{}
	return w, row.Scan(w.columns()...)
}

// prepare gives the wave its compiled survey, from memory where another wave
// or an earlier request has it, and its variables that are no questions.
func (db *DB) prepare(ctx context.Context, wave *LiveWave, more defined) error {
	db.live.mu.Lock()
	known, ok := db.live.surveys[wave.SurveyHash]
	db.live.mu.Unlock()
	if !ok {
		var document string
		err := db.read.QueryRowContext(ctx, `SELECT document FROM surveys WHERE id = $1 AND hash = $2`,
			wave.SurveyID, wave.SurveyHash).Scan(&document)
		if err != nil {
			return unavailable(fmt.Errorf("read the survey of wave %s: %w", wave.Slug, err))
		}
		if known.version, err = compile([]byte(document)); err != nil {
			return err
		}
		known.schema = analysis.NewSchema(known.version)
		db.live.mu.Lock()
		if db.live.surveys == nil {
			db.live.surveys = map[string]prepared{}
		}
		db.live.surveys[wave.SurveyHash] = known
		db.live.mu.Unlock()
	}
	wave.Version, wave.Schema = known.version, known.schema
	wave.calculate(more.variables)
	wave.tag(more.book, db.words)
	return nil
}

// remember keeps the wave for a moment, as the same LiveWave as long as
// nothing about it changed: documents are cached by it.
func (db *DB) remember(wave *LiveWave) *LiveWave {
	db.live.mu.Lock()
	defer db.live.mu.Unlock()
	if db.live.bySlug == nil {
		db.live.bySlug = map[string]remembered{}
	}
	if known, ok := db.live.bySlug[wave.Slug]; ok && sameWave(&known.wave.Wave, &wave.Wave) && known.wave.variables == wave.variables {
		wave = known.wave
	}
	db.live.bySlug[wave.Slug] = remembered{wave: wave, read: db.now()}
	if known := db.live.columns[wave.ID]; known != nil && wave.State == fieldwork.Closed {
		known.forget() // figures of closed waves come from the release
	}
	return wave
}

func sameWave(a, b *fieldwork.Wave) bool {
	left, right := *a, *b
	if (left.Population == nil) != (right.Population == nil) ||
		left.Population != nil && *left.Population != *right.Population {
		return false
	}
	left.Population, right.Population = nil, nil
	return left == right
}

// forget makes the next read of a wave ask the database.
func (db *DB) forget(slug string) {
	db.live.mu.Lock()
	delete(db.live.bySlug, slug)
	db.live.mu.Unlock()
}

// drop forgets the columns of one wave, and all that was computed from them; it
// tells whether there were any.
func (l *liveWaves) drop(waveID string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, known := l.columns[waveID]
	delete(l.columns, waveID)
	return known
}

// clear forgets everything.
func (l *liveWaves) clear() {
	l.mu.Lock()
	l.bySlug, l.surveys, l.headings, l.columns = nil, nil, nil, nil
	l.mu.Unlock()
}
