package raster

import (
	"fmt"
	"math"
	"strings"
)

// path is a shape as curves, in the element's own units.
type path []segment

// segment is a move, a line or a cubic curve to its last point.
type segment struct {
	kind byte // M, L, C or Z
	p    [3]point
}

// polygon is a line of points, closed or not.
type polygon struct {
	points []point
	closed bool
}

// shape reads what an element draws.
func (n *node) shape() (path, error) {
	if n.drawn != nil {
		return n.drawn, nil
	}
	var err error
	switch n.name {
	case "path":
		n.drawn, err = parsePath(n.attributes["d"])
	case "rect":
		x, y, w, h := n.number("x"), n.number("y"), n.number("width"), n.number("height")
		if n.number("rx") > 0 {
			n.drawn = rounded(x, y, w, h, min(n.number("rx"), w/2, h/2))
			break
		}
		n.drawn = straight(true, point{x, y}, point{x + w, y}, point{x + w, y + h}, point{x, y + h})
	case "circle":
		n.drawn = ellipse(n.number("cx"), n.number("cy"), n.number("r"), n.number("r"))
	case "ellipse":
		n.drawn = ellipse(n.number("cx"), n.number("cy"), n.number("rx"), n.number("ry"))
	case "line":
		n.drawn = straight(false, point{n.number("x1"), n.number("y1")}, point{n.number("x2"), n.number("y2")})
	case "polyline", "polygon":
		var v []float64
		if v, err = numbers(n.attributes["points"]); err != nil {
			break
		}
		var points []point
		for i := 0; i+1 < len(v); i += 2 {
			points = append(points, point{v[i], v[i+1]})
		}
		n.drawn = straight(n.name == "polygon", points...)
	default:
		err = fmt.Errorf("element %q is not known", n.name)
	}
	if n.drawn == nil {
		n.drawn = path{}
	}
	return n.drawn, err
}

func straight(closed bool, points ...point) path {
	var all path
	for i, at := range points {
		kind := byte('L')
		if i == 0 {
			kind = 'M'
		}
		all = append(all, segment{kind, [3]point{at}})
	}
	if closed {
		all = append(all, segment{kind: 'Z'})
	}
	return all
}

// kappa makes a cubic curve follow a quarter of a circle.
const kappa = 0.5522847498307936

func ellipse(cx, cy, rx, ry float64) path {
	curve := func(a, b, to point) segment { return segment{'C', [3]point{a, b, to}} }
	kx, ky := kappa*rx, kappa*ry
	return path{
		{'M', [3]point{{cx + rx, cy}}},
		curve(point{cx + rx, cy + ky}, point{cx + kx, cy + ry}, point{cx, cy + ry}),
		curve(point{cx - kx, cy + ry}, point{cx - rx, cy + ky}, point{cx - rx, cy}),
		curve(point{cx - rx, cy - ky}, point{cx - kx, cy - ry}, point{cx, cy - ry}),
		curve(point{cx + kx, cy - ry}, point{cx + rx, cy - ky}, point{cx + rx, cy}),
		{kind: 'Z'},
	}
}

func rounded(x, y, w, h, r float64) path {
	k := r * (1 - kappa)
	curve := func(a, b, to point) segment { return segment{'C', [3]point{a, b, to}} }
	to := func(x, y float64) segment { return segment{'L', [3]point{{x, y}}} }
	return path{
		{'M', [3]point{{x + r, y}}}, to(x+w-r, y),
		curve(point{x + w - k, y}, point{x + w, y + k}, point{x + w, y + r}), to(x+w, y+h-r),
		curve(point{x + w, y + h - k}, point{x + w - k, y + h}, point{x + w - r, y + h}), to(x+r, y+h),
		curve(point{x + k, y + h}, point{x, y + h - k}, point{x, y + h - r}), to(x, y+r),
		curve(point{x, y + k}, point{x + k, y}, point{x + r, y}), {kind: 'Z'},
	}
}

// pathReader follows the commands of a path.
type pathReader struct {
	out       path
	at, first point
}

// parsePath reads the commands M, L, H, V, C, Q, A and Z, in both cases.
func parsePath(text string) (path, error) {
	var r pathReader
	for text != "" {
		command := text[0]
		text = text[1:]
		end := strings.IndexFunc(text, func(c rune) bool { return c >= 'A' && c <= 'Z' && c != 'E' || c >= 'a' && c <= 'z' && c != 'e' })
		if end < 0 {
			end = len(text)
		}
		values, err := numbers(text[:end])
		if err != nil {
			return nil, err
		}
		text = text[end:]
		if err := r.command(command, values); err != nil {
			return nil, err
		}
	}
	return r.out, nil
}

// command follows one command with as many sets of values as it has.
func (r *pathReader) command(command byte, v []float64) error {
	upper := command &^ 0x20
	need, known := map[byte]int{'M': 2, 'L': 2, 'H': 1, 'V': 1, 'C': 6, 'Q': 4, 'A': 7, 'Z': 0}[upper]
	if !known || need == 0 && len(v) > 0 || need > 0 && (len(v) == 0 || len(v)%need != 0) {
		return fmt.Errorf("path command %q with %d numbers", command, len(v))
	}
	if upper == 'Z' {
		r.out = append(r.out, segment{kind: 'Z'})
		r.at = r.first
		return nil
	}
	for ; len(v) > 0; v = v[need:] {
		from := point{}
		if command != upper {
			from = r.at
		}
		r.step(upper, from, v)
		if upper == 'M' {
			upper = 'L' // further pairs are lines
		}
	}
	return nil
}

