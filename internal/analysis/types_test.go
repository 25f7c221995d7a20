package analysis

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/analysis/internal/raw"
	"bedarfslotse/internal/survey"
)

// everyOrder is a survey of orders, ranges, times and dates. Opinions are those
// whose names begin with "wish".
func everyOrder() *survey.Survey {
	s := &survey.Survey{ID: "types", Version: "1", Language: "en", Languages: []string{"en"}, Title: text("types"),
		Choices: []*survey.ChoiceList{choices("wish", "pool", "park", "path"), choices("with", "pool", "dont_know", "park", "path"),
			choices("many", many("m", 25)...), choices("yesno", "yes", "no")}}
	add := func(kind survey.Type, name, list, appearance, parameters string) *survey.Node {
		n := &survey.Node{Type: kind, Name: name, List: list, Label: text(name), Appearance: appearance, Parameters: parameters}
		if strings.HasPrefix(name, "wish") {
			n.Measures = &survey.Measure{Field: "language_support", As: survey.Need}
		}
		s.Nodes = append(s.Nodes, n)
		return n
	}
	add(survey.SelectOne, "wish_any", "yesno", "", "")
	add(survey.SelectOne, "lives", "yesno", "", "")
	add(survey.Rank, "wishes", "wish", "", "")
	add(survey.Rank, "habits", "wish", "", "")
	add(survey.Rank, "wish_with", "with", "", "")
	add(survey.Rank, "wish_many", "many", "", "")
	add(survey.Rank, "wish_part", "wish", "", "").ChoiceFilter = "name != 'path' or ${wish_any} = 'yes'"
	add(survey.Rank, "wish_lives", "wish", "", "").ChoiceFilter = "name != 'path' or ${lives} = 'yes'"
	add(survey.TypeRange, "wish_marks", "", "", "start=10 end=0 step=1")
	add(survey.TypeRange, "half", "", "", "start=-1 end=1 step=0.5")
	add(survey.TypeRange, "long", "", "", "start=0 end=100 step=5")
	add(survey.Time, "hour", "", "", "")
	add(survey.DateTime, "moment", "", "", "")
	add(survey.Date, "year", "", "year", "")
	add(survey.Date, "month", "", "month-year", "")
	again := add(survey.Repeat, "child", "", "", "")
	again.Children = []*survey.Node{{Type: survey.Rank, Name: "child_order", List: "wish", Label: text("child_order")}}
	return s
}

// orderWave closes a wave in which n respondents each gave these answers.
func orderWave(t test, k int, groups ...answersOf) (*Schema, Results) {
	t.Helper()
	schema := NewSchema(compiled(t, everyOrder()))
	columns := NewColumns(schema)
	var rows []*Row
	for _, one := range groups {
		var n int
		if _, err := fmt.Sscan(one["n"][0], &n); err != nil {
			t.Fatal(err)
		}
		for range n {
			row := schema.NewRow()
			row.Key = uint64(len(rows))
			for _, e := range schema.version.Elements {
				if !schema.Has(e) || e.Within != nil {
					continue
				}
				if err := row.Set(Main, e, Given, one[e.Name]...); err != nil {
					t.Fatal(err)
				}
			}
			rows = append(rows, row)
		}
	}
	if err := columns.Load(must(schema.Encode(nil, 1, rows, nil))); err != nil {
		t.Fatal(err)
	}
	release := Close(columns, NewSnapshot(schema, k), nil, Breakdown{})
	stored := must(release.MarshalBinary())
	return schema, must(ReadRelease(schema, stored)).Results(Options{})
}

func gave(n int, pairs ...string) answersOf {
	one := answersOf{"n": {fmt.Sprint(n)}}
	for i := 0; i < len(pairs); i += 2 {
		one[pairs[i]] = []string{pairs[i+1]}
	}
	return one
}

// placing shows where the choices of an order stand: base, mean and places.
func placing(f Figure) string {
	var out []string
	for _, cell := range f.Cells {
		if cell.Placing == nil {
			out = append(out, cell.Name+":-")
			continue
		}
		out = append(out, fmt.Sprintf("%s:%d %.2f %v", cell.Name, cell.Placing.Base, cell.Placing.Mean, cell.Placing.Ranks))
	}
	return strings.Join(out, ", ")
}

