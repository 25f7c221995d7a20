package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/coding"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

// Quote is a quote of a wave with what became of it.
type Quote struct {
	coding.Quote
	ID, Text, Question string
	State              coding.QuoteState
	Author             string // who proposed it as it is
	Judge              string // who released it or sent it back, "" for nobody yet
	Reason             string // why it was sent back; "" when the blackening of its text overtook it
	Revision           int    // grows with every act, from 1 on
}

const quoteColumns = `id, text, question, body, language, translation, state, author, judge, reason, revision`

func scanQuote(row interface{ Scan(...any) error }) (q Quote, err error) {
	return q, row.Scan(&q.ID, &q.Text, &q.Question, &q.Body, &q.Language, &q.Translation, &q.State, &q.Author, &q.Judge, &q.Reason, &q.Revision)
}

// Quotes lists the quotes of a wave by question, in an order that says nothing of
// when they were proposed.
func (db *DB) Quotes(ctx context.Context, waveID string) ([]Quote, error) {
	return quotes(ctx, db.read, waveID, ``)
}

// quotes lists those quotes of a wave for which a condition on $2 holds.
func quotes(ctx context.Context, q queryer, waveID, where string, arguments ...any) ([]Quote, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+quoteColumns+` FROM quotes WHERE wave_id = $1`+where+` ORDER BY question, id`,
		append([]any{waveID}, arguments...)...)
	if err != nil {
		return nil, unavailable(fmt.Errorf("read quotes: %w", err))
	}
	return collect(rows, func(rows *sql.Rows) (Quote, error) { return scanQuote(rows) })
}

// Quote returns one quote; failure.NotFound.
func (db *DB) Quote(ctx context.Context, waveID, id string) (Quote, error) {
	quote, err := quoteOf(ctx, db.read, waveID, id)
	return quote, unavailable(err)
}

func quoteOf(ctx context.Context, q queryer, waveID, id string) (Quote, error) {
	quote, err := scanQuote(q.QueryRowContext(ctx, `SELECT `+quoteColumns+` FROM quotes WHERE wave_id = $1 AND id = $2`, waveID, id))
	if errors.Is(err, sql.ErrNoRows) {
		return quote, failure.New(failure.NotFound, "error.unknown_quote")
	}
	return quote, err
}

