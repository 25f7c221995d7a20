package inference

import "sort"

// Adjust returns the p-values of one family adjusted to control the false
// discovery rate (Benjamini & Hochberg 1995, J. R. Stat. Soc. B 57:289–300), in
// the order given: a test is marked when its adjusted p is below the rate. Tests
// without result are no part of the family. It returns false when some p is not
// in [0, 1].
func Adjust(p []float64) ([]float64, bool) {
	order := make([]int, len(p))
	for i, x := range p {
		if !(x >= 0 && x <= 1) {
			return nil, false
		}
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return p[order[a]] < p[order[b]] })
	adjusted, least := make([]float64, len(p)), 1.0
	for rank := len(p); rank > 0; rank-- {
		i := order[rank-1]
		least = min(least, p[i]*float64(len(p))/float64(rank))
		adjusted[i] = least
	}
	return adjusted, true
}
