package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
)

func noteRegister() *register[baseline.Note] {
	return &register[baseline.Note]{
		table: "notes", order: "day DESC, title, id",
		columns: []string{"id", "kind", "title", "day", "area", "fields", "questions", "body", "source"},
		scan:    scanNote,
		values: func(n *baseline.Note) []any {
			numbers := make([]string, len(n.Questions))
			for at, number := range n.Questions {
				numbers[at] = strconv.Itoa(number)
			}
			return []any{n.ID, string(n.Kind), n.Title, n.Day, n.Area, strings.Join(n.Fields, " "), strings.Join(numbers, " "), n.Text, n.Source}
		},
		id: func(n *baseline.Note) *string { return &n.ID }, subject: func(n *baseline.Note) string { return n.Title },
		added: account.NoteAdded, changed: account.NoteChanged, removed: account.NoteRemoved,
	}
}

func scanNote(row scanner, more ...any) (n baseline.Note, err error) {
	var fields, numbers string
	err = row.Scan(append([]any{&n.ID, &n.Kind, &n.Title, &n.Day, &n.Area, &fields, &numbers, &n.Text, &n.Source}, more...)...)
	if err != nil {
		return n, err
	}
	n.Fields = strings.Fields(fields)
	for _, text := range strings.Fields(numbers) {
		number, err := strconv.Atoi(text)
		if err != nil {
			return n, fmt.Errorf("read questions of a note: %w", err)
		}
		n.Questions = append(n.Questions, number)
	}
	return n, nil
}

// Notes lists all notes, the newest first.
func (db *DB) Notes(ctx context.Context) ([]Kept[baseline.Note], error) {
	return noteRegister().all(ctx, db.read)
}

// Note returns one; failure.NotFound.
func (db *DB) Note(ctx context.Context, id string) (Kept[baseline.Note], error) {
	return noteRegister().one(ctx, db.read, id)
}

// SaveNote adds one where seen is 0, and else changes the one that had that
// revision; failure.Conflict, failure.NotFound.
func (db *DB) SaveNote(ctx context.Context, entry account.Entry, seen int, n baseline.Note) (id string, err error) {
	return noteRegister().save(ctx, db, entry, seen, n)
}

// RemoveNote removes one; failure.Conflict, failure.NotFound.
func (db *DB) RemoveNote(ctx context.Context, entry account.Entry, seen int, id string) error {
	return noteRegister().remove(ctx, db, entry, seen, id)
}
