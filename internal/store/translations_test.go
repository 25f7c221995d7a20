package store_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testpostgres"
)

// rendering of a text of the present survey by somebody who has it before them.
func rendering(s *survey.Survey, key, language, text string) survey.Rendering {
	place, _ := s.TextAt(key)
	return survey.Rendering{Key: key, Language: language, Text: text,
		Seen: survey.Sight((*place.Text)[language].Text), Source: survey.Fingerprint((*place.Text)[s.Language].Text)}
}

// audited lists what the log says of one kind of action: actor, action, effect.
func audited(t *testing.T, db *store.DB, prefix string) string {
	t.Helper()
	lines, err := db.AuditLog(context.Background(), 0, 1000, func(string) bool { return true })
	must(t, err)
	var found []string
	for _, line := range lines {
		if strings.HasPrefix(string(line.Action), prefix) {
			found = append(found, line.Actor+" "+strings.TrimPrefix(string(line.Action), prefix)+" "+line.Effect)
		}
	}
	return strings.Join(found, "\n")
}

// TestTranslateWorking: two people at once, and what the log says of it.
func TestTranslateWorking(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, c := context.Background(), newClock()
		db := open(t, dsn, c)
		w, err := db.AddWorking(ctx, "anna", "", familiesSurvey(t))
		must(t, err)
		const key = "q/arrival/label"
		first := rendering(w.Survey, key, "ar", "متى؟")
		now, overtaken, err := db.Translate(ctx, "ben", w.ID, "ar", []survey.Rendering{first})
		must(t, err)
		if len(overtaken) > 0 || now.Revision != 2 || now.Author != "ben" {
			t.Errorf("the first: %v, %+v", overtaken, now.WorkingInfo)
		}
		second := first
		second.Text = "منذ متى؟"
		now, overtaken, err = db.Translate(ctx, "cem", w.ID, "ar", []survey.Rendering{second, rendering(w.Survey, "title", "ar", "أطفال")})
		must(t, err)
		place, _ := now.Survey.TextAt(key)
		if len(overtaken) != 1 || overtaken[0].Text != "منذ متى؟" || (*place.Text)["ar"].Text != "متى؟" || now.Survey.Title["ar"].Text != "أطفال" {
			t.Errorf("the second: %v, stored %q and %q", overtaken, (*place.Text)["ar"].Text, now.Survey.Title["ar"].Text)
		}
		for at := range 8 {
			c.now = c.now.Add(3 * time.Minute)
			now, _, err = db.Translate(ctx, []string{"ben", "cem"}[at%2], w.ID, "ar", []survey.Rendering{rendering(now.Survey, "description", "ar", fmt.Sprint(at))})
			must(t, err)
		}
		_, _, err = db.Translate(ctx, "ben", w.ID, "tr", []survey.Rendering{rendering(now.Survey, key, "tr", "Ne zaman?")})
		must(t, err)
		_, overtaken, err = db.ImportTranslations(ctx, "ben", w.ID, "fr", []survey.Rendering{rendering(now.Survey, key, "fr", "Quand ?"), rendering(now.Survey, "title", "fr", "Enfants"), {Key: "description", Language: "fr", Text: "x"}})
		must(t, err)
		if len(overtaken) != 1 {
			t.Errorf("the import was overtaken %d times", len(overtaken))
		}
		_, err = db.ChangeLanguages(ctx, "anna", w.ID, "+so", func(s *survey.Survey) error { s.AddLanguage("so"); return nil })
		must(t, err)
		want := "anna languages_changed +so\nben translations_imported fr 2\nben translated tr\ncem translated ar\nben translated ar\ncem translated ar\ncem translated ar\nben translated ar\nanna added "
		if got := audited(t, db, "working."); got != want {
			t.Errorf("the log says\n%s\nwant\n%s", got, want)
		}
		_, _, err = db.Translate(ctx, "ben", w.ID, "xx", []survey.Rendering{{Key: key, Language: "xx"}})
		wantFailure(t, "a language it lacks", err, failure.Invalid)
		_, _, err = db.Translate(ctx, "ben", "nothing", "ar", nil)
		wantFailure(t, "an unknown working copy", err, failure.NotFound)
	})
}

