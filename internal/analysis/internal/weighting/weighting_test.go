package weighting

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/testoracle"
)

// reader takes a line of numbers apart.
type reader struct{ rest []float64 }

func (r *reader) next() float64 { return r.take(1)[0] }

func (r *reader) whole() int { return int(r.next()) }

func (r *reader) take(n int) []float64 {
	values := r.rest[:n]
	r.rest = r.rest[n:]
	return values
}

func (r *reader) raking() (cells []Cell, margins []Margin) {
	margins = make([]Margin, r.whole())
	sizes := r.take(len(margins))
	for i := range margins {
		margins[i] = Margin{Name: string(rune('a' + i)), Population: r.take(int(sizes[i]))}
	}
	cells = make([]Cell, r.whole())
	for i := range cells {
		for range margins {
			cells[i].Categories = append(cells[i].Categories, r.whole())
		}
		cells[i].Count = r.whole()
	}
	return cells, margins
}

// compute gives what testdata/weights.R gives for a line's input.
func compute(name string, r *reader) (got []float64, err error) {
	switch name {
	case "rake":
		return Rake(r.raking())
	case "cells":
		k := r.whole()
		strata := make([]Stratum, r.whole())
		for i := range strata {
			strata[i] = Stratum{Count: r.whole(), Population: r.next(), Neighbour: r.whole()}
		}
		plan, err := Cells(strata, k)
		return plan.Weights, err
	case "trim":
		size := r.whole()
		var weights []float64
		var counts []int
		for range size {
			weights, counts = append(weights, r.next()), append(counts, r.whole())
		}
		trimmed, err := Trim(weights, counts)
		if err != nil {
			return nil, err
		}
		before, err := DesignEffect(weights, counts)
		if err != nil {
			return nil, err
		}
		after, err := DesignEffect(trimmed, counts)
		return append(trimmed, before, after), err
	}
	return nil, errors.New("unknown name")
}

// TestAgainstR compares with values that R computed: testdata/weights.R.
func TestAgainstR(t *testing.T) {
	seen := map[string]int{}
	for _, c := range testoracle.Read(t, "testdata/weights.csv") {
		seen[c.Name]++
		r := &reader{c.Values}
		got, err := compute(c.Name, r)
		if err != nil || len(got) != len(r.rest) {
			t.Errorf("%s %v: %v, %v, want %v", c.Name, c.Values, got, err, r.rest)
			continue
		}
		for i, want := range r.rest {
			if !testoracle.Near(got[i], want, 1e-8) {
				t.Errorf("%s %v: %v, want %v", c.Name, c.Values, got, r.rest)
				break
			}
		}
	}
	for _, name := range []string{"rake", "cells", "trim"} {
		if seen[name] < 20 {
			t.Errorf("%d cases of %s", seen[name], name)
		}
	}
}

// TestRakePublished is the example on the help page of R survey's rake: the 183
// schools of the sample are given the population's types and its share of schools
// that met their target.
func TestRakePublished(t *testing.T) {
	cells := []Cell{{[]int{0, 0}, 12}, {[]int{1, 0}, 3}, {[]int{2, 0}, 8}, {[]int{0, 1}, 132}, {[]int{1, 1}, 11}, {[]int{2, 1}, 17}}
	margins := []Margin{{"type", []float64{4421, 755, 1018}}, {"target", []float64{1072, 5122}}}
	weights, err := Rake(cells, margins)
	if err != nil {
		t.Fatal(err)
	}
	reached, err := Reach(cells, margins, weights)
	if err != nil {
		t.Fatal(err)
	}
	for at, shares := range reached {
		for category, s := range shares {
			want := margins[at].Population[category] / 6194
			if math.Abs(s.Target-want) > 1e-12 || math.Abs(s.Reached-want) > 1e-6 {
				t.Errorf("%s %d: %+v", margins[at].Name, category, s)
			}
		}
	}
	if s := reached[0][0]; s.Count != 144 || math.Abs(s.Unweighted-144.0/183) > 1e-12 {
		t.Errorf("%+v", s)
	}
}

