package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
)

// PublishResults lets everybody read the figures of some questions of a wave,
// changed as METHODS 5.6 has it, and their data under a licence; no questions
// make the wave's results private again. The questions come in any order.
//
// It fails with Conflict when the wave has no release yet, and with Invalid for
// a question that there is not or that has no figures, such as a free text, and
// for a licence that is none of [fieldwork.Licences].
func (db *DB) PublishResults(ctx context.Context, actor string, wave *LiveWave, questions []string, licence string) error {
	names, err := publishable(wave, questions)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		licence = ""
	} else if _, known := fieldwork.LicenceOf(licence); !known {
		return failure.New(failure.Invalid, "error.unknown_licence", "licence", licence)
	}
	return db.alterWave(ctx, wave.Slug, func(tx *sql.Tx, wave *LiveWave) (account.Entry, error) {
		entry := account.Entry{Actor: actor, Action: account.WavePublished, Subject: wave.Slug, Area: wave.Area}
		if len(names) > 0 && !wave.Released() {
			return entry, failure.New(failure.Conflict, "error.not_released", "slug", wave.Slug)
		}
		before := wave.Wave
		wave.PublicQuestions, wave.PublicLicence = strings.Join(names, " "), licence
		if sameWave(&before, &wave.Wave) {
			return entry, nil
		}
		entry.Effect = account.Effect("questions", wave.PublicQuestions, "licence", licence)
		if len(names) == 0 {
			entry.Action, entry.Effect = account.WaveUnpublished, account.Effect("questions", before.PublicQuestions)
		}
		return entry, db.writeWave(ctx, tx, wave)
	})
}

// publishable checks the questions and puts them in the survey's order.
func publishable(wave *LiveWave, questions []string) ([]string, error) {
	for _, name := range questions {
		if !wave.Schema.Publishes(name) {
			return nil, failure.New(failure.Invalid, "error.not_publishable", "question", name)
		}
	}
	var names []string
	for _, e := range wave.Version.Elements {
		if slices.Contains(questions, e.Name) {
			names = append(names, e.Name)
		}
	}
	return names, nil
}

// PublicResults are the figures of a wave that everybody may read.
type PublicResults struct {
	analysis.Group
	// Day is that of the release from which they are.
	Day string
	// Stamp changes when anything of them does.
	Stamp string
}

// PublicResults returns what everybody may read of a wave; failure.NotFound where
// that is nothing. The last figures are kept until an answer is withdrawn, the
// wave is released anew or something about it is changed.
func (db *DB) PublicResults(ctx context.Context, wave *LiveWave) (*PublicResults, error) {
	if len(wave.Published()) == 0 {
		return nil, failure.New(failure.NotFound, "error.not_public")
	}
	f := db.live.follow(wave.ID)
	var generation int64
	var change uint64
	err := db.read.QueryRowContext(ctx, `SELECT generation, change FROM waves WHERE id = $1`, wave.ID).Scan(&generation, &change)
	if err != nil {
		return nil, unavailable(fmt.Errorf("follow wave: %w", err))
	}
	f.results.Lock()
	last := f.public
	f.results.Unlock()
	if last != nil && last.wave == wave && last.generation == generation && last.change == change {
		return last.results, nil
	}
	made, err := db.makePublic(ctx, wave)
	if err != nil {
		return nil, err
	}
	f.results.Lock()
	f.public = &keptPublic{wave, generation, change, made}
	f.results.Unlock()
	return made, nil
}

// keptPublic are public figures and what they were made from.
type keptPublic struct {
	wave       *LiveWave
	generation int64
	change     uint64
	results    *PublicResults
}

func (db *DB) makePublic(ctx context.Context, wave *LiveWave) (*PublicResults, error) {
	explorer, err := db.Explorer(ctx, wave)
	if failure.CodeOf(err) == failure.Forbidden { // fewer than k answered
		return nil, failure.New(failure.NotFound, "error.not_public").Because(err)
	}
	if err != nil {
		return nil, err
	}
	made := &PublicResults{}
	if made.Group, err = explorer.Public(wave.Published()); err != nil {
		return nil, err
	}
	err = db.read.QueryRowContext(ctx, `SELECT day FROM releases WHERE wave_id = $1 ORDER BY number DESC LIMIT 1`, wave.ID).Scan(&made.Day)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, unavailable(fmt.Errorf("read release: %w", err))
	}
	made.Stamp = made.Day + " " + stampOf(made.Group)
	return made, nil
}

// stampOf is a hash of all numbers of the figures.
func stampOf(group analysis.Group) string {
	sum := sha256.New()
	count := func(counts ...*int) {
		for _, one := range counts {
			if one == nil {
				fmt.Fprint(sum, "- ")
			} else {
				fmt.Fprint(sum, *one, " ")
			}
		}
	}
	count(group.N)
	for _, f := range group.Figures {
		fmt.Fprintf(sum, "\n%q %q ", f.Question, f.Withheld)
		count(f.Base, f.NoAnswer, f.NotAsked)
		for _, cell := range append(f.Cells[:len(f.Cells):len(f.Cells)], f.Apart...) {
			fmt.Fprintf(sum, "%q ", cell.Name)
			count(cell.Count)
			for _, end := range []*float64{cell.Low, cell.High} {
				if end != nil {
					fmt.Fprint(sum, *end, " ")
				}
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:12])
}
