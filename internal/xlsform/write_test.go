package xlsform

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testinput"
)

// shipped is the folder of the shipped surveys.
func shipped(t *testing.T) fs.FS { return os.DirFS(filepath.Join(testinput.Root(t), "surveys")) }

func mustJSON(t interface{ Fatal(...any) }, s *survey.Survey) string {
	content, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// survives writes a survey in both forms, reads both back, and compares.
func survives(t interface {
	Fatal(...any)
	Fatalf(string, ...any)
}, s *survey.Survey,
) {
	want := mustJSON(t, s)
	content, err := Write(s)
	if err != nil {
		t.Fatalf("write: %v", err)
	}
	read, found := Read("other name.xlsx", content, Options{})
	if read == nil {
		t.Fatalf("read: %v", found)
	}
	if got := mustJSON(t, read); got != want {
		t.Fatalf("XLSForm differs at %s\n got  %s\n want %s", difference("", document(s), document(read)), got, want)
	}
	text, err := survey.WriteYAML(s)
	if err != nil {
		t.Fatalf("write YAML: %v", err)
	}
	again, found := survey.ReadYAML("survey.yaml", text)
	if again == nil {
		t.Fatalf("read YAML: %v", found)
	}
	if got := mustJSON(t, again); got != want {
		t.Fatalf("YAML differs at %s\n got  %s\n want %s\n%s", difference("", document(s), document(again)), got, want, text)
	}
}

func TestRealAndShippedSurveysSurviveWriting(t *testing.T) {
	folders, err := survey.Library(shipped(t))
	if err != nil || len(folders) < 5 {
		t.Fatalf("%d shipped surveys, %v", len(folders), err)
	}
	for _, folder := range folders {
		t.Run(folder, func(t *testing.T) {
			s, found, err := survey.ReadDir(shipped(t), folder)
			if err != nil || found.Fatal() {
				t.Fatal(err, found)
			}
			survives(t, s)
		})
	}
	for _, file := range []string{
		"mitwirken_umfrage.xlsx", "reach_assessment_en_ar.xlsx", "odk_all_question_types.xlsx", "odk_socio_economic_en_fr.xlsx",
	} {
		t.Run(file, func(t *testing.T) {
			s, found := Read(file, testinput.Read(t, "xlsform/"+file), Options{})
			if s == nil {
				t.Fatal(found)
			}
			survives(t, s)
		})
	}
}

// drawSurvey makes a survey that uses whatever both forms can say.
func drawSurvey(t *rapid.T) *survey.Survey {
	languages := rapid.Permutation([]string{"de", "en", "ar", "fa", "de-simple", "pt-BR", "x-klingon", "und"}).Draw(t, "languages")
	languages = languages[:rapid.IntRange(1, 4).Draw(t, "how many languages")]
	g := &drawing{T: t, languages: languages}
	s := &survey.Survey{
		ID: "s_1", Version: rapid.SampledFrom([]string{"1", "1.0", "2026-05", "007"}).Draw(t, "version"),
		Language: languages[0], Languages: languages, Audience: g.word("audience"), Style: g.word("style"),
		Title: g.text(true), Description: g.text(false),
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "lists") {
		s.Choices = append(s.Choices, g.list(fmt.Sprintf("list%d", i)))
	}
	g.lists = s.Choices
	s.Nodes = g.nodes(rapid.IntRange(1, 5).Draw(t, "nodes"), 0)
	return s
}

type drawing struct {
	*rapid.T
	languages []string
	lists     []*survey.ChoiceList
	names     int
}

func (g *drawing) word(label string) string {
	return rapid.SampledFrom([]string{"", "pages", "w1 minimal", "täglich"}).Draw(g.T, label)
}

var phrases = []string{
	"Wie geht es?", "= 1 + 1", "zwei\nZeilen", "two  spaces", "007", "1e5", "TRUE", "_x0041_", "مرحبا بك", "<b>&amp;</b>",
	"a: b # c", "- x", "“quoted” ‘so’", "| x |", "tab\tinside", "a \n b\n\nc", "no\u00a0break", "ነገር", "😀", "'single", "~", "null", "*", "@x", "x_x000D_y", "%", "`", "!tag", "&anchor", "? key", "yes",
}

// text is a text in some of the languages.
func (g *drawing) text(needed bool) survey.Text {
	if !needed && rapid.Bool().Draw(g.T, "no text") {
		return nil
	}
	text := survey.Text{g.languages[0]: {Text: rapid.SampledFrom(phrases).Draw(g.T, "text")}}
	for _, tag := range g.languages[1:] {
		if rapid.IntRange(0, 3).Draw(g.T, "translated") == 0 {
			continue
		}
		text[tag] = survey.Phrase{
			Text:   rapid.SampledFrom(phrases).Draw(g.T, "translation"),
			State:  rapid.SampledFrom([]survey.TranslationState{survey.Draft, survey.Reviewed}).Draw(g.T, "state"),
			Source: rapid.SampledFrom([]string{"", "0123456789ab", survey.SourceHash(text[g.languages[0]].Text)}).Draw(g.T, "hash"),
		}
	}
	return text
}

func (g *drawing) media() survey.Media {
	var media survey.Media
	for _, kind := range []string{"image", "audio"} {
		files := map[string]string{}
		for _, tag := range append([]string{""}, g.languages...) {
			if rapid.IntRange(0, 9).Draw(g.T, "file") == 0 {
				files[tag] = kind + "_" + tag + ".bin"
			}
		}
		if len(files) > 0 {
			if media == nil {
				media = survey.Media{}
			}
			media[kind] = files
		}
	}
	if len(media[survey.Image]) > 0 && rapid.Bool().Draw(g.T, "big") { // which only enlarges a small one
		media[survey.BigImage] = map[string]string{"": "big.bin"}
	}
	return media
}

func (g *drawing) list(name string) *survey.ChoiceList {
	list := &survey.ChoiceList{Name: name}
	columns := rapid.SampledFrom([][]string{nil, {"region"}, {"Größe", "region"}}).Draw(g.T, "columns")
	used := map[string]bool{}
	for i := range rapid.IntRange(1, 4).Draw(g.T, "choices") {
		choice := &survey.Choice{
			Name: fmt.Sprintf("%d", i), Label: g.text(true), Media: g.media(), Pictogram: g.word("pictogram"),
			NonSubstantive: rapid.Bool().Draw(g.T, "non-substantive"),
		}
		if rapid.Bool().Draw(g.T, "scored") {
			score := i + 1
			choice.Score = &score
		}
		for _, column := range columns {
			if rapid.Bool().Draw(g.T, "value") {
				if choice.Values == nil {
					choice.Values = map[string]string{}
				}
				choice.Values[column] = rapid.SampledFrom([]string{"a", "1.0", "x y"}).Draw(g.T, "filter value")
				used[column] = true
			}
		}
		list.Choices = append(list.Choices, choice)
	}
	for _, column := range columns {
		if used[column] {
			list.Columns = append(list.Columns, column)
		}
	}
	slices.Sort(list.Columns)
	for _, choice := range list.Choices {
		if strings.HasSuffix(name, "0") && rapid.Bool().Draw(g.T, "spaced") {
			choice.Name += rapid.SampledFrom([]string{" x", "  two spaces", " #2"}).Draw(g.T, "rest of the name")
		}
	}
	if last := len(list.Choices) - 1; last > 0 && rapid.IntRange(0, 3).Draw(g.T, "duplicate") == 0 {
		list.Choices[last].Name, list.AllowDuplicates = list.Choices[0].Name, true
	}
	return list
}

func (g *drawing) nodes(count, depth int) []*survey.Node {
	var nodes []*survey.Node
	for range count {
		nodes = append(nodes, g.node(depth))
	}
	return nodes
}

func (g *drawing) node(depth int) *survey.Node {
	g.names++
	kinds := []survey.Type{
		survey.Integer, survey.Decimal, survey.TextType, survey.Date, survey.Note, survey.Acknowledge,
		survey.Hidden, survey.Calculate,
	}
	if len(g.lists) > 0 {
		kinds = append(kinds, survey.SelectOne, survey.SelectMultiple)
	}
	if depth < 3 {
		kinds = append(kinds, survey.Group, survey.Repeat)
	}
	node := &survey.Node{
		Type: rapid.SampledFrom(kinds).Draw(g.T, "type"), Name: fmt.Sprintf("q.%d", g.names),
		Label: g.text(true), Hint: g.text(false), GuidanceHint: g.text(false), Media: g.media(),
		RequiredMessage: g.text(false), ConstraintMessage: g.text(false),
		Relevant:   rapid.SampledFrom([]string{"", "today() > '2026-01-01'", "1 = 1\nand true()", "'“x”' != \"'\""}).Draw(g.T, "relevant"),
		ReadOnly:   rapid.Bool().Draw(g.T, "read only"),
		Appearance: g.word("appearance"), Pictogram: g.word("pictogram"),
		Sensitive: rapid.Bool().Draw(g.T, "sensitive"),
	}
	if rapid.Bool().Draw(g.T, "measures") {
		node.Measures = &survey.Measure{Field: "language_support", As: rapid.SampledFrom(survey.Aspects()).Draw(g.T, "aspect")}
	}
	if node.Type.Selects() {
		node.List = rapid.SampledFrom(g.lists).Draw(g.T, "list").Name
		if node.Type == survey.SelectOne && rapid.IntRange(0, 2).Draw(g.T, "from answers") == 0 {
			node.List = fmt.Sprintf("${q.%d}", rapid.IntRange(1, g.names+1).Draw(g.T, "question"))
		}
		node.Parameters = rapid.SampledFrom([]string{"", "randomize=true", "randomize=true seed=7"}).Draw(g.T, "parameters")
		node.ChoiceFilter = rapid.SampledFrom([]string{"", "name != 'region'"}).Draw(g.T, "filter")
	}
	if node.Type.Answered() {
		node.Required = rapid.SampledFrom([]string{"", "yes", "1 = 2"}).Draw(g.T, "required")
		node.Constraint = rapid.SampledFrom([]string{"", ". > 0"}).Draw(g.T, "constraint")
		node.Default = rapid.SampledFrom([]string{"", "007", "today()", "Bochum (Mitte)"}).Draw(g.T, "default")
	}
	switch node.Type {
	case survey.Calculate:
		node.Calculation = "1 + 1"
	case survey.Note:
		node.Calculation = rapid.SampledFrom([]string{"", "1 + 1"}).Draw(g.T, "computed note")
	case survey.Group, survey.Repeat:
		node.Attributed = depth == 0 && rapid.Bool().Draw(g.T, "attributed")
		node.Children = g.nodes(rapid.IntRange(0, 3).Draw(g.T, "children"), depth+1)
	}
	if node.Type == survey.Repeat {
		node.RepeatCount = rapid.SampledFrom([]string{"", "3"}).Draw(g.T, "count")
	}
	return node
}

func TestGeneratedSurveysSurviveWriting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { survives(t, drawSurvey(t)) })
}

