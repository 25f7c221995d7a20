package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testinput"
)

// reviewOf checks one file and returns what the report says.
func reviewOf(t *testing.T, path string) (reportJSON, []findingJSON) {
	t.Helper()
	var printed struct {
		Findings []findingJSON `json:"findings"`
		Reports  []reportJSON  `json:"reports"`
	}
	text := succeed(t, "check", "--json", path)
	if err := json.Unmarshal([]byte(text), &printed); err != nil || len(printed.Reports) != 1 {
		t.Fatalf("%s: %v\n%s", path, err, text)
	}
	printed.Findings = slices.DeleteFunc(printed.Findings, func(one findingJSON) bool { return !strings.HasPrefix(one.Code, "review.") })
	return printed.Reports[0], printed.Findings
}

// TestReportOnRealForms asserts what is true of them, seen with one's own eyes
// in the sheets, and that nothing else is called unreachable.
func TestReportOnRealForms(t *testing.T) {
	dir := filepath.Join(testinput.Dir(t), "xlsform")
	type place struct {
		code         string
		sheet        string
		line, column int
	}
	for _, test := range []struct {
		file        string
		unreachable []string
		missing     int // texts in the source language
		findings    []place
	}{
		// The list of the question above has no "other", only "andere_personen".
		{"mitwirken_umfrage.xlsx", []string{"teilhabe_gruppen_other"}, 0, []place{
			{"review.no_such_choice", "survey", 28, 7}, {"review.unreachable", "survey", 28, 7}, {"review.hard_to_read", "survey", 57, 4}}},
		{"odk_all_question_types.xlsx", nil, 0, []place{{"review.list_unused", "choices", 12, 1}, {"review.long_text", "survey", 2, 4}}},
		// A question that the author has switched off by relevance FALSE.
		{"odk_socio_economic_en_fr.xlsx", []string{"se_list"}, 0, []place{{"review.unreachable", "survey", 11, 13}, {"review.list_unused", "choices", 74, 1}}},
		// "dont_know" stands in most lists of this form, but not in that one.
		// Eight constraint messages are there in Arabic only.
		{"reach_assessment_en_ar.xlsx", nil, 8, []place{{"review.no_such_choice", "survey", 227, 10}, {"review.long_text", "survey", 10, 3},
			{"review.no_measures", "survey", 7, 2}}},
	} {
		report, findings := reviewOf(t, filepath.Join(dir, test.file))
		if !slices.Equal(report.Unreachable, append([]string{}, test.unreachable...)) {
			t.Errorf("%s: said to be unreachable: %v", test.file, report.Unreachable)
		}
		for _, want := range test.findings {
			if !slices.ContainsFunc(findings, func(one findingJSON) bool { return place{one.Code, one.Sheet, one.Line, one.Column} == want }) {
				t.Errorf("%s: %v is not found in %+v", test.file, want, findings)
			}
		}
		for _, one := range findings {
			switch one.Code {
			case "review.never_offered", "review.offers_nothing", "review.constraint_never", "review.contradicts_group", "review.always", "review.never":
				t.Errorf("%s: %+v", test.file, one)
			}
		}
		if source := report.Languages[0]; source.Needed-source.Present != test.missing {
			t.Errorf("%s: languages %+v", test.file, report.Languages)
		}
	}
}

func TestCheckPrintsTheReport(t *testing.T) {
	stdout := succeed(t, "check", "../../surveys")
	for _, want := range []string{
		"Report on families/survey.yaml (families)", "de         103 of 103 texts (100 %), source language",
		"Reading ease (de, Flesch-Amstad): 73 – rather easy",
		"schools/survey.yaml:64:9: hint: “role” names no field of action.\n    Say with “measures”",
		"5 surveys checked",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	file := written(t, "s.yaml", strings.Replace(evalSurvey, "${kind} = 'school'", "${kind} = 'School'", 1))
	report, findings := reviewOf(t, file)
	if want := []string{"child", "age", "why", "more", "town"}; !slices.Equal(report.Unreachable, want) || report.File != file {
		t.Errorf("%+v", report)
	}
	for _, one := range findings {
		if one.Code == "review.unreachable" {
			if one.Line != 16 || one.Cell != "${kind} = 'School'" || one.Severity != "warning" || one.File != file || one.Cure == "" {
				t.Errorf("%+v", one)
			}
			return
		}
	}
	t.Errorf("no unreachable group in %+v", findings)
}

// TestReportNamesFilesAsFindingsDo: both say the same of one survey.
func TestReportNamesFilesAsFindingsDo(t *testing.T) {
	for path, want := range map[string]string{
		"../../surveys/families":             filepath.Join("families", "survey.yaml"),
		"../../surveys/families/survey.yaml": filepath.Join("families", "survey.yaml"),
		"some.xlsx":                          "some.xlsx",
		"folder/some.yaml":                   "folder/some.yaml",
	} {
		if got := fileOf(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if _, _, err := readSurvey("../../surveys/families"); err != nil {
		t.Error(err)
	}
	if level(survey.Completeness{}.Share()*100) != "easy" || level(12) != "very_hard" || level(65) != "plain" {
		t.Error("levels of reading")
	}
}
