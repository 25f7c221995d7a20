package analysis

import (
	"slices"

	"bedarfslotse/internal/analysis/internal/disclosure"
	"bedarfslotse/internal/analysis/internal/packed"
	"bedarfslotse/internal/analysis/internal/raw"
	"bedarfslotse/internal/survey"
)

// groups are the exact groups of a question or pair in a release: parts of its
// base that have nobody in common. Whatever is exact of it besides the whole
// wave is one of them or several together (METHODS 5.2).
type groups struct {
	Parts []part `json:"parts"`
}

// part is one of them.
type part struct {
	// Cells are the places of the breakdown that it is made of.
	Cells []carried `json:"cells"`
	// Holders is the number of respondents in the base.
	Holders int `json:"holders"`
	// Tables are those of the unit's questions; none of all respondents.
	Tables []partTable `json:"tables,omitempty"`
}

// partTable is the answers of a part: rows, by choice.
type partTable struct {
	Rows  int    `json:"rows"`
	Cells []int  `json:"cells"`
	Signs *signs `json:"signs,omitempty"` // of a pair, with its first table
}

// divisible tells whether a unit may have exact groups. It must be an opinion;
// and where who was asked follows from an answer that is none, the base by group
// would tell that answer exactly.
func (of unit) divisible() bool {
	return !slices.ContainsFunc(of, func(q *question) bool {
		return q.role != survey.Opinion || q.guarded || !q.listed()
	})
}

// listed tells whether answers are choices, or numbers counted one by one.
func (q *question) listed() bool {
	return q.kind == Single || q.kind == Scale || q.kind == Multiple || q.kind == Order
}

// divide makes the exact groups of a unit; nil where it is not divided, so that
// only the whole wave is exact. Now is what the release shows of it, shown what
// the last snapshot did, previous what the last release did, if there was one.
func (a *atlas) divide(now storedUnit, of unit, shown storedUnit, previous *storedUnit, guard disclosure.Guard, loose bool) *groups {
	if previous != nil && previous.shown() == 0 {
		previous = nil
	}
	if len(a.cells) == 0 || !of.divisible() || now.shown() == 0 || shown.Vague && previous == nil {
		return nil
	}
	assigned := a.within(now.Limit)
	counted := countGroups(a.view, of, assigned)
	holders := func(part []int) (n int) {
		for _, cell := range part {
			n += counted[0][cell].Holders
		}
		return n
	}
	cells := make([]int, len(a.cells))
	for i := range cells {
		cells[i] = i
	}
	if holders(cells) != now.shown() {
		return nil // the table counts somebody who has withdrawn
	}
	enough := func(part []int) bool {
		n := holders(part)
		return loose || n >= 2*guard.K || n >= guard.K && !of.alike(counted, part)
	}
	parts := disclosure.Divide(a.paths, enough)
	if !loose {
		parts = guard.Settle(a.paths, parts, a.history(of, assigned, counted[0], shown, previous))
	}
	if len(parts) < 2 {
		return nil
	}
	divided, codes, item := &groups{}, [][]uint8(nil), of.item()
	if item != nil {
		codes = raw.Pairs(a.view, []raw.Pair{item.pair()}, assigned)
	}
	for _, one := range parts {
		made := part{Holders: holders(one)}
		for _, cell := range one {
			made.Cells = append(made.Cells, a.cells[cell])
		}
		for at := range of {
			table := sum(counted[at], one)
			made.Tables = append(made.Tables, partTable{Rows: table.Base.Rows, Cells: rowsOfCells(table)})
		}
		if item != nil {
			made.Tables[0].Signs = &signs{}
			for _, cell := range one {
				made.Tables[0].Signs.add(signsOf(codes[cell], item.Max))
			}
		}
		divided.Parts = append(divided.Parts, made)
	}
	return divided
}

// countGroups counts each question of a unit by place; with no question, all
// respondents.
func countGroups(view *packed.View, of unit, assigned raw.Groups) [][]raw.Group {
	if len(of) == 0 {
		all := make([]raw.Group, assigned.N)
		for i, size := range raw.Sizes(view, assigned) {
			all[i] = raw.Group{Base: size, Holders: size.Rows}
		}
		return [][]raw.Group{all}
	}
	counted := make([][]raw.Group, len(of))
	for i, q := range of {
		counted[i] = countQuestion(view, q, assigned, nil, false)
	}
	return counted
}

// countQuestion counts one question by group. Of orders the cells are first
// places.
func countQuestion(view *packed.View, q *question, assigned raw.Groups, classes []int, keyed bool) []raw.Group {
	counted := raw.Grouped(view, q.raw, assigned, classes, keyed)
	if q.kind != Order {
		return counted
	}
	for choice := range q.raw.Codes {
		if !q.substantive(choice) {
			continue
		}
		for group, placed := range raw.Grouped(view, q.raw.Place(choice), assigned, nil, keyed) {
			counted[group].Cells[choice] = placed.Cells[0]
		}
	}
	return counted
}

// sum is the groups of a part taken together.
func sum(groups []raw.Group, part []int) raw.Group {
	total := raw.Group{Cells: make([]raw.Tally, len(groups[part[0]].Cells))}
	for _, at := range part {
		one := &groups[at]
		total.Base.Add(one.Base)
		total.Holders += one.Holders
		for i, cell := range one.Cells {
			total.Cells[i].Add(cell)
		}
	}
	return total
}

