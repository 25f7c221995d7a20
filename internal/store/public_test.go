package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testpostgres"
)

// TestPublicResults: nothing is public until somebody says so, then the chosen
// questions are, and nothing again when they are taken back; each step stands in
// the audit log.
func TestPublicResults(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		at := newClock()
		db := open(t, dsn, at)
		wave, err := db.OpenWave(ctx, "anna", fieldwork.Wave{Slug: "w", K: 5}, tinySurvey(t))
		must(t, err)
		importing(t, db, wave, rowsOf(t, wave, 30, "yes"), 30)
		const licence = "CC-BY-4.0"
		wantFailure(t, "before a release", db.PublishResults(ctx, "anna", wave, []string{"likes"}, licence), failure.Conflict)
		must(t, db.ReleaseWave(ctx, "anna", wave))
		read := func() *store.LiveWave {
			t.Helper()
			at.advance(time.Second)
			wave, err := db.Wave(ctx, "w")
			must(t, err)
			return wave
		}
		_, err = db.PublicResults(ctx, read())
		wantFailure(t, "nothing chosen", err, failure.NotFound)
		wantFailure(t, "no such question", db.PublishResults(ctx, "anna", wave, []string{"nobody"}, licence), failure.Invalid)
		wantFailure(t, "a free text", db.PublishResults(ctx, "anna", wave, []string{"offer"}, licence), failure.Invalid)
		wantFailure(t, "no such licence", db.PublishResults(ctx, "anna", wave, []string{"likes"}, "mine"), failure.Invalid)
		must(t, db.PublishResults(ctx, "anna", wave, []string{"likes", "likes"}, licence))
		must(t, db.PublishResults(ctx, "anna", wave, []string{"likes"}, licence)) // changes nothing
		wave = read()
		if wave.PublicQuestions != "likes" || wave.PublicLicence != licence {
			t.Errorf("public are %q under %q", wave.PublicQuestions, wave.PublicLicence)
		}
		first, err := db.PublicResults(ctx, wave)
		must(t, err)
		explorer, err := db.Explorer(ctx, wave)
		must(t, err)
		want, err := explorer.Public([]string{"likes"})
		must(t, err)
		if len(first.Figures) != 1 || !first.Perturbed || numbers(first.Group) != numbers(want) || first.Day != db.Today() {
			t.Errorf("published %s on %s, want %s", numbers(first.Group), first.Day, numbers(want))
		}
		again, err := db.PublicResults(ctx, wave)
		must(t, err)
		if again != first {
			t.Error("the same figures are made twice")
		}
		rows := rowsOf(t, wave, 20, "no")
		for i := range rows {
			rows[i].ExternalID = fmt.Sprint("later", i)
		}
		importing(t, db, wave, rows, 20)
		later, err := db.PublicResults(ctx, read())
		must(t, err)
		if later.Stamp != first.Stamp {
			t.Error("answers after the release are published")
		}
		must(t, db.CloseWave(ctx, "anna", wave))
		closed, err := db.PublicResults(ctx, read())
		must(t, err)
		if closed.Stamp == first.Stamp {
			t.Error("the last release is not published")
		}
		must(t, db.PublishResults(ctx, "ben", wave, nil, licence))
		_, err = db.PublicResults(ctx, read())
		wantFailure(t, "taken back", err, failure.NotFound)
		entries, err := db.AuditLog(ctx, 0, 100, func(string) bool { return true })
		must(t, err)
		log := ""
		for _, one := range entries {
			if one.Action == account.WavePublished || one.Action == account.WaveUnpublished {
				log += fmt.Sprintln(one.Actor, one.Action, one.Subject, one.Effect)
			}
		}
		if want := "ben wave.unpublished w questions=likes\nanna wave.published w questions=likes licence=CC-BY-4.0\n"; log != want {
			t.Errorf("the log says\n%swant\n%s", log, want)
		}
	})
}

// numbers writes the numbers of figures.
func numbers(group analysis.Group) string {
	text := fmt.Sprint(*group.N)
	for _, f := range group.Figures {
		text += fmt.Sprint(" ", f.Question, " ", *f.Base)
		for _, cell := range f.Cells {
			text += fmt.Sprint(" ", *cell.Count)
		}
	}
	return text
}