// ProposeQuote proposes a quote of a text, or changes the one with this id, which
// its author saw in the revision seen; whoever does so is its author now. It
// returns the id. failure.Invalid ([coding.Quote.Check]), failure.Conflict when
// another act came before or the same is proposed already, failure.NotFound when
// the response was withdrawn.
func (db *DB) ProposeQuote(ctx context.Context, actor string, wave *LiveWave, text *OpenText, id string, seen int, quote coding.Quote) (string, error) {
	quote.Language = text.Language
	quote = quote.Tidy()
	err := db.actOnQuote(ctx, actor, wave, id, account.QuoteProposed, func(tx *sql.Tx, present *Quote) error {
		if err := stillThere(ctx, tx, wave, text); err != nil {
			return err
		}
		if err := present.overtaken(seen); err != nil {
			return err
		}
		if err := checkQuote(ctx, tx, wave, text, quote); err != nil {
			return err
		}
		others, err := quotes(ctx, tx, wave.ID, ` AND text = $2`, text.ID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(others, func(one Quote) bool { return one.ID != present.ID && one.Body == quote.Body }) {
			return failure.New(failure.Conflict, "error.quote_twice")
		}
		if present.ID == "" {
			present.ID, present.Text, present.Question = rand.Text(), text.ID, text.Question
			_, err := tx.ExecContext(ctx, `INSERT INTO quotes (wave_id, id, text, question, response, body, language, translation, state, author, judge, reason, revision)
				VALUES ($1, $2, $3, $4, $5, '', '', '', '', '', '', '', 0)`, wave.ID, present.ID, text.ID, text.Question, text.response[:])
			if err != nil {
				return err
			}
		}
		id = present.ID
		present.Quote, present.State, present.Author, present.Judge, present.Reason = quote, coding.QuoteProposed, actor, "", ""
		return nil
	})
	return id, err
}

// checkQuote tells whether a quote may be made of a text as it is blackened now.
func checkQuote(ctx context.Context, q queryer, wave *LiveWave, text *OpenText, quote coding.Quote) error {
	work, err := textWork(ctx, q, wave.ID, text.ID)
	if err != nil {
		return err
	}
	return quote.Check(text.Body, work.Marks)
}

// ReleaseQuote lets a quote of a text be read by others. failure.Forbidden for
// who proposed it, failure.Conflict when another act came before, failure.Invalid
// when it may not be quoted any more, failure.NotFound.
func (db *DB) ReleaseQuote(ctx context.Context, actor string, wave *LiveWave, text *OpenText, id string, seen int) error {
	return db.actOnQuote(ctx, actor, wave, id, account.QuoteReleased, func(tx *sql.Tx, present *Quote) error {
		if err := present.overtaken(seen); err != nil {
			return err
		}
		switch {
		case present.Author == actor:
			return failure.New(failure.Forbidden, "error.quote_own")
		case present.State != coding.QuoteProposed:
			return failure.New(failure.Conflict, "error.quote_overtaken")
		case present.Text != text.ID:
			return failure.New(failure.NotFound, "error.unknown_quote")
		}
		if err := checkQuote(ctx, tx, wave, text, present.Quote); err != nil {
			return err
		}
		present.State, present.Judge, present.Reason = coding.QuoteReleased, actor, ""
		return nil
	})
}

// SendQuoteBack says why a quote is not to be read by others, or no longer.
// failure.Forbidden for who proposed it and waits for another, failure.Invalid
// without a reason, failure.Conflict when another act came before,
// failure.NotFound.
func (db *DB) SendQuoteBack(ctx context.Context, actor string, wave *LiveWave, id string, seen int, reason string) error {
	reason = survey.Tidy(reason)
	return db.actOnQuote(ctx, actor, wave, id, account.QuoteReturned, func(_ *sql.Tx, present *Quote) error {
		if err := present.overtaken(seen); err != nil {
			return err
		}
		switch {
		case present.State == coding.QuoteReturned:
			return failure.New(failure.Conflict, "error.quote_overtaken")
		case present.State == coding.QuoteProposed && present.Author == actor:
			return failure.New(failure.Forbidden, "error.quote_own")
		case reason == "" || utf8.RuneCountInString(reason) > coding.MaxReason:
			return failure.New(failure.Invalid, "error.quote_reason", "limit", coding.MaxReason)
		}
		present.State, present.Judge, present.Reason = coding.QuoteReturned, actor, reason
		return nil
	})
}

// RemoveQuote deletes a quote that is not released. failure.Conflict when another
// act came before or it is released, failure.NotFound.
func (db *DB) RemoveQuote(ctx context.Context, actor string, wave *LiveWave, id string, seen int) error {
	return db.actOnQuote(ctx, actor, wave, id, account.QuoteRemoved, func(_ *sql.Tx, present *Quote) error {
		if err := present.overtaken(seen); err != nil {
			return err
		}
		if present.State == coding.QuoteReleased {
			return failure.New(failure.Conflict, "error.quote_is_released")
		}
		present.State = ""
		return nil
	})
}

// overtaken tells whether another act came after what somebody saw.
func (q *Quote) overtaken(seen int) error {
	if q.Revision != seen {
		return failure.New(failure.Conflict, "error.quote_overtaken")
	}
	return nil
}

// actOnQuote lets act change a quote, a new one where id is "", stores it, or
// deletes it where act leaves it without a state, and writes into the audit log
// what was done to which quote, but nothing of what it says.
func (db *DB) actOnQuote(ctx context.Context, actor string, wave *LiveWave, id string, action account.Action, act func(*sql.Tx, *Quote) error) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		if err := lockWave(ctx, tx, wave.ID); err != nil {
			return err
		}
		quote := Quote{}
		if id != "" {
			var err error
			if quote, err = quoteOf(ctx, tx, wave.ID, id); err != nil {
				return err
			}
		}
		if err := act(tx, &quote); err != nil {
			return err
		}
		return db.putQuote(ctx, tx, actor, wave, quote, action)
	}))
}

func (db *DB) putQuote(ctx context.Context, tx *sql.Tx, actor string, wave *LiveWave, quote Quote, action account.Action) error {
	var err error
	if quote.State == "" {
		_, err = tx.ExecContext(ctx, `DELETE FROM quotes WHERE wave_id = $1 AND id = $2`, wave.ID, quote.ID)
	} else {
		_, err = tx.ExecContext(ctx, `UPDATE quotes SET body = $3, language = $4, translation = $5, state = $6, author = $7, judge = $8, reason = $9, revision = revision + 1
			WHERE wave_id = $1 AND id = $2`, wave.ID, quote.ID, quote.Body, quote.Language, quote.Translation, string(quote.State), quote.Author, quote.Judge, quote.Reason)
	}
	if err != nil {
		return fmt.Errorf("store quote: %w", err)
	}
	return db.audit(ctx, tx, account.Entry{Actor: actor, Action: action, Subject: wave.Slug, Area: wave.Area,
		Effect: account.Effect("question", quote.Question, "quote", quote.ID)})
}

