package store_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/export"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testpostgres"
)

// spoken asks for a text beside a choice.
func spoken(t testing.TB) *survey.Version {
	t.Helper()
	s, findings := survey.ReadYAML("spoken.yaml", bytes.Replace([]byte(tiny), []byte("  - type: integer\n"),
		[]byte("  - {type: text, name: why, label: Warum?}\n  - type: integer\n"), 1))
	if findings.Fatal() {
		t.Fatal(findings)
	}
	version, findings := survey.Compile(s)
	if findings.Fatal() {
		t.Fatal(findings)
	}
	return version
}

// TestEndOfRetention: the day after the last one on which single responses are kept
// they are gone, from the tables and from the bytes of the files; the figures stay as
// they were.
func TestEndOfRetention(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		c := newClock()
		db := open(t, dsn, c)
		wave, err := db.OpenWave(ctx, account.CommandLine, fieldwork.Wave{Slug: "w", K: 5, Until: "2026-03-10", Retention: "2026-03-20"}, spoken(t))
		must(t, err)
		const secret = "Niemand-soll-das-lesen"
		for i := range 40 {
			fields := yes()
			if i%3 == 0 {
				fields["likes"] = []string{"no"}
			}
			fields["why"] = []string{fmt.Sprint(secret, "-", i)}
			if _, err := db.Accept(ctx, wave, submission(t, wave, id(i), fields)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := db.KeepDraft(ctx, wave, "draft-0123456789abcdef", []byte(secret)); err != nil {
			t.Fatal(err)
		}
		must(t, db.Withdraw(ctx, response.Receipt(id(39))))
		c.advance(16 * 24 * time.Hour) // the 18th: time of grace is over
		if closed, err := db.CloseOverdue(ctx); err != nil || closed != 1 {
			t.Fatalf("closed %d, %v", closed, err)
		}
		must(t, db.Withdraw(ctx, response.Receipt(id(38))))
		wave = waveNow(t, db, "w")
		before, err := db.Results(ctx, wave)
		must(t, err)
		c.advance(2 * 24 * time.Hour) // the 20th: the last day
		if ended, err := db.EndRetention(ctx); err != nil || ended != 0 {
			t.Fatalf("on the last day %d ended, %v", ended, err)
		}
		c.advance(24 * time.Hour)
		for want := range 2 { // the second time there is nothing to do
			if ended, err := db.EndRetention(ctx); err != nil || ended != 1-want {
				t.Fatalf("%d ended, %v", ended, err)
			}
		}
		if wave = waveNow(t, db, "w"); wave.Deleted != "2026-03-21" {
			t.Fatalf("deleted on %q", wave.Deleted)
		}
		if n := returns(t, db, wave); n != 0 {
			t.Errorf("%d responses are left", n)
		}
		figuresStay(t, db, wave, before)
		wantCode(t, db.Withdraw(ctx, response.Receipt(id(7))), failure.NotFound)
		err = db.ResponsesAtOnce(ctx, wave, func(iter.Seq2[export.Record, error]) error { return nil })
		wantCode(t, err, failure.Gone)
		wantCode(t, db.DeleteResponses(ctx, "anna", wave), failure.Conflict)
		if lines := actions(t, db); lines[0] != account.ResponsesDeleted {
			t.Errorf("the newest line of the audit is %s", lines[0])
		}
		if _, found := inFiles(t, filepath.Dir(dsn), secret); found && filepath.IsAbs(dsn) {
			t.Error("the file still holds what somebody wrote")
		}
	})
}

// figuresStay: those of all and by language are there, others are refused.
func figuresStay(t *testing.T, db *store.DB, wave *store.LiveWave, before analysis.Results) {
	t.Helper()
	ctx := context.Background()
	after, err := db.Results(ctx, wave)
	must(t, err)
	if *after.N != *before.N || *after.Figures[0].Base != *before.Figures[0].Base || *after.Figures[0].Cells[0].Count != *before.Figures[0].Cells[0].Count {
		t.Errorf("the figures became others: %+v, before %+v", after, before)
	}
	explorer, err := db.Explorer(ctx, wave)
	must(t, err)
	answer, err := explorer.Query(analysis.Query{By: []string{analysis.VariableLanguage}})
	if err != nil || len(answer.Groups) != 1 || answer.Groups[0].Figures[0].Base == nil {
		t.Errorf("by language: %+v, %v", answer, err)
	}
	_, err = explorer.Query(analysis.Query{By: []string{"likes"}})
	wantCode(t, err, failure.Forbidden)
}

// inFiles looks for a text in all files of a folder.
func inFiles(t *testing.T, folder, text string) (files int, found bool) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		return 0, false // there is no folder of PostgreSQL's to look into
	}
	for _, one := range entries {
		content, err := os.ReadFile(filepath.Join(folder, one.Name()))
		must(t, err)
		files, found = files+1, found || bytes.Contains(content, []byte(text))
	}
	return files, found
}

// waveNow is a wave as another process would read it.
func waveNow(t *testing.T, db *store.DB, slug string) *store.LiveWave {
	t.Helper()
	waves, err := db.Waves(context.Background())
	must(t, err)
	for _, one := range waves {
		if one.Slug == slug {
			return one
		}
	}
	t.Fatalf("there is no wave %s", slug)
	return nil
}

