package analysis

import (
	"fmt"
	"testing"
)

// TestHeavyUsefulness prints how much of waves is shown in full: of the questions in
// the whole wave, all their cells; of opinions that everybody is asked, the rows
// by district whose figures are exact, alone or with a neighbour's; and of all
// questions the rows with any figure, exact or approximate.
func TestHeavyUsefulness(t *testing.T) {
	const waves = 6
	schema := NewSchema(compiled(t, citySurvey()))
	t.Logf("%7s %6s %21s %21s %21s", "answers", "groups", "questions shown in full", "opinion rows exact", "all rows shown")
	for _, n := range []int{30, 100, 300, 2000} {
		for _, districts := range []int{3, 5, 10} {
			var full, questions, exact, opinions, rows, all int
			for seed := range uint64(waves) {
				s := simulate(t, schema, seed, 5, districts)
				var people []*person
				for i := range n {
					people = append(people, s.draw(i%districts))
				}
				s.arrive(people...)
				s.publish(true)
				for _, f := range s.release.Results(Options{}).Figures {
					questions++
					if f.Withheld == Nothing {
						full++
					}
				}
				answer := must(must(s.release.Explore(s.columns, s.breakdown, Options{})).Query(Query{By: []string{VariableArea}}))
				for _, group := range answer.Groups {
					for i, f := range group.Figures {
						q := schema.questions[i]
						district := group.Values[0][0]
						opinion := q.role == roleOpinion && q.element.Relevant == nil && district != NotKnown
						all++
						if f.Base != nil {
							rows++
						}
						if opinion && f.Base != nil && !f.Perturbed && f.Withheld == Nothing {
							exact += len(districtsOf(group.Values[0]))
						}
					}
				}
				for _, q := range schema.questions {
					if q.role == roleOpinion && q.element.Relevant == nil {
						opinions += districts
					}
				}
			}
			share := func(a, b int) string { return fmt.Sprintf("%d of %d (%.0f %%)", a, b, 100*float64(a)/float64(b)) }
			t.Logf("%7d %6d %21s %21s %21s", n, districts, share(full, questions), share(exact, opinions), share(rows, all))
			if n == 30 && districts == 3 && float64(exact) < 0.9*float64(opinions) {
				t.Errorf("only %d of %d opinion rows are exact", exact, opinions)
			}
		}
	}
}

// districtsOf are the categories that are districts.
func districtsOf(values []string) (found []string) {
	for _, value := range values {
		if value != NotKnown {
			found = append(found, value)
		}
	}
	return found
}
