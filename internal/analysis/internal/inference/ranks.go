package inference

import (
	"math"
	"math/rand/v2"
)

// Ranks tests scales and numbers against groups. Two groups: Mann–Whitney
// (1947), normal with tie correction and without continuity correction, with
// Cliff's δ. Several: Kruskal–Wallis (1952) with tie correction, and ε² = H/(n−1).
// With fewer than 10 rows in a group p comes from random tables with the same
// margins, drawn from the caller's source.
func Ranks(t Table, source rand.Source) (Result, bool) {
	c, ok := usable(t)
	if !ok {
		return Result{}, false
	}
	result := c.kruskal()
	if c.small() {
		result.Permuted, result.P = true, c.permute(source, c.rankSums())
	}
	return result, true
}

// kruskal is H = (n−1)·ε², tie correction included; with two groups its root is
// the z of Mann and Whitney.
func (c counts) kruskal() Result {
	w := c.weights()
	epsilon := w.epsilon()
	h := epsilon * float64(c.n-1)
	if len(c.groups) > 2 {
		freedom := float64(len(c.groups) - 1)
		return Result{Test: KruskalWallis, Statistic: h, Freedom: freedom, P: chiSquared(h, freedom), Effect: epsilon}
	}
	delta := w.cliff()
	z := math.Copysign(math.Sqrt(h), delta)
	return Result{Test: MannWhitney, Statistic: z, P: normal(z), Effect: delta}
}

// rankSums is a statistic that rises with H: the sum of the groups' squared rank
// sums over their sizes. Twice the mid-ranks, less their mean, are whole numbers,
// so that equal tables have equal sums.
func (c counts) rankSums() func(cells []int) float64 {
	ranks, below := make([]int, len(c.answers)), 0
	for i, rows := range c.answers {
		ranks[i] = 2*below + rows - c.n
		below += rows
	}
	sums := make([]int, len(c.groups))
	return func(cells []int) float64 {
		clear(sums)
		for i, rank := range ranks {
			line := cells[i*len(sums):]
			for j := range sums {
				sums[j] += rank * line[j]
			}
		}
		h := 0.0
		for j, sum := range sums {
			h += float64(sum) * float64(sum) / float64(c.groups[j])
		}
		return h
	}
}

// Trend tests scales and numbers against ordered groups, such as age bands:
// Jonckheere–Terpstra with tie correction, which is the test of Kendall's S, and
// τ_b; with fewer than 10 rows in a group as [Ranks].
func Trend(t Table, source rand.Source) (Result, bool) {
	c, ok := usable(t)
	if !ok {
		return Result{}, false
	}
	w := c.weights()
	z := w.surplus() / math.Sqrt(c.surplusVariance())
	result := Result{Test: JonckheereTerpstra, Statistic: z, P: normal(z), Effect: w.kendall()}
	if c.small() {
		result.Permuted = true
		result.P = c.permute(source, func(cells []int) float64 {
			for i, x := range cells {
				w.cells[i] = float64(x)
			}
			return math.Abs(w.surplus())
		})
	}
	return result, true
}

// surplusVariance is the variance of S without association, with ties in both
// answers and groups (Kendall, Rank Correlation Methods, 1970, equation 4.4).
func (c counts) surplusVariance() float64 {
	n := float64(c.n)
	// Sums of t(t−1)(2t+5), t(t−1) and t(t−1)(t−2) over the tied.
	ties := func(sums []int) (whole, pairs, triples float64) {
		for _, tied := range sums {
			t := float64(tied)
			whole += t * (t - 1) * (2*t + 5)
			pairs += t * (t - 1)
			triples += t * (t - 1) * (t - 2)
		}
		return whole, pairs, triples
	}
	a, a2, a3 := ties(c.answers)
	g, g2, g3 := ties(c.groups)
	v := (n*(n-1)*(2*n+5)-a-g)/18 + a2*g2/(2*n*(n-1))
	if c.n > 2 {
		v += a3 * g3 / (9 * n * (n - 1) * (n - 2))
	}
	return v
}
