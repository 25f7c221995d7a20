package export

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sort"
)

// combination is one combination of categories of the identifying variables.
type combination [MaxIdentifying]int32

// coarsen takes the identifying variables upward until every combination of
// their categories has at least k rows. Each step is the one that brings the
// most rows into large enough combinations for what it takes away: bottom-up
// generalisation by anonymity gain per information loss, the loss being the
// share of the variable's entropy. Where the way up led too high, it is gone
// back as far as the others allow.
//
// Source: Wang, Yu and Chakraborty, Bottom-up generalization, ICDM 2004.
func (m *microdata) coarsen(ctx context.Context) error {
	for _, one := range m.variables {
		one.begin(m.version, m.areas)
	}
	table := m.tabulate()
	whole := make([]float64, len(m.variables)) // entropy at the beginning
	for i, one := range m.variables {
		weights, _ := table.along(i, len(one.now.names), m.options.K)
		whole[i] = entropy(weights)
	}
	for table.rare(m.options.K) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		table = m.step(table, whole)
	}
	m.goBack(table, whole)
	for _, one := range m.variables {
		one.column.shown = make([]string, len(one.column.values))
		for code, category := range one.now.category {
			one.column.shown[code] = one.now.names[category]
		}
	}
	return nil
}

// step takes the variable upward whose next level is worth it most.
func (m *microdata) step(table combinations, whole []float64) combinations {
	before := table.rare(m.options.K)
	var best *coarse
	var bestLevel *level
	var bestTable combinations
	bestScore := math.Inf(-1)
	for i, one := range m.variables {
		if one.now.done() {
			continue
		}
		weights, rare := table.along(i, len(one.now.names), m.options.K)
		next := one.up(one.now, weights, rare)
		tried := table.recode(i, one.now, next)
		gain := float64(before - tried.rare(m.options.K))
		after, _ := tried.along(i, len(next.names), m.options.K)
		loss := (entropy(weights) - entropy(after)) / (whole[i] + 1e-9)
		// A step that gains nothing may be the first of several that do; then
		// the one that costs least goes first.
		score := gain / (loss + 1e-9)
		if gain <= 0 {
			score = -loss
		}
		if score > bestScore {
			best, bestScore, bestLevel, bestTable = one, score, next, tried
		}
	}
	best.passed = append(best.passed, best.now)
	best.now = bestLevel
	return bestTable
}

// goBack returns each variable to the finest level it passed at which all
// combinations still have k rows, beginning with the one that lost most. As
// levels are nested, what is too fine is so for everything below it.
func (m *microdata) goBack(table combinations, whole []float64) {
	left := make(map[*coarse]float64, len(m.variables))
	for i, one := range m.variables {
		weights, _ := table.along(i, len(one.now.names), m.options.K)
		left[one] = entropy(weights) / (whole[i] + 1e-9)
	}
	order := slices.Clone(m.variables)
	slices.SortStableFunc(order, func(a, b *coarse) int { return cmp.Compare(left[a], left[b]) })
	for _, one := range order {
		levels := append(one.passed, one.now)
		finest := sort.Search(len(levels)-1, func(at int) bool {
			one.now = levels[at]
			return m.tabulate().rare(m.options.K) == 0
		})
		one.now = levels[finest]
	}
}

// combinations counts rows.
type combinations map[combination]int

// tabulate counts the combinations at the present levels.
func (m *microdata) tabulate() combinations {
	table := combinations{}
	for row := range m.rows {
		table[m.combination(row)]++
	}
	return table
}

func (m *microdata) combination(row int) combination {
	var at combination
	for i, one := range m.variables {
		at[i] = one.now.category[one.column.codes[row]]
	}
	return at
}

// classes numbers the combinations, row by row.
func (m *microdata) classes() []uint32 {
	numbers := map[combination]uint32{}
	classes := make([]uint32, m.rows)
	for row := range m.rows {
		at := m.combination(row)
		number, known := numbers[at]
		if !known {
			number = uint32(len(numbers))
			numbers[at] = number
		}
		classes[row] = number
	}
	return classes
}

// rare counts the rows in combinations of fewer than k.
func (c combinations) rare(k int) int {
	rows := 0
	for _, count := range c {
		if count < k {
			rows += count
		}
	}
	return rows
}

// along returns how many rows each category of a variable has, and whether
// some of them are in a combination of fewer than k.
func (c combinations) along(variable, categories, k int) (weights []int, rare []bool) {
	weights, rare = make([]int, categories), make([]bool, categories)
	for at, count := range c {
		weights[at[variable]] += count
		if count < k {
			rare[at[variable]] = true
		}
	}
	return weights, rare
}

// recode counts anew after one variable went up.
func (c combinations) recode(variable int, from, to *level) combinations {
	translate := make([]int32, len(from.names))
	for code, category := range from.category {
		translate[category] = to.category[code]
	}
	recoded := make(combinations, len(c)/2)
	for at, count := range c {
		at[variable] = translate[at[variable]]
		recoded[at] += count
	}
	return recoded
}

// entropy is Shannon's, in bits.
func entropy(weights []int) float64 {
	total, sum := 0.0, 0.0
	for _, weight := range weights {
		if weight > 0 {
			w := float64(weight)
			total += w
			sum += w * math.Log2(w)
		}
	}
	if total == 0 {
		return 0
	}
	return math.Log2(total) - sum/total
}
