package inference

import (
	"math"
	"math/rand/v2"
)

// Independence tests categories against groups: Pearson's χ² without continuity
// correction; where more than 20 % of the expected counts are below 5 or one is
// below 1 (Cochran 1954, Biometrics 10:417–451), Fisher's exact test of a 2×2
// table and otherwise a permutation test with fixed margins. The effect is
// Cramér's V. The source is seeded by the caller, so that the same table has the
// same p again; only a permutation draws from it.
func Independence(t Table, source rand.Source) (Result, bool) {
	c, ok := usable(t)
	if !ok {
		return Result{}, false
	}
	switch {
	case !c.sparse():
		return c.pearson(), true
	case len(c.answers) == 2 && len(c.groups) == 2:
		return c.fisher(), true
	}
	return c.permuted(source), true
}

// sparse says whether the expected counts are too small for the χ² distribution.
func (c counts) sparse() bool {
	below5 := 0
	for _, a := range c.answers {
		for _, g := range c.groups {
			switch expected := float64(a) * float64(g) / float64(c.n); {
			case expected < 1:
				return true
			case expected < 5:
				below5++
			}
		}
	}
	return below5*5 > len(c.cells)
}

// pearson is the χ² test (Pearson 1900), without a word on whether the table is
// large enough for it.
func (c counts) pearson() Result {
	freedom := float64((len(c.answers) - 1) * (len(c.groups) - 1))
	weights := c.weights()
	share := weights.contingency()
	x := share * float64(c.n)
	return Result{
		Test: Pearson, Statistic: x, Freedom: freedom,
		P: chiSquared(x, freedom), Effect: weights.cramer(share),
	}
}

// fisher is Fisher's exact test of a 2×2 table, two-sided: the probability, with
// these margins, of all tables that are at most as probable as this one (with a
// relative tolerance of 1e-7, as in R's fisher.test).
func (c counts) fisher() Result {
	result := c.pearson()
	result.Test, result.Freedom = Fisher, 0
	row, column := c.answers[0], c.groups[0]
	least, most := max(0, row+column-c.n), min(row, column)
	log := newFactorials()
	mode := (row + 1) * (column + 1) / (c.n + 2)
	highest := log.hypergeometric(mode, row, column, c.n)
	here := log.hypergeometric(c.cells[0], row, column, c.n) - highest + 1e-7
	sum, atMost := 0.0, 0.0
	for x := least; x <= most; x++ {
		p := log.hypergeometric(x, row, column, c.n) - highest
		sum += math.Exp(p)
		if p <= here {
			atMost += math.Exp(p)
		}
	}
	result.P = atMost / sum
	return result
}

// permuted compares χ² with that of random tables.
func (c counts) permuted(source rand.Source) Result {
	result := c.pearson()
	result.Permuted = true
	weight := make([]float64, len(c.cells)) // of a count's square in χ²/n + 1
	for i, a := range c.answers {
		for j, g := range c.groups {
			weight[i*len(c.groups)+j] = 1 / (float64(a) * float64(g))
		}
	}
	result.P = c.permute(source, func(cells []int) float64 {
		sum := 0.0
		for i, x := range cells {
			sum += float64(x) * float64(x) * weight[i]
		}
		return sum
	})
	return result
}
