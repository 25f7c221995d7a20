package store

import (
	"context"
	"database/sql"
	"fmt"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/coding"
	"bedarfslotse/internal/survey"
)

// Words says a phrase of the interface in every language of the desk, by its key
// in the catalogue; for what the store itself gives a name.
type Words func(key string) survey.Text

// defined is what is defined of a wave beside its survey.
type defined struct {
	variables []Variable
	book      coding.Book
}

// defined reads what is defined of one wave.
func (db *DB) defined(ctx context.Context, waveID string) (d defined, err error) {
	if d.variables, err = db.Variables(ctx, waveID); err == nil {
		d.book, err = db.Book(ctx, waveID)
	}
	return d, err
}

// allDefined reads what is defined of all waves, by the wave's id.
func (db *DB) allDefined(ctx context.Context) (map[string]defined, error) {
	variables, err := allVariables(ctx, db.read)
	if err != nil {
		return nil, unavailable(err)
	}
	all := map[string]defined{}
	for id, one := range variables {
		all[id] = defined{variables: one}
	}
	books, err := allBooks(ctx, db.read)
	for id, one := range books {
		all[id] = defined{all[id].variables, one}
	}
	return all, unavailable(err)
}

// tag gives the wave a variable of tags for each question with free texts, as long
// as it has a code book. Who has which tag is read when figures are asked for.
func (w *LiveWave) tag(book coding.Book, words Words) {
	w.defined, w.tags = w.Calculated, nil
	if len(book) == 0 {
		return
	}
	if words == nil {
		words = func(string) survey.Text { return survey.Text{} }
	}
	languages := w.Version.Survey.Languages
	var tags []survey.Choice
	for _, tag := range book {
		tags = append(tags, survey.Choice{Name: tag.Name, Label: inAll(tag.Label, words("coding.variable"), languages)})
		w.variables += fmt.Sprintf("%q %q\n", tag.Name, tag.Label)
	}
	for _, e := range OpenQuestions(w.Version) {
		label := survey.Text{}
		for language, phrase := range words("coding.variable") {
			text, _ := e.Label.In(append([]string{language}, languages...)...)
			label[language] = survey.Phrase{Text: phrase.Text + ": " + text}
		}
		if len(label) == 0 {
			label = e.Label
		}
		w.tags = append(w.tags, analysis.Tagged{Question: e.Name, Label: label, Tags: tags, None: words("coding.variable.none"), Open: words("coding.variable.open")})
	}
	w.Calculated = w.Schema.WithTags(w.defined, w.tags...)
}

// inAll is a label that is the same in every language: coders share one book.
func inAll(label string, words survey.Text, languages []string) survey.Text {
	text := survey.Text{}
	for language := range words {
		text[language] = survey.Phrase{Text: label}
	}
	for _, language := range languages {
		text[language] = survey.Phrase{Text: label}
	}
	return text
}

// tagged are the calculated variables of a wave and those of tags, with who has
// which tag now.
func (db *DB) tagged(ctx context.Context, wave *LiveWave) (*analysis.Calculated, error) {
	if len(wave.tags) == 0 {
		return wave.Calculated, nil
	}
	given, err := db.givenTags(ctx, wave)
	if err != nil {
		return nil, unavailable(err)
	}
	var all []analysis.Tagged
	for _, one := range wave.tags {
		one.Given = given[one.Question]
		all = append(all, one)
	}
	return wave.Schema.WithTags(wave.defined, all...), nil
}

// codingsStamp changes whenever codings of a wave do.
func (db *DB) codingsStamp(ctx context.Context, waveID string) (stamp int64, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT codings FROM waves WHERE id = $1`, waveID).Scan(&stamp)
	return stamp, unavailable(err)
}

// codingsChanged moves that stamp on.
func codingsChanged(ctx context.Context, tx *sql.Tx, waveID string) error {
	_, err := tx.ExecContext(ctx, `UPDATE waves SET codings = codings + 1 WHERE id = $1`, waveID)
	return err
}

// givenTags are the tags that those who coded texts agree on ([coding.Agreed]), by
// question and record key, together for all texts that somebody wrote there.
func (db *DB) givenTags(ctx context.Context, wave *LiveWave) (map[string]map[uint64][]string, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT text, question, response, tags FROM codings WHERE wave_id = $1`, wave.ID)
	if err != nil {
		return nil, fmt.Errorf("read codings: %w", err)
	}
	type coded struct {
		question string
		response receiptHash
		given    []coding.Tags
	}
	texts := map[string]*coded{}
	_, err = collect(rows, func(rows *sql.Rows) (text string, err error) {
		var question, tags string
		var id []byte
		if err = rows.Scan(&text, &question, &id, &tags); err != nil {
			return "", err
		}
		if texts[text] == nil {
			texts[text] = &coded{question: question}
			copy(texts[text].response[:], id)
		}
		texts[text].given = append(texts[text].given, coding.ReadTags(tags))
		return text, nil
	})
	given := map[string]map[uint64][]string{}
	for _, text := range texts {
		of, key := given[text.question], wave.recordKey(text.response)
		if of == nil {
			of = map[uint64][]string{}
			given[text.question] = of
		}
		of[key] = append(of[key], coding.Agreed(text.given)...)
	}
	return given, err
}
