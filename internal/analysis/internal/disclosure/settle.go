package disclosure

import "slices"

// History is what was published of a question before the release that is being
// made, and what has happened since then.
type History struct {
	// New counts the respondents of each cell whom the last release did not
	// count, by the moment at which a whole-wave table first did; see
	// [Arrivals].
	New [][]int
	// Before counts those whom the last release counted and who are still there.
	Before []int
	// Earlier are the parts of the last release.
	Earlier []Earlier
	// Withdrawn tells that somebody has withdrawn since then, perhaps unnoticed
	// by the counts above.
	Withdrawn bool
}

// Earlier is a part of a release and how many respondents it had.
type Earlier struct {
	Cells []int
	Size  int
}

// Settle joins parts further until nobody who adds and subtracts this release,
// all before it and all whole-wave tables is left with 1 to k−1 respondents
// (METHODS 5.4).
//
// In a combination that leaves fewer than k over, no edge of the graph of those
// who are new can be left over, as each of its cuts has none or at least k. So
// all that hangs together with the release itself has weight 0 in it: such parts
// may have any shape, and what is left is a combination of older tables. A part
// that does not hang together with it must be a union of parts of the last
// release from which nobody has gone: then it too can be written by older
// tables. New respondents may be in it only if nobody has withdrawn, for a
// withdrawal between two whole-wave tables would be what their difference and
// the part's leave over.
//
// One part alone is the whole wave, whose steps have rules of their own.
func (g Guard) Settle(paths, parts [][]int, h History) [][]int {
	for len(parts) > 1 {
		arrivals := h.arrivals(parts, g.K)
		cut := g.Thin(arrivals)
		if cut == nil {
			cut = h.unsettled(parts, arrivals)
		}
		if cut == nil {
			return parts
		}
		at := Nearest(paths, parts, h.size, *cut)
		if at < 0 {
			return [][]int{slices.Concat(parts...)}
		}
		parts = Join(parts, at)
	}
	return parts
}

// size is the number of respondents in a part.
func (h *History) size(part []int) int {
	n := 0
	for _, cell := range part {
		n += h.Before[cell]
		for _, count := range h.New[cell] {
			n += count
		}
	}
	return n
}

// arrivals adds the cells of each part up. Moments of whose respondents fewer
// than k are left, as others have withdrawn, are left out: to count fewer edges
// than there are is safe.
func (h *History) arrivals(parts [][]int, k int) Arrivals {
	a := Arrivals{Counts: make([][]int, len(parts))}
	for i, part := range parts {
		a.Counts[i] = make([]int, len(h.New[0]))
		for _, cell := range part {
			for moment, count := range h.New[cell] {
				a.Counts[i][moment] += count
			}
		}
	}
	for moment := range h.New[0] {
		sum := 0
		for _, row := range a.Counts {
			sum += row[moment]
		}
		if sum < k {
			for _, row := range a.Counts {
				row[moment] = 0
			}
		}
	}
	return a
}

// unsettled cuts off the first part that may not stay as it is, nil when all may.
func (h *History) unsettled(parts [][]int, a Arrivals) *Cut {
	for i, apart := range a.Apart() {
		if apart && !h.same(parts[i]) {
			cut := Cut{make([]bool, len(parts)), h.torn(parts, i)}
			cut.Side[i] = true
			return &cut
		}
	}
	return nil
}

// torn marks the other parts that have cells of the same earlier parts as one.
func (h *History) torn(parts [][]int, one int) []bool {
	other := make([]bool, len(parts))
	for _, earlier := range h.Earlier {
		in := func(cell int) bool { return slices.Contains(earlier.Cells, cell) }
		for i, part := range parts {
			other[i] = other[i] || i != one && slices.ContainsFunc(part, in) && slices.ContainsFunc(parts[one], in)
		}
	}
	return other
}

// same tells whether a part is a union of earlier ones from which nobody has
// gone; of those who are new in it see [Guard.Settle].
func (h *History) same(part []int) bool {
	inside, before := make(map[int]bool, len(part)), 0
	for _, cell := range part {
		inside[cell] = true
		before += h.Before[cell]
		if h.Withdrawn && slices.ContainsFunc(h.New[cell], func(n int) bool { return n > 0 }) {
			return false
		}
	}
	for _, earlier := range h.Earlier {
		within := 0
		for _, cell := range earlier.Cells {
			if inside[cell] {
				within++
			}
		}
		if within > 0 {
			if within < len(earlier.Cells) {
				return false
			}
			before -= earlier.Size
		}
	}
	return before == 0
}
