package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testpostgres"
)

func familiesSurvey(t testing.TB) *survey.Survey {
	t.Helper()
	s, findings, err := survey.ReadDir(os.DirFS("../../surveys"), "families")
	if err != nil || findings.Fatal() {
		t.Fatal(err, findings)
	}
	return s
}

func content(t testing.TB, s *survey.Survey) string {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// reword is a change of one text in the source language.
func reword(key, text string) func(*survey.Survey) error {
	return func(s *survey.Survey) error {
		place, ok := s.TextAt(key)
		if !ok {
			return errors.New("no such text: " + key)
		}
		s.SetText(place.Text, s.Language, text)
		return nil
	}
}

// TestWorkings leads a working copy from its beginning to its end.
func TestWorkings(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, c := context.Background(), newClock()
		db := open(t, dsn, c)
		s := familiesSurvey(t)
		first := content(t, s)
		w, err := db.AddWorking(ctx, "anna", "de-nw-bochum", s)
		must(t, err)
		_, err = db.AddWorking(ctx, "ben", "", familiesSurvey(t))
		wantFailure(t, "the same survey again", err, failure.Conflict)
		read, err := db.Working(ctx, w.ID)
		must(t, err)
		if content(t, read.Survey) != first || read.Revision != 1 || read.Undo || read.Redo || read.Area != "de-nw-bochum" {
			t.Errorf("read back %+v", read.WorkingInfo)
		}
		_, err = db.Working(ctx, "nothing")
		wantFailure(t, "an unknown one", err, failure.NotFound)

		changed, err := db.ChangeWorking(ctx, "anna", w.ID, 1, reword("q/arrival/label", "Seit wann?"))
		must(t, err)
		second := content(t, changed.Survey)
		if changed.Revision != 2 || !changed.Undo || second == first {
			t.Errorf("after a change %+v", changed.WorkingInfo)
		}
		_, err = db.ChangeWorking(ctx, "ben", w.ID, 1, reword("title", "Anders"))
		wantFailure(t, "a change of what was changed", err, failure.Conflict)
		if failed := failure.As(err); failed.Params["author"] != "anna" {
			t.Errorf("the conflict tells %v", failed.Params)
		}
		same, err := db.ChangeWorking(ctx, "ben", w.ID, 0, reword("q/arrival/label", "Seit wann?"))
		must(t, err)
		if same.Revision != 2 || same.Author != "anna" {
			t.Errorf("a change of nothing made revision %d", same.Revision)
		}
		_, err = db.ChangeWorking(ctx, "ben", w.ID, 0, reword("title", "Was Kinder brauchen"))
		must(t, err)
		back, err := db.UndoWorking(ctx, "anna", w.ID, 3)
		must(t, err)
		if content(t, back.Survey) != second || back.Revision != 4 || !back.Redo {
			t.Errorf("undone %+v", back.WorkingInfo)
		}
		back, err = db.UndoWorking(ctx, "anna", w.ID, 0)
		must(t, err)
		if content(t, back.Survey) != first || back.Undo {
			t.Error("undoing all does not give the first content")
		}
		_, err = db.UndoWorking(ctx, "anna", w.ID, 0)
		wantFailure(t, "undoing more", err, failure.Conflict)
		forth, err := db.RedoWorking(ctx, "anna", w.ID, 0)
		must(t, err)
		if content(t, forth.Survey) != second {
			t.Error("redoing gives something else")
		}
		version, err := db.FixWorking(ctx, "anna", w.ID, forth.Revision)
		must(t, err)
		stored, err := db.Survey(ctx, "families")
		must(t, err)
		if stored.Hash != version.Hash || content(t, stored.Survey) != second {
			t.Error("another content was fixed")
		}
		infos, err := db.Workings(ctx)
		must(t, err)
		if len(infos) != 1 || infos[0].Questions < 15 || len(infos[0].Languages) != 17 || infos[0].Languages[3].Stale != 1 || infos[0].WorkingSummary.Version != "1" {
			t.Errorf("the list shows %+v", infos)
		}
		steps, err := db.WorkingSteps(ctx, w.ID, 0, 10)
		must(t, err)
		if len(steps) != 3 || !steps[1].Current || steps[1].Version != "1" || steps[1].Changes[0].Name != "arrival" || steps[0].Changes[0].What != "title" {
			t.Errorf("the history is %+v", steps)
		}
		old, err := db.WorkingStep(ctx, w.ID, 1)
		must(t, err)
		if content(t, old) != first {
			t.Error("the first step holds something else")
		}
		_, err = db.WorkingStep(ctx, w.ID, 99)
		wantFailure(t, "an unknown step", err, failure.NotFound)
		wantFailure(t, "deleting what was changed", db.DeleteWorking(ctx, "anna", w.ID, 1), failure.Conflict)
		must(t, db.DeleteWorking(ctx, "anna", w.ID, 0))
		_, err = db.Working(ctx, w.ID)
		wantFailure(t, "the deleted one", err, failure.NotFound)
		want := []string{
			"anna working.added families de-nw-bochum ", "ben working.changed families de-nw-bochum ",
			"anna working.fixed families de-nw-bochum 1 " + version.Hash[:16], "anna working.deleted families de-nw-bochum ",
		}
		if got := lines(t, db); !slices.Equal(got, want) {
			t.Errorf("the log says\n%s", strings.Join(got, "\n"))
		}
	})
}

