// Package disclosure decides which numbers of a table may be shown (METHODS 5).
// It works on plain counts and knows neither surveys nor columns.
//
// All counts here are respondents. In tables of repeats, where a respondent has
// several rows, the number of rows in hidden cells is at least that of the
// respondents, so what is safe for respondents is safe for rows.
package disclosure

import (
	"cmp"
	"slices"
)

// Guard carries the threshold and, for tests that must be able to fail, which
// protections are off.
type Guard struct {
	// K is the wave's smallest publishable group.
	K int
	// PrimaryOnly hides small cells and nothing to protect them. Tests use it
	// to see the attacker win.
	PrimaryOnly bool
}

// Small tells whether a count of that size must not be shown.
func (g Guard) Small(count int) bool { return 0 < count && count < g.K }

// Past is the same table as it was published last, by category; empty when it
// never was.
type Past map[int]Told

// Told is one category of a table published before.
type Told struct {
	Count  int  `json:"count"`            // the true count then
	Hidden bool `json:"hidden,omitempty"` // as one of several cells, not with the whole table
}

// Cells is the outcome for a table of categories.
type Cells struct {
	Hidden []bool
	// Whole tells that all cells are hidden, zeros too, as hiding some would
	// not have been enough.
	Whole bool
}

// Any tells whether any cell is hidden.
func (c Cells) Any() bool { return c.Whole || slices.Contains(c.Hidden, true) }

// Single decides about a table whose cells add up to its published base
// (METHODS 5.3): cells of 1 to k−1 are hidden, and with them the next smallest
// non-zero ones until m ≥ 2 hidden cells hold at least k+m−1 answers. As zeros
// are shown, each hidden cell may then be anything from 1 to at least k.
//
// While a wave is open the same table is published again and again, and counts
// only grow. A cell that was shown once is known to hold at least that much
// ever after, and hidden cells are known to hold together what they held: what
// is hidden later beside them may protect nothing. So a set H of hidden cells
// will do in either of two cases.
//
// First, when each small cell c in it satisfies
//
//	c + Σ over the others o in H of (o − max(1, o's count when published last)) ≥ k,
//
// which for a first publication is the rule above. Then c may be k for all that
// a reader knows: everything published before may be as it was, and the others
// may have grown by that much less.
//
// Second, when exactly the same cells were hidden last time. What made c appear
// to be possibly k then, the others being smaller by d, does so now with the
// same or a smaller d, and the histories of all cells still rise.
//
// When no set will do, the whole table is hidden, zeros too. That is always
// enough, as a table is published again only after at least k new answers, all
// of which may belong to c.
func (g Guard) Single(counts []int, past Past) Cells {
	out := Cells{Hidden: make([]bool, len(counts))}
	for i, count := range counts {
		out.Hidden[i] = g.Small(count)
	}
	if !out.Any() || g.PrimaryOnly {
		return out
	}
	if again := hiddenBefore(len(counts), past); covers(again, out.Hidden) {
		out.Hidden = again
		return out
	}
	for _, next := range candidates(counts, past) {
		if g.enough(counts, out.Hidden, past) {
			return out
		}
		out.Hidden[next] = true
	}
	if !g.enough(counts, out.Hidden, past) {
		out.Whole = true
		for i := range out.Hidden {
			out.Hidden[i] = true
		}
	}
	return out
}

func hiddenBefore(cells int, past Past) []bool {
	hidden := make([]bool, cells)
	for i := range hidden {
		hidden[i] = past[i].Hidden
	}
	return hidden
}

// covers tells whether every one of the small cells is in the set.
func covers(set, small []bool) bool {
	for i := range small {
		if small[i] && !set[i] {
			return false
		}
	}
	return true
}

// candidates lists the non-zero cells in the order in which they are hidden:
// the smallest first and, when the table was published before, those first that
// grew most since then, as only growth protects.
func candidates(counts []int, past Past) []int {
	order := rising(counts)
	if len(past) > 0 {
		slices.SortStableFunc(order, func(a, b int) int {
			return cmp.Compare(growth(counts, past, b), growth(counts, past, a))
		})
	}
	return order
}

// rising lists the non-zero cells from the smallest count to the largest, equal
// ones in the list's order.
func rising(counts []int) []int {
	var order []int
	for i, count := range counts {
		if count > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(counts[a], counts[b]) })
	return order
}

// growth is how much smaller a cell may be for all that a reader knows.
// Withdrawals may have made it smaller than it was.
func growth(counts []int, past Past, i int) int {
	return max(counts[i]-max(1, past[i].Count), 0)
}

// enough is the first of the two cases of [Guard.Single]. A small cell alone
// never passes.
func (g Guard) enough(counts []int, hidden []bool, past Past) bool {
	slack := 0
	for i := range counts {
		if hidden[i] {
			slack += growth(counts, past, i)
		}
	}
	for i := range counts {
		if hidden[i] && g.Small(counts[i]) && counts[i]+slack-growth(counts, past, i) < g.K {
			return false
		}
	}
	return true
}
