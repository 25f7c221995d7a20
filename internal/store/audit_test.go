package store_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testpostgres"
)

// TestWhatIsDoneStandsInTheLog: what somebody does with surveys, institutions and
// waves leaves one line, and what fails or changes nothing leaves none.
func TestWhatIsDoneStandsInTheLog(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		clock := newClock()
		db := open(t, dsn, clock)
		version := tinySurvey(t)
		must(t, db.PutSurvey(ctx, "anna", version, true))
		must(t, db.PutSurvey(ctx, "anna", version, false)) // a wave's own: nobody brought it
		must(t, db.PutInstitutions(ctx, "anna", []fieldwork.Institution{{Number: "1", Name: "Schule"}}))
		wave, err := db.OpenWave(ctx, "anna", fieldwork.Wave{Slug: "w", Area: "bochum", K: 5, Until: "2026-03-04"}, version)
		must(t, err)
		if _, err := db.OpenWave(ctx, "anna", fieldwork.Wave{Slug: "w", K: 5}, version); err == nil {
			t.Error("the slug is taken twice")
		}
		_, err = db.CreateCodes(ctx, "anna", wave, fieldwork.Carried{Area: "stadtteil", Institution: "1"}, true, 3)
		must(t, err)
		answers, _ := response.Read(version, yes())
		rows := []store.Imported{{ExternalID: "1", Answers: answers}, {ExternalID: "2", Answers: answers}}
		for range 2 {
			_, err = db.Import(ctx, "anna", wave, store.File{Name: "my file.csv", Hash: "ab"}, rows)
			must(t, err)
		}
		clock.advance(20 * 24 * time.Hour)
		if closed, err := db.CloseOverdue(ctx); closed != 1 || err != nil {
			t.Fatalf("%d waves closed, %v", closed, err)
		}
		if err := db.CloseWave(ctx, "anna", wave); err == nil {
			t.Error("closed twice")
		}
		want := []string{
			"anna survey.imported tiny  version=1 sha256=" + version.Hash,
			"anna institutions.imported   count=1",
			"anna wave.opened w bochum survey=tiny version=1 until=2026-03-04 k=5",
			"anna codes.created w stadtteil count=3 shared=true institution=1",
			`anna responses.imported w bochum import=1 file="my file.csv" sha256=ab rows=2 stored=2`,
			"clock: wave.closed w bochum ",
		}
		if got := lines(t, db); !slices.Equal(got, want) {
			t.Errorf("the log says\n%s", strings.Join(got, "\n"))
		}
	})
}
