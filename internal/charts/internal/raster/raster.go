// Package raster paints the pictures of package charts as pixels, without a
// browser: of SVG it knows what those pictures consist of and refuses the rest.
package raster

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"strings"

	"golang.org/x/image/vector"
)

// Matrix maps x, y to A·x + C·y + E, B·x + D·y + F.
type Matrix struct{ A, B, C, D, E, F float64 }

// Scaled is a matrix that enlarges and then moves.
func Scaled(scale, x, y float64) Matrix { return Matrix{scale, 0, 0, scale, x, y} }

// times is the matrix that first does n and then m.
func (m Matrix) times(n Matrix) Matrix {
	return Matrix{
		m.A*n.A + m.C*n.B, m.B*n.A + m.D*n.B,
		m.A*n.C + m.C*n.D, m.B*n.C + m.D*n.D,
		m.A*n.E + m.C*n.F + m.E, m.B*n.E + m.D*n.F + m.F,
	}
}

func (m Matrix) apply(p point) point {
	return point{m.A*p.x + m.C*p.y + m.E, m.B*p.x + m.D*p.y + m.F}
}

// scale is how much the matrix enlarges lengths, the mean of both directions.
func (m Matrix) scale() float64 { return math.Sqrt(math.Abs(m.A*m.D - m.B*m.C)) }

type point struct{ x, y float64 }

// Draw paints an SVG onto the image. It fails on anything that it does not
// know, since a picture that lacks a part would tell something else.
func Draw(onto *image.RGBA, svg []byte, m Matrix) error {
	root, ids, err := parse(svg)
	if err != nil {
		return fmt.Errorf("read the picture: %w", err)
	}
	p := &painter{onto: onto, ids: ids}
	if err := p.children(root, m, initialStyle()); err != nil {
		return fmt.Errorf("paint the picture: %w", err)
	}
	return nil
}

// painter paints elements onto an image.
type painter struct {
	onto   *image.RGBA
	ids    map[string]*node
	raster vector.Rasterizer
	deep   int // how many elements the current one stands in
}

// mostDeep is far deeper than any chart; what uses itself goes on for ever.
const mostDeep = 64

// style is what elements hand down to those inside them. Opacity is multiplied
// into the colours: nothing in our pictures overlaps inside a group.
type style struct {
	fill, stroke                        string
	fillOpacity, strokeOpacity, opacity float64
	width                               float64
	dashes                              []float64
	dashOffset                          float64
	cap, join                           string
}

// initialStyle is what SVG begins with.
func initialStyle() style {
	return style{fill: "#000000", stroke: "none", fillOpacity: 1, strokeOpacity: 1, opacity: 1, width: 1, cap: "butt", join: "miter"}
}

func (p *painter) children(parent *node, m Matrix, s style) error {
	return p.each(parent, m, s, p.element)
}

// each does something with the elements inside another.
func (p *painter) each(parent *node, m Matrix, s style, do func(*node, Matrix, style) error) error {
	if p.deep++; p.deep > mostDeep {
		return errors.New("elements stand in each other too deeply")
	}
	defer func() { p.deep-- }()
	for _, child := range parent.children {
		if err := do(child, m, s); err != nil {
			return err
		}
	}
	return nil
}

func (p *painter) element(n *node, m Matrix, s style) error {
	switch n.name {
	case "title", "desc", "defs", "pattern", "clipPath":
		return nil
	}
	m, s, err := n.inherit(m, s)
	if err != nil {
		return err
	}
	if clip := n.attributes["clip-path"]; clip != "" {
		return p.clipped(n, clip, m, s)
	}
	return p.inside(n, m, s)
}

// inside paints an element whose own attributes are read already.
func (p *painter) inside(n *node, m Matrix, s style) error {
	switch n.name {
	case "g", "svg":
		return p.children(n, m, s)
	case "use":
		target := p.ids[strings.TrimPrefix(n.attributes["href"], "#")]
		if target == nil {
			return fmt.Errorf("use of %q, which is not there", n.attributes["href"])
		}
		return p.each(&node{children: []*node{target}}, m.times(Matrix{1, 0, 0, 1, n.number("x"), n.number("y")}), s, p.element)
	}
	shape, err := n.shape()
	if err != nil {
		return err
	}
	if err := p.fill(shape, m, s); err != nil {
		return err
	}
	return p.stroke(shape, m, s)
}

// clipped paints an element onto a layer of its own and takes over what lies
// inside the clipping path.
func (p *painter) clipped(n *node, clip string, m Matrix, s style) error {
	around := p.ids[reference(clip)]
	if around == nil {
		return fmt.Errorf("clip path %q is not there", clip)
	}
	mask := image.NewAlpha(p.onto.Bounds())
	for _, child := range around.children {
		inner, _, err := child.inherit(m, s)
		if err != nil {
			return err
		}
		shape, err := child.shape()
		if err != nil {
			return err
		}
		p.cover(mask, shape.outline(inner), image.Opaque)
	}
	layer := &painter{onto: image.NewRGBA(p.onto.Bounds()), ids: p.ids}
	if err := layer.inside(n, m, s); err != nil {
		return err
	}
	draw.DrawMask(p.onto, p.onto.Bounds(), layer.onto, p.onto.Bounds().Min, mask, p.onto.Bounds().Min, draw.Over)
	return nil
}

