package analysis

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"bedarfslotse/internal/analysis/internal/inference"
	"bedarfslotse/internal/analysis/internal/perturb"
	"bedarfslotse/internal/analysis/internal/raw"
)

// plain tests the counts shown. Weights, institutions, rows of the same respondent
// and perturbation make them worth fewer answers: all are lowered by the mean
// design effect (first-order correction of Rao & Scott 1981, J. Am. Stat. Assoc.
// 76:221).
func (c *compared) plain(rows []int, ticked int) (inference.Result, bool) {
	size := len(rows)
	if ticked >= 0 {
		size = 2
	}
	counts := make([][]float64, size)
	for i := range counts {
		counts[i] = make([]float64, len(c.columns))
	}
	worth, noise := c.worth(), make([]float64, len(c.columns))
	for column, at := range c.columns {
		f := &c.figures[at]
		factor, sum := worth, 0
		for _, cell := range f.Cells {
			if cell.Count != nil {
				sum += *cell.Count
			}
		}
		if ticked >= 0 || sum == 0 {
			sum = *f.Base
		}
		if f.Effective != nil {
			factor *= *f.Effective / float64(max(sum, 1))
		}
		if f.Perturbed {
			noise[column] = perturb.Variance * factor
		}
		for i, row := range rows {
			count := float64(*f.Cells[row].Count)
			if f.Weighted && f.Cells[row].Share != nil {
				count = *f.Cells[row].Share * float64(sum)
				if f.Perturbed {
					noise[column] = perturb.Variance * f.noise() * f.noise() * factor
				}
			}
			counts[i][column] = count * factor
			if ticked >= 0 {
				counts[1][column] = max((float64(*f.Base)-count)*factor, 0)
			}
		}
	}
	t := unperturbed(counts, noise)
	source := c.source(t)
	switch {
	case !c.ranked():
		return inference.Independence(t, source)
	case c.d.ordered:
		return inference.Trend(t, source)
	default:
		return inference.Ranks(t, source)
	}
}

// unperturbed lowers counts by what changing them at random, with these variances
// by column, adds to χ²: a cell whose expected count is E deviates by E through
// chance and by the variance through perturbation. Without it small groups would
// seem to differ because of their protection.
func unperturbed(counts [][]float64, noise []float64) inference.Table {
	answers, groups, n := make([]float64, len(counts)), make([]float64, len(noise)), 0.0
	for i, row := range counts {
		for j, count := range row {
			answers[i] += count
			groups[j] += count
			n += count
		}
	}
	excess, cells := 0.0, 0.0
	for i := range counts {
		for j := range noise {
			if expected := answers[i] * groups[j] / max(n, 1); expected > 0 {
				excess += noise[j] / expected
				cells++
			}
		}
	}
	factor := 1 / (1 + excess/max(cells, 1))
	t := make(inference.Table, len(counts))
	for i, row := range counts {
		t[i] = make([]int, len(row))
		for j, count := range row {
			t[i][j] = int(math.Round(count * factor))
		}
	}
	return t
}

// worth is how many independent answers one answer is worth, by the mean design
// effect of the whole wave's cells.
func (c *compared) worth() float64 {
	t := c.whole
	if t.Clusters == nil || len(t.Clusters.Shares) == 0 || t.Base.Rows == 0 {
		return 1
	}
	effects, weights := 0.0, 0.0
	for choice, v := range t.Clusters.Shares {
		p := float64(t.Cells[choice].Rows) / float64(t.Base.Rows)
		if !c.q.substantive(choice) || p == 0 || p == 1 {
			continue
		}
		size := c.x.shower.sample(t.Base.Rows, t.Clusters, p*(1-p), v).Size
		effects += (1 - p) * float64(t.Base.Rows) / size
		weights += 1 - p
	}
	if weights == 0 {
		return 1
	}
	return weights / effects
}

// source draws random tables: the same for the same table of a wave's release.
func (c *compared) source(t inference.Table) rand.Source {
	h := fnv.New128a()
	_, _ = h.Write([]byte(c.x.schema.Fingerprint() + c.q.element.Name))
	for _, row := range t {
		for _, count := range row {
			_ = binary.Write(h, binary.LittleEndian, int64(count))
		}
	}
	sum := h.Sum(nil)
	return rand.NewPCG(binary.LittleEndian.Uint64(sum), binary.LittleEndian.Uint64(sum[8:]))
}

