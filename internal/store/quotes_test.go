package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/coding"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testpostgres"
)

// quoteOfMothers is what the tests quote of the Arabic text.
func quoteOfMothers() coding.Quote {
	return coding.Quote{Body: "دروس [...]", Translation: " Unterricht für […] "}
}

// onlyQuote returns the one quote of a wave.
func onlyQuote(t *testing.T, db *store.DB, wave *store.LiveWave) store.Quote {
	t.Helper()
	all, err := db.Quotes(context.Background(), wave.ID)
	must(t, err)
	if len(all) != 1 {
		t.Fatalf("%d quotes: %+v", len(all), all)
	}
	return all[0]
}

// TestQuoteNeedsASecondPerson leads a quote from its proposal through being sent
// back to its release and out of it.
func TestQuoteNeedsASecondPerson(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, c := context.Background(), newClock()
		db := open(t, dsn, c)
		wave := wordedWave(t, db, c)
		text := find(t, openTexts(t, db, wave), "wish", "دروس")
		_, err := db.ProposeQuote(ctx, "ben", wave, text, "", 0, coding.Quote{Body: "دروس"})
		wantFailure(t, "without a translation", err, failure.Invalid)
		_, err = db.ProposeQuote(ctx, "ben", wave, text, "", 0, coding.Quote{Body: "Etwas anderes", Translation: "Etwas anderes"})
		wantFailure(t, "what nobody wrote", err, failure.Invalid)
		id, err := db.ProposeQuote(ctx, "ben", wave, text, "", 0, quoteOfMothers())
		must(t, err)
		_, err = db.ProposeQuote(ctx, "cem", wave, text, "", 0, quoteOfMothers())
		wantFailure(t, "the same twice", err, failure.Conflict)
		one := onlyQuote(t, db, wave)
		if one.ID != id || one.Body != "دروس […]" || one.Translation != "Unterricht für […]" || one.Language != "ar" || one.State != coding.QuoteProposed ||
			one.Author != "ben" || one.Judge != "" || one.Revision != 1 || one.Text != text.ID || one.Question != "wish" {
			t.Errorf("%+v", one)
		}
		wantFailure(t, "one's own", db.ReleaseQuote(ctx, "ben", wave, text, id, 1), failure.Forbidden)
		wantFailure(t, "one's own back", db.SendQuoteBack(ctx, "ben", wave, id, 1, "falsch"), failure.Forbidden)
		wantFailure(t, "back without a reason", db.SendQuoteBack(ctx, "cem", wave, id, 1, " \n"), failure.Invalid)
		wantFailure(t, "seen otherwise", db.ReleaseQuote(ctx, "cem", wave, text, id, 0), failure.Conflict)
		wantFailure(t, "none such", db.ReleaseQuote(ctx, "cem", wave, text, "x", 1), failure.NotFound)
		must(t, db.SendQuoteBack(ctx, "cem", wave, id, 1, " zu lang "))
		if one = onlyQuote(t, db, wave); one.State != coding.QuoteReturned || one.Reason != "zu lang" || one.Judge != "cem" || one.Revision != 2 {
			t.Errorf("sent back: %+v", one)
		}
		wantFailure(t, "release of what was sent back", db.ReleaseQuote(ctx, "cem", wave, text, id, 2), failure.Conflict)
		// Cem mends it and so is its author: now it is Ben who may release it.
		_, err = db.ProposeQuote(ctx, "cem", wave, text, id, 2, coding.Quote{Body: "دروس", Translation: "Unterricht"})
		must(t, err)
		wantFailure(t, "by whom it is now", db.ReleaseQuote(ctx, "cem", wave, text, id, 3), failure.Forbidden)
		other := find(t, openTexts(t, db, wave), "wish", "Mehr")
		wantFailure(t, "of another text", db.ReleaseQuote(ctx, "ben", wave, other, id, 3), failure.NotFound)
		must(t, db.ReleaseQuote(ctx, "ben", wave, text, id, 3))
		wantFailure(t, "removing what is released", db.RemoveQuote(ctx, "ben", wave, id, 4), failure.Conflict)
		must(t, db.SendQuoteBack(ctx, "cem", wave, id, 4, "doch nicht")) // its author may, once it is released
		must(t, db.RemoveQuote(ctx, "cem", wave, id, 5))
		if all, err := db.Quotes(ctx, wave.ID); err != nil || len(all) != 0 {
			t.Errorf("%+v, %v", all, err)
		}
		what := " question=wish quote=" + id
		want := "cem removed" + what + "\ncem returned" + what + "\nben released" + what + "\ncem proposed" + what + "\ncem returned" + what + "\nben proposed" + what
		if got := audited(t, db, "quote."); got != want {
			t.Errorf("the log says\n%s\nwant\n%s", got, want)
		}
	})
}

