package disclosure

// Ticks are the counts of a multiple-choice question among its base.
type Ticks struct {
	Base   int
	Ticked []int // by choice
	// Fewest and Most are the smallest and largest number of choices that one
	// respondent ticked. A survey may limit both, so readers are taken to know
	// the tightest limits that the answers obey.
	Fewest, Most int
}

// Multiple decides about a multiple-choice question (METHODS 5.3). Each choice
// is a table of two cells, ticked and not ticked; when one of them holds 1 to
// k−1, the choice is hidden. The other choices give a hidden one away when the
// number of ticks is limited: with at most M each, a choice holds no more than
// M·base less all other ticks; with at least L each, no fewer than L·base less
// them. While these bounds prove a small cell to be small, the smallest choice
// shown is hidden as well.
//
// Past holds, by choice, the counts of the table published before, and pastBase
// its base; the answers since then are a table of their own to a reader.
func (g Guard) Multiple(t Ticks, past Past, pastBase int) Cells {
	out := Cells{Hidden: make([]bool, len(t.Ticked))}
	for i, ticked := range t.Ticked {
		out.Hidden[i] = g.Small(ticked) || g.Small(t.Base-ticked)
	}
	if g.PrimaryOnly || !out.Any() {
		return out
	}
	for given := g.givenAway(t, out.Hidden, nil, 0) || g.givenAway(t, out.Hidden, past, pastBase); given; {
		if !hideNext(out.Hidden, t.Ticked, past) {
			out.Whole = true
			for i := range out.Hidden {
				out.Hidden[i] = true
			}
			return out
		}
		given = g.givenAway(t, out.Hidden, nil, 0) || g.givenAway(t, out.Hidden, past, pastBase)
	}
	return out
}

// hideNext hides one more non-zero cell: one that was hidden before, else the
// smallest.
func hideNext(hidden []bool, counts []int, past Past) bool {
	order := rising(counts)
	for _, before := range []bool{true, false} {
		for _, i := range order {
			if !hidden[i] && past[i].Hidden == before {
				hidden[i] = true
				return true
			}
		}
	}
	return false
}

// givenAway tells whether a reader can prove a small cell to be small, from the
// table itself or, with a past, from its difference to the one before.
func (g Guard) givenAway(t Ticks, hidden []bool, past Past, pastBase int) bool {
	base := t.Base - pastBase
	if past != nil && base <= 0 || t.Base < g.K {
		return false
	}
	for i, ticked := range t.Ticked {
		if !hidden[i] || !g.Small(ticked) && !g.Small(t.Base-ticked) {
			continue
		}
		lower, upper := 0, 0 // of all other choices' ticks
		for o, other := range t.Ticked {
			if o == i {
				continue
			}
			more := min(max(other-past[o].Count, 0), base)
			switch {
			case !hidden[o]:
				lower, upper = lower+more, upper+more
			default:
				upper += base
			}
		}
		before := min(past[i].Count, ticked)
		most := before + min(base, t.Most*base-lower)
		fewest := before + max(0, t.Fewest*base-upper)
		if g.Small(ticked) && most < g.K || g.Small(t.Base-ticked) && t.Base-fewest < g.K {
			return true
		}
	}
	return false
}
