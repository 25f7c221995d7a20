package baseline

import (
	"slices"
	"strings"

	"bedarfslotse/internal/catalogue"
	"bedarfslotse/internal/failure"
	"bedarfslotse/internal/tabular"
)

// plan finds the columns that hold values and how their numbers are written.
func (r *indicatorRun) plan() error {
	header := r.table.Header()
	if columns := r.mapping.Columns[FieldValue]; len(columns) > 0 {
		r.columns = []valueColumn{{at: columns[0], head: header.Cell(columns[0])}}
	} else if len(r.mapping.Columns[FieldNumerator]) > 0 && len(r.mapping.Columns[FieldDenominator]) > 0 {
		r.columns = []valueColumn{{at: -1}} // the quotient is the value
	} else {
		r.wide(header)
	}
	if len(r.columns) == 0 {
		return failure.Findings{r.finding(failure.Fatal, "indicators.no_values", header.Line, 0, "", nil)}
	}
	r.unitRow()
	for at := range r.columns {
		r.columns[at].units = unitsIn(r.columns[at].head)
	}
	r.signs()
	return r.lacking(header)
}

// lacking refuses a table in which nothing says what the figures are about.
func (r *indicatorRun) lacking(header tabular.Row) error {
	var missing failure.Findings
	for key, given := range map[string]bool{
		FieldIndicator: r.columns[0].indicator != "",
		FieldArea:      r.columns[0].area.Key != "",
		FieldPeriod:    r.columns[0].period.Label != "",
	} {
		if !given && !r.mapping.Fills(key) {
			missing = append(missing, r.finding(failure.Fatal, "tabular.target_missing", header.Line, 0, "",
				failure.Params{"target": failure.Label("indicators.field." + key)}))
		}
	}
	slices.SortFunc(missing, func(a, b failure.Finding) int {
		return strings.Compare(string(a.Params["target"].(failure.Label)), string(b.Params["target"].(failure.Label)))
	})
	if len(missing) > 0 {
		return missing
	}
	return nil
}

// wide finds the columns that are named after periods, areas or indicators, of
// one kind. Of others that hold numbers it tells that they are left out.
func (r *indicatorRun) wide(header tabular.Row) {
	taken := map[int]bool{}
	for _, columns := range r.mapping.Columns {
		for _, at := range columns {
			taken[at] = true
		}
	}
	kinds := map[string][]valueColumn{}
	var others []int
	for at, name := range header.Cells {
		if taken[at] {
			continue
		}
		column := valueColumn{at: at, head: name}
		switch kind := r.named(&column, withoutUnit(name)); kind {
		case "":
			others = append(others, at)
		default:
			kinds[kind] = append(kinds[kind], column)
		}
	}
	for _, kind := range []string{FieldPeriod, FieldIndicator, FieldArea} {
		if len(r.columns) == 0 && !r.mapping.Fills(kind) {
			r.columns = kinds[kind]
			continue
		}
		for _, column := range kinds[kind] {
			others = append(others, column.at)
		}
	}
	slices.Sort(others)
	for _, at := range others {
		if slices.ContainsFunc(r.rows, func(row indicatorRow) bool { return numeric(row.raw.Cell(at)) }) {
			r.find(failure.Warning, "indicators.column_left", header.Line, at+1, header.Cell(at), nil)
		}
	}
}

// named finds what a column is named after: the key of that target, "" for
// nothing.
func (r *indicatorRun) named(column *valueColumn, name string) string {
	if period, ok := ParsePeriod(name); ok {
		column.period = period
		return FieldPeriod
	}
	loose := tabular.Loose(name)
	for _, one := range indicatorChoices(r.Indicators) {
		for _, text := range append(one.Synonyms, one.Key, one.Label) {
			if loose != "" && loose == tabular.Loose(text) {
				column.indicator = one.Key
				return FieldIndicator
			}
		}
	}
	for _, one := range indicatorAreas(r.Areas) {
		for _, text := range append(one.Synonyms, one.Key, one.Label) {
			if area, _ := r.Areas.Get(one.Key); loose != "" && loose == tabular.Loose(text) && !wrongLevel(name, area) {
				column.area = area
				return FieldArea
			}
		}
	}
	return ""
}

// unitRow joins a row with nothing but units right below the header to it.
func (r *indicatorRun) unitRow() {
	if len(r.rows) == 0 || r.rows[0].area.Key != "" {
		return
	}
	words := 0
	for _, column := range r.columns {
		text := strings.TrimSpace(r.rows[0].raw.Cell(column.at))
		switch {
		case text == "":
		case numeric(text) || len(unitsIn(text)) == 0:
			return
		default:
			words++
		}
	}
	if words == 0 {
		return
	}
	for at := range r.columns {
		r.columns[at].head += " " + r.rows[0].raw.Cell(r.columns[at].at)
	}
	r.rows = r.rows[1:]
}

// signs finds the sign before the decimals: the chosen one, else that of the
// column's other values, else that of the whole table, which one program wrote.
func (r *indicatorRun) signs() {
	chosen := map[string]byte{DecimalComma: ',', DecimalPoint: '.'}[r.mapping.Fixed[FieldDecimal]]
	texts := func(columns ...int) func(yield func(string) bool) {
		return func(yield func(string) bool) {
			for _, row := range r.rows {
				for _, at := range columns {
					if text, ok := plainNumber(row.raw, at); ok && !yield(text) {
						return
					}
				}
			}
		}
	}
	var all []int
	for _, column := range r.columns {
		all = append(all, column.at)
	}
	common, _ := tabular.DecimalSign(texts(all...))
	for at := range r.columns {
		column := &r.columns[at]
		if column.sign = chosen; chosen == 0 {
			column.sign, column.mixed = tabular.DecimalSign(texts(column.at))
			if column.sign == 0 && !column.mixed {
				column.sign = common
			}
		}
		column.shares = r.withinOne(column)
	}
}

// plainNumber is the number that a cell holds as text, without signs around it.
func plainNumber(row tabular.Row, at int) (string, bool) {
	if row.Stored(at) {
		return "", false
	}
	text := strings.TrimSpace(footnote.ReplaceAllString(strings.TrimSpace(row.Cell(at)), ""))
	text = strings.TrimSpace(strings.TrimRight(text, "%‰€"))
	_, _, ok := tabular.Number(text, false)
	return text, ok
}

// withinOne tells whether all values of a column lie within 0 and 1, and some
// between: they may be shares of 1 or small ones of 100.
func (r *indicatorRun) withinOne(column *valueColumn) bool {
	some := false
	for _, row := range r.rows {
		found := readCell(row.raw.Cell(column.at), row.raw.Stored(column.at), column.sign, column.mixed, false)
		switch {
		case found.missing || found.trouble != "":
		case found.unit != "" || found.value > 1 || found.value < 0:
			return false
		case found.value > 0 && found.value < 1:
			some = true
		}
	}
	return some
}

// wrongLevel tells whether a name says of a town that it is a county: what stands
// in brackets, as in "Recklinghausen (Kreis)", does not count when names are
// compared.
func wrongLevel(name string, area catalogue.Area) bool {
	if area.Level == catalogue.Kreis {
		return false
	}
	return slices.ContainsFunc(strings.FieldsFunc(strings.ToLower(name), func(c rune) bool { return c < 'a' || c > 'z' }), func(word string) bool {
		return word == "kreis" || word == "landkreis" || word == "lk" || word == "krs"
	})
}
