// Package interval computes 95 % intervals (METHODS 2). They speak of chance
// alone, not of who stayed away.
package interval

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// level is the probability below an interval's upper end.
const level = 0.975

// Sample says how much information a base carries.
type Sample struct {
	// Size is the effective size n_eff, at most the number in the base.
	Size float64
	// Fraction is f, the share of the population that answered, 0 when not
	// known; below 1, as at 1 there is no uncertainty left.
	Fraction float64
	// Freedom is the degrees of freedom when the sample is clustered, else 0.
	Freedom float64
}

// effective is n* = n_eff / (1 − f): Wilson's and the t interval widths shrink
// with the finite population correction (Cochran, Sampling Techniques, 1977,
// section 2.6).
func (s Sample) effective() float64 { return s.Size / (1 - s.Fraction) }

// Wilson returns the score interval of a share p (Wilson 1927, J. Am. Stat.
// Assoc. 22:209–212) with the sample's effective size; for clustered samples
// with the quantile of t in place of that of the normal distribution (after
// Korn & Graubard 1998). Both ends lie in [0, 1].
func Wilson(p float64, s Sample) (low, high float64) {
	n := s.effective()
	z := Quantile(s.Freedom)
	middle := p + z*z/(2*n)
	half := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	whole := 1 + z*z/n
	low, high = max((middle-half)/whole, 0), min((middle+half)/whole, 1)
	// At the ends the formula is exact, but its floating point is not.
	if p == 0 {
		low = 0
	}
	if p == 1 {
		high = 1
	}
	return low, high
}

// Mean returns the t interval x̄ ± t·s/√n* of a mean, with s² the variance with
// divisor n and degrees of freedom n_eff − 1, or those of the clusters. There
// is none (ok is false) when all answers are equal or the sample has no degree
// of freedom.
func Mean(mean, variance float64, s Sample) (low, high float64, ok bool) {
	freedom := s.Size - 1
	if s.Freedom > 0 {
		freedom = s.Freedom
	}
	if variance <= 0 || s.Size <= 1 || freedom <= 0 {
		return 0, 0, false
	}
	unbiased := variance * s.Size / (s.Size - 1)
	half := student(freedom) * math.Sqrt(unbiased/s.effective())
	return mean - half, mean + half, true
}

func student(freedom float64) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Quantile(level)
}

// Clustered is the effective size of a base of n rows in groups, given the
// variance that independent answers would have, p(1−p) or s², and the
// linearised one with the groups as clusters: min(n, independent/clustered),
// and the number of groups when the latter is 0 (METHODS 2).
func Clustered(n, independent, clustered float64, groups int) float64 {
	if clustered <= 0 {
		return min(n, float64(groups))
	}
	return min(n, independent/clustered)
}

// Quantile is how many standard errors an end of a 95 % interval lies from the
// estimate: of t with so many degrees of freedom, of the normal distribution with 0.
func Quantile(freedom float64) float64 {
	if freedom > 0 {
		return student(freedom)
	}
	return distuv.UnitNormal.Quantile(level)
}

// Above is the one-sided p-value of a value so many standard errors above what is
// supposed: of t with so many degrees of freedom, of the normal distribution with 0.
func Above(errors, freedom float64) float64 {
	if freedom > 0 {
		return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Survival(errors)
	}
	return distuv.UnitNormal.Survival(errors)
}
