package inference

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/testoracle"
)

const relative = 1e-7

// reader takes a line of numbers apart.
type reader struct{ rest []float64 }

func (r *reader) next() float64 {
	v := r.rest[0]
	r.rest = r.rest[1:]
	return v
}

func (r *reader) table() Table {
	t := make(Table, int(r.next()))
	groups := int(r.next())
	for i := range t {
		for range groups {
			t[i] = append(t[i], int(r.next()))
		}
	}
	return t
}

func (r *reader) design() (fraction float64, cells []Cell) {
	fraction = r.next()
	for range int(r.next()) {
		c := Cell{Answer: int(r.next()), Group: int(r.next()), Cluster: int(r.next()), Weight: r.next()}
		if rows, squares := int(r.next()), r.next(); c.Cluster == 0 {
			c.Rows, c.Squares = rows, squares
		}
		cells = append(cells, c)
	}
	return fraction, cells
}

func source() rand.Source { return rand.NewPCG(1, 2) }

func counted(t *testing.T, table Table) counts {
	t.Helper()
	c, ok := usable(table)
	if !ok {
		t.Fatalf("%v bears no test", table)
	}
	return c
}

// compute gives what testdata/tests.R gives for a line's input, in its order.
func compute(t *testing.T, name string, r *reader) []float64 {
	t.Helper()
	var got Result
	var ok bool
	switch name {
	case "pearson":
		got = counted(t, r.table()).pearson()
		return []float64{got.Statistic, got.Freedom, got.P, got.Effect}
	case "fisher":
		return []float64{counted(t, r.table()).fisher().P}
	case "ranks":
		got, ok = Ranks(r.table(), source())
		if !ok || got.Permuted {
			t.Errorf("%+v %v", got, ok)
		}
		return []float64{got.Statistic, got.Freedom, got.P, got.Effect}
	case "trend":
		got, ok = Trend(r.table(), source())
		if !ok || got.Permuted {
			t.Errorf("%+v %v", got, ok)
		}
		return []float64{got.Statistic, got.P, got.Effect}
	case "rao_scott":
		fraction, cells := r.design()
		if got, ok = WeightedIndependence(cells, fraction); !ok {
			t.Errorf("%s of %v: no result", name, cells)
		}
		return []float64{got.Statistic, got.Freedom, got.Denominator, got.P, got.Effect}
	case "lumley_scott":
		fraction, cells := r.design()
		trend, same := WeightedTrend(cells, fraction)
		if got, ok = WeightedRanks(cells, fraction); !ok || !same || trend.P != got.P {
			t.Errorf("%s of %v: no result", name, cells)
		}
		return []float64{got.Statistic, got.Freedom, got.Denominator, got.P, got.Effect, trend.Effect}[:len(r.rest)]
	case "adjust":
		n := int(r.next())
		p, ok := Adjust(r.rest[:n])
		r.rest = r.rest[n:]
		if !ok {
			t.Error("not adjusted")
		}
		return p
	}
	return nil
}

// TestAgainstR compares with values that R computed: testdata/tests.R.
func TestAgainstR(t *testing.T) {
	seen := map[string]int{}
	for _, c := range testoracle.Read(t, "testdata/tests.csv") {
		seen[c.Name]++
		r := &reader{c.Values}
		got := compute(t, c.Name, r)
		for i, x := range got {
			want := r.rest[i]
			// P-values are compared with their own size, however small.
			if math.Abs(x-want) > relative*math.Abs(want)+1e-14*math.Min(1, math.Abs(want)*1e6) {
				t.Errorf("%s %v: got %v, want %v", c.Name, c.Values[:min(len(c.Values), 40)], got, r.rest)
				break
			}
		}
	}
	for _, name := range []string{"pearson", "fisher", "ranks", "trend", "rao_scott", "lumley_scott", "adjust", "permuted", "permuted_ranks", "permuted_trend"} {
		if seen[name] < 20 {
			t.Errorf("%d cases of %s", seen[name], name)
		}
	}
}

