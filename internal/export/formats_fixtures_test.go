package export_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"bedarfslotse/internal/export"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testinput"
)

// bilingual has every type of question and repeats in repeats, in German and
// Arabic, with names and labels that are hard on file formats.
const bilingual = `
id: bilingual
version: "3"
language: de
title: "Bedürfnisse & **Wünsche**"
choices:
  arrival:
    - {name: under_1, label: "unter 1 Jahr"}
    - {name: "1_to_2", label: "1–2 Jahre"}
    - {name: silent, label: "sage ich nicht", substantive: false}
  scale:
    - {name: "1", label: nein, score: 1}
    - {name: "2", label: halb, score: 2}
    - {name: "3", label: ja, score: 3}
    - {name: "99", label: weiß nicht, substantive: false}
  many:
    - {name: "5", label: fünf}
    - {name: "6", label: sechs}
    - {name: n1, label: keine Angabe 1, substantive: false}
    - {name: n2, label: keine Angabe 2, substantive: false}
    - {name: n3, label: keine Angabe 3, substantive: false}
    - {name: n4, label: keine Angabe 4, substantive: false}
  ways:
    - {name: a, label: "Äpfel"}
    - {name: b, label: "=Birnen"}
    - {name: c-d, label: "Äpfel"}
  steps:
    - {name: "0", label: "gar nicht"}
    - {name: "10", label: "sehr"}
questions:
  - {type: integer, name: age, label: "Wie alt?", required: "yes"}
  - {type: decimal, name: income, label: Einkommen}
  - {type: select_one arrival, name: arrival, label: "Seit wann sind Sie in **Marl**, ${age}?"}
  - {type: select_one scale, name: state, label: "-Zustand", measures: {field: health, as: state}}
  - {type: select_one many, name: many, label: Viele}
  - {type: select_multiple ways, name: wishes, label: Wünsche, measures: {field: health, as: need}}
  - {type: rank ways, name: order, label: Reihenfolge}
  - {type: range steps, name: half, label: Wie sehr, parameters: "start=10 end=0 step=0.5 tick_labelset=steps"}
  - {type: date, name: born, label: Geboren}
  - {type: time, name: at, label: Uhrzeit}
  - {type: dateTime, name: when, label: Zeitpunkt}
  - {type: acknowledge, name: agreed, label: Einverstanden}
  - {type: text, name: words, label: Worte}
  - {type: text, name: long, label: Lang}
  - {type: calculate, name: double, calculation: "${age} * 2"}
  - {type: calculate, name: greeting, calculation: "concat('Hallo ', ${words})"}
  - {type: integer, name: by, label: Ein Wort von SPSS}
  - {type: integer, name: By_, label: Und noch eines}
  - {type: text, name: _hidden, label: Unterstrich}
  - type: group
    name: g
    label: Gruppe
    questions:
      - type: repeat
        name: children
        label: Kinder
        questions:
          - {type: text, name: nick, label: Name}
          - {type: select_one scale, name: child_state, label: Zustand des Kindes}
          - type: repeat
            name: hobbies
            label: Hobbys
            questions:
              - {type: select_multiple ways, name: hobby, label: Was}
  - type: repeat
    name: Responses
    label: Wie die Tabelle
    questions:
      - {type: integer, name: number, label: Zahl}
`

const bilingualArabic = `
language: ar
title: {text: "الاحتياجات والرغبات", state: draft}
choices:
  arrival:
    under_1: {label: {text: "أقل من سنة", state: draft}}
    1_to_2: {label: {text: "من سنة إلى سنتين", state: draft}}
    silent: {label: {text: "أفضّل عدم الإجابة", state: draft}}
  scale:
    "1": {label: {text: "لا", state: draft}}
    "3": {label: {text: "نعم", state: draft}}
  ways:
    a: {label: {text: "تفاح", state: draft}}
questions:
  age: {label: {text: "كم عمرك؟", state: draft}}
  arrival: {label: {text: "منذ متى أنت في **Marl**؟", state: draft}}
  wishes: {label: {text: "رغبات", state: draft}}
`

