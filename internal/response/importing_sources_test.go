package response_test

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/tabular"
	"bedarfslotse/internal/testinput"
)

// mapped reads a whole table by a mapping, nil for what its header says.
func mapped(t *testing.T, version *survey.Version, content []byte, mapping []string) (*response.Importer, []response.Imported) {
	t.Helper()
	table, err := tabular.OpenTable(bytes.NewReader(content), tabular.Options{})
	if err != nil {
		t.Fatal(err)
	}
	im, _ := response.NewImporter(version, table.Header().Cells, response.ImportOptions{Now: time.Date(2021, 8, 1, 12, 0, 0, 0, time.UTC), Mapping: mapping})
	var rows []response.Imported
	for row, err := range table.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, im.Row(row))
	}
	return im, rows
}

// TestMeaningsReadTheSame: what the headers are said to mean, given back as a
// mapping, reads every row of the real file as before.
func TestMeaningsReadTheSame(t *testing.T) {
	version, content := reachSurvey(t), testinput.Read(t, reachCSV)
	im, want := mapped(t, version, content, nil)
	if im.Source() != response.Kobo {
		t.Errorf("the file is of %s", im.Source())
	}
	again, got := mapped(t, version, content, im.Meanings())
	if !slices.Equal(im.Meanings(), again.Meanings()) {
		t.Errorf("the meanings change:\n%v\n%v", im.Meanings(), again.Meanings())
	}
	for i := range want {
		a, b := string(want[i].Answers.AppendJSON(nil, response.Anonymous)), string(got[i].Answers.AppendJSON(nil, response.Anonymous))
		if a != b || want[i].ExternalID != got[i].ExternalID || want[i].Day != got[i].Day || !reflect.DeepEqual(want[i].Aside, got[i].Aside) {
			t.Fatalf("row %d: %s, not %s", i, b, a)
		}
	}
	names := map[string]bool{}
	for _, target := range response.ImportTargets(version) {
		names[target.Name] = true
	}
	for i, meaning := range im.Meanings() {
		if meaning != "" && !strings.HasPrefix(strings.TrimPrefix(meaning, "X"), "_") && !names[meaning] && !strings.Contains(meaning, "/") {
			t.Errorf("column %d is read as %q, which is not among the targets", i, meaning)
		}
	}
}

// TestMapping: a person says what a column means, leaves one out, and the row
// keeps its name whatever they say.
func TestMapping(t *testing.T) {
	version := reachSurvey(t)
	question := ""
	for _, e := range version.Elements {
		if e.Type == survey.Integer && e.Within == nil {
			question = e.Name
			break
		}
	}
	content := []byte("Frage A,Notiz\n17,x\n")
	im, rows := mapped(t, version, content, []string{question, ""})
	if got := rows[0].Answers.Top().Text(version.Element(question)); got != "17" || len(rows[0].Aside) > 0 || len(im.Findings()) > 0 {
		t.Errorf("read as %q with %v", got, rows[0].Aside)
	}
	_, other := mapped(t, version, content, []string{"", question})
	if rows[0].ExternalID != other[0].ExternalID {
		t.Error("the row has another id when it is read in another way")
	}
	if len(other[0].Aside) != 1 || other[0].Aside[0].Name != "Notiz" {
		t.Errorf("what does not fit: %+v", other[0].Aside)
	}
}

// TestLimeSurvey reads an export with codes as LimeSurvey writes them: without
// underscores, choices in brackets, Y and N, day and language in its columns.
func TestLimeSurvey(t *testing.T) {
	version := compiled(t, `
id: lime
version: "1"
language: de
title: T
choices:
  yes_no: [{name: "Y", label: ja}, {name: "N", label: nein}]
  help: [{name: bus, label: Bus}, {name: course, label: Kurs}]
questions:
  - {type: select_one yes_no, name: language_help, label: Hilfe?}
  - {type: select_multiple help, name: what_helps, label: Was?}
  - {type: integer, name: Q7, label: Wie viele?}
`)
	content := []byte("\"id\",\"submitdate\",\"lastpage\",\"startlanguage\",\"seed\",\"languagehelp\",\"whathelps[bus]\",\"whathelps[course]\",\"Q7\"\n" +
		"\"11\",\"2026-03-01 10:22:11\",\"3\",\"de\",\"77\",\"Y\",\"Y\",\"N\",\"4\"\n\"12\",\"1980-01-01 00:00:00\",\"3\",\"de\",\"78\",\"N\",\"\",\"\",\"\"\n")
	im, rows := mapped(t, version, content, nil)
	if im.Source() != response.LimeSurvey || len(rows) != 2 {
		t.Fatalf("%s, %d rows", im.Source(), len(rows))
	}
	first := rows[0]
	if got := string(first.Answers.AppendJSON(nil, response.Anonymous)); !strings.Contains(got, `"Y"`) || !strings.Contains(got, `bus`) || strings.Contains(got, "course") || !strings.Contains(got, "4") {
		t.Errorf("the answers are %s", got)
	}
	if first.ExternalID != "11" || first.Day != "2026-03-01" || first.Language != "de" || rows[1].Day != "" || rows[1].ExternalID != "12" || len(first.Aside) > 0 {
		t.Errorf("the process: %+v", rows)
	}
}
