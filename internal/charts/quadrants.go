package charts

import (
	"math"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/i18n"
)

// Quadrants places items by two values between lines that divide the ground into
// four parts.
type Quadrants struct {
	Name, Title, Summary, Footer string
	Across, Up                   string // what the values are
	// Low and High are the ends of both scales, LineAcross and LineUp where the lines
	// stand.
	Low, High, LineAcross, LineUp float64
	// Corners name the parts: upper left, upper right, lower left, lower right.
	Corners [4]string
	Points  []QuadrantPoint
	Table   Table
	Data    Data
}

// QuadrantPoint is one item with its number in the table.
type QuadrantPoint struct {
	Number                             string
	Across, Up                         float64
	AcrossLow, AcrossHigh, UpLow, UpHi *float64
}

// BuildQuadrants draws the items as numbered points with their intervals. Only the
// part of the scales that holds points and lines is drawn.
func BuildQuadrants(q Quadrants, words *i18n.Localizer, options ...Option) Chart {
	b := newBuilder(analysis.Figure{}, nil, words, options)
	chart := Chart{ID: identifier(q.Name), Title: plain(q.Title), Direction: words.Direction(), Language: words.Language(),
		Summary: q.Summary, Table: q.Table, Data: q.Data}
	if len(q.Points) == 0 {
		return chart
	}
	d := &quadrants{Quadrants: q, builder: b, scene: &scene{width: float64(b.width)}}
	d.draw()
	chart.finish(d.scene, q.Footer, b.right)
	return chart
}

type quadrants struct {
	Quadrants
	*builder
	scene *scene
}

// ends are those of the scale that hold all values, widened to whole steps within
// the scale.
func (d *quadrants) ends(line float64, values func(p *QuadrantPoint) (value float64, low, high *float64)) (from, to, parts float64) {
	from, to = line, line
	for i := range d.Points {
		value, low, high := values(&d.Points[i])
		from, to = min(from, value), max(to, value)
		if low != nil {
			from, to = min(from, *low), max(to, *high)
		}
	}
	from, to, _ = niceEnds(from, to)
	from, to = max(from, d.Low), min(to, d.High)
	return from, to, math.Max(1, math.Round((to-from)*2))
}

func (d *quadrants) draw() {
	s := d.scene
	left := float64(4 * margin)
	room := s.width - left - 2*margin
	high := math.Min(room*0.75, 460)
	xFrom, xTo, xParts := d.ends(d.LineAcross, func(p *QuadrantPoint) (float64, *float64, *float64) { return p.Across, p.AcrossLow, p.AcrossHigh })
	yFrom, yTo, yParts := d.ends(d.LineUp, func(p *QuadrantPoint) (float64, *float64, *float64) { return p.Up, p.UpLow, p.UpHi })
	s.caption(d.Up, d.right)
	top := s.height
	x, y := scale{xFrom, xTo, left, left + room}, scale{yFrom, yTo, top + high, top}
	for _, t := range d.numberTicks(y, yParts) {
		s.line(left, y.at(t.value), left+room, y.at(t.value), 1, grid)
		s.text(left-6, y.at(t.value), end, smallSize, muted, directed([]string{t.words}, d.right))
	}
	s.axis(x, top, top+high, d.numberTicks(x, xParts), d.right)
	s.line(x.at(d.LineAcross), top, x.at(d.LineAcross), top+high, 2, rule)
	s.line(left, y.at(d.LineUp), left+room, y.at(d.LineUp), 2, rule)
	d.corners(x, y)
	for i := range d.Points {
		d.point(&d.Points[i], x, y)
	}
	s.height = top + high + axisHeight + step(smallSize)/2
	for _, line := range wrap(d.Across, room, smallSize, 3) {
		s.text(s.width-2*margin, s.height, end, smallSize, muted, directed([]string{line}, d.right))
		s.height += step(smallSize)
	}
	s.height += margin
}

// corners writes the names of the parts into their outer corners.
func (d *quadrants) corners(x, y scale) {
	s := d.scene
	for i, name := range d.Corners {
		wide, at, anchor := x.at(d.LineAcross)-x.from, x.from+6, start
		if i%2 == 1 {
			wide, at, anchor = x.to-x.at(d.LineAcross), x.to-6, end
		}
		lines := wrap(name, max(wide-12, 60), smallSize, 3)
		from := y.to + step(smallSize)/2 + 4
		if i >= 2 {
			from = y.from - float64(len(lines))*step(smallSize) + step(smallSize)/2 - 4
		}
		for at2, line := range lines {
			s.text(at, from+float64(at2)*step(smallSize), anchor, smallSize, muted, directed([]string{line}, d.right))
		}
	}
}

func (d *quadrants) point(p *QuadrantPoint, x, y scale) {
	s := d.scene
	if p.AcrossLow != nil {
		s.line(x.at(*p.AcrossLow), y.at(p.Up), x.at(*p.AcrossHigh), y.at(p.Up), 1, rule)
	}
	if p.UpLow != nil {
		s.line(x.at(p.Across), y.at(*p.UpLow), x.at(p.Across), y.at(*p.UpHi), 1, rule)
	}
	s.point(disc, x.at(p.Across), y.at(p.Up), 9, accent)
	s.text(x.at(p.Across), y.at(p.Up), middle, smallSize, inkOn{accent}, p.Number)
}
