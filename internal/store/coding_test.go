package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/coding"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testpostgres"
)

const worded = `
id: worded
version: "1"
language: de
audience: families
title: Wörter
choices:
  yes_no:
    - {name: "yes", label: ja}
    - {name: "no", label: nein}
questions:
  - {type: select_one yes_no, name: likes, label: Gefällt es Ihnen?}
  - {type: text, name: wish, label: Wünsche}
  - {type: text, name: reason, label: Warum nicht?, relevant: "${likes} = 'no'", sensitive: true}
  - type: repeat
    name: child
    label: Kind
    questions:
      - {type: text, name: hobby, label: Was macht es gern?}
  - type: group
    name: house
    label: Haus
    attributed: true
    questions:
      - {type: text, name: offer, label: Angebot}
`

// wordedWave is a wave with three responses of yesterday; what they wrote is in
// fields.
func wordedWave(t *testing.T, db *store.DB, c *clock) *store.LiveWave {
	t.Helper()
	s, findings := survey.ReadYAML("worded.yaml", []byte(worded))
	if findings.Fatal() {
		t.Fatal(findings)
	}
	version, findings := survey.Compile(s)
	if findings.Fatal() {
		t.Fatal(findings)
	}
	wave, err := db.OpenWave(context.Background(), "carla", fieldwork.Wave{Slug: "w", K: 5}, version)
	must(t, err)
	for i, fields := range []map[string][]string{
		{"likes": {"no"}, "wish": {"Mehr Deutschkurse"}, "reason": {"zu laut"}, "child[0].hobby": {"malen"}, "child[1].hobby": {"malen"}, "offer": {"Hort"}},
		{"likes": {"yes"}, "wish": {"دروس للأمهات"}},
		{"likes": {"yes"}, "wish": {"Deutschkurse am Abend, Tel. 0176 1234567"}},
	} {
		one := submission(t, wave, id(i), fields)
		one.Language = []string{"de", "ar", "de"}[i]
		_, err := db.Accept(context.Background(), wave, one)
		must(t, err)
	}
	c.advance(24 * time.Hour)
	return wave
}

func openTexts(t *testing.T, db *store.DB, wave *store.LiveWave) *store.OpenTexts {
	t.Helper()
	texts, err := db.OpenTexts(context.Background(), wave)
	must(t, err)
	return texts
}

// find returns the text of a question that begins so.
func find(t *testing.T, texts *store.OpenTexts, question, beginning string) *store.OpenText {
	t.Helper()
	for _, one := range texts.For("anybody", question, nil) {
		if strings.HasPrefix(one.Body, beginning) {
			return one
		}
	}
	t.Fatalf("no text of %s begins with %q", question, beginning)
	return nil
}

func TestOpenTexts(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, c := context.Background(), newClock()
		db := open(t, dsn, c)
		wave := wordedWave(t, db, c)
		var names []string
		for _, e := range store.OpenQuestions(wave.Version) {
			names = append(names, e.Name)
		}
		if !slices.Equal(names, []string{"wish", "reason", "hobby"}) {
			t.Errorf("open questions are %v", names)
		}
		texts := openTexts(t, db, wave)
		if texts.Count("wish") != 3 || texts.Count("reason") != 1 || texts.Count("hobby") != 2 || texts.Count("offer") != 0 {
			t.Errorf("%d wishes, %d reasons, %d hobbies, %d offers", texts.Count("wish"), texts.Count("reason"), texts.Count("hobby"), texts.Count("offer"))
		}
		hobbies := texts.For("ben", "hobby", nil)
		if hobbies[0].ID == hobbies[1].ID {
			t.Error("two answers alike are one text")
		}
		arabic := find(t, texts, "wish", "دروس")
		if arabic.Language != "ar" || arabic.Question != "wish" {
			t.Errorf("%+v", arabic)
		}
		if _, known := texts.Text("reason", arabic.ID); known {
			t.Error("a text is found under another question")
		}
		if openTexts(t, db, wave) != texts {
			t.Error("nothing has changed, but all is read anew")
		}
		// What comes in today is read tomorrow, or once the wave is closed.
		_, err := db.Accept(ctx, wave, submission(t, wave, id(9), map[string][]string{"wish": {"Neues"}}))
		must(t, err)
		if later := openTexts(t, db, wave); later.Count("wish") != 3 || find(t, later, "wish", "دروس").ID != arabic.ID {
			t.Errorf("%d wishes on the day of another", later.Count("wish"))
		}
		c.advance(24 * time.Hour)
		if later := openTexts(t, db, wave); later.Count("wish") != 4 {
			t.Errorf("%d wishes on the day after", later.Count("wish"))
		}
		must(t, db.CloseWave(ctx, "carla", wave))
		closed, err := db.Wave(ctx, "w")
		must(t, err)
		if later := openTexts(t, db, closed); later.Count("wish") != 4 || find(t, later, "wish", "دروس").ID != arabic.ID {
			t.Error("closing the wave has changed the texts")
		}
	})
}

