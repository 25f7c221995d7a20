package analysis

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"

	"bedarfslotse/internal/analysis/internal/perturb"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/survey"
	"bedarfslotse/internal/testoracle"
)

// metroSurvey is the city's survey with a number and a date.
func metroSurvey() *survey.Survey {
	s := citySurvey()
	s.Nodes = append(s.Nodes, &survey.Node{Type: survey.Integer, Name: "years", Label: text("years")},
		&survey.Node{Type: survey.Date, Name: "arrived", Label: text("arrived")},
		&survey.Node{Type: survey.SelectOne, Name: "trust", List: "scale", Label: text("trust"), Measures: &survey.Measure{Field: "counselling", As: survey.Consensus}},
		&survey.Node{Type: survey.SelectOne, Name: "safety", List: "scale", Label: text("safety"), Measures: &survey.Measure{Field: "counselling", As: survey.Need}})
	return s
}

func label(words string) map[string]string { return map[string]string{"de": words, "en": words} }

func recoded(name, source string, categories ...[]string) Variable {
	v := Variable{Name: name, Label: label(name), Definition: Definition{Kind: Recode, Source: source}}
	for i, choices := range categories {
		v.Categories = append(v.Categories, Merged{Name: fmt.Sprint("c", i+1), Label: label("category"), Choices: choices})
	}
	return v
}

func banded(name, source string, limits ...string) Variable {
	return Variable{Name: name, Label: label(name), Definition: Definition{Kind: Band, Source: source, Limits: limits}}
}

func indexed(name string, items ...Item) Variable {
	return Variable{Name: name, Label: label(name), Definition: Definition{Kind: Index, Items: items}}
}

// metroVariables are of every kind and role.
func metroVariables() []Variable {
	return []Variable{
		recoded("wish2", "wish", []string{"sport", "music"}),
		recoded("gender2", "gender", []string{"d", "none"}),
		recoded("age3", "age", []string{"a1", "a3"}, []string{"a4", "a5"}),
		recoded("status2", "status", []string{"s2", "s3"}),
		recoded("need3", "need", []string{"s1", "s2"}, []string{"s4", "s5"}),
		recoded("importance2", "importance", []string{"s1", "s2", "s3"}),
		recoded("barriers2", "barriers", []string{"cost", "distance"}),
		recoded("speaks2", "speaks", []string{"m", "d"}),
		banded("need_high", "need", "4"),
		banded("years3", "years", "6", "18"),
		banded("arrived2", "arrived", "2020-07"),
		indexed("mood", Item{"need", false}, Item{"trust", false}, Item{"safety", true}),
	}
}

// metro is a simulated wave of n people, released, with calculated variables.
func metro(t test, seed uint64, n, districts int) (*simulation, *Explorer) {
	t.Helper()
	schema := NewSchema(compiled(t, metroSurvey()))
	s := simulate(t, schema, seed, 5, districts)
	for range n {
		s.arrive(s.draw(s.random.IntN(districts)))
	}
	s.publish(true)
	s.variables = metroVariables()
	for i, v := range s.variables {
		if err := schema.CheckVariable(v, s.variables[:i]); err != nil {
			t.Fatal(err)
		}
	}
	return s, must(s.release.Explore(s.columns, s.breakdown, Options{Calculated: schema.Calculate(s.variables)}))
}

