package analysis

import (
	"sync"

	"bedarfslotse/internal/analysis/internal/interval"
	"bedarfslotse/internal/analysis/internal/packed"
	"bedarfslotse/internal/analysis/internal/perturb"
	"bedarfslotse/internal/analysis/internal/raw"
)

// numbers of exact groups: at is the question's place in its unit, by the
// weights, nil for none.
func (t *table) numbers(parts []*part, at int, by *weighing) numbers {
	n := numbers{base: t.Base.Rows, counts: make([]int, len(t.Cells))}
	for i, cell := range t.Cells {
		n.counts[i] = cell.Rows
	}
	if by == nil {
		return n
	}
	n.weights = &weightedNumbers{cells: make([]float64, len(t.Cells))}
	squares := 0.0
	for _, one := range parts {
		w, from := by.leaf(one), &one.Tables[at]
		n.weights.base += w * float64(from.Rows)
		squares += w * w * float64(from.Rows)
		for i, rows := range from.Cells {
			n.weights.cells[i] += w * float64(rows)
		}
	}
	if n.base > 0 {
		n.weights.effective = interval.Kish(n.weights.base, squares) / float64(n.base)
	}
	return n
}

// masses are the sums of the weights of one group's answers to a question.
type masses struct {
	base  float64
	cells []float64
}

// massesOf are those of all groups; nil without weights.
type massesOf []masses

func (m massesOf) of(group int) *masses {
	if m == nil {
		return nil
	}
	return &m[group]
}

// weighing is the weights of a query's groups.
type weighing struct {
	*weigher
	// finer divides the groups by the parts that have the same weight.
	finer func() raw.Groups
}

// weigh prepares the weights for groups; nil without weights.
func (w *weigher) weigh(groups raw.Groups) *weighing {
	if w == nil {
		return nil
	}
	return &weighing{w, sync.OnceValue(func() raw.Groups { return w.divide(groups) })}
}

// count counts a question by group, with the sums of the weights where figures
// are weighted.
func (x *Explorer) count(q *question, t *table, assigned raw.Groups, by *weighing) ([]raw.Group, massesOf) {
	if by == nil {
		return countQuestion(x.view, q, assigned, x.classes(q, t), true), nil
	}
	n := len(by.weights)
	counted := countQuestion(x.view, q, by.finer(), x.classes(q, t), true)
	groups, weighed := make([]raw.Group, assigned.N), make(massesOf, assigned.N)
	for group := range groups {
		parts := make([]int, n)
		for at := range parts {
			parts[at] = group*n + at
		}
		total := sum(counted, parts)
		m := masses{cells: make([]float64, len(total.Cells))}
		for at, w := range by.weights {
			from := &counted[group*n+at]
			total.NoAnswer, total.NotAsked = added(total.NoAnswer, from.NoAnswer), added(total.NotAsked, from.NotAsked)
			m.base += w * float64(from.Base.Rows)
			for i, cell := range from.Cells {
				m.cells[i] += w * float64(cell.Rows)
			}
		}
		groups[group], weighed[group] = total, m
	}
	return groups, weighed
}

func added(a, b raw.Tally) raw.Tally {
	a.Add(b)
	return a
}

// changedMasses are the weighted numbers of a perturbed figure.
func (x *Explorer) changedMasses(g *raw.Group, m *masses, by *weighing) *weightedNumbers {
	n := &weightedNumbers{effective: 1 / by.told.Effect, base: x.perturb.Mass(g.Base.Rows, m.base, by.largest, g.Base.Key),
		noise: perturb.MassFactor(by.largest),
		cells: make([]float64, len(m.cells))}
	for i, cell := range g.Cells {
		n.cells[i] = x.perturb.Mass(cell.Rows, m.cells[i], by.largest, cell.Key)
	}
	return n
}

// divide divides groups by the parts that have the same weight; who is in none
// belongs to the last.
func (w *weigher) divide(groups raw.Groups) raw.Groups {
	n := len(w.weights)
	finer := raw.Groups{N: groups.N * n, Of: make([][]uint16, len(groups.Of))}
	for at, of := range groups.Of {
		finer.Of[at] = make([]uint16, len(of))
		for row, group := range of {
			if int(group) == groups.N {
				finer.Of[at][row] = uint16(finer.N)
			} else {
				finer.Of[at][row] = group*uint16(n) + w.placed[at][row]
			}
		}
	}
	return finer
}

// place finds the part of every respondent.
func (w *weigher) place(view *packed.View, breakdown Breakdown) {
	areas, types := view.Names(packed.AreaColumn), view.Names(packed.InstitutionTypeColumn)
	part := make([]uint16, len(areas)*len(types))
	for code := range part {
		at, known := w.of[breakdown.cell(areas[code/len(types)], types[code%len(types)])]
		if !known {
			at = len(w.weights) - 1
		}
		part[code] = uint16(at)
	}
	for _, s := range view.Segments {
		area, kind := &s.Tables[0].Columns[packed.AreaColumn], &s.Tables[0].Columns[packed.InstitutionTypeColumn]
		of := make([]uint16, s.Rows)
		for row := range of {
			of[row] = part[int(area.At(row))*len(types)+int(kind.At(row))]
		}
		w.placed = append(w.placed, of)
	}
}

// weightedWhole is a question's figure of the whole wave with weights: of its
// exact groups where it has them, else perturbed.
func (x *Explorer) weightedWhole(q *question, everybody raw.Groups, by *weighing) Figure {
	whole := x.figure(q)
	if q.kind == Score {
		return x.score(q, func(item *question) Figure { return x.weightedWhole(item, everybody, by) }, true)
	}
	unit, at, t := x.find(q)
	if t == nil || whole.Base == nil {
		return whole
	}
	if unit.Groups == nil {
		counted, masses := x.count(q, t, everybody, by)
		if counted[0].Holders < x.k {
			return x.shower.blank(q).withhold(q, TooFew)
		}
		return x.perturbed(q, t, whole, &counted[0], masses.of(0), by)
	}
	exact := unit.Groups.rows(at, func(carried) int { return 0 }, 1)
	f := x.exact(q, t, q.mergeNumbers(exact.tables[0].numbers(exact.parts[0], at, by)))
	f.NoAnswer, f.NotAsked, f.Asked = whole.NoAnswer, whole.NotAsked, whole.Asked
	for _, cell := range whole.Apart {
		cell.Share, cell.Low, cell.High = nil, nil, nil
		f.Apart = append(f.Apart, cell)
	}
	return f
}
