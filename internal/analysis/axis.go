package analysis

import (
	"maps"
	"slices"

	"bedarfslotse/internal/analysis/internal/disclosure"
	"bedarfslotse/internal/analysis/internal/packed"
	"bedarfslotse/internal/analysis/internal/raw"
)

// Categories of variables that are no choices.
const (
	// NotKnown is who gave no answer, or of whom nothing is known.
	NotKnown = ""
	// NotAskedValue is who was not asked the question.
	NotAskedValue = "-"
)

// axis is a variable by which respondents are divided.
type axis struct {
	variable   string
	categories []string // in the list's order
	lookup     raw.Lookup
	k          int // the fewest respondents of a category
	// blocks are the categories as they are published: joined where they are
	// too small (METHODS 5.4).
	blocks [][]int
	// placed tells that the place in the breakdown decides about the category.
	placed bool
	// scores put the categories of scales and bands in order, 0 those that have no
	// place in it; nil of what has no order.
	scores []float64
	// only is the one category that a choice of several has; else −1.
	only int
	// coarse are, of a recode or band, its own categories, unions of those above;
	// nil where those are the variable's own.
	coarse *coarse
}

// value is the category of a name, −1 for none.
func (a *axis) value(name string) int {
	if a.coarse != nil {
		return a.coarse.value(name)
	}
	return slices.Index(a.categories, name)
}

// block is the place of the block that holds a category.
func (a *axis) block(category int) int {
	return slices.IndexFunc(a.blocks, func(block []int) bool { return slices.Contains(block, category) })
}

// names are the categories of a block.
func (a *axis) names(block []int) []string {
	if a.coarse != nil {
		return a.coarse.name(block)
	}
	names := make([]string, len(block))
	for i, category := range block {
		names[i] = a.categories[category]
	}
	return names
}

// join makes the blocks: of the categories that belong together for good or
// whose own counts are hidden, and then of neighbours until none holds 1 to k−1
// respondents.
func (a *axis) join(counts []int, together [][]string) {
	a.blocks = nil
	for category := range a.categories {
		a.blocks = append(a.blocks, []int{category})
	}
	for _, names := range together {
		first := -1
		for _, name := range names {
			category := a.value(name)
			if category < 0 {
				continue
			}
			at := a.block(category)
			if first >= 0 && at != first {
				low, high := min(first, at), max(first, at)
				a.blocks[low] = append(a.blocks[low], a.blocks[high]...)
				a.blocks, at = slices.Delete(a.blocks, high, high+1), low
			}
			first = at
		}
	}
	for i := range a.blocks {
		slices.Sort(a.blocks[i])
	}
	a.blocks = a.within(counts)
}

// within joins blocks further inside a group that has these counts.
func (a *axis) within(counts []int) [][]int {
	sums := make([]int, len(a.blocks))
	for i, block := range a.blocks {
		for _, category := range block {
			sums[i] += counts[category]
		}
	}
	var joined [][]int
	for _, span := range (disclosure.Guard{K: a.k}).Neighbours(sums) {
		joined = append(joined, slices.Concat(a.blocks[span[0]:span[1]+1]...))
	}
	if a.coarse != nil {
		return a.coarse.join(joined)
	}
	return joined
}

// published are the blocks as they are shown.
func (a *axis) published() [][]int {
	if a.coarse != nil {
		return a.coarse.join(a.blocks)
	}
	return a.blocks
}

// holds tells whether a place of the breakdown is in a block.
func (x *Explorer) holds(a *axis, block []int, cell carried) bool {
	name := cell.InstitutionType
	if a.variable == VariableArea {
		name = x.breakdown.above(cell.Area, a.categories)
	}
	return slices.Contains(block, a.value(name))
}

// above is the area among the categories that an area lies in or is,
// [NotKnown] for none.
func (b *Breakdown) above(area string, categories []string) string {
	for _, one := range b.chain(area) {
		if slices.Contains(categories, one) {
			return one
		}
	}
	return NotKnown
}

// named makes an axis of a column of names; group gives the category of each.
func (x *Explorer) named(variable string, column int, list []string, group func(name string) string) *axis {
	names := x.view.Names(column)
	counts, found := raw.Codes(x.view, column, len(names), x.limit), map[string]bool{}
	for code, name := range names {
		if counts[code] > 0 {
			found[group(name)] = true
		}
	}
	a := &axis{variable: variable, k: x.k, only: -1, categories: disclosure.InOrder(slices.Collect(maps.Keys(found)), list)}
	a.lookup = raw.Lookup{Column: column, Choice: -1, N: len(a.categories), Of: make([]uint16, len(names))}
	for code, name := range names {
		a.lookup.Of[code] = uint16(max(a.value(group(name)), 0)) // nobody has a code without category
	}
	return a
}

func itself(name string) string { return name }