// weighted tests rows with weights or in institutions.
func (c *compared) weighted(cells []inference.Cell) (inference.Result, bool) {
	fraction := c.x.shower.fraction
	switch {
	case c.x.shower.everyone:
		return inference.Result{}, false
	case !c.ranked():
		return inference.WeightedIndependence(cells, fraction)
	case c.d.ordered:
		return inference.WeightedTrend(cells, fraction)
	default:
		return inference.WeightedRanks(cells, fraction)
	}
}

// weighed is the table of exact groups by their parts, which have one weight each.
func (c *compared) weighed(rows []int, ticked int) (cells []inference.Cell) {
	unit, at, _ := c.x.find(c.q)
	exact := unit.Groups.rows(at, c.x.rowOf(c.d.way, c.d.groups), len(c.d.groups))
	for column, group := range c.columns {
		for _, one := range exact.parts[exact.sets[group]] {
			t := &table{}
			t.take(one, at)
			n := c.q.mergeNumbers(t.numbers(nil, at, nil))
			weight := c.d.by.leaf(one)
			for i, row := range rows {
				count := n.counts[c.choice(row)]
				cells = appendCell(cells, i, column, 0, count, weight)
				if ticked >= 0 {
					cells = appendCell(cells, 1, column, 0, n.base-count, weight)
				}
			}
		}
	}
	return cells
}

// choice is the place of a cell's choice or class among the counts.
func (c *compared) choice(row int) int {
	if c.q.classed() {
		return row
	}
	return c.whole.choice(c.q, row)
}

// design is the table by institution, and weight; false where there are too many
// of both, or the rows at hand are no longer those of the figures.
func (c *compared) design(rows []int, ticked int) ([]inference.Cell, bool) {
	weights := []float64{1}
	if c.d.by != nil {
		weights = c.d.by.weights
	}
	n := c.d.clusters * len(weights)
	if c.d.assigned.N*n > raw.MostGroups {
		return nil, false
	}
	counted := countQuestion(c.x.view, c.q, c.d.clustered(), c.x.classes(c.q, c.whole), false)
	column := c.columnOf()
	var cells []inference.Cell
	seen := make([][]int, len(rows))
	for i := range seen {
		seen[i] = make([]int, len(c.columns))
	}
	for group := range c.d.assigned.N {
		if column[group] < 0 {
			continue
		}
		for at := range n {
			from := &counted[group*n+at]
			weight, cluster := weights[at/c.d.clusters], at%c.d.clusters
			for i, row := range rows {
				count := from.Cells[c.choice(row)].Rows
				seen[i][column[group]] += count
				cells = appendCell(cells, i, column[group], cluster, count, weight)
				if ticked >= 0 {
					cells = appendCell(cells, 1, column[group], cluster, from.Base.Rows-count, weight)
				}
			}
		}
	}
	for i, row := range rows {
		for at, group := range c.columns {
			if seen[i][at] != *c.figures[group].Cells[row].Count {
				return nil, false
			}
		}
	}
	return cells, true
}

// columnOf is the column of each group, −1 for none.
func (c *compared) columnOf() []int {
	column := slices.Repeat([]int{-1}, len(c.figures))
	for at, group := range c.columns {
		column[group] = at
		for _, other := range c.figures[group].Together {
			column[other] = at
		}
	}
	return column
}

func appendCell(cells []inference.Cell, answer, group, cluster, count int, weight float64) []inference.Cell {
	if count == 0 {
		return cells
	}
	n := float64(count)
	return append(cells, inference.Cell{Answer: answer, Group: group, Cluster: cluster, Weight: n * weight, Rows: count, Squares: n * weight * weight})
}

func identity(n int) []uint16 {
	of := make([]uint16, n)
	for i := range of {
		of[i] = uint16(i)
	}
	return of
}

// threeDigits rounds to three significant digits what rests on more than the
// figures shown.
func threeDigits(value float64) float64 {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(value, 'g', 3, 64), 64) // a number it wrote itself
	return rounded
}
