package charts

import (
	"strconv"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/i18n"
)

// Influence places names on two scales from 1 to Steps: the power–interest grid.
type Influence struct {
	Name, Title, Summary string
	Across, Up           string // what the scales are, and which end is more

	Steps  int
	Points []InfluencePoint
	Table  Table
	Data   Data
}

// InfluencePoint is one name with its number in the table.
type InfluencePoint struct {
	Number     int
	Label      string
	Across, Up int
}

// BuildInfluence draws the grid: names in cells where there is room, else their
// numbers, which the table explains.
func BuildInfluence(in Influence, words *i18n.Localizer, options ...Option) Chart {
	b := newBuilder(analysis.Figure{}, nil, words, options)
	chart := Chart{ID: identifier(in.Name), Title: plain(in.Title), Direction: words.Direction(), Language: words.Language(),
		Summary: in.Summary, Table: in.Table, Data: in.Data}
	if len(in.Points) == 0 {
		return chart
	}
	g := &influence{Influence: in, builder: b, scene: &scene{width: float64(b.width)}}
	g.draw()
	chart.finish(g.scene, words.T("charts.influence_foot"), b.right)
	return chart
}

type influence struct {
	Influence
	*builder
	scene *scene
	left  float64 // where the grid begins
	cell  float64 // how wide a cell is

}

// linesOf are the words in a cell, from the top.
func (g *influence) linesOf(across, up int) (lines []string) {
	const namesFrom = 600
	numbers := ""
	for _, point := range g.Points {
		if point.Across != across || point.Up != up {
			continue
		}
		number := strconv.Itoa(point.Number)
		if g.width >= namesFrom {
			lines = append(lines, wrap(number+" "+plain(point.Label), g.cell-10, smallSize, 2)...)
			continue
		}
		if numbers != "" {
			numbers += ", "
		}
		numbers += number
	}
	if numbers != "" {
		lines = wrap(numbers, g.cell-8, smallSize, 20)
	}
	return lines
}

func (g *influence) draw() {
	s := g.scene
	g.left = 3.5 * margin
	g.cell = (s.width - g.left - margin) / float64(g.Steps)
	s.caption(g.Up, g.builder.right)
	for up := g.Steps; up >= 1; up-- {
		height := g.cell * 0.42
		if g.cell < 90 {
			height = g.cell * 0.8
		}
		for across := 1; across <= g.Steps; across++ {
			height = max(height, float64(len(g.linesOf(across, up)))*step(smallSize)+12)
		}
		g.row(up, height)
	}
	s.height += step(smallSize)
	for across := 1; across <= g.Steps; across++ {
		s.text(g.left+(float64(across)-0.5)*g.cell, s.height, middle, smallSize, muted, g.words.Number(float64(across), 0))
	}
	s.height += step(smallSize)
	for _, line := range wrap(g.Across, s.width-2*margin, smallSize, 2) {
		s.text(s.width-margin, s.height, end, smallSize, muted, directed([]string{line}, g.builder.right))
		s.height += step(smallSize)
	}
	s.height += 4
}

// row draws the cells of one step of the scale upwards. Cells with much of both are
// tinted most.
func (g *influence) row(up int, height float64) {
	s, half := g.scene, (g.Steps+1)/2
	s.text(margin, s.height+height/2, start, smallSize, muted, g.words.Number(float64(up), 0))
	for across := 1; across <= g.Steps; across++ {
		shade := 0.0
		if across > half {
			shade += 0.12
		}
		if up > half {
			shade += 0.12
		}
		x := g.left + float64(across-1)*g.cell
		cell := mark{kind: box, x: x + 1, y: s.height + 1, w: g.cell - 2, h: height - 2, fill: tint(shade), stroke: rule, thick: 0.6}
		s.add(cell)
		lines := g.linesOf(across, up)
		for i := range lines {
			lines[i] = directed(lines[i:i+1], g.builder.right)
		}
		s.lines(x+g.cell/2, s.height+height/2, middle, smallSize, inkOn{cell.fill}, lines)
	}
	s.height += height
}
