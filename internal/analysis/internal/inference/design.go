package inference

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Cell holds the rows of one answer and group in one cluster. Together with the
// number of clusters it is all that the tests of weighted or clustered tables
// need: their variances are sums over clusters of products of weight sums, and
// for rows that are clusters of their own, sums of squared weights. A cell may
// be given in parts.
type Cell struct {
	Answer, Group int // from 0; answers of rank tests in ascending order
	// Cluster is the institution, from 1; 0 for rows that stand for themselves.
	Cluster int
	Weight  float64 // Σw, positive; cells without weight are left out
	// Rows and Squares, Σw², are needed of rows that stand for themselves.
	Rows    int
	Squares float64
}

// design is a weighted table with the sums of its clusters.
type design struct {
	weights
	// parts are the clusters' sums; of rows that stand for themselves one part a
	// cell, which is the square root of Σw².
	parts [][]share
	// clusters is the number of clusters, rows that stand for themselves among
	// them.
	clusters float64
	// factor is (1−f)·m/(m−1), m the number of clusters.
	factor float64
}

// share is the weight that a part has in one cell.
type share struct {
	answer, group int
	weight        float64
}

// mostCells bounds a weighted table.
const mostCells = 1 << 22

// newDesign leaves out what is empty and returns false when no test is left.
func newDesign(cells []Cell, fraction float64) (d design, ok bool) {
	if !(fraction >= 0 && fraction < 1) {
		return d, false
	}
	var answers, groups []int
	kept := make([]Cell, 0, len(cells))
	for _, c := range cells {
		if c.Weight == 0 && c.Squares == 0 {
			continue
		}
		alone := c.Cluster == 0
		if !(c.Weight > 0) || c.Weight > math.MaxFloat32 || c.Answer < 0 || c.Group < 0 || c.Cluster < 0 ||
			alone && (c.Rows < 1 || !(c.Squares > 0) || c.Squares > math.MaxFloat32) {
			return d, false
		}
		kept = append(kept, c)
		answers, groups = append(answers, c.Answer), append(groups, c.Group)
	}
	answers, groups = distinct(answers), distinct(groups)
	if len(answers) < 2 || len(groups) < 2 || len(answers)*len(groups) > mostCells {
		return d, false
	}
	d.weights = weights{
		answers: make([]float64, len(answers)), groups: make([]float64, len(groups)),
		cells: make([]float64, len(answers)*len(groups)),
	}
	slices.SortStableFunc(kept, func(a, b Cell) int { return a.Cluster - b.Cluster })
	last := 0
	for _, c := range kept {
		at := share{weight: c.Weight}
		at.answer, _ = slices.BinarySearch(answers, c.Answer)
		at.group, _ = slices.BinarySearch(groups, c.Group)
		d.answers[at.answer] += c.Weight
		d.groups[at.group] += c.Weight
		d.cells[at.answer*len(groups)+at.group] += c.Weight
		d.sum += c.Weight
		switch {
		case c.Cluster == 0:
			d.clusters += float64(c.Rows)
			at.weight = math.Sqrt(c.Squares)
			d.parts = append(d.parts, []share{at})
		case c.Cluster != last:
			d.clusters++
			d.parts = append(d.parts, []share{at})
		default:
			d.parts[len(d.parts)-1] = append(d.parts[len(d.parts)-1], at)
		}
		last = c.Cluster
	}
	d.factor = (1 - fraction) * d.clusters / (d.clusters - 1)
	return d, d.clusters > 1
}

func distinct(values []int) []int {
	slices.Sort(values)
	return slices.Compact(values)
}

