package resample

import (
	"math"
	"math/rand/v2"
	"testing"

	"bedarfslotse/internal/analysis/internal/agreement"
	"bedarfslotse/internal/testoracle"
)

// cases are those of testdata/resample.R.
func cases() map[string][]int {
	return map[string][]int{"five": {4, 7, 11, 9, 3}, "agreed": {0, 1, 2, 10, 27}, "split": {12, 1, 0, 1, 14}, "many": {300, 410, 120, 90, 80},
		"seven": {2, 3, 5, 9, 8, 4, 1}, "large": {90000, 120000, 300000, 260000, 230000}}
}

func meanOf(counts []int) float64 {
	n, sum := 0, 0
	for i, count := range counts {
		n, sum = n+count, sum+(i+1)*count
	}
	return float64(sum) / float64(n)
}

func consensusOf(counts []int) float64 {
	shares := make([]float64, len(counts))
	for i, count := range counts {
		shares[i] = float64(count)
	}
	value, _ := agreement.Consensus(shares)
	return value
}

// TestIntervalsAgainstR: the ends of 2 000 draws' intervals are those of R's within
// Monte-Carlo error: the standard error of a quantile of 2 000 draws is about 0.06
// of their deviation at 2.5 %, and counts of few make it a little more.
func TestIntervalsAgainstR(t *testing.T) {
	for _, one := range testoracle.Read(t, "testdata/resample.csv") {
		counts := cases()[one.Name]
		for at, statistic := range []func([]int) float64{meanOf, consensusOf} {
			var drawn []float64
			Multinomial([][]int{counts}, Draws, rand.NewPCG(1, uint64(at)), func(sample [][]int) { drawn = append(drawn, statistic(sample[0])) })
			low, high, ok := Interval(statistic(counts), drawn, 0)
			within := 0.3 * one.Values[4+at]
			if !ok || math.Abs(low-one.Values[2*at]) > within || math.Abs(high-one.Values[2*at+1]) > within {
				t.Errorf("%s, %d: %v..%v, want %v..%v within %v", one.Name, at, low, high, one.Values[2*at], one.Values[2*at+1], within)
			}
		}
	}
}

// TestMultinomial: samples keep the size of each stratum, kinds without units stay
// without, and each kind's mean and variance are those of a binomial.
func TestMultinomial(t *testing.T) {
	strata := [][]int{{3, 0, 5, 17}, {1}, {0, 0}, {1000, 3, 200_000}}
	const draws = 4000
	sums, squares := make([]float64, 4), make([]float64, 4)
	Multinomial(strata, draws, rand.NewPCG(4, 5), func(sample [][]int) {
		for i, counts := range strata {
			n, got := 0, 0
			for at, count := range counts {
				n, got = n+count, got+sample[i][at]
				if sample[i][at] < 0 || count == 0 && sample[i][at] > 0 {
					t.Fatalf("%v of %v", sample[i], counts)
				}
			}
			if n != got {
				t.Fatalf("%d of %d drawn", got, n)
			}
		}
		for at, count := range sample[0] {
			sums[at], squares[at] = sums[at]+float64(count), squares[at]+float64(count*count)
		}
	})
	for at, count := range strata[0] {
		p := float64(count) / 25
		mean, deviation := sums[at]/draws, math.Sqrt(25*p*(1-p))
		variance := squares[at]/draws - mean*mean
		if math.Abs(mean-float64(count)) > 5*deviation/math.Sqrt(draws) || math.Abs(variance-deviation*deviation) > 0.12*deviation*deviation {
			t.Errorf("kind %d: mean %v of %d, variance %v of %v", at, mean, count, variance, deviation*deviation)
		}
	}
}

// TestInterval: the finite population shortens both distances; f = 1 leaves none.
func TestInterval(t *testing.T) {
	samples := func() []float64 {
		values := make([]float64, 1001)
		for i := range values {
			values[i] = float64((i * 8) % 1001)
		}
		return values
	}
	if low, high, ok := Interval(400, samples(), 0); !ok || low != 25 || high != 975 {
		t.Errorf("%v..%v", low, high)
	}
	if low, high, _ := Interval(400, samples(), 0.75); low != 400-375.0/2 || high != 400+575.0/2 {
		t.Errorf("three of four answered: %v..%v", low, high)
	}
	if low, high, _ := Interval(400, samples(), 1); low != 400 || high != 400 {
		t.Errorf("everybody answered: %v..%v", low, high)
	}
	if low, high, ok := Interval(3, []float64{3}, 0); !ok || low != 3 || high != 3 {
		t.Errorf("one sample: %v..%v", low, high)
	}
	for _, wrong := range [][]float64{nil, {1, math.NaN()}} {
		if _, _, ok := Interval(1, wrong, 0); ok {
			t.Errorf("%v has an interval", wrong)
		}
	}
	if _, _, ok := Interval(1, []float64{1}, 1.1); ok {
		t.Error("more answered than there are")
	}
}

// BenchmarkMean is the interval of one mean of a million answers to a scale.
func BenchmarkMean(b *testing.B) {
	counts := cases()["large"]
	for b.Loop() {
		drawn := make([]float64, 0, Draws)
		Multinomial([][]int{counts}, Draws, rand.NewPCG(1, 2), func(sample [][]int) { drawn = append(drawn, meanOf(sample[0])) })
		if _, _, ok := Interval(meanOf(counts), drawn, 0); !ok {
			b.Fatal("no interval")
		}
	}
}
