package analysis

import (
	"math"
	"slices"

	"bedarfslotse/internal/analysis/internal/disclosure"
	"bedarfslotse/internal/analysis/internal/packed"
	"bedarfslotse/internal/analysis/internal/raw"
)

// derived says how a calculated variable follows from questions.
//
// What is shown of it must not tell more than what is shown of its sources, and
// follows from that wherever it can:
//
//   - Recodes and bands of a single choice, a scale, a number or a date are, for
//     the whole wave and in exact groups, sums of the source's published cells or
//     classes. One that contains a hidden cell is hidden; since all that is shown
//     is computed from published numbers, subtracting it from them gives nothing
//     that they do not give themselves.
//   - Who ticked one of several choices does not follow from how many ticked each
//     of them. Recodes of a multiple choice are therefore perturbed everywhere,
//     also of the whole wave. A category is hidden when one of its choices is;
//     of what is no opinion when it or its complement holds 1 to k−1; and when
//     1 to k−1 ticked it beside one of its choices, or several of them.
//   - In all other groups the cells are counted and perturbed like any others
//     (METHODS 5.6), by the record keys of those who are in them.
//   - As a condition a category is a union of published ones: it takes the
//     source's categories, as they are joined there, and joins its own wherever
//     the source's are joined across two of them, inside a first condition too.
//     So every group that a recode or band leads to is a union of groups that its
//     source leads to, the same respondents, with the same key and the same
//     figures.
//   - An index is computed from its items' figures: see [Explorer.score].
type derived struct {
	variable Variable
	source   *question // nil of indices and of flags
	of       []int     // of a recode, the category of each of the source's choices
	limits   []float64 // of a band of numbers or months
	items    []*question
	reversed []bool
	low      float64 // of an index, the ends of the scale
	high     float64
	flags    bool                // the flags of data quality
	text     *question           // of tags, the question with the texts
	given    map[uint64][]uint64 // of tags, the sets by record key
}

// counted is what an explorer knows of a derived variable in the whole wave.
type counted struct {
	table *table
	whole Figure
}

// summed tells whether the exact table is a sum of the source's.
func (q *question) summed() bool {
	return q.derived != nil && q.derived.source != nil && q.kind != Multiple
}

// merge is a table by the variable's own categories, of one by the source's
// choices; nil for nil.
func (q *question) merge(t *table) *table {
	if t == nil || !q.summed() {
		return t
	}
	merged := &table{Respondents: t.Respondents, Base: t.Base, NoAnswer: t.NoAnswer, NotAsked: t.NotAsked, Apart: t.Apart,
		Incomplete: t.Incomplete, Same: t.Same}
	if q.classed() {
		classes, _ := q.bands(t.Quantity.Classes)
		merged.Quantity = &quantity{Classes: classes, Whole: t.Quantity.Whole}
		return merged
	}
	merged.Cells = make([]raw.Count, q.raw.Codes)
	for choice, count := range t.Cells {
		to := &merged.Cells[q.derived.of[choice]]
		to.Rows, to.Holders = to.Rows+count.Rows, to.Holders+count.Holders
	}
	return merged
}

// mergeNumbers are the numbers by the variable's own categories, of those by the
// source's choices.
func (q *question) mergeNumbers(n numbers) numbers {
	if !q.summed() {
		return n
	}
	counts := make([]int, q.raw.Codes)
	for choice, count := range n.counts {
		counts[q.derived.of[choice]] += count
	}
	n.counts = counts
	if n.weights != nil {
		merged := *n.weights
		merged.cells = make([]float64, q.raw.Codes)
		for choice, mass := range n.weights.cells {
			merged.cells[q.derived.of[choice]] += mass
		}
		n.weights = &merged
	}
	return n
}

// bands joins the source's classes: each limit holds at the nearest limit of a
// class, of two equally near ones at the lower. It returns which band each class
// is in.
func (q *question) bands(classes []disclosure.Class) (bands []disclosure.Class, of []int) {
	begins := map[int]bool{}
	for _, limit := range q.derived.limits {
		nearest := 0
		for i := 1; i < len(classes); i++ {
			if nearest == 0 || math.Abs(classes[i].From-limit) < math.Abs(classes[nearest].From-limit) {
				nearest = i
			}
		}
		begins[nearest] = true
	}
	for i, class := range classes {
		if i == 0 || begins[i] {
			bands = append(bands, class)
		} else {
			last := &bands[len(bands)-1]
			last.To, last.Above, last.Rows = class.To, class.Above, last.Rows+class.Rows
		}
		of = append(of, len(bands)-1)
	}
	return bands, of
}

// hide hides the categories of a recode of which a source's choice is hidden.
func (q *question) hide(t *table, source Figure) {
	cells := disclosure.Cells{}
	for category := range q.raw.Codes {
		if q.substantive(category) {
			cells.Hidden = append(cells.Hidden, slices.ContainsFunc(source.Cells, func(cell Cell) bool {
				return cell.Suppressed && q.derived.of[q.derived.source.place(cell.Name)] == category
			}))
		}
	}
	cells.Whole = source.Withheld == WholeTable
	t.hidden = &cells
}

