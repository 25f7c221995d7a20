package server

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"bedarfslotse/internal/analysis"
	"bedarfslotse/internal/analysis/gap"
	"bedarfslotse/internal/charts"
	"bedarfslotse/internal/i18n"
)

// gapWords says a gap matrix in words.
type gapWords struct {
	*Server
	frame  *deskFrame
	asked  *gapAsked
	matrix *gap.Matrix
}

func (w *gapWords) words() *i18n.Localizer { return w.frame.Localizer }

// query is that of the address.
func (w *gapWords) query() url.Values {
	address, _ := url.Parse(w.asked.address("", ""))
	return address.Query()
}

// column names a column: areas, types of institution, or whose answers these are.
func (w *gapWords) column(at int) string {
	column := w.matrix.Columns[at]
	audience := w.frame.T("desk.audience." + column.Audience)
	if column.Values == nil {
		if len(w.asked.waves) > 1 {
			return audience
		}
		return w.frame.T("gap.whole")
	}
	names := make([]string, len(column.Values))
	for i, value := range column.Values {
		names[i] = w.valueName(w.words(), w.asked.waves[0], w.asked.by, value)
	}
	name := strings.Join(names, ", ")
	if len(w.asked.waves) > 1 {
		name = audience + ": " + name
	}
	return name
}

// number writes a value of the 0–100 scale with the digits that its base allows.
func (w *gapWords) number(value float64, base int) string {
	decimals := 0
	if base >= 100 {
		decimals = 1
	}
	return w.frame.Number(value, decimals)
}

func (w *gapWords) signed(value float64, base int) string {
	text := w.number(value, base)
	if value > 0 && !strings.HasPrefix(text, "0") || strings.HasPrefix(text, "0,") || strings.HasPrefix(text, "0.") {
		text = "+" + text
	}
	return text
}

func (w *gapWords) status(cell *gap.Cell) string {
	if cell.Reason == gap.NotAsked {
		return w.frame.T("gap.not_asked")
	}
	return w.frame.T("gap.status." + string(cell.Status))
}

// figures are the gap with its interval and base, "" where nothing may be shown.
func (w *gapWords) figures(cell *gap.Cell) string {
	f := &cell.Figure
	if f.Base == nil {
		return ""
	}
	text := w.signed(f.Gap, *f.Base)
	if f.Low != nil {
		text += " " + w.frame.T("gap.interval", "low", w.signed(*f.Low, *f.Base), "high", w.signed(*f.High, *f.Base))
	}
	return text + ", " + w.frame.T("gap.base", "n", w.frame.Number(float64(*f.Base), 0))
}

// limits are the thresholds as parameters of messages.
func (w *gapWords) limits() []any {
	s := w.matrix.Settings
	number := func(value float64) string { return w.frame.Number(value, decimalsOf(value)) }
	return []any{"gap", number(s.Gap), "need", number(s.Need), "width", number(s.Width), "k", w.frame.Number(float64(w.asked.waves[0].K), 0)}
}

// decimalsOf is how many digits a threshold has behind the comma, two at most.
func decimalsOf(value float64) int {
	text := strconv.FormatFloat(value, 'f', -1, 64)
	_, after, _ := strings.Cut(text, ".")
	return min(len(after), 2)
}

// lead says how many cells are gaps, and which field has most of them.
func (w *gapWords) lead() string {
	counts, worst, most, all := map[gap.Status]int{}, -1, 0, 0
	for i := range w.matrix.Fields {
		gaps := 0
		for _, cell := range w.matrix.Cells[i] {
			if cell.Reason == gap.NotAsked {
				continue
			}
			counts[cell.Status]++
			all++
			if cell.Status == gap.Gap || cell.Status == gap.NotReached {
				gaps++
			}
		}
		if gaps > most {
			worst, most = i, gaps
		}
	}
	gaps := counts[gap.Gap] + counts[gap.NotReached]
	number := func(n int) string { return w.frame.Number(float64(n), 0) }
	text := w.frame.T("gap.lead", "gaps", number(gaps), "all", number(all), "unclear", number(counts[gap.Unclear]))
	if worst >= 0 && len(w.matrix.Fields) > 1 {
		text += " " + w.frame.T("gap.lead_worst", "field", w.fieldName(w.words(), w.matrix.Fields[worst]))
	}
	return text
}

