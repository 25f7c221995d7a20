package store_test

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/export"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/store/storetest"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testpostgres"
)

const tiny = `
id: tiny
version: "1"
language: de
audience: families
title: Klein
choices:
  yes_no:
    - {name: "yes", label: ja}
    - {name: "no", label: nein}
    - {name: dont_know, label: weiß nicht, substantive: false}
questions:
  - type: select_one yes_no
    name: likes
    label: Gefällt es Ihnen?
    required: true
    measures: {field: language_support, as: need}
  - type: integer
    name: age
    label: Alter
  - type: group
    name: house
    label: Haus
    attributed: true
    questions:
      - type: text
        name: offer
        label: Angebot
`

func tinySurvey(t testing.TB) *survey.Version {
	t.Helper()
	s, findings := survey.ReadYAML("tiny.yaml", []byte(tiny))
	if findings.Fatal() {
		t.Fatal(findings)
	}
	version, findings := survey.Compile(s)
	if findings.Fatal() {
		t.Fatal(findings)
	}
	return version
}

// clock is a time that tests move by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	c.now = c.now.Add(d)
	c.mu.Unlock()
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)} }

func open(t testing.TB, dsn string, c *clock) *store.DB {
	t.Helper()
	storetest.Prepare(t, dsn)
	db, err := store.Open(context.Background(), dsn, store.Options{Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func openWave(t testing.TB, db *store.DB, slug, until string) *store.LiveWave {
	t.Helper()
	wave, err := db.OpenWave(context.Background(), account.CommandLine, fieldwork.Wave{Slug: slug, K: 5, Until: until}, tinySurvey(t))
	if err != nil {
		t.Fatal(err)
	}
	return wave
}

// submission answers the tiny survey.
func submission(t testing.TB, wave *store.LiveWave, id string, fields map[string][]string) store.Submission {
	t.Helper()
	answers, problems := response.Read(wave.Version, fields)
	problems = append(problems, answers.Check(time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC))...)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return store.Submission{ID: id, Fields: fields, Answers: answers, Language: "de"}
}

func id(n int) string { return fmt.Sprintf("submission-%08d", n) }

func yes() map[string][]string { return map[string][]string{"likes": {"yes"}, "age": {"30"}} }

// fill stores n responses, every third of them "no".
func fill(t testing.TB, db *store.DB, wave *store.LiveWave, from, n int) {
	t.Helper()
	for i := from; i < from+n; i++ {
		fields := yes()
		if i%3 == 0 {
			fields["likes"] = []string{"no"}
		}
		if _, err := db.Accept(context.Background(), wave, submission(t, wave, id(i), fields)); err != nil {
			t.Fatal(err)
		}
	}
}

func returns(t testing.TB, db *store.DB, wave *store.LiveWave) int {
	t.Helper()
	count, err := db.Returns(context.Background(), wave)
	if err != nil {
		t.Fatal(err)
	}
	return count
}

func wantCode(t *testing.T, err error, want failure.Code) {
	t.Helper()
	if failure.CodeOf(err) != want {
		t.Fatalf("error %v has code %q, want %q", err, failure.CodeOf(err), want)
	}
}

func TestSubmissionIsStoredOnce(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		wave := openWave(t, db, "w", "")
		first, err := db.Accept(ctx, wave, submission(t, wave, id(1), yes()))
		if err != nil || first.Repeated || first.Receipt != response.Receipt(id(1)) || first.StatementReceipt != "" {
			t.Fatalf("first: %+v, %v", first, err)
		}
		again, err := db.Accept(ctx, wave, submission(t, wave, id(1), yes()))
		if err != nil || !again.Repeated || again.Receipt != first.Receipt {
			t.Fatalf("again: %+v, %v", again, err)
		}
		_, err = db.Accept(ctx, wave, submission(t, wave, id(1), map[string][]string{"likes": {"no"}}))
		wantCode(t, err, failure.Conflict)
		if got := returns(t, db, wave); got != 1 {
			t.Fatalf("%d responses stored, want 1", got)
		}
	})
}

