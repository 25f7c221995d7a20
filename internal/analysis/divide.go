package analysis

import (
	"slices"

	"bedarfslotse/internal/analysis/internal/disclosure"
	"bedarfslotse/internal/analysis/internal/raw"
)

// selected is one group of a query.
type selected struct {
	blocks  [][]int // of each axis, the categories
	n       int
	refused Refusal
}

// divide finds the groups of one or two conditions and what was joined for them;
// assigned are the respondents by the categories of all axes.
func (x *Explorer) divide(w way) (groups []selected, joined [][]string, assigned raw.Groups) {
	assigned = x.split(w)
	counts := assigned.Counts()
	note := func(a *axis, block []int) {
		if names := a.names(block); len(names) > 1 && a.only < 0 {
			joined = append(joined, names)
		}
	}
	second := 1
	if len(w) == 2 {
		second = w[1].axis.lookup.N
	}
	for _, first := range w[0].axis.published() {
		if !w[0].wants(first) {
			continue
		}
		note(w[0].axis, first)
		if len(w) == 1 {
			groups = append(groups, x.judge(w, [][]int{first}, counts, second))
			continue
		}
		inside := make([]int, second)
		for _, a := range first {
			for b := range inside {
				inside[b] += counts[a*second+b]
			}
		}
		for _, block := range w[1].axis.within(inside) {
			if w[1].wants(block) {
				note(w[1].axis, block)
				groups = append(groups, x.judge(w, [][]int{first, block}, counts, second))
			}
		}
	}
	return groups, joined, assigned
}

// wants tells whether a block is asked for.
func (s step) wants(block []int) bool { return s.value < 0 || slices.Contains(block, s.value) }

// split divides the respondents by the categories of all axes.
func (x *Explorer) split(w way) raw.Groups {
	groups := raw.NewGroups(x.view, x.limit, 1)
	for _, one := range w {
		groups.Divide(x.view, one.axis.lookup)
	}
	return groups
}

// judge decides whether a group may be shown: it must hold k respondents, and
// of no group that one gets by dropping conditions 1 to k−1 may be left out
// (METHODS 5.4). A group without anybody says the same as one of few.
func (x *Explorer) judge(w way, blocks [][]int, counts []int, second int) selected {
	one := selected{blocks: blocks}
	inFirst, inSecond := 0, 0
	for cell, count := range counts {
		first := slices.Contains(blocks[0], cell/second)
		also := len(blocks) == 1 || slices.Contains(blocks[1], cell%second)
		if first {
			inFirst += count
		}
		if also {
			inSecond += count
		}
		if first && also {
			one.n += count
		}
	}
	k, whole := x.k, false
	for i, s := range w {
		k = max(k, s.axis.k)
		whole = whole || s.axis.only >= 0 && len(blocks[i]) > 1 // those who ticked it cannot be told from the others
	}
	guard := disclosure.Guard{K: x.k}
	switch {
	case one.n < k || whole:
		one.refused = TooFewLeft
	case guard.Small(x.n-one.n) || guard.Small(inFirst-one.n) || guard.Small(inSecond-one.n):
		one.refused = LeftOut
	}
	return one
}

// regroup puts the respondents, who are assigned to categories, into the groups.
func (x *Explorer) regroup(w way, groups []selected, assigned *raw.Groups) {
	to := slices.Repeat([]uint16{uint16(len(groups))}, x.categories(w))
	second := x.categories(w) / w[0].axis.lookup.N
	for at, one := range groups {
		for _, a := range one.blocks[0] {
			if len(w) == 1 {
				to[a] = uint16(at)
				continue
			}
			for _, b := range one.blocks[1] {
				to[a*second+b] = uint16(at)
			}
		}
	}
	assigned.Take(to, len(groups))
}

// figures fills in what is shown of the groups that respondents are assigned to.
func (x *Explorer) figures(w way, groups []selected, questions []*question, assigned raw.Groups, by *weighing) []Group {
	sizes := raw.Sizes(x.view, assigned)
	shown := make([]Group, len(groups))
	for at, one := range groups {
		shown[at] = Group{Values: w.values(one), Refused: one.refused}
		if one.refused == NotRefused {
			x.size(&shown[at], w, one, sizes[at])
		}
	}
	made := make([][]Figure, len(questions))
	parallel(len(questions), func(i int) { made[i] = x.shown(w, groups, questions[i], assigned, by) })
	for at := range shown {
		for i := range questions {
			if groups[at].refused == NotRefused {
				shown[at].Figures = append(shown[at].Figures, made[i][at])
			}
		}
	}
	return shown
}

// categories is the number of cells of all axes.
func (x *Explorer) categories(w way) int {
	n := 1
	for _, one := range w {
		n *= one.axis.lookup.N
	}
	return n
}

// values names what a group's categories are of the variables that the query
// divides by.
func (w way) values(one selected) (values [][]string) {
	for i, s := range w {
		if s.value < 0 || s.axis.only >= 0 {
			values = append(values, s.axis.names(one.blocks[i]))
		}
	}
	return values
}

// size fills in how many respondents a group has.
func (x *Explorer) size(group *Group, w way, one selected, size raw.Tally) {
	exact := x.release.tables.All.Groups.rows(0, x.rowOf(w, []selected{one}), 1)
	if exact.tables[0] != nil {
		group.N = shown(exact.tables[0].Base.Holders)
		return
	}
	group.N, group.Perturbed = shown(x.change(size)), true
}

// rowOf tells in which group a place of the breakdown is, −1 for none: where a
// condition is about anything else, no place is in any.
func (x *Explorer) rowOf(w way, groups []selected) func(carried) int {
	return func(cell carried) int {
		return slices.IndexFunc(groups, func(one selected) bool {
			for i, s := range w {
				if !s.axis.placed || !x.holds(s.axis, one.blocks[i], cell) {
					return false
				}
			}
			return true
		})
	}
}