// WeightedIndependence tests categories against groups of weighted or clustered
// rows: Pearson's χ² of the weighted shares with the second-order correction of
// Rao & Scott (1984, Ann. Stat. 12:46–60) as an F test (Thomas & Rao 1987), the
// clusters drawn with replacement, the weights as given; R survey's svychisq
// with statistic "F". The effect is Cramér's V of the weighted shares. Fraction
// is f, the share of the population that answered, 0 when not known: it takes
// 1−f off the variance. There is no result when everybody answered, with fewer
// than two clusters, when clusters do not differ at all, when so many cells are
// empty that the correction is not defined, with more than 1 500 degrees of
// freedom of χ² or more than four million cells.
func WeightedIndependence(cells []Cell, fraction float64) (Result, bool) {
	d, ok := newDesign(cells, fraction)
	if !ok {
		return Result{}, false
	}
	trace, squares, ok := d.deffs()
	if !ok {
		return Result{}, false
	}
	share := d.contingency()
	result := Result{Test: RaoScott, Effect: d.cramer(share)}
	result.Statistic = share / trace
	result.Freedom = trace * trace / squares
	result.Denominator = result.Freedom * (d.clusters - 1)
	result.P = fisherF(result.Statistic, result.Freedom, result.Denominator)
	return result, true
}

// mostContrasts bounds the matrix of the design effects.
const mostContrasts = 1500

// deffs are the sum and the sum of squares of the generalised design effects
// over n: the eigenvalues of D⁻¹N with D = CᵀP⁻¹C and N = CᵀP⁻¹VP⁻¹C, where P
// holds the shares of the cells, V is their linearised covariance and C the
// contrasts of interaction, here x_ij − x_i0 − x_0j + x_00 with the largest
// answer and group as the zeroth.
func (d design) deffs() (sum, squares float64, ok bool) {
	c := contrasts{
		answers: len(d.answers), groups: len(d.groups),
		answer: largest(d.answers), group: largest(d.groups), inverse: make([]float64, len(d.cells)),
	}
	size := (c.answers - 1) * (c.groups - 1)
	if size > mostContrasts {
		return 0, 0, false
	}
	for i, x := range d.cells {
		if x > 0 {
			c.inverse[i] = d.sum / x
		}
	}
	var root mat.Cholesky
	if !root.Factorize(c.scale(size)) || root.Cond() > 1e13 {
		return 0, 0, false
	}
	// The covariance is the sum over parts of the outer squares of their
	// linearised values.
	values := mat.NewDense(size, len(d.parts), nil)
	of, line := make([]float64, len(d.cells)), make([]float64, size)
	for i, part := range d.parts {
		d.linearise(part, of)
		for j := range of {
			of[j] *= c.inverse[j]
		}
		c.apply(of, line)
		values.SetCol(i, line)
	}
	var lower mat.TriDense
	root.LTo(&lower)
	var turned mat.Dense
	if err := turned.Solve(&lower, values); err != nil {
		return 0, 0, false
	}
	var effects mat.SymDense
	effects.SymOuterK(d.factor, &turned)
	for i := range size {
		sum += effects.At(i, i)
		for j := range size {
			squares += effects.At(i, j) * effects.At(i, j)
		}
	}
	// Clusters that do not differ leave rounding alone.
	return sum, squares, sum > 1e-20 && squares > 0 && !math.IsInf(squares, 1)
}

func largest(sums []float64) int {
	at := 0
	for i, x := range sums {
		if x > sums[at] {
			at = i
		}
	}
	return at
}

// linearise puts what a part adds to the shares of the cells, (x − p·n)/Σw with x
// its weight in the cell and n that in all, into the given slice.
func (d design) linearise(part []share, to []float64) {
	n := 0.0
	for _, s := range part {
		n += s.weight
	}
	for i, x := range d.cells {
		to[i] = -x / d.sum * n / d.sum
	}
	for _, s := range part {
		to[s.answer*len(d.groups)+s.group] += s.weight / d.sum
	}
}

// contrasts of interaction against one answer and group.
type contrasts struct {
	answers, groups int
	answer, group   int       // the zeroth
	inverse         []float64 // 1/p by cell, 0 of empty ones
}

func (c contrasts) at(i, j int) float64 { return c.inverse[i*c.groups+j] }

// each calls back for every contrast in order.
func (c contrasts) each(f func(at, i, j int)) {
	at := 0
	for i := range c.answers {
		for j := range c.groups {
			if i != c.answer && j != c.group {
				f(at, i, j)
				at++
			}
		}
	}
}