// TestPermutationsAgainstR: R's own p-values are exact (Mann–Whitney) or from
// 100 000 tables or more, so that the difference is Monte-Carlo error, whose
// standard deviation is √(p(1−p)/9 999) of ours and at most a third of it of R's.
func TestPermutationsAgainstR(t *testing.T) {
	for _, c := range testoracle.Read(t, "testdata/tests.csv") {
		r := &reader{c.Values}
		var got Result
		switch c.Name {
		case "permuted":
			got = counted(t, r.table()).permuted(source())
		case "permuted_ranks":
			got, _ = Ranks(r.table(), source())
		case "permuted_trend":
			got, _ = Trend(r.table(), source())
		default:
			continue
		}
		want := r.next()
		if !got.Permuted || math.Abs(got.P-want) > 4.5*math.Sqrt(want*(1-want)*1.1/Draws)+2.0/Draws {
			t.Errorf("%s %v: %v, want %v", c.Name, c.Values, got.P, want)
		}
	}
}

// TestChoice holds the rule of METHODS 4 at its limits.
func TestChoice(t *testing.T) {
	cases := []struct {
		table    Table
		test     Test
		permuted bool
	}{
		{Table{{10, 10}, {10, 10}}, Pearson, false},
		{Table{{5, 5}, {5, 5}}, Pearson, false},                                     // expected exactly 5
		{Table{{4, 5}, {5, 5}}, Fisher, false},                                      // one of four below 5
		{Table{{4, 96}, {5, 95}, {40, 60}, {40, 60}, {11, 89}}, Pearson, false},     // none below 5
		{Table{{2, 3, 0}, {20, 30, 40}, {21, 29, 40}}, Pearson, true},               // three of nine
		{Table{{3, 1}, {1, 99}, {100, 100}, {90, 110}, {100, 100}}, Pearson, false}, // 2 of 10, exactly 20 %
		{Table{{1, 0}, {50, 50}, {50, 50}, {50, 50}, {50, 50}}, Pearson, true},      // one below 1
		{Table{{4, 0, 5}, {5, 0, 5}}, Fisher, false},                                // an empty group is none
		{Table{{0, 0}, {10, 10}, {0, 0}, {10, 10}}, Pearson, false},
	}
	for _, c := range cases {
		got, ok := Independence(c.table, source())
		if !ok || got.Test != c.test || got.Permuted != c.permuted {
			t.Errorf("%v: %+v %v", c.table, got, ok)
		}
	}
	// Ten in each group, and nine in one.
	if got, _ := Ranks(Table{{5, 6}, {5, 6}}, source()); got.Test != MannWhitney || got.Permuted {
		t.Errorf("%+v", got)
	}
	if got, _ := Ranks(Table{{5, 6, 30}, {4, 6, 30}}, source()); got.Test != KruskalWallis || !got.Permuted {
		t.Errorf("%+v", got)
	}
}

// TestDirection: signs say who is higher.
func TestDirection(t *testing.T) {
	higherFirst := Table{{2, 20}, {20, 2}}
	if got, _ := Ranks(higherFirst, source()); got.Effect <= 0 || got.Statistic <= 0 {
		t.Errorf("%+v", got)
	}
	if got, _ := Trend(higherFirst, source()); got.Effect >= 0 || got.Statistic >= 0 {
		t.Errorf("%+v", got)
	}
	cells := []Cell{{0, 0, 0, 2, 2, 2}, {1, 0, 0, 20, 20, 20}, {0, 1, 0, 20, 20, 20}, {1, 1, 0, 2, 2, 2}}
	if got, ok := WeightedRanks(cells, 0); !ok || got.Effect <= 0 {
		t.Errorf("%+v", got)
	}
}

// TestSameAgain: the same seed gives the same p.
func TestSameAgain(t *testing.T) {
	table := Table{{3, 1, 0}, {2, 4, 5}, {1, 0, 3}}
	first, _ := Independence(table, rand.NewPCG(7, 7))
	second, _ := Independence(table, rand.NewPCG(7, 7))
	if !first.Permuted || first != second {
		t.Errorf("%+v, then %+v", first, second)
	}
}

// TestCellsInParts: a cell given in parts is the same cell, and its order and the
// unit of weights do not matter.
func TestCellsInParts(t *testing.T) {
	whole := []Cell{
		{Answer: 0, Group: 0, Cluster: 1, Weight: 3}, {Answer: 1, Group: 0, Cluster: 2, Weight: 2.5},
		{Answer: 1, Group: 1, Cluster: 1, Weight: 4}, {Answer: 0, Group: 1, Cluster: 3, Weight: 1.5},
		{Answer: 2, Group: 1, Cluster: 4, Weight: 1}, {Answer: 0, Group: 0, Weight: 5, Rows: 4, Squares: 7},
	}
	parts := []Cell{{Answer: 0, Group: 0, Weight: 20, Rows: 1, Squares: 400}, {Answer: 0, Group: 0, Weight: 30, Rows: 3, Squares: 300}}
	for _, c := range whole[:5] {
		c.Weight *= 5
		parts = append([]Cell{c, c}, parts...)
	}
	for name, test := range map[string]func([]Cell, float64) (Result, bool){"independence": WeightedIndependence, "ranks": WeightedRanks} {
		a, ok := test(whole, 0.1)
		b, same := test(parts, 0.1)
		if !ok || !same || math.Abs(a.P-b.P) > 1e-12 || math.Abs(a.Effect-b.Effect) > 1e-12 {
			t.Errorf("%s: %+v %v, in parts %+v %v", name, a, ok, b, same)
		}
	}
}

