package analysis

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// answers are one respondent's answers by question; a missing question was not
// answered, "-" means that it was not asked.
type answersOf map[string][]string

// wave closes a wave with these responses.
func wave(t test, k int, responses []answersOf) (*Schema, *Release) {
	t.Helper()
	schema := NewSchema(compiled(t, everyKind()))
	columns := NewColumns(schema)
	var rows []*Row
	for i, one := range responses {
		row := schema.NewRow()
		row.Key = uint64(i)
		for _, e := range schema.version.Elements {
			if !schema.Has(e) || e.Within != nil {
				continue
			}
			values, state := one[e.Name], Given
			if len(values) == 1 && values[0] == "-" {
				values, state = nil, NotAsked
			}
			if err := row.Set(Main, e, state, values...); err != nil {
				t.Fatal(err)
			}
		}
		for _, age := range one["age"] {
			instance := row.Add(schema.version.Element("child"))
			if err := row.Set(instance, schema.version.Element("age"), Given, age); err != nil {
				t.Fatal(err)
			}
		}
		rows = append(rows, row)
	}
	if len(rows) > 0 {
		if err := columns.Load(must(schema.Encode(nil, 1, rows, nil))); err != nil {
			t.Fatal(err)
		}
	}
	return schema, Close(columns, NewSnapshot(schema, k), nil, Breakdown{})
}

// times repeats respondents who gave one answer.
func times(n int, question string, values ...string) []answersOf {
	var out []answersOf
	for range n {
		out = append(out, answersOf{question: values})
	}
	return out
}

func join(parts ...[]answersOf) (all []answersOf) {
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}

// line shows a figure in short: base, cells, apart, no answer, not asked.
func line(f Figure) string {
	cells := func(list []Cell) string {
		var out []string
		for _, cell := range list {
			if (cell.Count == nil) != cell.Suppressed || cell.Count == nil && (cell.Share != nil || cell.Low != nil) {
				out = append(out, "INCONSISTENT")
			}
			out = append(out, fmt.Sprintf("%s:%v", cell.Name, value(cell.Count)))
		}
		return strings.Join(out, " ")
	}
	return strings.TrimSpace(fmt.Sprintf("%v [%s] [%s] %v %v %s", value(f.Base), cells(f.Cells), cells(f.Apart),
		value(f.NoAnswer), value(f.NotAsked), f.Withheld))
}

