package store_test

import (
	"bytes"
	"context"
	"os"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testpostgres"
)

func TestWithdrawal(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		c := newClock()
		db := open(t, dsn, c)
		wave := openWave(t, db, "w", "")
		fill(t, db, wave, 0, 30)
		if got := shownN(t, db, wave); got != 25 {
			t.Fatalf("%d shown, want 25", got)
		}
		for n := range 4 {
			if err := db.Withdraw(ctx, response.Receipt(id(n))); err != nil {
				t.Fatal(err)
			}
		}
		if got := returns(t, db, wave); got != 26 {
			t.Fatalf("%d responses lie in the store after 4 withdrawals of 30", got)
		}
		if got := shownN(t, db, wave); got != 25 {
			t.Fatalf("%d shown after fewer than k withdrawals, want still 25", got)
		}
		// A late resend is thanked and stores nothing, whatever it holds.
		if again, err := db.Accept(ctx, wave, submission(t, wave, id(2), map[string][]string{"likes": {"no"}})); err != nil || !again.Repeated {
			t.Fatalf("resend after withdrawal: %+v, %v", again, err)
		}
		if err := db.Withdraw(ctx, response.Receipt(id(2))); err != nil {
			t.Fatalf("withdrawing twice: %v", err)
		}
		if err := db.Withdraw(ctx, response.Receipt(id(4))); err != nil {
			t.Fatal(err)
		}
		if got := shownN(t, db, wave); got != 20 {
			t.Fatalf("%d shown after k withdrawals, want 20", got)
		}
		wantCode(t, db.Withdraw(ctx, "0000-0000-0000-0000"), failure.NotFound)

		if err := db.Withdraw(ctx, response.Receipt(id(5))); err != nil {
			t.Fatal(err)
		}
		c.advance(31 * 24 * time.Hour)
		if err := db.SweepWithdrawals(ctx); err != nil {
			t.Fatal(err)
		}
		if err := db.CloseWave(ctx, account.CommandLine, wave); err != nil {
			t.Fatal(err)
		}
		closed, err := db.Wave(ctx, "w")
		if err != nil {
			t.Fatal(err)
		}
		if got := shownN(t, db, closed); got != 24 {
			t.Fatalf("%d released, want the 24 that were not withdrawn", got)
		}
	})
}

func TestWithdrawalAfterTheClose(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		wave := openWave(t, db, "w", "")
		fill(t, db, wave, 0, 30)
		if err := db.CloseWave(ctx, account.CommandLine, wave); err != nil {
			t.Fatal(err)
		}
		closed, err := db.Wave(ctx, "w")
		if err != nil {
			t.Fatal(err)
		}
		for n := range 12 {
			if err := db.Withdraw(ctx, response.Receipt(id(n))); err != nil {
				t.Fatal(err)
			}
		}
		if got := returns(t, db, closed); got != 18 {
			t.Errorf("%d responses lie in the store after 12 withdrawals of 30", got)
		}
		if got := shownN(t, db, closed); got != 30 {
			t.Errorf("the release shows %d respondents, but released tables stand: 30", got)
		}
	})
}

// TestImportedAnswersCannotBeGuessed: the ids of other programs' rows are no
// secret, so no receipt leads to them.
func TestImportedAnswersCannotBeGuessed(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		wave := openWave(t, db, "w", "")
		answers := response.New(wave.Version)
		answers.Top().Set(wave.Version.Element("likes"), "yes")
		answers.Settle(time.Now(), true)
		rows := []store.Imported{{ExternalID: "190999135", Answers: answers}}
		if _, err := db.Accept(ctx, wave, submission(t, wave, "import:190999135", yes())); err != nil {
			t.Fatal(err)
		}
		if stored, err := db.Import(ctx, account.CommandLine, wave, store.File{Name: "a.csv"}, rows); err != nil || stored != 1 {
			t.Fatalf("stored %d, %v: a phone's id must not stand in the way", stored, err)
		}
		if err := db.Withdraw(ctx, response.Receipt("import:190999135")); err != nil {
			t.Fatal(err)
		}
		if got := returns(t, db, wave); got != 1 {
			t.Fatalf("%d responses, want the imported one alone", got)
		}
	})
}

// TestOneIDInTwoWaves: whoever withdraws gets rid of both.
func TestOneIDInTwoWaves(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		for _, slug := range []string{"a", "b"} {
			wave := openWave(t, db, slug, "")
			if _, err := db.Accept(ctx, wave, submission(t, wave, id(1), yes())); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Withdraw(ctx, response.Receipt(id(1))); err != nil {
			t.Fatal(err)
		}
		counts, err := db.ReturnsByWave(ctx)
		if err != nil || len(counts) != 0 {
			t.Fatalf("left: %v, %v", counts, err)
		}
		wantCode(t, db.Withdraw(ctx, response.Receipt(id(2))), failure.NotFound)
	})
}

// TestNothingOfAWithdrawnTextStaysInTheFile looks into the files themselves.
func TestNothingOfAWithdrawnTextStaysInTheFile(t *testing.T) {
	ctx := context.Background()
	path := t.TempDir() + "/x.db"
	db := open(t, path, newClock())
	wave := openWave(t, db, "w", "")
	fields := yes()
	fields["offer"] = []string{"Geheimnis-4711"}
	outcome, err := db.Accept(ctx, wave, submission(t, wave, id(1), fields))
	if err != nil {
		t.Fatal(err)
	}
	found := func() (found bool) {
		for _, file := range []string{path, path + "-wal"} {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			found = found || bytes.Contains(content, []byte("Geheimnis-4711"))
		}
		return found
	}
	if !found() {
		t.Fatal("the text is nowhere before it is withdrawn: this test looks in the wrong place")
	}
	if err := db.Withdraw(ctx, outcome.StatementReceipt); err != nil {
		t.Fatal(err)
	}
	if found() {
		t.Error("the withdrawn text can still be read from the file")
	}
}
