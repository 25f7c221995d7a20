package store_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/export"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testpostgres"
)

// given makes rows of an import.
func given(rows ...store.Imported) iter.Seq2[store.Imported, error] {
	return func(yield func(store.Imported, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// rowsOf makes n rows that answer the tiny survey, every third with a cell aside
// and every tenth with a statement.
func rowsOf(t testing.TB, wave *store.LiveWave, n int, likes string) []store.Imported {
	t.Helper()
	rows := make([]store.Imported, n)
	for i := range rows {
		answers := response.New(wave.Version)
		answers.Top().Set(wave.Version.Element("likes"), likes)
		if i%10 == 0 {
			answers.Top().Set(wave.Version.Element("offer"), "Sprachcafé")
		}
		answers.Settle(time.Now(), true)
		rows[i] = store.Imported{ExternalID: fmt.Sprint(i), Language: "de", Answers: answers}
		if i%3 == 0 {
			rows[i].Asides = []store.Aside{{Line: i + 2, Name: "age", Value: "old", Reason: "not_an_integer"}}
		}
	}
	return rows
}

func importing(t testing.TB, db *store.DB, wave *store.LiveWave, rows []store.Imported, want int) {
	t.Helper()
	stored, err := db.Import(context.Background(), "anna", wave, store.File{Name: "a.csv", Hash: "00"}, given(rows...))
	if err != nil || stored != want {
		t.Fatalf("stored %d of %d, %v", stored, want, err)
	}
}

// shownCounts are the counts of each choice of the question that are shown.
func shownCounts(t testing.TB, db *store.DB, wave *store.LiveWave) string {
	t.Helper()
	results, err := db.Results(context.Background(), wave)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	if results.N != nil {
		text = fmt.Sprint(*results.N)
	}
	for _, figure := range results.Figures {
		for _, cell := range append(figure.Cells, figure.Apart...) {
			if figure.Question == "likes" && cell.Count != nil {
				text += fmt.Sprintf(" %s %d", cell.Name, *cell.Count)
			}
		}
	}
	return text
}

// TestUndoImport: an import taken out again leaves everything as it was, and the
// mended file can be brought in under the same ids, as often as one likes.
func TestUndoImport(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		wave := openWave(t, db, "w", "")
		fill(t, db, wave, 0, 30)
		before := shownCounts(t, db, wave)
		for round := range 3 {
			importing(t, db, wave, rowsOf(t, wave, 600, "no"), 600)
			importing(t, db, wave, rowsOf(t, wave, 601, "no"), 1)
			batches, err := db.Imports(ctx, wave)
			if err != nil || len(batches) != 2*(round+1) {
				t.Fatal(batches, err)
			}
			first := store.Batch{Number: 2*round + 1, Kind: store.FromFile, File: "a.csv", Actor: "anna", Day: "2026-03-02", Stored: 600, Statements: 60, Asides: 200}
			if batches[1] != first {
				t.Errorf("the import is %+v, not %+v", batches[1], first)
			}
			if got := shownCounts(t, db, wave); got == before {
				t.Fatalf("the import is not among the figures: %s", got)
			}
			for _, one := range batches[:2] {
				if gone, err := db.UndoImport(ctx, "cem", wave, one.Number); err != nil || gone != one.Stored {
					t.Fatalf("%d are gone, %v", gone, err)
				}
			}
			if got := returns(t, db, wave); got != 30 {
				t.Fatalf("%d responses in the end", got)
			}
		}
		// The one response of a second file is fewer than k: its codes wait for others.
		fill(t, db, wave, 1000, 1)
		importing(t, db, wave, rowsOf(t, wave, 600, "yes"), 600)
		if gone, err := db.UndoImport(ctx, "cem", wave, 7); err != nil || gone != 600 {
			t.Fatal(gone, err)
		}
		if got := shownCounts(t, db, wave); got != before {
			t.Errorf("the figures are %q, not %q as before", got, before)
		}
		_, err := db.UndoImport(ctx, "cem", wave, 7)
		wantCode(t, err, failure.Conflict)
		_, err = db.UndoImport(ctx, "cem", wave, 99)
		wantCode(t, err, failure.NotFound)
		_, err = db.ImportOf(ctx, wave, 99)
		wantCode(t, err, failure.NotFound)
		if one, err := db.ImportOf(ctx, wave, 7); err != nil || one.Undone != "2026-03-02" || one.Asides != 0 {
			t.Errorf("the undone import: %+v, %v", one, err)
		}
		log, err := db.AuditLog(ctx, 0, 3, func(string) bool { return true })
		if err != nil || len(log) != 3 || log[0].Action != account.ImportUndone || log[0].Actor != "cem" || log[0].Effect != "import=7 file=a.csv removed=600" ||
			log[1].Action != account.ResponsesImported || log[1].Effect != "import=7 file=a.csv sha256=00 rows=600 stored=600" || log[1].Subject != "w" {
			t.Errorf("the log says %+v, %v", log, err)
		}
		if err := db.CloseWave(ctx, "anna", wave); err != nil {
			t.Fatal(err)
		}
		closed, err := db.Wave(ctx, "w")
		if err != nil {
			t.Fatal(err)
		}
		if got := shownCounts(t, db, closed); got != "31 yes 21 no 10 dont_know 0" {
			t.Errorf("released: %q", got)
		}
	})
}

// TestImportedBefore: a dry run knows what an import would leave out.
func TestImportedBefore(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		wave := openWave(t, db, "w", "")
		importing(t, db, wave, rowsOf(t, wave, 300, "no"), 300)
		ids := make([]string, 700)
		for i := range ids {
			ids[i] = fmt.Sprint(i)
		}
		count := func() (known int) {
			t.Helper()
			found, err := db.ImportedBefore(ctx, wave, ids)
			if err != nil || len(found) != len(ids) {
				t.Fatal(len(found), err)
			}
			for _, one := range found {
				if one {
					known++
				}
			}
			return known
		}
		if got := count(); got != 300 {
			t.Errorf("%d are known", got)
		}
		if _, err := db.UndoImport(ctx, "anna", wave, 1); err != nil {
			t.Fatal(err)
		}
		if got := count(); got != 0 {
			t.Errorf("%d are known after it was undone", got)
		}
		importing(t, db, wave, rowsOf(t, wave, 200, "no"), 200)
		if got := count(); got != 200 {
			t.Errorf("%d are known of those that came again", got)
		}
	})
}

