package analysis

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"bedarfslotse/internal/analysis/internal/perturb"
	"bedarfslotse/internal/failure"
)

// cityStrata are the districts by type, the more people the higher the number.
func cityStrata(districts int) (strata []Stratum) {
	for d := range districts {
		for kind := range 3 {
			strata = append(strata, Stratum{fmt.Sprint("d", d), fmt.Sprint("t", kind), 1000 * (d + kind + 1)})
		}
	}
	return strata
}

// weighed is a released wave with these strata.
func weighed(t *testing.T, n, districts int, strata []Stratum) (*simulation, *Explorer) {
	t.Helper()
	s, _ := closedWave(t, 11, n, districts)
	return s, must(s.release.Explore(s.columns, s.breakdown, Options{Strata: strata}))
}

// weightOf is the weight of a person, by the parts that the explorer tells.
func weightOf(t *testing.T, weights Weights, p *person) float64 {
	t.Helper()
	at := slices.IndexFunc(weights.Parts, func(one WeightedPart) bool {
		return slices.Contains(one.Areas, p.area) && slices.Contains(one.InstitutionTypes, p.kind)
	})
	if at < 0 {
		t.Fatalf("nobody has the weight of %s, %s", p.area, p.kind)
	}
	return weights.Parts[at].Weight
}

// TestWeights: N_h/n_h, up to a common factor, adding up to n.
func TestWeights(t *testing.T) {
	s, x := weighed(t, 3000, 4, append(cityStrata(4), Stratum{"d9", "t0", 2000}))
	weights := must(x.Weights())
	sum, ratio := 0.0, 0.0
	for _, p := range s.people {
		sum += weightOf(t, weights, p)
	}
	if math.Abs(sum-3000) > 1e-6 {
		t.Errorf("the weights add up to %v", sum)
	}
	known := 0
	for _, row := range weights.Margins[0].Rows {
		if len(row.Strata) != 1 {
			t.Fatalf("%v joined", row.Strata)
		}
		stratum := row.Strata[0]
		known += stratum.Population
		n := 0
		for _, p := range s.people {
			if p.area == stratum.Area && p.kind == stratum.InstitutionType {
				n++
			}
		}
		w := weightOf(t, weights, &person{area: stratum.Area, kind: stratum.InstitutionType})
		got := w * float64(n) / float64(stratum.Population)
		if ratio == 0 {
			ratio = got
		}
		if n != row.N || math.Abs(got/ratio-1) > 1e-9 || math.Abs(row.Reached-row.Target) > 1e-9 {
			t.Errorf("%+v: n %d, weight %v", row, n, w)
		}
	}
	if got := weightOf(t, weights, &person{area: "city", kind: "t0"}); math.Abs(got-1) > 1e-9 {
		t.Errorf("who is in no stratum has the weight %v", got)
	}
	margin := weights.Margins[0]
	if len(weights.Empty) != 1 || weights.Empty[0].Area != "d9" || math.Abs(margin.Unrepresented-2000/float64(known+2000)) > 1e-12 {
		t.Errorf("empty %v, unrepresented %v", weights.Empty, margin.Unrepresented)
	}
	if weights.Effect <= 1 || weights.High {
		t.Errorf("design effect %v", weights.Effect)
	}
}

// TestWeightedShares compares weighted figures with sums over persons.
func TestWeightedShares(t *testing.T) {
	s, x := weighed(t, 3000, 4, cityStrata(4))
	weights := must(x.Weights())
	for _, query := range []Query{{}, {By: []string{VariableArea}}, {Filters: []Condition{{VariableInstitutionType, "t1"}}}} {
		query.Weighted, query.Questions = true, []string{"need", "barriers"}
		for _, group := range must(x.Query(query)).Groups {
			for _, f := range group.Figures {
				base, squares, cells := 0.0, 0.0, make([]float64, len(f.Cells))
				for _, p := range s.people {
					in := len(group.Values) == 0 || s.in(p, VariableArea, group.Values[0])
					for _, filter := range query.Filters {
						in = in && s.in(p, filter.Variable, []string{filter.Value})
					}
					substantive := func(name string) bool { return name != "dont_know" }
					if !in || !slices.ContainsFunc(p.answers[f.Question], substantive) {
						continue
					}
					w := weightOf(t, weights, p)
					base, squares = base+w, squares+w*w
					for i, cell := range f.Cells {
						if slices.Contains(p.answers[f.Question], cell.Name) {
							cells[i] += w
						}
					}
				}
				if f.Perturbed || !f.Weighted || math.Abs(*f.Effective-base*base/squares) > 1e-6 {
					t.Errorf("%s, %v: perturbed %v, weighted %v, effective %v of %v", f.Question, group.Values, f.Perturbed, f.Weighted, *f.Effective, base*base/squares)
				}
				mean := 0.0
				for i, cell := range f.Cells {
					mean += cell.Score * cells[i] / base
					if math.Abs(*cell.Share-cells[i]/base) > 1e-9 || *cell.Low > *cell.Share || *cell.High < *cell.Share {
						t.Errorf("%s, %v, %s: %v, want %v", f.Question, group.Values, cell.Name, *cell.Share, cells[i]/base)
					}
				}
				if f.Kind == Scale && math.Abs(*f.Mean-mean) > 1e-9 {
					t.Errorf("%s, %v: mean %v, want %v", f.Question, group.Values, *f.Mean, mean)
				}
			}
		}
	}
}

