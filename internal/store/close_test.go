package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testpostgres"
)

// TestClosingAWaveThatNobodyAnswered, and the overdue ones behind it.
func TestClosingAWaveThatNobodyAnswered(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		c := newClock()
		db := open(t, dsn, c)
		openWave(t, db, "a-empty", "2026-03-03")
		fill(t, db, openWave(t, db, "b-full", "2026-03-03"), 0, 12)
		c.advance(9 * 24 * time.Hour)
		if closed, err := db.CloseOverdue(ctx); err != nil || closed != 2 {
			t.Fatalf("closed %d, %v, want both", closed, err)
		}
		for slug, want := range map[string]int{"a-empty": 0, "b-full": 12} {
			wave, err := db.Wave(ctx, slug)
			if err != nil {
				t.Fatal(err)
			}
			if got := shownN(t, db, wave); got != want {
				t.Errorf("%s shows %d, want %d", slug, got, want)
			}
		}
	})
}

func TestNoImportIntoAClosedWave(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		wave := openWave(t, db, "w", "")
		if err := db.CloseWave(ctx, account.CommandLine, wave); err != nil {
			t.Fatal(err)
		}
		answers := response.New(wave.Version)
		answers.Settle(time.Now(), true)
		_, err := db.Import(ctx, account.CommandLine, wave, store.File{Name: "a.csv"}, []store.Imported{{ExternalID: "1", Answers: answers}})
		wantCode(t, err, failure.Gone)
	})
}

// TestTwinsShareTheirFate sends the same id several times at once with what
// cannot be stored: nobody may hear that it was.
func TestTwinsShareTheirFate(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		wave := openWave(t, db, "w", "")
		var group sync.WaitGroup
		for n := range 40 {
			one := submission(t, wave, id(n), yes())
			one.Code = "AAAAA-AAAAA" // no such code
			for range 6 {
				group.Go(func() {
					outcome, err := db.Accept(ctx, wave, one)
					if failure.CodeOf(err) != failure.Invalid {
						t.Errorf("told %+v, %v", outcome, err)
					}
				})
			}
		}
		group.Wait()
		if got := returns(t, db, wave); got != 0 {
			t.Errorf("%d responses stored", got)
		}
	})
}

// TestImportBesideAnswers: neither waits for the other for long.
func TestImportBesideAnswers(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		wave := openWave(t, db, "w", "")
		rows := make([]store.Imported, 700)
		for i := range rows {
			answers := response.New(wave.Version)
			answers.Top().Set(wave.Version.Element("likes"), "no")
			answers.Settle(time.Now(), true)
			rows[i] = store.Imported{ExternalID: id(i), Answers: answers}
		}
		var group sync.WaitGroup
		group.Go(func() {
			if stored, err := db.Import(ctx, account.CommandLine, wave, store.File{Name: "a.csv"}, rows); err != nil || stored != len(rows) {
				t.Errorf("imported %d, %v", stored, err)
			}
		})
		for n := range 60 {
			one := submission(t, wave, id(n), yes())
			group.Go(func() {
				if _, err := db.Accept(ctx, wave, one); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if got := returns(t, db, wave); got != 760 {
			t.Errorf("%d responses, want 760", got)
		}
	})
}
