package charts

import (
	"cmp"
	"slices"
	"strings"
)

// told in sentences: where each line begins and ends.
func (c *courseBuilder) timeSummary() string {
	var sentences []string
	for i := range c.Lines {
		line := &c.Lines[i]
		first := slices.IndexFunc(line.Readings, func(r Reading) bool { return r.Value != nil })
		if first < 0 {
			continue
		}
		last := len(line.Readings) - 1
		for line.Readings[last].Value == nil {
			last--
		}
		a, b := &line.Readings[first], &line.Readings[last]
		if first == last {
			sentences = append(sentences, c.words.T("indicators.chart.one", "area", line.Label, "value", c.told(b), "period", b.Period))
			continue
		}
		sentences = append(sentences, c.words.T("indicators.chart.from_to", "area", line.Label,
			"first", c.told(a), "from", a.Period, "last", c.told(b), "to", b.Period))
	}
	if len(sentences) == 0 {
		return c.words.T("indicators.chart.nothing")
	}
	return strings.Join(sentences, " ")
}

// placesSummary names the ends of the order.
func (c *courseBuilder) placesSummary() string {
	shown := slices.DeleteFunc(slices.Clone(c.Lines), func(l Line) bool { return l.last().Value == nil })
	switch len(shown) {
	case 0:
		return c.words.T("indicators.chart.nothing")
	case 1:
		return c.words.T("indicators.chart.one", "area", shown[0].Label, "value", c.told(shown[0].last()), "period", shown[0].last().Period)
	}
	first, last := &shown[0], &shown[len(shown)-1]
	if first.last().Value.Value == last.last().Value.Value {
		return c.words.N("indicators.chart.same", len(shown), "value", c.told(first.last()))
	}
	return c.words.T("indicators.chart.range", "most", first.Label, "high", c.told(first.last()), "least", last.Label, "low", c.told(last.last()))
}

// timeTable has a row for each period and a column for each place.
func (c *courseBuilder) timeTable() Table {
	table := Table{Caption: c.words.T("charts.table_caption", "title", plain(c.Title)), Header: []string{c.words.T("charts.table_period")}}
	type moment struct{ period, day string }
	var moments []moment
	for i := range c.Lines {
		table.Header = append(table.Header, c.Lines[i].Label)
		for _, r := range c.Lines[i].Readings {
			if !slices.ContainsFunc(moments, func(m moment) bool { return m.period == r.Period }) {
				moments = append(moments, moment{r.Period, r.Day})
			}
		}
	}
	slices.SortStableFunc(moments, func(a, b moment) int { return cmp.Compare(a.day, b.day) })
	for _, m := range moments {
		row := Row{Label: m.period, Kind: ChoiceRow}
		for i := range c.Lines {
			at := slices.IndexFunc(c.Lines[i].Readings, func(r Reading) bool { return r.Period == m.period })
			cell := ""
			if at >= 0 {
				cell = c.told(&c.Lines[i].Readings[at])
			}
			row.Cells = append(row.Cells, cell)
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

func (c *courseBuilder) placesTable() Table {
	table := Table{Caption: c.words.T("charts.table_caption", "title", plain(c.Title)),
		Header: []string{c.words.T("indicators.field.area"), c.words.T("indicators.field.value"), c.words.T("indicators.field.period"), c.words.T("indicators.chart.goal")}}
	for i := range c.Lines {
		last := c.Lines[i].last()
		table.Rows = append(table.Rows, Row{Label: c.Lines[i].Label, Kind: ChoiceRow, Hidden: last.Value == nil,
			Cells: []string{c.told(last), last.Period, c.told(c.Lines[i].Goal)}})
	}
	return table
}

// data are all readings of all places.
func (c *courseBuilder) data() Data {
	d := Data{}
	for _, key := range []string{"indicators.field.area", "indicators.field.period", "indicators.field.day", "indicators.field.value"} {
		d.Header = append(d.Header, c.words.T(key))
	}
	d.Header = append(d.Header, c.words.T("charts.data_low"), c.words.T("charts.data_high"), c.words.T("charts.data_hidden"))
	for _, line := range c.Lines {
		for _, r := range line.Readings {
			row := []string{line.Label, r.Period, r.Day, "", "", "", ""}
			if r.Value == nil {
				row[6] = c.words.T("charts.hidden")
			} else {
				row[3], row[4], row[5] = decimal(&r.Value.Value), decimal(r.Value.Low), decimal(r.Value.High)
			}
			d.Rows = append(d.Rows, row)
		}
	}
	return d
}