// TestManyAtOnce lets phones send in parallel, each its response three times.
func TestManyAtOnce(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		db := open(t, dsn, newClock())
		wave := openWave(t, db, "w", "")
		const phones = 200
		var group sync.WaitGroup
		fresh := make([]int, phones)
		for phone := range phones {
			one := submission(t, wave, id(phone), yes())
			group.Go(func() {
				for range 3 {
					outcome, err := db.Accept(context.Background(), wave, one)
					if err != nil {
						t.Error(err)
					}
					if !outcome.Repeated {
						fresh[phone]++
					}
				}
			})
		}
		group.Wait()
		for phone, count := range fresh {
			if count != 1 {
				t.Errorf("phone %d was told %d times that its response is new", phone, count)
			}
		}
		if got := returns(t, db, wave); got != phones {
			t.Fatalf("%d responses stored, want %d", got, phones)
		}
		if got, want := shownN(t, db, wave), phones-wave.K; got != want {
			t.Fatalf("%d respondents shown, want %d: all but the latest k", got, want)
		}
	})
}

// shownN returns the number of respondents that the results show, 0 when hidden.
func shownN(t testing.TB, db *store.DB, wave *store.LiveWave) int {
	t.Helper()
	results, err := db.Results(context.Background(), wave)
	if err != nil {
		t.Fatal(err)
	}
	if results.N == nil {
		return 0
	}
	return *results.N
}

func TestSnapshotLagsAndMovesByK(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		db := open(t, dsn, newClock())
		wave := openWave(t, db, "w", "")
		shown := 0
		for i := range 40 {
			fill(t, db, wave, i, 1)
			now := shownN(t, db, wave)
			if now != shown && (now-shown < wave.K || now > i+1-wave.K) {
				t.Fatalf("after %d responses the figure went from %d to %d", i+1, shown, now)
			}
			shown = now
		}
		if shown != 35 {
			t.Fatalf("%d shown of 40 responses, want 35", shown)
		}
	})
}

func TestCloseReleasesAndShuffles(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		wave := openWave(t, db, "w", "")
		fill(t, db, wave, 0, 33)
		if err := db.CloseWave(ctx, account.CommandLine, wave); err != nil {
			t.Fatal(err)
		}
		wantCode(t, db.CloseWave(ctx, account.CommandLine, wave), failure.Conflict)
		closed, err := db.Wave(ctx, "w")
		if err != nil || closed.State != fieldwork.Closed || closed.Release != 1 {
			t.Fatalf("closed wave: %+v, %v", closed, err)
		}
		if got := shownN(t, db, closed); got != 33 {
			t.Fatalf("%d respondents released, want 33", got)
		}
		// What was stored is known still, what is new is refused.
		again, err := db.Accept(ctx, closed, submission(t, closed, id(3), map[string][]string{"likes": {"no"}, "age": {"30"}}))
		if err != nil || !again.Repeated {
			t.Fatalf("repeated after the close: %+v, %v", again, err)
		}
		_, err = db.Accept(ctx, closed, submission(t, closed, id(99), yes()))
		wantCode(t, err, failure.Gone)
		if got := returns(t, db, closed); got != 33 {
			t.Fatalf("%d responses after the close, want 33", got)
		}
	})
}

// TestGrace: phones without network may send for a week after the last day;
// then the wave closes by itself.
func TestGrace(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		c := newClock()
		db := open(t, dsn, c)
		wave := openWave(t, db, "w", "2026-03-03")
		c.advance(8 * 24 * time.Hour) // 10 March: the last day of grace
		if _, err := db.Accept(ctx, wave, submission(t, wave, id(1), yes())); err != nil {
			t.Fatal(err)
		}
		if closed, err := db.CloseOverdue(ctx); err != nil || closed != 0 {
			t.Fatalf("closed %d waves in the time of grace, %v", closed, err)
		}
		c.advance(24 * time.Hour)
		_, err := db.Accept(ctx, wave, submission(t, wave, id(2), yes()))
		wantCode(t, err, failure.Gone)
		if closed, err := db.CloseOverdue(ctx); err != nil || closed != 1 {
			t.Fatalf("closed %d waves after the time of grace, want 1; %v", closed, err)
		}
	})
}