func bilingualSurvey(t testing.TB) *survey.Version {
	t.Helper()
	files := fstest.MapFS{"b/survey.yaml": {Data: []byte(bilingual)}, "b/ar.yaml": {Data: []byte(bilingualArabic)}}
	read, found, err := survey.ReadDir(files, "b")
	if err != nil || found.Fatal() {
		t.Fatal(err, found)
	}
	v, found := survey.Compile(read)
	if found.Fatal() {
		t.Fatal(found)
	}
	return v
}

func words(t testing.TB) *i18n.Catalogue {
	t.Helper()
	all, err := i18n.Load(os.DirFS(filepath.Join(testinput.Root(t), "locales")))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// bilingualRecords makes records with hostile texts in all languages.
func bilingualRecords(t testing.TB, v *survey.Version, n int) []export.Record {
	t.Helper()
	random := rand.New(rand.NewPCG(3, 3))
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	records := make([]export.Record, n)
	for i := range records {
		fields := url.Values{"age": {fmt.Sprint(random.IntN(250) - 120)}}
		set := func(name string, values ...string) {
			if random.IntN(5) > 0 {
				fields[name] = values
			}
		}
		set("income", pick("0.1", "-12.25", "1234567.5", "3"))
		set("arrival", pick("under_1", "1_to_2", "silent"))
		set("state", pick("1", "2", "3", "99"))
		set("many", pick("5", "6", "n1", "n4"))
		set("wishes", pick("a", "b"), pick("c-d", "b"))
		set("order", pick("a b c-d", "c-d a b"))
		set("half", pick("0", "2.5", "10"))
		set("born", pick("1900-01-01", "1900-02-28", "1900-03-01", "2015-07-09", "2024-02-29"))
		set("at", pick("00:00", "06:05", "23:59"))
		set("when", pick("2026-03-01T23:59", "1999-12-31T00:00"))
		set("agreed", "OK")
		set("words", pick("mehr Deutsch", "=1+1", "-", "+49 x", "a;=b", "'=x", "Zeile\nzwei, \"so\"", "🙂 عربي", "ß", "@", "\\n \\"))
		set("long", pick("kurz", strings.Repeat("ä", 200), strings.Repeat("Ein Satz. ", 1500), strings.Repeat("عربي ", 3999)+"!", strings.Repeat("🙂", 19_000)))
		set("by", "7")
		set("By_", "8")
		set("_hidden", pick("x", "yz"))
		for child := range random.IntN(4) {
			prefix := fmt.Sprintf("children[%d].", child)
			fields[prefix+"nick"] = []string{pick("Ali", "علي", "Bea", "=Cem")}
			set(prefix+"child_state", pick("1", "2", "3", "99"))
			for hobby := range random.IntN(3) {
				fields[fmt.Sprintf("%shobbies[%d].hobby", prefix, hobby)] = []string{"a", "c-d"}
			}
		}
		for number := range random.IntN(2) {
			fields[fmt.Sprintf("Responses[%d].number", number)] = []string{"4"}
		}
		records[i] = export.Record{Day: fmt.Sprintf("2026-03-%02d", 1+i%28), Language: pick("de", "ar"), Area: pick("marl", "bochum"),
			InstitutionType: pick("", "primary"), Institution: pick("", "012345"), Duration: uint8(i % 7), Answers: answered(t, v, fields)}
	}
	return records
}

// wanted is one table as the answers' own JSON has it: the cells by their
// names, those of several values with spaces between them.
type wanted map[string][]map[string]string

// expected derives the tables from the stored documents, without anything of
// the export.
func expected(t testing.TB, records []export.Record) wanted {
	t.Helper()
	tables := wanted{}
	add := func(table string, row map[string]string) string {
		tables[table] = append(tables[table], row)
		return fmt.Sprint(len(tables[table]))
	}
	cells := func(object map[string]any, row map[string]string) map[string]string {
		for name, value := range object {
			switch value := value.(type) {
			case string:
				if value != "NaN" {
					row[name] = value
				}
			case []any:
				var parts []string
				for _, one := range value {
					if text, ok := one.(string); ok {
						parts = append(parts, text)
					}
				}
				if len(parts) > 0 {
					row[name] = strings.Join(parts, " ")
				}
			}
		}
		return row
	}
	objects := func(object map[string]any, name string) []map[string]any {
		list, _ := object[name].([]any)
		var found []map[string]any
		for _, one := range list {
			found = append(found, one.(map[string]any))
		}
		return found
	}
	for i, record := range records {
		var object map[string]any
		if err := json.Unmarshal([]byte(document(record.Answers)), &object); err != nil {
			t.Fatal(err)
		}
		row := cells(object, map[string]string{"_row": fmt.Sprint(i + 1), "_day": record.Day, "_language": record.Language, "_area": record.Area})
		for name, value := range map[string]string{"_institution_type": record.InstitutionType, "_institution": record.Institution} {
			if value != "" {
				row[name] = value
			}
		}
		if record.Duration > 0 {
			row["_duration"] = fmt.Sprint(record.Duration)
		}
		response := add("responses", row)
		for at, child := range objects(object, "children") {
			parent := add("children", cells(child, map[string]string{"_instance": fmt.Sprint(len(tables["children"]) + 1),
				"_row": response, "_number": fmt.Sprint(at + 1)}))
			for at, hobby := range objects(child, "hobbies") {
				add("hobbies", cells(hobby, map[string]string{"_instance": fmt.Sprint(len(tables["hobbies"]) + 1),
					"_row": response, "_parent": parent, "_number": fmt.Sprint(at + 1)}))
			}
		}
		for at, one := range objects(object, "Responses") {
			add("Responses", cells(one, map[string]string{"_instance": fmt.Sprint(len(tables["Responses"]) + 1),
				"_row": response, "_number": fmt.Sprint(at + 1)}))
		}
	}
	return tables
}

// same compares a table that was read back with what was expected.
func (w wanted) same(t *testing.T, name string, rows []map[string]string) {
	t.Helper()
	if len(rows) != len(w[name]) || len(rows) == 0 {
		t.Fatalf("%s: %d rows, want %d", name, len(rows), len(w[name]))
	}
	for i, row := range rows {
		for _, column := range slices.Sorted(keysOf(row, w[name][i])) {
			if row[column] != w[name][i][column] {
				t.Fatalf("%s, row %d, %s: %.80q, want %.80q", name, i+1, column, row[column], w[name][i][column])
			}
		}
	}
}

func keysOf(maps ...map[string]string) func(func(string) bool) {
	all := map[string]bool{}
	for _, one := range maps {
		for key := range one {
			all[key] = true
		}
	}
	return func(yield func(string) bool) {
		for key := range all {
			if !yield(key) {
				return
			}
		}
	}
}

// written exports records in a format.
func written(t testing.TB, v *survey.Version, records []export.Record, output export.Output) []byte {
	t.Helper()
	output.Words = words(t)
	output.Now = noon
	var out bytes.Buffer
	rows, err := export.Full(context.Background(), &out, v, sequence(records), export.FullOptions{Output: output, Areas: someAreas(t)})
	if err != nil || rows != len(records) {
		t.Fatal(rows, err)
	}
	return out.Bytes()
}

// unzipped returns the files of a zip by their names.
func unzipped(t testing.TB, content []byte) map[string][]byte {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, file := range archive.File {
		in, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[file.Name], err = io.ReadAll(in); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// readTable reads a CSV into cells by their columns.
func readTable(t testing.TB, content []byte) []map[string]string {
	t.Helper()
	all, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, record := range all[1:] {
		row := map[string]string{}
		for i, cell := range record {
			if cell != "" && cell != "NaN" {
				row[all[0][i]] = cell
			}
		}
		rows = append(rows, row)
	}
	return rows
}
