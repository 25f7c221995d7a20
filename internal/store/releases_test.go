package store_test

import (
	"context"
	"fmt"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testpostgres"
)

// towns are two towns of a county and one type of school.
func towns(context.Context, *store.DB) ([]catalogue.Area, []string, error) {
	return []catalogue.Area{{Key: "kreis"}, {Key: "marl", Parent: "kreis"}, {Key: "herten", Parent: "kreis"}}, []string{"grundschule"}, nil
}

// TestReleases: before the first there are no groups; a release stands while
// answers go on coming, and the close makes the last.
func TestReleases(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db, err := store.Open(ctx, dsn, store.Options{Now: newClock().Now, Places: towns})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}()
		wave, err := db.OpenWave(ctx, "anna", fieldwork.Wave{Slug: "w", Area: "kreis", K: 5}, tinySurvey(t))
		if err != nil {
			t.Fatal(err)
		}
		// come lets n people of a town answer.
		people := 0
		come := func(town, likes string, n int) {
			t.Helper()
			rows := rowsOf(t, wave, n, likes)
			for i := range rows {
				people++
				rows[i].Area, rows[i].ExternalID = town, fmt.Sprint(people)
			}
			importing(t, db, wave, rows, n)
		}
		groups := func() string {
			t.Helper()
			wave, err = db.Wave(ctx, "w")
			if err != nil {
				t.Fatal(err)
			}
			explorer, err := db.Explorer(ctx, wave)
			if err != nil {
				return string(failure.CodeOf(err))
			}
			answer, err := explorer.Query(analysis.Query{By: []string{analysis.VariableArea}, Questions: []string{"likes"}})
			if err != nil {
				t.Fatal(err)
			}
			text := ""
			for _, group := range answer.Groups {
				text += fmt.Sprint(group.Values)
				if len(group.Figures) != 1 {
					t.Fatalf("%v shows nothing: %s", group.Values, group.Refused)
				}
				for _, cell := range group.Figures[0].Cells {
					if cell.Count != nil {
						text += fmt.Sprint(" ", cell.Name, "=", *cell.Count)
					}
				}
				if group.Perturbed || group.Figures[0].Perturbed {
					t.Errorf("%v is perturbed", group.Values)
				}
			}
			return text
		}
		come("marl", "yes", 8)
		come("marl", "no", 4)
		come("herten", "yes", 2)
		come("herten", "no", 9)
		if got := groups(); got != string(failure.Forbidden) {
			t.Errorf("before the first release: %s", got)
		}
		if err := db.ReleaseWave(ctx, "anna", wave); err != nil {
			t.Fatal(err)
		}
		const first = "[[marl]] yes=8 no=4[[herten]] yes=2 no=9"
		if got := groups(); got != first || wave.Release != 1 {
			t.Errorf("release %d: %s", wave.Release, got)
		}
		come("herten", "yes", 10)
		if got := groups(); got != first {
			t.Errorf("between releases: %s", got)
		}
		if err := db.CloseWave(ctx, "anna", wave); err != nil {
			t.Fatal(err)
		}
		if got := groups(); got != "[[marl]] yes=8 no=4[[herten]] yes=12 no=9" || wave.Release != 2 {
			t.Errorf("release %d: %s", wave.Release, got)
		}
		wantCode(t, db.ReleaseWave(ctx, "anna", wave), failure.Conflict)
		released := 0
		entries, err := db.AuditLog(ctx, 0, 100, func(string) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range entries {
			if one.Action == account.WaveReleased {
				released++
			}
		}
		if released != 1 {
			t.Errorf("the log tells of %d releases", released)
		}
	})
}
