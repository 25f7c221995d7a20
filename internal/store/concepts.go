package store

import (
	"context"
	"strconv"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
)

func conceptRegister() *register[baseline.Concept] {
	return &register[baseline.Concept]{
		table: "concepts", order: "id", natural: true,
		columns: []string{"id", "client", "ordered", "reference", "lead", "steering", "parent", "neighbours"},
		scan: func(row scanner, more ...any) (c baseline.Concept, err error) {
			return c, row.Scan(append([]any{&c.Area, &c.Client, &c.Ordered, &c.Reference, &c.Lead, &c.Steering, &c.Parent, &c.Neighbours}, more...)...)
		},
		values: func(c *baseline.Concept) []any {
			return []any{c.Area, c.Client, c.Ordered, c.Reference, c.Lead, c.Steering, c.Parent, c.Neighbours}
		},
		id: func(c *baseline.Concept) *string { return &c.Area }, subject: func(c *baseline.Concept) string { return c.Client },
		added: account.ConceptAdded, changed: account.ConceptChanged, removed: account.ConceptRemoved,
	}
}

// Concepts lists the records of concepts by area.
func (db *DB) Concepts(ctx context.Context) ([]Kept[baseline.Concept], error) {
	return conceptRegister().all(ctx, db.read)
}

// Concept returns the record of an area; failure.NotFound.
func (db *DB) Concept(ctx context.Context, area string) (Kept[baseline.Concept], error) {
	return conceptRegister().one(ctx, db.read, area)
}

// SaveConcept adds the record of an area where seen is 0, and else changes the one
// that had that revision; failure.Conflict also when the area has one already,
// failure.NotFound. It returns the area.
func (db *DB) SaveConcept(ctx context.Context, entry account.Entry, seen int, c baseline.Concept) (area string, err error) {
	return conceptRegister().save(ctx, db, entry, seen, c)
}

// RemoveConcept removes the record of an area; failure.Conflict, failure.NotFound.
func (db *DB) RemoveConcept(ctx context.Context, entry account.Entry, seen int, area string) error {
	return conceptRegister().remove(ctx, db, entry, seen, area)
}

func ownWordsRegister() *register[baseline.OwnWords] {
	return &register[baseline.OwnWords]{
		table: "own_words", order: "question", natural: true,
		columns: []string{"id", "area", "question", "body", "author", "day"},
		scan: func(row scanner, more ...any) (w baseline.OwnWords, err error) {
			return w, row.Scan(append([]any{&w.ID, &w.Area, &w.Question, &w.Text, &w.Author, &w.Day}, more...)...)
		},
		values: func(w *baseline.OwnWords) []any {
			return []any{w.ID, w.Area, w.Question, w.Text, w.Author, w.Day}
		},
		id: func(w *baseline.OwnWords) *string { return &w.ID }, subject: func(w *baseline.OwnWords) string { return strconv.Itoa(w.Question) },
		added: account.OwnWordsAdded, changed: account.OwnWordsChanged,
	}
}

// OwnWords returns the municipality's own answers to the guiding questions for an
// area, by question.
func (db *DB) OwnWords(ctx context.Context, area string) ([]Kept[baseline.OwnWords], error) {
	return ownWordsRegister().some(ctx, db.read, `area = $1`, area)
}

// SaveOwnWords stores the answer to a guiding question for an area: a new one where
// seen is 0, and else the one that had that revision; failure.Conflict. The actor
// becomes its author, and today its day.
func (db *DB) SaveOwnWords(ctx context.Context, entry account.Entry, seen int, w baseline.OwnWords) error {
	w.ID, w.Author, w.Day = baseline.OwnWordsID(w.Area, w.Question), entry.Actor, db.Today()
	_, err := ownWordsRegister().save(ctx, db, entry, seen, w)
	return err
}
