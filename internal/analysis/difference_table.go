package analysis

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"

	"bedarfslotse/internal/analysis/internal/inference"
	"bedarfslotse/internal/analysis/internal/perturb"
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
	worth, noise := 1/c.effect, make([]float64, len(c.columns))
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

// weighted tests rows with weights.
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
				cells = appendCell(cells, i, column, count, weight)
				if ticked >= 0 {
					cells = appendCell(cells, 1, column, n.base-count, weight)
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

func appendCell(cells []inference.Cell, answer, group, count int, weight float64) []inference.Cell {
	if count == 0 {
		return cells
	}
	n := float64(count)
	return append(cells, inference.Cell{Answer: answer, Group: group, Weight: n * weight, Rows: count, Squares: n * weight * weight})
}
