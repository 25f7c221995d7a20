package resample

import (
	"math"
	"slices"
)

// Ranks returns the interval of each value's rank, 1 for the largest, that holds for
// all of them together with 95 % confidence: from 1 + the number of values that are
// significantly larger to J − the number that are significantly smaller. Samples are
// those of each value, drawn together; a difference is significant when it exceeds c
// times its standard error and the factor by which samples are too narrow, c being
// the 95 % quantile of the largest ratio of a sampled difference's distance to its
// standard error over all pairs (Mogstad, Romano, Shaikh & Wilhelm 2024, Rev. Econ.
// Stud. 91:476–518; R package csranks, single step). There are none (ok is false)
// where a sample is no number.
func Ranks(values []float64, samples [][]float64, factor float64) (low, high []int, ok bool) {
	n, draws := len(values), len(samples[0])
	largest := make([]float64, draws)
	errors := make([][]float64, n)
	for j := range n {
		errors[j] = make([]float64, n)
		for k := range j {
			mean, square := 0.0, 0.0
			for draw := range draws {
				difference := samples[j][draw] - samples[k][draw]
				mean += difference
				square += difference * difference
			}
			mean /= float64(draws)
			variance := (square - mean*mean*float64(draws)) / float64(draws-1)
			if math.IsNaN(variance) {
				return nil, nil, false
			}
			errors[j][k] = math.Sqrt(max(variance, 0))
			if errors[j][k] < 1e-9 {
				continue // the same in all samples
			}
			for draw := range draws {
				largest[draw] = max(largest[draw], math.Abs(samples[j][draw]-samples[k][draw]-mean)/errors[j][k])
			}
		}
	}
	slices.Sort(largest)
	c := quantile(largest, 0.95)
	low, high = make([]int, n), make([]int, n)
	for j := range n {
		low[j], high[j] = 1, n
		for k := range n {
			if difference := values[j] - values[k]; difference > c*errors[max(j, k)][min(j, k)]*factor && k != j {
				high[j]--
			} else if -difference > c*errors[max(j, k)][min(j, k)]*factor && k != j {
				low[j]++
			}
		}
	}
	return low, high, true
}