func (p *painter) fill(shape path, m Matrix, s style) error {
	if s.fill == "none" || s.fill == "transparent" {
		return nil
	}
	outline := shape.outline(m)
	if id := reference(s.fill); id != "" {
		return p.pattern(id, outline, m, s)
	}
	c, err := parseColour(s.fill, s.fillOpacity*s.opacity)
	if err != nil {
		return err
	}
	p.cover(p.onto, outline, image.NewUniform(c))
	return nil
}

// pattern fills an outline with tiles.
func (p *painter) pattern(id string, outline []polygon, m Matrix, s style) error {
	tile := p.ids[id]
	if tile == nil || tile.name != "pattern" {
		return fmt.Errorf("pattern %q is not there", id)
	}
	t := tiles{wide: tile.number("width"), high: tile.number("height"), m: m}
	if t.wide <= 0 || t.high <= 0 {
		return fmt.Errorf("pattern %q has no size", id)
	}
	if text := tile.attributes["patternTransform"]; text != "" {
		own, err := parseTransform(text)
		if err != nil {
			return err
		}
		t.m = t.m.times(own)
	}
	t.m = t.m.times(Matrix{1, 0, 0, 1, tile.number("x"), tile.number("y")})
	bounds := boundsOf(outline).Intersect(p.onto.Bounds())
	back, ok := t.m.inverse()
	if bounds.Empty() || !ok {
		return nil // out of the picture, or flattened to nothing
	}
	t.first, t.last = back.span(bounds)
	if math.Ceil((t.last.x-t.first.x)/t.wide)*math.Ceil((t.last.y-t.first.y)/t.high) > mostTiles {
		return fmt.Errorf("pattern %q has too many tiles", id)
	}
	layer := &painter{onto: image.NewRGBA(bounds), ids: p.ids}
	plain := initialStyle()
	plain.opacity = s.fillOpacity * s.opacity
	err := layer.each(tile, Matrix{A: 1, D: 1}, plain, func(n *node, m Matrix, s style) error { return layer.tiled(n, m, s, t) })
	if err != nil {
		return err
	}
	mask := image.NewAlpha(bounds)
	p.cover(mask, outline, image.Opaque)
	draw.DrawMask(p.onto, bounds, layer.onto, bounds.Min, mask, bounds.Min, draw.Over)
	return nil
}

// tiles are the places that a pattern is repeated at: m turns the units of a
// tile into pixels, and all from first to last in these units is needed.
type tiles struct {
	wide, high  float64
	m           Matrix
	first, last point
}

// tiled paints an element of a pattern in all tiles at once: laid side by side,
// their soft edges would show.
func (p *painter) tiled(n *node, m Matrix, s style, t tiles) error {
	m, s, err := n.inherit(m, s)
	if err != nil {
		return err
	}
	if n.name == "g" {
		return p.each(n, m, s, func(n *node, m Matrix, s style) error { return p.tiled(n, m, s, t) })
	}
	shape, err := n.shape()
	if err != nil {
		return err
	}
	lines := shape.outline(Scaled(fine, 0, 0).times(m))
	pen := newPen(s, m.scale()*fine)
	for _, part := range []struct {
		polygons []polygon
		colour   string
		opacity  float64
	}{{lines, s.fill, s.fillOpacity}, {pen.draw(lines), s.stroke, s.strokeOpacity}} {
		if part.colour == "none" || part.colour == "transparent" {
			continue
		}
		c, err := parseColour(part.colour, part.opacity*s.opacity)
		if err != nil {
			return err
		}
		p.cover(p.onto, t.repeat(part.polygons), image.NewUniform(c))
	}
	return nil
}

// fine is how many parts of a unit curves of a tile are followed in.
const fine = 8

// repeat cuts polygons, in fine units, off at the tile's edges and puts them
// into every tile.
func (t tiles) repeat(polygons []polygon) []polygon {
	var all []polygon
	for _, one := range polygons {
		inside := one.within(t.wide*fine, t.high*fine)
		if len(inside.points) < 3 {
			continue
		}
		for y := math.Floor(t.first.y / t.high); y*t.high < t.last.y; y++ {
			for x := math.Floor(t.first.x / t.wide); x*t.wide < t.last.x; x++ {
				to := t.m.times(Matrix{1.0 / fine, 0, 0, 1.0 / fine, x * t.wide, y * t.high})
				moved := polygon{closed: true, points: make([]point, len(inside.points))}
				for i, at := range inside.points {
					moved.points[i] = to.apply(at)
				}
				all = append(all, moved)
			}
		}
	}
	return all
}