// calculate gets the calculated variables ready: the columns that they are
// counted in, and what they show of the whole wave.
func (x *Explorer) calculate(c *Calculated) error {
	questions := []*question{x.schema.quality()}
	if c != nil {
		questions = append(questions, c.questions...)
	}
	var extras []packed.Extra
	for i, q := range questions {
		column := len(x.view.Layout.Tables[0].Fields) + len(extras)
		if extra, needed := x.extra(q); needed {
			at := *q // the variables belong to the wave, the columns to this view
			at.raw.Column = column
			questions[i], extras = &at, append(extras, extra)
		}
	}
	view, err := x.view.With(extras...)
	if err != nil {
		return err
	}
	x.view, x.derived, x.counted = view, questions, make([]counted, len(questions))
	parallel(len(questions), func(i int) { x.counted[i] = x.countWhole(questions[i]) })
	return nil
}

// extra is the column that a variable is counted in; bands of numbers are counted
// in their source's, indices in none.
func (x *Explorer) extra(q *question) (packed.Extra, bool) {
	d := q.derived
	field := packed.Field{Name: q.element.Name, Form: packed.Codes, Limit: uint32(packed.FirstCode + q.raw.Codes)}
	switch {
	case d.flags:
		return x.flagged(field), true
	case q.kind == Score || q.classed():
		return packed.Extra{}, false
	case d.text != nil:
		field.Form, field.Limit = packed.Sets, uint32(q.raw.Codes)
		return q.tags(field), true
	case q.kind == Multiple:
		field.Form, field.Limit = packed.Sets, uint32(q.raw.Codes)
		return packed.Union(field, d.source.raw.Column, d.of), true
	}
	codes := []uint64{packed.NotAsked, packed.NoAnswer}
	for _, category := range d.of {
		codes = append(codes, uint64(packed.FirstCode+category))
	}
	return packed.Recoded(field, d.source.raw.Column, codes), true
}

// countWhole makes the figure of the whole wave.
func (x *Explorer) countWhole(q *question) counted {
	switch {
	case q.kind == Score:
		return counted{whole: x.score(q, func(item *question) Figure { return x.figure(item) }, true)}
	case q.summed():
		_, _, t := x.release.tables.find(q.derived.source)
		merged := q.merge(t)
		if merged != nil && !q.classed() {
			q.hide(merged, x.figure(q.derived.source))
		}
		return counted{merged, x.shower.figure(q, merged)}
	}
	t := tabulate(x.view, q, x.limit, x.k, nil)
	if t != nil && q.derived.source != nil {
		source := x.figure(q.derived.source)
		if source.Base == nil {
			return counted{nil, x.shower.figure(q, nil)}
		}
		q.hide(t, source)
	}
	if t != nil && q.kind == Multiple {
		x.hideSmall(q, t)
	}
	whole := x.shower.figure(q, t)
	if whole.Base == nil {
		return counted{t, whole}
	}
	group := raw.Grouped(x.view, q.raw, raw.NewGroups(x.view, x.limit, 1), nil, true)
	return counted{t, x.perturbed(q, t, whole, &group[0], nil, nil)}
}

// hideSmall hides, of what is no opinion, the unions of choices that few or all
// but few ticked; and of everything those which tell of few beside the numbers of
// their choices, exact ones of the whole wave: that so many ticked another of
// them but not this one, or more than one.
func (x *Explorer) hideSmall(q *question, t *table) {
	if t.hidden == nil {
		names, _ := t.categories(q)
		t.hidden = &disclosure.Cells{Hidden: make([]bool, len(names))}
	}
	guard := x.shower.guard
	var choices []raw.Count // of the source; tags have none
	if q.derived.source != nil {
		choices = raw.Frequencies(x.view, q.derived.source.raw, x.limit).Cells
	}
	at := 0
	for category, count := range t.Cells {
		if !q.substantive(category) {
			continue
		}
		small := q.role != roleOpinion && (guard.Small(count.Holders) || guard.Small(t.Base.Holders-count.Holders))
		ticks := 0
		for choice, of := range q.derived.of {
			if of == category {
				ticks += choices[choice].Holders
				small = small || guard.Small(count.Holders-choices[choice].Holders)
			}
		}
		t.hidden.Hidden[at] = t.hidden.Hidden[at] || small || guard.Small(ticks-count.Holders)
		at++
	}
}

// question finds a question or a calculated variable, nil for none.
func (x *Explorer) question(name string) *question {
	if q := x.schema.question(name); q != nil {
		return q
	}
	at := slices.IndexFunc(x.derived, func(q *question) bool { return q.element.Name == name })
	if at < 0 {
		return nil
	}
	return x.derived[at]
}