// TestImportStopsWhole: rows that end with an error store nothing.
func TestImportStopsWhole(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		db := open(t, dsn, newClock())
		wave := openWave(t, db, "w", "")
		rows := rowsOf(t, wave, 600, "no")
		broken := errors.New("the file ends here")
		stored, err := db.Import(context.Background(), "anna", wave, store.File{}, func(yield func(store.Imported, error) bool) {
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
			yield(store.Imported{}, broken)
		})
		if stored != 0 || !errors.Is(err, broken) || returns(t, db, wave) != 0 {
			t.Errorf("stored %d, %v", stored, err)
		}
	})
}

// TestSheets: each is stored once by its number, replaced where that is wanted,
// and a day's sheets of one person are undone together.
func TestSheets(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		c := newClock()
		db := open(t, dsn, c)
		wave := openWave(t, db, "w", "")
		add := func(actor, number, likes string, replace bool) error {
			row := rowsOf(t, wave, 1, likes)[0]
			return db.AddSheet(ctx, actor, wave, store.Sheet{Number: number, Language: "ar", Answers: row.Answers}, replace)
		}
		for _, number := range []string{"1", "2", "", ""} {
			if err := add("anna", number, "yes", false); err != nil {
				t.Fatal(err)
			}
		}
		wantCode(t, add("cem", "2", "no", false), failure.Conflict)
		if err := add("cem", "3", "yes", false); err != nil {
			t.Fatal(err)
		}
		if err := add("cem", "2", "no", true); err != nil {
			t.Fatal(err)
		}
		if err := add("cem", "2", "dont_know", true); err != nil {
			t.Fatal(err)
		}
		answers, err := db.Sheet(ctx, wave, "2")
		if err != nil || !slices.Equal(answers.Top().Values(wave.Version.Element("likes")), []string{"dont_know"}) {
			t.Errorf("sheet 2 says %v, %v", answers, err)
		}
		_, err = db.Sheet(ctx, wave, "4")
		wantCode(t, err, failure.NotFound)
		c.advance(24 * time.Hour)
		if err := add("anna", "5", "yes", false); err != nil {
			t.Fatal(err)
		}
		batches, err := db.Imports(ctx, wave)
		if err != nil || len(batches) != 3 {
			t.Fatal(batches, err)
		}
		for at, want := range []store.Batch{
			{Number: 3, Kind: store.FromPaper, Actor: "anna", Day: "2026-03-03", Stored: 1, Statements: 1},
			{Number: 2, Kind: store.FromPaper, Actor: "cem", Day: "2026-03-02", Stored: 2, Statements: 3},
			{Number: 1, Kind: store.FromPaper, Actor: "anna", Day: "2026-03-02", Stored: 3, Statements: 4},
		} {
			if batches[at] != want {
				t.Errorf("import %d is %+v, not %+v", want.Number, batches[at], want)
			}
		}
		if gone, err := db.UndoImport(ctx, "anna", wave, 1); err != nil || gone != 3 || returns(t, db, wave) != 3 {
			t.Errorf("%d are gone, %v, %d left", gone, err, returns(t, db, wave))
		}
		if err := add("anna", "1", "no", false); err != nil {
			t.Errorf("a sheet of an undone import again: %v", err)
		}
	})
}

// TestReadingAtOneMoment: what arrives, is withdrawn or imported meanwhile is not
// seen, however often the responses are read.
func TestReadingAtOneMoment(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		wave := openWave(t, db, "w", "")
		fill(t, db, wave, 0, 40)
		var orders []string
		err := db.ResponsesAtOnce(ctx, wave, func(responses iter.Seq2[export.Record, error]) error {
			for pass := range 3 {
				seen, order := 0, ""
				for one, err := range responses {
					if err != nil {
						return err
					}
					seen++
					order += one.Answers.Top().Text(wave.Version.Element("likes"))
				}
				if seen != 40 {
					t.Errorf("pass %d sees %d", pass, seen)
				}
				orders = append(orders, order)
				fill(t, db, wave, 100*(pass+1), 7)
				if err := db.Withdraw(ctx, response.Receipt(id(pass))); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if orders[0] == orders[1] && orders[1] == orders[2] {
			t.Error("the order is the same each time")
		}
		if got := returns(t, db, wave); got != 40+21-3 {
			t.Errorf("%d responses afterwards", got)
		}
	})
}
