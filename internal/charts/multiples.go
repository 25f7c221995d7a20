package charts

import (
	"math"
	"slices"
)

// multiples draws one small bar chart per group beside the others, all with the
// same choices in the same order and the same axis from 0 to 100 %.
func (c *comparison) multiples(s *scene) {
	const least, bar = 110, 14
	cols := columnsFor(s.width, len(c.members), least, 260)
	labels, heights := c.choiceLabels(cols.from, 38)
	for members := range slices.Chunk(c.members, cols.perLine) {
		c.head(s, members, cols)
		top, height := s.height, 0.0
		for _, h := range heights {
			height += h
		}
		for j, m := range members {
			x := cols.from + float64(j)*cols.wide
			c.small(s, &m, scale{0, 1, x + 4, x + cols.wide - 18}, top, heights, bar)
		}
		y := top
		for i := range c.choices {
			s.lines(margin, y+heights[i]/2, start, labelSize, ink, labels[i])
			y += heights[i]
		}
		s.height = top + height + axisHeight + margin
	}
}

// small draws one group's bars, each with its share above it.
func (c *comparison) small(s *scene, m *member, a scale, top float64, heights []float64, bar float64) {
	height := 0.0
	for _, h := range heights {
		height += h
	}
	// The line at nothing speaks for itself, and its words would run into those
	// of the neighbour's end.
	s.axis(a, top, top+height, []tick{{0, ""}, {0.5, c.words.Percent(0.5, 0)}, {1, c.words.Percent(1, 0)}}, c.lead.right)
	s.line(a.from, top, a.from, top+height, 1, rule)
	y := top
	for i, e := range m.entries {
		centre := y + heights[i]/2
		y += heights[i]
		shown := e.shown() && m.figure.Base != nil
		text, fill := "–", paint(muted)
		if shown {
			text, fill = directed([]string{m.percent(*e.Share)}, c.lead.right), ink
		}
		s.text(a.from+4, centre-step(smallSize)/2-1, start, smallSize, fill, text)
		if !shown {
			continue
		}
		s.box(a.from, centre+1, a.at(*e.Share)-a.from, bar, accent)
		if e.Low != nil && e.High != nil {
			s.halo(a.at(*e.Low), a.at(*e.High), centre+1+bar/2, bar/2-2)
		}
	}
}

// halo draws a whisker that can be seen on a bar and on the ground alike: its
// line has the ground's colour around it.
func (s *scene) halo(low, high, y, ends float64) {
	s.line(low, y, high, y, 3.5, ground)
	s.whisker(low, math.Max(high, low+0.5), y, ends, ink)
}
