package raw

import "bedarfslotse/internal/analysis/internal/packed"

// Lookup puts respondents into categories by one column of the main table.
type Lookup struct {
	Column int
	// Of is the category of each code; codes beyond it are in the last category.
	Of []uint16
	// Choice is, of a column of sets, the one whose tick decides: category 0 is
	// ticked, 1 is not. −1 for other columns.
	Choice int
	N      int // categories
}

// Divide divides each of n groups by the lookup: respondents of group g and
// category c go to group g·N+c. The groups are changed in place.
func (g *Groups) Divide(v *packed.View, by Lookup) {
	outside, n := uint16(g.N), uint16(by.N)
	for at, s := range v.Segments {
		of, column := g.Of[at], &s.Tables[0].Columns[by.Column]
		switch {
		case by.Choice >= 0:
			for row, group := range of {
				if group == outside {
					of[row] = outside * n
				} else if of[row] = group * n; !column.Ticks(row, by.Choice) {
					of[row]++
				}
			}
		case column.W8 != nil:
			var category [256]uint16
			for code := range category {
				category[code] = by.of(uint64(code))
			}
			for row, code := range column.W8[:len(of)] {
				if group := of[row]; group == outside {
					of[row] = outside * n
				} else {
					of[row] = group*n + category[code]
				}
			}
		default:
			for row, group := range of {
				if group == outside {
					of[row] = outside * n
				} else {
					of[row] = group*n + by.of(column.At(row))
				}
			}
		}
	}
	g.N *= by.N
}

func (l *Lookup) of(code uint64) uint16 {
	if code < uint64(len(l.Of)) {
		return l.Of[code]
	}
	return uint16(l.N - 1)
}

// Counts is the number of respondents in each group.
func (g *Groups) Counts() []int {
	counts := make([]int, g.N+1)
	for _, of := range g.Of {
		for _, group := range of {
			counts[group]++
		}
	}
	return counts[:g.N]
}

// Take gives groups new numbers, several perhaps the same; to is the new number
// of each old one, n for none.
func (g *Groups) Take(to []uint16, n int) {
	to = append(to, uint16(n))
	for _, of := range g.Of {
		for row, group := range of {
			of[row] = to[group]
		}
	}
	g.N = n
}

// Codes counts how often each of n codes of a column of the main table occurs
// within the limit.
func Codes(v *packed.View, column, n int, limit Limit) []int {
	counts := make([]int, max(n, 256))
	for _, s := range v.Segments {
		codes := &s.Tables[0].Columns[column]
		if limit.whole(s) && codes.W8 != nil {
			bytes(codes.W8, counts)
			continue
		}
		for row := range Members(s, limit) {
			counts[codes.At(row)]++
		}
	}
	return counts[:n]
}
