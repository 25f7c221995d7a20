package analysis

import (
	"cmp"
	"context"
	"encoding/binary"
	"hash/fnv"
	"math"
	"slices"

	"bedarfslotse/internal/analysis/internal/raw"
	"bedarfslotse/internal/analysis/internal/resample"
)

// drawnItem is what the samples gave for one item.
type drawnItem struct {
	center map[NeedIndex]float64 // of the rows at hand
	drawn  map[NeedIndex][]float64
}

// resample draws the samples and fills in intervals, ranks and errors.
func (c *needing) resample(ctx context.Context, progress func(done, of int)) error {
	if len(c.items) == 0 || c.x.shower.everyone {
		for _, cell := range c.cells {
			cell.gap.Everyone = c.x.shower.everyone && cell.gap.Base != nil
		}
		c.order()
		return nil
	}
	items := c.prepare()
	told := func(done int) {
		if progress != nil {
			progress(done, resample.Draws)
		}
	}
	told(0)
	err := c.pairs.Draw(ctx, resample.Draws, c.seed(), told, func(draw int, sums [][]resample.Sums) {
		for i := range items {
			whole := c.sum(i, nil, sums)
			for index, drawn := range items[i].drawn {
				drawn[draw] = whole.index(index, c.items[i].Max)
			}
		}
		for _, cell := range c.cells {
			if cell.drawn != nil {
				cell.drawn[draw] = c.fieldGap(cell, sums)
			}
		}
	})
	if err != nil {
		return err
	}
	told(resample.Draws)
	c.order()
	for _, class := range c.classes() {
		for _, index := range NeedIndices() {
			c.rank(items, class, index)
		}
	}
	for i := range items {
		c.intervals(&c.out.Items[i], &items[i])
	}
	for _, cell := range c.cells {
		c.interval(cell)
	}
	return nil
}

// prepare makes room for the samples of what has enough answers.
func (c *needing) prepare() []drawnItem {
	all := c.pairs.All()
	items := make([]drawnItem, len(c.items))
	for i := range items {
		need := &c.out.Items[i]
		if need.Base == nil || c.units(*need.Base) < resample.Fewest {
			continue
		}
		items[i] = drawnItem{map[NeedIndex]float64{}, map[NeedIndex][]float64{}}
		whole := c.sum(i, nil, all)
		for index := range need.Indices {
			items[i].center[index], items[i].drawn[index] = whole.index(index, c.items[i].Max), make([]float64, resample.Draws)
		}
	}
	for _, cell := range c.cells {
		if cell.gap.Base != nil && c.units(*cell.gap.Base) >= resample.Fewest {
			cell.center, cell.drawn = c.fieldGap(cell, all), make([]float64, resample.Draws)
		}
	}
	return items
}

// seed depends on the wave's respondents, their record keys and the release: the
// same page shows the same figures again, and nobody without the keys can draw the
// same samples.
func (c *needing) seed() [2]uint64 {
	h := fnv.New128a()
	_, _ = h.Write([]byte(c.x.schema.Fingerprint()))
	for _, tally := range raw.Sizes(c.x.view, raw.NewGroups(c.x.view, c.x.limit, 1)) {
		_ = binary.Write(h, binary.LittleEndian, []uint64{uint64(tally.Rows), tally.Key})
	}
	sum := h.Sum(nil)
	return [2]uint64{binary.LittleEndian.Uint64(sum), binary.LittleEndian.Uint64(sum[8:])}
}

// sum adds up an item's pairs over places; nil stands for all.
func (c *needing) sum(item int, places []int, sums [][]resample.Sums) (total pairSums) {
	if places == nil {
		for place := range sums {
			total.add(c.weight[place], &sums[place][item])
		}
		return total
	}
	for _, place := range places {
		total.add(c.weight[place], &sums[place][item])
	}
	return total
}

// fieldGap is the mean gap of a field's items.
func (c *needing) fieldGap(cell *fieldCell, sums [][]resample.Sums) float64 {
	total := 0.0
	for _, set := range cell.sets {
		one := c.sum(set.item, set.places, sums)
		total += one.gap(c.items[set.item].Max)
	}
	return total / float64(len(cell.sets))
}

