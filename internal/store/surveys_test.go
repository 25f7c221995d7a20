package store_test

import (
	"context"
	"testing"
	"time"

	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testpostgres"
)

func TestAnsweredSurveysAreThoseWithResponses(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		answered := func() []string {
			t.Helper()
			all, err := db.AnsweredSurveys(ctx, "tiny")
			if err != nil {
				t.Fatal(err)
			}
			var slugs []string
			for _, one := range all {
				if one.Version.Hash != tinySurvey(t).Hash {
					t.Errorf("%s has another content", one.Slug)
				}
				slugs = append(slugs, one.Slug)
			}
			return slugs
		}
		wave := openWave(t, db, "here", "")
		openWave(t, db, "there", "")
		if got := answered(); len(got) != 0 {
			t.Fatalf("before any response: %v", got)
		}
		if _, err := db.Accept(ctx, wave, submission(t, wave, id(1), yes())); err != nil {
			t.Fatal(err)
		}
		if got := answered(); len(got) != 1 || got[0] != "here" {
			t.Fatalf("after one response: %v", got)
		}
	})
}

// TestHeadingsAreOfTheNewestContent: a survey that is imported anew is listed
// once, as it is now, also for whoever asked before.
func TestHeadingsAreOfTheNewestContent(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		clock := newClock()
		db := open(t, dsn, clock)
		put := func(title string) {
			t.Helper()
			s := tinySurvey(t).Survey.Clone()
			s.SetText(&s.Title, s.Language, title)
			version, findings := survey.Compile(s)
			if version == nil {
				t.Fatal(findings)
			}
			must(t, db.PutSurvey(ctx, "anna", version, true))
		}
		for _, title := range []string{"Erst", "Dann", "Erst"} {
			clock.advance(time.Hour)
			put(title)
			got, err := db.Headings(ctx)
			must(t, err)
			if len(got) != 1 || got[0].ID != "tiny" || got[0].Title[got[0].Languages[0]].Text != title {
				t.Errorf("after %q: %+v", title, got)
			}
		}
		openWave(t, db, "library", "") // what a wave brings along is not imported
		if got, err := db.Headings(ctx); err != nil || len(got) != 1 {
			t.Errorf("with a wave: %+v, %v", got, err)
		}
	})
}
