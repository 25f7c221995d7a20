package store

import (
	"context"
	"database/sql"
	"fmt"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/coding"
	"bedarfslotse/internal/failure"
)

// Book returns the code book of a wave.
func (db *DB) Book(ctx context.Context, waveID string) (coding.Book, error) {
	return book(ctx, db.read, waveID)
}

func book(ctx context.Context, q queryer, waveID string) (coding.Book, error) {
	rows, err := q.QueryContext(ctx, `SELECT name, label, definition, example, field FROM coding_tags WHERE wave_id = $1`, waveID)
	if err != nil {
		return nil, unavailable(fmt.Errorf("read code book: %w", err))
	}
	tags, err := collect(rows, func(rows *sql.Rows) (t coding.Tag, err error) {
		return t, rows.Scan(&t.Name, &t.Label, &t.Definition, &t.Example, &t.Field)
	})
	coding.Book(tags).Sort()
	return tags, err
}

// allBooks are the code books of all waves, by the wave's id.
func allBooks(ctx context.Context, q queryer) (map[string]coding.Book, error) {
	rows, err := q.QueryContext(ctx, `SELECT wave_id, name, label, definition, example, field FROM coding_tags`)
	if err != nil {
		return nil, fmt.Errorf("read code books: %w", err)
	}
	books := map[string]coding.Book{}
	_, err = collect(rows, func(rows *sql.Rows) (wave string, err error) {
		var t coding.Tag
		err = rows.Scan(&wave, &t.Name, &t.Label, &t.Definition, &t.Example, &t.Field)
		books[wave] = append(books[wave], t)
		return wave, err
	})
	for _, one := range books {
		one.Sort()
	}
	return books, err
}

// SaveTag puts a tag into the code book of a wave: a new one where seen is nil,
// which gets its name from its label unless it has one; else in the place of the
// tag as its author saw it. failure.Conflict when somebody has changed that, or
// the book has another such tag; failure.Invalid ([coding.Book.Fits]).
func (db *DB) SaveTag(ctx context.Context, actor string, wave *LiveWave, seen *coding.Tag, tag coding.Tag) (coding.Tag, error) {
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		if err := lockWave(ctx, tx, wave.ID); err != nil {
			return err
		}
		tags, err := book(ctx, tx, wave.ID)
		if err != nil {
			return err
		}
		tag = tag.Tidy(tags)
		action := account.TagAdded
		if seen != nil {
			action, tag.Name = account.TagChanged, seen.Name
		}
		present, known := tags.Tag(tag.Name)
		if known != (seen != nil) || known && present != *seen {
			return failure.New(failure.Conflict, "error.tag_overtaken", "name", tag.Name)
		}
		if err := tags.Fits(tag); err != nil || known && present == tag {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO coding_tags (wave_id, name, label, definition, example, field) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (wave_id, name) DO UPDATE SET label = excluded.label, definition = excluded.definition, example = excluded.example, field = excluded.field`,
			wave.ID, tag.Name, tag.Label, tag.Definition, tag.Example, tag.Field)
		if err != nil {
			return err
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: action, Subject: wave.Slug, Area: wave.Area,
			Effect: account.Effect("tag", tag.Name, "label", tag.Label)})
	})
	db.forget(wave.Slug)
	return tag, unavailable(err)
}

// RemoveTag takes a tag out of the book and out of every coding; into is the tag
// that takes its place there, "" for none. It returns how many codings changed.
// failure.NotFound when the book lacks one of them, failure.Invalid when they are
// one.
func (db *DB) RemoveTag(ctx context.Context, actor string, wave *LiveWave, name, into string) (changed int, err error) {
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		if err := lockWave(ctx, tx, wave.ID); err != nil {
			return err
		}
		tags, err := book(ctx, tx, wave.ID)
		if err != nil {
			return err
		}
		if name == into {
			return failure.New(failure.Invalid, "error.tag_into_itself")
		}
		for _, one := range []string{name, into} {
			if _, known := tags.Tag(one); !known && one != "" {
				return failure.New(failure.NotFound, "error.unknown_tag", "name", one)
			}
		}
		if changed, err = renameTag(ctx, tx, wave.ID, name, into); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM coding_tags WHERE wave_id = $1 AND name = $2`, wave.ID, name); err != nil {
			return err
		}
		entry := account.Entry{Actor: actor, Action: account.TagRemoved, Subject: wave.Slug, Area: wave.Area, Effect: account.Effect("tag", name, "codings", changed)}
		if into != "" {
			entry.Action, entry.Effect = account.TagMerged, account.Effect("tag", name, "into", into, "codings", changed)
		}
		return db.audit(ctx, tx, entry)
	})
	db.forget(wave.Slug)
	return changed, unavailable(err)
}

// renameTag rewrites the codings that have a tag.
func renameTag(ctx context.Context, tx *sql.Tx, waveID, name, into string) (int, error) {
	// Names hold no sign that LIKE reads in its own way but _, which finds too much.
	rows, err := tx.QueryContext(ctx, `SELECT text, coder, question, tags FROM codings WHERE wave_id = $1 AND tags LIKE $2`, waveID, "%"+name+"%")
	if err != nil {
		return 0, fmt.Errorf("find codings: %w", err)
	}
	all, err := collect(rows, scanCoding)
	if err != nil {
		return 0, err
	}
	count := 0
	for _, one := range all {
		tags, changed := one.Tags.Renamed(name, into)
		if !changed {
			continue
		}
		count++
		if _, err := tx.ExecContext(ctx, `UPDATE codings SET tags = $4 WHERE wave_id = $1 AND text = $2 AND coder = $3`,
			waveID, one.Text, one.Coder, tags.String()); err != nil {
			return 0, fmt.Errorf("rewrite codings: %w", err)
		}
	}
	return count, codingsChanged(ctx, tx, waveID)
}