func rowsOfCells(g raw.Group) []int {
	rows := make([]int, len(g.Cells))
	for i, cell := range g.Cells {
		rows[i] = cell.Rows
	}
	return rows
}

// alike tells whether all of a part gave the same answer to one of the
// questions.
func (of unit) alike(counted [][]raw.Group, part []int) bool {
	for at, q := range of {
		if q.alike(sum(counted[at], part)) {
			return true
		}
	}
	return false
}

func (q *question) alike(g raw.Group) bool {
	for i, cell := range g.Cells {
		if q.substantive(i) && cell.Rows != 0 && cell.Rows != g.Base.Rows {
			return false
		}
	}
	return true
}

// history is what was published of a unit before; counted are the answers to its
// first question by place.
func (a *atlas) history(of unit, assigned raw.Groups, counted []raw.Group, shown storedUnit, previous *storedUnit) disclosure.History {
	h := disclosure.History{Withdrawn: a.view.Removed > 0}
	if previous == nil && len(shown.Shown) == shown.Since { // everybody is new at once
		h.Before = make([]int, len(counted))
		for _, one := range counted {
			h.New = append(h.New, []int{one.Holders})
		}
		return h
	}
	var known *raw.Limit
	if previous != nil {
		h.Withdrawn = a.view.Removed > previous.Removed
		known = &previous.Limit
		h.Earlier = a.earlier(previous)
	}
	h.Before, h.New = raw.Newcomers(a.view, of.first(), assigned, known, shown.Shown[shown.Since:])
	last, fresh := len(shown.Shown)-shown.Since, 0
	for _, row := range h.New {
		fresh += row[last]
	}
	if fresh == 0 && last > 0 {
		for i := range h.New {
			h.New[i] = h.New[i][:last]
		}
	}
	return h
}

// earlier are the parts of the last release; one when it was not divided.
func (a *atlas) earlier(previous *storedUnit) []disclosure.Earlier {
	if previous.Groups == nil {
		whole := disclosure.Earlier{Size: previous.shown()}
		for cell := range a.cells {
			whole.Cells = append(whole.Cells, cell)
		}
		return []disclosure.Earlier{whole}
	}
	var parts []disclosure.Earlier
	for _, one := range previous.Groups.Parts {
		earlier := disclosure.Earlier{Size: one.Holders}
		for _, cell := range one.Cells {
			earlier.Cells = append(earlier.Cells, a.at[cell])
		}
		parts = append(parts, earlier)
	}
	return parts
}

// exactRows are the exact figures of one question in the rows of a table. Rows
// that have parts in common are exact only together.
type exactRows struct {
	// sets is the set of each row, the number of its first row.
	sets []int
	// tables is the table of each set, nil where a part reaches beyond the rows or
	// nobody is in it, and parts what it is made of.
	tables []*table
	parts  [][]*part
}

// rows divides the parts among the rows: row says in which of n rows a place of
// the breakdown is, −1 for none.
func (g *groups) rows(at int, row func(carried) int, n int) exactRows {
	r := exactRows{sets: make([]int, n), tables: make([]*table, n), parts: make([][]*part, n)}
	for i := range r.sets {
		r.sets[i] = i
	}
	if g == nil {
		return r
	}
	beyond := make([]bool, n)
	first := make([]int, len(g.Parts))
	for i, one := range g.Parts {
		first[i] = row(one.Cells[0])
		for _, cell := range one.Cells {
			here := row(cell)
			switch {
			case here < 0 && first[i] >= 0:
				beyond[first[i]] = true
			case here >= 0 && first[i] < 0:
				beyond[here] = true
			case here >= 0:
				low, high := min(r.sets[here], r.sets[first[i]]), max(r.sets[here], r.sets[first[i]])
				for at := range r.sets {
					if r.sets[at] == high {
						r.sets[at] = low
					}
				}
			}
		}
	}
	for i := range g.Parts {
		if first[i] < 0 {
			continue
		}
		set := r.sets[first[i]]
		if r.tables[set] == nil {
			r.tables[set] = &table{}
		}
		r.tables[set].take(&g.Parts[i], at)
		r.parts[set] = append(r.parts[set], &g.Parts[i])
	}
	for at, is := range beyond {
		if set := r.sets[at]; is || r.tables[set] != nil && r.tables[set].Base.Holders == 0 {
			r.tables[set] = nil
		}
	}
	return r
}

// take adds a part's answers to one question, or its size.
func (t *table) take(one *part, at int) {
	t.Base.Holders += one.Holders
	if len(one.Tables) == 0 {
		t.Base.Rows += one.Holders
		return
	}
	from := one.Tables[at]
	t.Base.Rows += from.Rows
	if t.Cells == nil {
		t.Cells = make([]raw.Count, len(from.Cells))
	}
	for i, rows := range from.Cells {
		t.Cells[i].Rows += rows
		t.Cells[i].Holders += rows // of opinions all counts are shown
	}
}

// fits tells whether stored groups have the cells that the unit needs.
func (g *groups) fits(of unit) bool {
	if g == nil {
		return true
	}
	for _, one := range g.Parts {
		if len(one.Tables) != len(of) || len(one.Cells) == 0 {
			return false
		}
		for at, table := range one.Tables {
			if len(table.Cells) != of[at].raw.Codes {
				return false
			}
		}
	}
	return len(g.Parts) > 1
}