// TestQuoteFollowsItsText: what is blackened later pulls quotes back, and a quote
// goes with its response, however that goes.
func TestQuoteFollowsItsText(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, c := context.Background(), newClock()
		db := open(t, dsn, c)
		wave := wordedWave(t, db, c)
		stored, err := db.Import(ctx, "carla", wave, store.File{Name: "a.csv", Hash: "00"}, given(store.Imported{ExternalID: "1", Day: "2026-03-01", Language: "de",
			Answers: submission(t, wave, id(50), map[string][]string{"wish": {"Aus einer Datei"}}).Answers}))
		if err != nil || stored != 1 {
			t.Fatal(stored, err)
		}
		texts := openTexts(t, db, wave)
		propose := func(beginning, body string) string {
			text := find(t, texts, "wish", beginning)
			id, err := db.ProposeQuote(ctx, "ben", wave, text, "", 0, coding.Quote{Body: body, Translation: "Unterricht"})
			must(t, err)
			must(t, db.ReleaseQuote(ctx, "cem", wave, text, id, 1))
			return id
		}
		evening := find(t, texts, "wish", "Deutschkurse am")
		short, long := propose("Deutschkurse am", "Deutschkurse"), propose("Deutschkurse am", "Deutschkurse am Abend")
		propose("دروس", "دروس")
		propose("Aus", "Aus einer Datei")
		marks, err := coding.MarkWords(evening.Body, nil, "Abend")
		must(t, err)
		must(t, db.SaveText(ctx, "dora", wave, evening, nil, store.TextWork{Marks: marks}))
		for id, want := range map[string]coding.QuoteState{short: coding.QuoteReleased, long: coding.QuoteReturned} {
			one, err := db.Quote(ctx, wave.ID, id)
			must(t, err)
			if one.State != want || want == coding.QuoteReturned && (one.Judge != "dora" || one.Reason != "") {
				t.Errorf("after blackening: %+v", one)
			}
		}
		_, err = db.ProposeQuote(ctx, "ben", wave, evening, long, 3, coding.Quote{Body: "Deutschkurse am Abend"})
		wantFailure(t, "what is black", err, failure.Invalid)
		if got := audited(t, db, "quote."); !strings.HasPrefix(got, "dora returned question=wish quote="+long+"\n") {
			t.Errorf("the log says\n%s", got)
		}
		left := func() string {
			all, err := db.Quotes(ctx, wave.ID)
			must(t, err)
			released, err := db.ReleasedQuotes(ctx, wave, store.QuoteFilter{})
			must(t, err)
			return fmt.Sprint(len(all), len(released))
		}
		if got := left(); got != "4 3" {
			t.Fatalf("before: %s", got)
		}
		must(t, db.Withdraw(ctx, response.Receipt(id(1))))
		if got := left(); got != "3 2" {
			t.Errorf("after withdrawing: %s", got)
		}
		imports, err := db.Imports(ctx, wave)
		must(t, err)
		_, err = db.UndoImport(ctx, "carla", wave, imports[0].Number)
		must(t, err)
		if got := left(); got != "2 1" {
			t.Errorf("after undoing the import: %s", got)
		}
		must(t, db.CloseWave(ctx, "carla", wave))
		if got := left(); got != "2 1" {
			t.Errorf("after the close: %s", got)
		}
		must(t, db.Withdraw(ctx, response.Receipt(id(2))))
		_, err = db.ProposeQuote(ctx, "ben", wave, evening, long, 3, coding.Quote{Body: "Deutschkurse am"})
		wantFailure(t, "a withdrawn text", err, failure.NotFound)
	})
}

