package analysis

import (
	"encoding/json"
	"slices"
	"testing"

	"bedarfslotse/internal/analysis/internal/perturb"
)

// published is everything that may be published of a schema.
func published(schema *Schema) (names []string) {
	for _, q := range schema.questions {
		if schema.Publishes(q.element.Name) {
			names = append(names, q.element.Name)
		}
	}
	return names
}

// changed is what is shown in place of the number of some people.
func changed(people []*person) int {
	var key uint64
	for _, p := range people {
		key += p.key
	}
	return perturb.Shipped().Count(len(people), key)
}

func (s *simulation) who(meets func(*person) bool) (found []*person) {
	for _, p := range s.people {
		if meets(p) {
			found = append(found, p)
		}
	}
	return found
}

// TestPublicAgainstAnswers: every number is the true one, changed by the key of
// those whom it counts, and what is hidden in the whole wave is hidden.
func TestPublicAgainstAnswers(t *testing.T) {
	hidden, different := 0, 0
	for _, n := range []int{9, 30, 400} {
		s, x := closedWave(t, 7, n, 4)
		group := must(x.Public(published(s.schema)))
		if *group.N != changed(s.people) || !group.Perturbed {
			t.Errorf("%d respondents are shown as %d, want %d", n, *group.N, changed(s.people))
		}
		for _, f := range group.Figures {
			whole := x.figure(s.schema.question(f.Question))
			if f.Base == nil {
				hidden++
				if whole.Base != nil && whole.Withheld != WholeTable {
					t.Errorf("%s is hidden, in the whole wave it is shown", f.Question)
				}
				if f.NoAnswer != nil || f.NotAsked != nil || slices.ContainsFunc(f.Cells, func(one Cell) bool { return one.Count != nil }) {
					t.Errorf("%s is hidden, and yet numbers of it are shown", f.Question)
				}
				continue
			}
			if whole.Base == nil || whole.Withheld == WholeTable || !f.Perturbed || f.Asked != nil || f.Everyone {
				t.Errorf("%s: %+v", f.Question, f)
			}
			s.check(x, f, s.people)
			if *f.Base != *whole.Base {
				different++
			}
			for _, one := range []struct {
				shown, exact *int
				answer       string
			}{{f.NoAnswer, whole.NoAnswer, ""}, {f.NotAsked, whole.NotAsked, "-"}} {
				want := changed(s.who(func(p *person) bool {
					if one.answer == "" {
						return len(p.answers[f.Question]) == 0
					}
					return slices.Equal(p.answers[f.Question], []string{one.answer})
				}))
				if (one.shown == nil) != (one.exact == nil) || one.shown != nil && f.Kind != Multiple && !f.Paired && *one.shown != want {
					t.Errorf("%s, %q outside the base: %v, want %d", f.Question, one.answer, value(one.shown), want)
				}
			}
			for i, cell := range f.Apart {
				want := changed(s.who(func(p *person) bool { return slices.Equal(p.answers[f.Question], []string{cell.Name}) }))
				if cell.Suppressed != whole.Apart[i].Suppressed || !cell.Suppressed && !f.Paired && *cell.Count != want {
					t.Errorf("%s, %s: %v, want %d", f.Question, cell.Name, value(cell.Count), want)
				}
			}
		}
	}
	if hidden == 0 || different < 5 {
		t.Errorf("%d figures are hidden, %d bases differ from the true ones: too few to tell", hidden, different)
	}
}

// TestPublicSameSetSameFigure: the same people have the same number in the
// figures of another question, and in those of a group.
func TestPublicSameSetSameFigure(t *testing.T) {
	s, x := closedWave(t, 8, 400, 4)
	group := must(x.Public(published(s.schema)))
	of := func(name string) Figure {
		return group.Figures[slices.IndexFunc(group.Figures, func(f Figure) bool { return f.Question == name })]
	}
	if importance, state := of("importance"), of("state"); *importance.Base != *state.Base {
		t.Errorf("the same pairs are %d and %d", *importance.Base, *state.Base)
	}
	same := 0
	for _, variable := range []string{"children", "gender", "wish", "age"} {
		for _, cell := range of(variable).Cells {
			if cell.Suppressed {
				continue
			}
			answer, err := x.Query(Query{Filters: []Condition{{variable, cell.Name}}, Questions: []string{"need"}})
			if err != nil || len(answer.Joined) > 0 {
				continue
			}
			same++
			if *answer.Groups[0].N != *cell.Count {
				t.Errorf("%s, %s: %d in public, %d as a group", variable, cell.Name, *cell.Count, *answer.Groups[0].N)
			}
		}
	}
	if same < 6 {
		t.Errorf("only %d groups were compared", same)
	}
	if _, err := x.Public([]string{"nobody"}); err == nil {
		t.Error("a question that there is not is shown")
	}
}

