package raw

import (
	"errors"

	"bedarfslotse/internal/analysis/internal/packed"
)

// Variable is one column of a main table by which respondents are divided.
type Variable struct {
	Column int
	Codes  int // one more than the largest code
}

// Condition keeps respondents whose code in a column is marked.
type Condition struct {
	Column int
	Keep   []bool // by code; codes beyond it are not kept
}

// maxCells bounds the cells of a crosstab.
const maxCells = 1 << 24

// ErrTooManyCells says that the variables have too many codes for one table.
var ErrTooManyCells = errors.New("crosstab has too many cells")

// Crosstab counts respondents by up to three variables, among those who meet
// all conditions. The result is indexed by ((a·B)+b)·C+c, with B and C the
// number of codes of the second and third variable.
func Crosstab(v *packed.View, limit Limit, variables []Variable, conditions []Condition) ([]int, error) {
	cells := 1
	for _, variable := range variables {
		cells *= max(variable.Codes, 1)
		if cells > maxCells {
			return nil, ErrTooManyCells
		}
	}
	counts := make([]int, cells)
	keep := make([]bool, packed.MaxRows)
	at := make([]uint32, packed.MaxRows)
	for _, s := range v.Segments {
		inside, index := keep[:s.Rows], at[:s.Rows]
		filter(s, limit, conditions, inside)
		clear(index)
		for _, variable := range variables {
			spreadOut(&s.Tables[0].Columns[variable.Column], uint32(variable.Codes), index)
		}
		for i, cell := range index {
			if inside[i] {
				counts[cell]++
			}
		}
	}
	return counts, nil
}

// filter marks the rows that belong to the group.
func filter(s *packed.Segment, limit Limit, conditions []Condition, inside []bool) {
	mask := limit.mask(s)
	for i := range inside {
		inside[i] = mask == nil || mask[i]
	}
	for _, condition := range conditions {
		column := &s.Tables[0].Columns[condition.Column]
		if column.W8 != nil {
			var keep [256]bool
			copy(keep[:], condition.Keep)
			for i, code := range column.W8[:len(inside)] {
				inside[i] = inside[i] && keep[code]
			}
			continue
		}
		for i := range inside {
			code := column.At(i)
			inside[i] = inside[i] && code < uint64(len(condition.Keep)) && condition.Keep[code]
		}
	}
}

// spreadOut adds one variable to the cells' indices.
func spreadOut(column *packed.Column, codes uint32, index []uint32) {
	if column.W8 != nil {
		for i, code := range column.W8[:len(index)] {
			index[i] = index[i]*codes + uint32(code)
		}
		return
	}
	for i := range index {
		index[i] = index[i]*codes + uint32(column.At(i))
	}
}
