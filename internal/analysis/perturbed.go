package analysis

import (
	"cmp"
	"slices"

	"bedarfslotse/internal/analysis/internal/disclosure"
	"bedarfslotse/internal/analysis/internal/interval"
	"bedarfslotse/internal/analysis/internal/perturb"
	"bedarfslotse/internal/analysis/internal/raw"
)

// change is what is shown in place of a count.
func (x *Explorer) change(t raw.Tally) int {
	if x.schema.weak.fresh != nil {
		t.Key = x.schema.weak.fresh()
	}
	return x.perturb.Count(t.Rows, t.Key)
}

// shown makes one question's figures of all groups: exact ones where a group, or
// several together, are made of exact groups of the question, else perturbed
// ones.
func (x *Explorer) shown(w way, groups []selected, q *question, assigned raw.Groups, by *weighing) []Figure {
	figures := make([]Figure, len(groups))
	if q.kind == Score {
		return x.scores(w, groups, q, assigned, by)
	}
	unit, at, t := x.find(q)
	exact := unit.Groups.rows(at, x.rowOf(w, groups), len(groups))
	pending := false
	for i, one := range groups {
		set := exact.tables[exact.sets[i]]
		whole := set != nil && set.Base.Holders == unit.shown()
		if set == nil || whole || one.refused != NotRefused {
			pending = pending || one.refused == NotRefused
			continue
		}
		figures[i] = x.exact(q, t, q.mergeNumbers(set.numbers(exact.parts[exact.sets[i]], at, by)))
		for row := range groups {
			if exact.sets[row] == exact.sets[i] {
				figures[i].Together = append(figures[i].Together, row)
			}
		}
		if len(figures[i].Together) == 1 {
			figures[i].Together = nil
		}
	}
	if !pending {
		return figures
	}
	whole := x.figure(q)
	var counted []raw.Group
	var masses massesOf
	if t != nil && whole.Base != nil {
		counted, masses = x.count(q, t, assigned, by)
	}
	for i, one := range groups {
		switch {
		case one.refused != NotRefused || figures[i].Question != "":
		case counted == nil || counted[i].Holders < x.k:
			figures[i] = x.shower.blank(q).withhold(q, TooFew)
		default:
			figures[i] = x.perturbed(q, t, whole, &counted[i], masses.of(i), by)
		}
	}
	return figures
}

// find returns the stored unit of a question, the question's place in it, and
// its table, nil for none.
func (t *tables) find(q *question) (unit storedUnit, at int, one *table) {
	for i, of := range t.schema.units {
		if at := slices.Index(of, q); at >= 0 {
			unit = t.Units[i]
			if at < len(unit.Tables) {
				one = unit.Tables[at]
			}
			return unit, at, one
		}
	}
	return unit, 0, nil
}

// classes puts the codes of numbers, months and hours into the classes of the
// whole wave.
func (x *Explorer) classes(q *question, t *table) []int {
	if !q.classed() {
		return nil
	}
	values := x.view.Numbers(q.raw.Table, q.raw.Column)
	if q.kind == Months {
		values = make([]float64, q.raw.Codes)
		for month := range values {
			values[month] = float64(month)
		}
	}
	return disclosure.ClassOf(t.Quantity.Classes, values, t.Quantity.Whole)
}

// exact is the figure of exact groups. What lies outside the base is not shown
// of them.
func (x *Explorer) exact(q *question, whole *table, n numbers) Figure {
	f := x.shower.blank(q)
	f.Base = shown(n.base)
	x.fill(&f, q, whole, x.figure(q), n)
	return f
}

// perturbed is a figure of which every count is changed (METHODS 5.6). Cells
// that are hidden in the whole wave are shown nowhere else.
func (x *Explorer) perturbed(q *question, t *table, whole Figure, g *raw.Group, m *masses, by *weighing) Figure {
	f := x.shower.blank(q)
	f.Perturbed = true
	n := numbers{base: x.change(g.Base)}
	f.Base = shown(n.base)
	if whole.NoAnswer != nil {
		f.NoAnswer = shown(x.change(g.NoAnswer))
	}
	if whole.NotAsked != nil {
		f.NotAsked = shown(x.change(g.NotAsked))
	}
	counts := make([]int, len(g.Cells))
	for i, cell := range g.Cells {
		counts[i] = x.change(cell)
	}
	n.counts = counts
	if m != nil {
		n.weights = x.changedMasses(g, m, by)
	}
	x.fill(&f, q, t, whole, n)
	at := 0
	for choice := range counts {
		if q.kind == Order || q.classed() || q.substantive(choice) {
			continue
		}
		cell := q.cell(choice)
		if cell.Suppressed = whole.Apart[at].Suppressed; !cell.Suppressed {
			cell.Count = shown(counts[choice])
		}
		f.Apart = append(f.Apart, cell)
		at++
	}
	return f
}

// numbers are what a figure is made of: exact ones or changed ones.
type numbers struct {
	base   int
	counts []int // by choice or class
	// weights are nil of figures without weights.
	weights *weightedNumbers
}

