package agreement

import "math"

// Items gathers what Cronbach's α takes of the complete answers to several items:
// how many there are, the items' sums and the sums of their products.
type Items struct {
	rows     int
	sums     []float64
	products [][]float64 // lower triangle
	broken   bool        // something was added that is no row of answers
}

// NewItems gathers answers to so many items.
func NewItems(items int) *Items {
	i := &Items{sums: make([]float64, items), products: make([][]float64, items)}
	for at := range i.products {
		i.products[at] = make([]float64, at+1)
	}
	return i
}

// Add adds so many respondents who all gave these answers, one for each item.
// Who left out an item is not to be added: anything but one number an item makes
// α not computable.
func (s *Items) Add(answers []float64, respondents int) {
	if len(answers) != len(s.sums) || respondents < 0 {
		s.broken = true
		return
	}
	n := float64(respondents)
	s.rows += respondents
	for i, x := range answers {
		s.sums[i] += n * x
		for j := range i + 1 {
			s.products[i][j] += n * x * answers[j]
		}
	}
}

// Rows is the number of respondents added.
func (s *Items) Rows() int { return s.rows }

// covariance of two items, with divisor n.
func (s *Items) covariance(i, j int) float64 {
	n := float64(s.rows)
	return (s.products[max(i, j)][min(i, j)] - s.sums[i]*s.sums[j]/n) / n
}

// Cronbach returns α = k/(k−1)·(1 − Σ s_i²/s_T²) of k items and their total T
// (Cronbach 1951, Psychometrika 16:297–334), at most 1; below 0 when items run
// against each other. Reversed items (by item; nil for none) are turned first:
// turning a scale changes only the sign of its covariances. Not computable (ok
// is false) with fewer than three items or two respondents, or when the total
// does not vary.
func (s *Items) Cronbach(reversed []bool) (alpha float64, ok bool) {
	k := len(s.sums)
	if k < 3 || s.rows < 2 || s.broken || reversed != nil && len(reversed) != k {
		return 0, false
	}
	own, total, size := 0.0, 0.0, 0.0
	for i := range k {
		variance := s.covariance(i, i)
		own += variance
		size += s.products[i][i] / float64(s.rows)
		for j := range i {
			sign := 2.0
			if reversed != nil && reversed[i] != reversed[j] {
				sign = -2
			}
			total += sign * s.covariance(i, j)
		}
	}
	total += own
	// What rounding leaves of a total that does not vary.
	if !(total > 1e-12*size) || math.IsInf(size, 1) {
		return 0, false
	}
	return float64(k) / float64(k-1) * (1 - own/total), true
}
