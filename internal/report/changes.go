package report

import (
	"slices"
	"strings"

	"bedarfslotse/internal/i18n"
)

// Change is a figure that is not the same any more; "" for one that was not there.
type Change struct{ Row, Column, Before, After string }

// Changes lists what is different between two tables: by the names of rows and
// columns, so that rows in another order are no change. Where a table has two rows
// of one name they are taken in order.
func Changes(before, after *Table) []Change {
	var found []Change
	used := make([]bool, len(after.Rows))
	for _, row := range before.Rows {
		if len(row) == 0 {
			continue
		}
		at := -1
		for i, other := range after.Rows {
			if !used[i] && len(other) > 0 && other[0] == row[0] {
				at, used[i] = i, true
				break
			}
		}
		var other []string
		if at >= 0 {
			other = after.Rows[at]
		}
		found = append(found, rowChanges(row[0], before.Header, row, after.Header, other)...)
	}
	for i, row := range after.Rows {
		if !used[i] && len(row) > 0 {
			found = append(found, rowChanges(row[0], before.Header, nil, after.Header, row)...)
		}
	}
	return found
}

// rowChanges compares the cells of a row, column by column.
func rowChanges(name string, header, row, otherHeader, other []string) (found []Change) {
	cell := func(cells []string, at int) string {
		if at < 0 || at >= len(cells) {
			return ""
		}
		return cells[at]
	}
	// Columns may have one name, such as two intervals: the nth answers the nth.
	nth := func(header []string, at int) (count int) {
		for i := range at {
			if header[i] == header[at] {
				count++
			}
		}
		return count
	}
	find := func(header []string, title string, count int) int {
		for i, one := range header {
			if i > 0 && one == title {
				if count == 0 {
					return i
				}
				count--
			}
		}
		return -1
	}
	for i := 1; i < len(header); i++ {
		before, after := cell(row, i), cell(other, find(otherHeader, header[i], nth(header, i)))
		if before != after {
			found = append(found, Change{name, header[i], before, after})
		}
	}
	for i := 1; i < len(otherHeader); i++ {
		if find(header, otherHeader[i], nth(otherHeader, i)) < 0 && cell(other, i) != "" {
			found = append(found, Change{name, otherHeader[i], "", cell(other, i)})
		}
	}
	return found
}

// Differences lists what a newly frozen block says otherwise than the old one.
func (b *Block) Differences(anew *Block) []Change {
	before, after := b.table(), anew.table()
	if before == nil || after == nil {
		return nil
	}
	changes := Changes(before, after)
	if b.Chart != nil && anew.Chart != nil && b.Chart.Alt != anew.Chart.Alt && len(changes) == 0 {
		changes = append(changes, Change{"", "", b.Chart.Alt, anew.Chart.Alt})
	}
	return slices.Clip(changes)
}

// Lines are what a block's figures say as a plain table; nil for none.
func (b *Block) Lines(words *i18n.Localizer) *Table {
	if t := b.table(); t != nil && len(b.Indicators) > 0 {
		for i, name := range t.Header {
			t.Header[i] = words.T("report.indicator." + name)
		}
		t.Caption = words.T("report.indicators")
		return t
	}
	return b.table()
}

func (b *Block) table() *Table {
	switch {
	case b.Chart != nil:
		return &b.Chart.Table
	case b.Table != nil:
		return b.Table
	case b.Matrix != nil:
		t := &Table{Caption: b.Matrix.Caption, Header: append([]string{b.Matrix.Corner}, b.Matrix.Columns...), Notes: b.Matrix.Notes}
		for _, row := range b.Matrix.Rows {
			line := []string{row.Label}
			for _, cell := range row.Cells {
				line = append(line, strings.TrimSpace(cell.Word+" "+cell.Figure))
			}
			t.Rows = append(t.Rows, line)
		}
		return t
	case len(b.Indicators) > 0:
		t := &Table{Header: []string{"label", "actual", "target", "status", "source"}}
		for _, one := range b.Indicators {
			t.Rows = append(t.Rows, []string{one.Label, one.Actual, one.Target, one.Status, one.Source})
		}
		return t
	}
	return nil
}
