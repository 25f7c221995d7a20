package survey_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
)

// places lists findings as "line:column key".
func places(findings failure.Findings) []string {
	list := make([]string, len(findings))
	for i, one := range findings {
		list[i] = fmt.Sprintf("%d:%d %s", one.Line, one.Column, strings.TrimPrefix(one.Key, "survey."))
	}
	return list
}

// read reads and compiles a survey and returns all findings.
func read(text string) (*survey.Version, failure.Findings) {
	s, findings := survey.ReadYAML("test.yaml", []byte(text))
	if s == nil || findings.Fatal() {
		return nil, findings
	}
	version, more := survey.Compile(s)
	return version, append(findings, more...)
}

// whole is a survey around some questions.
func whole(questions string) string {
	return "id: t\nlanguage: de\ntitle: T\nchoices:\n  yn:\n    - {name: y, label: ja}\n    - {name: n, label: nein}\nquestions:\n" + questions
}

func TestFindingsNameTheirPlaceAndComeAllAtOnce(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"not YAML":            {"id: [", []string{"1:5 yaml_syntax"}},
		"empty":               {"", []string{"0:0 not_one_document"}},
		"two documents":       {"id: a\n---\nid: b\n", []string{"0:0 not_one_document"}},
		"a list":              {"- a\n", []string{"1:1 want_mapping", "1:1 missing_key", "1:1 missing_key", "1:1 missing_key"}},
		"unknown and missing": {"id: t\nlanguage: de\ntitel: T\nquestions: []\n", []string{"1:3 missing_key", "3:1 unknown_key"}},
		"wrong kinds": {
			"id: t\nlanguage: de\ntitle: {a: b}\nchoices:\n  l: x\nquestions: 7\n",
			[]string{"3:8 want_text", "5:6 want_list", "6:12 want_list"},
		},
		"inside a question": {
			whole("  - type: integer\n    name: a\n    label: A\n    sensitive: perhaps\n    lable: X\n    measures: {field: f, as: wish}\n"),
			[]string{"12:16 want_boolean", "13:5 unknown_key", "14:15 unknown_aspect"},
		},
		"duplicate key":  {whole("  - type: note\n    name: a\n    name: b\n    label: A\n"), []string{"11:5 duplicate_key"}},
		"bad reference":  {whole("  - type: note\n    name: a\n    label: A\n    relevant: ${b} = 1 and ${c} = 2\n"), []string{"12:15 unknown_reference", "12:15 unknown_reference"}},
		"forgotten ${}":  {whole("  - type: integer\n    name: a\n    label: A\n    relevant: b = 1\n"), []string{"12:15 unknown_column"}},
		"bad names":      {whole("  - {type: text, name: 1a, label: A}\n  - {type: text, name: code, label: A}\n  - {type: text, label: A}\n  - {type: text, name: x, label: A}\n  - {type: text, name: x, label: A}\n"), []string{"9:24 bad_name", "10:24 reserved_name", "11:6 node_without_name", "13:24 duplicate_name"}},
		"unknown list":   {whole("  - {type: select_one ny, name: a, label: A}\n"), []string{"9:12 unknown_list"}},
		"unknown type":   {whole("  - {type: interger, name: a, label: A}\n"), []string{"9:12 unknown_type"}},
		"ring of two":    {whole("  - {type: text, name: a, label: A, relevant: \"${b} = 'x'\"}\n  - {type: text, name: b, label: B, relevant: \"${a} = 'x'\"}\n"), []string{"9:6 cycle"}},
		"ring of itself": {whole("  - {type: calculate, name: a, calculation: \"${a} + 1\"}\n"), []string{"9:6 cycle"}},
		"ring through a group": {
			whole("  - type: group\n    name: g\n    label: G\n    relevant: ${a} = 'x'\n    questions:\n      - {type: text, name: a, label: A}\n"),
			[]string{"9:5 cycle"},
		},
		"choices": {
			"id: t\nlanguage: de\ntitle: T\nchoices:\n  l:\n    - {name: a b, label: A}\n    - {label: B}\n    - {name: c, label: C}\n    - {name: c, label: C}\n  m: []\nquestions:\n  - {type: text, name: q, label: Q}\n",
			[]string{"6:8 choice_spaced", "7:8 choice_without_name", "9:8 duplicate_choice", "10:3 empty_list"},
		},
		"attributed in a repeat": {
			whole("  - type: repeat\n    name: r\n    label: R\n    questions:\n      - type: group\n        name: g\n        label: G\n        attributed: true\n        questions:\n          - {type: text, name: q, label: Q}\n"),
			[]string{"16:21 attributed_in_repeat"},
		},
		"warnings alone": {whole("  - {type: text, name: q}\n"), []string{"9:6 question_without_label"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, findings := read(test.text)
			if got := places(findings); !slices.Equal(got, test.want) {
				t.Errorf("findings\n %q, want\n %q", got, test.want)
			}
		})
	}
}

func TestSuggestions(t *testing.T) {
	_, findings := read(whole("  - {type: interger, name: age, label: A}\n"))
	if got := findings[0].Params["suggestion"]; got != "integer" {
		t.Errorf("interger: suggests %q", got)
	}
	_, findings = read(whole("  - {type: integer, name: children, label: A}\n  - {type: text, name: b, label: B, relevant: \"${childern} > 1\"}\n"))
	if got := findings[0].Params["suggestion"]; got != "children" {
		t.Errorf("childern: suggests %q", got)
	}
}