func TestFigures(t *testing.T) {
	months := func(month string, n int) []answersOf { return times(n, "arrived", month+"-15") }
	cases := map[string]struct {
		question  string
		responses []answersOf
		want      string
	}{
		"below k": {"children", times(4, "children", "yes"),
			"hidden [yes:hidden no:hidden] [] hidden hidden too_few"},
		"no small cell": {"children", join(times(5, "children", "yes"), times(6, "children", "no")),
			"11 [yes:5 no:6] [] 0 0"},
		"zero is shown": {"children", times(10, "children", "yes"), "10 [yes:10 no:0] [] 0 0"},
		"all the same, below 2k": {"children", times(9, "children", "yes"),
			"9 [yes:hidden no:hidden] [] 0 0 whole_table"},
		"a small cell and the next": {"children", join(times(3, "children", "yes"), times(30, "children", "no")),
			"33 [yes:hidden no:hidden] [] 0 0 small_cells"},
		"too few to hide among": {"children", join(times(2, "children", "yes"), times(3, "children", "no")),
			"5 [yes:hidden no:hidden] [] 0 0 whole_table"},
		"the third cell stays": {"school", join(times(3, "school", "primary"), times(8, "school", "middle"), times(20, "school", "high")),
			"31 [primary:hidden middle:hidden high:20] [dont_know:0] 0 0 small_cells"},
		"few without an answer": {"village", join(times(20, "village", "v3"), times(2, "children", "yes")), ""},
		"few not asked give the filter away": {"school", join(times(20, "school", "primary"), times(20, "school", "high"), times(3, "school", "-")),
			"hidden [primary:hidden middle:hidden high:hidden] [dont_know:hidden] hidden hidden whole_table"},
		"few not asked among others": {"school", join(times(20, "school", "primary"), times(20, "school", "high"),
			times(3, "school", "-"), times(7, "children", "yes")),
			"40 [primary:20 middle:0 high:20] [dont_know:0] hidden hidden"},
		"opinions show ones": {"barriers", join(times(1, "barriers", "cost"), times(9, "barriers", "distance", "time"),
			times(1, "barriers", "dont_know"), times(1, "barriers")),
			"10 [cost:1 distance:9 time:9 none:0] [dont_know:1] 1 0"},
		"opinions all the same": {"barriers", times(9, "barriers", "cost", "time"),
			"hidden [cost:hidden distance:hidden time:hidden none:hidden] [dont_know:hidden] hidden hidden too_few"},
		"pairs count complete ones": {"importance", join(
			[]answersOf{{"importance": {"s1"}}, {"importance": {"s2"}, "state": {"dont_know"}}},
			repeat(4, answersOf{"importance": {"s4"}, "state": {"s1"}}), repeat(3, answersOf{"importance": {"s5"}, "state": {"s1"}}),
			[]answersOf{{"state": {"s3"}}}),
			"7 [s1:0 s2:0 s3:0 s4:4 s5:3] [dont_know:0] 1 0"},
		"the other half on the same base": {"state", join(
			[]answersOf{{"importance": {"s1"}}, {"importance": {"s2"}, "state": {"dont_know"}}},
			repeat(4, answersOf{"importance": {"s4"}, "state": {"s1"}}), repeat(3, answersOf{"importance": {"s5"}, "state": {"s2"}}),
			[]answersOf{{"state": {"s3"}}}),
			"7 [s1:4 s2:3 s3:0 s4:0 s5:0] [dont_know:1] 1 0"},
		"numbers": {"members", join(times(5, "members", "3"), times(6, "members", "12"), times(1, "members", "90")),
			"12 [0..4:5 5..9:0 10..:7] [] 0 0"},
		"numbers all the same": {"members", times(9, "members", "4"), "hidden [] [] hidden hidden too_few"},
		"months":               {"arrived", join(months("2025-10", 6), months("2025-11", 7)), "13 [2025-10:6 2025-11:7] [] 0 0"},
		"few in a month": {"arrived", join(months("2025-08", 6), months("2025-10", 2), months("2025-11", 7)),
			"15 [2025-08:6 2025-09:0 2025-10..2025-11:9] [] 0 0"},
		"months far apart":       {"arrived", join(months("2024-03", 6), months("2025-11", 7)), "13 [2024:6 2025:7] [] 0 0"},
		"one month far from all": {"arrived", join(months("2025-10", 6), months("2025-11", 7), months("1931-05", 1)), "14 [..2025-10:7 2025-11:7] [] 0 0"},
		"months all the same":    {"arrived", months("2025-10", 9), "hidden [] [] hidden hidden too_few"},
		"text":                   {"remarks", times(6, "remarks", "hello"), "6 [] [] 0 0 only_text"},
		"few texts":              {"remarks", times(4, "remarks", "hello"), "hidden [] [] hidden hidden too_few"},
		"acknowledged":           {"agreed", times(10, "agreed", "OK"), "10 [OK:10] [] 0 0"},
		"few of nine":            {"agreed", times(9, "agreed", "OK"), "hidden [OK:hidden] [] hidden hidden too_few"},
	}
	for name, c := range cases {
		_, release := wave(t, 5, c.responses)
		got := line(figureOf(t, release.Results(Options{}), c.question))
		if c.want == "" { // long lists: only what matters
			if !strings.HasPrefix(got, "20 [") || !strings.Contains(got, "v3:20") || !strings.HasSuffix(got, "hidden hidden") {
				t.Errorf("%s: %s", name, got)
			}
			continue
		}
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

func repeat(n int, one answersOf) (out []answersOf) {
	for range n {
		out = append(out, one)
	}
	return out
}

func TestScaleStatistics(t *testing.T) {
	var responses []answersOf
	for _, score := range []string{"s1", "s2", "s2", "s3", "s5", "s5", "s4", "s1", "s2", "s3", "s4", "s4"} {
		responses = append(responses, answersOf{"importance": {score}, "state": {"s3"}})
	}
	_, release := wave(t, 5, responses)
	check := func(options Options, low, high float64) {
		t.Helper()
		f := figureOf(t, release.Results(options), "importance")
		if f.Mean == nil || *f.Mean != 3 || f.Median == nil || *f.Median != 3 || f.MeanLow == nil ||
			math.Abs(*f.MeanLow-low) > 1e-9 || math.Abs(*f.MeanHigh-high) > 1e-9 {
			t.Errorf("mean %v (%v..%v), median %v", value(f.Mean), value(f.MeanLow), value(f.MeanHigh), value(f.Median))
		}
	}
	population := func(n int) Options { return Options{Population: &n} }
	check(Options{}, 2.1014515710562569, 3.8985484289437435) // interval/testdata/intervals.csv
	check(population(48), 2.2218342340041217, 3.7781657659958783)
	check(population(11), 2.1014515710562569, 3.8985484289437435)
	if results := release.Results(population(11)); !results.PopulationExceeded {
		t.Error("twelve responses of eleven people pass unnoticed")
	}
	everyone := figureOf(t, release.Results(population(12)), "importance")
	if !everyone.Everyone || everyone.MeanLow != nil || everyone.Cells[0].Low != nil || everyone.Cells[0].Share == nil {
		t.Error("an interval although all answered")
	}
	if state := figureOf(t, release.Results(Options{}), "state"); state.MeanLow != nil || state.Mean == nil {
		t.Error("an interval although all answers are equal")
	}
}

func TestNumberStatistics(t *testing.T) {
	var responses []answersOf
	for i := range 11 {
		responses = append(responses, answersOf{"members": {fmt.Sprint(100 + i*i)}})
	}
	_, release := wave(t, 5, responses)
	f := figureOf(t, release.Results(Options{}), "members")
	if f.Mean == nil || math.Abs(*f.Mean-135) > 1e-9 || f.Median == nil || *f.Median != 130 { // 125, to two digits
		t.Errorf("mean %v, median %v", value(f.Mean), value(f.Median))
	}
	if first := f.Cells[0]; !math.IsInf(first.From, -1) || math.IsInf(first.To, 0) {
		t.Errorf("the first class %+v, of which the smallest value must be no limit", first)
	}
	_, release = wave(t, 5, append(responses[:8:8], answersOf{"members": {"90000"}}))
	f = figureOf(t, release.Results(Options{}), "members")
	if f.Mean != nil || f.MeanHigh != nil || f.Median != nil {
		t.Errorf("one response dominates, and nine are fewer than 2k: mean %v, median %v", value(f.Mean), value(f.Median))
	}
}

func TestRepeatsCountRowsAndProtectRespondents(t *testing.T) {
	_, release := wave(t, 5, times(4, "age", "3", "7", "12"))
	if f := figureOf(t, release.Results(Options{}), "age"); f.Base != nil {
		t.Errorf("twelve rows of four respondents are shown: %s", line(f))
	}
	_, release = wave(t, 5, times(6, "age", "3", "7"))
	if f := figureOf(t, release.Results(Options{}), "age"); f.Base == nil || *f.Base != 12 || !f.Repeated {
		t.Errorf("six respondents with two rows each: %s", line(f))
	}
}

func TestWhatHasNoFigure(t *testing.T) {
	schema, release := wave(t, 5, nil)
	results := release.Results(Options{})
	if results.N != nil {
		t.Error("nobody is counted")
	}
	for _, figure := range results.Figures {
		e := schema.version.Element(figure.Question)
		if e.Attributed || !e.Type.Asked() {
			t.Errorf("%s has a figure", figure.Question)
		}
	}
	if len(results.Figures) != 16 {
		t.Errorf("%d figures", len(results.Figures))
	}
}

// TestReaderOfOnePage knows n, the base and every number of a page, and looks
// for a hidden cell of one question that must be below k.
func TestReaderOfOnePage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(2, 6).Draw(t, "k")
		count := rapid.IntRange(0, 9)
		parts := []int{count.Draw(t, "primary"), count.Draw(t, "middle"), count.Draw(t, "high"),
			count.Draw(t, "dont_know"), count.Draw(t, "no answer"), count.Draw(t, "not asked")}
		var responses []answersOf
		for i, name := range []string{"primary", "middle", "high", "dont_know", "", "-"} {
			one := answersOf{"school": {name}}
			if name == "" {
				one = answersOf{}
			}
			responses = append(responses, repeat(parts[i], one)...)
		}
		_, release := wave(t, k, responses)
		f := figureOf(t, release.Results(Options{}), "school")
		if f.Base == nil {
			return // nothing else is shown either, which TestFigures holds
		}
		shown := []*int{f.Cells[0].Count, f.Cells[1].Count, f.Cells[2].Count, f.Apart[0].Count, f.NoAnswer, f.NotAsked}
		for i, p := range shown {
			if p != nil && (*p != parts[i] || 0 < *p && *p < k) {
				t.Fatalf("cell %d shows %d of %d: %s", i, *p, parts[i], line(f))
			}
		}
		whole := f.Withheld == WholeTable
		for _, i := range []int{0, 1, 2, 5} { // no answer and "don't know" are no answers to protect
			if shown[i] != nil || parts[i] == 0 || parts[i] >= k {
				continue
			}
			from, to, total := 0, 3, *f.Base
			if i == 5 {
				from, to, total = 3, 6, len(responses)-*f.Base
			}
			most := total
			for other := from; other < to; other++ {
				switch {
				case other == i:
				case shown[other] != nil:
					most -= *shown[other]
				case !whole || i == 5:
					if parts[other] > 0 {
						most-- // as zeros are shown
					}
				}
			}
			if most < k {
				t.Fatalf("k = %d, n = %d: cell %d is at most %d: %s", k, len(responses), i, most, line(f))
			}
		}
	})
}
