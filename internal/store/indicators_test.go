package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/baseline"
	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/testpostgres"
)

func countyAreas(t testing.TB) *catalogue.Areas {
	t.Helper()
	areas, findings := catalogue.NewAreas([]catalogue.Area{
		{Key: "kreis", Name: "Kreis", Level: catalogue.Kreis}, {Key: "stadt", Parent: "kreis", Name: "Stadt", Level: catalogue.Stadt},
		{Key: "andere", Parent: "kreis", Name: "Andere Stadt", Level: catalogue.Stadt}})
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	return areas
}

func rate() baseline.Indicator {
	return baseline.Indicator{Key: "rate", Label: map[string]string{"de": "Quote", "en": "rate"}, Unit: baseline.Percent, Field: "health",
		Direction: baseline.Higher, Source: "Amt", Note: "Vorsicht.", Age: &baseline.Ages{From: 3, To: 5}}
}

func figure(area string, value float64, base ...int64) store.Figure {
	v := baseline.Value{Area: area, Period: "2024", Day: "2024-12-31", Value: value}
	if len(base) == 2 {
		v.Numerator, v.Denominator = &base[0], &base[1]
	}
	return store.Figure{Indicator: "rate", Value: v}
}

// TestIndicators leads an indicator from its first word to its end on both
// engines.
func TestIndicators(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, areas := context.Background(), countyAreas(t)
		db := open(t, dsn, newClock())
		book := func() *baseline.Book {
			t.Helper()
			b, err := db.Indicators(ctx, areas)
			must(t, err)
			return b
		}
		wants := func(err error, code failure.Code, key string) {
			t.Helper()
			if failure.CodeOf(err) != code || key != "" && failure.As(err).Key != key {
				t.Errorf("%v, want %s %s", err, code, key)
			}
		}
		must(t, db.SaveIndicator(ctx, "anna", rate()))
		wants(db.SaveIndicator(ctx, "anna", rate()), failure.Invalid, "indicators.problem.key_taken")
		bad := rate()
		bad.Unit = "miles"
		wants(db.SaveIndicator(ctx, "anna", bad), failure.Invalid, "indicators.problem.unit")
		stored := book().Find("rate")
		if stored.Revision != 1 || *stored.Age != (baseline.Ages{From: 3, To: 5}) || stored.Label["en"] != "rate" || stored.Note != "Vorsicht." || stored.Public {
			t.Errorf("%+v", stored)
		}
		seen := book().Revision
		entry := account.Entry{Actor: "anna", Action: account.FiguresImported, Subject: "x.csv", Area: "kreis"}
		source := baseline.Source{Title: "Tabelle 1", Publisher: "Amt", Day: "2024-12-31", Licence: "dl-de/by-2-0", File: "x.csv", SHA256: "00"}
		must(t, db.PutFigures(ctx, entry, seen, source, []store.Figure{figure("stadt", 34.5, 69, 200), figure("andere", 2, 4, 200)}))
		wants(db.PutFigures(ctx, entry, seen, source, []store.Figure{figure("stadt", 1)}), failure.Conflict, "")
		wants(db.PutFigures(ctx, entry, store.AnyIndicators, source, []store.Figure{figure("stadt", 101)}), failure.Invalid, "")
		unknown := figure("stadt", 1)
		unknown.Indicator = "birds"
		wants(db.PutFigures(ctx, entry, store.AnyIndicators, source, []store.Figure{unknown}), failure.NotFound, "")
		b := book()
		stored = b.Find("rate")
		if len(stored.Values) != 2 || len(b.Sources) != 1 {
			t.Fatalf("%+v, %+v", stored.Values, b.Sources)
		}
		for _, v := range stored.Values {
			from := b.Sources[v.Source]
			if from.Title != "Tabelle 1" || from.Imported != "2026-03-02" || from.SHA256 != "00" || from.Licence == "" {
				t.Errorf("source %+v", from)
			}
			if v.Hidden != (v.Area == "andere") { // four of two hundred, and the source is not public
				t.Errorf("%+v", v)
			}
		}
		target := baseline.Target{Area: "stadt", Baseline: 30, BaselineDay: "2024-01-01", Goal: 40, Due: "2026-12-31", Note: "Ratsbeschluss"}
		must(t, db.SetTarget(ctx, "anna", "rate", target))
		target.Goal = 50
		wants(db.SetTarget(ctx, "anna", "rate", target), failure.Conflict, "indicators.problem.target_taken")
		wants(db.SetTarget(ctx, "anna", "birds", target), failure.NotFound, "")
		target.Due = "2020-01-01"
		wants(db.SetTarget(ctx, "anna", "rate", target), failure.Invalid, "indicators.problem.due")
		fact := book().In(book().Find("rate"), "stadt", "2026-03-02")
		if fact.Target.Goal != 40 || fact.Target.Set != "2026-03-02" || fact.Judgement.State != baseline.OnCourse {
			t.Errorf("%+v", fact)
		}
		change := stored.Indicator
		change.Unit = baseline.PerMille
		wants(db.SaveIndicator(ctx, "anna", change), failure.Invalid, "indicators.problem.unit_used")
		change.Unit, change.Direction = baseline.Percent, baseline.Lower
		wants(db.SaveIndicator(ctx, "anna", change), failure.Invalid, "indicators.problem.direction_used")
		change.Direction, change.Public, change.Age = baseline.Higher, true, nil
		must(t, db.SaveIndicator(ctx, "anna", change))
		wants(db.SaveIndicator(ctx, "anna", change), failure.Conflict, "") // of the revision before
		must(t, db.PutFigures(ctx, entry, store.AnyIndicators, source, []store.Figure{figure("stadt", 35)}))
		stored = book().Find("rate")
		at := slices.IndexFunc(stored.Values, func(v baseline.Value) bool { return v.Area == "stadt" })
		if v := stored.Values[at]; v.Value != 35 || v.Numerator != nil || stored.Age != nil || len(stored.Values) != 2 || stored.Values[1-at].Hidden {
			t.Errorf("after the change %+v", stored)
		}
		wants(db.RemoveArea(ctx, account.Entry{Actor: "anna", Action: account.AreaRemoved}, store.AnyIndicators, "stadt", func([]catalogue.Area) error { return nil }), failure.Conflict, "error.area_used")
		must(t, db.RemoveFigure(ctx, "anna", "rate", "andere", "2024"))
		wants(db.RemoveFigure(ctx, "anna", "rate", "andere", "2024"), failure.NotFound, "")
		must(t, db.RemoveTarget(ctx, "anna", "rate", "stadt", "2026-12-31"))
		wants(db.RemoveTarget(ctx, "anna", "rate", "stadt", "2026-12-31"), failure.NotFound, "")
		wants(db.RemoveIndicator(ctx, "anna", seen, "rate"), failure.Conflict, "")
		must(t, db.RemoveIndicator(ctx, "anna", book().Revision, "rate"))
		wants(db.RemoveIndicator(ctx, "anna", book().Revision, "rate"), failure.NotFound, "")
		if b := book(); len(b.Series) != 0 || len(b.Sources) != 2 { // what was imported stays written down
			t.Errorf("in the end %+v", b)
		}
		lines, err := db.AuditLog(ctx, 0, 100, func(string) bool { return true })
		must(t, err)
		var told []string
		for _, line := range lines {
			told = append(told, string(line.Action)+" "+line.Area)
		}
		slices.Reverse(told)
		want := "indicator.added |figures.imported kreis|target.set stadt|indicator.changed |figures.imported kreis|figure.removed andere|target.removed stadt|indicator.removed "
		if got := strings.Join(told, "|"); got != want {
			t.Errorf("the log says %s", got)
		}
	})
}

