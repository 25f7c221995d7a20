package inference

import "math"

// weights is a table of positive sums of weights, or of counts, without empty
// answers and groups; the effect sizes do not depend on its unit.
type weights struct {
	answers, groups []float64 // sums
	cells           []float64 // by answer, then group
	sum             float64
}

func (c counts) weights() weights {
	w := weights{sum: float64(c.n)}
	for _, part := range []struct {
		from []int
		to   *[]float64
	}{{c.answers, &w.answers}, {c.groups, &w.groups}, {c.cells, &w.cells}} {
		for _, x := range part.from {
			*part.to = append(*part.to, float64(x))
		}
	}
	return w
}

// contingency is χ²/n, Pearson's mean square contingency.
func (w weights) contingency() float64 {
	sum := 0.0
	for i, a := range w.answers {
		for j, g := range w.groups {
			expected := a * g / w.sum
			difference := w.cells[i*len(w.groups)+j] - expected
			sum += difference * difference / expected
		}
	}
	return sum / w.sum
}

// cramer is Cramér's V of a contingency (Cramér 1946, section 21.9), at most 1 in
// spite of rounding.
func (w weights) cramer(contingency float64) float64 {
	return min(math.Sqrt(contingency/float64(min(len(w.answers), len(w.groups))-1)), 1)
}

// scores are the answers' mid-ranks as shares of all, (what lies below + half of
// what is equal)/sum, less one half: in (−½, ½), with weighted mean 0.
func (w weights) scores() []float64 {
	scores, below := make([]float64, len(w.answers)), 0.0
	for i, a := range w.answers {
		scores[i] = (below+a/2)/w.sum - 0.5
		below += a
	}
	return scores
}

// means are the groups' mean scores.
func (w weights) means(scores []float64) []float64 {
	means := make([]float64, len(w.groups))
	for i, score := range scores {
		for j := range means {
			means[j] += w.cells[i*len(means)+j] * score / w.groups[j]
		}
	}
	return means
}

// epsilon is ε² = H/(n−1) (Kelley 1935; Tomczak & Tomczak 2014): the part of the
// ranks' variance that lies between groups, which with weights it is too.
func (w weights) epsilon() float64 {
	scores := w.scores()
	between, all := 0.0, 0.0
	for j, mean := range w.means(scores) {
		between += w.groups[j] * mean * mean
	}
	for i, score := range scores {
		all += w.answers[i] * score * score
	}
	return min(between/all, 1)
}

// surplus is the weight of pairs of rows in different groups of which the later
// group's gives the higher answer, less that of the reverse: Kendall's S.
func (w weights) surplus() float64 {
	below := make([]float64, len(w.groups)) // weight of lower answers, by group
	s, lower := 0.0, 0.0
	for i := range w.answers {
		line := w.cells[i*len(w.groups) : (i+1)*len(w.groups)]
		earlier := 0.0 // weight of lower answers in earlier groups
		for j, x := range line {
			later := lower - earlier - below[j]
			s += x * (earlier - later)
			earlier += below[j]
		}
		for j, x := range line {
			below[j] += x
			lower += x
		}
	}
	return s
}

// cliff is Cliff's δ of two groups (Cliff 1993, Psychol. Bull. 114:494–509).
func (w weights) cliff() float64 {
	return min(max(-w.surplus()/(w.groups[0]*w.groups[1]), -1), 1)
}

// kendall is τ_b (Kendall 1945, Biometrika 33:239–251): S over the geometric mean
// of the pairs that differ in answer and of those that differ in group.
func (w weights) kendall() float64 {
	pairs := func(sums []float64) float64 {
		equal := 0.0
		for _, x := range sums {
			equal += x * x
		}
		return (w.sum*w.sum - equal) / 2
	}
	tau := w.surplus() / math.Sqrt(pairs(w.answers)*pairs(w.groups))
	return min(max(tau, -1), 1)
}
