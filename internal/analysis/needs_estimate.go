package analysis

import (
	"slices"

	"bedarfslotse/internal/analysis/internal/interval"
	"bedarfslotse/internal/analysis/internal/resample"
)

// pairSums are the sums of one item's complete pairs, weighted or not.
type pairSums struct {
	first, second, n, above, below float64
	signed                         bool // above and below are known
}

func (s *pairSums) add(weight float64, from *resample.Sums) {
	s.first += weight * float64(from.First)
	s.second += weight * float64(from.Second)
	s.n += weight * float64(from.N)
	s.above += weight * float64(from.Above)
	s.below += weight * float64(from.Below)
}

// gap is the difference of the 0–100 scores.
func (s *pairSums) gap(m int) float64 { return (s.first - s.second) / s.n * 100 / float64(m-1) }

// score is a mean as 0–100 score.
func score(mean float64, m int) float64 { return 100 * (mean - 1) / float64(m-1) }

// index is one of the indices; NaN where it cannot be computed.
func (s *pairSums) index(which NeedIndex, m int) float64 {
	first, second := s.first/s.n, s.second/s.n
	switch which {
	case IndexMWDS:
		return first * (first - second)
	case IndexRDS:
		return 100 * (s.below - s.above) / s.n
	case IndexPNI:
		return (first - second) / second
	default:
		return s.gap(m)
	}
}

// whole are the sums of an item's pairs in the whole wave, and its base; false where
// nothing may be shown.
func (c *needing) whole(item *NeedItem) (sums pairSums, base int, ok bool) {
	unit, at, first := c.x.find(item.first)
	_, other, second := c.x.find(item.second)
	if c.x.figure(item.first).Base == nil || first == nil || second == nil {
		return sums, 0, false
	}
	base = first.Base.Rows
	if c.weights == nil {
		sums.take(item, at, other, func(table int) ([]int, *signs) {
			of := unit.Tables[table]
			cells := make([]int, len(of.Cells))
			for i, cell := range of.Cells {
				cells[i] = cell.Rows
			}
			return cells, unit.Tables[0].Signs
		}, 1)
		return sums, base, true
	}
	if unit.Groups == nil {
		return sums, 0, false
	}
	for i := range unit.Groups.Parts {
		sums.part(item, at, other, &unit.Groups.Parts[i], c.weights)
	}
	return sums, base, true
}

// take adds the tables of both questions.
func (s *pairSums) take(item *NeedItem, first, second int, table func(at int) ([]int, *signs), weight float64) {
	known := s.n == 0 || s.signed
	cells, signed := table(first)
	for choice, x := range item.scores(item.first) {
		if x > 0 {
			s.first += weight * float64(int(x)*cells[choice])
			s.n += weight * float64(cells[choice])
		}
	}
	cells, _ = table(second)
	for choice, x := range item.scores(item.second) {
		s.second += weight * float64(int(x)*cells[choice])
	}
	if s.signed = known && signed != nil; s.signed {
		s.above += weight * float64(signed.Above)
		s.below += weight * float64(signed.Below)
	}
}

// part adds an exact group, with its weight.
func (s *pairSums) part(item *NeedItem, first, second int, one *part, by *weigher) {
	weight := 1.0
	if by != nil {
		weight = by.leaf(one)
	}
	s.take(item, first, second, func(table int) ([]int, *signs) { return one.Tables[table].Cells, one.Tables[0].Signs }, weight)
}

// estimate fills in all figures but intervals, ranks and tests.
func (c *needing) estimate() {
	c.out.Items = make([]Need, len(c.items))
	for i := range c.items {
		c.out.Items[i] = c.need(&c.items[i])
		field, kind := c.items[i].Field, c.items[i].YesNo
		at := slices.IndexFunc(c.out.Fields, func(one NeedField) bool { return one.Field == field && one.YesNo == kind })
		if at < 0 {
			at = len(c.out.Fields)
			c.out.Fields = append(c.out.Fields, NeedField{Field: field, YesNo: kind, Groups: make([]FieldGap, len(c.groups))})
		}
		c.out.Fields[at].Items = append(c.out.Fields[at].Items, i)
	}
	for i := range c.out.Fields {
		c.divided(&c.out.Fields[i])
	}
}

// need is one item without intervals of its indices.
func (c *needing) need(item *NeedItem) Need {
	need := Need{NeedItem: *item}
	sums, base, ok := c.whole(item)
	if !ok || sums.n == 0 {
		return need
	}
	need.Base = &base
	group := c.x.whole([]*question{item.first, item.second}, c.weights)
	need.Importance, need.State = group.Figures[0].level(item.first), group.Figures[1].level(item.second)
	need.Indices = map[NeedIndex]Ranked{}
	for _, index := range NeedIndices() {
		if item.YesNo && index != IndexGap || index == IndexRDS && !sums.signed {
			continue
		}
		need.Indices[index] = Ranked{Estimated: Estimated{Value: sums.index(index, item.Max)}}
	}
	return need
}