// TestManyFigures: more than one statement takes.
func TestManyFigures(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		db := open(t, dsn, newClock())
		must(t, db.SaveIndicator(ctx, "anna", rate()))
		var figures []store.Figure
		for year := range 100 {
			for _, area := range []string{"kreis", "stadt", "andere"} {
				one := figure(area, float64(year))
				one.Period, one.Day = fmt.Sprint(1950+year), fmt.Sprintf("%d-12-31", 1950+year)
				figures = append(figures, one)
			}
		}
		must(t, db.PutFigures(ctx, account.Entry{Actor: "anna", Action: account.FiguresImported}, 1, baseline.Source{Title: "x"}, figures))
		book, err := db.Indicators(ctx, countyAreas(t))
		must(t, err)
		if got := len(book.Find("rate").Values); got != 300 {
			t.Errorf("%d values", got)
		}
	})
}

// TestIndicatorsOfAnotherProcess: what another process changes is seen at once, and
// what a reader does with a book changes none of the next.
func TestIndicatorsOfAnotherProcess(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, areas := context.Background(), countyAreas(t)
		here, there := open(t, dsn, newClock()), open(t, dsn, newClock())
		must(t, here.SaveIndicator(ctx, "anna", rate()))
		entry := account.Entry{Actor: "anna", Action: account.FigureSet}
		for at, db := range []*store.DB{here, there, here} {
			must(t, db.PutFigures(ctx, entry, store.AnyIndicators, baseline.Source{Title: "x"}, []store.Figure{figure("stadt", float64(10+at))}))
			for _, reader := range []*store.DB{here, there} {
				book, err := reader.Indicators(ctx, areas)
				must(t, err)
				if got := book.Find("rate").Values; len(got) != 1 || got[0].Value != float64(10+at) {
					t.Errorf("after change %d: %+v", at, got)
				}
				book.Find("rate").Values[0].Value = 99
			}
		}
		must(t, there.Wipe(ctx))
		if book, err := here.Indicators(ctx, areas); err != nil || len(book.Series) > 0 {
			t.Errorf("after everything was wiped: %+v, %v", book, err)
		}
	})
}
