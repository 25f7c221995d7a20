package resample

import (
	"context"
	"encoding/csv"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"bedarfslotse/internal/testoracle"
)

// somePairs are units in places that answered pairs of questions.
func somePairs(random *rand.Rand, places, units, pairs, m int) *Pairs {
	p := &Pairs{Max: slices.Repeat([]int{m}, pairs), Places: make([][]uint8, places), Strata: [][]int{nil, nil}}
	for at := range p.Places {
		for range units/places + at%3 {
			for range pairs {
				p.Places[at] = append(p.Places[at], uint8(random.IntN(m*m+1)))
			}
		}
		p.Strata[at%2] = append(p.Strata[at%2], at)
	}
	return p
}

// TestPairsAll counts all units, against a count by hand.
func TestPairsAll(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	p := somePairs(random, 3, 9000, 4, 7) // places are larger than a block
	for place, sums := range p.All() {
		for pair, got := range sums {
			var want Sums
			for row := pair; row < len(p.Places[place]); row += 4 {
				if code := int(p.Places[place][row]) - 1; code >= 0 {
					first, second := code/7+1, code%7+1
					want.First, want.Second, want.N = want.First+first, want.Second+second, want.N+1
					if second < first {
						want.Above++
					} else if second > first {
						want.Below++
					}
				}
			}
			if got != want {
				t.Errorf("place %d, pair %d: %+v, want %+v", place, pair, got, want)
			}
		}
	}
}

// TestPairsDraw: samples keep the size of each stratum, the same seed gives the same
// samples whoever draws them, and sums have mean and variance of a bootstrap: of the
// sum of n draws of x, n·x̄ and n·s².
func TestPairsDraw(t *testing.T) {
	p := somePairs(rand.New(rand.NewPCG(3, 4)), 4, 12_000, 3, 5)
	const draws = 600
	sample := func() (sums [][]Sums) {
		var mu sync.Mutex
		sums = make([][]Sums, draws)
		if err := p.Draw(context.Background(), draws, [2]uint64{5, 6}, nil, func(draw int, by [][]Sums) {
			mu.Lock()
			defer mu.Unlock()
			for _, pairs := range by {
				sums[draw] = append(sums[draw], pairs...)
			}
		}); err != nil {
			t.Fatal(err)
		}
		return sums
	}
	drawn := sample()
	if again := sample(); !slices.EqualFunc(drawn, again, slices.Equal) {
		t.Error("the same seed gave other samples")
	}
	// One pair over the places of the first stratum, in which they are drawn together.
	var values []float64
	for _, at := range p.Strata[0] {
		for row := 0; row < len(p.Places[at]); row += 3 {
			value := 0.0
			if code := int(p.Places[at][row]) - 1; code >= 0 {
				value = float64(code/5 + 1)
			}
			values = append(values, value)
		}
	}
	n, mean, variance := float64(len(values)), 0.0, 0.0
	for _, value := range values {
		mean += value / n
	}
	for _, value := range values {
		variance += (value - mean) * (value - mean) / n
	}
	got, square := 0.0, 0.0
	for _, sums := range drawn {
		value := float64(sums[0].First + sums[2*3].First)
		got, square = got+value/draws, square+value*value/draws
	}
	if deviation := math.Sqrt(n * variance); math.Abs(got-n*mean) > 4*deviation/math.Sqrt(draws) {
		t.Errorf("mean %v, want %v", got, n*mean)
	}
	if spread := square - got*got; math.Abs(spread/(n*variance)-1) > 0.3 {
		t.Errorf("variance %v, want %v", spread, n*variance)
	}
}

func TestPairsDrawEnds(t *testing.T) {
	p := somePairs(rand.New(rand.NewPCG(3, 4)), 2, 100, 2, 5)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := p.Draw(ctx, 1000, [2]uint64{}, nil, func(int, [][]Sums) {}); err == nil {
		t.Error("drew on")
	}
}

// BenchmarkPairs draws the samples of 32 pairs and 20 000 units in 15 places, 2 000
// times.
func BenchmarkPairs(b *testing.B) {
	p := somePairs(rand.New(rand.NewPCG(1, 1)), 15, 20_000, 32, 5)
	for b.Loop() {
		if err := p.Draw(context.Background(), Draws, [2]uint64{1, 2}, nil, func(int, [][]Sums) {}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestRanksAgainstR compares with a plain implementation in R on the same samples:
// testdata/needs.R.
func TestRanksAgainstR(t *testing.T) {
	file, err := os.Open("testdata/ranks_samples.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	samples := make([][]float64, 6)
	for _, record := range records {
		for at, cell := range record {
			value, err := strconv.ParseFloat(cell, 64)
			if err != nil {
				t.Fatal(err)
			}
			samples[at] = append(samples[at], value)
		}
	}
	compared := 0
	for _, one := range testoracle.Read(t, "testdata/needs.csv") {
		factor, err := strconv.ParseFloat(strings.TrimPrefix(one.Name, "ranks"), 64)
		if err != nil {
			continue
		}
		low, high, ok := Ranks([]float64{10, 14, 14.5, 21, 30, 9}, samples, factor)
		for at := range 6 {
			if !ok || float64(low[at]) != one.Values[at] || float64(high[at]) != one.Values[6+at] {
				t.Errorf("factor %v, value %d: %d..%d, want %v..%v", factor, at, low[at], high[at], one.Values[at], one.Values[6+at])
			}
		}
		compared++
	}
	if compared != 3 {
		t.Errorf("%d cases", compared)
	}
	samples[2][7] = math.NaN()
	if _, _, ok := Ranks(make([]float64, 6), samples, 1); ok {
		t.Error("ranks of what is no number")
	}
}
