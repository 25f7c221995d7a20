// Package inference tests whether groups of respondents differ and says how much
// (METHODS 4). It works on tables of counts, never on rows. A table that bears
// no test, because it is empty, has one group or one answer, or counts that are
// none, has no result: functions then return false, and never NaN.
package inference

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// Test is how a p-value was found.
type Test string

// The tests.
const (
	Pearson            Test = "pearson"             // χ², no continuity correction
	Fisher             Test = "fisher"              // exact, 2×2
	MannWhitney        Test = "mann_whitney"        // two groups
	KruskalWallis      Test = "kruskal_wallis"      // several groups
	JonckheereTerpstra Test = "jonckheere_terpstra" // ordered groups
	RaoScott           Test = "rao_scott"           // weighted or clustered categories
	LumleyScott        Test = "lumley_scott"        // weighted or clustered ranks
)

// Result is a test of no difference between groups.
type Result struct {
	Test Test
	// Permuted says that P rests on random tables with the same margins, not on
	// the statistic's limiting distribution.
	Permuted bool
	// Statistic is χ² for categories (of Fisher too, to which it does not
	// matter), H of Kruskal and Wallis, F of Rao–Scott and Lumley–Scott and the
	// standard normal z of the others: above 0 when the first of two groups
	// gives the higher answers, or when answers rise with the ordered groups.
	Statistic float64
	// Freedom is the degrees of freedom of χ² and H and the first of F; 0
	// where there are none.
	Freedom float64
	// Denominator is the second degrees of freedom of F, else 0.
	Denominator float64
	// P is the two-sided p-value, in [0, 1].
	P float64
	// Effect is, in the order of METHODS 4, Cramér's V in [0, 1] of categories,
	// Cliff's δ in [−1, 1] of answers in two groups (the first's above the
	// second's less the reverse), ε² in [0, 1] of answers in several, Kendall's
	// τ_b in [−1, 1] of ordered ones. Of weighted tables it is that of the
	// weighted shares.
	Effect float64
}

// Table counts rows: Table[answer][group]. For tests of ranks the answers are in
// ascending order, numbers being as many answers as there are different ones; for
// [Trend] the groups too.
type Table [][]int

// counts is a table without empty answers and groups, with its margins.
type counts struct {
	answers, groups []int // sums
	cells           []int // by answer, then group
	n               int
}

// mostRows bounds a table, so that products of two sums stay whole numbers.
const mostRows = 1 << 30

// usable drops what is empty and returns false when no test is left.
func usable(t Table) (c counts, ok bool) {
	if len(t) == 0 {
		return c, false
	}
	answers, groups := make([]int, len(t)), make([]int, len(t[0]))
	for i, line := range t {
		if len(line) != len(groups) {
			return c, false
		}
		for j, x := range line {
			if x < 0 || x > mostRows {
				return c, false
			}
			answers[i] += x
			groups[j] += x
			c.n += x
			if c.n > mostRows {
				return c, false
			}
		}
	}
	for _, sum := range groups {
		if sum > 0 {
			c.groups = append(c.groups, sum)
		}
	}
	for i, sum := range answers {
		if sum == 0 {
			continue
		}
		c.answers = append(c.answers, sum)
		for j, x := range t[i] {
			if groups[j] > 0 {
				c.cells = append(c.cells, x)
			}
		}
	}
	return c, len(c.answers) > 1 && len(c.groups) > 1
}

// smallGroup is the size below which ranks are permuted (METHODS 4).
const smallGroup = 10

func (c counts) small() bool {
	for _, n := range c.groups {
		if n < smallGroup {
			return true
		}
	}
	return false
}

func chiSquared(x, freedom float64) float64 {
	return distuv.ChiSquared{K: freedom}.Survival(x)
}

// normal is the two-sided p-value of z.
func normal(z float64) float64 { return math.Erfc(math.Abs(z) / math.Sqrt2) }

// fisherF is the probability of a larger F, by the incomplete beta function, so
// that small ones keep their digits.
func fisherF(f, freedom, denominator float64) float64 {
	return mathext.RegIncBeta(denominator/2, freedom/2, denominator/(denominator+freedom*f))
}
