package export_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/export"
	"bedarfslotse/internal/fieldwork"
	"bedarfslotse/internal/i18n"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testinput"
)

// asked is a survey with a formula for a label and a range with words.
const asked = `
id: asked
version: "2"
language: de
title: Bedarf
choices:
  wish:
    - {name: sport, label: "=1+1"}
    - {name: music, label: Musik}
    - {name: dont_know, label: weiß nicht, substantive: false}
questions:
  - {type: select_one wish, name: wish, label: "Was fehlt?"}
  - {type: range, name: marks, label: Note, parameters: start=0 end=2 step=1}
  - {type: integer, name: age, label: Alter}
`

func openData(t *testing.T) *export.OpenData {
	t.Helper()
	s, findings := survey.ReadYAML("asked.yaml", []byte(asked))
	if findings.Fatal() {
		t.Fatal(findings)
	}
	s.Languages = []string{"de", "ar"}
	s.Nodes[0].Label["ar"] = survey.Phrase{Text: "ماذا ينقص؟"}
	for i, text := range []string{"رياضة", "موسيقى", "لا أعرف"} {
		s.Choices[0].Choices[i].Label["ar"] = survey.Phrase{Text: text}
	}
	version, findings := survey.Compile(s)
	if findings.Fatal() {
		t.Fatal(findings)
	}
	catalogue, err := i18n.Load(os.DirFS(filepath.Join(testinput.Root(t), "locales")))
	if err != nil {
		t.Fatal(err)
	}
	count := func(n int) *int { return &n }
	part := func(v float64) *float64 { return &v }
	return &export.OpenData{Version: version, Day: "2026-05-31", Languages: []string{"de", "ar"}, Source: "Stadt, Amt", Address: "https://example.org/results/bedarf",
		Wave: fieldwork.Wave{Slug: "bedarf-2026", Opened: "2026-05-01", Closed: "2026-05-31", Purpose: "Damit\nwir wissen", PublicLicence: "dl-de/by-2-0"}, Words: catalogue,
		Results: analysis.Group{N: count(43), Perturbed: true, Figures: []analysis.Figure{
			{Question: "wish", Kind: analysis.Single, Base: count(41), NoAnswer: count(3), Perturbed: true, Withheld: analysis.SmallCells,
				Cells: []analysis.Cell{{Name: "sport", Count: count(30), Share: part(0.75), Low: part(0.5), High: part(0.95)}, {Name: "music", Suppressed: true, Count: count(2)}},
				Apart: []analysis.Cell{{Name: "dont_know", Count: count(0)}}},
			{Question: "marks", Kind: analysis.Scale, Withheld: analysis.WholeTable, Cells: []analysis.Cell{{Name: "0", Suppressed: true}}},
			{Question: "age", Kind: analysis.Number, Base: count(40), Cells: []analysis.Cell{{Name: "10..19", Count: count(40), Share: part(1)}}}}}}
}

// TestOpenData: the package keeps to the standard, holds a line for every
// question and category, nothing of hidden ones, and runs as no formula.
func TestOpenData(t *testing.T) {
	data := openData(t)
	var out, again bytes.Buffer
	if err := errors.Join(data.Write(&out), data.Write(&again)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), again.Bytes()) {
		t.Error("the same figures give other bytes")
	}
	described, tables := readPackage(t, out.Bytes())
	if described.Name != "bedarf-2026" || described.Title != "Bedarf" {
		t.Errorf("package %+v", described)
	}
	var lines []string
	for _, row := range tables["figures"] {
		var line []string
		for _, name := range []string{"question", "counts", "category", "category_de", "category_ar", "count", "share", "low", "high", "base", "hidden"} {
			line = append(line, row[name])
		}
		lines = append(lines, strings.Join(line, "|"))
	}
	want := []string{
		"wish|answer|sport|'=1+1|رياضة|30|0.75|0.5|0.95|41|false",
		"wish|answer|music|Musik|موسيقى|||||41|true",
		"wish|non_substantive|dont_know|weiß nicht|لا أعرف|0|||||false",
		"wish|no_answer||keine Antwort|لا توجد إجابة|3|||||false",
		"marks|answer|0|0|0||||||true",
		"age|answer|10..19|10..19|10..19|40|1|||40|false",
	}
	if got := strings.Join(lines, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("rows\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	if tables["figures"][0]["question_ar"] != "ماذا ينقص؟" {
		t.Errorf("question %q", tables["figures"][0]["question_ar"])
	}
	files := unzipped(t, out.Bytes())
	var package1 struct {
		Licenses []struct{ Name, Title, Path string } `json:"licenses"`
		Sources  []struct{ Title, Path string }       `json:"sources"`
	}
	if err := json.Unmarshal(files["datapackage.json"], &package1); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(package1); got != "{[{dl-de-by-2-0 Datenlizenz Deutschland – Namensnennung – Version 2.0 https://www.govdata.de/dl-de/by-2-0}] [{Stadt, Amt https://example.org/results/bedarf}]}" {
		t.Errorf("licence and source %s", got)
	}
	for _, part := range []string{"# Ergebnisse: Bedarf", "# Results: Bedarf", "Damit wir wissen", "2026-05-01 – 2026-05-31", "Datenlizenz Deutschland", "Cell-Key", "cell-key", ": 43"} {
		if !strings.Contains(string(files["README.md"]), part) {
			t.Errorf("the README lacks %q", part)
		}
	}
	data.Wave.Sample = true
	out.Reset()
	if err := data.Write(&out); err != nil || !strings.Contains(string(unzipped(t, out.Bytes())["README.md"]), "erfundenen Antworten") {
		t.Errorf("made-up answers are not said to be: %v", err)
	}
	if err := data.Write(broken{}); !errors.Is(err, errBroken) {
		t.Errorf("to a broken writer: %v", err)
	}
}