// TestOrderOfTexts: each coder has an order of their own, which stays; the sample
// comes first.
// TestTextsOfTodayReadNothingAgain: what comes today adds no text and makes nobody
// wait; what comes by a file, goes, or is a day old is read.
func TestTextsOfTodayReadNothingAgain(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, c := context.Background(), newClock()
		db := open(t, dsn, c)
		wave := wordedWave(t, db, c)
		first := openTexts(t, db, wave)
		for i := range 3 {
			_, err := db.Accept(ctx, wave, submission(t, wave, id(10+i), map[string][]string{"likes": {"yes"}, "wish": {"Heute"}}))
			must(t, err)
			if openTexts(t, db, wave) != first {
				t.Error("an answer of today had everything read again")
			}
		}
		answers := response.New(wave.Version)
		answers.Top().Set(wave.Version.Element("wish"), "Aus einer Datei")
		_, err := db.Import(ctx, "carla", wave, store.File{Name: "a.csv"}, func(yield func(store.Imported, error) bool) {
			yield(store.Imported{ExternalID: "1", Day: "2026-03-01", Language: "de", Answers: answers}, nil)
		})
		must(t, err)
		if got := openTexts(t, db, wave).Count("wish"); got != first.Count("wish")+1 {
			t.Errorf("%d wishes after an import", got)
		}
		_, err = db.Accept(ctx, wave, submission(t, wave, id(20), map[string][]string{"likes": {"yes"}, "wish": {"Auch heute"}}))
		must(t, err)
		c.advance(24 * time.Hour)
		if got := openTexts(t, db, wave).Count("wish"); got != first.Count("wish")+5 {
			t.Errorf("%d wishes on the next day", got)
		}
	})
}

func TestOrderOfTexts(t *testing.T) {
	c := newClock()
	db := open(t, t.TempDir()+"/order.db", c)
	wave := wordedWave(t, db, c)
	for i := range 60 {
		_, err := db.Accept(context.Background(), wave, submission(t, wave, id(100+i), map[string][]string{"wish": {fmt.Sprint("Wunsch ", i)}}))
		must(t, err)
	}
	c.advance(24 * time.Hour)
	texts := openTexts(t, db, wave)
	order := func(coder string, sample map[string]bool) (ids []string) {
		for _, one := range texts.For(coder, "wish", sample) {
			ids = append(ids, one.ID)
		}
		return ids
	}
	ben, cem := order("ben", nil), order("cem", nil)
	if slices.Equal(ben, cem) || !slices.Equal(ben, order("ben", nil)) || len(ben) != 63 || slices.IsSorted(ben) {
		t.Error("the orders of two coders are one, or no orders")
	}
	alike := 0
	for i := range ben {
		if ben[i] == cem[i] {
			alike++
		}
	}
	if alike > 10 {
		t.Errorf("%d of 63 texts have the same place with two coders", alike)
	}
	size, err := db.DrawTexts(context.Background(), "ben", wave, "wish", 5)
	must(t, err)
	sample, err := db.TextSample(context.Background(), wave.ID)
	must(t, err)
	first := map[string]bool{}
	for _, one := range order("ben", sample)[:5] {
		first[one] = true
	}
	for _, one := range order("cem", sample)[:5] {
		if !first[one] || !sample[one] {
			t.Error("the sample does not come first")
		}
	}
	if size != 5 || len(sample) != 5 {
		t.Errorf("%d drawn, %d in the sample", size, len(sample))
	}
	_, err = db.DrawTexts(context.Background(), "ben", wave, "wish", 8)
	must(t, err)
	more, err := db.TextSample(context.Background(), wave.ID)
	must(t, err)
	for one := range sample {
		if !more[one] {
			t.Error("a larger sample has lost a text")
		}
	}
	for _, wrong := range []int{0, 7, 64} {
		if wrong == 7 && len(more) != 8 {
			t.Errorf("the larger sample has %d", len(more))
		}
		_, err = db.DrawTexts(context.Background(), "ben", wave, "wish", wrong)
		wantFailure(t, fmt.Sprint("a sample of ", wrong), err, failure.Invalid)
	}
	if got, want := audited(t, db, "texts."), "ben sampled question=wish texts=8\nben sampled question=wish texts=5"; got != want {
		t.Errorf("the log says\n%s", got)
	}
}

