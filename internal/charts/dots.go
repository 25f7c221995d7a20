package charts

import (
	"math"

	"bedarfslotse/internal/analysis"
)

// dots draws one value per group as a point with its interval as a whisker, the
// value in words beside it.
func (c *comparison) dots(s *scene) {
	s.caption(c.measureName(), c.lead.right)
	c.dotRows(s)
}

func (c *comparison) dotRows(s *scene) {
	var rows []rowSpec
	for _, m := range c.members {
		row := rowSpec{label: m.label, below: m.base(), right: c.lead.right}
		if e, ok := m.estimate(c.measure); ok {
			row.aside = e.text
		}
		rows = append(rows, row)
	}
	under := &scene{width: s.width, height: s.height}
	plan := under.planRows(rows, 22)
	a, ticks := c.measureAxis(plan.from+6, plan.to-6)
	s.axis(a, plan.top, plan.end, ticks, c.lead.right)
	s.put(under, 0, 0)
	for i, m := range c.members {
		e, ok := m.estimate(c.measure)
		if !ok {
			c.hiddenRow(s, plan, plan.centre[i], &m)
			continue
		}
		if e.low != nil {
			s.whisker(a.at(*e.low), a.at(*e.high), plan.centre[i], 5, ink)
		}
		s.point(disc, a.at(e.value), plan.centre[i], 6, accent)
	}
	s.height = plan.end + axisHeight
}

// caption writes what the values below are.
func (s *scene) caption(text string, right bool) {
	for _, words := range wrap(text, s.width-2*margin, smallSize, 3) {
		s.height += step(smallSize)
		s.text(margin, s.height-step(smallSize)/2+2, start, smallSize, muted, directed([]string{words}, right))
	}
	s.height += margin
}

// measureName names what is compared: "Share of “Yes”", "Mean".
func (c *comparison) measureName() string {
	if c.measure.mean {
		if c.bounded {
			return c.words.T("charts.measure_mean_scale", "low", c.lead.plainNumber(c.low), "high", c.lead.plainNumber(c.high))
		}
		return c.words.T("charts.measure_mean")
	}
	if c.measure.choice >= len(c.choices) {
		return c.words.T("charts.table_share")
	}
	return c.words.T("charts.measure_share", "label", c.choices[c.measure.choice].within(c.lead.right))
}

// measureAxis runs over everything that the measure can be; of quantities, over
// what is shown.
func (c *comparison) measureAxis(from, to float64) (scale, []tick) {
	if !c.measure.mean {
		a := scale{0, 1, from, to}
		return a, c.lead.shareTicks(a)
	}
	low, high, parts := c.low, c.high, c.high-c.low
	if !c.bounded || parts > 6 {
		low, high, parts = niceEnds(low, high)
	}
	a := scale{low, high, from, to}
	return a, c.lead.numberTicks(a, parts)
}

// numberTicks divides an axis of numbers into so many parts.
func (b *builder) numberTicks(a scale, parts float64) []tick {
	var ticks []tick
	for i := 0.0; i <= parts+0.5; i++ {
		value := a.low + i*(a.high-a.low)/parts
		ticks = append(ticks, tick{value, b.plainNumber(math.Round(value*1e6) / 1e6)})
	}
	return ticks
}

// meanEnds returns the ends of the scale that means lie on, or else of what is
// shown of them.
func (c *comparison) meanEnds() (low, high float64, bounded bool) {
	figure := c.lead.figure
	if figure.Kind == analysis.Score && float64(figure.Max) > figure.Min {
		return figure.Min, float64(figure.Max), true
	}
	if figure.Kind == analysis.Scale && len(figure.Cells) > 1 {
		low, high = figure.Cells[0].Score, figure.Cells[len(figure.Cells)-1].Score
		if low != high {
			return min(low, high), max(low, high), true
		}
	}
	low, high = math.Inf(1), math.Inf(-1)
	for _, m := range c.members {
		e, ok := m.estimate(c.measure)
		if !ok {
			continue
		}
		low, high = min(low, e.value), max(high, e.value)
		if e.low != nil {
			low, high = min(low, *e.low), max(high, *e.high)
		}
	}
	if math.IsInf(low, 1) {
		return 0, 1, false
	}
	return low, high, false
}

// niceEnds widens two ends to whole steps of 1, 2, 2.5 or 5 times a power of
// ten, six of them at most.
func niceEnds(low, high float64) (from, to, parts float64) {
	if high-low < 1e-9 {
		high = low + 1
	}
	power := math.Pow(10, math.Floor(math.Log10((high-low)/5)))
	for _, factor := range []float64{1, 2, 2.5, 5, 10, 20, 50} {
		width := factor * power
		from, to = math.Floor(low/width+1e-9)*width, math.Ceil(high/width-1e-9)*width
		if parts = math.Round((to - from) / width); parts <= 6 {
			break
		}
	}
	return from, to, max(parts, 1)
}
