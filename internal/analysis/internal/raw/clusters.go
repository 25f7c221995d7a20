package raw

import (
	"bedarfslotse/internal/analysis/internal/packed"
)

// Clusters is the spread of a question's figures between clusters of
// respondents: institutions, or, in repeats of waves that record none, the
// respondents who gave several rows.
type Clusters struct {
	// Groups is the number of clusters with somebody in the base; rows of
	// unknown institution are no part of it and stand for themselves.
	Groups int `json:"groups"`
	// Most is the largest number of rows in one cluster.
	Most int `json:"most"`
	// Shares holds, by choice, the linearised variance of its share; of orders,
	// that of the share who put it first.
	Shares []float64 `json:"shares,omitempty"`
	// Mean is the linearised variance of the mean; 0 without scores or numbers.
	Mean float64 `json:"mean"`
}

// Spread computes the clusters' spread, nil when the rows are no clusters: one
// row per respondent and no institution known.
//
// The variance is the linearised one of a ratio under sampling of clusters with
// replacement, v = m/(m−1) · Σ_j (x_j − p·n_j)² / n², with m clusters of n_j
// rows of which x_j chose the cell (Wolter, Introduction to Variance
// Estimation, 2007, chapter 6; R survey's svymean with ids and no weights).
func Spread(v *packed.View, q Question, limit Limit, t Table) *Clusters {
	byInstitution := len(v.Names(packed.InstitutionColumn)) > 1
	if !byInstitution && q.Table == 0 || t.Base.Rows == 0 || q.Form == Month {
		return nil
	}
	g := &gathering{q: q, groups: make([]group, 1), center: meanOf(q, t)}
	if q.Form != Quantity && q.Form != Place {
		g.cells = q.Codes
	}
	if q.Form == Order {
		for choice := range q.Codes {
			g.places = append(g.places, q.Place(choice))
		}
	}
	g.shares, g.products = make([]float64, g.cells), make([]float64, g.cells)
	for _, s := range v.Segments {
		g.segment(s, limit.mask(s), byInstitution, v.Numbers(q.Table, q.Column))
	}
	return g.spread(t)
}

// group is what one cluster gave.
type group struct {
	rows  int
	sum   float64
	cells []int32 // by choice
}

// gathering collects the groups and what the variances need of them.
type gathering struct {
	q      Question
	cells  int
	places []Question // of orders, by choice
	groups []group    // institutions by code; 0 is the rows of unknown institution
	sums
	// center is the mean of all values, taken off each of them, so that sums of
	// squares keep their precision.
	center       float64
	rowSquares   float64 // Σ over rows
	aloneSquares float64
}

// sums are taken over the groups.
type sums struct {
	groups, most int
	total        float64   // Σ of values, all rows
	squares      float64   // Σ s_j², s_j the sum of a group's values
	mixed        float64   // Σ s_j·n_j
	squaredRows  float64   // Σ n_j²
	shares       []float64 // Σ x_j²
	products     []float64 // Σ x_j·n_j
}

// finish adds a complete group to the sums and empties it.
func (g *gathering) finish(one *group) {
	if one.rows == 0 {
		return
	}
	s := &g.sums
	s.groups++
	s.most = max(s.most, one.rows)
	rows := float64(one.rows)
	s.squaredRows += rows * rows
	s.squares += one.sum * one.sum
	s.mixed += one.sum * rows
	for cell, x := range one.cells {
		s.shares[cell] += float64(x) * float64(x)
		s.products[cell] += float64(x) * rows
	}
	clear(one.cells)
	one.rows, one.sum = 0, 0
}

// group returns the group of that number, made when needed.
func (g *gathering) group(at int) *group {
	if at >= len(g.groups) {
		g.groups = append(g.groups, make([]group, at+1-len(g.groups))...)
	}
	to := &g.groups[at]
	if to.cells == nil && g.cells > 0 {
		to.cells = make([]int32, g.cells)
	}
	return to
}

func (g *gathering) segment(s *packed.Segment, mask []bool, byInstitution bool, numbers []float64) {
	table := &s.Tables[g.q.Table]
	column := &table.Columns[g.q.Column]
	institutions := &s.Tables[0].Columns[packed.InstitutionColumn]
	last := -1
	eachMember(s, g.q, func(row, respondent int) {
		if mask != nil && !mask[respondent] {
			return
		}
		at := 1
		if byInstitution {
			at = int(institutions.At(respondent))
		} else if respondent != last { // a respondent's rows follow one another
			g.finish(g.group(1))
			last = respondent
		}
		to := g.group(at)
		to.rows++
		value := 0.0
		code := g.q.codeAt(table, row)
		switch g.q.Form {
		case Quantity:
			value = numbers[code-packed.FirstNumber]
		case Place:
			value = float64(code-FirstPlace) + 1
		case Order:
			for choice, place := range g.places {
				if g.q.substantive(choice) && place.codeAt(table, row) == FirstPlace {
					to.cells[choice]++
				}
			}
		case Choice:
			choice := code - packed.FirstCode
			to.cells[choice]++
			if g.q.Scores != nil {
				value = g.q.Scores[choice]
			}
		case Choices:
			for choice := range g.cells {
				if column.Ticks(row, choice) {
					to.cells[choice]++
				}
			}
		}
		if g.q.Form == Quantity || g.q.Form == Place || g.q.Scores != nil {
			value -= g.center
		}
		to.sum += value
		g.total += value
		g.rowSquares += value * value
		if at == 0 {
			g.aloneSquares += value * value
		}
	})
	if !byInstitution {
		g.finish(g.group(1))
	}
}

func (g *gathering) spread(t Table) *Clusters {
	for i := range g.groups[1:] {
		g.finish(&g.groups[1+i])
	}
	alone, n := g.groups[0], float64(t.Base.Rows)
	clusters, rows := float64(g.sums.groups+alone.rows), float64(alone.rows)
	if clusters < 2 {
		return nil
	}
	factor, mean := clusters/(clusters-1)/(n*n), g.total/n
	// Σ_j (s_j − x̄·n_j)², the rows of unknown institution each for itself.
	squares := g.squares + g.aloneSquares
	sum := squares - 2*mean*(g.mixed+alone.sum) + mean*mean*(g.squaredRows+rows)
	c := &Clusters{Groups: g.sums.groups, Most: g.most, Mean: factor * orZero(sum, g.rowSquares*float64(max(g.most, 1))), Shares: g.shares}
	for cell := range c.Shares {
		p, x := float64(t.Cells[cell].Rows)/n, 0.0
		if alone.cells != nil {
			x = float64(alone.cells[cell])
		}
		squares := g.shares[cell] + x
		sum := squares - 2*p*(g.products[cell]+x) + p*p*(g.squaredRows+rows)
		c.Shares[cell] = factor * orZero(sum, squares)
	}
	return c
}

// meanOf is the mean of a question's scores or numbers, 0 without any.
func meanOf(q Question, t Table) float64 {
	sum := 0.0
	for _, v := range t.Values {
		sum += v.Value * float64(v.Count.Rows)
	}
	if q.Form == Place {
		for i, cell := range t.Cells {
			sum += float64(i+1) * float64(cell.Rows)
		}
	}
	for choice, score := range q.Scores {
		if q.substantive(choice) {
			sum += score * float64(t.Cells[choice].Rows)
		}
	}
	return sum / float64(t.Base.Rows)
}

// orZero takes what floating point leaves of a sum of equal terms for the 0 it
// is: a variance of 0 has a meaning of its own (METHODS 2).
func orZero(sum, scale float64) float64 {
	if sum <= 1e-12*scale {
		return 0
	}
	return sum
}