// TestNothingToTest: whatever bears no test has no result.
func TestNothingToTest(t *testing.T) {
	for _, table := range []Table{
		nil, {}, {{}}, {{}, {}}, {{0, 0}, {0, 0}}, {{3}, {4}}, {{3, 4}}, {{3, 0}, {4, 0}}, {{3, 4}, {0, 0}},
		{{1, 2}, {3}}, {{-1, 2}, {3, 4}}, {{1, 2}, {3, math.MaxInt}}, {{mostRows, mostRows}, {1, 1}},
	} {
		_, independence := Independence(table, source())
		_, ranks := Ranks(table, source())
		_, trend := Trend(table, source())
		if independence || ranks || trend {
			t.Errorf("%v has a result", table)
		}
	}
	good := []Cell{{0, 0, 1, 3, 0, 0}, {1, 0, 2, 2, 0, 0}, {1, 1, 1, 4, 0, 0}, {0, 1, 3, 1, 0, 0}, {1, 1, 4, 2, 0, 0}}
	if _, ok := WeightedIndependence(good, 0); !ok {
		t.Error("a good design has no result")
	}
	for _, bad := range []Cell{
		{0, 0, 1, -1, 0, 0}, {0, 0, 1, math.NaN(), 0, 0}, {0, 0, 1, math.Inf(1), 0, 0}, {-1, 0, 1, 1, 0, 0}, {0, -1, 1, 1, 0, 0},
		{0, 0, -1, 1, 0, 0}, {0, 0, 0, 1, 0, 1}, {0, 0, 0, 1, 1, 0},
	} {
		if _, ok := WeightedIndependence(append([]Cell{bad}, good...), 0); ok {
			t.Errorf("%+v has a result", bad)
		}
	}
	for _, fraction := range []float64{1, 1.5, -0.1, math.NaN()} {
		if _, ok := WeightedRanks(good, fraction); ok {
			t.Errorf("f = %v has a result", fraction)
		}
	}
	apart := []Cell{{0, 0, 0, 10, 10, 10}, {1, 1, 0, 10, 10, 10}}
	if got, ok := WeightedRanks(apart, 0); ok {
		t.Errorf("answers that do not vary within groups: %+v", got)
	}
	for _, p := range [][]float64{{-0.1}, {1.1}, {0.3, math.NaN()}} {
		if _, ok := Adjust(p); ok {
			t.Errorf("%v adjusted", p)
		}
	}
}

// sound fails when a result is no number or out of its range.
func sound(t *rapid.T, name string, r Result, ok bool, least float64) {
	if !ok {
		return
	}
	for _, v := range []float64{r.Statistic, r.Freedom, r.Denominator, r.P, r.Effect} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("%s: %+v", name, r)
		}
	}
	if r.P < 0 || r.P > 1 || r.Effect < least || r.Effect > 1 {
		t.Fatalf("%s: %+v", name, r)
	}
}

// TestResultsAreNumbers throws degenerate tables and designs at every test.
func TestResultsAreNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		answers, groups := rapid.IntRange(0, 5).Draw(t, "answers"), rapid.IntRange(0, 4).Draw(t, "groups")
		count := rapid.OneOf(rapid.SampledFrom([]int{0, 0, 1, 12}), rapid.IntRange(0, 20))
		weight := rapid.OneOf(rapid.SampledFrom([]float64{0, 1, 1}), rapid.Float64Range(1e-6, 1e6))
		table := make(Table, answers)
		var cells []Cell
		for i := range table {
			for j := range groups {
				table[i] = append(table[i], count.Draw(t, "count"))
				w := weight.Draw(t, "weight")
				cells = append(cells, Cell{i, j, rapid.IntRange(0, 4).Draw(t, "cluster"), w, table[i][j], w * w})
			}
		}
		r, ok := Independence(table, source())
		sound(t, "independence", r, ok, 0)
		r, ok = Ranks(table, source())
		sound(t, "ranks", r, ok, -1)
		r, ok = Trend(table, source())
		sound(t, "trend", r, ok, -1)
		r, ok = WeightedIndependence(cells, 0)
		sound(t, "weighted independence", r, ok, 0)
		r, ok = WeightedRanks(cells, 0.2)
		sound(t, "weighted ranks", r, ok, -1)
		r, ok = WeightedTrend(cells, 0)
		sound(t, "weighted trend", r, ok, -1)
	})
}