// TestTypingIsOneStep: what one person saves at one text in a short time is
// undone at once; another person, another text or a pause begins a new step.
func TestTypingIsOneStep(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, c := context.Background(), newClock()
		db := open(t, dsn, c)
		w, err := db.AddWorking(ctx, "anna", "", familiesSurvey(t))
		must(t, err)
		say := func(actor, key, text string) {
			t.Helper()
			_, err := db.ChangeWorking(ctx, actor, w.ID, 0, reword(key, text))
			must(t, err)
		}
		for _, text := range []string{"W", "Wa", "Wann"} {
			say("anna", "q/arrival/label", text)
			c.advance(time.Second)
		}
		say("ben", "q/arrival/label", "Wann?")
		say("ben", "title", "Fragen")
		c.advance(3 * time.Minute)
		say("ben", "title", "Viele Fragen")
		steps, err := db.WorkingSteps(ctx, w.ID, 0, 100)
		must(t, err)
		if len(steps) != 5 {
			t.Errorf("%d steps: %+v", len(steps), steps)
		}
		for _, want := range []string{"Fragen", "Was brauchen Ihre Kinder?"} {
			back, err := db.UndoWorking(ctx, "ben", w.ID, 0)
			must(t, err)
			if got := back.Survey.Title["de"].Text; got != want {
				t.Errorf("undone to %q, not %q", got, want)
			}
		}
		say("ben", "title", "Andere Fragen") // a new branch
		_, err = db.RedoWorking(ctx, "ben", w.ID, 0)
		wantFailure(t, "redoing what was left", err, failure.Conflict)
	})
}

