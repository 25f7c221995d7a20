package analysis

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/analysis/internal/packed"
	"bedarfslotse/internal/analysis/internal/perturb"
	"bedarfslotse/internal/survey"
)

// matrixSurvey has a matrix of six rows, one of four, and a question beside them.
func matrixSurvey() *survey.Survey {
	s := &survey.Survey{ID: "matrix", Version: "1", Language: "en", Languages: []string{"en"}, Title: text("Matrix"),
		Choices: []*survey.ChoiceList{scaleList("scale", 3), choices("yesno", "yes", "no")}}
	for name, rows := range map[string]int{"a": 6, "b": 4} {
		group := &survey.Node{Type: survey.Group, Name: name, Label: text(name), Appearance: "table-list"}
		for i := range rows {
			row := fmt.Sprint(name, i)
			group.Children = append(group.Children, &survey.Node{Type: survey.SelectOne, Name: row, List: "scale", Label: text(row)})
		}
		s.Nodes = append(s.Nodes, group)
	}
	s.Nodes = append(s.Nodes, &survey.Node{Type: survey.SelectOne, Name: "beside", List: "yesno", Label: text("beside")})
	return s
}

// flagOf is what a respondent's time and answers say, by the letter of METHODS 12.
func flagOf(class, median int, rows []string) string {
	speeder := class > 0 && class <= median-2
	asked := slices.DeleteFunc(slices.Clone(rows), func(answer string) bool { return answer == "-" })
	straight := len(asked) >= 5 && asked[0] != "" && !slices.ContainsFunc(asked, func(answer string) bool { return answer != asked[0] })
	switch {
	case speeder && straight:
		return QualityBoth
	case speeder:
		return QualitySpeeder
	case straight:
		return QualityStraight
	}
	return QualityNone
}

func TestFlagsAgainstAnswers(t *testing.T) {
	schema := NewSchema(compiled(t, matrixSurvey()))
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(20, 80).Draw(t, "n")
		answer := rapid.SampledFrom([]string{"s1", "s1", "s1", "s1", "s1", "s1", "s2", "dont_know", "", "-"})
		var rows []*Row
		classes, given := map[string][]int{}, make([][]string, n)
		for i := range n {
			row := schema.NewRow()
			row.Key, row.Language = uint64(i+1), []string{"de", "ar"}[min(1, i%4)]
			row.Duration = uint8(rapid.IntRange(0, 6).Draw(t, "class"))
			if row.Duration > 0 {
				classes[row.Language] = append(classes[row.Language], int(row.Duration))
			}
			same := answer.Draw(t, "same")
			for r := range 6 {
				one := same
				if rapid.IntRange(0, 9).Draw(t, "other") == 0 {
					one = answer.Draw(t, "answer")
				}
				given[i] = append(given[i], one)
				put(t, row, fmt.Sprint("a", r), one)
				put(t, row, fmt.Sprint("b", min(r, 3)), "s1")
			}
			put(t, row, "beside", []string{"yes", "no"}[i%2])
			rows = append(rows, row)
		}
		columns := NewColumns(schema)
		if err := columns.Load(must(schema.Encode(nil, 1, rows, nil))); err != nil {
			t.Fatal(err)
		}
		release := Close(columns, NewSnapshot(schema, 5), nil, Breakdown{})
		x, err := release.Explore(columns, Breakdown{}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		median := func(language string) int {
			known := slices.Sorted(slices.Values(classes[language]))
			if len(known) < 5 {
				return 0
			}
			return known[(len(known)-1)/2]
		}
		want := map[string][]uint64{}
		for i, row := range rows {
			flag := flagOf(int(row.Duration), median(row.Language), given[i])
			want[flag] = append(want[flag], row.Key)
		}
		q := x.question(VariableQuality)
		counts := make(map[string]int)
		for _, s := range x.view.Segments {
			for row := range s.Rows {
				counts[Flags()[s.Tables[0].Columns[q.raw.Column].At(row)-packed.FirstCode]]++
			}
		}
		for _, flag := range Flags() {
			if counts[flag] != len(want[flag]) {
				t.Fatalf("%s: %d, want %d", flag, counts[flag], len(want[flag]))
			}
		}
		for _, cell := range x.figure(q).Cells {
			key := uint64(0)
			for _, one := range want[cell.Name] {
				key += one
			}
			count := len(want[cell.Name])
			if cell.Count != nil && (0 < count && count < 5 || *cell.Count != perturb.Shipped().Count(count, key)) {
				t.Fatalf("%s: %d is shown as %d", cell.Name, count, *cell.Count)
			}
		}
	})
}

func put(t test, row *Row, name, answer string) {
	t.Helper()
	state, values := Given, []string{answer}
	switch answer {
	case "-":
		state, values = NotAsked, nil
	case "":
		state, values = NoAnswer, nil
	}
	if err := row.Set(Main, row.schema.version.Element(name), state, values...); err != nil {
		t.Fatal(err)
	}
}

// TestFlagsDivide: as any variable, and perturbed.
func TestFlagsDivide(t *testing.T) {
	schema := NewSchema(compiled(t, matrixSurvey()))
	columns, rows := NewColumns(schema), []*Row(nil)
	for i := range 200 {
		row := schema.NewRow()
		row.Key, row.Language, row.Duration = uint64(i)*0x9e3779b97f4a7c15, "de", 4
		if i%10 == 0 || i%10 == 2 && i < 30 {
			row.Duration = 2
		}
		for r := range 6 {
			answer := "s1"
			if i%5 > 1 && r == 5 {
				answer = "s2"
			}
			put(t, row, fmt.Sprint("a", r), answer)
		}
		put(t, row, "beside", []string{"yes", "no"}[i%2])
		rows = append(rows, row)
	}
	if err := columns.Load(must(schema.Encode(nil, 1, rows, nil))); err != nil {
		t.Fatal(err)
	}
	release := Close(columns, NewSnapshot(schema, 5), nil, Breakdown{})
	x := must(release.Explore(columns, Breakdown{}, Options{}))
	by := must(x.Query(Query{By: []string{VariableQuality}, Questions: []string{"beside"}}))
	// 80 gave the same answer throughout, among them 20 that were quick, as were 3
	// others.
	if got := fmt.Sprint(by.Joined); got != "[[speeder both]]" || fmt.Sprint(by.Groups[2].Values) != "[[straight_liner]]" {
		t.Errorf("joined %v, then %v", got, by.Groups[2].Values)
	}
	for _, group := range by.Groups[:3] {
		if !group.Perturbed || !group.Figures[0].Perturbed {
			t.Errorf("%v is exact", group.Values)
		}
	}
	only := must(x.Query(Query{Filters: []Condition{{VariableQuality, QualityStraight}}, Questions: []string{"beside"}}))
	if *only.Groups[0].N != *by.Groups[2].N || line(only.Groups[0].Figures[0]) != line(by.Groups[2].Figures[0]) {
		t.Error("the filter leaves another group")
	}
	if all := must(x.Query(Query{})); len(all.Groups[0].Figures) != len(schema.questions) {
		t.Error("flags are among the questions")
	}
}