func (r *pathReader) step(command byte, from point, v []float64) {
	p := func(i int) point { return point{from.x + v[i], from.y + v[i+1]} }
	switch command {
	case 'M':
		r.at, r.first = p(0), p(0)
		r.out = append(r.out, segment{'M', [3]point{r.at}})
	case 'L':
		r.line(p(0))
	case 'H':
		r.line(point{from.x + v[0], r.at.y})
	case 'V':
		r.line(point{r.at.x, from.y + v[0]})
	case 'C':
		r.curve(p(0), p(2), p(4))
	case 'Q':
		c, to := p(0), p(2)
		third := func(a, b float64) float64 { return a + (b-a)*2/3 }
		r.curve(point{third(r.at.x, c.x), third(r.at.y, c.y)}, point{third(to.x, c.x), third(to.y, c.y)}, to)
	case 'A':
		r.arc(v[0], v[1], v[2], v[3] != 0, v[4] != 0, p(5))
	}
}

func (r *pathReader) line(to point) {
	r.out = append(r.out, segment{'L', [3]point{to}})
	r.at = to
}

func (r *pathReader) curve(a, b, to point) {
	r.out = append(r.out, segment{'C', [3]point{a, b, to}})
	r.at = to
}

// arc turns an arc of an ellipse into curves (SVG 2, appendix B.2.4).
func (r *pathReader) arc(rx, ry, turn float64, large, sweep bool, to point) {
	rx, ry = math.Abs(rx), math.Abs(ry)
	if rx == 0 || ry == 0 || r.at == to {
		r.line(to)
		return
	}
	sin, cos := math.Sincos(turn * math.Pi / 180)
	dx, dy := (r.at.x-to.x)/2, (r.at.y-to.y)/2
	x, y := cos*dx+sin*dy, -sin*dx+cos*dy
	if over := x*x/(rx*rx) + y*y/(ry*ry); over > 1 {
		rx, ry = rx*math.Sqrt(over), ry*math.Sqrt(over)
	}
	root := math.Sqrt(max(0, (rx*rx*ry*ry-rx*rx*y*y-ry*ry*x*x)/(rx*rx*y*y+ry*ry*x*x)))
	if large == sweep {
		root = -root
	}
	cx, cy := root*rx*y/ry, -root*ry*x/rx
	centre := point{cos*cx - sin*cy + (r.at.x+to.x)/2, sin*cx + cos*cy + (r.at.y+to.y)/2}
	begin := math.Atan2((y-cy)/ry, (x-cx)/rx)
	sweepBy := math.Atan2((-y-cy)/ry, (-x-cx)/rx) - begin
	if sweep && sweepBy < 0 {
		sweepBy += 2 * math.Pi
	} else if !sweep && sweepBy > 0 {
		sweepBy -= 2 * math.Pi
	}
	on := func(a, b float64) point {
		return point{centre.x + cos*rx*a - sin*ry*b, centre.y + sin*rx*a + cos*ry*b}
	}
	parts := math.Ceil(math.Abs(sweepBy) / (math.Pi / 2))
	part := sweepBy / parts
	k := 4.0 / 3 * math.Tan(part/4)
	for i := 0.0; i < parts; i++ {
		s1, c1 := math.Sincos(begin + i*part)
		s2, c2 := math.Sincos(begin + (i+1)*part)
		end := on(c2, s2)
		if i == parts-1 {
			end = to
		}
		r.curve(on(c1-k*s1, s1+k*c1), on(c2+k*s2, s2-k*c2), end)
	}
}

// outline turns the path into straight lines on the image.
func (p path) outline(m Matrix) []polygon {
	var all []polygon
	var now polygon
	end := func() {
		if len(now.points) > 1 {
			all = append(all, now)
		}
		now = polygon{}
	}
	first := point{}
	for _, s := range p {
		switch s.kind {
		case 'M':
			end()
			first = m.apply(s.p[0])
			now.points = append(now.points, first)
		case 'L':
			now.points = append(now.points, m.apply(s.p[0]))
		case 'C':
			now.flatten(m.apply(s.p[0]), m.apply(s.p[1]), m.apply(s.p[2]))
		case 'Z':
			now.closed = true
			end()
			now.points = append(now.points, first)
		}
	}
	end()
	return all
}

// flatten follows a cubic curve by lines that stay within a tenth of a pixel.
func (g *polygon) flatten(a, b, to point) {
	if len(g.points) == 0 {
		return
	}
	from := g.points[len(g.points)-1]
	bend := max(math.Hypot(from.x-2*a.x+b.x, from.y-2*a.y+b.y), math.Hypot(a.x-2*b.x+to.x, a.y-2*b.y+to.y))
	const off, most = 0.1, 64
	parts := min(max(math.Ceil(math.Sqrt(0.75*bend/off)), 1), most)
	for i := 1.0; i <= parts; i++ {
		t := i / parts
		u := 1 - t
		g.points = append(g.points, point{
			u*u*u*from.x + 3*u*u*t*a.x + 3*u*t*t*b.x + t*t*t*to.x,
			u*u*u*from.y + 3*u*u*t*a.y + 3*u*t*t*b.y + t*t*t*to.y,
		})
	}
}
