package store_test

import (
	"context"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/testpostgres"
)

func TestDraftsAreKeptForFourteenDaysAtMost(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		c := newClock()
		db := open(t, dsn, c)
		wave, other := openWave(t, db, "w", ""), openWave(t, db, "other", "")
		first := c.Now()
		for _, text := range []string{"first", "second"} { // the later one stands
			if _, err := db.KeepDraft(ctx, wave, "a", []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		last, err := db.KeepDraft(ctx, wave, "b", []byte("b"))
		if err != nil {
			t.Fatal(err)
		}
		if end, _ := time.Parse(time.DateOnly, last); end.Add(24*time.Hour).Sub(first) > 14*24*time.Hour {
			t.Errorf("kept from %v until the end of %s", first, last)
		}
		if data, err := db.Draft(ctx, wave, "a"); err != nil || string(data) != "second" {
			t.Errorf("draft: %q, %v", data, err)
		}
		_, err = db.Draft(ctx, other, "a")
		wantCode(t, err, failure.NotFound)
		if err := db.ForgetDraft(ctx, wave, "b"); err != nil {
			t.Fatal(err)
		}
		_, err = db.Draft(ctx, wave, "b")
		wantCode(t, err, failure.NotFound)
		c.advance(13 * 24 * time.Hour)
		if err := db.SweepDrafts(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Draft(ctx, wave, "a"); err != nil {
			t.Errorf("on the last day: %v", err)
		}
		c.advance(24 * time.Hour)
		_, err = db.Draft(ctx, wave, "a") // though nobody has swept yet
		wantCode(t, err, failure.NotFound)
		if _, err := db.KeepDraft(ctx, wave, "c", []byte("c")); err != nil {
			t.Fatal(err)
		}
		if err := db.CloseWave(ctx, account.CommandLine, wave); err != nil {
			t.Fatal(err)
		}
		if err := db.SweepDrafts(ctx); err != nil {
			t.Fatal(err)
		}
		_, err = db.Draft(ctx, wave, "c")
		wantCode(t, err, failure.NotFound)
	})
}