// categories are those of a calculated variable that a person is in, by what the
// test itself makes of the answers; cells are the classes that hold for bands.
func (s *simulation) categories(p *person, v Variable, cells []Cell) (names []string) {
	answers := p.answers[v.Source]
	if len(answers) == 0 {
		return []string{NotKnown}
	}
	if answers[0] == "-" {
		return []string{NotAskedValue}
	}
	source := s.schema.question(v.Source)
	for _, answer := range answers {
		switch {
		case v.Kind == Band && source.kind == Scale:
			name := answer
			for _, cell := range cells {
				if score, err := strconv.Atoi(answer[1:]); err == nil && name == answer {
					low, high := 0, 0
					if n, _ := fmt.Sscanf(cell.Name, "%d..%d", &low, &high); n == 1 {
						high = low
					}
					if low <= score && score <= high {
						name = cell.Name
					}
				}
			}
			names = append(names, name)
		case v.Kind == Band:
			value, err := strconv.ParseFloat(answer, 64)
			if err != nil { // 2020-07-01
				year, month := 0, 0
				if _, err := fmt.Sscanf(answer, "%d-%d", &year, &month); err != nil {
					s.t.Fatal(err)
				}
				value = float64(12*year + month - 1)
			}
			for _, cell := range cells {
				if cell.From <= value && value <= cell.To {
					names = append(names, cell.Name)
				}
			}
		default:
			name := answer
			for _, category := range v.Categories {
				if slices.Contains(category.Choices, answer) {
					name = category.Name
				}
			}
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// checkCalculated compares a figure of a recode or band with the answers of those
// in its group.
func (s *simulation) checkCalculated(x *Explorer, f Figure, group []*person) {
	s.t.Helper()
	v := s.variables[slices.IndexFunc(s.variables, func(v Variable) bool { return v.Name == f.Question })]
	q, whole := x.question(f.Question), x.figure(x.question(f.Question))
	shown := func(members []*person) int {
		key := uint64(0)
		for _, p := range members {
			key += p.key
		}
		if f.Perturbed {
			return perturb.Shipped().Count(len(members), key)
		}
		return len(members)
	}
	unit := slices.IndexFunc(s.schema.units, func(of unit) bool { return slices.Contains(of, q.derived.source) })
	var base []*person
	for _, p := range group {
		if s.inBase(p, unit) {
			base = append(base, p)
		}
	}
	if f.Base == nil {
		if len(base) >= s.k && whole.Base != nil {
			s.t.Errorf("%s hides a base of %d", f.Question, len(base))
		}
		return
	}
	if *f.Base != shown(base) {
		s.t.Errorf("%s: base %d, want %d", f.Question, *f.Base, shown(base))
	}
	for i, cell := range f.Cells {
		if cell.Suppressed != whole.Cells[i].Suppressed || cell.Suppressed != (cell.Count == nil) || cell.Name != whole.Cells[i].Name {
			s.t.Errorf("%s, %s: hidden %v, of the whole wave %v", f.Question, cell.Name, cell.Suppressed, whole.Cells[i].Suppressed)
		}
		var chose []*person
		for _, p := range base {
			if slices.Contains(s.categories(p, v, whole.Cells), cell.Name) {
				chose = append(chose, p)
			}
		}
		if cell.Count != nil && *cell.Count != shown(chose) {
			s.t.Errorf("%s, %s: %d, want %d (perturbed %v)", f.Question, cell.Name, *cell.Count, shown(chose), f.Perturbed)
		}
		if cell.Share != nil && (*cell.Share > 1 || *cell.Low > *cell.Share || *cell.High < *cell.Share) {
			s.t.Errorf("%s, %s: share %v in %v..%v", f.Question, cell.Name, *cell.Share, *cell.Low, *cell.High)
		}
	}
}

func calculatedNames() (names []string) {
	for _, v := range metroVariables() {
		if v.Kind != Index {
			names = append(names, v.Name)
		}
	}
	return names
}

// TestHeavyCalculatedAgainstAnswers: of the whole wave and of groups of every kind, by
// questions and by the variables themselves.
func TestHeavyCalculatedAgainstAnswers(t *testing.T) {
	exact, changed, hidden := 0, 0, 0
	for seed, n := range []int{60, 150, 400} {
		s, x := metro(t, uint64(seed), n, 4)
		queries := []Query{{}, {By: []string{VariableArea}}, {By: []string{VariableLanguage}}, {By: []string{"wish"}},
			{Filters: []Condition{{VariableLanguage, "ar"}}}, {Filters: []Condition{{VariableArea, "d1"}}, By: []string{VariableInstitutionType}}}
		for _, name := range calculatedNames() {
			queries = append(queries, Query{By: []string{name}}, Query{By: []string{name, VariableLanguage}}, Query{By: []string{VariableArea, name}})
		}
		for _, query := range queries {
			query.Questions = calculatedNames()
			answer, err := x.Query(query)
			if failed := failure.As(err); failed != nil && failed.Code == failure.Forbidden {
				continue
			} else if err != nil {
				t.Fatalf("%v: %v", query, err)
			}
			for _, group := range answer.Groups {
				members := s.meeting(x, query, answer, group.Values)
				if group.Refused != NotRefused {
					continue
				}
				if n := len(members); n < 5 || !group.Perturbed && *group.N != n {
					t.Errorf("%v %v: %d people are shown as %d", query, group.Values, n, *group.N)
				}
				for _, f := range group.Figures {
					together := members
					if f.Together != nil {
						together = nil
						for _, at := range f.Together {
							together = append(together, s.meeting(x, query, answer, answer.Groups[at].Values)...)
						}
					}
					s.checkCalculated(x, f, together)
					switch {
					case f.Perturbed:
						changed++
					case f.Base != nil:
						exact++
					}
					if f.Withheld == SmallCells {
						hidden++
					}
				}
			}
		}
	}
	if exact < 100 || changed < 1000 || hidden < 50 {
		t.Errorf("%d exact, %d perturbed, %d with hidden cells: too few to tell", exact, changed, hidden)
	}
}

// meeting are the people in a group of an answer.
func (s *simulation) meeting(x *Explorer, query Query, answer Answer, values [][]string) (found []*person) {
	for _, p := range s.people {
		is := true
		for i, variable := range query.By {
			is = is && s.within(x, p, variable, values[i])
		}
		for _, filter := range query.Filters {
			wanted := []string{filter.Value}
			for _, joined := range answer.Joined {
				if slices.Contains(joined, filter.Value) {
					wanted = joined
				}
			}
			is = is && s.within(x, p, filter.Variable, wanted)
		}
		if is {
			found = append(found, p)
		}
	}
	return found
}

// within tells whether a person meets a condition about any variable.
func (s *simulation) within(x *Explorer, p *person, variable string, values []string) bool {
	if at := slices.IndexFunc(s.variables, func(v Variable) bool { return v.Name == variable }); at >= 0 {
		v := s.variables[at]
		return slices.ContainsFunc(s.categories(p, v, x.figure(x.question(variable)).Cells), func(name string) bool { return slices.Contains(values, name) })
	}
	return s.in(p, variable, values)
}

// TestRecodesAreUnions: whatever group a recode or band leads to is a union of
// groups that its source leads to, with the same figures where it is one of them.
func TestRecodesAreUnions(t *testing.T) {
	same := 0
	for seed := range uint64(4) {
		_, x := metro(t, 20+seed, 250, 4)
		for _, v := range metroVariables() {
			source := x.question(v.Source)
			if v.Kind != Recode || source.kind == Multiple {
				continue
			}
			for _, filters := range [][]Condition{nil, {{VariableLanguage, "de"}}, {{VariableLanguage, "ar"}}, {{VariableArea, "d2"}}} {
				fine, err := x.Query(Query{Filters: filters, By: []string{v.Source}, Questions: []string{"trust", v.Source}})
				whole, wrong := x.Query(Query{Filters: filters, By: []string{v.Name}, Questions: []string{"trust", v.Source}})
				if (err == nil) != (wrong == nil) {
					t.Fatalf("%s: %v, %s: %v", v.Source, err, v.Name, wrong)
				}
				if err != nil {
					continue
				}
				for _, group := range fine.Groups {
					of := map[string]bool{} // the groups of the recode that hold its choices
					for _, choice := range group.Values[0] {
						for i, other := range whole.Groups {
							if slices.Contains(other.Values[0], x.category(v.Name, choice)) {
								of[fmt.Sprint(i)] = true
							}
						}
					}
					if len(of) != 1 {
						t.Fatalf("%s: %v lies in %d groups of %s", v.Source, group.Values, len(of), v.Name)
					}
				}
				for _, other := range whole.Groups {
					for _, group := range fine.Groups {
						if len(other.Values[0]) != 1 || len(group.Values[0]) != 1 || group.Values[0][0] != other.Values[0][0] || group.Refused != NotRefused {
							continue // of one choice that was not merged
						}
						same++
						if *group.N != *other.N || line(group.Figures[0]) != line(other.Figures[0]) {
							t.Errorf("%s, %s: %s and %s", v.Name, other.Values[0], line(group.Figures[0]), line(other.Figures[0]))
						}
					}
				}
			}
		}
	}
	if same < 50 {
		t.Errorf("only %d groups were compared", same)
	}
}

// category is the category of a recode that a choice of its source is in.
func (x *Explorer) category(variable, choice string) string {
	q := x.question(variable)
	if at := q.derived.source.place(choice); at >= 0 {
		return q.cell(q.derived.of[at]).Name
	}
	return choice // not known, or not asked
}

// TestCellsAreGroups: how many of a group chose a category is how many a filter of
// it leaves, changed by the same key.
func TestCellsAreGroups(t *testing.T) {
	s, x := metro(t, 9, 400, 3)
	compared := 0
	for _, name := range calculatedNames() {
		all, err := x.Query(Query{Filters: []Condition{{VariableLanguage, "uk"}}, Questions: []string{name}})
		if err != nil {
			t.Fatal(err)
		}
		f := all.Groups[0].Figures[0]
		if s.schema.question(x.question(name).derived.source.element.Name).pair != nil {
			continue // a condition takes in who gave half of a pair
		}
		for _, cell := range f.Cells {
			one, err := x.Query(Query{Filters: []Condition{{VariableLanguage, "uk"}, {name, cell.Name}}, Questions: []string{"need"}})
			if err != nil || len(one.Joined) > 0 || cell.Count == nil {
				continue
			}
			compared++
			if *one.Groups[0].N != *cell.Count {
				t.Errorf("%s, %s: %d by the filter, %d in the figure", name, cell.Name, *one.Groups[0].N, *cell.Count)
			}
		}
	}
	if compared < 12 {
		t.Errorf("only %d cells were compared", compared)
	}
}

// TestHiddenStaysHidden: a category with a hidden choice in it is hidden, and the
// numbers shown give nothing that the source's do not.
func TestHiddenStaysHidden(t *testing.T) {
	hiding := 0
	for seed := range uint64(20) {
		_, x := metro(t, 40+seed, 60, 3)
		for _, v := range metroVariables() {
			q := x.question(v.Name)
			if v.Kind != Recode || q.kind == Multiple {
				continue
			}
			source, f := x.figure(q.derived.source), x.figure(q)
			if (source.Base == nil) != (f.Base == nil) || source.Base != nil && *source.Base != *f.Base {
				t.Fatalf("%s: base %v, of its source %v", v.Name, f.Base, source.Base)
			}
			for _, cell := range f.Cells {
				sum, hidden := 0, false
				for _, from := range source.Cells {
					if x.category(v.Name, from.Name) == cell.Name {
						if hidden = hidden || from.Count == nil; from.Count != nil {
							sum += *from.Count
						}
					}
				}
				if hidden {
					hiding++
				}
				if hidden != (cell.Count == nil) || !hidden && *cell.Count != sum {
					t.Errorf("%s, %s: %v, want %d, hidden %v", v.Name, cell.Name, cell.Count, sum, hidden)
				}
			}
		}
	}
	if hiding < 20 {
		t.Errorf("only %d categories hold a hidden choice", hiding)
	}
}

// TestUnionsOfTicks: of a category of several ticks neither how many ticked
// several of them nor how many ticked it beside one choice may be few.
func TestUnionsOfTicks(t *testing.T) {
	schema := NewSchema(compiled(t, metroSurvey()))
	for name, c := range map[string]struct {
		cost, distance, both int
		shown                bool
	}{
		"many of each":     {20, 20, 10, true},
		"nobody both":      {20, 20, 0, true},
		"few both":         {20, 20, 3, false},
		"few distance":     {20, 3, 10, false},
		"all distance too": {20, 0, 10, true},
	} {
		s := simulate(t, schema, 5, 5, 3)
		for i := range c.cost + c.distance + c.both + 12 {
			p := s.draw(0)
			switch {
			case i < c.cost:
				p.answers["barriers"] = []string{"cost"}
			case i < c.cost+c.distance:
				p.answers["barriers"] = []string{"distance"}
			case i < c.cost+c.distance+c.both:
				p.answers["barriers"] = []string{"cost", "distance"}
			default:
				p.answers["barriers"] = []string{"language"}
			}
			s.arrive(p)
		}
		s.publish(true)
		x := must(s.release.Explore(s.columns, s.breakdown, Options{Calculated: schema.Calculate([]Variable{recoded("either", "barriers", []string{"cost", "distance"})})}))
		f := x.figure(x.question("either"))
		if (f.Cells[0].Count != nil) != c.shown || !f.Perturbed {
			t.Errorf("%s: %+v", name, f.Cells[0])
		}
		if _, err := x.Query(Query{Filters: []Condition{{"either", "c1"}}, Questions: []string{"wish"}}); (err == nil) != c.shown {
			t.Errorf("%s, as a condition: %v", name, err)
		}
	}
}

// TestBandsHoldAtClasses: limits move to those of the classes.
func TestBandsHoldAtClasses(t *testing.T) {
	s, x := metro(t, 12, 300, 3)
	classes := x.figure(s.schema.question("years")).Cells
	bands := x.figure(x.question("years3")).Cells
	if len(classes) < 4 || len(bands) != 3 {
		t.Fatalf("%d classes, %d bands", len(classes), len(bands))
	}
	for _, band := range bands {
		sum := 0
		for _, class := range classes {
			if class.From >= band.From && class.To <= band.To {
				sum += *class.Count
			}
		}
		if sum != *band.Count || !slices.ContainsFunc(classes, func(c Cell) bool { return c.From == band.From }) {
			t.Errorf("%s holds %d, its classes %d", band.Name, *band.Count, sum)
		}
	}
	// Whoever is just at a limit belongs to the band that begins there.
	at := bands[1].From
	held := s.schema.Calculate([]Variable{banded("exact", "years", strconv.FormatFloat(at, 'f', -1, 64))})
	y := must(s.release.Explore(s.columns, s.breakdown, Options{Calculated: held}))
	below := 0
	for _, p := range s.people {
		if value, err := strconv.ParseFloat(append(p.answers["years"], "")[0], 64); err == nil && value < at {
			below++
		}
	}
	if got := y.figure(y.question("exact")).Cells; *got[0].Count != below || got[1].From != at {
		t.Errorf("%d lie below %v, %d do", *got[0].Count, at, below)
	}
	if _, err := x.Query(Query{Filters: []Condition{{"years3", "7..9"}}}); failure.As(err).Key != "error.query_unknown_value" {
		t.Errorf("a band that there is not: %v", err)
	}
}

// TestIndex: the mean of what is shown of the items, in every group.
func TestIndex(t *testing.T) {
	_, x := metro(t, 7, 300, 4)
	items, shown := []string{"need", "trust", "safety"}, 0
	for _, query := range []Query{{}, {By: []string{VariableArea}}, {By: []string{VariableLanguage}}, {By: []string{"gender", VariableLanguage}}, {Filters: []Condition{{"years3", x.figure(x.question("years3")).Cells[0].Name}}}} {
		query.Questions = append([]string{"mood"}, items...)
		for _, group := range must(x.Query(query)).Groups {
			if group.Refused != NotRefused {
				continue
			}
			f, means, low := group.Figures[0], 0.0, 0.0
			hides := false
			for i, item := range group.Figures[1:] {
				if hides = hides || item.Mean == nil || !slices.Equal(item.Together, group.Figures[1].Together); hides {
					continue
				}
				mean, from, to := *item.Mean, item.MeanLow, item.MeanHigh
				if from == nil {
					nowhere := math.NaN() // all gave the same answer
					from, to = &nowhere, &nowhere
				}
				if i == 2 {
					means, low = means+6-mean, low+6-*to
				} else {
					means, low = means+mean, low+*from
				}
				if f.Base != nil && (*item.Base < *f.Base || item.Perturbed && !f.Perturbed) {
					t.Errorf("base %d, of an item %d", *f.Base, *item.Base)
				}
			}
			if hides != (f.Mean == nil) {
				t.Errorf("%v: hidden %v", group.Values, hides)
			}
			if f.Mean == nil {
				continue
			}
			shown++
			bounded := f.MeanLow != nil && math.Abs(*f.MeanLow-low/3) < 1e-12 && *f.MeanHigh > *f.Mean
			if math.Abs(*f.Mean-means/3) > 1e-12 || bounded == math.IsNaN(low) || f.Consistency != nil && len(query.By)+len(query.Filters) > 0 {
				t.Errorf("%v: %v from %v, want %v from %v", group.Values, *f.Mean, value(f.MeanLow), means/3, low/3)
			}
		}
	}
	if shown < 10 {
		t.Errorf("only %d means are shown", shown)
	}
	if _, err := x.Query(Query{By: []string{"mood"}}); failure.As(err).Key != "error.query_unknown_variable" {
		t.Errorf("an index divides: %v", err)
	}
}

// TestAlphaAgainstR takes the answers of agreement.R, each respondent as often as
// it needs for α to be shown.
func TestAlphaAgainstR(t *testing.T) {
	compared := 0
	for _, c := range testoracle.Read(t, "internal/agreement/testdata/agreement.csv") {
		if c.Name != "cronbach" {
			continue
		}
		n, items := int(c.Values[0]), int(c.Values[1])
		answers, want := c.Values[2+items:2+items+n*items], c.Values[2+items+n*items]
		if slices.ContainsFunc(answers, func(x float64) bool { return x != math.Trunc(x) || x < 1 || x > 7 }) {
			continue
		}
		s := &survey.Survey{ID: "items", Version: "1", Language: "en", Languages: []string{"en"}, Title: text("Items"),
			Choices: []*survey.ChoiceList{scaleList("scale", 7)}}
		v := indexed("score")
		for i := range items {
			name := fmt.Sprint("q", i)
			s.Nodes = append(s.Nodes, &survey.Node{Type: survey.SelectOne, Name: name, List: "scale", Label: text(name),
				Measures: &survey.Measure{Field: "counselling", As: survey.Consensus}})
			v.Items = append(v.Items, Item{name, c.Values[2+i] != 0})
		}
		schema := NewSchema(compiled(t, s))
		columns, rows := NewColumns(schema), []*Row(nil)
		for len(rows) < 50 {
			for at := range n {
				row := schema.NewRow()
				row.Key = uint64(len(rows) + 1)
				for i := range items {
					set(t, row, fmt.Sprint("q", i), fmt.Sprintf("s%v", answers[at*items+i]))
				}
				rows = append(rows, row)
			}
		}
		if err := columns.Load(must(schema.Encode(nil, 1, rows, nil))); err != nil {
			t.Fatal(err)
		}
		release := Close(columns, NewSnapshot(schema, 5), nil, Breakdown{})
		x := must(release.Explore(columns, Breakdown{}, Options{Calculated: schema.Calculate([]Variable{v})}))
		alpha := x.figure(x.question("score")).Consistency.Alpha
		if alpha == nil || math.Abs(*alpha-want) > 0.005+1e-9 || math.Abs(100**alpha-math.Round(100**alpha)) > 1e-9 {
			t.Errorf("%v items: α %v, want %v to two decimals", items, value(alpha), want)
		}
		compared++
	}
	if compared < 10 {
		t.Errorf("only %d cases were compared", compared)
	}
}

// TestAlphaIsNotShown where it may not be.
func TestAlphaIsNotShown(t *testing.T) {
	schema := NewSchema(compiled(t, metroSurvey()))
	v := indexed("mood", Item{"need", false}, Item{"trust", false}, Item{"safety", false})
	alpha := func(n, lacking int, varied bool) *float64 {
		s := simulate(t, schema, 3, 5, 3)
		for i := range n {
			p := s.draw(0)
			for j, name := range []string{"need", "trust", "safety"} {
				p.answers[name] = []string{"s3"}
				if varied {
					p.answers[name] = []string{fmt.Sprint("s", 1+(i+i*j)%5)}
				}
			}
			if i < lacking {
				p.answers["trust"] = nil
			}
			s.arrive(p)
		}
		s.publish(true)
		x := must(s.release.Explore(s.columns, s.breakdown, Options{Calculated: schema.Calculate([]Variable{v})}))
		return x.figure(x.question("mood")).Consistency.Alpha
	}
	for name, got := range map[string]struct {
		alpha *float64
		shown bool
	}{
		"all":                {alpha(60, 0, true), true},
		"k lack an item":     {alpha(60, 5, true), true},
		"fewer lack an item": {alpha(60, 3, true), false},
		"few":                {alpha(49, 0, true), false},
		"no variation":       {alpha(60, 0, false), false},
	} {
		if (got.alpha != nil) != got.shown {
			t.Errorf("%s: α %v", name, value(got.alpha))
		}
	}
}

func TestVariablesThatDoNotFit(t *testing.T) {
	schema := NewSchema(compiled(t, metroSurvey()))
	many := make([]Variable, MaxOfSource+1)
	for i := range many {
		many[i] = recoded(fmt.Sprint("v", i), "gender", []string{"f", "m"})
	}
	if err := schema.CheckVariable(many[MaxOfSource], many[:MaxOfSource]); failure.As(err).Key != "error.variable_too_many_of" {
		t.Error(err)
	}
	if err := schema.CheckVariable(many[0], many[:1]); failure.As(err).Key != "error.variable_taken" {
		t.Error(err)
	}
	unnamed, unlabelled := recoded("x", "gender", []string{"f", "m"}), recoded("x", "gender", []string{"f", "m"})
	unnamed.Label, unlabelled.Categories[0].Label = label(" "), nil
	taken := recoded("x", "gender", []string{"f", "m"})
	taken.Categories[0].Name = "d"
	for want, v := range map[string]Variable{
		"name":            recoded("Gender 2", "gender", []string{"f", "m"}),
		"taken":           recoded("quality", "gender", []string{"f", "m"}),
		"label":           unnamed,
		"category_label":  unlabelled,
		"source":          recoded("x", "colour", []string{"f"}),
		"unsuited":        recoded("x", "years", []string{"f"}),
		"no_category":     recoded("x", "gender"),
		"choice":          recoded("x", "gender", []string{"f", "x"}),
		"apart":           recoded("x", "wish", []string{"sport", "dont_know"}),
		"choice_twice":    recoded("x", "gender", []string{"f", "m"}, []string{"m"}),
		"category_empty":  recoded("x", "gender", nil),
		"category_taken":  taken,
		"one_category":    recoded("x", "children", []string{"yes", "no"}),
		"no_limit":        banded("x", "years"),
		"limit":           banded("x", "years", "ten"),
		"limits_unsorted": banded("x", "years", "10", "5"),
		"limit_beyond":    banded("x", "need", "1", "3"),
		"few_items":       indexed("x", Item{"need", false}, Item{"trust", false}),
		"item_twice":      indexed("x", Item{"need", false}, Item{"trust", false}, Item{"need", true}),
		"kind":            {Name: "x", Label: label("x"), Definition: Definition{Kind: "sum"}},
	} {
		err := failure.As(schema.CheckVariable(v, nil))
		if err == nil || err.Key != "error.variable_"+want || err.Code != failure.Invalid {
			t.Errorf("%s: %v", want, err)
		}
	}
	for _, limit := range []string{"2020", "2020-13", "20-07", "NaN"} {
		if err := schema.CheckVariable(banded("x", "arrived", limit), nil); failure.As(err).Key != "error.variable_limit" {
			t.Errorf("%s: %v", limit, err)
		}
	}
	other := metroSurvey()
	other.Choices = append(other.Choices, scaleList("seven", 7))
	other.Nodes[0].List = "seven"
	err := NewSchema(compiled(t, other)).CheckVariable(indexed("x", Item{"need", false}, Item{"trust", false}, Item{"safety", false}), nil)
	if failure.As(err).Key != "error.variable_other_scale" {
		t.Error(err)
	}
	if a, b := recoded("x", "age", []string{"a2", "a1"}, []string{"a4"}), recoded("y", "age", []string{"a1", "a2"}); a.Cut() != b.Cut() || a.Cut() != "a1+a2" {
		t.Errorf("%q and %q are the same parts", a.Cut(), b.Cut())
	}
	c := schema.Calculate([]Variable{recoded("x", "colour", []string{"f"}), many[0]})
	if c.Problem("x") == nil || c.Problem("v0") != nil || len(c.Elements()) != 1 || len(c.Variables()) != 2 || c.Element("x") != nil || !c.Divides("v0") {
		t.Error("a variable that does not fit any more is counted")
	}
}
