package survey_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testinput"
)

// compiled reads and compiles a survey that has no errors.
func compiled(t testing.TB, text string) *survey.Version {
	t.Helper()
	s, found := survey.ReadYAML("survey.yaml", []byte(text))
	if s == nil || found.Fatal() {
		t.Fatal(found)
	}
	v, found := survey.Compile(s)
	if v == nil {
		t.Fatal(found)
	}
	return v
}

// kinds lists findings as "severity key line:column".
func kinds(found failure.Findings) []string {
	var list []string
	for _, one := range found {
		list = append(list, fmt.Sprintf("%s %s %d:%d", one.Severity, one.Key, one.Line, one.Column))
	}
	return list
}

const odd = `id: odd
language: de
title: T
choices:
  kind:
    - {name: school, label: Schule}
    - {name: daycare, label: Kita}
  town:
    - {name: here, label: Hier, values: {of: school}}
    - {name: there, label: Dort, values: {of: School}}
  unused:
    - {name: x, label: X}
questions:
  - type: select_one kind
    name: kind
    label: Wo?
    measures: {field: x, as: context}
  - type: text
    name: never
    label: Nie
    relevant: ${kind} = 'Schule'
  - type: text
    name: always
    label: Immer
    relevant: ${kind} != 'Kita' or ${kind} = 'school'
  - type: group
    name: schools
    label: Schulen
    relevant: ${kind} = 'school'
    questions:
      - type: text
        name: contradicts
        label: Kita in der Schule
        relevant: ${kind} = 'daycare'
      - type: integer
        name: pupils
        label: Zahl
        constraint: . < 0 and . > 10
        required: ${kind} = 'school' and false()
        measures: {field: x, as: context}
      - type: select_one town
        name: town
        label: Ort
        choice_filter: of = ${kind}
        measures: {field: x, as: context}
      - type: text
        name: rests_on_never_offered
        label: Dort
        relevant: ${town} = 'there'
  - type: group
    name: closed
    label: Zu
    relevant: false()
    questions:
      - type: text
        name: inside
        label: Drin
`

func TestReviewFindsWhatIsCertain(t *testing.T) {
	report := survey.Review(compiled(t, odd))
	want := []string{
		"hint review.list_unused 11:3",
		"hint review.question_without_field 18:5", "warning review.no_such_choice 21:15", "warning review.unreachable 21:15",
		"hint review.question_without_field 22:5", "warning review.no_such_choice 25:15", "hint review.always 25:15",
		"hint review.question_without_field 31:9", "warning review.contradicts_group 34:19",
		"warning review.constraint_never 38:21", "hint review.never 39:19",
		"warning review.never_offered 44:24",
		"hint review.question_without_field 46:9", "warning review.unreachable 49:19",
		"warning review.unreachable 53:15", "hint review.question_without_field 55:9",
	}
	if got := kinds(report.Findings); !slices.Equal(sorted(got), sorted(want)) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	unreachable := []string{"never", "contradicts", "rests_on_never_offered", "closed", "inside"}
	if !slices.Equal(report.Unreachable, unreachable) {
		t.Errorf("unreachable: %v, want %v", report.Unreachable, unreachable)
	}
	testinput.CheckFindings(t, report.Findings)
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

func TestReviewOfTexts(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("Wort ", 50))
	hard := "Die Inanspruchnahme außerunterrichtlicher Betreuungsangebote berücksichtigt unterschiedliche Lebenssituationen benachteiligter Familien. "
	phrase := func(text string) survey.Phrase { return survey.Phrase{Text: text} }
	v, found := survey.Compile(&survey.Survey{ID: "texts", Language: "de", Languages: []string{"de", "en", "de-simple"},
		Title: survey.Text{"de": phrase("T"), "en": {Text: "T", State: survey.Draft, Source: "0"}},
		Nodes: []*survey.Node{
			{Type: survey.Note, Name: "intro", Position: survey.Position{Sheet: "s", Line: 8},
				Label: survey.Text{"de": phrase(strings.Repeat(hard, 10)), "en": {Text: "E", State: survey.Reviewed, Source: survey.SourceHash(strings.Repeat(hard, 10))}}},
			{Type: survey.TextType, Name: "q", Position: survey.Position{Sheet: "s", Line: 11}, Label: survey.Text{
				"de":        phrase(long + " " + long),
				"de-simple": phrase("Wir fragen heute alle Kinder und alle Eltern, was sie in der Schule brauchen. Donaudampfschifffahrt?")}},
		}})
	if v == nil {
		t.Fatal(found)
	}
	report := survey.Review(v)
	var got []string
	for _, one := range report.Findings {
		got = append(got, fmt.Sprintf("%s %d %v", one.Key, one.Line, one.Params["language"]))
	}
	want := []string{"review.long_text 8 <nil>", "review.hard_to_read 8 de", "review.long_sentence 11 de", "review.long_text 11 <nil>",
		"review.long_sentence 11 de-simple", "review.long_word 11 de-simple", "review.no_measures 11 <nil>"}
	if !slices.Equal(sorted(got), sorted(want)) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(sorted(got), "\n"), strings.Join(sorted(want), "\n"))
	}
	testinput.CheckFindings(t, report.Findings)
	wantLanguages := []survey.Completeness{
		{Language: "de", Needed: 3, Present: 3}, {Language: "en", Needed: 3, Present: 2, Draft: 1, Reviewed: 1, Stale: 1}, {Language: "de-simple", Needed: 3, Present: 1}}
	if !slices.Equal(report.Languages, wantLanguages) {
		t.Errorf("languages %+v", report.Languages)
	}
	for _, reading := range report.Readings {
		if reading.Enough != (reading.Language == "de") {
			t.Errorf("%s: %d words, enough: %v", reading.Language, reading.Words, reading.Enough)
		}
	}
}

