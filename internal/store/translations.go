package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

// sitting is how long one line of the audit log stands for what somebody
// translates into one language: at most six lines an hour, and no change that is
// further than this behind the line that tells of it. The history has each.
const sitting = 10 * time.Minute

// Translate stores renderings of a working copy's texts in one language,
// whatever others have changed in the meantime; those of texts that are no
// longer as their author saw them come back ([survey.Survey.Translate]). The
// working copy is returned as it is then.
func (db *DB) Translate(ctx context.Context, actor, id, language string, all []survey.Rendering) (w *Working, overtaken []survey.Rendering, err error) {
	w, err = db.changeWorking(ctx, actor, id, 0, func(s *survey.Survey) (err error) {
		overtaken, err = s.Translate(all)
		return err
	}, func(tx *sql.Tx, w *Working) error { return db.sit(ctx, tx, actor, w, language) })
	return w, overtaken, err
}

// sit writes a line of the audit log, unless there is a fresh one for the same
// person and language.
func (db *DB) sit(ctx context.Context, tx *sql.Tx, actor string, w *Working, language string) error {
	since := db.now().Add(-sitting).UTC().Format(stampForm)
	result, err := tx.ExecContext(ctx, `INSERT INTO translation_sittings (working, language, author, began) VALUES ($1, $2, $3, $4)
		ON CONFLICT (working, language, author) DO UPDATE SET began = excluded.began WHERE translation_sittings.began < $5`,
		w.ID, language, actor, db.stamp(), since)
	if err != nil {
		return err
	}
	if began, err := result.RowsAffected(); err != nil || began == 0 {
		return err
	}
	return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.WorkingTranslated, Subject: w.SurveyID, Area: w.Area, Effect: language})
}

// ImportTranslations stores what came back from people outside, in one step of
// the history and with one line of the audit log.
func (db *DB) ImportTranslations(ctx context.Context, actor, id, language string, all []survey.Rendering) (w *Working, overtaken []survey.Rendering, err error) {
	w, err = db.changeWorking(ctx, actor, id, 0, func(s *survey.Survey) (err error) {
		overtaken, err = s.Translate(all)
		return err
	}, func(tx *sql.Tx, w *Working) error {
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.TranslationsImported, Subject: w.SurveyID, Area: w.Area,
			Effect: language + " " + strconv.Itoa(len(all)-len(overtaken))})
	})
	return w, overtaken, err
}

// ChangeLanguages adds or removes a language of a working copy or makes another
// one its source. The audit log has a line for each.
func (db *DB) ChangeLanguages(ctx context.Context, actor, id, effect string, change func(*survey.Survey) error) (*Working, error) {
	return db.changeWorking(ctx, actor, id, 0, change, func(tx *sql.Tx, w *Working) error {
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.LanguagesChanged, Subject: w.SurveyID, Area: w.Area, Effect: effect})
	})
}

// Comment is what a translator says about a text in one language.
type Comment struct {
	ID, Key, Language  string
	Author, Stored     string // Stored and Resolved are RFC 3339
	Body               string
	Resolver, Resolved string // "" while it is open
}

// maxComment is how many characters a comment may have.
const maxComment = 2000

// Comments lists what was said of the texts of a working copy in one language,
// the oldest first; of all languages where language is "".
func (db *DB) Comments(ctx context.Context, id, language string) ([]Comment, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT id, key, language, author, stored, body, resolver, resolved FROM translation_comments
		WHERE working = $1 AND ($2 = '' OR language = $2) ORDER BY stored, id`, id, language)
	if err != nil {
		return nil, unavailable(fmt.Errorf("list comments: %w", err))
	}
	return collect(rows, func(rows *sql.Rows) (c Comment, err error) {
		return c, rows.Scan(&c.ID, &c.Key, &c.Language, &c.Author, &c.Stored, &c.Body, &c.Resolver, &c.Resolved)
	})
}

// AddComments stores what somebody says, all or none; of a comment only key,
// language and body count. failure.NotFound when there is no such working copy
// or text, failure.Invalid for an empty or an endless one.
func (db *DB) AddComments(ctx context.Context, actor, id string, comments ...Comment) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		w, err := working(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, one := range comments {
			body := survey.Tidy(one.Body)
			if body == "" || utf8.RuneCountInString(body) > maxComment {
				return failure.New(failure.Invalid, "error.comment_length", "limit", maxComment)
			}
			if _, known := w.Survey.TextAt(one.Key); !known {
				return failure.New(failure.NotFound, "error.translate_unknown", "key", one.Key)
			}
			_, err := tx.ExecContext(ctx, `INSERT INTO translation_comments (id, working, key, language, author, stored, body, resolver, resolved)
				VALUES ($1, $2, $3, $4, $5, $6, $7, '', '')`, rand.Text(), id, one.Key, one.Language, actor, db.stamp(), body)
			if err != nil {
				return err
			}
			entry := account.Entry{Actor: actor, Action: account.TranslationCommented, Subject: w.SurveyID, Area: w.Area, Effect: one.Language + " " + one.Key}
			if err := db.audit(ctx, tx, entry); err != nil {
				return err
			}
		}
		return nil
	}))
}

// ResolveComment settles a comment; one that is settled stays as it is.
// failure.NotFound when the working copy has none such.
func (db *DB) ResolveComment(ctx context.Context, actor, id, comment string) error {
	return unavailable(db.inTx(ctx, func(tx *sql.Tx) error {
		w, err := working(ctx, tx, id)
		if err != nil {
			return err
		}
		var language, key, resolver string
		err = tx.QueryRowContext(ctx, `SELECT language, key, resolver FROM translation_comments WHERE working = $1 AND id = $2`, id, comment).
			Scan(&language, &key, &resolver)
		if errors.Is(err, sql.ErrNoRows) {
			return failure.New(failure.NotFound, "error.unknown_comment")
		}
		if err != nil || resolver != "" {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE translation_comments SET resolver = $3, resolved = $4 WHERE working = $1 AND id = $2`,
			id, comment, actor, db.stamp())
		if err != nil {
			return err
		}
		return db.audit(ctx, tx, account.Entry{Actor: actor, Action: account.CommentResolved, Subject: w.SurveyID, Area: w.Area, Effect: language + " " + key})
	}))
}
