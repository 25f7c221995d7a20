package interval

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"bedarfslotse/internal/testoracle"
)

func sample(v []float64) Sample { return Sample{Size: v[0], Fraction: v[1], Freedom: v[2]} }

func group(v []float64) Group { return Group{Mean: v[0], Variance: v[1], Sample: sample(v[2:])} }

// TestDifferencesAgainstR compares with testdata/differences.R.
func TestDifferencesAgainstR(t *testing.T) {
	seen := map[string]int{}
	for _, c := range testoracle.Read(t, "testdata/differences.csv") {
		seen[c.Name]++
		v := c.Values
		var got, want []float64
		ok := false
		switch c.Name {
		case "shares":
			got, want = make([]float64, 2), v[8:10]
			got[0], got[1], ok = Shares(v[0], sample(v[1:]), v[4], sample(v[5:]))
		case "paired":
			got, want = make([]float64, 3), v[7:10]
			got[0], got[1], got[2], ok = PairedShares(Pairs{v[0], v[1], v[2], v[3]}, sample(v[4:]))
		case "welch":
			var w Welch
			w, ok = Means(group(v), group(v[5:]))
			got, want = []float64{w.Low, w.High, w.Freedom, w.P}, v[10:14]
		case "hedges":
			var h Hedges
			h, ok = Effect(group(v), group(v[5:]))
			got, want = []float64{h.G, h.Low, h.High}, v[10:13]
		}
		if !ok {
			t.Errorf("%s %v: no result", c.Name, v)
		}
		for j := range want {
			if !testoracle.Near(got[j], want[j], 1e-8) {
				t.Errorf("%s %v: %v, want %v", c.Name, v, got, want)
				break
			}
		}
	}
	for _, name := range []string{"shares", "paired", "welch", "hedges"} {
		if seen[name] < 20 {
			t.Errorf("%d cases of %s", seen[name], name)
		}
	}
}

// TestNewcombePublished holds examples of Newcombe's two papers.
func TestNewcombePublished(t *testing.T) {
	shares := []struct{ a, m, b, n, low, high float64 }{
		{56, 70, 48, 80, 0.0524, 0.3339},
		{9, 10, 3, 10, 0.1705, 0.8090},
		{5, 56, 0, 29, -0.0381, 0.1926},
		{10, 10, 0, 10, 0.6075, 1},
	}
	for _, c := range shares {
		low, high, ok := Shares(c.a/c.m, Sample{Size: c.m}, c.b/c.n, Sample{Size: c.n})
		if !ok || math.Abs(low-c.low) > 5e-5 || math.Abs(high-c.high) > 5e-5 {
			t.Errorf("%+v: %.4f..%.4f %v", c, low, high, ok)
		}
	}
	difference, low, high, ok := PairedShares(Pairs{14, 5, 0, 22}, Sample{Size: 41})
	if !ok || !near(difference, 5.0/41) || math.Abs(low-0.0115) > 5e-5 || math.Abs(high-0.2265) > 5e-5 {
		t.Errorf("%.4f in %.4f..%.4f %v", difference, low, high, ok)
	}
}

// TestPairsHaveNoUnit: shares give what counts give.
func TestPairsHaveNoUnit(t *testing.T) {
	_, low, high, _ := PairedShares(Pairs{14, 5, 2, 22}, Sample{Size: 43})
	_, from, to, ok := PairedShares(Pairs{14.0 / 43, 5.0 / 43, 2.0 / 43, 22.0 / 43}, Sample{Size: 43})
	if !ok || !near(low, from) || !near(high, to) {
		t.Errorf("%v..%v, from shares %v..%v", low, high, from, to)
	}
}

