package raster

import "math"

// pen draws lines as the areas that they cover.
type pen struct {
	width  float64
	round  bool // round ends and corners, else cut ends and pointed corners
	square bool // ends that reach beyond the line's
}

// newPen is the pen of a style, whose units are so many pixels.
func newPen(s style, scale float64) pen {
	return pen{width: s.width * scale, round: s.join == "round" || s.cap == "round", square: s.cap == "square"}
}

// draw returns the areas of lines, all turning the same way, so that the
// rasterizer adds up instead of cutting out where they overlap.
func (p pen) draw(lines []polygon) []polygon {
	var all []polygon
	if p.width <= 0 {
		return nil
	}
	for _, line := range lines {
		points := distinct(line.points, line.closed)
		last := len(points) - 1
		if last < 0 || last == 0 && !p.round {
			continue
		}
		count := last
		if line.closed {
			count++
		}
		for i := range count {
			from, to := points[i], points[(i+1)%len(points)]
			if p.square && !line.closed {
				from, to = p.reach(from, to, i == 0, i == count-1)
			}
			all = append(all, p.bar(from, to))
			if i < count-1 || line.closed {
				all = append(all, p.corner(points[i], points[(i+1)%len(points)], points[(i+2)%len(points)])...)
			}
		}
		if p.round && !line.closed {
			all = append(all, p.disc(points[0]), p.disc(points[last]))
		}
	}
	return all
}

// distinct leaves out points that repeat the one before.
func distinct(points []point, closed bool) []point {
	var all []point
	for _, at := range points {
		if len(all) == 0 || math.Hypot(at.x-all[len(all)-1].x, at.y-all[len(all)-1].y) > 1e-6 {
			all = append(all, at)
		}
	}
	if closed && len(all) > 1 && math.Hypot(all[0].x-all[len(all)-1].x, all[0].y-all[len(all)-1].y) <= 1e-6 {
		all = all[:len(all)-1]
	}
	return all
}

// across is half the pen's width at a right angle to a line.
func (p pen) across(from, to point) point {
	length := math.Hypot(to.x-from.x, to.y-from.y)
	half := p.width / 2 / length
	return point{-(to.y - from.y) * half, (to.x - from.x) * half}
}

func (p pen) reach(from, to point, first, last bool) (point, point) {
	n := p.across(from, to)
	if first {
		from = point{from.x - n.y, from.y + n.x}
	}
	if last {
		to = point{to.x + n.y, to.y - n.x}
	}
	return from, to
}

func (p pen) bar(from, to point) polygon {
	n := p.across(from, to)
	return turned(point{from.x + n.x, from.y + n.y}, point{to.x + n.x, to.y + n.y}, point{to.x - n.x, to.y - n.y}, point{from.x - n.x, from.y - n.y})
}

// corner fills the outer side of a corner: to a point up to SVG's miter limit of
// four, else cut.
func (p pen) corner(from, at, to point) []polygon {
	if p.round {
		return []polygon{p.disc(at)}
	}
	a, b := p.across(from, at), p.across(at, to)
	if cross := a.x*b.y - a.y*b.x; cross > 0 {
		a, b = point{-a.x, -a.y}, point{-b.x, -b.y} // the outer side is the right one
	} else if cross == 0 {
		return nil
	}
	one, other := point{at.x + a.x, at.y + a.y}, point{at.x + b.x, at.y + b.y}
	half := p.width / 2
	tip := point{a.x + b.x, a.y + b.y}
	const limit = 4
	if square := tip.x*tip.x + tip.y*tip.y; square > 0 {
		far := 2 * half * half / square // how far the tip lies out, in tips
		if far*math.Sqrt(square) <= limit*half {
			return []polygon{turned(at, one, point{at.x + tip.x*far, at.y + tip.y*far}, other)}
		}
	}
	return []polygon{turned(at, one, other)}
}

func (p pen) disc(at point) polygon {
	round := ellipse(at.x, at.y, p.width/2, p.width/2).outline(Matrix{A: 1, D: 1})
	return turned(round[0].points...)
}

// turned is the polygon in the direction that all have.
func turned(points ...point) polygon {
	area := 0.0
	for i, at := range points {
		next := points[(i+1)%len(points)]
		area += at.x*next.y - at.y*next.x
	}
	if area < 0 {
		for i, j := 0, len(points)-1; i < j; i, j = i+1, j-1 {
			points[i], points[j] = points[j], points[i]
		}
	}
	return polygon{points: points, closed: true}
}

// dashed cuts lines into the parts of a dash pattern, whose lengths are in units
// that are so many pixels long.
func dashed(lines []polygon, dashes []float64, offset, scale float64) []polygon {
	var all []polygon
	for _, line := range lines {
		points := distinct(line.points, line.closed)
		if line.closed && len(points) > 1 {
			points = append(points, points[0])
		}
		index, left := 0, dashes[0]*scale
		for skip := offset * scale; skip > 0; {
			if skip < left {
				left -= skip
				break
			}
			skip -= left
			index = (index + 1) % len(dashes)
			left = dashes[index] * scale
		}
		var now []point
		for i := 0; i+1 < len(points); i++ {
			from, to := points[i], points[i+1]
			length := math.Hypot(to.x-from.x, to.y-from.y)
			done := 0.0
			if index%2 == 0 && now == nil {
				now = []point{from}
			}
			for length-done > left {
				done += left
				at := point{from.x + (to.x-from.x)*done/length, from.y + (to.y-from.y)*done/length}
				if index%2 == 0 {
					all = append(all, polygon{points: append(now, at)})
					now = nil
				} else {
					now = []point{at}
				}
				index = (index + 1) % len(dashes)
				left = max(dashes[index]*scale, 1e-3)
			}
			left -= length - done
			if index%2 == 0 {
				now = append(now, to)
			}
		}
		if len(now) > 1 {
			all = append(all, polygon{points: now})
		}
	}
	return all
}
