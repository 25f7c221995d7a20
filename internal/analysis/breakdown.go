package analysis

import (
	"slices"

	"bedarfslotse/internal/analysis/internal/disclosure"
	"bedarfslotse/internal/analysis/internal/packed"
	"bedarfslotse/internal/analysis/internal/raw"
	"bedarfslotse/internal/catalogue"
)

// The variables that are no questions.
const (
	VariableArea            = "area"
	VariableInstitutionType = "institution_type"
	VariableInstitution     = "institution"
	VariableLanguage        = "language"
)

// Breakdown is the order of a wave's breakdown variables, fixed before it opens
// (METHODS 5.2). Without any, only the whole wave has exact figures.
type Breakdown struct {
	// Order names the variables, the first to divide by first: of
	// [VariableArea], which divides by each of its levels in turn, and
	// [VariableInstitutionType].
	Order []string
	// Areas are all areas in the list's order.
	Areas []catalogue.Area
	// InstitutionTypes are the slugs of all types in the list's order.
	InstitutionTypes []string
}

// chain lists an area's ancestors from the top, and itself last; nothing for "".
func (b *Breakdown) chain(area string) []string {
	var chain []string
	for area != "" && !slices.Contains(chain, area) {
		chain = append(chain, area)
		at := slices.IndexFunc(b.Areas, func(one catalogue.Area) bool { return one.Key == area })
		if at < 0 {
			break
		}
		area = b.Areas[at].Parent
	}
	slices.Reverse(chain)
	return chain
}

// areaOrder lists all areas so that each follows the one it lies in, and what
// lies in that follows it directly.
func (b *Breakdown) areaOrder() []string {
	within := map[string][]string{}
	for _, area := range b.Areas {
		within[area.Parent] = append(within[area.Parent], area.Key)
	}
	var order []string
	var add func(parent string)
	add = func(parent string) {
		for _, key := range within[parent] {
			order = append(order, key)
			add(key)
		}
	}
	add("")
	return order
}

// carried is what decides about a respondent's place in the breakdown; of
// variables that it does not have, nothing.
type carried struct {
	Area            string `json:"area,omitempty"`
	InstitutionType string `json:"institution_type,omitempty"`
}

// atlas is the places of a breakdown: which there are, which respondents are
// where, and their order.
type atlas struct {
	breakdown Breakdown
	view      *packed.View
	cells     []carried
	at        map[carried]int
	paths     [][]int
	limit     raw.Limit
	groups    raw.Groups
}

// newAtlas finds the places of all rows, and those that the last release knew.
func newAtlas(view *packed.View, limit raw.Limit, breakdown Breakdown, previous *Release) *atlas {
	a := &atlas{breakdown: breakdown, view: view, at: map[carried]int{}, limit: limit}
	if len(breakdown.Order) == 0 {
		return a
	}
	codes := a.codes()
	if previous != nil {
		for _, one := range append(slices.Clone(previous.tables.Units), previous.tables.All) {
			if one.Groups != nil {
				for _, part := range one.Groups.Parts {
					for _, cell := range part.Cells {
						a.place(cell)
					}
				}
			}
		}
	}
	if len(a.cells) > raw.MostGroups {
		a.cells = nil
		return a
	}
	a.paths = a.breakdown.paths(a.cells)
	a.groups = a.assign(limit, codes)
	return a
}

func (a *atlas) place(cell carried) int {
	at, ok := a.at[cell]
	if !ok {
		at = len(a.cells)
		a.cells = append(a.cells, cell)
		a.at[cell] = at
	}
	return at
}

// codes gives every pair of codes of area and institution type that occurs its
// place.
func (a *atlas) codes() []uint16 {
	areas, types := a.view.Names(packed.AreaColumn), a.view.Names(packed.InstitutionTypeColumn)
	seen := make([]bool, len(areas)*len(types))
	for _, s := range a.view.Segments {
		area, kind := &s.Tables[0].Columns[packed.AreaColumn], &s.Tables[0].Columns[packed.InstitutionTypeColumn]
		for row := range s.Rows {
			seen[int(area.At(row))*len(types)+int(kind.At(row))] = true
		}
	}
	codes := make([]uint16, len(seen))
	for code, is := range seen {
		if is {
			codes[code] = uint16(min(a.place(a.breakdown.cell(areas[code/len(types)], types[code%len(types)])), raw.MostGroups))
		}
	}
	return codes
}

// cell is the place of an area and institution type.
func (b *Breakdown) cell(area, kind string) carried {
	var cell carried
	if slices.Contains(b.Order, VariableArea) {
		cell.Area = area
	}
	if slices.Contains(b.Order, VariableInstitutionType) {
		cell.InstitutionType = kind
	}
	return cell
}

// assign puts each respondent within the limit in their place.
func (a *atlas) assign(limit raw.Limit, codes []uint16) raw.Groups {
	groups := raw.NewGroups(a.view, limit, len(a.cells))
	types := len(a.view.Names(packed.InstitutionTypeColumn))
	for i, s := range a.view.Segments {
		area, kind := &s.Tables[0].Columns[packed.AreaColumn], &s.Tables[0].Columns[packed.InstitutionTypeColumn]
		for row, group := range groups.Of[i] {
			if group == 0 { // inside the limit
				groups.Of[i][row] = codes[int(area.At(row))*types+int(kind.At(row))]
			}
		}
	}
	return groups
}

// within is the places of the respondents within another limit.
func (a *atlas) within(limit raw.Limit) raw.Groups {
	if limit == a.limit {
		return a.groups
	}
	return a.assign(limit, a.codes())
}

// paths are the places' ways through the tree: by level the place in the list's
// order, what is in no list after all others, and what is not known last.
func (b *Breakdown) paths(cells []carried) [][]int {
	paths := make([][]int, len(cells))
	for _, variable := range b.Order {
		chains := make([][]string, len(cells))
		deepest := 1
		for i, cell := range cells {
			if variable == VariableArea {
				chains[i] = b.chain(cell.Area)
			} else if cell.InstitutionType != "" {
				chains[i] = []string{cell.InstitutionType}
			}
			deepest = max(deepest, len(chains[i]))
		}
		list := b.InstitutionTypes
		if variable == VariableArea {
			list = b.areaOrder()
		}
		var names []string
		for i := range chains {
			for len(chains[i]) < deepest {
				chains[i] = append(chains[i], "")
			}
			names = append(names, chains[i]...)
		}
		names = slices.Compact(disclosure.InOrder(names, list))
		place := make(map[string]int, len(names))
		for at, name := range names {
			place[name] = at
		}
		for i, chain := range chains {
			for _, name := range chain {
				paths[i] = append(paths[i], place[name])
			}
		}
	}
	return paths
}
