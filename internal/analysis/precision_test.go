package analysis_test

import (
	"math"
	"testing"

	"bedarfslotse/internal/analysis"
)

// TestNeeded compares with the closed form at one half: the half width is
// z/(2·√(n*+z²)) with n* = n/(1−n/N), so n* = (z/2h)² − z² (Wilson 1927; Cochran
// 1977, section 2.6).
func TestNeeded(t *testing.T) {
	const z = 1.959963984540054
	for _, test := range []struct {
		half       float64
		population int
		want       int
	}{
		{0.10, 0, 93}, {0.05, 0, 381}, {0.10, 300, 71}, {0.10, 40, 28}, {0.10, 1, 1}, {0.10, 1_000_000, 93},
	} {
		star := math.Pow(z/(2*test.half), 2) - z*z
		closed := star
		if test.population > 0 {
			closed = star * float64(test.population) / (star + float64(test.population))
		}
		if got := analysis.Needed(test.half, test.population); got != test.want || got != int(math.Ceil(closed)) {
			t.Errorf("±%v of %d needs %d, want %d (%v)", test.half, test.population, got, test.want, closed)
		}
	}
	if got := analysis.HalfWidth(100, 0); math.Abs(got-z/(2*math.Sqrt(100+z*z))) > 1e-12 {
		t.Errorf("100 of many: %v", got)
	}
	if analysis.HalfWidth(300, 300) != 0 || analysis.HalfWidth(0, 300) != 1 || analysis.HalfWidth(400, 300) != analysis.HalfWidth(400, 0) {
		t.Error("everybody, nobody or more than all")
	}
}
