package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
)

func measureRegister() *register[baseline.Measure] {
	return &register[baseline.Measure]{
		table: "measures", order: "due, title, id",
		columns: []string{"id", "title", "field", "area", "audience", "reason", "responsible", "steps", "due", "status", "offer", "indicator", "question"},
		scan:    scanMeasure,
		values: func(m *baseline.Measure) []any {
			steps, err := json.Marshal(m.Steps)
			if err != nil { // texts and truth values can always be written
				panic(err)
			}
			return []any{m.ID, m.Title, m.Field, m.Area, m.Audience, m.Reason, m.Responsible, string(steps), m.Due, string(m.Status), m.Offer, m.Indicator, m.Question}
		},
		id: func(m *baseline.Measure) *string { return &m.ID }, subject: func(m *baseline.Measure) string { return m.Title },
		added: account.MeasureAdded, changed: account.MeasureChanged, removed: account.MeasureRemoved,
	}
}

func scanMeasure(row scanner, more ...any) (m baseline.Measure, err error) {
	var steps string
	err = row.Scan(append([]any{&m.ID, &m.Title, &m.Field, &m.Area, &m.Audience, &m.Reason, &m.Responsible, &steps, &m.Due, &m.Status, &m.Offer, &m.Indicator, &m.Question}, more...)...)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal([]byte(steps), &m.Steps); err != nil {
		return m, fmt.Errorf("read steps: %w", err)
	}
	return m, nil
}

// Measures lists all measures, those that are due first before others.
func (db *DB) Measures(ctx context.Context) ([]Kept[baseline.Measure], error) {
	return measureRegister().all(ctx, db.read)
}

// Measure returns a measure; failure.NotFound.
func (db *DB) Measure(ctx context.Context, id string) (Kept[baseline.Measure], error) {
	return measureRegister().one(ctx, db.read, id)
}

// SaveMeasure adds a measure where seen is 0, and else changes the one that had that
// revision; failure.Conflict, failure.NotFound.
func (db *DB) SaveMeasure(ctx context.Context, entry account.Entry, seen int, m baseline.Measure) (id string, err error) {
	return measureRegister().save(ctx, db, entry, seen, m)
}

// RemoveMeasure removes a measure; failure.Conflict, failure.NotFound.
func (db *DB) RemoveMeasure(ctx context.Context, entry account.Entry, seen int, id string) error {
	return measureRegister().remove(ctx, db, entry, seen, id)
}

func stakeholderRegister() *register[baseline.Stakeholder] {
	return &register[baseline.Stakeholder]{
		table: "stakeholders", order: "name, id",
		columns: []string{"id", "name", "area", "interest", "influence", "stance", "contact", "note"},
		scan: func(row scanner, more ...any) (s baseline.Stakeholder, err error) {
			return s, row.Scan(append([]any{&s.ID, &s.Name, &s.Area, &s.Interest, &s.Influence, &s.Stance, &s.Contact, &s.Note}, more...)...)
		},
		values: func(s *baseline.Stakeholder) []any {
			return []any{s.ID, s.Name, s.Area, s.Interest, s.Influence, string(s.Stance), s.Contact, s.Note}
		},
		id: func(s *baseline.Stakeholder) *string { return &s.ID },
		// The audit log is read by others than those who may see stakeholders.
		subject: func(*baseline.Stakeholder) string { return "" },
		added:   account.StakeholderAdded, changed: account.StakeholderChanged, removed: account.StakeholderRemoved,
	}
}

// Stakeholders lists all stakeholders by name.
func (db *DB) Stakeholders(ctx context.Context) ([]Kept[baseline.Stakeholder], error) {
	return stakeholderRegister().all(ctx, db.read)
}

// Stakeholder returns one; failure.NotFound.
func (db *DB) Stakeholder(ctx context.Context, id string) (Kept[baseline.Stakeholder], error) {
	return stakeholderRegister().one(ctx, db.read, id)
}

// SaveStakeholder adds one where seen is 0, and else changes the one that had that
// revision; failure.Conflict, failure.NotFound.
func (db *DB) SaveStakeholder(ctx context.Context, entry account.Entry, seen int, s baseline.Stakeholder) (id string, err error) {
	return stakeholderRegister().save(ctx, db, entry, seen, s)
}

// RemoveStakeholder removes one; failure.Conflict, failure.NotFound.
func (db *DB) RemoveStakeholder(ctx context.Context, entry account.Entry, seen int, id string) error {
	return stakeholderRegister().remove(ctx, db, entry, seen, id)
}

