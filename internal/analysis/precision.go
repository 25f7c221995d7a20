package analysis

import (
	"sort"

	"bedarfslotse/internal/analysis/internal/interval"
)

// HalfWidth is half the width of the 95 % interval of a share of one half, the
// widest there is, with n respondents of a population (0 when not known): the
// Wilson score interval with the finite population correction (METHODS 2). It
// supposes that respondents answer independently of each other. 0 when all
// answered, 1 for no respondents.
func HalfWidth(n, population int) float64 {
	switch {
	case n <= 0:
		return 1
	case n == population:
		return 0
	}
	sample := interval.Sample{Size: float64(n)}
	if n < population {
		sample.Fraction = float64(n) / float64(population)
	}
	low, high := interval.Wilson(0.5, sample)
	return (high - low) / 2
}

// Needed is how many respondents of a population (0 when not known) it takes
// until [HalfWidth] is at most half, with 0 < half < 1.
func Needed(half float64, population int) int {
	most := population
	if most == 0 {
		most = int(1/(half*half)) + 1 // the interval of n is narrower than 1/√n
	}
	return sort.Search(most, func(n int) bool { return HalfWidth(n, population) <= half })
}