func TestOrders(t *testing.T) {
	cases := map[string]struct {
		question, want, places string
		groups                 []answersOf
	}{
		"an opinion shows ones": {"wishes", "10 [pool:6 park:3 path:1] [] 0 0", "pool:10 1.50 [6 3 1], park:10 1.80 [3 6 1], path:10 2.70 [1 1 8]",
			[]answersOf{gave(6, "wishes", "pool park path"), gave(2, "wishes", "park pool path"), gave(1, "wishes", "park path pool"), gave(1, "wishes", "path pool park")}},
		"what identifies, all counts 0 or k": {"habits", "10 [pool:5 park:5 path:0] [] 0 0", "pool:10 1.50 [5 5 0], park:10 1.50 [5 5 0], path:10 3.00 [0 0 10]",
			[]answersOf{gave(5, "habits", "pool park path"), gave(5, "habits", "park pool path")}},
		"what identifies, a small count further down": {"habits", "20 [pool:10 park:10 path:0] [] 0 0 only_first", "pool:-, park:-, path:-",
			[]answersOf{gave(10, "habits", "pool park path"), gave(8, "habits", "park pool path"), gave(2, "habits", "park path pool")}},
		"what identifies, a small first place": {"habits", "22 [pool:10 park:hidden path:hidden] [] 0 0 small_cells", "pool:-, park:-, path:-",
			[]answersOf{gave(10, "habits", "pool park path"), gave(9, "habits", "park pool path"), gave(3, "habits", "path pool park")}},
		"nine who agree about one place": {"wishes", "hidden [pool:hidden park:hidden path:hidden] [] hidden hidden too_few", "pool:-, park:-, path:-",
			[]answersOf{gave(5, "wishes", "pool park path"), gave(4, "wishes", "park pool path")}},
		"ten who agree": {"wishes", "10 [pool:10 park:0 path:0] [] 0 0", "pool:10 1.00 [10 0 0], park:10 2.00 [0 10 0], path:10 3.00 [0 0 10]",
			[]answersOf{gave(10, "wishes", "pool park path")}},
		"four": {"wishes", "hidden [pool:hidden park:hidden path:hidden] [] hidden hidden too_few", "pool:-, park:-, path:-",
			[]answersOf{gave(4, "wishes", "pool park path")}},
		"don't know has no place": {"wish_with", "12 [pool:9 park:1 path:2] [] 0 0", "pool:12 1.25 [9 3 0], park:12 2.00 [1 10 1], path:12 2.75 [2 0 9]",
			nil},
		"what the filter left out": {"wish_part", "17 [pool:7 park:10 path:0] [] 0 0", "pool:17 1.59 [7 10 0], park:17 1.41 [10 7 0], path:7 3.00 [0 0 7]",
			[]answersOf{gave(7, "wish_part", "pool park path"), gave(10, "wish_part", "park pool")}},
		"a choice that few could place": {"wish_part", "16 [pool:6 park:9 path:1] [] 0 0", "pool:16 1.69 [6 9 1], park:16 1.44 [9 7 0], path:-",
			[]answersOf{gave(3, "wish_part", "pool park path"), gave(1, "wish_part", "path park pool"), gave(3, "wish_part", "pool park"), gave(9, "wish_part", "park pool")}},
		"a filter that identifies": {"wish_lives", "20 [pool:10 park:10 path:0] [] 0 0 only_first", "pool:-, park:-, path:-",
			[]answersOf{gave(10, "wish_lives", "pool park path"), gave(10, "wish_lives", "park pool")}},
	}
	know := cases["don't know has no place"]
	know.groups = []answersOf{gave(8, "wish_with", "dont_know pool park path"), gave(2, "wish_with", "path dont_know park pool"),
		gave(1, "wish_with", "pool dont_know path park"), gave(1, "wish_with", "park pool path dont_know")}
	know.places = "pool:12 1.42 [9 1 2], park:12 2.00 [1 10 1], path:12 2.58 [2 1 9]"
	cases["don't know has no place"] = know
	for name, c := range cases {
		_, results := orderWave(t, 5, c.groups...)
		f := figureOf(t, results, c.question)
		if got := line(f); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
		if got := placing(f); got != c.places {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.places)
		}
		if f.Kind != Order || strings.HasPrefix(name, "an opinion") && (f.Max != 3 || f.Partial) || strings.HasPrefix(name, "what the filter") && !f.Partial {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// TestOrdersAgainstNaiveCounts compares with counting by hand, in repeats
// and with a limit as well.
func TestOrdersAgainstNaiveCounts(t *testing.T) {
	schema := NewSchema(compiled(t, everyOrder()))
	question := func(name string) *question {
		return schema.questions[slices.IndexFunc(schema.questions, func(q *question) bool { return q.element.Name == name })]
	}
	rapid.Check(t, func(t *rapid.T) {
		columns, limit := NewColumns(schema), uint32(rapid.IntRange(0, 30).Draw(t, "limit"))
		want := map[string]map[string][]int{}
		base, holders := map[string]int{}, map[string]int{}
		note := func(name string, substantive []string) {
			if want[name] == nil {
				want[name] = map[string][]int{}
			}
			base[name]++
			for place, choice := range substantive {
				counts := append(want[name][choice], make([]int, 30)...)[:30]
				counts[place]++
				want[name][choice] = counts
			}
		}
		for change := 1; change <= rapid.IntRange(1, 25).Draw(t, "n"); change++ {
			row := schema.NewRow()
			row.Key = uint64(change)
			inside := uint32(change) <= limit
			for _, name := range []string{"wish_many", "wish_with", "wish_part"} {
				q := question(name)
				var all []string
				for _, choice := range q.element.Choices.Choices {
					all = append(all, choice.Name)
				}
				order := rapid.Permutation(all).Draw(t, name)
				if name == "wish_part" {
					order = order[:rapid.IntRange(0, len(order)).Draw(t, "length")]
				}
				if err := row.Set(Main, q.element, Given, strings.Join(order, " ")); err != nil {
					t.Fatal(err)
				}
				order = slices.DeleteFunc(slices.Clone(order), func(choice string) bool { return choice == "dont_know" })
				if inside && len(order) > 0 {
					note(name, order)
				}
			}
			children := rapid.IntRange(0, 3).Draw(t, "children")
			for range children {
				instance := row.Add(schema.version.Element("child"))
				order := rapid.Permutation([]string{"pool", "park", "path"}).Draw(t, "child")
				if err := row.Set(instance, schema.version.Element("child_order"), Given, strings.Join(order, " ")); err != nil {
					t.Fatal(err)
				}
				if inside {
					note("child_order", order)
				}
			}
			if inside && children > 0 {
				holders["child_order"]++
			}
			if err := columns.Load(must(schema.Encode(nil, uint64(change), []*Row{row}, nil))); err != nil {
				t.Fatal(err)
			}
		}
		for name := range want {
			q := question(name)
			got := raw.Frequencies(columns.memory.View(), q.raw, raw.Limit{Online: limit})
			if got.Base.Rows != base[name] || holders[name] > 0 && got.Base.Holders != holders[name] {
				t.Fatalf("%s: base %+v, want %d", name, got.Base, base[name])
			}
			for i, choice := range q.element.Choices.Choices {
				for place, count := range got.Places[i].Cells {
					counts := append(want[name][choice.Name], make([]int, 30)...)
					if count.Rows != counts[place] || place == 0 && got.Cells[i] != count {
						t.Fatalf("%s: %s at place %d: %+v, want %d", name, choice.Name, place, count, counts[place])
					}
				}
			}
		}
	})
}

// TestOrderIntervals compares a mean place with t.test worked by hand.
func TestOrderIntervals(t *testing.T) {
	_, results := orderWave(t, 5, gave(6, "wishes", "pool park path"), gave(3, "wishes", "park pool path"), gave(3, "wishes", "park path pool"))
	p := figureOf(t, results, "wishes").Cells[0].Placing
	// mean 7/4, s² = 3/4, t with 11 degrees of freedom 2.200985
	if half := 2.2009851600829 * math.Sqrt(0.75/12); math.Abs(*p.Low-1.75+half) > 1e-9 || math.Abs(*p.High-1.75-half) > 1e-9 {
		t.Errorf("pool's mean place lies in %v..%v", *p.Low, *p.High)
	}
	_, results = orderWave(t, 5, gave(12, "wishes", "pool park path"))
	if p := figureOf(t, results, "wishes").Cells[1].Placing; p.Low != nil {
		t.Errorf("all agree, and yet %v..%v", *p.Low, *p.High)
	}
}

// TestOrdersOfInstitutions compares an order's intervals with those that the same
// numbers have as a scale.
func TestOrdersOfInstitutions(t *testing.T) {
	schema := NewSchema(compiled(t, everyOrder()))
	random := rand.New(rand.NewPCG(5, 1))
	columns := NewColumns(schema)
	var rows []*Row
	var institutions []string
	var scores []int
	for i := range 90 {
		row := schema.NewRow()
		institution := fmt.Sprint("i", i%7)
		row.Key, row.Institution = uint64(i), institution
		order := []string{"pool", "park", "path"}
		if random.IntN(7) > i%7 {
			order[0], order[2] = order[2], order[0]
		}
		set(t, row, "wishes", strings.Join(order, " "))
		rows, institutions, scores = append(rows, row), append(institutions, institution), append(scores, 1+slices.Index(order, "path"))
	}
	if err := columns.Load(must(schema.Encode(nil, 1, rows, nil))); err != nil {
		t.Fatal(err)
	}
	got := figureOf(t, Close(columns, NewSnapshot(schema, 5), nil, Breakdown{}).Results(Options{}), "wishes").Cells[2]
	asScale := withInstitutions(t, institutions, scores)
	want := figureOf(t, Close(asScale, NewSnapshot(asScale.schema, 5), nil, Breakdown{}).Results(Options{}), "q")
	if *got.Placing.Low != *want.MeanLow || *got.Placing.High != *want.MeanHigh || *got.Low != *want.Cells[0].Low || *got.High != *want.Cells[0].High {
		t.Errorf("as an order %v..%v and %v..%v, as a scale %v..%v and %v..%v", *got.Placing.Low, *got.Placing.High, *got.Low, *got.High,
			*want.MeanLow, *want.MeanHigh, *want.Cells[0].Low, *want.Cells[0].High)
	}
}

// TestOrdersShownOnceAndThenNot: what was shown in full is not shown in part.
func TestOrdersShownOnceAndThenNot(t *testing.T) {
	schema := NewSchema(compiled(t, everyOrder()))
	columns, snapshot, change := NewColumns(schema), NewSnapshot(schema, 5), 0
	add := func(n int, order string) {
		for range n {
			change++
			row := schema.NewRow()
			row.Key = uint64(change)
			set(t, row, "habits", order)
			if err := columns.Load(must(schema.Encode(nil, uint64(change), []*Row{row}, nil))); err != nil {
				t.Fatal(err)
			}
		}
	}
	show := func() string {
		snapshot, _ = snapshot.Advance(columns)
		return line(figureOf(t, snapshot.Results(Options{}), "habits"))
	}
	add(6, "pool park path")
	add(14, "park pool path")
	if got := show(); got != "15 [pool:6 park:9 path:0] [] 0 0" { // the last five are left out
		t.Fatal(got)
	}
	add(2, "park path pool")
	add(9, "park pool path")
	if got := show(); got != "26 [pool:hidden park:hidden path:hidden] [] 0 0 whole_table" {
		t.Error(got)
	}
	add(4, "park path pool")
	add(9, "park pool path")
	if got := show(); got != "39 [pool:6 park:33 path:0] [] 0 0" {
		t.Error(got)
	}
}

func TestWhatIsNoOrder(t *testing.T) {
	schema := NewSchema(compiled(t, everyOrder()))
	for _, wrong := range []string{"pool pool park", "pool sea", "1:pool"} {
		if err := schema.NewRow().Set(Main, schema.version.Element("wishes"), Given, wrong); err == nil {
			t.Errorf("%q is an order", wrong)
		}
	}
	for name, wrong := range map[string]string{"wish_marks": "11", "half": "0.25", "hour": "25:00"} {
		if err := schema.NewRow().Set(Main, schema.version.Element(name), Given, wrong); err == nil {
			t.Errorf("%s is %s", name, wrong)
		}
	}
}

func TestRangesTimesAndDates(t *testing.T) {
	cases := map[string]struct {
		question, want string
		groups         []answersOf
	}{
		"an opinion's range": {"wish_marks", "13 [10:1 9:0 8:6 7:0 6:0 5:0 4:0 3:0 2:6 1:0 0:0] [] 0 0",
			[]answersOf{gave(1, "wish_marks", "10"), gave(6, "wish_marks", "8"), gave(6, "wish_marks", "2")}},
		"a range that identifies": {"half", "27 [-1:hidden -0.5:20 0:hidden 0.5:0 1:0] [] 0 0 small_cells",
			[]answersOf{gave(1, "half", "-1"), gave(20, "half", "-0.5"), gave(6, "half", "0")}},
		"a range of many numbers": {"long", "14 [0..9:6 10..19:0 20..29:0 30..:8] [] 0 0",
			[]answersOf{gave(6, "long", "5"), gave(7, "long", "35"), gave(1, "long", "100")}},
		"hours":                {"hour", "13 [07:00..07:59:6 08:00..08:59:0 09:00..:7] [] 0 0", []answersOf{gave(6, "hour", "07:59"), gave(6, "hour", "09:00"), gave(1, "hour", "23:10")}},
		"parts of the day":     {"hour", "12 [04:00..07:59:6 08:00..11:59:0 12:00..15:59:0 16:00..19:59:6] [] 0 0", []answersOf{gave(6, "hour", "06:30"), gave(6, "hour", "18:00")}},
		"moments":              {"moment", "12 [2026-03:6 2026-04:6] [] 0 0", []answersOf{gave(6, "moment", "2026-03-01T23:59"), gave(6, "moment", "2026-04-30T00:00")}},
		"years":                {"year", "13 [2019:6 2020:0 2021..2022:7] [] 0 0", []answersOf{gave(6, "year", "2019-01-01"), gave(2, "year", "2021-01-01"), gave(5, "year", "2022-01-01")}},
		"years all the same":   {"year", "hidden [] [] hidden hidden too_few", []answersOf{gave(9, "year", "2019-01-01")}},
		"many years":           {"year", "12 [1980..1999:6 2000..2019:6] [] 0 0", []answersOf{gave(6, "year", "1984-01-01"), gave(6, "year", "2019-01-01")}},
		"months of month-year": {"month", "12 [2025-12:6 2026-01:6] [] 0 0", []answersOf{gave(6, "month", "2025-12-01"), gave(6, "month", "2026-01-01")}},
		"quarters":             {"month", "12 [2025-04..2025-06:6 2025-07..2025-09:0 2025-10..2025-12:6] [] 0 0", []answersOf{gave(6, "month", "2025-04-01"), gave(6, "month", "2025-11-01")}},
	}
	for name, c := range cases {
		_, results := orderWave(t, 5, c.groups...)
		if got := line(figureOf(t, results, c.question)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
	_, results := orderWave(t, 5, gave(1, "wish_marks", "10"), gave(6, "wish_marks", "8"), gave(6, "wish_marks", "2"))
	marks := figureOf(t, results, "wish_marks")
	if marks.Kind != Scale || *marks.Median != 8 || math.Abs(*marks.Mean-70.0/13) > 1e-12 || *marks.MeanHigh > 10 || marks.Cells[0].Score != 10 {
		t.Errorf("mean %v, median %v, %+v", value(marks.Mean), value(marks.Median), marks.Cells[0])
	}
	_, results = orderWave(t, 5, gave(20, "hour", "07:59"), gave(20, "year", "2020-01-01"))
	for _, name := range []string{"hour", "year"} {
		if f := figureOf(t, results, name); f.Mean != nil || f.Median != nil {
			t.Errorf("%s has mean %v and median %v", name, value(f.Mean), value(f.Median))
		}
	}
}

// TestChoicesFromAnswersAreTexts: nobody charts what respondents wrote, and
// names of choices that hold spaces are told apart.
func TestChoicesFromAnswersAreTexts(t *testing.T) {
	schema := func(names ...string) *Schema {
		repeat := &survey.Node{Type: survey.Repeat, Name: "r", Label: text("R"), Children: []*survey.Node{{Type: survey.TextType, Name: "n", Label: text("N")}}}
		return NewSchema(compiled(t, &survey.Survey{ID: "from", Version: "1", Language: "en", Languages: []string{"en"},
			Title: text("from"), Choices: []*survey.ChoiceList{choices("spaced", names...)},
			Nodes: []*survey.Node{repeat, {Type: survey.SelectOne, Name: "who", List: "${n}", Label: text("W")},
				{Type: survey.SelectOne, Name: "one", List: "spaced", Label: text("O")},
				{Type: survey.Note, Name: "sum", Calculation: "count(${r})", Label: text("S")}}}))
	}
	s := schema("a b", "c")
	kinds := map[string]Kind{}
	for _, q := range s.questions {
		kinds[q.element.Name] = q.kind
	}
	if len(kinds) != 3 || kinds["who"] != Answered || kinds["one"] != Single || kinds["n"] != Answered || !s.Has(s.version.Element("sum")) {
		t.Errorf("kinds: %v", kinds)
	}
	if s.Fingerprint() == schema("a", "b c").Fingerprint() {
		t.Error("other choices have the same fingerprint: answers would be read as others")
	}
	row := s.NewRow()
	for name, value := range map[string]string{"who": "Ada Lovelace", "one": "a b", "sum": "2"} {
		if err := row.Set(Main, s.version.Element(name), Given, value); err != nil {
			t.Error(err)
		}
	}
}
