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
func (x *Explorer) shown(w way, groups []selected, q *question, assigned raw.Groups) []Figure {
	figures := make([]Figure, len(groups))
	if q.kind == Score {
		return x.scores(w, groups, q, assigned)
	}
	unit, at, t := x.find(q)
	sets, exact := unit.Groups.rows(at, x.rowOf(w, groups), len(groups))
	pending := false
	for i, one := range groups {
		set := exact[sets[i]]
		whole := set != nil && set.Base.Holders == unit.shown()
		if set == nil || whole || one.refused != NotRefused {
			pending = pending || one.refused == NotRefused
			continue
		}
		figures[i] = x.exact(q, t, q.merge(set))
		for row := range groups {
			if sets[row] == sets[i] {
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
	if t != nil && whole.Base != nil {
		counted = countQuestion(x.view, q, assigned, x.classes(q, t), true)
	}
	for i, one := range groups {
		switch {
		case one.refused != NotRefused || figures[i].Question != "":
		case counted == nil || counted[i].Holders < x.k:
			figures[i] = x.shower.blank(q).withhold(q, TooFew)
		default:
			figures[i] = x.perturbed(q, t, whole, &counted[i])
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
func (x *Explorer) exact(q *question, whole, t *table) Figure {
	counts := make([]int, len(t.Cells))
	for i, cell := range t.Cells {
		counts[i] = cell.Rows
	}
	f := x.shower.blank(q)
	f.Base = shown(t.Base.Rows)
	x.fill(&f, q, whole, x.figure(q), counts)
	return f
}

// perturbed is a figure of which every count is changed (METHODS 5.6). Cells
// that are hidden in the whole wave are shown nowhere else.
func (x *Explorer) perturbed(q *question, t *table, whole Figure, g *raw.Group) Figure {
	f := x.shower.blank(q)
	f.Perturbed = true
	f.Base = shown(x.change(g.Base))
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
	x.fill(&f, q, t, whole, counts)
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

// fill adds the cells of a figure and what is computed from them. Shares are of
// the sum of the cells, of multiple choice and where cells are hidden of the
// base, and of that at most 1.
func (x *Explorer) fill(f *Figure, q *question, t *table, whole Figure, counts []int) {
	if f.Withheld = whole.Withheld; q.kind == Answered {
		return
	}
	f.Everyone = whole.Everyone
	if q.kind == Order && f.Withheld == Nothing {
		f.Withheld = OnlyFirst
	}
	var shownCounts []int
	for i := range whole.Cells {
		cell, choice := whole.Cells[i], i
		if !q.classed() {
			choice = t.choice(q, i)
		}
		blank := Cell{Name: cell.Name, Suppressed: cell.Suppressed, From: cell.From, To: cell.To, Score: cell.Score}
		if !cell.Suppressed {
			blank.Count = shown(counts[choice])
			shownCounts = append(shownCounts, counts[choice])
		}
		f.Cells = append(f.Cells, blank)
	}
	of := *f.Base
	all := len(shownCounts) == len(whole.Cells)
	if all && q.kind != Multiple && f.Perturbed {
		of = 0
		for _, count := range shownCounts {
			of += count
		}
	}
	if of <= 0 {
		return
	}
	for i := range f.Cells {
		if !f.Cells[i].Suppressed {
			choice := i
			if !q.classed() {
				choice = t.choice(q, i)
			}
			x.share(f, &f.Cells[i], t, of, choice)
		}
	}
	if all && q.kind == Scale {
		x.scale(f, t, of)
	}
}

// choice is the place in the list of the i-th substantive choice.
func (t *table) choice(q *question, i int) int {
	names, _ := t.categories(q)
	return names[i]
}

// share adds share and interval to a cell. Of groups the spread between
// institutions is not known: that of the whole wave stands in for it, as the
// ratio of effective size to base.
func (x *Explorer) share(f *Figure, cell *Cell, t *table, of, choice int) {
	p := min(float64(*cell.Count)/float64(of), 1)
	cell.Share = &p
	if f.Everyone {
		return
	}
	sample := interval.Sample{Size: float64(of), Fraction: x.shower.fraction}
	if t.Clusters != nil && choice < len(t.Clusters.Shares) && t.Base.Rows > 0 {
		q := float64(t.Cells[choice].Rows) / float64(t.Base.Rows)
		sample = scaled(x.shower.sample(t.Base.Rows, t.Clusters, q*(1-q), t.Clusters.Shares[choice]), of, t.Base.Rows)
	}
	low, high := interval.Wilson(p, sample)
	if f.Perturbed {
		e := perturb.ShareError(of)
		low, high = max(p-perturb.Widened(p-low, e), 0), min(p+perturb.Widened(high-p, e), 1)
	}
	cell.Low, cell.High = &low, &high
}

// scaled is the sample of a group of n out of a base.
func scaled(whole interval.Sample, n, base int) interval.Sample {
	whole.Size *= float64(n) / float64(base)
	return whole
}

// scale adds mean and median of a scale.
func (x *Explorer) scale(f *Figure, t *table, of int) {
	var values []raw.Value
	var scores []float64
	for _, cell := range f.Cells {
		values = append(values, raw.Value{Value: cell.Score, Count: raw.Count{Rows: *cell.Count}})
		scores = append(scores, cell.Score)
	}
	slices.SortFunc(values, func(a, b raw.Value) int { return cmp.Compare(a.Value, b.Value) })
	m := momentsOf(values)
	if m == nil {
		return
	}
	f.Mean = &m.Mean
	below := 0
	for _, v := range values {
		if below += v.Count.Rows; 2*below >= of {
			f.Median = &v.Value
			break
		}
	}
	if f.Everyone {
		return
	}
	sample := interval.Sample{Size: float64(of), Fraction: x.shower.fraction}
	if t.Clusters != nil && t.Moments != nil && t.Base.Rows > 1 {
		n := float64(t.Base.Rows)
		sample = scaled(x.shower.sample(t.Base.Rows, t.Clusters, t.Moments.Variance*n/(n-1), t.Clusters.Mean), of, t.Base.Rows)
	}
	low, high, ok := interval.Mean(m.Mean, m.Variance, sample)
	if !ok {
		return
	}
	if f.Perturbed {
		half := perturb.Widened((high-low)/2, perturb.MeanError(of, m.Mean, scores))
		low, high = m.Mean-half, m.Mean+half
	}
	low, high = max(low, values[0].Value), min(high, values[len(values)-1].Value)
	f.MeanLow, f.MeanHigh = &low, &high
}