// TestFullSamplesHaveNoInterval: nobody and everybody.
func TestFullSamplesHaveNoInterval(t *testing.T) {
	some := Sample{Size: 10}
	for _, s := range []Sample{{}, {Size: 10, Fraction: 1}, {Size: -3}, {Size: math.NaN()}, {Size: math.Inf(1)}} {
		if _, _, ok := Shares(0.5, s, 0.5, some); ok {
			t.Errorf("%+v: difference of shares", s)
		}
		if _, _, _, ok := PairedShares(Pairs{1, 2, 3, 4}, s); ok {
			t.Errorf("%+v: paired difference", s)
		}
		if _, ok := Means(Group{1, 1, some}, Group{1, 1, s}); ok {
			t.Errorf("%+v: difference of means", s)
		}
		if _, ok := Effect(Group{1, 1, s}, Group{1, 1, some}); ok {
			t.Errorf("%+v: effect", s)
		}
	}
	if _, ok := Means(Group{3, 0, some}, Group{2, 0, some}); ok {
		t.Error("equal answers have an interval")
	}
	if _, ok := Effect(Group{3, 0, some}, Group{2, 0, some}); ok {
		t.Error("equal answers have an effect size")
	}
	if _, _, ok := Shares(1.1, some, 0.5, some); ok {
		t.Error("1.1 taken for a share")
	}
	for _, p := range []Pairs{{}, {-1, 2, 3, 4}, {math.NaN(), 1, 1, 1}, {math.Inf(1), 1, 1, 1}} {
		if _, _, _, ok := PairedShares(p, some); ok {
			t.Errorf("%+v: paired difference", p)
		}
	}
}

// TestDifferencesAreNumbers: whatever goes in, what comes out with ok is an
// interval around the difference.
func TestDifferencesAreNumbers(t *testing.T) {
	number := rapid.OneOf(rapid.Float64Range(0, 1), rapid.Float64Range(-2, 1e6), rapid.SampledFrom([]float64{0, 1, 2, math.NaN(), math.Inf(1), math.Inf(-1)}))
	size := rapid.OneOf(number, rapid.Float64Range(0.5, 300))
	within := func(t *rapid.T, name string, low, middle, high float64) {
		if !(low <= middle+1e-9) || !(middle <= high+1e-9) || math.IsInf(low, 0) || math.IsInf(high, 0) {
			t.Fatalf("%s: %v in %v..%v", name, middle, low, high)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		share := rapid.OneOf(rapid.Float64Range(0, 1), rapid.SampledFrom([]float64{0, 1}))
		s := func() Sample {
			return Sample{Size: size.Draw(t, "size"), Fraction: rapid.SampledFrom([]float64{0, 0.3, 1, 2}).Draw(t, "f"), Freedom: rapid.SampledFrom([]float64{0, 1, 7}).Draw(t, "df")}
		}
		a, b := Group{number.Draw(t, "m"), number.Draw(t, "v"), s()}, Group{number.Draw(t, "m"), number.Draw(t, "v"), s()}
		p, q := share.Draw(t, "p"), share.Draw(t, "q")
		if low, high, ok := Shares(p, a.Sample, q, b.Sample); ok {
			within(t, "shares", low, p-q, high)
		}
		cells := Pairs{number.Draw(t, "a"), number.Draw(t, "b"), number.Draw(t, "c"), number.Draw(t, "d")}
		if d, low, high, ok := PairedShares(cells, a.Sample); ok {
			within(t, "paired", low, d, high)
		}
		if w, ok := Means(a, b); ok {
			within(t, "means", w.Low, w.Difference, w.High)
			within(t, "p", 0, w.P, 1)
		}
		if h, ok := Effect(a, b); ok {
			within(t, "effect", h.Low, h.G, h.High)
		}
		if n := Kish(number.Draw(t, "sum"), number.Draw(t, "squares")); math.IsNaN(n) || n < 0 {
			t.Fatalf("effective size %v", n)
		}
	})
}

func TestKish(t *testing.T) {
	for _, c := range []struct{ sum, squares, want float64 }{{10, 10, 10}, {1 + 2 + 3, 1 + 4 + 9, 36.0 / 14}, {0, 0, 0}, {3, 9, 1}} {
		if got := Kish(c.sum, c.squares); !near(got, c.want) {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// TestWiden: a share of 100 perturbed with variance 2.25 (METHODS 5.6).
func TestWiden(t *testing.T) {
	if got := Widen(0.05, math.Sqrt(2.25)/100); math.Abs(got-math.Sqrt(0.0025+0.0294*0.0294)) > 1e-6 {
		t.Errorf("half-width %v", got)
	}
	if got := Widen(0.05, 0); got != 0.05 {
		t.Errorf("without perturbation %v", got)
	}
}