// TestReleasedQuotes: what a report may show, by question, tag and field, and the
// language only where k answered in it.
func TestReleasedQuotes(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, c := context.Background(), newClock()
		db := open(t, dsn, c)
		wave := wordedWave(t, db, c)
		for _, tag := range []coding.Tag{{Name: "german", Label: "Deutsch", Field: "language_support"}, {Name: "sport", Label: "Sport"}} {
			_, err := db.SaveTag(ctx, "ben", wave, nil, tag)
			must(t, err)
		}
		release := func(beginning string, quote coding.Quote, given map[string]coding.Tags) {
			text := find(t, openTexts(t, db, wave), "wish", beginning)
			for coder, tags := range given {
				must(t, db.SaveText(ctx, coder, wave, text, &tags, store.TextWork{}))
			}
			id, err := db.ProposeQuote(ctx, "ben", wave, text, "", 0, quote)
			must(t, err)
			must(t, db.ReleaseQuote(ctx, "cem", wave, text, id, 1))
		}
		release("دروس", quoteOfMothers(), map[string]coding.Tags{"ben": coding.NewTags("german", "sport"), "cem": coding.NewTags("german")})
		release("Mehr", coding.Quote{Body: "Deutschkurse"}, map[string]coding.Tags{"ben": coding.NewTags("sport")})
		_, err := db.ProposeQuote(ctx, "ben", wave, find(t, openTexts(t, db, wave), "wish", "Deutschkurse am"), "", 0, coding.Quote{Body: "Deutschkurse am Abend"})
		must(t, err) // never released
		list := func(filter store.QuoteFilter) string {
			all, err := db.ReleasedQuotes(ctx, wave, filter)
			must(t, err)
			lines := map[string]bool{}
			for _, one := range all {
				lines[fmt.Sprintf("%s: %s (%v, %s, %s, %s)", one.Question, one.Text, one.Translated, one.Original, one.Language, one.Tags)] = true
			}
			var got []string
			for _, line := range []string{"wish: Deutschkurse (false, , , sport)", "wish: Unterricht für […] (false, , , german)", "wish: Unterricht für […] (true, دروس […], ar, german)"} {
				if lines[line] {
					got = append(got, line)
					delete(lines, line)
				}
			}
			if len(lines) > 0 {
				t.Errorf("%+v: also %v", filter, lines)
			}
			return strings.Join(got, "; ")
		}
		const german, hidden, known = "wish: Deutschkurse (false, , , sport)", "wish: Unterricht für […] (false, , , german)", "wish: Unterricht für […] (true, دروس […], ar, german)"
		for filter, want := range map[store.QuoteFilter]string{
			{}: german + "; " + hidden, {Question: "wish"}: german + "; " + hidden, {Question: "reason"}: "",
			{Tag: "sport"}: german, {Tag: "german"}: hidden, {Field: "language_support"}: hidden, {Field: "sports"}: "",
		} {
			if got := list(filter); got != want {
				t.Errorf("%+v: %s", filter, got)
			}
		}
		for i := range 4 { // with these, k have answered in Arabic
			one := submission(t, wave, id(60+i), map[string][]string{"likes": {"yes"}})
			one.Language = "ar"
			_, err := db.Accept(ctx, wave, one)
			must(t, err)
			c.advance(time.Minute)
			want := hidden
			if i == 3 {
				want = known
			}
			if got := list(store.QuoteFilter{Tag: "german"}); got != want {
				t.Errorf("with %d in Arabic: %s", i+2, got)
			}
		}
	})
}
