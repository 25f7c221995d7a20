package weighting

import (
	"fmt"
	"math"
)

// Margin is what is known of the population by one variable.
type Margin struct {
	Name string
	// Population is by category; only the proportions matter.
	Population []float64
}

// Missing is the category of respondents who lack a margin's value.
const Missing = -1

// Cell holds the respondents who are alike in all margins.
type Cell struct {
	Categories []int // by margin; [Missing] or an index of its population
	Count      int
}

// A category may be off by near of its target; while there are rounds left they go
// on to nearest, so that weights are as exact as their margins.
const (
	rounds  = 100
	near    = 1e-6
	nearest = 1e-10
)

// MarginError says which margin cannot be reached.
type MarginError struct {
	Margin   string
	Category int // that is off most, or that has respondents but no population
	// Off is by how much of the target it is off after the last round; 0 when the
	// category has no population.
	Off float64
}

func (e *MarginError) Error() string {
	if e.Off == 0 {
		return fmt.Sprintf("margin %q: category %d has respondents but no population", e.Margin, e.Category)
	}
	return fmt.Sprintf("margin %q does not converge in %d rounds: category %d is off by %.2g of its target",
		e.Margin, rounds, e.Category, e.Off)
}

// Rake returns weights, by cell, with which the respondents' margins are those of
// the population: iterative proportional fitting (Deming & Stephan 1940, Ann. Math.
// Stat. 11:427–444) from equal weights, at most 100 rounds, until no category is
// off by more than 1e-6 of its target. Who lacks a margin's value forms a category
// of its own that keeps its size; a category of the population without
// respondents is left out of its margin (see [Reach]). Cells without respondents
// have the weight 0. It fails with [ErrNobody], [ErrInput] or a *[MarginError].
func Rake(cells []Cell, margins []Margin) ([]float64, error) {
	r, err := newRaking(cells, margins)
	if err != nil {
		return nil, err
	}
	for range rounds {
		for at := range margins {
			r.add(at)
			for i, cell := range r.cells {
				if cell.Count > 0 {
					category := cell.Categories[at] + 1
					r.weights[i] *= r.targets[at][category] / r.sums[category]
				}
			}
		}
		if r.worst(nearest) == nil {
			return r.weights, nil
		}
	}
	if off := r.worst(near); off != nil {
		return nil, off
	}
	return r.weights, nil
}

// raking is the work of [Rake]. Categories are moved by one, so that the missing
// is the zeroth.
type raking struct {
	cells   []Cell
	margins []Margin
	targets [][]float64 // in respondents, by margin and category
	sums    []float64   // of one margin
	weights []float64
}

func newRaking(cells []Cell, margins []Margin) (*raking, error) {
	counts, n, err := count(cells, margins)
	if err != nil {
		return nil, err
	}
	r := &raking{cells: cells, margins: margins, weights: make([]float64, len(cells))}
	for i, cell := range cells {
		if cell.Count > 0 {
			r.weights[i] = 1
		}
	}
	for at, margin := range margins {
		sum := 0.0
		for category, population := range margin.Population {
			switch respondents := counts[at][category+1]; {
			case respondents > 0 && population == 0:
				return nil, &MarginError{Margin: margin.Name, Category: category}
			case respondents > 0:
				sum += population
			}
		}
		target := make([]float64, len(counts[at]))
		target[0] = counts[at][0]
		for category, population := range margin.Population {
			if counts[at][category+1] > 0 {
				target[category+1] = population / sum * (n - target[0])
			}
		}
		r.targets = append(r.targets, target)
	}
	return r, nil
}

// count returns the respondents by margin and category, moved by one, and in all.
func count(cells []Cell, margins []Margin) (counts [][]float64, n float64, err error) {
	for _, margin := range margins {
		for _, population := range margin.Population {
			if outOfRange(population) {
				return nil, 0, ErrInput
			}
		}
		counts = append(counts, make([]float64, len(margin.Population)+1))
	}
	for _, cell := range cells {
		if outOfRange(float64(cell.Count)) || len(cell.Categories) != len(margins) {
			return nil, 0, ErrInput
		}
		for at, category := range cell.Categories {
			if category < Missing || category >= len(margins[at].Population) {
				return nil, 0, ErrInput
			}
			counts[at][category+1] += float64(cell.Count)
		}
		n += float64(cell.Count)
	}
	if n == 0 {
		return nil, 0, ErrNobody
	}
	return counts, n, nil
}

// add sums the weights of a margin's categories. Weights that went down to almost
// nothing still count, so that no sum is 0.
func (r *raking) add(margin int) {
	r.sums = append(r.sums[:0], make([]float64, len(r.targets[margin]))...)
	for i, cell := range r.cells {
		if cell.Count > 0 {
			r.weights[i] = max(r.weights[i], math.SmallestNonzeroFloat64*1e20)
			r.sums[cell.Categories[margin]+1] += float64(cell.Count) * r.weights[i]
		}
	}
}

// worst returns the category that is off most, nil when none is by more than the
// given share of its target.
func (r *raking) worst(most float64) *MarginError {
	var worst *MarginError
	for at, targets := range r.targets {
		r.add(at)
		for category, target := range targets {
			if target == 0 {
				continue
			}
			if off := math.Abs(r.sums[category]-target) / target; off > most {
				most = off
				worst = &MarginError{Margin: r.margins[at].Name, Category: category - 1, Off: off}
			}
		}
	}
	return worst
}

// Share compares a category with its target.
type Share struct {
	Count int // respondents
	// Target is its share of the margin's population, Unweighted and Reached are
	// its shares of the respondents whose value is known, without and with
	// weights; all in [0, 1].
	Target, Unweighted, Reached float64
}

// Reach returns, by margin and category, what weights reach beside what they
// should: trimmed weights fall short, and a category without respondents is never
// reached. Weights are by cell. It fails with [ErrNobody] or [ErrInput].
func Reach(cells []Cell, margins []Margin, weights []float64) ([][]Share, error) {
	respondents := make([]int, len(cells))
	for i, cell := range cells {
		respondents[i] = cell.Count
	}
	if _, _, err := total(weights, respondents); err != nil {
		return nil, err
	}
	counts, n, err := count(cells, margins)
	if err != nil {
		return nil, err
	}
	reached := make([][]Share, len(margins))
	for at, margin := range margins {
		shares := make([]Share, len(margin.Population))
		population, weighted := 0.0, 0.0
		for i, cell := range cells {
			if category := cell.Categories[at]; category != Missing && cell.Count > 0 {
				w := weights[i] * float64(cell.Count)
				shares[category].Reached += w
				weighted += w
			}
		}
		for _, x := range margin.Population {
			population += x
		}
		known := n - counts[at][0]
		for category := range shares {
			s := &shares[category]
			s.Count = int(counts[at][category+1])
			s.Target = ratio(margin.Population[category], population)
			s.Unweighted = ratio(float64(s.Count), known)
			s.Reached = ratio(s.Reached, weighted)
		}
		reached[at] = shares
	}
	return reached, nil
}

// ratio is 0 of nothing.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
