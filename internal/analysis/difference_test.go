package analysis

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"bedarfslotse/internal/analysis/internal/inference"
)

// TestTestsAgainstFigures: a test is that of the table which its reader sees, and
// its p is adjusted by all questions of the wave.
func TestTestsAgainstFigures(t *testing.T) {
	_, x := closedWave(t, 7, 1500, 3)
	answer := must(x.Query(Query{By: []string{VariableArea}, Tests: true}))
	seen, source := 0, rand.NewPCG(1, 2)
	for _, one := range answer.Tests {
		at := slices.IndexFunc(answer.Groups[0].Figures, func(f Figure) bool { return f.Question == one.Question })
		figure := answer.Groups[0].Figures[at] // for what all have in common
		var shown []Figure
		for i, group := range answer.Groups {
			if f := group.Figures[at]; f.Base != nil && (len(f.Together) == 0 || f.Together[0] == i) {
				shown = append(shown, f)
			}
		}
		var table inference.Table
		approximate := false
		for row := range figure.Cells {
			counts := make([]int, len(shown))
			for i, f := range shown {
				if f.Cells[row].Suppressed && (one.Choice == "" || one.Choice == f.Cells[row].Name) {
					t.Fatalf("%s is tested, but has hidden cells", one.Question)
				}
				if approximate = approximate || f.Perturbed; !f.Cells[row].Suppressed {
					counts[i] = *f.Cells[row].Count
				}
			}
			table = append(table, counts)
		}
		var want inference.Result
		switch figure.Kind {
		case Scale:
			want, _ = inference.Ranks(table, source)
		case Multiple:
			row := slices.IndexFunc(figure.Cells, func(c Cell) bool { return c.Name == one.Choice })
			others := make([]int, len(shown))
			for i, f := range shown {
				others[i] = max(*f.Base-table[row][i], 0)
			}
			want, _ = inference.Independence(inference.Table{table[row], others}, source)
		default:
			want, _ = inference.Independence(table, source)
		}
		near := 1e-12
		if one.Permuted {
			near = 4 * math.Sqrt(0.25/inference.Draws)
		}
		if approximate && one.P < want.P { // changed counts are worth less than they look
			t.Errorf("%+v, below %+v", one, want)
		}
		if approximate {
			continue
		}
		if math.Abs(one.P-want.P) > near || one.Effect != want.Effect || one.Adjusted < one.P || one.Approximate || one.Groups != len(shown) {
			t.Errorf("%+v, want %+v", one, want)
		}
		seen++
	}
	if seen < 8 {
		t.Errorf("%d tests", seen)
	}
	// Showing one question alone changes nothing.
	alone := must(x.Query(Query{By: []string{VariableArea}, Questions: []string{"wish"}, Tests: true})).Tests
	if at := slices.IndexFunc(answer.Tests, func(one Test) bool { return one.Question == "wish" }); len(alone) != 1 || alone[0] != answer.Tests[at] {
		t.Errorf("alone %+v, among all %+v", alone, answer.Tests[at])
	}
}

// TestHeavyPerturbedGroupsDoNotDifferByChance: where nothing but chance and perturbation
// divides groups, about one test in twenty says p < 0.05, not one in three.
func TestHeavyPerturbedGroupsDoNotDifferByChance(t *testing.T) {
	schema := NewSchema(compiled(t, citySurvey()))
	said, made := 0, 0
	for seed := range uint64(60) {
		s := simulate(t, schema, seed, 5, 1)
		for range 60 {
			s.arrive(s.draw(0))
		}
		s.publish(true)
		x := must(s.release.Explore(s.columns, s.breakdown, Options{}))
		answer, err := x.Query(Query{By: []string{VariableLanguage}, Tests: true})
		if err != nil {
			continue
		}
		for _, one := range answer.Tests {
			if made++; one.P < 0.05 {
				said++
			}
		}
	}
	if share := float64(said) / float64(made); made < 300 || share > 0.08 {
		t.Errorf("%d of %d tests find a difference", said, made)
	}
}

// TestTestsOfOtherGroups: ordered groups have a trend, overlapping ones no test,
// and the weighted figures of exact groups the test of weighted rows.
func TestTestsOfOtherGroups(t *testing.T) {
	_, x := weighed(t, 1500, 3, cityStrata(3))
	find := func(tests []Test, question string) Test {
		at := slices.IndexFunc(tests, func(one Test) bool { return one.Question == question })
		if at < 0 {
			t.Fatalf("no test of %s", question)
		}
		return tests[at]
	}
	ordered := find(must(x.Query(Query{By: []string{"importance"}, Tests: true})).Tests, "need")
	if ordered.Method != "jonckheere_terpstra" || ordered.Measure != "kendalls_tau" || ordered.Groups != 5 || !ordered.Approximate {
		t.Errorf("ordered: %+v", ordered)
	}
	_, calculated := metro(t, 21, 900, 3)
	for by, ordered := range map[string]bool{"years3": true, "need_high": true, "need3": false, "age3": false} {
		if one := find(must(calculated.Query(Query{By: []string{by}, Tests: true})).Tests, "trust"); (one.Method == "jonckheere_terpstra") != ordered {
			t.Errorf("by %s: %+v", by, one)
		}
	}
	if tests := must(x.Query(Query{By: []string{"barriers"}, Tests: true})).Tests; tests != nil {
		t.Errorf("of groups that overlap: %+v", tests)
	}
	weighted := must(x.Query(Query{By: []string{VariableArea}, Tests: true, Weighted: true})).Tests
	if one := find(weighted, "need"); one.Method != "lumley_scott" || one.Approximate {
		t.Errorf("weighted: %+v", one)
	}
	if one := find(weighted, "wish"); one.Method != "rao_scott" || one.Approximate {
		t.Errorf("weighted: %+v", one)
	}
	if one := find(weighted, "age"); !one.Approximate || one.Method == "rao_scott" {
		t.Errorf("weighted and perturbed: %+v", one)
	}
}

// TestClusteredTests: where institutions answer alike, their members are worth
// fewer answers, and a difference between a few of them is no clear one.
func TestClusteredTests(t *testing.T) {
	schema := NewSchema(compiled(t, citySurvey()))
	s := simulate(t, schema, 5, 5, 2)
	for i := range 400 {
		p := s.draw(i % 2)
		school := i % 20 // even ones are in the first district
		p.area, p.kind, p.institution = []string{"d0", "d1"}[school%2], "t0", string(rune('a'+school))
		if i%10 < 9 { // nearly all of a school say the same
			p.answers["need"] = []string{[]string{"s1", "s2", "s4", "s5", "s2"}[(school*7)%5]}
		}
		s.arrive(p)
	}
	s.publish(true)
	x := must(s.release.Explore(s.columns, s.breakdown, Options{}))
	tests := must(x.Query(Query{By: []string{VariableArea}, Questions: []string{"need"}, Tests: true})).Tests
	if len(tests) != 1 || tests[0].Method != "mann_whitney" || !tests[0].Approximate {
		t.Fatalf("%+v", tests)
	}
	answer := must(x.Query(Query{By: []string{VariableArea}, Questions: []string{"need"}}))
	var table inference.Table
	for row := range answer.Groups[0].Figures[0].Cells {
		table = append(table, []int{*answer.Groups[0].Figures[0].Cells[row].Count, *answer.Groups[1].Figures[0].Cells[row].Count})
	}
	if naive, _ := inference.Ranks(table, nil); !(tests[0].P > naive.P) {
		t.Errorf("p %v is not above that of single answers, %v", tests[0].P, naive.P)
	}
}