func TestWhatASheetCannotHoldIsRefusedByName(t *testing.T) {
	simple := func() *survey.Survey {
		return &survey.Survey{
			ID: "s", Version: "1", Language: "de", Languages: []string{"de"}, Title: survey.Text{"de": {Text: "T"}},
			Choices: []*survey.ChoiceList{{Name: "l", Choices: []*survey.Choice{{Name: "a", Label: survey.Text{"de": {Text: "A"}}}}}},
			Nodes:   []*survey.Node{{Type: survey.TextType, Name: "q", Label: survey.Text{"de": {Text: "Q"}}}},
		}
	}
	if _, err := Write(simple()); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		change func(*survey.Survey)
		place  string
	}{
		"white space at the end": {func(s *survey.Survey) { s.Nodes[0].Label["de"] = survey.Phrase{Text: "Q\n"} }, "/nodes/q/label/de/text"},
		"a text beyond a cell": {
			func(s *survey.Survey) { s.Nodes[0].Label["de"] = survey.Phrase{Text: strings.Repeat("ä", 40_000)} },
			"/nodes/q/label/de/text",
		},
		"a filter column called like one of XLSForm's": {
			func(s *survey.Survey) {
				s.Choices[0].Columns, s.Choices[0].Choices[0].Values = []string{"caption"}, map[string]string{"caption": "x"}
			},
			"/choices/l/choices/a/label/de/text",
		},
		"a list that reads as or_other": {
			func(s *survey.Survey) {
				s.Choices[0].Name = "l or_other"
				s.Nodes[0].Type, s.Nodes[0].List = survey.SelectOne, "l or_other"
			},
			"/nodes/q/list",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := simple()
			test.change(s)
			_, err := Write(s)
			var found failure.Findings
			if !errors.As(err, &found) || found[0].Key != keyCannotWrite || !strings.HasPrefix(found[0].Params["place"].(string), test.place) {
				t.Fatalf("got %v, want %s", err, test.place)
			}
			testinput.CheckFindings(t, found)
		})
	}
}