// process makes the axis of a variable that is no question and no area.
func (x *Explorer) process(variable string) *axis {
	switch variable {
	case VariableInstitutionType:
		a := x.named(variable, packed.InstitutionTypeColumn, x.breakdown.InstitutionTypes, itself)
		a.placed = slices.Contains(x.breakdown.Order, variable)
		return a
	case VariableInstitution:
		if len(x.view.Names(packed.InstitutionColumn)) < 2 {
			return nil
		}
		a := x.named(variable, packed.InstitutionColumn, slices.Sorted(slices.Values(x.view.Names(packed.InstitutionColumn))), itself)
		a.k *= 2 // a group of one institution
		return a
	case VariableLanguage:
		return x.named(variable, packed.LanguageColumn, slices.Sorted(slices.Values(x.view.Names(packed.LanguageColumn))), itself)
	}
	return nil
}

// areas makes the axis of all areas at a depth, counted from the top; what lies
// at none is one category.
func (x *Explorer) areas(depth int) *axis {
	a := x.named(VariableArea, packed.AreaColumn, x.breakdown.areaOrder(), func(name string) string {
		if chain := x.breakdown.chain(name); depth < len(chain) {
			return chain[depth]
		}
		return NotKnown
	})
	a.placed = slices.Contains(x.breakdown.Order, VariableArea)
	return a
}

// depth is the first level from one on at which respondents in different areas
// are; the deepest one there is if all are in the same. Within marks the areas
// of which to look at only, by code; nil for all.
func (x *Explorer) depth(from int, within func(name string) bool) int {
	names := x.view.Names(packed.AreaColumn)
	counts := raw.Codes(x.view, packed.AreaColumn, len(names), x.limit)
	for depth := from; ; depth++ {
		found, deeper := map[string]bool{}, false
		for code, name := range names {
			chain := x.breakdown.chain(name)
			switch {
			case counts[code] == 0 || !within(name):
			case depth < len(chain):
				found[chain[depth]] = true
				deeper = deeper || depth+1 < len(chain)
			default:
				found[NotKnown] = true
			}
		}
		if len(found) > 1 || !deeper {
			return depth
		}
	}
}

// counts is the number of respondents in each category.
func (x *Explorer) counts(by raw.Lookup) []int {
	counts := make([]int, by.N)
	if by.Choice >= 0 {
		groups := raw.NewGroups(x.view, x.limit, 1)
		groups.Divide(x.view, by)
		return groups.Counts()
	}
	for code, count := range raw.Codes(x.view, by.Column, len(by.Of), x.limit) {
		counts[by.Of[code]] += count
	}
	return counts
}

// single makes the axis of a question with one choice.
func (x *Explorer) single(q *question) *axis {
	a := &axis{variable: q.element.Name, k: x.k, only: -1}
	for choice := range q.raw.Codes {
		a.categories = append(a.categories, q.cell(choice).Name)
	}
	a.categories = append(a.categories, NotKnown, NotAskedValue)
	of := []uint16{uint16(q.raw.Codes + 1), uint16(q.raw.Codes)}
	for choice := range q.raw.Codes {
		of = append(of, uint16(choice))
	}
	a.lookup = raw.Lookup{Column: q.raw.Column, Choice: -1, N: len(a.categories), Of: of}
	if q.kind == Scale {
		a.scores = make([]float64, len(a.categories))
		for choice := range q.raw.Codes {
			a.scores[choice] = q.cell(choice).Score
		}
	}
	return a
}

// ticked makes the axis of one choice of several: ticked or not.
func (x *Explorer) ticked(q *question, choice int) *axis {
	return &axis{variable: q.element.Name, k: x.k, only: 0, categories: []string{q.cell(choice).Name, NotKnown},
		lookup: raw.Lookup{Column: q.raw.Column, Choice: choice, N: 2}}
}

// hidden are the categories of a question whose counts nobody may see, those
// inside the base and those outside it; the last result tells whether all are.
func hidden(f Figure) (inside, outside []string, all bool) {
	for _, cell := range f.Cells {
		if cell.Suppressed {
			inside = append(inside, cell.Name)
		}
	}
	for _, cell := range f.Apart {
		if cell.Suppressed {
			outside = append(outside, cell.Name)
		}
	}
	if f.NoAnswer == nil {
		outside = append(outside, NotKnown)
	}
	if f.NotAsked == nil {
		outside = append(outside, NotAskedValue)
	}
	return inside, outside, f.Base == nil || len(inside) == len(f.Cells)
}

// joined are the categories of all variables that are published together, and
// stay so in every later release.
func (x *Explorer) joined() map[string][][]string {
	found := map[string][][]string{}
	maps.Copy(found, x.release.tables.Joined) // also of variables that are hidden by now
	note := func(variable string, depth int) bool {
		axes, err := x.axes(variable, func() int { return depth })
		if err != nil {
			return false // hidden, or not known of this wave
		}
		if depth == 0 {
			delete(found, variable)
		}
		for _, a := range axes {
			for _, block := range a.blocks {
				if len(block) > 1 && a.only < 0 {
					found[variable] = append(found[variable], a.names(block))
				}
			}
		}
		return slices.ContainsFunc(axes[0].categories, func(name string) bool { return name != NotKnown })
	}
	for depth := 0; note(VariableArea, depth); depth++ {
		continue
	}
	for _, variable := range []string{VariableInstitutionType, VariableInstitution, VariableLanguage, VariableQuality} {
		note(variable, 0)
	}
	for _, q := range x.schema.questions {
		if q.kind != Multiple {
			note(q.element.Name, 0)
		}
	}
	return found
}
