package store_test

import (
	"context"
	"testing"

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
