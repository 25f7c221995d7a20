// Package weighting computes weights that make respondents stand for a
// population (METHODS 3). It works on strata and cells with counts of
// respondents; a weight belongs to each respondent of its cell, and the weights
// of all respondents add up to their number.
package weighting

import (
	"errors"
	"math"
)

// Stratum is a part of the population, such as an area's schools of one type.
type Stratum struct {
	Count      int     // respondents
	Population float64 // N, 0 when not known
	// Neighbour is the index of the stratum that this one is joined with when it
	// has too few answers; -1 when none is named.
	Neighbour int
}

// Fraction is n/N, above 1 when more answered than there are; false when N is
// not known.
func (s Stratum) Fraction() (float64, bool) {
	if s.Population <= 0 {
		return 0, false
	}
	return float64(s.Count) / s.Population, true
}

// Plan is what cell weights come to.
type Plan struct {
	// Weights are by stratum, 0 for those without respondents.
	Weights []float64
	// Joined holds for each stratum the smallest index of those it is joined
	// with, its own when it is alone.
	Joined []int
	// Small are the strata with respondents that are below the threshold even
	// after joining: a neighbour is to be named.
	Small []int
	// Unknown are the strata with respondents but without population. They keep
	// their size, with weights of 1, and are joined with none.
	Unknown []int
	// Empty are the strata of the population that nobody stands for, and
	// Unrepresented is their share of it, in [0, 1].
	Empty         []int
	Unrepresented float64
}

// Errors about what was put in.
var (
	ErrNobody = errors.New("there is no respondent to weight")
	ErrInput  = errors.New("a count, population, category or neighbour is out of range")
)

// most bounds counts and populations: more than there are people.
const most = 1e12

func outOfRange(v float64) bool { return !(v >= 0 && v <= most) }

// Cells returns the weights w_h = (N_h/n_h)·n/ΣN_h, the sum over strata with
// answers (post-stratification; Holt & Smith 1979, J. R. Stat. Soc. A 142:33–46).
// A stratum with fewer than k respondents, none included, is joined with its
// neighbour; where that one is too small as well, both with its neighbour, and so
// on. It fails with [ErrNobody] or [ErrInput].
func Cells(strata []Stratum, k int) (Plan, error) {
	respondents := 0
	for i, s := range strata {
		if outOfRange(float64(s.Count)) || outOfRange(s.Population) ||
			s.Neighbour < -1 || s.Neighbour >= len(strata) || s.Neighbour == i {
			return Plan{}, ErrInput
		}
		respondents += s.Count
	}
	if respondents == 0 {
		return Plan{}, ErrNobody
	}
	p := Plan{Weights: make([]float64, len(strata)), Joined: join(strata, k)}
	counts, populations := make([]int, len(strata)), make([]float64, len(strata))
	for i, s := range strata {
		counts[p.Joined[i]] += s.Count
		populations[p.Joined[i]] += s.Population
	}
	n, represented, all := 0, 0.0, 0.0
	for i := range strata {
		all += populations[i]
		if counts[i] > 0 && populations[i] > 0 {
			n += counts[i]
			represented += populations[i]
		}
	}
	for i, s := range strata {
		count, population := counts[p.Joined[i]], populations[p.Joined[i]]
		switch {
		case count == 0:
			if s.Population > 0 {
				p.Empty = append(p.Empty, i)
			}
			continue
		case population == 0:
			p.Unknown = append(p.Unknown, i)
		case count < k && s.Count > 0:
			p.Small = append(p.Small, i)
		}
		switch {
		case s.Count == 0:
		case population == 0:
			p.Weights[i] = 1
		default:
			p.Weights[i] = population / float64(count) * float64(n) / represented
		}
	}
	if all > 0 {
		p.Unrepresented = max(0, 1-represented/all)
	}
	if len(p.Empty) == 0 {
		p.Unrepresented = 0 // but for rounding
	}
	return p, nil
}

// join returns for each stratum the smallest index among those it is joined with.
func join(strata []Stratum, k int) []int {
	joined, counts := make([]int, len(strata)), make([]int, len(strata))
	for i, s := range strata {
		joined[i], counts[i] = i, s.Count
	}
	for changed := true; changed; {
		changed = false
		for i, s := range strata {
			from := joined[i]
			if s.Neighbour < 0 || counts[from] >= k || s.Population == 0 || strata[s.Neighbour].Population == 0 {
				continue
			}
			to := joined[s.Neighbour]
			if to == from {
				continue
			}
			from, to = max(from, to), min(from, to)
			for j := range joined {
				if joined[j] == from {
					joined[j] = to
				}
			}
			counts[to] += counts[from]
			changed = true
		}
	}
	return joined
}

// Trimmed weights lie between these multiples of their mean.
const (
	Lowest  = 0.2
	Highest = 5
)

// Trim cuts weights off at [Lowest] and [Highest] times their mean over the
// respondents and rescales them to add up to the number of respondents, again and
// again until both hold. Counts are the respondents of each cell; cells without
// respondents have the weight 0. It fails with [ErrNobody], or with [ErrInput]
// when a cell with respondents has no positive weight.
func Trim(weights []float64, counts []int) ([]float64, error) {
	n, sum, err := total(weights, counts)
	if err != nil {
		return nil, err
	}
	trimmed := make([]float64, len(weights))
	for i, w := range weights {
		if counts[i] > 0 {
			trimmed[i] = w * n / sum
		}
	}
	// After the first cut all rounds scale in one direction. What is cut off is at
	// most a fifth of the weight at the lower end, and at the upper end at most a
	// fifth of the respondents, who leave the others at least 0.16·n: each round
	// takes at least 16 % off the error.
	for range 1_000 {
		within := true
		sum := 0.0
		for i, w := range trimmed {
			if counts[i] == 0 {
				continue
			}
			within = within && w >= Lowest*(1-1e-12) && w <= Highest*(1+1e-12)
			trimmed[i] = min(max(w, Lowest), Highest)
			sum += trimmed[i] * float64(counts[i])
		}
		if within {
			return trimmed, nil
		}
		for i := range trimmed {
			trimmed[i] *= n / sum
		}
	}
	return trimmed, nil
}

// total is the number of respondents and their weights' sum.
func total(weights []float64, counts []int) (n, sum float64, err error) {
	if len(weights) != len(counts) {
		return 0, 0, ErrInput
	}
	for i, count := range counts {
		if outOfRange(float64(count)) || count > 0 && (!(weights[i] > 0) || weights[i] > most) {
			return 0, 0, ErrInput
		}
		if count > 0 {
			n += float64(count)
			sum += float64(count) * weights[i]
		}
	}
	if n == 0 {
		return 0, 0, ErrNobody
	}
	return n, sum, nil
}

// HighEffect is the design effect above which weighting costs so much precision
// that a warning is due.
const HighEffect = 2

// DesignEffect is 1 + cv² of the respondents' weights, with divisor n, which is
// n/n_eff (Kish 1965, section 11.7): at least 1. It fails as [Trim] does.
func DesignEffect(weights []float64, counts []int) (float64, error) {
	n, sum, err := total(weights, counts)
	if err != nil {
		return 0, err
	}
	mean, squares := sum/n, 0.0
	for i, count := range counts {
		if count > 0 {
			off := weights[i]/mean - 1
			squares += float64(count) * off * off
		}
	}
	return 1 + math.Max(squares/n, 0), nil
}