// TestDealing: random tables have the margins of the given one, and both ways of
// drawing a count follow its distribution.
func TestDealing(t *testing.T) {
	c := counted(t, Table{{40_000, 300_000, 7}, {300, 20, 1}, {2, 1, 3}, {50_000, 60_000, 90}})
	d := newDealer(c, source())
	for range 200 {
		d.deal()
		left := append([]int{}, c.groups...)
		for i, rows := range c.answers {
			for j := range left {
				x := d.cells[i*len(left)+j]
				if x < 0 {
					t.Fatalf("%v", d.cells)
				}
				rows -= x
				left[j] -= x
			}
			if rows != 0 {
				t.Fatalf("an answer has %d rows too few", rows)
			}
		}
		for _, rows := range left {
			if rows != 0 {
				t.Fatalf("a group has %d rows too few", rows)
			}
		}
	}
}

// TestHypergeometric compares draws with the distribution: χ² over the counts
// with an expected number of at least 10 stays below its 99.99 % quantile.
func TestHypergeometric(t *testing.T) {
	const draws = 200_000
	for _, c := range []struct{ rows, marked, total int }{{8, 5, 30}, {7, 29, 30}, {300, 400, 900}, {2_000, 500_000, 1_000_000}, {40_000, 3_000, 50_000}} {
		d := newDealer(counts{}, source())
		seen := map[int]int{}
		for range draws {
			seen[d.hypergeometric(c.rows, c.marked, c.total)]++
		}
		x, freedom := 0.0, -1.0
		for count := max(0, c.rows+c.marked-c.total); count <= min(c.rows, c.marked); count++ {
			expected := draws * math.Exp(d.log.hypergeometric(count, c.rows, c.marked, c.total))
			if expected >= 10 {
				difference := float64(seen[count]) - expected
				x += difference * difference / expected
				freedom++
			}
		}
		if p := chiSquared(x, freedom); p < 1e-4 {
			t.Errorf("%+v: χ² = %v with %v degrees of freedom, p = %v", c, x, freedom, p)
		}
	}
}

func BenchmarkPermutation(b *testing.B) {
	for name, table := range map[string]Table{
		"30 answers": {{3, 1, 2}, {2, 4, 5}, {1, 0, 3}, {4, 3, 2}},
		"1000000 answers in 15 groups": func() Table {
			t := make(Table, 6)
			for i := range t {
				for j := range 15 {
					t[i] = append(t[i], 1_000_000/90+i*j*10)
				}
			}
			t[5] = make([]int, 15)
			t[5][3] = 6
			return t
		}(),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if r, ok := Independence(table, source()); !ok || !r.Permuted {
					b.Fatal(r, ok)
				}
			}
		})
	}
}

func BenchmarkWeightedIndependence(b *testing.B) {
	random := rand.New(source())
	var cells []Cell
	for cluster := range 40 {
		for answer := range 5 {
			for group := range 15 {
				cells = append(cells, Cell{Answer: answer, Group: group, Cluster: cluster + 1, Weight: 1 + random.Float64()})
			}
		}
	}
	for b.Loop() {
		if _, ok := WeightedIndependence(cells, 0); !ok {
			b.Fatal("no result")
		}
	}
}

// TestPublished: the lady tasting tea (Fisher 1935) and the fifteen p-values of
// Benjamini & Hochberg 1995, four of which hold at a rate of 0.05.
func TestPublished(t *testing.T) {
	tea, ok := Independence(Table{{3, 1}, {1, 3}}, source())
	if !ok || tea.Test != Fisher || math.Abs(tea.P-34.0/70) > 1e-12 {
		t.Errorf("%+v %v", tea, ok)
	}
	adjusted, ok := Adjust([]float64{0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1})
	held := 0
	for _, p := range adjusted {
		if p < 0.05 {
			held++
		}
	}
	if !ok || held != 4 || adjusted[14] != 1 {
		t.Errorf("%d of %v", held, adjusted)
	}
}