// find returns the stored unit of a question or of a variable's source, the
// place in it, and the whole wave's table, nil for none.
func (x *Explorer) find(q *question) (unit storedUnit, at int, one *table) {
	if q.derived == nil {
		return x.release.tables.find(q)
	}
	if q.summed() {
		unit, at, _ = x.release.tables.find(q.derived.source)
	}
	return unit, at, x.counted[slices.Index(x.derived, q)].table
}

// derivedAxes makes the axes of a calculated variable, with the categories joined
// as its source's are.
func (x *Explorer) derivedAxes(q *question) ([]*axis, error) {
	name := q.element.Name
	if q.kind == Score {
		return nil, refuse(UnknownVariable, "variable", name)
	}
	inside, outside, all := hidden(x.figure(q))
	if all {
		return nil, refuse(HiddenVariable, "variable", name)
	}
	together := x.release.tables.Joined[name]
	var axes []*axis
	switch {
	case q.derived.flags:
		a := x.single(q)
		a.join(x.counts(a.lookup), append(slices.Clone(together), inside, outside))
		return []*axis{a}, nil
	case q.kind == Multiple:
		for choice := range q.raw.Codes {
			if called := q.cell(choice).Name; !slices.Contains(inside, called) && !slices.Contains(outside, called) {
				a := x.ticked(q, choice)
				a.join(x.counts(a.lookup), nil)
				axes = append(axes, a)
			}
		}
		return axes, nil
	case q.classed():
		_, _, t := x.release.tables.find(q.derived.source)
		a := x.classAxis(q.derived.source, t)
		a.join(x.counts(a.lookup), [][]string{outside})
		bands, of := q.bands(t.Quantity.Classes)
		a.variable, a.coarse = name, &coarse{of: of}
		for _, band := range bands {
			a.coarse.names = append(a.coarse.names, q.className(band, t.Quantity.Whole))
		}
		a.coarse.outside()
		return []*axis{a}, nil
	}
	axes, err := x.axes(q.derived.source.element.Name, nil)
	if err != nil {
		return nil, refuse(HiddenVariable, "variable", name)
	}
	a := axes[0]
	a.variable, a.coarse = name, &coarse{of: slices.Clone(q.derived.of)}
	if q.derived.variable.Kind == Recode {
		a.scores = nil // what is merged need not lie side by side
	}
	for category := range q.raw.Codes {
		a.coarse.names = append(a.coarse.names, q.cell(category).Name)
	}
	a.coarse.outside()
	return axes, nil
}

// classAxis makes the axis of a number or date by the classes that are published
// of the whole wave. What is in no class is not known.
func (x *Explorer) classAxis(q *question, t *table) *axis {
	a := &axis{variable: q.element.Name, k: x.k, only: -1}
	for i, class := range t.Quantity.Classes {
		a.categories = append(a.categories, q.className(class, t.Quantity.Whole))
		a.scores = append(a.scores, float64(i+1))
	}
	notKnown := uint16(len(a.categories))
	a.categories, a.scores = append(a.categories, NotKnown, NotAskedValue), append(a.scores, 0, 0)
	of := []uint16{notKnown + 1, notKnown}
	if q.raw.Form == raw.Quantity {
		of = append(of, notKnown) // an answer that is no number
	}
	for _, class := range x.classes(q, t) {
		if class < 0 {
			of = append(of, notKnown)
		} else {
			of = append(of, uint16(class))
		}
	}
	a.lookup = raw.Lookup{Column: q.raw.Column, Choice: -1, N: len(a.categories), Of: of}
	return a
}

// coarse are the categories of a recode or band, each of one or more of those of
// the axis.
type coarse struct {
	names []string
	of    []int // of each category of the axis
}

// outside adds those who gave no answer or were not asked.
func (c *coarse) outside() {
	c.of = append(c.of, len(c.names), len(c.names)+1)
	c.names = append(c.names, NotKnown, NotAskedValue)
}

// value is the first category of the axis that belongs to the name, −1 for none.
func (c *coarse) value(name string) int { return slices.Index(c.of, slices.Index(c.names, name)) }

// name names the categories that some of the axis belong to.
func (c *coarse) name(block []int) (names []string) {
	for i, name := range c.names {
		if slices.ContainsFunc(block, func(category int) bool { return c.of[category] == i }) {
			names = append(names, name)
		}
	}
	return names
}

// join joins blocks until every category lies in one.
func (c *coarse) join(blocks [][]int) [][]int {
	joined := make([][]int, 0, len(blocks))
	for _, block := range blocks {
		block = slices.Clone(block)
		for again := true; again; {
			again = false
			for at, other := range joined {
				if slices.ContainsFunc(other, func(a int) bool {
					return slices.ContainsFunc(block, func(b int) bool { return c.of[a] == c.of[b] })
				}) {
					block, again = slices.Concat(other, block), true
					joined = slices.Delete(joined, at, at+1)
					break
				}
			}
		}
		slices.Sort(block)
		joined = append(joined, block)
	}
	slices.SortFunc(joined, func(a, b []int) int { return a[0] - b[0] })
	return joined
}
