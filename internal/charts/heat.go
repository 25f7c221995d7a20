package charts

import (
	"math"
	"slices"
)

// columns says how groups stand beside each other under a column of labels:
// where not all find room, in several lines of groups with the labels repeated.
type columns struct {
	from, wide float64 // where the first begins, and how wide each is
	perLine    int
}

// columnsFor divides a width among groups of at least a width.
func columnsFor(width float64, groups int, least, most float64) columns {
	part := 0.3
	if !beside(width) {
		part = 0.36
	}
	from := math.Floor(width*part) + margin
	perLine := max(1, int((width-from-margin)/least))
	perLine = min(perLine, max(groups, 1))
	rows := math.Ceil(float64(groups) / float64(perLine))
	perLine = int(math.Ceil(float64(groups) / rows)) // lines of like length
	return columns{from: from, perLine: max(perLine, 1), wide: min((width-from-margin)/float64(max(perLine, 1)), most)}
}

// head writes the groups' labels and bases over their columns, from the scene's
// height on.
func (c *comparison) head(s *scene, members []member, cols columns) {
	var labels [][]string
	tallest := 0
	for _, m := range members {
		lines := wrap(m.label.text, cols.wide-6, smallSize, 5)
		labels = append(labels, lines)
		tallest = max(tallest, len(lines))
	}
	bottom := s.height + 4 + float64(tallest+1)*step(smallSize)
	for i, m := range members {
		x := cols.from + (float64(i)+0.5)*cols.wide
		y := bottom - float64(len(labels[i])+1)*step(smallSize) + step(smallSize)/2
		for _, line := range labels[i] {
			s.text(x, y, middle, smallSize, ink, directed([]string{line}, m.label.right))
			y += step(smallSize)
		}
		s.text(x, y, middle, smallSize, muted, directed(wrap(m.base(), cols.wide-4, smallSize, 1), c.lead.right))
	}
	s.height = bottom + 4
}

// choiceLabels returns the choices' labels in lines for a column, and the
// height of a row that holds each.
func (c *comparison) choiceLabels(wide, least float64) (labels [][]string, heights []float64) {
	for _, choice := range c.choices {
		lines := wrap(choice.text, wide-2*margin, labelSize, 8)
		for i := range lines {
			lines[i] = directed(lines[i:i+1], choice.right)
		}
		labels = append(labels, lines)
		heights = append(heights, max(float64(len(lines))*step(labelSize)+8, least))
	}
	return labels, heights
}

// heat draws choices × groups as cells whose colour grows with the share, and
// the share in words in each.
func (c *comparison) heat(s *scene) {
	least := 0.0
	for _, m := range c.members {
		for _, e := range m.entries {
			if e.shown() {
				least = max(least, textWidth(m.percent(*e.Share), smallSize))
			}
		}
	}
	cols := columnsFor(s.width, len(c.members), max(least+8, c.longestWord()+10, 58), 130)
	top := c.highest()
	c.heatKey(s, top)
	labels, heights := c.choiceLabels(cols.from, 32)
	for members := range slices.Chunk(c.members, cols.perLine) {
		c.head(s, members, cols)
		for i := range c.choices {
			s.lines(margin, s.height+heights[i]/2, start, labelSize, ink, labels[i])
			for j, m := range members {
				x := cols.from + float64(j)*cols.wide
				c.cell(s, mark{kind: box, x: x + 1, y: s.height + 1, w: cols.wide - 2, h: heights[i] - 2}, &m, m.entries[i], top)
			}
			s.height += heights[i]
		}
		s.height += margin
	}
}

func (c *comparison) cell(s *scene, at mark, m *member, e entry, top float64) {
	x, y := at.x+at.w/2, at.y+at.h/2
	if !e.shown() || m.figure.Base == nil {
		at.stroke, at.thick = grid, 1
		s.add(at)
		s.text(x, y, middle, smallSize, muted, "–")
		return
	}
	at.fill = tint(*e.Share / top)
	s.add(at)
	s.text(x, y, middle, smallSize, inkOn{at.fill}, directed([]string{m.percent(*e.Share)}, c.lead.right))
}

// longestWord is the width of the longest word in the groups' labels, up to what
// a column may ask for: longer ones are broken.
func (c *comparison) longestWord() float64 {
	const most = 90
	longest := 0.0
	for _, m := range c.members {
		for _, word := range pieces(m.label.text, most, smallSize) {
			longest = max(longest, textWidth(word.text, smallSize))
		}
	}
	return longest
}

// highest is the end of the scale of colours: the highest share shown, up to a
// full quarter.
func (c *comparison) highest() float64 {
	top := 0.0
	for _, m := range c.members {
		for _, e := range m.entries {
			if e.shown() {
				top = max(top, *e.Share)
			}
		}
	}
	return min(max(math.Ceil(top*4-1e-9)/4, 0.25), 1)
}

// heatKey draws the scale of colours with its ends.
func (c *comparison) heatKey(s *scene, top float64) {
	const swatch, parts = 24, 5
	low, high := c.words.Percent(0, 0), c.words.Percent(top, 0)
	y := s.height + margin/2 + step(smallSize)/2
	x := float64(margin)
	s.text(x, y, start, smallSize, muted, directed([]string{low}, c.lead.right))
	x += textWidth(low, smallSize) + 6
	for i := range parts {
		s.add(mark{kind: box, x: x, y: y - 7, w: swatch, h: 14, fill: tint(float64(i) / (parts - 1)), stroke: rule, thick: 1})
		x += swatch
	}
	s.text(x+6, y, start, smallSize, muted, directed([]string{high}, c.lead.right))
	s.height = y + step(smallSize)/2 + margin/2
}
