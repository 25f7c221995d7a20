// Package resample draws bootstrap samples (METHODS 6): units with replacement,
// within strata, so many as there are.
package resample

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Draws is how many samples are drawn.
const Draws = 2000

// Fewest is the number of units below which there is no interval.
const Fewest = 10

// Multinomial draws samples of units of which only their kind matters: counts says
// how many there are of each kind, visit is called with the counts of each sample,
// which it must not keep. Drawing counts instead of units gives samples of the same
// distribution. Each stratum keeps its size. The source is seeded by the caller, so
// that the same figures have the same interval again.
func Multinomial(strata [][]int, draws int, source rand.Source, visit func(sample [][]int)) {
	sample := make([][]int, len(strata))
	for i, counts := range strata {
		sample[i] = make([]int, len(counts))
	}
	random := rand.New(source) //nolint:gosec // statistics, not secrets
	for range draws {
		for i, counts := range strata {
			multinomial(counts, sample[i], random)
		}
		visit(sample)
	}
}

// multinomial fills in one stratum's sample, kind by kind: each is binomial given
// those before it.
func multinomial(counts, sample []int, random *rand.Rand) {
	n := 0
	for _, count := range counts {
		n += count
	}
	left, rest := n, n // to draw, and units of the kinds that are to come
	for i, count := range counts {
		switch {
		case count == 0 || left == 0:
			sample[i] = 0
		case count == rest:
			sample[i] = left
		default:
			sample[i] = int(distuv.Binomial{N: float64(left), P: float64(count) / float64(rest), Src: random}.Rand())
		}
		left -= sample[i]
		rest -= count
	}
}

// Interval is the 95 % percentile interval of what samples gave, with quantiles of
// type 7 (Hyndman & Fan 1996), its distances from the estimate times √(1−f), f being
// the share of the population that answered. There is none (ok is false) without
// samples. The samples are sorted in place.
func Interval(estimate float64, samples []float64, f float64) (low, high float64, ok bool) {
	if !(f >= 0 && f <= 1) {
		return 0, 0, false
	}
	return Around(estimate, estimate, samples, math.Sqrt(1-f))
}

// Around is the interval of an estimate by samples of units that give the value of
// center, its distances times a factor of at least 0. There is none (ok is false)
// without samples, or with one that is no number. The samples are sorted in place.
func Around(estimate, center float64, samples []float64, factor float64) (low, high float64, ok bool) {
	if len(samples) == 0 || slices.ContainsFunc(samples, math.IsNaN) || !(factor >= 0) {
		return 0, 0, false
	}
	slices.Sort(samples)
	return estimate + (quantile(samples, 0.025)-center)*factor, estimate + (quantile(samples, 0.975)-center)*factor, true
}

// quantile is that of type 7 of sorted values.
func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	below := int(at)
	if below+1 == len(sorted) {
		return sorted[below]
	}
	return sorted[below] + (at-float64(below))*(sorted[below+1]-sorted[below])
}