// TestMissingKeepsItsSize: who lacks a value weighs, all together, what they are.
func TestMissingKeepsItsSize(t *testing.T) {
	cells := []Cell{{[]int{0, 0}, 10}, {[]int{0, 1}, 20}, {[]int{1, 0}, 30}, {[]int{1, 1}, 5}, {[]int{Missing, 0}, 7}, {[]int{0, Missing}, 4}}
	margins := []Margin{{"area", []float64{100, 300}}, {"age", []float64{2, 1}}}
	weights, err := Rake(cells, margins)
	if err != nil {
		t.Fatal(err)
	}
	if got := 7 * weights[4]; math.Abs(got-7) > 1e-5 {
		t.Errorf("without area: %v of 7", got)
	}
	if got := 4 * weights[5]; math.Abs(got-4) > 1e-5 {
		t.Errorf("without age: %v of 4", got)
	}
	reached, err := Reach(cells, margins, weights)
	if err != nil || math.Abs(reached[0][1].Reached-0.75) > 1e-6 || math.Abs(reached[1][0].Reached-2.0/3) > 1e-6 {
		t.Errorf("%+v %v", reached, err)
	}
}

// TestRakeNamesTheMargin: a table whose empty cells forbid the targets, and a
// category with respondents but without population.
func TestRakeNamesTheMargin(t *testing.T) {
	apart := []Cell{{[]int{0, 0}, 10}, {[]int{1, 1}, 10}}
	_, err := Rake(apart, []Margin{{"area", []float64{1, 3}}, {"type", []float64{1, 1}}})
	var margin *MarginError
	if !errors.As(err, &margin) || margin.Margin != "area" || margin.Off < 0.3 {
		t.Errorf("%v", err)
	}
	_, err = Rake(apart, []Margin{{"area", []float64{1, 3}}, {"type", []float64{1, 0}}})
	if !errors.As(err, &margin) || margin.Margin != "type" || margin.Category != 1 || margin.Off != 0 {
		t.Errorf("%v", err)
	}
}

// TestCellWeights: an example by hand, with joining, an empty stratum and one of
// unknown population.
func TestCellWeights(t *testing.T) {
	strata := []Stratum{
		{Count: 10, Population: 100, Neighbour: -1},
		{Count: 2, Population: 50, Neighbour: 2}, // joined with the next, which is too small too
		{Count: 2, Population: 30, Neighbour: 3},
		{Count: 6, Population: 20, Neighbour: -1},
		{Count: 0, Population: 40, Neighbour: -1}, // nobody stands for it
		{Count: 3, Population: 0, Neighbour: -1},  // not known
		{Count: 4, Population: 10, Neighbour: -1}, // too small, and no neighbour
		{Count: 0, Population: 90, Neighbour: 0},  // the first stands for it
	}
	p, err := Cells(strata, 5)
	if err != nil {
		t.Fatal(err)
	}
	// 24 respondents of known population, which is 300 without the empty stratum.
	want := []float64{190.0 / 10 * 24 / 300, 100.0 / 10 * 24 / 300, 100.0 / 10 * 24 / 300, 100.0 / 10 * 24 / 300, 0, 1, 10.0 / 4 * 24 / 300, 0}
	sum := 0.0
	for i, w := range p.Weights {
		if math.Abs(w-want[i]) > 1e-12 {
			t.Errorf("weight %d: %v, want %v", i, w, want[i])
		}
		sum += w * float64(strata[i].Count)
	}
	if math.Abs(sum-27) > 1e-9 {
		t.Errorf("weights add up to %v", sum)
	}
	if !slices.Equal(p.Joined, []int{0, 1, 1, 1, 4, 5, 6, 0}) || !slices.Equal(p.Small, []int{6}) ||
		!slices.Equal(p.Unknown, []int{5}) || !slices.Equal(p.Empty, []int{4}) || math.Abs(p.Unrepresented-40.0/340) > 1e-12 {
		t.Errorf("%+v", p)
	}
}

