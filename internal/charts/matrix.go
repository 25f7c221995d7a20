package charts

import (
	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/i18n"
)

// Matrix is rows by columns with a word in every cell, its ground the darker the
// more pressing it is.
type Matrix struct {
	Name, Title, Summary, Footer string
	Columns                      []string
	Rows                         []MatrixRow
	Table                        Table
	Data                         Data
}

// MatrixRow is one row.
type MatrixRow struct {
	Label string
	Cells []MatrixCell
}

// MatrixCell is a word, a number below it ("" for none), and how pressing it is, 0
// to 1; Unsure cells have an outline only, as nothing is known of them.
type MatrixCell struct {
	Word, Number string
	Weight       float64
	Unsure       bool
}

// BuildMatrix draws a matrix. Where not all columns find room beside each other, the
// rows are repeated for the next ones.
func BuildMatrix(m Matrix, words *i18n.Localizer, options ...Option) Chart {
	b := newBuilder(analysis.Figure{}, nil, words, options)
	chart := Chart{ID: identifier(m.Name), Title: plain(m.Title), Direction: words.Direction(), Language: words.Language(),
		Summary: m.Summary, Table: m.Table, Data: m.Data}
	if len(m.Rows) == 0 || len(m.Columns) == 0 {
		return chart
	}
	d := &matrixDrawing{Matrix: m, builder: b, scene: &scene{width: float64(b.width)}}
	d.draw()
	chart.finish(d.scene, m.Footer, b.right)
	return chart
}

type matrixDrawing struct {
	Matrix
	*builder
	scene *scene
}

// least is the width that the longest word in a cell takes, within bounds.
func (d *matrixDrawing) least() float64 {
	const least, most = 62, 104
	longest := 0.0
	for _, row := range d.Rows {
		for _, cell := range row.Cells {
			for _, word := range pieces(cell.Word, most, smallSize) {
				longest = max(longest, textWidth(word.text, smallSize))
			}
		}
	}
	return min(max(longest+10, least), most)
}

func (d *matrixDrawing) draw() {
	s := d.scene
	cols := columnsFor(s.width, len(d.Columns), d.least(), 150)
	s.height += margin
	for from := range (len(d.Columns) + cols.perLine - 1) / cols.perLine {
		first := from * cols.perLine
		last := min(first+cols.perLine, len(d.Columns))
		d.head(cols, d.Columns[first:last])
		for _, row := range d.Rows {
			d.row(cols, row.Label, row.Cells[first:last])
		}
		s.height += margin
	}
}

// head writes the columns' names over them.
func (d *matrixDrawing) head(cols columns, names []string) {
	s := d.scene
	var labels [][]string
	tallest := 0
	for _, name := range names {
		lines := wrap(plain(name), cols.wide-6, smallSize, 5)
		labels = append(labels, lines)
		tallest = max(tallest, len(lines))
	}
	for i, lines := range labels {
		x := cols.from + (float64(i)+0.5)*cols.wide
		for at, line := range lines {
			y := s.height + (float64(tallest-len(lines)+at)+0.5)*step(smallSize)
			s.text(x, y, middle, smallSize, ink, directed([]string{line}, d.right))
		}
	}
	s.height += float64(tallest)*step(smallSize) + 4
}

// linesOf are the words in a cell.
func (d *matrixDrawing) linesOf(cell MatrixCell, wide float64) []string {
	lines := wrap(cell.Word, wide-6, smallSize, 3)
	if cell.Number != "" {
		lines = append(lines, cell.Number)
	}
	for i := range lines {
		lines[i] = directed(lines[i:i+1], d.right)
	}
	return lines
}

func (d *matrixDrawing) row(cols columns, name string, cells []MatrixCell) {
	s := d.scene
	label := wrap(plain(name), cols.from-2*margin, labelSize, 6)
	height := float64(len(label))*step(labelSize) + 8
	lines := make([][]string, len(cells))
	for i, cell := range cells {
		lines[i] = d.linesOf(cell, cols.wide)
		height = max(height, float64(len(lines[i]))*step(smallSize)+8)
	}
	for i := range label {
		label[i] = directed(label[i:i+1], d.right)
	}
	s.lines(margin, s.height+height/2, start, labelSize, ink, label)
	for i, cell := range cells {
		box := mark{kind: box, x: cols.from + float64(i)*cols.wide + 1, y: s.height + 1, w: cols.wide - 2, h: height - 2}
		var on paint = muted
		if cell.Unsure {
			box.stroke, box.thick = rule, 1
		} else {
			box.fill = tint(cell.Weight)
			on = inkOn{box.fill}
		}
		s.add(box)
		s.lines(box.x+box.w/2, box.y+box.h/2, middle, smallSize, on, lines[i])
	}
	s.height += height
}