// notes are what a reader must know beside the matrix.
func (w *gapWords) notes() []string {
	kind := "gap.note.pairs"
	if w.asked.query.YesNo {
		kind = "gap.note.yes_no"
	}
	notes := []string{w.frame.T(kind), w.frame.T("gap.note.chance"), w.frame.T("gap.note.family")}
	if w.asked.query.Weighted {
		notes = append(notes, w.frame.T("gap.note.weighted"))
	}
	joined := slices.ContainsFunc(w.matrix.Columns, func(c gap.Column) bool {
		for _, f := range c.Figures {
			if len(f.Together) > 0 {
				return true
			}
		}
		return false
	})
	if joined {
		notes = append(notes, w.frame.T("gap.note.joined"))
	}
	return notes
}

// weights are how pressing each status is, for the picture's colours.
func (w *gapWords) weight(status gap.Status) float64 {
	switch status {
	case gap.Gap:
		return 1
	case gap.NotReached:
		return 0.7
	case gap.LowNeed:
		return 0.35
	case gap.Overlap:
		return 0.2
	default:
		return 0.06
	}
}

// chart is the matrix as a picture, with its table and data.
func (w *gapWords) chart() charts.Matrix {
	m := charts.Matrix{Name: "gap", Title: w.frame.T("gap.chart"), Summary: w.lead(), Footer: w.frame.T("gap.settings", w.limits()...),
		Table: charts.Table{Caption: w.frame.T("gap.chart"), Header: []string{w.frame.T("gap.field")}},
		Data:  charts.Data{Header: w.dataHeader()}}
	for j := range w.matrix.Columns {
		m.Columns = append(m.Columns, w.column(j))
	}
	m.Table.Header = append(m.Table.Header, m.Columns...)
	for i, field := range w.matrix.Fields {
		name := w.fieldName(w.words(), field)
		row, line := charts.MatrixRow{Label: name}, charts.Row{Label: name, Kind: charts.ChoiceRow}
		for j := range w.matrix.Columns {
			cell := &w.matrix.Cells[i][j]
			one := charts.MatrixCell{Word: w.status(cell), Weight: w.weight(cell.Status), Unsure: cell.Status == gap.Unclear}
			if cell.Figure.Base != nil {
				one.Number = w.signed(cell.Figure.Gap, *cell.Figure.Base)
			}
			row.Cells = append(row.Cells, one)
			line.Cells = append(line.Cells, strings.TrimSuffix(w.status(cell)+": "+w.figures(cell), ": "))
			m.Data.Rows = append(m.Data.Rows, w.dataRow(name, j, cell))
		}
		m.Rows, m.Table.Rows = append(m.Rows, row), append(m.Table.Rows, line)
	}
	return m
}

func (w *gapWords) dataHeader() (header []string) {
	for _, key := range []string{"field", "column", "audience", "status", "need", "provision", "gap", "low", "high", "base_name", "offers", "coverage"} {
		header = append(header, w.frame.T("gap."+key))
	}
	return header
}

func (w *gapWords) dataRow(field string, column int, cell *gap.Cell) []string {
	number := func(value *float64) string {
		if value == nil {
			return ""
		}
		return strconv.FormatFloat(*value, 'g', -1, 64)
	}
	row := []string{field, w.column(column), w.frame.T("desk.audience." + w.matrix.Columns[column].Audience), w.status(cell), "", "", "", "", "", ""}
	if f := &cell.Figure; f.Base != nil {
		row = append(row[:4], number(&f.Need), number(&f.Provision), number(&f.Gap), number(f.Low), number(f.High), strconv.Itoa(*f.Base))
	}
	return append(row, strconv.Itoa(len(cell.Provision.Offers)), number(cell.Provision.Coverage))
}

// sentence says a cell's status with its reason.
func (w *gapWords) sentence(cell *gap.Cell) string {
	switch cell.Status {
	case gap.Unclear:
		return w.frame.T("gap.reason."+string(cell.Reason), w.limits()...)
	case gap.Gap:
		return w.frame.T("gap.lack." + string(cell.Lack))
	}
	return w.frame.T("gap.meaning."+string(cell.Status), w.limits()...)
}

// items are the items of a field in the waves of a column.
func (w *gapWords) items(column int, field string) (items []analysis.NeedItem) {
	for _, wave := range w.asked.waves {
		if wave.Slug != w.matrix.Columns[column].Wave {
			continue
		}
		for _, item := range wave.Schema.NeedItems() {
			if item.Field == field && item.YesNo == w.asked.query.YesNo {
				items = append(items, item)
			}
		}
	}
	return items
}
