package response_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
)

// household has every type of question, repeats in repeats, and expressions
// from inside and outside of them.
const household = `
id: household
version: "1"
language: de
title: Haushalt
choices:
  yes_no:
    - {name: "yes", label: Ja}
    - {name: "no", label: Nein}
  size:
    - {name: "1", label: klein}
    - {name: "2", label: groß}
    - {name: "3", label: sehr groß}
  source:
    - {name: tap, label: Wasser aus dem Hahn}
    - {name: well, label: Brunnen}
    - {name: shop, label: Aus dem Laden}
    - {name: other, label: Anderes}
  town:
    - {name: marl, label: Marl, values: {county: re}}
    - {name: herten, label: Herten, values: {county: re}}
    - {name: bochum, label: Bochum, values: {county: bo}}
  county:
    - {name: re, label: Recklinghausen}
    - {name: bo, label: Bochum}
questions:
  - {type: note, name: welcome, label: Willkommen, required: true}
  - type: group
    name: about
    label: Über Sie
    questions:
      - {type: integer, name: age, label: Alter, constraint: ". >= 0 and . < 120", constraint_message: Bitte prüfen}
      - {type: select_one size, name: size, label: Größe}
      - {type: text, name: remark, label: Anmerkung}
  - {type: select_one yes_no, name: water, label: Wasser?, required: true}
  - type: group
    name: details
    label: Wasser
    relevant: ${water} = 'yes'
    questions:
      - {type: select_multiple source, name: sources, label: Woher, required: "${age} > 17", required_message: Für Erwachsene nötig}
      - {type: text, name: sources_other, label: Welche, relevant: "selected(${sources}, 'other')"}
  - {type: decimal, name: cost, label: Kosten}
  - {type: date, name: since, label: Seit, constraint: . <= today()}
  - {type: acknowledge, name: agreed, label: Einverstanden}
  - {type: select_one county, name: county, label: Kreis}
  - {type: select_one town, name: town, label: Stadt, choice_filter: "county = ${county}"}
  - {type: hidden, name: origin}
  - {type: calculate, name: double_age, calculation: "${age} * 2"}
  - {type: integer, name: next_age, label: Nächstes Jahr, read_only: true, calculation: "${age} + 1"}
  - type: repeat
    name: children
    label: Kinder
    relevant: not(${age} < 14)
    questions:
      - {type: text, name: nick, label: Name, required: true}
      - {type: integer, name: child_age, label: Alter, constraint: ". < ${age}", constraint_message: Jünger als Sie}
      - {type: text, name: school, label: Schule, relevant: "${child_age} > 5"}
      - type: repeat
        name: hobbies
        label: Hobbys
        questions:
          - {type: text, name: hobby, label: Was}
          - {type: calculate, name: whose, calculation: "concat(${nick}, ': ', ${hobby})"}
  - {type: calculate, name: first_child, calculation: "${nick}"}
  - {type: note, name: grown_up, label: Schon groß, relevant: "${child_age} > 17"}
  - {type: integer, name: rooms, label: Zimmer}
  - type: repeat
    name: room
    label: Zimmer
    repeat_count: ${rooms}
    questions:
      - {type: decimal, name: area_m2, label: Fläche}
  - type: group
    name: own
    label: Einrichtung
    attributed: true
    questions:
      - {type: integer, name: places, label: Plätze}
`

func compiled(t testing.TB, text string) *survey.Version {
	t.Helper()
	read, found := survey.ReadYAML("survey.yaml", []byte(text))
	if found.Fatal() {
		t.Fatal(found)
	}
	version, found := survey.Compile(read)
	if found.Fatal() {
		t.Fatal(found)
	}
	return version
}

// noon is the respondent's time in all tests.
func noon() time.Time { return time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC) }

// given reads a query string as the document sends it.
func given(t testing.TB, query string) map[string][]string {
	t.Helper()
	fields, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return fields
}

// listed writes problems as "name key", the key without its room.
func listed(problems []response.Problem) string {
	var out []string
	for _, one := range problems {
		out = append(out, one.Name+" "+strings.TrimPrefix(one.Key, "respondent.problem."))
	}
	return strings.Join(out, "; ")
}

func document(answers *response.Answers) string {
	return string(answers.AppendJSON(nil, response.Anonymous))
}