func TestCodes(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		wave := openWave(t, db, "w", "")
		carried := fieldwork.Carried{Area: "bochum", InstitutionType: "grundschule", Institution: "100037"}
		single, err := db.CreateCodes(ctx, account.CommandLine, wave, carried, false, 1)
		if err != nil {
			t.Fatal(err)
		}
		shared, err := db.CreateCodes(ctx, account.CommandLine, wave, carried, true, 1)
		if err != nil {
			t.Fatal(err)
		}
		with := func(n int, code string) store.Submission {
			one := submission(t, wave, id(n), yes())
			one.Code = code
			return one
		}
		if _, err := db.Accept(ctx, wave, with(1, single[0])); err != nil {
			t.Fatal(err)
		}
		found, _, err := db.Code(ctx, single[0])
		if err != nil || !found.Used || found.Institution != "100037" {
			t.Fatalf("code after use: %+v, %v", found, err)
		}
		if again, err := db.Accept(ctx, wave, with(1, single[0])); err != nil || !again.Repeated {
			t.Fatalf("a repeated id comes before its used code: %+v, %v", again, err)
		}
		_, err = db.Accept(ctx, wave, with(2, single[0]))
		wantCode(t, err, failure.Invalid)
		_, err = db.Accept(ctx, wave, with(3, "AAAAA-AAAAA"))
		wantCode(t, err, failure.Invalid)
		for n := 4; n < 7; n++ {
			if _, err := db.Accept(ctx, wave, with(n, shared[0])); err != nil {
				t.Fatal(err)
			}
		}
		if got := returns(t, db, wave); got != 4 {
			t.Fatalf("%d responses, want 4", got)
		}
		_, _, err = db.Code(ctx, "ZZZZZ-ZZZZZ")
		wantCode(t, err, failure.NotFound)
	})
}