func TestCodeBook(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, c := context.Background(), newClock()
		db := open(t, dsn, c)
		wave := wordedWave(t, db, c)
		german, err := db.SaveTag(ctx, "ben", wave, nil, coding.Tag{Label: " Deutsch lernen ", Definition: "Kurse\r\nfür alle", Field: "language_support"})
		must(t, err)
		evening, err := db.SaveTag(ctx, "ben", wave, nil, coding.Tag{Label: "Abends"})
		must(t, err)
		if german.Name != "deutsch_lernen" || german.Definition != "Kurse\nfür alle" {
			t.Errorf("%+v", german)
		}
		changed, err := db.SaveTag(ctx, "cem", wave, &german, coding.Tag{Name: "other", Label: "Deutsch", Example: "Kurs"})
		must(t, err)
		if changed.Name != german.Name {
			t.Errorf("the name is now %q", changed.Name)
		}
		_, err = db.SaveTag(ctx, "ben", wave, &german, coding.Tag{Label: "Deutschkurs"})
		wantFailure(t, "what was overtaken", err, failure.Conflict)
		_, err = db.SaveTag(ctx, "ben", wave, nil, coding.Tag{Name: "abends", Label: "Anderes"})
		wantFailure(t, "a name twice", err, failure.Conflict)
		_, err = db.SaveTag(ctx, "ben", wave, nil, coding.Tag{Label: "ABENDS"})
		wantFailure(t, "a label twice", err, failure.Conflict)
		_, err = db.SaveTag(ctx, "ben", wave, nil, coding.Tag{})
		wantFailure(t, "no label", err, failure.Invalid)
		texts := openTexts(t, db, wave)
		for _, one := range texts.For("ben", "wish", nil) {
			tags := coding.NewTags("deutsch_lernen", "abends")
			must(t, db.SaveText(ctx, "ben", wave, one, &tags, store.TextWork{}))
		}
		_, err = db.RemoveTag(ctx, "ben", wave, "abends", "abends")
		wantFailure(t, "a tag into itself", err, failure.Invalid)
		_, err = db.RemoveTag(ctx, "ben", wave, "abends", "nothing")
		wantFailure(t, "a tag into none", err, failure.NotFound)
		count, err := db.RemoveTag(ctx, "ben", wave, evening.Name, german.Name)
		must(t, err)
		all, err := db.Codings(ctx, wave.ID, "wish")
		must(t, err)
		if count != 3 || len(all) != 3 || all[0].Tags.String() != "deutsch_lernen" {
			t.Errorf("%d changed, %+v", count, all)
		}
		if count, err = db.RemoveTag(ctx, "ben", wave, german.Name, ""); err != nil || count != 3 {
			t.Errorf("%d changed, %v", count, err)
		}
		if all, err = db.Codings(ctx, wave.ID, ""); err != nil || len(all) != 3 || len(all[0].Tags) != 0 {
			t.Errorf("%+v, %v", all, err)
		}
		want := "ben removed tag=deutsch_lernen codings=3\nben merged tag=abends into=deutsch_lernen codings=3\ncem changed tag=deutsch_lernen label=Deutsch\n" +
			"ben added tag=abends label=Abends\nben added tag=deutsch_lernen label=\"Deutsch lernen\""
		if got := audited(t, db, "tag."); got != want {
			t.Errorf("the log says\n%s\nwant\n%s", got, want)
		}
		if left, err := db.Book(ctx, wave.ID); err != nil || len(left) != 0 {
			t.Errorf("%v, %v", left, err)
		}
	})
}

