package response_test

import (
	"strings"
	"testing"

	"bedarfslotse/internal/response"
)

// chosen lets people choose inside and outside of the repeats that they choose
// from.
const chosen = `
id: chosen
language: de
title: T
questions:
  - {type: text, name: town, label: O}
  - type: repeat
    name: house
    label: H
    questions:
      - type: repeat
        name: person
        label: P
        questions:
          - {type: text, name: name, label: N}
          - {type: integer, name: age, label: A}
          - {type: text, name: secret, label: S, relevant: "${age} > 17"}
          - {type: "select_one ${name}", name: friend, label: F, choice_filter: "${name} != current()/../name"}
      - {type: integer, name: least, label: L}
      - type: repeat
        name: adult
        label: E
        questions:
          - {type: "select_one ${name}", name: who, label: W, choice_filter: "${age} >= ${least}"}
  - {type: "select_one ${name}", name: anybody, label: J, constraint: ". != ${town}"}
  - {type: "select_one ${secret}", name: told, label: G}
`

func TestChoicesFromAnswers(t *testing.T) {
	version := compiled(t, chosen)
	people := "house[0].person[0].name=Ada Lovelace&house[0].person[0].age=36&house[0].person[0].secret=s&" +
		"house[0].person[1].name=Kim&house[0].person[1].age=7&house[0].person[1].secret=hidden&house[0].person[2].age=9&house[0].least=18&" +
		"house[1].person[0].name=Kim&house[1].person[0].age=40&house[1].least=5&"
	for query, want := range map[string]string{
		"anybody=Ada Lovelace":               "",
		"anybody= Kim ":                      "",
		"anybody=Ada":                        "anybody choice_not_offered",
		"anybody=ada lovelace":               "anybody choice_not_offered",
		"anybody=Kim&anybody=Ada Lovelace":   "anybody several_values",
		"anybody=Kim&town=Kim":               "anybody constraint",
		"told=s":                             "",
		"told=hidden":                        "told choice_not_offered",
		"house[0].adult[0].who=Ada Lovelace": "",
		"house[0].adult[0].who=Kim":          "house[0].adult[0].who choice_not_offered",
		"house[1].adult[0].who=Kim":          "",
		"house[1].adult[0].who=Ada Lovelace": "house[1].adult[0].who choice_not_offered",
		"house[0].person[0].friend=Kim":      "",
		"house[0].person[1].friend=Kim":      "house[0].person[1].friend choice_not_offered",
	} {
		answers, problems := response.Read(version, given(t, people+query))
		if got := listed(append(problems, answers.Check(noon())...)); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
		back, err := response.FromJSON(version, answers.AppendJSON(nil, response.Anonymous))
		if err != nil || document(back) != document(answers) {
			t.Errorf("%s: %s came back as %s, %v", query, document(answers), document(back), err)
		}
	}
	answers, _ := response.Read(version, given(t, people))
	answers.Check(noon())
	for prefix, want := range map[string]string{"": "Ada Lovelace|Kim", "house[1].": "Kim", "house[7].person[0].": ""} {
		place, known := answers.At(prefix)
		if !known {
			t.Errorf("there is no place %q", prefix)
			continue
		}
		if got := strings.Join(answers.AnswersFor(place, version.Element("anybody"), noon()), "|"); got != want {
			t.Errorf("seen from %q: %s, want %s", prefix, got, want)
		}
	}
}
