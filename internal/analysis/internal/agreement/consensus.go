package agreement

import "math"

// Consensus returns Cns = 1 + Σ p_x·log₂(1 − |x − μ|/(m−1)) of a scale with the
// given counts, or weighted counts, from 1 to m (Tastle & Wierman 2007, Int. J.
// Approx. Reason. 45:531–545): 1 when all give the same answer, 0 when half give
// the lowest and half the highest. Not computable (ok is false) without answers or
// with fewer than two steps.
func Consensus(counts []float64) (consensus float64, ok bool) {
	n, sum := 0.0, 0.0
	for x, count := range counts {
		if !(count >= 0) {
			return 0, false
		}
		n += count
		sum += count * float64(x)
	}
	if len(counts) < 2 || !(n > 0) || math.IsInf(sum, 1) || math.IsInf(n, 1) {
		return 0, false
	}
	mean, width := sum/n, float64(len(counts)-1)
	consensus = 1
	for x, count := range counts {
		if count > 0 {
			consensus += count / n * math.Log2(1-math.Abs(float64(x)-mean)/width)
		}
	}
	return min(max(consensus, 0), 1), true
}
