package charts

import (
	"strconv"

	"bedarfslotse/internal/analysis"
)

// Data are a chart's figures for machines: one line per figure, numbers with a
// point and in full precision (METHODS 1), nothing of hidden ones. All texts are
// as they are: whoever writes a CSV disarms what looks like a formula.
type Data struct {
	Header []string
	Rows   [][]string
}

// dataHeader names the columns that all data have.
func (b *builder) dataHeader(first ...string) []string {
	for _, key := range []string{"charts.data_choice", "charts.data_count", "charts.data_base", "charts.data_value",
		"charts.data_low", "charts.data_high", "charts.data_about", "charts.data_hidden"} {
		first = append(first, b.words.T(key))
	}
	return first
}

// data lists the figures of one question.
func (b *builder) data() Data {
	d := Data{Header: b.dataHeader()}
	d.Rows = b.dataRows(nil)
	return d
}

// dataRows are the lines of one figure, each behind the given cells.
func (b *builder) dataRows(first []string) [][]string {
	var rows [][]string
	base := whole64(b.figure.Base)
	for _, e := range b.entries {
		row := append(append([]string(nil), first...), e.label.text)
		if !e.shown() || b.figure.Base == nil {
			row = append(row, "", base, "", "", "", b.dataAbout(), b.reason(b.figure.Base == nil))
		} else {
			row = append(row, strconv.Itoa(*e.Count), base, decimal(e.Share), decimal(e.Low), decimal(e.High), b.dataAbout(), "")
		}
		rows = append(rows, row)
	}
	if b.figure.Mean != nil && b.figure.Base != nil {
		row := append(append([]string(nil), first...), b.words.T("charts.measure_mean"), "", base,
			decimal(b.figure.Mean), decimal(b.figure.MeanLow), decimal(b.figure.MeanHigh), b.dataAbout(), "")
		rows = append(rows, row)
	} else if b.figure.Kind == analysis.Score {
		rows = append(rows, append(append([]string(nil), first...), b.words.T("charts.measure_mean"), "", base, "", "", "",
			b.dataAbout(), b.reason(b.figure.Base == nil)))
	}
	return rows
}

// dataAbout is ≈ for perturbed figures.
func (b *builder) dataAbout() string {
	if b.perturbed {
		return "≈"
	}
	return ""
}

func whole64(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

func decimal(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'g', -1, 64)
}

// data lists the figures of all groups.
func (c *comparison) data() Data {
	d := Data{Header: c.lead.dataHeader(plain(c.grouped.By), c.words.T("charts.data_group"))}
	for i := range c.members {
		m := &c.members[i]
		d.Rows = append(d.Rows, m.dataRows([]string{m.label.text, whole64(m.N)})...)
	}
	return d
}