// intervals are those of one item's indices.
func (c *needing) intervals(need *Need, item *drawnItem) {
	factor, _ := c.factor()
	for index, drawn := range item.drawn {
		ranked := need.Indices[index]
		low, high, ok := resample.Around(ranked.Value, item.center[index], drawn, factor)
		if !ok {
			continue
		}
		if bound := index.bound(); bound > 0 {
			low, high = max(low, -bound), min(high, bound)
		}
		ranked.Estimated = estimated(ranked.Value, low, high, true)
		need.Indices[index] = ranked
	}
	if gap, known := need.Indices[IndexGap]; known && need.YesNo {
		sums, base, _ := c.whole(&need.NeedItem)
		if low, high, _, ok := c.paired(sums, base); ok && sums.signed {
			gap.Estimated = estimated(gap.Value, low, high, true)
			need.Indices[IndexGap] = gap
		}
	}
}

// bound is the largest value that an index can have, 0 for none.
func (i NeedIndex) bound() float64 {
	if i == IndexGap || i == IndexRDS {
		return 100
	}
	return 0
}

// interval is that of a field's gap in one group, with its standard error.
func (c *needing) interval(cell *fieldCell) {
	if cell.drawn == nil {
		return
	}
	gap := cell.gap
	factor, freedom := c.factor()
	deviation := deviationOf(cell.drawn)
	low, high, ok := resample.Around(gap.Gap, cell.center, cell.drawn, factor)
	if !ok {
		return
	}
	low, high = max(low, -100), min(high, 100)
	gap.Low, gap.High, gap.Freedom = &low, &high, freedom
	gap.Error = deviation * math.Sqrt(c.x.shower.design(c.items[0].first).effect*(1-c.x.shower.fraction))
	if !cell.field.YesNo || len(cell.sets) > 1 {
		return
	}
	sums, base, ok := c.whole(&c.items[cell.sets[0].item])
	if cell.row >= 0 {
		_, sums, base, ok = c.grouped(cell.sets[0].item, cell.row, nil)
	}
	if lower, upper, deviation, usable := c.paired(sums, base); ok && usable && sums.signed {
		*gap.Low, *gap.High, gap.Error = lower, upper, deviation
	}
}

// deviationOf is the standard deviation of samples.
func deviationOf(drawn []float64) float64 {
	mean, square := 0.0, 0.0
	for _, value := range drawn {
		mean += value / float64(len(drawn))
	}
	for _, value := range drawn {
		square += (value - mean) * (value - mean)
	}
	return math.Sqrt(square / float64(len(drawn)-1))
}

// classes are the items that can be ranked together: of the same kind and scale.
func (c *needing) classes() (classes [][]int) {
	for i := range c.items {
		at := slices.IndexFunc(classes, func(class []int) bool {
			return c.items[class[0]].Max == c.items[i].Max && c.items[class[0]].YesNo == c.items[i].YesNo
		})
		if at < 0 {
			classes = append(classes, []int{i})
		} else {
			classes[at] = append(classes[at], i)
		}
	}
	return classes
}

// order gives every index its rank by the estimates; of equal ones the same.
func (c *needing) order() {
	for _, class := range c.classes() {
		for _, index := range NeedIndices() {
			for _, i := range class {
				own, known := c.out.Items[i].Indices[index]
				if !known {
					continue
				}
				own.Rank = 1
				for _, other := range class {
					if theirs, known := c.out.Items[other].Indices[index]; known && index.more(theirs.Value, own.Value) > 0 {
						own.Rank++
					}
				}
				c.out.Items[i].Indices[index] = own
			}
		}
	}
}

// more compares two values: positive when the first means more need.
func (i NeedIndex) more(a, b float64) int {
	if i.Falling() {
		a, b = b, a
	}
	return cmp.Compare(a, b)
}

// rank gives rank intervals: items differ significantly when their difference
// exceeds c standard errors of it, c being the 95 % quantile of the largest such
// ratio over all pairs (Mogstad, Romano, Shaikh & Wilhelm 2024, Rev. Econ. Stud.
// 91:476, single step).
func (c *needing) rank(items []drawnItem, class []int, index NeedIndex) {
	var ranked []int
	for _, i := range class {
		if _, known := items[i].drawn[index]; known {
			ranked = append(ranked, i)
		}
	}
	if len(ranked) < 2 {
		return
	}
	values, drawn := make([]float64, len(ranked)), make([][]float64, len(ranked))
	for at, i := range ranked {
		values[at], drawn[at] = c.out.Items[i].Indices[index].Value, items[i].drawn[index]
	}
	factor, _ := c.factor()
	lows, highs, ok := resample.Ranks(values, drawn, factor)
	if !ok {
		return
	}
	for at, i := range ranked {
		own := c.out.Items[i].Indices[index]
		if own.RankLow, own.RankHigh = lows[at], highs[at]; index.Falling() {
			own.RankLow, own.RankHigh = len(ranked)+1-highs[at], len(ranked)+1-lows[at]
		}
		c.out.Items[i].Indices[index] = own
	}
}
