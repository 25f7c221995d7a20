package disclosure

import (
	"cmp"
	"slices"
)

// Divide makes the exact groups of one question (METHODS 5.2). Its cells are
// the respondents of the base who share all breakdown variables; paths says, by
// cell, at which place of the list it stands at each level of the breakdown,
// "no answer" being a place like any other. All paths are equally long.
//
// At each node neighbours in the list's order are joined until every part is
// enough: that is a matter of the parts' answers, so the caller knows. What is
// left at the end joins the part before it. A node that makes one part only
// stays whole at that level, and the next level divides it. The parts are lists
// of cells in the order of the tree; all cells together are enough.
func Divide(paths [][]int, enough func(cells []int) bool) [][]int {
	cells := make([]int, len(paths))
	for i := range cells {
		cells[i] = i
	}
	slices.SortFunc(cells, func(a, b int) int { return slices.Compare(paths[a], paths[b]) })
	if len(cells) == 0 {
		return nil
	}
	return divide(paths, cells, 0, enough)
}

func divide(paths [][]int, node []int, level int, enough func([]int) bool) [][]int {
	if level == len(paths[node[0]]) {
		return [][]int{node}
	}
	// Cells of a joined node are sorted by their whole paths: those of one
	// category of this level under one parent follow each other.
	var parts [][]int
	var open []int
	for i, cell := range node {
		open = append(open, cell)
		last := i == len(node)-1 || !slices.Equal(paths[cell][:level+1], paths[node[i+1]][:level+1])
		if last && enough(open) {
			parts, open = append(parts, open), nil
		}
	}
	if len(open) > 0 && len(parts) == 0 {
		parts, open = append(parts, nil), slices.Clone(node)
	}
	if len(open) > 0 {
		parts[len(parts)-1] = append(parts[len(parts)-1], open...)
	}
	var divided [][]int
	for _, part := range parts {
		divided = append(divided, divide(paths, part, level+1, enough)...)
	}
	return divided
}

// Nearest chooses which two neighbouring parts to join, one of them on a side of
// a cut and the other on the other side: those that share the longest way from
// the root, of several the smallest together. Where no such two are neighbours,
// the neighbour may be any part. It returns the place of the first of the two,
// −1 when all parts are on one side.
func Nearest(paths, parts [][]int, size func(part []int) int, cut Cut) int {
	best, nearest := -1, [3]int{}
	for i := range parts[:len(parts)-1] {
		if cut.Side[i] == cut.Side[i+1] {
			continue
		}
		across := 0
		if cut.Other[i] || cut.Other[i+1] {
			across = 1
		}
		depth := shared(paths, append(slices.Clone(parts[i]), parts[i+1]...))
		one := [3]int{across, depth, -size(parts[i]) - size(parts[i+1])}
		if best < 0 || slices.Compare(one[:], nearest[:]) > 0 {
			best, nearest = i, one
		}
	}
	return best
}

// shared is the number of levels that all cells have in common.
func shared(paths [][]int, cells []int) int {
	first := paths[cells[0]]
	for level := range first {
		if slices.ContainsFunc(cells, func(cell int) bool { return paths[cell][level] != first[level] }) {
			return level
		}
	}
	return len(first)
}

// Join joins part i with the one after it.
func Join(parts [][]int, i int) [][]int {
	joined := append(slices.Clone(parts[i]), parts[i+1]...)
	return slices.Concat(parts[:i], [][]int{joined}, parts[i+2:])
}

// Neighbours joins neighbouring categories until none of their groups holds 1
// to k−1 (METHODS 5.4): each group is a range of categories, from first to last.
// Empty categories stay for themselves, unless they lie between. All that are
// not empty form one group when they are fewer than k.
func (g Guard) Neighbours(counts []int) [][2]int {
	var joined [][2]int
	var sums []int
	for i, count := range counts {
		if count == 0 {
			continue
		}
		if last := len(joined) - 1; last >= 0 && sums[last] < g.K {
			joined[last][1] = i
			sums[last] += count
			continue
		}
		joined, sums = append(joined, [2]int{i, i}), append(sums, count)
	}
	if end := len(joined) - 1; end > 0 && sums[end] < g.K {
		joined[end-1][1] = joined[end][1]
		joined = joined[:end]
	}
	var groups [][2]int
	for i := 0; i < len(counts); i++ {
		one := [2]int{i, i}
		if len(joined) > 0 && joined[0][0] == i {
			one, joined = joined[0], joined[1:]
			i = one[1]
		}
		groups = append(groups, one)
	}
	return groups
}

// compareNames orders names by their place in a list, unknown ones after all
// others, the empty one last.
func compareNames(place map[string]int, a, b string) int {
	at := func(name string) int {
		known, ok := place[name]
		switch {
		case name == "":
			return len(place) + 1
		case !ok:
			return len(place)
		}
		return known
	}
	return cmp.Or(cmp.Compare(at(a), at(b)), cmp.Compare(a, b))
}

// InOrder sorts names by their place in a list, those that are not in it after
// all others and "", which stands for no answer, last.
func InOrder(names, list []string) []string {
	place := make(map[string]int, len(list))
	for i, name := range list {
		if _, known := place[name]; !known {
			place[name] = i
		}
	}
	return slices.SortedFunc(slices.Values(names), func(a, b string) int { return compareNames(place, a, b) })
}
