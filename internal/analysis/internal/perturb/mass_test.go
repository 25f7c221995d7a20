package perturb

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestMass: weighted counts keep their mean, are never negative, and tell neither
// count nor mean weight of a few: their spread is that of two draws.
func TestMass(t *testing.T) {
	table := Shipped()
	random := rand.New(rand.NewPCG(5, 6))
	const draws = 200_000
	for _, c := range []struct {
		count           int
		weight, largest float64
	}{{0, 1, 1}, {1, 0.4, 2}, {1, 2, 2}, {3, 0.5, 5}, {8, 1, 1}, {40, 1.3, 3}, {2000, 0.7, 5}} {
		sum, squares := 0.0, 0.0
		for range draws {
			shown := table.Mass(c.count, float64(c.count)*c.weight, c.largest, random.Uint64())
			if shown < 0 {
				t.Fatalf("%+v: %v", c, shown)
			}
			sum += shown
			squares += shown * shown
		}
		mean := sum / draws
		variance := squares/draws - mean*mean
		if want := float64(c.count) * c.weight; math.Abs(mean-want) > 4*math.Sqrt(variance/draws)+1e-9 {
			t.Errorf("%+v: mean %v, want %v", c, mean, want)
		}
		if want := Variance * (c.largest*c.largest + c.weight*c.weight); c.count >= 8 && math.Abs(variance/want-1) > 0.05 {
			t.Errorf("%+v: variance %v, want %v", c, variance, want)
		}
	}
}