// weightedNumbers are the same with weights.
type weightedNumbers struct {
	base  float64
	cells []float64
	// effective is n_eff per row of the base, from 0 to 1.
	effective float64
	// noise is by how much more they are changed than counts; of perturbed ones.
	noise float64
}

// mass is the weight of a choice or class.
func (n *numbers) mass(at int) float64 {
	if n.weights != nil {
		return n.weights.cells[at]
	}
	return float64(n.counts[at])
}

// fill adds the cells of a figure and what is computed from them. Shares are of
// the sum of the cells, of multiple choice and where cells are hidden of the
// base, and of that at most 1. With weights there are none where cells are hidden
// (METHODS 5.3).
func (x *Explorer) fill(f *Figure, q *question, t *table, whole Figure, n numbers) {
	if f.Weighted = n.weights != nil; f.Weighted {
		f.masses = n.weights.noise
	}
	if f.Withheld = whole.Withheld; q.kind == Answered {
		return
	}
	f.Everyone = whole.Everyone
	if q.kind == Order && f.Withheld == Nothing {
		f.Withheld = OnlyFirst
	}
	sum, mass, all := 0, 0.0, true
	choices := make([]int, len(whole.Cells))
	for i := range whole.Cells {
		if choices[i] = i; !q.classed() {
			choices[i] = t.choice(q, i)
		}
		cell := whole.Cells[i]
		blank := Cell{Name: cell.Name, Suppressed: cell.Suppressed, From: cell.From, To: cell.To, Score: cell.Score}
		if cell.Suppressed {
			all = false
		} else {
			blank.Count = shown(n.counts[choices[i]])
			sum, mass = sum+n.counts[choices[i]], mass+n.mass(choices[i])
		}
		f.Cells = append(f.Cells, blank)
	}
	c := computed{x: x, f: f, design: x.shower.design(q), of: n.base, mass: float64(n.base), size: float64(n.base)}
	if n.weights != nil {
		if !all {
			return
		}
		c.mass = n.weights.base
	}
	if all && q.kind != Multiple && f.Perturbed {
		c.of, c.mass, c.size = sum, mass, float64(sum)
	}
	if n.weights != nil {
		c.size *= n.weights.effective
	}
	if c.of <= 0 || c.mass <= 0 {
		return
	}
	if f.Weighted {
		f.Effective = &c.size
	}
	for i := range f.Cells {
		if !f.Cells[i].Suppressed {
			c.share(&f.Cells[i], n.mass(choices[i]))
		}
	}
	if all && q.kind == Scale {
		masses := make([]float64, len(choices))
		for i, choice := range choices {
			masses[i] = n.mass(choice)
		}
		c.scale(masses)
	}
}

// computed is what shares and means of one figure are computed from.
type computed struct {
	x *Explorer
	f *Figure
	design
	of   int     // rows that shares are of
	mass float64 // their weight
	size float64 // their effective size, institutions aside
}

// choice is the place in the list of the i-th substantive choice.
func (t *table) choice(q *question, i int) int {
	names, _ := t.categories(q)
	return names[i]
}

// share adds share and interval to a cell.
func (c *computed) share(cell *Cell, mass float64) {
	p := min(mass/c.mass, 1)
	cell.Share = &p
	if c.f.Everyone {
		return
	}
	cell.sample = c.sample(c.size, c.x.shower.fraction)
	low, high := interval.Wilson(p, cell.sample)
	if c.f.Perturbed {
		e := perturb.ShareError(c.of) * c.f.noise()
		cell.noise = e
		low, high = max(p-perturb.Widened(p-low, e), 0), min(p+perturb.Widened(high-p, e), 1)
	}
	cell.Low, cell.High = &low, &high
}

// scale adds mean and median of a scale; masses are the weights of its cells.
func (c *computed) scale(masses []float64) {
	f := c.f
	scores, order := make([]float64, len(masses)), make([]int, len(masses))
	for i, cell := range f.Cells {
		scores[i], order[i] = cell.Score, i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[a], scores[b]) })
	m := weightedMoments(scores, masses)
	if m == nil {
		return
	}
	f.Mean = &m.Mean
	below := 0.0
	for _, i := range order {
		if below += masses[i]; 2*below >= c.mass*(1-1e-12) {
			f.Median = &scores[i]
			break
		}
	}
	if f.Everyone {
		return
	}
	sample := c.sample(c.size, c.x.shower.fraction)
	f.spread = &spread{variance: m.Variance, sample: sample}
	low, high, ok := interval.Mean(m.Mean, m.Variance, sample)
	if !ok {
		return
	}
	if f.Perturbed {
		f.spread.noise = perturb.MeanError(c.of, m.Mean, scores) * c.f.noise()
		half := perturb.Widened((high-low)/2, f.spread.noise)
		low, high = m.Mean-half, m.Mean+half
	}
	low, high = max(low, scores[order[0]]), min(high, scores[order[len(order)-1]])
	f.MeanLow, f.MeanHigh = &low, &high
}