// TestPublicTellsNothingExact: exact counts that differ by one leave all that is
// published as it is, to the last digit, and so does whether everybody answered.
func TestPublicTellsNothingExact(t *testing.T) {
	s, x := closedWave(t, 9, 300, 4)
	names := slices.DeleteFunc(published(s.schema), func(name string) bool {
		return x.figure(s.schema.question(name)).Withheld != Nothing // what is hidden depends on counts, and may
	})
	shown := func(x *Explorer) string { return string(must(json.Marshal(must(x.Public(names))))) }
	want := shown(x)
	other := must(ReadRelease(s.schema, must(s.release.MarshalBinary())))
	for i := range other.tables.Units {
		for _, one := range other.tables.Units[i].Tables {
			one.Base.Rows, one.Respondents = one.Base.Rows+1, one.Respondents+1
			if one.Moments != nil {
				one.Moments.Mean, one.Moments.Variance = one.Moments.Mean+0.01, one.Moments.Variance+0.01
			}
			for cell := range one.Cells {
				one.Cells[cell].Rows++
			}
		}
	}
	if got := shown(must(other.Explore(s.columns, s.breakdown, Options{}))); got != want {
		t.Errorf("exact counts are seen:\n%s\n%s", got, want)
	}
	population := func(n int) string {
		return shown(must(s.release.Explore(s.columns, s.breakdown, Options{Population: &n})))
	}
	n := *must(x.Public(nil)).N
	if population(n) != want || population(n-3) != want {
		t.Error("a population that is reached is not left aside")
	}
	if population(2*n) == want {
		t.Error("the population is not used")
	}
	all := len(s.people)
	for _, f := range must(must(s.release.Explore(s.columns, s.breakdown, Options{Population: &all})).Public(names)).Figures {
		if f.Everyone || f.Cells[0].Low == nil {
			t.Errorf("%s tells that everybody answered", f.Question)
		}
	}
}

// TestPublicKinds: numbers in the classes of the whole wave without mean, of
// orders the first places only, of free texts nothing.
func TestPublicKinds(t *testing.T) {
	schema := NewSchema(compiled(t, everyKind()))
	columns := NewColumns(schema)
	var rows []*Row
	for i := range 60 {
		row := schema.NewRow()
		row.Key = uint64(i+1) * 0x9e3779b97f4a7c15
		set(t, row, "members", string(rune('1'+i%6)))
		set(t, row, "arrived", []string{"2024-03-01", "2025-06-01"}[i%2])
		set(t, row, "remarks", "ja")
		rows = append(rows, row)
	}
	if err := columns.Load(must(schema.Encode(nil, 1, rows, nil))); err != nil {
		t.Fatal(err)
	}
	x := must(Close(columns, NewSnapshot(schema, 5), nil, Breakdown{}).Explore(columns, Breakdown{}, Options{}))
	for _, f := range must(x.Public([]string{"members", "arrived"})).Figures {
		whole := x.figure(schema.question(f.Question))
		if len(f.Cells) < 2 || len(f.Cells) != len(whole.Cells) || f.Mean != nil || f.Median != nil {
			t.Errorf("%s: %+v", f.Question, f)
		}
		for i, cell := range f.Cells {
			if cell.Name != whole.Cells[i].Name || cell.From != whole.Cells[i].From || cell.Count == nil {
				t.Errorf("%s: class %q, want %q", f.Question, cell.Name, whole.Cells[i].Name)
			}
		}
	}
	if _, err := x.Public([]string{"remarks"}); err == nil || schema.Publishes("remarks") {
		t.Error("free texts are published")
	}
}

func TestPublicOrders(t *testing.T) {
	schema := NewSchema(compiled(t, everyOrder()))
	columns := NewColumns(schema)
	var rows []*Row
	for i := range 40 {
		row := schema.NewRow()
		row.Key = uint64(i+1) * 0x9e3779b97f4a7c15
		set(t, row, "wishes", [][]string{{"pool", "park", "path"}, {"path", "pool", "park"}}[i%2]...)
		rows = append(rows, row)
	}
	if err := columns.Load(must(schema.Encode(nil, 1, rows, nil))); err != nil {
		t.Fatal(err)
	}
	x := must(Close(columns, NewSnapshot(schema, 5), nil, Breakdown{}).Explore(columns, Breakdown{}, Options{}))
	if x.figure(schema.question("wishes")).Cells[0].Placing == nil {
		t.Fatal("the whole wave shows no places")
	}
	f := must(x.Public([]string{"wishes"})).Figures[0]
	if f.Withheld != OnlyFirst || f.Partial || f.Mean != nil {
		t.Errorf("%+v", f)
	}
	for _, cell := range f.Cells {
		if cell.Placing != nil || cell.Count == nil {
			t.Errorf("%s shows places, or not how many put it first", cell.Name)
		}
	}
}
