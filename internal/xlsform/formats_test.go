package xlsform

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/testinput"
)

// sample reads a workbook that other programs saved.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "tabular", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// TestFormsReadAlikeInEveryFormat reads forms that were saved as .xlsx, as .xls
// of Excel 97 and as .xls of Excel 95, each under the wrong name, and compares
// the surveys and the findings.
func TestFormsReadAlikeInEveryFormat(t *testing.T) {
	for old, fresh := range map[string]string{"form.xls": "form.xlsx", "latin_excel95.xls": "latin.xlsx"} {
		want, wantFound := Read("household.xls", sample(t, fresh), Options{})
		got, found := Read("household.xlsx", sample(t, old), Options{})
		if want == nil || got == nil || found.Fatal() {
			t.Fatalf("%s: %q %q", old, brief(wantFound), brief(found))
		}
		if mustJSON(t, got) != mustJSON(t, want) {
			t.Errorf("%s differs at %s", old, difference("", document(want), document(got)))
		}
		if !slices.Equal(brief(found), brief(wantFound)) {
			t.Errorf("%s: findings %q, want %q", old, brief(found), brief(wantFound))
		}
	}
}

// TestAFormAsAuthorsWriteThem holds for both formats: a blank first row and a
// blank column, merged cells, headers of all ages, formulas, numbers typed as
// numbers and as text, dates, no-break spaces, smart quotes and spaces behind
// words.
func TestAFormAsAuthorsWriteThem(t *testing.T) {
	for _, name := range []string{"form.xlsx", "form.xls"} {
		t.Run(name, func(t *testing.T) {
			got, found := Read(name, sample(t, name), Options{})
			if got == nil {
				t.Fatal(brief(found))
			}
			var choices []string
			for _, list := range got.Choices {
				for _, choice := range list.Choices {
					choices = append(choices, fmt.Sprintf("%s %s %q %s", list.Name, choice.Name, choice.Label["en"].Text, choice.Values["order"]))
				}
			}
			child := find(t, got, "child")
			for what, pair := range map[string][2]string{
				"settings":   {got.ID + " " + got.Version + " " + strings.Join(got.Languages, " "), "household 20260501 en fr ar"},
				"merged":     {find(t, got, "household").Label["en"].Text, "Your household"},
				"label":      {find(t, got, "q1").Label["en"].Text, "Question\u00a0one"},
				"French":     {find(t, got, "q1").Label["fr"].Text, "Question « une »"},
				"hint":       {find(t, got, "q1").Hint["en"].Text, "A hint"},
				"picture":    {find(t, got, "q1").Media["image"]["ar"], "eins.png"},
				"choice":     {find(t, got, "q1").Default + " " + find(t, got, "q1").Required, "1 yes"},
				"relevance":  {find(t, got, "n").Relevant + "|" + find(t, got, "d").Relevant + "|" + find(t, got, "why").Relevant, `${q1} = '1'|${q1} = "2"|true()`},
				"defaults":   {find(t, got, "n").Default + " " + find(t, got, "d").Default + " " + find(t, got, "day").Default, "3 0.5 2026-03-01"},
				"lines":      {find(t, got, "why").Label["en"].Text, "Why?\nIn two lines"},
				"calculated": {find(t, got, "twice").Calculation, "${n} *  2"},
				"repeat":     {string(child.Type) + " " + child.RepeatCount + " " + child.Label["ar"].Text, "repeat ${n} طفل"},
				"formula":    {find(t, got, "topics").Label["en"].Text, "Topics"},
				"choices":    {strings.Join(choices, ", "), `yn 1 "Yes" 1.5, yn 2 "No" 0.25, yn 03 "Unsure" , topics 2 "Two" , topics a "A" TRUE`},
				"position":   {fmt.Sprint(find(t, got, "n").Place("relevant")), "{survey 6 8}"},
			} {
				if pair[0] != pair[1] {
					t.Errorf("%s: %q, want %q", what, pair[0], pair[1])
				}
			}
			want := []string{"warning sheet_ignored notes:0:0", "warning survey.translation_missing settings:0:0",
				"warning survey.translation_missing survey:4:7", "warning survey.media_missing survey:4:12"}
			if !slices.Equal(brief(found), want) {
				t.Errorf("findings %q, want %q", brief(found), want)
			}
		})
	}
}

// TestAllFindingsComeInOnePass reads one form with a fault of every kind of
// place, in both formats, and holds each finding to what an author needs: code,
// sheet, row, column, the cell's text, and both sentences in both languages.
func TestAllFindingsComeInOnePass(t *testing.T) {
	sheets := map[string][][]any{
		"survey": {
			{"type", "name", "label", "relevent", "constraint"},
			{"texxt", "a", "A"}, nil,
			{"text", "b ", "B", nil, ". > ‘1"},
			{"select_one nowhere", "c", "C"},
			{"text", "b", "Again"},
			{"deviceid", "d", "D"},
			{"text", "1e", "E"},
		},
		"choices":  {{"list name", "name", "label"}, {nil, 1, "lost"}, {"l", "a", "A"}, {"l", "a", "A again"}},
		"settings": {{"form_id", "form_title", "default_langage"}, {"f f", "F", "en"}},
	}
	check := func(content []byte) {
		_, found := Read("faults", content, Options{})
		testinput.CheckFindings(t, found)
		var got []string
		errors := 0
		for _, one := range found {
			got = append(got, fmt.Sprintf("%s %s:%d:%d %q", one.Key[strings.IndexByte(one.Key, '.')+1:], one.Sheet, one.Line, one.Column, one.Cell))
			if one.Severity == failure.Fatal {
				errors++
			}
		}
		want := []string{
			`choice_without_list choices:2:0 "1"`, `duplicate_choice choices:4:2 "a"`,
			`bad_id settings:2:1 "f f"`, `setting_unknown settings:2:3 "en"`,
			`language_assumed survey:1:0 ""`, `column_unknown survey:1:4 "relevent"`, `type_unknown survey:2:1 "texxt"`,
			`unclosed_string survey:4:5 ". > ‘1"`, `unknown_list survey:5:1 "select_one nowhere"`,
			`duplicate_name survey:6:2 "b"`, `declined_device survey:7:1 "deviceid"`, `bad_name survey:8:2 "1e"`,
		}
		if !slices.Equal(got, want) || errors == 0 || errors == len(found) {
			t.Errorf("%d errors among\n%s\nwant\n%s", errors, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	check(workbook(t, sheets))
	check(sample(t, "faults.xls"))
}
