package charts

import (
	"slices"

	"bedarfslotse/internal/analysis"
)

// table lists every figure of the question: what the chart draws, in the same
// order, then the base, then what lies outside it.
func (b *builder) table(title string) Table {
	if b.figure.Kind == analysis.Score {
		return b.scoreTable(title)
	}
	count := "charts.table_count"
	if b.figure.Kind == analysis.Order {
		count = "charts.table_first"
	}
	table := Table{
		Caption: b.words.T("charts.table_caption", "title", title),
		Header:  []string{b.rowHeader(), b.words.T(count), b.words.T("charts.table_share")},
	}
	intervals := b.hasInterval()
	if intervals {
		table.Header = append(table.Header, b.words.T("charts.table_interval"))
	}
	table.Header = append(table.Header, b.placeHeader()...)
	row := func(kind RowKind, label string, cells ...string) {
		for len(cells) < len(table.Header)-1 {
			cells = append(cells, "")
		}
		table.Rows = append(table.Rows, Row{Label: label, Cells: cells[:len(table.Header)-1], Kind: kind})
	}
	hidden := func(kind RowKind, label string) {
		withheld := b.words.T("charts.hidden")
		row(kind, label, slices.Repeat([]string{withheld}, len(table.Header)-1)...)
		table.Rows[len(table.Rows)-1].Hidden = true
	}
	for _, e := range b.entries {
		if e.shown() {
			cells := []string{b.count(*e.Count), b.percent(*e.Share)}
			if intervals {
				cells = append(cells, b.interval(e))
			}
			row(ChoiceRow, e.label.text, append(cells, b.placeCells(e)...)...)
		} else {
			hidden(ChoiceRow, e.label.text)
		}
	}
	b.baseRow(row, hidden)
	for _, cell := range b.figure.Apart {
		label := b.words.T("charts.table_apart", "label", b.choiceLabel(cell.Name).text)
		switch {
		case cell.Suppressed || cell.Count == nil:
			hidden(ApartRow, label)
		case cell.Share == nil:
			row(ApartRow, label, b.count(*cell.Count))
		default:
			row(ApartRow, label, b.count(*cell.Count), b.percent(*cell.Share))
		}
	}
	b.missingRows(row)
	return table
}

func (b *builder) rowHeader() string {
	switch b.figure.Kind {
	case analysis.Number:
		return b.words.T("charts.table_class")
	case analysis.Months:
		return b.words.T("charts.table_period")
	case analysis.Hours:
		return b.words.T("charts.table_hours")
	case analysis.Answered:
		return b.words.T("charts.table_answered")
	default:
		return b.words.T("charts.table_choice")
	}
}

func (b *builder) baseRow(row func(RowKind, string, ...string), hidden func(RowKind, string)) {
	key := "charts.table_base"
	if b.figure.Repeated {
		key = "charts.table_base_rows"
	}
	if b.figure.Base == nil {
		hidden(BaseRow, b.words.T(key))
		return
	}
	row(BaseRow, b.words.T(key), b.count(*b.figure.Base))
}

// missingRows counts those without an answer. Hidden counts have no row: that
// somebody left a question empty is no answer whose hiding must be explained.
func (b *builder) missingRows(row func(RowKind, string, ...string)) {
	if b.figure.NoAnswer != nil {
		row(MissingRow, b.words.T("charts.table_no_answer"), b.count(*b.figure.NoAnswer))
	}
	if b.figure.NotAsked != nil {
		row(MissingRow, b.words.T("charts.table_not_asked"), b.count(*b.figure.NotAsked))
	}
}