func TestHostileTextIsRefusedQuickly(t *testing.T) {
	for name, text := range map[string]string{
		"brackets":    strings.Repeat("[", 1_000_000),
		"dashes":      strings.Repeat("- ", 500_000),
		"anchors":     "a: &a [x]\nid: *a\n",
		"large":       "id: " + strings.Repeat("x", 5<<20),
		"binary":      "\x00\x01\x02",
		"broken UTF8": "id: \xff\xfe\n",
	} {
		t.Run(name, func(t *testing.T) {
			if _, findings := read(text); !findings.Fatal() {
				t.Errorf("accepted, findings %v", findings)
			}
		})
	}
}

func TestTranslations(t *testing.T) {
	s, findings := survey.ReadYAML("t.yaml", []byte(whole("  - {type: text, name: q, label: Frage, hint: Hinweis}\n")))
	if findings.Fatal() {
		t.Fatal(findings)
	}
	findings = survey.ReadTranslation(s, "ar.yaml", []byte(`
language: ar
title: {text: عنوان, state: reviewed, source: `+survey.SourceHash("T")+`}
questions:
  q:
    label: {text: سؤال, state: draft, source: 000000000000}
  gone:
    label: {text: x}
choices:
  yn:
    y: {label: {text: نعم}}
`))
	if got := places(findings); !slices.Equal(got, []string{"7:3 translates_nothing"}) {
		t.Fatalf("findings %q", got)
	}
	version, findings := survey.Compile(s)
	if findings.Fatal() {
		t.Fatal(findings)
	}
	stale, missing := map[string]bool{}, map[string]bool{}
	for _, one := range survey.Check(version, survey.Known{}) {
		name := fmt.Sprint(one.Params["text"])
		switch one.Key {
		case "survey.translation_stale":
			stale[name] = true
		case "survey.translation_missing":
			missing[name] = true
		}
	}
	if len(stale) != 1 || !stale["q/label"] {
		t.Errorf("stale: %v, want q/label", stale)
	}
	if len(missing) != 2 || !missing["q/hint"] || !missing["yn/n"] {
		t.Errorf("missing: %v, want q/hint and yn/n", missing)
	}
	if text, language := version.Title.In("fa", "ar", "de"); text != "عنوان" || language != "ar" {
		t.Errorf("title in fa, ar, de: %q in %s", text, language)
	}
}

func TestOrderPutsWhatIsReferredToFirst(t *testing.T) {
	version, findings := read(whole(`  - {type: text, name: a, label: A, relevant: "${c} > 2"}
  - {type: integer, name: b, label: B}
  - {type: calculate, name: c, calculation: "${b} * 2"}
`))
	if findings.Fatal() {
		t.Fatal(findings)
	}
	at := map[string]int{}
	for i, e := range version.Order() {
		at[e.Name] = i
	}
	if len(at) != 3 || at["b"] > at["c"] || at["c"] > at["a"] {
		t.Errorf("order %v", at)
	}
}

func TestScales(t *testing.T) {
	for scores, want := range map[string]int{"1 2 3": 3, "1 2 3 -": 3, "1 3": 0, "1 1 2": 0, "1": 0, "0 1 2": 0, "- -": 0} {
		list := &survey.ChoiceList{}
		for i, score := range strings.Fields(scores) {
			choice := &survey.Choice{Name: fmt.Sprint(i), NonSubstantive: score == "-"}
			var value int
			if _, err := fmt.Sscan(score, &value); err == nil {
				choice.Score = &value
			}
			list.Choices = append(list.Choices, choice)
		}
		if got := list.Scale(); got != want {
			t.Errorf("scores %s: scale %d, want %d", scores, got, want)
		}
	}
}

func FuzzReadYAML(f *testing.F) {
	for _, name := range []string{"families", "schools", "youth_services"} {
		content, err := os.ReadFile("../../surveys/" + name + "/survey.yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Add([]byte(whole("  - {type: repeat, name: r, questions: [{type: date, name: d, label: D}]}\n")))
	f.Fuzz(func(t *testing.T, content []byte) {
		s, findings := survey.ReadYAML("fuzz.yaml", content)
		if s == nil || findings.Fatal() {
			return
		}
		if version, _ := survey.Compile(s); version == nil {
			return
		}
		written, err := survey.WriteYAML(s)
		if err != nil {
			t.Fatal(err)
		}
		if again, findings := survey.ReadYAML("again.yaml", written); again == nil || findings.Fatal() {
			t.Fatalf("cannot read back what was written: %v\n%s", findings, written)
		}
	})
}

// TestCheckPictograms: a pictogram that nobody has drawn is told with the
// nearest one; without a list of those drawn nothing is said.
func TestCheckPictograms(t *testing.T) {
	read, findings := survey.ReadYAML("test.yaml", []byte(`
id: pictured
language: de
title: Bilder
choices:
  way: [{name: a, label: A, pictogram: distanse}, {name: b, label: B, pictogram: money}]
questions:
  - {type: select_one way, name: way, label: Weg, pictogram: moneys}
  - {type: text, name: why, label: Warum}
`))
	version, more := survey.Compile(read)
	if version == nil || findings.Fatal() {
		t.Fatal(findings, more)
	}
	got := survey.Check(version, survey.Known{Pictograms: []string{"money", "distance"}})
	var told []string
	for _, one := range got {
		if one.Key == "survey.unknown_pictogram" && one.Severity == failure.Warning && one.Line > 0 {
			told = append(told, fmt.Sprint(one.Params["name"], " ", one.Params["suggestion"]))
		}
	}
	if want := []string{"way/a distance", "way money"}; !slices.Equal(told, want) {
		t.Errorf("told %v, not %v: %v", told, want, got)
	}
	if got := survey.Check(version, survey.Known{}); len(got) != 0 {
		t.Errorf("told without knowing any: %v", got)
	}
}