func documentRegister() *register[baseline.Document] {
	return &register[baseline.Document]{
		table: "documents", order: "year DESC, title, id",
		columns: []string{"id", "title", "issuer", "year", "area", "fields", "link", "note"},
		scan: func(row scanner, more ...any) (d baseline.Document, err error) {
			var fields string
			err = row.Scan(append([]any{&d.ID, &d.Title, &d.Issuer, &d.Year, &d.Area, &fields, &d.Link, &d.Note}, more...)...)
			d.Fields = strings.Fields(fields)
			return d, err
		},
		values: func(d *baseline.Document) []any {
			return []any{d.ID, d.Title, d.Issuer, d.Year, d.Area, strings.Join(d.Fields, " "), d.Link, d.Note}
		},
		id: func(d *baseline.Document) *string { return &d.ID }, subject: func(d *baseline.Document) string { return d.Title },
		added: account.DocumentAdded, changed: account.DocumentChanged, removed: account.DocumentRemoved,
	}
}

// Documents lists all documents, the newest first.
func (db *DB) Documents(ctx context.Context) ([]Kept[baseline.Document], error) {
	return documentRegister().all(ctx, db.read)
}

// Document returns one; failure.NotFound.
func (db *DB) Document(ctx context.Context, id string) (Kept[baseline.Document], error) {
	return documentRegister().one(ctx, db.read, id)
}

// SaveDocument adds one where seen is 0, and else changes the one that had that
// revision; failure.Conflict, failure.NotFound.
func (db *DB) SaveDocument(ctx context.Context, entry account.Entry, seen int, d baseline.Document) (id string, err error) {
	return documentRegister().save(ctx, db, entry, seen, d)
}

// RemoveDocument removes one; failure.Conflict, failure.NotFound.
func (db *DB) RemoveDocument(ctx context.Context, entry account.Entry, seen int, id string) error {
	return documentRegister().remove(ctx, db, entry, seen, id)
}

func tieRegister() *register[baseline.Tie] {
	return &register[baseline.Tie]{
		table: "ties", order: "from_name, to_name, id", counts: tiesRevision,
		columns: []string{"id", "from_name", "to_name", "frequency", "kind", "area", "source"},
		scan: func(row scanner, more ...any) (t baseline.Tie, err error) {
			return t, row.Scan(append([]any{&t.ID, &t.From, &t.To, &t.Frequency, &t.Kind, &t.Area, &t.Source}, more...)...)
		},
		values: func(t *baseline.Tie) []any {
			return []any{t.ID, t.From, t.To, t.Frequency, t.Kind, t.Area, t.Source}
		},
		id: func(t *baseline.Tie) *string { return &t.ID }, subject: func(t *baseline.Tie) string { return t.From + " – " + t.To },
		added: account.TieAdded, changed: account.TieChanged, removed: account.TieRemoved,
	}
}

// Ties lists who works with whom, beside what statements say, and the revision of
// the list.
func (db *DB) Ties(ctx context.Context) (all []Kept[baseline.Tie], revision int64, err error) {
	if revision, err = revisionOf(ctx, db.read, tiesRevision); err != nil {
		return nil, 0, unavailable(err)
	}
	all, err = tieRegister().all(ctx, db.read)
	return all, revision, err
}

// Tie returns one; failure.NotFound.
func (db *DB) Tie(ctx context.Context, id string) (Kept[baseline.Tie], error) {
	return tieRegister().one(ctx, db.read, id)
}

// SaveTie adds one where seen is 0, and else changes the one that had that revision;
// failure.Conflict, failure.NotFound.
func (db *DB) SaveTie(ctx context.Context, entry account.Entry, seen int, t baseline.Tie) (id string, err error) {
	return tieRegister().save(ctx, db, entry, seen, t)
}

// RemoveTie removes one; failure.Conflict, failure.NotFound.
func (db *DB) RemoveTie(ctx context.Context, entry account.Entry, seen int, id string) error {
	return tieRegister().remove(ctx, db, entry, seen, id)
}

// AddTies stores the new and changed ties of an imported list, all or none of them.
// failure.Conflict when the list is no longer of that revision.
func (db *DB) AddTies(ctx context.Context, entry account.Entry, revision int64, ties []Kept[baseline.Tie]) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		if err := advance(ctx, tx, tiesRevision, revision); err != nil {
			return err
		}
		if err := putAll(ctx, tx, tieRegister(), ties); err != nil {
			return err
		}
		entry.Action = account.TiesImported
		return db.audit(ctx, tx, entry)
	}))
}
