package xlsform

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// grid is a sheet to be written: rows by header.
type grid struct {
	name   string
	always []string // headers that are written in any case, in their order
	order  []string // headers that are written when a row fills them
	rows   []map[string]string
	needed map[string]bool
}

func newGrid(name string, always, order []string) *grid {
	return &grid{name: name, always: always, order: order, needed: map[string]bool{}}
}

// need writes a column even when all its cells are empty.
func (g *grid) need(header string) { g.needed[header] = true }

// headers lists the columns in their order; those that have none (media, filter
// columns) come last, sorted.
func (g *grid) headers() []string {
	used := maps.Clone(g.needed)
	for _, row := range g.rows {
		for header, value := range row {
			if value != "" {
				used[header] = true
			}
		}
	}
	headers := slices.Clone(g.always)
	for _, header := range g.always {
		delete(used, header)
	}
	for _, header := range g.order {
		if used[header] {
			headers = append(headers, header)
			delete(used, header)
		}
	}
	return append(headers, slices.Sorted(maps.Keys(used))...)
}

// Widths of columns, in characters of the default font.
const (
	narrow = 14
	wide   = 48
)

// write puts the grid into a sheet of the file: the header in bold and in
// sight, wide columns where sentences stand.
func (g *grid) write(file *excelize.File) error {
	stream, err := file.NewStreamWriter(g.name)
	if err != nil {
		return err
	}
	bold, err := file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	wrapped, err := file.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	headers := g.headers()
	if err := stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for i, header := range headers {
		width := float64(max(narrow, min(utf8.RuneCountInString(header)+2, wide)))
		if base, _, _ := strings.Cut(strings.TrimPrefix(header, "bl::"), "::"); text(base) || base == "form_title" || base == "description" {
			width = wide
		}
		if err := stream.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	cells := make([]any, len(headers))
	for i, header := range headers {
		cells[i] = excelize.Cell{StyleID: bold, Value: header}
	}
	if err := stream.SetRow("A1", cells); err != nil {
		return err
	}
	for line, row := range g.rows {
		for i, header := range headers {
			cells[i] = nil
			if value := row[header]; value != "" {
				cells[i] = excelize.Cell{StyleID: wrapped, Value: value}
			}
		}
		at, err := excelize.CoordinatesToCellName(1, line+2)
		if err != nil {
			return err
		}
		if err := stream.SetRow(at, cells); err != nil {
			return err
		}
	}
	return stream.Flush()
}