// returnOvertaken sends back those quotes of a text that its new marks forbid.
func (db *DB) returnOvertaken(ctx context.Context, tx *sql.Tx, actor string, wave *LiveWave, text *OpenText, marks []coding.Mark) error {
	all, err := quotes(ctx, tx, wave.ID, ` AND text = $2`, text.ID)
	if err != nil {
		return err
	}
	for _, one := range all {
		if one.State == coding.QuoteReturned || one.Check(text.Body, marks) == nil {
			continue
		}
		one.State, one.Judge, one.Reason = coding.QuoteReturned, actor, ""
		if err := db.putQuote(ctx, tx, actor, wave, one, account.QuoteReturned); err != nil {
			return err
		}
	}
	return nil
}

// QuoteFilter says which released quotes are wanted; what is "" does not matter.
type QuoteFilter struct {
	Question string // by name
	Field    string // a field of action that one of the text's tags belongs to
	Tag      string
}

// ReleasedQuote is a quote as a report may show it: with nothing about who wrote
// it, unless at least k of the wave answered in the same language.
type ReleasedQuote struct {
	ID       string
	Question string
	Text     string // in [coding.ReportLanguage], by a person's translation where Translated says so
	// Translated tells that Text is a translation. It is false too where it would
	// tell that somebody wrote in a language of which fewer than k did.
	Translated         bool
	Original, Language string // in its own language where that may be known, else ""
	Tags               coding.Tags
}

// ReleasedQuotes lists the quotes of a wave that a second person has released, by
// question, in an order that says nothing of when.
func (db *DB) ReleasedQuotes(ctx context.Context, wave *LiveWave, filter QuoteFilter) (released []ReleasedQuote, err error) {
	err = db.inReading(ctx, func(tx *sql.Tx) error {
		all, err := quotes(ctx, tx, wave.ID, ` AND state = $2 AND ($3 = '' OR question = $3)`, string(coding.QuoteReleased), filter.Question)
		if err != nil || len(all) == 0 {
			return err
		}
		tags, err := book(ctx, tx, wave.ID)
		if err != nil {
			return err
		}
		given, err := agreedTags(ctx, tx, wave.ID, filter.Question)
		if err != nil {
			return err
		}
		spoken, err := languageCounts(ctx, tx, wave.ID)
		if err != nil {
			return err
		}
		for _, one := range all {
			if filter.fits(given[one.Text], tags) {
				released = append(released, one.asReleased(given[one.Text], spoken[one.Language] >= wave.K))
			}
		}
		return nil
	})
	return released, unavailable(err)
}

func (f QuoteFilter) fits(tags coding.Tags, book coding.Book) bool {
	if f.Tag != "" && !tags.Has(f.Tag) {
		return false
	}
	return f.Field == "" || slices.ContainsFunc(tags, func(name string) bool {
		tag, _ := book.Tag(name)
		return tag.Field == f.Field
	})
}

// asReleased is the quote as others read it.
func (q Quote) asReleased(tags coding.Tags, languageKnown bool) ReleasedQuote {
	shown := ReleasedQuote{ID: q.ID, Question: q.Question, Text: q.Body, Tags: tags}
	if q.Foreign() {
		shown.Text = q.Translation
		if languageKnown {
			shown.Translated, shown.Original, shown.Language = true, q.Body, q.Language
		}
	}
	return shown
}

// agreedTags returns what those who coded the texts of a question, of all where it
// is "", say of them together, by the texts' ids.
func agreedTags(ctx context.Context, tx *sql.Tx, waveID, question string) (map[string]coding.Tags, error) {
	rows, err := tx.QueryContext(ctx, `SELECT text, coder, question, tags FROM codings WHERE wave_id = $1 AND ($2 = '' OR question = $2)`, waveID, question)
	if err != nil {
		return nil, fmt.Errorf("read codings: %w", err)
	}
	all, err := collect(rows, scanCoding)
	if err != nil {
		return nil, err
	}
	given := map[string][]coding.Tags{}
	for _, one := range all {
		given[one.Text] = append(given[one.Text], one.Tags)
	}
	agreed := make(map[string]coding.Tags, len(given))
	for text, tags := range given {
		agreed[text] = coding.Agreed(tags)
	}
	return agreed, nil
}

// languageCounts counts the responses of a wave by language.
func languageCounts(ctx context.Context, tx *sql.Tx, waveID string) (map[string]int, error) {
	rows, err := tx.QueryContext(ctx, `SELECT language, COUNT(*) FROM responses WHERE wave_id = $1 GROUP BY language`, waveID)
	if err != nil {
		return nil, fmt.Errorf("count languages: %w", err)
	}
	counts := map[string]int{}
	_, err = collect(rows, func(rows *sql.Rows) (language string, err error) {
		var count int
		err = rows.Scan(&language, &count)
		counts[language] = count
		return language, err
	})
	return counts, err
}