// TestTranslatingAtOnce: many write at once at a few texts; each learns whether
// their words are stored, and nobody's that are told to be stored are lost
// without somebody having seen them.
func TestTranslatingAtOnce(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, db := context.Background(), open(t, dsn, newClock())
		w, err := db.AddWorking(ctx, "anna", "", familiesSurvey(t))
		must(t, err)
		var wait sync.WaitGroup
		results := make([]bool, 12)
		for at := range results {
			wait.Go(func() {
				one := rendering(w.Survey, "title", "ar", fmt.Sprint("words ", at))
				_, overtaken, err := db.Translate(ctx, fmt.Sprint("person", at), w.ID, "ar", []survey.Rendering{one})
				results[at] = err == nil && len(overtaken) == 0
				if err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		now, err := db.Working(ctx, w.ID)
		must(t, err)
		stored := 0
		for at, taken := range results {
			if taken {
				stored++
				if got := now.Survey.Title["ar"].Text; got != fmt.Sprint("words ", at) {
					t.Errorf("words %d are said to be stored, there is %q", at, got)
				}
			}
		}
		if stored != 1 {
			t.Errorf("%d of %d who saw the same were stored", stored, len(results))
		}
	})
}

func TestTranslationComments(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, c := context.Background(), newClock()
		db := open(t, dsn, c)
		w, err := db.AddWorking(ctx, "anna", "", familiesSurvey(t))
		must(t, err)
		must(t, db.AddComments(ctx, "ben", w.ID, store.Comment{Key: "title", Language: "ar", Body: " Kinder oder Jugendliche?\r\n"},
			store.Comment{Key: "title", Language: "tr", Body: "Türkisch"}))
		c.now = c.now.Add(time.Minute)
		must(t, db.AddComments(ctx, "cem", w.ID, store.Comment{Key: "description", Language: "ar", Body: "Sie oder du?"}))
		all, err := db.Comments(ctx, w.ID, "ar")
		must(t, err)
		if len(all) != 2 || all[0].Body != "Kinder oder Jugendliche?" || all[0].Author != "ben" || all[1].Key != "description" || all[0].Stored >= all[1].Stored {
			t.Fatalf("%+v", all)
		}
		must(t, db.ResolveComment(ctx, "anna", w.ID, all[0].ID))
		must(t, db.ResolveComment(ctx, "dora", w.ID, all[0].ID))
		every, err := db.Comments(ctx, w.ID, "")
		must(t, err)
		if len(every) != 3 {
			t.Errorf("%d comments in all languages", len(every))
		}
		for _, one := range every {
			if settled := one.ID == all[0].ID; settled != (one.Resolver == "anna") || settled != (one.Resolved != "") {
				t.Errorf("%+v", one)
			}
		}
		wantFailure(t, "an empty one", db.AddComments(ctx, "ben", w.ID, store.Comment{Key: "title", Language: "ar", Body: " "}), failure.Invalid)
		wantFailure(t, "an endless one", db.AddComments(ctx, "ben", w.ID, store.Comment{Key: "title", Language: "ar", Body: strings.Repeat("x", 2001)}), failure.Invalid)
		wantFailure(t, "of no text, and none before it", db.AddComments(ctx, "ben", w.ID, store.Comment{Key: "title", Language: "ar", Body: "x"}, store.Comment{Key: "q/x/label", Language: "ar", Body: "x"}), failure.NotFound)
		wantFailure(t, "an unknown one", db.ResolveComment(ctx, "ben", w.ID, "x"), failure.NotFound)
		if got, want := audited(t, db, "working.com"), "anna ment_resolved ar title\ncem mented ar description\nben mented tr title\nben mented ar title"; got != want {
			t.Errorf("the log says\n%s", got)
		}
		must(t, db.DeleteWorking(ctx, "anna", w.ID, 0))
		if every, err = db.Comments(ctx, w.ID, ""); err != nil || len(every) != 0 {
			t.Errorf("after the working copy: %d comments, %v", len(every), err)
		}
	})
}