// scale is CᵀP⁻¹C.
func (c contrasts) scale(size int) *mat.SymDense {
	scale := mat.NewSymDense(size, nil)
	c.each(func(a, i, j int) {
		c.each(func(b, k, l int) {
			x := c.at(c.answer, c.group)
			if i == k {
				x += c.at(i, c.group)
			}
			if j == l {
				x += c.at(c.answer, j)
			}
			if i == k && j == l {
				x += c.at(i, j)
			}
			if b >= a {
				scale.SetSym(a, b, x)
			}
		})
	})
	return scale
}

// apply is Cᵀx.
func (c contrasts) apply(x, to []float64) {
	c.each(func(at, i, j int) {
		to[at] = x[i*c.groups+j] - x[i*c.groups+c.group] - x[c.answer*c.groups+j] + x[c.answer*c.groups+c.group]
	})
}

// WeightedRanks tests scales and numbers against groups of weighted or clustered
// rows: the rank test of Lumley & Scott (2013, Biometrika 100:831–842) with the
// scores of Wilcoxon and of Kruskal and Wallis; R survey's svyranktest. A score
// is the estimated share of the population below an answer plus half of that at
// it, so that rows with the same answer have the same score whatever their
// weights. (R takes the plain mean of cumulated weights over tied rows, which is
// the same when tied rows weigh the same and else depends on their order.) The
// effect is Cliff's δ of two groups, else ε², of the weighted shares. Fraction
// as in [WeightedIndependence]. There is no result when everybody answered, with
// no more clusters than groups, when answers do not vary within groups, or with
// more than 1 500 groups or four million cells.
func WeightedRanks(cells []Cell, fraction float64) (Result, bool) {
	d, ok := newDesign(cells, fraction)
	if !ok {
		return Result{}, false
	}
	result, ok := d.ranks()
	if len(d.groups) == 2 {
		result.Effect = d.cliff()
	} else {
		result.Effect = d.epsilon()
	}
	return result, ok
}

// WeightedTrend is [WeightedRanks] with τ_b of the weighted shares as the effect:
// for ordered groups. Its test does not make use of their order.
func WeightedTrend(cells []Cell, fraction float64) (Result, bool) {
	d, ok := newDesign(cells, fraction)
	if !ok {
		return Result{}, false
	}
	result, ok := d.ranks()
	result.Effect = d.kendall()
	return result, ok
}

// ranks is the Wald test that the groups' mean scores are equal, as an F test
// with m−1−(G−1) degrees of freedom, m clusters and G groups.
func (d design) ranks() (Result, bool) {
	scores := d.scores()
	means := d.means(scores)
	zeroth := largest(d.groups)
	freedom := float64(len(means) - 1)
	denominator := d.clusters - 1 - freedom
	if denominator <= 0 || len(means)-1 > mostContrasts {
		return Result{}, false
	}
	difference := mat.NewVecDense(len(means)-1, except(means, zeroth))
	covariance := mat.NewSymDense(len(means)-1, nil)
	of := make([]float64, len(means))
	for _, part := range d.parts {
		clear(of)
		for _, s := range part {
			// A score that is the mean but for rounding adds nothing.
			if off := scores[s.answer] - means[s.group]; math.Abs(off) > 1e-13 {
				of[s.group] += s.weight / d.groups[s.group] * off
			}
		}
		covariance.SymRankOne(covariance, d.factor, mat.NewVecDense(len(means)-1, except(of, zeroth)))
	}
	var root mat.Cholesky
	if !root.Factorize(covariance) || root.Cond() > 1e13 {
		return Result{}, false
	}
	var solved mat.VecDense
	if err := root.SolveVecTo(&solved, difference); err != nil {
		return Result{}, false
	}
	f := mat.Dot(difference, &solved) / freedom
	if !(f >= 0) || math.IsInf(f, 1) {
		return Result{}, false
	}
	return Result{
		Test: LumleyScott, Statistic: f, Freedom: freedom, Denominator: denominator,
		P: fisherF(f, freedom, denominator),
	}, true
}

// except is each value less that of one group, without that group's.
func except(values []float64, group int) []float64 {
	others := make([]float64, 0, len(values)-1)
	for i, v := range values {
		if i != group {
			others = append(others, v-values[group])
		}
	}
	return others
}