// within cuts a polygon off at the edges of a box from 0, 0 (Sutherland &
// Hodgman 1974).
func (g polygon) within(wide, high float64) polygon {
	for _, edge := range []struct{ a, b, c float64 }{{1, 0, 0}, {-1, 0, wide}, {0, 1, 0}, {0, -1, high}} {
		side := func(at point) float64 { return edge.a*at.x + edge.b*at.y + edge.c }
		var kept []point
		for i, at := range g.points {
			next := g.points[(i+1)%len(g.points)]
			here, there := side(at), side(next)
			if here >= 0 {
				kept = append(kept, at)
			}
			if here < 0 != (there < 0) {
				part := here / (here - there)
				kept = append(kept, point{at.x + (next.x-at.x)*part, at.y + (next.y-at.y)*part})
			}
		}
		g.points = kept
	}
	return g
}

// mostTiles is far more than a chart has.
const mostTiles = 250_000

func (p *painter) stroke(shape path, m Matrix, s style) error {
	pen := newPen(s, m.scale())
	if s.stroke == "none" || s.stroke == "transparent" || pen.width <= 0 {
		return nil
	}
	c, err := parseColour(s.stroke, s.strokeOpacity*s.opacity)
	if err != nil {
		return err
	}
	lines := shape.outline(m)
	if _, _, near := cornersOf(lines); !near {
		return nil
	}
	if len(s.dashes) > 0 {
		lines = dashed(lines, s.dashes, s.dashOffset, m.scale())
	}
	p.cover(p.onto, pen.draw(lines), image.NewUniform(c))
	return nil
}

// cover paints the inside of polygons in one go, so that where they overlap a
// colour that lets through is laid on once.
func (p *painter) cover(onto draw.Image, polygons []polygon, with image.Image) {
	bounds := boundsOf(polygons).Intersect(onto.Bounds())
	if bounds.Empty() {
		return
	}
	p.raster.Reset(bounds.Dx(), bounds.Dy())
	x, y := float64(bounds.Min.X), float64(bounds.Min.Y)
	for _, line := range polygons {
		for i, at := range line.points {
			if i == 0 {
				p.raster.MoveTo(float32(at.x-x), float32(at.y-y))
			} else {
				p.raster.LineTo(float32(at.x-x), float32(at.y-y))
			}
		}
		p.raster.ClosePath()
	}
	p.raster.Draw(onto, bounds, with, image.Point{})
}

// cornersOf returns the corners of the box around polygons, and whether there
// are points and none lies beyond what a picture can show.
func cornersOf(polygons []polygon) (low, high point, near bool) {
	low, high = point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for _, line := range polygons {
		for _, at := range line.points {
			low, high = point{min(low.x, at.x), min(low.y, at.y)}, point{max(high.x, at.x), max(high.y, at.y)}
		}
	}
	const far = 1 << 20 // beyond any picture, and safe as an integer
	return low, high, low.x > -far && low.y > -far && high.x < far && high.y < far && low.x <= high.x
}

func boundsOf(polygons []polygon) image.Rectangle {
	low, high, near := cornersOf(polygons)
	if !near {
		return image.Rectangle{}
	}
	return image.Rect(int(math.Floor(low.x)), int(math.Floor(low.y)), int(math.Ceil(high.x)), int(math.Ceil(high.y)))
}

// inverse undoes the matrix; false when it cannot be undone.
func (m Matrix) inverse() (Matrix, bool) {
	d := m.A*m.D - m.B*m.C
	if math.Abs(d) < 1e-12 {
		return Matrix{}, false
	}
	return Matrix{m.D / d, -m.B / d, -m.C / d, m.A / d, (m.C*m.F - m.D*m.E) / d, (m.B*m.E - m.A*m.F) / d}, true
}

// span returns the corners of what a rectangle becomes.
func (m Matrix) span(r image.Rectangle) (low, high point) {
	low, high = point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for _, x := range []int{r.Min.X, r.Max.X} {
		for _, y := range []int{r.Min.Y, r.Max.Y} {
			at := m.apply(point{float64(x), float64(y)})
			low, high = point{min(low.x, at.x), min(low.y, at.y)}, point{max(high.x, at.x), max(high.y, at.y)}
		}
	}
	return low, high
}

// parseColour reads #rgb, #rrggbb, rgb(…) and rgba(…).
func parseColour(text string, opacity float64) (color.NRGBA, error) {
	var r, g, b uint8
	a := 1.0
	_, err := fmt.Sscanf(text, "#%02x%02x%02x", &r, &g, &b)
	switch {
	case strings.HasPrefix(text, "rgba("):
		_, err = fmt.Sscanf(strings.ReplaceAll(text, " ", ""), "rgba(%d,%d,%d,%g)", &r, &g, &b, &a)
	case strings.HasPrefix(text, "rgb("):
		_, err = fmt.Sscanf(strings.ReplaceAll(text, " ", ""), "rgb(%d,%d,%d)", &r, &g, &b)
	case len(text) == 4 && text[0] == '#':
		_, err = fmt.Sscanf(text, "#%1x%1x%1x", &r, &g, &b)
		r, g, b = r*17, g*17, b*17
	case len(text) != 7:
		err = fmt.Errorf("no colour")
	}
	if err != nil {
		return color.NRGBA{}, fmt.Errorf("colour %q: %w", text, err)
	}
	return color.NRGBA{r, g, b, uint8(min(max(a*opacity, 0), 1)*255 + 0.5)}, nil
}