// level is the mean of a scale, or the share that says yes.
func (f *Figure) level(q *question) *Estimated {
	if f.Kind == Scale && f.Mean != nil {
		return &Estimated{*f.Mean, f.MeanLow, f.MeanHigh}
	}
	for i := range f.Cells {
		if yes := q.yes(); yes >= 0 && f.Cells[i].Name == q.cell(yes).Name && f.Cells[i].Share != nil {
			return &Estimated{*f.Cells[i].Share, f.Cells[i].Low, f.Cells[i].High}
		}
	}
	return nil
}

// divided fills in a field's figures of the whole wave and of all groups.
func (c *needing) divided(field *NeedField) {
	everywhere := make([]int, len(c.pairs.Places))
	for place := range everywhere {
		everywhere[place] = place
	}
	whole := fieldCell{field: field, gap: &field.Whole, row: -1}
	for _, item := range field.Items {
		whole.sets = append(whole.sets, placeSet{item, everywhere})
		sums, base, ok := c.whole(&c.items[item])
		whole.gap.add(&c.items[item], sums, base, ok && sums.n > 0, len(whole.sets))
	}
	whole.gap.finish(len(field.Items))
	c.cells = append(c.cells, &whole)
	for row := range c.groups {
		gap := &field.Groups[row]
		if c.groups[row].refused != NotRefused {
			continue
		}
		cell := fieldCell{field: field, gap: gap, row: row}
		for _, item := range field.Items {
			set, sums, base, ok := c.grouped(item, row, everywhere)
			for _, other := range set.rows {
				if !slices.Contains(gap.Together, other) {
					gap.Together = append(gap.Together, other)
				}
			}
			cell.sets = append(cell.sets, placeSet{item, set.places})
			gap.add(&c.items[item], sums, base, ok && sums.n > 0, len(cell.sets))
		}
		gap.finish(len(field.Items))
		if slices.Sort(gap.Together); len(gap.Together) == 1 {
			gap.Together = nil
		}
		c.cells = append(c.cells, &cell)
	}
}

// exactSet is the groups and places that an item's figure of one group is of.
type exactSet struct{ rows, places []int }

// grouped are the sums of an item in a group, or in those that it is exact together
// with; in all where the item is not divided.
func (c *needing) grouped(at, row int, everywhere []int) (set exactSet, sums pairSums, base int, ok bool) {
	item := &c.items[at]
	unit, first, _ := c.x.find(item.first)
	_, second, _ := c.x.find(item.second)
	in := c.x.rowOf(c.way, c.groups)
	exact := unit.Groups.rows(first, in, len(c.groups))
	number := exact.sets[row]
	if table := exact.tables[number]; table == nil {
		if unit.Groups != nil {
			return set, sums, 0, false // part of it lies outside all groups
		}
		for other := range c.groups {
			set.rows = append(set.rows, other)
		}
		set.places = everywhere
		sums, base, ok = c.whole(item)
		return set, sums, base, ok
	}
	for other, is := range exact.sets {
		if is == number {
			set.rows = append(set.rows, other)
		}
	}
	for place := range c.atlas.cells {
		if other := in(c.atlas.cells[place]); other >= 0 && exact.sets[other] == number {
			set.places = append(set.places, place)
		}
	}
	for _, one := range exact.parts[number] {
		sums.part(item, first, second, one, c.weights)
		base += one.Holders
	}
	return set, sums, base, true
}

// add takes one more item into a field's figures, the n-th; without figures of one
// there are none of the field.
func (f *FieldGap) add(item *NeedItem, sums pairSums, base int, ok bool, n int) {
	switch {
	case !ok || n > 1 && f.Base == nil:
		f.Base = nil
		return
	case f.Base == nil || base < *f.Base:
		f.Base = &base
	}
	f.Need += score(sums.first/sums.n, item.Max)
	f.Provision += score(sums.second/sums.n, item.Max)
	f.Gap += sums.gap(item.Max)
}

// finish turns sums over items into means.
func (f *FieldGap) finish(items int) {
	if f.Base == nil {
		*f = FieldGap{Together: f.Together}
		return
	}
	n := float64(items)
	f.Need, f.Provision, f.Gap = f.Need/n, f.Provision/n, f.Gap/n
}

// paired is Newcombe's interval of a single item of yes and no, and the standard
// error of the difference.
func (c *needing) paired(sums pairSums, base int) (low, high, deviation float64, ok bool) {
	d := c.x.shower.design(c.items[0].first)
	size := float64(base)
	if c.weights != nil {
		size /= c.weights.told.Effect
	}
	sample := d.sample(size, c.x.shower.fraction)
	yes := sums.first - sums.n // scores are 2 and 1
	both := yes - sums.above
	_, low, high, ok = interval.PairedShares(interval.Pairs{Both: both, First: sums.above, Second: sums.below,
		Neither: sums.n - both - sums.above - sums.below}, sample)
	return 100 * low, 100 * high, 100 * interval.PairedError(sums.above/sums.n, sums.below/sums.n, sample), ok
}
