package export_test

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/export"
	"bedarfslotse/internal/response"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testinput"
)

// instrument has every type of question, repeats in repeats, and every reason
// for which a question may be left out of microdata.
const instrument = `
id: everything
version: "1"
language: de
title: Alles
choices:
  arrival:
    - {name: under_1, label: unter 1}
    - {name: years_1_2, label: 1 bis 2}
    - {name: years_3_5, label: 3 bis 5}
    - {name: over_5, label: über 5}
    - {name: silent, label: sage ich nicht, substantive: false}
  scale:
    - {name: "1", label: nein, score: 1}
    - {name: "2", label: halb, score: 2}
    - {name: "3", label: ja, score: 3}
  ways:
    - {name: a, label: A}
    - {name: b, label: B}
    - {name: c, label: C}
questions:
  - {type: integer, name: age, label: Alter}
  - {type: select_one arrival, name: arrival, label: Seit wann}
  - {type: select_multiple ways, name: tongues, label: Sprachen}
  - {type: date, name: born, label: Geboren}
  - {type: decimal, name: income, label: Einkommen}
  - {type: text, name: school, label: Schule}
  - {type: acknowledge, name: agreed, label: Einverstanden}
  - {type: select_one scale, name: status, label: Aufenthalt, sensitive: true}
  - {type: select_one scale, name: after_status, label: Danach, relevant: "${status} = '1'", measures: {field: health, as: need}}
  - {type: select_one scale, name: important, label: Wichtig, measures: {field: health, as: importance}}
  - {type: select_one scale, name: adults, label: Für Große, relevant: "${age} >= 18", measures: {field: health, as: state}}
  - {type: select_multiple ways, name: wishes, label: Wünsche, measures: {field: health, as: need}}
  - {type: text, name: words, label: Worte, measures: {field: health, as: need}}
  - {type: calculate, name: opinion_sum, calculation: "${important} + 1"}
  - {type: calculate, name: age_copy, calculation: "${age} * 2"}
  - {type: calculate, name: words_copy, calculation: "concat(${words}, '!')"}
  - type: repeat
    name: children
    label: Kinder
    questions:
      - {type: text, name: nick, label: Name}
      - {type: integer, name: child_age, label: Alter}
      - type: repeat
        name: hobbies
        label: Hobbys
        questions:
          - {type: select_multiple ways, name: hobby, label: Was}
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

func families(t testing.TB) *survey.Version {
	t.Helper()
	read, found, err := survey.ReadDir(os.DirFS(filepath.Join(testinput.Root(t), "surveys")), "families")
	if err != nil || found.Fatal() {
		t.Fatal(err, found)
	}
	version, found := survey.Compile(read)
	if found.Fatal() {
		t.Fatal(found)
	}
	return version
}

func someAreas(t testing.TB) *catalogue.Areas {
	t.Helper()
	areas, found := catalogue.NewAreas([]catalogue.Area{
		{Key: "kreis", Name: "Kreis", Level: catalogue.Kreis},
		{Key: "marl", Parent: "kreis", Name: "Marl", Level: catalogue.Stadt},
		{Key: "herten", Parent: "kreis", Name: "Herten", Level: catalogue.Stadt},
		{Key: "marl-nord", Parent: "marl", Name: "Nord", Level: catalogue.Sozialraum},
		{Key: "marl-sued", Parent: "marl", Name: "Süd", Level: catalogue.Sozialraum},
		{Key: "bochum", Name: "Bochum", Level: catalogue.Stadt},
	})
	if len(found) > 0 {
		t.Fatal(found)
	}
	return areas
}

// answered reads and checks fields as the respondent's document sends them.
func answered(t testing.TB, v *survey.Version, fields url.Values) *response.Answers {
	t.Helper()
	answers, problems := response.Read(v, fields)
	problems = append(problems, answers.Check(noon)...)
	if len(problems) > 0 {
		t.Fatalf("%+v", problems)
	}
	return answers
}

var noon = time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)

// sequence yields the records; it may be ranged over again.
func sequence(records []export.Record) iter.Seq2[export.Record, error] {
	return func(yield func(export.Record, error) bool) {
		for _, one := range records {
			if !yield(one, nil) {
				return
			}
		}
	}
}

// randomRecords makes records of the instrument, some values common, some rare.
func randomRecords(t testing.TB, v *survey.Version, random *rand.Rand, n int) []export.Record {
	t.Helper()
	pick := func(of ...string) string { return of[min(random.IntN(len(of)), random.IntN(len(of)))] }
	records := make([]export.Record, n)
	for i := range records {
		fields := url.Values{}
		set := func(name string, values ...string) {
			if random.IntN(8) > 0 {
				fields[name] = values
			}
		}
		set("age", fmt.Sprint(random.IntN(1+random.IntN(90))))
		set("arrival", pick("over_5", "years_3_5", "under_1", "years_1_2", "silent"))
		set("tongues", pick("a", "b"), pick("a", "c"))
		set("born", fmt.Sprintf("%d-%02d-%02d", 1960+random.IntN(50), 1+random.IntN(12), 1+random.IntN(28)))
		set("income", fmt.Sprintf("%.2f", random.ExpFloat64()*1000))
		set("school", "Schule "+pick("A", "B", "C"))
		set("agreed", "OK")
		set("status", pick("1", "2", "3"))
		set("after_status", pick("1", "2", "3"))
		set("important", pick("1", "2", "3"))
		set("adults", pick("1", "2", "3"))
		set("wishes", pick("a", "b", "c"), pick("a", "b"))
		set("words", pick("mehr Deutsch", "=HYPERLINK(\"x\")", "-", "'=x", "a;=b", "Zeile\nzwei, \"so\"", "🙂 عربي"))
		set("places", "12")
		for child := range random.IntN(4) {
			prefix := fmt.Sprintf("children[%d].", child)
			set(prefix+"nick", pick("Ali", "Bea", "Cem"))
			set(prefix+"child_age", fmt.Sprint(random.IntN(18)))
			for hobby := range random.IntN(3) {
				set(fmt.Sprintf("%shobbies[%d].hobby", prefix, hobby), pick("a", "b"), pick("b", "c"))
			}
		}
		records[i] = export.Record{
			Day: fmt.Sprintf("2026-0%d-%02d", 1+random.IntN(3), 1+random.IntN(28)), Language: pick("de", "", "ar"),
			Area:            pick("marl-nord", "bochum", "marl-sued", "herten", "kreis", "marl", "", "elsewhere"),
			InstitutionType: pick("primary", "secondary", "daycare", ""), Institution: pick("", "123456", "654321"),
			Duration: uint8(random.IntN(7)), Answers: answered(t, v, fields),
		}
	}
	return records
}

func document(answers *response.Answers) string {
	return string(answers.AppendJSON(nil, response.Anonymous))
}
