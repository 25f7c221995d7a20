package analysis

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/analysis/internal/raw"
	"bedarfslotse/internal/survey"
)

// respondents makes columns of one select_one question with these scores, by
// institution, all online.
func withInstitutions(t *testing.T, institutions []string, scores []int) *Columns {
	t.Helper()
	s := &survey.Survey{ID: "one", Version: "1", Language: "en", Languages: []string{"en"}, Title: text("One"),
		Choices: []*survey.ChoiceList{scaleList("scale", 5)},
		Nodes:   []*survey.Node{{Type: survey.SelectOne, Name: "q", List: "scale", Label: text("q")}}}
	schema := NewSchema(compiled(t, s))
	var rows []*Row
	for i, score := range scores {
		row := schema.NewRow()
		row.Key, row.Institution = uint64(i+1), institutions[i]
		set(t, row, "q", fmt.Sprintf("s%d", score))
		rows = append(rows, row)
	}
	columns := NewColumns(schema)
	if err := columns.Load(must(schema.Encode(nil, 1, rows, nil))); err != nil {
		t.Fatal(err)
	}
	return columns
}

func readCSV(t *testing.T, name string) [][]string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return must(csv.NewReader(bytes.NewReader(data)).ReadAll())[1:]
}

// TestSpreadAgainstR compares the clustered variances with those of R's survey
// package: internal/raw/testdata/clusters.R.
func TestSpreadAgainstR(t *testing.T) {
	var institutions []string
	var scores []int
	for _, record := range readCSV(t, "internal/raw/testdata/answers.csv") {
		institutions = append(institutions, record[0])
		scores = append(scores, must(strconv.Atoi(record[1])))
	}
	columns := withInstitutions(t, institutions, scores)
	view, q := columns.memory.View(), columns.schema.questions[0]
	counted := raw.Frequencies(view, q.raw, raw.All())
	spread := raw.Spread(view, q.raw, raw.All(), counted)
	got := append(spread.Shares[:5:5], spread.Mean)
	for i, record := range readCSV(t, "internal/raw/testdata/clusters.csv") {
		want := must(strconv.ParseFloat(record[1], 64))
		if math.Abs(got[i]-want) > 1e-9*want {
			t.Errorf("%s: %v, want %v", record[0], got[i], want)
		}
	}
	if spread.Groups != 8 { // of nine, the smallest was never drawn
		t.Errorf("%d institutions", spread.Groups)
	}
}

// TestEqualInstitutions is the case v = 0: each institution gave the same
// shares, so there is as much information as institutions (METHODS 2).
func TestEqualInstitutions(t *testing.T) {
	var institutions []string
	var scores []int
	for i := range 18 {
		institutions, scores = append(institutions, fmt.Sprint("i", i/3)), append(scores, 1+i%3)
	}
	columns := withInstitutions(t, institutions, scores)
	snapshot := Close(columns, NewSnapshot(columns.schema, 3), nil, Breakdown{})
	cell := figureOf(t, snapshot.Results(Options{}), "q").Cells[0]
	// t.test's half width 2.776445 · sqrt(0.8 / 6) with s² = 2/3 · 6/5 reaches below 1
	if mean := figureOf(t, snapshot.Results(Options{}), "q"); mean.MeanLow == nil || *mean.MeanLow != 1 {
		t.Errorf("mean from %v", value(mean.MeanLow))
	}
	// p = 1/3, 6 institutions, t with 4 degrees of freedom, the power of two
	// below 5: computed in R by
	// prop.test(2, 6, correct = FALSE, conf.level = 2*pnorm(qt(.975, 4)) - 1)
	if cell.Low != nil && math.Abs(*cell.Low-0.0613438227743) > 1e-9 || cell.Low == nil {
		t.Errorf("low end %v", value(cell.Low))
	}
}

// naive counts one question from what the test drew, without any columns.
type naive struct{ base, noAnswer, notAsked, apart int }

func TestFrequenciesAgainstNaiveCounts(t *testing.T) {
	schema := NewSchema(compiled(t, everyKind()))
	question := func(name string) raw.Question {
		for _, q := range schema.questions {
			if q.element.Name == name {
				return q.raw
			}
		}
		panic(name)
	}
	rapid.Check(t, func(t *rapid.T) {
		columns := NewColumns(schema)
		n := rapid.IntRange(1, 60).Draw(t, "n")
		online, imported := rapid.Uint32Range(0, 70).Draw(t, "online"), rapid.Uint32Range(0, 70).Draw(t, "import")
		var school naive
		chosen, spoken, ages := map[string]int{}, map[string]int{}, map[int][2]int{}
		members := map[string]int{}
		for change := 1; change <= n; change++ {
			d := drawRespondent(t, uint64(change))
			if err := columns.Load(must(schema.Encode(nil, uint64(change), []*Row{d.row(schema)}, nil))); err != nil {
				t.Fatal(err)
			}
			if d.imported == 0 && uint32(change) > online || d.imported > 0 && uint32(change) > imported {
				continue
			}
			chosen[d.school]++
			switch d.school {
			case "-":
				school.notAsked++
			case "":
				school.noAnswer++
			case "dont_know":
				school.apart++
			default:
				school.base++
			}
			for _, language := range d.speaks {
				spoken[language]++
			}
			members[d.members]++
			held := map[int]bool{}
			for _, age := range d.ages {
				count := ages[age]
				count[0]++
				if !held[age] {
					count[1]++
				}
				held[age] = true
				ages[age] = count
			}
		}
		view, limit := columns.memory.View(), raw.Limit{Online: online, Import: imported}
		got := raw.Frequencies(view, question("school"), limit)
		if now := (naive{got.Base.Rows, got.NoAnswer.Rows, got.NotAsked.Rows, got.Apart.Rows}); now != school {
			t.Fatalf("school: %+v, want %+v", now, school)
		}
		for i, name := range []string{"primary", "middle", "high", "dont_know"} {
			if got.Cells[i].Rows != chosen[name] {
				t.Fatalf("%s: %d, want %d", name, got.Cells[i].Rows, chosen[name])
			}
		}
		for i, cell := range raw.Frequencies(view, question("speaks"), limit).Cells {
			if cell.Rows != spoken[fmt.Sprint("l", i)] {
				t.Fatalf("l%d: %d, want %d", i, cell.Rows, spoken[fmt.Sprint("l", i)])
			}
		}
		for _, v := range raw.Frequencies(view, question("members"), limit).Values {
			if v.Count.Rows != members[fmt.Sprint(v.Value)] {
				t.Fatalf("members %v: %d, want %d", v.Value, v.Count.Rows, members[fmt.Sprint(v.Value)])
			}
		}
		counted := raw.Frequencies(view, question("age"), limit)
		if len(counted.Values) != len(ages) {
			t.Fatalf("ages: %v, want %v", counted.Values, ages)
		}
		for _, v := range counted.Values {
			if want := ages[int(v.Value)]; v.Count != (raw.Count{Rows: want[0], Holders: want[1]}) {
				t.Fatalf("age %v: %+v, want %v", v.Value, v.Count, want)
			}
		}
	})
}
