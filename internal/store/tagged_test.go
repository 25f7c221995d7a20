package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/coding"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testpostgres"
)

// taggedFigure is the figure of a variable of the whole wave.
func taggedFigure(t *testing.T, db *store.DB, wave *store.LiveWave, name string) analysis.Figure {
	t.Helper()
	explorer, err := db.Explorer(context.Background(), wave)
	must(t, err)
	answer, err := explorer.Query(analysis.Query{Questions: []string{name}})
	must(t, err)
	return answer.Groups[0].Figures[0]
}

// counts writes the counts of a figure: hidden ones as "-".
func counts(f analysis.Figure) string {
	var all []string
	for _, cell := range append(f.Cells, f.Apart...) {
		text := cell.Name + " -"
		if cell.Count != nil {
			text = fmt.Sprint(cell.Name, " ", *cell.Count)
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// TestTagsAreCounted: what coders say of texts becomes figures, moves with what
// they say, and goes with the response.
func TestTagsAreCounted(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, c := context.Background(), newClock()
		db := open(t, dsn, c)
		wave := wordedWave(t, db, c)
		for i := range 27 { // with the three there, 30 wishes
			_, err := db.Accept(ctx, wave, submission(t, wave, id(100+i), map[string][]string{"likes": {"yes"}, "wish": {fmt.Sprint("Wunsch ", i)}}))
			must(t, err)
		}
		c.advance(24 * time.Hour)
		const name = "tags_wish"
		if wave.Element(name) != nil {
			t.Error("there are tags without a code book")
		}
		_, err := db.SaveTag(ctx, "ben", wave, nil, coding.Tag{Name: "german", Label: "Deutsch"})
		must(t, err)
		_, err = db.SaveTag(ctx, "ben", wave, nil, coding.Tag{Name: "sport", Label: "Sport"})
		must(t, err)
		must(t, db.ReleaseWave(ctx, "carla", wave))
		wave, err = db.Wave(ctx, "w")
		must(t, err)
		element := wave.Element(name)
		if element == nil || element.Type != survey.SelectMultiple || len(element.Choices.Choices) != 4 || wave.Element("tags_hobby") == nil || wave.Element("tags_offer") != nil {
			t.Fatalf("the element is %+v", element)
		}
		if f := taggedFigure(t, db, wave, name); f.Base != nil {
			t.Errorf("nobody has coded: %s", counts(f))
		}
		code := func(coder string, texts []*store.OpenText, names ...string) {
			tags := coding.NewTags(names...)
			for _, one := range texts {
				must(t, db.SaveText(ctx, coder, wave, one, &tags, store.TextWork{}))
			}
		}
		shown := func() string { return counts(taggedFigure(t, db, wave, name)) }
		// Of five one withdraws: four are too few.
		texts := openTexts(t, db, wave)
		for i := range 5 {
			code("ben", []*store.OpenText{find(t, texts, "wish", fmt.Sprint("Wunsch ", i))}, []string{"german", "sport"}[i%2])
		}
		if f := taggedFigure(t, db, wave, name); f.Base == nil || *f.Cells[2].Count != 0 {
			t.Errorf("five: %s", counts(f))
		}
		must(t, db.Withdraw(ctx, response.Receipt(id(100))))
		if f := taggedFigure(t, db, wave, name); f.Base != nil {
			t.Errorf("of five one has withdrawn: %s", counts(f))
		}
		left := openTexts(t, db, wave).For("ben", "wish", nil)
		code("ben", left, "german")
		once := taggedFigure(t, db, wave, name)
		if !once.Perturbed || once.Base == nil || *once.Base != *once.Cells[0].Count || *once.Cells[1].Count != 0 || *once.Cells[2].Count != 0 || *once.Base < 25 || *once.Base > 33 {
			t.Errorf("29 in German: %s", counts(once))
		}
		if again := shown(); again != counts(once) {
			t.Errorf("the same again: %s, before %s", again, counts(once))
		}
		// Another disagrees about all of them: none counts, but all are coded.
		code("cem", left, "sport")
		if f := taggedFigure(t, db, wave, name); *f.Base != *once.Base || *f.Cells[0].Count != 0 || *f.Cells[1].Count != 0 || *f.Cells[2].Count != *once.Base {
			t.Errorf("two who disagree: %s", counts(f))
		}
		// A third decides about half of them.
		code("dora", left[:14], "german", "sport")
		half := taggedFigure(t, db, wave, name)
		if *half.Cells[0].Count != *half.Cells[1].Count || *half.Cells[0].Count < 10 || *half.Cells[0].Count > 18 {
			t.Errorf("a third: %s", counts(half))
		}
		explorer, err := db.Explorer(ctx, wave)
		must(t, err)
		answer, err := explorer.Query(analysis.Query{Filters: []analysis.Condition{{Variable: name, Value: "sport"}}, Questions: []string{"likes"}})
		must(t, err)
		if !answer.Groups[0].Perturbed || *answer.Groups[0].N != *half.Cells[1].Count {
			t.Errorf("with a tag: %d", *answer.Groups[0].N)
		}
		// One tag goes into the other, and the variable follows its book.
		_, err = db.RemoveTag(ctx, "ben", wave, "sport", "german")
		must(t, err)
		wave, err = db.Wave(ctx, "w")
		must(t, err)
		if f := taggedFigure(t, db, wave, name); len(f.Cells) != 2 || *f.Cells[0].Count != *once.Base || *f.Cells[1].Count != 0 {
			t.Errorf("merged: %s", counts(f))
		}
		_, err = db.RemoveTag(ctx, "ben", wave, "german", "")
		must(t, err)
		wave, err = db.Wave(ctx, "w")
		must(t, err)
		if explorer, err = db.Explorer(ctx, wave); err != nil {
			t.Fatal(err)
		}
		if _, err := explorer.Query(analysis.Query{Questions: []string{name}}); failure.CodeOf(err) != failure.Invalid {
			t.Errorf("without a book: %v", err)
		}
	})
}

// TestTagsHaveWords: the variable says in every language what it is.
func TestTagsHaveWords(t *testing.T) {
	c := newClock()
	db, err := store.Open(context.Background(), t.TempDir()+"/words.db", store.Options{Now: c.Now, Words: func(key string) survey.Text {
		return survey.Text{"de": {Text: "de:" + key}, "en": {Text: "en:" + key}}
	}})
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	wave := wordedWave(t, db, c)
	_, err = db.SaveTag(context.Background(), "ben", wave, nil, coding.Tag{Name: "german", Label: "Deutsch"})
	must(t, err)
	wave, err = db.Wave(context.Background(), "w")
	must(t, err)
	e := wave.Element("tags_wish")
	said := []string{e.Label["en"].Text}
	for _, choice := range e.Choices.Choices {
		said = append(said, choice.Label["en"].Text)
	}
	if got := strings.Join(said, " | "); got != "en:coding.variable: Wünsche | Deutsch | en:coding.variable.none | en:coding.variable.open" {
		t.Errorf("it says %s", got)
	}
}