// TestSecretsAreInTheFileUntilDeleted shows that looking through the files finds
// what is there.
func TestSecretsAreInTheFileUntilDeleted(t *testing.T) {
	dsn := filepath.Join(t.TempDir(), "test.db")
	db := open(t, dsn, newClock())
	wave, err := db.OpenWave(context.Background(), account.CommandLine, fieldwork.Wave{Slug: "w", K: 5}, spoken(t))
	must(t, err)
	fields := yes()
	fields["why"] = []string{"Niemand-soll-das-lesen"}
	if _, err := db.Accept(context.Background(), wave, submission(t, wave, id(1), fields)); err != nil {
		t.Fatal(err)
	}
	if files, found := inFiles(t, filepath.Dir(dsn), "Niemand-soll-das-lesen"); !found {
		t.Errorf("it is in none of %d files", files)
	}
}

// TestNobodyAnsweredUntilTheEndOfRetention: a wave that shows nothing ends as well,
// one without an end closes on its last day of keeping.
func TestNobodyAnsweredUntilTheEndOfRetention(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		c := newClock()
		db := open(t, dsn, c)
		wave, err := db.OpenWave(ctx, account.CommandLine, fieldwork.Wave{Slug: "w", K: 5, Retention: "2026-03-20"}, tinySurvey(t))
		must(t, err)
		fill(t, db, wave, 0, 3)
		c.advance(19 * 24 * time.Hour)
		if wave.Accepting(c.Now()) || !wave.Overdue(c.Now()) {
			t.Error("the wave takes what it may not keep")
		}
		if closed, err := db.CloseOverdue(ctx); err != nil || closed != 1 {
			t.Fatalf("closed %d, %v", closed, err)
		}
		if ended, err := db.EndRetention(ctx); err != nil || ended != 1 {
			t.Fatalf("%d ended, %v", ended, err)
		}
		wave = waveNow(t, db, "w")
		if n := returns(t, db, wave); n != 0 || wave.Deleted == "" {
			t.Errorf("%d responses are left, deleted on %q", n, wave.Deleted)
		}
		_, err = db.Explorer(ctx, wave)
		wantCode(t, err, failure.Forbidden)
		if n := shownN(t, db, wave); n != 0 {
			t.Errorf("it shows %d", n)
		}
	})
}

// TestOtherInstancesForget: what one instance deletes leaves the memory of another.
func TestOtherInstancesForget(t *testing.T) {
	ctx, c := context.Background(), newClock()
	dsn := testpostgres.URL(t)
	one, other := open(t, dsn, c), open(t, dsn, c)
	wave, err := one.OpenWave(ctx, account.CommandLine, fieldwork.Wave{Slug: "w", K: 5, Until: "2026-03-10", Retention: "2026-03-20"}, spoken(t))
	must(t, err)
	for i := range 12 {
		if _, err := one.Accept(ctx, wave, submission(t, wave, id(i), yes())); err != nil {
			t.Fatal(err)
		}
	}
	c.advance(16 * 24 * time.Hour)
	if closed, err := one.CloseOverdue(ctx); err != nil || closed != 1 {
		t.Fatalf("closed %d, %v", closed, err)
	}
	if _, err := other.Explorer(ctx, waveNow(t, other, "w")); err != nil {
		t.Fatal(err)
	}
	must(t, other.ForgetDeleted(ctx))
	if held := other.Figures().Waves; held != 1 {
		t.Fatalf("columns of %d waves, want those of one", held)
	}
	must(t, one.DeleteResponses(ctx, account.CommandLine, waveNow(t, one, "w")))
	must(t, other.ForgetDeleted(ctx))
	if held := other.Figures().Waves; held != 0 {
		t.Errorf("the other instance still holds columns of %d waves", held)
	}
}

// TestReadersPutOffScrubbing: while somebody reads for long, a withdrawal keeps nobody
// waiting, and what was withdrawn leaves the log of changes once they are done.
func TestReadersPutOffScrubbing(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "x.db")
	db := open(t, path, newClock())
	wave, err := db.OpenWave(ctx, account.CommandLine, fieldwork.Wave{Slug: "w", K: 5}, spoken(t))
	must(t, err)
	const secret = "Niemand-soll-das-lesen"
	fields := yes()
	fields["why"] = []string{secret}
	for i := range 6 {
		if _, err := db.Accept(ctx, wave, submission(t, wave, id(i), fields)); err != nil {
			t.Fatal(err)
		}
	}
	logged := func() bool {
		log, err := os.ReadFile(path + "-wal")
		must(t, err)
		return bytes.Contains(log, []byte(secret))
	}
	must(t, db.ResponsesAtOnce(ctx, wave, func(responses iter.Seq2[export.Record, error]) error {
		for _, err := range responses {
			if err != nil {
				return err
			}
		}
		for i := range 6 {
			began := time.Now()
			if err := db.Withdraw(ctx, response.Receipt(id(i))); err != nil {
				return err
			}
			if took := time.Since(began); took > 8*time.Second { // of SQLite's patience of 10 s
				t.Errorf("a withdrawal waited %v for a reader", took)
			}
		}
		return nil
	}))
	if !logged() {
		t.Error("the log was emptied while somebody read: the test shows nothing")
	}
	must(t, db.ScrubLeft(ctx))
	if logged() {
		t.Error("what was withdrawn is still in the log of changes")
	}
}
