package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bedarfslotse/internal/account"
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/store"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testpostgres"
)

const coloured = `
id: coloured
version: "1"
language: de
audience: families
title: Farben
choices:
  colours:
    - {name: red, label: rot}
    - {name: green, label: grün}
    - {name: blue, label: blau}
    - {name: grey, label: grau}
    - {name: black, label: schwarz}
questions:
  - {type: select_one colours, name: colour, label: Farbe}
  - {type: integer, name: age, label: Alter}
`

func colouredWave(t *testing.T, db *store.DB) *store.LiveWave {
	t.Helper()
	s, findings := survey.ReadYAML("coloured.yaml", []byte(coloured))
	if findings.Fatal() {
		t.Fatal(findings)
	}
	version, findings := survey.Compile(s)
	if findings.Fatal() {
		t.Fatal(findings)
	}
	wave, err := db.OpenWave(context.Background(), "carla", fieldwork.Wave{Slug: "w", K: 5}, version)
	must(t, err)
	return wave
}

func merging(name string, choices ...string) analysis.Variable {
	label := map[string]string{"de": "Farben", "en": "colours"}
	return analysis.Variable{Name: name, Label: label, Definition: analysis.Definition{Kind: analysis.Recode, Source: "colour",
		Categories: []analysis.Merged{{Name: "some", Label: label, Choices: choices}}}}
}

func TestVariables(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, c := context.Background(), newClock()
		db := open(t, dsn, c)
		wave := colouredWave(t, db)
		for i := range 60 {
			fields := map[string][]string{"colour": {[]string{"red", "green", "blue"}[i%3]}, "age": {fmt.Sprint(10 + i%30)}}
			_, err := db.Accept(ctx, wave, submission(t, wave, id(i), fields))
			must(t, err)
		}
		must(t, db.SaveVariable(ctx, "anna", wave, 0, merging("warm", "red", "blue")))
		fresh, err := db.Wave(ctx, "w")
		must(t, err)
		if e := fresh.Element("warm"); e == nil || e.Label["de"].Text != "Farben" || fresh.Element("colour") == nil || fresh == wave {
			t.Fatalf("the wave has no such variable: %v", e)
		}
		if again, err := db.Wave(ctx, "w"); err != nil || again != fresh {
			t.Error("nothing has changed, but the wave is another")
		}
		all, err := db.Waves(ctx)
		must(t, err)
		if len(all) != 1 || all[0].Element("warm") == nil {
			t.Error("the list of waves lacks the variable")
		}
		for want, err := range map[failure.Code]error{
			failure.Invalid:  db.SaveVariable(ctx, "anna", wave, 0, merging("warm", "red", "green")), // there is one
			failure.Conflict: db.SaveVariable(ctx, "anna", wave, 9, merging("warm", "red", "green")), // another revision
			failure.NotFound: db.RemoveVariable(ctx, "anna", wave, "cold"),
		} {
			if failure.CodeOf(err) != want {
				t.Errorf("%s: %v", want, err)
			}
		}
		must(t, db.SaveVariable(ctx, "anna", wave, 1, merging("warm", "red", "green")))
		stored, err := db.Variables(ctx, wave.ID)
		must(t, err)
		if len(stored) != 1 || stored[0].Revision != 2 || stored[0].Cut() != "green+red" || stored[0].Label["en"] != "colours" {
			t.Errorf("%+v", stored)
		}
		must(t, db.CloseWave(ctx, "anna", fresh))
		fresh, err = db.Wave(ctx, "w")
		must(t, err)
		explorer, err := db.Explorer(ctx, fresh)
		must(t, err)
		answer, err := explorer.Query(analysis.Query{Questions: []string{"warm"}})
		must(t, err)
		if f := answer.Groups[0].Figures[0]; *f.Base != 60 || *f.Cells[0].Count != 40 || f.Cells[0].Name != "some" {
			t.Errorf("%+v", f)
		}
		must(t, db.RemoveVariable(ctx, "anna", fresh, "warm"))
		fresh, err = db.Wave(ctx, "w")
		must(t, err)
		explorer, err = db.Explorer(ctx, fresh)
		must(t, err)
		if _, err := explorer.Query(analysis.Query{Questions: []string{"warm"}}); failure.CodeOf(err) != failure.Invalid {
			t.Errorf("a removed variable is shown: %v", err)
		}
		entries, err := db.AuditLog(ctx, 0, 100, func(string) bool { return true })
		must(t, err)
		seen := map[account.Action]int{}
		for _, entry := range entries {
			seen[entry.Action]++
		}
		if seen[account.VariableAdded] != 1 || seen[account.VariableChanged] != 1 || seen[account.VariableRemoved] != 1 {
			t.Errorf("%v", seen)
		}
	})
}

// TestCutsAreSpent: from the first release on, respondents cannot be divided in
// ever new ways, not even one after the other.
func TestCutsAreSpent(t *testing.T) {
	testpostgres.Engines(t, func(t *testing.T, dsn string) {
		ctx, c := context.Background(), newClock()
		db := open(t, dsn, c)
		wave := colouredWave(t, db)
		names := []string{"red", "green", "blue", "grey", "black"}
		pairs := [][]string{}
		for i := range names {
			for j := range i {
				pairs = append(pairs, []string{names[j], names[i]})
			}
		}
		try := func(pair []string) error {
			err := db.SaveVariable(ctx, "anna", wave, 0, merging("pair", pair...))
			if err == nil {
				must(t, db.RemoveVariable(ctx, "anna", wave, "pair"))
			}
			return err
		}
		for _, pair := range pairs { // nothing of groups is shown yet
			must(t, try(pair))
		}
		must(t, db.SaveVariable(ctx, "anna", wave, 0, merging("kept", pairs[9]...)))
		must(t, db.CloseWave(ctx, "anna", wave))
		c.advance(time.Hour)
		for i, pair := range pairs[:8] {
			err := try(pair)
			if failed := failure.As(err); (i < 7) != (err == nil) || err != nil && failed.Key != "error.variable_too_many_cuts" {
				t.Errorf("after %d: %v", i, err)
			}
		}
		must(t, try(pairs[0])) // as was shown before
	})
}