// TestChangesWaitForEachOther: many change one text each at the same time, and
// every change is there at the end.
func TestChangesWaitForEachOther(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		s := familiesSurvey(t)
		w, err := db.AddWorking(ctx, "anna", "", s)
		must(t, err)
		var keys []string
		for _, one := range s.Texts() {
			if one.Choice != nil && len(keys) < 24 {
				keys = append(keys, one.Key)
			}
		}
		var all sync.WaitGroup
		for i, key := range keys {
			all.Go(func() {
				if _, err := db.ChangeWorking(ctx, fmt.Sprint("person", i), w.ID, 0, reword(key, key)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		end, err := db.Working(ctx, w.ID)
		must(t, err)
		for _, key := range keys {
			if place, _ := end.Survey.TextAt(key); (*place.Text)["de"].Text != key {
				t.Errorf("%s is lost", key)
			}
		}
		if int(end.Revision) != len(keys)+1 {
			t.Errorf("revision %d after %d changes", end.Revision, len(keys))
		}
	})
}

// TestHistoryIsBounded: the oldest steps go, fixed versions stay.
func TestHistoryIsBounded(t *testing.T) {
	ctx := context.Background()
	db := open(t, t.TempDir()+"/steps.db", newClock())
	w, err := db.AddWorking(ctx, "anna", "", tinySurvey(t).Survey)
	must(t, err)
	_, err = db.FixWorking(ctx, "anna", w.ID, 1)
	must(t, err)
	for i := range 210 {
		_, err := db.ChangeWorking(ctx, fmt.Sprint("person", i%2), w.ID, 0, reword("title", fmt.Sprint("Titel ", i)))
		must(t, err)
	}
	steps, err := db.WorkingSteps(ctx, w.ID, 0, 1000)
	must(t, err)
	if len(steps) != store.MostSteps+2 || steps[len(steps)-1].Version != "1" {
		t.Errorf("%d steps, the oldest %+v", len(steps), steps[len(steps)-1])
	}
	undone := 0
	for {
		if _, err := db.UndoWorking(ctx, "anna", w.ID, 0); err != nil {
			wantFailure(t, "undoing further", err, failure.Conflict)
			break
		}
		undone++
	}
	if undone != store.MostSteps {
		t.Errorf("%d steps could be undone", undone)
	}
}

// TestAnyEditsAreUndone: whatever is done to a survey, undoing all of it gives
// the first content, and redoing all of it the last.
func TestAnyEditsAreUndone(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, c := context.Background(), newClock()
		db := open(t, dsn, c)
		random := rand.New(rand.NewPCG(7, 11))
		w, err := db.AddWorking(ctx, "anna", "", familiesSurvey(t))
		must(t, err)
		contents := []string{content(t, w.Survey)}
		for len(contents) < 25 {
			before := contents[len(contents)-1]
			c.advance(time.Hour) // no two edits are one step
			changed, err := db.ChangeWorking(ctx, "anna", w.ID, 0, func(s *survey.Survey) error { return randomEdit(s, random) })
			if failure.CodeOf(err) == failure.Invalid { // there was no such way
				w, err = db.Working(ctx, w.ID)
				must(t, err)
				if content(t, w.Survey) != before {
					t.Fatal("a refused edit was stored")
				}
				continue
			}
			must(t, err)
			w = changed
			if now := content(t, w.Survey); now != before {
				contents = append(contents, now)
			}
		}
		for at := len(contents) - 2; at >= 0; at-- {
			w, err = db.UndoWorking(ctx, "anna", w.ID, w.Revision)
			must(t, err)
			if content(t, w.Survey) != contents[at] {
				t.Fatalf("undone to another content than the one before edit %d", at+1)
			}
		}
		for at := 1; at < len(contents); at++ {
			w, err = db.RedoWorking(ctx, "anna", w.ID, w.Revision)
			must(t, err)
			if content(t, w.Survey) != contents[at] {
				t.Fatalf("edit %d done again gives another content", at)
			}
		}
	})
}

func randomEdit(s *survey.Survey, random *rand.Rand) error {
	var names []string
	s.Walk(func(n *survey.Node) bool { names = append(names, n.Name); return true })
	name, list := names[random.IntN(len(names))], s.Choices[random.IntN(len(s.Choices))]
	key := list.Keys()[random.IntN(len(list.Choices))]
	ways := []survey.Way{survey.Up, survey.Down, survey.In, survey.Out}
	var err error
	switch random.IntN(8) {
	case 0:
		err = s.Remove(name)
	case 1, 2:
		err = s.Shift(name, ways[random.IntN(len(ways))])
	case 3:
		_, err = s.Duplicate(name)
	case 4:
		_, err = s.Wrap(name)
	case 5:
		err = s.ShiftChoice(list.Name, key, survey.Down)
	case 6:
		err = s.Rename(name, name+"_new")
	default:
		all := s.Texts()
		s.SetText(all[random.IntN(len(all))].Text, "de", fmt.Sprint("Text ", random.IntN(1000)))
	}
	return err
}