// TestTextWork: tags are each coder's own, the rest is of all, and whoever is late
// learns it.
func TestTextWork(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, c := context.Background(), newClock()
		db := open(t, dsn, c)
		wave := wordedWave(t, db, c)
		_, err := db.SaveTag(ctx, "ben", wave, nil, coding.Tag{Name: "german", Label: "Deutsch"})
		must(t, err)
		text := find(t, openTexts(t, db, wave), "wish", "Deutschkurse am")
		tags, none := coding.NewTags("german"), coding.NewTags()
		number := []coding.Mark{{Span: coding.Suspects(text.Body)[0].Span, Redact: true}}
		must(t, db.SaveText(ctx, "ben", wave, text, &tags, store.TextWork{Translation: " Evening classes\r\n", Marks: number}))
		must(t, db.SaveText(ctx, "cem", wave, text, &none, store.TextWork{Translation: "Evening classes", Marks: number})) // the same, seen or not
		work, err := db.TextWork(ctx, wave.ID, text.ID)
		must(t, err)
		if work.Translation != "Evening classes" || work.Author != "ben" || work.Revision != 1 || coding.Redact(text.Body, work.Marks) != "Deutschkurse am Abend, Tel. […]" {
			t.Errorf("%+v", work)
		}
		err = db.SaveText(ctx, "cem", wave, text, &tags, store.TextWork{Translation: "Classes at night", Marks: number})
		wantFailure(t, "what was overtaken", err, failure.Conflict)
		all, err := db.Codings(ctx, wave.ID, "wish")
		must(t, err)
		if len(all) != 2 || all[0].Coder != "ben" || !all[0].Tags.Has("german") || len(all[1].Tags) != 0 {
			t.Errorf("%+v", all)
		}
		must(t, db.SaveText(ctx, "cem", wave, text, nil, store.TextWork{Translation: "Classes at night", Revision: 1}))
		if work, err = db.TextWork(ctx, wave.ID, text.ID); err != nil || work.Author != "cem" || work.Revision != 2 || len(work.Marks) != 0 {
			t.Errorf("%+v, %v", work, err)
		}
		unknown := coding.NewTags("german", "nothing")
		wantFailure(t, "a tag that is gone", db.SaveText(ctx, "ben", wave, text, &unknown, work), failure.Conflict)
		wantFailure(t, "a mark outside", db.SaveText(ctx, "ben", wave, text, nil, store.TextWork{Marks: []coding.Mark{{Span: coding.Span{From: 0, To: 999}}}}), failure.Invalid)
		wantFailure(t, "an endless translation", db.SaveText(ctx, "ben", wave, text, nil, store.TextWork{Translation: strings.Repeat("x", 20_001)}), failure.Invalid)
	})
}

// TestTextsGoWithTheirResponse: withdrawn, or its import undone, nothing is left of
// what was made of its texts; what is left belongs to others.
func TestTextsGoWithTheirResponse(t *testing.T) {
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
		none := coding.NewTags()
		for _, one := range texts.For("ben", "wish", nil) {
			must(t, db.SaveText(ctx, "ben", wave, one, &none, store.TextWork{Translation: "x"}))
		}
		_, err = db.DrawTexts(ctx, "ben", wave, "wish", 4)
		must(t, err)
		left := func() string {
			codings, err := db.Codings(ctx, wave.ID, "")
			must(t, err)
			sample, err := db.TextSample(ctx, wave.ID)
			must(t, err)
			works := 0
			for _, one := range texts.For("ben", "wish", nil) {
				work, err := db.TextWork(ctx, wave.ID, one.ID)
				must(t, err)
				works += work.Revision
			}
			return fmt.Sprint(len(codings), works, len(sample), openTexts(t, db, wave).Count("wish"))
		}
		if got := left(); got != "4 4 4 4" {
			t.Fatalf("before: %s", got)
		}
		gone := find(t, texts, "wish", "دروس")
		must(t, db.Withdraw(ctx, response.Receipt(id(1))))
		if got := left(); got != "3 3 3 3" {
			t.Errorf("after withdrawing: %s", got)
		}
		wantFailure(t, "a withdrawn text", db.SaveText(ctx, "ben", wave, gone, &none, store.TextWork{}), failure.NotFound)
		imports, err := db.Imports(ctx, wave)
		must(t, err)
		_, err = db.UndoImport(ctx, "carla", wave, imports[0].Number)
		must(t, err)
		if got := left(); got != "2 2 2 2" {
			t.Errorf("after undoing the import: %s", got)
		}
		must(t, db.CloseWave(ctx, account.CommandLine, wave))
		if codings, err := db.Codings(ctx, wave.ID, ""); err != nil || len(codings) != 2 {
			t.Errorf("after the close: %v, %v", codings, err)
		}
	})
}

// TestReadingIsLogged: once an hour for each reader and question.
func TestReadingIsLogged(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, c := context.Background(), newClock()
		db := open(t, dsn, c)
		wave := wordedWave(t, db, c)
		for range 5 {
			must(t, db.NoteReading(ctx, "ben", wave, "wish"))
			c.advance(14 * time.Minute)
		}
		must(t, db.NoteReading(ctx, "ben", wave, "reason"))
		must(t, db.NoteReading(ctx, "cem", wave, "wish"))
		must(t, db.NoteReading(ctx, "ben", wave, "wish"))
		want := "ben read question=wish\ncem read question=wish\nben read question=reason\nben read question=wish"
		if got := audited(t, db, "texts."); got != want {
			t.Errorf("the log says\n%s", got)
		}
	})
}