// TestReadingScore computes Amstad's formula by hand: 8 words, 2 sentences, 13
// syllables.
func TestReadingScore(t *testing.T) {
	report := survey.Review(compiled(t, `id: s
language: de
title: T
questions:
  - type: text
    name: q
    label: "Wie **alt** ist Ihr Kind, z. B. ${name}? Lernen Sie gemeinsam."
  - type: text
    name: name
    label: ""
`))
	got := report.Readings[0]
	// Wie alt ist Ihr Kind z B | Ler·nen Sie ge·mein·sam
	if got.Sentences != 2 || got.Words != 10 || got.Syllables != 13 {
		t.Fatalf("%+v", got)
	}
	if want := 180 - 10.0/2 - 58.5*13/10; got.Score != want || got.Enough {
		t.Errorf("score %v, want %v", got.Score, want)
	}
}

func TestReviewOfShippedSurveys(t *testing.T) {
	shipped := os.DirFS(filepath.Join(testinput.Root(t), "surveys"))
	folders, err := survey.Library(shipped)
	if err != nil || len(folders) < 5 {
		t.Fatal(folders, err)
	}
	for _, folder := range folders {
		s, found, err := survey.ReadDir(shipped, folder)
		if err != nil || found.Fatal() {
			t.Fatal(folder, found, err)
		}
		v, _ := survey.Compile(s)
		report := survey.Review(v)
		for _, one := range report.Findings {
			if one.Key != "review.question_without_field" {
				t.Errorf("%s: %s %v at line %d", folder, one.Key, one.Params, one.Line)
			}
		}
		if len(report.Unreachable) > 0 {
			t.Errorf("%s: said to be unreachable: %v", folder, report.Unreachable)
		}
		for _, language := range report.Languages {
			if language.Share() != 1 || language.Stale != 0 {
				t.Errorf("%s: %+v", folder, language)
			}
		}
		for _, reading := range report.Readings {
			if !reading.Enough || reading.Score < 60 || reading.Score > 90 {
				t.Errorf("%s: reading ease %v", folder, reading.Score)
			}
			t.Logf("%s: %.0f, hardest: %+v", folder, reading.Score, reading.Hardest)
		}
	}
}

// TestReviewIsFast: the largest survey that is read, with conditions that are
// dear to decide.
func TestVolumeReview(t *testing.T) {
	testinput.Volume(t)
	var text strings.Builder
	text.WriteString("id: big\nlanguage: de\ntitle: T\nchoices:\n  l:\n")
	for i := range 300 {
		fmt.Fprintf(&text, "    - {name: c%d, label: Antwort, values: {of: c%d}}\n", i, i%7)
	}
	text.WriteString("questions:\n")
	for i := range 20_000 {
		switch before := max(0, i-3); {
		case i%2 == 0 || i < 4:
			fmt.Fprintf(&text, "  - {type: select_multiple l, name: q%d, label: Welche der vielen Dinge brauchen Sie?}\n", i)
		default:
			fmt.Fprintf(&text, "  - {type: text, name: q%d, label: Was?, relevant: \"count-selected(${q%d}) > 1 or selected(${q%d}, 'c1') and selected(${q%d}, 'c2') and selected(${q%d}, 'c3') and ${q%d} != 'x'\"}\n",
				i, before, before, before-before%2, before, max(0, i-1))
		}
	}
	v := compiled(t, text.String())
	start := time.Now()
	report := survey.Review(v)
	t.Logf("%v, %d findings", time.Since(start), len(report.Findings))
	if len(report.Unreachable) != 0 {
		t.Errorf("unreachable: %d", len(report.Unreachable))
	}
	if len(report.Findings) > 500 {
		t.Errorf("%d findings", len(report.Findings))
	}
}

// TestReviewNeedsNoFile: a survey that was made by hand has no places.
func TestReviewNeedsNoFile(t *testing.T) {
	v, found := survey.Compile(&survey.Survey{ID: "s", Language: "de", Nodes: []*survey.Node{{Type: survey.Note, Name: "n"}}})
	if v == nil {
		t.Fatal(found)
	}
	if report := survey.Review(v); len(report.Languages) != 1 || report.Languages[0].Share() != 1 {
		t.Errorf("%+v", report)
	}
}