// TestWeightedPerturbed: in other groups both the count and the sum of the
// weights are changed, by nothing but the keys.
func TestWeightedPerturbed(t *testing.T) {
	s, x := weighed(t, 600, 3, cityStrata(3))
	weights, table, largest := must(x.Weights()), perturb.Shipped(), 1.0
	for _, part := range weights.Parts {
		largest = max(largest, part.Weight)
	}
	answer := must(x.Query(Query{By: []string{"gender"}, Questions: []string{"need"}, Weighted: true}))
	for _, group := range answer.Groups {
		if group.Refused != NotRefused || group.Figures[0].Base == nil {
			continue
		}
		f := group.Figures[0]
		if !f.Perturbed {
			t.Errorf("%v is exact", group.Values)
		}
		changed, sum := make([]float64, len(f.Cells)), 0.0
		for i, cell := range f.Cells {
			n, key, mass := 0, uint64(0), 0.0
			for _, p := range s.people {
				if s.in(p, "gender", group.Values[0]) && slices.Contains(p.answers["need"], cell.Name) {
					n, key, mass = n+1, key+p.key, mass+weightOf(t, weights, p)
				}
			}
			changed[i] = table.Mass(n, mass, largest, key)
			sum += changed[i]
		}
		for i, cell := range f.Cells {
			if math.Abs(*cell.Share-changed[i]/sum) > 1e-9 {
				t.Errorf("%v, %s: %v, want %v", group.Values, cell.Name, *cell.Share, changed[i]/sum)
			}
		}
	}
	// What has hidden cells has no weighted figure.
	for _, f := range must(x.Query(Query{Weighted: true})).Groups[0].Figures {
		for _, cell := range f.Cells {
			if f.Withheld == SmallCells && (cell.Share != nil || f.Mean != nil) {
				t.Errorf("%s has hidden cells and a weighted share", f.Question)
			}
		}
	}
}

// TestRakedWeights: with margins alone both are reached; who lacks one keeps their
// size.
func TestRakedWeights(t *testing.T) {
	strata := []Stratum{{"d0", "", 5000}, {"d1", "", 2000}, {"d2", "", 3000}, {"", "t0", 6000}, {"", "t1", 1500}, {"", "t2", 2500}}
	_, x := weighed(t, 2000, 3, strata)
	weights := must(x.Weights())
	if !weights.Raked || len(weights.Margins) != 2 {
		t.Fatalf("%+v", weights)
	}
	for _, margin := range weights.Margins {
		if len(margin.Rows) != 3 {
			t.Errorf("%s: %d rows", margin.Variable, len(margin.Rows))
		}
		for _, row := range margin.Rows {
			if math.Abs(row.Reached-row.Target) > 2e-6 || math.Abs(row.Unweighted-row.Target) < 1e-3 {
				t.Errorf("%s, %v: reached %v of %v, unweighted %v", margin.Variable, row.Strata, row.Reached, row.Target, row.Unweighted)
			}
		}
	}
}

func TestWeightsRefused(t *testing.T) {
	for name, want := range map[string]Refusal{"none": NoPopulation, "overlap": StrataOverlap, "whole": NoPopulation, "mixed": StrataOverlap} {
		strata := map[string][]Stratum{
			"overlap": {{"city", "", 9000}, {"d0", "", 2000}}, "whole": {{"", "", 9000}},
			"mixed": {{"d0", "t0", 100}, {"", "t0", 300}},
		}[name]
		_, x := weighed(t, 300, 3, strata)
		_, err := x.Query(Query{Weighted: true})
		if failed := failure.As(err); failed == nil || failed.Code != failure.Invalid || failed.Key != "error.query_"+string(want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s, _ := closedWave(t, 11, 60, 3)
	s.breakdown.Order = nil
	x := must(s.release.Explore(s.columns, s.breakdown, Options{Strata: cityStrata(3)}))
	if _, err := x.Weights(); err == nil {
		t.Error("a wave without breakdown variables has weights")
	}
}