// TestLibreOfficeOpensWhatIsWritten saves every shipped and real survey with
// LibreOffice, in both of Excel's formats, and reads it back. It runs only where
// LibreOffice is installed.
func TestLibreOfficeOpensWhatIsWritten(t *testing.T) {
	folders, err := survey.Library(shipped(t))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var files []string
	var written []*survey.Survey
	write := func(name string, s *survey.Survey) {
		content, err := Write(s)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, name+".xlsx")
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		files, written = append(files, file), append(written, s)
	}
	for _, folder := range folders {
		s, _, err := survey.ReadDir(shipped(t), folder)
		if err != nil {
			t.Fatal(err)
		}
		write(folder, s)
	}
	for _, name := range []string{"mitwirken_umfrage", "reach_assessment_en_ar", "odk_all_question_types", "odk_socio_economic_en_fr"} {
		s, found := Read(name+".xlsx", testinput.Read(t, "xlsform/"+name+".xlsx"), Options{})
		if s == nil {
			t.Fatal(found)
		}
		write(name, s)
	}
	for _, format := range []string{"xlsx", "xls"} {
		for i, saved := range testinput.Office(t, format, files...) {
			name := filepath.Base(files[i])
			read, found := Read(name, saved, Options{})
			if read == nil {
				t.Fatalf("%s as %s: %v", name, format, found)
			}
			if got := mustJSON(t, read); got != mustJSON(t, written[i]) {
				t.Errorf("%s as %s differs at %s", name, format, difference("", document(written[i]), document(read)))
			}
		}
	}
}

func TestWrittenHeadersAreXLSFormsOwn(t *testing.T) {
	s, _, err := survey.ReadDir(shipped(t), "families")
	if err != nil {
		t.Fatal(err)
	}
	content, err := Write(s)
	if err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil || len(archive.File) == 0 {
		t.Fatal(err)
	}
	rows, _ := rawSheet(t, content, "1")
	for _, header := range []string{"type", "name", "label::German (de)", "label::Arabic (ar)", "state::Arabic (ar)", "bl::measures"} {
		if _, ok := rows[2][header]; !ok && !anyRow(rows, header) {
			t.Errorf("no cell below %q", header)
		}
	}
}

func anyRow(rows map[int]map[string]string, header string) bool {
	for _, row := range rows {
		if row[header] != "" {
			return true
		}
	}
	return false
}