// TestEnoughAnswersStayAlone: exactly k are enough, and one less is not.
func TestEnoughAnswersStayAlone(t *testing.T) {
	for count, want := range map[int][]int{5: {0, 1}, 4: {0, 0}} {
		p, err := Cells([]Stratum{{Count: 9, Population: 10, Neighbour: -1}, {Count: count, Population: 30, Neighbour: 0}}, 5)
		if err != nil || !slices.Equal(p.Joined, want) {
			t.Errorf("%d answers: %v, %v", count, p.Joined, err)
		}
	}
}

func TestFraction(t *testing.T) {
	if f, ok := (Stratum{Count: 12, Population: 48}).Fraction(); !ok || f != 0.25 {
		t.Errorf("%v %v", f, ok)
	}
	if f, ok := (Stratum{Count: 12}).Fraction(); ok {
		t.Errorf("of unknown population: %v", f)
	}
}

func TestWrongInput(t *testing.T) {
	good := Stratum{Count: 3, Population: 10, Neighbour: -1}
	for _, bad := range []Stratum{
		{-1, 10, -1}, {1, -10, -1}, {1, math.NaN(), -1}, {1, math.Inf(1), -1}, {1, 1, 1}, {1, 1, 2}, {1, 1, -2},
	} {
		if _, err := Cells([]Stratum{good, bad}, 5); !errors.Is(err, ErrInput) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	for _, strata := range [][]Stratum{nil, {{0, 10, -1}}} {
		if _, err := Cells(strata, 5); !errors.Is(err, ErrNobody) {
			t.Errorf("%+v: %v", strata, err)
		}
	}
	margins := []Margin{{"a", []float64{1, 2}}}
	for _, bad := range []Cell{{[]int{2}, 1}, {[]int{-2}, 1}, {nil, 1}, {[]int{0, 0}, 1}, {[]int{0}, -1}} {
		if _, err := Rake([]Cell{{[]int{0}, 1}, bad}, margins); !errors.Is(err, ErrInput) {
			t.Errorf("%+v: %v", bad, err)
		}
		if _, err := Reach([]Cell{{[]int{0}, 1}, bad}, margins, []float64{1, 1}); !errors.Is(err, ErrInput) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if _, err := Rake(nil, margins); !errors.Is(err, ErrNobody) {
		t.Error(err)
	}
	if _, err := Rake([]Cell{{[]int{0}, 1}}, []Margin{{"a", []float64{math.NaN()}}}); !errors.Is(err, ErrInput) {
		t.Error(err)
	}
	for _, weights := range [][]float64{{1}, {0, 1}, {-1, 1}, {math.NaN(), 1}, {math.Inf(1), 1}} {
		if _, err := Trim(weights, []int{2, 3}); !errors.Is(err, ErrInput) {
			t.Errorf("%v: %v", weights, err)
		}
		if _, err := DesignEffect(weights, []int{2, 3}); !errors.Is(err, ErrInput) {
			t.Errorf("%v: %v", weights, err)
		}
	}
	if _, err := Trim([]float64{0, 0}, []int{0, 0}); !errors.Is(err, ErrNobody) {
		t.Error(err)
	}
}

// TestTrimHoldsBoth: whatever the weights, trimmed ones lie within the bounds and
// add up to the number of respondents, and nobody's order changes.
func TestTrimHoldsBoth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 12).Draw(t, "size")
		weights, counts := make([]float64, size), make([]int, size)
		n := 0
		for i := range weights {
			weights[i] = math.Exp(rapid.Float64Range(-12, 12).Draw(t, "weight"))
			counts[i] = rapid.OneOf(rapid.IntRange(0, 3), rapid.IntRange(0, 5000)).Draw(t, "count")
			n += counts[i]
		}
		trimmed, err := Trim(weights, counts)
		if n == 0 {
			if !errors.Is(err, ErrNobody) {
				t.Fatal(err)
			}
			return
		}
		sum := 0.0
		for i, w := range trimmed {
			sum += w * float64(counts[i])
			if counts[i] > 0 && !(w >= Lowest && w <= Highest) || counts[i] == 0 && w != 0 {
				t.Fatalf("weight %v of %d", w, counts[i])
			}
			for j := range trimmed {
				if counts[i] > 0 && counts[j] > 0 && weights[i] < weights[j] && w > trimmed[j]*(1+1e-12) {
					t.Fatalf("%v of %v above %v of %v", w, weights[i], trimmed[j], weights[j])
				}
			}
		}
		if err != nil || math.Abs(sum-float64(n)) > 1e-9*float64(n) {
			t.Fatalf("%v for %d respondents, %v", sum, n, err)
		}
		effect, err := DesignEffect(trimmed, counts)
		if err != nil || !(effect >= 1) || effect > 26 {
			t.Fatalf("design effect %v, %v", effect, err)
		}
	})
}

