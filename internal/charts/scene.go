package charts

import "fmt"

// scene is a drawing of our own: marks in the order in which they are painted,
// in CSS pixels from the upper left corner. The same scene becomes an SVG and,
// through it, a PNG. It is laid out with widths that err on the wide side (see
// wrap.go), so that no font is needed for it, and as if read from the left;
// [scene.mirror] turns it round for languages that run from the right.
type scene struct {
	width, height float64
	marks         []mark
}

// mark is one thing to be seen.
type mark struct {
	kind       markKind
	x, y, w, h float64 // of lines: from x, y to x+w, y+h; of points: the centre and the radius
	fill       paint
	stroke     paint
	thick      float64
	text       string
	anchor     anchor
	size       float64
	hatch      hatch
}

type markKind int

const (
	box     markKind = iota
	line             // from one place to another
	dashes           // the same, broken
	disc             // a round point
	diamond          // a point on its corner
	words            // one line of text, y is its middle
)

type anchor int

const (
	start anchor = iota // where reading begins, once the scene is mirrored
	middle
	end
)

// hatch is a pattern by which a surface can be told from its neighbours without
// colours.
type hatch int

const (
	plainHatch hatch = iota
	risingHatch
	fallingHatch
	crossHatch
	flatHatch
	uprightHatch
	hatches // how many there are
)

// paint is a colour that may depend on the theme.
type paint interface{ on(p *palette) rgb }

// role is a colour that a theme gives.
type role int

const (
	ground role = iota // the page behind the chart
	ink                // words
	muted              // words of less weight
	rule               // axes and outlines: at least 3:1 to the ground
	grid               // lines that help reading and carry nothing
	accent             // bars and points
	second             // points of the other group
)

func (r role) on(p *palette) rgb { return p.roles[r] }

func (c rgb) on(*palette) rgb { return c }

// tint is a place on the theme's sequential scale, 0 to 1.
type tint float64

func (t tint) on(p *palette) rgb { return p.low.mix(p.high, float64(t)) }

// inkOn is black or white, whichever is easier to read on the paint below.
type inkOn struct{ below paint }

func (i inkOn) on(p *palette) rgb { return i.below.on(p).inkColour() }

func (s *scene) add(m ...mark) { s.marks = append(s.marks, m...) }

func (s *scene) box(x, y, w, h float64, fill paint) {
	s.add(mark{kind: box, x: x, y: y, w: w, h: h, fill: fill})
}

func (s *scene) line(x1, y1, x2, y2, thick float64, stroke paint) {
	s.add(mark{kind: line, x: x1, y: y1, w: x2 - x1, h: y2 - y1, thick: thick, stroke: stroke})
}

// whisker is an interval from low to high, with a bar at each end.
func (s *scene) whisker(low, high, y, ends float64, stroke paint) {
	s.line(low, y, high, y, 1.5, stroke)
	s.line(low, y-ends, low, y+ends, 1.5, stroke)
	s.line(high, y-ends, high, y+ends, 1.5, stroke)
}

// point is a mark at a value, ringed by the ground so that it stands out where
// it lies on a line.
func (s *scene) point(kind markKind, x, y, radius float64, fill paint) {
	s.add(mark{kind: kind, x: x, y: y, w: radius, h: radius, fill: fill, stroke: ground, thick: 1.5})
}

// text writes one line whose middle is at y.
func (s *scene) text(x, y float64, a anchor, size float64, fill paint, text string) {
	if text != "" {
		s.add(mark{kind: words, x: x, y: y, anchor: a, size: size, fill: fill, text: text})
	}
}

// lines writes lines below each other around the middle y.
func (s *scene) lines(x, y float64, a anchor, size float64, fill paint, lines []string) {
	y -= float64(len(lines)-1) * step(size) / 2
	for i, text := range lines {
		s.text(x, y+float64(i)*step(size), a, size, fill, text)
	}
}

// step is the distance of two lines of text.
func step(size float64) float64 { return size + lineStep - labelSize }

// put paints another scene into this one.
func (s *scene) put(other *scene, x, y float64) {
	for _, m := range other.marks {
		m.x, m.y = m.x+x, m.y+y
		s.add(m)
	}
}

// mirror turns the scene round for reading from the right.
func (s *scene) mirror() {
	for i := range s.marks {
		m := &s.marks[i]
		m.x = s.width - m.x
		switch m.kind {
		case box:
			m.x -= m.w
		case line, dashes:
			m.w = -m.w
		case words:
			m.anchor = end - m.anchor
		}
		switch m.hatch {
		case risingHatch:
			m.hatch = fallingHatch
		case fallingHatch:
			m.hatch = risingHatch
		}
	}
}

// appendTo writes everything that the scene shows, for a fingerprint.
func (s *scene) appendTo(text []byte) []byte { return fmt.Appendf(text, "%v", *s) }

// hatching returns the lines of a pattern inside a rectangle.
func (m *mark) hatching() [][4]float64 {
	const gap = 7
	var found [][4]float64
	slope := func(rising bool) {
		// x ± y is constant along each line; it runs through the box from one
		// side that it meets to the other.
		for c := gap / 2.0; c < m.w+m.h; c += gap {
			x1, y1 := min(c, m.w), max(0, c-m.w)
			x2, y2 := max(0, c-m.h), min(c, m.h)
			if !rising {
				y1, y2 = m.h-y1, m.h-y2
			}
			found = append(found, [4]float64{m.x + x1, m.y + y1, m.x + x2, m.y + y2})
		}
	}
	switch m.hatch {
	case risingHatch:
		slope(true)
	case fallingHatch:
		slope(false)
	case crossHatch:
		slope(true)
		slope(false)
	case flatHatch:
		for y := gap / 2.0; y < m.h; y += gap {
			found = append(found, [4]float64{m.x, m.y + y, m.x + m.w, m.y + y})
		}
	case uprightHatch:
		for x := gap / 2.0; x < m.w; x += gap {
			found = append(found, [4]float64{m.x + x, m.y, m.x + x, m.y + m.h})
		}
	}
	return found
}
