package charts

import "bedarfslotse/internal/analysis"

// tells tells whether a figure that has a base shows anything of it.
func (b *builder) tells() bool {
	if b.figure.Kind == analysis.Score {
		return b.figure.Mean != nil
	}
	return len(b.visible()) > 0
}

// scoreSummary says what an index is and, of the whole wave, how its items go
// together.
func (b *builder) scoreSummary() string {
	f := b.figure
	text := b.words.T("charts.index", "mean", b.meanWords(), "low", b.plainNumber(f.Min), "high", b.plainNumber(float64(f.Max)),
		"items", b.words.Number(float64(f.Items), 0), "base", b.base())
	switch {
	case f.Consistency == nil:
		return text
	case f.Consistency.Alpha == nil:
		return text + " " + b.words.T("charts.index_no_alpha")
	}
	return text + " " + b.words.T("charts.index_alpha", "alpha", b.words.Number(*f.Consistency.Alpha, 2))
}

// scoreTable lists an index.
func (b *builder) scoreTable(title string) Table {
	table := Table{Caption: b.words.T("charts.table_caption", "title", title),
		Header: []string{b.words.T("charts.table_measure"), b.words.T("charts.table_value"), b.words.T("charts.table_interval")}}
	hidden := b.words.T("charts.hidden")
	mean := Row{Label: b.words.T("charts.measure_mean"), Cells: []string{hidden, hidden}, Kind: MeanRow, Hidden: true}
	base := Row{Label: b.words.T("charts.table_base"), Cells: []string{hidden, ""}, Kind: BaseRow, Hidden: true}
	if b.figure.Mean != nil {
		mean.Cells, mean.Hidden = []string{b.mean(*b.figure.Mean), ""}, false
		if b.figure.MeanLow != nil {
			mean.Cells[1] = b.meanInterval(*b.figure.MeanLow, *b.figure.MeanHigh)
		}
	}
	if b.figure.Base != nil {
		base.Cells, base.Hidden = []string{b.count(*b.figure.Base), ""}, false
	}
	table.Rows = []Row{mean, base}
	if c := b.figure.Consistency; c != nil {
		alpha := Row{Label: b.words.T("charts.table_alpha"), Cells: []string{b.words.T("charts.not_computable"), ""}, Kind: MeanRow}
		if c.Alpha != nil {
			alpha.Cells[0] = b.words.Number(*c.Alpha, 2)
		}
		table.Rows = append(table.Rows, alpha)
	}
	return table
}