func TestStatementsLieApart(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		wave := openWave(t, db, "w", "")
		fields := yes()
		fields["offer"] = []string{"Sprachcafé"}
		one := submission(t, wave, id(1), fields)
		one.Institution = "Verein"
		outcome, err := db.Accept(ctx, wave, one)
		if err != nil || outcome.StatementReceipt == "" || outcome.StatementReceipt == outcome.Receipt {
			t.Fatalf("%+v, %v", outcome, err)
		}
		err = db.ResponsesAtOnce(ctx, wave, func(responses iter.Seq2[export.Record, error]) error {
			for stored, err := range responses {
				if err != nil {
					return err
				}
				if stored.Answers.Any(response.Attributed) {
					t.Error("the anonymous response holds the statement")
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		again, err := db.Accept(ctx, wave, one)
		if err != nil || !again.Repeated || again.StatementReceipt != outcome.StatementReceipt {
			t.Fatalf("again: %+v, %v", again, err)
		}
		// The statement can be withdrawn without the response.
		if err := db.Withdraw(ctx, outcome.StatementReceipt); err != nil {
			t.Fatal(err)
		}
		if got := returns(t, db, wave); got != 1 {
			t.Fatalf("%d responses after withdrawing the statement, want 1", got)
		}
	})
}

// TestPlacesOfStatementsTellNothing: a new statement lies anywhere among those that
// were written with it, and none is lost on the way.
func TestPlacesOfStatementsTellNothing(t *testing.T) {
	ctx := context.Background()
	db := open(t, filepath.Join(t.TempDir(), "x.db"), newClock())
	wave := openWave(t, db, "w", "")
	const rounds = 250
	var behind []float64 // how many lie behind the newest
	for n := range rounds {
		fields := yes()
		fields["offer"] = []string{"Sprachcafé"}
		one := submission(t, wave, id(n), fields)
		one.Institution = fmt.Sprintf("Verein %03d", n)
		if _, err := db.Accept(ctx, wave, one); err != nil {
			t.Fatal(err)
		}
		lying, err := store.Strings(db, `SELECT name FROM statements ORDER BY rowid`)
		must(t, err)
		if len(lying) != n+1 {
			t.Fatalf("%d statements of %d", len(lying), n+1)
		}
		slices.Reverse(lying)
		if n >= 100 { // more than are written again
			behind = append(behind, float64(slices.Index(lying, one.Institution)))
		}
	}
	sum := 0.0
	for _, place := range behind {
		sum += place
	}
	// Evenly from 0 to 64: the mean of 150 is 32, give or take 1.5.
	if mean := sum / float64(len(behind)); slices.Min(behind) < 0 || slices.Max(behind) > 64 || mean < 23 || mean > 41 {
		t.Errorf("behind the newest lie %v, %.1f on average", behind, mean)
	}
}

// TestColumnsFollowMerging reads figures while chunks gather and are merged; the
// columns go on from where they are.
func TestColumnsFollowMerging(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		db := open(t, dsn, newClock())
		other := open(t, dsn, newClock()) // a second instance on the same database
		wave := openWave(t, db, "w", "")
		first, err := db.Columns(context.Background(), wave)
		must(t, err)
		for n := 0; n < 400; n += 50 {
			fill(t, db, wave, n, 50)
			want := n + 50 - wave.K
			if got := shownN(t, db, wave); got != want {
				t.Fatalf("after %d: %d shown here, want %d", n+50, got, want)
			}
			elsewhere, err := other.Wave(context.Background(), "w")
			if err != nil {
				t.Fatal(err)
			}
			if got := shownN(t, other, elsewhere); got != want {
				t.Fatalf("after %d: %d shown by the other instance, want %d", n+50, got, want)
			}
		}
		if now, err := db.Columns(context.Background(), wave); err != nil || now != first {
			t.Errorf("the columns were loaded afresh, %v", err)
		}
	})
}

func TestImportIsOneStepAndStoredOnce(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		wave := openWave(t, db, "w", "")
		rows := make([]store.Imported, 600) // more than one chunk of a commit
		for i := range rows {
			answers := response.New(wave.Version)
			answers.Top().Set(wave.Version.Element("likes"), "yes")
			answers.Settle(time.Now(), true)
			rows[i] = store.Imported{ExternalID: fmt.Sprint(i), Language: "ar", Answers: answers,
				Asides: []store.Aside{{Line: i + 2, Name: "age", Value: "old", Reason: "not_an_integer"}}}
		}
		file := store.File{Name: "a.csv", Hash: "00"}
		if stored, err := db.Import(ctx, "anna", wave, file, given(rows...)); err != nil || stored != 600 {
			t.Fatalf("stored %d, %v", stored, err)
		}
		if got := shownN(t, db, wave); got != 600 {
			t.Fatalf("%d shown: an imported file leaves nothing out, want 600", got)
		}
		if stored, err := db.Import(ctx, "anna", wave, file, given(rows...)); err != nil || stored != 0 {
			t.Fatalf("the same file again stored %d, %v", stored, err)
		}
		if got := returns(t, db, wave); got != 600 {
			t.Fatalf("%d responses, want 600", got)
		}
	})
}

func TestOlderProgramRefusesNewerDatabase(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		db := open(t, dsn, newClock())
		if err := store.PretendNewer(db); err != nil {
			t.Fatal(err)
		}
		_, err := store.Open(context.Background(), dsn, store.Options{})
		if wantCode(t, err, failure.Conflict); failure.As(err).Key != "error.newer_schema" {
			t.Error(err)
		}
	})
}