// TestWeightsAreNumbers: weights of any strata and cells are positive for every
// respondent and add up to them, or there is an error.
func TestWeightsAreNumbers(t *testing.T) {
	check := func(t *rapid.T, name string, weights []float64, counts []int) {
		n, sum, err := total(weights, counts)
		if err != nil || math.Abs(sum-n) > 1e-5*n {
			t.Fatalf("%s: %v of %v add up to %v, %v", name, weights, counts, sum, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(0, 8).Draw(t, "size")
		population := rapid.OneOf(rapid.SampledFrom([]float64{0, 1}), rapid.Float64Range(0, 1e9))
		strata, cells, counts := make([]Stratum, size), make([]Cell, size), make([]int, size)
		for i := range strata {
			counts[i] = rapid.IntRange(0, 9).Draw(t, "count")
			strata[i] = Stratum{counts[i], population.Draw(t, "N"), rapid.IntRange(-1, size-1).Draw(t, "neighbour")}
			cells[i] = Cell{[]int{rapid.IntRange(-1, 2).Draw(t, "a"), rapid.IntRange(-1, 1).Draw(t, "b")}, counts[i]}
		}
		if plan, err := Cells(strata, 5); err == nil {
			check(t, "cells", plan.Weights, counts)
			if !(plan.Unrepresented >= 0 && plan.Unrepresented <= 1) {
				t.Fatalf("%+v", plan)
			}
		}
		margins := []Margin{
			{"a", []float64{population.Draw(t, "a"), population.Draw(t, "a"), population.Draw(t, "a")}},
			{"b", []float64{population.Draw(t, "b"), population.Draw(t, "b")}},
		}
		weights, err := Rake(cells, margins)
		if err != nil {
			return
		}
		check(t, "rake", weights, counts)
		reached, err := Reach(cells, margins, weights)
		if err != nil {
			t.Fatal(err)
		}
		for _, shares := range reached {
			for _, s := range shares {
				for _, share := range []float64{s.Target, s.Unweighted, s.Reached} {
					if !(share >= 0 && share <= 1+1e-9) {
						t.Fatalf("%+v", s)
					}
				}
			}
		}
	})
}

func BenchmarkRaking(b *testing.B) {
	margins := []Margin{{"area", make([]float64, 15)}, {"type", make([]float64, 8)}, {"age", make([]float64, 5)}}
	for i, margin := range margins {
		for j := range margin.Population {
			margin.Population[j] = float64(100 + (i+3)*j*j)
		}
	}
	var cells []Cell
	for area := range 15 {
		for kind := range 8 {
			for age := range 5 {
				cells = append(cells, Cell{[]int{area, kind, age}, 1 + (area*kind+age*7)%40})
			}
		}
	}
	for b.Loop() {
		if _, err := Rake(cells, margins); err != nil {
			b.Fatal(err)
		}
	}
}
