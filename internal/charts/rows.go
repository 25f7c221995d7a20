package charts

// rowSpec is what stands beside a row of a chart with one row per group or item.
type rowSpec struct {
	label label
	below string // muted, under the label: the base
	aside string // at the far end: the value
	right bool   // the chart's words run from right to left
}

// rowPlan is where the parts of the rows stand: labels beside the figures where
// there is room, above them on a phone.
type rowPlan struct {
	from, to float64 // the figures' place from side to side
	centre   []float64
	top, end float64
}

// beside tells whether a width has room for a column of labels.
func beside(width float64) bool { return width >= 500 }

// planRows writes the rows' labels and values into the scene below its height
// and returns where the figures, of the given height, belong.
func (s *scene) planRows(rows []rowSpec, high float64) rowPlan {
	plan := rowPlan{from: margin, to: s.width - 2*margin, top: s.height}
	aside := 0.0
	for _, row := range rows {
		aside = max(aside, textWidth(row.aside, labelSize))
	}
	column := s.width - 2*margin
	if beside(s.width) {
		column = float64(int(s.width * 0.3))
		plan.from = column + 2*margin
		if aside > 0 {
			plan.to -= aside + margin
		}
	}
	for _, row := range rows {
		plan.centre = append(plan.centre, s.row(row, column, high))
	}
	plan.end = s.height
	return plan
}

// row writes one row and returns the middle of its figures.
func (s *scene) row(row rowSpec, column, high float64) (centre float64) {
	const gap = 12
	if beside(s.width) {
		lines := wrap(row.label.text, column-margin, labelSize, 4)
		tall := float64(len(lines)) * step(labelSize)
		if row.below != "" {
			tall += step(smallSize)
		}
		band := max(tall, high) + gap
		top := s.height + (band-tall)/2
		s.labelLines(margin, top, row, lines)
		s.text(s.width-margin, s.height+band/2, end, labelSize, ink, directed([]string{row.aside}, row.right))
		s.height += band
		return s.height - band/2
	}
	room := column
	if row.aside != "" {
		room -= textWidth(row.aside, labelSize) + margin
	}
	lines := wrap(row.label.text, room, labelSize, 4)
	s.text(s.width-margin, s.height+gap/2+step(labelSize)/2, end, labelSize, ink, directed([]string{row.aside}, row.right))
	s.height = s.labelLines(margin, s.height+gap/2, row, lines) + high + 4
	return s.height - high/2 - 2
}

// labelLines writes a label and what stands below it, and returns the lower end.
func (s *scene) labelLines(x, y float64, row rowSpec, lines []string) float64 {
	for _, line := range lines {
		s.text(x, y+step(labelSize)/2, start, labelSize, ink, directed([]string{line}, row.label.right))
		y += step(labelSize)
	}
	if row.below != "" {
		s.text(x, y+step(smallSize)/2, start, smallSize, muted, directed([]string{row.below}, row.right))
		y += step(smallSize)
	}
	return y
}

// scale turns values into places between the plan's sides.
type scale struct{ low, high, from, to float64 }

func (a scale) at(value float64) float64 {
	return a.from + (min(max(value, a.low), a.high)-a.low)/(a.high-a.low)*(a.to-a.from)
}

// tick is a line of an axis with its words, "" for a line alone.
type tick struct {
	value float64
	words string
}

// axis draws the lines of an axis over the given height and their words below.
func (s *scene) axis(a scale, top, bottom float64, ticks []tick, right bool) {
	for _, t := range ticks {
		s.line(a.at(t.value), top, a.at(t.value), bottom, 1, grid)
	}
	free := a.from - 1000
	for _, t := range ticks {
		half := textWidth(t.words, smallSize) / 2
		x := min(max(a.at(t.value), half), s.width-half)
		if t.words == "" || x-half < free {
			continue
		}
		s.text(x, bottom+4+step(smallSize)/2, middle, smallSize, muted, directed([]string{t.words}, right))
		free = x + half + 6
	}
}

// axisHeight is the room that an axis takes below the figures.
const axisHeight = 4 + smallSize + lineStep - labelSize

// key is one line of a legend.
type key struct {
	label label
	fill  paint
	hatch hatch
	kind  markKind
}

// legend writes keys one after the other, in as many lines as it takes.
func (s *scene) legend(keys []key) {
	const swatch, gap = 14, 16
	x, y := float64(margin), s.height+margin/2
	room := s.width - 2*margin - swatch - 6
	for _, k := range keys {
		lines := wrap(k.label.text, room, labelSize, 3)
		wide := 0.0
		for _, line := range lines {
			wide = max(wide, textWidth(line, labelSize))
		}
		if x > margin && x+swatch+6+wide > s.width-margin {
			x, y = margin, y+step(labelSize)+4
		}
		middleY := y + step(labelSize)/2
		switch k.kind {
		case box:
			s.add(mark{kind: box, x: x, y: middleY - swatch/2, w: swatch, h: swatch, fill: k.fill, hatch: k.hatch, stroke: rule, thick: 1})
		default:
			s.point(k.kind, x+swatch/2, middleY, 6, k.fill)
		}
		for i, line := range lines {
			s.text(x+swatch+6, middleY+float64(i)*step(labelSize), start, labelSize, ink, directed([]string{line}, k.label.right))
		}
		y += float64(max(len(lines)-1, 0)) * step(labelSize)
		x += swatch + 6 + wide + gap
	}
	s.height = y + step(labelSize) + margin
}
