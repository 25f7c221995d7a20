package disclosure

import "slices"

// Orders are the counts of a question that puts choices in an order.
type Orders struct {
	Base int
	// Places says, by choice, how many put it at the first place, the second and
	// so on.
	Places [][]int
	// Told tells that all of an earlier table of the question was shown.
	Told bool
}

// Order decides about orders of choices (METHODS 5.3). The second result tells
// whether all places may be shown; else only the first places may, of which the
// first result hides what [Guard.Single] does.
//
// The table is bound twice, as each choice has one place and each place one
// choice in every order. All of it is shown when every order holds all choices
// and every count is 0 or at least k. Then no sum or difference of counts
// isolates a set U of 1 to k−1 orders. For let f be a weighted sum of the cells
// that is 1 for the orders in U and 0 for the others that the shown zeros allow.
// The orders allowed are the corners of a face of the Birkhoff polytope, where
// only the inequalities "cell ≥ 0" hold, so by Farkas' lemma f, being nowhere
// negative, has weights λ ≥ 0. An order q in U that somebody gave has
// Σ λ_c over its cells c = f(q) = 1, and as each of them holds q, it holds k:
// U has Σ λ_c·count_c ≥ k orders.
//
// Cells are not hidden one by one: small ones would need others beside them in
// their row and in their column, those again, and what is left of a table for
// few answers is hardly more than the first places.
//
// After all places were shown once, the first places alone would tell too much
// about the answers since then, as who put a choice first put it nowhere else;
// so nothing is shown until all may be shown again.
func (g Guard) Order(o Orders, past Past) (first Cells, all bool) {
	counts := make([]int, len(o.Places))
	same := false
	all = true
	for i, row := range o.Places {
		sum := 0
		for place, count := range row {
			sum += count
			all, same = all && !g.Small(count), same || count == o.Base
			if place == 0 {
				counts[i] = count
			}
		}
		all = all && sum == o.Base
	}
	switch {
	case same && o.Base < 2*g.K, !all && o.Told: // what all answer alike needs 2k, as everywhere
		return Cells{Hidden: slices.Repeat([]bool{true}, len(counts)), Whole: true}, false
	case all:
		return Cells{Hidden: make([]bool, len(counts))}, true
	}
	return g.Single(counts, past), false
}
